#!/usr/bin/env bash
# What a FastCGI peer may do to the daemon, by the record.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

talk()
{
	"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" "$@"
}

# descriptors: how many sockets the daemon holds.
descriptors()
{
	find "/proc/$FCGI/fd" -lname 'socket:*' 2>/dev/null | wc -l
}

mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'
start_watcher "$TMP/state"
start_fcgi "$TMP/state"
uri=/api/v1/main/jobs/a
wait_until 'get -i $uri | grep -q "^Status: 200"'
cursor=$(get -b /api/v1/main | json d.cursor)
wait_uri="/api/v1/main/changes?since=$cursor&wait=50"
answer=$'STDOUT 1 Status: 200 OK\nSTDOUT 1\nEND 1 status 0'
wait_until '[ "$(descriptors)" = 1 ]'
ok 'an idle daemon holds its listening socket alone' test $? = 0

# --- requests ----------------------------------------------------------------

is "$(talk get $uri answer end)" "$answer"$'\nclosed' \
	'a request is answered and the connection closed'
is "$(talk bytewise get $uri answer end)" "$answer"$'\nclosed' \
	'a request that comes byte by byte is answered'
is "$(talk gather get $uri half finish answer)" "$answer" \
	'a request in two halves is answered'
is "$(talk get $uri shut answer end)" "$answer"$'\nclosed' \
	'a peer that has said all may shut its side: it is answered'
is "$(talk keep $uri answer keep $uri answer keep $uri answer)" \
	"$answer"$'\n'"$answer"$'\n'"$answer" \
	'requests follow one another on a kept connection'
is "$(talk gather keep $uri keep $uri get $uri send answer answer answer end)" \
	"$answer"$'\n'"$answer"$'\n'"$answer"$'\nclosed' \
	'three requests in one packet are answered in turn'
is "$(talk id 7 get $uri answer)" "${answer// 1/ 7}" \
	'an answer carries the id of its request'

# --- the protocol's other records ----------------------------------------------

is "$(talk values FCGI_MPXS_CONNS hear)" 'VALUES 0 FCGI_MPXS_CONNS=0' \
	'GET_VALUES: no multiplexing'
like "$(talk values FCGI_MAX_CONNS hear)" 'FCGI_MAX_CONNS=[0-9]+' \
	'GET_VALUES: the number of connections'
is "$(talk values NO_SUCH hear)" 'VALUES 0' 'GET_VALUES: nothing about others'
is "$(talk type 77 hear keep $uri answer)" $'UNKNOWN_TYPE 0 77\n'"$answer" \
	'an unknown management record is named, and does no harm'
is "$(talk role 2 hear end)" $'END 1 status 3\nclosed' \
	'another role than responder is refused'
is "$(talk keep "$wait_uri" id 2 keep $uri hear id 1 abort hear \
	id 2 keep $uri answer)" \
	$'END 2 status 1\nEND 1 status 0\n'"${answer// 1/ 2}" \
	'while one waits another is refused; after its abort it is served'
is "$(talk begin params $uri abort hear end)" $'END 1 status 0\nclosed' \
	'half a request may be aborted'
is "$(talk raw 'GET / HTTP/1.1

' end)" closed 'HTTP is no FastCGI: the connection is closed'
is "$(talk begin begin end)" closed 'BEGIN twice: closed'
is "$(talk begin params $uri shut end)" closed \
	'half a request whose peer says no more: closed'
is "$(talk keep "$wait_uri" shut end)" closed \
	'so is one that waits'
wait_until '[ "$(descriptors)" = 1 ]'
ok 'all of these connections are closed here too' test $? = 0

# --- limits ---------------------------------------------------------------------

is "$(talk begin params $uri params-end body 1048576 stdin-end answer)" \
	"$answer" 'a body of 1 MiB is taken'
like "$(talk begin params $uri params-end body 1048577 hear)" \
	'Status: 413' 'one byte more is answered at once: 413'
like "$(talk begin params $uri junk 65536 hear)" 'Status: 431' \
	'variables of more than 64 KiB: 431'
is "$(talk begin params $uri params-end body 1048577 all body 3000000 \
	stdin-end shut end | tail -n 1)" closed \
	'after an early answer the peer may go on writing'
start=$(date +%s)
is "$(talk begin params $uri params-end body 1048577 all lost | \
	sed 1d)" lost '… but for a few seconds only'
ok 'not less' test $(($(date +%s) - start)) -ge 4

# --- waiting ----------------------------------------------------------------------

# parked N: so many wait now.
parked()
{
	get -b /api/v1/health | grep -q "\"parked\":$1[,}]"
}

before=$(descriptors)
# Not by way of talk: $! is to be the client itself.
"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" keep "$wait_uri" lost &
waiter=$!
wait_until 'parked 1'
ok 'a long-poll is parked' test $? = 0
kill $waiter
wait $waiter 2>/dev/null
wait_until 'parked 0 && [ "$(descriptors)" = '"$before"' ]' 10
ok 'when its client hangs up, slot and descriptor are free at once' \
	test $? = 0

talk keep "$wait_uri" answer >"$TMP/kept" &
waiter=$!
wait_until 'parked 1'
put "$TMP/state/jobs/a.json" '{"n":2}'
wait $waiter
is "$(cat "$TMP/kept")" "$answer" 'a change answers a parked long-poll'

# --- slow readers -----------------------------------------------------------------

mkdir "$TMP/state/big"
node -e 'const fs = require("fs");
	for (let i = 0; i < 60; i++)
		fs.writeFileSync(process.argv[1] + "/" + i + ".json",
			JSON.stringify({ text: String(i).padEnd(99999, "x") }))' \
	"$TMP/state/big"
wait_until '[ "$(get -b /api/v1/main/big | json d.items.length)" = 60 ]'
is "$(get -b /api/v1/main/big | json d.items[59].data.text.length)" 99999 \
	'an answer of several megabytes arrives whole'
like "$(talk gather keep /api/v1/main/big keep $uri send all answer)" \
	"^STDOUT 6[0-9]{6} bytes"$'\n'"${answer%%$'\n'*}" \
	'a request behind a long answer waits for it to be read'
"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" get /api/v1/main/big lost &
waiter=$!
wait_until '[ "$(descriptors)" = 2 ]'
is "$(talk get $uri answer)" "$answer" \
	'a peer that does not read keeps nobody else waiting'
kill $waiter
wait $waiter 2>/dev/null
wait_until '[ "$(descriptors)" = 1 ]' 10
ok 'and is forgotten when it goes' test $? = 0

done_testing
