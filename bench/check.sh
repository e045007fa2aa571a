#!/bin/sh
# Measures everything that bench/ratios.json bounds, which takes about two minutes, and compares. For
# CI and before a change that affects speed; exit status as for check_ratios.py.
#
# usage: bench/check.sh [DIRECTORY OF THE PROGRAMS, default build/bench/bench]
set -eu

here=$(dirname "$0")
programs=${1:-$here/../build/bench/bench}
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT

measure() {
    "$programs/qslice_bench_$1" --benchmark_filter="$2" --benchmark_out="$runs/$1.json" \
        > "$runs/$1.txt" 2>&1 || { cat "$runs/$1.txt" >&2; exit 2; }
}
measure hash_slice '^hash_slice/ratio/'
measure files '^files/(ratio|places|mailman3)/tmpfs/(1/|16/)?(100000|1000000)/'
# Group commit also waits for other programs' writes to the same disk: only for a quiet machine.
measure enqueue '^enqueue/(ratio/|mailman3/tmpfs)'
measure objects '^objects/take/tmpfs/'
measure inspect '^inspect/1000000/'
measure logs '^logs/'
"$here/compile_times.py" --benchmark_out "$runs/compile_times.json" > "$runs/compile_times.txt"
"$here/check_ratios.py" "$here/ratios.json" "$runs"/*.json
