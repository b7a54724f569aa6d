#!/usr/bin/env bash
# ?history: who changed an entity, when, and how.
# shellcheck disable=SC2016
. tests/e2e/lib.sh
. tests/e2e/past.sh

A=$API/jobs/dir/a
long=$(printf 'x%.0s' {1..300})

# seqs QUERY: of the changes
seqs()
{
	get -b "$A?history$1" | json 'd.changes.map(c => c.seq).join()'
}

# write TEXT
write()
{
	put "$TMP/jobs/dir/a.json" "$1"
	scan
}

configure jobs
mkdir "$TMP/jobs/dir"
start_fcgi -c "$TMP/main.json"
write "{\"n\":1,\"text\":\"$long\"}"
put "$TMP/jobs/b.json" 1
write "{\"n\":2,\"text\":\"$long\"}"
write '[]'
rm "$TMP/jobs/dir/a.json"
scan
write '{"n":6}'
epoch=$(cursor)
epoch=${epoch%.*}

# a is 1, 2 or 3 (with b between), 4, 5, 6
is "$(get -b "$A?history" | json 'Object.keys(d).join()')" \
	collection,id,changes,next,trimmed 'a history has these members'
is "$(get -b "$A?history" | json '[d.collection, d.id]')" '["jobs","dir/a"]' \
	'it says of what'
is "$(get -b "$A?history" | json 'd.changes.map(c => c.op).join()')" \
	put,delete,put,patch,put 'what happened, newest first'
newest=$(seqs '' | cut -d, -f1)
is "$newest" 6 'each with its seq'
is "$(get -b "$A?history" | json 'd.changes.every(c => c.version === c.seq)')" \
	true 'which is its version'
is "$(get -b "$A?history" | json 'd.changes.map(c => c.base)')" \
	"[0,4,$(seqs '' | cut -d, -f4),1,0]" \
	'and the version before it; none where there was none'
is "$(get -b "$A?history" | json 'd.changes[3].patch')" \
	'[{"op":"replace","path":"/n","value":2}]' 'a patch is there'
is "$(get -b "$A?history" | json 'd.changes.map(c => c.bytes)')" \
	"[7,null,2,null,$((${#long} + 17))]" 'of what was put its size'
is "$(get -b "$A?history" | json 'd.changes.every((c, i, all) =>
	i === 0 || Date.parse(c.at) <= Date.parse(all[i - 1].at))')" true 'and when'
is "$(get -b "$A?history" | json '[d.next, d.trimmed]')" '[null,false]' \
	'and that this is all'
is "$(cgi "$A?history" | tail -n 1)" "$(get -b "$A?history")" 'as CGI'

# --- pages ---

all=$(seqs '')
walked=
query=
for _ in 1 2 3 4 5 6; do
	walked+=,$(seqs "&limit=1$query")
	next=$(get -b "$A?history&limit=1$query" | json d.next)
	[ "$next" != null ] || break
	query="&before=$next"
done
is "${walked#,}" "$all" 'page by page it is the same'
is "$(seqs '&limit=5')" "$all" 'a page that just holds all'
is "$(get -b "$A?history&limit=5" | json d.next)" null 'has no next'
is "$(seqs '&before=6')" "${all#*,}" 'before a version'
is "$(seqs '&after=4')" 6,5 'after a version'
is "$(seqs "&after=$epoch.4&before=$epoch.6")" 5 'between two cursors'
is "$(get -b "$A?history&after=4" | json '[d.next, d.trimmed]')" \
	'[null,false]' 'what was not asked for is no next'
is "$(seqs '&before=1')" '' 'before all there was nothing'
is "$(seqs "&at=$epoch.4")" "${all#*,*,}" 'up to a place'
is "$(status "$A?history&limit=0")" 400 'limit=0: 400'
is "$(status "$A?history&limit=1000")" 200 'limit=1000'
is "$(status "$A?history&limit=1001")" 400 'limit=1001: 400'
is "$(status "$A?history&before=x")" 400 'before what is no place: 400'
is "$(status "$A?history&before=0123456789abcdef.3")" 410 \
	'a cursor of another log: 410'

# --- tags ---

tag=$(header ETag "$A?history")
like "$tag" '^W/' 'the tag is weak'
is "$(header Cache-Control "$A?history")" no-cache 'caches ask again'
is "$(status -H "If-None-Match: $tag" "$A?history")" 304 'If-None-Match: 304'
put "$TMP/jobs/b.json" 2
scan
is "$(header ETag "$A?history")" "$tag" 'another entity does not matter'
write '{"n":8}'
unlike "$(header ETag "$A?history")" "^$tag$" 'a change does'
unlike "$(header ETag "$A?history&limit=1")" "^$(header ETag "$A?history")$" \
	'another page has another tag'

# --- what is gone ---

rm "$TMP/jobs/dir/a.json"
scan
is "$(status "$A")" 404 'an entity is gone'
is "$(get -b "$A?history" | json 'd.changes[0].op')" delete 'its history is not'
is "$(status "$API/jobs/none?history")" 404 'one that never was has none: 404'
is "$(status "$API/none/a?history")" 404 'nor a collection that never was'
trim 4 "$TMP/jobs/b.json"
is "$(get -b "$A?history" | json \
	'[d.changes.map(c => c.seq).pop(), d.next, d.trimmed]')" '[5,null,true]' \
	'it ends where the log does, and says so'
is "$(get -b "$A?history&after=4" | json 'd.trimmed')" false \
	'but not to whom does not ask for more'
is "$(get -b "$A?history&before=3" | json '[d.changes, d.next, d.trimmed]')" \
	'[[],null,true]' 'nor is there anything below'

# --- long ones ---

# About 400 KB each: a page ends beyond 1 MiB.
for _ in 1 2 3 4 5; do
	head -c 200000 /dev/urandom | xxd -p | tr -d '\n' >"$TMP/random"
	printf '{"keep":"%s","text":"%s"}' "$(printf 'x%.0s' {1..450000})" \
		"$(cat "$TMP/random")" >"$TMP/jobs/.long"
	mv "$TMP/jobs/.long" "$TMP/jobs/long.json"
	scan
done
is "$(get -b "$API/jobs/long?history" | json \
	'[d.changes.length, d.next !== null]')" '[3,true]' \
	'a page of long patches ends early'

done_testing
