#!/usr/bin/env bash
# The disk of the database is full: what is there is served, health says what is
# wrong, and when there is room again all changes arrive.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/fault/lib.sh

in_namespace
disk "$DB" 8m

serve
produce
wait_until 'is_beyond 200'
dd if=/dev/zero of="$DB/filler" bs=64k 2>/dev/null
seq=$(head_seq)
wait_until 'grep -q "nothing is recorded\|disk is full" "$TMP/watcher.log"'
ok 'a full disk is met' test $? = 0
health_becomes d.status '^degraded$' 'health is degraded'
like "$(health c.disk.reason)" 'Make room' 'and says why'
is "$(status /api/v1/main/jobs)$(status /api/v1/main/changes)" 200200 \
	'what is there is served'
since=$(get -b /api/v1/main | json d.cursor)
is "$(get -b "/api/v1/main/changes?since=$since" | json d.kind)" none \
	'and nothing new'
ok 'the log stands still' test "$(head_seq)" -ge "$seq"
rm "$DB/filler"
goes_on
ok 'with room again changes are recorded' test $? = 0
produce_no_more
converges 'after a full disk'
is "$(tally '[d.resets, d.back].join()')" 0,0 'no cursor was forgotten'
is "$(tally d.status)" '{}' 'nobody was refused'
health_becomes c.watcher.status '^ok$' 'the watcher is well'
done_testing
