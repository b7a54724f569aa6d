#!/usr/bin/env bash
# The clock is set forward and back, by an hour and by years, while files change
# and clients wait: nobody waits longer for it, and no change is lost.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/fault/lib.sh

export SKEW_FILE=$TMP/skew LD_PRELOAD=$BIN_TEST/skew.so
# set_clock SECONDS: so much beside the right time
set_clock()
{
	printf '%-20s' "$1" 1<>"$SKEW_FILE"
}

# year: in which the newest change was made, as clients are told
year()
{
	get -b "/api/v1/main/jobs?match=clock" |
		json 'd.items[0].updated.slice(0, 4)'
}

# wait_for ID SECONDS: a poll that waits for news of it, since $since
wait_for()
{
	local uri="/api/v1/main/changes?since=$since&wait=$2&match=jobs:$1"

	timeout "$WAIT_SECONDS" "$BIN_TEST/fcgi_get" -b "$FCGI_SOCK" "$uri" \
		>"$TMP/$1" &
}

# told ID: of which entities it was told
told()
{
	json 'd.changes.map((c) => c.id).join()' <"$TMP/$1"
}

set_clock 0
watch
answer
unset LD_PRELOAD # the others have the right time
follow_all
produce
wait_until 'is_beyond 100'
now=$(date -u +%Y)
for skew in 3600 -3600 315576000 -315576000 0; do
	set_clock "$skew"
	goes_on
	ok "$skew s: changes are recorded" test $? = 0
	since=$(get -b /api/v1/main | json d.cursor)
	# Waiters that came before the clock is set, and are answered after.
	# While nothing changes, all who follow and can wait do so.
	kill -STOP "$PRODUCER"
	wait_for clock 50
	waiter=$!
	wait_until '[ "$(health c.waiters.parked)" = 6 ]'
	ok 'all wait' test $? = 0
	wait_for nothing 1
	in_vain=$!
	wait_until '[ "$(health c.waiters.parked)" = 7 ] || ! is_alive $in_vain'
	set_clock $((skew / 2))
	put "$STATE/jobs/clock.json" "{\"m\":1,\"skew\":$skew}"
	wait $waiter
	is "$(told clock)" clock 'who waits meanwhile is told'
	kill -CONT "$PRODUCER"
	wait $in_vain
	is "$?$(told nothing)" 0 'who waits in vain is let go'
	set_clock "$skew"
	put "$STATE/jobs/clock.json" "{\"m\":2,\"skew\":$skew}"
	wait_until '[ "$(get -b /api/v1/main/jobs/clock | json d.m)" = 2 ]'
	ok 'updated is what the clock said' test \
		$(($(year) - now - skew / 31557600)) -ge -1 -a \
		$(($(year) - now - skew / 31557600)) -le 1
	recovers 'all the while'
done

# A watcher that stands still counts as alive no longer for the clock.
kill -STOP "$WATCHER"
set_clock -7200
is "$(health c.watcher.state)" stopped 'who scanned in the future is late'
next=$(get -b /api/v1/main | json d.poll.next_scan_ms)
ok "nobody is told to wait for it: $next ms" test "$next" -le 60000
kill -CONT "$WATCHER"
health_becomes c.watcher.state '^ok$' 'and alive with its next scan'

produce_no_more
converges 'in the end'
is "$(tally '[d.resets, d.back].join()')" 0,0 'no cursor was forgotten'
recovers 'in the end'
done_testing
