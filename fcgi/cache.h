/*
 * cache: answer bodies that are kept for others who ask for the same, and the
 * budget for the memory of all bodies, kept or on their way.  One a process.
 *
 * A key says what was asked for, a tag which state of it the body shows: a
 * body of another tag is dropped as soon as its key is asked for.  Beyond the
 * budget what was not asked for longest goes first, but never what somebody is
 * being sent: that would make no room, and the next one would make it again.
 *
 * A body that is still being sent cannot go, so a large one is made only when
 * there is room for it (cache_room()); else its request is refused.  What the
 * process takes is therefore the budget, and the one body that is being made,
 * however many clients there are and however slowly they read.
 *
 * Floor 3.
 */
#ifndef CACHE_H
#define CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "span.h"

struct cache; /* opaque */
struct page;

/* Longer keys (with their tags) are not kept. */
enum { CACHE_ENTRIES_MAX = 1024, CACHE_KEY_BYTES_MAX = 4096 };

/* bytes: the budget; 0: kept while it is sent, no longer. */
struct cache *cache_new(uint64_t bytes);
void cache_free(struct cache *); /* may be NULL */

/* No more than so many from now on. */
void cache_limit(struct cache *, uint64_t bytes);

/* Keep nothing of what is there: another cache follows. */
void cache_clear(struct cache *);

/* Is there a body of any tag?  For whom the tag would cost something. */
bool cache_has(struct cache *, struct span key);

/* Borrowed until the loop goes on; NULL when there is none. */
struct page *cache_find(struct cache *, struct span key, struct span tag);

struct cache_counts {
	uint64_t hits, misses; /* of cache_find(), since they were told last */
	uint64_t refused;      /* how often cache_refuse() said so */
	size_t bytes;          /* of what is kept now */
};

struct cache_counts cache_take_counts(struct cache *);

/* Instead of what the key had. */
void cache_add(struct cache *, struct span key, struct span tag, struct page *);

/*
 * How long may a body become that is made now?
 *
 * natural  what it takes to answer at all: one body may have that much even if
 *          it is above the budget, but not beside another large one
 *
 * PAGE_SMALL_BYTES or more.
 */
size_t cache_room(const struct cache *, size_t natural);

/* The most that cache_room() ever says. */
size_t cache_room_max(const struct cache *, size_t natural);

/* Is there room for a body of so many bytes, which is all that it takes? */
bool cache_admits(const struct cache *, size_t bytes);

/* Drop what is in the way of so many more bytes. */
void cache_make_room(struct cache *, size_t bytes);

/* ERR_BUSY, with a sentence for whoever asked. */
const struct err *cache_refuse(struct cache *);

#endif /* CACHE_H */
