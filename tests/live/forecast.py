#!/usr/bin/python3
"""Holds the forecast of `qslice-sim run --from` to what a running Mailman 3 then needs.

Twice a backlog is made by not running some runners: first half of out/ while the other half works,
then all of in/. Each time the forecast is made from the live queues and the logs written so far,
the missing runners are started, and the time until the last entry has left is compared with it.
"""

import argparse
import collections
import email.utils
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

try:
    import aiosmtpd    # noqa: F401
    import mailman     # noqa: F401
except ImportError as problem:
    print(f"skipped: no Mailman 3 for /usr/bin/python3 (Debian package mailman3): {problem}")
    sys.exit(0)

import posts
from live import post_all
from mailman_site import HOST, INSTANCES, MEMBERS, Site
from sink import Sink

# How long the mail server takes for a transaction: so much longer than all that Mailman does for a
# post that the test does not measure what else the machine has to do.
DELIVERY = 0.6
TOLERANCE = 0.2


def mails(first, count, date):
    return [(MEMBERS[0], f'posts@{HOST}', posts.plain(number, date))
            for number in range(first, first + count)]


def forecast(program, site):
    command = [program, 'run', '--from', str(site.var), '--json', '--running',
               ','.join(site.processes), '--slices',
               ','.join(f'{queue}={count}' for queue, count in INSTANCES.items()),
               '--logs', str(site.var / 'logs')]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if ran.returncode not in (0, 1):
        raise SystemExit(f'FAILED: {command} ended with {ran.returncode}')
    return json.loads(ran.stdout)


def wait_for(site, queues, until, what):
    deadline = time.monotonic() + 240
    while not until(len(site.entries(*queues))):
        site.check_processes()
        if time.monotonic() > deadline:
            raise SystemExit(f'FAILED: {what}: {len(site.entries(*queues))} entries are left')
        time.sleep(0.02)


def deliveries(site):
    """How many posts each process has delivered."""
    log = (site.var / 'logs' / 'smtp.log').read_text()
    return collections.Counter(re.findall(r'\((\d+)\) <[^>]*> smtp to ', log))


def compare(what, told, site, queues, names):
    """Starts the missing runners, and compares the end with the forecast's."""
    cases = {case['case']: case for case in told['cases']}
    as_it_is, started = cases['as-it-is'], cases['missing-started']
    problems = []
    if as_it_is['ends']:
        problems.append(f'{what}: the missing runner is not seen')
    before = deliveries(site)
    began = time.monotonic()
    for name in names:
        site.start(name)
    wait_for(site, queues, lambda count: count == 0, what)
    needed = time.monotonic() - began
    shares = (deliveries(site) - before).values()
    if 'in' in queues:
        # Which half of out/ a post goes to is decided by a hash that has the time in it: how many
        # the busier runner gets is luck, and no forecast's fault.
        posted = sum(shares)
        needed *= (posted / 2 + math.sqrt(posted / (2 * math.pi))) / max(shares)
    predicted = started['last_s']
    off = (predicted - needed) / needed
    print(f'{what}: {told["entries"]} entries, {as_it_is["stuck"]} without a runner; decided by '
          f'{started["decided_by"]}/, {started["pace_source"]}; predicted {predicted:.1f} s, '
          f'needed {needed:.1f} s: {100 * off:+.0f}%; delivered {sorted(shares)}')
    if started['decided_by'] != 'out' or started['pace_source'] != 'measured':
        problems.append(f'{what}: expected that the measured pace of out/ decides')
    if started['stuck'] or not started['ends']:
        problems.append(f'{what}: {started["stuck"]} would be stuck')
    if abs(off) > TOLERANCE:
        problems.append(f'{what}: predicted {predicted:.1f} s, needed {needed:.1f} s')
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('program', help='the program qslice-sim')
    parser.add_argument('--posts', type=int, default=100)
    options = parser.parse_args()
    date = email.utils.formatdate(time.time() - 60)
    root = pathlib.Path(tempfile.mkdtemp(prefix='qslice-forecast-'))
    problems = []
    try:
        with Sink() as sink, Site(root, sink.port) as site:
            sink.seconds = DELIVERY
            site.start_all()
            # One of two runners of out/ does not run while posts come in.
            site.stop('out:1:2')
            site.stop('out:0:2')
            post_all(site, mails(0, options.posts, date))
            others = [queue for queue in INSTANCES if queue not in ('out', 'retry')]
            wait_for(site, others, lambda count: count == 0, 'posting')
            site.start('out:0:2')
            # Then the logs tell how long it takes.
            wait_for(site, ['out'], lambda count: count <= 2 * options.posts / 3, 'out:0:2')
            told = forecast(options.program, site)
            problems += compare('half of out/', told, site, ['out'], ['out:1:2'])

            # No runner of in/ runs.
            for name in ('in:0:2', 'in:1:2'):
                site.stop(name)
            post_all(site, mails(options.posts, options.posts, date))
            told = forecast(options.program, site)
            problems += compare('all of in/', told, site,
                                ['in', 'pipeline', 'archive', 'out'], ['in:0:2', 'in:1:2'])
            if problems:
                print(json.dumps(told, indent=1), site.logs()[-3000:], sep='\n')
    finally:
        shutil.rmtree(root)
    for problem in problems:
        print(f'FAILED: {problem}')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
