/*
 * utf16: positions in a canonical JSON string (without its quotes), counted
 * in UTF-16 code units of the text it stands for, as JavaScript counts: an
 * escape is one unit, a UTF-8 sequence of four bytes is two.
 *
 * Floor 1.
 */
#ifndef UTF16_H
#define UTF16_H

#include <stdbool.h>
#include <stddef.h>

#include "span.h"

/* A boundary between two characters. {0} is the beginning. */
struct utf16_mark {
	size_t at;    /* byte in the canonical string */
	size_t units; /* code units before it */
};

/* Forward to the first boundary that is not before byte at (<= len). */
void utf16_to_byte(struct span inside, struct utf16_mark *, size_t at);

/*
 * Forward to a position.  False when the text is shorter, or when there is
 * half a surrogate pair on each side; the mark is of no use then.
 */
bool utf16_to_unit(struct span inside, struct utf16_mark *, size_t units);

#endif /* UTF16_H */
