#!/usr/bin/env bash
# Projects share nothing, and the server may start before the watcher.
# shellcheck disable=SC2016
. tests/e2e/lib.sh

mkdir -p "$TMP/x" "$TMP/y"
put "$TMP/x/a.json" '"of x"'
put "$TMP/y/a.json" '"of y"'
cat >"$TMP/t.json" <<JSON
{"projects": {
	"x": {"store": "$TMP/db/x.db", "collections": {
		"jobs": {"dir": "$TMP/x", "files": ["*.json"]}}},
	"y": {"store": "$TMP/db/y.db", "collections": {
		"jobs": {"dir": "$TMP/y", "files": ["*.json"]}}}}}
JSON

start_fcgi -c "$TMP/t.json"
for path in x x/jobs x/jobs/a x/changes 'x/changes?wait=50'; do
	is "$(status "/api/v1/$path") $(header retry-after "/api/v1/$path")" \
		'503 1' "$path is unavailable before there is a store"
done
unlike "$(get -b /api/v1/x)" "$TMP" 'which shows no path of the disk'
is "$(status /api/v1/z)" 404 'an unknown project is 404 all the same'
is "$(status /api/v1/health) $(get -b /api/v1/health | json d.status)" \
	'503 down' 'health is down'
start_watcher -c "$TMP/t.json"
wait_until '[ "$(status /api/v1/x/jobs/a)$(status /api/v1/y/jobs/a)" = 200200 ]'
ok 'everything is there as soon as the watcher has made it' test $? = 0
wait_until '[ "$(get -b /api/v1/health | json d.status)" = ok ]'
ok 'health is ok' test $? = 0

is "$(get -b /api/v1/x/jobs/a) $(get -b /api/v1/y/jobs/a)" '"of x" "of y"' \
	'the same id in two projects is two entities'
x=$(get -b /api/v1/x | json d.cursor)
y=$(get -b /api/v1/y | json d.cursor)
ok 'they have logs of their own' test "${x%.*}" != "${y%.*}"
is "$(get -b "/api/v1/y/changes?since=$x" | json '[d.reset, d.to]')" \
	"[true,\"$y\"]" 'the cursor of one is unknown to the other'
get -b -t 60 "/api/v1/x/changes?since=$x&wait=50" >"$TMP/waited" &
waiter=$!
wait_until '[ "$(get -b /api/v1/health | json d.checks.waiters.parked)" = 1 ]'
put "$TMP/y/b.json" 1
wait_until '[ "$(status /api/v1/y/jobs/b)" = 200 ]'
is "$(get -b /api/v1/health | json d.checks.waiters.parked)" 1 \
	'a change in one wakes nobody in the other'
is "$(get -b /api/v1/x | json d.cursor)" "$x" 'nor moves its head'
is "$(status /api/v1/x/jobs/b)" 404 'nor is it seen there'
put "$TMP/x/c.json" 2
wait $waiter
is "$(json 'd.changes.map(c => c.id)' <"$TMP/waited")" '["c"]' \
	'a change in its own does'

# The store is taken away and made anew under the open server.
stop "$WATCHER"
rm -rf "$TMP/db"
start_watcher -c "$TMP/t.json"
wait_until '[ "$(get -b /api/v1/x | json "d.epoch ?? 0")" != "${x%.*}" ] &&
	[ "$(status /api/v1/x/jobs/c)" = 200 ]'
ok 'a store that was replaced is opened again' test $? = 0
is "$(get -b "/api/v1/x/changes?since=$x" | json '[d.kind, d.reset]')" \
	'["snapshot",true]' 'and its old cursors are reset'
here=$(get -b /api/v1/x | json d.cursor)
get -b -t 60 "/api/v1/x/changes?since=$here&wait=50" >"$TMP/waited" &
waiter=$!
wait_until '[ "$(get -b /api/v1/health | json d.checks.waiters.parked)" = 1 ]'
put "$TMP/x/d.json" 3
wait $waiter
is "$(json 'd.changes.map(c => c.id)' <"$TMP/waited")" '["d"]' \
	'and its new bell is heard'
done_testing
