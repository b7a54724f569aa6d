#include "feed_write.h"

#include <stdlib.h>

#include "feed.h"
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

/* A member that is there when it has something to say. */
static void
write_text(struct buf *out, const char *name, struct span text)
{
	if (text.len == 0)
		return;
	buf_str(out, ",\"");
	buf_str(out, name);
	buf_str(out, "\":");
	json_quote(out, text);
}

static void
write_json(struct buf *out, const struct feed_element *e, const void *arg)
{
	char at[WALLTIME_TEXT_BYTES];

	(void)arg; /* it needs to know nothing else */
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
	write_text(out, "actor", e->actor);
	write_text(out, "mutation", e->mutation);
	if (e->op != FEED_DELETE) {
		buf_str(out, e->op == FEED_PUT ? ",\"data\":" : ",\"patch\":");
		buf_span(out, e->content);
	}
	buf_byte(out, '}');
}

const struct feed_form feed_json = { write_json, NULL, '[', ',', ']', false };

/* --- around it ----------------------------------------------------------------- */

static void
write_cursor(struct buf *out, const char *name, struct cursor cursor)
{
	char text[CURSOR_TEXT_BYTES];

	if (cursor.epoch == 0)
		buf_printf(out, ",\"%s\":null", name);
	else
		buf_printf(out, ",\"%s\":\"%s\"", name,
		    cursor_text(cursor, text));
}

void
feed_write_head(struct buf *out, const struct feed *feed, struct cursor from)
{
	static const char *const names[] = {
		[FEED_NONE] = "none",
		[FEED_DELTA] = "delta",
		[FEED_SNAPSHOT] = "snapshot",
	};

	buf_printf(out, "\"kind\":\"%s\"", names[feed->kind]);
	write_cursor(out, "from", from);
	write_cursor(out, "to", feed->to);
	if (feed->is_reset)
		buf_str(out, ",\"reset\":true");
	if (feed->is_paged)
		buf_str(out,
		    feed->has_more ? ",\"more\":true" : ",\"more\":false");
}

void
feed_write_fixed(struct buf *out, const struct feed *feed, struct cursor from)
{
	buf_byte(out, '{');
	feed_write_head(out, feed, from);
	buf_str(out, ",\"changes\":");
	buf_span(out, buf_as_span(&feed->changes));
	buf_byte(out, '}');
}

/* --- lists --------------------------------------------------------------------- */

static void
add_mark(struct buf *out, char mark)
{
	if (mark != '\0')
		buf_byte(out, mark);
}

void
feed_write_open(struct buf *out, const struct feed_form *form)
{
	add_mark(out, form->open);
}

size_t
feed_write_element(struct buf *out, const struct feed_form *form,
    const struct feed_element *e, bool is_first)
{
	size_t at;

	if (!is_first)
		add_mark(out, form->comma);
	at = out->len;
	form->write(out, e, form->arg);
	return at;
}

void
feed_write_close(struct buf *out, const struct feed_form *form)
{
	add_mark(out, form->close);
}

/* --- snapshots ----------------------------------------------------------------- */

enum { LOOKS_MIN = 10000, BYTES_A_LOOK = 4 };

struct row {
	uint64_t version;
	size_t at, len; /* place in text */
};

struct snapshot {
	struct feed_snapshot *wanted;
	struct store_coll *coll;
	size_t n_colls, cap_colls;
	struct span name;
	struct row *row;
	size_t n_rows, cap_rows;
	struct buf text;
	size_t bytes_max;
	size_t looks_left;
};

static void
take_coll(const struct store_coll *coll, void *arg)
{
	struct snapshot *s = arg;

	if (!filter_wants_collection(s->wanted->filter, span_str(coll->name)))
		return;
	s->coll =
	    mem_grow(s->coll, s->n_colls, &s->cap_colls, sizeof(*s->coll));
	s->coll[s->n_colls++] = *coll;
}

static bool
take_entity(const struct store_entity *entity, void *arg)
{
	struct snapshot *s = arg;
	struct feed_snapshot *wanted = s->wanted;
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
		wanted->is_whole = false;
	if (!wanted->is_whole ||
	    !filter_wants_id(wanted->filter, s->name, entity->id) ||
	    !filter_wants_body(wanted->filter, entity->body))
		return wanted->is_whole;
	wanted->form->write(&s->text, &e, wanted->form->arg);
	s->row = mem_grow(s->row, s->n_rows, &s->cap_rows, sizeof(*s->row));
	s->row[s->n_rows++] =
	    (struct row){ entity->version, at, s->text.len - at };
	if (s->text.len + s->n_rows > s->bytes_max)
		wanted->is_whole = false;
	return wanted->is_whole;
}

static int
order_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->version > y->version) - (x->version < y->version);
}

static void
join_rows(struct snapshot *s, struct buf *out)
{
	const struct feed_form *form = s->wanted->form;

	if (s->n_rows > 0)
		qsort(s->row, s->n_rows, sizeof(*s->row), order_rows);
	(void)buf_room(out, s->text.len + s->n_rows + 2);
	feed_write_open(out, form);
	s->wanted->last = out->len;
	for (size_t i = 0; i < s->n_rows; i++) {
		if (i > 0)
			add_mark(out, form->comma);
		s->wanted->last = out->len;
		buf_add(out, s->text.data + s->row[i].at, s->row[i].len);
	}
	feed_write_close(out, form);
}

const struct err *
feed_write_snapshot(struct store *store, struct feed_snapshot *wanted,
    struct buf *out)
{
	struct snapshot s = {
		.wanted = wanted,
		.bytes_max =
		    wanted->bytes_max != 0 ? wanted->bytes_max : SIZE_MAX,
		.looks_left = wanted->bytes_max != 0
		    ? LOOKS_MIN + wanted->bytes_max / BYTES_A_LOOK
		    : SIZE_MAX,
	};
	const struct err *err = store_colls(store, take_coll, &s);

	wanted->is_whole = true;
	for (size_t i = 0; i < s.n_colls && err == NULL && wanted->is_whole;
	     i++) {
		s.name = span_str(s.coll[i].name);
		err = store_entities(store, s.coll[i].cid, take_entity, &s);
	}
	if (err == NULL && wanted->is_whole)
		join_rows(&s, out);
	free(s.coll);
	free(s.row);
	buf_fini(&s.text);
	return err;
}
