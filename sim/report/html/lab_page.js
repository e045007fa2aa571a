// Policies side by side: what meets which goal, the frontier of balance and order, and all figures.

const slice_numbers = [...new Set(run.rows.map((r) => r.slices))];
const measured = each('/rows').filter((r) => r.value.measured);
const has_order = measured.some((r) => r.value.order);

function advice_section() {
  return section('advice', 'Which policy for which goal', table([
    {head: 'slices', numeric: true, cell: (r) => number(r.pointer + '/slices')},
    {head: 'wanted', heads: true, cell: (r) => r.value.wanted},
    {head: 'policy', cell: (r) => element('code', {}, r.value.policy || absent)},
    {head: 'because', cell: (r) => r.value.because},
  ], each('/advice'), {stacks: true, caption: 'The first policy that meets each goal'}));
}

/** How far a policy is from even slices, and how many items of a list are overtaken. */
function frontier_section() {
  if (!has_order) return null;
  let now = slice_numbers[0];
  const shown = () => measured.filter((r) => r.value.slices === now && r.value.order);
  const {figure, redraw} = plot('frontier-plot', {
    title: '', label: 'Balance and order of the policies', height: 380,
    controls: element('div', {class: 'controls'}, choice('Slices',
        slice_numbers.map((n) => ({value: String(n), label: String(n)})),
        (value) => { now = Number(value); redraw(); })),
  }, (colours) => {
    const points = (pareto) => shown().filter((r) => r.value.pareto === pareto).map((r) => ({
      x: r.value.messages.max_over_mean, y: 100 * r.value.order.list.overtaken_share,
      policy: r.value.policy}));
    return {
      type: 'scatter',
      data: {datasets: [
        {label: 'on the frontier: no policy is better in both', data: points(true), pointRadius: 6,
         pointStyle: 'rect', backgroundColor: colours.series[0]},
        {label: 'others', data: points(false), pointRadius: 5, pointStyle: 'circle',
         backgroundColor: colours.series[1]},
      ]},
      options: {
        scales: {x: axis('fullest slice relative to the mean'),
                 y: axis(`% of ${word.items} overtaken within their ${word.group}`, {beginAtZero: true})},
        plugins: {
          legend: {position: 'bottom', labels: {color: colours.text, usePointStyle: true}},
          tooltip: {callbacks: {label: ({raw}) =>
              `${raw.policy}: ${raw.x.toFixed(3)}, ${raw.y.toFixed(1)}%`}},
        },
      },
    };
  });
  return section('frontier', 'Balance and order', element('p', {},
      'Left is more even, down keeps more order.'), figure);
}

function figures_section() {
  const one_more = (r) => {
    const i = r.value.movements.findIndex((m) => m.slices === r.value.slices + 1);
    return i < 0 ? absent : number(`${r.pointer}/movements/${i}/messages`, 'share');
  };
  const of = (n) => table([
    {head: 'policy', heads: true, cell: (r) => element('code', {}, r.value.policy)},
    {head: 'max/mean', numeric: true, cell: (r) => number(r.pointer + '/messages/max_over_mean', 'ratio')},
    {head: 'of bytes', numeric: true, cell: (r) => number(r.pointer + '/bytes/max_over_mean', 'ratio')},
    {head: 'p, even slices', numeric: true, cell: (r) => r.value.independent
        ? number(r.pointer + '/even_p_value', 'probability') : absent},
    {head: 'move to one more', numeric: true, cell: one_more},
    ...(has_order ? ['list', 'sender', 'thread'].map((of_what) => ({
      head: `overtaken, ${in_own_words(of_what)}`, numeric: true,
      cell: (r) => number(`${r.pointer}/order/${of_what}/overtaken_share`, 'share')})) : []),
    ...(has_order ? [{head: `${word.delivered}, 99%`, numeric: true,
                      cell: (r) => number(r.pointer + '/delivery_p99_s', 'seconds')}] : []),
    ...(has_order ? [{head: '', cell: (r) => r.value.pareto ? mark('good', 'frontier') : ''}] : []),
  ], measured.filter((r) => r.value.slices === n), {caption: counted(n, 'slice', 'slices')});
  const left_out = [...new Set(run.rows.filter((r) => !r.measured)
      .map((r) => `${r.policy} with ${r.slices} slices`))];
  return section('figures', 'All figures', element('p', {},
      `p: of a test against even slices; not for policies that keep ${mail ? 'messages' : word.items} together, whose ` +
      'slices depend on the keys.'),
      slice_numbers.map(of),
      left_out.length ? element('p', {}, 'Not possible: ' + left_out.join(', ') + '.') : null);
}

build_page([advice_section, frontier_section, figures_section],
           [number('/messages'), mail ? ' messages to ' : ` ${word.items} of `, number('/lists'),
            ` ${word.groups}`,
            ...(has_order ? ['; order by ', number('/simulated_posts'), ' simulated posts with ' +
                'runners busy ', number('/load', 'share'), ' of the time'] : []), '.']);
