#!/usr/bin/env bash
# A file that is half written changes nothing until it is whole.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

mkdir "$STATE/jobs"
put "$STATE/jobs/a.json" '{"n":1}'
start_watcher "$STATE"
becomes 'body jobs a' '{"n":1}' 'the first version is there'

printf '{"n":2' >"$STATE/jobs/a.json"
becomes_like 'problem jobs a' 'line 1, column [0-9]+' \
	'a file that stays half written is a problem, with its place'
is "$(body jobs a)" '{"n":1}' 'its last good version stays'

printf '{"n":2}' >"$STATE/jobs/a.json"
becomes 'body jobs a' '{"n":2}' 'mended, it is a change'
becomes 'problem jobs a' '' 'and no problem any more'

printf '{"a":1,\n"a":2}' >"$STATE/jobs/a.json"
becomes_like 'problem jobs a' 'line 2' 'the line is the right one'
rm "$STATE/jobs/a.json"
becomes 'ids jobs' '' 'a broken file that is deleted deletes its entity'
becomes 'problem jobs a' '' 'and its problem'

# A slow writer: the file is never whole until the end.
{
	printf '{"list":['
	for i in $(seq 40); do
		printf '%d,' "$i"
		sleep 0.01
	done
	printf '0]}'
} >"$STATE/jobs/slow.json"
becomes 'sql "SELECT json_array_length(body, '\''\$.list'\'') FROM entity
    WHERE id = '\''slow'\''"' 41 'a slowly written file arrives whole'
is "$(ops jobs slow)" 1 'in one change'

# Away for a moment, as editors do it.
put "$STATE/jobs/e.json" '{"v":1}'
becomes 'body jobs e' '{"v":1}' 'a file before it is edited'
mv "$STATE/jobs/e.json" "$STATE/jobs/e.json~"
printf '{"v":2}' >"$STATE/jobs/e.json"
becomes 'body jobs e' '{"v":2}' 'renamed away and written anew, it is changed'
unlike "$(ops jobs e)" 4 'and was not deleted in between'

done_testing
