#!/usr/bin/env bash
# Health: every way in which something can be wrong, and what to do about it.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

cat >"$TMP/t.json" <<JSON
{"projects": {
	"x": {"store": "$TMP/db/x.db", "collections": {
		"jobs": {"dir": "$TMP/x", "files": ["*.json"]}}},
	"y": {"store": "$TMP/db/y.db", "collections": {
		"jobs": {"dir": "$TMP/y", "files": ["*.json"]}}}},
 "limits": {"waiters": 2}}
JSON
mkdir -p "$TMP/x" "$TMP/y"
put "$TMP/x/a.json" '{"n":1}'

# health EXPRESSION: of the answer d and its checks c
health()
{
	get -b /api/v1/health | json "(() => { const c = d.checks; return $1; })()"
}

# becomes EXPRESSION TEXT DESCRIPTION
becomes()
{
	wait_until "[ \"\$(health '$1')\" = '$2' ]" || true
	is "$(health "$1")" "$2" "$3"
}

# complains CHECK REGEX DESCRIPTION: it is degraded, for this reason
complains()
{
	wait_until "[ \"\$(health 'c.$1.status')\" != ok ]" || true
	like "$(health "[d.status, c.$1.status, c.$1.reason].join()")" \
		"^degraded,degraded,.*$2" "$3"
}

# field FILE N NUMBER: overwrite one of the 8-byte fields of a bell
field()
{
	perl -e 'print pack "Q<", $ARGV[0]' "$3" |
		dd of="$1" bs=8 seek="$2" conv=notrunc status=none
}

# --- before there is anything ---

start_fcgi -c "$TMP/t.json"
is "$(status /api/v1/health) $(header retry-after /api/v1/health)" '503 1' \
	'without a store it is down'
like "$(health '[d.status, c.store.status, c.store.reason].join()')" \
	'^down,down,.*Start tidemark-watcher' 'and says what to do'

# --- all is well ---

start_watcher -c "$TMP/t.json"
becomes d.status ok 'with a watcher all is well'
is "$(health 'Object.keys(c).join()')" \
	store,watcher,disk,waiters,loop,descriptors,sandbox 'these are looked at'
# The kernel may lack something for the sandbox, which is said.
is "$(health 'Object.entries(c).every(([name, k]) =>
	k.status === "ok" && (name === "sandbox" || !("reason" in k)))')" true \
	'what is ok needs no reason'
is "$(health '[c.store.journal, c.watcher.state, c.watcher.problems,
	c.waiters.parked, c.waiters.slots].join()')" wal,ok,0,0,2 \
	'the figures of each'
is "$(health 'c.disk.free_bytes > 0 && c.loop.stall_ms >= 0 &&
	c.descriptors.open > 3 && c.descriptors.limit > c.descriptors.open')" \
	true 'and of the machine'
unlike "$(get -b /api/v1/health)" "$TMP" 'no path of the disk is shown'

# --- waiters ---

cursor=$(get -b /api/v1/x | json d.cursor)
"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 2 \
	"/api/v1/x/changes?since=$cursor&wait=50" >"$TMP/herd" &
herd=$!
becomes c.waiters.parked 2 'two wait'
complains waiters 'All 2 slots .* limits.waiters' 'which is all that may'
is "$(get -b "/api/v1/x/changes?since=$cursor&wait=50" | json d.poll.hint)" \
	poll 'whoever comes now polls'
put "$TMP/x/a.json" '{"n":2}'
wait "$herd"
becomes d.status ok 'then there is room again'

# --- files, watcher ---

put "$TMP/x/b.json" '{'
complains watcher '1 problems.* manifest' 'a file that cannot be served'
rm "$TMP/x/b.json"
becomes d.status ok 'that is gone'
kill -STOP "$WATCHER"
complains watcher 'not scanned for three intervals' 'a watcher that stands still'
is "$(health c.watcher.state)" stopped 'is as good as none'
kill -CONT "$WATCHER"
becomes d.status ok 'and goes on'
stop "$WATCHER"
complains watcher 'Nobody watches 2 of 2 projects.* Start tidemark-watcher' \
	'a watcher that has ended'

# --- stores ---

field "$TMP/db/x.db-bell" 4 "$(date +%s000)" # when
field "$TMP/db/x.db-bell" 2 99               # seq
is "$(health c.store.status)" ok 'a ring may be a moment ahead'
field "$TMP/db/x.db-bell" 4 1000
complains store '1 of 2 stores have not got .*Restart tidemark-watcher' \
	'a store that has lost what was committed'
start_watcher -c "$TMP/t.json"
becomes d.status ok 'a watcher begins another log then'
stop "$WATCHER"
rm -f "$TMP/db/y.db"*
printf 'this is no database %.0s' {1..300} >"$TMP/db/y.db"
complains store '1 of 2 stores cannot be read.* log of tidemark-fcgi' \
	'a store that is none'
is "$(status /api/v1/health) $(status /api/v1/x/jobs/a)" '200 200' \
	'the rest is served'
like "$(cat "$TMP/fcgi.log")" \
	'level=error .*msg="a store cannot be read" project=y reason=' \
	'and the log says which'
start_watcher -c "$TMP/t.json"
becomes d.status ok 'and begins one anew, too'

# --- a stall: whoever has the database to himself keeps a reader waiting ---

stop "$FCGI"
stop "$WATCHER"
mkfifo "$TMP/sql"
sqlite3 "$TMP/db/x.db" <"$TMP/sql" >/dev/null &
sqlite=$!
exec 3>"$TMP/sql"
printf '%s\n' 'PRAGMA locking_mode = EXCLUSIVE;' 'BEGIN IMMEDIATE;' \
	".shell touch '$TMP/locked'" >&3
wait_until '[ -e "$TMP/locked" ]'
start_fcgi -c "$TMP/t.json"
get -b /api/v1/x/jobs >/dev/null
printf '%s\n' 'ROLLBACK;' .quit >&3
exec 3>&-
wait $sqlite
start_watcher -c "$TMP/t.json"
becomes c.watcher.state ok 'after a reader was kept waiting'
complains loop 'did not answer .* for [0-9.]+ s' 'that it answered nobody is said'

# --- descriptors ---

stop "$FCGI"
spawn fcgi prlimit --nofile=640:640 "$BIN/tidemark-fcgi" -c "$TMP/t.json" \
	--listen "unix:$FCGI_SOCK"
FCGI=$SPAWNED
wait_until '[ -S "$FCGI_SOCK" ]'
becomes d.status ok 'with few descriptors'
perl -MIO::Socket::UNIX -e '
	my @peers = map { IO::Socket::UNIX->new($ARGV[0]) or die $! } 1 .. 570;
	$| = 1;
	print "there\n";
	sleep 60;' "$FCGI_SOCK" >"$TMP/peers" &
peers=$!
wait_until 'grep -q there "$TMP/peers" 2>/dev/null'
complains descriptors ' of 640 descriptors .*LimitNOFILE' \
	'that are nearly all taken'
kill $peers
{ wait $peers; } 2>/dev/null
becomes d.status ok 'and free again'

# --- disk ---

if unshare -m true 2>/dev/null; then
	stop "$FCGI"
	mkdir "$TMP/small"
	sed 's,/db/,/small/,' "$TMP/t.json" >"$TMP/small.json"
	spawn fcgi unshare -m sh -c 'mount -t tmpfs -o size=20m tmpfs "$1" &&
		exec "$2" -c "$3" --listen "unix:$4"' sh "$TMP/small" \
		"$BIN/tidemark-fcgi" "$TMP/small.json" "$FCGI_SOCK"
	FCGI=$SPAWNED
	wait_until '[ -S "$FCGI_SOCK" ]'
	becomes c.disk.status degraded 'a small disk'
	like "$(health c.disk.reason)" 'Less than 64 MiB .* Make room' \
		'of which little is left'
fi
done_testing
