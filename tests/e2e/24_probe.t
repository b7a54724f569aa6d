#!/usr/bin/env bash
# The probe: chunks some time apart, and what of a request has arrived.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

probe=/api/v1/probe
mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'
put "$TMP/tidemark.json" '{"limits":{"spawned_waiters":1},"projects":{"main":{
	"store":"'"$TMP"'/main.db",
	"collections":{"jobs":{"dir":"'"$TMP"'/state/jobs"}}}}}'
start_watcher -c "$TMP/tidemark.json"
start_fcgi -c "$TMP/tidemark.json"
wait_until '[ "$(status /api/v1/main/jobs/a)" = 200 ]'

# gaps: between the chunks of the answer on stdin, as they say; the least one
gaps()
{
	json 'Math.min(...d.chunks.slice(1)
		.map((c, i) => Date.parse(c.at) - Date.parse(d.chunks[i].at)))'
}

# --- the daemon -----------------------------------------------------------------

get -b $probe >"$TMP/probe"
is "$(json '[d.interface, d.gap_ms, d.chunks.map(c => c.n)]' <"$TMP/probe")" \
	'["daemon",200,[1,2,3]]' 'one document, of three chunks'
# A clock that shows whole milliseconds.
ok 'so long apart' test "$(gaps <"$TMP/probe")" -ge 199
like "$(get -i $probe)" 'no-store, no-transform.*X-Accel-Buffering: no' \
	'it goes out as events do'
node tests/e2e/events.js "$FCGI_SOCK" "$probe?gap=300" >"$TMP/reads"
is "$(cut -f 2 "$TMP/reads" | grep -cx read)" 3 'each chunk arrives by itself'
is "$(status -m HEAD "$probe?chunks=10&gap=2000")" 200 'HEAD waits for none'

is "$(get -b "$probe?chunks=10&gap=0" | json d.chunks.length)" 10 '10 chunks'
is "$(status "$probe?chunks=11")" 400 'but not 11'
is "$(get -b "$probe?chunks=1" | json d.chunks.length)" 1 '1 chunk'
is "$(status "$probe?chunks=0")" 400 'but not 0'
ok '2000 ms' test "$(get -b "$probe?chunks=2&gap=2000" | gaps)" -ge 1999
is "$(status "$probe?gap=2001")" 400 'but not 2001'
is "$(status /api/v1/probe/main)" 404 'nothing is below it'

is "$(get -b $probe?chunks=1 | json d.headers)" \
	'{"authorization":false,"last_event_id":false,"if_none_match":false,"accept_encoding":false}' \
	'no headers'
get -b -H 'Authorization: Bearer secret' -H 'Last-Event-ID: secret' \
	-H 'If-None-Match: "secret"' -H 'Accept-Encoding: secret' \
	"$probe?chunks=1" >"$TMP/probe"
is "$(json d.headers <"$TMP/probe")" \
	'{"authorization":true,"last_event_id":true,"if_none_match":true,"accept_encoding":true}' \
	'all of them'
unlike "$(cat "$TMP/probe")" secret 'but not what they say'
is "$(get -b -p REDIRECT_HTTP_AUTHORIZATION=x "$probe?chunks=1" |
	json d.headers.authorization)" true 'as Apache renames it, too'

"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 16 "$probe?chunks=10&gap=2000" \
	>"$TMP/herd" &
herd=$!
wait_until 'grep -q waiting "$TMP/herd"'
is "$(status "$probe?gap=1")" 503 '16 at once, but no more'
is "$(status "$probe?gap=0")" 200 'unless they need no time'
is "$(status /api/v1/main/jobs/a)" 200 'nobody else waits for them'
kill $herd
wait $herd 2>/dev/null
wait_until '[ "$(status "$probe?gap=1")" = 200 ]' 8
is $? 0 'those that hang up make room'

rm -f "$TMP/herd" # what the one before said
"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 16 "$probe?chunks=10&gap=2000" \
	>"$TMP/herd" &
herd=$!
wait_until 'grep -q waiting "$TMP/herd"'
is "$(status "$probe?gap=1")" 503 'for others'
stop "$FCGI"
is $? 0 'the daemon ends in time'
wait $herd
like "$(cat "$TMP/herd")" 'answered 16' 'and they with all of their chunks'

# --- started by a web server --------------------------------------------------------

# cgi URI: by hand
cgi()
{
	env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET REQUEST_URI="$1" \
		"TIDEMARK_CONFIG=$TMP/tidemark.json" \
		"$BIN/tidemark-fcgi" </dev/null
}

cgi "$probe" | sed '1,/^.$/d' >"$TMP/probe"
is "$(json '[d.interface, d.chunks.length]' <"$TMP/probe")" '["cgi",3]' \
	'CGI: three chunks'
ok 'CGI: so long apart' test "$(gaps <"$TMP/probe")" -ge 199
cgi "$probe?chunks=10&gap=2000" >"$TMP/long" &
long=$!
wait_until '[ -s "$TMP/long" ]'
like "$(cgi $probe)" '^Status: 503' 'CGI: only as many as may wait'
pkill -TERM -P $long # the program in the shell
wait $long
is "$(sed '1,/^.$/d' "$TMP/long" | json d.chunks.length)" 10 \
	'CGI: SIGTERM lets it say the rest at once'
start_lighttpd / "fastcgi.server = (\"/api/\" => ((
	\"bin-path\" => \"$BIN/tidemark-fcgi\", \"socket\" => \"$TMP/spawned.sock\",
	\"bin-environment\" => (\"TIDEMARK_CONFIG\" => \"$TMP/tidemark.json\"),
	\"max-procs\" => 1, \"check-local\" => \"disable\")))"
is "$(curl -s "${URL}api/v1/probe" | json '[d.interface, d.chunks.length]')" \
	'["spawned",3]' 'spawned: three chunks'

done_testing
