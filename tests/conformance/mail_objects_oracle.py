# -*- coding: utf-8 -*-
"""Makes queue entries that hold message objects, by the email package of the Python that runs it,
and prints what its generator makes of them, as JSON.

Python 2 stands for Mailman 2.1: its two classes of its own (Message and Generator), of which only
the attributes and the folding of parts matter here, are written down below. Python 3 takes
Mailman 3's own class where it is installed.

Arguments: a seed, and how many messages.
"""

import base64
import datetime
import email
import email.charset
import email.generator
import email.header
import email.message
import io
import json
import pickle
import random
import sys
import types

PYTHON3 = sys.version_info[0] == 3
if PYTHON3:
    import email.mime.multipart  # noqa: F401
    try:
        from mailman.email.message import Message
    except ImportError:
        print(json.dumps({'absent': 'mailman'}))
        sys.exit(0)
    unicode = str
else:
    import cPickle as pickle  # noqa: F811

    class Message(email.message.Message):
        def __init__(self):
            self.__version__ = 5
            email.message.Message.__init__(self)

    class Generator(email.generator.Generator):
        """Folds the fields of the whole message and not those of its parts."""

        def __init__(self, outfp, mangle_from_=True, maxheaderlen=78, children=0):
            email.generator.Generator.__init__(self, outfp, mangle_from_, maxheaderlen)
            self.children = children

        def clone(self, fp):
            return self.__class__(fp, self._mangle_from_, self.children, self.children)

    for name in ('Mailman', 'Mailman.Message'):
        sys.modules[name] = types.ModuleType(name)
    sys.modules['Mailman'].Message = sys.modules['Mailman.Message']
    sys.modules['Mailman.Message'].Message = Message
    Message.__module__ = 'Mailman.Message'

choose = random.Random(int(sys.argv[1]))
pick = choose.choice

WORDS = ['a', 'of', 'the', 'list', 'posts', 'question', 'Re:', '[Users]', 'users@lists.example.org',
         'x' * 40, 'y' * 90, 'end;', 'one,', '(comment)', '"quoted', 'text"', '=?', '?=', 'key=value',
         '<id@example.org>', '100%', 'back\\slash', '']
FOREIGN = {
    'utf-8': [u'gr\u00fc\u00dfe', u'\u20ac', u'\u65e5\u672c\u8a9e', u'\U0001f600', u'na\u00efve', u'plain',
              u'\u00e9' * 30],
    'iso-8859-1': [u'gr\u00fc\u00dfe', u'caf\u00e9', u'plain', u'\u00ff' * 25, u'a b=c_d?e'],
    'iso-8859-15': [u'\u20ac', u'\u0153uvre', u'plain'],
    'windows-1252': [u'\u20ac', u'\u2026', u'plain'],
    'koi8-r': [u'\u043f\u0440\u0438\u0432\u0435\u0442', u'\u043c\u0438\u0440', u'plain'],
    'iso-2022-jp': [u'\u65e5\u672c\u8a9e', u'\u30e1\u30fc\u30eb', u'plain'],
    'euc-jp': [u'\u65e5\u672c\u8a9e', u'\u30e1\u30fc\u30eb'],
    'shift_jis': [u'\u65e5\u672c\u8a9e', u'\u30e1\u30fc\u30eb'],
    'gb2312': [u'\u4f60\u597d', u'\u4e2d\u6587'],
    'big5': [u'\u4f60\u597d', u'\u4e2d\u6587'],
    'us-ascii': [u'plain', u'text', u'(in brackets)', u'with, commas; and more', u' '],
}


def words(least, most):
    return ' '.join(pick(WORDS) for _ in range(choose.randint(least, most)))


def line_of(size):
    return ''.join(pick('abcdefgh ,;\t') for _ in range(size))


def header_object(name):
    charset = pick(sorted(FOREIGN))
    arguments = {}
    if choose.random() < 0.7:
        arguments['header_name'] = name
    if choose.random() < 0.2:
        arguments['maxlinelen'] = pick([40, 76, 200, 998])
    if choose.random() < 0.2:
        arguments['continuation_ws'] = '\t'
    made = email.header.Header(charset=charset, **arguments)
    for _ in range(choose.randint(0 if PYTHON3 else 1, 4)):
        if choose.random() < 0.3:
            charset = pick(sorted(FOREIGN))
        text = pick([u' ', u'']).join(pick(FOREIGN[charset]) for _ in range(choose.randint(1, 12)))
        if not PYTHON3 and choose.random() < 0.8:
            text = text.encode(charset)
        made.append(text, charset)
    if choose.random() < 0.2:
        made.append(words(0, 30), 'us-ascii')
    return made


def raw_bytes(size):
    some = pick([u'gr\u00fc\u00dfe, ', u'\u20ac ', u'\U0001f600']).encode('utf-8')
    return (some if choose.random() < 0.5 else b'\xe9\xff \xc3') * size


def native(data):
    return data.decode('ascii', 'surrogateescape') if PYTHON3 else data


def header_value(name):
    kind = choose.randrange(10)
    if kind == 0:
        return header_object(name)
    if kind == 1:
        return native(raw_bytes(choose.randint(1, 20)))
    if kind == 2:
        return line_of(choose.randint(0, 300))
    if kind == 3:
        return words(5, 20) + pick(['\n ', '\n\t', '\n  ', '\r\n ']) + words(3, 30)
    if kind == 4 and PYTHON3:
        return pick(FOREIGN['utf-8']) + ' ' + words(0, 30)
    if kind == 5:
        return '\n\t'.join(words(1, 3) + ';' for _ in range(choose.randint(1, 5))) + ' x'
    return words(0, 25)


def text_payload():
    kind = choose.randrange(8)
    if kind == 0:
        return None
    if kind == 1:
        return ''
    if kind == 2:
        return native(raw_bytes(choose.randint(1, 50)) + b'\nFrom here\n')
    if kind == 3:
        return 'one\r\ntwo\rthree\nFrom me\n' + words(1, 50)
    if kind == 4:
        return 'From the start\n>From\n\nFrom \n'
    return '\n'.join(words(0, 12) for _ in range(choose.randint(1, 8))) + pick(['', '\n'])


BOUNDARIES = ['boundary="b%d"', 'boundary=b%d', 'boundary="b %d"', "boundary*=us-ascii'en'b%%20%d",
              'boundary*0="b"; boundary*1="%d"', "boundary*0*=us-ascii''b%%41; boundary*1=%d",
              'Boundary="<b%d>"', 'charset=us-ascii; boundary="b\\"%d"; x=y', 'boundary="b%d "']
counter = [0]


def boundary():
    counter[0] += 1
    return '; ' + pick(BOUNDARIES) % counter[0]


def part(depth, is_whole=False):
    message = Message() if is_whole or choose.random() < 0.7 else email.message.Message()
    for _ in range(choose.randint(0, 6 if is_whole else 2)):
        name = pick(['Subject', 'To', 'X-Long-Header-Name-' + 'n' * pick([1, 20, 60]), 'Received', 'Bcc'])
        message[name] = header_value(name)
    kind = choose.randrange(9) if depth > 0 else 8
    if kind < 4:
        sub = pick(['mixed', 'alternative', 'digest', 'signed', 'x-odd'])
        value = pick(['multipart/', 'Multipart/']) + sub
        message['Content-Type'] = value + (boundary() if choose.random() < 0.85 else '')
        if choose.random() < 0.1:
            message.set_payload(text_payload())
        else:
            message.set_payload([part(depth - 1) for _ in range(choose.randint(0, 3))])
        if choose.random() < 0.4:
            message.preamble = pick(['', 'preamble', 'two\nlines\nFrom x\n', 'a\r\nb'])
        if choose.random() < 0.4:
            message.epilogue = pick(['', '\n', 'epilogue\n', 'From y\n\nend'])
        if choose.random() < 0.3:
            message['Content-Type-Not'] = 'x'
    elif kind == 4:
        message['Content-Type'] = 'message/rfc822'
        message.set_payload([part(depth - 1)])
    elif kind == 5:
        message['Content-Type'] = 'message/delivery-status'
        message.set_payload([part(0) for _ in range(choose.randint(1, 3))])
    else:
        kind = choose.randrange(5)
        if kind == 0:
            message.set_default_type(pick(['text/plain', 'text/html']))
        else:
            message['Content-Type'] = pick(['text/plain', 'text/html; charset="utf-8"', 'TEXT/Plain;x',
                                            'application/octet-stream', 'nonsense', 'a/b/c', '',
                                            'image/png; name="a;b"'])
        message.set_payload(text_payload())
    if choose.random() < 0.3:
        message.set_unixfrom('From someone Sat May 24 22:56:36 2014')
    return message


RAW = [b'Subject: raw\nContent-Type: multipart/mixed; boundary="q"\n\npre\n--q\n\none\n--q\n'
       b'Content-Type: message/rfc822\n\nSubject: inner\n\ntext\n--q--\nepi\n',
       b'From x@example.org Sat May 24 22:56:36 2014\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\n\nb\xe9\n',
       b'Content-Type: multipart/mixed\n\nno boundary\n', b'', b'\n', b'no header\n',
       b'Subject: \xe9\xff\n folded \xc3\xa9\nX:\n\n\xe9\r\n\r\n', b'A: 1\r\nB: 2\r\n\r\nline\r\n']


def message():
    if choose.random() < 0.15:
        raw = pick(RAW)
        if PYTHON3:
            return email.message_from_bytes(raw, Message)
        return email.message_from_string(raw, Message)
    return part(3, True)


def flattened(of, **options):
    try:
        if PYTHON3:
            out = io.BytesIO()
            copy = pickle.loads(pickle.dumps(of))
            if options.pop('sent', False):
                del copy['Bcc']
                del copy['Resent-Bcc']
                email.generator.BytesGenerator(out).flatten(copy)
            else:
                email.generator.BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(copy)
            data = out.getvalue()
        else:
            import StringIO
            out = StringIO.StringIO()
            Generator(out, mangle_from_=False).flatten(pickle.loads(pickle.dumps(of, 1)))
            data = out.getvalue()
            if isinstance(data, unicode):
                data = data.encode('utf-8')
    except Exception as problem:
        return {'raises': '%s: %s' % (type(problem).__name__, problem)}
    return {'text': base64.b64encode(data).decode('ascii')}


def metadata_value(depth):
    kind = choose.randrange(14 if depth > 0 else 9)
    if kind == 0:
        return pick([None, True, False])
    if kind == 1:
        return pick([0, 1, 255, 256, 65536, -1, 2 ** 31 - 1, 2 ** 31, -2 ** 40, 2 ** 63, -2 ** 70])
    if kind == 2:
        return pick([0.0, 1400972196.25, 0.1, -1e300, 5e-324])
    if kind == 3:
        return pick(FOREIGN[pick(['utf-8', 'koi8-r', 'big5'])])
    if kind == 4:
        return native(raw_bytes(choose.randint(0, 3)))
    if kind == 5:
        return bytes(raw_bytes(choose.randint(0, 3)))
    if kind == 6:
        return datetime.datetime(pick([1, 1999, 2026, 9999]), pick([1, 2, 12]), pick([1, 28]), 23, 59, 1,
                                 pick([0, 1, 999999]))
    if kind == 7:
        return pick([header_object('Subject'), email.charset.Charset('utf-8')])
    if kind == 8:
        return pick([email.header.Header, datetime.datetime, set]) if PYTHON3 else \
            pick([email.header.Header, datetime.datetime])
    items = [metadata_value(depth - 1) for _ in range(choose.randint(0, 4))]
    if kind in (9, 10):
        return items
    if kind == 11:
        return tuple(items)
    if kind == 12:
        return set(pick(['anna@example.org', 'bert@example.org', u'gr\u00fc\u00dfe', 5, b'x', 'caf\xe9'])
                   for _ in range(choose.randint(0, 5)))
    return dict((pick(['a', 'b', 'longer key', native(b'\xe9')]), item) for item in items)


def metadata():
    made = dict(('key%d' % i, metadata_value(3)) for i in range(choose.randint(0, 6)))
    # One object in two places.
    if len(made) > 1:
        made['again'] = made['key0']
    return made


made = []
while len(made) < int(sys.argv[2]):
    try:
        one = message()
    except (UnicodeError, email.errors.MessageError):
        continue
    entry = pickle.dumps(one, pickle.HIGHEST_PROTOCOL if PYTHON3 else 1)
    known = {'entry': base64.b64encode(entry).decode('ascii'), 'flat': flattened(one)}
    if PYTHON3:
        known['sent'] = flattened(one, sent=True)
    made.append(known)
protocols = range(6) if PYTHON3 else range(3)
dictionaries = []
while len(dictionaries) < int(sys.argv[2]):
    try:
        one = metadata()
    except (UnicodeError, email.errors.MessageError):
        continue
    dictionaries.append(base64.b64encode(pickle.dumps(one, pick(protocols))).decode('ascii'))
print(json.dumps({'messages': made, 'metadata': dictionaries}))
