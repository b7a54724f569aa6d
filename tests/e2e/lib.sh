# shellcheck shell=bash disable=SC2034
# lib: what the end-to-end tests share.  A test is an executable bash script:
#
#	#!/usr/bin/env bash
#	. tests/e2e/lib.sh
#
#	mkdir -p "$TMP/state/jobs"
#	start_watcher "$TMP/state"
#	start_fcgi "$TMP/state"
#	put "$TMP/state/jobs/a.json" '{"n":1}'
#	wait_until '[ "$(get -b /api/v1/main/jobs/a)" = "{\"n\":1}" ]'
#	ok 'a new file is served' test $? = 0
#	done_testing
#
# It is started in the top folder, by prove or by hand.  Real programs, real
# files, a temporary directory of its own ($TMP).  Nothing waits by the clock:
# wait_until polls up to a deadline far beyond what should be needed.  Output
# is TAP.  done_testing stops what was started; a program that does not then
# end with status 0 (a crash, a sanitizer) fails the test.

set -u

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
BIN=${TIDEMARK_BIN:-$ROOT/build/bin}
BIN_TEST=${TIDEMARK_BIN_TEST:-$ROOT/build/bin-test}
TMP=$(mktemp -d "${TMPDIR:-/tmp}/tidemark.XXXXXX")
FCGI_SOCK=$TMP/fcgi.sock
WAIT_SECONDS=30

test_count=0
test_failures=0
declare -A running=() # pid → name; its log is $TMP/name.log

# --- TAP ---------------------------------------------------------------------

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# passed STATUS DESCRIPTION: the line itself; returns STATUS.
passed()
{
	test_count=$((test_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $test_count - $2"
	else
		test_failures=$((test_failures + 1))
		echo "not ok $test_count - $2"
	fi
	return "$1"
}

# ok DESCRIPTION COMMAND...
ok()
{
	local description=$1
	shift
	"$@"
	passed $? "$description" || diag "failed: $*"
}

# is GOT WANT DESCRIPTION
is()
{
	[ "$1" = "$2" ]
	passed $? "$3" || diag "$(printf 'is  %s\nnot %s' "$1" "$2")"
}

# like GOT EXTENDED_REGEX DESCRIPTION
like()
{
	[[ $1 =~ $2 ]]
	passed $? "$3" || diag "$(printf 'is  %s\nnot like %s' "$1" "$2")"
}

# unlike GOT EXTENDED_REGEX DESCRIPTION
unlike()
{
	! [[ $1 =~ $2 ]]
	passed $? "$3" || diag "$(printf 'is  %s\nlike %s' "$1" "$2")"
}

bail_out()
{
	echo "Bail out! $*"
	exit 1
}

# skip_all REASON: before any test
skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

done_testing()
{
	local pid name status unclean=0 count=${#running[@]}

	# As they were started: lighttpd does not end well while a stream of
	# its back end is open.
	for pid in $(printf '%s\n' "${!running[@]}" | sort -n); do
		name=${running[$pid]}
		stop "$pid"
		status=$?
		[ $status -ne 0 ] || continue
		unclean=1
		diag "$name ended with status $status"
		tail -n 30 "$TMP/$name.log" | sed 's/^/#   /'
	done
	[ "$count" -eq 0 ] || passed $unclean 'what was started ends cleanly'
	echo "1..$test_count"
	exit $((test_failures > 0))
}

# --- processes -----------------------------------------------------------------

cleanup()
{
	local pid

	# A child that is signalled before its exec still has our traps.
	[ "$BASHPID" = $$ ] || return
	for pid in "${!running[@]}"; do
		kill -KILL "$pid"
		wait "$pid"
	done 2>/dev/null
	rm -rf "$TMP"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# spawn NAME COMMAND...: in the background; pid in $SPAWNED, output in
# $TMP/NAME.log.  Wait for a sign of life before stopping it: a signal may
# arrive before the program's own handlers are there.
spawn()
{
	local name=$1

	shift
	: >>"$TMP/$name.log" # the child may be gone before it opens it
	"$@" >>"$TMP/$name.log" 2>&1 </dev/null &
	SPAWNED=$!
	running[$SPAWNED]=$name
}

is_alive()
{
	kill -0 "$1" 2>/dev/null
}

# stop PID [SIGNAL]: end it; returns its exit status.
stop()
{
	local pid=$1 status

	unset "running[$pid]"
	kill "-${2:-TERM}" "$pid" 2>/dev/null
	wait_until "! is_alive $pid" || kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	status=$?
	return $status
}

# wait_until COMMAND [SECONDS]: poll until the shell text succeeds.
wait_until()
{
	local deadline=$((SECONDS + ${2:-$WAIT_SECONDS}))

	until eval "$1"; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.05
	done
}

# start_watcher ARGUMENTS...: pid in $WATCHER.
start_watcher()
{
	spawn watcher "$BIN/tidemark-watcher" "$@"
	WATCHER=$SPAWNED
}

# start_fcgi ARGUMENTS...: listens on $FCGI_SOCK unless told otherwise; pid
# in $FCGI.
start_fcgi()
{
	local own=(--listen "unix:$FCGI_SOCK")

	[[ " $* " != *' --listen'* ]] || own=()
	spawn fcgi "$BIN/tidemark-fcgi" "$@" "${own[@]}"
	FCGI=$SPAWNED
	[ ${#own[@]} -gt 0 ] || return 0
	wait_until "[ -S '$FCGI_SOCK' ] || ! is_alive $FCGI"
	is_alive "$FCGI" || bail_out "tidemark-fcgi: $(cat "$TMP/fcgi.log")"
}

# server: the pid of a process that serves; that in $FCGI looks after it
server()
{
	local first

	read -r first _ <"/proc/$FCGI/task/$FCGI/children"
	echo "$first"
}

free_port()
{
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1,
	    LocalAddr => "127.0.0.1")->sockport'
}

# start_lighttpd [MOUNT [MORE_CONFIGURATION]]: a real lighttpd that serves
# www/ at MOUNT (default /) and hands MOUNT/api/ to $FCGI_SOCK.  Sets $URL
# (ends in the mount, with its slash), $PORT and $LIGHTTPD.  Where
# MORE_CONFIGURATION has a fastcgi.server or cgi.assign, that is used instead
# of the socket.
start_lighttpd()
{
	local mount=${1:-/} more=${2:-} try

	mount=${mount%/}
	[ -z "$mount" ] || more+="
		alias.url = (\"$mount/\" => \"$ROOT/www/\")"
	[[ $more == *fastcgi.server* || $more == *cgi.assign* ]] || more+="
		fastcgi.server = (\"$mount/api/\" => ((
			\"socket\" => \"$FCGI_SOCK\",
			\"check-local\" => \"disable\")))"
	for try in 1 2 3 4 5; do
		PORT=$(free_port)
		cat >"$TMP/lighttpd.conf" <<-CONF
			server.modules = ("mod_alias", "mod_fastcgi", "mod_cgi")
			server.bind = "127.0.0.1"
			server.port = $PORT
			server.document-root = "$ROOT/www"
			server.errorlog = "$TMP/lighttpd-error.log"
			server.stream-response-body = 2
			index-file.names = ("index.html")
			mimetype.assign = (
				".html" => "text/html; charset=utf-8",
				".js" => "text/javascript; charset=utf-8",
				".css" => "text/css; charset=utf-8",
				".svg" => "image/svg+xml",
				".json" => "application/json")
			$more
		CONF
		PATH=$PATH:/usr/sbin spawn lighttpd \
			lighttpd -D -f "$TMP/lighttpd.conf"
		LIGHTTPD=$SPAWNED
		URL=http://127.0.0.1:$PORT$mount/
		wait_until "curl -so /dev/null '$URL' || ! is_alive $LIGHTTPD"
		is_alive "$LIGHTTPD" && return
		unset "running[$LIGHTTPD]" # somebody took the port: another one
	done
	bail_out "lighttpd, $try tries: $(cat "$TMP"/lighttpd*.log)"
}

# --- files and answers -----------------------------------------------------------

# put FILE TEXT: as a good producer does it, renamed into place.
put()
{
	local hidden=${1%/*}/.${1##*/}.tmp

	printf '%s' "$2" >"$hidden" && mv "$hidden" "$1"
}

# get [OPTIONS OF fcgi_get] URI: through $FCGI_SOCK, without a web server.
get()
{
	"$BIN_TEST/fcgi_get" "${@:1:$#-1}" "$FCGI_SOCK" "${!#}"
}

# json EXPRESSION: of the document d on stdin, e.g. json d.items.length; text
# is printed bare, anything else as JSON.
json()
{
	node -e '
		const d = JSON.parse(require("fs").readFileSync(0, "utf8"));
		const v = eval(process.argv[1]);
		console.log(typeof v === "string" ? v : JSON.stringify(v));
	' "$1"
}

# status [OPTIONS OF fcgi_get] URI: the number alone.
status()
{
	get -i "$@" | sed -n 's/^Status: \([0-9]*\).*/\1/p'
}

# header NAME [OPTIONS OF fcgi_get] URI: its value; nothing when it is absent.
header()
{
	get -i "${@:2}" | tr -d '\r' | sed -n "s/^$1: //Ip"
}
