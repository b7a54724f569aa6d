/*
 * feed_net: what all changes after a cursor come to: one net step for each
 * entity that they touched, in the order of their last changes.
 *
 * Floor 2.  A part of feed.
 */
#ifndef FEED_NET_H
#define FEED_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "change.h"
#include "err.h"
#include "store.h"

struct filter;

/* Patches kept in memory for one answer; beyond it entities are sent whole. */
enum { FEED_NET_PATCH_BYTES_MAX = 16 << 20 };

struct feed_net_step {
	uint64_t eid;
	uint64_t base;  /* version at the cursor; 0: it was not there */
	uint64_t first; /* seq of the first change after the cursor */
	uint64_t seq;   /* … and of the last one */
	struct walltime at;
	size_t coll;       /* index into coll */
	size_t id, id_len; /* place in text */
	/* Of the last change: */
	size_t actor, actor_len;
	size_t mutation, mutation_len;
	uint32_t n_changes;
	bool is_gone;       /* the last change is a DELETE */
	bool is_patched;    /* nothing but PATCHes, and all are kept */
	uint32_t piece;     /* the first + 1; 0: none */
	uint32_t piece_end; /* the last + 1 */
	size_t patch_len;   /* of all pieces together */
};

/* The operations of one patch, without the brackets. */
struct feed_net_piece {
	size_t at, len;
	uint32_t next; /* + 1; 0: none */
};

struct feed_net {
	struct store_coll *coll; /* those that occur */
	size_t n_colls, cap_colls;
	struct feed_net_step *step;
	size_t n_steps, cap_steps;
	struct feed_net_piece *piece;
	size_t n_pieces, cap_pieces;
	struct buf text;
	size_t patch_bytes;
	uint32_t *slot; /* hash table of steps by eid: index + 1 */
	size_t n_slots; /* a power of two */
};

void feed_net_fini(struct feed_net *);

/*
 * Gather what happened after a seq and up to another (0: the head), as far as
 * the filter's collections and ids go.  net is {0}, and to be given back in any
 * case.
 */
const struct err *feed_net_gather(struct feed_net *, struct store *,
    const struct filter *, uint64_t after, uint64_t until) MUST_CHECK;

/* Only which entities, without the patches: is_patched is of no use then. */
const struct err *feed_net_glance(struct feed_net *, struct store *,
    uint64_t after) MUST_CHECK;

struct span feed_net_id(const struct feed_net *, const struct feed_net_step *);
struct span feed_net_actor(const struct feed_net *,
    const struct feed_net_step *);
struct span feed_net_mutation(const struct feed_net *,
    const struct feed_net_step *);

/* Are the operations of a patch those of RFC 6902 alone? */
bool feed_net_is_standard(struct span ops);

/*
 * Append all operations of a step as one patch.  is_standard: out: whether
 * they are RFC 6902 alone.
 */
void feed_net_patch(const struct feed_net *, const struct feed_net_step *,
    struct buf *out, bool *is_standard);

#endif /* FEED_NET_H */
