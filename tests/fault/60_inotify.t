#!/usr/bin/env bash
# More happens than inotify can hold, it gives no watches or no instance at all,
# or there are no descriptors: what it does not name, scans find.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/fault/lib.sh

# --- the queue overflows -----------------------------------------------------------

# The next scan comes too late to make it good.
configure 3600000
serve
put "$STATE/jobs/a.json" '{"n":0}'
wait_until 'is_beyond 0'
kill -STOP "$WATCHER"
max=$(cat /proc/sys/fs/inotify/max_queued_events)
# Two names in turn, or the kernel would merge the events.
: >"$STATE/notes/.a"
perl -e 'for (1 .. $ARGV[1]) { rename "$ARGV[0]/.a", "$ARGV[0]/.b";
	rename "$ARGV[0]/.b", "$ARGV[0]/.a" }' "$STATE/notes" $((max / 2))
put "$STATE/jobs/a.json" '{"n":1}'
mkdir "$STATE/jobs/new"
put "$STATE/jobs/new/b.json" '{"n":2}'
printf '{"n":3}' >"$STATE/jobs/c.json"
kill -CONT "$WATCHER"
converges 'after more events than the queue holds'
like "$(cat "$TMP/watcher.log")" 'events were lost: looking at everything' \
	'which is said'
recovers 'then'
stop "$WATCHER"
configure 200

# --- no watches, no instances ---------------------------------------------------------

# limited LIMIT NUMBER: a watcher whose user may have so many
limited()
{
	spawn watcher unshare -rm sh -c 'echo "$1" >"/proc/sys/user/$0" &&
		exec "$2" -c "$3"' "$1" "$2" "$BIN/tidemark-watcher" "$CONFIG"
	WATCHER=$SPAWNED
}
if unshare -rm sh -c 'echo 1 >/proc/sys/user/max_inotify_watches' 2>/dev/null
then
	for limit in max_inotify_watches max_inotify_instances; do
		: >"$TMP/watcher.log"
		limited $limit 0
		wait_until 'grep -q "is through.*notes" "$TMP/watcher.log"'
		like "$(cat "$TMP/watcher.log")" 'fs.inotify.max_user_' \
			"$limit: what to raise is said"
		health_becomes c.watcher.mode '^scan$' 'health says that it scans'
		put "$STATE/jobs/a.json" "{\"n\":4,\"of\":\"$limit\"}"
		put "$STATE/jobs/new/b.json" "{\"n\":5,\"of\":\"$limit\"}"
		printf '{"n":6,"of":"%s"}' $limit >"$STATE/jobs/c.json"
		converges "$limit:"
		recovers "$limit:"
		stop "$WATCHER"
	done
fi

# starve PID NUMBER: it gets so many more descriptors, and no others
starve()
{
	local free=0

	while [ -e "/proc/$1/fd/$free" ]; do
		free=$((free + 1))
	done
	prlimit --pid "$1" --nofile=$((free + $2)):1024
}

# --- no descriptors --------------------------------------------------------------------

: >"$TMP/watcher.log"
watch
wait_until 'grep -q "is through.*notes" "$TMP/watcher.log"'
starve "$WATCHER" 0
put "$STATE/jobs/a.json" '{"n":7}'
mkdir "$STATE/jobs/more"
put "$STATE/jobs/more/d.json" '{"n":8}'
health_becomes c.watcher.reason 'problems with files' \
	'a watcher without a descriptor left: degraded'
is "$(status /api/v1/main/jobs)" 200 'what is there is served'
ok 'nothing is taken for deleted' test \
	"$(get -b /api/v1/main/jobs | json d.items.length)" -ge 3
prlimit --pid "$WATCHER" --nofile=1024:1024
converges "with descriptors again"
recovers 'then'

# ticks: of a hundredth of a second, that all workers have worked
ticks()
{
	for pid in $(workers); do
		awk '{print $14 + $15}' "/proc/$pid/stat"
	done | paste -sd+ | bc
}
for pid in $(workers); do
	starve "$pid" 0
done
put "$STATE/jobs/a.json" '{"n":9}'
began=$(ticks)
sleep 1 # while clients come in vain
worked=$(($(ticks) - began))
ok "workers that can accept nobody rest: ${worked}0 ms" test $worked -lt 50
for pid in $(workers); do
	prlimit --pid "$pid" --nofile=1024:1024
done
converges 'after workers without descriptors'
recovers 'then'
done_testing
