#!/usr/bin/env bash
# tools/run, which is behind make run: a real lighttpd, the watcher and the
# FastCGI daemon under one supervisor.
# shellcheck disable=SC2016,SC2317
. tests/e2e/lib.sh

export TIDEMARK_BIN=$BIN TIDEMARK_RUN=$TMP/run
printf '%s\n' "$TMP/run/" "$TMP/state" >"$TMP/ours"

# run_on PORT [STATE]: pid in $RUN, its address in $URL; waits until it says
# that it is ready.
run_on()
{
	rm -f "$TMP/run.log"
	PORT=$1 STATE=${2-} spawn run tools/run
	RUN=$SPAWNED
	URL=http://127.0.0.1:$1
	wait_until "grep -q 'Ctrl-C' '$TMP/run.log' || ! is_alive $RUN"
	is_alive "$RUN" || bail_out "tools/run: $(cat "$TMP/run.log")"
}

# refused STATUS_AND_TEXT DESCRIPTION VARIABLE=VALUE...
refused()
{
	local want=$1 description=$2

	shift 2
	like "$(env "$@" tools/run 2>&1 </dev/null; echo "status $?")" \
		"$want" "$description"
}

# Processes whose command line names something of this test's.
ours()
{
	grep -alsF -f "$TMP/ours" /proc/[0-9]*/cmdline | grep -v "^/proc/$$/" |
		tr -dc '0-9\n'
}

# pid_of PROGRAM: of the one of its processes that started the others
pid_of()
{
	local pid

	for pid in $(ours | sort -n); do
		tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "^[^ ]*$1 " &&
			echo "$pid" && return
	done 2>/dev/null # it may have ended meanwhile
}

# is_replaced PROGRAM OLD_PID
is_replaced()
{
	local pid

	pid=$(pid_of "$1")
	[ -n "$pid" ] && [ "$pid" != "$2" ]
}

fetch()
{
	curl -s --max-time 30 "$URL$1"
}

# --- a directory of one's own --------------------------------------------------

mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n": 1}'
port=$(free_port)
run_on "$port" "$TMP/state"

like "$(fetch /)" '<title>Tidemark' 'the page is served'
like "$(curl -sI "$URL/app/app.js")" 'text/javascript' 'modules have their type'
like "$(fetch /api/v1/health)" '"status":"ok"' 'health is ok'
wait_until '[ "$(fetch /api/v1/main/jobs/a)" = "{\"n\":1}" ]'
is "$(fetch /api/v1/main/jobs/a)" '{"n":1}' 'a state file is served'

cursor=$(fetch /api/v1/main/jobs | json d.cursor)
fetch "/api/v1/main/changes?since=$cursor&wait=25" >"$TMP/change" &
waiter=$!
put "$TMP/state/jobs/a.json" '{"n": 2}'
wait $waiter
is "$(json 'd.changes.map(c => [c.id, c.op, c.data])' <"$TMP/change")" \
	'[["a","put",{"n":2}]]' \
	'a long-poll brings the change'

refused 'already running on port.*status 1' \
	'a second run on the port is refused' PORT="$port" STATE="$TMP/state"
refused "port $port is in use.*PORT=$((port + 1)).*status 1" \
	'a port that somebody has is refused' PORT="$port" TIDEMARK_RUN="$TMP/run/2"
refused 'no such directory.*status 1' \
	'a STATE that does not exist is refused' PORT="$((port + 1))" STATE="$TMP/absent"
refused 'not a port.*status 1' 'a PORT that is none is refused' PORT=eighty

# --- what dies is started again -------------------------------------------------

for program in tidemark-fcgi tidemark-watcher lighttpd; do
	old=$(pid_of $program)
	kill -KILL "$old"
	wait_until "is_replaced $program $old &&
		grep -q 'starting ${program#tidemark-} again' '$TMP/run.log'"
	passed $? "$program that was killed is started again, and it is said"
done
wait_until 'fetch /api/v1/health | grep -q "\"ok\""'
put "$TMP/state/jobs/b.json" '{"n": 3}'
wait_until '[ "$(fetch /api/v1/main/jobs/b)" = "{\"n\":3}" ]'
is "$(fetch /api/v1/main/jobs/b)" '{"n":3}' 'changes arrive after that'

# --- the end ---------------------------------------------------------------------

cursor=$(fetch /api/v1/main/jobs | json d.cursor)
fetch "/api/v1/main/changes?since=$cursor&wait=55" >/dev/null &
waiter=$!
wait_until 'fetch /api/v1/main/changes?since=$cursor | grep -q none'
stop "$RUN" INT
is $? 0 'Ctrl-C ends it with status 0, whoever waits'
is "$(ours)" '' 'and leaves no process'
wait $waiter

run_on "$port" "$TMP/state"
is "$(fetch /api/v1/main/jobs/b)" '{"n":3}' 'the next run goes on where it was'
stop "$RUN" KILL 2>/dev/null
wait_until '[ -z "$(ours)" ]'
is "$(ours)" '' 'when the supervisor is killed nothing is left either'

# --- this machine ------------------------------------------------------------------

run_on "$port"
# at PATH EXPRESSION: of the answer's document d, which is awaited.
at()
{
	wait_until "fetch '$1' | json '$2' 2>/dev/null | grep -qx true"
	is "$(fetch "$1" | json "$2")" true "$1 has $2"
}
at /api/v1/main/machine/load 'd.total > 0 && d.used >= 0'
at /api/v1/main/machine/memory 'd.total > d.used && d.used > 0'
at /api/v1/main/machine/cpu 'd.used_percent >= 0 && d.total > 0'
at /api/v1/main/network/lo 'd.received_mib >= 0'
at /api/v1/main/disks 'd.items.length > 0'
at /api/processes 'd.processes.length > 0 && d.processes[0].pid > 0'
at /api/v1/main/agents/source 'd.total > 0 && d.progress >= 0'
at '/api/agents?match=source' 'd[0].id === "source"'
at /api/v1/main/logs/source 'JSON.stringify(d).includes("agent source begins")'
at /api/health 'd.status === "ok"'
stop "$RUN"
is $? 0 'SIGTERM ends it with status 0'
is "$(ours)" '' 'with sampler and agents'

done_testing
