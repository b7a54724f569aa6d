/*
 * feed_write: one element of a feed, and the snapshot made of such.
 *
 * Floor 2.  A part of feed.
 */
#ifndef FEED_WRITE_H
#define FEED_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "monotime.h"
#include "span.h"

struct cursor;
struct feed;
struct filter;
struct store;

enum feed_op { FEED_PUT, FEED_PATCH, FEED_DELETE, FEED_OP__MAX };

struct feed_element {
	uint64_t seq;
	uint64_t base;
	struct walltime at;
	enum feed_op op;
	struct span collection, id;
	struct span actor, mutation; /* may be empty */
	struct span content;         /* patch or body; empty for a delete */
};

/* Append one element, without anything between it and its neighbours. */
typedef void feed_write_fn(struct buf *out, const struct feed_element *,
    const void *arg);

/* How a list of elements is written. */
struct feed_form {
	feed_write_fn *write;
	const void *arg;         /* of write; borrowed */
	char open, comma, close; /* around and between; NUL: nothing */
	bool is_whole; /* never patches: every element has its document */
};

/* The JSON array "changes" of docs/PROTOCOL.md. */
extern const struct feed_form feed_json;

/* What it makes of a put, at least, beside name, id and body. */
extern const size_t feed_write_put_bytes;

/*
 * Members of an answer's object: what kind of feed it is, from where (which may
 * be before where the feed itself begins) and to where.
 */
void feed_write_head(struct buf *out, const struct feed *, struct cursor from);

/*
 * A whole answer of a feed that has an end, as it stays for ever: without the
 * moment at which it was made.
 */
void feed_write_fixed(struct buf *out, const struct feed *, struct cursor from);

/* The parts of a list; an element's begins where is returned. */
void feed_write_open(struct buf *out, const struct feed_form *);
size_t feed_write_element(struct buf *out, const struct feed_form *,
    const struct feed_element *, bool is_first);
void feed_write_close(struct buf *out, const struct feed_form *);

/*
 * Append the list of a put for every selected entity, oldest version first.
 *
 * bytes_max  give up as soon as it gets longer, or so many entities were
 *            looked at in vain that it is dear to find out; 0: no limit
 * last       out: where the last element begins in out; its length when there
 *            is none
 * is_whole   out: false when given up; out is then as it was before
 */
struct feed_snapshot {
	const struct filter *filter;
	const struct feed_form *form;
	size_t bytes_max;
	size_t last;
	bool is_whole;
};
const struct err *feed_write_snapshot(struct store *, struct feed_snapshot *,
    struct buf *out) MUST_CHECK;

#endif /* FEED_WRITE_H */
