#!/usr/bin/env bash
# The life of the daemon: its socket, signals, limits, and a thousand waiters.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

talk()
{
	"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" "$@"
}

parked()
{
	get -b /api/v1/health | grep -q "\"parked\":$1[,}]"
}

# try COMMAND...: sets $err and $status.
try()
{
	err=$("$@" 2>&1 >/dev/null </dev/null)
	status=$?
}

# of_process PID KEY: a number from its status file, e.g. VmRSS, Threads
of_process()
{
	sed -n "s/^$2:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$1/status"
}

# ticks PID: CPU time it has used, in 1/100 s
ticks()
{
	cut -d' ' -f14,15 "/proc/$1/stat" | tr ' ' '+' | { read -r sum; echo $((sum)); }
}

mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'
start_watcher "$TMP/state"

# --- the socket ------------------------------------------------------------------

start_fcgi "$TMP/state"
wait_until 'get -i /api/v1/main/jobs/a | grep -q "^Status: 200"'
is "$(stat -c %a "$FCGI_SOCK") $(echo "$FCGI_SOCK"*)" "660 $FCGI_SOCK" 'the socket is for owner and group'
try "$BIN/tidemark-fcgi" "$TMP/state" --listen "unix:$FCGI_SOCK"
is "$status" 1 'a socket that is being served is not taken over'
like "$err" "$FCGI_SOCK.*served" 'and that is said'
like "$(get -i /api/v1/main/jobs/a)" '^Status: 200' 'nor is it disturbed'

stop "$FCGI" KILL 2>/dev/null
ok 'a crash leaves the socket behind' test -S "$FCGI_SOCK"
spawn fcgi "$BIN/tidemark-fcgi" "$TMP/state" --listen "unix:$FCGI_SOCK"
FCGI=$SPAWNED
wait_until 'get -i /api/v1/main/jobs/a 2>/dev/null | grep -q "^Status: 200"'
ok 'the next daemon replaces it' test $? = 0
stop "$FCGI"
is "$?" 0 'SIGTERM is a clean end'
ok 'which takes the socket away' test ! -e "$FCGI_SOCK"

echo precious >"$FCGI_SOCK"
try "$BIN/tidemark-fcgi" "$TMP/state" --listen "unix:$FCGI_SOCK"
is "$status $(cat "$FCGI_SOCK")" '1 precious' 'a file is not replaced'
rm "$FCGI_SOCK"

start_fcgi "$TMP/state"
rm "$FCGI_SOCK"
echo another >"$FCGI_SOCK"
stop "$FCGI"
is "$(cat "$FCGI_SOCK")" another 'what is not our socket any more stays'
rm "$FCGI_SOCK"

port=$(free_port)
spawn fcgi "$BIN/tidemark-fcgi" "$TMP/state" --listen "tcp:127.0.0.1:$port"
wait_until '"$BIN_TEST/fcgi_get" "tcp:127.0.0.1:$port" /api/v1/main/jobs/a \
	2>/dev/null | grep -q "^Status: 200"'
ok 'it serves a TCP port' test $? = 0
try "$BIN/tidemark-fcgi" "$TMP/state" --listen "tcp:127.0.0.1:$port"
is "$status" 1 'a port that is being served is an error'
stop "$SPAWNED"

# As systemd does it (sd_listen_fds(3)): descriptor 3, and whom it is for.
spawn inherited perl -e '
	use IO::Socket::UNIX;
	use POSIX;
	my $s = IO::Socket::UNIX->new(Local => shift, Listen => 64) or die;
	POSIX::dup2(fileno($s), 3) if fileno($s) != 3;
	$^F = 3;
	fcntl($s, F_SETFD, 0);
	@ENV{qw(LISTEN_PID LISTEN_FDS)} = ($$, 1);
	exec @ARGV;' "$FCGI_SOCK" "$BIN/tidemark-fcgi" "$TMP/state"
wait_until 'get -i /api/v1/main/jobs/a 2>/dev/null | grep -q "^Status: 200"'
ok 'it serves a socket that it is handed' test $? = 0
stop "$SPAWNED"
ok 'which is not its own to remove' test -S "$FCGI_SOCK"
rm "$FCGI_SOCK"

# --- configuration -----------------------------------------------------------------

configure()
{
	put "$TMP/fcgi.json" '{"projects":{"main":{"store":"'"$TMP"'/state/.tidemark/main.db",
	    "collections":{"jobs":{"dir":"'"$TMP"'/state/jobs"}}}},
	    "aliases":{"'"$1"'":"main/jobs?shape=list"}}'
}

status_of()
{
	get -i "$1" | head -n 1 | tr -d '\r'
}

configure /api/old
try "$BIN/tidemark-fcgi" -c "$TMP/fcgi.json" --check
is "$status" 0 '--check: a good configuration'
start_fcgi -c "$TMP/fcgi.json"
cursor=$(get -b /api/v1/main | json d.cursor)
changes="/api/v1/main/changes?since=$cursor&wait=50"
is "$(status_of /api/old) $(status_of /api/new)" \
	'Status: 200 OK Status: 404 Not Found' 'an alias is served'
talk get "$changes" all >"$TMP/waiter" &
waiter=$!
wait_until 'parked 1'
configure /api/new
kill -HUP "$FCGI"
wait_until '[ "$(status_of /api/new)" = "Status: 200 OK" ]'
is "$(status_of /api/old)" 'Status: 404 Not Found' \
	'SIGHUP reads the configuration again'
ok 'those who wait go on waiting' is_alive $waiter
echo '{"projects":' >"$TMP/fcgi.json"
kill -HUP "$FCGI"
wait_until 'grep -q "old configuration stays: .*fcgi.json" "$TMP/fcgi.log"'
ok 'a broken one is refused, with the reason' test $? = 0
is "$(status_of /api/new)" 'Status: 200 OK' 'and the old one serves on'
put "$TMP/state/jobs/a.json" '{"n":2}'
wait $waiter
like "$(cat "$TMP/waiter")" '^STDOUT [0-9]+ bytes' \
	'who has waited since before is answered by a change'

# --- the end ------------------------------------------------------------------------

cursor=$(get -b /api/v1/main | json d.cursor)
changes="/api/v1/main/changes?since=$cursor&wait=50"
get -b "$changes" >"$TMP/none" &
waiter=$!
wait_until 'parked 0 || parked 1' # whatever the reload left of the count
wait_until '[ "$(find /proc/$(server)/fd -lname "socket:*" | wc -l)" -ge 2 ]'
talk begin lost >"$TMP/half" &
half=$!
wait_until '[ "$(find /proc/$(server)/fd -lname "socket:*" | wc -l)" -ge 3 ]'
start=$(date +%s%N)
stop "$FCGI"
is "$?" 0 'SIGTERM with a waiter and half a request: status 0'
ok 'within 5 seconds' test $((($(date +%s%N) - start) / 1000000)) -lt 5000
wait $waiter
is "$(json d.kind <"$TMP/none")" none 'the waiter is answered: none'
wait $half
is "$(cat "$TMP/half")" lost 'half a request is cut off'

start_fcgi "$TMP/state"
"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" keep /api/v1/health all end >"$TMP/idle" &
idle=$!
wait_until 'grep -q STDOUT "$TMP/idle" 2>/dev/null'
start=$(date +%s%N)
stop "$FCGI"
ok 'an idle connection does not hold up the end' \
	test $((($(date +%s%N) - start) / 1000000)) -lt 3000
wait $idle
is "$(tail -n 1 "$TMP/idle")" closed 'it is closed'

start_fcgi "$TMP/state"
server=$(server)
kill -STOP "$server"
talk get /api/v1/main/jobs/a said hear >"$TMP/late" &
late=$!
wait_until 'grep -q said "$TMP/late" 2>/dev/null'
kill -TERM "$FCGI"
kill -CONT "$server"
wait $late
like "$(cat "$TMP/late")" 'Status: 200' \
	'who has connected before the end is still served'
stop "$FCGI"

start_fcgi "$TMP/state"
mkfifo "$TMP/words"
talk values FCGI_MAX_CONNS hear pause get /api/v1/main/jobs/a hear \
	<"$TMP/words" >"$TMP/late" &
late=$!
exec 5>"$TMP/words"
wait_until 'grep -q VALUES "$TMP/late"'
server=$(server)
kill -TERM "$FCGI"
wait_until 'grep -qF "pid=$server msg=\"Terminated: ending" "$TMP/fcgi.log"'
exec 5>&-
wait $late
like "$(cat "$TMP/late")" 'Status: 200' 'even when the request comes later'
stop "$FCGI"
is "$?" 0 'and the end is clean'

# Both are accepted when the end begins; the first has its answer before the
# second is there.
start_fcgi "$TMP/state"
server=$(server)
kill -STOP "$server"
kill -TERM "$FCGI"
talk get /api/v1/main/jobs/a said hear >"$TMP/late" &
late=$!
wait_until 'grep -q said "$TMP/late"'
talk said pause get /api/v1/main/jobs/a hear <"$TMP/words" >"$TMP/later" &
later=$!
exec 5>"$TMP/words"
wait_until 'grep -q said "$TMP/later"'
kill -CONT "$server"
wait $late
exec 5>&-
wait $later
like "$(cat "$TMP/late")" 'Status: 200' 'so is who has asked'
like "$(cat "$TMP/later")" 'Status: 200' 'and whoever came behind that'
stop "$FCGI"
is "$?" 0 'to a clean end as well'

# --- limits -------------------------------------------------------------------------

start_fcgi "$TMP/state"
start=$(date +%s)
is "$(talk begin lost)" lost 'half a request is not waited for for ever'
ok '… but for about 10 s' test $(($(date +%s) - start)) -ge 9
stop "$FCGI"

# Eleven descriptors are its own; more than five peers cannot come in.
spawn fcgi prlimit --nofile=16:16 "$BIN/tidemark-fcgi" "$TMP/state" \
	--listen "unix:$FCGI_SOCK"
FCGI=$SPAWNED
wait_until 'get -i /api/v1/main/jobs/a 2>/dev/null | grep -q "^Status: 200"'
peers=()
for _ in 1 2 3 4 5 6 7 8; do
	"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" begin lost >/dev/null &
	peers+=($!)
done
wait_until 'grep -q "accepting again in" "$TMP/fcgi.log"'
ok 'out of descriptors, it says so' test $? = 0
before=$(ticks "$(server)")
sleep 1
ok 'and does not spin' test $(($(ticks "$(server)") - before)) -lt 20
kill "${peers[@]}"
wait "${peers[@]}" 2>/dev/null
like "$(get -i /api/v1/main/jobs/a)" '^Status: 200' \
	'with descriptors again, it serves again'
stop "$FCGI"

# --- a herd --------------------------------------------------------------------------

start_fcgi "$TMP/state"
cursor=$(get -b /api/v1/main | json d.cursor)
changes="/api/v1/main/changes?since=$cursor&wait=50"
server=$(server)
before=$(of_process "$server" VmRSS)
"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 1000 "$changes" >"$TMP/herd" &
herd=$!
wait_until 'parked 1000'
ok 'a thousand long-polls are parked' test $? = 0
is "$(of_process "$server" Threads)" 1 'in one thread'
each=$((($(of_process "$server" VmRSS) - before) * 1024 / 1000))
diag "$each bytes of memory each"
if grep -q __asan_init "$BIN/tidemark-fcgi"; then
	ok 'memory is not measured under ASan # SKIP' true
else
	ok 'in at most 4 KiB each' test $each -le 4096
fi
watches=$(cat "/proc/$server/fdinfo/"* 2>/dev/null | grep -c '^inotify wd')
is "$watches" 1 'all on one watch'
before=$(ticks "$(server)")
sleep 2
diag "$(($(ticks "$(server)") - before)) ticks of CPU in 2 s of waiting"
put "$TMP/state/jobs/a.json" '{"n":3}'
wait $herd
is "$(tail -n 2 "$TMP/herd")" $'answered 1000\nbodies 1' \
	'one change answers all, with one answer'
wait_until 'parked 0'
ok 'and frees all slots' test $? = 0
put "$TMP/state/jobs/a.json" '{"n":4}'
wait_until '! cat /proc/$server/fdinfo/* 2>/dev/null | grep -q "^inotify wd"'
ok 'a bell that nobody waits for is not watched' test $? = 0

done_testing
