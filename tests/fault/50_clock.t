#!/usr/bin/env bash
# The clock is set forward and back, by an hour and by years, while files change
# and clients wait: nobody waits longer for it, and no change is lost.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/fault/lib.sh

export SKEW_FILE=$TMP/skew LD_PRELOAD=$BIN_TEST/skew.so
# set_clock SECONDS: so much beside the right time
set_clock()
{
	printf '%s' "$1" >"$TMP/skew.new"
	mv "$TMP/skew.new" "$SKEW_FILE"
}

# year: in which the newest change was made, as clients are told
year()
{
	get -b "/api/v1/main/jobs?match=clock" |
		json 'd.items[0].updated.slice(0, 4)'
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
	# A waiter that came before the clock is set, and is answered after.
	get -b "/api/v1/main/changes?since=$since&wait=20&match=jobs:clock" \
		>"$TMP/waiter" &
	waiter=$!
	wait_until '[ "$(health c.waiters.parked)" -gt 5 ]'
	set_clock $((skew / 2))
	put "$STATE/jobs/clock.json" "{\"m\":1,\"skew\":$skew}"
	wait $waiter
	is "$(json 'd.changes.map((c) => c.id).join()' <"$TMP/waiter")" clock \
		'who waits meanwhile is told'
	set_clock "$skew"
	put "$STATE/jobs/clock.json" "{\"m\":2,\"skew\":$skew}"
	wait_until '[ "$(get -b /api/v1/main/jobs/clock | json d.m)" = 2 ]'
	ok 'updated is what the clock said' test \
		$(($(year) - now - skew / 31557600)) -ge -1 -a \
		$(($(year) - now - skew / 31557600)) -le 1
	health_becomes c.watcher.state '^ok$' 'the watcher counts as alive'
done
produce_no_more
converges 'in the end'
is "$(tally '[d.resets, d.back].join()')" 0,0 'no cursor was forgotten'
recovers 'in the end'
done_testing
