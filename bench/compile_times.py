#!/usr/bin/env python3
"""How long do the library's headers and a large topology take to compile, and how much memory?

usage: bench/compile_times.py [--compiler g++] [--turns 3] [--benchmark_out FILE.json]

Compiles in turns, without optimisation and without writing anything: an empty program that includes
all of Boost.Hana, the header of the generic queue, all of qslice.hpp, and topologies with many runner
types, of which each slice is assigned and each runner type asked for its number of slices and its
partition. Prints the least processor time of the turns and the peak memory; `to_hana` is the ratio to
the empty program with Hana, in the same run.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def topology(runners, slices):
    lines = ["#include <qslice/queue/work_queue.hpp>", "#include <qslice/topology/topology.hpp>",
             "#include <array>", "#include <string_view>"]
    for i in range(runners):
        lines.append(
            f"struct r{i} {{ static constexpr std::string_view class_name = \"R{i}Runner\";"
            f" static constexpr std::string_view queue = \"q{i}\";"
            f" static constexpr std::array<std::string_view, 1> flows_to{{\"q{(i + 1) % runners}\"}}; }};")
    lines.append("struct big : qslice::topology<qslice::keyed_spool<>, qslice::runners<"
                 + ", ".join(f"qslice::sliced<r{i}, {slices}>" for i in range(runners))
                 + ">, qslice::machines<"
                 + ", ".join(f'qslice::machine_runs<"mx{k}", qslice::slice_of_each<{k}>>'
                             for k in range(slices)) + ">> {};")
    lines.append(f"static_assert(big::processes.size() == {runners * slices});")
    for i in range(runners):
        lines.append(f"static_assert(big::slice_count<r{i}> == {slices});")
        lines.append(f"auto partition_{i}() {{ return big::partition_of<r{i}>(); }}")
    return "\n".join(lines)


PROGRAMS = {
    "hana": "#include <boost/hana.hpp>",
    "work_queue": "#include <qslice/queue/work_queue.hpp>",
    "qslice": "#include <qslice/qslice.hpp>",
    "topology/5/8": topology(5, 8),
    "topology/50/16": topology(50, 16),
    "topology/200/16": topology(200, 16),
}


def compile_once(compiler, source):
    """@returns processor seconds and peak memory in MB"""
    command = [compiler, "-std=c++20", "-O0", "-fsyntax-only", "-I", ROOT / "include", source]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{compiler} does not compile {source}:\n{said}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--benchmark_out")
    options = parser.parse_args()

    measured = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as directory:
        sources = {}
        for name, text in PROGRAMS.items():
            sources[name] = pathlib.Path(directory, name.replace("/", "_") + ".cpp")
            sources[name].write_text(text + "\nint main() {}\n", "utf-8")
        for _ in range(options.turns):
            for name, source in sources.items():
                measured[name].append(compile_once(options.compiler, source))
    hana = min(measured["hana"])[0]
    rows = []
    print(f"{'':24} {'processor time':>15} {'peak memory':>12} {'to Hana':>8}")
    for name, turns in measured.items():
        seconds = min(turns)[0]
        memory = max(peak for _, peak in turns)
        rows.append({"name": f"compile/{name}/{options.compiler}", "run_type": "iteration",
                     "cpu_time": seconds, "real_time": seconds, "time_unit": "s",
                     "to_hana": seconds / hana, "peak_mb": memory})
        print(f"{name:24} {seconds:13.2f} s {memory:9.0f} MB {seconds / hana:8.1f}")
    if options.benchmark_out:
        pathlib.Path(options.benchmark_out).write_text(
            json.dumps({"context": {"compiler": options.compiler}, "benchmarks": rows}, indent=1),
            "utf-8")


main()
