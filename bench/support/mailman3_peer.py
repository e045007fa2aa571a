"""Times Mailman 3's own Switchboard; the benchmarks run it as a child process.

Usage: mailman3_peer.py files DIRECTORY SLICE SLICES REPEATS
       mailman3_peer.py enqueue DIRECTORY BYTES COUNT cpu|clock text|message
       mailman3_peer.py runner DIRECTORY BYTES COUNT cpu|clock
       mailman3_peer.py take ENTRY DIRECTORY COPIES BYTES COUNT cpu|clock

Prints one line: the shortest processor time of a repeat (files), or the time for all COUNT entries
by the processor or the clock, in seconds; and the number of entries. enqueue: of a text, or of a
message that was parsed before, as Mailman's runners have it. runner: one files() and, for each
entry, dequeue and finish, of parsed messages. take: the same for the message and metadata of a
queue entry, its body lengthened until an entry has BYTES; COPIES gets a copy of each entry first.
"""

import email
import os
import pickle
import shutil
import sys
import time
from types import SimpleNamespace

from mailman.core import switchboard as module
from mailman.email.message import Message

# What Switchboard reads of Mailman's configuration; there is no site behind this.
module.config = SimpleNamespace(create_paths=False, QFILE_SCHEMA_VERSION=3, switchboards={})

clocks = {'clock': time.perf_counter, 'cpu': time.process_time}


def files(directory, slice_index, slices, repeats):
    queue = module.Switchboard('bench', directory, int(slice_index), int(slices))
    best = float('inf')
    for _ in range(int(repeats)):
        begin = time.process_time()
        count = len(queue.files)
        best = min(best, time.process_time() - begin)
    return best, count


def text_of(size):
    head = ('From: anne@example.com\nTo: list@example.com\nSubject: a post\n'
            'Message-ID: <1@example.com>\n\n')
    return (head + 'The quick brown fox jumps over the lazy dog. 0123456789\n'
            * (int(size) // 56 + 1))[:int(size)]


def enqueue_all(queue, size, count, how):
    message = text_of(size)
    if how == 'message':
        message = email.message_from_string(message, Message)
    for _ in range(int(count)):
        queue.enqueue(message, listid='list.example.com', _plaintext=how == 'text')


def enqueue(directory, size, count, clock_name, how):
    queue = module.Switchboard('bench', directory)
    clock = clocks[clock_name]
    begin = clock()
    enqueue_all(queue, size, count, how)
    return clock() - begin, int(count)


def runner(directory, size, count, clock_name):
    queue = module.Switchboard('bench', directory)
    enqueue_all(queue, size, count, 'message')
    return take_all(queue, clock_name)


def take_all(queue, clock_name):
    clock = clocks[clock_name]
    begin = clock()
    done = 0
    for base in queue.files:
        queue.dequeue(base)
        queue.finish(base)
        done += 1
    return clock() - begin, done


def take(entry, directory, copies, size, count, clock_name):
    queue = module.Switchboard('bench', directory)
    with open(entry, 'rb') as file:
        message = pickle.load(file)
        data = pickle.load(file)
    more = int(size) - os.path.getsize(entry)
    line = 'The quick brown fox jumps over the lazy dog. 0123456789\n'
    message.set_payload(message.get_payload() + (line * (more // len(line) + 1))[:more])
    for _ in range(int(count)):
        base = queue.enqueue(message, **data)
        shutil.copy(f'{directory}/{base}.pck', copies)
    return take_all(queue, clock_name)


if __name__ == '__main__':
    jobs = {'files': files, 'enqueue': enqueue, 'runner': runner, 'take': take}
    if len(sys.argv) < 2 or sys.argv[1] not in jobs:
        sys.exit(__doc__)
    print('%.9f %d' % jobs[sys.argv[1]](*sys.argv[2:]))
