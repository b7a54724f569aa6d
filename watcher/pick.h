/*
 * pick: which paths of its directory a collection takes, and the id that a
 * path gives.  Pure.
 *
 * Hidden names (a component that begins with a dot) and the temporary names
 * of editors and producers are taken only by a glob that names them: one with
 * a component that begins with a dot, or with the same ending.
 *
 * Floor 3.
 */
#ifndef PICK_H
#define PICK_H

#include <stdbool.h>

#include "buf.h"
#include "config.h"
#include "err.h"
#include "span.h"

/* path: relative to the collection's directory. */
bool pick_file(const struct config_coll *, struct span path);

/* Could there be a file to take anywhere below this directory? */
bool pick_dir(const struct config_coll *, struct span path);

/*
 * The id by the collection's rule; overwrites id.  ERR_BAD_REQUEST when the
 * path gives none.
 */
const struct err *pick_id(const struct config_coll *, struct span path,
    struct buf *id) MUST_CHECK;

/* A name as people can read it: what is not printable UTF-8 as \xNN. */
void pick_readable(struct span name, struct buf *out);

#endif /* PICK_H */
