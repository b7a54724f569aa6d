#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "api.h"
#include "buf.h"
#include "change.h"
#include "cursor.h"
#include "history.h"
#include "json.h"
#include "moment.h"
#include "params.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "store.h"
#include "store_step.h"

enum {
	HISTORY_LIMIT = 100,
	HISTORY_LIMIT_MAX = 1000,
	/* A page of long patches ends early. */
	HISTORY_BYTES_MAX = 1 << 20,
};

struct page_query {
	const struct request *request;
	struct store *store; /* in a view */
	struct store_state state;
	uint32_t limit;
	uint64_t before, after; /* seqs; what lies between is told */
};

/* --- parameters ---------------------------------------------------------------- */

/* A seq (a version), or a cursor of this log. */
static const struct err *
read_place(const struct page_query *q, const char *name, uint64_t *seq)
{
	struct cursor cursor;
	struct span text;
	const struct err *err;

	if (!request_find(q->request, name, &text))
		return NULL;
	if (cursor_seq_parse(text, seq))
		return NULL;
	err = params_cursor(q->request, name, &cursor);
	if (err != NULL)
		return err;
	*seq = cursor.seq;
	return cursor.epoch == q->state.epoch
	    ? NULL
	    : err_new(ERR_GONE, "parameter %s: the cursor is of another log",
		  name);
}

static const struct err *
read_at(struct page_query *q)
{
	struct moment moment;
	struct cursor at, oldest;
	bool is_given;
	const struct err *err =
	    params_moment(q->request, "at", &moment, &is_given);

	if (err != NULL || !is_given)
		return err;
	err = moment_find(q->store, &moment, &at, &oldest);
	if (err != NULL)
		return err_wrap(err, "parameter at");
	if (at.seq < q->before)
		q->before = at.seq + 1;
	return NULL;
}

static const struct err *
read_query(struct page_query *q)
{
	const struct err *err =
	    params_number(q->request, "limit", 1, HISTORY_LIMIT_MAX, &q->limit);

	if (err == NULL)
		err = read_place(q, "before", &q->before);
	if (err == NULL)
		err = read_place(q, "after", &q->after);
	if (err == NULL)
		err = read_at(q);
	return err;
}

/* --- the answer ---------------------------------------------------------------- */

static const char *const ops[CHANGE__MAX] = {
	[CHANGE_CREATE] = "put",
	[CHANGE_PUT] = "put",
	[CHANGE_PATCH] = "patch",
	[CHANGE_DELETE] = "delete",
};

static void
write_text(struct buf *out, const char *name, struct span text)
{
	if (text.len == 0)
		return;
	buf_printf(out, ",\"%s\":", name);
	json_quote(out, text);
}

/* How long the document became, where that is still known. */
static void
write_bytes(const struct page_query *q, const struct store_entity *entity,
    uint64_t version, struct buf *out)
{
	uint64_t bytes = entity->body.len;

	if (version == entity->version ||
	    store_kept_bytes(q->store, version, &bytes))
		buf_printf(out, ",\"bytes\":%" PRIu64, bytes);
}

static void
write_change(const struct page_query *q, const struct store_entity *entity,
    const struct change *change, struct buf *out)
{
	char at[WALLTIME_TEXT_BYTES];

	buf_printf(out,
	    "{\"seq\":%" PRIu64 ",\"at\":\"%s\",\"op\":\"%s\",\"base\":%" PRIu64
	    ",\"version\":%" PRIu64,
	    change->seq, walltime_text(change->at, at), ops[change->op],
	    change->op == CHANGE_CREATE ? 0 : change->prev, change->seq);
	write_text(out, "actor", change->actor);
	write_text(out, "mutation", change->mutation);
	if (change->op == CHANGE_PATCH) {
		buf_str(out, ",\"patch\":");
		buf_span(out, change->patch);
	} else if (change->op != CHANGE_DELETE) {
		write_bytes(q, entity, change->seq, out);
	}
	buf_byte(out, '}');
}

/* Is there a change of that seq?  Else it was trimmed. */
static const struct err *
is_there(struct store *store, uint64_t seq, bool *is_there)
{
	struct change change;
	const struct err *err = store_step(store, seq, &change);

	*is_there = err == NULL;
	return err != NULL && err->code == ERR_GONE ? NULL : err;
}

/* From the change of a seq backwards; *seq is the first one left out. */
static const struct err *
write_changes(const struct page_query *q, const struct store_entity *entity,
    uint64_t *seq, struct buf *out)
{
	struct buf hold = { 0 };
	struct change change;
	const struct err *err = NULL;
	bool is_in_log = false;

	for (uint32_t n = 0;
	     n<q->limit && * seq> q->after && out->len < HISTORY_BYTES_MAX;
	     n++) {
		err = is_there(q->store, *seq, &is_in_log);
		if (err == NULL && is_in_log)
			err = store_change_get(q->store, *seq, &change, &hold);
		if (err != NULL || !is_in_log)
			break;
		if (n > 0)
			buf_byte(out, ',');
		write_change(q, entity, &change, out);
		*seq = change.prev;
	}
	buf_fini(&hold);
	return err;
}

/* seq: of the next older change; 0 when there is none. */
static const struct err *
write_end(const struct page_query *q, uint64_t seq, struct buf *out)
{
	struct cursor before = { q->state.epoch, seq + 1 };
	char text[CURSOR_TEXT_BYTES];
	const struct err *err = NULL;
	bool is_wanted = seq > q->after, is_in_log = false;

	if (is_wanted)
		err = is_there(q->store, seq, &is_in_log);
	if (is_wanted && is_in_log)
		buf_printf(out, "],\"next\":\"%s\"", cursor_text(before, text));
	else
		buf_str(out, "],\"next\":null");
	buf_printf(out, ",\"trimmed\":%s}",
	    is_wanted && !is_in_log ? "true" : "false");
	return err;
}

static const struct err *
write_history(const struct page_query *q, const struct store_entity *entity,
    struct buf *out)
{
	uint64_t seq = 0;
	const struct err *err = NULL;

	buf_str(out, "{\"collection\":");
	json_quote(out, request_segment(q->request, 1));
	buf_str(out, ",\"id\":");
	json_quote(out, entity->id);
	buf_str(out, ",\"changes\":[");
	if (q->before > 0)
		err = history_last(q->store, entity, q->before - 1, &seq);
	if (err != NULL && err->code == ERR_GONE) {
		/* That is where the log ends. */
		seq = q->before - 1;
		err = NULL;
	}
	if (err == NULL)
		err = write_changes(q, entity, &seq, out);
	return err != NULL ? err : write_end(q, seq, out);
}

/* The last change, what has been trimmed, and which page. */
static bool
is_cached(const struct page_query *q, const struct store_entity *entity,
    struct response *response)
{
	const uint64_t page[] = { q->limit, q->before, q->after,
		q->state.floor };
	char etag[96];

	(void)snprintf(etag, sizeof(etag),
	    "W/\"%016" PRIx64 ".history.%" PRIu64 ".%08" PRIx32 "\"",
	    q->state.epoch, entity->version,
	    (uint32_t)XXH3_64bits(page, sizeof(page)));
	return api_is_cached(q->request, response, etag);
}

static const struct err *
answer(struct page_query *q, struct response *response)
{
	struct store_coll coll = { 0 };
	struct store_entity entity = { 0 };
	struct buf hold = { 0 }, body = { 0 };
	const struct err *err = store_state(q->store, &q->state);

	if (err == NULL)
		err = read_query(q);
	if (err == NULL)
		err = store_coll_ever(q->store, request_segment(q->request, 1),
		    &coll);
	if (err == NULL)
		err = store_entity_get(q->store, coll.cid,
		    request_tail(q->request, 2), &entity, &hold);
	if (err != NULL && err->code == ERR_NOT_FOUND)
		err = err_new(ERR_NOT_FOUND, "there never was such an entity");
	if (err == NULL && !is_cached(q, &entity, response)) {
		err = write_history(q, &entity, &body);
		if (err == NULL)
			response_json(response, &body);
	}
	buf_fini(&hold);
	buf_fini(&body);
	return err;
}

/*
 * GET {project}/{collection}/{id…}?history: the changes of one entity, newest
 * first, though it may be gone.
 *
 *   limit=1..1000       so many at most, 100 if absent; fewer when they are
 * long before=NEXT         those before it: the next of a page, a cursor, or a
 * seq after=CURSOR or SEQ those after it alone at=CURSOR or TIME   those up to
 * it
 *
 * {"collection","id","changes":[{"seq","at","op","base","version"[,"actor"]
 *  [,"mutation"][,"patch" | "bytes"]}],"next","trimmed"}
 *
 * trimmed: there were older ones, but the log does not reach back to them.
 *
 * Weak ETag.  400 for a malformed parameter, 404 when it never was, 410 for a
 * cursor of another log, 503 without a store.
 */
const struct err *
api_history(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct page_query q = {
		.request = api->request,
		.limit = HISTORY_LIMIT,
		.before = UINT64_MAX,
	};
	const struct err *err = project_store(api->project, &q.store);

	(void)parked; /* nobody waits here */
	if (err == NULL)
		err = store_view_begin(q.store);
	if (err != NULL)
		return err;
	err = answer(&q, response);
	store_view_end(q.store);
	return err;
}
