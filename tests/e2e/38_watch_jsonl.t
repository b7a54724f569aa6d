#!/usr/bin/env bash
# jsonl: each complete line an entity, with a key or by its number.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "lines": {"dir": "state", "files": ["*.jsonl"], "as": "jsonl",
	    "max_lines": 3, "max_file_bytes": 1000},
	  "jobs": {"file": "state/jobs.log", "as": "jsonl", "key": "job"}
	}}}}
JSON
printf '{"n":1}\n{"n":2' >"$STATE/e.jsonl"
printf '{"job":"a","s":1}\n{"job":"b","s":1}\n{"job":"a","s":2}\n' \
	>"$STATE/jobs.log"
start_watcher -c "$TMP/c.json"
becomes 'body lines e/00000001' '{"n":1}' 'a line is an entity'
becomes 'ids jobs' 'a b' 'with a key, by that'
is "$(body jobs a)" '{"job":"a","s":2}' 'the newest line of an id counts'
is "$(ops jobs a)" 1 'what was before is no history of ours'
is "$(ids lines)" e/00000001 'an incomplete line is none yet'

printf '}\n\n{"n":4}\n' >>"$STATE/e.jsonl"
becomes 'ids lines' 'e/00000002 e/00000004' \
	'the newest three lines are kept, also counting empty ones'
printf '{"job":"b","s":2}\n{"job":"b","s":3}\n' >>"$STATE/jobs.log"
becomes 'body jobs b' '{"job":"b","s":3}' 'a later line changes its entity'
is "$(ops jobs b | wc -c)" 4 'each line that is appended is a change'

printf 'oops\n{"n":6}\n"%01000d"\n' 0 >>"$STATE/e.jsonl"
becomes_like 'problem lines e/00000005' 'line 5.*column 1' \
	'a bad line is a problem that names it'
becomes_like 'problem lines e/00000007' 'max_file_bytes' 'and one too long'
becomes 'ids lines' 'e/00000006' 'both are passed over'
printf '1\n2\n3\n' >>"$STATE/e.jsonl"
becomes 'ids lines' 'e/00000008 e/00000009 e/00000010' 'and grow old'
becomes 'problem lines e/00000005' '' 'and are problems no more'
printf '{"nojob":1}\n' >>"$STATE/jobs.log"
becomes_like 'problem jobs jobs/00000006' 'key field' 'a line without its key'

seq=$(head_seq)
stop "$WATCHER"
start_watcher -c "$TMP/c.json"
settle
is "$(head_seq)" "$seq" 'a restart changes nothing'

printf '"new"\n' >"$STATE/next"
mv "$STATE/next" "$STATE/e.jsonl"
becomes 'ids lines' e/00000001 'a rotated file begins anew'
is "$(body lines e/00000001)" '"new"' 'with its first line'
printf '{"job":"c"}\n' >"$STATE/jobs.log"
becomes 'ids jobs' c 'a truncated file is what is in it'
becomes 'problem jobs jobs/00000006' '' 'its old problems are gone'
done_testing
