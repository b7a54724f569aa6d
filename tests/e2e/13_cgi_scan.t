#!/usr/bin/env bash
# Nothing but requests: where no watcher runs, the processes that a web server
# starts have scans done.
# shellcheck disable=SC2016,SC2034,SC2119,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/cgi.sh
. tests/e2e/cgi_scan.sh

GATE=$TMP/gate # while it is there a scan does not get on
jobs=/api/v1/main/jobs

# advice: what health says of the watcher
advice()
{
	cgi_body /api/v1/health | json d.checks.watcher.reason
}

# is_served TEXT: as document a, by now
is_served()
{
	[ "$(cgi_body "$jobs/a")" = "$1" ]
}

# is_idle: no scan is being done, and none was cut short
is_idle()
{
	flock -n "$STORE-scan" true && tail -n 1 "$STORE-scan" | grep -q ^ended
}

PATIENT='"spawned_scan_ms": 10000'
HOUR=3600000
put "$TMP/state/jobs/a.json" '{"n":1}'

# --- one scan -----------------------------------------------------------------------

watcher_is
configure one 20 "$PATIENT"
is "$(cgi_body $jobs/a)" '{"n":1}' 'the first request makes the store'
is "$(runs)" 1 'by one scan'
put "$TMP/state/jobs/a.json" '{"n":2}'
wait_until "is_served '{\"n\":2}'" 
ok 'a request that comes later sees what has changed' test $? = 0
is "$(cgi_body /api/v1/health | json \
	'[d.status, d.checks.watcher.state, d.checks.watcher.mode]')" \
	'["ok","ok","scan"]' 'health is content'
is "$(cgi_body /api/v1/main | json 'd.watcher.last_scan !== null')" true \
	'the manifest says when the last scan was'
head=$(head -n 1 "$STORE-scan")
like "$head" '^begun [0-9]{13}$' 'a file beside the store says when it began'
is "$(tail -n 1 "$STORE-scan")" 'ended well' 'and how it ended'
put "$TMP/state/jobs/bad.json" '{'
wait_until '[ "$(cgi_body /api/v1/main | json d.watcher.problems.length)" = 1 ]'
ok 'what cannot be read is a problem' test $? = 0
rm "$TMP/state/jobs/bad.json"

# --- when it is due -----------------------------------------------------------------

configure two $HOUR "$PATIENT"
watcher_is
pids=()
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	cgi $jobs >/dev/null 2>>"$TMP/crowd.err" &
	pids+=($!)
done
wait "${pids[@]}"
wait_until is_idle
is "$(runs)" 1 'a crowd has one scan done'
is "$(cat "$TMP/crowd.err")" '' 'and nobody complains'
put "$TMP/state/jobs/a.json" '{"n":3}'
is "$(cgi_body $jobs/a)" '{"n":2}' 'within the interval there is no other'
is "$(runs)" 1 'for sure'
configure two 20 "$PATIENT"
wait_until "is_served '{\"n\":3}'"
ok 'behind it there is' test $? = 0

configure two 20 '"spawned_scan_ms": 0'
watcher_is
put "$TMP/state/jobs/a.json" '{"n":4}'
is "$(cgi_body $jobs/a)" '{"n":3}' 'it can be switched off'
like "$(advice)" 'Start tidemark-watcher\.$' 'and then somebody has to watch'
is "$(runs)" 0 'since requests do not'

configure two $HOUR "$PATIENT"
spawn watcher "$BIN_REAL/tidemark-watcher" -c "$CGI_CONFIG"
WATCHER=$SPAWNED
wait_until '[ "$(cgi_body /api/v1/main | json d.watcher.mode)" = inotify ]'
is "$(cgi_status $jobs/a)" 200 'where somebody watches'
is "$(runs)" 0 'no request does it'
wait_until "is_served '{\"n\":4}'"
stop "$WATCHER"

# --- one that takes long ------------------------------------------------------------

configure long 20 '"spawned_scan_ms": 50'
watcher_is "while [ -e '$GATE' ]; do sleep 0.05; done"
: >"$GATE"
# A web server waits until nobody can write to stdout and stderr any more.
cgi $jobs 2>&1 | timeout "$WAIT_SECONDS" cat >"$TMP/held"
is "${PIPESTATUS[1]}" 0 'a long scan holds no request'
like "$(cat "$TMP/held")" '^Status: 503' 'which is told that nothing is there yet'
is "$(runs)" 1 'it goes on'
like "$(cgi $jobs 2>&1)" '^Status: 503' 'and no other one is begun'
is "$(runs)" 1 'meanwhile'
rm "$GATE"
wait_until "is_served '{\"n\":4}'"
ok 'what it finds is there when it ends' test $? = 0
wait_until is_idle
: >"$GATE"
put "$TMP/state/jobs/a.json" '{"n":5}'
cgi $jobs >/dev/null # begins one
is "$(cgi_body $jobs/a)" '{"n":4}' 'until then what is there is served'
rm "$GATE"
wait_until "is_served '{\"n\":5}'"

# --- one that fails -----------------------------------------------------------------

configure bad 20 "$PATIENT"
watcher_is 'echo "the disk is on fire" >&2; exit 1'
like "$(cgi $jobs 2>&1)" 'level=error.*reason="the disk is on fire.*status 1' \
	'a scan that fails is an error in the log'
is "$(cgi $jobs 2>&1 >/dev/null)" '' 'once'
is "$(runs)" 1 'and not tried again with each request'
like "$(advice)" 'The last scan that a request had done failed' 'health has it'
like "$(cat "$STORE-scan")" $'the disk is on fire\n.*\nended badly' \
	'so has the file beside the store'
# As if it had been long ago, and nobody had been there to be told.
printf 'begun 1767225600000\nit was late\nended badly\n' >"$STORE-scan"
watcher_is
like "$(cgi $jobs/a 2>&1)" 'level=error.*reason="it was late.*Status: 200' \
	'what failed after its request is told to the next one, and tried again'
is "$(tail -n 1 "$STORE-scan")" 'ended well' 'successfully'
printf 'begun 1767225600000\nkilled' >"$STORE-scan"
sleep 0.02 # so that one is due
like "$(cgi $jobs 2>&1)" 'reason=killed.*Status: 200' \
	'one that was cut short is no other'

configure gone 20 "$PATIENT"
rm "$PROGRAMS/tidemark-watcher"
like "$(cgi $jobs PATH="$TMP" 2>&1)" \
	'tidemark-watcher is neither beside tidemark-fcgi nor in PATH' \
	'without a watcher to be found the log says where it should be'
like "$(advice)" 'beside tidemark-fcgi, or in PATH' 'and so does health'
configure path 20 "$PATIENT"
is "$(cgi_body $jobs/a PATH="$BIN_REAL")" '{"n":5}' 'it is found in PATH'

# --- cron instead, as docs/HOSTING.md has it ------------------------------------------

line=$(sed -n 's/^\* \* \* \* \* tidemark //p' docs/HOSTING.md)
like "$line" '--once -c /etc/tidemark.json$' 'there is a line for cron'
# cron: what it mails is its output
cron()
{
	PATH=$BIN_REAL:$PATH sh -c "${line//\/etc\/tidemark.json/$CGI_CONFIG}" 2>&1
}

configure cron 20 '"spawned_scan_ms": 0'
is "$(cron)" '' 'a run of it mails nothing'
is "$(cgi_body $jobs/a)" '{"n":5}' 'makes the store'
is "$(cd "$TMP/cron" && stat -c %a main.db main.db-bell | xargs)" '640 640' \
	'for its user and its group'
put "$TMP/state/jobs/a.json" '{"n":5.5}'
cron
is "$(cgi_body $jobs/a)" '{"n":5.5}' 'the next one finds what has changed'
like "$(advice)" 'Start tidemark-watcher' 'between them nobody watches'
put "$TMP/state/jobs/bad.json" '{'
like "$(cron)" 'level=warning.*id=bad' 'a problem is mailed'
rm "$TMP/state/jobs/bad.json"
spawn watcher2 "$BIN_REAL/tidemark-watcher" -c "$CGI_CONFIG"
wait_until '[ "$(cgi_body /api/v1/main | json d.watcher.mode)" = inotify ]'
like "$(cron; echo "status $?")" 'another tidemark-watcher.*status 1$' \
	'one that finds a watcher at work says so'
stop "$SPAWNED"
put "$TMP/state/jobs/a.json" '{"n":5}'

# --- who may not --------------------------------------------------------------------

if [ "$(id -u)" -eq 0 ]; then
	environment=(setpriv --reuid 65534 --regid 65534 --clear-groups
		"${environment[@]}")
	chmod 755 "$TMP"
	watcher_is
	configure theirs 20 "$PATIENT"
	(umask 022 && "$BIN_REAL/tidemark-watcher" --quiet --once -c "$CGI_CONFIG")
	put "$TMP/state/jobs/a.json" '{"n":6}'
	files=$(ls -l --full-time "$TMP/theirs")
	is "$(cgi_body $jobs/a 2>&1)" '{"n":5}' 'who only reads serves what is there'
	is "$(ls -l --full-time "$TMP/theirs")" "$files" 'writes nothing'
	is "$(runs)" 0 'has no scan done'
	like "$(advice)" 'let cron do it: requests have no scan done' \
		'and says who should'
	(umask 027 && put "$TMP/state/jobs/a.json" '{"n":7}' &&
		"$BIN_REAL/tidemark-watcher" --quiet --once -c "$CGI_CONFIG")
	is "$(cgi_body $jobs/a)" '{"n":7}' 'what is there already keeps its mode'
	configure closed 20 "$PATIENT"
	(umask 027 && "$BIN_REAL/tidemark-watcher" --quiet --once -c "$CGI_CONFIG")
	is "$(cgi_status $jobs/a 2>/dev/null)" 500 \
		'a umask of 027 closes it to all others'
	install -d -g 65534 -m 2750 "$TMP/group"
	configure group 20 "$PATIENT"
	(umask 027 && "$BIN_REAL/tidemark-watcher" --quiet --once -c "$CGI_CONFIG")
	is "$(cgi_body $jobs/a)" '{"n":7}' \
		'but not to the group of a folder of mode 2750'
	install -d -o 65534 -m 700 "$TMP/own"
	chmod 644 "$TMP/state/jobs/a.json"
	configure own 20 "$PATIENT"
	is "$(cgi_body $jobs/a)" '{"n":7}' 'who owns the folder has a scan done'
	is "$(stat -c %u "$STORE")" 65534 'and owns the store'
	environment=("${environment[@]:5}")
fi

done_testing
