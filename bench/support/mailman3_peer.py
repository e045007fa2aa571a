"""Times Mailman 3's own Switchboard; the benchmarks run it as a child process.

Usage: mailman3_peer.py files DIRECTORY SLICE SLICES REPEATS
       mailman3_peer.py enqueue|enqueue_cpu DIRECTORY BYTES COUNT
       mailman3_peer.py runner DIRECTORY BYTES COUNT

Prints one line: the shortest processor time of a repeat (files), or the time for all COUNT entries
(enqueue, by the clock or the processor; runner: one files() and, for each entry, dequeue and finish), in seconds; and the
number of entries.
"""

import sys
import time
from types import SimpleNamespace

from mailman.core import switchboard as module

# What Switchboard reads of Mailman's configuration; there is no site behind this.
module.config = SimpleNamespace(create_paths=False, QFILE_SCHEMA_VERSION=3, switchboards={})

clock = time.perf_counter


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


def enqueue_all(queue, size, count):
    text = text_of(size)
    for _ in range(int(count)):
        queue.enqueue(text, listid='list.example.com', _plaintext=True)


def enqueue(directory, size, count):
    queue = module.Switchboard('bench', directory)
    begin = clock()
    enqueue_all(queue, size, count)
    return clock() - begin, int(count)


def enqueue_cpu(directory, size, count):
    queue = module.Switchboard('bench', directory)
    begin = time.process_time()
    enqueue_all(queue, size, count)
    return time.process_time() - begin, int(count)


def runner(directory, size, count):
    queue = module.Switchboard('bench', directory)
    enqueue_all(queue, size, count)
    begin = clock()
    done = 0
    for base in queue.files:
        queue.dequeue(base)
        queue.finish(base)
        done += 1
    return clock() - begin, done


if __name__ == '__main__':
    jobs = {'files': files, 'enqueue': enqueue, 'enqueue_cpu': enqueue_cpu,
            'runner': runner}
    if len(sys.argv) < 2 or sys.argv[1] not in jobs:
        sys.exit(__doc__)
    print('%.9f %d' % jobs[sys.argv[1]](*sys.argv[2:]))
