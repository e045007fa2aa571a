// Elements and numbers. The run's strings become text nodes, never markup; each number that is
// shown has its exact value and its place in the JSON (a JSON pointer) as attributes.

/** The output of 'qslice-sim run --json' or 'qslice-sim sweep --json'. */
const run = JSON.parse(document.getElementById('data').textContent);

/** The value at a JSON pointer; undefined where there is none. */
function at(pointer) {
  return pointer.split('/').slice(1).reduce(
      (value, key) => value === undefined || value === null ? undefined : value[key], run);
}

/** What items and their groups are called. */
const own_words = run.words ?? run.runs?.[0]?.words;
const mail = !own_words;
const word = {
  item: 'post', items: 'posts', group: 'list', groups: 'lists', delivered: 'delivered',
  delivery: 'delivery', deliveries: 'deliveries', ...own_words,
};
/** A text about posts and lists in the words of the site. */
const in_own_words = (text) => mail ? text
    : text.replace(/\bposts\b/g, word.items).replace(/\bpost\b/g, word.item)
        .replace(/\blists\b/g, word.groups).replace(/\blist\b/g, word.group);
/** The unit of a measure, for people. */
const unit_in_words = (unit) => unit ? in_own_words(unit) : '';
/** The program that made the numbers. */
const program = run.program ?? run.runs?.[0]?.program ?? 'qslice-sim';
const capital = (name) => name.charAt(0).toUpperCase() + name.slice(1);

/** The array at a JSON pointer, each element with its own pointer. */
function each(pointer) {
  const list = at(pointer);
  return Array.isArray(list)
      ? list.map((value, index) => ({value, index, pointer: pointer + '/' + index})) : [];
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value === true) {
      node.setAttribute(name, '');
    } else if (value !== false && value !== undefined && value !== null) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined));
  return node;
}

function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function drawing(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

const absent = '–';
const grouped = (x, digits = 0) =>
    x.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});

/** How numbers are written. Each takes a finite number. */
const written = {
  count: (x) => Number.isInteger(x) ? grouped(x) : grouped(x, Math.abs(x) < 100 ? 2 : 0),
  share: (x) => (100 * x).toFixed(1) + '%',
  measure: (x) => Number.isInteger(x) ? grouped(x) : String(+x.toPrecision(4)),
  spread: (x) => String(+x.toPrecision(2)),
  ratio: (x) => x.toFixed(3),
  probability: (x) => x === 0 || x >= 0.0001 ? x.toFixed(4) : x.toExponential(1),
  /** A length of time. */
  seconds: (x) => {
    const size = Math.abs(x);
    if (size === 0) return '0 s';
    if (size < 0.001) return (1e6 * x).toFixed(0) + ' µs';
    if (size < 1) return (1e3 * x).toFixed(size < 0.1 ? 1 : 0) + ' ms';
    if (size < 120) return x.toFixed(size < 10 ? 2 : 1) + ' s';
    const sign = x < 0 ? '−' : '';
    if (size < 7200) return sign + (size / 60).toFixed(1) + ' min';
    if (size < 172800) return sign + (size / 3600).toFixed(1) + ' h';
    return sign + (size / 86400).toFixed(1) + ' days';
  },
  /** A moment of the run, in seconds since its start. */
  moment: (x) => grouped(x, 3) + ' s',
};

/** `3 posts`, `1 post`. */
function counted(n, one, many) { return grouped(n) + ' ' + (n === 1 ? one : many); }

function text(x, how) {
  return typeof x === 'number' && Number.isFinite(x) ? written[how](x) : absent;
}

/** The number at a place in the JSON. */
function number(pointer, how = 'count') {
  const value = at(pointer);
  if (typeof value !== 'number') return element('span', {title: 'not measured'}, absent);
  return element('data', {value: String(value), 'data-at': pointer, 'data-as': how},
                 text(value, how));
}

/**
 * A table. Columns are {head, cell(row), numeric, heads}: `cell` returns a node or a string, `heads`
 * marks the column that names the row.
 */
function table(columns, rows, {caption, stacks = false, sum} = {}) {
  const line = (row, attributes = {}) => element('tr', attributes, columns.map((c, i) =>
      element(c.heads ? 'th' : 'td',
              {scope: c.heads ? 'row' : undefined,
               class: [c.numeric ? 'n' : '', c.heads ? 'name' : ''].join(' ').trim() || undefined,
               'data-label': stacks && i > 0 && c.head ? c.head : undefined},
              c.cell(row))));
  return element('div', {class: 'scroll', tabindex: '0', role: 'region',
                         'aria-label': caption || 'table'},
      element('table', {class: stacks ? 'stacks' : undefined},
          caption ? element('caption', {}, caption) : null,
          element('thead', {}, element('tr', {}, columns.map(
              (c) => element('th', {scope: 'col', class: c.numeric ? 'n' : undefined}, c.head)))),
          element('tbody', {}, rows.map((row) => line(row)),
                  sum ? line(sum, {class: 'sum'}) : null)));
}

/** The result of `make`, created when first opened: for long tables. */
function unfolding(title, make) {
  const details = element('details', {}, element('summary', {}, title));
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(make());
  });
  return details;
}

function folded(title, ...content) {
  return element('details', {}, element('summary', {}, title), content);
}

/** A select box. Options are {value, label, group}. */
function choice(label, options, change) {
  const select = element('select', {on: {change: () => change(select.value)}});
  let group = null;
  for (const option of options) {
    const node = element('option', {value: option.value}, option.label);
    if (!option.group) {
      select.append(node);
    } else {
      if (!group || group.label !== option.group) {
        group = element('optgroup', {label: option.group});
        select.append(group);
      }
      group.append(node);
    }
  }
  return element('label', {}, label, select);
}

function mark(kind, words) {
  const sign = {good: '✓', bad: '✗', open: '–'}[kind];
  return element('span', {class: 'mark ' + kind}, element('span', {'aria-hidden': 'true'}, sign + ' '),
                 words);
}

/** A section of the page, with its link in the list of sections. */
const sections = [];
const short_titles = {journeys: 'Single posts', posts: 'All posts', repeat: 'Repeat'};
function section(id, title, ...content) {
  sections.push({id, title: short_titles[id] || title});
  return element('section', {id, 'aria-labelledby': id + '-title'},
                 element('h2', {id: id + '-title'}, title), content);
}
