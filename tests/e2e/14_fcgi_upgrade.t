#!/usr/bin/env bash
# SIGUSR2: another program on the same socket, and nobody is refused.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/load.sh
. tests/e2e/upgrade.sh

ROUNDS=10

# runs_file: is it the file of now?
runs_file()
{
	[ "$(stat -L -c %i "/proc/$FCGI/exe")" = "$(stat -c %i "$program")" ]
}

# count_descriptors: when all is open that ever will be, in $DESCRIPTORS
count_descriptors()
{
	local cursor

	cursor=$(get -b /api/v1/main | json d.cursor)
	get "/api/v1/main/changes?since=$cursor&wait=1" >/dev/null
	wait_until '[ "$(find "/proc/$FCGI/fd" -lname "socket:*" | wc -l)" = 1 ]'
	DESCRIPTORS=$(find "/proc/$FCGI/fd" -type l | wc -l)
}

# --- one process, and several -----------------------------------------------------

mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'
start_watcher "$TMP/state"

for workers in 1 2; do
	name="--workers $workers:"
	start "$TMP/state" --listen "unix:$FCGI_SOCK" --workers $workers
	wait_until serves
	count_descriptors
	at_first=$DESCRIPTORS
	socket=$(stat -c %i "$FCGI_SOCK")
	[ -n "${URL:-}" ] || start_lighttpd /

	loads_begin serves burst waiting streaming web web_waiting
	good=0
	for _ in $(seq $ROUNDS); do
		upgrade && runs_file && serves && good=$((good + 1))
	done
	is "$good" $ROUNDS "$name the program is another, $ROUNDS times"
	loads_end "$name" upgrade
	is "$(stat -c %i "$FCGI_SOCK")" "$socket" "$name the path is the same socket"
	wait_until '[ "$(pgrep -P "$REAP")" = "$FCGI" ]'
	ok "$name those before are gone" test $? = 0
	count_descriptors
	is "$DESCRIPTORS" "$at_first" "$name the last one has no descriptor more"
	over
	is "$?" 0 "$name all end with status 0"
	# What the kernel lacks for a sandbox is nobody's fault.
	is "$(grep -v sandbox "$TMP/fcgi.log" |
		grep -cE 'level=(error|warning)')" 0 \
		"$name … and without complaints"
	ok "$name the last one removes the socket" test ! -e "$FCGI_SOCK"
	ok "$name and the pid file" test ! -e "$pid_file"
done

# --- a port -----------------------------------------------------------------------

port=$(free_port)
start "$TMP/state" --listen "tcp:127.0.0.1:$port"
FCGI_SOCK=tcp:127.0.0.1:$port
upgrade
ok 'on a port too' test $? = 0
ok 'the new one serves it' serves
upgrade && serves
ok 'and the next one' test $? = 0
over
is "$?" 0 'to a clean end'

done_testing
