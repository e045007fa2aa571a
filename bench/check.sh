#!/bin/sh
# Measures what bench/ratios.json has bounds for, some two minutes, and compares. For CI and before
# a change that concerns speed; exit status as of check_ratios.py.
#
# usage: bench/check.sh [DIRECTORY OF THE PROGRAMS, else build/bench/bench]
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
# Group commit waits for all that others write to the same disk as well: for a quiet machine alone.
measure enqueue '^enqueue/(ratio/|mailman3/tmpfs)'
"$here/check_ratios.py" "$here/ratios.json" "$runs"/*.json
