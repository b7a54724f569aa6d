#!/usr/bin/env bash
# tidemark export and import: the same database once more.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh
. tests/e2e/cli.sh

doc()
{
	printf '{"n": %s, "text": "%s"}' "$1" "as long as it takes, so that a patch is shorter than the document"
}
# on COPY COMMAND...: tidemark on a copy in $TMP
on()
{
	run "$BIN/tidemark" -d "$TMP/$1.db" "${@:2}"
}
# import NAME FILE: into $TMP/NAME.db
import()
{
	out=$("$BIN/tidemark" import -d "$TMP/$1.db" <"$2" 2>"$TMP/err")
	status=$?
	err=$(cat "$TMP/err")
}

mkdir "$STATE/jobs" "$STATE/old"
put "$STATE/old/x.json" '1'
put "$STATE/old/y.json" '1'
put "$STATE/jobs/gone.json" '1'
scan
for i in 1 2 3 4 5 6 7 8 9; do
	put "$STATE/jobs/a.json" "$(doc "$i")"
	put "$STATE/jobs/ä \"b\".json" "$(doc "$((i / 3))")"
	rm -f "$STATE/jobs/gone.json"
	scan
done
put "$STATE/jobs/gone.json" '2.50'
scan
cat >"$TMP/less.json" <<JSON
{"projects": {"main": {"store": "$STORE", "collections": {
	"jobs": {"dir": "$STATE/jobs", "files": ["*.json"]}}}}}
JSON
"$BIN/tidemark-watcher" -q --once -c "$TMP/less.json" 2>>"$TMP/scan.log"
head=$(head_seq)

# --- with the log ------------------------------------------------------------------

"$BIN/tidemark" -d "$STATE" export --log >"$TMP/all"
is $? 0 'a database is exported with its log'
is "$(grep -c '"seq":' "$TMP/all")" "$head" 'every change'
is "$(json d.state <<<"$(head -n 1 "$TMP/all")")" 0 'from its beginning'
import copy "$TMP/all"
is "$status" 0 'and imported' || diag "$err"
on copy export --log
is "$status" 0 'what was imported is exported'
printf '%s\n' "$out" | cmp -s - "$TMP/all"
is $? 0 'and is the same, byte for byte'
on copy verify
is "$status" 0 'it is in order' || diag "$out"
for command in 'show jobs' 'at 5 jobs' 'log -n 3 -p' "show jobs/a" 'diff 4 head' 'at 2 old'; do
	# shellcheck disable=SC2086 # words
	tm $command
	want=$out
	# shellcheck disable=SC2086
	on copy $command
	is "$out" "$want" "$command: the same of both"
done
is "$("$BIN/tidemark" -d "$TMP/copy.db" status --json | json d.cursor)" \
	"$("$BIN/tidemark" -d "$STATE" status --json | json d.cursor)" 'a cursor is good in both'

import copy "$TMP/all"
is "$status" 0 'the same once more'
like "$out" ' 0 of them were new' 'does nothing'
on copy export --log
printf '%s\n' "$out" | cmp -s - "$TMP/all"
is $? 0 'indeed'

put "$STATE/jobs/a.json" "$(doc 10)"
put "$STATE/jobs/new.json" '[]'
rm "$STATE/jobs/gone.json"
"$BIN/tidemark-watcher" -q --once -c "$TMP/less.json" 2>>"$TMP/scan.log"
"$BIN/tidemark" -d "$STATE" export --log --since "$head" >"$TMP/more"
import copy "$TMP/more"
is "$status" 0 'what came later continues it'
like "$out" '0 entities, 3 changes; 3 of them were new' 'and nothing else is needed'
"$BIN/tidemark" -d "$STATE" export --log >"$TMP/all2"
on copy export --log
printf '%s\n' "$out" | cmp -s - "$TMP/all2"
is $? 0 'it is the same again'
import copy "$TMP/all"
like "$status $out" '^0 .* 0 of them were new' 'older lines do nothing'
import empty "$TMP/more"
is "$status" 1 'what continues needs something to continue'
ok 'and leaves nothing behind' test ! -e "$TMP/empty.db" -a ! -e "$TMP/empty.db-bell"

# --- of a trimmed log ----------------------------------------------------------------

tm compact --keep-changes 4
"$BIN/tidemark" -d "$STATE" export --log >"$TMP/trimmed"
is "$(json d.state <<<"$(head -n 1 "$TMP/trimmed")")" "$((head - 1))" 'a trimmed log begins at its floor'
import trimmed "$TMP/trimmed"
is "$status" 0 'is imported' || diag "$err"
on trimmed export --log
printf '%s\n' "$out" | cmp -s - "$TMP/trimmed"
is $? 0 'and is the same'
on trimmed verify
is "$status" 0 'in order' || diag "$out"

# --- without the log -----------------------------------------------------------------

"$BIN/tidemark" -d "$STATE" export >"$TMP/now"
is "$(grep -c '"data":' "$TMP/now") $(grep -c '"seq":' "$TMP/now")" '3 0' 'documents alone'
import now "$TMP/now"
is "$status" 0 'are imported, too' || diag "$err"
on now export
printf '%s\n' "$out" | cmp -s - "$TMP/now"
is $? 0 'and are the same'
on now verify
is "$status" 0 'in order' || diag "$out"

# A watcher goes on with it, under the same epoch.
epoch=$(json d.epoch <<<"$(head -n 1 "$TMP/now")")
sed "s|$STORE|$TMP/now.db|" "$TMP/less.json" >"$TMP/now.json"
put "$STATE/jobs/a.json" "$(doc 11)"
"$BIN/tidemark-watcher" -q --once -c "$TMP/now.json" 2>>"$TMP/scan.log"
on now status --json
is "$(json '[d.epoch, d.cursor.split(".")[1]]' <<<"$out")" "[\"$epoch\",\"$((head + 4))\"]" \
	'a watcher goes on with what was imported'
on now verify
is "$status" 0 'in order' || diag "$out"

# --- parts ---------------------------------------------------------------------------

tm export jobs
is "$(grep -c '"data":' <<<"$out")" 3 'a collection alone'
printf '%s\n' "$out" >"$TMP/part"
import part "$TMP/part"
is "$status" 1 'is no database'
like "$err" 'line 1: it is a part' 'and it is said'
tm export --since "$((head + 2))"
is "$(grep -c '"data":' <<<"$out")" "$(grep -c "\"version\":$((head + 3))" "$TMP/now")" 'what has changed since'
tm export jobs/a
is "$status" 2 'an id is no collection'

# --- what is wrong -------------------------------------------------------------------

# refused LINE SED_SCRIPT REGEX DESCRIPTION: of the whole export, changed
n=$(wc -l <"$TMP/all")
first=$(grep -n '"op":"patch"' "$TMP/all" | head -n 1 | cut -d: -f1)
refused()
{
	sed "$2" "$TMP/all" >"$TMP/bad"
	import bad "$TMP/bad"
	like "$status $err" "^1 tidemark: line $1: $3" "$4"
	[ ! -e "$TMP/bad.db" ] || bail_out 'half of it is there'
}
: >"$TMP/bad"
import bad "$TMP/bad"
like "$status $err" '^1 .*line 0: there is nothing' 'nothing at all'
refused 1 '1s/.*/{"a":1}/' 'it is not what export writes' 'another file'
refused 1 '1s/.*/[1]/' 'it is no object' 'no object'
refused 1 '1s/epoch":"/&x/' 'epoch' 'no epoch'
refused 1 '1s/"export":1/"export":2/' 'it is not what export writes' 'another version'
refused "$first" "$first s/\$/x/" 'line 1, column' 'no JSON'
refused "$first" "$first s/\"patch\":.*/\"patch\":[]}/; $((first)) s/,\"base\"/,\"bass\"/" 'base' 'a member that is missing'
refused "$first" "$first d" 'change .*the log has a gap' 'a line that is missing'
refused "$first" "$first s/\"path\":\"/&\\/x/" 'operation 0' 'a patch that does not fit'
refused "$first" "$first s/\"op\":\"patch\"/\"op\":\"pitch\"/" 'op: it is none' 'an op that is none'
refused "$first" "$first s/\"at\":\"/&x/" 'at: a time' 'a time that is none'
refused "$first" "$first s/\"id\":\"[^\"]*\"/\"id\":\"\"/" '' 'an id that is none'
refused "$first" "$first s/\"seq\":[0-9]*/\"seq\":9007199254740992/" 'seq: it is no seq' 'a seq too high'
refused "$first" "$first s/\"collection\":\"jobs\"/\"collection\":\"Jobs\"/" 'collection' 'a collection that is none'
refused "$((n - 1))" "$n d" 'the end is missing' 'an end that is missing'
refused "$((n - 1))" "$((n - 1)) d" 'lines are missing' 'a last line that is missing'
refused "$((n + 1))" "\$ a {\"end\":true}" 'it is behind the end' 'more behind the end'

"$BIN/tidemark" -d "$STATE" export --log >"$TMP/kept"
put "$STATE/old.json" 1
rm -rf "$TMP/other"
mkdir -p "$TMP/other/jobs"
put "$TMP/other/jobs/mine.json" '1'
"$BIN/tidemark-watcher" -q --once "$TMP/other" 2>>"$TMP/scan.log"
out=$("$BIN/tidemark" import -d "$TMP/other" "$TMP/all" 2>&1)
like "$? $out" '^1 .*has a log of its own' 'a database of its own is left alone'
is "$("$BIN/tidemark" -d "$TMP/other" show jobs/mine)" 1 'with what it has'
start_watcher -c "$TMP/less.json"
wait_until '[ -n "$(scanned_ms)" ] && [ "$(scanned_ms)" -gt 0 ]'
tm import "$TMP/all"
like "$status $err" '^1 .*a watcher is watching' 'a watcher must not run'
cp "$TMP/all" "$TMP/dear.db"
run "$BIN/tidemark" import -d "$TMP/dear.db" "$TMP/all"
is "$status" 1 'what is no database'
ok 'is left alone' cmp -s "$TMP/all" "$TMP/dear.db"
run "$BIN/tidemark" import -d "$TMP/x.db" "$TMP/absent"
is "$status" 1 'a file that is not there is trouble'

done_testing
