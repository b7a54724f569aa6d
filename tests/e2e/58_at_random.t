#!/usr/bin/env bash
# Snapshots at random places are what was shown there, whatever happened since;
# so are large ones, which are made in slices.  SEED=n repeats a run.
# shellcheck disable=SC2016
. tests/e2e/lib.sh
. tests/e2e/past.sh

SEED=${SEED:-$RANDOM} ROUNDS=30
diag "SEED=$SEED"
RANDOM=$SEED
declare -a place=()

# sorted: items on stdin without the order of members, which no patch carries
sorted()
{
	json 'd.items.map(i => [i.id, i.version, i.updated, JSON.stringify(
		Object.entries(i.data).sort())].join()).join("\n")'
}

# change: one file of either collection
change()
{
	local name=jobs

	[ $((RANDOM % 4)) -gt 0 ] || name=other
	if [ $((RANDOM % 5)) -eq 0 ]; then
		rm -f "$TMP/$name/j$((RANDOM % 7)).json"
	else
		put "$TMP/$name/j$((RANDOM % 7)).json" "{\"n\":$((RANDOM % 100)),
			\"text\":\"$(printf 'long %.0s' {1..30})$((RANDOM % 9))\",
			\"m$((RANDOM % 3))\":$RANDOM}"
	fi
}

configure jobs other many
start_fcgi -c "$TMP/main.json"
for ((round = 0; round < ROUNDS; round++)); do
	for _ in 1 2 3; do
		change
	done
	scan
	place+=("$(cursor)")
	get -b "$API/jobs" | sorted >"$TMP/then.$round"
done
failed=0
for ((i = 0; i < ROUNDS; i++)); do
	round=$((RANDOM % ROUNDS))
	get -b "$API/jobs?at=${place[round]}" | sorted >"$TMP/now"
	cmp -s "$TMP/now" "$TMP/then.$round" || failed=$((failed + 1))
done
is $failed 0 'random places are as they were'

# --- in slices ---

# fill TEXT: 3000 files
fill()
{
	node -e '
		const fs = require("fs");
		for (let i = 0; i < 3000; i++)
			fs.writeFileSync(`${process.argv[1]}/${i}.json`,
			    JSON.stringify({ i, text: process.argv[2].repeat(40),
				rest: "x".repeat(400) }));
	' "$TMP/many" "$1"
	scan
}

fill one
first=$(cursor)
get -b "$API/many" | sorted >"$TMP/first"
fill two
second=$(cursor)
get -b "$API/many" | sorted >"$TMP/second"
fill three
fill four
is "$(wc -l <"$TMP/first")" 3000 'there is much'

# At the same time, each twice; and one that goes away.
declare -a pids=()
"$BIN_TEST/fcgi_get" -b "$FCGI_SOCK" "$API/many?at=$second&limit=2999" \
	>/dev/null &
gone=$!
for i in 1 2; do
	get -b "$API/many?at=$first" >"$TMP/first.$i" &
	pids+=($!)
	get -b "$API/many?at=$second" >"$TMP/second.$i" &
	pids+=($!)
done
kill $gone 2>/dev/null
is "$(get -b "$API/jobs?at=${place[0]}" | sorted)" "$(cat "$TMP/then.0")" \
	'a small one comes in its turn'
wait "${pids[@]}" $gone 2>/dev/null
for i in 1 2; do
	ok "a large one, $i" cmp -s <(sorted <"$TMP/first.$i") "$TMP/first"
	ok "another at the same time, $i" \
		cmp -s <(sorted <"$TMP/second.$i") "$TMP/second"
done
tag=$(header ETag "$API/many?at=$first")
is "$(status -H "If-None-Match: $tag" "$API/many?at=$first")" 304 \
	'it has a tag as others have'
is "$(get -i "$API/many?at=$second" | grep -ci '^cache-control: public')" 1 \
	'and its headers once'
is "$(get -i "$API/many?at=$second&limit=3000" | tr -d '\r' |
	grep -ciE '^(cache-control: public|etag|tidemark-cursor)')" 3 \
	'one that has just been made, too'
is "$(get -b "$API/many?at=$first&shape=list:all&limit=1" | json d.total)" 3000 \
	'all are counted beside a page'
cgi "$API/many?at=$first" | sed '1,/^$/d' | sorted >"$TMP/cgi"
ok 'as CGI' cmp -s "$TMP/cgi" "$TMP/first"

get -b "$API/many?at=$first&limit=2000" >"$TMP/ended" &
pids=($!)
stop "$FCGI"
ok 'the daemon ends while one is made' test $? = 0
wait "${pids[@]}"
done_testing
