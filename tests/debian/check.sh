#!/bin/sh
# Makes the Debian packages of a build, looks at them, and installs and tries them on a fresh
# Debian (tests/fresh_machine.sh) where its minimal system has been made already.
#
# usage: check.sh SOURCE BUILD VERSION
# Exit status: 0; 77 where the packages could not be tried, with a line that says why; else 1.
set -eu

source=$1
build=$2
version=$3
for program in dpkg-deb dpkg-shlibdeps file gzip; do
    command -v "$program" > /dev/null || { echo "skipped: no $program"; exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
expect() {
    case $1 in
        *"$2"*) ;;
        *) echo "expected '$2' in:"; echo "$1"; exit 1 ;;
    esac
}

cpack -G DEB --config "$build/CPackConfig.cmake" -B "$folder/made" > "$folder/log" 2>&1 ||
    { cat "$folder/log"; exit 1; }
mkdir "$folder/brought"
mv "$folder/made"/*.deb "$folder/brought"
headers=$(echo "$folder/brought/libqslice-dev_${version}"-*_all.deb)
simulation=$(echo "$folder/brought/libqslice-sim-dev_${version}"-*.deb)
program=$(echo "$folder/brought/qslice-sim_${version}"-*.deb)
expect "$(dpkg-deb --field "$headers" Depends)" libboost-dev
expect "$(dpkg-deb --field "$headers" Depends)" libssl-dev
expect "$(dpkg-deb --field "$program" Depends)" libgmime-3.0-0
expect "$(dpkg-deb --field "$program" Depends)" tzdata
expect "$(dpkg-deb --field "$simulation" Depends)" libqslice-dev
expect "$(dpkg-deb --field "$simulation" Depends)" libboost-context-dev
expect "$(dpkg-deb --contents "$simulation")" /libqslice-sim.a
expect "$(dpkg-deb --contents "$simulation")" ./usr/share/cmake/qslice/add_simulation.cmake
expect "$(dpkg-deb --contents "$headers")" ./usr/share/doc/libqslice-dev/copyright
expect "$(dpkg-deb --contents "$program")" ./usr/share/doc/qslice-sim/copyright

cp -a "$source/tests/debian/try.sh" "$source/tests/consumer/project/main.cpp" "$folder/brought"
cp -a "$source/tests/consumer/simulating" "$folder/brought/shop"
status=0
"$source/tests/fresh_machine.sh" --cached --bring "$folder/brought" ./try.sh "$version" \
    > "$folder/log" 2>&1 || status=$?
if [ "$status" -eq 125 ] || [ "$status" -eq 77 ]; then
    echo "skipped: the packages were made, but not installed: $(tail -n 1 "$folder/log")"
    exit 77
fi
[ "$status" -eq 0 ] || cat "$folder/log"
exit "$status"
