#!/usr/bin/env bash
# shellcheck disable=SC2016
# One entity's document: ids in addresses, tags, and what is gone.
. tests/e2e/lib.sh

JOBS=$TMP/state/jobs
COLL=/api/v1/main/jobs
mkdir -p "$JOBS/a"
put "$JOBS/a/b.json" '{ "n" : 1.0, "big": 18446744073709551616 }'
put "$JOBS/späte %Zeit+.json" '"x"'
start_watcher "$TMP/state"
start_fcgi "$TMP/state"
wait_until '[ "$(status $COLL/a/b)" = 200 ]'

is "$(get -b $COLL/a/b)" '{"n":1.0,"big":18446744073709551616}' \
	'numbers stand as they were written'
is "$(get -b $COLL/a%2Fb)" "$(get -b $COLL/a/b)" 'a%2Fb is a/b'
is "$(get -b "$COLL/sp%C3%a4te%20%25Zeit+")" '"x"' 'ids are percent-decoded'
is "$(status "$COLL/sp%E4te")" 400 'an id that is not UTF-8 is refused'
is "$(status "$COLL/a%00b")" 400 'an id with a NUL is refused'
is "$(status "$COLL/a%2")" 400 'half an escape is refused'
is "$(status $COLL/none)" 404 'an unknown id is 404'
is "$(status $COLL/a/b/)" 404 'an id with a slash at its end is another one'
is "$(status "$COLL/$(printf '%0600d' 0)")" 404 'an id that is too long is 404'

tag=$(header etag $COLL/a/b)
is "$tag" "\"$(get -b $COLL | json 'd.items.find(i => i.id === "a/b").version')\"" \
	'the tag is the version'
is "$(header cache-control $COLL/a/b)" no-cache 'caches ask again'
is "$(status -H "If-None-Match: $tag" $COLL/a/b)" 304 'the same tag is 304'
is "$(status -H "If-None-Match: W/$tag" $COLL/a/b)" 304 \
	'tags are compared weakly'
is "$(status -H "If-None-Match: \"0\"" $COLL/a/b)" 200 'another tag is 200'

put "$JOBS/a/b.json" '{"n":'
wait_until 'get -b /api/v1/main | json d.watcher.problems.length | grep -q 1'
is "$(get -b $COLL/a/b)" '{"n":1.0,"big":18446744073709551616}' \
	'of a broken file the last good version stays'
is "$(get -b /api/v1/main | json '[d.watcher.state].concat(
	d.watcher.problems.map(p => [p.collection, p.id]))')" \
	'["degraded",["jobs","a/b"]]' 'the manifest lists the problem'
unlike "$(get -b /api/v1/main)" "$TMP" 'the manifest shows no path of the disk'
is "$(get -b /api/v1/health | json '[d.status, d.checks.watcher.problems]')" \
	'["degraded",1]' 'health is degraded'
is "$(status /api/v1/health)" 200 'degraded is 200'
put "$JOBS/a/b.json" '{"n":2}'
wait_until '[ "$(get -b $COLL/a/b)" = "{\"n\":2}" ]'
ok 'the file is good again' test $? = 0
wait_until 'get -b /api/v1/health | grep -q "^{\"status\":\"ok\""'
ok 'health is ok again' test $? = 0

rm "$JOBS/a/b.json"
wait_until '[ "$(status $COLL/a/b)" = 404 ]'
ok 'a file that is removed is 404' test $? = 0
done_testing
