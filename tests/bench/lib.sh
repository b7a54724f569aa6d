# shellcheck shell=bash
# lib: what the benchmark cases share.  A case is an executable bash script
# tests/bench/NAME.case:
#
#	#!/usr/bin/env bash
#	# name: what it measures, in one line.
#	. tests/bench/lib.sh
#
#	row 'what is measured' '12 ms' 'peer 15 ms' 0.80 "12 <= 20" 'ms'
#
# It measures a peer, or the limit that nobody gets below, in the same run as
# ours: compare the ratios, not the times of one machine with another's.  It
# has $TMP, processes and lighttpd from tests/e2e/lib.sh.  To add a case, add
# the file; tests/bench/run finds it.

. tests/e2e/lib.sh

BENCH=${TIDEMARK_BENCH:-$ROOT/build/release/tests/bench}

# give_up WHY...: the case cannot be measured.
give_up()
{
	local log

	printf '%s: %s\n' "${0##*/}" "$*" >&2
	for log in "$TMP"/*.log; do
		[ ! -s "$log" ] || tail -n 5 "$log" | sed "s|^|  ${log##*/}: |"
	done >&2
	exit 1
}

# row WHAT MEASURED BESIDE RATIO 'VALUE <= LIMIT' UNIT: one line of the table.
# RATIO: ours to the peer's; '-' where there is none.
row()
{
	local value op limit verdict

	read -r value op limit <<<"$5"
	[ -n "$limit" ] || give_up "$1: nothing measured"
	verdict='NOT REACHED'
	! awk "BEGIN { exit !($value $op $limit) }" || verdict=reached
	printf '%-47s %-14s %-38s %6s  %-12s %s\n' \
		"$1" "$2" "$3" "$4" "$op $limit $6" "$verdict"
}

# calc EXPRESSION [FORMAT]: arithmetic with fractions.
calc()
{
	awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}

# median: of the numbers on stdin, one a line
median()
{
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# least: of the numbers on stdin, one a line
least()
{
	sort -n | head -n 1
}

# write_conf FILE DIR STORE [PROJECT_KEYS [COLLECTION_KEYS]]: project main with
# one collection, things.
write_conf()
{
	cat >"$1" <<-CONF
		{"projects": {"main": {"store": "$3"${4:+, $4},
			"collections": {"things": {"dir": "$2"${5:+, $5}}}}}}
	CONF
}

# watch_until_crawled CONF STORE N: start a watcher and wait for N changes.
watch_until_crawled()
{
	start_watcher -c "$1"
	"$BENCH/ticks" "$2" "$WATCHER" log "$3" >/dev/null ||
		give_up "the watcher has not put $3 files into the log"
}

# milliseconds COMMAND...: sets $ms, its time by the clock.
milliseconds()
{
	local from=$EPOCHREALTIME

	"$@" >>"$TMP/command.log" 2>&1 || give_up "status $? of $*"
	ms=$(calc "(${EPOCHREALTIME/,/.} - ${from/,/.}) * 1000")
}

# serve CONF: lighttpd on $PORT in front of tidemark-fcgi, as hosts set it up
serve()
{
	start_fcgi -c "$1"
	start_lighttpd / "
		var.tidemark_mount = \"/\"
		var.tidemark_www = \"$ROOT/www/\"
		var.tidemark_socket = \"$FCGI_SOCK\"
		include \"$ROOT/conf/lighttpd/tidemark.conf\"
		# fastcgi.server is in there"
}
