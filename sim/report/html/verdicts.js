// The results of the run: verdict, requirements, fates of the posts, guarantees and their
// counterexamples, faults, runners, and how to reproduce it.

function verdict_section() {
  const fault = run.fault || !run.requirements_met;
  const tile = (words, ...content) => element('div', {}, element('dt', {}, words),
                                              element('dd', {}, content));
  const fifo = (stage, scope) => {
    const found = each('/fifo').find((f) => f.value.stage === stage && f.value.scope === scope);
    return found ? number(found.pointer + '/overtaken_share', 'share') : absent;
  };
  const time = each('/times').find((t) => t.value.name === 'delivery');
  return element('section', {id: 'verdict', 'aria-label': 'Verdict'},
      element('div', {class: fault ? 'verdict bad' : 'verdict'},
          element('strong', {}, fault
              ? '✗ ' + (run.fault ? 'Problem found' : 'A requirement is not met')
              : '✓ No problem found'),
          element('p', {}, run.verdict.replace(/^(PROBLEM|No problem found): (.)/,
                                               (all, word, first) => first.toUpperCase()))),
      run.remarks.length
          ? element('ul', {class: 'remarks'}, run.remarks.map((r) => element('li', {}, r))) : null,
      element('dl', {class: 'tiles'},
          tile(`${word.items} accepted`, number('/conservation/accepted')),
          tile(word.delivered, number('/conservation/delivered')),
          tile('lost', number('/conservation/lost')),
          tile('in a slice that no runner serves', number('/conservation/orphaned')),
          tile(`${word.delivered} twice`, number('/conservation/posts_duplicated')),
          tile(`time to ${word.delivery}, 50%`, time ? number(time.pointer + '/p50_s', 'seconds') : absent),
          tile(`time to ${word.delivery}, 99%`, time ? number(time.pointer + '/p99_s', 'seconds') : absent),
          tile(`overtaken within a ${word.group}`, fifo('delivery', 'list'))));
}

function requirements_section() {
  const rows = each('/requirements');
  if (rows.length === 0) return null;
  return section('requirements', 'Requirements', table([
    {head: 'required', heads: true, cell: (r) => element('code', {}, r.value.text)},
    {head: 'found', numeric: true, cell: (r) => [number(r.pointer + '/found', 'measure'), ' ',
                                            unit_in_words(run.measures?.[r.value.measure]?.unit)]},
    {head: '', cell: (r) => r.value.met ? mark('good', 'met') : mark('bad', 'not met')},
  ], rows, {stacks: true, caption: 'Requirements of the scenario'}));
}

function posts_section() {
  const kinds = [['completed', mail ? 'delivered, and archived if their list has an archive' : word.delivered],
    ['held', 'held for moderation'], ['discarded', 'discarded by a moderator’s rule'],
    ['shunted', 'shunted after an error'], ['preserved', 'preserved because unreadable'],
    ['queued', 'still queued or being processed'],
    ['orphaned', 'in a queue or slice that no running runner serves'], ['lost', 'lost']];
  const accepted = at('/conservation/accepted');
  const bar = (share, bad) => {
    const inner = element('span');
    inner.style.width = (100 * share) + '%';
    return element('span', {class: bad ? 'meter bad' : 'meter', 'aria-hidden': 'true'}, inner);
  };
  const of_mail = [
    ['recipients_reached', 'recipients reached'], ['archived', 'posts archived'],
    ['duplicate_deliveries', 'recipients reached again'],
    ['duplicate_archivings', 'posts archived again'],
    ['lost_deliveries', 'deliveries lost'], ['lost_archivings', 'archivings lost'],
    ['digests_made', 'digests made'], ['digests_delivered', 'digests delivered'],
    ['digests_queued', 'digests still queued'], ['digests_shunted', 'digests shunted'],
    ['digests_preserved', 'digests preserved'], ['digests_lost', 'digests lost'],
    ['digests_duplicated', 'digests delivered again'],
    ['in_digest_mbox', 'posts waiting for a digest'],
  ];
  const further = [['deliveries', `${word.deliveries} of ${word.items}`], ...(mail ? of_mail : []),
    ['entries_orphaned', 'entries in slices that no runner serves'],
    ['entries_in_hand', 'entries being processed at the end'],
    ['entries_preserved', 'entries preserved'], ['entries_lost', 'entries lost'],
    ['entries_overwritten', 'entries whose name another entry got']];
  return section('posts', `Where the ${word.items} are`,
      element('p', {}, `Each accepted ${word.item} is counted once; `, run.conservation.balanced
          ? 'the numbers add up.' : element('strong', {}, 'the numbers do not add up.')),
      table([
        {head: word.items, heads: true, cell: ([key, words]) => words},
        {head: 'number', numeric: true, cell: ([key]) => number('/conservation/' + key)},
        {head: '', cell: ([key]) => bar(accepted ? at('/conservation/' + key) / accepted : 0,
                                        key === 'orphaned' || key === 'lost')},
      ], kinds.filter(([key]) => key === 'completed' || key === 'lost' ||
                                 at('/conservation/' + key) > 0),
      {sum: ['accepted', 'accepted']}),
      folded(mail ? 'Deliveries, archivings and digests' : 'Further numbers', table([
        {head: '', heads: true, cell: ([key, words]) => words},
        {head: 'number', numeric: true, cell: ([key]) => number('/conservation/' + key)},
      ], further)));
}

/** Effects that the site's own services reported. */
function effects_section() {
  const rows = each('/effects');
  if (rows.length === 0) return null;
  const of_items = (key, head) => ({head, numeric: true, cell: (e) => number(`${e.pointer}/${key}`)});
  return section('effects', 'Effects that services reported', table([
    {head: 'effect', heads: true, cell: (e) => e.value.name},
    of_items('posts', `${word.items} that had it`), of_items('repeated', 'again'),
    of_items('missing', `${word.items} that never had it and never will`),
    {head: 'first case', cell: (e) => e.value.story || ''},
  ], rows, {stacks: true, caption: `By accepted ${word.item}`}));
}

const guarantee_marks = {holds: ['good', 'holds'], broken: ['bad', 'broken'],
                         not_applicable: ['open', 'does not apply']};

function guarantees_section() {
  const rows = each('/guarantees');
  if (rows.length === 0) return null;
  const words = (name) => name.replace(/_/g, ' ');
  return section('guarantees', 'Guarantees',
      element('p', {}, 'Whether each guarantee held in this run. Broken is only what the policy ' +
          (mail ? 'promises; Mailman’s own policies do not promise order.' : 'promises.')),
      table([
        {head: 'guarantee', heads: true, cell: (g) => [words(g.value.name),
            element('span', {class: 'statement'}, g.value.statement)]},
        {head: 'verdict', cell: (g) => mark(
            ...(g.value.verdict === 'broken' && g.value.promised === false
                ? ['open', 'not kept, nor promised']
                : guarantee_marks[g.value.verdict] || ['open', g.value.verdict]))},
        {head: 'because', cell: (g) => g.value.because},
      ], rows, {stacks: true, caption: 'What each promises, and the result of this run'}));
}

/** Counterexamples and problems, each reported once. */
function stories() {
  const told = [];
  const add = (title, note, story, posts, also = true) => {
    if (!story) return;
    const same = told.find((t) => t.story === story);
    if (same) {
      if (!same.titles.includes(title) && also) same.titles.push(title);
    } else {
      told.push({titles: [title], note, story, posts: posts.filter((p) => journey_of.has(p))});
    }
  };
  for (const {value: g} of each('/guarantees')) {
    const title = g.name.replace(/_/g, ' ');
    if (g.counterexample) {
      add(title, g.counterexample.cause.replace(/_/g, ' '), g.counterexample.story,
          [g.counterexample.earlier, g.counterexample.later]);
    }
    if (g.problem) add(title, g.problem.what, g.problem.story, [g.problem.post]);
  }
  for (const {value: p} of each('/conservation/problems')) add(`a ${word.item}`, p.what, p.story, [p.post], false);
  for (const {value: f} of each('/fifo')) {
    if (f.earliest && (f.stage === 'delivery' || f.stage === 'archiving')) {
      add(`order of ${stage_name(f.stage)}, ${scope_names[f.scope] || f.scope}`,
          f.earliest.cause.replace(/_/g, ' '), f.earliest.story,
          [f.earliest.earlier, f.earliest.later], false);
    }
  }
  return told;
}

function stories_section() {
  const told = stories();
  if (told.length === 0) return null;
  const card = (t) => element('article', {class: 'story'},
      element('h3', {}, capital(t.titles.join(', ')), element('span', {class: 'statement'}, t.note)),
      element('p', {}, t.story),
      t.posts.length ? [timeline(t.posts.map((p) => journey_of.get(p)))] : null);
  const first = told.slice(0, 4);
  const rest = told.slice(4);
  return section('stories', 'Counterexamples',
      element('p', {}, `The first case of each broken guarantee and of each misplaced ${word.item}, ` +
          'as recorded.'),
      first.map(card), timeline_legend(told.some((t) => t.posts.length > 1)),
      rest.length ? unfolding(`${counted(rest.length, 'more', 'more')}`,
                              () => element('div', {}, rest.map(card))) : null);
}

function faults_section() {
  const rows = each('/faults');
  if (rows.length === 0) return null;
  const most = 200;
  return section('faults', 'Injected faults', table([
    {head: 'when', numeric: true, cell: (f) => number(f.pointer + '/since_start_s', 'moment')},
    {head: 'machine', cell: (f) => f.value.machine || 'all'},
    {head: 'process', cell: (f) => f.value.process || ''},
    {head: 'what', cell: (f) => f.value.what},
  ], rows.slice(0, most), {stacks: true, caption: 'Seconds since the start of the run'}),
  rows.length > most ? element('p', {}, `${grouped(rows.length - most)} more are in ` +
                                        'the JSON of the run.') : null);
}

function runners_section() {
  const rows = each('/processes').filter((p) => p.value.handled > 0 || p.value.starts > 1 ||
                                                p.value.crashed)
      .sort((a, b) => a.value.machine.localeCompare(b.value.machine) ||
                      a.value.process.localeCompare(b.value.process));
  if (rows.length === 0) return null;
  const idle = at('/processes').length - rows.length;
  const busy = ({value, pointer}) => {
    const inner = element('span');
    inner.style.width = Math.min(100, 100 * value.utilisation) + '%';
    return [number(pointer + '/utilisation', 'share'),
            element('span', {class: 'meter', 'aria-hidden': 'true'}, inner)];
  };
  return section('runners', 'Runners',
      idle > 0 ? element('p', {}, `${counted(idle, 'runner', 'runners')} had nothing to do and ` +
          (idle === 1 ? 'is' : 'are') + ' left out.') : null,
      table([
        {head: 'runner', heads: true, cell: (p) => p.value.process},
        {head: 'machine', cell: (p) => p.value.machine},
        {head: 'entries', numeric: true, cell: (p) => number(p.pointer + '/handled')},
        {head: 'working', numeric: true, cell: (p) => number(p.pointer + '/working_s', 'seconds')},
        {head: 'running', numeric: true, cell: (p) => number(p.pointer + '/running_s', 'seconds')},
        {head: 'busy', numeric: true, cell: busy},
        {head: 'starts', numeric: true, cell: (p) => number(p.pointer + '/starts')},
        {head: '', cell: (p) => p.value.crashed ? mark('bad', 'crashed') : ''},
      ], rows, {stacks: true, caption: 'Utilisation of each runner'}));
}

function repeat_section() {
  return repetition('The scenario and its seed reproduce this run bit for bit on any ' +
                    'machine. Save the scenario below and run',
                    (file, seed) => `${program} run ${file} --seed ${seed}`);
}
