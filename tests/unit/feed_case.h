/*
 * feed_case: a store for each test, which is written and read like a real one,
 * and short words for it.
 */
#ifndef FEED_CASE_H
#define FEED_CASE_H

#include "bell.h"
#include "check.h"
#include "feed.h"
#include "filter.h"
#include "intake.h"
#include "json.h"
#include "store.h"
#include "tmpdir.h"

static struct store *store;
static struct bell *bell;
static struct intake *intake;
static struct filter *all;

static inline void
setup(void)
{
	static int n;
	char name[16];
	const char *path;

	(void)snprintf(name, sizeof(name), "%d.db", n++);
	path = tmpdir_path(name);
	CHECK_OK(store_open(&store, path, STORE_WRITE, 0));
	CHECK_OK(bell_open(&bell, path, BELL_RING));
	intake = intake_new(store, bell);
	all = filter_new();
}

static inline void
teardown(void)
{
	filter_free(all);
	intake_free(intake);
	bell_close(bell);
	store_close(store);
}

/* body NULL: delete it. */
static inline void
set_by(const char *actor, const char *mutation, const char *coll,
    const char *id, const char *body)
{
	struct intake_entity entity = {
		.id = span_str(id),
		.actor = span_str(actor),
		.mutation = span_str(mutation),
	};
	struct json doc = { 0 };

	CHECK_OK(intake_begin(intake));
	CHECK_OK(store_coll_make(store, span_str(coll), true, &entity.cid));
	if (body == NULL) {
		CHECK_OK(intake_delete(intake, &entity, NULL));
	} else {
		CHECK_OK(json_scan(&doc, span_str(body), NULL));
		CHECK_OK(intake_put(intake, &entity, &doc, NULL, NULL));
	}
	CHECK_OK(intake_commit(intake, NULL));
	json_fini(&doc);
}

static inline void
set(const char *coll, const char *id, const char *body)
{
	set_by("", "", coll, id, body);
}

static inline struct cursor
now(void)
{
	struct store_state state;

	CHECK_OK(store_state(store, &state));
	return (struct cursor){ state.epoch, state.head };
}

/* Without the times: "seq collection/id op base content", one a line. */
static inline const char *
describe(const struct feed *feed)
{
	static const char *const names[] = { "seq", "collection", "id", "op",
		"base" };
	static struct buf lines;
	struct json doc = { 0 };
	uint32_t i = 1;

	buf_clear(&lines);
	CHECK_OK(json_scan(&doc, buf_as_span(&feed->changes), NULL));
	for (uint32_t n = 0; n < doc.node[0].count; n++) {
		uint32_t content = json_member(&doc, i, span_str("data"));

		for (size_t k = 0; k < 5; k++) {
			uint32_t at = json_member(&doc, i, span_str(names[k]));

			CHECK(at != 0);
			buf_span(&lines, json_span(&doc, at));
			buf_byte(&lines, ' ');
		}
		CHECK(span_eq(json_span(&doc,
				  json_member(&doc, i, span_str("seq"))),
		    json_span(&doc,
			json_member(&doc, i, span_str("version")))));
		if (content == 0)
			content = json_member(&doc, i, span_str("patch"));
		if (content != 0)
			buf_span(&lines, json_span(&doc, content));
		buf_byte(&lines, '\n');
		i = doc.node[i].next;
	}
	json_fini(&doc);
	return buf_cstr(&lines);
}

#endif /* FEED_CASE_H */
