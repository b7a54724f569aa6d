/*
 * fuzz_sse: entities, one a line: operation, collection, id and document,
 * between tabs.  Read as the WHATWG's rules have it, by a reader of its own,
 * the stream has one event for each, of the name and with the id that was
 * meant, and its data is one JSON text: nothing breaks out of its event.
 */
#include "sse.h"

#include <assert.h>
#include <stdlib.h>

#include "filter.h"
#include "fuzz.h"
#include "json.h"

static const struct cursor cursor = { 0x9f2c61b0a4d3e871, 1017 };

/* --- a reader: WHATWG HTML section 9.2.6 ---------------------------------------- */

struct reader {
	struct span rest;
	struct buf event, data, last_id;
	bool has_data;
};

static void
reader_fini(struct reader *r)
{
	buf_fini(&r->event);
	buf_fini(&r->data);
	buf_fini(&r->last_id);
}

/* Lines end with CR LF, LF or CR.  False at the end of the stream. */
static bool
next_line(struct reader *r, struct span *line)
{
	size_t n = 0, end;

	while (n < r->rest.len && r->rest.p[n] != '\r' && r->rest.p[n] != '\n')
		n++;
	if (n == r->rest.len)
		return false;
	*line = span_of(r->rest.p, n);
	end = n + 1;
	if (r->rest.p[n] == '\r' && end < r->rest.len && r->rest.p[end] == '\n')
		end++;
	r->rest = span_of(r->rest.p + end, r->rest.len - end);
	return true;
}

static void
take_field(struct reader *r, struct span value)
{
	struct span name = span_cut(&value, ':');

	if (value.len > 0 && value.p[0] == ' ')
		value = span_of(value.p + 1, value.len - 1);
	if (span_is(name, "event")) {
		buf_clear(&r->event);
		buf_span(&r->event, value);
	} else if (span_is(name, "data")) {
		if (r->has_data)
			buf_byte(&r->data, '\n');
		buf_span(&r->data, value);
		r->has_data = true;
	} else if (span_is(name, "id")) {
		assert(memchr(value.p, '\0', value.len) == NULL);
		buf_clear(&r->last_id);
		buf_span(&r->last_id, value);
	} else {
		/* No writer of ours has others but these. */
		assert(name.len == 0 || span_is(name, "retry"));
	}
}

/* To the next event; false when there is none. */
static bool
reader_next(struct reader *r)
{
	struct span line;

	buf_clear(&r->event);
	buf_clear(&r->data);
	r->has_data = false;
	while (next_line(r, &line)) {
		if (line.len > 0)
			take_field(r, line);
		else if (r->has_data)
			return true;
		else
			buf_clear(&r->event);
	}
	assert(r->rest.len == 0);
	return false;
}

/* --- what is written --------------------------------------------------------------- */

enum { ELEMENTS_MAX = 8 };

struct elements {
	struct feed_element of[ELEMENTS_MAX];
	struct json doc[ELEMENTS_MAX];
	size_t n;
};

/* A collection's name and what is stored are known to be good. */
static void
take_element(struct elements *all, struct span line)
{
	struct feed_element *e = &all->of[all->n];
	struct filter *filter = filter_new();
	struct span op = span_cut(&line, '\t');

	*e = (struct feed_element){ .seq = 1017, .op = FEED_DELETE };
	e->collection = span_cut(&line, '\t');
	e->mutation = e->id = span_cut(&line, '\t');
	if (memchr(e->collection.p, ',', e->collection.len) == NULL &&
	    filter_add_collections(filter, e->collection) == NULL &&
	    json_scan(&all->doc[all->n], line, NULL) == NULL) {
		if (!span_is(op, "delete")) {
			e->op = FEED_PUT;
			e->base = op.len;
			e->content = buf_as_span(&all->doc[all->n].text);
		}
		all->n++;
	}
	filter_free(filter);
}

static void
elements_fini(struct elements *all)
{
	for (size_t i = 0; i < ELEMENTS_MAX; i++)
		json_fini(&all->doc[i]);
}

/* --- properties -------------------------------------------------------------------- */

/* The member of the data's object holds this canonical text. */
static void
holds(const struct json *data, const char *key, struct span want)
{
	uint32_t node = json_member(data, 0, span_str(key));

	assert(node != 0 && span_eq(json_span(data, node), want));
}

static void
is_element(const struct json *data, const struct feed_element *e)
{
	struct buf id = { 0 };

	json_quote(&id, e->id);
	holds(data, "id", buf_as_span(&id));
	assert(data->node[0].count >= 5);
	if (e->op == FEED_PUT)
		holds(data, "data", e->content);
	buf_fini(&id);
}

static void
scan_data(struct json *data, const struct reader *r)
{
	assert(json_scan(data, buf_as_span(&r->data), NULL) == NULL);
	/* It is canonical already, so it is one line. */
	assert(span_eq(buf_as_span(&data->text), buf_as_span(&r->data)));
}

static void
entities_are_read(const struct elements *all)
{
	char id[CURSOR_TEXT_BYTES];
	struct buf out = { 0 };
	struct reader r = { 0 };
	struct json data = { 0 };

	for (size_t i = 0; i < all->n; i++) {
		size_t at = out.len;

		sse_write_entity(&out, &all->of[i], "main");
		if (i + 1 == all->n)
			sse_insert_id(&out, at, cursor);
	}
	sse_bye(&out, 3000, 100, "restart");
	r.rest = buf_as_span(&out);
	for (size_t i = 0; i < all->n; i++) {
		const struct feed_element *e = &all->of[i];

		assert(reader_next(&r));
		assert(span_is(buf_as_span(&r.event),
		    e->op == FEED_DELETE ? "entity.deleted"
			: e->base == 0   ? "entity.created"
					 : "entity.updated"));
		assert((r.last_id.len > 0) == (i + 1 == all->n));
		scan_data(&data, &r);
		is_element(&data, e);
	}
	if (all->n > 0)
		assert(
		    span_is(buf_as_span(&r.last_id), cursor_text(cursor, id)));
	assert(reader_next(&r) && span_is(buf_as_span(&r.event), "bye"));
	scan_data(&data, &r);
	assert(!reader_next(&r));
	json_fini(&data);
	reader_fini(&r);
	buf_fini(&out);
}

static void
changes_are_read(const struct elements *all)
{
	struct buf out = { 0 };
	struct reader r = { 0 };
	struct json data = { 0 };

	buf_str(&out, SSE_HEARTBEAT);
	sse_begin(&out, cursor, "changes");
	feed_write_open(&out, &feed_json);
	for (size_t i = 0; i < all->n; i++)
		(void)feed_write_element(&out, &feed_json, &all->of[i], i == 0);
	feed_write_close(&out, &feed_json);
	buf_str(&out, SSE_END);
	r.rest = buf_as_span(&out);
	assert(reader_next(&r) && span_is(buf_as_span(&r.event), "changes"));
	scan_data(&data, &r);
	assert(data.node[0].count == all->n);
	assert(!reader_next(&r));
	json_fini(&data);
	reader_fini(&r);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span rest = span_of((const char *)bytes, n);
	struct elements all = { 0 };

	while (rest.len > 0 && all.n < ELEMENTS_MAX)
		take_element(&all, span_cut(&rest, '\n'));
	entities_are_read(&all);
	changes_are_read(&all);
	elements_fini(&all);
	return 0;
}
