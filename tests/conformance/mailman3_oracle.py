"""Asks the installed Mailman 3 what its Switchboard does and prints the answers as JSON.

The class is Mailman's own, unchanged; its clock, its directory listing and the few settings that
it looks at are given. No service is started and no file of Mailman's is touched.
"""

import base64
import json
import logging
import os
import random
import sys
import tempfile
import types

try:
    import mailman.core.switchboard as module
    from mailman.version import VERSION
except ImportError as problem:
    print(json.dumps({'absent': str(problem)}))
    sys.exit(0)

logging.disable(logging.CRITICAL)
choose = random.Random(20140524)


def text_of(data):
    return base64.b64encode(data).decode('ascii')


def content_of(directory):
    found = {}
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), 'rb') as fp:
            found[name] = text_of(fp.read())
    return found


class Clock:
    now = 0.0

    @classmethod
    def time(cls):
        return cls.now


def set_up(root):
    bad = os.path.join(root, 'bad')
    os.makedirs(bad, exist_ok=True)
    module.config = types.SimpleNamespace(
        create_paths=True, QFILE_SCHEMA_VERSION=3,
        switchboards={'bad': types.SimpleNamespace(queue_directory=bad)})
    module.time = Clock
    return bad


def enqueue_vectors(root):
    texts = ['', 'Subject: hello\n\nbody\n', 'Subject: caf\u00e9 \u20ac \U0001f600\n\n\\u0041 \\ \'"\n',
             '\r\n\0\x1a\x7f\x80\xff' + 'x' * 5000]
    metadata = [{}, {'listid': 'users.example.org'},
                {'listid': 'd\u00e9v.example.org', 'recips': ['ada@example.org', 'bob@example.org'],
                 'count': 3, 'large': 2 ** 40, 'negative': -7, 'ratio': 0.1, 'tiny': 5e-324,
                 'yes': True, 'no': False, 'nothing': None, 'empty': [], '_volatile': 'dropped'}]
    clocks = [1400972196.0, 1400972196.25, 1764026071.1234567, 0.1, 1e16, 5e-05]
    # Mailman parses mail from bytes, so that its text has each byte beyond ASCII escaped.
    texts = [text.encode('utf-8').decode('ascii', 'surrogateescape') for text in texts]
    vectors = []
    for number, (text, data) in enumerate((t, d) for t in texts for d in metadata):
        for now in clocks:
            Clock.now = now
            directory = os.path.join(root, 'enqueue-%d-%r' % (number, now))
            given = json.loads(json.dumps(data))
            base = module.Switchboard('in', directory).enqueue(text, given, _plaintext=True)
            vectors.append({'text': text_of(text.encode('ascii', 'surrogateescape')),
                            'metadata': [[k, v] for k, v in given.items()],
                            'now': now.hex(), 'base': base, 'files': content_of(directory)})
    return vectors


def slice_of_names(root, names, slice_number, count):
    board = module.Switchboard('in', os.path.join(root, 'listed'), slice_number, count)
    listdir, os.listdir = os.listdir, lambda path: list(names)
    try:
        return board.files
    finally:
        os.listdir = listdir


def membership_vectors(root):
    vectors = []
    for count in (1, 2, 4, 8, 16, 64, 1024):
        digests = {0, 2 ** 160 - 1}
        for k in (choose.sample(range(count), min(count, 16))):
            end = (2 ** 160 * (k + 1)) // count
            digests |= {d % 2 ** 160 for d in (end - 2, end - 1, end, end + 1)}
        digests |= {choose.getrandbits(160) for _ in range(40)}
        names = ['%d.0+%040x' % (i, d) for i, d in enumerate(sorted(digests))]
        owners = {name: [] for name in names}
        for k in range(count):
            for name in slice_of_names(root, [n + '.pck' for n in names], k, count):
                owners[name].append(k)
        vectors.append({'count': count, 'owners': owners})
    return vectors


def order_vectors(root):
    vectors = []
    for _ in range(120):
        base = choose.choice([1400972196.0, 1400972196.5, 946684800.25, 0.0])
        times = [base + choose.randrange(12) * choose.choice([0.00005, 0.0001, 1.0])
                 for _ in range(choose.randrange(1, 25))]
        names = ['%r+%040x%s' % (t, choose.getrandbits(160),
                                 choose.choice(['.pck', '.pck', '.pck', '.pck.tmp', '.bak', '.psv']))
                 for t in times]
        count = choose.choice([1, 1, 2, 4])
        k = choose.randrange(count)
        vectors.append({'listing': names, 'slice': k, 'count': count,
                        'order': slice_of_names(root, names, k, count)})
    return vectors


def recovery_vectors(root):
    """What stands in queue and bad/ before and after each of four starts of a runner."""
    bad = set_up(root)
    directory = os.path.join(root, 'recovery')
    board = module.Switchboard('in', directory)
    for i, data in enumerate([{'listid': 'users.example.org'}, {'recips': ['ada@example.org']}]):
        Clock.now = 1400972196.0 + i
        board.enqueue('Subject: %d\n\nbody\n' % i, data, _plaintext=True)
    with open(os.path.join(directory, '1.0+' + 'a' * 40 + '.pck'), 'wb') as fp:
        fp.write(b'not a pickle')
    steps = []
    for _ in range(4):
        for name in sorted(os.listdir(directory)):
            base, extension = os.path.splitext(name)
            if extension == '.pck':
                os.rename(os.path.join(directory, name), os.path.join(directory, base + '.bak'))
        before = content_of(directory)
        module.Switchboard('in', directory, recover=True)
        steps.append({'before': before, 'after': content_of(directory), 'bad': content_of(bad)})
    return steps


with tempfile.TemporaryDirectory() as root:
    set_up(root)
    print(json.dumps({'version': VERSION, 'enqueue': enqueue_vectors(root),
                      'membership': membership_vectors(root), 'order': order_vectors(root),
                      'recovery': recovery_vectors(os.path.join(root, 'r'))}))
