# -*- coding: utf-8 -*-
"""Makes texts of messages at random, many of them malformed, and prints what Mailman sends for them
when they are queued as text, by the email package of the Python that runs it, as JSON.

Arguments: a seed, and how many texts.
"""

import base64
import email
import email.generator
import io
import json
import random
import sys

PYTHON3 = sys.version_info[0] == 3

choose = random.Random(int(sys.argv[1]))
pick = choose.choice

WORDS = [b'a', b'of', b'the', b'list', b'question', b'Re:', b'users@lists.example.org', b'x' * 40,
         b'y' * 90, b'end;', b'one,', b'"quoted', b'=?utf-8?q?gr=C3=BC?=', b'caf\xc3\xa9', b'\xe9\xff',
         b'\xed\xb2\x80', b'From', b'']
LINES = [b'', b'text', b'From me to you', b'>From', b' blank before', b'Looks-Like: a field', b'--', b'--b1',
         b'--b1--', b'--b2', b'--b2 \t', b'--b3--x', b'\xe9 8 bit', b'a\rb', b'\xed\xb3\xbf']
counter = [0]


def words(least, most):
    return b' '.join(pick(WORDS) for _ in range(choose.randint(least, most)))


def field():
    kind = choose.randrange(12)
    name = pick([b'Subject', b'To', b'X-Long-' + b'n' * pick([1, 30, 70]), b'Received', b'Bcc', b'resent-bcc'])
    if kind == 0:
        return name + b':' + words(0, 3) + b'\n ' + words(0, 20) + b'\n\t' + words(0, 20)
    if kind == 1:
        return pick([b'no colon', b': no name', b' a continuation', b'Bad Name: x', b'From here', b'\xe9: x'])
    if kind == 2:
        return name + b': \n folded at once'
    if kind == 3:
        return name + b':' + pick([b'', b' ', b'\t', b' \t x ', b'\x0b x'])
    return name + b': ' + words(0, 25)


def fields(most):
    return [field() for _ in range(choose.randint(0, most))]


def body():
    return [pick(LINES) for _ in range(choose.randint(0, 6))]


def part(depth, is_whole=False):
    """The lines of a message or a part."""
    head = fields(5 if is_whole else 2)
    kind = choose.randrange(10) if depth > 0 else 9
    if kind < 5:
        counter[0] += 1
        name = ("b%d" % (counter[0] % 5)).encode("ascii")
        value = pick([b'mixed', b'alternative', b'digest', b'signed', b'report', b'mixed'])
        shown = pick([b'boundary="%s"', b'boundary=%s', b"boundary*=us-ascii'en'%s", b'BOUNDARY="%s "',
                      b'boundary*0="b"; boundary*1="%s"']) % name
        if b'*0' in shown:
            shown = shown.replace(b'"b";', b'"";')
        if choose.random() < 0.1:
            shown = pick([b'', b'boundary=""', b'boundary="not there"'])
        head.append(b'Content-Type: ' + pick([b'multipart/', b'Multipart/']) + value + b'; ' + shown)
        lines = []
        if choose.random() < 0.4:
            lines += body()
        for _ in range(choose.randint(0, 3)):
            lines.append(b'--' + name + pick([b'', b'', b'', b' ', b'\t']))
            if choose.random() < 0.1:
                lines.append(b'--' + name + pick([b'', b'--']))
            lines += part(depth - 1)
        if choose.random() < 0.8:
            lines.append(b'--' + name + b'--' + pick([b'', b'', b' ']))
            if choose.random() < 0.5:
                lines += body()
    elif kind == 5:
        head.append(b'Content-Type: message/' + pick([b'rfc822', b'rfc822', b'partial', b'x-odd']))
        lines = part(depth - 1)
    elif kind == 6:
        head.append(b'Content-Type: message/delivery-status')
        lines = []
        for _ in range(choose.randint(0, 3)):
            lines += fields(3) + [b'']
        if choose.random() < 0.3:
            lines += part(0)
    else:
        if choose.random() < 0.6:
            head.append(b'Content-Type: ' + pick([b'text/plain', b'text/html; charset="utf-8"', b'nonsense',
                                                  b'a/b/c', b'', b'image/png', b'multipart/mixed']))
        lines = body()
    choose.shuffle(head)
    if is_whole and choose.random() < 0.2:
        head.insert(0, b'From someone Sat May 24 22:56:36 2014')
    return head + ([b''] if choose.random() < 0.93 else []) + lines


def text():
    lines = part(3, True)
    for _ in range(pick([0, 0, 1, 2, 5])):
        at = choose.randrange(len(lines) + 1)
        kind = choose.randrange(4)
        if kind == 0:
            del lines[at:at + 1]
        elif kind == 1:
            lines[at:at] = lines[choose.randrange(len(lines) + 1):][:2]
        elif kind == 2:
            lines.insert(at, pick(LINES))
        else:
            del lines[at + choose.randint(0, 3):]
    end = pick([b'\n', b'\n', b'\n', b'\r\n', None])
    data = b''.join(line + (end or pick([b'\n', b'\r\n', b'\r'])) for line in lines)
    return data[:-1] if choose.random() < 0.2 else data


class Generator(email.generator.Generator):
    """Mailman 2.1's: folds the fields of the whole message and not those of its parts."""

    def __init__(self, outfp, mangle_from_=True, maxheaderlen=78, children=0):
        email.generator.Generator.__init__(self, outfp, mangle_from_, maxheaderlen)
        self.children = children

    def clone(self, fp):
        return self.__class__(fp, self._mangle_from_, self.children, self.children)


def sent(data):
    if PYTHON3:
        message = email.message_from_string(data.decode('ascii', 'surrogateescape'))
        del message['Bcc']
        del message['Resent-Bcc']
        out = io.BytesIO()
        email.generator.BytesGenerator(out).flatten(message)
    else:
        import StringIO
        message = email.message_from_string(data)
        out = StringIO.StringIO()
        Generator(out, mangle_from_=False).flatten(message)
    return out.getvalue()


texts = []
for _ in range(int(sys.argv[2])):
    one = text()
    made = {'text': base64.b64encode(one).decode('ascii')}
    try:
        made['sent'] = base64.b64encode(sent(one)).decode('ascii')
    except Exception as problem:
        made['raises'] = '%s: %s' % (type(problem).__name__, problem)
    texts.append(made)
print(json.dumps({'texts': texts}))
