#!/bin/sh
# search.sh PROGRAM NAME SECONDS FOUND KEPT INPUTS...
#
# Lets libFuzzer search with one target. Inputs that reach new code are kept in the folder KEPT, an
# input that breaks something in FOUND. The last line tells how far it came, and is also in
# FOUND/NAME.txt. Ends with 1 when something was found.
set -eu
program=$1 name=$2 seconds=$3 found=$4 kept=$5
shift 5
mkdir -p "$found" "$kept"
log=$found/$name.log
status=0
"$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$found/$name-" "$kept" "$@" > "$log" 2>&1 || status=1
if [ "$status" -ne 0 ]; then
    tail -n 60 "$log"
fi
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log" | tail -n 1)
echo "fuzz $name: ${runs:-?} executions in $seconds s, ${edges:-?} edges reached, at most ${memory:-?} MB" |
    tee "$found/$name.txt"
exit "$status"
