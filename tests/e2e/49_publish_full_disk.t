#!/usr/bin/env bash
# A full disk under published files: what is there stays whole and is read, and
# when there is room again everything is told.
# shellcheck disable=SC2016,SC2034,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/watch.sh

unshare -m true 2>/dev/null || skip_all 'no mount namespaces here'

STORE=$TMP/main.db FILES=$TMP/pub/main
mkdir -p "$STATE/jobs" "$TMP/pub"
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "publish": "pub",
	  "collections": {"jobs": {"dir": "state/jobs", "interval_ms": 100}}}}}
JSON
put "$STATE/jobs/a.json" '{"n":1}'
# It has the disk, which is there as long as it runs.
spawn watcher unshare -m sh -c 'mount -t tmpfs -o size=1m tmpfs "$1" &&
	exec "$2" -c "$3"' sh "$TMP/pub" "$BIN/tidemark-watcher" "$TMP/c.json"
WATCHER=$SPAWNED
inside()
{
	nsenter -t "$WATCHER" -m "$@"
}
state()
{
	inside node "$ROOT/tests/e2e/publish.js" state "$FILES"
}

becomes state '{"jobs":{"a":{"n":1}}}' 'there is room'
inside dd if=/dev/zero bs=4k of="$TMP/pub/others" 2>/dev/null
is "$(inside stat -f -c %a "$TMP/pub")" 0 'the disk is full'
put "$STATE/jobs/a.json" '{"n":2}'
becomes_like 'problem "" "published files"' 'No space left' 'that is a problem'
becomes 'body jobs a' '{"n":2}' 'the change is recorded all the same'
is "$(state)" '{"jobs":{"a":{"n":1}}}' 'what was published is whole'
is "$(inside find "$FILES" -name '.*.new')" '' 'and nothing unfinished is left'
inside rm "$TMP/pub/others"
becomes state '{"jobs":{"a":{"n":2}}}' 'with room again it is told'
becomes 'problem "" "published files"' '' 'and the problem is none any more'
done_testing
