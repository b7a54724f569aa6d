#!/usr/bin/env bash
# What a service manager is told (sd_notify(3), sd_watchdog_enabled(3)), and the
# units that it is given.
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh

PATH=$PATH:/usr/sbin
mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'

# manager SOCKET: prints each datagram; a name with @ is an abstract one
manager()
{
	spawn manager perl -e '
		use strict;
		use warnings;
		use Socket qw(AF_UNIX SOCK_DGRAM pack_sockaddr_un);
		$| = 1;
		$SIG{TERM} = sub { exit 0 };
		(my $name = shift) =~ s/^@/\0/;
		socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
		bind($s, pack_sockaddr_un($name)) or die "bind: $!";
		print "listening\n";
		print "$_\n" while defined recv($s, $_, 4096, 0);' "$1"
	wait_until 'told listening'
	export NOTIFY_SOCKET=$1
}

# told LINE [TIMES]: so often, at least
told()
{
	[ "$(grep -cx "$1" "$TMP/manager.log")" -ge "${2:-1}" ]
}

# forget: forget what was told; nobody says anything meanwhile
forget()
{
	: >"$TMP/manager.log"
}

# --- who is told nothing ----------------------------------------------------------

"$BIN/tidemark-watcher" --once --quiet "$TMP/state" 2>"$TMP/once.log"
is "$?:$(cat "$TMP/once.log")" 0: 'without a manager nobody is told'
NOTIFY_SOCKET=$TMP/nobody "$BIN/tidemark-watcher" --once --quiet "$TMP/state" \
	2>"$TMP/once.log"
is $? 0 'one that is not there is no reason to fail'
like "$(cat "$TMP/once.log")" 'NOTIFY_SOCKET.*nobody' 'but it is said'
NOTIFY_SOCKET=nonsense "$BIN/tidemark-watcher" --once --quiet "$TMP/state" \
	2>"$TMP/once.log"
like "$?:$(cat "$TMP/once.log")" '^0:.*no path of a socket' 'nor is nonsense'
NOTIFY_SOCKET=/$(printf '%0107d' 0) "$BIN/tidemark-watcher" --once --quiet \
	"$TMP/state" 2>"$TMP/once.log"
like "$?:$(cat "$TMP/once.log")" '^0:.*no path of a socket' \
	'nor a path that no socket can have'

# --- the watcher ------------------------------------------------------------------

manager "$TMP/notify"
start_watcher "$TMP/state"
wait_until 'told READY=1'
ok 'a watcher says that it is ready' test $? = 0
stop "$WATCHER"
ok 'and that it ends' told STOPPING=1
ok 'but nothing of a watchdog that nobody has' test -z \
	"$(grep WATCHDOG "$TMP/manager.log")"

export WATCHDOG_USEC=100000
WATCHDOG_PID=1 start_watcher "$TMP/state"
wait_until 'told READY=1 2'
stop "$WATCHER"
ok 'nor of one that is for another process' test -z \
	"$(grep WATCHDOG "$TMP/manager.log")"

start_watcher "$TMP/state"
wait_until 'told WATCHDOG=1 3'
ok 'where there is one it is told again and again that the watcher lives' \
	test $? = 0

# --- the server -------------------------------------------------------------------

stop "$WATCHER"
for options in '' '--workers 3'; do
	forget
	# shellcheck disable=SC2086 # two words
	start_fcgi "$TMP/state" $options
	wait_until 'told READY=1 && told WATCHDOG=1 3'
	ok "a server says that it is ready, and lives ($options)" test $? = 0
	wait_until '"$BIN_TEST/fcgi_get" "$FCGI_SOCK" /api/v1/main/jobs >/dev/null'
	is "$(grep -cx READY=1 "$TMP/manager.log")" 1 \
		'once, whatever processes it has'
	stop "$FCGI"
	is "$?:$(grep -cx STOPPING=1 "$TMP/manager.log")" 0:1 'and that it ends'
done

for pid in "${!running[@]}"; do
	stop "$pid"
done
manager "@tidemark-test-$$"
start_fcgi "$TMP/state"
wait_until 'told READY=1'
ok 'a manager may listen on an abstract socket' test $? = 0
stop "$FCGI"
unset NOTIFY_SOCKET WATCHDOG_USEC

# --- the units --------------------------------------------------------------------

# As it has been built for this test.
MAKEFLAGS='' make -s -o all install "BIN=$BIN" "PREFIX=$TMP/usr" \
	>"$TMP/install.log" 2>&1
is "$?:$(cat "$TMP/install.log")" 0: 'make install is silent'
units=$TMP/usr/lib/systemd/system
is "$(cd "$units" && echo *)" \
	'tidemark-fcgi.service tidemark-fcgi.socket tidemark-watcher.service' \
	'it brings the units'
SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$units"/* \
	>"$TMP/verify.log" 2>&1
is "$?:$(cat "$TMP/verify.log")" 0: 'systemd finds no fault with them'
systemd-analyze security --no-pager --offline=yes --threshold=10 \
	"$units"/*.service >"$TMP/security.log" 2>&1
is $? 0 'and that they are shut in, at 1.0 of 10 or better'
diag "$(grep -h Overall "$TMP/security.log")"
is "$(grep -h '@' "$units"/* | grep -v '@system-service\|@privileged')" '' \
	'no placeholder is left in them'
for unit in "$units"/*.service; do
	exe=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
	ok "${unit##*/} starts what is there" test -x "$exe"
done
systemd-sysusers --dry-run "$TMP/usr/lib/sysusers.d/tidemark.conf" \
	>"$TMP/sysusers.log" 2>&1
is $? 0 'the user is described as systemd-sysusers wants it'

done_testing
