// The parts of a sweep's page: each measure against the varied keys, with confidence
// intervals; the table of all numbers; significant differences; how to reproduce it.

const dimensions = run.sweep.dimensions;
const measures = run.sweep.measures;
const alternatives = each('/rows');
const confidence = written.share(run.sweep.confidence).replace('.0%', '%');

/** The place in the JSON of an alternative's estimate. */
function estimate_at(row, measure, kind = 'measures') {
  return `${row.pointer}/${kind}/${measure.name}`;
}

function is_number(word) { return word.trim() !== '' && Number.isFinite(Number(word)); }

/** What names an alternative, but for the dimension that is drawn along the axis. */
function name_of(row, but = null) {
  const kept = dimensions.filter((d) => d.key !== but);
  if (kept.length === 0) return but ? '' : 'unchanged';
  const short = kept.length === 1 && !but;
  return kept.map(({key}) => short ? row.value.values[key] : `${key} ${row.value.values[key]}`)
      .join(', ');
}

function with_unit(measure) {
  return measure.unit ? `${measure.name} (${unit_in_words(measure.unit)})` : measure.name;
}

/** How many decimals an interval is told with: two digits of its half width. */
function decimals_of(half_width) {
  if (!(half_width > 0)) return null;
  return Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(half_width) + 1e-9)));
}

/** A mean to the decimals of its interval's half width. */
function mean_text(e) {
  const decimals = decimals_of(e.half_width);
  return decimals === null ? text(e.mean, 'measure') : grouped(e.mean, decimals);
}

function spread_text(e) {
  const decimals = decimals_of(e.half_width);
  return decimals === null ? text(e.half_width, 'spread') : grouped(e.half_width, decimals);
}

/** `1.234 ± 0.056` */
function interval(pointer) {
  const e = at(pointer);
  if (typeof e.mean !== 'number') return absent;
  const told = (member, words) => element('data', {value: String(e[member]),
      'data-at': `${pointer}/${member}`, 'data-as': 'estimate'}, words);
  return typeof e.half_width !== 'number' ? number(pointer + '/mean', 'measure')
      : [told('mean', mean_text(e)), ' ± ', told('half_width', spread_text(e))];
}

/** Whether an alternative differs from the first: 'yes' where that is not by chance, corrected for
    the number of comparisons. */
function differs(row, measure) {
  const e = at(estimate_at(row, measure, 'differences'));
  if (row.index === 0 || !(e.count > 1)) return absent;
  if (e.mean === 0 && e.half_width === 0) return 'no';
  const found = typeof e.differs === 'boolean' ? e.differs : Math.abs(e.mean) > e.half_width;
  return found ? 'yes' : 'not significantly';
}

/** Confidence intervals of points: a line with ends, and where points are joined, a band too. */
function interval_marks(sets, colours, lying) {
  return {
    id: 'interval_marks',
    beforeDatasetsDraw(chart) {
      const {ctx} = chart;
      const values = lying ? chart.scales.x : chart.scales.y;
      ctx.save();
      sets.forEach((set, s) => {
        const places = chart.getDatasetMeta(s).data;
        const known = set.flatMap((e, i) => e && Number.isFinite(e.half_width)
            ? [{middle: lying ? places[i].y : places[i].x,
                low: values.getPixelForValue(e.mean - e.half_width),
                high: values.getPixelForValue(e.mean + e.half_width)}] : []);
        const colour = chart.data.datasets[s].borderColor;
        if (!lying && known.length > 1) {
          ctx.beginPath();
          known.forEach((k) => ctx.lineTo(k.middle, k.high));
          known.reverse().forEach((k) => ctx.lineTo(k.middle, k.low));
          ctx.closePath();
          ctx.globalAlpha = 0.16;
          ctx.fillStyle = colour;
          ctx.fill();
          ctx.globalAlpha = 1;
        }
        ctx.strokeStyle = colour;
        ctx.lineWidth = 1.75;
        for (const {middle, low, high} of known) {
          ctx.beginPath();
          const line = (a, b, c, d) => lying ? (ctx.moveTo(b, a), ctx.lineTo(d, c))
                                             : (ctx.moveTo(a, b), ctx.lineTo(c, d));
          line(middle, low, middle, high);
          line(middle - 4, low, middle + 4, low);
          line(middle - 4, high, middle + 4, high);
          ctx.stroke();
        }
      });
      ctx.restore();
    },
  };
}

/** The ends of a measure's axis, so that every interval is on it. */
function ends_of(measure) {
  const ends = alternatives.flatMap((row) => {
    const e = at(estimate_at(row, measure));
    return typeof e.mean === 'number' ? [e.mean - (e.half_width || 0), e.mean + (e.half_width || 0)]
                                      : [];
  });
  const [low, high] = [Math.min(...ends, Infinity), Math.max(...ends, -Infinity)];
  const least = low >= 0 && low < 0.4 * high ? 0 : low;
  return {suggestedMin: least, suggestedMax: high, beginAtZero: least === 0};
}

function said_by(measure) {
  return (item) => {
    const row = alternatives[item.raw.row];
    const e = at(estimate_at(row, measure));
    return `${name_of(row)}: ${mean_text(e)} ± ${spread_text(e)}`;
  };
}

/** Against a dimension of numbers: a line for each choice of the others. */
function lines_plot(measure, key, colours) {
  const groups = new Map();
  for (const row of alternatives) {
    const name = name_of(row, key);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(row);
  }
  const xs = dimensions.find((d) => d.key === key).values.map(Number);
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  const wide = least > 0 && most / least >= 8;
  const marks = ['circle', 'rect', 'triangle', 'rectRot', 'crossRot', 'star'];
  const sets = [...groups.values()].map((rows) =>
      [...rows].sort((a, b) => a.value.values[key] - b.value.values[key]));
  return {
    type: 'line',
    data: {datasets: sets.map((rows, i) => ({
      label: [...groups.keys()][i], ...line_style(colours, i), borderWidth: 2, pointRadius: 4,
      clip: 8,
      pointStyle: marks[i % marks.length],
      data: rows.map((row) => ({x: Number(row.value.values[key]),
                                y: at(estimate_at(row, measure) + '/mean'), row: row.index})),
    }))},
    options: {
      scales: {
        x: axis(key, {type: wide ? 'logarithmic' : 'linear',
          ...(least < most ? {min: least, max: most, offset: false} : {}),
          afterBuildTicks: (scale) => {
            scale.ticks = [...new Set(xs)].sort((a, b) => a - b).map((value) => ({value}));
          },
          ticks: {callback: (x) => text(x, 'measure')}}),
        y: axis(with_unit(measure), ends_of(measure)),
      },
      layout: {padding: {right: 14, top: 6}},
      plugins: {legend: {display: sets.length > 1, labels: {usePointStyle: true}},
                tooltip: {callbacks: {title: () => '', label: said_by(measure)}}},
    },
    plugins: [interval_marks(sets.map((rows) => rows.map((r) => at(estimate_at(r, measure)))),
                             colours, false)],
  };
}

/** One row an alternative, for dimensions that are words. */
function rows_plot(measure, colours) {
  const data = alternatives.map((row) => ({x: at(estimate_at(row, measure) + '/mean'),
                                           y: row.index, row: row.index}));
  return {
    type: 'scatter',
    data: {datasets: [{label: measure.name, data, borderColor: colours.series[0],
                       backgroundColor: colours.series[0], pointRadius: 5}]},
    options: {
      scales: {
        x: axis(with_unit(measure), {...ends_of(measure), ticks: {maxTicksLimit: 6}}),
        y: axis('', {type: 'linear', reverse: true, min: -0.5, max: alternatives.length - 0.5,
          afterBuildTicks: (scale) => { scale.ticks = data.map(({y}) => ({value: y})); },
          grid: {display: false},
          ticks: {color: colours.text, autoSkip: false,
                  callback: (i) => wrapped_name(name_of(alternatives[i]))}}),
      },
      layout: {padding: {right: 14}},
      plugins: {legend: {display: false},
                tooltip: {callbacks: {title: () => '', label: said_by(measure)}}},
    },
    plugins: [interval_marks([alternatives.map((r) => at(estimate_at(r, measure)))], colours, true)],
  };
}

/** A name in lines that leave room for the plot, broken at its commas. */
function wrapped_name(name) { return name.length > 22 ? name.split(', ') : name; }

/** The whole numbers and words that a dimension was set to, as the axis of a plot. */
function numeric_dimensions() {
  return dimensions.filter((d) => d.values.length > 1 && d.values.every(is_number));
}

function measure_figure(measure, i) {
  const along = numeric_dimensions();
  let key = along.length ? along[0].key : null;
  let redraw = () => {};
  const {figure, redraw: again} = plot('measure-' + i, {
    title: measure.name,
    lead: measure.description,
    height: key ? 320 : 90 + 40 * alternatives.length,
    label: `${measure.name}: ` + alternatives.slice(0, 12).map((row) =>
        `${name_of(row)} ${text(at(estimate_at(row, measure) + '/mean'), 'measure')}`).join('; '),
    controls: along.length > 1
        ? element('div', {class: 'controls'}, choice('on the axis',
            along.map((d) => ({value: d.key, label: d.key})),
            (value) => { key = value; redraw(); })) : null,
  }, (colours) => key ? lines_plot(measure, key, colours) : rows_plot(measure, colours));
  redraw = again;
  return figure;
}

function measures_section() {
  return section('measures', 'Measures',
      element('p', {}, `Points are means of independent runs; the lines through them and the ` +
          `bands are confidence intervals of the mean (${confidence}).`),
      measures.map(measure_figure));
}

function numbers_section() {
  const dimension_columns = dimensions.map((d, i) => (
      {head: d.key, heads: i === 0, numeric: d.values.every(is_number),
       cell: (row) => row.value.values[d.key]}));
  const many = alternatives.length > 1;
  return section('numbers', 'Numbers', measures.map((measure) => element('div', {class: 'block'}, table([
    ...(dimension_columns.length ? dimension_columns
                                 : [{head: 'alternative', heads: true, cell: () => 'unchanged'}]),
    {head: with_unit(measure), numeric: true, cell: (row) => interval(estimate_at(row, measure))},
    ...(many ? [
      {head: 'difference from the first', numeric: true, cell: (row) => row.index === 0 ? absent
          : interval(estimate_at(row, measure, 'differences'))},
      {head: 'differs', cell: (row) => differs(row, measure)}] : []),
    {head: 'runs', numeric: true, cell: (row) => number(row.pointer + '/replications')},
    ...(run.sweep.precision > 0 ? [{head: 'precise', cell: (row) =>
        row.value.precise ? mark('good', 'yes') : mark('bad', 'no')}] : []),
    ...(run.sweep.warm_up_removed ? [{head: `${word.items} left out`, numeric: true,
        cell: (row) => number(row.pointer + '/warm_up_posts')}] : []),
  ], alternatives, {stacks: true, caption: measure.name}))),
  element('p', {}, `± is the half width of the mean’s confidence interval (${confidence}, ` +
      `Student’s). Differences are between runs with common random numbers, so ` +
      'they are more precise than the values themselves. ' +
      (run.sweep.warm_up_removed ? `Left out: ${word.items} before the times had stabilised (MSER-5).` : '')));
}

/** In words: where each measure is least and most, and what differs from the first. */
function findings_section() {
  const lines = measures.map((measure) => {
    const known = alternatives.filter((r) =>
        typeof at(estimate_at(r, measure) + '/mean') === 'number');
    if (known.length === 0) return [measure.name, ': nothing was measured.'];
    const mean = (r) => at(estimate_at(r, measure) + '/mean');
    const unit = measure.unit ? ' ' + unit_in_words(measure.unit) : '';
    const said = (r) => [number(estimate_at(r, measure) + '/mean', 'measure'), unit, ' (',
                         name_of(r), ')'];
    if (known.length === 1) return [element('code', {}, measure.name), ' is ', said(known[0]), '.'];
    const sorted = [...known].sort((a, b) => mean(a) - mean(b));
    const [least, most] = [sorted[0], sorted[sorted.length - 1]];
    const name = element('code', {}, measure.name);
    if (mean(least) === mean(most)) return [name, ' is the same for all alternatives: ', said(least), '.'];
    const different = known.filter((r) => differs(r, measure) === 'yes').length;
    return [name, ' is lowest with ', said(least), ' and highest with ', said(most), '. ',
      `${different} of ${known.length - 1} alternatives differ from the first one ` +
      `(${name_of(alternatives[0])}) by more than chance.`];
  });
  return section('findings', 'Summary',
      element('ul', {class: 'remarks'}, lines.map((line) => element('li', {}, line))));
}

function repeat_sweep_section() {
  return repetition('The scenario, its seed and these options reproduce this sweep bit ' +
      'for bit, on any number of processors. Save the scenario below and run',
      (file, seed) => `${program} sweep ${file} --seed ${seed} ` +
          run.sweep.options.map(shell_word).join(' '));
}

/** A word of a shell command. */
function shell_word(word) {
  return /^[\w.,=:\/+-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}
