/*
 * store_entity: the entities of a collection as they are now.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_ENTITY_H
#define STORE_ENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "monotime.h"
#include "span.h"

struct store; /* store.h */

enum { STORE_ID_BYTES_MAX = 512 };

struct store_entity {
	uint64_t eid;
	uint64_t born;           /* seq of the first change it ever had */
	uint64_t version;        /* seq of the last change */
	struct walltime updated; /* when that was */
	struct span id;
	struct span body; /* canonical; empty when the entity is gone */
};

/* Spans are borrowed for the call.  Return false to stop the walk. */
typedef bool store_entity_fn(const struct store_entity *, void *arg);

/*
 * One entity, live or gone; its spans point into hold, which is overwritten.
 * ERR_NOT_FOUND when that id never was there.
 */
const struct err *store_entity_get(struct store *, uint32_t cid, struct span id,
    struct store_entity *, struct buf *hold) MUST_CHECK;

/* The same by key. */
const struct err *store_entity_at(struct store *, uint64_t eid,
    struct store_entity *, struct buf *hold) MUST_CHECK;

/*
 * The version of a live one, without reading its body.  ERR_NOT_FOUND when it
 * is gone or never was.
 */
const struct err *store_entity_version(struct store *, uint32_t cid,
    struct span id, uint64_t *version) MUST_CHECK;

/* All live entities, in no particular order: one range scan, the fast way. */
const struct err *store_entities(struct store *, uint32_t cid,
    store_entity_fn *fn, void *arg) MUST_CHECK;

/* Live entities with id > after, in bytewise order of ids, at most limit. */
const struct err *store_entities_after(struct store *, uint32_t cid,
    struct span after, uint32_t limit, store_entity_fn *fn, void *arg)
    MUST_CHECK;

/*
 * All entities with id > after, gone ones too, in bytewise order of ids; the
 * body of those alone that have not changed after seq.
 */
const struct err *store_entities_past(struct store *, uint32_t cid,
    struct span after, uint64_t seq, store_entity_fn *fn, void *arg) MUST_CHECK;

/* All live ids with version, in no particular order; bodies are not read. */
const struct err *store_ids(struct store *, uint32_t cid, store_entity_fn *fn,
    void *arg) MUST_CHECK;

#endif /* STORE_ENTITY_H */
