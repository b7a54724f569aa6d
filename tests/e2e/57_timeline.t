#!/usr/bin/env bash
# timeline: how many changes there were, by time and collection.
# shellcheck disable=SC2016
. tests/e2e/lib.sh
. tests/e2e/past.sh

LINE=$API/timeline

# counts [QUERY]: name:count,count… of each collection
counts()
{
	get -b "$LINE?${1-}" | json \
		'd.collections.map(c => c.name + ":" + c.counts).join(" ")'
}

configure jobs other
put "$TMP/jobs/a.json" 1
put "$TMP/jobs/b.json" 1
put "$TMP/other/o.json" 1
scan
for n in 2 3 4 5 6; do
	put "$TMP/jobs/a.json" $n
	scan
done
# Times that are known: one a second, but for the last one, of a clock that
# was set back.
sqlite3 "$STORE" 'UPDATE change SET at = 1000000000000 + 1000 * seq;
	UPDATE change SET at = 1000000001500 WHERE seq = 8'
start_fcgi -c "$TMP/main.json"
from=1000000001000
to=1000000007000
range="from=$from&to=$to"

is "$(get -b "$LINE?$range" | json 'Object.keys(d).join()')" \
	cursor,from,to,bucket_ms,buckets,trimmed,collections \
	'a timeline has these members'
is "$(get -b "$LINE?$range&buckets=7" | json '[d.from, d.to, d.bucket_ms]')" \
	'["2001-09-09T01:46:41.000Z","2001-09-09T01:46:47.000Z",858]' \
	'it says of which times'
is "$(get -b "$LINE?$range&buckets=1" | json \
	'd.collections.map(c => [c.name, c.total])')" '[["jobs",7],["other",1]]' \
	'each collection has its sum'
is "$(counts "from=$from&to=1000000007999&buckets=7")" \
	'jobs:2,1,0,1,1,1,1 other:0,0,1,0,0,0,0' 'a bucket has what is within'
is "$(counts "from=1000000002000&to=1000000004000&buckets=1")" \
	'jobs:2 other:1' 'both ends count'
is "$(counts "from=1000000002001&to=1000000003999&buckets=1")" \
	'other:1' 'what is beyond them does not'
is "$(counts "$range&buckets=1&collections=other")" 'other:1' 'collections='
is "$(counts "$range&buckets=1&match=jobs:b")" 'jobs:1' 'match='
is "$(counts "from=2999-01-01T00:00:00Z")" '' 'a time to come has nothing'
is "$(get -b "$LINE" | json '[d.buckets, d.collections[0].counts.length]')" \
	'[60,60]' '60 buckets unless others are asked for'
is "$(get -b "$LINE" | json '[d.from, d.to]')" \
	'["2001-09-09T01:46:41.000Z","2001-09-09T01:46:41.500Z"]' \
	'from the first change to the last'
is "$(cgi "$LINE?$range" | tail -n 1)" "$(get -b "$LINE?$range")" 'as CGI'

is "$(get -b "$LINE?$range&buckets=1000" | json \
	'd.collections[0].counts.length')" 1000 'buckets=1000'
for query in buckets=0 buckets=1001 from=x to=x 'where=/n:eq:1' at=1 \
	'from=5&to=4'; do
	is "$(status "$LINE?$query")" 400 "$query: 400"
done

tag=$(header ETag "$LINE?$range")
is "$(header Cache-Control "$LINE?$range")" no-cache 'caches ask again'
is "$(status -H "If-None-Match: $tag" "$LINE?$range")" 304 'If-None-Match: 304'
unlike "$(header ETag "$LINE?$range&buckets=2")" "^$tag$" \
	'other buckets have another tag'
put "$TMP/jobs/a.json" 9
scan
unlike "$(header ETag "$LINE?$range")" "^$tag$" 'a change gives another'
is "$(get -b "$LINE" | json 'd.collections[0].total')" 8 'and is counted'
trim 4 "$TMP/jobs/b.json"
is "$(get -b "$LINE?$range&buckets=1" | json '[d.trimmed, d.collections[0].total]')" \
	'[true,4]' 'what was trimmed is not counted, and it says so'

done_testing
