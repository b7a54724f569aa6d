#!/usr/bin/env bash
# shellcheck disable=SC2016
# Large answers: shared by all who get the same, within a budget for memory
# however slowly they are read, and never of another state than the tag says.
. tests/e2e/lib.sh

MB=$((1 << 20)) BUDGET=16
COLL=/api/v1/main/jobs
mkdir -p "$TMP/jobs" "$TMP/other"
# 1000 documents, 5 MB in all.
perl -e 'my $text = join " ", map { $_ * 7919 % 10007 } 1 .. 1030;
	for (1 .. 1000) {
		open my $out, ">", sprintf "%s/j%04d.json", $ARGV[0], $_ or die;
		print $out "{\"n\":$_,\"text\":\"$text\"}";
	}' "$TMP/jobs"
put "$TMP/other/x.json" '{"n":0}'
# conf CACHE_MB: of the daemon
conf()
{
	put "$TMP/main.json" '{"limits":{"cache_mb":'"$1"'},"projects":{"main":{
		"store":"'"$TMP"'/main.db","collections":{
		"jobs":{"dir":"'"$TMP"'/jobs"},"other":{"dir":"'"$TMP"'/other"}}}}}'
}
conf $BUDGET
"$BIN/tidemark-watcher" --once -c "$TMP/main.json" 2>"$TMP/once.log"
start_fcgi -c "$TMP/main.json"

# A sanitizer's allocator keeps what was freed.
SLACK=$((32 * MB))
! grep -q __asan_init "$BIN/tidemark-fcgi" || SLACK=$((400 * MB))

# rss: bytes of the daemon
rss()
{
	awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$(server)/status"
}

# hold NAME N BYTES URI: slow clients, in the background; pid in $HOLDER
hold()
{
	spawn "$1" "$BIN_TEST/fcgi_hold" "$FCGI_SOCK" "${@:2}"
	HOLDER=$SPAWNED
	wait_until "grep -q ^holding '$TMP/$1.log' || ! is_alive $HOLDER"
}

# release PID: read on; returns when all is read
release()
{
	unset "running[$1]"
	kill -USR1 "$1"
	wait "$1"
}

# sum URI: as fcgi_hold prints it, of one who reads at once
sum()
{
	rm -f "$TMP/sum"
	"$BIN_TEST/fcgi_hold" "$FCGI_SOCK" 1 0 "$1" >"$TMP/sum" &
	wait_until "grep -qs ^holding '$TMP/sum'"
	kill -USR1 $!
	wait $!
	tail -n 1 "$TMP/sum"
}

status /api/v1/health >/dev/null
base=$(rss)

# --- the same for many ---

whole=$(sum $COLL)
like "$whole" '^200 5[0-9]{6} ' 'a snapshot of 5 MB'
hold idle 100 0 $COLL
idle=$HOLDER
hold drops 100 300 $COLL
drops=$HOLDER
ok '200 slow clients share one body' \
	test "$(($(rss) - base))" -lt $((BUDGET * MB + SLACK))
tag=$(header etag $COLL)
is "$(status -H "If-None-Match: $tag" $COLL)" 304 'meanwhile there are 304s'
is "$(header content-length -m HEAD $COLL)" "$(cut -d' ' -f2 <<<"$whole")" \
	'and answers to HEAD'
put "$TMP/jobs/j0001.json" '{"n":"changed"}'
"$BIN/tidemark-watcher" --once -c "$TMP/main.json" 2>>"$TMP/once.log"
ok 'a change makes another body' test "$(sum $COLL)" != "$whole"
ok 'and another tag' test "$(header etag $COLL)" != "$tag"
release "$idle"
is "$(sed 1d "$TMP/idle.log" | sort | uniq -c | xargs)" "100 $whole" \
	'who did not read gets all of the old one'
release "$drops"
is "$(sed 1d "$TMP/drops.log" | sort | uniq -c | xargs)" "100 $whole" \
	'who read byte by byte does too'

# --- different ones ---

hold three 3 0 "$COLL?where=/n:ne:x#"
three=$HOLDER
is "$(status "$COLL?where=/n:ne:x4")" 503 'beyond the budget a body is refused'
like "$(get -b "$COLL?where=/n:ne:x4" | json 'd.type + " " + d.detail')" \
	'^urn:tidemark:error:busy .*memory' 'with the reason'
is "$(header retry-after "$COLL?where=/n:ne:x4")" 1 'and when to ask again'
is "$(status /api/v1/main/changes)" 503 'so is a snapshot of all'
is "$(status "$COLL?where=/n:ne:x2")" 200 'one that others get is not'
is "$(status "$COLL?where=/n:eq:7")" 200 'nor is a short one'
is "$(status $COLL/j0007)" 200 'nor an entity'
is "$(status -H 'If-None-Match: *' $COLL)" 304 'nor a 304'
ok 'memory is within the budget' \
	test "$(($(rss) - base))" -lt $((BUDGET * MB + SLACK))
release "$three"
is "$(sed 1d "$TMP/three.log" | sort | uniq -c | xargs)" "3 $(sum $COLL)" \
	'those that were begun are whole'
wait_until '[ "$(status "$COLL?where=/n:ne:x4")" = 200 ]'
ok 'then there is room again' test $? = 0
for i in {1..40}; do
	status "$COLL?where=/n:ne:y$i" >/dev/null
done
ok 'what is only kept makes room' \
	test "$(($(rss) - base))" -lt $((BUDGET * MB + SLACK))

conf 0
kill -HUP "$FCGI"
wait_until 'grep -q "read again" "$TMP/fcgi.log"'
wait_until '[ $(($(rss) - base)) -lt $SLACK ]'
ok 'a configuration that keeps nothing gives the memory back' test $? = 0
hold alone 1 0 $COLL
alone=$HOLDER
is "$(status $COLL)" 200 'without a budget a body is still shared'
is "$(status "$COLL?where=/n:ne:x1")" 503 'and is made when there is no other'
release "$alone"
wait_until '[ "$(status "$COLL?where=/n:ne:x1")" = 200 ]'
ok 'which there is not for long' test $? = 0
wait_until '[ $(($(rss) - base)) -lt $SLACK ]'
ok 'and is given back' test $? = 0

# --- fields that are the whole document ---

fields=$(for i in {1..32}; do printf '&select=f%d:' "$i"; done)
like "$(get -b "$COLL?$fields" | json 'd.status + " " + d.detail')" \
	'^400 parameter select: .* 67108864 bytes' 'an endless answer is refused'
is "$(status "$COLL?${fields:0:44}")" 200 'a few times as long is not'

# --- one large document ---

perl -e 'print "{\"text\":\"", "ab cd " x 700000, "\"}"' >"$TMP/jobs/.big.tmp"
mv "$TMP/jobs/.big.tmp" "$TMP/jobs/big.json"
conf $BUDGET
kill -HUP "$FCGI"
"$BIN/tidemark-watcher" --once -c "$TMP/main.json" 2>>"$TMP/once.log"
hold big 100 0 $COLL/big
big=$HOLDER
ok '100 slow clients share one document' \
	test "$(($(rss) - base))" -lt $((BUDGET * MB + SLACK))
put "$TMP/jobs/big.json" '{"text":"short"}'
"$BIN/tidemark-watcher" --once -c "$TMP/main.json" 2>>"$TMP/once.log"
is "$(get -b $COLL/big)" '{"text":"short"}' 'a change of it is seen'
release "$big"
is "$(sed 1d "$TMP/big.log" | cut -d' ' -f1,2 | sort | uniq -c | xargs)" \
	'100 200 4200011' 'who asked before gets what it was'

# --- compressed ---

gunzip -c <(get -b -H 'Accept-Encoding: gzip' $COLL) >"$TMP/plain"
metrics=$(get -b /api/v1/metrics)
like "$metrics" 'tidemark_gzips_total [1-9]' 'metrics count gzip forms'
like "$metrics" 'result="hit"} [1-9]' 'and who was served from memory'
like "$metrics" 'tidemark_page_bytes [1-9][0-9]{6}' 'and what is in it'
like "$metrics" 'reason="memory"} [1-9]' 'and who was refused'
get -b $COLL | cmp -s - "$TMP/plain"
ok 'compressed in slices, it is the same' test $? = 0
is "$(header content-encoding -m HEAD -H 'Accept-Encoding: gzip' $COLL)" gzip \
	'HEAD says so too'
is "$(header content-length -m HEAD -H 'Accept-Encoding: gzip' $COLL)" \
	"$(get -b -H 'Accept-Encoding: gzip' $COLL | wc -c | xargs)" \
	'and how long it is'
for i in {1..20}; do
	get -b -H 'Accept-Encoding: gzip' "$COLL?where=/n:ne:z" >"$TMP/gz.$i" &
	pids[i]=$!
done
wait "${pids[@]}"
is "$(cat "$TMP"/gz.* | md5sum)" \
	"$(for _ in {1..20}; do cat "$TMP/gz.1"; done | md5sum)" \
	'all who wait for it get it'
for i in {1..9}; do
	timeout "0.00$i" "$BIN_TEST/fcgi_get" -H 'Accept-Encoding: gzip' \
		"$FCGI_SOCK" "$COLL?where=/n:ne:gone$i" >/dev/null
	gunzip -c <(get -b -H 'Accept-Encoding: gzip' "$COLL?where=/n:ne:gone$i") |
		cmp -s - "$TMP/plain" || diag "differs: $i"
done >"$TMP/gone"
is "$(cat "$TMP/gone")" '' 'those who go meanwhile are no loss'
done_testing
