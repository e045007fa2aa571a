// How to reproduce the numbers: the scenario as a file, and the command.

/**
 * The section of it.
 * @param lead     what stands before the command
 * @param command  of the file's name and the seed, which JavaScript might round as a number
 */
function repetition(lead, command) {
  const seed = document.getElementById('seed').value;
  const name = (run.scenario.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'scenario') + '.toml';
  const done = element('span', {role: 'status'});
  const save = element('button', {type: 'button', on: {click: () => {
    const link = element('a', {download: name,
        href: URL.createObjectURL(new Blob([run.scenario.toml], {type: 'application/toml'}))});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    done.textContent = `Saved as ${name}.`;
  }}}, `Save ${name}`);
  return section('repeat', 'How to reproduce it',
      element('p', {}, lead),
      element('pre', {id: 'command', tabindex: '0'}, command(name, seed)),
      element('div', {class: 'controls'}, save, done),
      element('pre', {id: 'scenario', tabindex: '0', 'aria-label': 'The scenario'},
              run.scenario.toml));
}
