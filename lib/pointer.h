/*
 * pointer: JSON Pointer (RFC 6901).  All pointers here are in the form in
 * which they stand inside a canonical JSON string: "/a\"b/0".  Since escapes
 * are unique there, tokens are compared with keys byte by byte, and only ~0
 * and ~1 are taken back.
 *
 * Floor 1.
 */
#ifndef POINTER_H
#define POINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "span.h"

enum { POINTER_BYTES_MAX = 4096 };

/* NULL; ERR_BAD_REQUEST when it is not a pointer (RFC 6901 section 3). */
const struct err *pointer_check(struct span pointer) MUST_CHECK;

/*
 * Take the next token off *rest, which begins with '/'.  out is cleared and
 * filled with the token, ~ taken back.  False when *rest is empty.
 */
bool pointer_next(struct span *rest, struct buf *token);

/* Append "/" and a key (canonical, without quotes) or an array index. */
void pointer_add_key(struct buf *pointer, struct span key);
void pointer_add_index(struct buf *pointer, uint32_t index);

/* An array index as RFC 6901 section 4 wants it: no sign, no leading zero. */
bool pointer_index(struct span token, uint32_t *index);

/* The node a pointer leads to: true and *node, or false. */
bool pointer_find(const struct json *, struct span pointer, uint32_t *node);

/*
 * The same in canonical bytes without a tape.  *value is borrowed from doc.
 * Cost: the bytes before the value.
 */
bool pointer_seek(struct span doc, struct span pointer, struct span *value);

#endif /* POINTER_H */
