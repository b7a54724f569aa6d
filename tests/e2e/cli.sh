# shellcheck shell=bash
# cli: what the tests of the tidemark command share.  Sourced after lib.sh, and
# after watch.sh where the store is that of a watcher.

# shellcheck disable=SC2034
# run COMMAND...: sets $out, $err and $status.
run()
{
	out=$("$@" 2>"$TMP/err" </dev/null)
	status=$?
	err=$(cat "$TMP/err")
}

# tm ARGUMENTS...: tidemark on the watcher's state directory; sets the same.
tm()
{
	run "$BIN/tidemark" -d "$STATE" "$@"
}

# on_terminal ARGUMENTS...: the same on a terminal, whose line ends are taken
# off; stderr is on it, too.
on_terminal()
{
	local command

	command=$(printf ' %q' "$BIN/tidemark" -d "$STATE" "$@")
	out=$(TERM=${TERM_GIVEN-xterm} script -qec "$command" /dev/null \
		</dev/null 2>"$TMP/err" | tr -d '\r')
	err=$(cat "$TMP/err")
}

# scan: what the files are now, by a watcher that ends.
scan()
{
	"$BIN/tidemark-watcher" -q --once "$STATE" 2>>"$TMP/scan.log"
}
