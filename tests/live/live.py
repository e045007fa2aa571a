#!/usr/bin/python3
"""Runs qslice's runners beside those of an installed Mailman 3 and compares the mail.

One site serves the same posts four times: Mailman alone; with qslice in one of two slices of out/
and of archive/; with qslice in all of both; and then also in one of two slices of in/ and of
virgin/, where it does what it can do exactly and leaves all else to Mailman. What arrives at the mail server and in the archive has
to be the same each time, byte for byte. With --kills, processes of both are killed (SIGKILL) in
the middle of deliveries and started again.
"""

import argparse
import collections
import email.utils
import pathlib
import random
import re
import shutil
import signal
import smtplib
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
from mailman_site import HOST, MEMBERS, Site
from sink import Sink

# How long a delivery, or the accepting of a post, takes while runners are killed: kills find it.
MOMENT = 0.02

# What Mailman makes anew each time: the dates, ids, tokens and issue numbers of its own mails.
OWN_MAIL = [
    (rb'(?m)^Date: .*\r$', b'Date: ...\r'),
    (rb'<\d{10,}\.\d+\.\d+@[^>]*>', b'<...>'),
    (rb'(?m)^Message-ID:\s+<\.\.\.>', b'Message-ID: <...>'),
    (rb'(?m)^(X-)?Message-ID-Hash: .*\r\n', b''),
    (rb'={5,}\d{10,}==', b'=====...=='),
    (rb'\b[0-9a-f]{40}\b', b'TOKEN'),
    (rb'(Vol \d+, Issue) \d+', rb'\1 N'),
]


def comparable(delivery):
    """A delivery without what Mailman makes anew each time in mails of its own."""
    sender, recipients, content = delivery
    if re.search(rb'(?m)^Message-ID: <post-[1-5]?\d{1,3}@', content):
        return (sender, tuple(sorted(recipients)), content)
    sender = re.sub(r'\+[0-9a-f]{40}', '+TOKEN', sender)
    for pattern, replacement in OWN_MAIL:
        content = re.sub(pattern, replacement, content)
    return (sender, tuple(sorted(recipients)), content)


def name_of(delivery):
    found = re.search(rb'(?mi)^Subject: (.*)\r?$', delivery[2])
    ident = re.search(rb'(?mi)^Message-ID:\s*(\S*)', delivery[2])
    return '%s to %s (%s)' % (ident and ident[1].decode('ascii', 'replace'),
                              ', '.join(delivery[1]),
                              found and found[1].decode('ascii', 'replace').strip())


class Killer:
    """Kills a random runner of a queue now and then, and starts it again."""

    def __init__(self, site, sink, names, kills, total, choose):
        self.site, self.sink, self.names, self.choose = site, sink, names, choose
        self.queue = names[0].split(':')[0]
        self.due = sorted(choose.sample(range(2, max(total, kills + 3)), kills))
        self.killed = collections.Counter()
        self.in_hand = collections.Counter()

    def __call__(self):
        if not self.due:
            return
        # Posts have left in/ before they arrive anywhere.
        if self.queue != 'in' and self.sink.count() < self.due[0]:
            return
        held = [name for name in self.site.entries(self.queue) if name.endswith('.bak')]
        # An entry that is in hand at three kills is preserved in bad/, as both do it.
        if not held or any(self.in_hand[entry] >= 2 for entry in held):
            return
        self.due.pop(0)
        time.sleep(self.choose.random() * 2 * MOMENT)
        name = self.choose.choice(self.names)
        command = self.site.processes[name].args
        self.site.stop(name, signal.SIGKILL)
        self.in_hand.update(e for e in self.site.entries(self.queue) if e.endswith('.bak'))
        self.killed['Mailman' if command[0] == '/usr/bin/python3' else 'qslice'] += 1
        self.site.start(name, command)


class Phase:
    """What one way of serving the site made of the posts."""

    def __init__(self, what, deliveries, archived, dropped, killer, seconds):
        self.what = what
        self.deliveries = [comparable(d) for d in deliveries]
        self.archived = archived
        self.dropped = dropped    # by Mailman's archiver, whose lock is waited for 1 s at most
        self.killer = killer
        self.seconds = seconds


def post_all(site, mails, tend=lambda: None):
    with smtplib.LMTP('127.0.0.1', site.lmtp_port) as lmtp:
        for sender, recipient, content in mails:
            lmtp.sendmail(sender, [recipient], content.replace(b'\n', b'\r\n'))
            tend()


def run_phase(what, site, sink, options, names, kills):
    began = time.monotonic()
    before = set(site.archived())
    dropped = site.dropped_by_archiver()
    sink.take()
    hesitant = posts.refused_for_now(options.date)
    sink.refusals_left = len(hesitant)
    mails = posts.posts(options.posts, options.date) + hesitant
    killer = Killer(site, sink, names, kills, options.posts, options.choose)
    sink.seconds = MOMENT if kills else 0.0
    post_all(site, mails, killer)
    site.wait_until_idle(options.patience, killer)
    # Killing needs a burst; what follows is about the mails themselves.
    post_all(site, posts.commands(options.date) + posts.bounces(options.date) +
             posts.held(options.date))
    site.wait_until_idle(options.patience)
    for mail in posts.digested(options.date):
        post_all(site, [mail])
        site.wait_until_idle(options.patience)
    if len(site.entries('retry')) != len(hesitant):
        raise SystemExit(f'FAILED: {what}: expected {len(hesitant)} entries in retry/, found '
                         f'{site.entries("retry")}')
    site.retry_once()
    site.wait_until_idle(options.patience)
    # Mailman shunts a post now and then, as two of its runners are in each other's way in the
    # database; what a runner of qslice's shunts is an error, which its log tells.
    shunted = site.unshunt() if site.entries('shunt') else []
    if shunted:
        print(f'{what}: unshunted from {", ".join(shunted)}')
        site.wait_until_idle(options.patience)
    archived = collections.Counter(content for path, content in site.archived().items()
                                   if path not in before)
    return Phase(what, sink.take(), archived, site.dropped_by_archiver() - dropped, killer,
                 time.monotonic() - began)


def compare(alone, other):
    """What is wrong with a phase, as sentences; twice is forgiven where a runner was killed."""
    expected = collections.Counter(alone.deliveries)
    found = collections.Counter(other.deliveries)
    lost = list((expected - found).elements())
    more = list((found - expected).elements())
    twice = [d for d in more if d in expected]
    different = [d for d in more if d not in expected]
    problems = []
    for what, mails in (('not delivered', lost), ('different', different)):
        problems += [f'{other.what}: {what}: {name_of(mail)}' for mail in mails[:5]]
    if lost and different:
        problems += first_difference(lost[0], different)
    if len(twice) > len(other.killer.in_hand):
        problems += [f'{other.what}: delivered twice: {name_of(mail)}' for mail in twice]
    archived_lost = sum((alone.archived - other.archived).values())
    archived_more = sum((other.archived - alone.archived).values())
    # What is accepted twice is archived twice.
    forgiven = len(other.killer.in_hand) if other.killer.queue == 'in' else 0
    if archived_lost > other.dropped or archived_more > alone.dropped + forgiven:
        problems.append(f'{other.what}: of {sum(alone.archived.values())} archived messages '
                        f'{archived_lost} are missing, {archived_more} are others')
    print(f'{other.what}: {len(other.deliveries)} deliveries, {len(lost)} lost, {len(twice)} '
          f'twice, {len(different)} different; {sum(other.archived.values())} archived, '
          f'{archived_lost} missing, {other.dropped} dropped by Mailman; kills: '
          f'{dict(other.killer.killed)}, {len(other.killer.in_hand)} entries in hand; '
          f'{other.seconds:.1f} s')
    return problems


def first_difference(wanted, candidates):
    """Line by line, for the candidate of the same subject and the same recipients."""
    subject = re.search(rb'(?mi)^Subject: (.*)', wanted[2])
    for found in candidates:
        if found[1] == wanted[1] and subject and subject[0] in found[2]:
            for a, b in zip(wanted[2].split(b'\n'), found[2].split(b'\n')):
                if a != b:
                    return [f'  expected {a!r}', f'  found    {b!r}']
            return [f'  envelopes: {wanted[:2]} and {found[:2]}, '
                    f'{len(wanted[2])} and {len(found[2])} bytes']
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('program', help='the program qslice_tests_live')
    parser.add_argument('--posts', type=int, default=48)
    parser.add_argument('--kills', type=int, default=4, help='in each phase with qslice')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--patience', type=float, default=120, help='seconds for a phase to end')
    parser.add_argument('--keep', action='store_true', help='keep the directory')
    options = parser.parse_args()
    options.date = email.utils.formatdate(time.time() - 60)
    options.choose = random.Random(options.seed)

    root = pathlib.Path(tempfile.mkdtemp(prefix='qslice-live-'))
    problems = []
    began = time.monotonic()
    try:
        with Sink() as sink, Site(root, sink.port) as site:
            members = root / 'members'
            members.write_text(''.join(f'{name}.{HOST} {address}\n' for address in MEMBERS
                                       for name in ('posts', 'digests', 'retries')))

            def qslice(spec):
                command = [options.program, '--var', str(site.var), '--runner', spec,
                           '--smtp', str(sink.port), '--log', str(root / 'qslice.log')]
                if spec.startswith('in:'):
                    command += ['--members', str(members), '--pause', str(MOMENT)]
                return command

            def give_to_qslice(*specs):
                for spec in specs:
                    site.stop(spec)
                    site.start(spec, qslice(spec))

            site.start_all()
            print(f'started after {time.monotonic() - began:.1f} s')
            out = ['out:0:2', 'out:1:2']
            alone = run_phase('Mailman alone', site, sink, options, out, 0)
            print(f'Mailman alone: {len(alone.deliveries)} deliveries, '
                  f'{sum(alone.archived.values())} archived, {alone.dropped} dropped by Mailman\'s '
                  f'archiver; {alone.seconds:.1f} s')
            give_to_qslice('out:0:2', 'archive:0:2')
            problems += compare(alone, run_phase('one slice of two', site, sink, options, out,
                                                 options.kills))
            give_to_qslice('out:1:2', 'archive:1:2')
            problems += compare(alone, run_phase('all slices', site, sink, options, out,
                                                 options.kills))
            give_to_qslice('in:0:2', 'virgin:0:2')
            in_phase = run_phase('one slice of in/ and virgin/', site, sink, options,
                                 ['in:0:2', 'in:1:2'], options.kills)
            problems += compare(alone, in_phase)
            words = (root / 'qslice.log').read_text()
            problems += [line for line in words.splitlines() if ' SHUNTING' in line]
            accepted, left = words.count(' ACCEPT: '), words.count(' LEFT TO MAILMAN: ')
            prepared = words.count(' PREPARED: ')
            print(f'qslice accepted {accepted} posts, prepared {prepared} notices, and left a '
                  f'message to Mailman {left} times')
            if prepared == 0:
                problems.append('qslice prepared no notice')
            if accepted < options.posts // 8 or left < options.posts // 8:
                problems.append('qslice hardly served in/')
            if options.kills and not in_phase.killer.killed:
                problems.append('no runner of in/ was killed')
            for queue in ('shunt', 'bad'):
                problems += [f'{entry} is left' for entry in site.entries(queue)]
            served = (root / 'qslice.log').read_text().count(' smtp to ')
            print(f'qslice made {served} deliveries')
            if served < options.posts:
                problems.append(f'qslice made only {served} deliveries')
            if problems:
                print(site.logs(), (root / 'qslice.log').read_text()[-3000:], sep='\n')
    finally:
        if options.keep:
            print(f'kept: {root}')
        else:
            shutil.rmtree(root)
    for problem in problems:
        print(f'FAILED: {problem}')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
