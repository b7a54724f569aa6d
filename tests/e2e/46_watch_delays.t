#!/usr/bin/env bash
# How long changes take from a file to the log is counted in the bell.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

# counted: how many, in all buckets; sum_us: their sum
counted()
{
	od -An -v -t u8 -w8 -j 136 -N 128 "$STORE-bell" 2>/dev/null |
		awk '{ n += $1 } END { print n + 0 }'
}
sum_us()
{
	od -An -t u8 -j 128 -N 8 "$STORE-bell" | tr -d ' '
}

mkdir "$STATE/jobs"
cat >"$TMP/t.json" <<JSON
{"projects": {"main": {"store": "$STORE", "collections": {
	"jobs": {"dir": "state/jobs", "interval_ms": 200}}}}}
JSON
for n in 1 2 3 4 5; do
	put "$STATE/jobs/old$n.json" "{\"n\":$n}"
done
start_watcher -c "$TMP/t.json"
becomes 'ids jobs' 'old1 old2 old3 old4 old5' 'files that were there'
settle
is "$(counted)" 0 'are not counted: nobody was watching'

put "$STATE/jobs/old1.json" '{"n":11}'
becomes counted 1 'a file that is renamed into place is counted'
printf '{"n":22}' >"$STATE/jobs/old2.json"
becomes 'body jobs old2' '{"n":22}' 'a file that is written in place'
# The moment between truncating and writing may have been seen.
ok 'is counted' wait_until "[ \"\$(counted)\" -ge 2 ]"
settle
was=$(counted)
ok 'and the sum is of this order' test "$(sum_us)" -lt $((was * 30000000))

printf '{"n": 1e9}' >"$TMP/long-ago.json"
touch -d '2001-01-01' "$TMP/long-ago.json"
mv "$TMP/long-ago.json" "$STATE/jobs/new.json"
becomes counted $((was + 1)) 'an old file that is moved there is counted'
put "$STATE/jobs/old1.json" '{"n":11}'
put "$STATE/jobs/old3.json" '{"n":  3}'
touch "$STATE/jobs/old4.json"
rm "$STATE/jobs/old5.json"
becomes 'ids jobs' 'new old1 old2 old3 old4' 'a file is removed'
settle
is "$(counted)" $((was + 1)) 'what changes no document is not counted'

stop "$WATCHER"
is "$(counted)" $((was + 1)) 'what was counted outlives the watcher'
start_watcher -c "$TMP/t.json"
settle
put "$STATE/jobs/last.json" '{}'
becomes counted $((was + 2)) 'and the next one goes on'
done_testing
