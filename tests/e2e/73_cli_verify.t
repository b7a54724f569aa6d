#!/usr/bin/env bash
# tidemark verify finds each kind of damage, and none where there is none.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh
. tests/e2e/cli.sh

# doc N TEXT: long enough that a change of it is a patch
doc()
{
	echo "{\"n\": $1, \"list\": [1, 2, $1], \"text\": \"as long as it takes, so that a patch is shorter than all of it\"}"
}
mkdir "$STATE/jobs" "$STATE/logs"
echo 'a line' >"$STATE/logs/x.json"
put "$STATE/logs/x.json" '7'
put "$STATE/jobs/gone.json" '1'
scan
for i in 1 2 3 4 5 6 7 8; do
	put "$STATE/jobs/a.json" "$(doc "$i")"
	put "$STATE/jobs/b.json" "$(doc "$((i / 4))")"
	rm -f "$STATE/jobs/gone.json"
	scan
done
put "$STATE/jobs/gone.json" '2'
scan
rm "$STATE/jobs/gone.json"
put "$STATE/jobs/c.json" '{"b": 1, "a": 2}'
scan
put "$STATE/jobs/c.json" '{"a": 2, "b": 1}' # no change
scan

# What was written just before a scan is looked at again in the next one.
wait_until 'scan; tm verify; [[ $out == *"3 files of 3"* ]]'
tm verify
is "$status" 0 'what is in order is found to be'
like "$out" 'good +pages.*good +tables.*good +documents.*good +rebuild.*good +bell.*good +files +jobs: 3 files of 3.*0 problems$' \
	'and what was looked at is told'
tm verify --json
is "$status $(json d.problems <<<"$(tail -n 1 <<<"$out")")" '0 0' 'as JSON, too'
run "$BIN/tidemark" verify -d "$STORE"
is "$status" 0 'a database alone can be verified'
like "$out" 'left out files' 'and it is said that its files were not'

# --- damage ------------------------------------------------------------------------

a=$(sql "SELECT eid FROM entity WHERE id = 'a'")
b=$(sql "SELECT eid FROM entity WHERE id = 'b'")
# The newest patch of a that has one more behind it, and an old kept document.
patch=$(sql "SELECT seq FROM change WHERE eid = $a AND op = 3 ORDER BY seq DESC LIMIT 1 OFFSET 1")
kept=$(sql "SELECT max(k.seq) FROM keyframe k JOIN change USING (seq) WHERE eid = $a AND op = 3")
made=$(sql "SELECT min(seq) FROM change WHERE eid = $a")
deleted=$(sql "SELECT max(seq) FROM change WHERE op = 4")
[ -n "$patch" ] && [ -n "$kept" ]
is $? 0 'the log has patches, and kept documents between them'

# damaged STATEMENT REGEX DESCRIPTION: a copy in which that was done
damaged()
{
	rm -f "$TMP/copy.db"*
	cp "$STORE" "$TMP/copy.db"
	[ ! -s "$STORE-wal" ] || cp "$STORE-wal" "$TMP/copy.db-wal"
	sqlite3 "$TMP/copy.db" "$1" || bail_out "$1"
	run "$BIN/tidemark" verify -d "$TMP/copy.db"
	[ "$status" = 1 ] && [[ $out =~ problem\ \ $2 ]]
	passed $? "$3" || diag "status $status: $out$err"
}

damaged "PRAGMA user_version = 2" '' 'a copy has no problem' >"$TMP/control"
test_count=$((test_count - 1)) test_failures=$((test_failures - 1))
like "$(cat "$TMP/control")" '^not ok' 'a copy alone is no damage'

damaged "DELETE FROM meta WHERE k = 'epoch'" 'epoch: is missing' 'no epoch'
damaged "UPDATE meta SET v = 0 WHERE k = 'epoch'" 'epoch: is 0' 'an epoch that is none'
damaged "UPDATE meta SET v = -1 WHERE k = 'floor'" 'floor: is -1' 'a floor that is none'
damaged "UPDATE meta SET v = 'x' WHERE k = 'floor'" 'floor: is x' 'a floor that is no number'

damaged "UPDATE coll SET n = n + 1 WHERE name = 'jobs'" 'jobs: n is 4, its entities are 3' \
	'a wrong number of entities'
damaged "UPDATE coll SET bytes = bytes - 1 WHERE name = 'jobs'" 'jobs: bytes is ' 'wrong bytes'
damaged "UPDATE coll SET ver = ver + 1 WHERE name = 'jobs'" 'jobs: ver is ' 'a version too high'
damaged "UPDATE coll SET ver = ver - 1 WHERE name = 'logs'" 'logs: ver is ' 'a version too low'
damaged "UPDATE coll SET next = 1 WHERE name = 'jobs'" 'jobs: next is 1' 'a key that is taken'
damaged "DELETE FROM coll WHERE name = 'logs'" '\?/x: it is of no collection' 'a lost collection'

damaged "UPDATE entity SET ver = ver + 100 WHERE id = 'a'" 'jobs/a: its version .* not in the log' \
	'a version that is not in the log'
damaged "UPDATE entity SET ver = (SELECT ver FROM entity WHERE id = 'a') WHERE id = 'b'" \
	'jobs/b: .*a change of another one' 'the version of another one'
damaged "UPDATE entity SET at = at + 1 WHERE id = 'a'" 'jobs/a: .*of another time' 'another time'
damaged "UPDATE entity SET body = NULL WHERE id = 'a'" 'jobs/a: .*but it is gone' 'a lost document'
damaged "UPDATE entity SET body = '1' WHERE id = 'gone'" 'jobs/gone: .*but it is there' \
	'a document that was deleted'
damaged "UPDATE entity SET born = ver + 1 WHERE id = 'b'" 'jobs/b: it was born' 'a birth too late'
damaged "UPDATE entity SET body = replace(body, '\"n\":8', '\"n\":9') WHERE id = 'a'" \
	'jobs/a at [0-9]+: the document of today is not what' 'a changed document'
damaged "UPDATE entity SET body = replace(body, 'as long', 'aslong ') WHERE id = 'a'" \
	'jobs/a at [0-9]+: the document of today is not what' 'of the same length'
damaged "UPDATE entity SET body = substr(body, 2) WHERE id = 'b'" \
	'jobs/b: line 1' 'a document that is no JSON'
damaged "UPDATE entity SET body = '7 ' WHERE id = 'x'" 'logs/x: .*not canonical' \
	'a document that is not canonical'
damaged "UPDATE entity SET steps = steps + 1 WHERE id = 'a'" 'jobs/a: its .* steps' 'wrong steps'
damaged "UPDATE entity SET chain = chain + 1 WHERE id = 'a'" 'jobs/a: its .* steps' 'a wrong chain'
damaged "UPDATE entity SET steps = 1, chain = 5 WHERE id = 'x'" 'logs/x: its 1 steps' \
	'steps that lead nowhere: the document would not be kept'
damaged "DELETE FROM entity WHERE id = 'b'" 'change [0-9]+: it is of no entity' 'a lost entity'

damaged "DELETE FROM change WHERE seq = $patch" "change $((patch + 1)): those from $patch to $patch are missing" \
	'a lost change'
damaged "DELETE FROM change WHERE seq = (SELECT max(seq) FROM change)" 'jobs/[a-z]*: its version .* not in the log' \
	'a lost newest change'
damaged "DELETE FROM change WHERE seq < 4" 'change 4: those from 1 to 3' 'a lost beginning'
damaged "UPDATE change SET op = 7 WHERE seq = $patch" "change $patch: its op is 7" 'an op that is none'
damaged "UPDATE change SET op = 2 WHERE seq = $patch" "change $patch: its op is 2, with a patch" 'a wrong op'
damaged "UPDATE change SET op = 1 WHERE seq = $deleted" "change $deleted: it creates what is there" \
	'a creation of what is there'
damaged "UPDATE change SET op = 2 WHERE seq = $made" "change $made: it changes what is gone" \
	'a change of what is not there'
damaged "UPDATE change SET patch = NULL WHERE seq = $patch" "change $patch: .* without a patch" 'a lost patch'
damaged "UPDATE change SET patch = replace(patch, '/n', '/m') WHERE seq = $patch" \
	"jobs/a at $patch: operation 0, /m" 'a patch that does not fit'
damaged "UPDATE change SET patch = 'x' WHERE seq = $patch" "jobs/a at $patch: line 1" 'a patch that is no JSON'
damaged "UPDATE change SET patch = '[]' WHERE seq = (SELECT ver FROM entity WHERE id = 'a')" \
	'jobs/a at [0-9]+: the document of today is not what' 'a patch that does not lead to the document'
damaged "UPDATE change SET prev = prev - 1 WHERE seq = $patch" "change $patch: it follows " 'a wrong link'
damaged "UPDATE change SET prev = seq WHERE seq = $patch" "change $patch: it follows $patch" \
	'a change that follows itself'
damaged "UPDATE change SET eid = $b WHERE seq = $patch" "change $patch: it follows " 'a change of another entity'

damaged "DELETE FROM keyframe WHERE seq = $made" "change $made: the document that it set is missing" \
	'a lost document of the past'
damaged "DELETE FROM keyframe WHERE seq = $kept" 'jobs/a: its .* steps' 'a lost keyframe'
damaged "UPDATE keyframe SET body = replace(body, 'as long', 'aslong ') WHERE seq = $kept" \
	"jobs/a at $kept: the kept document is not what" 'a changed keyframe'
damaged "UPDATE keyframe SET at = at + 1 WHERE seq = $kept" "keyframe $kept: it is of another time" \
	'a keyframe of another time'
damaged "INSERT INTO keyframe VALUES ($deleted, 0, '1')" "keyframe $deleted: it is of a deletion" \
	'a document of a deletion'
damaged "INSERT INTO keyframe VALUES (1000, 0, '1')" 'keyframe 1000: its change is missing' \
	'a document of no change'
damaged "UPDATE src SET eid = eid + 1000 WHERE path = 'a.json'" 'jobs: a.json: it feeds an entity' \
	'a file that feeds nobody'

# A page in the middle, and the index of ids.
sqlite3 "$STORE" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
root=$(sql "SELECT rootpage FROM sqlite_schema WHERE name = 'entity_id'")
cp "$STORE" "$TMP/copy.db"
rm -f "$TMP/copy.db-"*
printf 'xxxxxxxx' | dd of="$TMP/copy.db" bs=1 seek=$(((root - 1) * 4096)) conv=notrunc status=none
run "$BIN/tidemark" verify -d "$TMP/copy.db"
is "$status" 1 'a page that was overwritten'
like "$out" 'problem .*bad +pages' 'is told by the check of pages'
unlike "$err" 'ERROR|Sanitizer' 'and harms nothing else'

# --- the bell ----------------------------------------------------------------------

bell_put() # OFFSET NUMBER
{
	perl -e 'print pack("Q", shift)' "$2" |
		dd of="$STORE-bell" bs=1 seek="$1" conv=notrunc status=none
}
cp "$STORE-bell" "$TMP/bell"
head=$(head_seq)
bell_put 16 "$((head + 1))"
tm verify
like "$status $out" '^1 .*problem  bell: it rang for a change that the log does not have' 'a bell ahead of the log'
bell_put 16 "$((head - 1))"
tm verify
like "$status $out" '^1 .*problem  bell: it has not rung' 'a bell behind it'
cp "$TMP/bell" "$STORE-bell"
bell_put 8 77
tm verify
like "$status $out" '^1 .*problem  bell: it rang for another epoch' 'a bell of another epoch'
cp "$TMP/bell" "$STORE-bell"

# --- files -------------------------------------------------------------------------

put "$STATE/jobs/a.json" "$(doc 99)"
tm verify
is "$status" 0 'a file that changed while nobody watches is no damage'
like "$out" 'left out jobs: 1 files that changed' 'but it is told'
scan
sqlite3 "$STORE" "UPDATE src SET raw = raw + 1 WHERE path = 'a.json'"
tm verify
like "$status $out" '^1 .*problem  jobs: a.json: the file has other bytes' 'other bytes under the same times'
sqlite3 "$STORE" "UPDATE src SET raw = raw - 1 WHERE path = 'a.json'"
sqlite3 "$STORE" "UPDATE src SET eid = $b WHERE path = 'a.json'"
tm verify
like "$status $out" '^1 .*problem  jobs: a.json: its document is not what the file says' 'another document than the file'
sqlite3 "$STORE" "UPDATE src SET eid = $a WHERE path = 'a.json'"
tm verify
is "$status" 0 'and all is well again'

# --- while everything goes on ------------------------------------------------------

start_watcher "$STATE"
wait_until '[ -n "$(scanned_ms)" ] && [ "$(scanned_ms)" -gt 0 ]'
writer()
{
	local i=0

	trap 'exit 0' TERM
	while :; do
		i=$((i + 1))
		put "$STATE/jobs/a.json" "$(doc "$i")"
		put "$STATE/jobs/w$((i % 7)).json" "$(doc "$i")"
		rm -f "$STATE/jobs/w$(((i + 3) % 7)).json"
		[ -d "$STATE" ] || exit 0
	done
}
spawn writer writer
WRITER=$SPAWNED
for round in 1 2 3; do
	tm verify
	is "$status" 0 "no false alarm while files change ($round)" || diag "$out"
done
stop "$WRITER"
is $? 0 'the writer ends'

done_testing
