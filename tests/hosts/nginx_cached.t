#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2034,SC2317 # suite.sh calls it; wait_until evaluates
. tests/hosts/suite.sh
. tests/hosts/nginx.sh

POLLS=1000

# asked: so many requests have reached the daemon
asked()
{
	get -b /api/v1/metrics | sed -n 's/^tidemark_requests_total //p'
}

# how [OPTIONS OF curl] URL: it was come by
how()
{
	head_of "$@" | sed -n 's/^X-Cache: //p'
}

# polls: so many, of one address, while something happens
polls()
{
	curl -sZ --parallel-max 20 -o /dev/null -w '%{http_code}\n' \
		"$API/changes?since=$SINCE#[1-$POLLS]" >"$TMP/polls" 2>/dev/null &
	happens
	wait $!
}

more()
{
	local before began seconds accept header entity=$API/jobs/a

	SINCE=$(cursor)
	polls # the first time it may not have been there
	before=$(asked)
	began=$SECONDS
	polls
	seconds=$((SECONDS - began + 1))
	diag "$POLLS polls: $(($(asked) - before)) requests"
	is "$(grep -c '^200' "$TMP/polls")" $POLLS 'many poll'
	# Once a second, and happens asks, too.
	ok "of $POLLS few reach the daemon" test $(($(asked) - before)) -lt \
		$((20 + 30 * seconds))
	ok 'and what happened is told' wait_until \
		'[[ $(curl -s "$API/changes?since=$SINCE") = *delta* ]]' 5

	wait_until '[ "$(how "$entity")" = HIT ]'
	is $? 0 'a document is kept'
	is "$(code -I "$entity"; curl -s "$entity")" '200{"n":1}' \
		'and is not taken for what HEAD gets'
	for accept in '*/*' application/json; do # curl, a page
		wait_until '[ "$(how -H "Accept: $accept" "$entity")" = HIT ]'
		is $? 0 "it is given to those who take $accept"
		for header in 'Authorization: Bearer x' 'X-Auth-Token: x' \
			'Cookie: a=b'; do
			is "$(how -H "Accept: $accept" -H "$header" "$entity")" '' \
				"nothing is kept of a request with ${header%%:*}"
		done
		is "$(how -H "Accept: $accept" "$entity?ticket=x")" '' \
			'nor with a ticket'
		is "$(how -H "Accept: $accept" "$API/changes?since=$SINCE&wait=1")" '' \
			'nor of a wait'
	done
	is "$(how "$API_ROOT/health")" '' 'nor of health'
	is "$(how -X POST -d x "$entity")" '' 'nor of a POST'
	like "$(how "$API/changes?since=$SINCE&wait=0")" '^(MISS|EXPIRED)$' \
		'what does not wait is'
	before="$API/changes?since=$SINCE&until=$SINCE"
	code "$before" >"$TMP/until"
	is "$(code "$before" && how "$before")" "$(cat "$TMP/until")$(
		[ "$(cat "$TMP/until")" != 200 ] && echo MISS || echo HIT)" \
		'of what lies between two cursors as much as the daemon says'

	stop "$FCGI"
	wait_until '[ "$(code "$entity")" = 502 ]' 10
	is $? 0 'an old answer is none when there is no daemon'
	start_fcgi -c "$CONFIG"
}

suite nginx-cached daemon nginx_with cached.conf cached_http.conf
