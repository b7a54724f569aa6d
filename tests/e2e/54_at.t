#!/usr/bin/env bash
# at=: collections and entities as they were.
# shellcheck disable=SC2016
. tests/e2e/lib.sh
. tests/e2e/past.sh

JOBS=$API/jobs
declare -a place=() then=() when=()

# note: remember what is shown now, and where
note()
{
	scan
	place+=("$(cursor)")
	then+=("$(get -b "$JOBS" | json 'd.items')")
	when+=("$(get -b "$JOBS" | json \
		'd.items.map(i => i.updated).sort().pop() || ""')")
}

# items QUERY
items()
{
	get -b "$JOBS?$1" | json 'd.items'
}

configure jobs other
start_fcgi -c "$TMP/main.json"
note # 0: nothing
put "$TMP/jobs/a.json" '{"n":1,"s":"one"}'
note
put "$TMP/jobs/b.json" '{"n":2,"text":"'"$(printf 'x%.0s' {1..200})"'"}'
mkdir "$TMP/jobs/deep"
put "$TMP/jobs/deep/d.json" '[1]'
note
put "$TMP/jobs/a.json" '{"n":3,"s":"one"}'
put "$TMP/jobs/b.json" '{"n":2,"text":"'"$(printf 'x%.0s' {1..200})"'y"}'
note
rm "$TMP/jobs/a.json"
put "$TMP/other/o.json" 1
note
put "$TMP/jobs/a.json" '{"n":4}'
rm "$TMP/jobs/deep/d.json"
note
put "$TMP/other/o.json" 2
note # 6: nothing of jobs

for i in 0 1 2 3 4 5 6; do
	is "$(items "at=${place[i]}")" "${then[i]}" "at place $i is what was"
	is "$(get -b "$JOBS?at=${place[i]}" | json d.cursor)" "${place[i]}" \
		"at place $i says so"
	is "$(cgi "$JOBS?at=${place[i]}" | sed '1,/^$/d')" \
		"$(get -b "$JOBS?at=${place[i]}")" "at place $i, as CGI"
done
is "$(items "at=${place[3]}" | json 'd.map(i => i.version).join()')" 4,5,3 \
	'with the versions of then'

# --- the parameters of a snapshot ---

at=at=${place[3]}
is "$(get -b "$JOBS?$at&shape=list&match=a")" '[{"id":"a","n":3,"s":"one"}]' \
	'shape=list and match'
is "$(get -b "$JOBS?$at&shape=list:jobs&limit=1&select=n:/n")" \
	'{"jobs":[{"id":"a","n":3}],"total":3,"next":"'"${place[3]}"'~a"}' \
	'shape=list:NAME, select and limit'
is "$(items "$at&where=/n:eq:3" | json 'd.map(i => i.id).join()')" a \
	'where is asked of what was'
next=$(get -b "$JOBS?$at&limit=1" | json d.next)
is "$next" "${place[3]}~a" 'a page has a next'
is "$(get -b "$JOBS?$at&limit=1&after=$next" | json '[d.items[0].id, d.next]')" \
	'["b","'"${place[3]}"'~b"]' 'which leads to the next page'
is "$(get -b "$JOBS?limit=5&after=$next" | json 'd.items.map(i => i.id).join()')" \
	b,deep/d 'and needs no at='
is "$(get -b "$JOBS?at=${when[3]}&limit=2&after=$next" | json d.cursor)" \
	"${place[3]}" 'a walk at a time keeps its cursor'

# --- caching ---

is "$(header Cache-Control "$JOBS?$at")" 'public, max-age=31536000, immutable' \
	'the answer at a cursor is immutable'
is "$(header Cache-Control "$JOBS?at=${place[6]}")" \
	'public, max-age=31536000, immutable' 'at the head too'
is "$(header Cache-Control "$JOBS?at=${when[3]}")" no-cache \
	'at a time it is not'
is "$(header Tidemark-Cursor "$JOBS?at=${when[3]}&shape=list")" \
	"${place[3]}" 'but has its cursor in a header'
tag=$(header ETag "$JOBS?$at")
is "$(status -H "If-None-Match: $tag" "$JOBS?$at")" 304 'If-None-Match: 304'
is "$(header ETag "$JOBS?at=${when[3]}")" "$tag" \
	'the same place has the same tag, however it was named'
unlike "$(header ETag "$JOBS?at=${place[2]}")" "^$tag$" 'another place has another'
is "$(get -b "$JOBS?$at" | md5sum)" "$(get -b "$JOBS?$at" | md5sum)" \
	'asked again it is the same'

# --- times ---

is "$(get -b "$JOBS?at=2001-01-01T00:00:00Z" | json '[d.items, d.cursor]')" \
	'[[],"'"${place[0]%.*}.0"'"]' 'before the first change there was nothing'
is "$(items at=2999-01-01T00:00:00Z)" "${then[6]}" \
	'a time that is yet to come is now'
is "$(items "at=${when[1]}")" "${then[1]}" 'a time'
ms=$(node -p "Date.parse('${when[1]}')")
is "$(items "at=$ms")" "${then[1]}" 'in milliseconds'
is "$(items "at=$((ms - 1))")" "${then[0]}" 'one earlier it was not there'
is "$(items "at=$(node -p "new Date($ms + 3600e3).toISOString().replace('Z','%2B01:00')")")" \
	"${then[1]}" 'a time with an offset'

# --- entities ---

A=$JOBS/a
is "$(get -b "$A?at=${place[1]}")" '{"n":1,"s":"one"}' 'an entity as it was'
is "$(get -b "$A?at=${place[3]}")" '{"n":3,"s":"one"}' '… and as it became'
is "$(get -b "$JOBS/b?at=${place[2]}" | json d.text.length)" 200 \
	'… rebuilt from a patch'
is "$(status "$A?at=${place[4]}")" 404 'it was not there: 404'
is "$(status "$A?at=${place[0]}")" 404 'it was not there yet: 404'
is "$(status "$JOBS/none?at=${place[3]}")" 404 'it never was: 404'
is "$(get -b "$JOBS/deep/d?at=${place[2]}")" '[1]' 'what is gone now was there'
is "$(header ETag "$A?at=${place[3]}")" '"4"' 'its tag is the version of then'
is "$(status -H 'If-None-Match: "4"' "$A?at=${place[3]}")" 304 \
	'which gives 304'
is "$(header Cache-Control "$A?at=${place[3]}")" \
	'public, max-age=31536000, immutable' 'it is immutable'
is "$(header Cache-Control "$A?at=${when[3]}")" no-cache 'at a time it is not'
is "$(header Tidemark-Cursor "$A?at=${when[3]}")" "${place[3]}" \
	'but has its cursor'
is "$(cgi "$A?at=${place[1]}" | tail -n 1)" '{"n":1,"s":"one"}' 'as CGI'

# --- what cannot be ---

like "$(problem "$JOBS?at=")" '^400 parameter at: ' 'nothing is no place: 400'
like "$(problem "$JOBS?at=yesterday")" '^400 parameter at: ' 'nor is a word'
like "$(problem "$A?at=0123456789abcdef")" '^400 parameter at: ' \
	'nor half a cursor'
like "$(problem "$JOBS?at=0123456789abcdef.1")" \
	'^410 parameter at: .*another log' 'a cursor of another log: 410'
like "$(problem "$JOBS?at=${place[0]%.*}.99")" '^410 parameter at: ' \
	'one beyond the head: 410'
is "$(status "$API/none?at=${place[1]}")" 404 'a collection that never was: 404'

# --- collections that come and go ---

rm "$TMP/jobs"/*.json
scan
configure other more
put "$TMP/more/m.json" 1
scan
is "$(status "$JOBS")" 404 'a collection is dropped'
is "$(items "at=${place[3]}")" "${then[3]}" 'it shows what was in it'
is "$(get -b "$A?at=${place[3]}")" '{"n":3,"s":"one"}' 'its entities are there'
is "$(items "at=$(cursor)")" '[]' 'and in the end nothing'
is "$(get -b "$API/more?at=${place[3]}" | json d.items)" '[]' \
	'one that came later had nothing'

# --- the end of the log ---

oldest=${place[0]%.*}.4
updated=$(get -b "$JOBS?at=$oldest" | json 'd.items[0].updated')
like "$updated" '^20' 'before the log is trimmed it is known when'
trim 4 "$TMP/more/m.json"
is "$(get -b "$JOBS?at=${place[1]}" | json '[d.status, d.oldest]')" \
	'[410,"'"$oldest"'"]' 'older than the log: 410, with the oldest cursor'
is "$(get -b "$A?at=${place[1]}" | json '[d.status, d.oldest]')" \
	'[410,"'"$oldest"'"]' 'of an entity too'
is "$(get -b "$JOBS?at=${when[1]}" | json '[d.status, d.oldest]')" \
	'[410,"'"$oldest"'"]' 'and at a time'
is "$(get -b "$JOBS?at=2001-01-01T00:00:00Z" | json d.status)" 410 \
	'which no longer is before everything'
is "$(get -b "$JOBS?at=$oldest" | json 'd.items[0].updated')" "$updated" \
	'at its end it is, too'
is "$(items "at=${place[3]}" | json 'd[1].data.text.length')" 201 \
	'behind it all is as it was'
is "$(cgi "$JOBS?at=${place[1]}" | head -n 1)" 'Status: 410 Gone' 'as CGI'

done_testing
