#!/bin/sh
# tests/run.sh          installs what is missing, builds everything and runs all tests: optimised by
#                       GCC, and then by Clang under the address and undefined-behaviour sanitizers
# tests/run.sh --quick  for every day: builds not optimised by Clang and runs the fast tests
set -eu

cd "$(dirname "$0")/.."
presets='release asan'
leave_out=
lists=$(ls sim/packages.txt tests/packages.txt bench/packages.txt)
case "${1-}" in
    '') ;;
    --quick) presets=quick leave_out='-LE ^slow$' lists='sim/packages.txt tests/packages.txt' ;;
    *) sed -n '2,4s/^# //p' "$0" >&2 && exit 2 ;;
esac
# shellcheck disable=SC2086  # words are meant to be split
sim/install_packages.sh $lists

jobs=$(nproc)
# Many tests wait for processes, locks, packages or Mailman most of their time.
test_jobs=$((jobs + 4))
logs=
for preset in $presets; do
    echo "== $preset: configuring and building with $jobs jobs"
    cmake --preset "$preset"
    cmake --build --preset "$preset" --parallel "$jobs"
    echo "== $preset: testing with $test_jobs jobs"
    # shellcheck disable=SC2086
    ctest --preset "$preset" $leave_out --parallel "$test_jobs" --output-log "$PWD/build/$preset/tests.log"
    logs="$logs build/$preset/tests.log"
done
case $presets in *asan*) cat build/asan/tests/fuzz/found/*.txt ;; esac
# Repeats the results of ctest at the end, where one looks for them.
echo "== $presets: passed"
# shellcheck disable=SC2086
grep -h '% tests passed' $logs
