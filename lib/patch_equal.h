/*
 * patch_equal: equality as the operation "test" means it (RFC 6902 section
 * 4.6).
 *
 * Floor 1.  Private to patch.
 */
#ifndef PATCH_EQUAL_H
#define PATCH_EQUAL_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"

/* The order of members does not matter; numbers are equal by value. */
bool patch_equal(const struct json *, uint32_t, const struct json *, uint32_t);

#endif /* PATCH_EQUAL_H */
