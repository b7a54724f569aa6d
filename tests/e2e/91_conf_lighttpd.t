#!/usr/bin/env bash
# The two files that conf/lighttpd/ ships, as they are, below a mount.
# shellcheck disable=SC2016
. tests/e2e/lib.sh

mkdir -p "$TMP/state/jobs" "$TMP/site"
put "$TMP/state/jobs/a.json" '{"n": 1}'
echo 'another site' >"$TMP/site/index.html"
cat >"$TMP/tidemark.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
		"jobs": {"dir": "state/jobs"}}}},
	 "aliases": {"/api/jobs": "main/jobs?shape=list"}}
JSON
start_watcher -c "$TMP/tidemark.json"
wait_until '[ -f "$TMP/main.db-bell" ]'

# serve FILE SOCKET: with conf/lighttpd/FILE included below /live/.
serve()
{
	local try

	for try in 1 2 3 4 5; do
		PORT=$(free_port)
		cat >"$TMP/$1" <<-CONF
			server.bind = "127.0.0.1"
			server.port = $PORT
			server.document-root = "$TMP/site"
			server.errorlog = "$TMP/$1.log"
			index-file.names = ("index.html")
			mimetype.assign = (".html" => "text/html", ".js" => "text/javascript")
			var.tidemark_mount = "/live/"
			var.tidemark_www = "$ROOT/www/"
			var.tidemark_socket = "$2"
			var.tidemark_bin = "$BIN/tidemark-fcgi"
			var.tidemark_config = "$TMP/tidemark.json"
			include "$ROOT/conf/lighttpd/$1"
		CONF
		PATH=$PATH:/usr/sbin spawn lighttpd lighttpd -D -f "$TMP/$1"
		LIGHTTPD=$SPAWNED
		URL=http://127.0.0.1:$PORT
		wait_until "curl -so /dev/null '$URL' || ! is_alive $LIGHTTPD"
		is_alive "$LIGHTTPD" && return
		unset "running[$LIGHTTPD]"
	done
	bail_out "lighttpd, $try tries: $(cat "$TMP"/lighttpd.log "$TMP/$1.log")"
}

# works FILE: what both have to do.
works()
{
	local cursor waiter

	is "$(curl -s "$URL/")" 'another site' "$1: the rest of the site is as it was"
	like "$(curl -s "$URL/live/")" '<title>Tidemark' "$1: the page is below the mount"
	like "$(curl -sI "$URL/live/app/app.js")" 'text/javascript' "$1: so are its modules"
	wait_until '[ "$(curl -s "$URL/live/api/v1/main/jobs/a")" = "{\"n\":1}" ]'
	is "$(curl -s "$URL/live/api/v1/main/jobs/a")" '{"n":1}' "$1: and the API"
	is "$(curl -s "$URL/live/api/jobs")" '[{"id":"a","n":1}]' "$1: and an alias"
	cursor=$(curl -s "$URL/live/api/v1/main/jobs" | json d.cursor)
	curl -s --max-time 30 "$URL/live/api/v1/main/changes?since=$cursor&wait=20" \
		>"$TMP/change" &
	waiter=$!
	put "$TMP/state/jobs/b.json" '{"n": 2}'
	wait $waiter
	# A door without room for waiters answers at once.
	is "$(json 'd.kind === "delta" || d.poll.hint' <"$TMP/change")" \
		true "$1: a change is waited for"
	rm "$TMP/state/jobs/b.json"
	wait_until '[ "$(curl -so /dev/null -w "%{http_code}" "$URL/live/api/v1/main/jobs/b")" = 404 ]'
}

start_fcgi -c "$TMP/tidemark.json"
serve tidemark.conf "$FCGI_SOCK"
works tidemark.conf
like "$(curl -sI "$URL/live/")" 'Cache-Control: no-cache' \
	'tidemark.conf: the page is asked for again each time'
unlike "$(curl -sI "$URL/live/api/v1/main/changes?since=0")" 'no-cache' \
	'tidemark.conf: answers of the API keep their own headers'
stop "$FCGI"
wait_until '[ "$(curl -so /dev/null -w "%{http_code}" "$URL/live/api/v1/health")" = 503 ]'
start_fcgi -c "$TMP/tidemark.json"
wait_until '[ "$(curl -so /dev/null -w "%{http_code}" "$URL/live/api/v1/health")" = 200 ]' 5
is $? 0 'tidemark.conf: a daemon that comes back is used again'
stop "$LIGHTTPD"

serve spawned.conf "$TMP/spawned.sock"
works spawned.conf
stop "$LIGHTTPD"

done_testing
