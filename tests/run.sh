#!/bin/sh
# Installs what is missing, builds everything and runs all tests; then runs those of the library
# and of the engine again under the address and undefined-behaviour sanitizers, in the time that
# is left of half an hour on two cores. All of them: cmake --build --preset asan, ctest --preset asan.
set -eu

cd "$(dirname "$0")/.."
lists=$(ls sim/packages.txt tests/packages.txt bench/packages.txt)
# shellcheck disable=SC2086  # words are meant to be split
sim/install_packages.sh $lists

jobs=$(nproc)
echo "== release: configuring and building with $jobs jobs"
cmake --preset release
cmake --build --preset release --parallel "$jobs"
echo "== release: testing with $jobs jobs"
ctest --preset release --parallel "$jobs"

folders="core codec hash partition message spool handler runner world engine"
targets=
for folder in $folders; do targets="$targets qslice_tests_$folder"; done
echo "== asan: configuring and building with $jobs jobs"
cmake --preset asan
# shellcheck disable=SC2086
cmake --build --preset asan --parallel "$jobs" --target $targets
echo "== asan: testing with $jobs jobs"
ctest --preset asan --parallel "$jobs" \
    --tests-regex "^($(echo "$folders" | tr ' ' '|')):"
