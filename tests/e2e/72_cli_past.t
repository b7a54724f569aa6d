#!/usr/bin/env bash
# tidemark at and tidemark diff: what was, and what became of it.
# shellcheck disable=SC2001 # sed is a regex
. tests/e2e/lib.sh
. tests/e2e/watch.sh
. tests/e2e/cli.sh

mkdir "$STATE/jobs" "$STATE/logs"
put "$STATE/jobs/a.json" '{"n": 1, "text": "as long as it takes, so that a patch is shorter"}'
scan
put "$STATE/jobs/a.json" '{"n": 2, "text": "as long as it takes, so that a patch is shorter"}'
scan
put "$STATE/logs/x.json" '[1, 2]'
scan
put "$STATE/jobs/b.json" 'true'
scan
rm "$STATE/jobs/a.json"
scan
# 1 create a, 2 patch a, 3 create x, 4 create b, 5 delete a
epoch=$("$BIN/tidemark" -d "$STATE" status --json | json d.epoch)

# --- at ---------------------------------------------------------------------------

for place in 1 "$epoch.1"; do
	tm at "$place" jobs/a
	is "$status $(json d.n <<<"$out")" '0 1' "a document as it was at ${place#*.}"
done
tm at 3 jobs/a --json
is "$(json '[d.id, d.version, d.data.n]' <<<"$out")" '["a",2,2]' 'with its version of then'
is "$(json d.updated <<<"$out")" \
	"$("$BIN/tidemark" -d "$STATE" log --json -n 2 jobs/a | head -n 1 | json d.at)" 'and its time'
tm at 5 jobs/a
is "$status" 1 'where it was gone it is not found'
like "$err" 'no a in jobs at seq 5' 'and it is said'
tm at 3 jobs/b
is "$status" 1 'nor is it before it was made'
tm at head jobs/b
is "$status $out" '0 true' 'head is now'
tm at 3 jobs --json
is "$(json '[d.id, d.version]' <<<"$out")" '["a",2]' 'a collection as it was'
tm at 4 'jobs/*b' --json
is "$(json d.id <<<"$out")" b 'by a glob'
tm at 0 jobs --json
is "$status $out" '0 ' 'in the beginning there was nothing'
tm at 6 jobs
is "$status" 1 'there is no future'
tm at yesterday jobs
is "$status" 2 'what is no place is wrong usage'
like "$err" '"yesterday" is no place' 'and it is named'
for place in 5x 99999999999999999999s m 1mm; do
	tm at "$place" jobs
	is "$status" 2 "$place is none"
done
tm at 1h jobs --json
is "$status $out" '0 ' 'an hour ago there was nothing'
tm at 0s jobs --json
is "$(json d.id <<<"$out")" b 'no time ago is now'
time=$("$BIN/tidemark" -d "$STATE" log --json -n 1 'jobs/b' | json d.at)
tm at "$time" jobs --json
is "$(sed 's/.*"id":"\([a-z]*\)".*/\1/' <<<"$out" | tr '\n' ' ')" 'a b ' 'a time is a place'

# --- diff -------------------------------------------------------------------------

tm diff 1 2
is "$status $out" '0 jobs/a  changed, version 1 to 2
  ~ /n  1 → 2' 'a change is told by its place'
tm diff 2 1 jobs
is "$out" 'jobs/a  changed, version 2 to 1
  ~ /n  2 → 1' 'also backwards'
tm diff 2 head
is "$out" 'jobs/a  deleted
  - (all)  {"n":2,"text":"as long as it takes, so that a patch is shorter"}
jobs/b  created
  + (all)  true
logs/x  created
  + (all)  [1,2]' 'what came and went is told as a whole'
tm diff 2 head logs
is "$(grep -c . <<<"$out")" 2 'of one collection'
tm diff 2 head 'jobs/b*' --json
is "$out" '{"collection":"jobs","id":"b","is":"created","from":0,"to":4,"changes":[{"path":"","new":true}]}' \
	'as JSON'
tm diff 1 2 --json
is "$(json d.changes <<<"$out")" '[{"path":"/n","old":1,"new":2}]' 'with both values'
tm diff 0 head jobs/a
is "$status $out" '0 ' 'what came and went in between is nothing'
tm diff 3 3
is "$status $out" '0 ' 'nothing is different from itself'
tm diff 1
is "$status" 2 'one place is not enough'
on_terminal diff 1 2
like "$out" $'\e\[1mjobs\e\[0m/\e\[1ma.*\e\[33m~.*\e\[31m1\e\[0m → \e\[32m2' 'colours on a terminal'

# --- a collection that is no more --------------------------------------------------

cat >"$TMP/less.json" <<JSON
{"projects": {"main": {"store": "$STORE", "collections": {
	"logs": {"dir": "$STATE/logs", "files": ["*.json"]}}}}}
JSON
"$BIN/tidemark-watcher" -q --once -c "$TMP/less.json" 2>>"$TMP/scan.log"
tm show jobs
is "$status" 1 'a collection that was dropped is not there'
tm at 4 jobs --json
is "$(wc -l <<<"$out")" 2 'but it was'
tm log -n 1 jobs
like "$out" 'delete  jobs/b' 'and its end is in the log'

done_testing
