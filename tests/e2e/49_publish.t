#!/usr/bin/env bash
# Published files are what the API answers, and lead to what is in the files,
# whatever happens meanwhile.  SEED=n repeats a run.
# shellcheck disable=SC2317,SC2016,SC2034 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh

SEED=${SEED:-$RANDOM}
diag "SEED=$SEED"
RANDOM=$SEED
STORE=$TMP/main.db PUB=$TMP/pub FILES=$TMP/pub/main
mkdir -p "$STATE/jobs" "$STATE/other"

# conf [MORE COLLECTIONS]
conf()
{
	put "$TMP/c.json" '{"projects": {"main": {"store": "main.db",
		"publish": "pub", "collections": {
		"jobs": {"dir": "state/jobs", "interval_ms": 100}'"${1:-}"'}}}}'
}
OTHER=',"other": {"dir": "state/other", "interval_ms": 100}'

head_cursor()
{
	json d.cursor <"$FILES/head.json" 2>/dev/null
}
log_head()
{
	sql "SELECT printf('%016x.%d', (SELECT v FROM meta WHERE k = 'epoch'),
		max(seq)) FROM change"
}
# caught_up: what is in the log is published
caught_up()
{
	wait_until '[ -n "$(log_head)" ] && [ "$(head_cursor)" = "$(log_head)" ]'
}
state()
{
	node tests/e2e/publish.js state "$FILES"
}
# in_files: the same, of the state files
in_files()
{
	find "$STATE" -name '[a-z]*.json' | sort | node -e '
		const fs = require("fs");
		const all = {};
		for (const path of fs.readFileSync(0, "utf8").split("\n")) {
			if (!path) continue;
			const [name, file] = path.split("/").slice(-2);
			(all[name] ??= {})[file.replace(".json", "")] =
				JSON.parse(fs.readFileSync(path));
		}
		console.log(JSON.stringify(all));'
}
# agree DESCRIPTION
agree()
{
	wait_until 'settle && caught_up && [ "$(state)" = "$(in_files)" ]' || true
	is "$(state)" "$(in_files)" "$1"
}
# stir TIMES: files come, change and go
stir()
{
	local file

	for ((i = 0; i < $1; i++)); do
		file=$STATE/$([ $((RANDOM % 4)) -gt 0 ] && echo jobs || echo other)
		file+=/f$((RANDOM % 9)).json
		if [ $((RANDOM % 4)) -eq 0 ]; then
			rm -f "$file"
		else
			put "$file" "{\"n\":$i,\"text\":\"$(printf "%0200d" $i)\"}"
		fi
	done
}

# --- the same as the API ---------------------------------------------------------

conf "$OTHER"
put "$STATE/jobs/a.json" '{"n":1}'
put "$STATE/other/b.json" '{"n":2}'
start_watcher -c "$TMP/c.json"
start_fcgi -c "$TMP/c.json"
wait_until '[ -f "$FILES/head.json" ]'
is $? 0 'head.json is there'
agree 'snapshots alone are what is in the files'
for n in 2 3; do
	stir 20
	caught_up
done
agree 'so are snapshots and segments'
node tests/e2e/publish.js segments "$FILES" >"$TMP/segments"
while read -r from to name; do
	get -b "/api/v1/main/changes?since=$from&until=$to" |
		cmp - "$FILES/$name"
done <"$TMP/segments" >"$TMP/differ" 2>&1
ok 'there are segments' test -s "$TMP/segments"
is "$(cat "$TMP/differ")" '' 'each is what the API answers, byte for byte'
# Without what is of the moment, and what is of files alone.
of_the_log()
{
	json '[d.project, d.epoch, d.cursor, d.floor, d.boot_id, d.collections,
		d.poll.interval_ms, d.watcher.problems]'
}
is "$(of_the_log <"$FILES/manifest.json")" \
	"$(get -b /api/v1/main | of_the_log)" 'the manifest is, too'
is "$(json d.live.longpoll <"$FILES/manifest.json")" false \
	'but that nobody can wait'
wait_until '[ "$(sed "s/^{\"cursor\":\"[^\"]*//" "$FILES/jobs/snapshot.json")" = \
	"$(get -b /api/v1/main/jobs | sed "s/^{\"cursor\":\"[^\"]*//")" ]'
is $? 0 'a snapshot is, when it is its time'
is "$(gzip -dc "$FILES/jobs/snapshot.json.gz")" \
	"$(cat "$FILES/jobs/snapshot.json")" 'and so is the compressed one'
for n in 1 2 3 4; do
	put "$STATE/other/long.json" \
		"[$n,\"$(head -c 30000 /dev/urandom | base64 -w 0)\"]"
	wait_until '[ "$(body other long | cut -d, -f 1)" = '"[$n"' ]'
	caught_up
	state >/dev/null 2>&1 || echo "$n"
done >"$TMP/cut_off"
is "$(cat "$TMP/cut_off")" '' \
	'segments that are longer than snapshots stay while these need them'
rm "$STATE/other/long.json"
ok 'nothing unfinished is left' eval '[ -z "$(find "$PUB" -name ".*.new")" ]'

# --- restarts ----------------------------------------------------------------------

before=$(json 'd.places.join(" ")' <"$FILES/head.json")
stop "$WATCHER"
start_watcher -c "$TMP/c.json"
put "$STATE/jobs/a.json" '{"n":3}'
agree 'a restart goes on'
like "$(json 'd.places.join(" ")' <"$FILES/head.json")" "^$before " \
	'with the segments that were there'
node tests/e2e/publish.js watch "$FILES" "$TMP/enough" >"$TMP/watched" 2>&1 &
watching=$!
spawn inotifywait inotifywait -mqre create,modify --format %f \
	-o "$TMP/written" "$FILES"
INOTIFYWAIT=$SPAWNED
for n in 1 2 3; do
	stir 60 &
	stirring=$!
	sleep "0.$((RANDOM % 9 + 1))"
	stop "$WATCHER" KILL
	start_watcher -c "$TMP/c.json"
	wait $stirring
	agree "killed in the middle, $n times: it goes on"
done
touch "$TMP/enough"
wait $watching
is "$(cat "$TMP/watched")" whole 'and whoever reads meanwhile has all there is'
ok 'nothing that is told of is missing' eval 'state >/dev/null'
stop "$INOTIFYWAIT"
is "$(grep -v '^\.' "$TMP/written")" '' \
	'and nothing is ever written under its own name'
ok 'but under others' test -s "$TMP/written"

put "$STATE/jobs/a.json" '{"n":4}'
"$BIN/tidemark-watcher" --once -c "$TMP/c.json" 2>/dev/null
is $? 1 'a second watcher does not publish'
stop "$WATCHER"
put "$STATE/jobs/a.json" '{"n":5}'
ok 'once is enough' "$BIN/tidemark-watcher" --quiet --once -c "$TMP/c.json"
is "$(state)" "$(in_files)" 'all of it is published then'
is "$(json d.heartbeat_ms <"$FILES/head.json")" null \
	'and nobody is promised that it goes on'

# --- what comes and goes -------------------------------------------------------------

conf
start_watcher -c "$TMP/c.json"
wait_until '[ ! -e "$FILES/other" ] && settle && caught_up'
is $? 0 'a collection that is no more has no files'
is "$(state | json 'Object.keys(d)')" '["jobs"]' 'and nobody misses them'
conf "$OTHER"
kill -HUP "$WATCHER"
agree 'one that comes is published'

epoch=$(json d.epoch <"$FILES/head.json")
stop "$WATCHER"
rm "$STORE"*
start_watcher -c "$TMP/c.json"
wait_until '[ "$(json d.epoch <"$FILES/head.json")" != '"$epoch"' ]'
is $? 0 'another log has another epoch'
agree 'and all is published anew'
ok 'the segments of the one before stay for those who read them' eval \
	'[ -n "$(find "$FILES" -name "'"$epoch"'.*")" ]'
find "$FILES" -name "$epoch.*" -exec touch -d '2 minutes ago' {} +
wait_until '[ -z "$(find "$FILES" -name "'"$epoch"'.*")" ]'
is $? 0 'for a minute'

# --- no way to write -------------------------------------------------------------------

mv "$PUB" "$TMP/moved"
touch "$PUB"
put "$STATE/jobs/a.json" '{"n":6}'
becomes_like 'get -b /api/v1/main | json "JSON.stringify(d.watcher.problems)"' \
	'"id":"published files","reason":"[^/"]*"' \
	'where nothing can be written the manifest says so'
is "$(get -b /api/v1/health | json d.status)" degraded 'and health'
is "$(get -b /api/v1/main/jobs/a)" '{"n":6}' 'everything else goes on'
rm "$PUB"
# revived: another folder may be out of reach of its sandbox
revived()
{
	is_alive "$WATCHER" || { stop "$WATCHER"; start_watcher -c "$TMP/c.json"; }
	[ "$(get -b /api/v1/main | json d.watcher.problems.length)" = 0 ] &&
		[ -d "$PUB" ]
}
wait_until revived
ok 'it is tried again' test $? = 0
agree 'and all is published'
stop "$WATCHER"
rm -rf "$PUB"
touch "$PUB"
"$BIN/tidemark-watcher" --quiet --once -c "$TMP/c.json" 2>"$TMP/once.log"
is $? 1 'once, it fails'
like "$(cat "$TMP/once.log")" 'published files' 'and says why'
rm "$PUB"

# --- from the command line -----------------------------------------------------------------

"$BIN/tidemark-watcher" --publish "$STATE/jobs" -c "$TMP/c.json" 2>"$TMP/usage"
is $? 2 'nothing is published where it would be watched'
like "$(cat "$TMP/usage")" 'watched' 'and it is said'
ok 'elsewhere it is' "$BIN/tidemark-watcher" --quiet --once \
	--publish "$TMP/elsewhere" -c "$TMP/c.json"
FILES=$TMP/elsewhere/main
is "$(state)" "$(in_files)" 'instead of where the configuration says'
done_testing
