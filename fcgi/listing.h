/*
 * listing: the entities of a collection in the order of their ids, as they are
 * now or as they were at an older cursor, whole or page by page.
 *
 * An older state is today's with what changed since put back: cost is the page
 * plus the changes since, not the history.
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
	uint64_t at;                 /* seq; 0: now */
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
 * listing is {0}, and to be given back in any case.  ERR_GONE when the log no
 * longer reaches back to at; ERR_BUSY when the rows would have more bytes than
 * bytes_max; ERR_STORE.  What an error leaves in out is of no use.
 */
const struct err *listing_write(struct listing *, struct store *,
    const struct listing_query *, struct buf *out) MUST_CHECK;

#endif /* LISTING_H */
