#!/usr/bin/env bash
# Many who wait, each for something else: one look into the log for all.
# shellcheck disable=SC2016
. tests/e2e/lib.sh

STATE=$TMP/state
FEED=/api/v1/main/changes
WAITERS=30
mkdir -p "$STATE/jobs"
for i in $(seq $WAITERS); do
	put "$STATE/jobs/j$i.json" '{"n":1,"of":'"$i"'}'
done
start_watcher "$STATE"
start_fcgi "$STATE"
wait_until '[ "$(get -b /api/v1/main/jobs 2>/dev/null | json d.items.length 2>/dev/null)" = $WAITERS ]'

metric()
{
	get -b /api/v1/metrics | sed -n "s/^$1 //p"
}
# wait_for NUMBER QUERY: in the background; the answer is in $TMP/NUMBER
wait_for()
{
	get -b -t 60 "$FEED?since=$here&wait=50&$2" >"$TMP/$1" &
	waiter[$1]=$!
}
told()
{
	json '[d.kind, ...d.changes.map(c => c.id + c.version)].join(" ")' <"$TMP/$1"
}

declare -a waiter
here=$(get -b /api/v1/main | json d.cursor)
for i in $(seq $WAITERS); do
	wait_for "$i" "match=jobs:j$i"
done
wait_for 100 'where=/n:eq:7'
wait_until '[ "$(metric "tidemark_waiters{transport=\"longpoll\"}")" = $((WAITERS + 1)) ]'
ok 'each waits for a document of its own' test "$(metric tidemark_groups)" = $((WAITERS + 1))
# From the second ring on there is something to compare with.
put "$STATE/jobs/j1.json" '{"n":2}'
wait "${waiter[1]}"
is "$(told 1)" "delta j1$((WAITERS + 1))" 'the one concerned is told'
reads=$(metric tidemark_log_reads_total)
put "$STATE/jobs/j2.json" '{"n":2}'
wait "${waiter[2]}"
is "$(told 2)" "delta j2$((WAITERS + 2))" 'so is the next'
cost=$(($(metric tidemark_log_reads_total) - reads))
# One look for all, one of the one concerned, one of the where; and perhaps the
# same again by the clock.
ok "$cost looks into the log for $WAITERS who wait" test $cost -le 8
put "$STATE/jobs/j3.json" '{"n":7}'
wait "${waiter[3]}" "${waiter[100]}"
is "$(told 3)+$(told 100)" "delta j3$((WAITERS + 3))+delta j3$((WAITERS + 3))" \
	'by its name, and by what is in it'
rm "$STATE/jobs/j4.json"
wait "${waiter[4]}"
is "$(told 4)" "delta j4$((WAITERS + 4))" 'one that goes is told too'
put "$STATE/jobs/j5.json" '{"n":2}'
wait "${waiter[5]}"
is "$(json d.from <"$TMP/5")" "$here" 'from is where the client stands, however quiet it was'
kill -TERM "$FCGI"
wait "${waiter[@]:6}"
is "$(json '[d.kind, d.to.split(".")[1]]' <"$TMP/30")" "[\"none\",\"$((WAITERS + 5))\"]" \
	'and who heard nothing has moved on'
done_testing
