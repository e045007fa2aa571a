#!/bin/sh
# The long run of owned_trial: a minute's SIGSTOP, 200 changes of the number of slices, 100,000
# messages. Takes 10 minutes.
#
# long.sh PROGRAM [DIRECTORY]
set -eu
program=$1
directory=${2:-/dev/shm/qslice-owned-trial}
"$program" --directory "$directory" --messages 100000 --seconds 560 --changes 200 --kills 6 --stops 4 \
    --stop-seconds 60 --takeover 10
