// Entries waiting over time, by queue and slice.

function backlog_section() {
  const all = each('/backlogs');
  const queues = [...new Set(all.map((s) => s.value.queue))]
      .filter((q) => all.some((s) => s.value.queue === q && s.value.most.some((x) => x > 0)));
  if (queues.length === 0) return null;
  const faults = each('/faults').filter((f) => f.value.since_start_s >= 0);
  const end = Math.max(...all.map((s) => s.value.at_s[s.value.at_s.length - 1] || 0),
                       at('/run/duration_s') || 0);
  const now = {queue: '', what: 'most'};

  const name_of = (series) => series.slice === null ? series.queue
      : `${series.queue}, slice ${series.slice}`;
  const chosen = () => all.filter(({value}) => now.queue === ''
      ? value.slice === null && queues.includes(value.queue) : value.queue === now.queue);

  const series_table = () => table([
    {head: 'seconds since the start', numeric: true, cell: (i) => text(chosen()[0].value.at_s[i], 'moment')},
    ...chosen().map((s) => ({head: name_of(s.value), numeric: true,
      cell: (i) => number(`${s.pointer}/${now.what}/${i}`)})),
  ], chosen()[0].value.at_s.map((x, i) => i), {caption: 'Backlog over time'});
  const holder = element('div');
  const renew_table = () => holder.replaceChildren(
      unfolding('Data as a table', series_table));

  const {figure, redraw} = plot('backlog-plot', {
    title: '', label: 'Entries waiting over time', height: 340,
    controls: element('div', {class: 'controls'},
      choice('Show', [{value: '', label: 'all queues'},
                      ...queues.map((q) => ({value: q, label: `queue ${q} and its slices`}))],
             (value) => { now.queue = value; redraw(); renew_table(); }),
      choice('as', [{value: 'most', label: 'maximum'},
                    {value: 'averages', label: 'mean'}],
             (value) => { now.what = value; redraw(); renew_table(); })),
    tables: [holder, folded('Waiting entries by queue and slice', table([
      {head: 'queue', heads: true, cell: (r) => r.queue},
      {head: 'slice', cell: (r) => r.part.value.name},
      {head: 'mean', numeric: true, cell: (r) => number(r.part.pointer + '/backlog_mean')},
      {head: 'maximum', numeric: true, cell: (r) => number(r.part.pointer + '/backlog_most')},
    ], each('/balance').filter((q) => queues.includes(q.value.queue)).flatMap((q) =>
        each(q.pointer + '/slices').map((part) => ({queue: q.value.queue, part}))),
    {caption: 'Entries waiting'}))],
  }, (colours) => {
    const datasets = chosen().map((s, i) => ({
      label: name_of(s.value), ...line_style(colours, i),
      data: s.value.at_s.map((x, k) => ({x, y: s.value[now.what][k]})),
      stepped: now.what === 'most' ? 'before' : false, pointRadius: 0, pointHitRadius: 6,
      borderWidth: now.queue !== '' && s.value.slice === null ? 2.5 : 1.5,
    }));
    if (faults.length > 0) {
      datasets.push({
        label: 'fault', type: 'scatter', pointStyle: 'triangle', radius: 7,
        backgroundColor: colours.bad, borderColor: colours.ground,
        data: faults.slice(0, 200).map((f) => ({x: f.value.since_start_s, y: 0,
                                                what: f.value.what})),
      });
    }
    return {
      type: 'line', data: {datasets},
      options: {
        parsing: true, normalized: true,
        interaction: {mode: 'nearest', intersect: false, axis: 'x'},
        scales: {x: run_time_axis(end), y: axis('entries waiting', {beginAtZero: true,
          ...(now.what === 'most' ? {ticks: whole_numbers} : {})})},
        plugins: {
          legend: {position: 'top', align: 'start',
                   labels: {usePointStyle: true, pointStyle: 'line', color: colours.text}},
          tooltip: {callbacks: {
            title: (items) => items.length ? text(items[0].parsed.x, 'seconds') + ' after the start'
                                           : '',
            label: (item) => item.raw.what ? 'fault: ' + item.raw.what
                : `${item.dataset.label}: ${text(item.parsed.y, 'count')}`}},
        },
      },
    };
  });
  renew_table();
  return section('backlog', 'Backlog',
      element('p', {}, 'Entries waiting in a queue, over the whole run. Each point of ' +
          '“maximum” is the largest number in its interval.' +
          (faults.length ? ' Triangles mark faults.' : '')),
      figure);
}
