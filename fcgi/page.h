/*
 * page: a finished answer body, immutable and reference-counted, so that one
 * encode and one gzip serve every client that gets the same answer.
 *
 * What all pages of the process take is counted here, whoever holds them: the
 * keeper of a budget (cache.h) asks before a large one is made.
 *
 * Floor 3.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "span.h"

/*
 * A page above this size is a large one.  A socket takes a smaller answer at
 * once, as a rule; what does not fit is bounded by the number of connections.
 */
enum { PAGE_SMALL_BYTES = 64 << 10 };

struct page; /* opaque */

/* Takes the bytes over (body is empty afterwards); one reference. */
struct page *page_new(struct buf *body);
struct page *page_ref(struct page *);
void page_unref(struct page *); /* may be NULL */

struct span page_bytes(const struct page *);

/* --- memory --- */

struct page_usage {
	size_t bytes;   /* bodies and their gzip forms */
	size_t n_large; /* of bodies above PAGE_SMALL_BYTES */
};

/* What this page takes, and all there are in this process. */
struct page_usage page_usage(const struct page *);
struct page_usage page_usage_of_all(void);

/* How many gzip forms were made since this was asked last. */
uint64_t page_take_gzips(void);

/*
 * Somebody who keeps a page for others to come: one reference, and word when
 * it is the last one left.  A page has one keeper at most.
 */
struct page_keeper {
	void (*idle)(void *arg); /* the page may be given up within it */
	void *arg;
};

void page_keep(struct page *, const struct page_keeper *); /* borrowed */
void page_give_up(struct page *);
bool page_is_idle(const struct page *); /* nobody but its keeper has it */

/* --- gzip --- */

/*
 * Go on with the gzip form (RFC 1952) for about n bytes of the body: 64 KiB
 * take about 1 ms.  True when nothing is left to do.
 */
bool page_squeeze(struct page *, size_t n);

/*
 * Must the gzip form of this page be made in pieces, because all of it at once
 * would hold everybody else up?
 */
bool page_is_unsqueezed(const struct page *);

/*
 * The gzip form, made now as far as it is not yet; an empty span when that
 * would not be shorter.
 */
struct span page_gzip(struct page *);

#endif /* PAGE_H */
