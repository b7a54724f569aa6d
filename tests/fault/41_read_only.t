#!/usr/bin/env bash
# The folder of the database, or that of the files, may only be read.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/fault/lib.sh

in_namespace
disk "$DB" 100m
disk "$STATE" 10m

# --- the files -----------------------------------------------------------------

mkdir "$STATE/jobs" "$STATE/notes"
put "$STATE/jobs/a.json" '{"n":1}'
mount -o remount,ro "$STATE"
serve
converges 'files that may only be read are served:'
recovers 'then'
mount -o remount,rw "$STATE"
produce
wait_until 'is_beyond 100'

# --- the database ----------------------------------------------------------------

# Where files are open for writing, the kernel refuses it: so all end before.
stop "$WATCHER"
stop "$FCGI"
was=$(epoch)
ok 'a disk becomes read-only' mount -o remount,ro "$DB"
answer
wait_until '[ "$(status /api/v1/main/jobs)" = 200 ]'
ok 'what is there is served from a read-only disk' test $? = 0
"$BIN/tidemark-watcher" -c "$CONFIG" >"$TMP/refused" 2>&1
is $? 1 'a watcher does not begin there'
like "$(cat "$TMP/refused")" 'main.db.*Read-only file system' 'and says why'
like "$(health c.watcher.reason)" 'Nobody watches' 'health says that nobody watches'
mount -o remount,rw "$DB"
watch
goes_on
produce_no_more
converges 'when it may be written again'
is "$(epoch)" "$was" 'under the same epoch'
recovers 'then'
done_testing
