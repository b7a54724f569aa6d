#!/usr/bin/env bash
# The three programs' command lines.
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

# --- tidemark -----------------------------------------------------------------

run "$BIN/tidemark" --version
is "$status $out" "0 tidemark $version" 'tidemark says its version'
run "$BIN/tidemark" --help
is "$status" 0 'tidemark --help succeeds'
like "$out" '^usage: tidemark .*status .*log .*show ' 'it lists the commands'
run "$BIN/tidemark"
is "$status $out" '2 ' 'no command is wrong usage'
like "$err" '^usage: tidemark' 'and shows which there are'

for command in $("$BIN/tidemark" --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
	run "$BIN/tidemark" "$command" --help
	is "$status" 0 "$command --help succeeds"
	like "$out" "^tidemark $command: .*usage: tidemark $command .*Options:.*--json.*Examples:.*Status: 0" \
		"$command has a manual page"
	run "$BIN/tidemark" "$command" --no-such-option
	is "$status $out" '2 ' "$command: an unknown option is wrong usage"
	like "$err" "no-such-option.*try: tidemark $command --help" \
		"$command names the unknown option, and its page"
	run "$BIN/tidemark" -d "$TMP/absent.db" "$command" x y z x
	is "$status" 2 "$command: a file that does not exist, or too many arguments"
done

run "$BIN/tidemark" log --color=sometimes
is "$status" 2 'a colour that is none is wrong usage'
like "$err" 'sometimes' 'and is named'
run "$BIN/tidemark" shwo
is "$status" 2 'a command that does not exist is wrong usage'
like "$err" 'shwo; is show meant' 'the one that was meant is named'
run "$BIN/tidemark" log --sinc
like "$err" '--since needs an argument' 'options may be cut short'
run "$BIN/tidemark" log --sicne=1
like "$err" '--sicne; is --since meant' 'the option that was meant is named'
run "$BIN/tidemark" log -x
like "$err" 'no option -x' 'a letter that is no option is named'
run "$BIN/tidemark" log --json=yes
like "$err" '--json takes no argument' 'an argument too much is refused'
for n in -1 x '' 100000001; do
	run "$BIN/tidemark" -d "$TMP/state" log -n "$n"
	is "$status" 2 "log -n '$n' is refused"
done

run env -u TIDEMARK_CONFIG "$BIN/tidemark" status
is "$status" 2 'without a place there is no database'
like "$err" 'TIDEMARK_CONFIG' 'and it says how to give one'
run env TIDEMARK_CONFIG="$TMP/absent.json" "$BIN/tidemark" status
is "$status" 2 'the environment names the configuration'
like "$err" 'absent.json' 'and it is said which'
run "$BIN/tidemark" -d "$TMP/state" -c "$TMP/x.json" status
is "$status" 2 'a database and a configuration are one too many'
run "$BIN/tidemark" -d "$TMP/state" show x
is "$status" 1 'a directory without a database is trouble'
like "$err" 'no database yet' 'and it says so'

done_testing
