#!/usr/bin/env python3
"""Lets real processes take one list's lock on real files, and looks whether two ever held it at once.

    rounds.py LOCKER [--rounds N] [--processes N] [--mailman N] [--crashes N] [--late N] [--delay S]
              [--directory DIR] [--seed N]

LOCKER is the program of locker.cpp. --mailman adds peers that lock as Mailman 2.1 does; they break a
stale lock without a second look, so that nobody can be safe from them then: give --crashes and --late
without them. A holder counts until it begins to release, crashes, or its lock may be ended by others.
Ends with 1 if two held the lock, and names them.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import threading


def run_locker(command, log, crashed):
    """Runs a process again and again until it has done its rounds, as a master does."""
    left = int(command[3])
    seed = int(command[4])
    while left > 0:
        words = [*command[:3], str(left), str(seed), *command[5:]]
        before = log.stat().st_size if log.exists() else 0
        with open(log, "ab") as out:
            status = subprocess.run(words, stdout=out).returncode
        with open(log) as f:
            f.seek(before)
            left -= sum(line.startswith("A ") for line in f)
        if status == 0:
            return
        if status != 9:
            sys.exit(f"rounds: {' '.join(words)} ended with {status}")
        crashed.append(1)
        seed += 1


def holdings(log):
    """[(from, until, was_late)] of one process's log."""
    found = []
    began = expiry = None
    for line in open(log):
        what, time, until = line.split()
        if what == "A":
            began, expiry = float(time), float(until)
        elif what in "RC" and began is not None:
            found.append((began, min(float(time), expiry), float(time) > expiry))
            began = None
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("locker")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--mailman", type=int, default=0)
    parser.add_argument("--crashes", type=int, default=0, metavar="ONE_IN")
    parser.add_argument("--late", type=int, default=0, metavar="ONE_IN")
    parser.add_argument("--delay", type=float, default=0.0002)
    parser.add_argument("--directory", default=None)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    where = a.directory or ("/dev/shm" if os.path.isdir("/dev/shm") else None)
    with tempfile.TemporaryDirectory(prefix="qslice-locks-", dir=where) as made:
        locks = pathlib.Path(made) / "locks"
        locks.mkdir()
        total = a.processes + a.mailman
        each = (a.rounds + total - 1) // total
        crashed = []
        threads = []
        logs = {}
        for i in range(total):
            ours = i < a.processes
            name = f"mx{i}/runner" if ours else f"mailman{i}"
            words = [a.locker] if ours else [
                sys.executable, str(pathlib.Path(__file__).parent / "mailman_lock.py")]
            command = [*words, str(locks), name, str(each), str(a.seed + 1_000_000 * i), str(a.delay)]
            if ours:
                command += [str(a.crashes), str(a.late)]
            else:
                command = ["env", *command]
            logs[name] = pathlib.Path(made) / f"log{i}"
            if ours:
                threads.append(threading.Thread(target=run_locker,
                                                args=(command, logs[name], crashed)))
            else:
                out = open(logs[name], "wb")
                threads.append(threading.Thread(
                    target=lambda c=command, o=out: subprocess.run(c, stdout=o, check=True)))
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        unfinished = [n for n, log in logs.items() if not log.read_text().endswith("D 0 0\n")]
        if unfinished:
            sys.exit(f"rounds: not all rounds were done by {', '.join(unfinished)}")
        held = sorted((*h, name) for name, log in logs.items() for h in holdings(log))
        doubles = [(x, y) for x, y in zip(held, held[1:]) if y[0] < x[1]]
        late = sum(h[2] for h in held)
        left = sorted(p.name for p in locks.iterdir())
        print(f"{len(held):,} holders ({total} processes, {a.mailman} of them as Mailman), "
              f"{len(crashed):,} crashes, {late:,} late: {len(doubles)} held the lock with another; "
              f"{len(left)} files left")
        for x, y in doubles[:10]:
            print(f"  {x[3]} {x[0]:.6f} to {x[1]:.6f}, and {y[3]} from {y[0]:.6f}")
    return 1 if doubles else 0


if __name__ == "__main__":
    sys.exit(main())
