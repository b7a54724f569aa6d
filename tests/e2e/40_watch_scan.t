#!/usr/bin/env bash
# Without inotify the scan finds everything by itself.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "inotify": false,
	  "collections": {
	    "jobs": {"dir": "state", "interval_ms": 50},
	    "slow": {"dir": "slow", "interval_ms": 600000}
	}}}}
JSON
mkdir "$TMP/slow"
put "$STATE/a.json" '{"n":1}'
start_watcher -c "$TMP/c.json"
becomes 'body jobs a' '{"n":1}' 'a file that was there'
put "$STATE/a.json" '{"n":2}'
becomes 'body jobs a' '{"n":2}' 'a file replaced'
printf '{"n":3}' >"$STATE/a.json"
becomes 'body jobs a' '{"n":3}' 'a file of equal size written in place'
mkdir -p "$STATE/x/y"
put "$STATE/x/y/b.json" '[]'
becomes 'ids jobs' 'a x/y/b' 'a file in a new folder'
mv "$STATE/x" "$STATE/z"
becomes 'ids jobs' 'a z/y/b' 'a renamed folder'
rm -r "$STATE/z"
becomes 'ids jobs' 'a' 'a deleted folder'
rm "$STATE/a.json"
becomes 'ids jobs' '' 'a deleted file'
put "$TMP/slow/a.json" 1
settle
is "$(ids slow)" '' 'a collection waits for its interval'
done_testing
