#include "patch_value.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"

enum { BLOCK_BYTES = 16 << 10, BLOCK_ALIGN = 16 };

struct patch_block {
	struct patch_block *next;
	size_t used, size;
	_Alignas(BLOCK_ALIGN) char bytes[];
};

/* --- pool ---------------------------------------------------------------- */

void
patch_pool_fini(struct patch_pool *pool)
{
	while (pool->blocks != NULL) {
		struct patch_block *next = pool->blocks->next;

		free(pool->blocks);
		pool->blocks = next;
	}
}

/* A block of its own for what is large, behind the one being filled. */
static struct patch_block *
add_block(struct patch_pool *pool, size_t size)
{
	bool is_large = size > BLOCK_BYTES / 4;
	size_t room = is_large ? size : BLOCK_BYTES;
	struct patch_block *b = mem_resize(NULL, sizeof(*b) + room, 1);

	b->used = 0;
	b->size = room;
	if (is_large && pool->blocks != NULL) {
		b->next = pool->blocks->next;
		pool->blocks->next = b;
	} else {
		b->next = pool->blocks;
		pool->blocks = b;
	}
	return b;
}

static void *
take_room(struct patch_pool *pool, size_t size)
{
	struct patch_block *b = pool->blocks;
	void *room;

	size = (size + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
	if (b == NULL || b->size - b->used < size)
		b = add_block(pool, size);
	room = b->bytes + b->used;
	b->used += size;
	return room;
}

void *
patch_pool_new(struct patch_pool *pool, size_t size)
{
	return memset(take_room(pool, size), 0, size);
}

struct span
patch_pool_keep(struct patch_pool *pool, struct span bytes)
{
	char *copy = take_room(pool, bytes.len);

	if (bytes.len > 0)
		memcpy(copy, bytes.p, bytes.len);
	return span_of(copy, bytes.len);
}

/* --- values -------------------------------------------------------------- */

bool
patch_value_open(struct patch_pool *pool, struct patch_value *v)
{
	struct span raw;

	if (v->form != PATCH_RAW)
		return v->form != PATCH_TEXT;
	raw = span_of(v->is.raw, v->len);
	if (raw.p[0] == '[') {
		v->is.array = patch_array_new(pool, raw);
		v->form = PATCH_ARRAY;
	} else if (raw.p[0] == '{') {
		v->is.object = patch_object_new(pool, raw);
		v->form = PATCH_OBJECT;
	}
	return v->form != PATCH_RAW;
}

bool
patch_value_open_text(struct patch_pool *pool, struct patch_value *v)
{
	if (v->form == PATCH_RAW && v->is.raw[0] == '"') {
		v->is.text = patch_text_new(pool, span_of(v->is.raw, v->len));
		v->form = PATCH_TEXT;
	}
	return v->form == PATCH_TEXT;
}

void
patch_value_write(const struct patch_value *v, struct buf *out)
{
	switch (v->form) {
	case PATCH_RAW:
		buf_add(out, v->is.raw, v->len);
		break;
	case PATCH_ARRAY:
		patch_array_write(v->is.array, out);
		break;
	case PATCH_OBJECT:
		patch_object_write(v->is.object, out);
		break;
	case PATCH_TEXT:
		patch_text_write(v->is.text, out);
		break;
	}
}

static unsigned
raw_height(struct span raw)
{
	const char *p = raw.p, *end = raw.p + raw.len;
	unsigned height = 0, now = 0;

	while (p < end) {
		if (*p == '"') {
			p = json_skip(p, end);
			continue;
		}
		if (*p == '[' || *p == '{')
			now++;
		else if (*p == ']' || *p == '}')
			now--;
		if (now > height)
			height = now;
		p++;
	}
	return height;
}

unsigned
patch_value_height(struct patch_pool *pool, const struct patch_value *v)
{
	switch (v->form) {
	case PATCH_RAW:
		pool->work += v->len;
		return raw_height(span_of(v->is.raw, v->len));
	case PATCH_ARRAY:
		return patch_array_height(pool, v->is.array);
	case PATCH_OBJECT:
		return patch_object_height(pool, v->is.object);
	case PATCH_TEXT:
		break;
	}
	return 0;
}
