#!/usr/bin/env bash
# shellcheck disable=SC2016
# A daemon that keeps bodies answers what one that has just started answers,
# with the same tag, after each of many random changes.  SEED=n repeats a run.
. tests/e2e/lib.sh

SEED=${SEED:-$RANDOM} ROUNDS=40
diag "SEED=$SEED"
RANDOM=$SEED
COLL=/api/v1/main/jobs
queries=('' shape=list shape=list:all 'select=m:/n' 'match=*1*' 'where=/n:lt:50'
	'shape=list:all&limit=3' limit=5 'limit=5&after=d3/j5'
	'where=/n:ge:50&limit=4' '_=1' 'whatever=1&shape=list')
mkdir -p "$TMP"/jobs/d{1,2,3,4} "$TMP/other"
put "$TMP/main.json" '{"projects":{"main":{"store":"'"$TMP"'/main.db",
	"collections":{"jobs":{"dir":"'"$TMP"'/jobs"},
	"other":{"dir":"'"$TMP"'/other"}}}}}'

# change: one file of either collection
change()
{
	local dir=jobs/d$((RANDOM % 4 + 1))

	[ $((RANDOM % 3)) -gt 0 ] || dir=other
	if [ $((RANDOM % 4)) -eq 0 ]; then
		rm -f "$TMP/$dir/j$((RANDOM % 9)).json"
	else
		put "$TMP/$dir/j$((RANDOM % 9)).json" "{\"n\":$((RANDOM % 100))}"
	fi
}

# fresh URI: of a program that starts for this request
fresh()
{
	env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
		"TIDEMARK_CONFIG=$TMP/main.json" REQUEST_URI="$1" \
		"$BIN/tidemark-fcgi" </dev/null
}

# sans_cursor: what two answers of the same state have in common
sans_cursor()
{
	sed 's/"cursor":"[^"]*"/"cursor":""/; s/"next":"[^~]*~/"next":"~/'
}

# lag URI: how many changes the cursor of a kept body is behind
lag()
{
	echo $(($(get -b /api/v1/main | json 'd.cursor.slice(17)') - \
		$(get -b "$1" | json 'd.cursor.slice(17)')))
}

scan()
{
	"$BIN/tidemark-watcher" --once -c "$TMP/main.json" 2>>"$TMP/once.log"
}

for _ in {1..20}; do
	change
done
put "$TMP/jobs/d1/j1.json" '{"n":1}'
scan
start_fcgi -c "$TMP/main.json"
walk=$(get -b "$COLL?limit=2" | json 'encodeURIComponent(d.next ?? "")')
for ((round = 1; round <= ROUNDS; round++)); do
	for ((i = RANDOM % 3; i >= 0; i--)); do
		change
	done
	scan
	for query in "${queries[@]}" "limit=9&after=$walk"; do
		uri="$COLL?$query"
		[ "$(get "$uri" | sans_cursor)" = "$(fresh "$uri" | sans_cursor)" ] ||
			echo "round $round: $uri"
		get "$uri" | sans_cursor >"$TMP/first"
		get "$uri" | sans_cursor | cmp -s - "$TMP/first" ||
			echo "round $round, again: $uri"
	done
done >"$TMP/wrong"
is "$(head -n 5 "$TMP/wrong")" '' "$ROUNDS times the same as a fresh program"
is "$(get -b "$COLL?limit=9&after=$walk" | json d.cursor)" \
	"${walk%%~*}" 'a walk keeps the cursor of its first page'

# --- cursors ---

status $COLL >/dev/null
put "$TMP/other/more.json" 0
scan
tag=$(header etag $COLL)
for i in {1..300}; do
	printf '{"n":%d}' "$i" >"$TMP/other/m$i.json"
done
scan
is "$(header etag $COLL)" "$tag" 'changes elsewhere leave the tag alone'
behind=$(lag $COLL)
ok "the cursor is not far behind ($behind)" test "$behind" -lt 256
# The first of them may be the one that makes a new body.
for i in 1 2; do
	put "$TMP/other/m$i.json" '{"n":-1}'
	scan
	[ "$(lag $COLL)" -eq 0 ] || break
done
since=$(get -b $COLL | json d.cursor)
like "$(get -b "/api/v1/main/changes?since=$since" | json \
	'd.changes.map(c => c.collection + c.id).join()')" "otherm$i\$" \
	'and who goes on from it hears of what happened since'
is "$(get -b "/api/v1/main/changes?since=$since&collections=jobs" | json d.kind)" \
	none 'which is nothing in this collection'

# A second page that is kept from when it was the present one, and the same of
# a walk that began at a later head.
head=$(get -b /api/v1/main | json d.cursor)
get -b "$COLL?limit=2&after=$head~d1" >"$TMP/kept"
put "$TMP/other/m3.json" '{"n":-1}'
scan
head=$(get -b /api/v1/main | json d.cursor)
is "$(get -b "$COLL?limit=2&after=$head~d1" | json d.cursor)" "$head" \
	'each page of a walk has the cursor that the walk has'
done_testing
