#!/usr/bin/env bash
# A process for one request does not open the database to say that nothing is
# new: the bell knows.  What stands in the database's place here is none.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/cgi.sh

jobs=/api/v1/main/jobs
mkdir -p "$TMP/jobs" "$TMP/logs"
put "$TMP/logs/l.json" '{}'
put "$TMP/jobs/a.json" '{"n":1}'
put "$CGI_CONFIG" '{"projects":{"main":{"store":"'"$TMP"'/main.db",
	"collections":{"jobs":{"dir":"'"$TMP"'/jobs"},
		"logs":{"dir":"'"$TMP"'/logs"}}}}}'

# scan: as cron has it
scan()
{
	"$BIN/tidemark-watcher" --quiet --once -c "$CGI_CONFIG"
}

# cursor: where the log ends
cursor()
{
	cgi_body /api/v1/main | json d.cursor
}

# hide, show: the database, whose place is taken by what is none
hide()
{
	mv "$TMP/main.db" "$TMP/hidden.db"
	head -c 65536 /dev/zero >"$TMP/main.db"
}
show()
{
	mv "$TMP/hidden.db" "$TMP/main.db"
}

scan
put "$TMP/jobs/a.json" '{"n":2}'
scan
tag=$(cgi_header ETag $jobs)
paged=$(cgi_header ETag "$jobs?limit=1")
other=$(cgi_header ETag /api/v1/main/logs)
entity=$(cgi_header ETag $jobs/a)
since=$(cursor)

hide
is "$(cgi_status $jobs)" 500 'without the database there is no snapshot'
is "$(cgi_status $jobs HTTP_IF_NONE_MATCH="$tag")" 304 \
	'who has it is told so by the bell alone'
is "$(cgi_header ETag $jobs HTTP_IF_NONE_MATCH="\"x\", $tag")" "$tag" \
	'with its ETag, whatever else the client has'
is "$(cgi_status "$jobs?limit=1" HTTP_IF_NONE_MATCH="$paged")" 304 \
	'a page of it'
is "$(cgi_status "$jobs?limit=1" HTTP_IF_NONE_MATCH="$tag")" 500 \
	'which is not that of another question'
is "$(cgi_status $jobs HTTP_IF_NONE_MATCH='*')" 500 'any version is none'
is "$(cgi_status /api/v1/main/logs HTTP_IF_NONE_MATCH="$other")" 500 \
	'a collection whose last change is older: only the database knows'
is "$(cgi_status $jobs/a HTTP_IF_NONE_MATCH="$entity")" 500 'nor a document'
is "$(cgi_body "/api/v1/main/changes?since=$since" | json '[d.kind, d.to]')" \
	"[\"none\",\"$since\"]" 'no changes either, for who has seen them all'
is "$(cgi_status "/api/v1/main/changes?since=${since%.*}.1")" 500 \
	'but for nobody else'
is "$(cgi_status "$jobs?at=$since" HTTP_IF_NONE_MATCH="$tag")" 500 \
	'nor is the past asked for'
show

is "$(cgi_status /api/v1/main/logs HTTP_IF_NONE_MATCH="$other")" 304 \
	'the database says the same'
put "$TMP/jobs/a.json" '{"n":3}'
scan
is "$(cgi_status $jobs HTTP_IF_NONE_MATCH="$tag")" 200 'another version is not'
is "$(cgi_body "/api/v1/main/changes?since=$since" | json d.kind)" delta \
	'and what has changed is told'

# One that was killed may have committed without ringing.
start_watcher -c "$CGI_CONFIG"
wait_until '[ "$(cgi_body /api/v1/main | json d.watcher.state)" = ok ]'
tag=$(cgi_header ETag $jobs)
is "$(hide; cgi_status $jobs HTTP_IF_NONE_MATCH="$tag"; show)" 304 \
	'a watcher that is at work is believed'
stop "$WATCHER" KILL
is "$(hide; cgi_status $jobs HTTP_IF_NONE_MATCH="$tag"; show)" 500 \
	'one that was killed is not'
is "$(cgi_status $jobs HTTP_IF_NONE_MATCH="$tag")" 304 'the database is asked'

done_testing
