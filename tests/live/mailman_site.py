"""A Mailman 3 site of its own in a directory: its configuration, its lists, its runners.

Nothing of an installed site is read or written. Every port is on the loopback and chosen by the
kernel; every process is this one's child and ended with it.
"""

import mailbox
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

RUNNER = '/usr/lib/mailman3/bin/runner'
HOST = 'lists.example.org'
MEMBERS = ['anna@example.org', 'bert@example.org', 'cara@example.org']
OWNER = 'owner@example.org'

CONFIGURATION = """\
[mailman]
site_owner: site@example.org
layout: test
[paths.test]
var_dir: {root}/var
bin_dir: /usr/lib/mailman3/bin
queue_dir: $var_dir/queue
list_data_dir: $var_dir/lists
log_dir: $var_dir/logs
lock_dir: $var_dir/locks
data_dir: $var_dir/data
cache_dir: $var_dir/cache
etc_dir: {root}/etc
ext_dir: $var_dir/ext
messages_dir: $var_dir/messages
archive_dir: $var_dir/archives
template_dir: $var_dir/templates
pid_file: $var_dir/master.pid
lock_file: $lock_dir/master.lck
[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:///{root}/var/data/mailman.db
[webservice]
hostname: 127.0.0.1
port: {rest}
admin_user: restadmin
admin_pass: {rest}
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_host: 127.0.0.1
smtp_port: {smtp}
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
[archiver.prototype]
enable: yes
[archiver.hyperkitty]
enable: no
[archiver.mail_archive]
enable: no
[archiver.mhonarc]
enable: no
"""
INSTANCES = {'in': 2, 'pipeline': 2, 'out': 2, 'archive': 2, 'virgin': 2, 'digest': 1,
             'bounces': 1, 'command': 1, 'retry': 1}


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def make_lists(configuration):
    """Makes the site's lists; runs in a process of its own, by Mailman's interfaces."""
    from mailman.core.initialize import initialize
    initialize(configuration)
    from mailman.app.lifecycle import create_list
    from mailman.config import config
    from mailman.database.transaction import transaction
    from mailman.interfaces.archiver import ArchivePolicy
    from mailman.interfaces.domain import IDomainManager
    from mailman.interfaces.mailinglist import IListArchiverSet
    from mailman.interfaces.member import DeliveryMode, MemberRole
    from mailman.interfaces.subscriptions import ISubscriptionManager
    from mailman.interfaces.usermanager import IUserManager
    from zope.component import getUtility
    os.makedirs(os.path.join(config.ARCHIVE_DIR, 'prototype'))
    with transaction():
        getUtility(IDomainManager).add(HOST)
        users = getUtility(IUserManager)

        def address_of(email):
            user = users.get_user(email)
            if user is None:
                user = users.create_user(email, email.split('@')[0].capitalize())
            address = list(user.addresses)[0]
            if address.verified_on is None:
                from mailman.utilities.datetime import now
                address.verified_on = now()
            return address

        for name in ('posts', 'digests', 'retries'):
            mlist = create_list(f'{name}@{HOST}', [OWNER])
            mlist.send_welcome_message = False
            mlist.admin_immed_notify = True
            mlist.digests_enabled = name == 'digests'
            mlist.digest_size_threshold = 0.1
            mlist.archive_policy = ArchivePolicy.public
            mlist.max_message_size = 0
            mlist.max_num_recipients = 0
            # Two pipeline runners that make these rows at the same time make them twice, and of
            # two archive runners that make the maildir one fails and drops its message.
            mailbox.Maildir(os.path.join(config.ARCHIVE_DIR, 'prototype', mlist.fqdn_listname))
            for archiver in IListArchiverSet(mlist).archivers:
                archiver.is_enabled = archiver.name == 'prototype'
            for email in MEMBERS + ['later@example.org'] * (name == 'retries'):
                member = mlist.subscribe(address_of(email), MemberRole.member)
                if name == 'digests' and email == MEMBERS[0]:
                    member.preferences.delivery_mode = DeliveryMode.mime_digests


def unshunt(configuration):
    """Does what Mailman's own command does, and prints the queue of each entry."""
    from mailman.core.initialize import initialize
    initialize(configuration)
    from mailman.config import config
    shunt = config.switchboards['shunt']
    for base in shunt.files:
        message, data = shunt.dequeue(base)
        queue = data.get('whichq', 'in')
        config.switchboards[queue].enqueue(message, data)
        shunt.finish(base)
        print('unshunted', queue)


class Site:
    """The site and its processes. A context manager: whatever happens, nothing stays behind."""

    def __init__(self, root, smtp_port):
        self.root = pathlib.Path(root)
        self.var = self.root / 'var'
        self.queues = self.var / 'queue'
        self.configuration = self.root / 'mailman.cfg'
        self.lmtp_port = free_port()
        self.processes = {}
        self.output = open(self.root / 'output', 'ab')
        text = CONFIGURATION.format(root=root, smtp=smtp_port, lmtp=self.lmtp_port,
                                    rest=free_port())
        for name, count in INSTANCES.items():
            text += f'[runner.{name}]\ninstances: {count}\n'
            text += 'sleep_time: 15m\n' if name == 'retry' else 'sleep_time: 0.2s\n'
        self.configuration.write_text(text)
        (self.root / 'etc').mkdir()
        # A list's footer is added by the runner of out/; qslice's adds none.
        footers = self.var / 'templates' / 'site' / 'en'
        footers.mkdir(parents=True)
        (footers / 'list:member:regular:footer.txt').write_text('')
        subprocess.run([sys.executable, __file__, 'lists', str(self.configuration)], check=True,
                       stdout=self.output, stderr=self.output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()
        self.output.close()

    def start(self, name, command=None):
        """Starts a runner such as "out:0:2"; of Mailman, or the given command."""
        if command is None:
            command = ['/usr/bin/python3', RUNNER, '-C', str(self.configuration),
                       f'--runner={name}']
        self.processes[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                                stdout=self.output, stderr=self.output)

    def start_all(self):
        self.start('lmtp:0:1')
        for name, count in INSTANCES.items():
            if name == 'retry':
                continue
            for slice_number in range(count):
                self.start(f'{name}:{slice_number}:{count}')
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            self.check_processes()
            try:
                socket.create_connection(('127.0.0.1', self.lmtp_port), 1).close()
                return
            except OSError:
                time.sleep(0.2)
        raise SystemExit('FAILED: the LMTP runner did not start within 120 s')

    def stop(self, name, number=signal.SIGTERM):
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(60)

    def retry_once(self):
        """Moves retry/ back to out/, as Mailman's retry runner does every 15 minutes."""
        subprocess.run(['/usr/bin/python3', RUNNER, '-C', str(self.configuration), '--once',
                        '--runner=retry:0:1'], check=True, stdout=self.output,
                       stderr=self.output, timeout=120)

    def unshunt(self):
        """Puts shunted entries back.
        @returns the queues that they came from"""
        ran = subprocess.run([sys.executable, __file__, 'unshunt', str(self.configuration)],
                             check=True, stdout=subprocess.PIPE, stderr=self.output, text=True)
        return re.findall(r'^unshunted (.*)$', ran.stdout, re.M)

    def check_processes(self):
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise SystemExit(f'FAILED: {name} ended with {process.returncode}; its output is '
                                 f'in {self.output.name}')

    def entries(self, *queues):
        """What lies in these queues; without names, what is still to be done."""
        queues = queues or [name for name in INSTANCES if name != 'retry']
        found = []
        for queue in queues:
            directory = self.queues / queue
            if directory.exists():
                found += [f'{queue}/{name}' for name in os.listdir(directory)
                          if not name.endswith('.tmp')]
        return sorted(found)

    def wait_until_idle(self, seconds, tend=lambda: None):
        """Until no queue has work, twice in a row."""
        deadline = time.monotonic() + seconds
        quiet = 0
        while quiet < 2:
            if time.monotonic() > deadline:
                raise SystemExit('FAILED: work is left after %d s: %s'
                                 % (seconds, ', '.join(self.entries()[:10])))
            tend()
            self.check_processes()
            quiet = 0 if self.entries() else quiet + 1
            time.sleep(0.15 if quiet else 0.02)

    def archived(self):
        """The archive's messages, by file."""
        found = {}
        for new in self.var.glob('archives/prototype/*/new'):
            for path in new.iterdir():
                found[str(path)] = (new.parent.name, path.read_bytes())
        return found

    def dropped_by_archiver(self):
        """How many messages Mailman's archiver has dropped so far, by its own word."""
        text = ''.join(path.read_text(errors='replace')
                       for path in (self.var / 'logs').glob('*.log'))
        return (text.count('Unable to acquire prototype archiver lock') +
                text.count('Exception in "prototype" archiver'))

    def logs(self):
        text = ''
        for path in sorted((self.var / 'logs').glob('*.log')):
            text += f'--- {path.name}\n' + path.read_text(errors='replace')[-3000:]
        return text

    def remove(self):
        shutil.rmtree(self.root)


if __name__ == '__main__':
    {'lists': make_lists, 'unshunt': unshunt}[sys.argv[1]](sys.argv[2])
