/*
 * change: one committed step of one entity.
 *
 * Floor 1.
 */
#ifndef CHANGE_H
#define CHANGE_H

#include <stdint.h>

#include "monotime.h"
#include "span.h"

/*
 * On the wire CREATE and PUT are both "put".  A CREATE says that the entity
 * was not there before, so whoever stood earlier in the log held nothing.
 * The numbers stand in the database.
 */
enum change_op {
	CHANGE_CREATE = 1,
	CHANGE_PUT = 2,
	CHANGE_PATCH = 3,
	CHANGE_DELETE = 4,
	CHANGE__MAX
};

struct change {
	uint64_t seq;  /* 1, 2, 3 … per project */
	uint64_t prev; /* seq of the entity's change before; 0 for its first */
	uint64_t eid;  /* the entity's key in the store */
	uint32_t cid;  /* the collection's */
	enum change_op op;
	struct walltime at;
	struct span id;
	struct span actor;    /* empty: the watcher */
	struct span mutation; /* empty: none was given */
	struct span patch;    /* CHANGE_PATCH: canonical patch; else empty */
};

#endif /* CHANGE_H */
