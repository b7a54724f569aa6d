/*
 * The changes of a log, counted.  The log is read once from its end to its
 * head, by numbers alone unless ids are asked for, in slices; what comes of it
 * is kept until there is another change.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "api.h"
#include "app.h"
#include "buf.h"
#include "cache.h"
#include "change.h"
#include "cursor.h"
#include "filter.h"
#include "later.h"
#include "mem.h"
#include "page.h"
#include "params.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "store.h"
#include "store_step.h"
#include "walltime.h"

enum {
	TIMELINE_BUCKETS = 60,
	TIMELINE_BUCKETS_MAX = 1000,
	TIMELINE_LOOK = 256, /* changes between two looks at the clock */
};

struct row {
	struct store_coll coll;
	bool is_wanted;
	uint64_t total;
	uint32_t *count; /* of each bucket */
};

struct timeline {
	const struct request *request;
	struct project *project;
	struct cache *cache;
	struct filter *filter;
	uint32_t buckets;
	struct walltime from, to;
	bool has_from, has_to;
	struct store_state state;
	struct buf key, tag;
	char etag[64];
	bool is_later; /* the slices own all this */
	/* While they are made: */
	int64_t bucket_ms;
	uint64_t seq; /* counted up to here */
	struct row *row;
	size_t n_rows, cap_rows, last;
	struct store *store;
	struct monotime until;
	const struct err *err;
};

static void
timeline_free(void *arg)
{
	struct timeline *t = arg;

	for (size_t i = 0; i < t->n_rows; i++)
		free(t->row[i].count);
	free(t->row);
	filter_free(t->filter);
	buf_fini(&t->key);
	buf_fini(&t->tag);
	free(t);
}

/* --- parameters ---------------------------------------------------------------- */

static const struct err *
read_time(const struct timeline *t, const char *name, struct walltime *time,
    bool *is_given)
{
	struct span text;

	*is_given = request_find(t->request, name, &text);
	if (!*is_given || walltime_parse(text, time))
		return NULL;
	return err_new(ERR_BAD_REQUEST,
	    "parameter %s: not a time like 2026-01-02T03:04:05Z", name);
}

static const struct err *
read_query(struct timeline *t)
{
	static const char *const refused[] = { "at", "where" };
	const struct err *err = params_refuse(t->request, refused,
	    sizeof(refused) / sizeof(refused[0]));

	t->buckets = TIMELINE_BUCKETS;
	if (err == NULL)
		err = params_number(t->request, "buckets", 1,
		    TIMELINE_BUCKETS_MAX, &t->buckets);
	if (err == NULL)
		err = read_time(t, "from", &t->from, &t->has_from);
	if (err == NULL)
		err = read_time(t, "to", &t->to, &t->has_to);
	if (err == NULL && t->has_from && t->has_to && t->to.ms < t->from.ms)
		err = err_new(ERR_BAD_REQUEST, "parameter to: is before from");
	if (err == NULL)
		err = params_filter(t->request, false, &t->filter);
	return err;
}

/* --- counting ------------------------------------------------------------------- */

/* The row of a collection; NULL with t->err. */
static struct row *
row_of(struct timeline *t, uint32_t cid)
{
	struct row *row;

	if (t->last < t->n_rows && t->row[t->last].coll.cid == cid)
		return &t->row[t->last];
	for (t->last = 0; t->last < t->n_rows; t->last++)
		if (t->row[t->last].coll.cid == cid)
			return &t->row[t->last];
	t->row = mem_grow(t->row, t->n_rows, &t->cap_rows, sizeof(*t->row));
	row = &t->row[t->n_rows];
	*row = (struct row){ 0 };
	t->err = store_coll_at(t->store, cid, &row->coll);
	if (t->err != NULL)
		return NULL;
	row->is_wanted =
	    filter_wants_collection(t->filter, span_str(row->coll.name));
	row->count = mem_new(t->buckets, sizeof(*row->count));
	t->n_rows++;
	return row;
}

static bool
count(const struct change *change, void *arg)
{
	struct timeline *t = arg;
	struct row *row = row_of(t, change->cid);

	if (row == NULL)
		return false;
	t->seq = change->seq;
	if (row->is_wanted && change->at.ms >= t->from.ms &&
	    change->at.ms <= t->to.ms &&
	    (change->id.len == 0 ||
		filter_wants_id(t->filter, span_str(row->coll.name),
		    change->id))) {
		row->count[(change->at.ms - t->from.ms) / t->bucket_ms]++;
		row->total++;
	}
	return change->seq % TIMELINE_LOOK != 0 ||
	    !monotime_reached(t->until, monotime_now());
}

/* Ids are read only where they matter. */
static const struct err *
count_some(struct timeline *t)
{
	struct store_range range = { .after = t->seq, .until = t->state.head };
	const struct err *err;

	if (range.after >= range.until)
		return NULL;
	err = filter_is_all(t->filter) || filter_is_by_collection(t->filter)
	    ? store_steps(t->store, range, count, t)
	    : store_changes(t->store, range, count, t);
	return err != NULL ? err : t->err;
}

/* What was not given: from the first change in the log, to the last. */
static const struct err *
find_range(struct timeline *t)
{
	struct change first = { .at = walltime_now() };
	struct walltime last = first.at;
	bool is_known;
	const struct err *err = NULL;

	if (t->state.head > t->state.floor) {
		err = store_step(t->store, t->state.floor + 1, &first);
		if (err == NULL)
			err = store_step_time(t->store, t->state.head, &last,
			    &is_known);
	}
	if (!t->has_from)
		t->from = first.at;
	if (!t->has_to)
		t->to = last;
	if (t->to.ms < t->from.ms && t->has_to)
		t->from = t->to;
	else if (t->to.ms < t->from.ms)
		t->to = t->from;
	t->bucket_ms = (t->to.ms - t->from.ms) / t->buckets + 1;
	t->seq = t->state.floor;
	return err;
}

/* --- the answer ----------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(x->coll.name, y->coll.name);
}

static void
write_row(const struct timeline *t, const struct row *row, struct buf *body)
{
	buf_printf(body, "{\"name\":\"%s\",\"total\":%" PRIu64 ",\"counts\":[",
	    row->coll.name, row->total);
	for (uint32_t i = 0; i < t->buckets; i++) {
		if (i > 0)
			buf_byte(body, ',');
		buf_u64(body, row->count[i]);
	}
	buf_str(body, "]}");
}

static void
write_body(struct timeline *t, struct buf *body)
{
	const struct cursor head = { t->state.epoch, t->state.head };
	char cursor[CURSOR_TEXT_BYTES], from[WALLTIME_TEXT_BYTES],
	    to[WALLTIME_TEXT_BYTES];
	const char *before = "";

	qsort(t->row, t->n_rows, sizeof(*t->row), by_name);
	buf_printf(body,
	    "{\"cursor\":\"%s\",\"from\":\"%s\",\"to\":\"%s\","
	    "\"bucket_ms\":%lld,\"buckets\":%u,\"trimmed\":%s,"
	    "\"collections\":[",
	    cursor_text(head, cursor), walltime_text(t->from, from),
	    walltime_text(t->to, to), (long long)t->bucket_ms, t->buckets,
	    t->state.floor > 0 ? "true" : "false");
	for (size_t i = 0; i < t->n_rows; i++) {
		if (t->row[i].total == 0)
			continue;
		buf_str(body, before);
		write_row(t, &t->row[i], body);
		before = ",";
	}
	buf_str(body, "]}");
}

static void
answer_body(struct timeline *t, struct response *response)
{
	struct buf body = { 0 };
	struct page *page;

	write_body(t, &body);
	page = page_new(&body);
	(void)api_is_cached(t->request, response, t->etag);
	response_page(response, page);
	cache_add(t->cache, buf_as_span(&t->key), buf_as_span(&t->tag), page);
	page_unref(page);
}

static bool
answer_kept(struct timeline *t, struct response *response)
{
	struct page *page =
	    cache_find(t->cache, buf_as_span(&t->key), buf_as_span(&t->tag));

	if (page != NULL)
		response_page(response, page);
	return page != NULL;
}

static const struct err *
go_on_within(struct timeline *t)
{
	struct store_state state;
	const struct err *err = store_state(t->store, &state);

	if (err == NULL && state.epoch != t->state.epoch)
		err = err_new(ERR_GONE, "the log has begun anew meanwhile");
	/* What was trimmed meanwhile is not counted. */
	if (err == NULL && t->seq < state.floor)
		t->seq = state.floor;
	return err != NULL ? err : count_some(t);
}

static bool
go_on(void *arg, struct monotime until, struct response *response)
{
	struct timeline *t = arg;
	const struct err *err = project_store(t->project, &t->store);

	t->until = until;
	if (err == NULL)
		err = store_view_begin(t->store);
	if (err == NULL) {
		err = go_on_within(t);
		store_view_end(t->store);
	}
	if (err != NULL)
		api_error(t->project, response, err);
	else if (t->seq < t->state.head)
		return false;
	else
		answer_body(t, response);
	return true;
}

static const struct later_work slices = { go_on, timeline_free };

static void
write_key(struct timeline *t)
{
	buf_printf(&t->key, "timeline %s %u %d %lld %d %lld ",
	    project_name(t->project), t->buckets, (int)t->has_from,
	    (long long)t->from.ms, (int)t->has_to, (long long)t->to.ms);
	filter_key(t->filter, &t->key);
	buf_printf(&t->tag, "%" PRIx64 ".%" PRIu64 ".%" PRIu64, t->state.epoch,
	    t->state.head, t->state.floor);
	(void)snprintf(t->etag, sizeof(t->etag), "W/\"%.*s.%08" PRIx32 "\"",
	    SPAN_ARGS(buf_as_span(&t->tag)),
	    (uint32_t)XXH3_64bits(t->key.data, t->key.len));
}

static const struct err *
answer(struct timeline *t, struct response *response)
{
	const struct err *err = store_state(t->store, &t->state);

	if (err != NULL)
		return err;
	write_key(t);
	if (api_is_cached(t->request, response, t->etag) ||
	    answer_kept(t, response))
		return NULL;
	err = find_range(t);
	if (err != NULL)
		return err;
	later_do(response, &slices, t);
	t->is_later = true;
	return NULL;
}

/*
 * GET {project}/timeline: how many changes there were, by time and collection.
 *
 *   from=TIME to=TIME   absent: of the first and the last change in the log;
 *                       both count
 *   buckets=1..1000     60 if absent
 *   collections=a,b     match=collection:glob
 *
 * {"cursor","from","to","bucket_ms","buckets","trimmed",
 *  "collections":[{"name","total","counts":[…]}]}
 *
 * Bucket i begins at from + i * bucket_ms.  Collections by name, those with
 * changes alone.  trimmed: the log does not reach back to its beginning.
 *
 * Weak ETag.  400 for a malformed parameter; 503 without a store.
 */
const struct err *
api_timeline(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct timeline *t = mem_new(1, sizeof(*t));
	const struct err *err;

	(void)parked; /* nobody waits here */
	t->request = api->request;
	t->project = api->project;
	t->cache = app_cache(api->app);
	err = read_query(t);
	if (err == NULL)
		err = project_store(api->project, &t->store);
	if (err == NULL)
		err = store_view_begin(t->store);
	if (err == NULL) {
		err = answer(t, response);
		store_view_end(t->store);
	}
	if (!t->is_later)
		timeline_free(t);
	return err;
}
