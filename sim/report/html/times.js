// How long deliveries, archivings and waits in queues took.

const quantiles = [['p50_s', '50%'], ['p90_s', '90%'], ['p95_s', '95%'], ['p99_s', '99%'],
                   ['p999_s', '99.9%']];

function time_name(name) {
  if (name === 'delivery') return `from acceptance to ${word.delivery}`;
  if (name === 'archiving') return 'from acceptance to archiving';
  return name.startsWith('wait.') ? `waiting in ${name.slice(5)}/` : name;
}

function times_section() {
  const all = each('/times').filter((t) => t.value.count > 0);
  if (all.length === 0) return null;
  let now = 0;

  const bins_table = () => table([
    {head: 'from', numeric: true, cell: (b) => number(b.pointer + '/0', 'seconds')},
    {head: 'to', numeric: true, cell: (b) => number(b.pointer + '/1', 'seconds')},
    {head: 'count', numeric: true, cell: (b) => number(b.pointer + '/2')},
  ], each(all[now].pointer + '/bins'), {caption: 'Time ' + time_name(all[now].value.name)});
  const holder = element('div');
  const renew_table = () => holder.replaceChildren(folded('Data as a table', bins_table()));

  const {figure, redraw} = plot('times-plot', {
    title: '', label: 'Distribution of times', height: 320,
    controls: element('div', {class: 'controls'}, choice('Time',
      all.map((t, i) => ({value: String(i), label: time_name(t.value.name)})),
      (value) => { now = Number(value); redraw(); renew_table(); })),
    tables: holder,
  }, (colours) => {
    const {bins} = all[now].value;
    // All bins have the same width: a tenth of a power of ten.
    const place = (x) => (scale) => {
      let i = bins.findIndex((b) => x < b[1]);
      if (i < 0) i = bins.length - 1;
      const [low, high] = bins[i];
      const within = low > 0 ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low);
      const step = bins.length > 1 ? scale.getPixelForValue(1) - scale.getPixelForValue(0)
                                   : scale.width;
      return scale.getPixelForValue(i) + step * (within - 0.5);
    };
    const lines = [['p50_s', '50%'], ['p99_s', '99%']]
        .filter(([key]) => typeof all[now].value[key] === 'number')
        .map(([key, word]) => ({at: place(all[now].value[key]),
                                word: `${word}: ${text(all[now].value[key], 'seconds')}`}));
    return {
      type: 'bar',
      data: {labels: bins.map((b) => text(b[0], 'seconds')), datasets: [{
        label: 'count', data: bins.map((b) => b[2]), backgroundColor: colours.series[0],
        barPercentage: 0.94, categoryPercentage: 1}]},
      options: {
        layout: {padding: {top: 34}},
        scales: {
          x: axis(['time', '(each bar extends to the next;', 'ten bars per power of ten)'],
                  {grid: {display: false}, ticks: {autoSkip: true, autoSkipPadding: 12}}),
          y: axis('count', {beginAtZero: true, ticks: whole_numbers}),
        },
        plugins: {
          legend: {display: false},
          tooltip: {callbacks: {
            title: ([item]) => `${text(bins[item.dataIndex][0], 'seconds')} to ` +
                               text(bins[item.dataIndex][1], 'seconds'),
            label: (item) => text(bins[item.dataIndex][2], 'count')}},
        },
      },
      plugins: [upright_lines(lines, colours)],
    };
  });
  renew_table();

  return section('times', 'Times',
      figure,
      table([
        {head: 'time', heads: true, cell: (t) => time_name(t.value.name)},
        {head: 'count', numeric: true, cell: (t) => number(t.pointer + '/count')},
        {head: 'mean', numeric: true, cell: (t) => number(t.pointer + '/mean_s', 'seconds')},
        ...quantiles.map(([key, word]) => ({head: word, numeric: true,
          cell: (t) => number(`${t.pointer}/${key}`, 'seconds')})),
        {head: 'maximum', numeric: true, cell: (t) => number(t.pointer + '/most_s', 'seconds')},
      ], all, {caption: 'Times within which these percentages were done'}));
}
