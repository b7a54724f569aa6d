/*
 * filter: which entities a request selects: by collection, by id (match) and
 * by content (where).  Pure: a filter is made of decoded query parameters and
 * asked about one entity at a time.
 *
 * where: pointer ":" op ":" value, split at the first ":op:"; op is one of eq
 * ne lt le gt ge has; the value is JSON if it parses as a scalar, else text.
 * A pointer that leads nowhere satisfies ne, and has with value false, only.
 * Numbers compare as numbers, strings bytewise; other pairs are unequal and
 * unordered.
 *
 * Floor 1.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"
#include "span.h"

enum { FILTER_TERMS_MAX = 32, FILTER_TERM_BYTES_MAX = 1024 };

struct filter; /* opaque */

/* Selects everything. */
struct filter *filter_new(void);
void filter_free(struct filter *);

/*
 * Narrow it.  Texts are decoded, borrowed for the call only.  ERR_BAD_REQUEST
 * (with what is wrong) or ERR_LIMIT.
 *
 * collections  comma-separated names; several calls add up
 * match        "collection:glob" or, with in_collection, "glob"; several
 *              calls: any of them is enough
 * where        several calls: all must hold
 */
const struct err *filter_add_collections(struct filter *, struct span text)
    MUST_CHECK;
const struct err *filter_add_match(struct filter *, struct span text,
    bool in_collection) MUST_CHECK;
const struct err *filter_add_where(struct filter *, struct span text)
    MUST_CHECK;

/* Could any entity of this collection be selected?  Without looking at it. */
bool filter_wants_collection(const struct filter *, struct span collection);
/* … and with this id? */
bool filter_wants_id(const struct filter *, struct span collection,
    struct span id);
/* Is the content needed for a verdict (any where)? */
bool filter_has_where(const struct filter *);
/* Does it select everything (no term at all)? */
bool filter_is_all(const struct filter *);
/* Do the names of collections alone decide? */
bool filter_is_by_collection(const struct filter *);
/* body: canonical. */
bool filter_wants_body(const struct filter *, struct span body);

/* Append a text that is equal for filters that select alike by form: groups
 * are keyed by it. */
void filter_key(const struct filter *, struct buf *key);

#endif /* FILTER_H */
