# shellcheck shell=bash disable=SC2034
# load: requests again and again, none of which may fail.  Sourced after lib.sh.

uri=/api/v1/main/jobs/a
changes='' # what waits; set by loads_begin

# --- each is 0 when all was as it should be ----------------------------------------

serves()
{
	[[ $(get -t 10 -b $uri 2>>"$TMP/load.log") = '{"n":'*'}' ]]
}

burst()
{
	"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 50 "$uri" | grep -qx 'answered 50'
}

waiting()
{
	"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 20 "$changes" | grep -qx 'answered 20'
}

streaming()
{
	get -b "${changes/changes/events}" | grep -q '"reason":"ending"'
}

web()
{
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$URL${uri#/}")" = 200 ]
}

web_waiting()
{
	curl -s "$URL${changes#/}" | grep -q '"kind":"none"'
}

# ------------------------------------------------------------------------------------

# load COMMAND: until there is $TMP/enough
load()
{
	local n=0 failed=0

	while [ ! -e "$TMP/enough" ]; do
		n=$((n + 1))
		"$1" 2>>"$TMP/load.log" || failed=$((failed + 1))
	done
	echo "$1 $n $failed" >>"$TMP/loads"
}

# loads_begin COMMAND...: all at once, in the background
loads_begin()
{
	local command

	changes="/api/v1/main/changes?since=$(get -b /api/v1/main | json d.cursor)&wait=50"
	rm -f "$TMP/enough"
	: >"$TMP/loads"
	: >"$TMP/load.log"
	LOADS=()
	for command in "$@"; do
		load "$command" &
		LOADS+=($!)
	done
}

# loads_end NAME COMMAND: the command answers whoever waits
loads_end()
{
	local n failed

	touch "$TMP/enough"
	wait_until "$2"'; [ "$(wc -l <"$TMP/loads")" = ${#LOADS[@]} ]' ||
		kill -KILL "${LOADS[@]}"
	wait "${LOADS[@]}"
	is "$(wc -l <"$TMP/loads")" ${#LOADS[@]} "$1 each request has an answer"
	diag "$(tr '\n' ';' <"$TMP/loads")"
	read -r n failed <<<"$(awk '{ n += $2; f += $3 } END { print n, f }' "$TMP/loads")"
	is "$failed" 0 "$1 not one fails"
	ok "$1 of many" test "$n" -gt 20
	[ "$failed" = 0 ] || diag "$(cat "$TMP/load.log")"
}
