"""A peer that locks a list as Mailman 2.1's LockFile does, told in our own words: a claim of its own
is linked to the lock's name; the lock's file time is its expiry; the owner is known by the claim's path
in the lock. It breaks a lock whose time is over by the clock slop, without a second look, as Mailman
does.

    mailman_lock.py DIRECTORY IDENTITY ROUNDS SEED [DELAY_S]

Writes the same lines as locker.cpp.
"""
import os
import random
import sys
import time

LIFETIME_S = 1.3
SLOP_S = 0.1
TIMEOUT_S = 1.0


def say(what, now, expiry=0.0):
    print(f"{what} {now:.6f} {expiry:.6f}", flush=True)


class mailman_lock:
    def __init__(self, directory, identity, draw, delay_s):
        self.lock = os.path.join(directory, "users.lock")
        self.claim = f"{self.lock}.{identity}.{os.getpid()}.0"
        self.draw = draw
        self.delay_s = delay_s

    def pause(self):
        if self.delay_s > 0:
            time.sleep(self.draw.expovariate(1 / self.delay_s))

    def touch(self, path):
        self.pause()
        until = time.time() + LIFETIME_S
        try:
            os.utime(path, (until, until))
        except FileNotFoundError:
            pass

    def owner(self):
        self.pause()
        try:
            with open(self.lock) as f:
                return f.read()
        except FileNotFoundError:
            return None

    def expiry(self):
        self.pause()
        try:
            return os.stat(self.lock).st_mtime
        except FileNotFoundError:
            return None

    def break_lock(self):
        self.touch(self.lock)
        winner = self.owner()
        self.pause()
        for path in (self.lock, winner):
            try:
                if path:
                    os.unlink(path)
            except OSError:
                pass

    def acquire(self):
        """The time at which the lock was taken, or None after the timeout."""
        with open(self.claim, "w") as f:
            f.write(self.claim)
        began = time.time()
        while True:
            self.touch(self.claim)
            self.pause()
            try:
                os.link(self.claim, self.lock)
                taken = time.time()
                self.touch(self.lock)
                return taken
            except FileExistsError:
                pass
            if time.time() - began > TIMEOUT_S:
                os.unlink(self.claim)
                return None
            until = self.expiry()
            if until is not None and until + SLOP_S < time.time():
                self.break_lock()
            time.sleep(0.0005 + 0.001 * self.draw.random())

    def release(self):
        if self.owner() == self.claim:
            self.pause()
            try:
                os.unlink(self.lock)
            except FileNotFoundError:
                pass
        try:
            os.unlink(self.claim)
        except FileNotFoundError:
            pass


def main():
    directory, identity, rounds, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    delay_s = float(sys.argv[5]) if len(sys.argv) > 5 else 0.0
    lock = mailman_lock(directory, identity, random.Random(seed), delay_s)
    done = 0
    while done < rounds:
        taken = lock.acquire()
        if taken is None:
            say("T", time.time())
            continue
        done += 1
        say("A", taken, taken + LIFETIME_S)
        time.sleep(delay_s)
        say("R", time.time())
        lock.release()
    print("D 0 0", flush=True)


if __name__ == "__main__":
    main()
