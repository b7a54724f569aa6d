#include "store_restore.h"

#include <assert.h>

#include "store.h"
#include "store_sql.h"

const struct err *
store_is_empty(struct store *s, bool *is_so)
{
	int64_t n = 0;
	const struct err *err = sql_number(s,
	    "SELECT EXISTS (SELECT 1 FROM change)"
	    " OR EXISTS (SELECT 1 FROM entity)",
	    &n);

	*is_so = n == 0;
	return err;
}

/* What is below the floor counts as trimmed (store_trim.c). */
const struct err *
store_restore(struct store *s, uint64_t epoch, uint64_t seq)
{
	const struct err *err = store_meta_put(s, "epoch", epoch);

	assert(s->is_writing);
	if (err == NULL)
		err = store_meta_put(s, "floor", seq);
	if (err == NULL)
		err = store_meta_put(s, "passed", seq);
	s->state =
	    (struct store_state){ .epoch = epoch, .head = seq, .floor = seq };
	return err;
}

/*
 * The statement is not kept: this is done once in the life of a database, and
 * preparing costs a tenth of the row.
 */
static const struct err *
insert(struct store *s, uint64_t eid, const struct store_entity *e)
{
	const struct err *err;
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(s->db,
		"INSERT INTO entity (eid, born, ver, at, chain, steps, id,"
		" body) VALUES (?1, ?2, ?2, ?3, 0, 0, ?4, ?5)"
		" ON CONFLICT (eid >> 32, id) DO NOTHING",
		-1, &stmt, NULL) != SQLITE_OK)
		return sql_error(s);
	sql_bind(stmt, 1, eid);
	sql_bind(stmt, 2, e->version);
	sql_bind(stmt, 3, (uint64_t)e->updated.ms);
	sql_bind_text(stmt, 4, e->id);
	sql_bind_span(stmt, 5, e->body);
	err = sql_finish(s, stmt);
	if (err == NULL && sqlite3_changes(s->db) == 0)
		err = err_new(ERR_CONFLICT, "%.*s is there already",
		    SPAN_ARGS(e->id));
	/* Says once more what the step has said. */
	(void)sqlite3_finalize(stmt);
	return err;
}

const struct err *
store_restore_entity(struct store *s, uint32_t cid,
    const struct store_entity *e)
{
	struct coll_row *coll;
	const struct err *err = store_coll_row(s, cid, &coll);

	assert(s->is_writing && e->body.len > 0);
	if (err == NULL && (e->version == 0 || e->version > s->state.floor))
		err = err_new(ERR_CONFLICT, "version %llu of %.*s is later",
		    (unsigned long long)e->version, SPAN_ARGS(e->id));
	if (err == NULL)
		err = insert(s, (uint64_t)cid << 32 | coll->next, e);
	if (err != NULL)
		return err;
	coll->next++;
	coll->coll.n++;
	coll->coll.bytes += e->id.len + e->body.len;
	if (e->version > coll->coll.ver)
		coll->coll.ver = e->version;
	coll->is_dirty = true;
	return NULL;
}
