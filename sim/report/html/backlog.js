// Entries waiting over time, by queue and slice, with the faults.

/** How faults of a kind are named and marked. */
const fault_looks = {
  crash_process: ['crash of a process', 'crossRot'],
  crash_machine: ['crash of a machine', 'rect'],
  power_loss: ['power loss', 'star'],
  slow_machine: ['slow machine', 'circle'],
  clock_step: ['clock jumps', 'rectRot'],
  clock_drift: ['clock drifts', 'rectRounded'],
  storage_stall: ['storage stalls', 'dash'],
  fail_calls: ['storage calls fail', 'cross'],
  disk_full: ['disk full', 'line'],
  foreign_files: ['foreign files', 'triangle'],
  delivery_outage: ['mail server down', 'rectRot'],
  crafted_entry: ['crafted entry', 'triangle'],
};

function fault_text(fault) {
  return 'fault: ' + fault.what +
      (fault.lasts_s > 0 ? `, for ${text(fault.lasts_s, 'seconds')}` : '');
}

/** A bar along the axis for each fault that lasts. */
function fault_durations(faults, colours) {
  return {
    id: 'fault_durations',
    beforeDatasetsDraw({ctx, chartArea, scales}) {
      ctx.save();
      ctx.fillStyle = colours.bad;
      for (const {value} of faults.slice(0, 200)) {
        if (!(value.lasts_s > 0)) continue;
        const place = (x) => Math.min(Math.max(scales.x.getPixelForValue(x), chartArea.left),
                                      chartArea.right);
        const from = place(value.since_start_s);
        const to = place(value.since_start_s + value.lasts_s);
        ctx.globalAlpha = 0.12;
        ctx.fillRect(from, chartArea.top, to - from, chartArea.height);
        ctx.globalAlpha = 1;
        ctx.fillRect(from, chartArea.bottom - 3, Math.max(to - from, 1), 3);
      }
      ctx.restore();
    },
  };
}

function backlog_section() {
  const all = each('/backlogs');
  const queues = [...new Set(all.map((s) => s.value.queue))]
      .filter((q) => all.some((s) => s.value.queue === q && s.value.most.some((x) => x > 0)));
  if (queues.length === 0) return null;
  const faults = each('/faults').filter((f) => f.value.since_start_s >= 0);
  const end = Math.max(...all.map((s) => s.value.at_s[s.value.at_s.length - 1] || 0),
                       at('/run/duration_s') || 0);
  const now = {queue: '', what: 'most'};
  const time = time_view(end, () => redraw());

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

  const {figure, canvas, redraw, scale} = plot('backlog-plot', {
    title: '', label: 'Entries waiting over time', height: 340,
    controls: element('div', {class: 'controls'},
      choice('Show', [{value: '', label: 'all queues'},
                      ...queues.map((q) => ({value: q, label: `queue ${q} and its slices`}))],
             (value) => { now.queue = value; redraw(); renew_table(); }),
      choice('as', [{value: 'most', label: 'maximum'},
                    {value: 'averages', label: 'mean'}],
             (value) => { now.what = value; redraw(); renew_table(); }),
      time.buttons),
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
      stepped: now.what === 'most' ? 'before' : false, pointRadius: 0, pointHitRadius: 6, pointStyle: 'line',
      borderWidth: now.queue !== '' && s.value.slice === null ? 2.5 : 1.5,
    }));
    for (const kind of new Set(faults.map((f) => f.value.kind))) {
      const [words, symbol] = fault_looks[kind] || ['fault', 'triangle'];
      datasets.push({
        label: words, type: 'scatter', pointStyle: symbol, radius: 7,
        backgroundColor: colours.bad, borderColor: colours.bad,
        data: faults.slice(0, 200).filter((f) => f.value.kind === kind)
            .map((f) => ({x: f.value.since_start_s, y: 0, fault: f.value})),
      });
    }
    return {
      type: 'line', data: {datasets}, plugins: [fault_durations(faults, colours)],
      options: {
        parsing: true, normalized: true,
        interaction: {mode: 'nearest', intersect: false, axis: 'x'},
        scales: {x: run_time_axis(time.view), y: axis('entries waiting', {beginAtZero: true,
          ...(now.what === 'most' ? {ticks: whole_numbers} : {})})},
        plugins: {
          legend: {position: 'top', align: 'start',
                   labels: {usePointStyle: true, color: colours.text}},
          tooltip: {callbacks: {
            title: (items) => items.length ? text(items[0].parsed.x, 'seconds') + ' after the start'
                                           : '',
            label: (item) => item.raw.fault ? fault_text(item.raw.fault)
                : `${item.dataset.label}: ${text(item.parsed.y, 'count')}`}},
        },
      },
    };
  });
  renew_table();
  time.listen(canvas, scale);
  return section('backlog', 'Backlog',
      element('p', {}, 'Entries waiting in a queue, over the whole run. Each point of ' +
          '“maximum” is the largest number in its interval.' +
          (faults.length ? ' Symbols mark faults, bars above the axis how long they last.' : '') +
          ' Drag to move along the axis; the wheel with Ctrl zooms.'),
      figure);
}
