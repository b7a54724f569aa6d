#!/usr/bin/env bash
# Streams and waits where the web server starts the program: few, shared by all
# processes, and not for long.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

STATE=$TMP/state
mkdir -p "$STATE/jobs"
put "$STATE/jobs/a.json" '{"n":1}'
put "$TMP/tidemark.json" '{"limits":{"spawned_waiters":2},"projects":{"main":{
	"store":"'"$TMP"'/main.db","collections":{"jobs":{"dir":"'"$STATE"'/jobs"}}}}}'
start_watcher -c "$TMP/tidemark.json"

# cgi NAME URI [VARIABLE=VALUE...]: by hand, in the background; its answer is in
# $TMP/NAME, its process in ${process[NAME]}
declare -A process
cgi()
{
	: >"$TMP/$1"
	env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
		"TIDEMARK_CONFIG=$TMP/tidemark.json" REQUEST_URI="$2" "${@:3}" \
		"$BIN/tidemark-fcgi" </dev/null >"$TMP/$1" &
	process[$1]=$!
}
# has NAME EVENT
has()
{
	grep -qsx "event: $2" "$TMP/$1"
}
cursor()
{
	cgi cursor /api/v1/main
	wait "${process[cursor]}"
	sed '1,/^.$/d' "$TMP/cursor" | json d.cursor
}
wait_until 'cgi up /api/v1/main/jobs/a; wait ${process[up]}; grep -q "^Status: 200" "$TMP/up"'
here=$(cursor)
events=/api/v1/main/events

# --- plain CGI -------------------------------------------------------------------

began=$SECONDS
cgi long "$events?since=$here"
wait_until 'has long ready'
like "$(tr -d '\r' <"$TMP/long")" $'^Status: 200 OK\n.*text/event-stream' 'CGI: a stream'
ok 'CGI: hello, then ready' has long hello
put "$STATE/jobs/a.json" '{"n":2}'
wait_until 'has long changes'
ok 'CGI: a change is an event' grep -q '"n":2' "$TMP/long"

cgi entity "$events?shape=entity" HTTP_LAST_EVENT_ID="$here"
wait_until 'has entity entity.updated'
ok 'CGI: shape=entity, from Last-Event-ID' has entity connected

# A heartbeat of entities is due after 30 s, and no stream lasts so long here.
kill "${process[entity]}"
wait "${process[entity]}" 2>/dev/null
cgi quiet "$events?shape=entity&match=jobs:none&since=$here"
wait_until "grep -qx 'id: $(cursor)' '$TMP/quiet'"
ok 'CGI: a quiet selection is told where it stands' test $? = 0
kill "${process[quiet]}"
wait "${process[quiet]}" 2>/dev/null
cgi entity "$events?shape=entity"
wait_until 'has entity connected'

# --- few -------------------------------------------------------------------------

cgi third "$events"
wait "${process[third]}"
like "$(cat "$TMP/third")" '"reason":"full"' 'a third process finds no place: bye'
like "$(cat "$TMP/third")" '^Status: 200' 'with 200'
cgi poll "/api/v1/main/changes?since=$(cursor)&wait=20"
wait "${process[poll]}"
like "$(cat "$TMP/poll")" '"hint":"poll".*"changes":\[\]' 'a poll is given the hint'
kill -KILL "${process[entity]}"
wait "${process[entity]}" 2>/dev/null
cgi poll "/api/v1/main/changes?since=$(cursor)&wait=20"
put "$STATE/jobs/a.json" '{"n":3}'
wait "${process[poll]}"
like "$(cat "$TMP/poll")" '"hint":null.*"n":3|"hint":null.*"value":3' \
	'the place of one that was killed is free'
cgi end "$events"
wait_until 'has end ready'
kill -TERM "${process[end]}"
wait "${process[end]}"
like "$(cat "$TMP/end")" '"reason":"ending"' 'CGI: SIGTERM says bye'

# --- started by lighttpd ------------------------------------------------------------

start_lighttpd / "fastcgi.server = (\"/api/\" => ((
	\"bin-path\" => \"$BIN/tidemark-fcgi\", \"socket\" => \"$TMP/spawned.sock\",
	\"bin-environment\" => (\"TIDEMARK_CONFIG\" => \"$TMP/tidemark.json\"),
	\"max-procs\" => 3, \"check-local\" => \"disable\")))"
curl -sN "${URL}api/v1/main/events?since=$(cursor)" >"$TMP/spawned" &
curl=$!
wait_until 'has spawned ready'
ok 'spawned: a stream' has spawned hello
put "$STATE/jobs/a.json" '{"n":4}'
wait_until 'has spawned changes'
ok 'spawned: a change is an event' grep -q '"n":4' "$TMP/spawned"
kill $curl
wait $curl 2>/dev/null

# lighttpd notices with what it cannot write.
put "$STATE/jobs/a.json" '{"n":5}'
# two_find_room: a stream each, until both have gone again
two_find_room()
{
	local name pids=()

	for name in left right; do
		curl -sN "${URL}api/v1/main/events" >"$TMP/$name" &
		pids+=($!)
	done
	wait_until 'has left hello || has left bye' && wait_until \
		'has right hello || has right bye'
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	put "$STATE/jobs/a.json" "{\"n\":$RANDOM}"
	has left hello && has right hello
}
wait "${process[long]}" # the first one's place is needed
wait_until two_find_room
ok 'spawned: who hangs up leaves his place to others' test $? = 0
stop "$LIGHTTPD"

# --- not for long -------------------------------------------------------------------

ok 'a stream is over after 25 s' test $((SECONDS - began)) -ge 24
like "$(cat "$TMP/long")" '"retry_ms":0,.*"reason":"time"' 'with bye, to come back at once'
like "$(cat "$TMP/long")" ': hb' 'after a heartbeat'
done_testing
