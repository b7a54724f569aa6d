#!/usr/bin/env bash
# Requests that wait: woken by files, by nothing else, and never for too long.
# shellcheck disable=SC2016
. tests/e2e/lib.sh

STATE=$TMP/state
FEED=/api/v1/main/changes
mkdir -p "$STATE/jobs" "$STATE/logs"
put "$STATE/jobs/a.json" '{"n":1}'
cat >"$TMP/two.json" <<JSON
{"limits": {"waiters": 2}, "projects": {"main": {"store": "$TMP/main.db", "collections": {
	"jobs": {"dir": "$STATE/jobs", "files": ["*.json"]},
	"logs": {"dir": "$STATE/logs", "files": ["*.json"]},
	"many": {"file": "$STATE/many.json", "items": ""}}}}}
JSON
start_watcher -c "$TMP/two.json"
start_fcgi -c "$TMP/two.json"
start_lighttpd /live/

cursor()
{
	get -b /api/v1/main | json d.cursor
}
parked()
{
	get -b /api/v1/health | json d.checks.waiters.parked
}
# wait_for NAME QUERY: in the background; the answer is in $TMP/NAME
wait_for()
{
	get -b -t 60 "$FEED?$2" >"$TMP/$1" &
}
# told NAME: what an answer says
told()
{
	json '[d.kind, ...d.changes.map(c => c.id + JSON.stringify(c.data))].join(" ")' \
		<"$TMP/$1"
}

wait_until '[ "$(status /api/v1/main/jobs/a)" = 200 ]'
here=$(cursor)
start=${EPOCHREALTIME/./}
is "$(get -b "$FEED?wait=50" | json d.kind)" snapshot \
	'with something to say nobody waits'
is "$(get -b "$FEED?since=$here&wait=1" | json '[d.kind, d.to]')" \
	"[\"none\",\"$here\"]" 'a wait ends without news'
ok 'after its time' test $((${EPOCHREALTIME/./} - start)) -ge 1000000
is "$(status -m HEAD "$FEED?since=$here&wait=50")" 200 'HEAD does not wait'

wait_for one "since=$here&wait=50"
one=$!
wait_until '[ "$(parked)" = 1 ]'
ok 'a request is parked' test $? = 0
put "$STATE/jobs/a.json" '{"n":2}'
wait $one
is "$(told one)" 'delta a{"n":2}' 'a file that changes wakes it'
is "$(json d.from <"$TMP/one")" "$here" 'from is the cursor that was given'
wait_until '[ "$(parked)" = 0 ]'
ok 'nobody is parked any more' test $? = 0

# --- selections ---

here=$(cursor)
wait_for one "since=$here&wait=50&collections=jobs"
one=$!
wait_until '[ "$(parked)" = 1 ]'
put "$STATE/logs/x.json" 1
wait_until '[ "$(status /api/v1/main/logs/x)" = 200 ]'
put "$STATE/logs/x.json" 2
wait_until '[ "$(get -b /api/v1/main/logs/x)" = 2 ]'
is "$(parked)" 1 'what is not selected wakes nobody'
put "$STATE/jobs/a.json" '{"n":3}'
wait $one
is "$(told one)" 'delta a{"n":3}' 'what is selected does'
is "$(json d.from <"$TMP/one")" "$here" 'from is still the cursor that was given'
here=$(cursor)
wait_for one "since=$here&wait=2&collections=logs"
one=$!
put "$STATE/jobs/b.json" 1
wait $one
wait_until '[ "$(status /api/v1/main/jobs/b)" = 200 ]'
is "$(json '[d.kind, d.from]' <"$TMP/one")" "[\"none\",\"$here\"]" \
	'a quiet selection waits to its end'
is "$(json d.to <"$TMP/one")" "$(cursor)" 'and has moved on'

# --- slots ---

here=$(cursor)
wait_for one "since=$here&wait=50"
one=$!
wait_for two "since=$here&wait=50"
two=$!
wait_until '[ "$(parked)" = 2 ]'
get "$FEED?since=$here&wait=50" | tr -d '\r' >"$TMP/three"
is "$(head -1 "$TMP/three")" 'Status: 200 OK' \
	'one more than there are slots is answered at once'
is "$(tail -1 "$TMP/three" | json '[d.kind, d.to, d.poll.hint, d.changes.length]')" \
	"[\"none\",\"$here\",\"poll\",0]" 'with the hint to poll'
ok 'which aims just past the next scan' test "$(tail -1 "$TMP/three" |
	json 'd.poll.after_ms > d.poll.next_scan_ms &&
	d.poll.after_ms <= d.poll.next_scan_ms + 1000')" = true
like "$(cat "$TMP/three")" 'Retry-After: [1-9]' 'and Retry-After'
is "$(get -b "$FEED?since=$here" | json d.poll.hint)" null \
	'who does not want to wait gets no hint'
put "$STATE/jobs/a.json" '{"n":4}'
wait $one $two
is "$(told one)+$(told two)" 'delta a{"n":4}+delta a{"n":4}' \
	'all who wait are told'
wait_until '[ "$(parked)" = 0 ]'
ok 'their slots are free again' test $? = 0

# --- single changes ---

here=$(cursor)
wait_for one "since=$here&wait=50&steps=1"
one=$!
wait_for two "since=$here&wait=50"
two=$!
wait_until '[ "$(parked)" = 2 ]'
put "$STATE/jobs/a.json" '{"n":6}'
wait $one $two
is "$(told one)+$(told two)" 'delta a{"n":6}+delta a{"n":6}' \
	'who waits for single changes is told, too'
is "$(json d.more <"$TMP/one")+$(json '"more" in d' <"$TMP/two")" false+false \
	'each in his own form'
here=$(cursor)
put "$STATE/many.json" "[$(seq -s, 20001 | sed 's/[0-9]*/{"id":&}/g')]"
wait_until '[ "$(get -b /api/v1/main | json d.cursor)" = \
	"${here%.*}.$((${here#*.} + 20001))" ]'
is "$(get -b -t 20 "$FEED?since=$here&wait=50&steps=1&collections=logs" |
	json '[d.kind, d.more, d.to]')" \
	"[\"none\",true,\"${here%.*}.$((${here#*.} + 20000))\"]" \
	'a page on which there is nothing ends the wait when there are more'

# --- through a web server, and to the end ---

here=$(cursor)
curl -s "${URL}api/v1/main/changes?since=$here&wait=50" >"$TMP/one" &
one=$!
wait_until '[ "$(parked)" = 1 ]'
put "$STATE/jobs/a.json" '{"n":5}'
wait $one
is "$(told one)" 'delta a{"n":5}' 'the same through lighttpd'
here=$(cursor)
wait_for one "since=$here&wait=50"
one=$!
wait_until '[ "$(parked)" = 1 ]'
kill -TERM "$FCGI"
wait $one
is "$(json d.kind <"$TMP/one")" none 'whoever waits is answered at the end'
done_testing
