#!/usr/bin/env bash
# The two programs' command lines.
. tests/e2e/lib.sh

# run COMMAND...: sets $out, $err and $status.
run()
{
	out=$("$@" 2>"$TMP/err" </dev/null)
	status=$?
	err=$(cat "$TMP/err")
}

version=$(sed -n 's/^VERSION = //p' "$ROOT/Makefile")
mkdir "$TMP/state"

for program in tidemark-watcher tidemark-fcgi; do
	run "$BIN/$program" --version
	is "$status $out" "0 $program $version" "$program says its version"

	run "$BIN/$program" --help
	is "$status" 0 "$program --help succeeds"
	like "$out" "usage: $program" "$program --help shows the usage on stdout"

	run "$BIN/$program" --no-such-option
	is "$status" 2 "$program: an unknown option is wrong usage"
	like "$err" 'no-such-option' "$program names the unknown option"
	is "$out" '' "$program: complaints do not go to stdout"

	run "$BIN/$program" "$TMP/absent"
	is "$status" 2 "$program: a directory that does not exist is wrong usage"
	like "$err" "$TMP/absent" "$program names the directory"

	run "$BIN/$program" -c "$TMP/absent.json"
	is "$status" 2 "$program: a configuration that does not exist"
	like "$err" "absent.json" "$program names the configuration"

	run "$BIN/$program" "$TMP/state" "$TMP/state"
	is "$status" 2 "$program: two directories are wrong usage"
done

run "$BIN/tidemark-watcher"
is "$status" 2 'tidemark-watcher without a directory is wrong usage'

for listen in nowhere: unix: tcp:127.0.0.1 tcp:127.0.0.1:99999; do
	run "$BIN/tidemark-fcgi" "$TMP/state" --listen "$listen"
	is "$status" 2 "--listen $listen is wrong usage"
done

done_testing
