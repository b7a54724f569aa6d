#!/usr/bin/env bash
# What every endpoint has in common: methods, errors, aliases, mounts, gzip.
# shellcheck disable=SC2016
. tests/e2e/lib.sh

STATE=$TMP/state
MAIN=/api/v1/main
mkdir -p "$STATE/jobs"
put "$STATE/jobs/a.json" "{\"status\":\"run\",\"text\":\"$(printf '%02000d' 0)\"}"
put "$STATE/jobs/b c.json" '{"status":"end"}'
put "$STATE/jobs/d e.json" '{"status":"end"}'
cat >"$TMP/t.json" <<JSON
{"projects": {"main": {"store": "$TMP/main.db", "collections": {
	"jobs": {"dir": "$STATE/jobs", "files": ["*.json"]}}}},
 "aliases": {"/api/jobs": "main/jobs?shape=list&select=s:/status&limit=2",
	"/api/one": "main/jobs/b%20c", "/api/health": "health",
	"/api/feed": "main/changes?collections=none"}}
JSON
start_watcher -c "$TMP/t.json"
start_fcgi -c "$TMP/t.json"
start_lighttpd /~ann/live/
wait_until '[ "$(get -b $MAIN/jobs | json d.items.length)" = 3 ]'

# --- methods ---

for path in /api/v1/health $MAIN $MAIN/jobs $MAIN/jobs/a $MAIN/changes /api/jobs; do
	is "$(status "$path")" 200 "GET $path"
	is "$(get -b -m HEAD "$path")" '' "HEAD $path has no body"
	is "$(get -i -m HEAD "$path" | sed 's/[0-9]//g')" \
		"$(get -i "$path" | sed 's/[0-9]//g')" 'and the headers of GET'
	is "$(header content-length "$path" | sed 's/..$//')" \
		"$(get -b "$path" | wc -c | sed 's/..$//')" 'it says its length'
	is "$(status -m OPTIONS "$path") $(header allow -m OPTIONS "$path")" \
		'204 GET, HEAD, OPTIONS' "OPTIONS $path"
	for method in POST PUT PATCH DELETE PURGE; do
		is "$(status -m $method "$path") $(header allow -m $method "$path")" \
			'405 GET, HEAD, OPTIONS' "$method $path is not allowed"
	done
done
is "$(status -m POST /api/v1/none)" 404 'what is not there is 404 first'
is "$(header access-control-allow-origin -H 'Origin: http://x' $MAIN)" '' \
	'other origins are not let in'

# --- errors ---

for path in / /api/v1 /api/v1/ /api/v2/main "$MAIN/none" "$MAIN/none/a" \
	"$MAIN/jobs/none" "$MAIN/changes/x" /api/v1/health/x; do
	is "$(get -b "$path" | json '[d.type, d.title, d.status, typeof d.detail]')" \
		'["urn:tidemark:error:not-found","Not Found",404,"string"]' \
		"$path is a problem document"
done
is "$(header content-type /)" application/problem+json 'of its own type'
is "$(header cache-control /)" no-store 'that nobody stores'
is "$(status "$MAIN/%zz")" 400 'bad encoding is 400'
is "$(status "$MAIN?$(printf 'a=1&%.0s' {1..128})")" 200 '128 parameters are taken'
is "$(status "$MAIN?$(printf 'a=1&%.0s' {1..129})")" 414 '129 are refused'
is "$(status "$MAIN?$(printf "%0$((16384 - ${#MAIN} - 1))d" 0)")" 200 \
	'16384 bytes of address are taken'
is "$(status "$MAIN?$(printf "%0$((16384 - ${#MAIN}))d" 0)")" 414 \
	'one more is refused'

# --- aliases and mounts ---

is "$(get -b /api/jobs)" '[{"id":"a","s":"run"},{"id":"b c","s":"end"}]' \
	'an alias has its own parameters'
is "$(get -b '/api/jobs?limit=1&select=x:/none')" '[{"id":"a","s":"run"}]' \
	'which the request overrides or adds to'
is "$(get -b '/api/jobs?shape=list:l' | json 'Object.keys(d).join()')" \
	'l,total,next' 'or changes'
is "$(get -b /m/api/one)" '{"status":"end"}' 'an alias may be of one entity'
is "$(get -b /api/feed | json d.changes)" '[]' 'or of the feed'
is "$(get -b /api/health | json d.status)" ok 'or of health'
is "$(status -H "If-None-Match: $(header etag /api/jobs)" /api/jobs)" 304 \
	'an alias has a tag'
is "$(status "$MAIN/jobs/api/jobs")" 404 'an id that looks like one is an id'
for uri in "/a/b$MAIN/jobs/b%20c" "http://host:8080/x$MAIN/jobs/b%20c"; do
	is "$(get -b "$uri")" '{"status":"end"}' "$uri"
done
is "$(get -b -p REQUEST_URI -p SCRIPT_NAME=/cgi-bin/t.fcgi \
	-p "PATH_INFO=$MAIN/jobs/b c" -p QUERY_STRING= /)" \
	'{"status":"end"}' 'without REQUEST_URI the decoded PATH_INFO will do'
is "$(curl -s "${URL}api/v1/main/jobs/b%20c")" '{"status":"end"}' \
	'below a mount of lighttpd'
is "$(curl -s "${URL}api/jobs?limit=1")" '[{"id":"a","s":"run"}]' \
	'and an alias there'
is "$(curl -s "${URL}api/v1/main/jobs?where=/status:eq:r%75n&shape=list:x" |
	json d.total)" 1 'and encoded parameters'
is "$(curl -so /dev/null -w '%{http_code}' -d x "${URL}api/v1/main/jobs")" \
	405 'and other methods'
is "$(curl -sI "${URL}api/v1/main/jobs/b%20c" | tr -d '\r' |
	sed -n 's/^content-length: //Ip')" 16 'and HEAD'

# --- gzip ---

is "$(header content-encoding -H 'Accept-Encoding: gzip' $MAIN/jobs/a)" gzip \
	'who takes gzip gets it'
is "$(get -b -H 'Accept-Encoding: gzip' $MAIN/jobs/a | gzip -d)" \
	"$(get -b $MAIN/jobs/a)" 'and the same bytes in it'
is "$(header content-length -H 'Accept-Encoding: gzip' $MAIN/jobs/a)" \
	"$(get -b -H 'Accept-Encoding: gzip' $MAIN/jobs/a | wc -c)" \
	'whose length is said'
is "$(header content-encoding -H 'Accept-Encoding: gzip;q=0' $MAIN/jobs/a)" '' \
	'q=0 refuses it'
is "$(header content-encoding -H 'Accept-Encoding: gzip' "$MAIN/jobs/b%20c")" '' \
	'what is short stays as it is'
is "$(header vary "$MAIN/jobs/b%20c")" Accept-Encoding 'Vary says that it varies'
is "$(header vary -H "If-None-Match: *" $MAIN/jobs/a)" Accept-Encoding \
	'also with 304'
is "$(curl -s --compressed "${URL}api/v1/main/jobs/a")" \
	"$(get -b $MAIN/jobs/a)" 'curl reads it through lighttpd'

# --- manifest and health ---

is "$(get -b $MAIN | json 'Object.keys(d).join()')" \
	'project,epoch,cursor,floor,server_time,boot_id,collections,live,poll,heartbeat_ms,watcher' \
	'the manifest has its members'
is "$(get -b $MAIN | json '[d.cursor === d.epoch + ".3", d.live,
	d.collections.map(c => [c.name, c.source, c.count, c.version])]')" \
	'[true,{"longpoll":true,"sse":true,"websocket":null},[["jobs","files",3,3]]]' \
	'and says what there is'
is "$(status -H "If-None-Match: $(header etag $MAIN)" $MAIN)" 304 'it has a tag'
printf '{' >"$STATE/jobs/b c.json"
wait_until 'get -b $MAIN | json "d.watcher.problems.map(p => p.id).join()" |
	grep -qx "b c"'
tag=$(header etag $MAIN)
put "$STATE/jobs/b c.json" '{"status":"end"}'
printf '{' >"$STATE/jobs/d e.json"
wait_until 'get -b $MAIN | json "d.watcher.problems.map(p => p.id).join()" |
	grep -qx "d e"'
is "$(status -H "If-None-Match: $tag" $MAIN) $(get -b $MAIN | json d.cursor)" \
	"200 ${tag:3:16}.3" 'another one once another file is broken'
put "$STATE/jobs/d e.json" '{"status":"end"}'
is "$(get -b /api/v1/health | json 'Object.keys(d.checks).join()')" \
	store,watcher,disk,waiters,loop,descriptors,sandbox 'health says what it has looked at'
wait_until '[ "$(get -b /api/v1/health | json d.checks.watcher.state)" = ok ]'
stop "$WATCHER"
is "$(get -b /api/v1/health | json '[d.status, d.checks.watcher.state]')" \
	'["degraded","stopped"]' 'a watcher that has stopped is seen'
is "$(get -b $MAIN | json d.watcher.state)" stopped 'in the manifest too'
is "$(status $MAIN/jobs)" 200 'and everything is still served'
done_testing
