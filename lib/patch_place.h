/*
 * patch_place: where in a document an operation works.
 *
 * Floor 1.  Private to patch.
 */
#ifndef PATCH_PLACE_H
#define PATCH_PLACE_H

#include "buf.h"
#include "err.h"
#include "json.h"
#include "patch_value.h"
#include "span.h"

struct patch_tree {
	struct patch_value root;
	struct patch_pool pool;
	struct buf token; /* the last one of the place in hand */
};

/*
 * above[0] is the document, above[n - 1] holds the value by the token; with
 * n = 0 the place is the document itself.  A place is good until another one
 * is looked for or the document changes.
 */
struct patch_place {
	struct patch_value *above[JSON_DEPTH_MAX];
	unsigned n;
};

/*
 * All of these: ERR_CONFLICT when a place is not there, ERR_LIMIT when the
 * document would become too deep.
 *
 * find: the place need not hold a value, but what it would be in must be
 * there.  pointer is a checked one.
 */
const struct err *patch_place_find(struct patch_tree *, struct span pointer,
    struct patch_place *) MUST_CHECK;

/* The same for a place that holds a value. */
const struct err *patch_place_at(struct patch_tree *, struct span pointer,
    struct patch_place *, struct patch_value **) MUST_CHECK;

/* A new element, or a member whether or not it was there. */
const struct err *patch_place_put(struct patch_tree *,
    const struct patch_place *, struct patch_value) MUST_CHECK;
const struct err *patch_place_replace(struct patch_tree *,
    const struct patch_place *, struct patch_value) MUST_CHECK;
const struct err *patch_place_take(struct patch_tree *,
    const struct patch_place *, struct patch_value *) MUST_CHECK;

/* Everything above has n bytes more, or (modulo 2^64) fewer. */
void patch_place_grow(const struct patch_place *, size_t n);

#endif /* PATCH_PLACE_H */
