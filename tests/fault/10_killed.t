#!/usr/bin/env bash
# kill -9 of the watcher, of a worker, of the daemon, of all of them, at any
# moment while files change: nothing is lost, told twice, or out of order.  Each
# kind happens, in however few rounds.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/fault/lib.sh

# some_worker: one of them
some_worker()
{
	workers | tr ' ' '\n' | shuf -n 1
}

# kill_watcher, kill_worker, kill_all_workers, kill_all: and what starts them again
kill_watcher()
{
	killed "$WATCHER"
	watch
}
kill_worker()
{
	# shellcheck disable=SC2046 # none, when it has just died
	killed $(some_worker)
}
kill_all_workers()
{
	kill_daemon
	answer
}
kill_all()
{
	killed "$WATCHER"
	kill_daemon
	watch
	answer
}
kinds=(kill_watcher kill_worker kill_all_workers kill_watcher kill_all)
[ "$ROUNDS" -ge ${#kinds[@]} ] || ROUNDS=${#kinds[@]}

serve
produce
wait_until 'is_beyond 100'
# The streams, which whoever kills the daemon cuts off.
wait_until '[ "$(health c.waiters.parked)" -ge 3 ]'
began=$(epoch)
kill_worker
recovers 'without one of the workers'
killed "$WATCHER"
health_becomes c.watcher.reason 'Nobody watches' \
	'without a watcher health is degraded'
is "$(status /api/v1/main/jobs)$(status /api/v1/main/changes)" 200200 \
	'and what there is is served'
watch
for ((round = 0; round < ROUNDS; round++)); do
	sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
	"${kinds[round % ${#kinds[@]}]}"
	goes_on ||
		passed 1 "round $round: changes are recorded again"
done
produce_no_more
converges "after $ROUNDS rounds"
is "$(epoch)" "$began" 'under the same epoch'
is "$(sql 'SELECT count(*) = max(seq) FROM change')" 1 'every seq is there'
is "$(tally '[d.resets, d.back].join()')" 0,0 \
	'no cursor was forgotten, and no document went back'
is "$(tally 'd.status')" '{}' 'whoever was answered was answered well'
ok 'and connections did break' test "$(tally d.cut)" -gt 0
recovers 'afterwards'
diag "$(head_seq) changes; $TALLY"
done_testing
