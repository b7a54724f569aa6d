# shellcheck shell=bash disable=SC2034,SC2016 # wait_until evaluates its text
# lib: what the tests of faults share.  Each makes one kind of fault really
# happen to the real programs, and asks what is served meanwhile, what health
# says, and whether in the end the store and every client that follows
# (clients.js) know exactly what is in the files.
#
#	#!/usr/bin/env bash
#	. tests/fault/lib.sh
#
#	serve                     # watcher, two workers, clients
#	produce                   # files change all the time
#	…                         # the fault
#	produce_no_more
#	converges 'after this'    # the store and all clients equal the files
#	done_testing
#
# FAULT_ROUNDS says how often what is random is repeated.

. tests/e2e/lib.sh
. tests/e2e/watch.sh

WAIT_SECONDS=${FAULT_WAIT:-60}
ROUNDS=${FAULT_ROUNDS:-10}
DB=$TMP/db
STORE=$DB/main.db
CONFIG=$TMP/tidemark.json
mkdir -p "$STATE/jobs" "$STATE/notes"

# configure INTERVAL_MS
configure()
{
	cat >"$CONFIG" <<-JSON
		{"projects": {"main": {"store": "db/main.db", "collections": {
		  "jobs": {"dir": "state/jobs", "interval_ms": $1},
		  "notes": {"dir": "state/notes", "interval_ms": $1}}}}}
	JSON
}
configure 200

# What a command is put behind to mount what it likes; empty: nobody may.
NAMESPACE=()
if unshare -m true 2>/dev/null; then
	NAMESPACE=(unshare -m)
elif unshare -rm true 2>/dev/null; then
	NAMESPACE=(unshare -rm)
fi

# in_namespace: what the test mounts, it alone sees.  To be called first.
in_namespace()
{
	[ ${#NAMESPACE[@]} -gt 0 ] || skip_all 'no mount namespaces here'
	[ -z "${FAULT_INSIDE:-}" ] || return 0
	rm -rf "$TMP"
	FAULT_INSIDE=1 exec "${NAMESPACE[@]}" "$0"
}

# disk DIR SIZE: a file system of its own
declare -a disks=()
disk()
{
	mkdir -p "$1"
	mount -t tmpfs -o "size=$2" tmpfs "$1" || bail_out "mount $1"
	disks+=("$1")
	trap 'umount -l "${disks[@]}" 2>/dev/null; cleanup' EXIT
}

# --- the programs --------------------------------------------------------------

# watch: the watcher
watch()
{
	start_watcher -c "$CONFIG"
}

# answer: the daemon, with two workers
answer()
{
	start_fcgi -c "$CONFIG" --workers 2
}

# workers: their pids
workers()
{
	cat "/proc/$FCGI/task/$FCGI/children" 2>/dev/null
}

# serve: all of it, and clients
serve()
{
	watch
	answer
	follow_all
}

# killed PID...: by SIGKILL; who is a child of ours is reaped
killed()
{
	local pid

	kill -KILL "$@" 2>/dev/null
	for pid in "$@"; do
		[ -n "${running[$pid]:-}" ] || continue
		unset "running[$pid]"
		wait "$pid" 2>/dev/null
	done
}

# kill_daemon: its workers, too
kill_daemon()
{
	local pids pid

	pids=$(workers)
	# shellcheck disable=SC2086
	killed "$FCGI" $pids
	for pid in $pids; do
		wait_until "! is_alive $pid"
	done
}

# --- who follows, and who writes -----------------------------------------------

# follow_all: begin to follow
follow_all()
{
	coproc CLIENTS { exec node tests/fault/clients.js "$FCGI_SOCK" "$STATE" \
		2>"$TMP/clients.log"; }
	SPAWNED=$CLIENTS_PID
	running[$SPAWNED]=clients
	exec 7<&"${CLIENTS[0]}" 8>&"${CLIENTS[1]}"
}

# ask_clients COMMAND: what they answer
ask_clients()
{
	local line=

	echo "$1" >&8
	read -r -t 120 line <&7 || line="no answer: $(cat "$TMP/clients.log")"
	printf '%s\n' "$line"
}

# produce: files change until produce_no_more
produce()
{
	spawn producer node tests/fault/producer.js "$STATE"
	PRODUCER=$SPAWNED
}

produce_no_more()
{
	stop "$PRODUCER"
}

# --- what is asked ---------------------------------------------------------------

# converges WHEN: the store and all clients come to know what is in the files,
# and no promise was broken on the way.  Sets $TALLY (clients.js).
converges()
{
	is "$(ask_clients agree)" ok "$1 all know what is in the files"
	TALLY=$(ask_clients tally)
	is "$(json d.faults <<<"$TALLY")" '[]' 'and no promise was broken'
	is "$(sql 'PRAGMA integrity_check')" ok 'the database is whole'
	is "$(log_faults)" 0 'and its log is in order'
}

# tally EXPRESSION: of what the clients saw until they converged
tally()
{
	json "$1" <<<"$TALLY"
}

# log_faults: changes that do not follow the one before them, or bring back
# what an entity was before (producer.js)
log_faults()
{
	sql "SELECT
	  (SELECT count(*) FROM change c LEFT JOIN change p ON p.seq = c.prev
	    WHERE c.prev != 0 AND c.prev > (SELECT v FROM meta WHERE k = 'floor')
	    AND (p.eid IS NOT c.eid OR (c.op = 1) != (p.op = 4))) +
	  (SELECT max(seq) - min(seq) + 1 - count(*) FROM change WHERE seq >
	    (SELECT v FROM meta WHERE k = 'floor')) +
	  (SELECT count(*) FROM (SELECT n, lag(n) OVER
	    (PARTITION BY eid ORDER BY seq) AS was
	    FROM (SELECT eid, seq, json_extract(patch, '\$[0].value') AS n
	      FROM change WHERE op = 3 AND seq >
	      (SELECT v FROM meta WHERE k = 'floor')))
	    WHERE n <= was)"
}

epoch()
{
	sql "SELECT printf('%016x', v) FROM meta WHERE k = 'epoch'"
}

# is_beyond SEQ: has the log come so far?
is_beyond()
{
	local now

	now=$(head_seq)
	[ "${now:-0}" -gt "$1" ]
}

# goes_on: changes are recorded
goes_on()
{
	local seq

	seq=$(head_seq)
	wait_until "is_beyond ${seq:-0}"
}

# health EXPRESSION: of the answer d and its checks c
health()
{
	get -b /api/v1/health 2>/dev/null |
		json "(() => { const c = d.checks; return $1; })()" 2>/dev/null
}

# health_becomes EXPRESSION REGEX DESCRIPTION
health_becomes()
{
	local expression=$1 regex=$2

	: "$regex"
	wait_until '[[ $(health "$expression") =~ $regex ]]' || true
	like "$(health "$1")" "$2" "$3"
}

# recovers WHEN: all is well again
recovers()
{
	health_becomes d.status '^ok$' "$1 health is ok"
}
