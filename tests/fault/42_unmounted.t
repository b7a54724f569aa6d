#!/usr/bin/env bash
# The disks of the files and of the database are unmounted, and mounted again:
# nothing is taken for deleted, and the database is taken up again.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/fault/lib.sh

in_namespace
# The files do not lie beside what the watcher may write to.
DB=$TMP/var/db STORE=$TMP/var/db/main.db
sed -i 's,"db/main,"var/db/main,' "$CONFIG"
disk "$STATE" 50m
disk "$STATE/jobs" 50m
disk "$DB" 100m
serve
produce
wait_until 'is_beyond 200'
produce_no_more
converges 'while all are mounted:'

# met COMMAND...: does it succeed?  Where its sandbox keeps another disk from the
# watcher, it ends, and is started again, as by a supervisor.
met()
{
	if ! is_alive "$WATCHER" && grep -q \
		'ending, to be started again' "$TMP/watcher.log"; then
		stop "$WATCHER"
		: >"$TMP/watcher.log"
		watch
	fi
	"$@"
}

has_problems()
{
	[[ $(health c.watcher.reason) == *"$1 problems with files"* ]]
}

has_scanned_since()
{
	[ "$(scanned_ms)" != "$1" ]
}

is_back()
{
	[ "$(body jobs back)" = "{\"n\":$1}" ]
}

is_served_from()
{
	[ "$(get -b /api/v1/main 2>/dev/null | json d.epoch)" = "$1" ]
}

is_begun_anew()
{
	local now

	now=$(epoch)
	[ -n "$now" ] && [ "$now" != "$1" ]
}

# --- the files -------------------------------------------------------------------

count()
{
	get -b /api/v1/main/jobs | json d.items.length
}

# are_away PROBLEMS: health says so
are_away()
{
	wait_until "met has_problems $1"
	ok 'the files are unmounted: health is degraded' test $? = 0
	for _ in 1 2 3; do
		wait_until "met has_scanned_since $(scanned_ms)"
	done
	ok 'scans go on' test $? = 0
	is "$(count)" "$held" 'nothing is taken for deleted'
}

# are_back N: all know this one
are_back()
{
	put "$STATE/jobs/back.json" "{\"n\":$1}"
	wait_until "met is_back $1"
	converges 'when they are mounted again,'
	is "$(tally '[d.resets, d.back].join()')" 0,0 'no cursor was forgotten'
	recovers 'then'
}

put "$STATE/jobs/back.json" '{"n":0}'
wait_until 'is_back 0'
held=$(count)
cp -a "$STATE/jobs" "$TMP/jobs"
cp -a "$STATE/notes" "$TMP/notes"
ok 'the watcher keeps no disk busy' umount "$STATE/jobs"
are_away 1
mount -t tmpfs -o size=50m tmpfs "$STATE/jobs"
cp -a "$TMP/jobs" "$STATE"
are_back 1

# What they lie in as well.
umount "$STATE/jobs"
umount "$STATE"
are_away 2
mount -t tmpfs -o size=50m tmpfs "$STATE"
mkdir "$STATE/jobs"
mount -t tmpfs -o size=50m tmpfs "$STATE/jobs"
cp -a "$TMP/jobs" "$TMP/notes" "$STATE"
are_back 2

# --- the database ----------------------------------------------------------------

was=$(epoch)
mkdir "$TMP/kept"
mount --bind "$DB" "$TMP/kept"
disks+=("$TMP/kept")
umount -l "$DB"
wait_until "met is_begun_anew $was"
ok 'the database is unmounted: another one is begun in its place' test $? = 0
converges 'with that'
recovers 'then'

mount --bind "$TMP/kept" "$DB"
wait_until "met is_served_from $was"
ok 'it is mounted again, and taken up' test $? = 0
put "$STATE/jobs/back.json" '{"n":3}'
wait_until 'met is_back 3'
converges 'then'
is "$(epoch)" "$was" 'with the epoch it had'
recovers 'then'
done_testing
