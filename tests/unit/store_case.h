/*
 * store_case: a real database in a temporary place, and short words for it.
 */
#ifndef STORE_CASE_H
#define STORE_CASE_H

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "store.h"
#include "tmpdir.h"

static struct store *db; /* the writer of the running test */
static uint32_t cid;     /* its collection "things" */
static char db_path[4096];

/* Another path for each test; nothing is there yet. */
static inline void
case_path(void)
{
	static int n;
	char name[32];

	(void)snprintf(name, sizeof(name), "%d.db", n++);
	(void)snprintf(db_path, sizeof(db_path), "%s", tmpdir_path(name));
}

static inline void
case_reopen(uint64_t bell_seq)
{
	CHECK_OK(store_open(&db, db_path, STORE_WRITE, bell_seq));
}

static inline void
case_close(void)
{
	store_close(db);
	db = NULL;
}

static inline void
case_commit(void)
{
	CHECK_OK(store_commit(db, NULL));
}

/* A new database with an empty collection. */
static inline void
case_open(void)
{
	case_path();
	case_reopen(0);
	CHECK_OK(store_begin(db));
	CHECK_OK(store_coll_make(db, span_str("things"), true, &cid));
	case_commit();
}

/* Returns the eid; 0 with the test failed. */
static inline uint64_t
case_append(struct change change, const char *body)
{
	struct change made = { 0 };

	if (change.cid == 0)
		change.cid = cid;
	change.at.ms = change.at.ms != 0 ? change.at.ms : 1000;
	CHECK_OK(store_append(db, &change, span_str(body), &made));
	return made.eid;
}

static inline uint64_t
case_create(const char *id, const char *body)
{
	return case_append((struct change){ .op = CHANGE_CREATE,
			       .id = span_str(id) },
	    body);
}

static inline void
case_put(uint64_t eid, const char *body)
{
	(void)case_append((struct change){ .op = CHANGE_PUT, .eid = eid },
	    body);
}

static inline void
case_patch(uint64_t eid, const char *patch, const char *body)
{
	(void)case_append((struct change){ .op = CHANGE_PATCH,
			      .eid = eid,
			      .patch = span_str(patch) },
	    body);
}

static inline void
case_delete(uint64_t eid)
{
	(void)case_append((struct change){ .op = CHANGE_DELETE, .eid = eid },
	    "");
}

static inline struct store_state
case_state(struct store *s)
{
	struct store_state state = { 0 };

	CHECK_OK(store_state(s, &state));
	return state;
}

static inline struct store_coll
case_coll(struct store *s)
{
	struct store_coll coll = { 0 };

	CHECK_OK(store_coll_at(s, cid, &coll));
	return coll;
}

/* "id=body id=body " in the order of the walk. */
static inline bool
case_list(const struct store_entity *entity, void *arg)
{
	buf_printf(arg, "%.*s=%.*s ", SPAN_ARGS(entity->id),
	    SPAN_ARGS(entity->body));
	return true;
}

/* All live entities by id, as case_list writes them. */
static inline const char *
case_entities(struct store *s)
{
	static struct buf text;

	buf_clear(&text);
	CHECK_OK(store_entities_after(s, cid, span_of("", 0), 1000, case_list,
	    &text));
	return buf_cstr(&text);
}

static inline void
case_change(const char *id)
{
	CHECK_OK(store_begin(db));
	(void)case_create(id, "1");
	case_commit();
}

#endif /* STORE_CASE_H */
