// Charts by Chart.js: redrawn when the colours change (dark mode, paper), and checked after
// drawing, so that a blank one can be detected from outside.

const plots = [];

/** What draws other pictures anew to their width; for paper, where nobody is told of a new one. */
const drawn_to_width = [];

/** The colours in use, from the style sheet. */
function theme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue('--' + name).trim();
  return {
    ground: colour('ground'), text: colour('text'), soft: colour('soft'), line: colour('line'),
    band: colour('band'), bad: colour('bad'), good: colour('good'),
    series: [1, 2, 3, 4, 5, 6].map((i) => colour('series-' + i)),
  };
}

/** The i-th series: six colours, and a dash pattern for each further round. */
function line_style(colours, i) {
  const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
  return {
    borderColor: colours.series[i % colours.series.length],
    backgroundColor: colours.series[i % colours.series.length],
    borderDash: dashes[Math.floor(i / colours.series.length) % dashes.length],
  };
}

/**
 * A figure with a plot and its numbers as a table.
 * @param make  gives the chart's configuration for a theme
 */
function plot(id, {title, lead, height, controls, tables, label}, make) {
  const canvas = element('canvas', {role: 'img', 'aria-label': label || title});
  const frame = element('div', {class: 'plot'}, canvas);
  frame.style.height = height + 'px';
  const figure = element('figure', {id, 'aria-label': title},
      title ? element('h3', {}, title) : null, lead ? element('p', {}, lead) : null,
      controls || null, frame, tables || null);
  const one = {id, figure, canvas, make, chart: null};
  plots.push(one);
  return {figure, canvas, redraw: () => draw(one), scale: () => one.chart.scales.x};
}

function draw(one) {
  if (!one.canvas.isConnected) return;
  if (one.chart) one.chart.destroy();
  const colours = theme();
  const config = one.make(colours);
  Chart.defaults.color = colours.soft;
  Chart.defaults.borderColor = colours.line;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12.5;
  config.options = {
    animation: false, responsive: true, maintainAspectRatio: false, ...config.options,
  };
  one.chart = new Chart(one.canvas, config);
  one.figure.dataset.drawn = is_blank(one.canvas) ? 'blank' : 'yes';
}

function is_blank(canvas) {
  if (canvas.width === 0 || canvas.height === 0) return true;
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return !pixels.some((byte) => byte !== 0);
}

function draw_all() { plots.forEach(draw); }

/** Scales' common look. */
function axis(title, more = {}) {
  return {
    title: {display: Boolean(title), text: title}, border: {display: false},
    grid: {drawTicks: false}, ...more,
    ticks: {padding: 6, maxRotation: 0, ...(more.ticks || {})},
  };
}

/** Ticks of an axis that counts. */
const whole_numbers = {precision: 0};

/** An axis of seconds since the start of the run, of the part that is looked at. */
function run_time_axis({from, to}) {
  const [unit, word] = to > 5400 ? [3600, 'hours'] : to > 300 ? [60, 'minutes'] : [1, 'seconds'];
  const step = round_step((to - from) / unit / 6) * unit;
  return axis(word + ' since the start of the run', {
    type: 'linear', min: from, max: to,
    afterBuildTicks: (scale) => set_ticks(scale, to, step, from),
    ticks: {callback: (x) => String(+(x / unit).toPrecision(9))},
  });
}

/** Ticks at multiples of a step; Chart.js would divide the axis evenly up to its end. */
function set_ticks(scale, end, step, from = 0) {
  const first = Math.ceil(from / step - 1e-9);
  scale.ticks = Array.from({length: Math.max(Math.floor(end / step + 1e-9) - first + 1, 0)},
                           (none, i) => ({value: (first + i) * step}));
}

/**
 * The part of a time axis that is looked at, with buttons for it: closer, wider, earlier, later. It
 * begins with the time in which posts arrived, so that a long drain does not squash it.
 * @param end     of the run, in seconds
 * @param change  called after each change
 */
function time_view(end, change) {
  const arriving = at('/run/last_arrival_s');
  const posting = typeof arriving === 'number' && arriving > 0
      ? Math.min(arriving * 1.05, end) : end;
  const view = {from: 0, to: posting};
  const least = Math.max(end * 1e-6, 1e-3);
  const look = (from, to) => {
    const length = Math.min(Math.max(to - from, least), end);
    view.from = Math.min(Math.max(from, 0), end - length);
    view.to = view.from + length;
    change();
  };
  const zoom = (factor, on = (view.from + view.to) / 2) =>
      look(on - (on - view.from) * factor, on + (view.to - on) * factor);
  const pan = (share) => look(view.from + share * (view.to - view.from),
                              view.to + share * (view.to - view.from));
  const button = (words, label, act) => element('button', {
    type: 'button', 'aria-label': label, title: label, on: {click: act}}, words);
  const buttons = element('span', {class: 'view', role: 'group', 'aria-label': 'Part of the run'},
      button('+', 'closer', () => zoom(0.5)), button('−', 'wider', () => zoom(2)),
      button('←', 'earlier', () => pan(-0.5)), button('→', 'later', () => pan(0.5)),
      posting < end ? button('while posts arrive', 'the time in which posts arrived',
                             () => look(0, posting)) : null,
      button('whole run', 'the whole run', () => look(0, end)));
  /** Zooms with the wheel while Ctrl is held, and pans by dragging. */
  const listen = (canvas, scale_of) => {
    canvas.addEventListener('wheel', (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, scale_of().getValueForPixel(event.offsetX));
    }, {passive: false});
    let held = null;
    canvas.addEventListener('pointerdown', (event) => {
      held = {x: event.offsetX, from: view.from, to: view.to};
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (held === null || Math.abs(event.offsetX - held.x) < 4) return;
      const scale = scale_of();
      const by = (held.x - event.offsetX) / scale.width * (held.to - held.from);
      look(held.from + by, held.to + by);
    });
    const release = () => { held = null; };
    canvas.addEventListener('pointerup', release);
    canvas.addEventListener('pointercancel', release);
  };
  return {view, buttons, listen};
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function round_step(least) {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((f) => f * power).find((step) => step >= least * 0.999);
}

/**
 * What chance gives, as a band behind each bar, and what is expected, as a line through it.
 * `bands` is [low, expected, high] per bar.
 */
function chance_bands(bands, colours) {
  return {
    id: 'chance_bands',
    beforeDatasetsDraw(chart) {
      const lying = chart.options.indexAxis === 'y';
      const values = lying ? chart.scales.x : chart.scales.y;
      const rows = lying ? chart.scales.y : chart.scales.x;
      const {ctx} = chart;
      const size = Math.abs(rows.getPixelForValue(1) - rows.getPixelForValue(0)) ||
                   (lying ? rows.height : rows.width);
      const width = Math.min(size * 0.86, 60);
      ctx.save();
      bands.forEach(([low, expected, high], i) => {
        const middle = rows.getPixelForValue(i);
        const from = values.getPixelForValue(low);
        const to = values.getPixelForValue(high);
        const on = values.getPixelForValue(expected);
        ctx.fillStyle = colours.band;
        if (lying) {
          ctx.fillRect(from, middle - width / 2, Math.max(to - from, 1), width);
        } else {
          ctx.fillRect(middle - width / 2, to, width, Math.max(from - to, 1));
        }
        ctx.strokeStyle = colours.soft;
        ctx.lineWidth = 1.5;
        ctx.beginPath();
        if (lying) {
          ctx.moveTo(on, middle - width / 2);
          ctx.lineTo(on, middle + width / 2);
        } else {
          ctx.moveTo(middle - width / 2, on);
          ctx.lineTo(middle + width / 2, on);
        }
        ctx.stroke();
      });
      ctx.restore();
    },
  };
}

/** Vertical lines with a label at the top; `lines` is [{x, word}], x in pixels by `place`. */
function upright_lines(lines, colours) {
  return {
    id: 'upright_lines',
    afterDatasetsDraw(chart) {
      const {ctx, chartArea} = chart;
      ctx.save();
      ctx.strokeStyle = colours.text;
      ctx.fillStyle = colours.text;
      ctx.font = '600 12px ' + Chart.defaults.font.family;
      ctx.textAlign = 'left';
      ctx.setLineDash([4, 3]);
      lines.forEach(({at: place, word}, i) => {
        const x = place(chart.scales.x);
        if (!(x >= chartArea.left - 1 && x <= chartArea.right + 1)) return;
        ctx.beginPath();
        ctx.moveTo(x, chartArea.top - 2);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
        const wide = ctx.measureText(word).width;
        ctx.fillText(word, Math.min(x + 3, chart.width - wide),
                     chartArea.top - 19 + 14 * (i % 2));
      });
      ctx.restore();
    },
  };
}
