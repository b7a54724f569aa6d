#!/usr/bin/env bash
# tidemark compact trims the log, with and without a watcher.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh
. tests/e2e/cli.sh

doc()
{
	printf '{"n": %s, "text": "%s"}' "$1" "$(printf '%0500d' "$1")"
}
mkdir "$STATE/jobs"
start_watcher "$STATE"
for i in 1 2 3 4 5 6 7 8 9; do
	put "$STATE/jobs/a.json" "$(doc "$i")"
	put "$STATE/jobs/b$i.json" "$(doc "$i")"
	wait_until "[[ \$(body jobs a) = *'\"n\":$i,'* && -n \$(body jobs b$i) ]]" ||
		bail_out 'the watcher does not see changes'
done
head=$(head_seq)

tm compact
is "$status" 0 'compact beside a watcher'
like "$out" '0 changes let go.*a watcher is running' 'without limits trims nothing, and does not write the file anew'
tm compact --keep-changes "$head" --json
is "$(json '[d.floor, d.trimmed, d.vacuum]' <<<"$out")" '[0,0,false]' 'as many as there are: nothing goes'
tm compact --keep-changes 10 --json
is "$(json '[d.floor, d.trimmed, d.vacuum]' <<<"$out")" "[$((head - 10)),$((head - 10)),false]" 'the newest stay'
tm log --since floor --json
is "$(wc -l <<<"$out")" 10 'in the log there are so many'
tm at "$((head - 11))" jobs
is "$status" 1 'the log does not reach back any more'
like "$err" "reaches back to seq $((head - 10)) only" 'and it is said how far'
tm at floor jobs/a --json
is "$status" 0 'what was at the floor is still known'
put "$STATE/jobs/a.json" "$(doc 10)"
becomes_like 'body jobs a' '"n":10,' 'the watcher goes on'
tm verify
is "$status" 0 'a trimmed log is in order' || diag "$out"
tm compact --vacuum --json
is "$(json d.vacuum <<<"$out")" true 'the file is written anew when it is asked for'
put "$STATE/jobs/a.json" "$(doc 11)"
becomes_like 'body jobs a' '"n":11,' 'and the watcher goes on'
is_alive "$WATCHER"
is $? 0 'the same one'
stop "$WATCHER"

for i in 1 2 3; do
	for k in 1 2 3 4 5 6 7 8 9; do put "$STATE/jobs/c$k.json" "$(doc "$i$k")"; done
	scan
done
epoch=$("$BIN/tidemark" -d "$STATE" status --json | json d.epoch)
tm compact --keep-days 1 --json
is "$(json '[d.trimmed, d.vacuum]' <<<"$out")" '[0,true]' 'what is young stays; alone the file is written anew'
sqlite3 "$STORE" "UPDATE change SET at = at - 172800000 WHERE seq <= $((head + 10));
	UPDATE keyframe SET at = at - 172800000 WHERE seq <= $((head + 10));
	UPDATE entity SET at = at - 172800000 WHERE ver <= $((head + 10))"
tm compact --keep-days 1 --json
is "$(json d.floor <<<"$out")" "$((head + 10))" 'what is old goes'
tm compact --keep-changes 1 --json
is "$(json 'd.bytes_after < d.bytes_before' <<<"$out")" true 'the file shrinks'
tm verify
is "$status" 0 'it is in order'
is "$("$BIN/tidemark" -d "$STATE" status --json | json d.epoch)" "$epoch" 'of the same epoch'
tm compact --keep-changes 0
is "$status" 0 'the newest change stays in any case'
is "$(sql 'SELECT count(*) FROM change WHERE seq > (SELECT v FROM meta WHERE k = "floor")')" 1 'it does'
scan
becomes_like 'body jobs c1' '"n":31,' 'and a watcher goes on from there'

for days in x -1 36501; do
	tm compact --keep-days "$days"
	is "$status" 2 "--keep-days $days is wrong usage"
done
echo 'not a database, but 100 bytes or more of something that is dear to somebody, as many files are, and so on' >"$TMP/dear"
cp "$TMP/dear" "$TMP/copy"
run "$BIN/tidemark" compact -d "$TMP/copy"
is "$status" 1 'what is no database'
cmp -s "$TMP/dear" "$TMP/copy"
is $? 0 'is left alone'

done_testing
