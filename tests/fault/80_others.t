#!/usr/bin/env bash
# Others at the database: a second watcher, one who holds the lock of the writer,
# and a reader who holds his snapshot.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/fault/lib.sh

WAL_BYTES_MAX=$((8 << 20)) # when nobody holds it back
READER_CHANGES=3000 READER_SECONDS=1
[ "$ROUNDS" -lt 10 ] || { READER_CHANGES=20000 READER_SECONDS=60; }

# hold SQL...: somebody is in the middle of these, until let_go
hold()
{
	rm -f "$TMP/sql" "$TMP/held"
	mkfifo "$TMP/sql"
	sqlite3 "$STORE" <"$TMP/sql" >"$TMP/held.log" 2>&1 &
	HOLDER=$!
	exec 9>"$TMP/sql"
	printf '%s\n' '.timeout 5000' "$@" ".shell touch '$TMP/held'" >&9
	wait_until '[ -e "$TMP/held" ]'
}
let_go()
{
	printf '%s\n' 'ROLLBACK;' .quit >&9
	exec 9>&-
	wait $HOLDER
}

serve
produce
wait_until 'is_beyond 200'

# --- a second watcher, also of another namespace -------------------------------------

"$BIN/tidemark-watcher" -c "$CONFIG" >"$TMP/second" 2>&1
is $? 1 'a second watcher ends'
like "$(cat "$TMP/second")" "another tidemark-watcher \(pid $WATCHER\)" \
	'and says who is there'
if [ ${#NAMESPACE[@]} -gt 0 ]; then
	"${NAMESPACE[@]}" -pf "$BIN/tidemark-watcher" -c "$CONFIG" \
		>"$TMP/second" 2>&1
	is $? 1 'also in another namespace of processes'
	like "$(cat "$TMP/second")" 'another tidemark-watcher' 'which is said'
fi
goes_on
ok 'the first one goes on' test $? = 0

# --- who holds the writer's lock --------------------------------------------------------

hold 'BEGIN IMMEDIATE;'
wait_until 'grep -q "somebody else is writing" "$TMP/watcher.log"'
ok 'a lock that is held for long is said' test $? = 0
is "$(status /api/v1/main/jobs)$(status /api/v1/main/changes)" 200200 \
	'what is there is served'
let_go
goes_on
ok 'then changes are recorded' test $? = 0
produce_no_more
converges 'after the lock'
is "$(tally '[d.resets, d.back].join()')" 0,0 'no cursor was forgotten'

# --- who holds his snapshot ----------------------------------------------------------------

produce
hold 'BEGIN;' 'SELECT count(*) FROM change;'
seq=$(head_seq)
until=$((SECONDS + READER_SECONDS))
wait_until "is_beyond $((seq + READER_CHANGES)) && [ \$SECONDS -ge $until ]" 300
ok "$READER_CHANGES changes while a reader holds its snapshot" test $? = 0
recovers 'meanwhile'
wal=$(stat -c %s "$STORE-wal")
let_go
produce_no_more
converges 'after the reader'
is "$(tally '[d.resets, d.back].join()')" 0,0 'no cursor was forgotten'
# One checkpoint, and the next to write begins the WAL again.
for _ in 1 2 3 4 5 6; do
	produce
	goes_on
	produce_no_more
	settle
done
ok "the WAL of $wal bytes is bounded again" test \
	"$(stat -c %s "$STORE-wal")" -le $WAL_BYTES_MAX
recovers 'in the end'
done_testing
