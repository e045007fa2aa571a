// The page: its sections in order, errors made visible, colours that follow the reader's choice.

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

/** Plots hold pixels, so they are drawn anew for paper: dark ink on light ground. */
function on_paper(yes) {
  document.documentElement.toggleAttribute('data-paper', yes);
  draw_all();
}

function build_page() {
  document.getElementById('report').append(...[
    verdict_section, requirements_section, shares_section, backlog_section, times_section,
    order_section, journeys_section, guarantees_section, stories_section, posts_section,
    runners_section, faults_section, repeat_section,
  ].map((make) => make()).filter(Boolean));
  document.getElementById('sections').append(element('ul', {}, sections.map(
      ({id, title}) => element('li', {}, element('a', {href: '#' + id}, title)))));
  document.getElementById('foot').append(element('p', {},
      `qslice-sim ${run.qslice}, scenario ${run.scenario.name}; `,
      number('/run/posts'), ' posts within ',
      number('/run/duration_s', 'seconds'), ' of simulated time, ', number('/run/events'),
      ' events, ', number('/run/storage_calls'), ' storage calls.'));
  draw_all();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw_all);
  addEventListener('beforeprint', () => on_paper(true));
  addEventListener('afterprint', () => on_paper(false));
  document.documentElement.dataset.state = 'ready';
}

build_page();
