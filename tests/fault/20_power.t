#!/usr/bin/env bash
# The power fails while files change: what had not reached the disk is gone,
# from anywhere in the newest part of the WAL on, and the bell may be old.  The
# database opens, a new epoch begins, and all clients come to know what is in
# the files.
#
# All programs are killed; the WAL is cut or spoilt behind what SQLite had
# synced, which the header of the -shm tells; and they start again with another
# boot id.  Several such cuts of each moment are opened by --once alone.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/fault/lib.sh

CUTS=4
WAL_HEAD=32 WAL_FRAME=$((24 + 4096))
[ ${#NAMESPACE[@]} -gt 0 ] || skip_all 'no mount namespaces here'

# --- the machine ---------------------------------------------------------------

# boot: the machine has started
boot()
{
	cat /proc/sys/kernel/random/uuid >"$TMP/boot_id"
}

# What a command is put behind to run where the kernel says so.
IN_BOOT=("${NAMESPACE[@]}" sh -c 'mount --bind "$0" \
	/proc/sys/kernel/random/boot_id && exec "$@"' "$TMP/boot_id")

start_all()
{
	spawn watcher "${IN_BOOT[@]}" "$BIN/tidemark-watcher" -c "$CONFIG"
	WATCHER=$SPAWNED
	answer
}

# field OFFSET: a 32-bit number in the -shm
field()
{
	od -An -t u4 -j "$1" -N 4 "$STORE-shm" | tr -d ' '
}

# lose_power: nothing goes on; what there is then is kept aside
lose_power()
{
	kill -STOP "$PRODUCER"
	killed "$WATCHER"
	kill_daemon
	synced=$((WAL_HEAD + $(field 128) * WAL_FRAME)) # nBackfillAttempted
	written=$((WAL_HEAD + $(field 16) * WAL_FRAME)) # mxFrame
	was=$(epoch)
	rm -rf "$TMP/aside"
	cp -r "$DB" "$TMP/aside"
	boot
}

# random FROM TO
random()
{
	shuf -i "$1-$2" -n 1
}

# wake: as after the loss, each time otherwise.  The files are the same ones.
wake()
{
	local name at

	for name in main.db main.db-wal main.db-bell; do
		cat "$TMP/aside/$name" >"$DB/$name"
	done
	at=$(random "$synced" "$written")
	case $((RANDOM % 3)) in
	0) truncate -s "$at" "$STORE-wal" ;;
	1)
		truncate -s "$at" "$STORE-wal"
		truncate -s "$written" "$STORE-wal"
		;;
	2)
		head -c 4096 /dev/urandom | dd of="$STORE-wal" bs=1 \
			seek="$at" conv=notrunc status=none
		;;
	esac
	case $((RANDOM % 3)) in
	0) truncate -s 0 "$STORE-bell" ;;
	1) rm -f "$STORE-shm" ;;
	esac
}

# --- what must hold ------------------------------------------------------------

# Without the one that the producer was stopped in the middle of: its last good
# version stays, and it is a problem.
in_files()
{
	local file text

	for file in "$STATE"/*/*.json; do
		text=$(<"$file")
		[[ $text != *'}' ]] || printf '%s|%s\n' "${file#"$STATE/"}" "$text"
	done | sort
}
in_store()
{
	sql "SELECT c.name || '/' || e.id || '.json', e.body FROM entity e
	    JOIN coll c ON e.eid >> 32 = c.cid WHERE body IS NOT NULL AND NOT EXISTS
	    (SELECT 1 FROM problem p WHERE p.coll = c.name AND p.id = e.id)" | sort
}

# is_right: after one scan; what is not as it should be
is_right()
{
	local rung

	rung=$(od -An -t u8 -j 16 -N 8 "$STORE-bell" 2>/dev/null | tr -d ' ')
	"${IN_BOOT[@]}" "$BIN/tidemark-watcher" --once -c "$CONFIG" \
		>>"$TMP/once.log" 2>&1 || echo "--once: status $?"
	[ "$(sql 'PRAGMA integrity_check')" = ok ] || echo 'it is damaged'
	[ "$(epoch)" != "$was" ] || echo 'the epoch is the same'
	[ "$(sql "SELECT v FROM meta WHERE k = 'floor'")" -ge "${rung:-0}" ] ||
		echo "the log begins before seq $rung"
	[ "$(log_faults)" = 0 ] || echo 'the log is not in order'
	[ "$(in_store)" = "$(in_files)" ] || echo 'it is not what is in the files'
}

boot
start_all
follow_all
produce
wait_until 'is_beyond 100'
for ((round = 0; round < ROUNDS; round++)); do
	sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
	lose_power
	diag "round $round: $((written - synced)) bytes were not synced"
	for ((cut = 0; cut < CUTS; cut++)); do
		wake
		is_right
	done >"$TMP/wrong"
	is "$(cat "$TMP/wrong")" '' "round $round: $CUTS cuts of the WAL"
	wake
	start_all
	kill -CONT "$PRODUCER"
	wait_until '[ "$(epoch)" != "$was" ] && [ "$(status /api/v1/main)" = 200 ]'
	goes_on
done
produce_no_more
converges "after $ROUNDS losses"
ok 'each of them had forgotten cursors' test "$(tally d.resets)" -ge "$ROUNDS"
is "$(find "$DB" -name '*.broken*')" '' 'and no database was given up'
recovers 'afterwards'
diag "$TALLY"
done_testing
