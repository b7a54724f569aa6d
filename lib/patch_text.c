/*
 * A string under change, in canonical bytes: pieces of some KB, each with the
 * number of its units, so that a change costs what it changes and one piece,
 * wherever it is in a long text.
 *
 * A piece is a view of bytes that stay (of the body, or in the pool) until it
 * is changed within; then it has its own.  What is cut off at either end is
 * only taken out of view.  No piece is empty, and none ends within a character
 * or an escape.
 */
#include <stdlib.h>

#include "json.h"
#include "mem.h"
#include "patch_value.h"
#include "utf16.h"

enum {
	PIECE_BYTES = 4 << 10,
	PIECE_BYTES_MAX = 2 * PIECE_BYTES, /* of one that grows */
};

struct piece {
	struct span view;
	size_t units;
	struct buf own; /* where the view is, if anything was ever there */
};

struct patch_text {
	struct piece *piece;
	size_t n, cap;
	size_t len;              /* bytes in view */
	size_t units;            /* in view */
	struct patch_text *next; /* in the pool */
};

/* A boundary: so many bytes and units into a piece. */
struct place {
	size_t i;
	struct utf16_mark in;
};

/* --- pieces ------------------------------------------------------------------- */

/* A view at i, the pieces behind move; empty ones are left out. */
static void
add_piece(struct patch_text *t, size_t i, struct span view, size_t units)
{
	if (view.len == 0)
		return;
	t->piece = mem_grow(t->piece, t->n, &t->cap, sizeof(*t->piece));
	memmove(t->piece + i + 1, t->piece + i, (t->n - i) * sizeof(*t->piece));
	t->piece[i] = (struct piece){ .view = view, .units = units };
	t->n++;
}

static void
drop_pieces(struct patch_text *t, size_t i, size_t n)
{
	for (size_t k = i; k < i + n; k++)
		buf_fini(&t->piece[k].own);
	t->n -= n;
	memmove(t->piece + i, t->piece + i + n, (t->n - i) * sizeof(*t->piece));
}

static void
drop_empty(struct patch_text *t, size_t i)
{
	if (t->piece[i].view.len == 0)
		drop_pieces(t, i, 1);
}

/* Its bytes, to be changed; the view follows with own_done(). */
static struct buf *
own(struct patch_pool *pool, struct piece *piece)
{
	struct span view = piece->view;

	if (piece->own.data == NULL) {
		buf_span(&piece->own, view);
		pool->work += view.len;
	} else if (view.p != piece->own.data) {
		memmove(piece->own.data, view.p, view.len);
		pool->work += view.len;
	}
	buf_cut(&piece->own, view.len);
	return &piece->own;
}

static void
own_done(struct piece *piece)
{
	piece->view = buf_as_span(&piece->own);
}

/* Views of some bytes that stay, in pieces, from i on; their units. */
static size_t
add_pieces(struct patch_pool *pool, struct patch_text *t, size_t i,
    struct span bytes)
{
	size_t units = 0;

	pool->work += bytes.len;
	while (bytes.len > 0) {
		struct utf16_mark end = { 0 };

		utf16_to_byte(bytes, &end,
		    bytes.len < PIECE_BYTES_MAX ? bytes.len : PIECE_BYTES);
		add_piece(t, i++, span_of(bytes.p, end.at), end.units);
		bytes = span_of(bytes.p + end.at, bytes.len - end.at);
		units += end.units;
	}
	return units;
}

/* --- places ------------------------------------------------------------------- */

/* In the first piece that reaches there; false when there is none such. */
static bool
find(struct patch_pool *pool, const struct patch_text *t, size_t pos,
    struct place *place)
{
	const struct piece *piece;

	*place = (struct place){ 0 };
	if (pos > t->units)
		return false;
	if (t->n == 0)
		return true;
	if (pos == t->units) {
		piece = &t->piece[t->n - 1];
		place->i = t->n - 1;
		place->in =
		    (struct utf16_mark){ piece->view.len, piece->units };
		return true;
	}
	for (piece = t->piece; pos > piece->units; piece++)
		pos -= piece->units;
	place->i = (size_t)(piece - t->piece);
	if (!utf16_to_unit(piece->view, &place->in, pos))
		return false;
	pool->work += place->i + place->in.at;
	return true;
}

/* --- changes ------------------------------------------------------------------ */

/* The piece becomes two; the second is a view of a copy in the pool. */
static void
split(struct patch_pool *pool, struct patch_text *t, const struct place *place)
{
	struct piece *piece = &t->piece[place->i];
	struct utf16_mark in = place->in;
	struct span behind =
	    span_of(piece->view.p + in.at, piece->view.len - in.at);
	size_t units = piece->units - in.units;

	if (piece->own.data != NULL) {
		behind = patch_pool_keep(pool, behind);
		pool->work += behind.len;
	}
	piece->view.len = in.at;
	piece->units = in.units;
	add_piece(t, place->i + 1, behind, units);
}

static void
insert_within(struct patch_pool *pool, struct piece *piece, size_t at,
    struct span inside)
{
	struct buf *bytes = own(pool, piece);
	size_t behind = bytes->len - at;
	char *p;

	buf_span(bytes, inside);
	p = bytes->data + at;
	if (behind > 0) {
		memmove(p + inside.len, p, behind);
		memcpy(p, inside.p, inside.len);
	}
	pool->work += inside.len + behind;
	own_done(piece);
}

static void
delete_within(struct patch_pool *pool, struct piece *piece, size_t at, size_t n)
{
	size_t behind = piece->view.len - at - n;
	struct buf *bytes;

	if (at == 0) {
		piece->view = span_of(piece->view.p + n, behind);
	} else if (behind == 0) {
		piece->view.len = at;
	} else {
		bytes = own(pool, piece);
		memmove(bytes->data + at, bytes->data + at + n, behind);
		buf_cut(bytes, at + behind);
		pool->work += behind;
		own_done(piece);
	}
}

bool
patch_text_insert(struct patch_pool *pool, struct patch_text *t, size_t pos,
    struct span inside)
{
	struct utf16_mark all = { 0 };
	struct place place;

	if (!find(pool, t, pos, &place))
		return false;
	if (t->n > 0 &&
	    t->piece[place.i].view.len + inside.len <= PIECE_BYTES_MAX) {
		utf16_to_byte(inside, &all, inside.len);
		insert_within(pool, &t->piece[place.i], place.in.at, inside);
		t->piece[place.i].units += all.units;
	} else {
		if (t->n > 0)
			split(pool, t, &place);
		all.units = add_pieces(pool, t, place.i + (t->n > 0),
		    patch_pool_keep(pool, inside));
		if (t->n > 0)
			drop_empty(t, place.i);
	}
	t->len += inside.len;
	t->units += all.units;
	return true;
}

/* What is left of the pieces at both ends, which are not the same one. */
static size_t
delete_between(struct patch_text *t, const struct place *from,
    const struct place *to)
{
	struct piece *first = &t->piece[from->i], *last = &t->piece[to->i];
	size_t bytes = first->view.len - from->in.at + to->in.at;

	for (size_t i = from->i + 1; i < to->i; i++)
		bytes += t->piece[i].view.len;
	first->view.len = from->in.at;
	first->units = from->in.units;
	last->view =
	    span_of(last->view.p + to->in.at, last->view.len - to->in.at);
	last->units -= to->in.units;
	drop_empty(t, to->i);
	drop_pieces(t, from->i + 1, to->i - from->i - 1);
	drop_empty(t, from->i);
	return bytes;
}

bool
patch_text_delete(struct patch_pool *pool, struct patch_text *t, size_t pos,
    size_t len)
{
	struct place from, to;
	size_t bytes;

	if (!find(pool, t, pos, &from) || !find(pool, t, pos + len, &to))
		return false;
	if (len == 0)
		return true;
	if (from.i == to.i) {
		bytes = to.in.at - from.in.at;
		delete_within(pool, &t->piece[from.i], from.in.at, bytes);
		t->piece[from.i].units -= len;
		drop_empty(t, from.i);
	} else {
		bytes = delete_between(t, &from, &to);
	}
	t->len -= bytes;
	t->units -= len;
	return true;
}

/* --- the whole ---------------------------------------------------------------- */

struct patch_text *
patch_text_new(struct patch_pool *pool, struct span raw)
{
	struct patch_text *t = patch_pool_new(pool, sizeof(*t));
	struct span inside = json_inside(raw);

	t->next = pool->texts;
	pool->texts = t;
	t->len = inside.len;
	t->units = add_pieces(pool, t, 0, inside);
	return t;
}

void
patch_text_fini(struct patch_text *t)
{
	for (; t != NULL; t = t->next) {
		for (size_t i = 0; i < t->n; i++)
			buf_fini(&t->piece[i].own);
		free(t->piece);
	}
}

size_t
patch_text_len(const struct patch_text *t)
{
	return t->len + 2;
}

void
patch_text_write(const struct patch_text *t, struct buf *out)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < t->n; i++)
		buf_span(out, t->piece[i].view);
	buf_byte(out, '"');
}
