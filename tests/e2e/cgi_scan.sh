# shellcheck shell=bash
# cgi_scan: a host where nothing runs but requests: both programs lie beside one
# another, and what the watcher is told to do is counted.

PROGRAMS=$TMP/programs
RUNS=$TMP/runs # a line for each scan that was begun

mkdir -p "$PROGRAMS" "$TMP/state/jobs"
cp "$BIN/tidemark-fcgi" "$PROGRAMS"
# shellcheck disable=SC2034 # for those who read this
BIN_REAL=$BIN BIN=$PROGRAMS

# watcher_is [SHELL COMMAND]: the watcher beside tidemark-fcgi does this first
watcher_is()
{
	: >"$RUNS"
	cat >"$PROGRAMS/tidemark-watcher" <<-SH
		#!/bin/sh
		echo run >>"$RUNS"
		${1-}
		exec "$BIN_REAL/tidemark-watcher" "\$@"
	SH
	chmod 755 "$PROGRAMS/tidemark-watcher"
}

runs()
{
	wc -l <"$RUNS"
}

# configure NAME INTERVAL_MS [LIMITS]: another store, which nobody has yet
configure()
{
	STORE=$TMP/$1/main.db
	put "$CGI_CONFIG" '{"limits": {'"${3-}"'},
		"projects": {"main": {"store": "'"$STORE"'", "collections":
		{"jobs": {"dir": "'"$TMP"'/state/jobs", "interval_ms": '"$2"'}}}}}'
}
