#!/usr/bin/env bash
# The feed as Server-Sent Events: what is sent, where a client goes on, and how
# a stream ends.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/follow.sh

STATE=$TMP/state
EVENTS=/api/v1/main/events
mkdir -p "$STATE/jobs" "$STATE/logs"
put "$STATE/jobs/a.json" '{"n":1}'
configure()
{
	put "$TMP/tidemark.json" '{"limits":{"waiters":'"${1:-100}"',"waiters_per_address":'"${2:-100}"'},
	"projects":{"main":{"store":"'"$TMP"'/main.db","collections":{
	"jobs":{"dir":"'"$STATE"'/jobs"},"logs":{"dir":"'"$STATE"'/logs"}}}}}'
}
configure
start_watcher -c "$TMP/tidemark.json"
start_fcgi -c "$TMP/tidemark.json"
start_lighttpd /live/

# names NAME: of all events in their order
names()
{
	cut -f 2 "$TMP/$1" | grep -vx 'head\|read\|end' | xargs
}
streams()
{
	get -b /api/v1/metrics | sed -n 's/^tidemark_waiters{transport="sse"} //p'
}
cursor()
{
	get -b /api/v1/main | json d.cursor
}
wait_until '[ "$(status /api/v1/main/jobs/a)" = 200 ]'

# --- how it begins -------------------------------------------------------------

here=$(cursor)
follow one ''
wait_until 'has one snapshot'
is "$(names one)" 'hello ready snapshot' 'hello, ready, then what there is'
head=$(field 4 one head)
is "$(json '[d["content-type"], d["cache-control"], d["x-accel-buffering"], d.incremental]' <<<"$head")" \
	'["text/event-stream","no-store, no-transform","no","?1"]' 'headers against buffering'
is "$(json '["content-length" in d, "content-encoding" in d]' <<<"$head")" \
	'[false,false]' 'neither length nor compression'
is "$(field 4 one hello | json '[d.project, d.cursor, d.live.sse]')" \
	"[\"main\",\"$here\",true]" 'hello is the manifest'
is "$(field 3 one hello) $(field 3 one ready)" '0 0' \
	'who holds nothing goes on with nothing'
# hello may be read late, so the time runs from the request.
ok 'ready comes 250 ms later' test "$(field 1 one ready)" -ge 250
like "$(cut -f 2 "$TMP/one" | xargs)" '^head hello read ready' 'by itself'
is "$(field 4 one snapshot | json '[d.kind, d.from, d.to, d.changes.map(c => c.id).join()]')" \
	"[\"snapshot\",null,\"$here\",\"a\"]" 'a snapshot for who holds nothing'
is "$(field 3 one snapshot)" "$here" 'its id is where to go on'

put "$STATE/jobs/a.json" '{"n":2}'
wait_until 'has one changes'
is "$(field 4 one changes | json '[d.kind, d.from, d.changes[0].data]')" \
	"[\"delta\",\"$here\",{\"n\":2}]" 'a change is an event'
is "$(field 3 one changes)" "$(cursor)" 'with the cursor behind it'
leave one
wait_until '[ "$(streams)" = 0 ]'
ok 'who hangs up is gone at once' test $? = 0

# --- where it goes on ------------------------------------------------------------

then=$here
here=$(cursor)
put "$STATE/jobs/b.json" '{"n":1}'
wait_until '[ "$(status /api/v1/main/jobs/b)" = 200 ]'
follow since "?since=$here"
follow last -H "last-event-id: $here" "?since=$then"
follow junk -H 'last-event-id: 17' "?since=$here"
follow lost '?since=0123456789abcdef.3'
wait_until 'has since changes && has last changes && has junk changes && has lost snapshot'
is "$(field 4 since changes | json 'd.changes.map(c => c.id).join()')" b \
	'since= is where it begins'
is "$(field 3 since hello)" "$here" 'hello moves nobody'
is "$(field 4 last changes | json d.from)" "$here" 'Last-Event-ID counts more'
is "$(field 4 junk changes | json d.from)" "$here" 'unless it is no cursor'
is "$(field 4 lost snapshot | json '[d.reset, d.from]')" \
	'[true,"0123456789abcdef.3"]' 'an unknown cursor is cured by a snapshot'
is "$(status "$EVENTS?since=x") $(status "$EVENTS?shape=x")" '400 400' \
	'a malformed parameter is 400'
is "$(get -i -m HEAD "$EVENTS" | tr -d '\r' | grep -c 'text/event-stream')" 1 \
	'HEAD has the headers'
is "$(status /api/v1/none/events)" 404 'an unknown project is 404'
leave since last junk lost

# --- selections --------------------------------------------------------------------

here=$(cursor)
follow all "?since=$here"
follow big "?since=$here&where=/n:ge:5"
follow logs "?since=$here&collections=logs"
wait_until 'has all ready && has big ready && has logs ready'
put "$STATE/jobs/b.json" '{"n":7}'
wait_until 'has big changes && has all changes'
is "$(field 4 big changes | json '[d.changes[0].op, d.changes[0].base]')" \
	'["put",0]' 'what begins to match is put'
put "$STATE/jobs/b.json" '{"n":3}'
wait_until 'has big changes 2'
is "$(grep -P '\tchanges\t' "$TMP/big" | tail -1 | cut -f 4 | json 'd.changes[0].op')" \
	delete 'what no longer does is deleted'
wait_until 'has logs bookmark' 20
is "$(field 4 logs bookmark | json '[d.kind, d.from, d.changes.length]')" \
	"[\"none\",\"$here\",0]" 'who selects nothing of it is moved on by a bookmark'
ok 'which says where to' test "$(field 3 logs bookmark)" != "$here"
is "$(names logs | tr ' ' '\n' | grep -c changes)" 0 'and by nothing else'

# --- what it survives ----------------------------------------------------------------

stop "$WATCHER"
rm -f "$TMP"/main.db*
put "$STATE/jobs/c.json" '{"n":9}'
start_watcher -c "$TMP/tidemark.json"
wait_until 'has all snapshot' 60
is "$(field 4 all snapshot | json '[d.reset, d.changes.map(c => c.id).sort().join()]')" \
	'[true,"a,b,c"]' 'another database: the same stream begins anew'
put "$STATE/jobs/c.json" '{"n":10}'
wait_until 'grep -q "\"n\":10" "$TMP/all"'
ok 'and goes on' test $? = 0
is "$(cut -f 2 "$TMP/all" | grep -c '^end$')" 0 'without an end'
leave all big logs

# --- how it ends ---------------------------------------------------------------------

follow reload "?since=$(cursor)"
wait_until 'has reload ready'
kill -HUP "$FCGI"
wait_until 'has reload end'
is "$(names reload)" 'hello ready bye' 'a reload sends streams away'
is "$(field 4 reload bye | json '[d.reason, d.retry_ms > 0, d.spread_ms > 0]')" \
	'["reload",true,true]' 'with a reason, and when to come back'
is "$(field 4 reload end)" complete 'as a complete answer'

configure 2 1
kill -HUP "$FCGI"
follow first -a 192.0.2.1 "?since=$(cursor)"
wait_until 'has first ready'
follow again -a 192.0.2.1 "?since=$(cursor)"
wait_until 'has again end'
is "$(cut -f 2,3 "$TMP/again" | head -1 | tr '\t' ' ')" 'head 200' 'one address has had its streams: 200'
is "$(names again) $(field 4 again bye | json d.reason)" 'bye full' 'and bye'
follow second -a '2001:db8::1' "?since=$(cursor)"
wait_until 'has second ready'
follow third -a 192.0.2.3 "?since=$(cursor)"
wait_until 'has third end'
is "$(names third) $(field 4 third bye | json d.reason)" 'bye full' 'all slots are taken: bye'
is "$(get -b "/api/v1/main/changes?since=$(cursor)&wait=20" | json d.poll.hint)" \
	poll 'polls share them'
leave first
wait_until '[ "$(streams)" = 1 ]'
follow fourth -a 192.0.2.3 "?since=$(cursor)"
wait_until 'has fourth ready'
ok 'one that is given back is taken again' test $? = 0

is "$(curl -sN --max-time 30 "${URL}api/v1/main/events" | grep -c '^event: bye')" 1 \
	'through lighttpd it is the same'
leave fourth second
wait_until '[ "$(streams)" = 0 ]'
curl -sN "${URL}api/v1/main/events?since=$(cursor)" >"$TMP/curl" &
curl=$!
wait_until 'grep -qs "event: ready" "$TMP/curl"'
put "$STATE/jobs/a.json" '{"n":20}'
wait_until 'grep -q "event: changes" "$TMP/curl"'
ok 'and events come as they happen' test $? = 0

kill -TERM "$FCGI"
wait $curl
is "$(sed -n 's/^data: \(.*ending.*\)/\1/p' "$TMP/curl" | json d.reason)" ending \
	'SIGTERM says bye'
done_testing
