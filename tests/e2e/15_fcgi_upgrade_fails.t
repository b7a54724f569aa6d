#!/usr/bin/env bash
# SIGUSR2 with a program that cannot serve: the old one goes on; and --pid-file.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/load.sh
. tests/e2e/upgrade.sh

# goes_on: the same process, on the same path
goes_on()
{
	[ "$(cat "$pid_file")" = "$FCGI" ] && [ -S "$FCGI_SOCK" ] && serves
}

# new: the process that was started last
new()
{
	sed -n 's/.* is started as process \([0-9]*\).*/\1/p' "$TMP/fcgi.log" | tail -n 1
}

# half_way: a change to $NEW that goes on when there is $TMP/go
half_way()
{
	rm -f "$TMP/go"
	start "$TMP/state" --listen "unix:$FCGI_SOCK"
	install_script "until [ -e '$TMP/go' ]; do sleep 0.05; done" \
		"exec '$BIN/tidemark-fcgi' \"\$@\""
	kill -USR2 "$FCGI"
	wait_until 'says "is started as process"'
	NEW=$(new)
}

# not_let_go: … to $NEW that serves, but the old one cannot take notice yet
not_let_go()
{
	half_way
	kill -STOP "$FCGI"
	touch "$TMP/go"
	wait_until 'says "pid=$NEW msg=.serving on"'
}

configure()
{
	put "$TMP/fcgi.json" '{"projects":{"main":{"store":"'"$TMP"'/state/.tidemark/main.db",
	    "collections":{"jobs":{"dir":"'"$TMP"'/state/jobs"}}}}}'
}

mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'
start_watcher "$TMP/state"
configure

# --- what cannot start ----------------------------------------------------------

for workers in 1 2; do
	name="--workers $workers:"
	start -c "$TMP/fcgi.json" --listen "unix:$FCGI_SOCK" --workers $workers
	wait_until serves

	echo '{"projects":' >"$TMP/fcgi.json"
	kill -USR2 "$FCGI"
	wait_until 'says "process $(new) ended with status 2: the old one goes on"'
	ok "$name a bad configuration: the log says how it ended" test $? = 0
	ok "$name … and why" says 'fcgi.json'
	ok "$name … and the old one goes on" goes_on
	configure

	rm "$program"
	kill -USR2 "$FCGI"
	wait_until 'says "process $(new) ended with status 127: the old one"'
	ok "$name no file: the log says so" says "$program: No such file"
	ok "$name … and the old one goes on" goes_on

	install_script 'kill -SEGV $$'
	kill -USR2 "$FCGI"
	wait_until 'says "process $(new) was killed by signal 11 .Segmentation"'
	ok "$name a crash: the log says so" test $? = 0
	ok "$name … and the old one goes on" goes_on

	upgrade && serves
	ok "$name after all that a good one takes over" test $? = 0
	over
	ok "$name and removes the socket" test ! -e "$FCGI_SOCK" -a ! -e "$pid_file"
done

# --- what says nothing ------------------------------------------------------------

start "$TMP/state" --listen "unix:$FCGI_SOCK"
install_script "exec perl -e '\$SIG{TERM} = \"IGNORE\"; sleep 100'"
kill -USR2 "$FCGI"
wait_until 'says "is started as process"'
kill -USR2 "$FCGI"
wait_until 'says "SIGUSR2 is ignored: a new process is starting already"'
ok 'a second SIGUSR2 is ignored, and that is said' test $? = 0
ok 'meanwhile the old one serves' goes_on
wait_until 'says "process $(new) does not serve after 10 s"'
ok 'one that says nothing is not waited for for ever' test $? = 0
wait_until 'says "process $(new) was killed by signal 9 .Killed.: the old one"'
ok 'and is killed when it does not end' test $? = 0
ok 'the old one goes on' goes_on

over

# --- the end, or a death, half-way --------------------------------------------------

half_way
over
ok 'SIGTERM while a new one starts: a clean end' says "reaped $FCGI status 0"
wait_until '! is_alive "$NEW"'
ok 'for the new one as well' test $? = 0
ok 'neither socket nor pid file is left' test ! -e "$FCGI_SOCK" -a ! -e "$pid_file"

half_way
kill -KILL "$FCGI"
touch "$TMP/go"
wait_until '[ "$(cat "$pid_file")" = "$NEW" ] && serves'
ok 'the old one dies while a new one starts: that takes over' test $? = 0
FCGI=$NEW
over
ok 'and removes socket and pid file' test ! -e "$FCGI_SOCK" -a ! -e "$pid_file"

not_let_go
kill -KILL "$FCGI"
wait_until '[ "$(cat "$pid_file")" = "$NEW" ] && serves'
ok 'so it does when it serves already' test $? = 0
FCGI=$NEW
over
ok 'and removes them as well' test ! -e "$FCGI_SOCK" -a ! -e "$pid_file"

not_let_go
mkfifo "$TMP/words" # a connection without a request holds up its end
"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" values FCGI_MAX_CONNS hear pause \
	<"$TMP/words" >"$TMP/talk" &
exec 5>"$TMP/words"
wait_until 'grep -q VALUES "$TMP/talk"'
kill "$NEW"
wait_until 'says "pid=$NEW msg=.Terminated"'
kill -CONT "$FCGI"
wait_until serves
ok 'nothing is handed over to a new one that is ending' goes_on
exec 5>&-
wait_until 'says "process $NEW ended with status 0: the old one goes on"'
ok 'nor, when it has ended, is the socket gone' goes_on
over
is "$?" 0 'after which the old one ends well'

not_let_go
kill -USR2 "$NEW"
wait_until 'says "pid=$NEW msg=.SIGUSR2: the process before this one comes first"'
kill -CONT "$FCGI"
wait_until '[ "$(new)" != "$NEW" ] && [ "$(cat "$pid_file")" = "$(new)" ]'
ok 'a new one that is to change waits for that, and then does' serves
FCGI=$(new)
over
is "$?" 0 'to a clean end'

# --- the pid file --------------------------------------------------------------------

err=$("$BIN/tidemark-fcgi" "$TMP/state" --listen "unix:$FCGI_SOCK" \
	--pid-file "$TMP/none/pid" 2>&1)
is "$?" 1 'a pid file that cannot be written is an error'
like "$err" "$TMP/none/pid" 'which is said'
ok 'and leaves no socket behind' test ! -e "$FCGI_SOCK"

err=$(GATEWAY_INTERFACE=CGI/1.1 "$BIN/tidemark-fcgi" "$TMP/state" \
	--pid-file "$pid_file" 2>&1 </dev/null)
is "$?" 2 'a pid file for what a web server has started is wrong usage'

start "$TMP/state" --listen "unix:$FCGI_SOCK"
is "$(cat "$pid_file")" "$(pgrep -P "$REAP")" 'it has the number of the daemon'
mkdir "$pid_file.$FCGI"
kill -USR2 "$FCGI"
wait_until 'says "process $(new) ended with status 0: the old one goes on"'
ok 'when it cannot be written at a change, the old one goes on' goes_on
rmdir "$pid_file.$FCGI"
echo 1 >"$pid_file"
over
is "$(cat "$pid_file")" 1 'what names another process is left alone'
rm "$pid_file"

start "$TMP/state" --listen "unix:$FCGI_SOCK" --workers 2
worker=$(pgrep -P "$FCGI" | head -n 1)
kill -USR2 "$worker"
serves && serves
ok 'SIGUSR2 is for the master: to a worker it is nothing' is_alive "$worker"
over
is "$?" 0 'to a clean end'

done_testing
