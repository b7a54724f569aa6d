/*
 * listing: the entities of a collection in the order of their ids, whole or
 * page by page: as they are now, at one go; or (listing_past.h) as they were.
 *
 * Rows are written where they are wanted.  Where they come in their order that
 * is all; else they are sorted, and copied once.
 *
 * Floor 3.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "span.h"
#include "store.h"

struct filter;

/* Append one entity in the form wanted; updated.ms 0: no longer known. */
typedef void listing_write_fn(const struct store_entity *, void *arg,
    struct buf *out);

struct listing_query {
	const struct store_coll *coll;
	const struct filter *filter; /* borrowed */
	struct span after;           /* an id; empty: from the first */
	uint32_t limit;              /* 0: all */
	bool is_counted;             /* total is wanted beside a page */
	size_t bytes_max;            /* of all rows */
	listing_write_fn *write;
	void *arg;
};

struct listing {
	size_t n_rows;
	uint64_t total;  /* selected ones on all pages; only when counted */
	bool has_more;   /* there are entities behind the page */
	struct buf last; /* the id of the last row */
};

void listing_fini(struct listing *);

/*
 * Append all rows to out, with commas between; inside a view of the store.
 * listing is {0}, and to be given back in any case.  ERR_BUSY when the rows
 * would have more bytes than bytes_max; ERR_STORE.  What an error leaves in out
 * is of no use.
 */
const struct err *listing_write(struct listing *, struct store *,
    const struct listing_query *, struct buf *out) MUST_CHECK;

/* Is it to be a row?  Counts it in total if it is selected. */
bool listing_wants(struct listing *, const struct listing_query *,
    const struct store_entity *);
const struct err *listing_too_long(const struct listing_query *);

#endif /* LISTING_H */
