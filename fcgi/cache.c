#include "cache.h"

#include <malloc.h>
#include <stdlib.h>
#include <xxhash.h>

#include "buf.h"
#include "mem.h"
#include "page.h"

enum {
	CACHE_BUCKETS = 1024,
	CACHE_MALLOC_BYTES = 8 << 20, /* what malloc(3) may keep for itself */
};

struct entry {
	struct entry *older, *newer; /* by when they were last asked for */
	struct entry *chain;         /* in the hash table's bucket */
	uint64_t hash;
	struct buf key, tag;
	struct page *page;
};

struct cache {
	uint64_t budget;
	struct page_keeper keeper;
	struct entry *oldest, *newest;
	size_t n;
	struct cache_counts counts;
	struct entry *bucket[CACHE_BUCKETS];
};

/* --- entries ------------------------------------------------------------------ */

static struct entry **
bucket_of(struct cache *cache, uint64_t hash)
{
	return &cache->bucket[hash % CACHE_BUCKETS];
}

static void
append(struct cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	if (cache->newest != NULL)
		cache->newest->newer = entry;
	else
		cache->oldest = entry;
	cache->newest = entry;
}

static void
detach(struct cache *cache, struct entry *entry)
{
	if (entry->older != NULL)
		entry->older->newer = entry->newer;
	else
		cache->oldest = entry->newer;
	if (entry->newer != NULL)
		entry->newer->older = entry->older;
	else
		cache->newest = entry->older;
}

static void
drop(struct cache *cache, struct entry *entry)
{
	struct entry **at = bucket_of(cache, entry->hash);

	while (*at != entry)
		at = &(*at)->chain;
	*at = entry->chain;
	detach(cache, entry);
	cache->n--;
	page_give_up(entry->page);
	buf_fini(&entry->key);
	buf_fini(&entry->tag);
	free(entry);
}

static struct entry *
find(struct cache *cache, struct span key, uint64_t hash)
{
	struct entry *entry = *bucket_of(cache, hash);

	while (entry != NULL &&
	    (entry->hash != hash || !span_eq(buf_as_span(&entry->key), key)))
		entry = entry->chain;
	return entry;
}

bool
cache_has(struct cache *cache, struct span key)
{
	return find(cache, key, XXH3_64bits(key.p, key.len)) != NULL;
}

struct page *
cache_find(struct cache *cache, struct span key, struct span tag)
{
	struct entry *entry = find(cache, key, XXH3_64bits(key.p, key.len));

	if (entry != NULL && !span_eq(buf_as_span(&entry->tag), tag)) {
		drop(cache, entry);
		entry = NULL;
	}
	if (entry == NULL) {
		cache->counts.misses++;
		return NULL;
	}
	cache->counts.hits++;
	detach(cache, entry);
	append(cache, entry);
	return entry->page;
}

/* --- the budget --------------------------------------------------------------- */

/* What is being sent, or will be in a moment, and so cannot be dropped. */
static struct page_usage
usage_in_flight(const struct cache *cache)
{
	struct page_usage usage = page_usage_of_all(), idle;

	for (struct entry *e = cache->oldest; e != NULL; e = e->newer) {
		if (!page_is_idle(e->page))
			continue;
		idle = page_usage(e->page);
		usage.bytes -= idle.bytes;
		usage.n_large -= idle.n_large;
	}
	return usage;
}

size_t
cache_room_max(const struct cache *cache, size_t natural)
{
	uint64_t most = natural > PAGE_SMALL_BYTES ? natural : PAGE_SMALL_BYTES;

	if (most < cache->budget)
		most = cache->budget;
	return most < SIZE_MAX ? (size_t)most : SIZE_MAX;
}

size_t
cache_room(const struct cache *cache, size_t natural)
{
	struct page_usage usage = usage_in_flight(cache);
	size_t most = cache_room_max(cache, natural), room;

	if (usage.n_large == 0)
		return most;
	room = usage.bytes < cache->budget
	    ? (size_t)(cache->budget - usage.bytes)
	    : 0;
	return room > PAGE_SMALL_BYTES ? room : PAGE_SMALL_BYTES;
}

bool
cache_admits(const struct cache *cache, size_t bytes)
{
	return bytes <= PAGE_SMALL_BYTES || bytes <= cache_room(cache, bytes);
}

void
cache_make_room(struct cache *cache, size_t bytes)
{
	struct entry *entry = cache->oldest, *newer;

	for (; entry != NULL; entry = newer) {
		newer = entry->newer;
		if (bytes <= cache->budget &&
		    page_usage_of_all().bytes <= cache->budget - bytes)
			return;
		if (page_is_idle(entry->page))
			drop(cache, entry);
	}
}

const struct err *
cache_refuse(struct cache *cache)
{
	cache->counts.refused++;
	return err_new(ERR_BUSY,
	    "The server's memory is full of long answers that others are still "
	    "reading. Ask again in a moment.");
}

/* Somebody has been sent all of his page. */
static void
page_is_free(void *arg)
{
	cache_make_room(arg, 0);
}

/* --- adding ------------------------------------------------------------------- */

static void
make_place(struct cache *cache)
{
	struct entry *entry = cache->oldest;

	if (cache->n < CACHE_ENTRIES_MAX)
		return;
	while (entry != NULL && !page_is_idle(entry->page))
		entry = entry->newer;
	/* All are being sent: they still are, when nobody finds them here. */
	drop(cache, entry != NULL ? entry : cache->oldest);
}

struct cache_counts
cache_take_counts(struct cache *cache)
{
	struct cache_counts counts = cache->counts;

	cache->counts = (struct cache_counts){ 0 };
	for (const struct entry *entry = cache->oldest; entry != NULL;
	     entry = entry->newer)
		counts.bytes += page_usage(entry->page).bytes;
	return counts;
}

void
cache_add(struct cache *cache, struct span key, struct span tag,
    struct page *page)
{
	uint64_t hash = XXH3_64bits(key.p, key.len);
	struct entry *entry = find(cache, key, hash);

	if (entry != NULL)
		drop(cache, entry);
	if (key.len + tag.len > CACHE_KEY_BYTES_MAX)
		return;
	make_place(cache);
	entry = mem_new(1, sizeof(*entry));
	entry->hash = hash;
	buf_span(&entry->key, key);
	buf_span(&entry->tag, tag);
	entry->page = page;
	page_keep(page, &cache->keeper);
	entry->chain = *bucket_of(cache, hash);
	*bucket_of(cache, hash) = entry;
	append(cache, entry);
	cache->n++;
	cache_make_room(cache, 0);
}

/* --- the whole ---------------------------------------------------------------- */

/*
 * By default glibc lets both of these grow with what it has seen freed, up to
 * 32 and 64 MiB.
 */
static void
bound_malloc(void)
{
	/* Where they are unknown, memory comes back later. */
	(void)mallopt(M_MMAP_THRESHOLD, CACHE_MALLOC_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, 2 * CACHE_MALLOC_BYTES);
}

struct cache *
cache_new(uint64_t bytes)
{
	struct cache *cache = mem_new(1, sizeof(*cache));

	bound_malloc();
	cache->budget = bytes;
	cache->keeper.idle = page_is_free;
	cache->keeper.arg = cache;
	return cache;
}

void
cache_limit(struct cache *cache, uint64_t bytes)
{
	if (bytes < cache->budget)
		cache->budget = bytes;
	cache_make_room(cache, 0);
}

void
cache_clear(struct cache *cache)
{
	struct entry *entry = cache->oldest, *newer;

	for (; entry != NULL; entry = newer) {
		newer = entry->newer;
		drop(cache, entry);
	}
}

void
cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	cache_clear(cache);
	free(cache);
}
