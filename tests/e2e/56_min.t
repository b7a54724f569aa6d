#!/usr/bin/env bash
# min=: an answer waits until the store has got so far.
# shellcheck disable=SC2016,SC2317
. tests/e2e/lib.sh
. tests/e2e/past.sh

A=$API/jobs/a

# waits_on_bell PID
waits_on_bell()
{
	find "/proc/$1/fd" -lname '*inotify*' 2>/dev/null | grep -q .
}

# waiters: polls that wait in the daemon
waiters()
{
	get -b /api/v1/metrics |
		sed -n 's/^tidemark_waiters{transport="longpoll"} //p'
}

configure jobs
start_fcgi -c "$TMP/main.json"
put "$TMP/jobs/a.json" '{"n":1}'
scan
epoch=$(cursor)
epoch=${epoch%.*}

# --- what need not wait ---

is "$(get -b "$A?min=$epoch.1")" '{"n":1}' 'what is there is answered'
is "$(get -b "$API/jobs?min=$epoch.0" | json d.items.length)" 1 \
	'and what was long ago'
is "$(get -b "$A?min=0")" '{"n":1}' 'no cursor asks for nothing'
like "$(problem "$A?min=x")" '^400 parameter min: ' 'a malformed one: 400'
like "$(problem "$A?min=0123456789abcdef.1")" '^410 parameter min: ' \
	'one of another log is never reached: 410'
is "$(status -m HEAD "$A?min=$epoch.2")" 504 'HEAD does not wait: 504'

# --- the daemon ---

get -b "$A?min=$epoch.2" >"$TMP/entity" &
first=$!
get -b "$API/jobs?min=$epoch.2&shape=list" >"$TMP/list" &
second=$!
get -b "$A?min=$epoch.2&history" >"$TMP/history" &
third=$!
wait_until '[ "$(waiters)" = 3 ]'
ok 'who asks for what is to come waits' test $? = 0
is "$(get -b "$A")" '{"n":1}' 'nobody else does'
put "$TMP/jobs/a.json" '{"n":2}'
scan
wait $first $second $third
is "$(cat "$TMP/entity")" '{"n":2}' 'a change answers an entity'
is "$(cat "$TMP/list")" '[{"id":"a","n":2}]' 'a collection'
is "$(json 'd.changes[0].seq' <"$TMP/history")" 2 'and a history'
is "$(waiters)" 0 'nobody waits any more'

get -b "$API/jobs?min=$epoch.4&at=$epoch.2&shape=list" >"$TMP/at" &
first=$!
wait_until '[ "$(waiters)" = 1 ]'
put "$TMP/jobs/a.json" '{"n":3}'
scan
is "$(waiters)" 1 'one change is not two'
put "$TMP/jobs/a.json" '{"n":4}'
scan
wait $first
is "$(cat "$TMP/at")" '[{"id":"a","n":2}]' 'it may wait for what was'

# --- too late ---

begin=$(date +%s%N)
is "$(get -b "$A?min=$epoch.9" | json '[d.status, d.type]')" \
	'[504,"urn:tidemark:error:timeout"]' 'what does not come is 504'
ok 'after 5 seconds' test $(($(date +%s%N) - begin)) -ge 4900000000
is "$(header Cache-Control "$A?min=$epoch.9")" no-store 'which nobody keeps'

"$BIN_TEST/fcgi_get" -b "$FCGI_SOCK" "$A?min=$epoch.9" >"$TMP/gone" &
first=$!
wait_until '[ "$(waiters)" = 1 ]'
kill $first
wait $first 2>/dev/null
wait_until '[ "$(waiters)" = 0 ]'
ok 'who goes away is forgotten' test $? = 0

get -b "$A?min=$epoch.9" >"$TMP/reload" &
first=$!
wait_until '[ "$(waiters)" = 1 ]'
kill -HUP "$FCGI"
wait_until 'grep -q "configuration is read again" "$TMP/fcgi.log"'
for n in 5 6 7 8 9; do
	put "$TMP/jobs/a.json" "{\"n\":$n}"
	scan
done
wait $first
is "$(cat "$TMP/reload")" '{"n":9}' 'a new configuration does not matter'

get -b "$A?min=$epoch.99" >"$TMP/ended" &
first=$!
wait_until '[ "$(waiters)" = 1 ]'
stop "$FCGI"
ok 'the daemon ends' test $? = 0
wait $first
is "$(json d.status <"$TMP/ended")" 504 'and answers who waits'

# --- room for so many ---

put "$TMP/limit.json" "$(json 'd.limits = { waiters: 1 }, JSON.stringify(d)' \
	<"$TMP/main.json")"
start_fcgi -c "$TMP/limit.json"
get -b "$A?min=$epoch.10" >"$TMP/one" &
first=$!
wait_until '[ "$(waiters)" = 1 ]'
is "$(get -b "$A?min=$epoch.10" | json '[d.status, d.type]')" \
	'[503,"urn:tidemark:error:busy"]' 'one more than may wait: 503'
put "$TMP/jobs/a.json" '{"n":10}'
scan
wait $first
is "$(cat "$TMP/one")" '{"n":10}' 'the one that may is answered'

# --- processes that a web server starts ---

cgi "$A?min=$epoch.11" >"$TMP/cgi" &
first=$!
wait_until 'waits_on_bell "$(pgrep -P $first -f tidemark-fcgi || echo $first)"'
put "$TMP/jobs/a.json" '{"n":11}'
scan
wait $first
is "$(tail -n 1 "$TMP/cgi")" '{"n":11}' 'CGI: it waits'
is "$(cgi "$A?min=$epoch.12" | head -n 1)" 'Status: 504 Gateway Timeout' \
	'CGI: for 5 seconds'

done_testing
