#!/bin/sh
# fuzz.sh [SECONDS [TARGET...]]
#
# Searches for SECONDS (600) with each target, one after the other, with everything instrumented
# (preset fuzz). What it found is in build/fuzz/found; what reaches new code stays in
# build/fuzz/kept for the next time. A finding belongs into tests/fuzz/inputs/TARGET.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
[ $# -eq 0 ] || shift
cmake --preset fuzz
cmake --build --preset fuzz --parallel "$(nproc)" --target qslice_fuzz_targets
if [ $# -eq 0 ]; then
    for program in build/fuzz/tests/fuzz/qslice_fuzz_*; do
        set -- "$@" "${program##*/qslice_fuzz_}"
    done
fi
status=0
for name in "$@"; do
    set -- build/fuzz/tests/fuzz/seeds/"$name"
    [ ! -d tests/fuzz/inputs/"$name" ] || set -- "$@" tests/fuzz/inputs/"$name"
    tests/fuzz/search.sh build/fuzz/tests/fuzz/qslice_fuzz_"$name" "$name" "$seconds" \
        build/fuzz/found build/fuzz/kept/"$name" "$@" || status=1
done
exit "$status"
