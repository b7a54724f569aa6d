#include "store_coll.h"

#include <assert.h>
#include <string.h>

#include "mem.h"
#include "store_sql.h"

/* Column order: COLL in store_sql.c. */
static void
fill(sqlite3_stmt *stmt, struct coll_row *row)
{
	struct span name = sql_span(stmt, 1);

	memset(row, 0, sizeof(*row));
	row->coll.cid = (uint32_t)sql_u64(stmt, 0);
	assert(name.len <= STORE_NAME_BYTES_MAX);
	memcpy(row->coll.name, name.p, name.len);
	row->coll.is_files = sql_u64(stmt, 2) != 0;
	row->coll.n = sql_u64(stmt, 3);
	row->coll.bytes = sql_u64(stmt, 4);
	row->coll.ver = sql_u64(stmt, 5);
	row->next = sql_u64(stmt, 6);
	row->coll.log = sql_u64(stmt, 7);
}

/* The one row of a bound statement. */
static const struct err *
fetch(struct store *s, sqlite3_stmt *stmt, struct coll_row *row)
{
	static const struct err none = { ERR_NOT_FOUND, "no such collection" };
	const struct err *err = NULL;

	if (sql_next(s, stmt, &err))
		fill(stmt, row);
	else if (err == NULL)
		err = &none;
	sql_done(stmt);
	return err;
}

static const struct err *
fetch_by_cid(struct store *s, uint32_t cid, struct coll_row *row)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_COLL_BY_CID, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	return fetch(s, stmt, row);
}

/* --- counters ------------------------------------------------------------- */

const struct err *
store_coll_row(struct store *s, uint32_t cid, struct coll_row **row)
{
	const struct err *err;

	for (size_t i = s->n_colls; i-- > 0;)
		if (s->colls[i].coll.cid == cid) {
			*row = &s->colls[i];
			return NULL;
		}
	s->colls =
	    mem_grow(s->colls, s->n_colls, &s->cap_colls, sizeof(s->colls[0]));
	*row = &s->colls[s->n_colls];
	err = fetch_by_cid(s, cid, *row);
	if (err == NULL)
		s->n_colls++;
	return err;
}

static const struct err *
write_counters(struct store *s, const struct coll_row *row)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_COLL_COUNT, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, row->coll.cid);
	sql_bind(stmt, 2, row->coll.n);
	sql_bind(stmt, 3, row->coll.bytes);
	sql_bind(stmt, 4, row->coll.ver);
	sql_bind(stmt, 5, row->next);
	sql_bind(stmt, 6, row->coll.log);
	return sql_finish(s, stmt);
}

const struct err *
store_coll_flush(struct store *s)
{
	const struct err *err = NULL;

	for (size_t i = 0; i < s->n_colls && err == NULL; i++) {
		if (!s->colls[i].is_dirty)
			continue;
		err = write_counters(s, &s->colls[i]);
		s->colls[i].is_dirty = err != NULL;
	}
	return err;
}

/* --- reading -------------------------------------------------------------- */

const struct err *
store_colls(struct store *s, store_coll_fn *fn, void *arg)
{
	const struct err *err = store_coll_flush(s);
	struct coll_row row;
	sqlite3_stmt *stmt;

	if (err == NULL)
		err = sql_take(s, SQL_COLLS, &stmt);
	if (err != NULL)
		return err;
	while (sql_next(s, stmt, &err)) {
		fill(stmt, &row);
		fn(&row.coll, arg);
	}
	sql_done(stmt);
	return err;
}

static const struct err *
find_by_name(struct store *s, enum sql which, struct span name,
    struct store_coll *coll)
{
	const struct err *err = store_coll_flush(s);
	struct coll_row row;
	sqlite3_stmt *stmt;

	if (err == NULL)
		err = sql_take(s, which, &stmt);
	if (err != NULL)
		return err;
	sql_bind_text(stmt, 1, name);
	err = fetch(s, stmt, &row);
	if (err == NULL)
		*coll = row.coll;
	return err;
}

const struct err *
store_coll_find(struct store *s, struct span name, struct store_coll *coll)
{
	return find_by_name(s, SQL_COLL_BY_NAME, name, coll);
}

const struct err *
store_coll_ever(struct store *s, struct span name, struct store_coll *coll)
{
	return find_by_name(s, SQL_COLL_EVER, name, coll);
}

const struct err *
store_coll_at(struct store *s, uint32_t cid, struct store_coll *coll)
{
	const struct err *err = store_coll_flush(s);
	struct coll_row row;

	if (err == NULL)
		err = fetch_by_cid(s, cid, &row);
	if (err == NULL)
		*coll = row.coll;
	return err;
}

/* --- making and dropping -------------------------------------------------- */

static const struct err *
make(struct store *s, struct span name, bool is_files, uint32_t *cid)
{
	const struct err *err;
	sqlite3_stmt *stmt;

	err = sql_take(s, SQL_COLL_ADD, &stmt);
	if (err != NULL)
		return err;
	sql_bind_text(stmt, 1, name);
	sql_bind(stmt, 2, is_files);
	if (sql_next(s, stmt, &err))
		*cid = (uint32_t)sql_u64(stmt, 0);
	sql_done(stmt);
	/* What is remembered of it may be of another kind now. */
	s->n_colls = 0;
	return err;
}

const struct err *
store_coll_make(struct store *s, struct span name, bool is_files, uint32_t *cid)
{
	const struct err *err;
	struct store_coll coll;

	assert(s->is_writing);
	if (name.len == 0 || name.len > STORE_NAME_BYTES_MAX)
		return err_new(ERR_BAD_REQUEST,
		    "a collection's name has 1 to %d bytes",
		    STORE_NAME_BYTES_MAX);
	err = store_coll_find(s, name, &coll);
	if (err == NULL && coll.is_files == is_files) {
		*cid = coll.cid;
		return NULL;
	}
	if (err != NULL && err->code != ERR_NOT_FOUND)
		return err;
	return make(s, name, is_files, cid);
}

static const struct err *
run_for(struct store *s, enum sql which, uint32_t cid)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, which, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	return sql_finish(s, stmt);
}

const struct err *
store_coll_drop(struct store *s, uint32_t cid)
{
	const struct err *err;
	struct coll_row *row;

	assert(s->is_writing);
	err = store_coll_row(s, cid, &row);
	if (err != NULL)
		return err;
	if (row->coll.n > 0)
		return err_new(ERR_CONFLICT, "%s is not empty", row->coll.name);
	err = run_for(s, SQL_SRC_DROP_ALL, cid);
	return err != NULL ? err : run_for(s, SQL_COLL_DROP, cid);
}
