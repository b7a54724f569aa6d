#include "feed_write.h"

#include <stdlib.h>

#include "filter.h"
#include "json.h"
#include "mem.h"
#include "store.h"

static const char *const op_names[FEED_OP__MAX] = {
	[FEED_PUT] = "put",
	[FEED_PATCH] = "patch",
	[FEED_DELETE] = "delete",
};

/* A comma among others, a seq and a base of one digit. */
const size_t feed_write_put_bytes =
    sizeof(",{\"seq\":1,\"at\":\"2026-01-02T03:04:05.678Z\",\"collection\":"
	   "\"\",\"id\":\"\",\"op\":\"put\",\"base\":0,\"version\":1,"
	   "\"data\":}") -
    1;

void
feed_write(struct buf *out, const struct feed_element *e)
{
	char at[WALLTIME_TEXT_BYTES];

	if (out->data[out->len - 1] != '[')
		buf_byte(out, ',');
	buf_str(out, "{\"seq\":");
	buf_u64(out, e->seq);
	buf_str(out, ",\"at\":\"");
	buf_str(out, walltime_text(e->at, at));
	buf_str(out, "\",\"collection\":\"");
	buf_span(out, e->collection);
	buf_str(out, "\",\"id\":");
	json_quote(out, e->id);
	buf_str(out, ",\"op\":\"");
	buf_str(out, op_names[e->op]);
	buf_str(out, "\",\"base\":");
	buf_u64(out, e->base);
	buf_str(out, ",\"version\":");
	buf_u64(out, e->seq);
	if (e->mutation.len > 0) {
		buf_str(out, ",\"mutation\":");
		json_quote(out, e->mutation);
	}
	if (e->op != FEED_DELETE) {
		buf_str(out, e->op == FEED_PUT ? ",\"data\":" : ",\"patch\":");
		buf_span(out, e->content);
	}
	buf_byte(out, '}');
}

/* --- snapshots ----------------------------------------------------------------- */

enum { LOOKS_MIN = 10000, BYTES_A_LOOK = 4 };

struct row {
	uint64_t version;
	size_t at, len; /* place in text */
};

struct snapshot {
	const struct filter *filter;
	struct store_coll *coll;
	size_t n_colls, cap_colls;
	struct span name;
	struct row *row;
	size_t n_rows, cap_rows;
	struct buf text;
	size_t bytes_max;
	size_t looks_left;
	bool is_whole;
};

static void
take_coll(const struct store_coll *coll, void *arg)
{
	struct snapshot *s = arg;

	if (!filter_wants_collection(s->filter, span_str(coll->name)))
		return;
	s->coll =
	    mem_grow(s->coll, s->n_colls, &s->cap_colls, sizeof(*s->coll));
	s->coll[s->n_colls++] = *coll;
}

static bool
take_entity(const struct store_entity *entity, void *arg)
{
	struct snapshot *s = arg;
	size_t at = s->text.len;
	struct feed_element e = {
		.seq = entity->version,
		.at = entity->updated,
		.op = FEED_PUT,
		.collection = s->name,
		.id = entity->id,
		.content = entity->body,
	};

	if (s->looks_left-- == 0)
		s->is_whole = false;
	if (!s->is_whole || !filter_wants_id(s->filter, s->name, entity->id) ||
	    !filter_wants_body(s->filter, entity->body))
		return s->is_whole;
	feed_write(&s->text, &e);
	s->row = mem_grow(s->row, s->n_rows, &s->cap_rows, sizeof(*s->row));
	s->row[s->n_rows++] =
	    (struct row){ entity->version, at, s->text.len - at };
	if (s->text.len > s->bytes_max)
		s->is_whole = false;
	return s->is_whole;
}

static int
order_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->version > y->version) - (x->version < y->version);
}

/* Each row has its comma in front; the first one's becomes the bracket. */
static void
join_rows(struct snapshot *s, struct buf *out)
{
	size_t start = out->len;

	if (s->n_rows > 0)
		qsort(s->row, s->n_rows, sizeof(*s->row), order_rows);
	(void)buf_room(out, s->text.len + 2);
	for (size_t i = 0; i < s->n_rows; i++)
		buf_add(out, s->text.data + s->row[i].at, s->row[i].len);
	if (s->n_rows == 0)
		buf_byte(out, '[');
	else
		out->data[start] = '[';
	buf_byte(out, ']');
}

const struct err *
feed_write_snapshot(struct store *store, const struct filter *filter,
    size_t bytes_max, struct buf *out, bool *is_whole)
{
	struct snapshot s = {
		.filter = filter,
		.bytes_max = bytes_max != 0 ? bytes_max : SIZE_MAX,
		.looks_left = bytes_max != 0
		    ? LOOKS_MIN + bytes_max / BYTES_A_LOOK
		    : SIZE_MAX,
		.is_whole = true,
	};
	const struct err *err = store_colls(store, take_coll, &s);

	buf_byte(&s.text, ' '); /* so that the first row gets a comma too */
	for (size_t i = 0; i < s.n_colls && err == NULL && s.is_whole; i++) {
		s.name = span_str(s.coll[i].name);
		err = store_entities(store, s.coll[i].cid, take_entity, &s);
	}
	*is_whole = s.is_whole;
	if (err == NULL && s.is_whole)
		join_rows(&s, out);
	free(s.coll);
	free(s.row);
	buf_fini(&s.text);
	return err;
}
