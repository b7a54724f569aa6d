#!/usr/bin/env bash
# Files that are served become something else: the last good version stays, in
# the store and with every client, until they are good again.
# shellcheck disable=SC2317 # called by name
. tests/fault/lib.sh

emptied()
{
	: >"$1"
}
half()
{
	printf '{"n":' >"$1"
}
directory()
{
	rm "$1"
	mkdir "$1"
}
fifo()
{
	mkfifo "$1.new"
	mv "$1.new" "$1"
}
socket()
{
	perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Listen => 1,
	    Local => $ARGV[0]) or die' "$1.new"
	mv "$1.new" "$1"
}
loop()
{
	ln -sf "${1##*/}" "$1"
}
device()
{
	ln -sf /dev/zero "$1"
}
huge()
{
	truncate -s 17M "$1"
}
faults='emptied half fifo socket loop device huge'

for fault in $faults directory; do
	put "$STATE/jobs/$fault.json" "{\"n\":1,\"was\":\"$fault\"}"
done
put "$STATE/jobs/good.json" '{"n":1}'
serve
converges 'all are good:'
recovers 'then'
for fault in $faults; do
	"$fault" "$STATE/jobs/$fault.json"
done
for fault in $faults; do
	becomes_like "problem jobs $fault" . "$fault: it is a problem"
	is "$(get -b "/api/v1/main/jobs/$fault")" \
		"{\"n\":1,\"was\":\"$fault\"}" "$fault: and served as it was"
done
health_becomes c.watcher.reason '7 problems with files' 'health counts them'
printf '{"n":3}' >"$STATE/jobs/bad"$'\377'".json"
printf '{"n":3}' >"$STATE/jobs/line"$'\n'"feed.json"
health_becomes c.watcher.problems '^9$' 'and names that cannot be ids'
rm "$STATE/jobs/bad"$'\377'".json" "$STATE/jobs/line"$'\n'"feed.json"
put "$STATE/jobs/good.json" '{"n":2}'
# A directory in the place of a file: the file is gone.
directory "$STATE/jobs/directory.json"
put "$STATE/jobs/directory.json/in.json" '{"n":1}'
for fault in $faults; do
	rm -rf "$STATE/jobs/$fault.json"
	put "$STATE/jobs/$fault.json" '{"n":2}'
done
converges 'all are good again:'
is "$(tally '[d.resets, d.back].join()')" 0,0 'no document went back'
is "$(tally d.status)" '{}' 'nobody was refused'
recovers 'then'
done_testing
