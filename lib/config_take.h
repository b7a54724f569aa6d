/*
 * config_take: a JSON object becomes a struct by a table of its keys.  What
 * is not in the table, has another type or lies outside its range is an
 * error, with the known keys that resemble it.
 *
 * Floor 2.  Private to config*.c.
 */
#ifndef CONFIG_TAKE_H
#define CONFIG_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "config_place.h"
#include "err.h"

struct config_key;

/* Check the value at a place and put it into the member of *into. */
typedef const struct err *config_take_fn(const struct config_place *,
    const struct config_key *, void *into);

struct config_key {
	const char *name;
	config_take_fn *take;
	size_t offset;        /* of the member in *into */
	uint32_t least, most; /* of a number, in the unit of the file */
	uint32_t unit;        /* the member's units in one of the file's */
	bool is_needed;
	uint32_t kinds; /* for the table's owner */
};

/*
 * given  out: bit i is set when keys[i] was there; may be NULL.  n <= 32.
 */
const struct err *config_take(const struct config_place *,
    const struct config_key *keys, size_t n, void *into, uint32_t *given)
    MUST_CHECK;

/* Takers.  Members: bool, uint32_t, char *, struct config_names. */
config_take_fn config_take_bool;
config_take_fn config_take_number;
config_take_fn config_take_text;  /* not empty */
config_take_fn config_take_texts; /* an array of these, or a single one */
config_take_fn config_take_globs; /* an array of path globs */
config_take_fn config_take_path;  /* char *, absolute: see config_path() */

/*
 * Absolute, relative ones from dir; without empty and "." components (".." is
 * left to the kernel: what stands before it may be a symlink).  free(3).
 */
char *config_path(const char *dir, const char *path);

/* "expected WHAT, not a number" unless it is of that type of json-c's. */
const struct err *config_want_object(const struct config_place *) MUST_CHECK;

/* Maybe empty; free with free(3).  No text in a configuration holds NUL. */
const struct err *config_want_text(const struct config_place *,
    const char *what, char **out) MUST_CHECK;

/*
 * Append ": did you mean "files"?", or "; known: a, b" when nothing known
 * resembles name.
 */
void config_suggest(struct buf *, const char *name, const char *const *known,
    size_t n);

#endif /* CONFIG_TAKE_H */
