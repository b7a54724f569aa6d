# shellcheck shell=bash
# watch: what the tests of the watcher alone share: its store, read with the
# sqlite3 program.  Sourced after lib.sh.

# shellcheck disable=SC2034
STATE=$TMP/state
STORE=$STATE/.tidemark/main.db
mkdir -p "$STATE"

# sql STATEMENT: rows, fields apart by |
sql()
{
	sqlite3 -readonly -cmd '.timeout 5000' "$STORE" "$1" 2>>"$TMP/sql.log"
}

# body COLLECTION ID: the document; nothing when it is not there
body()
{
	sql "SELECT e.body FROM entity e JOIN coll c ON e.eid >> 32 = c.cid
	    WHERE c.name = '$1' AND e.id = '$2' AND NOT c.is_dropped"
}

# ids COLLECTION: of what is there, in order, with spaces between
ids()
{
	sql "SELECT group_concat(id, ' ') FROM (SELECT e.id FROM entity e
	    JOIN coll c ON e.eid >> 32 = c.cid
	    WHERE c.name = '$1' AND body IS NOT NULL ORDER BY e.id)"
}

# head: the seq of the newest change
head_seq()
{
	sql 'SELECT coalesce(max(seq), 0) FROM change'
}

# ops COLLECTION ID: what happened to it: 1 created 2 put 3 patched 4 deleted
ops()
{
	sql "SELECT group_concat(ch.op, '') FROM change ch
	    JOIN entity e USING (eid) JOIN coll c ON e.eid >> 32 = c.cid
	    WHERE c.name = '$1' AND e.id = '$2'"
}

# problem COLLECTION ID: its reason; nothing when there is none
problem()
{
	sql "SELECT reason FROM problem WHERE coll = '$1' AND id = '$2'"
}

# becomes COMMAND TEXT DESCRIPTION: in time, the command prints the text
becomes()
{
	wait_until "[ \"\$($1)\" = '$2' ]" || true
	is "$(eval "$1")" "$2" "$3"
}

# becomes_like COMMAND EXTENDED_REGEX DESCRIPTION
becomes_like()
{
	local regex=$2

	: "$regex" # read by wait_until's eval
	wait_until "[[ \$($1) =~ \$regex ]]" || true
	like "$(eval "$1")" "$2" "$3"
}

# settle: a scan has come and gone since.  A file in a collection of its own
# cannot tell of others' slices, so the pulse of the bell is asked.
scanned_ms()
{
	od -An -t u8 -j 80 -N 8 "$STORE-bell" 2>/dev/null | tr -d ' '
}
settle()
{
	local n was
	for n in 1 2 3; do
		was=$(scanned_ms)
		wait_until "[ \"\$(scanned_ms)\" != '$was' ]" || return 1
	done
}
