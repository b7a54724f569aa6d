#!/usr/bin/env bash
# An unmounted file system deletes nothing.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

unshare -m true 2>/dev/null || skip_all 'no mount namespaces here'

STORE=$TMP/main.db
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "jobs": {"dir": "state/jobs", "interval_ms": 100}
	}}}}
JSON
mkdir -p "$STATE/jobs" "$TMP/bin"
# start: in a mount namespace of its own, where state/jobs is another file
# system, with another one in its folder sub
start()
{
	cat >"$TMP/start" <<-SH
		set -e
		mount -t tmpfs tmpfs '$STATE/jobs'
		mkdir '$STATE/jobs/sub'
		mount -t tmpfs tmpfs '$STATE/jobs/sub'
		echo 1 >'$STATE/jobs/a.json'
		echo 2 >'$STATE/jobs/sub/b.json'
		exec '$BIN/tidemark-watcher' -c '$TMP/c.json'
	SH
	spawn watcher unshare -m sh "$TMP/start"
	WATCHER=$SPAWNED
}
inside()
{
	nsenter -t "$WATCHER" -m "$@"
}

start
becomes 'ids jobs' 'a sub/b' 'two file systems are served'
inside umount "$STATE/jobs/sub"
becomes_like 'problem jobs sub' 'another device' \
	'a folder is unmounted: a problem'
settle
is "$(ids jobs)" 'a sub/b' 'what was in it stays'
inside umount "$STATE/jobs"
becomes_like 'problem jobs ""' 'another device' \
	'the directory is unmounted: a problem'
settle
is "$(ids jobs)" 'a sub/b' 'all stays'
stop "$WATCHER"
spawn watcher "$BIN/tidemark-watcher" -c "$TMP/c.json"
WATCHER=$SPAWNED
settle
is "$(ids jobs)" 'a sub/b' 'also after a restart'
rmdir "$STATE/jobs"
becomes_like 'problem jobs ""' 'not there' 'the mount point is gone, too'
settle
is "$(ids jobs)" 'a sub/b' 'and it stays'
stop "$WATCHER"
mkdir "$STATE/jobs"
seq=$(head_seq)
start
becomes 'problem jobs ""' '' 'mounted again it is no problem any more'
settle
is "$(head_seq)" "$seq" 'and nothing has changed'
done_testing
