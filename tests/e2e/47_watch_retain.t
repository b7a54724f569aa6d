#!/usr/bin/env bash
# Retention: what is kept of the past, and how clients fare that are further
# behind.
# shellcheck disable=SC2016,SC2034,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh
. tests/e2e/follow.sh

STORE=$TMP/main.db
API=/api/v1/main
EVENTS=$API/events
mkdir -p "$STATE/jobs" "$STATE/logs" "$STATE/more"

# configure KEEP
configure()
{
	put "$TMP/c.json" '{"projects":{"main":{"store":"main.db","keep":'"$1"',
		"collections":{"jobs":{"dir":"state/jobs","interval_ms":100},
		"logs":{"dir":"state/logs","interval_ms":100},"more":{"dir":"state/more","interval_ms":100}}}}}'
}
# store_floor: as the store has it
store_floor()
{
	sql "SELECT v FROM meta WHERE k = 'floor'"
}
cursor()
{
	get -b $API | json d.cursor
}
# changes QUERY: kind and reset
changes()
{
	get -b "$API/changes?$1" | json '[d.kind, !!d.reset].join()'
}
# stir N: as many changes, one after the other
stir()
{
	local n
	for n in $(seq "$1"); do
		count=$((count + 1))
		put "$STATE/jobs/hot.json" "{\"n\":$count}"
		wait_until "[ \"\$(body jobs hot)\" = '{\"n\":$count}' ]"
	done
}
count=0

for id in a b c; do
	put "$STATE/more/$id.json" "\"$id\""
done
put "$STATE/logs/l.json" '[1]'
configure '{"changes":8}'
start_watcher -c "$TMP/c.json"
start_fcgi -c "$TMP/c.json"
wait_until '[ "$(ids more),$(ids logs)" = "a b c,l" ]'
is "$(get -b /api/v1/metrics | sed -n 's/^tidemark_log_age_seconds{.*} \([0-9]*\).*/\1/p' |
	grep -cx '[0-9]\|[12][0-9]')" 1 'the oldest change is a few seconds old'
stir 1
old=$(cursor)
page=$(get -b "$API/more?limit=1" | json d.next)
epoch=$(get -b $API | json d.epoch)

# --- within the limit ------------------------------------------------------------

stir 3
is "$(head_seq)" 8 'as many changes as are kept'
settle
is "$(store_floor)" 0 'and all of them stay'
is "$(changes "since=$old")" delta,false 'a cursor from before is answered'

# --- a waiting filter --------------------------------------------------------------

# Its place moves on with what does not concern it.
get -b "$API/changes?since=$old&collections=logs&wait=50" >"$TMP/waiter" &
waiter=$!
wait_until 'get -b /api/v1/metrics | grep -q "^tidemark_waiters{transport=\"longpoll\"} 1"'
follow stream "?since=$old&collections=logs"
wait_until 'has stream ready'
stir 12
becomes store_floor 12 'the oldest go, but for so many'
is "$(sql "SELECT group_concat(seq, ' ') FROM change WHERE seq > 12")" \
	'13 14 15 16 17 18 19 20' 'the newest are there'
is "$(get -b $API | json '[d.floor, d.epoch]')" "[12,\"$epoch\"]" \
	'the manifest has the floor; the epoch is the same'
is "$(get -b /api/v1/metrics | sed -n 's/^tidemark_log_floor_seq{.*} //p')" 12 \
	'metrics, too'
is "$(get -b /api/v1/metrics | sed -n 's/^tidemark_log_bytes{.*} //p')" \
	"$(sql 'SELECT sum(log) FROM coll')" 'with the bytes of the log'
put "$STATE/logs/l.json" '[2]'
wait $waiter
is "$(json '[d.kind, !!d.reset, d.from, d.changes.map(c => c.id)]' <"$TMP/waiter")" \
	"[\"delta\",false,\"$old\",[\"l\"]]" \
	'who waited meanwhile for something else is told of that alone'
wait_until 'has stream changes'
is "$(json '[d.kind, !!d.reset, d.changes.map(c => c.id)]' \
	<<<"$(field 4 stream changes)")" '["delta",false,["l"]]' 'a stream as well'
ok 'which began no snapshot' eval '! has stream snapshot'

# --- below the floor ----------------------------------------------------------------

becomes store_floor 13 'the floor follows the head'
at=${old%.*}.13
below=${old%.*}.12
like "$(changes "since=$at")" '^(delta|snapshot),false$' 'at the floor a cursor is known'
is "$(changes "since=$below")" snapshot,true 'below it a client begins anew'
is "$(changes "since=$below&wait=50")" snapshot,true 'without waiting'
is "$(get -b "$API/changes?since=$below" | json 'd.changes.map(c => c.id).sort()')" \
	'["a","b","c","hot","l"]' 'with all that is there'
is "$(status "$API/changes?since=$below&strict=1")" 410 'or is refused, if it likes'
follow late "?since=$below"
wait_until 'has late snapshot'
is "$(json '[d.kind, !!d.reset, d.changes.length]' <<<"$(field 4 late snapshot)")" \
	'["snapshot",true,5]' 'a stream begins anew, too'
is "$(status "$API/more?limit=1&after=$page")" 410 \
	'a walk through pages of a state below it is over'
next=$(get -b "$API/more?limit=1" | json d.next)
is "$(get -b "$API/more?limit=2&after=$next" | json 'd.items.map(i => i.id)')" \
	'["b","c"]' 'a new one is not'
leave stream late

# --- other limits -------------------------------------------------------------------

configure '{"changes":3}'
kill -HUP "$WATCHER"
becomes store_floor 18 'a lower limit is good at once'
configure '{"changes":1000}'
kill -HUP "$WATCHER"
stir 3
settle
is "$(store_floor)" 18 'and with a higher one the floor stays'
rm "$STATE/logs/l.json"
wait_until '[ -z "$(ids logs)" ]'
stop "$WATCHER"
configure '{"changes":2}'
"$BIN/tidemark-watcher" -c "$TMP/c.json" --once 2>>"$TMP/once.log"
is "$(store_floor)" "$(($(head_seq) - 2))" '--once does it at its end'
stir_once()
{
	put "$STATE/jobs/hot.json" '"x"'
	put "$STATE/more/a.json" '"x"'
	"$BIN/tidemark-watcher" -c "$TMP/c.json" --once 2>>"$TMP/once.log"
}
stir_once
is "$(sql "SELECT count(*) FROM entity WHERE id = 'l'")" 0 \
	'what is gone is forgotten with its last change'
done_testing
