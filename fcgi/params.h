/*
 * params: query parameters as what they mean.  Each error is ERR_BAD_REQUEST
 * and names the parameter.  Parameters that nobody asks for are ignored, as is
 * usual on the web.
 *
 * Floor 3.
 */
#ifndef PARAMS_H
#define PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "cursor.h"
#include "err.h"

struct filter;
struct moment;
struct request;

/* Decimal digits alone; *value is left alone when the parameter is absent. */
const struct err *params_number(const struct request *, const char *name,
    uint32_t least, uint32_t most, uint32_t *value) MUST_CHECK;

/* 1 or 0; absent is false. */
const struct err *params_flag(const struct request *, const char *name,
    bool *value) MUST_CHECK;

/* Absent is no cursor. */
const struct err *params_cursor(const struct request *, const char *name,
    struct cursor *value) MUST_CHECK;

/* A place in the past; *is_given false when it is absent. */
const struct err *params_moment(const struct request *, const char *name,
    struct moment *value, bool *is_given) MUST_CHECK;

/*
 * All of match and where, and (unless in_collection) collections.  *filter is
 * to be freed in any case.
 */
const struct err *params_filter(const struct request *, bool in_collection,
    struct filter **filter) MUST_CHECK;

/*
 * Parameters that would change what is answered, from a later version of the
 * protocol than ours: refused, since ignoring them would be a lie.
 */
const struct err *params_refuse(const struct request *,
    const char *const *names, size_t n) MUST_CHECK;

#endif /* PARAMS_H */
