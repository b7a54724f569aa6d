#!/bin/sh
# Samples this machine every second into state files below STATE, which a
# watcher follows:
#
#	examples/machine/sample.sh STATE
#
#	machine/{cpu,load,memory,swap}.json  disks/NAME.json  network/NAME.json
#	processes.json  the 20 that need most processor time
set -eu
state=${1:?usage: sample.sh STATE}
mkdir -p "$state/machine" "$state/disks" "$state/network"
cd "${0%/*}"
exec awk -v state="$state" -v ticks="$(getconf CLK_TCK)" \
	-v page="$(getconf PAGESIZE)" -f sample.awk
