#!/usr/bin/env bash
# items: one file, many entities.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "routes": {"file": "state/routes.json", "items": "/routes",
	    "key": ["method", "/path"]},
	  "plain": {"file": "state/plain.json", "items": ""},
	  "map": {"file": "state/map.json", "items": "/a~1b"}
	}}}}
JSON
cat >"$STATE/routes.json" <<-JSON
	{"routes": [{"method": "GET", "path": "/users", "n": 1},
	  {"method": "PUT", "path": "/users", "n": 2},
	  {"method": "GET", "path": "/jobs", "n": 3}]}
JSON
printf '[{"uuid":"u1"},{"id":7,"name":"x"},"bare"]' >"$STATE/plain.json"
printf '{"a/b":{"one":1,"t\\u0077o":[2]}}' >"$STATE/map.json"
start_watcher -c "$TMP/c.json"

becomes 'ids routes' 'GET /jobs GET /users PUT /users' 'ids from several fields'
becomes 'body routes "PUT /users"' '{"method":"PUT","path":"/users","n":2}' \
	'an element is the document'
becomes 'ids plain' '2 7 u1' 'ids from the usual fields, or the index'
becomes 'ids map' 'one two' 'the members of an object, by their keys'
becomes 'body map two' '[2]' 'their values are the documents'

seq=$(head_seq)
put "$STATE/routes.json" '{"routes": [{"method":"GET","path":"/jobs","n":3},
    {"method":"GET","path":"/users","n":10},
    {"method":"POST","path":"/new","n":4}]}'
becomes 'ids routes' 'GET /jobs GET /users POST /new' 'elements come and go'
is "$(head_seq)" $((seq + 3)) 'one change for each that differs'
is "$(ops routes 'GET /jobs')" 1 'none for one that only moved'

put "$STATE/routes.json" '{"routes": [{"method":"GET","path":"/jobs","n":5},
    {"method":"GET"},{"method":"GET","path":"/jobs","n":6}]}'
becomes 'body routes "GET /jobs"' '{"method":"GET","path":"/jobs","n":5}' \
	'of two with one id the first counts'
becomes_like 'problem routes routes' 'element 1 .* no "method"' \
	'an element without its key is a problem'
put "$STATE/routes.json" '{"routes": 5}'
becomes_like 'problem routes routes' 'neither an array nor an object' \
	'no items: a problem'
is "$(ids routes)" 'GET /jobs' 'the last good version stays'
put "$STATE/routes.json" '{"routes": []}'
becomes 'ids routes' '' 'an empty array deletes them all'
becomes 'problem routes routes' '' 'the problem is solved'

rm "$STATE/plain.json"
becomes 'ids plain' '' 'a deleted file deletes its entities'
becomes_like 'problem plain plain.json' 'no such file' 'and is missed'
put "$STATE/plain.json" '["back"]'
becomes 'body plain 0' '"back"' 'it may come back'
becomes 'problem plain plain.json' '' 'and is missed no more'

seq=$(head_seq)
stop "$WATCHER"
start_watcher -c "$TMP/c.json"
settle
is "$(head_seq)" "$seq" 'a restart changes nothing'
done_testing
