# shellcheck shell=bash disable=SC2016,SC2034
# upgrade: tidemark-fcgi under a name where its file can be changed.  Sourced
# after load.sh.

program=$TMP/tidemark-fcgi
pid_file=$TMP/fcgi.pid

# install [FILE]: another file under the name of the program
install()
{
	cp "${1:-$BIN/tidemark-fcgi}" "$program.new" && mv "$program.new" "$program"
}

# install_script LINE...: the same, of /bin/sh
install_script()
{
	printf '%s\n' '#!/bin/sh' "$@" >"$TMP/script"
	chmod +x "$TMP/script"
	install "$TMP/script"
}

# start ARGUMENTS...: the process that takes the signals is in $FCGI; who sees
# all of them to their end, in $REAP
start()
{
	: >"$TMP/fcgi.log"
	rm -f "$pid_file"
	install
	spawn fcgi "$BIN_TEST/reap" "$program" --pid-file "$pid_file" "$@"
	REAP=$SPAWNED
	wait_until '[ -s "$pid_file" ] || ! is_alive $REAP'
	is_alive "$REAP" || bail_out "tidemark-fcgi: $(cat "$TMP/fcgi.log")"
	FCGI=$(cat "$pid_file")
}

# upgrade: to a new file; the process before is in $OLD
upgrade()
{
	OLD=$FCGI
	install
	kill -USR2 "$OLD"
	wait_until '[ "$(cat "$pid_file")" != "$OLD" ]' || return 1
	FCGI=$(cat "$pid_file")
}

# over: the end of the last one; returns 0 when all of them ended well
over()
{
	kill "$FCGI"
	stop "$REAP" CONT # it ends with the last of them
}

says()
{
	grep -qE -- "$1" "$TMP/fcgi.log"
}
