/*
 * store_coll: collections of a project, with counters that are kept up to date
 * by every change.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_COLL_H
#define STORE_COLL_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "span.h"

struct store; /* store.h */

enum { STORE_NAME_BYTES_MAX = 64 };

struct store_coll {
	uint32_t cid;
	char name[STORE_NAME_BYTES_MAX + 1];
	bool is_files;  /* fed by files; else by writes */
	uint64_t n;     /* live entities */
	uint64_t bytes; /* sum of their bodies and ids */
	uint64_t ver;   /* seq of the last change in it; 0 if none */
	uint64_t log;   /* bytes of its changes and kept bodies */
};

typedef void store_coll_fn(const struct store_coll *, void *arg);

/* In order of their names. */
const struct err *store_colls(struct store *, store_coll_fn *fn, void *arg)
    MUST_CHECK;

/* ERR_NOT_FOUND when there is none of that name. */
const struct err *store_coll_find(struct store *, struct span name,
    struct store_coll *) MUST_CHECK;

/* … that is there, or was and has been dropped: its entities have a past. */
const struct err *store_coll_ever(struct store *, struct span name,
    struct store_coll *) MUST_CHECK;

/* By key, a dropped one too: changes in the log go on naming it. */
const struct err *store_coll_at(struct store *, uint32_t cid,
    struct store_coll *) MUST_CHECK;

/* Find, or make, inside a transaction of the writer. */
const struct err *store_coll_make(struct store *, struct span name,
    bool is_files, uint32_t *cid) MUST_CHECK;

/*
 * Forget an empty collection (its configuration is gone); inside a transaction
 * of the writer.  ERR_CONFLICT when it is not empty.
 */
const struct err *store_coll_drop(struct store *, uint32_t cid) MUST_CHECK;

#endif /* STORE_COLL_H */
