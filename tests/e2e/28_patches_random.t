#!/usr/bin/env bash
# Patches of RFC 6902 mean to others what they mean to us.
# shellcheck disable=SC2016 # wait_until evaluates its text
. tests/e2e/lib.sh

[ -d node_modules/fast-json-patch ] || skip_all 'npm ci was not run'
mkdir -p "$TMP/state/docs"
node tests/e2e/patches.js before "$TMP/state/docs"
start_watcher "$TMP/state"
start_fcgi "$TMP/state"
wait_until '[ "$(status /api/v1/main/docs)" = 200 ]'
wait_until '[ "$(get -b /api/v1/main/docs | json d.items.length)" = 300 ]'
since=$(get -b /api/v1/main | json d.cursor)
node tests/e2e/patches.js after "$TMP/state/docs"
wait_until '[ "$(get -b "/api/v1/main/changes?since=$since" | json d.changes.length)" = 300 ]'
get -b "/api/v1/main/changes?since=$since&std=1" >"$TMP/delta"
is "$(node tests/e2e/patches.js check <"$TMP/delta" 2>&1)" \
	'300 true add move remove replace' \
	'fast-json-patch comes from the old documents to the new ones'
done_testing
