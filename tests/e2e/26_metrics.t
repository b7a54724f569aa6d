#!/usr/bin/env bash
# What a program that collects figures is told, whichever worker it asks.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

cat >"$TMP/t.json" <<JSON
{"projects": {
	"x": {"store": "$TMP/db/x.db", "collections": {
		"jobs": {"dir": "$TMP/x", "files": ["*.json"]},
		"none": {"dir": "$TMP/none"}}},
	"y": {"store": "$TMP/db/y.db", "collections": {
		"jobs": {"dir": "$TMP/y", "files": ["*.json"]}}}},
 "limits": {"waiters": 3}}
JSON
mkdir -p "$TMP/x" "$TMP/y" "$TMP/none"
put "$TMP/x/a.json" '{"n":1}'
put "$TMP/x/b.json" '{"n":2}'

scrape()
{
	get -b /api/v1/metrics
}

# sample NAME_AND_LABELS: its value in the text on stdin, or "none"
sample()
{
	awk -v sample="tidemark_$1 " 'index($0, sample) == 1 { value = $2 }
		END { print value == "" ? "none" : value }'
}

# metric NAME_AND_LABELS: its value now
metric()
{
	scrape | sample "$1"
}

# reaches SAMPLE VALUE DESCRIPTION
reaches()
{
	wait_until "[ \"\$(metric '$1')\" = '$2' ]" || true
	is "$(metric "$1")" "$2" "$3"
}

start_fcgi -c "$TMP/t.json" --workers 2

# --- before there is anything ---

wait_until '[ "$(metric waiter_slots)" = 6 ]'
ok 'both workers add up' test $? = 0
is "$(scrape | node tests/e2e/exposition.js check)" '' \
	'it is good text before there is a store'
is "$(metric 'store_up{project="x"}')" 0 'which is said'
is "$(metric 'log_head_seq{project="x"}')" none 'there is no log'
is "$(metric 'watcher_state{project="x",state="stopped"}')" 1 'nor a watcher'
is "$(metric 'watcher_scan_age_seconds{project="x"}')" none 'nor a scan'

# --- the text ---

start_watcher -c "$TMP/t.json"
reaches 'entities{project="x"}' 2 'entities are counted'
wait_until '[ "$(metric "watcher_state{project=\"x\",state=\"ok\"}")" = 1 ]'
is "$(header content-type /api/v1/metrics)" \
	'text/plain; version=0.0.4; charset=utf-8' 'the type is that of the format'
is "$(header cache-control /api/v1/metrics)" no-store 'it is not to be kept'
is "$(status -m POST /api/v1/metrics)" 405 'it is for reading'
is "$(scrape | node tests/e2e/exposition.js check)" '' 'it is good text'
is "$(metric "build_info{version=\"$("$BIN/tidemark-fcgi" --version |
	sed 's/.* //')\"}")" 1 'the version is there'

# --- requests ---

scrape >"$TMP/before"
was=$(metric requests_total)
for _ in {1..20}; do
	get -b /api/v1/x/jobs/a >/dev/null
done
is "$(metric requests_total)" $((was + 21)) \
	'each request is counted once, whoever answers it'
ok 'and the bytes of its answer' test "$(metric sent_bytes_total)" -gt 10000

# --- waiting ---

cursor=$(get -b /api/v1/x | json d.cursor)
wakes=$(metric wakes_total)
commits=$(metric commit_to_wake_seconds_count)
"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 2 \
	"/api/v1/x/changes?since=$cursor&wait=50" >"$TMP/herd" &
herd=$!
reaches 'waiters{transport="longpoll"}' 2 'who waits is counted'
is "$(metric 'waiters{transport="sse"}')" 0 'as what it is'
ok 'in groups' test "$(metric groups)" -ge 1
ok 'with its connection' test "$(metric connections)" -ge 3
is "$(metric 'deliveries_total{transport="longpoll"}')" 0 \
	'nothing was delivered yet'
put "$TMP/x/a.json" '{"n":11}'
wait "$herd"
reaches 'deliveries_total{transport="longpoll"}' 2 'each delivery is counted'
is "$(metric 'waiters{transport="longpoll"}') $(metric groups)" '0 0' \
	'and nobody waits any more'
ok 'the bell was acted on' test "$(metric wakes_total)" -gt "$wakes"
ok 'and how long that took' \
	test "$(metric commit_to_wake_seconds_count)" -gt "$commits"
ok 'and all the writing' \
	test "$(metric wake_to_last_write_seconds_count)" -ge 1
ok 'the log was read for it' test "$(metric log_reads_total)" -ge 1
reaches 'change_to_commit_seconds_count{project="x"}' 1 \
	'and how long the change was in its file'
is "$(metric 'change_to_commit_seconds_count{project="y"}')" 0 \
	'which is a matter of its project'

# --- drops and refusals ---

cursor=$(get -b /api/v1/x | json d.cursor)
gone=$(metric 'drops_total{reason="gone"}')
"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" \
	get "/api/v1/x/changes?since=$cursor&wait=50" said raw '' hear \
	>"$TMP/talk" 2>&1 &
talk=$!
reaches 'waiters{transport="longpoll"}' 1 'one waits'
kill -KILL $talk
{ wait $talk; } 2>/dev/null
reaches 'drops_total{reason="gone"}' $((gone + 1)) 'and is gone'
"$BIN_TEST/fcgi_talk" "$FCGI_SOCK" raw 'GET / HTTP/1.0' end >/dev/null
reaches 'drops_total{reason="protocol"}' 1 'who speaks no FastCGI is dropped'
"$BIN_TEST/fcgi_herd" "$FCGI_SOCK" 20 \
	"/api/v1/x/changes?since=$cursor&wait=50" >"$TMP/herd" &
herd=$!
# Three wait in each worker that anybody came to.
accounted()
{
	local text waiting refused

	text=$(scrape)
	waiting=$(sample 'waiters{transport="longpoll"}' <<<"$text")
	refused=$(sample 'refusals_total{reason="full"}' <<<"$text")
	[ "$waiting" -ge 3 ] && [ $((waiting + refused)) = 20 ]
}
ok 'who finds no slot is refused' wait_until accounted
put "$TMP/x/a.json" '{"n":12}'
wait "$herd"

# --- projects ---

put "$TMP/x/c.json" '{"n":'
reaches 'problems{project="x"}' 1 'a problem is counted'
is "$(metric 'watcher_state{project="x",state="degraded"}')" 1 \
	'the watcher is degraded by it'
is "$(metric 'watcher_state{project="x",state="ok"}')" 0 'and not ok'
is "$(metric 'watcher_state{project="y",state="ok"}')" 1 \
	'that of another project is'
head=$(get -b /api/v1/x | json 'd.cursor.split(".")[1]')
is "$(metric 'log_head_seq{project="x"}')" "$head" 'the head of the log'
is "$(metric 'log_floor_seq{project="x"}')" \
	"$(get -b /api/v1/x | json d.floor)" 'its floor'
is "$(metric "log_info{project=\"x\",epoch=\"$(get -b /api/v1/x | json d.epoch)\"}")" \
	1 'its epoch'
is "$(metric 'collections{project="x"}')" 2 'collections'
is "$(metric 'entity_bytes{project="x"}')" \
	"$(get -b /api/v1/x | json 'd.collections.reduce((n, c) => n + c.bytes, 0)')" \
	'their bytes'
is "$(metric 'store_database_bytes{project="x"}')" \
	"$(stat -c %s "$TMP/db/x.db")" 'the size of the database'
is "$(metric 'watcher_files{project="x"}')" \
	"$(get -b /api/v1/x | json d.watcher.entries)" 'files looked after'
age=$(metric 'watcher_scan_age_seconds{project="x"}')
ok 'the last scan is of late' test "${age%.*}" -ge 0 -a "${age%.*}" -lt 60

# --- processes ---

scrape | node tests/e2e/exposition.js check >"$TMP/faults"
is "$(cat "$TMP/faults")" '' 'it is still good text'
for worker in 0 1; do
	ok "memory of worker $worker" test \
		"$(metric "process_resident_memory_bytes{worker=\"$worker\"}")" -gt 100000
	ok "its descriptors are below its limit" test \
		"$(metric "process_open_fds{worker=\"$worker\"}")" -lt \
		"$(metric "process_max_fds{worker=\"$worker\"}")"
done
read -r first second <"/proc/$FCGI/task/$FCGI/children"
fds=$(find "/proc/$first/fd" -type l | wc -l)
seen=$(metric 'process_open_fds{worker="0"}')
ok 'they are those of the kernel' test $((seen - fds)) -le 1 -a $((fds - seen)) -le 1

kill -STOP "$first"
scrape >"$TMP/stuck"
kill -KILL "$first"
wait_until '! grep -qw "$first" "/proc/$FCGI/task/$FCGI/children" &&
	[ "$(metric waiter_slots)" = 6 ]'
scrape >"$TMP/after"
is "$(node tests/e2e/exposition.js fallen "$TMP/before" "$TMP/after")" '' \
	'no counter ever goes back'
is "$(node tests/e2e/exposition.js fallen "$TMP/stuck" "$TMP/after")" '' \
	'also when a worker is replaced'
kill -0 "$second"
ok 'the other worker still lives' test $? = 0

stop "$WATCHER"
reaches 'watcher_state{project="y",state="stopped"}' 1 'a watcher that ends'
done_testing
