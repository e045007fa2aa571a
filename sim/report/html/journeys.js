// The path of single posts through the queues on a time axis: for each entry when it waited and
// when a runner processed it, with its deliveries and archivings.

const journeys = each('/journeys');
const journey_of = new Map(journeys.map((j) => [j.value.post, j]));

/** Seconds after the start of the run. */
function since_start(moment) { return moment - at('/run/started_s'); }

function last_moment(journey) {
  const moments = [journey.accepted_s, journey.arrived_s];
  for (const e of journey.entries) {
    moments.push(e.enqueued_s, e.taken_s, e.finished_s);
    for (const t of e.takings || []) moments.push(t.time_s, t.ended_s);
  }
  for (const e of journey.effects) moments.push(e.time_s);
  return Math.max(...moments.filter((m) => typeof m === 'number'));
}

const fate_words = {waiting: 'still waiting at the end', orphaned: 'no runner serves this slice',
                    in_hand: 'being processed at the end', preserved: 'preserved', lost: 'lost',
                    finished: ''};
const effect_words = {delivery: word.delivered, archiving: 'archived'};

function journey_title(journey) {
  return `${capital(word.item)} ${journey.post} ${mail ? 'to' : 'of'} ${journey.list}`;
}

/** Rows to draw: what each entry of the posts did. */
function timeline_rows(list) {
  const rows = [];
  list.forEach(({value: journey}, which) => {
    rows.push({title: journey_title(journey), note: 'from ' + journey.sender, which});
    for (const entry of journey.entries) {
      rows.push({entry, which, effects: journey.effects.filter((e) =>
          entry.taken_s !== null && e.by === entry.by && e.time_s >= entry.taken_s &&
          (entry.finished_s === null || e.time_s <= entry.finished_s))});
    }
  });
  return rows;
}

/**
 * The picture of one or two posts' ways, drawn anew when its width changes.
 * @param list  of `journeys`
 */
function timeline(list) {
  const host = element('div', {class: 'timeline'});
  // An entry may be there before its post counts as accepted, if a reply was lost.
  const origin = Math.min(...list.flatMap((j) => [j.value.accepted_s ?? j.value.arrived_s,
      ...j.value.entries.map((e) => e.enqueued_s)]));
  let end = Math.max(...list.map((j) => last_moment(j.value))) - origin;
  const open = list.some((j) => j.value.entries.some((e) => e.finished_s === null));
  end = (end > 0 ? end : 1) * (open ? 1.25 : 1.02);
  const rows = timeline_rows(list);
  const words = list.map((j) => journey_title(j.value)).join(' and ') +
      ': time line; the table below lists the steps';

  let drawn_width = 0;
  const draw_rows = () => {
    const width = Math.floor(host.clientWidth);
    if (width === 0 || width === drawn_width) return;
    drawn_width = width;
    const x = (moment) => (moment - origin) / end * (width - 14) + 4;
    const svg = drawing('svg', {role: 'img', 'aria-label': words});
    let y = 6;
    const grid = drawing('g');
    svg.append(grid);
    for (const row of rows) {
      if (row.title) {
        y += row.which > 0 ? 18 : 10;
        svg.append(drawing('text', {x: 0, y, class: 'post'}, row.title,
            drawing('tspan', {class: 'soft', dx: 8, 'font-weight': 400},
                    width > 420 ? row.note : '')));
        y += 12;
        continue;
      }
      const {entry} = row;
      const done = row.effects.map((e) => effect_words[e.kind] || e.kind).join(', ');
      const told = [fate_words[entry.fate] ?? entry.fate, done].filter(Boolean).join(', ');
      svg.append(drawing('text', {x: 0, y: y + 11},
          drawing('tspan', {'font-weight': 600}, `${entry.queue}, slice ${entry.slice}`),
          drawing('tspan', {class: 'soft', dx: 8, fill: 'var(--soft)'},
                  [width > 520 && entry.by ? entry.by : '', told].filter(Boolean).join('; '))));
      y += 17;
      const last = x(origin + end);
      const wait_end = entry.taken_s === null ? last : x(entry.taken_s);
      svg.append(drawing('rect', {class: 'track', x: 4, y: y + 3, width: width - 14, height: 6}));
      svg.append(drawing('rect', {class: 'wait', x: x(entry.enqueued_s), y: y + 0.5, height: 11,
          width: Math.max(wait_end - x(entry.enqueued_s), 1)}, drawing('title', {},
          `waited from ${text(since_start(entry.enqueued_s), 'moment')}`)));
      const takings = entry.takings || (entry.taken_s === null ? [] : [
        {time_s: entry.taken_s, ended_s: entry.finished_s, by: entry.by, crashed: false}]);
      for (const taking of takings) {
        const from = x(taking.time_s);
        const to = taking.ended_s === null ? last : x(taking.ended_s);
        svg.append(drawing('rect', {class: row.which ? 'work second' : 'work', y, height: 12,
            x: from, width: Math.max(to - from, 2)}, drawing('title', {},
            `${taking.by} from ${text(since_start(taking.time_s), 'moment')}` +
            (taking.crashed ? ', until it crashed' : ''))));
        if (taking.crashed) {
          svg.append(drawing('path', {class: 'end crash', d: `M${to - 4} ${y + 2}l8 8m0 -8l-8 8`},
              drawing('title', {}, `${taking.by} crashed at ` +
                  text(since_start(taking.ended_s), 'moment'))));
        }
      }
      if (entry.finished_s === null || entry.fate === 'lost') {
        const cross = entry.finished_s === null ? last : x(entry.finished_s);
        svg.append(drawing('path', {class: 'end',
            d: `M${cross - 4} ${y + 2}l8 8m0 -8l-8 8`}));
      }
      for (const effect of row.effects) {
        const on = x(effect.time_s);
        svg.append(drawing('path', {class: 'effect',
            d: `M${on} ${y - 1}l6 7l-6 7l-6 -7z`}, drawing('title', {},
            `${effect_words[effect.kind] || effect.kind} at ` +
            text(since_start(effect.time_s), 'moment'))));
      }
      y += 20;
    }
    const step = round_step(end / Math.max(2, Math.floor(width / 110)));
    for (let t = 0; t <= end; t += step) {
      const on = x(origin + t);
      grid.append(drawing('line', {class: 'grid', x1: on, x2: on, y1: 22, y2: y + 2}));
      const words_wide = width - on < 40;
      svg.append(drawing('text', {class: 'soft', x: on, y: y + 16, fill: 'var(--soft)',
          'text-anchor': t === 0 ? 'start' : words_wide ? 'end' : 'middle'},
          t === 0 ? '0' : text(+t.toPrecision(6), 'seconds')));
    }
    svg.append(drawing('text', {class: 'soft', x: 0, y: y + 34},
        `0 is ${text(since_start(origin), 'moment')} after the start of the run`));
    svg.setAttribute('viewBox', `0 0 ${width} ${y + 42}`);
    svg.setAttribute('height', y + 42);
    host.replaceChildren(svg);
    host.dataset.drawn = String(rows.length);
  };
  drawn_to_width.push(draw_rows);
  // Not within the observer's callback: drawing changes the height that it observes.
  new ResizeObserver(() => requestAnimationFrame(draw_rows)).observe(host);
  return host;
}

/** @param two  whether a picture has two posts, the second in a colour of its own */
function timeline_legend(two) {
  const sample = (shape, attributes) => drawing('svg', {viewBox: '0 0 22 12', 'aria-hidden': 'true'},
      drawing(shape, attributes));
  return element('ul', {class: 'legend timeline-legend'},
      element('li', {}, sample('rect', {x: 1, y: 1, width: 20, height: 10, fill: 'var(--band)',
              stroke: 'var(--soft)'}),
              'waits in the queue'),
      element('li', {}, sample('rect', {x: 1, y: 0, width: 20, height: 12,
              fill: 'var(--series-1)'}),
              two ? `a runner processes the first ${word.item}` : 'a runner processes it'),
      two ? element('li', {}, sample('rect', {x: 1, y: 0, width: 20, height: 12,
              fill: 'var(--series-2)'}), 'a runner processes the second') : null,
      element('li', {}, sample('path', {d: 'M11 0l6 6l-6 6l-6 -6z', fill: 'var(--text)'}),
              mail ? 'delivered or archived' : word.delivered),
      element('li', {}, sample('path', {d: 'M7 2l8 8m0 -8l-8 8', stroke: 'var(--bad)',
              'stroke-width': 2.5}), 'its runner crashed, or it never finished'));
}

function steps_table({value: journey, pointer}) {
  const moment = (place) => typeof at(place) === 'number'
      ? text(since_start(at(place)), 'moment') : absent;
  const effects = each(pointer + '/effects').map((e) => ({...e, effect: true}));
  const steps = [...each(pointer + '/entries'), ...effects];
  return table([
    {head: 'step', heads: true, cell: (s) => s.effect ? effect_words[s.value.kind] || s.value.kind
        : `${s.value.queue}, slice ${s.value.slice}`},
    {head: 'entry', cell: (s) => s.effect ? '' : element('code', {}, s.value.name)},
    {head: 'queued', numeric: true, cell: (s) => moment(s.pointer + (s.effect ? '/time_s'
                                                                              : '/enqueued_s'))},
    {head: 'taken', numeric: true, cell: (s) => s.effect ? '' : moment(s.pointer + '/taken_s')},
    {head: 'finished', numeric: true,
     cell: (s) => s.effect ? '' : moment(s.pointer + '/finished_s')},
    {head: 'by', cell: (s) => s.value.by || absent},
    {head: '', cell: (s) => s.effect
        ? (mail ? counted(s.value.recipients, 'recipient', 'recipients') : '')
        : [fate_words[s.value.fate] ?? s.value.fate,
           s.value.times_taken > 1 ? `taken ${s.value.times_taken} times` : '']
              .filter(Boolean).join(', ')},
  ], steps, {caption: `${journey_title(journey)}: times in seconds since the start of the run`});
}

function journeys_section() {
  if (journeys.length === 0) return null;
  const label = ({value}) => {
    const took = value.accepted_s === null ? null : last_moment(value) - value.accepted_s;
    return `${word.item} ${value.post}, ${value.list}` + (took > 0 ? `, ${text(took, 'seconds')}` : '');
  };
  const of_list = (list) => journeys.filter((j) => list === '' || j.value.list === list);
  const options_of = (list) => [...new Set(of_list(list).map((j) => j.value.why))]
      .flatMap((why) => of_list(list).filter((j) => j.value.why === why)
          .map((j) => ({value: String(j.value.post), label: label(j), group: why})));
  const lists = [...new Set(journeys.map((j) => j.value.list))].sort();
  const options = options_of('');
  const picture = element('div');
  const now = {post: Number(options[0].value), other: null};
  const show = () => {
    const list = [now.post, now.other].filter((p) => p !== null && journey_of.has(p))
        .filter((p, i, all) => all.indexOf(p) === i).map((p) => journey_of.get(p));
    picture.replaceChildren(timeline(list), timeline_legend(list.length > 1),
                            folded('Steps as a table', list.map(steps_table)));
  };
  const choosers = (few) => [
    choice(capital(word.item), few, (value) => { now.post = Number(value); show(); }),
    choice('beside', [{value: '', label: 'none'}, ...few],
           (value) => { now.other = value === '' ? null : Number(value); show(); })];
  const chooser = element('span', {class: 'choosers'}, choosers(options));
  show();
  const total = at('/run/posts');
  return section('journeys', `Single ${word.items}`,
      element('p', {}, journeys.length < total
          ? `Choose among ${grouped(journeys.length)} of ${grouped(total)} ${word.items}: those with incidents ` +
            'and a sample of the others.'
          : `Choose a ${word.item} to see when it waited and when a runner processed it.`),
      element('div', {class: 'controls'},
          lists.length > 1 ? choice(capital(word.group), [{value: '', label: `all ${word.groups}`},
              ...lists.map((l) => ({value: l, label: l}))], (value) => {
            const few = options_of(value);
            chooser.replaceChildren(...choosers(few));
            now.post = Number(few[0].value);
            now.other = null;
            show();
          }) : null,
          chooser),
      post_search((post) => { now.post = post; now.other = null; show(); }),
      picture);
}

/** What is known of any post, in short. */
function post_facts(all, post) {
  const moment = (x) => x === null ? absent : text(x, 'moment');
  return [`${word.item} ${post}`, run.run.lists[all.list[post]], all.senders[all.sender[post]],
          moment(all.arrived_s[post]), moment(all.accepted_s[post]), moment(all.delivered_s[post]),
          all.by[post] === null ? absent : all.machines[all.by[post]],
          moment(all.archived_s[post])];
}

/**
 * A search among all posts: by number, or by a part of the list's or the sender's name.
 * @param show  called with the number of a post whose path is known
 */
function post_search(show) {
  const all = run.all_posts;
  if (!all) return null;
  const most = 50;
  const found = element('div', {'aria-live': 'polite'});
  const search = (words) => {
    const wanted = words.trim().toLowerCase();
    if (wanted === '') return found.replaceChildren();
    const number = /^#?\d+$/.test(wanted) ? Number(wanted.replace('#', '')) : null;
    const hits = [];
    let count = 0;
    for (let post = 0; post < all.list.length; ++post) {
      const hit = number !== null ? post === number
          : run.run.lists[all.list[post]].toLowerCase().includes(wanted) ||
            all.senders[all.sender[post]].toLowerCase().includes(wanted);
      if (!hit) continue;
      ++count;
      if (hits.length < most) hits.push(post);
    }
    if (hits.length === 1 && journey_of.has(hits[0])) show(hits[0]);
    const heads = [word.item, word.group, 'sender', 'arrived', 'accepted', word.delivered, 'by',
                   ...(mail ? ['archived'] : [])];
    found.replaceChildren(
        element('p', {}, count === 0 ? `No ${word.item} has this number, ${word.group} or sender.`
            : counted(count, word.item, word.items) +
              (count > most ? `, of which the first ${most}:` : ':')),
        ...(count === 0 ? [] : [table(heads.map((head, c) => ({
          head, heads: c === 0, numeric: c > 2 && c !== 6,
          cell: (post) => c === 0 && journey_of.has(post)
              ? element('button', {type: 'button', on: {click: () => show(post)}}, `${word.item} ${post}`)
              : post_facts(all, post)[c]})), hits,
          {caption: `${capital(word.items)} found; times in seconds since the start of the run`})]));
  };
  const input = element('input', {type: 'search', id: 'post-search',
    placeholder: `number, ${word.group} or sender`, on: {input: () => search(input.value)}});
  return element('div', {class: 'search'},
      element('label', {}, `Search all ${word.items} `, input), found);
}
