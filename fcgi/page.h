/*
 * page: a finished answer body, immutable and reference-counted, so that one
 * encode and one gzip serve every client that gets the same answer.
 *
 * Floor 3.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>

#include "buf.h"
#include "span.h"

struct page; /* opaque */

/* Takes the bytes over (body is empty afterwards); one reference. */
struct page *page_new(struct buf *body);
struct page *page_ref(struct page *);
void page_unref(struct page *); /* may be NULL */

struct span page_bytes(const struct page *);

/*
 * The gzip form (RFC 1952), made once on the first call; an empty span when
 * that would not be shorter.
 */
struct span page_gzip(struct page *);

#endif /* PAGE_H */
