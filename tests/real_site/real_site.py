#!/usr/bin/env python3
"""The three machines of the scenario three-machines as real processes on one spool of real files.

    real_site.py kills PROCESS [--kills N] [--seconds S] [--rate R]
    real_site.py record PROCESS QSLICE_SIM [--kills N]
    real_site.py compare PROCESS QSLICE_SIM [--posts N] [--rate R]
    real_site.py compare-kills PROCESS QSLICE_SIM [--posts N] [--rate R] [--kills N] [--gap S]

`kills` kills runners at random while posts arrive and restarts each at once, until it has made that many
kills or the time is over. Then every accepted post has to be delivered and archived, or kept in bad/, and
each delivery beyond a post's first has to be explained by a kill of a process that had the post in hand.

`record` does the same, and has qslice-sim check the records of the processes: what they say has to agree
with what happened, and a record in which one delivery was struck out has to fail with that post's story.

`compare` plays a stream of posts in real time on machines whose clocks differ, with given service
times, and compares what happened with replications of the same scenario and stream by qslice-sim. It
ends with 1 if a figure is outside its interval; all are inside in 999 of 1,000 runs that are as foretold.

`compare-kills` does the same while runners are killed at times that are given to both, and compares what
was repeated and what was kept in bad/.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import hashlib
import json
import math
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

RUNNERS = ["IncomingRunner", "ArchRunner", "OutgoingRunner"]
QUEUES = ["in", "archive", "out", "virgin", "retry", "bounces", "held", "shunt", "bad"]
MACHINES = [("machine1", 0.0), ("machine2", 0.25), ("machine3", -0.15)]
event = collections.namedtuple("event", "kind time pid queue post")


class real_site:
    def __init__(self, process, directory, service_times):
        self.process = process
        self.root = pathlib.Path(directory) / "var"
        self.log = pathlib.Path(directory) / "events"
        self.errors = open(pathlib.Path(directory) / "errors", "w+b")
        self.service_times = [str(t) for t in service_times]
        for queue in QUEUES:
            (self.root / "qfiles" / queue).mkdir(parents=True)
        for folder in ("locks", "lists", "calls"):
            (self.root / folder).mkdir()
        self.started = 0
        self.running = {}
        self.born = {}

    def start(self, machine, runner):
        name, offset = MACHINES[machine]
        self.started += 1
        words = [self.process, str(self.root), name, str(offset), str(self.log), runner,
                 str(self.started), *self.service_times]
        self.running[machine, runner] = subprocess.Popen(words, stderr=self.errors)
        self.born[machine, runner] = time.monotonic()

    def start_all(self):
        for machine in range(len(MACHINES)):
            for runner in RUNNERS:
                self.start(machine, f"{runner}:{machine}:{len(MACHINES)}")

    def poster(self, machine):
        name, offset = MACHINES[machine]
        return subprocess.Popen([self.process, str(self.root), name, str(offset), str(self.log), "post",
                                 "1"], stdin=subprocess.PIPE, stderr=self.errors)

    def waiting(self):
        return sum(name.endswith((".pck", ".bak")) for queue in QUEUES[:6]
                   for name in os.listdir(self.root / "qfiles" / queue))

    def wait_until_idle(self, seconds):
        end = time.monotonic() + seconds
        while self.waiting():
            if time.monotonic() > end:
                sys.exit(f"real_site: {self.waiting()} entries still wait after {seconds} s\n" +
                         self.error_text())
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        for child in self.running.values():
            child.kill()
            child.wait()

    def stop(self):
        for child in self.running.values():
            child.terminate()
        for child in self.running.values():
            if child.wait(30) != 0:
                sys.exit(f"real_site: a runner ended with {child.returncode}\n" + self.error_text())

    def error_text(self):
        self.errors.seek(0)
        return self.errors.read()[-4000:].decode(errors="replace")

    def events(self):
        for line in open(self.log):
            kind, when, pid, queue, post = line.split()
            yield event(kind, float(when), int(pid), queue, int(post))


def scratch():
    where = "/dev/shm" if os.path.isdir("/dev/shm") else None
    return tempfile.TemporaryDirectory(prefix="qslice-real-", dir=where)


# ---- kills --------------------------------------------------------------------------------------

MOST_WAITING = 200


def kills(a, examine=lambda site: 0):
    draw = random.Random(a.seed)
    with scratch() as directory, contextlib.ExitStack() as in_this:
        site = in_this.enter_context(real_site(a.process, directory, [0.002, 0.005, 0.01]))
        site.start_all()
        poster = site.poster(0)
        began = time.monotonic()
        killed = []
        posts = 0
        while len(killed) < a.kills and time.monotonic() - began < a.seconds:
            while posts < (time.monotonic() - began) * a.rate and site.waiting() < MOST_WAITING:
                posts += 1
                poster.stdin.write(f"0 list{posts % 4} {posts}\n".encode())
            poster.stdin.flush()
            # One that has not begun to work would be killed for nothing.
            alive = [k for k in site.running if time.monotonic() - site.born[k] > 0.03]
            if not alive:
                time.sleep(0.002)
                continue
            key = draw.choice(alive)
            victim = site.running[key]
            victim.kill()
            if victim.wait() != -signal.SIGKILL:
                sys.exit(f"real_site: a runner ended by itself with {victim.returncode}\n" +
                         site.error_text())
            killed.append(victim.pid)
            site.start(*key)
            time.sleep(draw.expovariate(1 / a.gap))
        seconds = time.monotonic() - began
        poster.stdin.close()
        if poster.wait(60) != 0:
            sys.exit("real_site: posting failed\n" + site.error_text())
        site.wait_until_idle(120)
        site.stop()
        return judge(site, killed, posts, seconds) or examine(site)


def kept_in_bad(site):
    """The numbers of the posts."""
    kept = set()
    for path in (site.root / "qfiles/bad").iterdir():
        kept.add(int(path.read_bytes().split(b"Subject: ")[1].split(b"\\n")[0].split(b"\n")[0]))
    return kept


def judge(site, killed, posts, seconds):
    done = {"D": collections.Counter(), "A": collections.Counter()}
    accepted = set()
    last = {}
    for e in site.events():
        if e.kind == "P":
            accepted.add(e.post)
        elif e.kind == "H":
            last[e.pid] = (e.queue, e.post)
        else:
            done[e.kind][e.post] += 1
    in_hand = collections.Counter(last[pid] for pid in killed if pid in last)
    kept = kept_in_bad(site)
    lost = [p for p in accepted if p not in kept and not (done["D"][p] and done["A"][p])]
    repeated = unexplained = 0
    for kind, queue in (("D", "out"), ("A", "archive")):
        for post, times in done[kind].items():
            if times < 2:
                continue
            repeated += times - 1
            # A kill in in/ repeats both effects, one in the queue of the effect this one.
            if times - 1 > in_hand[queue, post] + in_hand["in", post]:
                unexplained += 1
                print(f"post {post}: {times} times {kind}, "
                      f"{in_hand[queue, post] + in_hand['in', post]} kills with it in hand")
    print(f"{len(killed):,} kills in {seconds:.0f} s, {len(accepted):,} of {posts:,} posts accepted: "
          f"{len(lost)} lost, {len(kept)} kept in bad/, {repeated:,} effects repeated, "
          f"{unexplained} of them not explained by a kill")
    for post in lost[:10]:
        print(f"lost: post {post}")
    return 1 if lost or unexplained or len(accepted) != posts else 0


# ---- record -------------------------------------------------------------------------------------


def check(sim, calls, *options):
    done = subprocess.run([sim, "check", str(calls), *options], capture_output=True, text=True)
    if done.returncode == 2:
        sys.exit(f"real_site: {done.stderr}")
    return done


def record(a):
    def examine(site):
        calls = site.root / "calls"
        (calls / "site.toml").write_text(
            'require = ["guarantee.conservation = 1", "guarantee.at_least_once = 1"]\n' +
            site_text({"list_load": 0, "archive": 0, "delivery": 0}))
        checked = check(a.sim, calls, "--json")
        found = json.loads(checked.stdout)
        seen = collections.Counter(e.kind for e in site.events())
        measures = found["measures"]
        wrong = []
        kept = len(list((site.root / "qfiles/bad").iterdir()))
        for what, name in (("D", "deliveries.count"), ("A", "archivings.count")):
            if abs(measures[name]["value"] - seen[what]) > 0:
                wrong.append(f"{name} is {measures[name]['value']}, and {seen[what]} happened")
        if found["run"]["posts"] != seen["P"]:
            wrong.append(f"{found['run']['posts']} posts, and {seen['P']} were accepted")
        if kept == 0 and checked.returncode != 0:
            wrong.append("the verdict is: " + check(a.sim, calls, "--quiet").stdout)
        print(f"the record tells of {found['run']['posts']} posts, "
              f"{measures['deliveries.count']['value']:.0f} deliveries, "
              f"{sum(p['crashed'] for p in found['processes'])} of {len(found['processes'])} runners "
              f"were killed at least once")
        struck = strike_out_a_delivery(calls)
        doctored = check(a.sim, calls, "--quiet")
        if doctored.returncode != 1 or "PROBLEM" not in doctored.stdout:
            wrong.append(f"without the delivery of {struck} the verdict is: {doctored.stdout}")
        else:
            print(f"without the delivery of {struck}: {doctored.stdout.strip()}")
        for line in wrong:
            print(f"wrong: {line}")
        return 1 if wrong else 0

    return kills(a, examine)


def strike_out_a_delivery(calls):
    """Of a post that was delivered once."""
    times = collections.Counter()
    for path in calls.glob("*.calls"):
        times.update(l.split("\t")[2] for l in path.read_text().split("\n") if l.startswith("D\t"))
    once = next(post for post, n in sorted(times.items()) if n == 1)
    for path in calls.glob("*.calls"):
        lines = path.read_text().split("\n")
        kept = [l for l in lines if not (l.startswith("D\t") and l.split("\t")[2] == once)]
        if len(kept) < len(lines):
            path.write_text("\n".join(kept))
            return once
    return None


# ---- compare ------------------------------------------------------------------------------------

SCENARIO = """\
name = "real-site"
drain = "10min"
[policy]
format = "mailman21"
hash = "mailman21"
order = "mailman"
list_locks = "mailman"
[storage]
kind = "memory"
[lists]
members = 2
digest_members = 0
[services]
list_load = "{list_load}s"
archive = "{archive}s"
delivery = "{delivery}s"
delivery_per_recipient = "0s"
"""

TRACE = """\
[stream]
kind = "trace"
path = "posts.csv"
posts = 0
"""


def site_text(times):
    text = SCENARIO.format(**times)
    for i, (machine, offset) in enumerate(MACHINES):
        text += (f'[[machine]]\nname = "{machine}"\nclock.offset = "{offset}s"\n'
                 f'runners = [{", ".join(json.dumps(f"{r}:{i}:3") for r in RUNNERS)}]\n')
    return text


def figures_of_run(document):
    m = {name: value["value"] for name, value in document["measures"].items()}
    found = {name: m[name] for name in FIGURES[:-1]}
    # By Little's law: the time average of the backlog is that of the waits, over the run.
    run = document["run"]
    found["wait in in/"] = m["backlog.in.mean"] * run["duration_s"] / run["posts"]
    return found


FIGURES = ["fifo.global.inversions", "fifo.list.inversions", "latency.mean", "latency.p50",
           "latency.p99", "deliveries.duplicates", "wait in in/"]


def inversions(times):
    """Pairs in the wrong order, ties not counted."""
    return sum(b < a for i, a in enumerate(times) for b in times[i + 1:])


def real_figures(site, arrivals):
    accepted, delivered, taken = {}, {}, {}
    split = collections.Counter()
    deliveries = 0
    pids = {child.pid: key[0] for key, child in site.running.items()}
    for e in site.events():
        if e.kind == "P":
            accepted[e.post] = e.time
        elif e.kind == "H":
            split[e.queue, pids[e.pid]] += 1
            taken.setdefault((e.queue, e.post), e.time)
        elif e.kind == "D":
            delivered.setdefault(e.post, e.time)
            deliveries += 1
    posts = sorted(accepted, key=lambda p: arrivals[p][0])
    by_list = collections.defaultdict(list)
    for p in posts:
        by_list[arrivals[p][1]].append(delivered[p])
    latency = sorted(delivered[p] - accepted[p] for p in posts)
    at = lambda share: latency[min(len(latency) - 1, math.ceil(share * len(latency)) - 1)]
    return {"fifo.global.inversions": inversions([delivered[p] for p in posts]),
            "fifo.list.inversions": sum(inversions(times) for times in by_list.values()),
            "latency.mean": statistics.mean(latency), "latency.p50": at(0.5), "latency.p99": at(0.99),
            "deliveries.duplicates": deliveries - len(delivered),
            "wait in in/": statistics.mean(taken["in", p] - accepted[p] for p in posts),
            "delivered": len(delivered)}, split


RUNNER_OF = {"in": "IncomingRunner", "archive": "ArchRunner", "out": "OutgoingRunner"}


# So wide that all figures together are inside in 999 of 1,000 runs that are as foretold: Student's t
# for 20 replications, and the normal deviate for counts, each at 0.001 / 16.
REPLICATIONS = 20
T_OF_20_RUNS = 5.0
DEVIATE = 4.0


def interval(values):
    """In which a further run is expected."""
    half = T_OF_20_RUNS * statistics.stdev(values) * math.sqrt(1 + 1 / len(values))
    return statistics.mean(values) - half, statistics.mean(values) + half


def run_document(sim, folder, seed):
    done = subprocess.run([sim, "run", "site.toml", "--seed", str(seed), "--json"], cwd=folder,
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"real_site: {done.stderr}")
    return json.loads(done.stdout)


def simulate(sim, folder, seed):
    return figures_of_run(run_document(sim, folder, seed))


def replications(of_seed):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(of_seed, range(1, REPLICATIONS + 1)))


SERVICE_TIMES = {"list_load": 0.002, "archive": 0.005, "delivery": 0.01}
# The scenario's list locks are Mailman's, which load a list again under its lock and save it.
REAL_TIMES = [*SERVICE_TIMES.values(), SERVICE_TIMES["list_load"]]


def write_stream(folder, draw, posts, rate):
    """Writes posts.csv; returns when each post arrives, and for which list."""
    arrivals = {}
    at = 0.0
    for post in range(1, posts + 1):
        at += draw.expovariate(rate)
        arrivals[post] = (at, f"list{draw.randrange(8)}")
    name = lambda text: hashlib.sha1(text.encode()).hexdigest()[:16]
    with open(folder / "posts.csv", "w") as out:
        out.write("arrival_epoch_s,list,size_bytes,message_id_sha1,in_reply_to_sha1,sender_sha1\n")
        for post, (when, of) in arrivals.items():
            out.write(f"{1_400_000_000 + when:.6f},{of},500,{name(f'p{post}')},,{name('s')}\n")
    return arrivals


def post_all(site, arrivals, start):
    """The processes that put each post into in/ at its time."""
    posters = [site.poster(m) for m in range(len(MACHINES))]
    for post, (when, of) in arrivals.items():
        posters[post % 3].stdin.write(f"{start + when:.6f} {of} {post}\n".encode())
    for p in posters:
        p.stdin.close()
    return posters


def wait_for(site, posters):
    for p in posters:
        if p.wait() != 0:
            sys.exit("real_site: posting failed\n" + site.error_text())
    site.wait_until_idle(120)
    site.stop()


def compare(a):
    draw = random.Random(a.seed)
    with scratch() as directory, contextlib.ExitStack() as in_this:
        folder = pathlib.Path(directory)
        arrivals = write_stream(folder, draw, a.posts, a.rate)
        (folder / "site.toml").write_text(site_text(SERVICE_TIMES) + TRACE)
        foretold = replications(lambda seed: simulate(a.sim, folder, seed))
        site = in_this.enter_context(real_site(a.process, directory, REAL_TIMES))
        site.start_all()
        time.sleep(1.5)
        start = time.time() + 0.5
        wait_for(site, post_all(site, arrivals, start))
        seen, split = real_figures(site, arrivals)
    return report(a.posts, foretold, seen, split)


# ---- compare-kills ------------------------------------------------------------------------------

# From a kill to the next look of the real runner, about.
RESTART_S = 0.03

KILLS_FIGURES = ["deliveries repeated", "archivings repeated", "kept in bad/", "lost"]


def faults_text(kills_at):
    text = ""
    for when, machine, runner in kills_at:
        text += (f'[[fault]]\nkind = "crash_process"\nat = "{when:.6f}s"\n'
                 f'machine = "{MACHINES[machine][0]}"\nprocess = "{runner}"\n')
    return text


def simulate_kills(sim, folder, seed):
    m = {name: value["value"] for name, value in run_document(sim, folder, seed)["measures"].items()}
    return {"deliveries repeated": m["deliveries.duplicates"] / 2,  # a list has two members
            "archivings repeated": m["archivings.duplicates"],
            "kept in bad/": m["conservation.preserved"], "lost": m["conservation.lost"],
            "kills": m["crashes.count"]}


def compare_kills(a):
    draw = random.Random(a.seed)
    kills_at = []
    when = 0.0
    for _ in range(a.kills):
        when += draw.expovariate(1 / a.gap)
        machine = draw.randrange(len(MACHINES))
        kills_at.append((when, machine, f"{draw.choice(RUNNERS)}:{machine}:{len(MACHINES)}"))
    with scratch() as directory, contextlib.ExitStack() as in_this:
        folder = pathlib.Path(directory)
        arrivals = write_stream(folder, draw, a.posts, a.rate)
        head = f'restart_limit = 1000000\nrestart_after = "{RESTART_S}s"\n'
        (folder / "site.toml").write_text(head + site_text(SERVICE_TIMES) + TRACE + faults_text(kills_at))
        foretold = replications(lambda seed: simulate_kills(a.sim, folder, seed))
        site = in_this.enter_context(real_site(a.process, directory, REAL_TIMES))
        site.start_all()
        time.sleep(1.5)
        start = time.time() + 0.5
        posters = post_all(site, arrivals, start)
        killed = 0
        for when, machine, runner in kills_at:
            time.sleep(max(0.0, start + arrivals[1][0] + when - time.time()))
            # As in the simulation, one that has not begun to work is not killed.
            if time.monotonic() - site.born[machine, runner] < RESTART_S:
                continue
            victim = site.running[machine, runner]
            victim.kill()
            if victim.wait() != -signal.SIGKILL:
                sys.exit(f"real_site: a runner ended by itself with {victim.returncode}\n" +
                         site.error_text())
            killed += 1
            site.start(machine, runner)
        wait_for(site, posters)
        done = {"D": collections.Counter(), "A": collections.Counter()}
        for e in site.events():
            if e.kind in done:
                done[e.kind][e.post] += 1
        kept = kept_in_bad(site)
    seen = {"deliveries repeated": done["D"].total() - len(done["D"]),
            "archivings repeated": done["A"].total() - len(done["A"]), "kept in bad/": len(kept),
            "lost": sum(p not in kept and not (done["D"][p] and done["A"][p]) for p in arrivals)}
    print(f"{killed} kills, and {statistics.mean(f['kills'] for f in foretold):.0f} in the simulation")
    print("| figure | foretold | mean | real | |\n|---|---|---|---|---|")
    wrong = 0
    for figure in KILLS_FIGURES:
        values = [f[figure] for f in foretold]
        low, high = interval(values)
        inside = max(low, 0) <= seen[figure] <= high
        wrong += not inside
        print(f"| {figure} | {max(low, 0):.4g} to {high:.4g} | {statistics.mean(values):.4g} "
              f"| {seen[figure]} | {'' if inside else 'outside'} |")
    print(f"{'all figures are inside' if not wrong else f'{wrong} figures are outside'}")
    return 1 if wrong else 0


def report(posts, foretold, seen, split):
    wrong = 0
    print("| figure | foretold | real | |\n|---|---|---|---|")
    for figure in FIGURES:
        low, high = interval([f[figure] for f in foretold])
        low = max(low, 0)
        inside = low <= seen[figure] <= high
        wrong += not inside
        print(f"| {figure} | {low:.4g} to {high:.4g} | {seen[figure]:.4g} | "
              f"{'' if inside else 'outside'} |")
    third = posts / 3
    half = DEVIATE * math.sqrt(posts * (1 / 3) * (2 / 3))
    for queue in RUNNER_OF:
        for machine in range(3):
            count = split[queue, machine]
            inside = abs(count - third) <= half
            wrong += not inside
            print(f"| entries of {queue} on {MACHINES[machine][0]} | {third - half:.0f} to "
                  f"{third + half:.0f} | {count} | {'' if inside else 'outside'} |")
    if seen["delivered"] != posts:
        print(f"delivered: {seen['delivered']} of {posts} posts")
        wrong += 1
    print(f"{'all figures are inside' if not wrong else f'{wrong} figures are outside'}")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kills", "record", "compare", "compare-kills"])
    parser.add_argument("process")
    parser.add_argument("sim", nargs="?")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=3600, help="end of the kills (default 3600)")
    parser.add_argument("--gap", type=float, default=0.01, help="mean time between kills (default 0.01)")
    parser.add_argument("--rate", type=float, default=50, help="posts per second (default 50)")
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    a.process = os.path.abspath(a.process)
    a.sim = a.sim and os.path.abspath(a.sim)
    if a.what == "kills":
        return kills(a)
    if a.sim is None:
        parser.error("expected QSLICE_SIM")
    return {"record": record, "compare": compare, "compare-kills": compare_kills}[a.what](a)


if __name__ == "__main__":
    sys.exit(main())
