#!/usr/bin/python3
"""Follows docs/howto/beside-mailman.md on a Mailman 3 of its own: runs each of its sh blocks, posts
between them, and checks that each post arrives once.

    howto.py DOCUMENT DIRECTORY...    the directories have the programs that the document names
"""

import collections
import email.utils
import os
import pathlib
import re
import shutil
import signal
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
from mailman_site import RUNNER, Site
from sink import Sink


def blocks(document):
    return re.findall(r'(?ms)^```sh\n(.*?)^```$', pathlib.Path(document).read_text())


def wait_until_idle(site):
    deadline = time.monotonic() + 120
    while site.entries():
        if time.monotonic() > deadline:
            raise SystemExit(f'FAILED: work is left: {site.entries()[:5]}')
        time.sleep(0.2)


def main(document, *directories):
    root = pathlib.Path(tempfile.mkdtemp(prefix='qslice-howto-'))
    shell = None
    try:
        with Sink() as sink, Site(root, sink.port) as site:
            site.start_all()
            shell = subprocess.Popen(
                ['bash', '-e'], cwd=root, stdin=subprocess.PIPE, start_new_session=True, text=True,
                stdout=open(root / 'howto.out', 'w'), stderr=subprocess.STDOUT,
                env={'PATH': ':'.join([*map(os.path.abspath, directories), '/usr/bin:/bin']),
                     'LC_ALL': 'C.UTF-8', 'cfg': str(site.configuration), 'var': str(site.var),
                     'smtp_port': str(sink.port), 'runner': RUNNER})
            # The document takes its place.
            by_document = site.processes.pop('out:0:2')
            posted = 0
            date = email.utils.formatdate(time.time() - 60)
            steps = blocks(document)
            for number, step in enumerate(steps, 1):
                shell.stdin.write(step + f'\necho done {number}\n')
                shell.stdin.flush()
                deadline = time.monotonic() + 60
                while f'done {number}\n' not in (root / 'howto.out').read_text():
                    if shell.poll() is not None or time.monotonic() > deadline:
                        raise SystemExit(f'FAILED: step {number}:\n{step}\n' +
                                         (root / 'howto.out').read_text())
                    time.sleep(0.1)
                post_all(site, posts.posts(posted + 6, date)[posted:])
                posted += 6
                # Between two steps nobody may serve the slice.
                if 0 < number < len(steps):
                    time.sleep(1)
            wait_until_idle(site)
            by_document.wait(10)
            # Mailman shunts a post now and then, as two of its runners are in each other's way in
            # the database; what a runner of qslice's shunts is an error, which its log tells.
            log = (root / 'qslice.log').read_text()
            if ' SHUNTING' in log:
                raise SystemExit(f'FAILED: {log}')
            if site.entries('shunt'):
                print(f'Mailman shunted from {", ".join(site.unshunt())}')
                wait_until_idle(site)
            arrived = collections.Counter(
                re.search(rb'(?mi)^Message-ID: (\S+)', d.content)[1].decode()
                for d in sink.take())
            wanted = collections.Counter(f'<post-{n}@example.org>' for n in range(posted))
            output = (root / 'howto.out').read_text()
            served = log.count(' smtp to ')
            print(output, f'{len(steps)} steps, {posted} posts, {sum(arrived.values())} '
                  f'deliveries, {served} by qslice', sep='')
            if arrived != wanted or served == 0 or site.entries('shunt', 'bad'):
                raise SystemExit(f'FAILED: missing {wanted - arrived}, more {arrived - wanted}, '
                                 f'left {site.entries("shunt", "bad")}')
    finally:
        if shell is not None:
            try:
                os.killpg(shell.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            shell.wait()
        shutil.rmtree(root)


if __name__ == '__main__':
    main(*sys.argv[1:])
