#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
# Ends, starts, kills and runs beside each other: no change is lost or made up.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

once()
{
	"$BIN/tidemark-watcher" --once "$STATE" >>"$TMP/once.log" 2>&1
}

mkdir "$STATE/jobs"
for i in $(seq 30); do put "$STATE/jobs/$i.json" "{\"i\":$i}"; done
printf '{' >"$STATE/jobs/broken.json"
ok '--once succeeds' once
is "$(head_seq)" 30 'it has seen every file'
like "$(problem jobs broken)" 'line 1' 'and waited for the broken one'
since=$(sql 'SELECT since FROM problem')
ok '--once again' once
is "$(head_seq)" 30 'a second time changes nothing'
is "$(sql 'SELECT since FROM problem')" "$since" \
	'a problem keeps the time that it began'

put "$STATE/jobs/1.json" '{"i":-1}'
rm "$STATE/jobs/2.json"
put "$STATE/jobs/31.json" '{"i":31}'
ok '--once after changes' once
is "$(head_seq)" 33 'sees what was changed, deleted and made'
is "$(body jobs 1)" '{"i":-1}' 'as it is now'
is "$(ops jobs 2)" 14 'as it went'

start_watcher "$STATE"
put "$STATE/jobs/32.json" '{"i":32}'
becomes 'body jobs 32' '{"i":32}' 'a watcher sees more'
second=$("$BIN/tidemark-watcher" "$STATE" 2>&1)
is $? 1 'a second one ends with status 1'
like "$second" "another tidemark-watcher \(pid $WATCHER\)" \
	'and says who holds the project'
"$BIN/tidemark-watcher" --once "$STATE" >/dev/null 2>&1
is $? 1 'so does --once'

seq=$(head_seq)
stop "$WATCHER" KILL
put "$STATE/jobs/3.json" '{"i":"while nobody looked"}'
start_watcher "$STATE"
becomes 'body jobs 3' '{"i":"while nobody looked"}' \
	'after kill -9 what changed meanwhile is seen'
settle
is "$(head_seq)" $((seq + 1)) 'and nothing else'

stop "$WATCHER"
is $? 0 'SIGTERM is a clean end'
start_watcher "$STATE"
put "$STATE/jobs/4.json" '{"i":"again"}'
becomes 'body jobs 4' '{"i":"again"}' 'started again, it goes on'
settle
is "$(head_seq)" $((seq + 2)) 'with no change made up'
stop "$WATCHER" INT
is $? 0 'SIGINT is a clean end, too'

# What the next one need not read again.
rows()
{
	sql "SELECT group_concat(path, ' ') FROM (SELECT path FROM src
	    JOIN coll USING (cid) WHERE name = '$1' ORDER BY path)"
}

start_watcher "$STATE"
mkdir "$STATE/calm" "$STATE/emptied"
put "$STATE/calm/a.json" 1
put "$STATE/emptied/a.json" 1
becomes 'ids emptied' a 'a watcher sees new directories'
rm "$STATE/emptied/a.json"
becomes 'rows calm' '. a.json' 'what is seen is written down while it runs'
becomes 'rows emptied' . 'of an emptied directory which one it is'
spawn busy bash -c 'while sleep 0.2; do
	echo $RANDOM >"$0.t" && mv "$0.t" "$0"; done' "$STATE/calm/busy.json"
becomes 'ids calm' 'a busy' 'while one file changes again and again'
put "$STATE/calm/late.json" 1
becomes 'rows calm | grep -o late' late 'the others are written down, too'
stop "$SPAWNED"
stop "$WATCHER" KILL
rm "$STATE"/calm/*
ok 'killed, and --once when all are gone' once
is "$(ids calm)" '' 'they are gone'
is "$(problem calm '')" '' 'for good: it is the directory that was there'
rm -r "$STATE/calm" "$STATE/emptied"
ok '--once without the directories' once

# The store goes away under it.
start_watcher "$STATE"
put "$STATE/jobs/5.json" '{"i":"before"}'
becomes 'body jobs 5' '{"i":"before"}' 'a watcher once more'
epoch=$(sql "SELECT v FROM meta WHERE k = 'epoch'")
rm "$STATE/.tidemark"/*
becomes 'ids jobs | wc -w' 31 'a removed store is built again from the files'
unlike "$(sql "SELECT v FROM meta WHERE k = 'epoch'")" "^$epoch$" \
	'under a new epoch'
like "$(cat "$TMP/watcher.log")" 'replaced or removed' 'and that is said'
put "$STATE/jobs/6.json" '{"i":"after"}'
becomes 'body jobs 6' '{"i":"after"}' 'it goes on watching'

# With its folder: another one would be out of reach.
rm -r "$STATE/.tidemark"
wait_until '! is_alive $WATCHER || [ -e "$STATE/.tidemark/main.db" ]'
if ! is_alive "$WATCHER"; then
	stop "$WATCHER"
	is $? 1 'without the folder of the store it ends with status 1'
	like "$(tail -n 1 "$TMP/watcher.log")" 'ending, to be started again' \
		'and says what for'
	start_watcher "$STATE"
fi
becomes 'ids jobs | wc -w' 31 'started again, it builds it from the files'
done_testing
