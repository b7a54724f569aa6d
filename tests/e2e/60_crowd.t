#!/usr/bin/env bash
# One slow, dead or hostile client delays no other: a thousand at once, of all
# kinds, while files change; tests/e2e/crowd.js says who they are.  SEED=n
# makes the same files and the same choices again.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

# SCALE=1 makes 4 500 clients of them, for a machine with nothing else to do: the
# clients themselves must keep up, or are rightly cut off.

RSS_SLACK_KB=32768 # what malloc(3) keeps for the next crowd
seed=${SEED:-$RANDOM}
diag "SEED=$seed"

# Under the sanitizers everything takes a multiple.
is_sanitized()
{
	grep -q __asan_init "$BIN/tidemark-fcgi"
}

# daemon_pids: of the process, or of its workers
daemon_pids()
{
	local children

	children=$(cat "/proc/$FCGI/task/$FCGI/children")
	echo "${children:-$FCGI}"
}
fds()
{
	local pid
	for pid in $(daemon_pids); do
		ls "/proc/$pid/fd"
	done | wc -l
}
rss_kb()
{
	local pid sum=0
	for pid in $(daemon_pids); do
		sum=$((sum + $(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' \
			"/proc/$pid/status")))
	done
	echo $sum
}
# are_warm: each worker has opened what it needs: a store, its bell
are_warm()
{
	local pid cursor name

	cursor=$(get -b /api/v1/main | json d.cursor)
	# The second may be answered by the bell alone.
	"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 64 /api/v1/main/changes >/dev/null
	"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 64 \
		"/api/v1/main/changes?since=$cursor&wait=1" >/dev/null
	for pid in $(daemon_pids); do
		for name in main.db-shm main.db-bell; do
			find "/proc/$pid/fd" -lname "*/$name" | grep -q . || return
		done
	done
}
# metric NAME: its value
metric()
{
	get -b /api/v1/metrics | sed -n "s/^tidemark_$1 //p"
}
is_empty()
{
	[ "$(metric 'waiters{transport="sse"}')" = 0 ] &&
		[ "$(metric 'waiters{transport="longpoll"}')" = 0 ] &&
		[ "$(metric groups)" = 0 ] && [ "$(metric queue_bytes)" = 0 ] &&
		[ "$(metric connections)" = 1 ] && [ "$(fds)" = "$before" ]
}

# serve: with conf/lighttpd/tidemark.conf as it is; sets $PORT and $LIGHTTPD.
serve()
{
	local try

	for try in 1 2 3 4 5; do
		PORT=$(free_port)
		cat >"$TMP/lighttpd.conf" <<-CONF
			server.max-fds = 20000
			server.max-connections = 9000
			server.listen-backlog = 4096
			server.bind = "127.0.0.1"
			server.port = $PORT
			server.document-root = "$ROOT/www"
			server.errorlog = "$TMP/lighttpd-error.log"
			var.tidemark_mount = "/"
			var.tidemark_www = "$ROOT/www/"
			var.tidemark_socket = "$FCGI_SOCK"
			include "$ROOT/conf/lighttpd/tidemark.conf"
		CONF
		PATH=$PATH:/usr/sbin spawn lighttpd \
			lighttpd -D -f "$TMP/lighttpd.conf"
		LIGHTTPD=$SPAWNED
		wait_until "curl -so /dev/null 'http://127.0.0.1:$PORT' ||
			! is_alive $LIGHTTPD"
		is_alive "$LIGHTTPD" && return
		unset "running[$LIGHTTPD]"
	done
	bail_out "lighttpd, $try tries: $(cat "$TMP"/lighttpd*.log)"
}

# crowd WORKERS SCALE SECONDS: one run against programs of its own.
crowd()
{
	local what="$1 worker(s)" before rss line

	rm -rf "$TMP/state" "$TMP"/main.db*
	mkdir "$TMP/state" "$TMP/state/jobs" "$TMP/state/notes" "$TMP/state/bulk"
	start_watcher -c "$TMP/tidemark.json"
	start_fcgi -c "$TMP/tidemark.json" --workers "$1"
	serve
	wait_until '[ "$(status /api/v1/main)" = 200 ]'
	wait_until are_warm
	before=$(fds)
	rss=$(rss_kb)
	node tests/e2e/crowd.js '{"port":'"$PORT"',"socket":"'"$FCGI_SOCK"'",
		"state":"'"$TMP"'/state","sloth":"'"$BIN_TEST"'/sloth",
		"seed":'"$seed"',"scale":'"$2"',"seconds":'"$3"'}' \
		>"$TMP/crowd" 2>&1
	ok "$what: the crowd comes to its end" test $? = 0
	while IFS= read -r line; do
		case $line in
		'ok '*) passed 0 "$what: ${line#ok }" ;;
		'not ok '*) passed 1 "$what: ${line#not ok }" ;;
		*) diag "${line#'# '}" ;;
		esac
	done <"$TMP/crowd"
	wait_until is_empty
	ok "$what: nothing is left of those who have gone" test $? = 0
	diag "descriptors: $before before, $(fds) now; RSS: $rss KiB, $(rss_kb)"
	diag "$(get -b /api/v1/metrics | sed -n 's/^tidemark_drops_total//p' |
		tr '\n' ' ')"
	is_sanitized || ok "$what: nor of their memory" \
		test $(($(rss_kb) - rss)) -lt $RSS_SLACK_KB
	stop "$LIGHTTPD"
	stop "$FCGI"
	ok "$what: the daemon ends cleanly" test $? = 0
	stop "$WATCHER"
}

cat >"$TMP/tidemark.json" <<-JSON
	{"limits": {"slow_s": 5}, "projects": {"main": {"store": "main.db",
	 "collections": {
		"jobs": {"dir": "state/jobs"}, "notes": {"dir": "state/notes"},
		"bulk": {"dir": "state/bulk"}}}}}
JSON
if is_sanitized; then
	crowd 2 0.1 5
else
	crowd 1 "${SCALE:-0.3}" 10
	crowd 2 0.3 5
fi
done_testing
