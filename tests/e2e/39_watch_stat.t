#!/usr/bin/env bash
# stat: name, size and time of files that are never opened.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$STATE/main.db # in the directory that is watched
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "state/main.db", "collections": {
	  "files": {"dir": "state", "as": "stat", 
	    "exclude": ["*.skip", "not", "main.db*"]}
	}}}}
JSON
mkdir "$STATE/a" "$STATE/not"
printf '12345' >"$STATE/a/x.bin"
printf '1' >"$STATE/y.skip"
printf '1' >"$STATE/not/z.bin"
touch -d '2026-01-02T03:04:05.678Z' "$STATE/a/x.bin"
start_watcher -c "$TMP/c.json"
becomes 'body files a/x' '{"name":"x.bin","path":"a/x.bin","size":5,"mtime":"2026-01-02T03:04:05.678Z"}' \
	'a file is its name, path, size and time'
is "$(ids files)" a/x 'excluded files are not'
printf '678' >>"$STATE/a/x.bin"
becomes 'sql "SELECT json_extract(body, '\''\$.size'\'') FROM entity"' 8 \
	'it grows'
settle
seq=$(head_seq)
settle
is "$(head_seq)" "$seq" 'nothing changes by itself'
rm "$STATE/a/x.bin"
becomes 'ids files' '' 'it is deleted'
done_testing
