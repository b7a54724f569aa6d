#!/usr/bin/env bash
# shellcheck disable=SC2016
# What happened since a cursor: kinds, squashing, selections, cursors.
. tests/e2e/lib.sh

STATE=$TMP/state
FEED=/api/v1/main/changes
TEXT=$(printf 'x%.0s' {1..300})
mkdir -p "$STATE/jobs" "$STATE/logs"
put "$STATE/jobs/a.json" "{\"status\":\"run\",\"n\":1,\"text\":\"$TEXT\"}"
put "$STATE/jobs/b.json" '{"status":"end","n":1}'
put "$STATE/logs/l.json" '[1]'
start_watcher "$STATE"
start_fcgi "$STATE"

# changes QUERY: kind, then each change as collection/id:op:base
changes()
{
	get -b "$FEED?$1" | json '[d.kind, ...d.changes.map(c =>
		`${c.collection}/${c.id}:${c.op}:${c.base}`)].join(" ")'
}
cursor()
{
	get -b /api/v1/main | json d.cursor
}
# see FILE TEXT: write it, and wait until it is served.
see()
{
	local id=${1%.json}
	put "$STATE/$1" "$2"
	wait_until "[ \"\$(get -b '/api/v1/main/$id')\" = '$2' ]"
}
# forget FILE
forget()
{
	rm "$STATE/$1"
	wait_until "[ \"\$(status '/api/v1/main/${1%.json}')\" = 404 ]"
}
# refuses QUERY: for the sake of its last parameter
refuses()
{
	local answer last=${1##*&}
	answer=$(get -b "$FEED?$1" | json 'd.status + " " + d.detail')
	like "$answer" "^400 parameter ${last%%=*}:" "$1 is refused"
}

wait_until '[ "$(status /api/v1/main/logs/l)$(status /api/v1/main/jobs/b)" = 200200 ]'
start=$(cursor)
version=$(header etag /api/v1/main/jobs/a | tr -d '"')
is "$(get -b $FEED | json '[d.kind, d.from, d.to, "reset" in d]')" \
	"[\"snapshot\",null,\"$start\",false]" 'without a cursor comes everything'
is "$(get -b $FEED | json '[...new Set(d.changes.map(c => c.op + c.base))]')" \
	'["put0"]' 'a snapshot is made of puts'
is "$(get -b $FEED | json 'd.changes.map(c => c.id).sort().join()')" a,b,l \
	'and of every entity'
is "$(changes 'since=0')" "$(changes '')" '0 is no cursor'
is "$(changes 'since=')" "$(changes '')" 'nothing is no cursor'
is "$(get -b "$FEED?since=$start" | json '[d.kind, d.from, d.to, d.changes]')" \
	"[\"none\",\"$start\",\"$start\",[]]" 'at the head there is nothing'
is "$(get -b "$FEED?since=$start" | json '[typeof d.poll.interval_ms,
	typeof d.poll.next_scan_ms, d.poll.hint, "after_ms" in d.poll]')" \
	'["number","number",null,false]' 'poll says when to come again'
like "$(get -b $FEED | json d.server_time)" \
	'^20[0-9-]+T[0-9:]+\.[0-9]{3}Z$' 'the time is there, in milliseconds'
is "$(header cache-control "$FEED?since=$start")" no-store 'nobody stores it'

# --- one step an entity ---

see jobs/a.json "{\"status\":\"run\",\"n\":2,\"text\":\"$TEXT\"}"
is "$(get -b "$FEED?since=$start" | json 'd.changes[0].patch')" \
	'[{"op":"replace","path":"/n","value":2}]' 'a change comes as a patch'
see jobs/a.json "{\"status\":\"run\",\"n\":3,\"text\":\"$TEXT\"}"
is "$(get -b "$FEED?since=$start" | json '[d.changes.length,
	d.changes[0].op, d.changes[0].base]')" "[1,\"patch\",$version]" \
	'two changes of an entity come as one'
see jobs/c.json '{"n":1}'
forget jobs/c.json
is "$(changes "since=$start" | tr -cd :)" '::' \
	'what came and went is not told'
forget jobs/b.json
see jobs/d.json '{"n":1}'
is "$(changes "since=$start" | sed 's/:[0-9]*\( \|$\)/\1/g')" \
	'delta jobs/a:patch jobs/b:delete jobs/d:put' \
	'changes come in their order; deletes are told'
is "$(get -b "$FEED?since=$start" | json 'd.changes[2].base')" 0 \
	'what is new has base 0'
is "$(get -b "$FEED?since=$start" | json 'd.changes.every((c, i, all) =>
	i === 0 || all[i - 1].seq < c.seq)')" true 'seqs rise'
is "$(get -b "$FEED?since=$start" | json d.to)" "$(cursor)" 'to is the head'

# --- std ---

here=$(cursor)
see jobs/a.json "{\"status\":\"run\",\"n\":3,\"text\":\"${TEXT}more\"}"
is "$(get -b "$FEED?since=$here" | json 'd.changes[0].patch[0].op')" str_ins \
	'text that grew is inserted'
unlike "$(get -b "$FEED?since=$here&std=1")" 'str_ins' \
	'std=1 has operations of RFC 6902 only'
like "$(get -b "$FEED?since=$here&std=1")" 'xmore"' 'and still tells all'

# --- selections ---

here=$(cursor)
see logs/l.json '[2]'
see jobs/e.json '{"status":"run"}'
is "$(changes "since=$here&collections=logs" | cut -d: -f1,2)" \
	'delta logs/l:put' 'collections narrows'
is "$(changes "since=$here&collections=jobs,logs" | tr -cd : | wc -c)" 4 \
	'collections may be several'
is "$(changes "since=$here&match=j*:e")" 'delta jobs/e:put:0' 'match narrows'
is "$(changes "since=$here&match=*:*" | tr -cd : | wc -c)" 4 '*:* is everything'
is "$(changes "since=$here&collections=none")" none \
	'a collection that is not there is quiet'
is "$(get -b "$FEED?since=$here&collections=none" | json d.to)" "$(cursor)" \
	'a quiet selection moves on to the head'
is "$(changes 'match=logs:*')" 'snapshot logs/l:put:0' \
	'a snapshot is narrowed too'
here=$(cursor)
where=where=/status:eq:run
is "$(changes "$where" | tr ' ' '\n' | sed 's/:.*//' | sort | xargs)" \
	'jobs/a jobs/e snapshot' 'where narrows by content'
see jobs/d.json '{"status":"run"}'
see jobs/e.json '{"status":"end"}'
is "$(changes "since=$here&$where" | sed 's/:[1-9][0-9]*/:old/g')" \
	'delta jobs/d:put:0 jobs/e:delete:old' \
	'what begins to match is put, what no longer does is deleted'
here=$(cursor)
see jobs/e.json '{"status":"end","n":2}'
is "$(changes "since=$here&$where")" none 'what never matched is not told'

# --- single changes ---

here=$(cursor)
see jobs/e.json '{"status":"run","n":3}'
see jobs/e.json '{"status":"run","n":4}'
see logs/l.json '[3]'
see jobs/e.json '{"status":"end","n":4}'
forget jobs/e.json
steps="since=$here&steps=1"
is "$(changes "$steps" | sed 's/:[1-9][0-9]*/:old/g')" \
	'delta jobs/e:put:old jobs/e:put:old logs/l:put:old jobs/e:put:old jobs/e:delete:old' \
	'steps=1 tells every change'
is "$(get -b "$FEED?$steps" | json '[d.more, d.to, d.changes[1].base ===
	d.changes[0].version]')" "[false,\"$(cursor)\",true]" \
	'each on the version before, and that there are no more'
is "$(changes "$steps&$where" | sed 's/:[1-9][0-9]*/:old/g')" \
	'delta jobs/e:put:0 jobs/e:put:old jobs/e:delete:old' \
	'where has its edges at every change'
is "$(changes "$steps&collections=logs" | sed 's/:[1-9][0-9]*/:old/g')" \
	'delta logs/l:put:old' 'names select changes'
is "$(get -b "$FEED?$steps&limit=2" | json '[d.changes.length, d.more,
	d.to === d.from.slice(0, 17) + d.changes[1].seq]')" '[2,true,true]' \
	'a page ends with the last change that it has'
next=$here all=
for _ in 1 2 3; do
	page=$(get -b "$FEED?since=$next&steps=1&limit=2")
	all+=" $(json 'd.changes.map(c => c.seq).join(" ")' <<<"$page")"
	next=$(json d.to <<<"$page")
done
is "${all# } $(json d.more <<<"$page")" \
	"$(get -b "$FEED?$steps" | json 'd.changes.map(c => c.seq).join(" ")') false" \
	'who goes on with to has all of them, once'
is "$(changes "since=$(cursor)&steps=1")" none 'at the head there is nothing'
is "$(get -b "$FEED?steps=1" | json '[d.kind, d.from, d.changes[0].seq,
	d.changes.length, d.to]')" \
	"[\"delta\",null,1,$(cursor | sed 's/.*\.//'),\"$(cursor)\"]" \
	'without a cursor it is the whole log'
is "$(get -b "$FEED?steps=1&since=0123456789abcdef.1" | json '[d.status, d.oldest]')" \
	"[410,\"${here%.*}.0\"]" 'a cursor of another log is gone, not reset'
is "$(header cache-control "$FEED?$steps")" no-store 'nobody stores it'

# --- to an end that is given ---

there=$(cursor)
fixed="since=$here&until=$there"
first=$(get -b "$FEED?$fixed")
see jobs/d.json '{"status":"end","n":5}'
see logs/l.json '[4]'
is "$(changes "$fixed" | sed 's/:[1-9][0-9]*/:old/g')" \
	'delta logs/l:put:old jobs/e:delete:old' \
	'until ends it there'
is "$(json '[d.from, d.to, "server_time" in d, "poll" in d]' <<<"$first")" \
	"[\"$here\",\"$there\",false,false]" 'and has nothing of today in it'
is "$(get -b "$FEED?$fixed")" "$first" 'nor of what happened since'
is "$(header cache-control "$FEED?$fixed")" \
	'public, max-age=31536000, immutable' 'so it may be kept for ever'
then=${here%.*}.$(get -b "$FEED?$steps" | json 'd.changes[1].seq')
is "$(changes "since=$here&until=$then&$where")" 'delta jobs/e:put:0' \
	'where is of then'
is "$(get -b "$FEED?since=$there&until=$there" | json '[d.kind, d.to]')" \
	"[\"none\",\"$there\"]" 'between a cursor and itself is nothing'
is "$(get -b "$FEED?$fixed&steps=1&limit=4" | json '[d.changes.length, d.more]')" \
	'[4,true]' 'single changes have pages, too'
is "$(get -b "$FEED?$fixed&steps=1" | json '[d.changes.length, d.more, d.to]')" \
	"[5,false,\"$there\"]" 'which end there'
is "$(header cache-control "$FEED?$fixed&steps=1")" \
	'public, max-age=31536000, immutable' 'and may be kept'
ahead=${there%.*}.999999
is "$(get -b "$FEED?since=$here&until=$ahead" | json '[d.status, d.oldest]')" \
	"[410,\"${here%.*}.0\"]" 'an end that the log has not reached is unknown'
is "$(header cache-control "$FEED?since=$here&until=$ahead")" no-store \
	'which nobody is to keep'
is "$(status "$FEED?since=0123456789abcdef.1&until=$there")" 410 \
	'a beginning of another log is not reset'

# --- never longer than the snapshot ---

here=$(cursor)
for i in {1..40}; do put "$STATE/logs/$i.json" '{"some":"text","n":1}'; done
wait_until '[ "$(get -b /api/v1/main/logs | json d.items.length)" = 41 ]'
full=$(cursor)
delta=$(get -b "$FEED?since=$here" | wc -c)
snapshot=$(get -b "$FEED" | wc -c)
ok "a delta ($delta) is not longer than the snapshot ($snapshot)" \
	test "$delta" -le "$snapshot"
rm "$STATE"/logs/[1-9]*.json
wait_until '[ "$(get -b /api/v1/main/logs | json d.items.length)" = 1 ]'
is "$(changes "since=$full&collections=logs" | cut -d: -f1)" \
	'snapshot logs/l' 'forty deletes are told by what is left'
is "$(get -b "$FEED?since=$full&collections=logs" | json '"reset" in d')" false \
	'which is no reset'

# --- cursors ---

epoch=${start%.*}
for bad in "0123456789abcdef.1" "$epoch.999999"; do
	is "$(get -b "$FEED?since=$bad" | json '[d.kind, d.reset, d.from, d.to]')" \
		"[\"snapshot\",true,\"$bad\",\"$(cursor)\"]" \
		"$bad is answered with the snapshot"
	is "$(get -b "$FEED?since=$bad&strict=1" | json '[d.status, d.oldest]')" \
		"[410,\"$epoch.0\"]" 'and with 410 if strict, which says what is left'
	is "$(get -b "$FEED?since=$bad&wait=50" | json d.reset)" true \
		'and never waits'
done
for since in x "$epoch" "$epoch." "$epoch.x" "$epoch.-1" "$epoch.9007199254740992" \
	"${epoch^^}.1" 1; do
	[ "$since" != "$epoch.1" ] && refuses "since=$since"
done
is "$(get -b "$FEED?since=$epoch.9007199254740991" | json d.reset)" true \
	'the highest seq there can be is well-formed'
for query in wait=56 wait=-1 wait=x wait=1.5 wait= std=2 std= strict=yes \
	collections= collections=A match=jobs where=/a where=/a:xx:1 \
	until=1 until= "until=$start" "since=$full&until=0" "since=$full&until=$start" \
	"since=$start&wait=1&until=$full" steps=2 'steps=1&limit=0' 'steps=1&limit=1001' at=1; do
	refuses "$query"
done
names=$(for i in {1..31}; do printf 'c%d,' "$i"; done)
is "$(status "$FEED?collections=${names}c32")" 200 '32 collections are taken'
refuses "collections=${names}c32,c33"
done_testing
