#include "wish.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

#include "filter.h"
#include "mem.h"

enum { WISH_BUCKETS = 1024 };

struct wishes {
	uint32_t n;
	struct wish *bucket[WISH_BUCKETS];
};

struct wishes *
wishes_new(void)
{
	return mem_new(1, sizeof(struct wishes));
}

void
wishes_free(struct wishes *wishes)
{
	assert(wishes->n == 0);
	free(wishes);
}

static void
write_key(const struct wait_query *query, struct buf *key)
{
	buf_byte(key, query->is_standard ? 's' : '-');
	buf_byte(key, query->is_strict ? 'x' : '-');
	buf_byte(key, query->shape == WAIT_ENTITIES ? 'e' : 'c');
	buf_u64(key, query->steps);
	filter_key(query->filter, key);
}

static struct wish **
bucket_of(struct wishes *wishes, uint64_t hash)
{
	return &wishes->bucket[hash % WISH_BUCKETS];
}

static struct wish *
find(struct wishes *wishes, const struct project *project, uint64_t hash,
    struct span key)
{
	struct wish *wish = *bucket_of(wishes, hash);

	while (wish != NULL &&
	    (wish->hash != hash || wish->project != project ||
		!span_eq(buf_as_span(&wish->key), key)))
		wish = wish->next;
	return wish;
}

static struct wish *
wish_new(struct wishes *wishes, struct project *project,
    const struct wait_query *query)
{
	struct wish *wish = mem_new(1, sizeof(*wish));

	wish->table = wishes;
	wish->refs = 1;
	wish->project = project;
	wish->filter = query->filter;
	wish->is_standard = query->is_standard;
	wish->is_strict = query->is_strict;
	wish->steps = query->steps;
	wish->shape = query->shape;
	wishes->n++;
	return wish;
}

struct wish *
wish_get(struct wishes *wishes, struct project *project,
    const struct wait_query *query)
{
	struct buf key = { 0 };
	struct wish *wish;
	uint64_t hash;

	write_key(query, &key);
	hash = XXH3_64bits(key.data, key.len);
	wish = find(wishes, project, hash, buf_as_span(&key));
	if (wish != NULL) {
		filter_free(query->filter);
		buf_fini(&key);
		return wish_ref(wish);
	}
	wish = wish_new(wishes, project, query);
	wish->key = key;
	wish->hash = hash;
	wish->next = *bucket_of(wishes, hash);
	*bucket_of(wishes, hash) = wish;
	return wish;
}

struct wish *
wish_ref(struct wish *wish)
{
	wish->refs++;
	return wish;
}

void
wish_unref(struct wish *wish)
{
	struct wish **at;

	if (--wish->refs > 0)
		return;
	at = bucket_of(wish->table, wish->hash);
	while (*at != wish)
		at = &(*at)->next;
	*at = wish->next;
	wish->table->n--;
	filter_free(wish->filter);
	buf_fini(&wish->key);
	free(wish);
}
