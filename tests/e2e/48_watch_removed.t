#!/usr/bin/env bash
# The directory of a configured collection is removed, with all that is wrong in
# it; another one may take its place.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
mkdir -p "$STATE/jobs/d" "$STATE/lines"
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "jobs": {"dir": "state/jobs", "interval_ms": 100},
	  "lines": {"dir": "state/lines", "as": "jsonl", "interval_ms": 100}
	}}}}
JSON
put "$STATE/jobs/d/good.json" 1
put "$STATE/jobs/d/bad.json" '{"'
put "$STATE/lines/a.jsonl" $'1\noops\n'
start_watcher -c "$TMP/c.json"
becomes 'ids jobs' d/good 'a file that is good'
becomes_like 'problem jobs d/bad' 'line 1' 'and one that is a problem'
becomes_like 'problem lines a/00000002' 'line 2' 'so is a line'

rm -r "$STATE/jobs" "$STATE/lines"
becomes 'ids jobs' '' 'when all is removed, the entities are'
becomes 'ids lines' '' 'lines, too'
becomes 'problem jobs d/bad' '' 'and so is what was wrong'
becomes 'problem lines a/00000002' '' 'with a line, too'
like "$(problem jobs '')" 'not there' 'that the directory is missing stays'

mkdir -p "$STATE/jobs/d"
put "$STATE/jobs/d/bad.json" '{"now": "good"}'
becomes 'body jobs d/bad' '{"now":"good"}' 'another one in its place is served'
becomes 'problem jobs ""' '' 'and missed no more'
done_testing
