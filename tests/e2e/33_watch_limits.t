#!/usr/bin/env bash
# Limits: what is at one is served, what is one past it names it.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
mkdir "$STATE/few" "$STATE/small" "$STATE/twice" "$STATE/twice/a" \
	"$STATE/twice/b"
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "few": {"dir": "state/few", "max_entities": 3, "interval_ms": 100},
	  "small": {"dir": "state/small", "max_file_bytes": 10},
	  "twice": {"dir": "state/twice", "id": "name", "interval_ms": 100}
	}}}}
JSON
for i in 1 2 3; do put "$STATE/few/$i.json" "$i"; done
printf '"%08d"' 0 >"$STATE/small/at.json"
printf '"%09d"' 0 >"$STATE/small/past.json"
start_watcher -c "$TMP/c.json"
becomes 'ids few' '1 2 3' 'as many entities as may be'
becomes 'body small at' '"00000000"' 'a file of as many bytes as may be'
becomes_like 'problem small past' '10 bytes \(max_file_bytes\)' \
	'one byte more: the limit is named'

put "$STATE/few/4.json" 4
becomes_like 'problem few 4' '3 entities .*\(max_entities\)' \
	'one entity more: the limit is named'
is "$(ids few)" '1 2 3' 'it is not served'
put "$STATE/few/2.json" 22
becomes 'body few 2' 22 'the others still change'
rm "$STATE/few/1.json"
becomes 'ids few' '2 3 4' 'it is when there is room'
becomes 'problem few 4' '' 'and no problem any more'

put "$STATE/twice/a/x.json" '"a"'
becomes 'body twice x' '"a"' 'an id that one file gives'
put "$STATE/twice/b/x.json" '"b"'
becomes_like 'problem twice x' 'a/x.json' \
	'a second file of that id is a problem that names the first'
is "$(body twice x)" '"a"' 'the first one keeps it'
rm "$STATE/twice/a/x.json"
becomes 'body twice x' '"b"' 'when it goes the second one has it'
becomes 'problem twice x' '' 'and is no problem any more'
done_testing
