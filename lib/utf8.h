/*
 * utf8: UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing
 * above U+10FFFF.
 *
 * Floor 0.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

/* Bytes of the well-formed character at p, 1 .. 4; 0 when there is none. */
size_t utf8_length(const unsigned char *p, const unsigned char *end);

/*
 * Where there is none: how many bytes, 1 .. 3, begin like a character and are
 * to be replaced by one U+FFFD, as browsers do it. Source: The Unicode
 * Standard, 3.9, Substitution of Maximal Subparts.
 */
size_t utf8_subpart(const unsigned char *p, const unsigned char *end);

/* Write a character (a scalar value) and return its 1 .. 4 bytes. */
size_t utf8_put(uint32_t c, char *out);

bool utf8_is_valid(struct span);

#endif /* UTF8_H */
