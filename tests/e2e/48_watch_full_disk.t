#!/usr/bin/env bash
# A full disk: what is there is served, and the oldest changes make room for
# new ones.
# shellcheck disable=SC2016,SC2034 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh

unshare -m true 2>/dev/null || skip_all 'no mount namespaces here'

STORE=$TMP/small/main.db
SCAN='"interval_ms":100'
mkdir -p "$STATE/jobs" "$TMP/small"
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "small/main.db", "collections": {
	  "jobs": {"dir": "state/jobs", $SCAN}
	}}}}
JSON
# It has the disk, which is there as long as it runs.
spawn fcgi unshare -m sh -c 'mount -t tmpfs -o size=24m tmpfs "$1" &&
	exec "$2" -c "$3" --listen "unix:$4"' sh "$TMP/small" \
	"$BIN/tidemark-fcgi" "$TMP/c.json" "$FCGI_SOCK"
FCGI=$SPAWNED
wait_until '[ -S "$FCGI_SOCK" ]'
inside()
{
	nsenter -t "$FCGI" -m "$@"
}
sql()
{
	inside sqlite3 -readonly -cmd '.timeout 5000' "$STORE" "$1" \
		2>>"$TMP/sql.log"
}
start()
{
	spawn watcher nsenter -t "$FCGI" -m \
		"$BIN/tidemark-watcher" -c "$TMP/c.json"
	WATCHER=$SPAWNED
}
# big N: a document of 64 KB that has nothing in common with the one before
big()
{
	put "$STATE/jobs/big.json" \
		"[$1,\"$(head -c 48000 /dev/urandom | base64 -w 0)\"]"
	wait_until "[ \"\$(body jobs big | cut -d, -f 1)\" = '[$1' ]"
}
# fill: another program takes all that is left
fill()
{
	inside dd if=/dev/zero bs=4k 2>/dev/null \
		of="$TMP/small/others" oflag=append conv=notrunc
}
# blocks: that are free
blocks()
{
	inside stat -f -c %a "$TMP/small"
}
store_floor()
{
	sql "SELECT v FROM meta WHERE k = 'floor'"
}

start
put "$STATE/jobs/a.json" '{"n":1}'
for n in $(seq 1 110); do
	big "$n"
done
is "$(store_floor)" 0 'there is room for all'
ok 'and for a ballast' inside test -e "$STORE-ballast"
fill
is "$(blocks)" 0 'the disk is full'
put "$STATE/jobs/a.json" '{"n":2}'
becomes 'body jobs a' '{"n":2}' 'a change is recorded all the same'
ok 'at the cost of the ballast' eval '! inside test -e "$STORE-ballast"'
fill
is "$(blocks)" 0 'what that gave is taken by others, too'
put "$STATE/jobs/a.json" '{"n":3}'
becomes 'body jobs a' '{"n":3}' 'a change is recorded all the same'
floor=$(store_floor)
ok 'at the cost of old ones' test "$floor" -gt 0
ok 'but not of all' test "$floor" -lt 100
is "$(get -b /api/v1/main/jobs/a)" '{"n":3}' 'it is served'
is "$(get -b /api/v1/health | json d.checks.disk.status)" degraded \
	'health says how the disk is'
for n in $(seq 111 200); do
	big "$n"
done
is "$(head_seq)" 203 'so it goes on, old ones making room for new ones'
is "$(blocks)" 0 'within the room that there is'
is "$(get -b /api/v1/main/jobs/big | cut -d, -f 1)" '[200' 'and all is served'
is "$(sql 'PRAGMA quick_check')" ok 'the database is sound'
like "$(cat "$TMP/watcher.log")" 'old changes make room' 'the log says so'
unlike "$(cat "$TMP/watcher.log")" 'project fails' 'and of no failure'

# --- also from the beginning ------------------------------------------------------

stop "$WATCHER"
fill
start
put "$STATE/jobs/a.json" '{"n":4}'
becomes 'body jobs a' '{"n":4}' 'a new watcher records changes, too'
inside rm "$TMP/small/others"
big 201
floor=$(store_floor)
for n in $(seq 202 210); do
	big "$n"
done
is "$(store_floor)" "$floor" 'when there is room again, nothing more goes'
stop "$WATCHER"
done_testing
