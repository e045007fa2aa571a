// Two runs side by side: their verdicts, the division of their work, backlogs, times and measures.

const both = each('/runs').map((r, i) => ({...r, name: run.names[i], word: ['first', 'second'][i]}));

/** "first: two.json" */
function run_name({name, word}) { return `${word}: ${name}`; }

function verdicts_section() {
  const panel = (r) => {
    const bad = r.value.fault || !r.value.requirements_met;
    return element('div', {}, element('h3', {}, run_name(r)),
        element('p', {}, `${r.value.scenario.name}, seed `, number(r.pointer + '/scenario/seed'),
                ', ', counted(r.value.run.posts, 'post', 'posts')),
        element('div', {class: bad ? 'verdict bad' : 'verdict'},
            element('strong', {}, bad
                ? '✗ ' + (r.value.fault ? 'Problem found' : 'A requirement is not met')
                : '✓ No problem found'),
            element('p', {}, r.value.verdict.replace(/^(PROBLEM|No problem found): (.)/,
                (all, word, first) => first.toUpperCase()))));
  };
  const named = [...new Set(both.flatMap((r) => r.value.requirements.map((q) => q.text)))];
  const found = (r, text) => {
    const i = r.value.requirements.findIndex((q) => q.text === text);
    return i < 0 ? absent : [mark(...(r.value.requirements[i].met ? ['good', 'met'] : ['bad', 'not met'])), ' (',
                             number(`${r.pointer}/requirements/${i}/found`, 'measure'), ')'];
  };
  return section('verdicts', 'Verdicts', element('div', {class: 'pair'}, both.map(panel)),
      named.length === 0 ? null : table([
        {head: 'required', heads: true, cell: (text) => element('code', {}, text)},
        ...both.map((r) => ({head: r.word, cell: (text) => found(r, text)})),
      ], named, {caption: 'Requirements of either run'}));
}

function divided_section() {
  const figures = [];
  const add = (r, place, options) => figures.push(share_plot(
      `share-${r.index}-${place}`, {...options, title: `${r.word}: ${options.title}`}).figure);
  for (const r of both) {
    const d = r.value.deliveries;
    if (!(d.total > 0)) continue;
    add(r, 'deliveries', {title: 'deliveries by machine', unit: 'deliveries', name: 'machine',
      lead: `${text(d.total, 'count')} deliveries; ${judged(d.test, d.independent)}`,
      pointer: r.pointer + '/deliveries/machines', total: d.total});
  }
  const queues = [...new Set(both.flatMap((r) => r.value.balance.map((q) => q.queue)))];
  for (const queue of queues) {
    for (const r of both) {
      const i = r.value.balance.findIndex((q) => q.queue === queue);
      const q = r.value.balance[i];
      if (!q || !(q.total > 0) || q.slices.length < 2) continue;
      add(r, queue.replace(/[^a-z0-9]+/gi, '-'), {title: `queue ${queue} by slice`,
        lead: `${counted(q.total, 'entry', 'entries')}; ${judged(q.test, q.independent)}`,
        pointer: `${r.pointer}/balance/${i}/slices`, total: q.total, unit: 'entries', name: 'slice'});
    }
  }
  if (figures.length === 0) return null;
  return section('shares', 'Shares',
      element('p', {}, 'Grey: what chance gives each in 99 of 100 runs, with the expected value.'),
      element('div', {class: 'pair'}, figures));
}

function both_backlogs_section() {
  const series = (r, queue) => {
    const i = r.value.backlogs.findIndex((b) => b.queue === queue && b.slice === null);
    return i < 0 ? null : r.value.backlogs[i];
  };
  const queues = [...new Set(both.flatMap((r) => r.value.backlogs
      .filter((b) => b.slice === null && b.most.some((x) => x > 0)).map((b) => b.queue)))];
  if (queues.length === 0) return null;
  let now = queues[0];
  const {figure, redraw} = plot('backlogs-plot', {
    title: '', label: 'Entries waiting over time, in both runs', height: 320,
    controls: element('div', {class: 'controls'}, choice('Queue',
        queues.map((q) => ({value: q, label: q})), (value) => { now = value; redraw(); })),
  }, (colours) => {
    const shown = both.map((r) => ({r, b: series(r, now)})).filter((s) => s.b);
    const end = Math.max(...shown.map(({b}) => b.at_s[b.at_s.length - 1] || 0), 1e-3);
    return {
      type: 'line',
      data: {datasets: shown.map(({r, b}) => ({
        ...line_style(colours, r.index), label: run_name(r), pointRadius: 0, borderWidth: 2,
        stepped: true, data: b.at_s.map((x, i) => ({x, y: b.most[i]}))}))},
      options: {
        scales: {x: run_time_axis({from: 0, to: end}),
                 y: axis('entries waiting (maximum)', {beginAtZero: true, ticks: whole_numbers})},
        plugins: {legend: {position: 'bottom', labels: {color: colours.text}}},
      },
    };
  });
  return section('backlogs', 'Backlogs', figure);
}

/** Rows of measures: [name, unit]. */
function measures_table(names, caption) {
  const value = (r, name) => r.value.measures[name]?.value;
  const difference = (name) => {
    const [a, b] = both.map((r) => value(r, name));
    if (typeof a !== 'number' || typeof b !== 'number') return absent;
    return (b > a ? '+' : '') + text(b - a, 'measure');
  };
  return table([
    {head: 'measure', heads: true, cell: (name) => element('code', {}, name)},
    {head: 'unit', cell: (name) => unit_in_words(
        both.map((r) => r.value.measures[name]?.unit).find(Boolean))},
    ...both.map((r) => ({head: r.word, numeric: true, cell: (name) =>
        number(`${r.pointer}/measures/${name.replace(/~/g, '~0').replace(/\//g, '~1')}/value`,
               'measure')})),
    {head: 'second − first', numeric: true, cell: difference},
  ], names, {caption});
}

function all_measures_section() {
  const names = [...new Set(both.flatMap((r) => Object.keys(r.value.measures)))];
  const differs = (name) =>
      both[0].value.measures[name]?.value !== both[1].value.measures[name]?.value;
  const different = names.filter(differs);
  return section('measures', 'Measures',
      element('p', {}, different.length === 0 ? 'Both runs have the same measures.'
          : `One run of each says nothing of chance: ${program} sweep compares many.`),
      different.length === 0 ? null
          : measures_table(different, 'Measures in which the runs differ'),
      unfolding('The others', () => measures_table(names.filter((n) => !differs(n)),
                                                   'Measures that are the same')));
}

build_page([verdicts_section, divided_section, both_backlogs_section, all_measures_section],
           ['two runs.']);
