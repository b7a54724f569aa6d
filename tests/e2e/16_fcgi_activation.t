#!/usr/bin/env bash
# A socket that whoever starts us keeps, as systemd does (sd_listen_fds(3)).
# shellcheck disable=SC2016,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/load.sh
. tests/e2e/upgrade.sh

# hand_over SOCKETS COMMAND...: with descriptors 3 and on as Perl opens them
hand_over=(perl -e '
	use strict;
	use warnings;
	use IO::Socket::UNIX;
	use POSIX;
	my @fds = eval shift or die $@;
	POSIX::dup2(fileno($fds[$_]), 10 + $_) for 0 .. $#fds;
	POSIX::dup2(10 + $_, 3 + $_) for 0 .. $#fds;
	POSIX::close(10 + $_) for 0 .. $#fds;
	@ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} =
	    ($$, scalar @fds, join ":", map { "fcgi" } @fds);
	exec @ARGV;')

listening="IO::Socket::UNIX->new(Local => '$FCGI_SOCK', Listen => 4096)"

# socket_unit COMMAND...: keeps a socket, and starts the command when somebody
# connects, again and again.  Ends with it, at SIGTERM or when it fails.
socket_unit()
{
	spawn unit perl -e '
		use strict;
		use warnings;
		use IO::Select;
		use IO::Socket::UNIX;
		use POSIX;
		my $path = shift;
		my $socket = IO::Socket::UNIX->new(Local => $path,
		    Listen => 4096) or die "$path: $!";
		my ($pid, $is_over) = (0, 0);
		$SIG{TERM} = sub { $is_over = 1; kill TERM => $pid if $pid };
		until ($is_over) {
			IO::Select->new($socket)->can_read or next;
			$pid = fork // die "fork: $!";
			if (!$pid) {
				$SIG{TERM} = "DEFAULT";
				POSIX::dup2(fileno($socket), 4);
				POSIX::dup2(4, 3);
				POSIX::close(4);
				@ENV{qw(LISTEN_PID LISTEN_FDS)} = ($$, 1);
				exec @ARGV or die "$ARGV[0]: $!";
			}
			waitpid $pid, 0;
			exit($? >> 8 || $? & 127) if $?;
			$pid = 0;
		}' "$FCGI_SOCK" "$@"
	UNIT=$SPAWNED
	wait_until '[ -S "$FCGI_SOCK" ]'
}

# is_restarted: somebody connects, and a process that is not $OLD serves
is_restarted()
{
	local pid

	serves && pid=$(cat "$pid_file" 2>/dev/null) && [ "$pid" != "$OLD" ]
}

# restart: as "systemctl restart" does it
restart()
{
	OLD=$(cat "$pid_file")
	kill "$OLD"
	wait_until is_restarted
}

mkdir -p "$TMP/state/jobs"
put "$TMP/state/jobs/a.json" '{"n":1}'
start_watcher "$TMP/state"
wait_until '[ -s "$TMP/state/.tidemark/main.db" ]'

# --- a service that is restarted ------------------------------------------------------

for workers in 1 2; do
	name="--workers $workers:"
	: >"$TMP/unit.log"
	socket_unit "$BIN/tidemark-fcgi" "$TMP/state" --pid-file "$pid_file" \
		--workers $workers
	ok "$name not started yet" test ! -s "$TMP/unit.log"
	serves
	ok "$name who connects first starts it and is served" test $? = 0
	loads_begin serves burst waiting streaming
	good=0
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		restart && serves && good=$((good + 1))
	done
	is "$good" 10 "$name restarted 10 times"
	loads_end "$name" restart
	stop "$UNIT"
	is "$?" 0 "$name each time it ends with status 0"
	ok "$name and leaves the socket alone" test -S "$FCGI_SOCK"
	rm "$FCGI_SOCK"
done

# --- what is handed over ----------------------------------------------------------------

refused()
{
	err=$(timeout 30 "${hand_over[@]}" "$@" 2>&1 </dev/null)
	is "$?" 2 "$WHAT is an error"
	like "$err" "$WHY" '… with the reason'
	rm -f "$FCGI_SOCK"
}

WHAT='more than one socket' WHY='LISTEN_FDS: 2 sockets' \
	refused "($listening, IO::Socket::UNIX->new(Local => '$TMP/other', Listen => 1))" \
	"$BIN/tidemark-fcgi" "$TMP/state"
WHAT='a socket and --listen' WHY='--listen names another' \
	refused "($listening)" "$BIN/tidemark-fcgi" "$TMP/state" \
	--listen "unix:$TMP/third"
ok 'which is not made' test ! -e "$TMP/third"
WHAT='a connection' WHY='descriptor 3 is no listening socket' \
	refused "(IO::Socket::UNIX->socketpair(AF_UNIX, SOCK_STREAM, PF_UNSPEC))[0]" \
	"$BIN/tidemark-fcgi" "$TMP/state"
WHAT='a file' WHY='descriptor 3 is no listening socket' \
	refused 'do { open my $f, "<", "/dev/null"; $f }' \
	"$BIN/tidemark-fcgi" "$TMP/state"

start_fcgi "$TMP/state"
stop "$FCGI"
LISTEN_PID=1 LISTEN_FDS=3 start_fcgi "$TMP/state"
wait_until serves
ok 'what is for another process is not looked at' test $? = 0
stop "$FCGI"

# --- and its change of program ------------------------------------------------------------

spawn fcgi "$BIN_TEST/reap" "${hand_over[@]}" "($listening)" "$BIN/tidemark-fcgi" \
	"$TMP/state" --pid-file "$pid_file"
REAP=$SPAWNED
wait_until '[ -s "$pid_file" ] && serves'
FCGI=$(cat "$pid_file")
upgrade && serves
ok 'SIGUSR2 hands it on' test $? = 0
is "$(tr '\0' '\n' <"/proc/$FCGI/environ" | grep ^LISTEN_ | sort | tr '\n' ' ')" \
	"LISTEN_FDS=1 LISTEN_PID=$FCGI " 'to a process that is told so'
upgrade && serves
ok 'and so on' test $? = 0
over
is "$?" 0 'to a clean end'
ok 'which leaves the socket alone' test -S "$FCGI_SOCK"

done_testing
