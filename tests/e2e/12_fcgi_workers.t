#!/usr/bin/env bash
# --workers N: several processes on one socket, and who looks after them.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

workers()
{
	cat "/proc/$FCGI/task/$FCGI/children"
}

# replaced PID: a zombie is still a child
replaced()
{
	local now

	now=" $(workers) "
	[ "$(wc -w <<<"$now")" = 2 ] && [[ $now != *" $1 "* ]]
}

# serves: whoever takes the connection
serves()
{
	get -i /api/v1/main/jobs/a 2>/dev/null | grep -q '^Status: 200'
}

mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'
start_watcher "$TMP/state"

for n in 0 65 x ''; do
	"$BIN/tidemark-fcgi" "$TMP/state" --listen "unix:$FCGI_SOCK" \
		--workers "$n" 2>"$TMP/err"
	is "$?" 2 "--workers '$n' is wrong usage"
done

start_fcgi "$TMP/state" --workers 2 --listen "unix:$FCGI_SOCK"
wait_until serves
read -r first second rest <<<"$(workers)"
ok 'two workers run' test -n "$first" -a -n "$second" -a -z "$rest"

cursor=$(get -b /api/v1/main | json d.cursor)
kill -STOP "$first"
serves && serves && serves
ok 'while one is stuck the other serves' test $? = 0
kill -CONT "$first"

kill -KILL "$first"
wait_until 'replaced $first'
ok 'one that is killed is replaced' test $? = 0
like "$(cat "$TMP/fcgi.log")" "pid $first\) was killed by signal 9 \(Killed\)" \
	'and the log says why'
kill -KILL "$second"
wait_until 'replaced $second && serves'
ok 'so is the other' test $? = 0

# Who waits in either worker hears of a change, and of the end.
herd()
{
	rm -f "$TMP/herd" # what the one before said
	"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 40 \
		"/api/v1/main/changes?since=$cursor&wait=50" >"$TMP/herd" &
	HERD=$!
	wait_until 'grep -q waiting "$TMP/herd" 2>/dev/null'
}
herd
put "$TMP/state/jobs/a.json" '{"n":2}'
wait $HERD
is "$(sed -n 2p "$TMP/herd")" 'answered 40' 'a change wakes waiters everywhere'

kill -HUP "$FCGI"
wait_until '[ "$(grep -c "configuration is read again" "$TMP/fcgi.log")" = 2 ]'
ok 'SIGHUP reaches every worker' test $? = 0

cursor=$(get -b /api/v1/main | json d.cursor)
herd
processes="$(workers)"
stop "$FCGI"
is "$?" 0 'SIGTERM ends all with status 0'
wait $HERD
is "$(sed -n 2p "$TMP/herd")" 'answered 40' 'after all waiters were answered'
alive=0
for pid in $processes; do
	! is_alive "$pid" || alive=1
done
is "$alive" 0 'no worker is left'
ok 'nor is the socket' test ! -e "$FCGI_SOCK"

# --- one that ends again and again ---------------------------------------------------

# kill_others PID: all workers but that; counts in $served who is served then
kill_others()
{
	local pid

	for pid in $(workers); do
		[ "$pid" = "$1" ] || kill -KILL "$pid"
	done
	! serves || served=$((served + 1))
}

: >"$TMP/fcgi.log"
start_fcgi "$TMP/state" --workers 2 --listen "unix:$FCGI_SOCK"
wait_until '[ "$(workers | wc -w)" = 2 ] && serves'
read -r first second <<<"$(workers)"
served=0
wait_until 'kill_others $second; grep -q "started again in 10000 ms" "$TMP/fcgi.log"' 60
is "$(sed -n 's/.*started again in \([0-9]*\) ms.*/\1/p' "$TMP/fcgi.log" | tr '\n' ' ')" \
	'100 200 400 800 1600 3200 6400 10000 ' \
	'one that always ends is given more time each time, up to 10 s'
diag "$served requests were served"
ok 'meanwhile the other serves' test "$served" -gt 100
kill "$second"
wait_until '[ "$(grep -c "ended with status 0; started again in 100 ms" \
	"$TMP/fcgi.log")" = 1 ]'
ok 'whose own time is not longer for that' test $? = 0
stop "$FCGI"
is "$?" 0 'one that is to be started again does not hold up the end'

# --- a configuration that is broken ---------------------------------------------------

configure()
{
	put "$TMP/fcgi.json" '{"projects":{"main":{"store":"'"$TMP"'/state/.tidemark/main.db",
	    "collections":{"jobs":{"dir":"'"$TMP"'/state/jobs"}}}},
	    "aliases":{"'"$1"'":"main/jobs?shape=list"}}'
}

# each_answers STATUS URI: one worker while the other is stuck
each_answers()
{
	local pid answers=''

	for pid in $(workers); do
		kill -STOP "$pid"
		answers+=" $(status "$2")"
		kill -CONT "$pid"
	done
	[ "$answers" = " $1 $1" ]
}

configure /api/old
start_fcgi -c "$TMP/fcgi.json" --workers 2 --listen "unix:$FCGI_SOCK"
wait_until serves
echo '{"projects":' >"$TMP/fcgi.json"
kill -HUP "$FCGI"
wait_until 'grep -q "old configuration stays: .*fcgi.json" "$TMP/fcgi.log"'
ok 'a broken configuration is refused, with the reason' test $? = 0
is "$(grep -c 'old configuration stays' "$TMP/fcgi.log")" 1 'for all, once'
for pid in $(workers); do
	kill -KILL "$pid"
	wait_until 'replaced $pid'
done
ok 'workers that are started later have the old one as well' each_answers 200 /api/old
configure /api/new
kill -HUP "$FCGI"
wait_until 'each_answers 200 /api/new'
ok 'until it is good again' test $? = 0
stop "$FCGI"

# --- the master --------------------------------------------------------------------

spawn fcgi perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' "$BIN/tidemark-fcgi" \
	"$TMP/state" --workers 2 --listen "unix:$FCGI_SOCK"
FCGI=$SPAWNED
wait_until 'serves 2>/dev/null'
read -r first _ <<<"$(workers)"
kill -KILL "$first"
wait_until 'replaced $first'
ok 'started by who ignores the end of children, it does not' test $? = 0
stop "$FCGI"

start_fcgi "$TMP/state" --workers 2 --listen "unix:$FCGI_SOCK"
wait_until '[ "$(workers | wc -w)" = 2 ] && serves'
read -r first second <<<"$(workers)"
stop "$FCGI" KILL 2>/dev/null
wait_until '! is_alive $first && ! is_alive $second'
ok 'workers do not outlive their master' test $? = 0

done_testing
