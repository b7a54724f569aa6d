#!/usr/bin/env bash
# shellcheck disable=SC2016 # wait_until evaluates its text
# Every sub-directory is a collection; one that vanishes is a problem first.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

colls()
{
	sql "SELECT group_concat(name, ' ') FROM
	    (SELECT name FROM coll WHERE NOT is_dropped ORDER BY name)"
}

start_watcher "$STATE"
wait_until "[ -s $STORE ]"
mkdir "$TMP/jobs"
for i in $(seq 50); do printf '%d' "$i" >"$TMP/jobs/$i.json"; done
mv "$TMP/jobs" "$STATE/jobs"
becomes 'sql "SELECT count(*) FROM entity WHERE body IS NOT NULL"' 50 \
	'a directory that appears with its files is a collection'

mkdir -p "$STATE/Wrong Name" "$STATE/.hidden" "$STATE/events"
ln -s jobs "$STATE/link"
printf '{}' >"$STATE/Wrong Name/a.json"
printf '{}' >"$STATE/.hidden/a.json"
printf '{}' >"$STATE/stray.json"
mkdir "$STATE/other"
put "$STATE/other/a.json" '{}'
becomes 'ids other' a 'another directory, another collection'
becomes_like 'problem "Wrong Name" ""' 'cannot be that of a collection' \
	'a name that no collection can have'
becomes_like 'problem events ""' 'cannot be that of a collection' \
	'a reserved name'
becomes_like 'problem link ""' 'symbolic link' 'a link to a directory'
is "$(colls)" 'jobs other' 'none of them is a collection'
rmdir "$STATE/events"
becomes 'problem events ""' '' 'a bad name that goes is no problem any more'
is "$(grep -c 'Wrong Name' "$TMP/watcher.log")" 1 'it is said once'

# Away, and back before it is believed.
mv "$STATE/jobs" "$TMP/jobs"
becomes_like 'problem jobs ""' 'not there' 'a vanished directory is a problem'
is "$(ids jobs | wc -w)" 50 'its entities are still there'
mv "$TMP/jobs" "$STATE/jobs"
becomes 'problem jobs ""' '' 'back again, it is none any more'
is "$(sql 'SELECT count(*) FROM change WHERE op = 4')" 0 'nothing was deleted'
put "$STATE/jobs/1.json" 111
becomes 'body jobs 1' 111 'and it is watched again'

rm -r "$STATE/jobs"
becomes colls other 'removed for good, the collection is gone'
becomes 'problem jobs ""' '' 'and its problem'
mkdir "$STATE/jobs"
put "$STATE/jobs/2.json" 222
becomes 'ids jobs' 2 'it can come again'

rm -r "$STATE/jobs"
echo 'no directory' >"$STATE/jobs"
becomes colls other 'a file in its place keeps none of its entities'

# By single scans, as cron does it.
once()
{
	"$BIN/tidemark-watcher" -q --once "$STATE" >>"$TMP/once.log" 2>&1
}
rm "$STATE/jobs"
mkdir "$STATE/jobs"
put "$STATE/jobs/2.json" 222
becomes 'ids jobs' 2 'a directory once more'
# What a run leaves for the next one is written when nothing else is to be done.
wait_until '[ "$(sql "SELECT count(*) FROM src WHERE path = '"'2.json'"'")" = 1 ]'
stop "$WATCHER"
rm -r "$STATE/jobs"
once
like "$(problem jobs "")" 'not there' 'a scan finds the directory away'
is "$(ids jobs)" 2 'and keeps its entities'
once
is "$(ids jobs)" '' 'the next one believes it'
once
is "$(colls)" other 'and the collection is gone'
done_testing
