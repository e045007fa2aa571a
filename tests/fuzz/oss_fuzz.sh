#!/bin/sh
# The build step of OSS-Fuzz: it sets CXX, CXXFLAGS, LIB_FUZZING_ENGINE and OUT, and has installed
# sim/packages.txt and tests/packages.txt. Each target comes with its seeds.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${WORK:-/tmp}/qslice
cmake -S "$root" -B "$build" -G Ninja -D QSLICE_BUILD_BENCH=OFF -D QSLICE_TEST_COMPILING=OFF \
      -D QSLICE_FUZZING_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$build" --target qslice_fuzz_targets
for program in "$build"/tests/fuzz/qslice_fuzz_*; do
    name=${program##*/qslice_fuzz_}
    cp "$program" "$OUT/"
    (cd "$build/tests/fuzz/seeds/$name" && zip -q "$OUT/qslice_fuzz_${name}_seed_corpus.zip" ./*)
done
