# -*- coding: utf-8 -*-
"""Reads back what qslice wrote, by Mailman's own pickle module, parser and classes.

Argument: a JSON file of `pairs` (two pickled values that have to be equal) and `texts` (a pickled
text, the bytes of the message that it stands for, and the pickled message that it was before its
body was changed, whose header fields it has to have, and what we send for the text). Prints the number of each that is right,
and what is wrong with the others.
"""

import base64
import email
import email.generator
import email.header
import email.message
import io
import json
import sys
import types

PYTHON3 = sys.version_info[0] == 3
if PYTHON3:
    import pickle
    try:
        from mailman.email.message import Message
    except ImportError:
        print(json.dumps({'absent': 'mailman'}))
        sys.exit(0)
else:
    import cPickle as pickle

    class Message(email.message.Message):
        def __init__(self):
            self.__version__ = 5
            email.message.Message.__init__(self)

    class UserNotification(Message):
        pass

    for name in ('Mailman', 'Mailman.Message'):
        sys.modules[name] = types.ModuleType(name)
    sys.modules['Mailman'].Message = sys.modules['Mailman.Message']
    for made in (Message, UserNotification):
        setattr(sys.modules['Mailman.Message'], made.__name__, made)
        made.__module__ = 'Mailman.Message'


def same(a, b):
    """Equal in value and in type, all the way down; a Header's own equality is too kind."""
    if isinstance(a, type) or type(a).__name__ == 'classobj':
        return a is b
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return (len(a) == len(b) and
                all(key in b and same(a[key], b[key]) for key in a) and
                sorted(map(repr, a)) == sorted(map(repr, b)))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, float):
        return repr(a) == repr(b)
    if hasattr(a, '__dict__'):
        return a.__class__ is b.__class__ and same(a.__dict__, b.__dict__)
    return a == b


def parse(data):
    if PYTHON3:
        return email.message_from_bytes(data, Message).as_bytes()
    return email.message_from_string(data, Message).as_string()


def parse_text(text):
    message = email.message_from_string(text, Message)
    return message.as_bytes() if PYTHON3 else message.as_string()


def sent_text(text):
    """What Mailman's delivery hands to the mail server: smtplib's send_message, 2.1's own generator."""
    message = email.message_from_string(text, Message)
    if not PYTHON3:
        import StringIO
        out = StringIO.StringIO()
        email.generator.Generator(out, mangle_from_=False).flatten(message)
        return out.getvalue()
    del message['Bcc']
    del message['Resent-Bcc']
    out = io.BytesIO()
    email.generator.BytesGenerator(out).flatten(message)
    return out.getvalue()


with io.open(sys.argv[1], encoding='ascii') as fp:
    given = json.load(fp)
wrong = []
for number, pair in enumerate(given['pairs']):
    before, after = [base64.b64decode(data) for data in pair]
    try:
        good = same(pickle.loads(before), pickle.loads(after))
    except Exception as problem:
        good = False
        wrong.append(repr(problem))
    if not good:
        wrong.append('pair %d: %r %r' % (number, before, after))
for number, (stored, expected, before, sent) in enumerate(given['texts']):
    text = pickle.loads(base64.b64decode(stored))
    data = base64.b64decode(expected)
    raw = text.encode('ascii', 'surrogateescape') if PYTHON3 else text
    was = pickle.loads(base64.b64decode(before))
    if not isinstance(was, email.message.Message):
        was = email.message_from_string(was, Message)
    names = email.message_from_string(text, Message).keys()
    good = raw == data and parse_text(text) == parse(data) and names == was.keys()
    if not good or base64.b64decode(sent) != sent_text(text):
        wrong.append('text %d: %r' % (number, data))
print(json.dumps({'right': len(given['pairs']) + len(given['texts']) - len(wrong),
                  'wrong': [w[:2000] for w in wrong[:5]]}))
