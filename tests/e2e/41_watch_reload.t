#!/usr/bin/env bash
# SIGHUP: another configuration, without losing a change.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
mkdir "$STATE/a" "$STATE/b"
put "$STATE/a/1.json" '{"n":1}'
put "$STATE/b/2.json" '{"n":2}'

# configure COLLECTIONS: of project main
configure()
{
	printf '{"projects": {"main": {"store": "main.db",
	    "collections": {%s}}}}\n' "$1" >"$TMP/c.json"
}
reload()
{
	local was
	was=$(grep -c 'configuration' "$TMP/watcher.log")
	kill -HUP "$WATCHER"
	wait_until "[ \$(grep -c configuration '$TMP/watcher.log') -gt $was ]"
}

configure '"a": {"dir": "state/a"}'
start_watcher -c "$TMP/c.json"
becomes 'ids a' 1 'one collection'
configure '"a": {"dir": "state/a"}, "b": {"dir": "state/b"}'
reload
becomes 'ids b' 2 'a second one is added'
is "$(ops a 1)" 1 'the first one goes on as it was'

configure '"a": {"dir": "state/a"}, "b": {"dri": "state/b"}'
reload
like "$(cat "$TMP/watcher.log")" 'stays as it was: .*c.json:[0-9]+: .*dri' \
	'a wrong configuration is refused, with its place'
put "$STATE/b/2.json" '{"n":22}'
becomes 'body b 2' '{"n":22}' 'and the present one goes on'

configure '"a": {"dir": "state/a"}, "b": {"dir": "state/a", "as": "stat"}'
put "$STATE/a/1.json" '{"n":11}'
reload
put "$STATE/a/3.json" '{"n":3}'
becomes 'ids b' '1 3' 'a collection that changed is begun again'
becomes 'body a 1' '{"n":11}' 'what changed meanwhile is there'
becomes 'ids a' '1 3' 'and what came after it'
put "$STATE/a/4.json" '{"n":4}'
becomes 'ids a' '1 3 4' 'two collections see one directory'
becomes 'ids b' '1 3 4' 'both of them'

configure '"b": {"dir": "state/a", "as": "stat"}'
reload
becomes 'ids a' '' 'a collection that is configured no more is empty'
is "$(sql "SELECT count(*) FROM coll WHERE NOT is_dropped")" 1 'and gone'
put "$STATE/a/5.json" '{"n":5}'
becomes 'ids b' '1 3 4 5' 'the other one is still watched'

stop "$WATCHER"
configure '"a": {"dir": "state/a"}'
ok 'with --once, too' "$BIN/tidemark-watcher" -q --once -c "$TMP/c.json"
is "$(ids a)|$(ids b)" '1 3 4 5|' 'one comes and the other goes'
"$BIN/tidemark-watcher" --check -c "$TMP/c.json" >"$TMP/check"
is $? 0 '--check of a good configuration succeeds'
like "$(cat "$TMP/check")" "a: json of .*/state/a" 'and says what is watched'
configure '"a": {"dir": 5}'
"$BIN/tidemark-watcher" --check -c "$TMP/c.json" >/dev/null 2>&1
is $? 2 '--check of a wrong one is status 2'
done_testing
