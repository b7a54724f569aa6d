#!/usr/bin/env bash
# shellcheck disable=SC2016
# Snapshots of a collection: shapes, selections, pages, tags.
. tests/e2e/lib.sh

JOBS=$TMP/state/jobs
COLL=/api/v1/main/jobs
mkdir -p "$JOBS/deep" "$TMP/state/other"
put "$JOBS/a.json" '{"status":"running","step":{"n":1}}'
put "$JOBS/b.json" '{"status":"idle","step":{"n":10},"id":"own"}'
put "$JOBS/c.json" '["no","object"]'
put "$JOBS/deep/d.json" '{}'
start_watcher "$TMP/state"
start_fcgi "$TMP/state"

# names [QUERY]: the ids of the items, joined
names()
{
	get -b "$COLL?${1-}" | json 'd.items.map(i => i.id).join(" ")'
}

# refuses QUERY DESCRIPTION: 400 that names the parameter, the part before "="
refuses()
{
	local answer
	answer=$(get -b "$COLL?$1" | json 'd.status + " " + d.detail')
	like "$answer" "^400 parameter ${1%%=*}:" "$2"
}

wait_until '[ "$(names)" = "a b c deep/d" ]'
is "$(names)" 'a b c deep/d' 'items are in the order of their ids'
is "$(get -b $COLL | json 'Object.keys(d).join()')" 'cursor,collection,items' \
	'a snapshot has cursor, collection and items'
is "$(get -b $COLL | json 'Object.keys(d.items[0]).join()')" \
	'id,version,updated,data' 'an item has id, version, updated and data'
is "$(get -b $COLL | json 'd.items[0].data')" \
	'{"status":"running","step":{"n":1}}' 'data is the document'
like "$(get -b $COLL | json d.cursor)" '^[0-9a-f]{16}\.4$' \
	'the cursor is at the last change'
is "$(get -b $COLL/)" "$(get -b $COLL)" 'a slash at the end is no id'

# --- shapes ---

is "$(get -b "$COLL?shape=list")" \
	'[{"id":"a","status":"running","step":{"n":1}},{"status":"idle","step":{"n":10},"id":"own"},["no","object"],{"id":"deep/d"}]' \
	'shape=list gives documents an id unless they have one'
is "$(get -b "$COLL?shape=list:jobs&match=deep*")" \
	'{"jobs":[{"id":"deep/d"}],"total":1}' 'shape=list:NAME wraps the list'
is "$(get -b "$COLL?shape=list:jobs&limit=1&select=s:/status" |
	json '[d.jobs, d.total, d.next !== null]')" \
	'[[{"id":"a","s":"running"}],4,true]' 'total is of all pages'
for shape in '' lists list: items list:total list:next \
	"list:$(printf '%065d' 0)"; do
	refuses "shape=$shape" "shape=${shape:0:12} is refused"
done
is "$(status "$COLL?shape=list:$(printf '%064d' 0)")" 200 \
	'a list may have a name of 64 bytes'

# --- selections ---

is "$(get -b "$COLL?select=s:/status&select=n:/step/n" |
	json 'd.items.map(i => i.data)')" \
	'[{"s":"running","n":1},{"s":"idle","n":10},{},{}]' \
	'select projects documents; what is not there is left out'
is "$(get -b "$COLL?select=all:&match=a" | json 'd.items[0].data.all.step.n')" 1 \
	'the empty pointer selects the whole document'
refuses 'select=status' 'select without a pointer is refused'
refuses 'select=:/status' 'select without a name is refused'
refuses 'select=s:status' 'select with what is no pointer is refused'
refuses 'select=s:/a&select=s:/b' 'two fields of the same name are refused'
fields=$(for i in {1..32}; do printf '&select=f%d:/a' "$i"; done)
is "$(status "$COLL?${fields#&}")" 200 '32 fields are taken'
refuses "${fields#&}&select=f33:/a" '33 fields are refused'

is "$(names 'match=?')" 'a b c' '? matches one character'
is "$(names 'match=a&match=*/d')" 'a deep/d' 'any match is enough'
is "$(names 'match=x')" '' 'no match is an empty list'
terms=$(for i in {1..32}; do printf '&match=*'; done)
is "$(status "$COLL?${terms#&}")" 200 '32 terms are taken'
refuses "match=a$terms" '33 terms are refused'
refuses 'match=' 'an empty match is refused'
is "$(names 'where=/status:eq:idle')" b 'where compares text'
is "$(names 'where=/step/n:ge:2')" b 'where compares numbers as numbers'
is "$(names 'where=/status:ne:idle')" 'a c deep/d' 'ne holds for what is not there'
is "$(names 'where=/status:has:true&where=/step/n:lt:5')" a \
	'all of several must hold'
refuses 'where=/status:is:idle' 'an unknown operator is refused'
refuses 'where=status:eq:idle' 'a where without a pointer is refused'
is "$(status "$COLL?_=123&whatever=x")" 200 'unknown parameters are ignored'
refuses at=x 'a place that is none is refused'
refuses min=1 'a cursor that is none is refused'

# --- tags ---

tag=$(header etag $COLL)
like "$tag" '^W/"' 'the tag is weak'
is "$(header cache-control $COLL)" no-cache 'caches ask again'
is "$(status -H "If-None-Match: $tag" $COLL)" 304 'the same tag is 304'
is "$(get -b -H "If-None-Match: $tag" $COLL)" '' '304 has no body'
is "$(header etag -H "If-None-Match: $tag" $COLL)" "$tag" '304 has the tag'
is "$(status -H "If-None-Match: \"x\", $tag" $COLL)" 304 'tags may be listed'
is "$(status -H "If-None-Match: ${tag%\"}-gzip\"" $COLL)" 304 \
	'a tag that was marked by mod_deflate is the same tag'
is "$(status -H 'If-None-Match: *' $COLL)" 304 '* is any tag'
is "$(status -H "If-None-Match: $tag" "$COLL?shape=list")" 200 \
	'another shape is another tag'
put "$TMP/state/other/x.json" 1
wait_until '[ "$(status /api/v1/main/other/x)" = 200 ]'
is "$(status -H "If-None-Match: $tag" $COLL)" 304 \
	'a change in another collection leaves the tag alone'

# --- pages ---

first=$(get -b "$COLL?limit=2")
is "$(json 'd.items.map(i => i.id).join(" ")' <<<"$first")" 'a b' \
	'limit makes a page'
next=$(json 'encodeURIComponent(d.next)' <<<"$first")
put "$JOBS/a0.json" '{"new":true}'
put "$JOBS/c.json" '"changed"'
put "$JOBS/zz.json" 1
rm "$JOBS/deep/d.json"
wait_until '[ "$(names)" = "a a0 b c zz" ] && get -b $COLL/c | grep -q changed'
ok 'a change in the collection makes another tag' \
	test "$(status -H "If-None-Match: $tag" $COLL)" = 200
second=$(get -b "$COLL?limit=2&after=$next")
is "$(json '[d.items.map(i => [i.id, i.data]), d.next]' <<<"$second")" \
	'[[["c",["no","object"]],["deep/d",{}]],null]' \
	'a later page shows the state of the first one'
is "$(json d.cursor <<<"$second")" "$(json d.cursor <<<"$first")" \
	'all pages of a walk have one cursor'
like "$(json 'd.items.map(i => i.version + i.updated).join()' <<<"$second")" \
	'^[34]20.*Z,[34]20.*Z$' 'old versions have their numbers and times'
is "$(get -b "$COLL?limit=10&after=$next&where=/step/n:has:false" |
	json 'd.items.map(i => i.id).join(" ")')" 'c deep/d' \
	'a walk may be narrowed'
is "$(names 'after=b')" 'c zz' 'after may be an id'
is "$(names 'limit=1&after=b')" c 'and have a limit'
walk=''
after=
for _ in {1..9}; do
	page=$(get -b "$COLL?limit=2&after=$after")
	walk+="$(json 'd.items.map(i => i.id).join(" ")' <<<"$page") "
	after=$(json 'encodeURIComponent(d.next ?? "")' <<<"$page")
	[ -n "$after" ] || break
done
is "$walk" 'a a0 b c zz ' 'a walk reaches everything once'
for limit in 0 1000001 -1 1.5 x ''; do
	refuses "limit=$limit" "limit=$limit is refused"
done
is "$(status "$COLL?limit=1000000")" 200 'limit=1000000 is taken'
is "$(status "$COLL?limit=1&after=0123456789abcdef.1~a")" 410 \
	'a walk of another epoch is gone'
is "$(status "$COLL?limit=1&after=$(get -b $COLL | json 'd.cursor.slice(0, 16)').99~a")" \
	410 'a walk from beyond the head is gone'

is "$(status /api/v1/main/none)" 404 'an unknown collection is 404'
is "$(status /api/v1/none/jobs)" 404 'an unknown project is 404'
for word in batch hooks; do
	is "$(status /api/v1/main/$word)" 404 "$word is no collection"
done
done_testing
