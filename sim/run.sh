#!/bin/sh
# Installs what is missing, builds qslice-sim and runs it with the given arguments; without any
# it plays the scenario of three machines that share the slices of each queue.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=$root/build/release
log=$root/build/qslice-sim.log
mkdir -p "$root/build"

build_program() {
    # Where the tests have been built, their build is used as it is.
    { [ -f "$build/build.ninja" ] ||
      cmake -S "$root" --preset release -D QSLICE_BUILD_TESTS=OFF -D QSLICE_BUILD_BENCH=OFF \
            -D QSLICE_WITH_MPI=OFF; } &&
        NINJA_STATUS='[%f/%t %e] ' cmake --build "$build" --target qslice-sim --parallel "$(nproc)"
}

# Writes what it reads into the log, and how far ninja's "[STEP/STEPS SECONDS]" say the build is:
# on a terminal as one line that renews itself, otherwise as a line for each fifth of the way.
show_progress() {
    fifth=0
    while IFS= read -r line; do
        printf '%s\n' "$line" >> "$log"
        case $line in
            "["*/*" "*"] "*) ;;
            *) continue ;;
        esac
        line=${line#"["}
        line=${line%%"]"*}
        step=${line%%/*}
        steps=${line#*/}
        steps=${steps%% *}
        seconds=${line##* }
        percent=$((100 * step / steps))
        text="$percent% (step $step of $steps, ${seconds%.*} s)"
        if [ -t 2 ]; then
            printf '\rbuilding qslice-sim: %s\033[K' "$text" >&2
        elif [ $((percent / 20)) -gt "$fifth" ]; then
            fifth=$((percent / 20))
            printf 'building qslice-sim: %s\n' "$text" >&2
        fi
    done
    # The line has done its work.
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

"$here/install_packages.sh" "$here/packages.txt" >&2
echo "building qslice-sim in $build (log: $log)" >&2
: > "$log"
# A pipe's status is its last command's: the build's own comes by a file.
{ build_program 2>&1 || echo failed > "$log.failed"; } | show_progress
if [ -f "$log.failed" ]; then
    rm -f "$log.failed"
    tail -n 40 "$log" >&2
    exit 1
fi
exec "$build/sim/app/qslice-sim" "$@"
