/*
 * source: how the bytes of a file become entities.
 *
 * To add another source: a value of enum config_source with its name and keys
 * (lib/config.h, lib/config_coll.c, docs/CONFIG.md), source_<name>.c with a
 * take function, its line in source.c, and tests/e2e/.
 *
 * Floor 3.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "err.h"
#include "seen.h"
#include "span.h"

struct claim;
struct coll;
struct json;

/* One look at one file that is not as it was: what a source works with. */
struct take {
	struct coll *coll;
	struct seen_file *file;
	int fd;                /* open for reading; -1 unless is_opened */
	struct seen_stat stat; /* before anything was read */
	struct span path;      /* relative to the collection's directory */
	struct span id;        /* by the collection's rule; may be no good id */
	struct claim *claim;   /* is_single: the entity of that id */
	struct span bytes;     /* is_whole: all of them */
	uint64_t raw;          /* is_whole: XXH3 of them */
	bool is_warned;
};

/*
 * Bring the entities of the file up to date, by coll_put() and coll_delete().
 *
 * NULL; ERR_PARSE, ERR_SYS, ERR_UNAVAILABLE: try again soon, it may be half
 * written; ERR_LIMIT, ERR_CONFLICT, ERR_BAD_REQUEST: it is beyond hope until
 * it changes.  The text becomes the file's problem, and the last good version
 * stays.
 */
typedef const struct err *source_take_fn(struct take *);

struct source {
	bool is_single; /* one entity, whose id comes from the path */
	bool is_opened;
	bool is_whole;  /* wants the bytes, unchanged while they were read */
	bool is_cached; /* same stat as in the store's cache: same entity */
	source_take_fn *take;
};

extern const struct source source_of[CONFIG__MAX];

source_take_fn source_items_take;
source_take_fn source_json_take;
source_take_fn source_jsonl_take;
source_take_fn source_stat_take;
source_take_fn source_text_take;

/* Something in the file is left out; the rest is taken.  The first counts. */
void take_warn(struct take *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Delete what the file fed and no claim of which bears this mark. */
const struct err *take_sweep(struct take *, uint32_t mark) MUST_CHECK;

#endif /* SOURCE_H */
