// The page: its sections in order, visible errors, colours as the reader prefers.

function show_error(words) {
  let list = document.getElementById('script-errors');
  if (!list) {
    list = element('ul', {id: 'script-errors', role: 'alert'});
    document.body.prepend(list);
  }
  list.append(element('li', {}, words));
}
window.addEventListener('error', (e) => show_error(`${e.message} (line ${e.lineno})`));
window.addEventListener('unhandledrejection', (e) => show_error(String(e.reason)));
document.addEventListener('securitypolicyviolation',
                          (e) => show_error(`refused: ${e.violatedDirective} ${e.blockedURI}`));

/** Plots hold pixels, so they are drawn anew for paper: dark ink on light ground, as wide as a
    page. */
function on_paper(yes) {
  document.documentElement.toggleAttribute('data-paper', yes);
  draw_all();
  drawn_to_width.forEach((draw_anew) => draw_anew());
}

/** Makes the sections, those that have something to show, and the line at the page's foot. */
function build_page(makers, foot) {
  document.getElementById('report').append(...makers.map((make) => make()).filter(Boolean));
  document.getElementById('sections').append(element('ul', {}, sections.map(
      ({id, title}) => element('li', {}, element('a', {href: '#' + id}, title)))));
  document.getElementById('foot').append(element('p', {},
      `${program} ${run.qslice}, scenario ${run.scenario.name}; `, foot));
  draw_all();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw_all);
  addEventListener('beforeprint', () => on_paper(true));
  addEventListener('afterprint', () => on_paper(false));
  document.documentElement.dataset.state = 'ready';
}
