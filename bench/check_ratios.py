#!/usr/bin/env python3
"""Compares the ratio counters of benchmark runs with the committed bounds.

Usage: check_ratios.py BOUNDS.json RUN.json [RUN.json ...]

A RUN is what Google Benchmark writes with --benchmark_out=RUN.json. BOUNDS is a list of
{"benchmark": regular expression, "counter": name, "most": x or "least": x}. Ratios are measured
within one run, so they hold on any machine; times are never compared.

Exit status: 0 if all bounds hold, 1 if one does not, 2 on invalid input, including a bound without a
benchmark in the runs, unless it is marked "optional": true (a peer that may be missing).
"""

import json
import re
import sys


def fail(text):
    print(text, file=sys.stderr)
    sys.exit(2)


def load(path):
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except (OSError, ValueError) as problem:
        fail(f'{path}: {problem}')


def read_bounds(path):
    bounds = load(path)
    if not isinstance(bounds, list):
        fail(f'{path}: expected a list of bounds')
    for bound in bounds:
        if not {'benchmark', 'counter'} <= bound.keys() or not {'most', 'least'} & bound.keys():
            fail(f'{path}: expected benchmark, counter and most or least, found {bound}')
    return bounds


def read_benchmarks(paths):
    measured = []
    for path in paths:
        run = load(path)
        if not isinstance(run, dict) or 'benchmarks' not in run:
            fail(f'{path}: expected the JSON of a Google Benchmark run, found no "benchmarks"')
        measured += run['benchmarks']
    return measured


def check(bound, benchmark):
    """Prints one line; returns whether the bound holds."""
    value = benchmark[bound['counter']]
    holds = bound.get('least', value) <= value <= bound.get('most', value)
    limit = ' and '.join(f'at {side} {bound[side]}' for side in ('least', 'most') if side in bound)
    print(f'{"ok  " if holds else "FAIL"} {benchmark["name"]} {bound["counter"]} '
          f'{value:.3f}, expected {limit}')
    return holds


def main(arguments):
    if len(arguments) < 2:
        fail(__doc__)
    bounds = read_bounds(arguments[0])
    measured = read_benchmarks(arguments[1:])
    broken = 0
    for bound in bounds:
        found = [b for b in measured
                 if re.search(bound['benchmark'], b['name']) and bound['counter'] in b]
        if not found and not bound.get('optional'):
            fail(f'no benchmark {bound["benchmark"]} with a counter {bound["counter"]} in the runs')
        broken += sum(not check(bound, b) for b in found)
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
