#!/usr/bin/env bash
# Who waits where no watcher runs: the processes that wait have the scans done,
# one at a time; and few may.
# shellcheck disable=SC2016,SC2119,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/cgi.sh
. tests/e2e/cgi_scan.sh

INTERVAL=200
WAITERS=3

# milliseconds: of the clock
milliseconds()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# waits NAME URI: a request in the background, its pid in $WAITS
waits()
{
	"${environment[@]}" REQUEST_URI="$2" "$BIN/tidemark-fcgi" </dev/null \
		>"$TMP/$1" 2>"$TMP/$1.err" 9>&- &
	WAITS=$!
}

cursor()
{
	cgi_body /api/v1/main | json d.cursor
}

# Those that are there, apart from the shells that are yet to become one
programs()
{
	pgrep -f "^$PROGRAMS/tidemark-fcgi"
}

watcher_is
configure waits $INTERVAL \
	'"spawned_scan_ms": 10000, "spawned_waiters": '$WAITERS
put "$TMP/state/jobs/a.json" '{"n":1}'
is "$(cgi_status /api/v1/main/jobs)" 200 'nobody watches'

# --- long-polls ---------------------------------------------------------------------

since=$(cursor)
watcher_is
began=$(milliseconds)
pids=()
for ((i = 0; i < WAITERS; i++)); do
	waits poll$i "/api/v1/main/changes?since=$since&wait=50"
	pids+=("$WAITS")
done
for pid in "${pids[@]}"; do
	wait_until 'waits_on_bell $pid'
done
ok 'so many may wait' test $? = 0
wait_until '[ "$(runs)" -ge 3 ]'
ok 'they have scans done again and again' test $? = 0
refused=$(cgi "/api/v1/main/changes?since=$since&wait=50" | tr -d '\r')
like "$refused" '"kind":"none".*"hint":"poll","after_ms":[0-9]' \
	'one more is told to poll'
like "$refused" 'Retry-After: [0-9]' 'and when'
like "$(cgi_body /api/v1/main/events)" $'event: bye\n.*"reason":"full"' \
	'or not to listen'
is "$(cgi_status /api/v1/main/jobs/a)" 200 'which keeps nobody else from anything'
put "$TMP/state/jobs/a.json" '{"n":2}'
wait "${pids[@]}"
for ((i = 0; i < WAITERS; i++)); do
	like "$(cat "$TMP/poll$i")" '"kind":"delta".*"n":2|"value":2' \
		"a change answers who waits ($i)"
	is "$(cat "$TMP/poll$i.err")" '' 'and nothing went wrong'
done
most=$((($(milliseconds) - began) / INTERVAL + 2))
ok "one scan an interval, whoever waits ($(runs) of $most)" \
	test "$(runs)" -le $most

# --- streams, and a cursor that is yet to come -----------------------------------------

waits stream /api/v1/main/events
wait_until 'grep -q "event: ready" "$TMP/stream"'
put "$TMP/state/jobs/a.json" '{"n":3}'
wait_until 'grep -q "event: changes" "$TMP/stream"'
ok 'who listens is told of a change' test $? = 0
since=$(cursor)
kill $WAITS
wait $WAITS
waits min "/api/v1/main/jobs/a?min=${since%.*}.$((${since#*.} + 1))"
wait_until 'waits_on_bell $WAITS'
put "$TMP/state/jobs/a.json" '{"n":4}'
wait $WAITS
is "$(tail -n 1 "$TMP/min")" '{"n":4}' 'and who waits for what he wrote'
wait_until '[ -z "$(programs)" ]'
is $? 0 'no process is left'

# --- who comes while somebody else's scan is being done --------------------------------

# watcher_pid NUMBER: in the pulse, beside the bell
watcher_pid()
{
	perl -e 'print pack "Q<", $ARGV[0]' "$1" |
		dd of="$STORE-bell" bs=8 seek=8 conv=notrunc status=none
}

since=$(cursor)
exec 9<>"$STORE-scan"
flock 9
watcher_pid $$
waits late "/api/v1/main/changes?since=$since&wait=50"
wait_until 'waits_on_bell $WAITS'
watcher_pid 0
exec 9>&-
put "$TMP/state/jobs/a.json" '{"n":4.5}'
wait $WAITS
like "$(cat "$TMP/late")" '"kind":"delta"' 'has the next one done himself'

# --- FastCGI that the web server has started -------------------------------------------

spawn fcgi env "TIDEMARK_CONFIG=$CGI_CONFIG" perl -e '
	use IO::Socket::UNIX;
	use POSIX;
	my $s = IO::Socket::UNIX->new(Local => shift, Listen => 64) or die;
	POSIX::dup2(fileno($s), 0) or die;
	exec @ARGV;' "$FCGI_SOCK" "$BIN/tidemark-fcgi"
wait_until '[ "$(get -b /api/v1/main/jobs/a)" = "{\"n\":4.5}" ]'
put "$TMP/state/jobs/a.json" '{"n":5}'
wait_until '[ "$(get -b /api/v1/main/jobs/a)" = "{\"n\":5}" ]'
ok 'FastCGI: a request has a scan done as well' test $? = 0
since=$(get -b /api/v1/main | json d.cursor)
get -b "/api/v1/main/changes?since=$since&wait=50" >"$TMP/poll" &
waiter=$!
wait_until 'waits_on_bell $SPAWNED'
put "$TMP/state/jobs/a.json" '{"n":6}'
wait $waiter
is "$(json d.kind <"$TMP/poll")" delta 'and one that waits sees a change'
stop "$SPAWNED"
is $? 0 'the process ends cleanly'
wait_until '[ -z "$(programs)" ]'
is $? 0 'and leaves none behind'

done_testing
