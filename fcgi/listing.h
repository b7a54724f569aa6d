/*
 * listing: the entities of a collection in the order of their ids, as they are
 * now or as they were at an older cursor, whole or page by page.
 *
 * An older state is today's with what changed since put back: cost is the page
 * plus the changes since, not the history.
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
	listing_write_fn *write;
	void *arg;
};

struct listing_row {
	size_t id, id_len; /* places in text */
	size_t at, len;    /* what write() made */
};

struct listing {
	struct listing_row *row;
	size_t n_rows, cap_rows;
	struct buf text;
	uint64_t total; /* selected ones on all pages; only when counted */
	bool has_more;  /* there are entities behind the page */
};

void listing_fini(struct listing *);

/*
 * Inside a view of the store.  listing is {0}, and to be given back in any
 * case.  ERR_GONE when the log no longer reaches back to at; ERR_STORE.
 */
const struct err *listing_gather(struct listing *, struct store *,
    const struct listing_query *) MUST_CHECK;

/* The id of the last row; there is one. */
struct span listing_last(const struct listing *);

/* Append all rows with commas between. */
void listing_join(const struct listing *, struct buf *out);

#endif /* LISTING_H */
