/*
 * An object under change.  Members stay where they were first seen: one that
 * was removed and comes back takes its old place.
 */
#include <stdlib.h>

#include "intern.h"
#include "json.h"
#include "mem.h"
#include "patch_value.h"

struct member {
	struct patch_value value;
	bool is_gone;
};

struct patch_object {
	struct intern keys;
	struct member *member; /* by the number of its key */
	size_t cap;
	uint32_t n_gone;
	struct patch_object *next; /* in the pool */
};

static void
append(struct patch_object *o, struct span key, struct patch_value value)
{
	uint32_t n = intern_put(&o->keys, key);

	o->member = mem_grow(o->member, n, &o->cap, sizeof(*o->member));
	o->member[n].value = value;
	o->member[n].is_gone = false;
}

struct patch_object *
patch_object_new(struct patch_pool *pool, struct span raw)
{
	struct patch_object *o = patch_pool_new(pool, sizeof(*o));
	const char *p = raw.p + 1, *end = raw.p + raw.len, *colon, *comma;

	o->next = pool->objects;
	pool->objects = o;
	pool->work += raw.len;
	for (; p < end && *p == '"'; p = comma + 1) {
		colon = json_skip(p, end);
		comma = json_skip(colon + 1, end);
		append(o, json_inside(span_of(p, (size_t)(colon - p))),
		    patch_value_raw(
			span_of(colon + 1, (size_t)(comma - colon - 1))));
	}
	return o;
}

void
patch_object_fini(struct patch_object *o)
{
	while (o != NULL) {
		struct patch_object *next = o->next;

		intern_fini(&o->keys);
		free(o->member);
		o = next;
	}
}

uint32_t
patch_object_count(const struct patch_object *o)
{
	return o->keys.n - o->n_gone;
}

struct patch_value *
patch_object_at(const struct patch_object *o, struct span key)
{
	uint32_t n;

	if (!intern_get(&o->keys, key, &n) || o->member[n].is_gone)
		return NULL;
	return &o->member[n].value;
}

void
patch_object_insert(struct patch_pool *pool, struct patch_object *o,
    struct span key, struct patch_value value)
{
	uint32_t n;

	if (intern_get(&o->keys, key, &n)) {
		o->member[n].value = value;
		o->member[n].is_gone = false;
		o->n_gone--;
	} else {
		append(o, patch_pool_keep(pool, key), value);
	}
}

void
patch_object_remove(struct patch_object *o, struct span key)
{
	uint32_t n;

	if (intern_get(&o->keys, key, &n)) {
		o->member[n].is_gone = true;
		o->n_gone++;
	}
}

void
patch_object_write(const struct patch_object *o, struct buf *out)
{
	char before = '{';

	for (uint32_t i = 0; i < o->keys.n; i++) {
		if (o->member[i].is_gone)
			continue;
		buf_byte(out, before);
		buf_byte(out, '"');
		buf_span(out, o->keys.entry[i].span);
		buf_add(out, "\":", 2);
		patch_value_write(&o->member[i].value, out);
		before = ',';
	}
	if (before == '{')
		buf_byte(out, '{');
	buf_byte(out, '}');
}

unsigned
patch_object_height(struct patch_pool *pool, const struct patch_object *o)
{
	unsigned height = 0;

	for (uint32_t i = 0; i < o->keys.n; i++) {
		unsigned h = 0;

		if (!o->member[i].is_gone)
			h = patch_value_height(pool, &o->member[i].value);
		if (h > height)
			height = h;
	}
	pool->work += o->keys.n;
	return height + 1;
}
