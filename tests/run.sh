#!/bin/sh
# Installs what is missing, builds everything and runs all tests: optimised by GCC, and then by
# Clang under the address and undefined-behaviour sanitizers.
set -eu

cd "$(dirname "$0")/.."
lists=$(ls sim/packages.txt tests/packages.txt bench/packages.txt)
# shellcheck disable=SC2086  # words are meant to be split
sim/install_packages.sh $lists

jobs=$(nproc)
ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-16
export ASAN_SYMBOLIZER_PATH
for preset in release asan; do
    echo "== $preset: configuring and building with $jobs jobs"
    cmake --preset "$preset"
    cmake --build --preset "$preset" --parallel "$jobs"
    echo "== $preset: testing with $jobs jobs"
    ctest --preset "$preset" --parallel "$jobs" --output-log "$PWD/build/$preset/tests.log"
done
# Repeats the results of ctest at the end, where one looks for them.
echo "== release and asan: passed"
grep -h '% tests passed' build/release/tests.log build/asan/tests.log
