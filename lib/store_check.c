/*
 * Each check is a statement that finds what cannot be: where, and what is
 * wrong.  All hold for a log that was trimmed, too (store_trim.c): what is
 * below the floor may be gone.
 *
 * To add a check: a row in checks[].
 */
#include "store_check.h"

#include "store.h"
#include "store_sql.h"

#define FLOOR "(SELECT v FROM meta WHERE k = 'floor')"
#define NAME "coalesce(c.name, '?') || '/' || e.id"
#define BYTES(x) "coalesce(length(CAST(" x " AS BLOB)), 0)"
#define LIVE_OF_C                                                              \
	" FROM entity e WHERE e.eid >= c.cid << 32"                            \
	" AND e.eid < (c.cid + 1) << 32 AND e.body IS NOT NULL"
#define ENTITY_C " FROM entity e LEFT JOIN coll c ON c.cid = e.eid >> 32 "

static const struct {
	const char *name;
	const char *sql;
} checks[] = {
	{ "meta",
	    "SELECT k, 'is ' || coalesce(m.v, 'missing')"
	    " FROM (SELECT 'epoch' AS k UNION SELECT 'floor') "
	    " LEFT JOIN meta m USING (k)"
	    " WHERE m.v IS NULL OR typeof(m.v) <> 'integer'"
	    " OR (k = 'epoch' AND m.v = 0) OR (k = 'floor' AND m.v < 0)" },
	{ "counters",
	    "SELECT c.name, 'n is ' || c.n || ', its entities are '"
	    " || (SELECT count(*)" LIVE_OF_C ")"
	    " FROM coll c WHERE c.n <> (SELECT count(*)" LIVE_OF_C ")" },
	{ "counters",
	    "SELECT c.name, 'bytes is ' || c.bytes || ', its entities have '"
	    " || (SELECT coalesce(sum(" BYTES("id") " + " BYTES(
		"body") "), 0)" LIVE_OF_C ")"
			" FROM coll c WHERE c.bytes <>"
			" (SELECT coalesce(sum(" BYTES("id") " + " BYTES(
			    "body") "), 0)" LIVE_OF_C ")" },
	{ "counters",
	    "SELECT c.name, 'ver is ' || c.ver || ', its last change is '"
	    " || coalesce(m.seq, 0) FROM coll c LEFT JOIN (SELECT eid >> 32"
	    " AS cid, max(seq) AS seq FROM change GROUP BY 1) m USING (cid)"
	    " WHERE c.ver < m.seq"
	    " OR (c.ver > " FLOOR " AND c.ver <> coalesce(m.seq, 0))" },
	{ "counters",
	    "SELECT c.name, 'next is ' || c.next || ', which is taken'"
	    " FROM coll c WHERE EXISTS (SELECT 1 FROM entity e"
	    " WHERE e.eid >= (c.cid << 32) + c.next"
	    " AND e.eid < (c.cid + 1) << 32)" },
	{ "entities",
	    "SELECT " NAME ", 'it is of no collection'" ENTITY_C
	    "WHERE c.cid IS NULL" },
	{ "entities",
	    "SELECT " NAME ", 'its version ' || e.ver || ' is '"
	    " || CASE WHEN h.seq IS NULL THEN 'not in the log'"
	    " WHEN h.eid <> e.eid THEN 'a change of another one'"
	    " WHEN h.at <> e.at THEN 'of another time'"
	    " WHEN h.op = 4 THEN 'its deletion, but it is there'"
	    " ELSE 'no deletion, but it is gone' END" ENTITY_C
	    "LEFT JOIN change h ON h.seq = e.ver"
	    " WHERE (h.seq IS NULL AND e.ver > " FLOOR ")"
	    " OR h.eid <> e.eid OR h.at <> e.at"
	    " OR (h.op = 4) <> (e.body IS NULL)" },
	{ "entities",
	    "SELECT " NAME ", 'it was born (' || e.born"
	    " || ') after its last change (' || e.ver || ')'" ENTITY_C
	    "WHERE e.born > e.ver" },
	{ "log",
	    "SELECT 'change ' || seq, 'those from ' || (before + 1) || ' to '"
	    " || (seq - 1) || ' are missing before it' FROM (SELECT seq,"
	    " lag(seq, 1, " FLOOR ") OVER (ORDER BY seq) AS before"
	    " FROM change WHERE seq > " FLOOR ") WHERE seq > before + 1" },
	{ "log",
	    "SELECT 'change ' || h.seq, 'it is of no entity' FROM change h"
	    " WHERE NOT EXISTS (SELECT 1 FROM entity e WHERE e.eid = h.eid)" },
	{ "log",
	    "SELECT 'change ' || seq, 'its op is ' || op || ', '"
	    " || CASE WHEN patch IS NULL THEN 'without' ELSE 'with' END"
	    " || ' a patch' FROM change"
	    " WHERE op NOT BETWEEN 1 AND 4 OR (op = 3) <> (patch NOT NULL)" },
	{ "links",
	    "SELECT 'change ' || seq, 'it follows ' || prev || ', but the'"
	    " || ' change before it is ' || coalesce(before, 'gone')"
	    " FROM (SELECT seq, prev, lag(seq) OVER w AS before FROM change"
	    " WINDOW w AS (PARTITION BY eid ORDER BY seq))"
	    " WHERE prev >= seq OR prev <> before"
	    " OR (before IS NULL AND prev > " FLOOR ")" },
	{ "links",
	    "SELECT 'change ' || seq, CASE WHEN op = 1"
	    " THEN 'it creates what is there' ELSE 'it changes what is gone'"
	    " END FROM (SELECT seq, prev, op, lag(op) OVER w AS before"
	    " FROM change WINDOW w AS (PARTITION BY eid ORDER BY seq))"
	    " WHERE (op = 1) <> (before = 4) OR (prev = 0 AND op <> 1)" },
	{ "keyframes",
	    "SELECT 'change ' || h.seq, 'the document that it set is missing'"
	    " FROM change h JOIN entity e USING (eid) LEFT JOIN keyframe k"
	    " USING (seq) WHERE h.op IN (1, 2) AND h.seq > " FLOOR
	    " AND k.seq IS NULL AND e.ver <> h.seq" },
	{ "keyframes",
	    "SELECT 'keyframe ' || k.seq, CASE WHEN h.op = 4"
	    " THEN 'it is of a deletion' WHEN h.op IS NULL"
	    " THEN 'its change is missing' ELSE 'it is of another time' END"
	    " FROM keyframe k LEFT JOIN change h USING (seq)"
	    " WHERE h.op = 4 OR h.at <> k.at"
	    " OR (h.op IS NULL AND k.seq > " FLOOR ")" },
	{ "keyframes",
	    "WITH k AS (SELECT h.eid, max(k.seq) AS seq FROM keyframe k"
	    " JOIN change h USING (seq) GROUP BY h.eid),"
	    " p AS (SELECT h.eid, count(*) AS steps, sum(" BYTES(
		"h.patch") ") AS chain, min(h.op) AS least, max(h.op) AS most"
			   " FROM change h LEFT JOIN k USING (eid)"
			   " WHERE h.seq > coalesce(k.seq, -1) GROUP BY h.eid)"
			   " SELECT " NAME ", 'its ' || e.steps || ' steps of '"
			   " || e.chain || ' bytes do not lead back to a kept'"
			   " || ' document'" ENTITY_C "LEFT JOIN p USING (eid)"
			   " WHERE (e.steps = 0 AND e.chain <> 0)"
			   " OR e.steps < 0 OR (e.steps > 0 AND e.ver > " FLOOR
			   " AND (p.eid IS NULL"
			   " OR e.steps <> p.steps OR e.chain <> p.chain"
			   " OR p.least <> 3 OR p.most <> 3))" },
	{ "sources",
	    "SELECT coalesce(c.name, '?') || ': ' || s.path,"
	    " 'it feeds an entity that is not there' FROM src s"
	    " LEFT JOIN coll c USING (cid) LEFT JOIN entity e USING (eid)"
	    " WHERE c.cid IS NULL OR (s.eid <> 0 AND"
	    " (e.body IS NULL OR e.eid >> 32 <> s.cid))" },
};

/* The rows of a statement, or the first of them. */
static const struct err *
run(struct store *s, const char *check, const char *sql,
    struct store_fault *fault, store_fault_fn *fn, void *arg)
{
	const struct err *err = NULL;
	sqlite3_stmt *stmt;
	int n = 0;

	if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return sql_error(s);
	fault->check = check;
	while (n++ < STORE_FAULTS_MAX && sql_next(s, stmt, &err)) {
		int columns = sqlite3_column_count(stmt);

		fault->where = columns > 1 ? sql_span(stmt, 0) : span_of("", 0);
		fault->what = sql_span(stmt, columns - 1);
		if (columns > 1 || !span_is(fault->what, "ok"))
			fn(fault, arg);
	}
	/* Says once more what the step has said. */
	(void)sqlite3_finalize(stmt);
	return err;
}

const struct err *
store_check_pages(struct store *s, store_fault_fn *fn, void *arg)
{
	struct store_fault fault;

	return run(s, "pages", "PRAGMA integrity_check", &fault, fn, arg);
}

const struct err *
store_check_tables(struct store *s, store_fault_fn *fn, void *arg)
{
	struct store_fault fault;
	const struct err *err = NULL;

	for (size_t i = 0;
	     i < sizeof(checks) / sizeof(checks[0]) && err == NULL; i++)
		err = run(s, checks[i].name, checks[i].sql, &fault, fn, arg);
	return err;
}
