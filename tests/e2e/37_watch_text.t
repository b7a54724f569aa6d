#!/usr/bin/env bash
# text: the tail of a log; it grows, slides, is truncated and rotated.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
LOG=$STATE/app.log
cat >"$TMP/c.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "logs": {"dir": "state", "as": "text", "tail_bytes": 4096}
	}}}}
JSON
printf '%040d\ntwo\n' 1 >"$LOG"
one=$(printf '%040d' 1)
start_watcher -c "$TMP/c.json"
becomes 'body logs app' "{\"text\":\"$one\\ntwo\\n\",\"start\":0}" 'a log is its text'

exec 3>>"$LOG" # kept open, as a program does it
printf 'three\n' >&3
becomes head_seq 2 'it grows'
like "$(sql 'SELECT patch FROM change WHERE seq = 2')" \
	'^\[\{"op":"str_ins","path":"/text","pos":45,"str":"three' \
	'growth is an insertion'
printf 'caf\303\251 \377 \001\n' >&3
becomes_like 'body logs app' 'café � \\u0001' 'what is not UTF-8 is replaced'

for i in $(seq 400); do printf 'line %05d of many\n' "$i" >&3; done
last=$(stat -c %s "$LOG")
becomes_like 'body logs app' 'line 00400 of many\\n"' 'the end is there'
text=$(sql 'SELECT json_extract(body, "$.text") FROM entity')
start=$(sql 'SELECT json_extract(body, "$.start") FROM entity')
is "$text" "$(tail -c +$((start + 1)) "$LOG")" 'start says where it begins'
like "$text" '^line [0-9]{5} of many' 'with a whole line'
ok 'at most tail_bytes are kept' test $((last - start)) -le 4096
ok 'and most of them' test $((last - start)) -ge 3000

seq=$(head_seq)
stop "$WATCHER"
start_watcher -c "$TMP/c.json"
settle
is "$(head_seq)" "$seq" 'a restart changes nothing'

: >"$LOG"
becomes 'body logs app' '{"text":"","start":0}' 'truncated'
printf 'anew\n' >&3
becomes 'body logs app' '{"text":"anew\n","start":0}' 'and written again'
mv "$LOG" "$LOG.1"
printf 'rotated\n' >"$LOG"
becomes 'body logs app' '{"text":"rotated\n","start":0}' 'rotated'
is "$(ids logs)" app 'what was rotated away is no log'
done_testing
