#!/usr/bin/env bash
# The two files that conf/apache/ ships, as they are, below a mount, in a real
# Apache: a private instance that runs as a user who owns none of the files.
# It denies what it is not told to serve, as Debian's does, and it compresses
# everything and has a short Timeout, as some hosts' do.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

# Debian has it where only root looks.
PATH=$PATH:/usr/sbin
MODULES=${APACHE_MODULES:-/usr/lib/apache2/modules}

# What Apache reads lies below $TMP: a checkout may be closed to others.
umask 022
chmod 755 "$TMP"
mkdir -p "$TMP/state/jobs/nightly" "$TMP/site" "$TMP/apache" "$TMP/run"
cp -R www conf "$BIN/tidemark-fcgi" "$TMP"
FCGI_SOCK=$TMP/run/fcgi.sock
unprivileged=()
if [ "$(id -u)" -eq 0 ]; then
	unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	chown 65534 "$TMP/apache"
	# As docs/HOSTING.md has it: the socket gets the folder's group.
	chgrp 65534 "$TMP/run"
	chmod 2750 "$TMP/run"
fi

echo 'another site' >"$TMP/site/index.html"
printf '%s\n' 'text/html html' 'text/javascript js' >"$TMP/mime.types"
put "$TMP/state/jobs/a.json" '{"n": 1}'
put "$TMP/state/jobs/nightly/7 b.json" '{"n": 7}'
cat >"$TMP/live.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
		"jobs": {"dir": "state/jobs"}}}},
	 "aliases": {"/api/jobs": "main/jobs?shape=list"}}
JSON
start_watcher -c "$TMP/live.json"
wait_until '[ -f "$TMP/main.db-bell" ]'

# serve FILE: with conf/apache/FILE included below /live/.
serve()
{
	local try module

	for try in 1 2 3 4 5; do
		PORT=$(free_port)
		{
			for module in mpm_event authz_core filter deflate brotli \
				mime dir alias env headers proxy proxy_fcgi cgid; do
				echo "LoadModule ${module}_module $MODULES/mod_$module.so"
			done
			cat <<-CONF
				ServerRoot "$TMP/apache"
				ServerName 127.0.0.1
				Listen 127.0.0.1:$PORT
				DefaultRuntimeDir "$TMP/apache"
				PidFile "$TMP/apache/pid"
				ScriptSock "$TMP/apache/cgid"
				ErrorLog "$TMP/apache/error.log"
				TypesConfig "$TMP/mime.types"
				StartServers 1
				ServerLimit 1
				ThreadsPerChild 16
				MaxRequestWorkers 16
				Timeout 2
				SetOutputFilter BROTLI_COMPRESS;DEFLATE
				<Directory />
					Require all denied
				</Directory>
				<Directory "$TMP/site">
					Require all granted
				</Directory>
				DirectoryIndex disabled
				<VirtualHost 127.0.0.1:$PORT>
					DocumentRoot "$TMP/site"
					Define TIDEMARK_MOUNT /live/
					Define TIDEMARK_WWW $TMP/www/
					Define TIDEMARK_SOCKET $FCGI_SOCK
					Define TIDEMARK_BIN $TMP/tidemark-fcgi
					Define TIDEMARK_CONFIG $TMP/live.json
					Include "$TMP/conf/apache/$1"
				</VirtualHost>
			CONF
		} >"$TMP/$1"
		spawn apache "${unprivileged[@]}" apache2 -D FOREGROUND -f "$TMP/$1"
		APACHE=$SPAWNED
		URL=http://127.0.0.1:$PORT
		wait_until "curl -so /dev/null '$URL' || ! is_alive $APACHE"
		is_alive "$APACHE" && return
		unset "running[$APACHE]" # somebody took the port: another one
	done
	bail_out "apache2, $try tries: $(cat "$TMP/apache.log" \
		"$TMP/apache/error.log")"
}

# code [OPTIONS OF curl] URL
code()
{
	curl -so /dev/null --max-time 30 -w '%{http_code}' "$@"
}

# works FILE: what both have to do.
works()
{
	local api=$URL/live/api/v1/main cursor etag waiter

	is "$(curl -s "$URL/index.html")" 'another site' \
		"$1: the rest of the site is as it was"
	like "$(curl -s "$URL/live/")" '<title>Tidemark' \
		"$1: the page is below the mount"
	like "$(curl -sI "$URL/live/app/app.js")" 'text/javascript' \
		"$1: so are its modules"
	like "$(curl -sI "$URL/live/app/app.js")" 'Cache-Control: no-cache' \
		"$1: they are asked for again each time"
	like "$(curl -sI "$URL/live/app/app.js")" 'nosniff' \
		"$1: and taken for nothing else"
	etag=$(curl -sI "$URL/live/app/app.js" | tr -d '\r' | sed -n 's/^ETag: //p')
	is "$(code -H "If-None-Match: $etag" "$URL/live/app/app.js")" 304 \
		"$1: which is a 304"

	wait_until '[ "$(curl -s "$api/jobs/a")" = "{\"n\":1}" ]'
	is "$(curl -s "$api/jobs/a")" '{"n":1}' "$1: a document"
	is "$(curl -s "$api/jobs" | json 'd.items.map(i => i.id)')" \
		'["a","nightly/7 b"]' "$1: a snapshot"
	is "$(curl -s "$URL/live/api/jobs?match=a")" '[{"id":"a","n":1}]' \
		"$1: an alias, with a parameter"
	is "$(curl -s "$api/jobs/nightly/7%20b")" '{"n":7}' \
		"$1: an id with a folder and a space"
	is "$(curl -s "$api/jobs/nightly%2F7%20b")" '{"n":7}' \
		"$1: and with its slash encoded"
	etag=$(curl -s -H 'Accept-Encoding: br, gzip' -D - -o /dev/null \
		"$api/jobs" | tr -d '\r' | sed -n 's/^ETag: //p')
	like "$etag" '^W/"[0-9a-f.]+"$' "$1: its ETag is the daemon's own"
	is "$(code -H "If-None-Match: $etag" "$api/jobs")" 304 \
		"$1: nothing new is a 304"
	like "$(curl -si "$api/jobs/none")" \
		'^HTTP/1.1 404.*application/problem\+json.*"status":404' \
		"$1: what is not there is a problem document"
	unlike "$(curl -sI "$api/changes?since=0")" 'no-cache' \
		"$1: answers of the API keep their own headers"

	cursor=$(curl -s "$api/jobs" | json d.cursor)
	is "$(curl -s --max-time 30 "$api/changes?since=$cursor&wait=4" |
		json d.kind)" none "$1: a wait may be longer than the site's Timeout"
	curl -s --max-time 30 "$api/changes?since=$cursor&wait=20" \
		>"$TMP/change" &
	waiter=$!
	put "$TMP/state/jobs/b.json" '{"n": 2}'
	wait $waiter
	is "$(json 'd.kind + " " + d.changes[0].id' <"$TMP/change")" 'delta b' \
		"$1: a file that changes answers who waits"
	rm "$TMP/state/jobs/b.json"
	wait_until '[ "$(code "$api/jobs/b")" = 404 ]'
}

# ends FILE: Apache, with nothing left behind.
ends()
{
	stop "$APACHE"
	is $? 0 "$1: Apache ends cleanly"
	ok "$1: and leaves nothing behind" test ! -e "$TMP/apache/pid"
}

start_fcgi -c "$TMP/live.json"
serve tidemark.conf
works tidemark.conf
stop "$FCGI"
is "$(code "$URL/live/api/v1/health")" 503 'tidemark.conf: no daemon is a 503'
start_fcgi -c "$TMP/live.json"
wait_until '[ "$(code "$URL/live/api/v1/health")" = 200 ]' 5
is $? 0 'tidemark.conf: a daemon that comes back is used at once'
ends tidemark.conf
stop "$FCGI"

serve cgi.conf
works cgi.conf
ends cgi.conf

done_testing
