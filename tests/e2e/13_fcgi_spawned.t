#!/usr/bin/env bash
# The other door: FastCGI started by a web server, and plain CGI.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/cgi.sh

mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'
put "$TMP/cgi.json" '{"projects":{"main":{
	"store":"'"$TMP"'/state/.tidemark/main.db",
	"collections":{"jobs":{"dir":"'"$TMP"'/state/jobs"}}}}}'
start_watcher -c "$TMP/cgi.json"
uri=/api/v1/main/jobs/a
wait_until 'cgi $uri | grep -q "^Status: 200"'

# --- CGI by hand --------------------------------------------------------------

out=$(cgi $uri | tr -d '\r')
like "$out" '^Status: 200 OK' 'CGI: a Status line first'
is "$(sed '1,/^$/d' <<<"$out")" '{"n":1}' 'CGI: the document behind an empty line'
like "$(cgi /api/v1/none)" '^Status: 404' 'CGI: what is not there'
like "$(cgi $uri REQUEST_METHOD=PUT)" '^Status: 405' 'CGI: another method'
is "$(cgi $uri REQUEST_METHOD=HEAD | tr -d '\r' | tail -c 1)" '' \
	'CGI: HEAD has no body'
head -c 100000 /dev/zero >"$TMP/body"
like "$("${environment[@]}" REQUEST_METHOD=POST CONTENT_LENGTH=5000 \
	REQUEST_URI=$uri bash -c '"$0"; wc -c' "$BIN/tidemark-fcgi" \
	<"$TMP/body")" '^Status: 405.*[^0-9]95000$' \
	'CGI: a body is taken, and no more than there is of it'
like "$("${environment[@]}" REQUEST_METHOD=POST REQUEST_URI=$uri \
	HTTP_TRANSFER_ENCODING=chunked bash -c '"$0"; wc -c' \
	"$BIN/tidemark-fcgi" <"$TMP/body")" '^Status: 405.*[^0-9]0$' \
	'CGI: without a length to its end'
for bytes in 1048576 1048577; do
	head -c $bytes /dev/zero >"$TMP/body"
	like "$("${environment[@]}" CONTENT_LENGTH=$bytes REQUEST_URI=$uri \
		"$BIN/tidemark-fcgi" <"$TMP/body")" \
		"^Status: $((bytes > 1048576 ? 413 : 200))" \
		"CGI: a body of $bytes bytes"
done
# as_arguments QUERY WORD...: Apache hands its words on, too
as_arguments()
{
	"${environment[@]}" REQUEST_URI="$uri?$1" QUERY_STRING="$1" \
		"$BIN/tidemark-fcgi" "${@:2}" </dev/null
}

like "$(as_arguments history history)" '^Status: 200.*"op":"put"' \
	'CGI: a query without = is no argument'
like "$(as_arguments -c+/nowhere -c /nowhere)" '^Status: 200' \
	'CGI: nor has it options'
like "$(as_arguments --version --version)" '^Status: 200' 'CGI: of any kind'

cp "$BIN/tidemark-fcgi" "$TMP/tidemark.cgi"
cp "$TMP/cgi.json" "$TMP/tidemark.json"
like "$(env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET REQUEST_URI=$uri \
	"$TMP/tidemark.cgi" </dev/null)" '^Status: 200' \
	'CGI: without TIDEMARK_CONFIG, tidemark.json beside the program'

cursor=$(cgi /api/v1/main | sed '1,/^.$/d' | json d.cursor)
changes="/api/v1/main/changes?since=$cursor&wait=50"
"${environment[@]}" REQUEST_URI="$changes" "$BIN/tidemark-fcgi" \
	</dev/null >"$TMP/waiter" &
waiter=$!
wait_until 'waits_on_bell $waiter'
ok 'CGI: a long-poll waits on the bell' is_alive $waiter
put "$TMP/state/jobs/a.json" '{"n":2}'
wait $waiter
like "$(cat "$TMP/waiter")" '"kind":"delta".*"n":2|"value":2' \
	'CGI: a change answers it'

env -i "$BIN/tidemark-fcgi" </dev/null 2>"$TMP/err"
is "$?" 2 'started by nobody, it says how to start it'
like "$(cat "$TMP/err")" '--help' 'with a hint'

# --- FastCGI by hand -------------------------------------------------------------

spawn fcgi env "TIDEMARK_CONFIG=$TMP/cgi.json" perl -e '
	use IO::Socket::UNIX;
	use POSIX;
	my $s = IO::Socket::UNIX->new(Local => shift, Listen => 64) or die;
	POSIX::dup2(fileno($s), 0) or die;
	exec @ARGV;' "$FCGI_SOCK" "$BIN/tidemark-fcgi"
wait_until 'get -i $uri 2>/dev/null | grep -q "^Status: 200"'
ok 'FastCGI on descriptor 0: a request is answered' test $? = 0
is "$("$BIN_TEST/fcgi_talk" "$FCGI_SOCK" begin params $uri shut answer | grep -c Status)" 0 \
	'half a request is not taken for a whole one'
is "$("$BIN_TEST/fcgi_talk" "$FCGI_SOCK" raw x shut end)" closed \
	'nor is a single byte'
like "$(get -i $uri)" '^Status: 200' 'after which it serves on'
"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" get "$changes&match=jobs:none" lost &
waiter=$!
wait_until 'waits_on_bell $SPAWNED'
kill $waiter
wait $waiter 2>/dev/null
like "$(get -t 10 -i $uri)" '^Status: 200' \
	'when the client of a long-poll hangs up, the process is free'
kill "$SPAWNED"
wait "$SPAWNED"
is "$?" 0 'SIGTERM is a clean end'
unset "running[$SPAWNED]"

# --- FastCGI under a real web server -------------------------------------------

# CGI passes the environment on only by request.
start_lighttpd / "fastcgi.server = (\"/api/\" => ((
	\"socket\" => \"$TMP/spawned.sock\",
	\"bin-path\" => \"$BIN/tidemark-fcgi\",
	\"bin-environment\" => (\"TIDEMARK_CONFIG\" => \"$TMP/cgi.json\"),
	\"max-procs\" => 1, \"check-local\" => \"disable\")))"

children()
{
	cat "/proc/$LIGHTTPD/task/$LIGHTTPD/children"
}
is "$(curl -s "$URL${uri#/}")" '{"n":2}' 'lighttpd starts it: a document'
is "$(curl -s -o /dev/null -w '%{http_code}' "$URL"api/v1/none)" 404 \
	'and what is not there'
for _ in 1 2 3 4 5; do
	curl -s -o /dev/null "$URL${uri#/}"
done
spawned=$(children)
spawned=${spawned% }
is "$(wc -w <<<"$spawned")" 1 'one process serves them all'
is "$(head -c 1048577 /dev/zero | curl -s -o /dev/null -w '%{http_code}' \
	-X POST --data-binary @- "$URL${uri#/}")" 413 \
	'a body of more than 1 MiB: 413'
is "$(head -c 1048576 /dev/zero | curl -s -o /dev/null -w '%{http_code}' \
	-X POST --data-binary @- "$URL${uri#/}")" 405 \
	'a shorter one is read, and not taken'

# One process, one slot: a long-poll holds it, the rest wait their turn.
cursor=$(curl -s "$URL"api/v1/main | json d.cursor)
curl -s "${URL}api/v1/main/changes?since=$cursor&wait=20" >"$TMP/waiter" &
waiter=$!
wait_until 'waits_on_bell $spawned'
ok 'a long-poll waits on the bell' is_alive $waiter
put "$TMP/state/jobs/a.json" '{"n":3}'
wait $waiter
is "$(json d.kind <"$TMP/waiter")" delta 'a change answers it'

curl -s "${URL}api/v1/main/changes?since=$(json d.to <"$TMP/waiter")&wait=20" \
	>"$TMP/none" &
waiter=$!
wait_until '[ "$(find "/proc/$spawned/fd" -lname "socket:*" | wc -l)" = 2 ]'
kill "$spawned"
wait $waiter
is "$(json d.kind <"$TMP/none")" none 'SIGTERM answers who waits: none'
wait_until '! is_alive $spawned'
ok 'and ends the process' test $? = 0
wait_until '[ "$(curl -s "$URL${uri#/}")" = "{\"n\":3}" ]'
ok 'lighttpd starts another' test $? = 0

# --- CGI under a real web server ---------------------------------------------------

stop "$LIGHTTPD"
mkdir "$TMP/cgi-bin"
cp "$BIN/tidemark-fcgi" "$TMP/cgi-bin/live.cgi"
cp "$TMP/cgi.json" "$TMP/cgi-bin/tidemark.json"
start_lighttpd / "cgi.assign = (\".cgi\" => \"\")
	alias.url = (\"/live.cgi\" => \"$TMP/cgi-bin/live.cgi\")"
is "$(curl -s "${URL}live.cgi$uri")" '{"n":3}' 'lighttpd runs it as CGI'
like "$(curl -si "${URL}live.cgi/api/v1/none")" '^HTTP/1.1 404' \
	'its status is the answer'"'"'s'

done_testing
