#!/usr/bin/env bash
# What the programs give up once they have started, as seen from outside; what
# they then cannot reach; and that it is said where the kernel lacks something.
# shellcheck disable=SC2016,SC2034,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

! grep -q __asan_init "$BIN/tidemark-fcgi" ||
	skip_all 'sanitizers need calls and files of their own'
has_landlock=$(perl -e 'print syscall(444, 0, 0, 1) > 0 ? "true" : "false"')
diag "this kernel has Landlock: $has_landlock"

STATE=$TMP/state
mkdir -p "$STATE/jobs"
put "$STATE/jobs/a.json" '{"n":1}'

# parts PID: no_new_privs and the mode of seccomp, as the kernel has them
parts()
{
	sed -n 's/^\(NoNewPrivs\|Seccomp\):\t//p' "/proc/$1/status" | tr -d '\n'
}

# health EXPRESSION
health()
{
	get -b /api/v1/health | json "d.checks.sandbox.$1"
}

whole='{"no_new_privs":true,"landlock":'$has_landlock',"seccomp":true}'

# --- the daemon and the watcher --------------------------------------------------

start_fcgi "$STATE"
wait_until '[ "$(parts "$(server)")" = 12 ]'
is "$(parts "$(server)")" 12 'a process that serves is in a sandbox'
is "$(parts "$FCGI")" 00 'the one that starts programs is not'
start_watcher "$STATE"
wait_until '[ "$(get -b /api/v1/main/jobs/a)" = "{\"n\":1}" ]'
ok 'a store that is made later is served' test $? = 0
is "$(parts "$WATCHER")" 12 'the watcher is in a sandbox'
is "$(health status)" ok 'health has it'
is "$(health server)" "$whole" 'with what the kernel has, of the server'
is "$(health watcher)" "$whole" 'and of the watcher'
if $has_landlock; then
	is "$(health reason)" undefined 'nothing is missing'
fi

# Another folder in its place is another one to the kernel.
stop "$WATCHER"
is "$(health watcher)" null 'without a watcher nothing is said of its own'
rm -r "$STATE/.tidemark"
start_watcher "$STATE"
put "$STATE/jobs/a.json" '{"n":2}'
wait_until '[ "$(get -b /api/v1/main/jobs/a)" = "{\"n\":2}" ]'
ok 'one that is made anew is served' test $? = 0
stop "$WATCHER"
stop "$FCGI"

# --- another configuration ---------------------------------------------------------

mkdir -p "$TMP/etc" "$TMP/far/away/logs" "$TMP/far/db" "$TMP/var/db"
put "$TMP/far/away/logs/b.json" '{"n":3}'

# configure [STORE [MORE_COLLECTIONS]]
configure()
{
	put "$TMP/etc/tidemark.json" '{"projects":{"main":{"store":"'"${1:-$TMP/var/db/main.db}"'",
	    "collections":{"jobs":{"dir":"'"$STATE"'/jobs"}'"${2-}"'}}}}'
}

configure
start_watcher -c "$TMP/etc/tidemark.json"
start_fcgi -c "$TMP/etc/tidemark.json"
wait_until '[ "$(get -b /api/v1/main/jobs/a)" = "{\"n\":2}" ]'
configure '' ',"logs":{"dir":"'"$TMP"'/far/away/logs"}'
kill -HUP "$WATCHER"
if $has_landlock; then
	wait_until 'grep -q "away/logs is out of reach.*restart" "$TMP/watcher.log"'
	ok 'the watcher does not take a folder that it cannot reach any more' \
		test $? = 0
	stop "$WATCHER"
	start_watcher -c "$TMP/etc/tidemark.json"
fi
kill -HUP "$FCGI"
wait_until '[ "$(get -b /api/v1/main/logs/b)" = "{\"n\":3}" ]'
ok 'started again, it does' test $? = 0

configure "$TMP/far/db/main.db"
kill -HUP "$WATCHER"
if $has_landlock; then
	wait_until 'grep -q "stays as it was.*far/db" "$TMP/watcher.log"'
	ok 'nor a store' test $? = 0
	stop "$WATCHER"
	start_watcher -c "$TMP/etc/tidemark.json"
	wait_until '[ -e "$TMP/far/db/main.db" ]'
fi
old=$(server)
kill -HUP "$FCGI"
wait_until '[ "$(get -b /api/v1/main/jobs/a 2>/dev/null)" = "{\"n\":2}" ] &&
	[ "$(stat -c %s "$TMP/far/db/main.db-bell")" -gt 0 ]'
ok 'a server takes another store' test $? = 0
if $has_landlock; then
	wait_until '[ "$(server 2>/dev/null)" != "$old" ]'
	ok 'in a process that can reach it' test $? = 0
fi
stop "$FCGI"
stop "$WATCHER"

# --- what lies elsewhere by now ---------------------------------------------------

dir=$TMP/deep/er/state
mkdir -p "$dir/jobs"
put "$dir/jobs/a.json" '{"n":4}'
start_watcher "$dir"
start_fcgi "$dir"
wait_until '[ "$(get -b /api/v1/main/jobs/a 2>/dev/null)" = "{\"n\":4}" ]'
mv "$TMP/deep" "$TMP/gone"
mkdir -p "$dir/jobs"
put "$dir/jobs/a.json" '{"n":5}'
if $has_landlock; then
	wait_until '! is_alive $WATCHER'
	ok 'a watcher ends whose folder was replaced out of its reach' test $? = 0
	like "$(cat "$TMP/watcher.log")" 'ending, to be started again.*er/state' \
		'says why'
	stop "$WATCHER"
	is $? 1 'and with a status for which it is started again'
	start_watcher "$dir"
fi
wait_until '[ "$(get -b /api/v1/main/jobs/a 2>/dev/null)" = "{\"n\":5}" ]'
ok 'then it knows the new one' test $? = 0
stop "$FCGI"
stop "$WATCHER"

# --- what is missing -------------------------------------------------------------

configure
for lack in landlock seccomp; do
	name=${lack/landlock/Landlock}
	: >"$TMP/watcher.log"
	: >"$TMP/fcgi.log"
	spawn watcher "$BIN_TEST/without" $lack "$BIN/tidemark-watcher" \
		-c "$TMP/etc/tidemark.json"
	WATCHER=$SPAWNED
	spawn fcgi "$BIN_TEST/without" $lack "$BIN/tidemark-fcgi" \
		-c "$TMP/etc/tidemark.json" --listen "unix:$FCGI_SOCK" --workers 2
	FCGI=$SPAWNED
	wait_until '[ "$(get -b /api/v1/main/jobs/a 2>/dev/null)" = "{\"n\":2}" ]'
	ok "without $name all goes on" test $? = 0
	is "$(health status)" ok 'and health is ok'
	is "$(health server.$lack)$(health watcher.$lack)" falsefalse \
		'which says that it is missing'
	like "$(health reason)" "tidemark-fcgi is not whole.*$name.*watcher is not whole.*$name" \
		'and what that means'
	is "$(grep -c "sandbox of tidemark-fcgi is not whole.*$name" "$TMP/fcgi.log")" 1 \
		'the log of the server says so, once'
	is "$(grep -c "sandbox of tidemark-watcher is not whole.*$name" "$TMP/watcher.log")" 1 \
		'and that of the watcher'
	stop "$FCGI"
	stop "$WATCHER"
done

# --- without it --------------------------------------------------------------------

start_watcher --no-sandbox "$STATE"
start_fcgi --no-sandbox "$STATE"
wait_until '[ "$(get -b /api/v1/main/jobs/a 2>/dev/null)" = "{\"n\":2}" ]'
is "$(parts "$(server)")$(parts "$WATCHER")" 0000 '--no-sandbox: there is none'
like "$(health reason)" 'fcgi is switched off.*watcher is switched off' \
	'and health says so'
stop "$FCGI"
stop "$WATCHER"
put "$TMP/etc/tidemark.json" '{"sandbox":false,"projects":{"main":{
    "store":"'"$TMP"'/db/main.db","collections":{"jobs":{"dir":"'"$STATE"'/jobs"}}}}}'
start_watcher -c "$TMP/etc/tidemark.json"
start_fcgi -c "$TMP/etc/tidemark.json"
wait_until '[ "$(get -b /api/v1/main/jobs/a 2>/dev/null)" = "{\"n\":2}" ]'
is "$(parts "$(server)")$(parts "$WATCHER")" 0000 'so does the configuration'

done_testing
