#!/usr/bin/env bash
# shape=entity: an event for each entity, for pages that know such.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/follow.sh

STATE=$TMP/state
EVENTS="/api/v1/main/events?shape=entity"
mkdir -p "$STATE/document"
put "$STATE/document/doc_1.json" '{"n":1}'
start_watcher "$STATE"
start_fcgi "$STATE"

# told NAME: name and data of each event, without times and ids of connections
told()
{
	grep -P '\tentity\.' "$TMP/$1" | cut -f 4 |
		while read -r line; do
			json '[d.type.slice(7), d.entity, d.id, d.projectId, d.data]' <<<"$line"
		done | xargs
}
cursor()
{
	get -b /api/v1/main | json d.cursor
}
wait_until '[ "$(status /api/v1/main/document/doc_1)" = 200 ]'

start=$(cursor)
follow one ''
wait_until 'has one connected'
like "$(field 4 one connected |
	json '[d.type, d.connectionId.length, d.projectId]')" \
	'\["connected",16,"main"\]' 'it begins with connected'
is "$(field 3 one connected)" "$start" \
	'and begins now: nothing of what is there'
put "$STATE/document/doc_2.json" '{"text":"a, b"}'
wait_until 'has one entity.created'
put "$STATE/document/doc_1.json" '{"n":2}'
wait_until 'has one entity.updated'
rm "$STATE/document/doc_2.json"
wait_until 'has one entity.deleted'
is "$(told one)" \
	'[created,document,doc_2,main,{text:a, b}] [updated,document,doc_1,main,{n:2}] [deleted,document,doc_2,main,null]' \
	'created, updated, deleted, with whole documents'
is "$(field 3 one entity.deleted)" "$(cursor)" \
	'the id is where to go on'
like "$(field 4 one entity.updated | json d.timestamp)" \
	'^20.*Z$' 'and each has its time'
leave one

follow again -H "last-event-id: $start" ''
wait_until 'has again entity.updated'
is "$(told again)" '[updated,document,doc_1,main,{n:2}]' \
	'who comes back is told what is left of it'
leave again

# Committed together: only behind the last one is everything told.
here=$(cursor)
stop "$WATCHER"
for i in 3 4 5; do
	put "$STATE/document/doc_$i.json" "{\"n\":$i}"
done
start_watcher "$STATE"
wait_until '[ "$(status /api/v1/main/document/doc_5)" = 200 ]'
follow batch "&since=$here"
wait_until 'has batch entity.created 3'
is "$(grep -P '\tentity\.' "$TMP/batch" | cut -f 3 | xargs)" "- - $(cursor)" \
	'an id stands behind the last of several alone'
leave batch
follow lost '&since=0123456789abcdef.1'
wait_until 'has lost entity.created 4'
ok 'an unknown cursor: everything' test $? = 0
follow empty '&since=0123456789abcdef.1&match=document:none'
wait_until 'has empty -'
is "$(field 3 empty -)" "$(cursor)" 'and where that is nothing, a new place'
follow some "&since=$here&match=document:doc_4"
wait_until 'has some entity.created'
is "$(told some)" '[created,document,doc_4,main,{n:4}]' 'of what is selected'
kill -TERM "$FCGI"
wait_until 'has lost bye && has some bye'
ok 'bye at the end' test $? = 0
done_testing
