#!/usr/bin/env bash
# The database is deleted, cut short, replaced or overwritten, while everything
# runs and while nothing does: it is begun anew from the files, and all clients
# come to know what is in them.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/fault/lib.sh

# --- what is done to it -----------------------------------------------------------

deleted()
{
	rm "$STORE" "$STORE-wal" "$STORE-shm"
}
deleted_with_its_folder()
{
	rm -r "$DB"
}
deleted_alone()
{
	rm "$STORE"
}
without_wal()
{
	rm "$STORE-wal"
}
without_shm()
{
	rm "$STORE-shm"
}
cut_short()
{
	truncate -s $(($(stat -c %s "$STORE") / 2)) "$STORE"
}
emptied()
{
	: >"$STORE"
}
replaced_by_text()
{
	yes 'this is no database' | head -n 1000 >"$TMP/text"
	mv "$TMP/text" "$STORE"
}
replaced_by_an_older_one()
{
	cp "$TMP/older.db" "$TMP/copy.db"
	mv "$TMP/copy.db" "$STORE"
}
overwritten_by_an_older_one()
{
	cp "$TMP/older.db" "$STORE"
}
# junk FILE OFFSET BYTES
junk()
{
	head -c "$3" /dev/urandom |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
header_overwritten()
{
	junk "$STORE" 0 100
}
pages_overwritten()
{
	local size page

	size=$(stat -c %s "$STORE")
	for ((page = 2; page * 4096 < size; page += 3)); do
		junk "$STORE" $((page * 4096)) 4096
	done
}
wal_overwritten()
{
	junk "$STORE-wal" 32 "$(($(stat -c %s "$STORE-wal") - 32))"
}
wal_cut()
{
	local frames

	# Beyond those that are in use there may be room for others.
	frames=$(od -An -tu4 -j16 -N4 "$STORE-shm")
	truncate -s $((32 + frames * (24 + 4096) / 2)) "$STORE-wal"
}

# --- when, and what must come of it -------------------------------------------------

# sample: what health says, again and again
sample()
{
	while :; do
		get -b /api/v1/health 2>/dev/null |
			sed -n 's/^{"status":"\([a-z]*\)".*/\1\n/p'
		sleep 0.02
	done >>"$TMP/health"
}

# is_noticed: is it under an epoch that is neither the one before nor that of
# what was put there?
is_noticed()
{
	local now

	now=$(epoch)
	[ -n "$now" ] && [ "$now" != "$was" ] && [ "$now" != "$older" ]
}
# running: everything goes on meanwhile
running()
{
	"$1"
	# It may take a scan and a second.
	wait_until is_noticed
}
# idle: after a clean end of all
idle()
{
	stop "$WATCHER"
	stop "$FCGI"
	"$1"
	watch
	answer
}
# killed: after the death of all, so that most is in the WAL
dead()
{
	killed "$WATCHER"
	kill_daemon
	"$1"
	watch
	answer
}

# try FAULT WHEN
try()
{
	local what="$1 $2:"

	was=$(epoch)
	: >"$TMP/health"
	produce
	goes_on
	# By somebody else, but by SQLite: that is nothing to worry about.
	sqlite3 "$STORE" 'PRAGMA wal_checkpoint' >/dev/null
	settle
	is "$(epoch)" "$was" "$what before it a checkpoint, which harms nothing"
	"$2" "$1"
	goes_on
	produce_no_more
	# Pages that SQLite cannot know to be wrong are served for a moment.
	ask_clients tally >/dev/null
	converges "$what"
	# After a death all of it may be in the WAL still.
	[ "$2" = dead ] ||
		unlike "$(epoch)" "^$was\$" "$what under a new epoch"
	recovers "$what"
	diag "health was $(uniq -c "$TMP/health" | tr -s '\n ' ' ')"
}

serve
produce
wait_until 'is_beyond 100'
sqlite3 "$STORE" ".backup '$TMP/older.db'"
older=$(epoch)
wait_until 'is_beyond 1000'
produce_no_more
sample &
sampler=$!
# Few rounds: not each fault at each time.
when_running=(deleted_alone without_shm cut_short replaced_by_an_older_one
	pages_overwritten wal_cut)
when_idle=(overwritten_by_an_older_one pages_overwritten)
when_dead=(wal_overwritten overwritten_by_an_older_one)
if [ "$ROUNDS" -ge 10 ]; then
	when_running+=(deleted deleted_with_its_folder without_wal emptied
		replaced_by_text overwritten_by_an_older_one header_overwritten
		wal_overwritten)
	when_idle+=(deleted cut_short emptied replaced_by_text
		replaced_by_an_older_one header_overwritten)
	when_dead+=(deleted without_wal without_shm cut_short emptied
		replaced_by_text replaced_by_an_older_one header_overwritten
		pages_overwritten wal_cut)
fi
for fault in "${when_running[@]}"; do
	try "$fault" running
	case $fault in
	deleted*) ok 'health said that it was down' grep -qx down "$TMP/health" ;;
	esac
done
for fault in "${when_idle[@]}"; do try "$fault" idle; done
for fault in "${when_dead[@]}"; do try "$fault" dead; done
kill $sampler
wait $sampler 2>/dev/null

# --- nobody is there to mend it ------------------------------------------------------

stop "$WATCHER"
page=$(sqlite3 "$STORE" "SELECT max(pageno) FROM dbstat
    WHERE name = 'entity' AND pagetype = 'leaf'")
junk "$STORE" $(((page - 1) * 4096)) 4096
stop "$FCGI" # which knows what was there
answer
is "$(status /api/v1/main/changes)" 500 'what cannot be read is an error'
health_becomes c.store.reason 'damaged pages.*begins anew' \
	'without a watcher health says that pages are damaged'
is "$(status /api/v1/main)" 200 'what can be read is served'
watch
converges 'with a watcher'
recovers 'then'
done_testing
