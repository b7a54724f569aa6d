/*
 * config_place: where in a configuration file a value stands, so that an
 * error can name its path and its line.  json-c keeps no positions: a place
 * holds its ordinal in each object or array above it, and the line is found
 * by walking the text by these, only when something is wrong.
 *
 * Floor 2.  Private to config*.c.
 */
#ifndef CONFIG_PLACE_H
#define CONFIG_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "span.h"

struct json_object; /* json-c's */

struct config_text {
	const char *file;  /* as the user gave it */
	const char *dir;   /* its folder, absolute */
	struct span bytes; /* NUL-terminated; json_scan() has accepted them */
};

/* All borrowed; places are made on the stack, each below its up. */
struct config_place {
	const struct config_text *text;
	const struct config_place *up; /* NULL: the root */
	const char *name;              /* of a member; NULL: an element */
	size_t nth;                    /* member or element of up, from 0 */
	struct json_object *value;     /* NULL is JSON's null */
};

/*
 * ERR_BAD_REQUEST "FILE:LINE: projects.main.store: …"; the line is that of
 * the key (or of the element).
 */
const struct err *config_fault(const struct config_place *, const char *fmt,
    ...) PRINTF_LIKE(2, 3);

/* The member of that name, which must exist. */
struct config_place config_place_of(const struct config_place *up,
    const char *name);

/* Call fn for each member or element, in order, until one fails. */
typedef const struct err *config_each_fn(const struct config_place *, void *);
const struct err *config_each(const struct config_place *, config_each_fn *,
    void *arg) MUST_CHECK;

#endif /* CONFIG_PLACE_H */
