#!/bin/sh
# Installs what is missing, builds qslice-sim and runs it with the given arguments; without any
# it plays the scenario of three machines that share the slices of each queue.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=$root/build/release
log=$root/build/qslice-sim.log
mkdir -p "$root/build"

"$here/install_packages.sh" "$here/packages.txt" >&2
echo "building qslice-sim in $build (log: $log)" >&2
# Where the tests have been built, their build is used as it is.
if ! (cd "$root" &&
      { [ -f "$build/build.ninja" ] ||
        cmake --preset release -D QSLICE_BUILD_TESTS=OFF -D QSLICE_BUILD_BENCH=OFF \
              -D QSLICE_WITH_MPI=OFF; } &&
      cmake --build "$build" --target qslice-sim --parallel "$(nproc)") > "$log" 2>&1; then
    tail -n 40 "$log" >&2
    exit 1
fi
exec "$build/sim/app/qslice-sim" "$@"
