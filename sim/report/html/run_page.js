// The sections of a run's page, in order.

build_page([
  verdict_section, requirements_section, shares_section, backlog_section, times_section,
  order_section, journeys_section, guarantees_section, stories_section, posts_section,
  effects_section,
  runners_section, faults_section, repeat_section,
], [number('/run/posts'), ` ${word.items} within `, number('/run/duration_s', 'seconds'),
    ' of simulated time, ', number('/run/events'), ' events, ', number('/run/storage_calls'),
    ' storage calls.']);
