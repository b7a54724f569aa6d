/*
 * patch_value: a value of a document under change.  It is raw canonical bytes
 * until an operation has to look inside; then it becomes an object or array
 * whose parts are raw again, or a text that grows.
 *
 * Floor 1.  Private to patch.
 */
#ifndef PATCH_VALUE_H
#define PATCH_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "span.h"

struct patch_array;  /* patch_array.c */
struct patch_object; /* patch_object.c */
struct patch_text;   /* patch_text.c */

enum patch_form { PATCH_RAW, PATCH_ARRAY, PATCH_OBJECT, PATCH_TEXT };

struct patch_value {
	enum patch_form form;
	size_t len; /* canonical bytes, kept right by whoever changes it */
	union {
		const char *raw;
		struct patch_array *array;
		struct patch_object *object;
		struct patch_text *text;
	} is;
};

/*
 * All memory of a document, freed at once.
 *
 * work  bytes that were read, copied or shifted; who applies a patch watches
 *       it, so that few bytes of patch cannot ask for endless work
 */
struct patch_pool {
	struct patch_block *blocks;
	struct patch_object *objects;
	struct patch_text *texts;
	uint64_t random;
	size_t work;
};

void patch_pool_fini(struct patch_pool *);

/* Zeroed memory that lives as long as the pool. */
void *patch_pool_new(struct patch_pool *, size_t size);

/* A copy that lives as long as the pool. */
struct span patch_pool_keep(struct patch_pool *, struct span);

static inline struct patch_value
patch_value_raw(struct span bytes)
{
	struct patch_value v = { PATCH_RAW, bytes.len, { bytes.p } };

	return v;
}

/* Make an array or object ready for looking inside.  False for others. */
bool patch_value_open(struct patch_pool *, struct patch_value *);

/* The same for a string. */
bool patch_value_open_text(struct patch_pool *, struct patch_value *);

void patch_value_write(const struct patch_value *, struct buf *);

/* Arrays and objects within one another, counting itself. */
unsigned patch_value_height(struct patch_pool *, const struct patch_value *);

/* --- arrays: every index is checked by the caller ------------------------ */

struct patch_array *patch_array_new(struct patch_pool *, struct span raw);
uint32_t patch_array_count(const struct patch_array *);

/* Borrowed until the element is taken. */
struct patch_value *patch_array_at(struct patch_pool *, struct patch_array *,
    uint32_t index);
void patch_array_insert(struct patch_pool *, struct patch_array *,
    uint32_t index, struct patch_value);
struct patch_value patch_array_take(struct patch_pool *, struct patch_array *,
    uint32_t index);
void patch_array_write(const struct patch_array *, struct buf *);
unsigned patch_array_height(struct patch_pool *, const struct patch_array *);

/* --- objects: keys are canonical, without quotes ------------------------- */

struct patch_object *patch_object_new(struct patch_pool *, struct span raw);
void patch_object_fini(struct patch_object *);
uint32_t patch_object_count(const struct patch_object *);

/* NULL when there is no such member.  Borrowed until the next insert. */
struct patch_value *patch_object_at(const struct patch_object *,
    struct span key);

/* A member that was not there. */
void patch_object_insert(struct patch_pool *, struct patch_object *,
    struct span key, struct patch_value);
void patch_object_remove(struct patch_object *, struct span key);
void patch_object_write(const struct patch_object *, struct buf *);
unsigned patch_object_height(struct patch_pool *, const struct patch_object *);

/* --- texts: see utf16.h for positions ------------------------------------ */

struct patch_text *patch_text_new(struct patch_pool *, struct span raw);
void patch_text_fini(struct patch_text *);

/* False when a position is beyond the end or within a surrogate pair. */
bool patch_text_insert(struct patch_pool *, struct patch_text *, size_t pos,
    struct span inside);
bool patch_text_delete(struct patch_pool *, struct patch_text *, size_t pos,
    size_t len);
size_t patch_text_len(const struct patch_text *); /* with quotes */
void patch_text_write(const struct patch_text *, struct buf *);

#endif /* PATCH_VALUE_H */
