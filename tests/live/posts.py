"""What is posted: every kind of mail that a list meets, made from a number alone.

All bodies and headers are fixed but for the date, which is the run's: an archive replaces dates
that are far from today's.
"""

import random

from mailman_site import HOST, MEMBERS

LATIN1 = 'Grüße aus Köln, façade, naïve'.encode('latin-1')
UTF8 = 'Grüße, 世界, \N{GRINNING FACE}'.encode('utf-8')


def head(number, date, subject, sender=None, to='posts', **more):
    sender = sender or MEMBERS[number % len(MEMBERS)]
    lines = [f'From: {sender}', f'To: {to}@{HOST}', f'Subject: {subject}',
             f'Message-ID: <post-{number}@example.org>', f'Date: {date}']
    lines += [f'{name.replace("_", "-")}: {value}' for name, value in more.items()]
    return '\n'.join(lines).encode('utf-8')


def multipart(number, kind, parts, preamble=b'', epilogue=b'', boundary=None):
    boundary = boundary or f'=-=part {number}=-='
    body = preamble
    for part in parts:
        body += b'--' + boundary.encode() + b'\n' + part + b'\n'
    body += b'--' + boundary.encode() + b'--\n' + epilogue
    return f'multipart/{kind}; boundary="{boundary}"', body


def plain(number, date):
    return head(number, date, f'post {number}') + b'\n\nHello,\n\nthis is post %d.\n' % number


def from_lines(number, date):
    return (head(number, date, f'lines that look like an mbox {number}') +
            b'\n\nFrom here on\n>From there\n.\n..\n.dots\nFrom x\n\nFrom the end')


def long_headers(number, date):
    references = ' '.join(f'<{i}.{number}@a-rather-long-name-of-a-host.example.org>'
                          for i in range(9))
    return head(number, date, 'a subject of many words, ' * 9 + str(number),
                References=references, X_Long='x' * 300,
                Cc=', '.join(f'Somebody Number {i} <s{i}@example.com>' for i in range(9)),
                Received='from one by two;\n\tThu, 1 Jan 2026 00:00:00 +0000\n  (a comment)'
                ) + b'\n\nbody\n'


def encoded_words(number, date):
    return head(number, date, '=?utf-8?B?R3LDvMOfZSDkuJbnlYw=?= =?iso-8859-1?Q?f=FCr_alle?=',
                Content_Type='text/plain; charset=utf-8',
                Content_Transfer_Encoding='base64') + b'\n\nR3LDvMOfZQo=\n'


def eight_bit(number, date):
    return head(number, date, f'eight bits {number}',
                Content_Type='text/plain; charset=iso-8859-1',
                Content_Transfer_Encoding='8bit') + b'\n\n' + LATIN1 + b'\n'


def eight_bit_utf8(number, date):
    return head(number, date, f'eight bits of UTF-8 {number}',
                Content_Type='text/plain; charset="utf-8"', MIME_Version='1.0',
                Content_Transfer_Encoding='8bit') + b'\n\n' + UTF8 + b'\n'


def eight_bit_header(number, date):
    return head(number, date, 'Grüße im Kopf', X_Note='naïve façade') + b'\n\nbody\n'


def undeclared(number, date):
    return head(number, date, f'no type at all {number}') + b'\n\n' + UTF8 + LATIN1 + b'\n'


def alternative(number, date):
    kind, body = multipart(number, 'alternative', [
        b'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n' + UTF8,
        b'Content-Type: text/html\n\n<p>hello</p>\n'])
    return head(number, date, f'alternative {number}', Content_Type=kind,
                MIME_Version='1.0') + b'\n\n' + body


def attachment(number, date):
    choose = random.Random(number)
    data = b''.join(b'%064x\n' % choose.getrandbits(256) for _ in range(200))
    kind, body = multipart(number, 'mixed', [
        b'\nsee the attachment\n',
        b'Content-Type: application/octet-stream; name="data.bin"\n'
        b'Content-Disposition: attachment; filename*=utf-8\'\'d%C3%A4ten.bin\n'
        b'Content-Transfer-Encoding: base64\n\n' + data],
        preamble=b'This is a message of several parts.\n', epilogue=b'after the end\n')
    return head(number, date, f'attachment {number}', Content_Type=kind,
                MIME_Version='1.0') + b'\n\n' + body


def nested(number, date):
    inner_kind, inner = multipart(number, 'related', [
        b'Content-Type: text/html\n\n<img src="cid:1">', b'Content-Type: image/png\n\n\x89PNG\n'],
        boundary='inner')
    forwarded = (b'Content-Type: message/rfc822\n\nFrom: someone@example.com\n'
                 b'Subject: forwarded\n\nFrom the forwarded body\n')
    kind, body = multipart(number, 'mixed', [
        b'Content-Type: ' + inner_kind.encode() + b'\n\n' + inner, forwarded, b''])
    return head(number, date, f'nested {number}', Content_Type=kind,
                MIME_Version='1.0') + b'\n\n' + body


def folded_boundary(number, date):
    kind = ('multipart/mixed;\n boundary*0="a boundary in";\n boundary*1="-two-parts"')
    body = (b'--a boundary in-two-parts\n\none\n--a boundary in-two-parts\n\ntwo\n'
            b'--a boundary in-two-parts--\n')
    return head(number, date, f'folded boundary {number}', Content_Type=kind,
                MIME_Version='1.0') + b'\n\n' + body


def no_body(number, date):
    return head(number, date, f'nothing below the head {number}') + b'\n\n'


def carbon_copies(number, date):
    return head(number, date, f'blind copies {number}', Bcc='hidden@example.org',
                Reply_To='elsewhere@example.org') + b'\n\nbody\n'


def large(number, date):
    return (head(number, date, f'large {number}') + b'\n\n' +
            b''.join(b'line %d of post %d\n' % (i, number) for i in range(4000)))


KINDS = [plain, from_lines, long_headers, encoded_words, eight_bit, eight_bit_utf8,
         eight_bit_header, undeclared, alternative, attachment, nested, folded_boundary, no_body,
         carbon_copies, plain, large]


def posts(count, date):
    """`count` posts as (envelope sender, envelope recipient, bytes)."""
    return [(MEMBERS[n % len(MEMBERS)], f'posts@{HOST}', KINDS[n % len(KINDS)](n, date))
            for n in range(count)]


def refused_for_now(date):
    """To a list of which one member's server refuses each message the first time. One post, since
    Mailman's retry runner takes one entry when it is started for a single look."""
    return [(MEMBERS[0], f'retries@{HOST}',
             head(5000, date, 'try again', sender=MEMBERS[0], to='retries') + b'\n\nbody\n')]


def digested(date):
    """Each makes a digest; one at a time, since Mailman's lock of a digest is not waited for."""
    return [(MEMBERS[1], f'digests@{HOST}',
             head(6000 + n, date, f'for the digest {n}', sender=MEMBERS[1], to='digests') +
             b'\n\n' + b'of some length\n' * 20) for n in range(2)]


def commands(date):
    return [(MEMBERS[0], f'posts-request@{HOST}',
             head(7000 + n, date, word, sender=MEMBERS[0], to='posts-request') + b'\n\n' +
             word.encode() + b'\n') for n, word in enumerate(['help', 'echo one two'] * 6)]


def bounces(date):
    """A report that Mailman understands, and one that it forwards to the list's owners."""
    kind, body = multipart(8000, 'report; report-type=delivery-status', [
        b'\nit failed\n',
        b'Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n'
        b'Final-Recipient: rfc822; bert@example.org\nAction: failed\nStatus: 5.1.1\n'])
    understood = head(8000, date, 'Undelivered mail', sender='MAILER-DAEMON@example.org',
                      to='posts-bounces', Content_Type=kind,
                      MIME_Version='1.0') + b'\n\n' + body
    unknown = head(8001, date, 'Something went wrong', sender='MAILER-DAEMON@example.org',
                   to='posts-bounces') + b'\n\nYour mail was odd.\n'
    return [('', f'posts-bounces@{HOST}', understood), ('', f'posts-bounces@{HOST}', unknown)]


def held(date):
    """From somebody who is no member: a notice to the owners and one to the sender."""
    return [('eve@example.net', f'posts@{HOST}',
             head(9000, date, 'from outside', sender='eve@example.net') + b'\n\nhello\n')]
