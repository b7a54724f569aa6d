# shellcheck shell=bash disable=SC2016,SC2034,SC2317
# files: what every host has to do that has nothing but files, after suite.sh:
#
#	. tests/hosts/suite.sh
#	. tests/hosts/files.sh
#	. tests/hosts/nginx.sh
#	files_suite nginx-static nginx_with static.conf

published()
{
	json "$1" <"$PUBLISHED/main/head.json"
}

snapshot()
{
	local encoding

	is "$(curl -s "$API/jobs/snapshot.json" | json d.collection)" jobs \
		'a snapshot'
	is "$(curl -s --compressed "$API/jobs/snapshot.json")" \
		"$(cat "$PUBLISHED/main/jobs/snapshot.json")" '… compressed'
	encoding=$(head_of -H 'Accept-Encoding: gzip' "$API/jobs/snapshot.json")
	like "$encoding" 'Content-Encoding: gzip' 'as it was before'
	like "$encoding" 'Content-Type: application/json' 'and known as JSON'
	like "$encoding" 'Vary: [Aa]ccept-[Ee]ncoding' 'for those who take it'
	like "$(head_of "$API/jobs/snapshot.json")" 'Cache-Control: no-cache' \
		'it is asked for again'
	like "$(code "$API/none/snapshot.json")" '^404$' 'there is no other'
	like "$(code "$API/changes?wait=0")" '^40[34]$' \
		'where the API would be there is nothing'
}

head_not_modified()
{
	local tag

	like "$(head_of "$API/head.json")" 'Content-Type: application/json' \
		'head.json is JSON'
	tag=$(etag -H 'Accept-Encoding: br, gzip' "$API/head.json")
	like "$tag" '^(W/)?"' 'it has an ETag'
	is "$(code -H 'Accept-Encoding: br, gzip' -H "If-None-Match: $tag" \
		"$API/head.json")" 304 'nothing new is a 304'
	like "$(head_of "$API/head.json")" 'Cache-Control: no-cache' \
		'it is asked for again'
}

segments()
{
	local since segment began

	since=$(published d.cursor)
	began=$(now)
	put "$STATE/jobs/b.json" '{"n": 2}'
	wait_until '[ "$(curl -s "$API/head.json" | json d.cursor)" != '"$since"' ]'
	CELL="$(($(now) - began)) ms"
	segment=$(published \
		'd.epoch + "." + d.places.slice(-2).join("-") + ".json"')
	like "$(curl -s "$API/$segment")" \
		'^\{"kind":"delta","from":"'"$since"'".*"id":"b","op":"put"' \
		'a segment tells what has happened'
	like "$(head_of "$API/$segment")" "Cache-Control: .*max-age=31536000$IMMUTABLE" \
		'it is kept'
	unlike "$(head_of "$API/$segment")" 'no-cache' 'and not asked for again'
	unlike "$(head_of "$API/${segment/%.json/0.json}")" 'max-age' \
		'one that is not there is not'
}

# Apache takes a POST for a GET, lighttpd has never heard of PUT (501).
writes()
{
	local method

	for method in POST PUT PATCH DELETE; do
		like "$(code -X $method -d x "$API/head.json")" '^(200|40[0-9]|501)$' \
			"$method is refused, or ignored"
	done
	is "$(curl -s "$API/head.json" | json d.project)" main \
		'and nothing has happened'
}

# A client in node, which has only fetch(): no browser is needed for this.
followed()
{
	node tests/hosts/follow.js "$URL${MOUNT}api/v1/" >"$TMP/followed" \
		2>"$TMP/follow.log" &
	FOLLOWER=$!
	wait_until 'grep -q "a {\"n\":1}" "$TMP/followed"'
	is $? 0 'a client has what there is'
	put "$STATE/jobs/a.json" '{"n": 9}'
	wait_until 'grep -q "a {\"n\":9}" "$TMP/followed"'
	is $? 0 'and what changes'
	stop "$SERVER"
	is_clean_end $?
	start_server || bail_out "$NAME: $(cat "$TMP/server.log" "$SITE"/*.log)"
	put "$STATE/jobs/a.json" '{"n": 10}'
	wait_until 'grep -q "a {\"n\":10}" "$TMP/followed"'
	is $? 0 'behind a restart of the server, too'
	kill "$FOLLOWER"
	wait "$FOLLOWER" 2>/dev/null
}

# files_suite NAME CONFIGURE...
files_suite()
{
	local NAME=$1

	shift
	WATCHER_MORE=(--publish "$PUBLISHED")
	prepare
	serve "$@"
	API=$URL${MOUNT}api/v1/main
	wait_until '[ "$(curl -s "$API/manifest.json" | json \
		"d.collections.map(c => c.count).join()" 2>/dev/null)" = 3,1 ]' ||
		bail_out "$NAME: $(curl -si "$API/manifest.json")" \
			"$(tail -n 3 "$SITE/error.log")"
	behaviour page page
	behaviour snapshot snapshot
	behaviour 304 head_not_modified
	behaviour delta segments
	behaviour writes writes
	behaviour 'server restart' followed
	[ -z "${TIDEMARK_HOSTS-}" ] || cp "$TMP/cells" "$TIDEMARK_HOSTS/$NAME"
	stop "$SERVER"
	is $? 0 'the server ends cleanly at last'
	done_testing
}
