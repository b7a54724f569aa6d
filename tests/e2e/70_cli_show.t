#!/usr/bin/env bash
# tidemark show and tidemark status: what there is now.
# shellcheck disable=SC2001,SC2016 # sed is a regex; wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh
. tests/e2e/cli.sh

mkdir "$STATE/jobs" "$STATE/empty"
put "$STATE/jobs/a.json" '{"n": 1, "s": "x"}'
scan
put "$STATE/jobs/build-1.json" '[1, "two"]'
scan
put "$STATE/jobs/build-2.json" '{"esc": "\u009b31m\u202e \u007f"}'
put "$STATE/jobs/old.json" 'null'
scan
rm "$STATE/jobs/old.json"
scan

# --- documents ------------------------------------------------------------------

tm show jobs/a
is "$status $out" '0 {"n":1,"s":"x"}' 'a document, byte for byte, in a pipe'
tm show jobs/a --json
is "$(json 'Object.keys(d).join()' <<<"$out")" 'id,version,updated,data' \
	'as JSON it comes with what is known of it'
is "$(json '[d.id, d.data.n]' <<<"$out")" '["a",1]' 'and it is the one'
on_terminal show --color=never jobs/a
is "$out" '{
  "n": 1,
  "s": "x"
}' 'on a terminal it is indented'
on_terminal show jobs/a
like "$out" $'\e\[34m"n"\e\[0m: \e\[33m1' 'and in colours'
NO_COLOR=1 on_terminal show jobs/a
unlike "$out" $'\e' 'but not with NO_COLOR'
TERM_GIVEN=dumb on_terminal show jobs/a
unlike "$out" $'\e' 'nor on a terminal that has none'
tm show jobs/a --color=always
like "$out" $'\e\[34m"n"' 'in a pipe only when they are asked for'

on_terminal show jobs/build-2 --color=never
like "$out" 'esc": "\\u009b31m\\u202e \\u007f"' \
	'what would give orders to the terminal is escaped'
tm show jobs/build-2
is "$out" $'{"esc":"\u009b31m\u202e \x7f"}' 'and is itself in a pipe'

tm show jobs/absent
is "$status $out" '1 ' 'an id that never was is not found'
like "$err" 'no absent in jobs' 'and it is said'
tm show jobs/old
is "$status" 1 'one that is gone neither'
like "$err" 'deleted at seq 5 .*tidemark at 4 jobs/old' 'and where to look for it'
tm show jbos
is "$status" 1 'nor a collection'
like "$err" 'no collection jbos; is jobs meant' 'the one that is meant is named'
tm show xyzzy
like "$err" 'no collection xyzzy; there are: empty, jobs' 'or those there are'
tm show
is "$status" 2 'without a name it is wrong usage'

# --- lists ----------------------------------------------------------------------

tm show jobs
is "$(sed 's/ *20[0-9-]*T[0-9:.]*Z/ TIME/' <<<"$out")" \
'ID       VERSION  SIZE  UPDATED
a              1  15 B TIME
build-1        2   9 B TIME
build-2        3  20 B TIME' 'a collection is a list'
tm show jobs --json
is "$(json d.bytes <<<"$(sed -n 2p <<<"$out")")" 9 'as JSON an object a line'
is "$(wc -l <<<"$out")" 3 'each one'
tm show 'jobs/build-?'
is "$(wc -l <<<"$out")" 3 'a glob chooses'
tm show 'jobs/*2' --json
is "$(json d.id <<<"$out")" build-2 'the right ones'
tm show empty --json
is "$status $out" '0 ' 'an empty collection is an empty list'

mkdir "$STATE/many"
for ((i = 0; i < 1001; i++)); do echo "$i" >"$STATE/many/$i.json"; done
scan
tm show many --json
is "$(wc -l <<<"$out")" 1001 'a list may be longer than a page of it'
is "$(json d.id <<<"$(tail -n 1 <<<"$out")")" 999 'in order of ids'

# --- status ---------------------------------------------------------------------

tm status
is "$status" 0 'status with nothing running'
like "$out" 'watcher +stopped' 'says that the watcher is stopped'
like "$out" $'\n  COLLECTION +FED BY +ENTITIES +SIZE +LAST SEQ\n  empty +files +0 +0 B +0\n  jobs +files +3 ' \
	'and lists the collections'
tm status --json
is "$(json '[d.project, d.watcher.state, d.collections.map(c => c.name),
	d.collections[1].count, d.problems.length]' <<<"$out")" \
	'["main","stopped",["empty","jobs","many"],3,0]' 'the same as JSON'
is "$(json 'd.cursor.split(".")[1]' <<<"$out")" 1006 'with the cursor'

put "$STATE/jobs/bad.json" '{"half":'
start_watcher "$STATE"
becomes_like '"$BIN/tidemark" -d "$STATE" status' 'watcher +degraded, pid '"$WATCHER"', by inotify' \
	'a running watcher is told, and that something is wrong'
tm status
like "$out" 'problems +jobs/bad: ' 'with what it is'
tm status --json
is "$(json '[d.watcher.pid, d.problems[0].id]' <<<"$out")" "[$WATCHER,\"bad\"]" \
	'the same as JSON'
tm show jobs/a
is "$status" 0 'a document is shown while the watcher runs'

# --- where the database is ------------------------------------------------------

cat >"$TMP/two.json" <<JSON
{"projects": {
	"main": {"store": "$STORE", "collections": {"jobs": {"dir": "$STATE/jobs", "files": ["*.json"]}}},
	"other": {"store": "$TMP/other.db", "collections": {"jobs": {"dir": "$STATE/jobs", "files": ["*.json"]}}}}}
JSON
run "$BIN/tidemark" -c "$TMP/two.json" show jobs
is "$status" 2 'of several projects one must be chosen'
like "$err" 'main, other' 'and they are named'
run "$BIN/tidemark" -c "$TMP/two.json" -p main show jobs/a
is "$status $out" '0 {"n":1,"s":"x"}' 'by -p'
run env TIDEMARK_CONFIG="$TMP/two.json" "$BIN/tidemark" show --project main jobs/a
is "$status $out" '0 {"n":1,"s":"x"}' 'or behind the command; by the environment'
run "$BIN/tidemark" -c "$TMP/two.json" show jobs -p mian
is "$status" 2 'a project that does not exist'
like "$err" 'no project mian; is main meant' 'is named, and which is meant'
run "$BIN/tidemark" -c "$TMP/two.json" status --json
is "$status" 1 'status of all projects fails when one cannot be read'
is "$(json d.project <<<"$(head -n 1 <<<"$out")")" main 'but tells of the others'
like "$(tail -n 1 <<<"$out")" '"project":"other","error":".*no database yet' \
	'and what is wrong with it'
run "$BIN/tidemark" -c "$TMP/two.json" status
like "$out" 'other  .*no database yet' 'also for a person'
run "$BIN/tidemark" -d "$STORE" show jobs/a
is "$status $out" '0 {"n":1,"s":"x"}' 'a database may be named by its file'
run "$BIN/tidemark" -d "$STORE" -p main show jobs/a
is "$status" 2 'which has no other projects'
run "$BIN/tidemark" -d "$TMP/two.json" show jobs/a
is "$status" 1 'what is no database is trouble'

# --- a user who may only read ---------------------------------------------------

stop "$WATCHER"
if [ "$(id -u)" = 0 ]; then
	chmod -R go+rX "$TMP"
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
else
	chmod -R a-w "$STATE/.tidemark"
	as=()
fi
run "${as[@]}" "$BIN/tidemark" -d "$STATE" show jobs/a
is "$status $out" '0 {"n":1,"s":"x"}' 'who may only read can look'
run "${as[@]}" "$BIN/tidemark" -d "$STATE" status
is "$status" 0 'and see the status'
chmod -R u+w "$STATE/.tidemark"

done_testing
