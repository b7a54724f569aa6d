# shellcheck shell=bash
# past: what the tests of the past share: a store that is filled scan by scan,
# and asked through the daemon and as CGI.  Sourced after lib.sh.

API=/api/v1/main
# shellcheck disable=SC2034
STORE=$TMP/main.db

# configure COLLECTION...: each a directory below $TMP; what a test makes old
# stays
configure()
{
	local name text=

	for name; do
		mkdir -p "$TMP/$name"
		text+=",\"$name\":{\"dir\":\"$TMP/$name\"}"
	done
	put "$TMP/main.json" '{"projects":{"main":{"store":"'"$STORE"'","keep":{"days":36500},
		"collections":{'"${text#,}"'}}}}'
}

# scan: what has changed goes into the log
scan()
{
	"$BIN/tidemark-watcher" --once -c "$TMP/main.json" 2>>"$TMP/once.log"
}

# cursor: the head
cursor()
{
	get -b "$API" | json d.cursor
}

# cgi URI [NAME=value...]: head and body, by a program that starts for it
cgi()
{
	env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
		"TIDEMARK_CONFIG=$TMP/main.json" REQUEST_URI="$1" "${@:2}" \
		"$BIN/tidemark-fcgi" </dev/null | tr -d '\r'
}

# trim SEQ FILE: the log no longer reaches back beyond it.  FILE changes, so that
# the bell rings, too: what a daemon has just answered holds until it does.
trim()
{
	sqlite3 "$STORE" "BEGIN IMMEDIATE;
		DELETE FROM change WHERE seq <= $1;
		UPDATE meta SET v = $1 WHERE k = 'floor'; COMMIT"
	put "$2" '"trimmed"'
	scan
}

# problem URI: status and the first words of what was wrong
problem()
{
	get -b "$1" | json 'd.status + " " + d.detail'
}
