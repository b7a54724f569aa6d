# shellcheck shell=bash
# lib: what the benchmark cases share.  A case is an executable bash script
# tests/bench/NAME.case:
#
#	#!/usr/bin/env bash
#	# name: what it measures, in one line.
#	. tests/bench/lib.sh
#
#	row 'what is measured' '12 ms' 'peer 15 ms' 0.80 "12 <= 20" 'ms'
#
# It measures a peer, or the limit that nobody gets below, in the same run as
# ours: compare the ratios, not the times of one machine with another's.  It
# has $TMP, processes and lighttpd from tests/e2e/lib.sh.  To add a case, add
# the file; tests/bench/run finds it.

# A case that replaces many files sets in_memory before it reads this: ext4
# without a journal, to make a file, looks past each one that was deleted in the
# last 5 s.
[ -z "${in_memory:-}" ] || [ ! -w /dev/shm ] || export TMPDIR=/dev/shm

. tests/e2e/lib.sh

BENCH=${TIDEMARK_BENCH:-$ROOT/build/release/tests/bench}

# give_up WHY...: the case cannot be measured.
give_up()
{
	local log

	printf '%s: %s\n' "${0##*/}" "$*" >&2
	for log in "$TMP"/*.log; do
		[ ! -s "$log" ] || tail -n 5 "$log" | sed "s|^|  ${log##*/}: |"
	done >&2
	exit 1
}

# skipped WHAT WHY: a line where there would be figures
skipped()
{
	printf '%-47s %s\n' "$1" "not measured: $2"
}

# row WHAT MEASURED BESIDE RATIO 'VALUE <= LIMIT' UNIT: one line of the table.
# RATIO: ours to the peer's; '-' where there is none.
row()
{
	local value op limit verdict

	read -r value op limit <<<"$5"
	[ -n "$limit" ] || give_up "$1: nothing measured"
	verdict='NOT REACHED'
	! awk "BEGIN { exit !($value $op $limit) }" || verdict=reached
	printf '%-47s %-14s %-38s %6s  %-12s %s\n' \
		"$1" "$2" "$3" "$4" "$op $limit $6" "$verdict"
}

# calc EXPRESSION [FORMAT]: arithmetic with fractions.
calc()
{
	awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}

# median: of the numbers on stdin, one a line
median()
{
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# least: of the numbers on stdin, one a line
least()
{
	sort -n | head -n 1
}

# write_conf FILE DIR STORE [PROJECT_KEYS [COLLECTION_KEYS]]: project main with
# one collection, things.
write_conf()
{
	cat >"$1" <<-CONF
		{"projects": {"main": {"store": "$3"${4:+, $4},
			"collections": {"things": {"dir": "$2"${5:+, $5}}}}}}
	CONF
}

# watch_until_crawled CONF STORE N: start a watcher and wait for N changes.
watch_until_crawled()
{
	start_watcher -c "$1"
	"$BENCH/ticks" "$2" "$WATCHER" log "$3" >/dev/null ||
		give_up "the watcher has not put $3 files into the log"
}

# milliseconds COMMAND...: sets $ms, its time by the clock.
milliseconds()
{
	local from=$EPOCHREALTIME

	"$@" >>"$TMP/command.log" 2>&1 || give_up "status $? of $*"
	ms=$(calc "(${EPOCHREALTIME/,/.} - ${from/,/.}) * 1000")
}

# --- servers ------------------------------------------------------------------

# clients N: N, or as many as a web server's descriptors allow, two each
clients()
{
	local files n=$1

	files=$(ulimit -Hn)
	[ "$files" != unlimited ] || files=20000
	[ $((files * 9 / 20 - 100)) -ge "$n" ] || n=$((files * 9 / 20 - 100))
	echo "$n"
}

# front SOCKET: lighttpd on $PORT in front of it, as hosts set it up for many
# clients
front()
{
	start_lighttpd / "
		var.tidemark_mount = \"/\"
		var.tidemark_www = \"$ROOT/www/\"
		var.tidemark_socket = \"$1\"
		include \"$ROOT/conf/lighttpd/tidemark.conf\"
		# fastcgi.server is in there
		server.max-fds = 20000
		server.max-connections = 9000
		server.listen-backlog = 1024"
}

# serve CONF: tidemark-fcgi behind it
serve()
{
	start_fcgi -c "$1"
	front "$FCGI_SOCK"
}

# serve_floor: the floor behind the same; pids in $FLOOR and $FLOOR_LIGHTTPD,
# its port in $FLOOR_PORT.  Call it before serve().
serve_floor()
{
	spawn floor "$BENCH/fcgi_floor" "$TMP/floor.sock"
	FLOOR=$SPAWNED
	wait_until "[ -S '$TMP/floor.sock' ]" || give_up 'no floor'
	front "$TMP/floor.sock"
	FLOOR_PORT=$PORT FLOOR_LIGHTTPD=$LIGHTTPD
}

# stop_floor, stop_ours: none of their clients is left
stop_floor()
{
	stop "$FLOOR_LIGHTTPD"
	stop "$FLOOR"
	rm -f "$TMP/floor.sock"
}

stop_ours()
{
	stop "$LIGHTTPD"
	stop "$FCGI"
	rm -f "$FCGI_SOCK"
}

# A worker of nginx outlives a master that is killed.
NCHAN=
stop_nchan()
{
	[ -z "$NCHAN" ] || stop "$NCHAN"
	NCHAN=
}
trap 'stop_nchan; cleanup' EXIT

# start_nchan: nginx with Nchan, without anything behind it: POST /pub, GET
# /lp and /sse.  Its pid in $NCHAN, which is empty and the status 1 where they
# are not installed, and its port in $NCHAN_PORT.
start_nchan()
{
	local module=/usr/lib/nginx/modules/ngx_nchan_module.so

	[ -e $module ] && PATH=$PATH:/usr/sbin command -v nginx >/dev/null ||
		return 1
	NCHAN_PORT=$(free_port)
	cat >"$TMP/nginx.conf" <<-CONF
		load_module $module;
		daemon off;
		user $(id -un);
		worker_processes 1;
		worker_rlimit_nofile 20000;
		pid $TMP/nginx.pid;
		events { worker_connections 19000; multi_accept on; }
		http {
			access_log off;
			keepalive_requests 1000000;
			send_timeout 3600s;
			client_body_temp_path $TMP/nginx-body;
			proxy_temp_path $TMP/nginx-proxy;
			fastcgi_temp_path $TMP/nginx-fastcgi;
			uwsgi_temp_path $TMP/nginx-uwsgi;
			scgi_temp_path $TMP/nginx-scgi;
			nchan_shared_memory_size 256M;
			nchan_message_buffer_length 4;
			server {
				listen 127.0.0.1:$NCHAN_PORT backlog=1024;
				location = /pub { nchan_channel_id one; nchan_publisher; }
				location = /lp { nchan_channel_id one; nchan_subscriber longpoll; }
				location = /sse { nchan_channel_id one; nchan_subscriber eventsource; }
			}
		}
	CONF
	PATH=$PATH:/usr/sbin spawn nginx nginx -c "$TMP/nginx.conf" \
		-e "$TMP/nginx-error.log"
	NCHAN=$SPAWNED
	wait_until "curl -so /dev/null http://127.0.0.1:$NCHAN_PORT/ ||
		! is_alive $NCHAN"
	is_alive "$NCHAN" || give_up 'nginx does not start'
}

# figure NAME KEY: of the output of fan, on stdin
figure()
{
	sed -n "s/^$1 .*\<$2=\([^ ]*\).*/\1/p"
}

# cursor: where the log of project main ends
cursor()
{
	get -b /api/v1/main | json d.cursor
}
