#!/usr/bin/env bash
# Tens of thousands of entities are deleted at once, while clients wait.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/fault/lib.sh

N=20000
[ "$ROUNDS" -lt 10 ] || N=100000
RSS_KB_MAX=300000
perl -e 'for (1 .. $ARGV[1]) { mkdir sprintf "%s/%d", $ARGV[0], $_ / 1000;
	open my $out, ">", sprintf "%s/%d/%d.json", $ARGV[0], $_ / 1000, $_ or die;
	print $out "{\"n\":$_}" }' "$STATE/jobs" $N
serve
wait_until "is_beyond $((N - 1))"
ok "$N files are recorded" test $? = 0
since=$(get -b /api/v1/main | json d.cursor)
get -b "/api/v1/main/changes?since=$since&wait=50&match=jobs:0/7" >"$TMP/waiter" &
waiter=$!
get -b "/api/v1/main/changes?since=$since&wait=50&collections=jobs" \
	>"$TMP/any" &
any=$!
mv "$STATE/jobs" "$TMP/away"
mkdir "$STATE/jobs"
put "$STATE/jobs/last.json" '{"n":0}'
wait $waiter $any
is "$(json 'd.changes.map((c) => c.op + c.id).join()' <"$TMP/waiter")" \
	delete0/7 'who waits for one of them is told'
like "$(json d.kind <"$TMP/any")" "^(delta|snapshot)\$" 'who waits for any is told'
wait_until "is_beyond $((2 * N))"
converges 'in the end'
is "$(tally '[d.resets, d.back].join()')" 0,0 'no cursor was forgotten'
is "$(tally d.status)" '{}' 'nobody was refused'
for pid in $WATCHER $(workers); do
	kb=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")
	ok "$kb KiB were enough" test "$kb" -lt $RSS_KB_MAX
done
# On a slow machine an answer about all of them may hold up a worker for longer
# than health lets pass, and that it remembers for two minutes.
WAIT_SECONDS=$((WAIT_SECONDS + 150))
recovers 'in the end'
done_testing
