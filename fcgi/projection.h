/*
 * projection: named fields of a document instead of the whole: each
 * select=name:pointer is one field.  Pure.
 *
 * Floor 3.
 */
#ifndef PROJECTION_H
#define PROJECTION_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"
#include "span.h"

enum { PROJECTION_FIELDS_MAX = 32, PROJECTION_FIELD_BYTES_MAX = 1024 };

struct projection; /* opaque */

struct projection *projection_new(void); /* no fields: the whole document */
void projection_free(struct projection *);

/*
 * text: "name:pointer", split at the first ':'; decoded, borrowed for the
 * call.  ERR_BAD_REQUEST.
 */
const struct err *projection_add(struct projection *, struct span text)
    MUST_CHECK;

bool projection_is_all(const struct projection *); /* no fields */

/* Append a text that is equal for projections that are alike. */
void projection_key(const struct projection *, struct buf *key);

/*
 * Append what is left of a canonical body.  A pointer that leads nowhere makes
 * no member.  When out has become longer than most, nothing more is appended:
 * each field may be the whole body.
 */
void projection_write(const struct projection *, struct span body, size_t most,
    struct buf *out);

#endif /* PROJECTION_H */
