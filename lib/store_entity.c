#include "store_entity.h"

#include <string.h>

#include "store_sql.h"

static const struct err none = { ERR_NOT_FOUND, "no such entity" };

/* Column order: ENTITY in store_sql.c; a walk has the body behind ID. */
enum { EID, BORN, VER, AT, ID, CHAIN, STEPS, BODY, WALKED_BODY = CHAIN };

static void
fill(sqlite3_stmt *stmt, struct store_entity *entity)
{
	entity->eid = sql_u64(stmt, EID);
	entity->born = sql_u64(stmt, BORN);
	entity->version = sql_u64(stmt, VER);
	entity->updated.ms = (int64_t)sql_u64(stmt, AT);
	entity->id = sql_span(stmt, ID);
	entity->body = span_of("", 0);
}

static void
fill_row(sqlite3_stmt *stmt, struct entity_row *row)
{
	row->eid = sql_u64(stmt, EID);
	row->ver = sql_u64(stmt, VER);
	row->chain = sql_u64(stmt, CHAIN);
	row->steps = sql_u64(stmt, STEPS);
	row->id_len = sql_span(stmt, ID).len;
	row->body_len = sql_span(stmt, BODY).len;
	row->is_live = row->body_len > 0;
}

/* The spans of an entity move into hold. */
static void
keep(struct store_entity *entity, struct buf *hold)
{
	buf_clear(hold);
	buf_span(hold, entity->id);
	buf_span(hold, entity->body);
	entity->id = span_of(hold->data, entity->id.len);
	entity->body = span_of(hold->data + entity->id.len, entity->body.len);
}

/*
 * The one row of a bound statement.  A writer is likely to change next what it
 * has just read, so what an append has to know is remembered.
 */
static const struct err *
fetch(struct store *s, sqlite3_stmt *stmt, struct store_entity *entity,
    struct buf *hold)
{
	const struct err *err = NULL;

	if (sql_next(s, stmt, &err)) {
		fill(stmt, entity);
		entity->body = sql_span(stmt, BODY);
		keep(entity, hold);
		if (s->is_writing)
			fill_row(stmt, &s->last);
	} else if (err == NULL) {
		err = &none;
	}
	sql_done(stmt);
	return err;
}

const struct err *
store_entity_get(struct store *s, uint32_t cid, struct span id,
    struct store_entity *entity, struct buf *hold)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_ENTITY_BY_ID, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	sql_bind_text(stmt, 2, id);
	return fetch(s, stmt, entity, hold);
}

const struct err *
store_entity_version(struct store *s, uint32_t cid, struct span id,
    uint64_t *version)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_ENTITY_VERSION, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	sql_bind_text(stmt, 2, id);
	if (sql_next(s, stmt, &err))
		*version = sql_u64(stmt, 0);
	else if (err == NULL)
		err = &none;
	sql_done(stmt);
	return err;
}

const struct err *
store_entity_at(struct store *s, uint64_t eid, struct store_entity *entity,
    struct buf *hold)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_ENTITY_BY_EID, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, eid);
	return fetch(s, stmt, entity, hold);
}

const struct err *
store_entity_row(struct store *s, uint64_t eid, struct entity_row *row)
{
	const struct err *err = NULL;
	sqlite3_stmt *stmt;

	if (s->last.eid == eid) {
		*row = s->last;
		return NULL;
	}
	err = sql_take(s, SQL_ENTITY_BY_EID, &stmt);
	if (err != NULL)
		return err;
	sql_bind(stmt, 1, eid);
	if (sql_next(s, stmt, &err))
		fill_row(stmt, row);
	else if (err == NULL)
		err = &none;
	sql_done(stmt);
	return err;
}

/* All rows of a bound statement. */
static const struct err *
walk(struct store *s, sqlite3_stmt *stmt, store_entity_fn *fn, void *arg)
{
	bool has_body = sqlite3_column_count(stmt) > WALKED_BODY;
	const struct err *err = NULL;
	struct store_entity entity;

	while (sql_next(s, stmt, &err)) {
		fill(stmt, &entity);
		if (has_body)
			entity.body = sql_span(stmt, WALKED_BODY);
		if (!fn(&entity, arg))
			break;
	}
	sql_done(stmt);
	return err;
}

static const struct err *
walk_coll(struct store *s, enum sql which, uint32_t cid, store_entity_fn *fn,
    void *arg)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, which, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	return walk(s, stmt, fn, arg);
}

const struct err *
store_entities(struct store *s, uint32_t cid, store_entity_fn *fn, void *arg)
{
	return walk_coll(s, SQL_ENTITIES, cid, fn, arg);
}

const struct err *
store_ids(struct store *s, uint32_t cid, store_entity_fn *fn, void *arg)
{
	return walk_coll(s, SQL_IDS, cid, fn, arg);
}

const struct err *
store_entities_after(struct store *s, uint32_t cid, struct span after,
    uint32_t limit, store_entity_fn *fn, void *arg)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_ENTITIES_AFTER, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	sql_bind_text(stmt, 2, after);
	sql_bind(stmt, 3, limit);
	return walk(s, stmt, fn, arg);
}

const struct err *
store_entities_past(struct store *s, uint32_t cid, struct span after,
    uint64_t seq, store_entity_fn *fn, void *arg)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_ENTITIES_PAST, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	sql_bind_text(stmt, 2, after);
	sql_bind(stmt, 3, seq);
	return walk(s, stmt, fn, arg);
}
