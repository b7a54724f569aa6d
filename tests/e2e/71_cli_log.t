#!/usr/bin/env bash
# tidemark log: what changed, and what goes on changing.
# shellcheck disable=SC2001,SC2016 # sed is a regex; wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh
. tests/e2e/cli.sh

# doc N: long enough that a change of it is a patch.
doc()
{
	echo "{\"n\": $1, \"text\": \"as long as it takes, so that a patch is shorter\"}"
}
mkdir "$STATE/jobs" "$STATE/logs"
put "$STATE/jobs/a.json" "$(doc 1)"
scan
put "$STATE/jobs/a.json" "$(doc 2)"
scan
put "$STATE/logs/x.json" '1'
scan
put "$STATE/jobs/b.json" 'true'
scan
rm "$STATE/jobs/a.json"
scan
# 1 create a, 2 patch a, 3 create x, 4 create b, 5 delete a

# seqs: of the JSON lines in $out
seqs()
{
	sed 's/{"seq":\([0-9]*\),.*/\1/' <<<"$out" | tr '\n' ' '
}

tm log
is "$(wc -l <<<"$out")" 5 'a line a change'
like "$out" $'^ +1  20[0-9-]+T[0-9:.]+Z  create  jobs/a\n' 'the oldest first'
like "$out" 'patch   jobs/a  /n' 'with where it changed'
like "$out" $'\n +5  [^\n]* delete  jobs/a$' 'or that it is gone'
tm log -p
like "$out" $'create  jobs/a\n          \{"n":1,"text":' '-p shows what was set'
like "$out" $'patch   jobs/a  /n\n          replace /n 2\n' 'and patches'
tm log --json
is "$(seqs)" '1 2 3 4 5 ' 'as JSON a line a change'
unlike "$out" '"patch":|"data":' 'without what was changed'
tm log --json -p jobs
is "$(seqs)" '1 2 4 5 ' 'of one collection'
is "$(grep -c '"data":' <<<"$out") $(grep -c '"patch":' <<<"$out")" '2 1' \
	'-p: with data and patches'

tm log --json -n 2
is "$(seqs)" '4 5 ' '-n: the last ones'
tm log --json -n 1 logs/x
is "$(seqs)" '3 ' 'of those that are meant'
tm log --json -n 2 'jobs/a*'
is "$(seqs)" '2 5 ' 'by a glob, so many of them'
tm log --json -n 0
is "$status $out" '0 ' 'none, when none are asked for'
tm log --json -n 3 jobs/none
is "$status $out" '0 ' 'nor of what never was'
for since in 3 "$("$BIN/tidemark" -d "$STATE" status --json | json d.epoch).3"; do
	tm log --json --since "$since"
	is "$(seqs)" '4 5 ' "--since ${since#*.}: what came after it"
done
tm log --json --since floor
is "$(seqs)" '1 2 3 4 5 ' '--since floor: everything there is'
tm log --json --since head
is "$status $out" '0 ' '--since head: nothing'
tm log --json --since 1 -n 2 jobs
is "$(seqs)" '4 5 ' '--since and -n: the last of those'
tm log --json --since 3 -n 5 jobs
is "$(seqs)" '4 5 ' 'and none from before'
tm log --json --since 6
is "$status" 1 'a place beyond the head is trouble'
like "$err" 'ends at seq 5' 'and it says where the head is'
tm log --since yesterday
is "$status" 2 'what is no place is wrong usage'
tm log --since 0123456789abcdef.3
is "$status" 1 'a cursor of another epoch is trouble'

on_terminal log -n 1
like "$out" $'\e\[31mdelete\e\[0m  \e\[1mjobs\e\[0m/\e\[1ma' 'colours on a terminal'

# --- -f -------------------------------------------------------------------------

start_watcher "$STATE"
wait_until '[ -n "$(scanned_ms)" ] && [ "$(scanned_ms)" -gt 0 ]'
spawn follow "$BIN/tidemark" -d "$STATE" log -f -n 1 --json jobs
FOLLOW=$SPAWNED
wait_until 'grep -q "\"delete\"" "$TMP/follow.log"'
is $? 0 '-f begins with the last ones'
put "$STATE/logs/y.json" '1'
put "$STATE/jobs/c.json" '1'
wait_until 'grep -q "\"id\":\"c\"" "$TMP/follow.log"'
is $? 0 'what changes is told'
is "$(wc -l <"$TMP/follow.log")" 2 'and nothing else'

# A new epoch: the database is another one.
stop "$WATCHER"
rm "$STORE" "$STORE-bell" "$STORE-wal" "$STORE-shm" 2>/dev/null
start_watcher "$STATE"
wait_until 'grep -q "\"reset\":true" "$TMP/follow.log"'
is $? 0 'a new epoch is told'
put "$STATE/jobs/d.json" '1'
wait_until 'grep -q "\"id\":\"d\"" "$TMP/follow.log"'
is $? 0 'and followed'
put "$STATE/jobs/e.json" '1'
wait_until 'grep -q "\"id\":\"e\"" "$TMP/follow.log"'
is $? 0 'by its own bell'
stop "$FOLLOW"
is $? 143 'until somebody ends it'

# A pipe that nobody reads any more.
{ "$BIN/tidemark" -d "$STATE" log -f -n 1 2>"$TMP/pipe.err"; echo $? >"$TMP/pipe.status"; } |
	head -n 1 >"$TMP/pipe.out" &
wait_until '[ -s "$TMP/pipe.status" ]'
is "$(cat "$TMP/pipe.status" "$TMP/pipe.err")" 0 \
	'-f into a closed pipe ends quietly, though nothing changes'
is "$(wc -l <"$TMP/pipe.out")" 1 'after what was read'
"$BIN/tidemark" -d "$STATE" log 2>"$TMP/pipe.err" >/dev/full
is $? 1 'a disk that is full is not taken for a closed pipe'
like "$(cat "$TMP/pipe.err")" 'cannot write: No space' 'and is told'

done_testing
