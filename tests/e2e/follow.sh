# shellcheck shell=bash
# follow: streams of events in the background, straight from the FastCGI
# socket.  Sourced after lib.sh, by a test that sets EVENTS, their address.

declare -A follower=() # name → pid

# follow NAME [OPTIONS OF events.js] REST: REST goes behind $EVENTS; what comes
# is in $TMP/NAME, as events.js writes it
follow()
{
	: >"$TMP/$1"
	node tests/e2e/events.js "${@:2:$#-2}" "$FCGI_SOCK" "$EVENTS${!#}" \
		>"$TMP/$1" &
	follower[$1]=$!
}

# leave NAME...: their clients go away
leave()
{
	local name

	for name in "$@"; do
		kill "${follower[$name]}" 2>/dev/null
		wait "${follower[$name]}" 2>/dev/null
	done
}

# has NAME EVENT [N]: has it arrived, so many times?
has()
{
	[ "$(cut -f 2 "$TMP/$1" | grep -cx "$2")" -ge "${3:-1}" ]
}

# field NUMBER NAME EVENT: of the first such event: 1 time, 3 id, 4 data
field()
{
	awk -F'\t' -v e="$3" -v n="$1" '$2 == e { print $n; exit }' "$TMP/$2"
}
