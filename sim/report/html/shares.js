// How the work was divided: each machine's deliveries and each queue's slices, with the 99%
// range of chance.

/** Where a part lies against its band. */
function beside_band(part) {
  if (part.count < part.band[0]) return 'below';
  return part.count > part.band[1] ? 'above' : 'within';
}

function judged(test, independent) {
  if (!test || test.method === 'not_tested') return 'not tested';
  const how = {exact_multinomial: 'exact test', monte_carlo: 'Monte Carlo test',
               chi_square: 'chi-square'}[test.method] || test.method;
  const p = `p = ${text(test.p_value, 'probability')} (${how})`;
  return independent ? p
      : p + '; the policy keeps entries together, so this reflects the keys and is not a problem';
}

function parts_table(pointer, caption, name) {
  const verdict = {within: ['good', 'within'], below: ['bad', 'below'], above: ['bad', 'above']};
  return folded('Data as a table', table([
    {head: name, heads: true, cell: (r) => r.value.name},
    {head: 'machines', cell: (r) => r.value.machines.join(', ')},
    {head: 'count', numeric: true, cell: (r) => number(r.pointer + '/count')},
    {head: 'share', numeric: true, cell: (r) => number(r.pointer + '/share', 'share')},
    {head: 'expected', numeric: true, cell: (r) => number(r.pointer + '/expected_share', 'share')},
    {head: 'by chance', numeric: true, cell: (r) =>
        [number(r.pointer + '/band/0'), ' to ', number(r.pointer + '/band/1')]},
    {head: '', cell: (r) => mark(...verdict[beside_band(r.value)])},
    {head: 'working', numeric: true, cell: (r) => number(r.pointer + '/working_s', 'seconds')},
  ], each(pointer), {caption}));
}

function share_plot(id, {title, lead, pointer, total, unit, name}) {
  const parts = each(pointer);
  const counts = parts.map((p) => p.value.count);
  const lying = parts.length <= 12;
  const names = parts.map((p) => {
    const where = p.value.machines.filter((m) => m !== p.value.name).join(', ');
    return !lying ? p.value.name : name === 'machine' ? p.value.name
        : where ? `slice ${p.value.name} · ${where}` : `slice ${p.value.name}`;
  });
  const bands = parts.map(({value}) => [value.band[0], value.expected_share * total,
                                        value.band[1]]);
  return plot(id, {
    title, lead, height: lying ? 60 + 44 * parts.length : 300,
    label: `${title}: ` + parts.slice(0, 12).map((p, i) => `${names[i]} ${text(counts[i], 'count')}`)
        .join(', '),
    tables: parts_table(pointer, title, name),
  }, (colours) => {
    const outside = parts.map((p) => beside_band(p.value) !== 'within');
    return {
      type: 'bar',
      data: {labels: names, datasets: [{
        label: unit, data: counts, barPercentage: lying ? 0.42 : 0.6, categoryPercentage: 1,
        maxBarThickness: 20,
        backgroundColor: outside.map((o) => o ? colours.series[1] : colours.series[0]),
      }]},
      options: {
        indexAxis: lying ? 'y' : 'x',
        scales: {
          [lying ? 'x' : 'y']: axis(unit, {beginAtZero: true,
            ticks: {maxTicksLimit: 6, ...whole_numbers},
            suggestedMax: Math.max(...bands.map((b) => b[2]), ...counts) * 1.04}),
          [lying ? 'y' : 'x']: axis(lying ? '' : name,
            {grid: {display: false}, ticks: {color: colours.text, autoSkip: !lying}}),
        },
        plugins: {
          legend: {display: false},
          tooltip: {callbacks: {
            label: (item) => {
              const part = parts[item.dataIndex].value;
              return [`${text(part.count, 'count')} ${unit} (${text(part.share, 'share')})`,
                      `by chance ${text(part.band[0], 'count')} to ` +
                      `${text(part.band[1], 'count')}: ${beside_band(part)}`];
            }}},
        },
      },
      plugins: [chance_bands(bands, colours)],
    };
  });
}

/** The batches of a few test posts: who delivered each, and whether that is chance. */
function batches_told() {
  return each('/batches').filter((b) => b.value.machines.length > 1).map(({value, pointer}) => {
    const last = value.first_post + value.posts - 1;
    return element('div', {class: 'batch'},
        element('h3', {}, value.posts === 1 ? `${capital(word.item)} ${value.first_post}`
                                            : `${capital(word.items)} ${value.first_post} to ${last}`),
        table([
          {head: 'machine', heads: true, cell: (r) => r.value.name},
          {head: word.delivered, numeric: true, cell: (r) => number(r.pointer + '/count')},
        ], each(pointer + '/machines'), {caption: `First ${word.deliveries} by machine`}),
        value.text ? element('p', {}, value.text) : '');
  });
}

function shares_section() {
  const figures = [];
  if (at('/deliveries/total') > 0) {
    figures.push(share_plot('share-deliveries', {
      title: `${capital(word.deliveries)} by machine`,
      lead: `${text(at('/deliveries/total'), 'count')} ${word.deliveries}; ` +
            judged(at('/deliveries/test'), at('/deliveries/independent')),
      pointer: '/deliveries/machines', total: at('/deliveries/total'), unit: word.deliveries,
      name: 'machine',
    }).figure);
  }
  for (const {value: queue, pointer} of each('/balance')) {
    if (!(queue.total > 0) || queue.slices.length < 2) continue;
    figures.push(share_plot('share-queue-' + queue.queue.replace(/[^a-z0-9]+/gi, '-'), {
      title: `Queue ${queue.queue} by slice`,
      lead: `${counted(queue.total, 'entry', 'entries')}; ` +
            judged(queue.test, queue.independent),
      pointer: pointer + '/slices', total: queue.total, unit: 'entries', name: 'slice',
    }).figure);
  }
  return section('shares', 'Shares',
      element('p', {}, (mail ? 'One machine delivers a post to all its recipients; the hash decides ' +
                               'which one. ' : '') +
          'The grey band covers 99 of 100 runs by chance, the line in it is the expected ' +
          'value. A bar that ends outside its band is orange: by chance alone one in a hundred does.'),
      element('div', {class: 'pair'}, figures),
      ...batches_told(),
      folded('Balance of each queue', table([
        {head: 'queue', heads: true, cell: (r) => r.value.queue},
        {head: 'entries', numeric: true, cell: (r) => number(r.pointer + '/total')},
        {head: 'p', numeric: true,
         cell: (r) => number(r.pointer + '/test/p_value', 'probability')},
        {head: 'chi-square', numeric: true,
         cell: (r) => number(r.pointer + '/test/statistic', 'ratio')},
        {head: 'maximum / mean', numeric: true,
         cell: (r) => number(r.pointer + '/max_over_mean', 'ratio')},
        {head: 'by chance', numeric: true,
         cell: (r) => number(r.pointer + '/max_over_mean_expected', 'ratio')},
        {head: 'at most', numeric: true,
         cell: (r) => number(r.pointer + '/max_over_mean_allowed', 'ratio')},
        {head: 'variation', numeric: true, cell: (r) => number(r.pointer + '/cv', 'ratio')},
      ], each('/balance').filter((r) => r.value.total > 0),
      {caption: 'The most loaded slice relative to the mean, and the value that chance exceeds once in 1,000 runs'})));
}
