/*
 * key: the id that a document carries: the values of the collection's key
 * fields, joined by a space ("GET /users"); without configured ones, that of
 * the first of id, key, uuid, name that is there and a scalar.
 *
 * Floor 3.
 */
#ifndef KEY_H
#define KEY_H

#include <stdbool.h>

#include "buf.h"
#include "config.h"
#include "span.h"

/* doc: canonical bytes; id is overwritten.  False: it carries none. */
bool key_of(const struct config_coll *, struct span doc, struct buf *id);

#endif /* KEY_H */
