#!/bin/sh
# Tries tests/fresh_machine.sh itself, where its minimal system has been made already.
#
# usage: status.sh SOURCE
# Exit status: 0; 77 where no fresh machine can be made, with a line that says why; else 1.
set -u

fresh_machine=$1/tests/fresh_machine.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/a folder"
echo here > "$folder/a folder/file"

# The folder is there as it was, and neither a compiler nor this checkout.
# shellcheck disable=SC2016  # expanded on the fresh machine
output=$("$fresh_machine" --cached --user --bring "$folder/a folder" \
    sh -c 'cat "$1" && id -un && test ! -e /usr/bin/c++ && test ! -e "$2" && exit 7' \
    sh file CMakeLists.txt 2>&1)
status=$?
if [ "$status" -eq 125 ]; then
    echo "skipped: $output"
    exit 77
fi
if [ "$status" -ne 7 ] || [ "$output" != "here
ada" ]; then
    echo "expected 'here', 'ada' and status 7; found status $status and:"
    echo "$output"
    exit 1
fi
output=$("$fresh_machine" --no-such-option 2>&1)
status=$?
if [ "$status" -ne 125 ]; then
    echo "an unknown option: expected status 125, found $status: $output"
    exit 1
fi
