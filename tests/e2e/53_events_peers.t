#!/usr/bin/env bash
# What peers do to a stream, and what they are told while nothing happens.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

STATE=$TMP/state
EVENTS=/api/v1/main/events
mkdir -p "$STATE/jobs" "$STATE/bulk" "$TMP/still/jobs"
# fill SIZE: each of so many documents too large for a socket's buffer together
fill()
{
	local i

	for i in $(seq 30); do
		put "$STATE/bulk/$i.json" "{\"n\":$1,\"text\":\"$(printf '%010000d' "$i")\"}"
	done
	wait_until '[ "$(get -b "/api/v1/main/bulk?where=/n:eq:'"$1"'" | json d.items.length)" = 30 ]'
}
cat >"$TMP/tidemark.json" <<-JSON
	{"limits": {"slow_s": 1}, "projects": {
	 "main": {"store": "main.db", "collections": {
		"jobs": {"dir": "state/jobs"}, "bulk": {"dir": "state/bulk"}}},
	 "still": {"store": "still.db", "collections": {
		"jobs": {"dir": "still/jobs"}}}}}
JSON
put "$STATE/jobs/a.json" '{"n":1}'
start_watcher -c "$TMP/tidemark.json"
start_fcgi -c "$TMP/tidemark.json"

# follow NAME URI: a stream, in the background; its events are in $TMP/NAME, its
# process in ${follower[NAME]}
declare -A follower
follow()
{
	: >"$TMP/$1"
	node tests/e2e/events.js -H 'accept-encoding: gzip' "$FCGI_SOCK" "$2" \
		>"$TMP/$1" &
	follower[$1]=$!
}
leave()
{
	kill "${follower[$1]}" 2>/dev/null
	wait "${follower[$1]}" 2>/dev/null
}
# talk NAME ORDER...: fcgi_talk in the background; what it hears is in $TMP/NAME
talk()
{
	: >"$TMP/$1"
	"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" "${@:2}" >"$TMP/$1" &
	follower[$1]=$!
}
# has NAME EVENT [N]
has()
{
	[ "$(cut -f 2 "$TMP/$1" | grep -cx "$2")" -ge "${3:-1}" ]
}
# first NUMBER NAME EVENT: a field of the first such event
first()
{
	awk -F'\t' -v e="$3" -v n="$1" '$2 == e { print $n; exit }' "$TMP/$2"
}
metric()
{
	get -b /api/v1/metrics | sed -n "s/^tidemark_$1 //p"
}
streams()
{
	metric 'waiters{transport="sse"}'
}
cursor()
{
	get -b "/api/v1/${1:-main}" | json d.cursor
}
wait_until '[ "$(status /api/v1/main/jobs/a)" = 200 ] && [ "$(status /api/v1/still)" = 200 ]'

# --- silence, told of at the end -------------------------------------------------

follow silent "/api/v1/still/events?since=$(cursor still)"
follow entities "/api/v1/still/events?shape=entity"
wait_until 'has silent ready && has entities connected'

# --- one connection for several requests ------------------------------------------

talk kept keep "$EVENTS?collections=jobs" hear hear hear abort answer \
	id 7 keep "$EVENTS?collections=jobs" hear hear hear said answer \
	id 8 keep /api/v1/main/jobs/a answer id 9 get /api/v1/main/jobs/a answer end
wait_until 'grep -q said "$TMP/kept"'
is "$(sed -n '4,5p' "$TMP/kept")" $'END 1 status 0\nSTDOUT 7 Status: 200 OK' \
	'a stream that is aborted is over, and the next request is another stream'
is "$(streams)" 3 'one connection, one stream'
put "$STATE/jobs/a.json" '{"n":2}'
kill -HUP "$FCGI"
wait "${follower[kept]}"
# The change and bye may be one record, or two.
is "$(sed -n '/said/,$p' "$TMP/kept" | grep -v '^STDOUT 7' | cut -d ' ' -f 1-4)" \
	"$(printf '%s\n' said 'END 7 status 0' 'STDOUT 8 Status: 200' 'STDOUT 8' \
		'END 8 status 0' 'STDOUT 9 Status: 200' 'STDOUT 9' 'END 9 status 0' \
		closed)" \
	'after bye the connection serves on, until a request does not want it kept'
wait_until '[ "$(streams)" = 0 ]'
ok 'streams that were sent away hold nothing' test $? = 0
follow silent "/api/v1/still/events?since=$(cursor still)"
follow entities "/api/v1/still/events?shape=entity"
wait_until 'has silent ready && has entities connected'

talk hung get "$EVENTS" hear lost
wait_until '[ "$(streams)" = 3 ]'
leave hung
wait_until '[ "$(streams)" = 2 ]'
ok 'a connection that is closed frees its slot at once' test $? = 0

talk half get "$EVENTS?since=$(cursor)" hear hear shut end
wait "${follower[half]}"
is "$(tail -1 "$TMP/half")" closed 'so does one that is closed on one side'
wait_until '[ "$(streams)" = 2 ]'

# --- a watcher that comes and goes --------------------------------------------------

here=$(cursor)
follow plain "$EVENTS?since=$here"
follow standard "$EVENTS?since=$here&std=1"
follow quiet "$EVENTS?shape=entity&match=jobs:none"
wait_until 'has plain hello && has standard ready && has quiet connected'
text=$(printf 'line %s of a log that grows, ' 1 2 3 4 5 6 7 8 9)
stop "$WATCHER"
put "$STATE/jobs/log.json" "{\"text\":\"$text\"}"
start_watcher -c "$TMP/tidemark.json"
wait_until 'has plain changes && has standard changes'
put "$STATE/jobs/log.json" "{\"text\":\"$text and so on\"}"
wait_until 'has plain changes 2 && has standard changes 2'
# steps NAME: from, what, to: the seqs of all changes
steps()
{
	grep -P '\tchanges\t' "$TMP/$1" | cut -f 4 | while read -r line; do
		json '[d.from.split(".")[1], d.changes.map(c => c.op + c.base).join(),
			d.to.split(".")[1]].join(" ")' <<<"$line"
	done | xargs
}
n=${here#*.}
is "$(steps plain)" "$n put0 $((n + 1)) $((n + 1)) patch$((n + 1)) $((n + 2))" \
	'a stream goes on where it was after the watcher comes back'
is "$(steps standard | cut -d ' ' -f 5)" "put$((n + 1))" \
	'with std=1 no text operation'
ok 'which others get' grep -q '"op":"str_ins"' "$TMP/plain"
wait_until '[ "$(first 3 quiet -)" = "'"$(cursor)"'" ]' 20
is "$(first 4 quiet -)" - 'shape=entity: a bookmark is an id alone'
for name in plain standard quiet; do leave $name; done

# --- who does not read ----------------------------------------------------------------

fill 1
talk deaf get "$EVENTS?collections=bulk" lost
wait_until '[ "$(metric queue_bytes)" != 0 ]'
queued=$(metric queue_bytes)
fill 2
fill 3
ok "$queued bytes, and not more, are kept for who does not read" \
	test "$(metric queue_bytes)" -le "$queued"
follow reader "$EVENTS?collections=jobs"
wait_until 'has reader snapshot'
put "$STATE/jobs/a.json" '{"n":3}'
wait_until 'has reader changes'
is "$(first 4 reader head | json '"content-encoding" in d')" false \
	'no event is compressed, whatever the peer takes'
wait "${follower[deaf]}"
is "$(cat "$TMP/deaf")" lost 'his connection is closed'
is "$(metric 'drops_total{reason="slow"}')" 1 'alone'
is "$(metric queue_bytes)" 0 'and nothing is kept any more'
is "$(cut -f 2 "$TMP/reader" | grep -vx read | xargs)" \
	'head hello ready snapshot changes' 'who reads is told as always'
leave reader

# --- silence -----------------------------------------------------------------------------

wait_until 'has silent : 2 && has entities heartbeat' 45
is "$(cut -f 2 "$TMP/silent" | grep -vx read | xargs)" \
	'head hello ready : :' 'silence: a comment now and then'
is "$(first 4 silent :)" hb 'hb'
ok 'after 15 s' test "$(first 1 silent :)" -ge 15000
is "$(cut -f 2 "$TMP/entities" | grep -vx read | xargs)" \
	'head connected heartbeat' 'shape=entity: an event'
is "$(first 4 entities heartbeat | json '[d.type, d.timestamp.length]')" \
	'["heartbeat",24]' 'heartbeat'
ok 'after 30 s' test "$(first 1 entities heartbeat)" -ge 30000
leave silent
leave entities
done_testing
