#!/usr/bin/env bash
# Too few watches, too many events: delay, never loss.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "jobs": {"dir": "state", "interval_ms": 100}
	}}}}
JSON
for i in $(seq 8); do mkdir "$STATE/$i"; done

# limited LIMIT=N...: a watcher for which these limits of inotify hold
limited()
{
	local set

	for set; do echo "echo ${set#*=} >/proc/sys/user/${set%=*}"; done \
		>"$TMP/start"
	echo "exec '$BIN/tidemark-watcher' -c '$TMP/c.json'" >>"$TMP/start"
	spawn watcher unshare -Ur sh -e "$TMP/start"
	WATCHER=$SPAWNED
}

if unshare -Ur sh -c 'echo 4 >/proc/sys/user/max_inotify_watches' \
	2>/dev/null; then
	limited max_inotify_watches=4
	for i in $(seq 8); do put "$STATE/$i/a.json" "$i"; done
	becomes 'ids jobs | wc -w' 8 'all folders are seen with too few watches'
	for i in $(seq 8); do printf '1%d' "$i" >"$STATE/$i/a.json"; done
	becomes 'sql "SELECT sum(body) FROM entity"' 116 'and every change'
	is "$(grep -c max_user_watches "$TMP/watcher.log")" 1 \
		'what to raise is said, once'
	stop "$WATCHER"
	limited max_inotify_instances=0
	put "$STATE/1/b.json" 5
	becomes 'body jobs 1/b' 5 'without any inotify'
	like "$(cat "$TMP/watcher.log")" max_user_instances \
		'what to raise is said'
	stop "$WATCHER"
fi

# More events than the kernel's queue holds, while nobody reads them.
# The next scan by the clock is beyond what the test waits for.
sed -i 's/"interval_ms": 100/"interval_ms": 600000/' "$TMP/c.json"
start_watcher -c "$TMP/c.json"
put "$STATE/2/c.json" 0
becomes 'body jobs 2/c' 0 'a watcher without limits'
kill -STOP "$WATCHER"
events=$(cat /proc/sys/fs/inotify/max_queued_events)
perl -e 'for my $i (1 .. $ARGV[0]) {
	open my $f, ">", "$ARGV[1]/" . ($i % 7) . ".x";
	close $f;
	unlink "$ARGV[1]/" . ($i % 7) . ".x";
}' $((events / 3 + 10)) "$STATE/3"
printf '77' >"$STATE/4/a.json"
kill -CONT "$WATCHER"
becomes 'body jobs 4/a' 77 'what happened after the queue was full is seen'
like "$(cat "$TMP/watcher.log")" 'events were lost' 'that was said'
done_testing
