/*
 * patching: apply a patch given as text and look at what comes out.
 */
#ifndef PATCHING_H
#define PATCHING_H

#include "check.h"
#include "json.h"
#include "patch.h"

static struct json patch;
static struct buf patched; /* what the last patch gave */

static inline const struct err *
apply(const char *body, const char *operations)
{
	buf_clear(&patched);
	if (!CHECK_OK(json_scan(&patch, span_str(operations), NULL)))
		return NULL;
	return patch_apply(span_str(body), &patch, &patched);
}

/* Exactly these bytes. */
static inline void
check_becomes(const char *body, const char *operations, const char *want)
{
	if (!CHECK_OK(apply(body, operations)) ||
	    !CHECK_STR(buf_cstr(&patched), want))
		printf("#   %s\n#   %s\n", body, operations);
}

static inline void
check_refused(const char *body, const char *operations, enum err_code code)
{
	if (!CHECK_ERR(apply(body, operations), code) ||
	    !CHECK_INT(patched.len, 0))
		printf("#   %s\n#   %s\n", body, operations);
}

/* n times unit, in quotes. */
static inline void
add_text(struct buf *body, const char *unit, size_t n)
{
	buf_byte(body, '"');
	while (n-- > 0)
		buf_str(body, unit);
	buf_byte(body, '"');
}

#endif /* PATCHING_H */
