// Order: which posts overtook which, over the whole run and within lists, senders and threads.

const scope_names = {global: `all ${word.items}`, list: `within a ${word.group}`, sender: 'within a sender',
                     thread: 'within a thread', queue: 'whole queue', slice: 'within a slice'};

const stage_name = (stage) => stage === 'delivery' ? word.delivery : stage;

function order_plot() {
  const points = each('/order');
  if (points.length === 0) return null;
  let shown = 'places';
  const value_of = ({value}) => shown === 'places' ? value.rank_out - value.rank_in
                                                   : value.rank_out;
  const place_words = (p) => {
    const places = p.rank_out - p.rank_in;
    if (places === 0) return 'kept its place';
    return `${counted(Math.abs(places), 'place', 'places')} ${places > 0 ? 'back' : 'ahead'}`;
  };
  const whole = at('/fifo')?.find((f) => f.stage === 'delivery' && f.scope === 'global');
  const sampled = whole && whole.items > points.length;

  const {figure, redraw} = plot('order-plot', {
    title: `Each ${word.item}’s place when it was accepted and when it was ${word.delivered}`,
    lead: `${capital(word.items)} above the line fell back, those below it moved ahead. ` +
          `Orange triangles mark ${word.items} overtaken by a later one.` +
          (sampled ? ` The chart shows ${text(points.length, 'count')} of ` +
                     `${text(whole.items, 'count')} ${word.items}, evenly sampled.` : ''),
    height: 360, label: `Ranks of ${word.delivered} ${word.items} at acceptance and ${word.delivery}`,
    controls: element('div', {class: 'controls'}, choice('Draw', [
      {value: 'places', label: 'places lost or gained'},
      {value: 'ranks', label: `rank at ${word.delivery} against rank at acceptance`},
    ], (value) => { shown = value; redraw(); })),
    tables: unfolding('Data as a table', () => table([
      {head: word.item, heads: true, numeric: true, cell: (p) => number(p.pointer + '/post')},
      {head: 'rank in', numeric: true, cell: (p) => number(p.pointer + '/rank_in')},
      {head: 'rank out', numeric: true, cell: (p) => number(p.pointer + '/rank_out')},
      {head: '', cell: (p) => place_words(p.value)},
      {head: '', cell: (p) => p.value.overtaken ? mark('bad', 'overtaken') : ''},
    ], points, {caption: 'Ranks count from 0'})),
  }, (colours) => {
    const of = (overtaken) => points.filter((p) => p.value.overtaken === overtaken)
        .map((p) => ({x: p.value.rank_in, y: value_of(p), p: p.value}));
    const last = points[points.length - 1].value.rank_in;
    return {
      type: 'scatter',
      data: {datasets: [
        {label: `overtaken by a later ${word.item}`, data: of(true), pointStyle: 'triangle', radius: 4.5,
         clip: 8,
         backgroundColor: colours.series[1], borderColor: colours.ground, borderWidth: 0.5},
        {label: 'not overtaken', data: of(false), pointStyle: 'circle', radius: 2.5, clip: 8,
         backgroundColor: colours.series[0], borderWidth: 0},
        {label: 'strict order', type: 'line', pointRadius: 0, borderColor: colours.soft,
         borderWidth: 1, borderDash: [5, 4],
         data: [{x: 0, y: 0}, {x: last, y: shown === 'places' ? 0 : last}]},
      ]},
      options: {
        scales: {
          x: axis('rank of acceptance', {type: 'linear', min: 0, max: Math.max(last, 1),
            afterBuildTicks: (scale) => set_ticks(scale, last,
                                                  Math.max(1, round_step(last / 8)))}),
          y: axis(shown === 'places' ? 'places lost' : `rank of ${word.delivery}`,
                  {grace: 0.5, ticks: {...whole_numbers, callback: (y) => Number.isInteger(y)
                      ? (shown === 'places' && y > 0 ? '+' : '') + grouped(y) : ''}}),
        },
        plugins: {
          legend: {position: 'top', align: 'start',
                   labels: {usePointStyle: true, boxWidth: 8, boxHeight: 8, color: colours.text,
                            filter: (item) => item.text !== 'strict order'}},
          tooltip: {filter: (item) => Boolean(item.raw.p), callbacks: {
            label: ({raw}) => [`${word.item} ${raw.p.post}: ${place_words(raw.p)}`,
              `accepted as number ${grouped(raw.p.rank_in + 1)}, ${word.delivered} as ` +
              `number ${grouped(raw.p.rank_out + 1)}`]}},
        },
      },
    };
  });
  return figure;
}

function order_section() {
  const rows = each('/fifo').filter((f) => f.value.items > 0);
  if (rows.length === 0) return null;
  const stages = new Set(['delivery', 'archiving']);
  const columns = [
    {head: 'stage', heads: true, cell: (f) => stage_name(f.value.stage)},
    {head: 'among', cell: (f) => scope_names[f.value.scope] || f.value.scope},
    {head: 'items', numeric: true, cell: (f) => number(f.pointer + '/items')},
    {head: 'overtaken', numeric: true, cell: (f) => number(f.pointer + '/overtaken')},
    {head: 'share', numeric: true, cell: (f) => number(f.pointer + '/overtaken_share', 'share')},
    {head: 'pairs in wrong order', numeric: true, cell: (f) => number(f.pointer + '/inversions')},
    {head: 'maximum places', numeric: true, cell: (f) => number(f.pointer + '/most_places')},
    {head: 'maximum time', numeric: true, cell: (f) => number(f.pointer + '/most_seconds', 'seconds')},
  ];
  return section('order', 'Order',
      element('p', {}, `Slices are processed independently, so a later ${word.item} can ` +
          `be ${word.delivered} before an earlier one.`),
      order_plot(),
      table(columns, rows.filter((f) => stages.has(f.value.stage)),
            {caption: `Order of ${word.deliveries}${mail ? ' and archivings' : ''}`}),
      folded('Order within each queue', table(columns,
          rows.filter((f) => !stages.has(f.value.stage)), {caption: 'Order in which entries were taken'})));
}
