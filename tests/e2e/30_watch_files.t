#!/usr/bin/env bash
# A file is an entity: created, changed, renamed, deleted.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

mkdir "$STATE/jobs"
put "$STATE/jobs/early.json" '{"n":0}'
start_watcher "$STATE"
becomes 'body jobs early' '{"n":0}' 'a file that was there is an entity'

put "$STATE/jobs/a.json" '{ "n": 1 }'
becomes 'body jobs a' '{"n":1}' 'a file renamed into place is an entity'

put "$STATE/jobs/a.json" '{"n":2}'
becomes 'body jobs a' '{"n":2}' 'a file replaced is a change'

printf '{"n":3}' >"$STATE/jobs/a.json"
becomes 'body jobs a' '{"n":3}' 'a file written in place is a change'
is "$(ops jobs a | cut -c 1)" 1 'it was created once'

seq=$(head_seq)
printf '{"n": 3}' >"$STATE/jobs/a.json"
put "$STATE/jobs/b.json" '{}'
becomes 'body jobs b' '{}' 'another file is seen'
is "$(head_seq)" $((seq + 1)) 'white space is no change'

mkdir -p "$STATE/jobs/deep/er"
put "$STATE/jobs/deep/er/c.json" '[1]'
becomes 'body jobs deep/er/c' '[1]' 'a file in a new folder is seen'

mv "$STATE/jobs/b.json" "$STATE/jobs/d.json"
becomes 'ids jobs' 'a d deep/er/c early' 'a renamed file changes its id'

mv "$STATE/jobs/deep" "$STATE/jobs/flat"
becomes 'ids jobs' 'a d early flat/er/c' 'so do the files of a renamed folder'
put "$STATE/jobs/flat/er/c.json" '[2]'
becomes 'body jobs flat/er/c' '[2]' 'a renamed folder is still watched'

rm "$STATE/jobs/d.json"
becomes 'ids jobs' 'a early flat/er/c' 'a deleted file deletes its entity'

rm -r "$STATE/jobs/flat"
becomes 'ids jobs' 'a early' 'a deleted folder deletes its entities'

touch "$STATE/jobs/.hidden.json" "$STATE/jobs/a.json~" "$STATE/jobs/a.txt"
mkdir "$STATE/jobs/.git"
put "$STATE/jobs/.git/x.json" '{}'
put "$STATE/jobs/z.json" '{}'
becomes 'ids jobs' 'a early z' 'hidden and other names are passed over'
is "$(sql 'SELECT count(*) FROM problem')" 0 'and are no problem'

for i in $(seq 200); do
	printf '{"i":%d}' "$i" >"$STATE/jobs/.t" &&
		mv "$STATE/jobs/.t" "$STATE/jobs/many$((i % 20)).json"
done
becomes 'sql "SELECT sum(json_extract(body, '\''\$.i'\'')) FROM entity
    WHERE id LIKE '\''many%'\''"' 3810 'the last state of a burst is there'

done_testing
