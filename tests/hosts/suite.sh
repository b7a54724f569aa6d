# shellcheck shell=bash disable=SC2016,SC2034,SC2317
# suite: what every host has to do, whatever the set-up.  A test says which one
# it is about, and has it done:
#
#	. tests/hosts/suite.sh
#	. tests/hosts/nginx.sh
#	suite nginx-daemon daemon nginx_with tidemark.conf
#
# nginx.sh, apache.sh and lighttpd.sh configure a real web server on $PORT with
# the files that conf/ ships, where only paths are replaced; it runs in a
# temporary directory, as a user who owns none of the files, among settings of
# a site that does what sites do: short time-outs, compression of everything.
#
# The one who configures sets
#   SERVER_COMMAND   the command, in the foreground
#   SERVER_RELOAD    the signal that reads the configuration again, gracefully
#   SERVER_RELOADED  a regular expression, for the line of $SITE/error.log that
#                    says so
# and may set, where a host is less than the others:
#   IS_STREAMING=false    events do not arrive before the stream ends
#   HAS_ENCODED=false     a slash may not be encoded
#   IMMUTABLE=''          it has files kept, but asked for when a page is reloaded
#   RELOAD_GAP='web server: 503'  it has nobody to ask for a moment after that
#                         signal, and says so itself (see traffic.js)
#   SERVER_ENDS='0|1'     its status when it was asked to end
#   NOTICES_HANGUP=true   one who waits and hangs up is noticed at once
#
# A test may set HAS_WATCHER=false: then requests have the scans done, every
# $INTERVAL ms, and the user of the server owns the store.
#
# A test may have more to say of its set-up alone, in a function called more.
#
# What came of each behaviour is a line of $TIDEMARK_HOSTS/NAME, which matrix
# puts together.
. tests/e2e/lib.sh

PATH=$PATH:/usr/sbin
MOUNT=/live/
WAITERS=4 # as many as may wait, whichever door it is

# What web servers read lies below $TMP: a checkout may be closed to others.
SITE=$TMP/site     # the server's own folder, which it may write to
INSTALLED=$TMP/usr # what `make install` installs
RUN=$TMP/run       # where the daemon's socket is
CONFIG=$TMP/etc/tidemark.json
FCGI_SOCK=$RUN/fcgi.sock
STATE=$TMP/state
STORE=$TMP/db/main.db
PUBLISHED=$TMP/published # where it is published as files
INTERVAL=2000

IS_STREAMING=true
HAS_ENCODED=true
NOTICES_HANGUP=false
IMMUTABLE=', immutable'
RELOAD_GAP=ok
SERVER_ENDS=0
HAS_WATCHER=true
WATCHER_MORE=() # options

# --- a site ----------------------------------------------------------------------

prepare()
{
	umask 022
	chmod 755 "$TMP"
	mkdir -p "$SITE" "$INSTALLED" "$RUN" "$TMP/root" "$TMP/etc" \
		"${STORE%/*}" "$STATE/jobs/nightly" "$STATE/quiet"
	$HAS_WATCHER || INTERVAL=200
	cp -R www conf "$BIN/tidemark-fcgi" "$INSTALLED"
	unprivileged=()
	if [ "$(id -u)" -eq 0 ]; then
		unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		chown 65534 "$SITE"
		$HAS_WATCHER || chown 65534 "${STORE%/*}"
		# As docs/HOSTING.md has it: the socket gets the folder's group.
		chgrp 65534 "$RUN"
		chmod 2750 "$RUN"
	fi
	echo 'another site' >"$TMP/root/index.html"
	put "$STATE/jobs/a.json" '{"n": 1}'
	put "$STATE/jobs/nightly/7 b.json" '{"n": 7}'
	put "$STATE/jobs/50% ü+?.json" '{"n": 50}'
	put "$STATE/quiet/q.json" '{}'
	put "$CONFIG" '{
		"limits": {"waiters": '$WAITERS', "spawned_waiters": '$WAITERS'},
		"projects": {"main": {"store": "'"$STORE"'", "collections": {
			"jobs": {"dir": "'"$STATE"'/jobs", "interval_ms": '$INTERVAL'},
			"quiet": {"dir": "'"$STATE"'/quiet"}}}},
		"aliases": {"/api/jobs": "main/jobs?shape=list"}}'
	$HAS_WATCHER || return 0
	start_watcher -c "$CONFIG" "${WATCHER_MORE[@]}"
	wait_until '[ -f "$STORE-bell" ]'
}

# start_server: as it is configured.  False: it has ended.
start_server()
{
	spawn server "${unprivileged[@]}" "${SERVER_COMMAND[@]}"
	SERVER=$SPAWNED
	wait_until "curl -so /dev/null '$URL/' || ! is_alive $SERVER"
	is_alive "$SERVER"
}

# serve CONFIGURE...
serve()
{
	local try

	for try in 1 2 3 4 5; do
		PORT=$(free_port)
		URL=http://127.0.0.1:$PORT
		"$@"
		! start_server || return 0
		unset "running[$SERVER]" # somebody took the port: another one
	done
	bail_out "$NAME, $try tries: $(cat "$TMP/server.log" "$SITE"/*.log)"
}

# --- requests ----------------------------------------------------------------------

# code [OPTIONS OF curl] URL
code()
{
	curl -so /dev/null --max-time 60 -w '%{http_code}' "$@"
}

# head_of [OPTIONS OF curl] URL
head_of()
{
	curl -so /dev/null --max-time 60 -D - "$@" | tr -d '\r'
}

# etag [OPTIONS OF curl] URL
etag()
{
	head_of "$@" | sed -n 's/^ETag: //Ip'
}

# cursor: as it is now, whatever is kept on the way
cursor()
{
	curl -s "$API?moment=$EPOCHREALTIME" | sed -n 's/.*"cursor":"\([^"]*\)".*/\1/p'
}

# --- behaviours --------------------------------------------------------------------

# behaviour NAME FUNCTION: what it sets CELL to is what one gets.
behaviour()
{
	local failures=$test_failures began

	CELL=yes
	began=$(now)
	"$2"
	[ "$test_failures" -eq "$failures" ] || CELL=FAILS
	diag "$1: $CELL, in $(($(now) - began)) ms"
	printf '%s\t%s\n' "$1" "$CELL" >>"$TMP/cells"
}

page()
{
	local module=$URL${MOUNT}app/app.js

	is "$(curl -s "$URL/index.html")" 'another site' \
		'the rest of the site is as it was'
	like "$(curl -s "$URL$MOUNT")" '<title>Tidemark' \
		'the page is below the mount'
	like "$(head_of "$module")" '(text|application)/javascript' \
		'so are its modules'
	like "$(head_of "$module")" 'Cache-Control: no-cache' \
		'they are asked for again each time'
	like "$(head_of "$module")" 'nosniff' 'and taken for nothing else'
	is "$(code -H "If-None-Match: $(etag "$module")" "$module")" 304 \
		'which is a 304'
	like "$(code "$URL${MOUNT}tidemark.json")" '^40[34]$' \
		'nobody is shown the configuration'
	like "$(code "$URL${MOUNT}tidemark-watcher")" '^40[34]$' \
		'nor given a program'
}

documents()
{
	is "$(curl -s "$API/jobs/a")" '{"n":1}' 'a document'
	like "$(curl -s "$API/jobs")" '"50% ü\+\?".*"id":"a".*"nightly/7 b"' \
		'a snapshot'
	is "$(curl -s --compressed "$API/jobs")" "$(curl -s "$API/jobs")" \
		'… compressed, if the daemon thinks so'
	is "$(curl -s "$URL${MOUNT}api/jobs?match=a")" '[{"id":"a","n":1}]' \
		'an alias, with a parameter'
	like "$(curl -si "$API/jobs/none" | tr -d '\r')" \
		$'^HTTP/1.1 404.*application/problem\+json.*"status":404' \
		'what is not there is a problem document'
	unlike "$(head_of "$API/changes?since=0")" 'no-cache' \
		'answers of the API keep their own headers'
}

ids()
{
	is "$(curl -s "$API/jobs/nightly/7%20b")" '{"n":7}' \
		'an id with a folder and a space'
	is "$(curl -s "$API/jobs/50%25%20%C3%BC+%3f")" '{"n":50}' \
		'an id with what has to be encoded'
	like "$(curl -s "$API/jobs/a?history")" '"id":"a".*"op":"put"' \
		'a query without ='
	if $HAS_ENCODED; then
		is "$(curl -s "$API/jobs/nightly%2F7%20b")" '{"n":7}' \
			'a slash of an id may be encoded'
	else
		is "$(code "$API/jobs/nightly%2F7%20b")" 404 \
			'an encoded slash is what this host does not take'
		CELL='no %2F'
	fi
}

not_modified()
{
	local tag

	tag=$(etag -H 'Accept-Encoding: br, gzip' "$API/jobs")
	like "$tag" '^W/"[0-9a-f.]+"$' "a snapshot's ETag is the daemon's own"
	is "$(code -H "If-None-Match: $tag" "$API/jobs")" 304 \
		'nothing new is a 304'
	tag=$(etag "$API/jobs/a")
	is "$(code -H "If-None-Match: $tag" "$API/jobs/a")" 304 \
		'for a document, too'
	is "$(code -H 'If-None-Match: "0"' "$API/jobs/a")" 200 \
		'another version is not'
}

delta()
{
	local since

	since=$(cursor)
	put "$STATE/jobs/b.json" '{"n": 2}'
	wait_until '[ "$(code "$API/jobs/b")" = 200 ]'
	like "$(curl -s "$API/changes?since=$since")" \
		'^\{"kind":"delta".*"id":"b","op":"put"' 'what has happened since'
	since=$(cursor)
	rm "$STATE/jobs/b.json"
	wait_until '[ "$(code "$API/jobs/b")" = 404 ]'
	like "$(curl -s "$API/changes?since=$since")" \
		'^\{"kind":"delta".*"id":"b","op":"delete"' \
		'and that something has gone'
}

# The probe tells, as one JSON document.
headers()
{
	local seen header

	seen=$(curl -s "$API_ROOT/probe?chunks=1" -H 'Authorization: Bearer x' \
		-H 'Last-Event-ID: 1.2' -H 'Accept-Encoding: gzip')
	like "$seen" '"interface":"'"$DOOR"'"' 'it is started as it should be'
	for header in authorization last_event_id accept_encoding; do
		like "$seen" '"'$header'":true' "$header arrives"
	done
	like "$(curl -s "$API_ROOT/probe?chunks=1")" '"authorization":false' \
		'unless there is none'
}

chunks()
{
	local first all

	read -r first all < <(curl -sN --max-time 60 -o /dev/null \
		-w '%{time_starttransfer} %{time_total}' \
		"$API_ROOT/probe?gap=400")
	CELL=$(awk -v a="$first" -v b="$all" \
		'BEGIN { print (b - a >= 0.4 ? "apart" : "together") }')
	if $IS_STREAMING; then
		is "$CELL" apart 'chunks arrive as they are sent'
	else
		is "$CELL" together 'chunks are collected on the way'
	fi
}

writes()
{
	local method

	head -c 100000 /dev/zero >"$TMP/body"
	for method in POST PUT PATCH DELETE; do
		is "$(code -X $method --data-binary @"$TMP/body" "$API/jobs/a")" \
			405 "$method is refused, with its body"
	done
	like "$(curl -s --max-time 60 --data-binary @"$TMP/body" \
		"$API/jobs/a")" '"status":405.*\}$' 'the answer arrives as a whole'
	is "$(code -H 'Transfer-Encoding: chunked' --data-binary @"$TMP/body" \
		"$API/jobs/a")" 405 'a body without a length is no other'
	like "$(head_of -X POST -d x "$API/jobs/a")" 'Allow: GET, HEAD, OPTIONS' \
		'which says what is not'
	is "$(code -I "$API/jobs/a")" 200 'HEAD is'
	is "$(curl -s "$API/jobs/a")" '{"n":1}' 'and nothing has happened'
}

longpoll()
{
	local since waiter first median worst

	since=$(cursor)
	curl -s --max-time 60 "$API/changes?since=$since&wait=20" \
		>"$TMP/answer" &
	waiter=$!
	put "$STATE/jobs/b.json" '{"n": 2}'
	wait $waiter
	like "$(cat "$TMP/answer")" '^\{"kind":"delta".*"id":"b"' \
		'a file that changes answers who waits'
	read -r first median worst < <(node tests/hosts/latency.js polls \
		"$PORT" "${API#"$URL"}" "$STATE/jobs/b.json" 5)
	like "$worst" '^[0-9]' 'again and again'
	CELL="$median/$worst ms"
}

# The site has time-outs of a second.  Others go on meanwhile.
be_patient()
{
	curl -s --max-time 60 -o "$TMP/none" \
		"$API/changes?since=$(cursor)&wait=3&collections=quiet" &
	PATIENT=$!
}

patience()
{
	wait "$PATIENT"
	like "$(cat "$TMP/none")" '^\{"kind":"none".*"hint":null' \
		"a wait may be longer than the site's time-outs"
}

# stream NAME: in the background; its events are in $TMP/NAME
declare -A streams=()
stream()
{
	: >"$TMP/$1"
	curl -sN "$API/events" >"$TMP/$1" &
	streams[$1]=$!
}

# hang_up NAME...
hang_up()
{
	local name

	for name in "$@"; do
		kill "${streams[$name]}" 2>/dev/null
		wait "${streams[$name]}" 2>/dev/null
	done
}

# has NAME EVENT
has()
{
	grep -qx "event: $2" "$TMP/$1"
}

events()
{
	local first median worst

	if ! $IS_STREAMING; then
		stream buffered
		wait_until "[ -n \"\$(processes)\" ]"
		sleep 1 # far more than what is between hello and ready
		ok 'a stream does not arrive' eval '! has buffered hello'
		end_processes
		wait_until 'has buffered bye'
		ok 'before its end' has buffered ready
		hang_up buffered
		CELL='no'
		return
	fi
	read -r first median worst < <(node tests/hosts/latency.js events \
		"$PORT" "${API#"$URL"}" "$STATE/jobs/a.json" 10)
	like "$worst" '^[0-9]' 'hello arrives before ready, and each event'
	CELL="$median/$worst ms"
	printf 'first byte\t%s ms\n' "$first" >>"$TMP/cells"
	put "$STATE/jobs/a.json" '{"n": 1}'
	wait_until '[ "$(curl -s "$API/jobs/a")" = "{\"n\":1}" ]'
}

# --- clients that go away ------------------------------------------------------------

# is_full: one more cannot wait
is_full()
{
	curl -s --max-time 60 \
		"$API/changes?since=$SINCE&wait=1&collections=quiet" |
		grep -q '"hint":"poll"'
}

# now: in milliseconds
now()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# waits SECONDS: one more client that waits, in the background
waits()
{
	curl -s --max-time 60 -o /dev/null \
		"$API/changes?since=$SINCE&wait=$1&collections=quiet" &
	clients+=($!)
}

hung_up_polls()
{
	local seconds=3 began tried i clients=()

	! $NOTICES_HANGUP || seconds=50
	SINCE=$(cursor)
	for ((i = 0; i < WAITERS; i++)); do
		waits $seconds
	done
	# Who asks whether there is room takes it for as long as that.
	wait_until 'is_full || ! waits $seconds'
	is $? 0 'so many may wait'
	kill "${clients[@]}" 2>/dev/null
	wait "${clients[@]}" 2>/dev/null
	began=$(now)
	wait_until 'tried=$(now); ! is_full'
	is $? 0 'those who have hung up make room'
	if $NOTICES_HANGUP; then
		CELL='at once'
	else
		CELL='its wait'
	fi
	diag "hung up: noticed after $((tried - began)) ms"
}

# finds_room NAME: a stream that goes on, unless there is none
finds_room()
{
	stream "$1"
	wait_until "has $1 ready || has $1 bye"
	has "$1" ready && return
	hang_up "$1"
	return 1
}

# happens: something, and those who listen are sent an event
happens()
{
	put "$STATE/jobs/b.json" "{\"at\": \"$EPOCHREALTIME\"}"
	wait_until '[ "$(curl -s "$API/jobs/b?$EPOCHREALTIME")" = \
		"$(tr -d " " <"$STATE/jobs/b.json")" ]'
}

hung_up_streams()
{
	local i names=() events=0

	if ! $IS_STREAMING; then
		CELL=-
		return
	fi
	for ((i = 0; i < WAITERS; i++)); do
		names+=("early$i")
		wait_until "finds_room early$i" # the last poll may still be there
	done
	ok 'so many may listen' has "early$((WAITERS - 1))" ready
	ok 'one more is told to come back' eval '! finds_room late'
	hang_up "${names[@]}"
	while ! finds_room late && [ $events -lt 10 ]; do
		events=$((events + 1))
		happens
	done
	ok "and makes room ($events events later)" has late ready
	hang_up late
	# Neither lighttpd nor Apache ends well while a stream is open.
	happens
	happens
	[ "$DOOR" != cgi ] || wait_until '[ -z "$(processes)" ]'
	if $NOTICES_HANGUP; then
		is $events 0 'at once'
	fi
	CELL="$events events"
}

# --- restarts --------------------------------------------------------------------------

# processes: those that the web server has started
processes()
{
	pgrep -f "^$PROGRAM\$"
}

end_processes()
{
	local pids

	# shellcheck disable=SC2046 # one a word
	kill $(processes) 2>/dev/null
	true
}

restarted_backend()
{
	case $DOOR in
	daemon)
		stop "$FCGI"
		like "$(code "$URL${MOUNT}api/v1/health")" '^50[234]$' \
			'no daemon is an error'
		start_fcgi -c "$CONFIG"
		;;
	spawned)
		end_processes
		;;
	cgi)
		CELL=-
		return
		;;
	esac
	wait_until '[ "$(code "$API/jobs/a")" = 200 ]' 8
	is $? 0 'one that comes back is used again'
}

# is_clean_end STATUS: of a server that was asked to end
is_clean_end()
{
	like "$1" "^($SERVER_ENDS)\$" 'the server ends cleanly'
}

restarted_server()
{
	local since

	since=$(cursor)
	stop "$SERVER"
	is_clean_end $?
	wait_until '[ -z "$(processes)" ]'
	is $? 0 'and leaves nothing behind'
	start_server || bail_out "$NAME: $(cat "$TMP/server.log" "$SITE"/*.log)"
	wait_until '[ "$(code "$API/jobs/a")" = 200 ]'
	like "$(curl -s "$API/changes?since=$since")" '^\{"kind":"none"' \
		'a cursor is good behind a restart of the server'
}

requests()
{
	wc -l <"$TMP/traffic"
}

reloads()
{
	grep -cE "$SERVER_RELOADED" "$SITE/error.log"
}

reloaded()
{
	local before seen traffic

	: >"$TMP/traffic"
	node tests/hosts/traffic.js "$PORT" "${API#"$URL"}/jobs/a" \
		"$TMP/traffic" &
	traffic=$!
	wait_until '[ "$(requests)" -ge 20 ]'
	before=$(reloads)
	kill "-$SERVER_RELOAD" "$SERVER"
	wait_until '[ "$(reloads)" -gt '"$before"' ]'
	is $? 0 'the server reads its configuration again'
	seen=$(requests)
	wait_until '[ "$(requests)" -ge '$((seen + 40))' ]'
	is $? 0 'and goes on to answer'
	kill $traffic
	wait $traffic
	is "$(grep -vxE "ok|$RELOAD_GAP" "$TMP/traffic" | sort | uniq -c)" '' \
		'no request fails because of it'
}

# --- the doctor --------------------------------------------------------------------------

# finding CHECK: its level, and what may be changed
finding()
{
	sed -n 's/^{"check":"'"$1"'","level":"\([a-z]*\)".*"cure":/\1 /p' \
		"$TMP/doctor"
}

# It finds what a host is known to do, and nothing else.
examined()
{
	local check level

	"$BIN/tidemark" doctor --json --idle 2 --waits 0 "$URL$MOUNT" \
		>"$TMP/doctor"
	is $? 0 'the doctor finds no problem'
	like "$(grep interface "$TMP/doctor")" "\"what\":\"$DOOR: " \
		'sees how it is started'
	for check in address server page headers 304 compression caching \
		clock silence; do
		is "$(finding $check)" 'ok null}' "and takes $check for good"
	done
	if $IS_STREAMING; then
		is "$(finding buffering)" 'ok null}' 'streams, too'
	else
		like "$(finding buffering)" '^warning .*FcgidOutputBufferSize 0' \
			'but streams are collected'
	fi
	if $HAS_ENCODED; then
		is "$(finding slashes)" 'ok null}' 'and slashes'
	else
		like "$(finding slashes)" '^warning .*AllowEncodedSlashes' \
			'and slashes may not be encoded'
	fi
	CELL=$(grep -v '"check":"health"' "$TMP/doctor" |
		grep -c '"level":"warning"')\ warnings
}

# --- all of it ----------------------------------------------------------------------------

# suite NAME daemon|spawned|cgi CONFIGURE...
suite()
{
	local NAME=$1

	DOOR=$2
	shift 2
	PROGRAM=$INSTALLED/tidemark-fcgi
	prepare
	[ "$DOOR" != daemon ] || start_fcgi -c "$CONFIG"
	serve "$@"
	API_ROOT=$URL${MOUNT}api/v1
	API=$API_ROOT/main
	wait_until '[ "$(curl -s "$API/jobs/a")" = "{\"n\":1}" ] &&
		[ "$(code "$API/quiet/q")" = 200 ]' ||
		bail_out "$NAME: $(curl -si "$API/jobs/a")" \
			"$(tail -n 3 "$SITE/error.log")"
	be_patient
	behaviour page page
	behaviour snapshot documents
	behaviour ids ids
	behaviour 304 not_modified
	behaviour delta delta
	behaviour writes writes
	behaviour headers headers
	behaviour chunks chunks
	behaviour long-poll longpoll
	behaviour 'long wait' patience
	behaviour 'poll gone' hung_up_polls
	behaviour 'stream gone' hung_up_streams
	behaviour events events
	behaviour 'backend restart' restarted_backend
	behaviour 'server restart' restarted_server
	behaviour reload reloaded
	behaviour doctor examined
	! declare -F more >/dev/null || more
	[ -z "${TIDEMARK_HOSTS-}" ] || cp "$TMP/cells" "$TIDEMARK_HOSTS/$NAME"
	stop "$SERVER"
	is $? 0 'the server ends cleanly at last'
	done_testing
}
