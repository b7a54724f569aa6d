#!/usr/bin/env bash
# An id of one of many in a file that another file has, or for which there is no
# room: it is taken as soon as it is free, also when the file does not change.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
mkdir "$STATE/rows" "$STATE/last" "$STATE/few"
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "rows": {"dir": "state/rows", "items": "", "interval_ms": 100},
	  "last": {"dir": "state/last", "as": "jsonl", "key": "k",
	    "interval_ms": 100},
	  "few": {"dir": "state/few", "items": "", "max_entities": 2,
	    "interval_ms": 100}
	}}}}
JSON
put "$STATE/rows/a.json" '{"x":"a","y":"a"}'
put "$STATE/last/a.jsonl" $'{"k":"x","of":"a"}\n{"k":"y","of":"a"}\n'
put "$STATE/few/a.json" '{"x":"a","y":"a"}'
start_watcher -c "$TMP/c.json"
becomes 'ids rows' 'x y' 'elements of one file'
becomes 'ids last' 'x y' 'lines of one file'
becomes 'ids few' 'x y' 'as many as may be'

put "$STATE/rows/b.json" '{"y":"b","z":"b"}'
becomes_like 'problem rows b' 'the id y is that of a.json' \
	'an id that two files have is a problem'
becomes 'body rows z' '"b"' 'the others are taken'
put "$STATE/rows/a.json" '{"x":"a"}'
becomes 'body rows y' '"b"' 'an element is taken when its other file has it no more'
becomes 'problem rows b' '' 'and is no problem any more'

put "$STATE/last/b.jsonl" $'{"k":"y","of":"b"}\n{"k":"z","of":"b"}\n'
becomes_like 'problem last b/00000001' 'the id y is that of a.jsonl' \
	'so it is with lines'
becomes 'body last z' '{"k":"z","of":"b"}' 'of which the others are taken'
rm "$STATE/last/a.jsonl"
becomes 'ids last' 'y z' 'and this one when the other file is gone'
is "$(body last y)" '{"k":"y","of":"b"}' 'as it is in the second'
becomes 'problem last b/00000001' '' 'and is no problem any more'

put "$STATE/few/b.json" '{"z":"b"}'
becomes_like 'problem few b' 'max_entities' 'one more than may be'
put "$STATE/few/a.json" '{"x":"a"}'
becomes 'ids few' 'x z' 'it is taken when there is room'
becomes 'problem few b' '' 'and is no problem any more'

# The new name may be looked at before the old one is known to be gone.
for i in {1..20}; do
	mv "$STATE"/rows/b*.json "$STATE/rows/b$i.json"
	mv "$STATE"/last/b*.jsonl "$STATE/last/b$i.jsonl"
done
settle
becomes 'ids rows' 'x y z' 'a file that moves takes its elements along'
becomes 'ids last' 'y z' 'and its lines'
done_testing
