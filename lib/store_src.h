/*
 * store_src: what a watcher last saw of its files (a cache, never the truth),
 * and what is wrong with them at present.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_SRC_H
#define STORE_SRC_H

#include <stdint.h>

#include "err.h"
#include "monotime.h"
#include "span.h"

struct store; /* store.h */

struct store_src {
	uint32_t cid;
	struct span path; /* relative to the collection's directory */
	uint64_t eid;     /* the entity that it feeds */
	uint64_t ino, size;
	int64_t mtime_ns, ctime_ns;
	uint64_t raw; /* XXH3 of the bytes */
};

typedef void store_src_fn(const struct store_src *, void *arg);

const struct err *store_srcs(struct store *, uint32_t cid, store_src_fn *fn,
    void *arg) MUST_CHECK;
/* Inside a transaction. */
const struct err *store_src_put(struct store *, const struct store_src *)
    MUST_CHECK;
const struct err *store_src_drop(struct store *, uint32_t cid, struct span path)
    MUST_CHECK;

/* An entity whose source cannot be read at present. */
struct store_problem {
	struct span collection;
	struct span id;
	struct span reason; /* for a person; no path outside the collection */
	struct walltime since;
};

typedef void store_problem_fn(const struct store_problem *, void *arg);

/* In order of collection and id. */
const struct err *store_problems(struct store *, store_problem_fn *fn,
    void *arg) MUST_CHECK;
/* Inside a transaction.  since is kept when the problem is known already. */
const struct err *store_problem_put(struct store *,
    const struct store_problem *) MUST_CHECK;
const struct err *store_problem_drop(struct store *, struct span collection,
    struct span id) MUST_CHECK;

#endif /* STORE_SRC_H */
