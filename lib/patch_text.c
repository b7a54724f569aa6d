/*
 * A string under change, in canonical bytes.  A log that grows at its end
 * (and is cut at its front) costs what is added: the number of units is
 * known, and bytes deleted at the front are only taken out of view until they
 * are more than half.  Elsewhere the search goes on from the last place.
 */
#include "json.h"
#include "patch_value.h"
#include "utf16.h"

struct patch_text {
	struct buf bytes;        /* without quotes */
	size_t cut;              /* bytes at the front that are gone */
	size_t units;            /* in view */
	struct utf16_mark last;  /* some boundary in view */
	struct patch_text *next; /* in the pool */
};

static struct span
view(const struct patch_text *t)
{
	return span_of(t->bytes.data + t->cut, t->bytes.len - t->cut);
}

static size_t
units_of(struct patch_pool *pool, struct span inside)
{
	struct utf16_mark mark = { 0 };

	utf16_to_byte(inside, &mark, inside.len);
	pool->work += inside.len;
	return mark.units;
}

struct patch_text *
patch_text_new(struct patch_pool *pool, struct span raw)
{
	struct patch_text *t = patch_pool_new(pool, sizeof(*t));

	t->next = pool->texts;
	pool->texts = t;
	buf_span(&t->bytes, json_inside(raw));
	t->units = units_of(pool, view(t));
	return t;
}

void
patch_text_fini(struct patch_text *t)
{
	for (; t != NULL; t = t->next)
		buf_fini(&t->bytes);
}

/* The mark of a position; false when there is none. */
static bool
find(struct patch_pool *pool, const struct patch_text *t, size_t pos,
    struct utf16_mark *mark)
{
	struct span text = view(t);
	size_t begin;

	*mark = t->last;
	if (pos > t->units)
		return false;
	if (pos == t->units)
		*mark = (struct utf16_mark){ text.len, t->units };
	else if (pos < t->last.units)
		*mark = (struct utf16_mark){ 0 };
	begin = mark->at;
	if (!utf16_to_unit(text, mark, pos))
		return false;
	pool->work += mark->at - begin;
	return true;
}

static void
close_gap(struct patch_pool *pool, struct patch_text *t, size_t at, size_t n)
{
	char *p = t->bytes.data + t->cut + at;
	size_t behind = t->bytes.len - t->cut - at - n;

	if (at == 0) {
		t->cut += n;
		return;
	}
	memmove(p, p + n, behind);
	buf_cut(&t->bytes, t->bytes.len - n);
	pool->work += behind;
}

static void
open_gap(struct patch_pool *pool, struct patch_text *t, size_t at,
    struct span inside)
{
	size_t len = t->bytes.len - t->cut;
	char *p;

	if (t->cut > len) {
		memmove(t->bytes.data, t->bytes.data + t->cut, len);
		buf_cut(&t->bytes, len);
		t->cut = 0;
	}
	buf_span(&t->bytes, inside);
	if (at == len)
		return;
	p = t->bytes.data + t->cut + at;
	memmove(p + inside.len, p, len - at);
	memcpy(p, inside.p, inside.len);
	pool->work += len - at;
}

bool
patch_text_insert(struct patch_pool *pool, struct patch_text *t, size_t pos,
    struct span inside)
{
	struct utf16_mark mark;

	if (!find(pool, t, pos, &mark))
		return false;
	open_gap(pool, t, mark.at, inside);
	t->units += units_of(pool, inside);
	t->last = mark;
	return true;
}

bool
patch_text_delete(struct patch_pool *pool, struct patch_text *t, size_t pos,
    size_t len)
{
	struct utf16_mark from, to;

	if (!find(pool, t, pos, &from))
		return false;
	t->last = from;
	if (!find(pool, t, pos + len, &to))
		return false;
	close_gap(pool, t, from.at, to.at - from.at);
	t->units -= len;
	return true;
}

size_t
patch_text_len(const struct patch_text *t)
{
	return t->bytes.len - t->cut + 2;
}

void
patch_text_write(const struct patch_text *t, struct buf *out)
{
	buf_byte(out, '"');
	buf_span(out, view(t));
	buf_byte(out, '"');
}
