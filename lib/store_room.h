/*
 * store_room: what a store can still write when the disk is full.
 *
 * SQLite needs the WAL for every change, a deletion too.  So the WAL's file is
 * made STORE_RESERVE_BYTES long while there is room on the disk, and stays so;
 * once its content is copied back, it is written from its beginning again.
 * And a change finds its place in pages that trimming has freed.
 *
 * What is in the WAL when the disk becomes full may be pages that the database
 * has no room for yet.  For them there is a ballast, "<store>-ballast" of
 * STORE_RESERVE_BYTES: it is removed then, and made again when there is room.
 * At rest the WAL has not more than that; under load it may have, and if the
 * disk is filled just then, nothing is recorded until it has room again.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_ROOM_H
#define STORE_ROOM_H

#include <stdint.h>

#include "err.h"

struct store; /* store.h */

enum {
	/* A batch fits into this, or nearly always. */
	STORE_ROOM_BYTES_MIN = 2 << 20,
	STORE_RESERVE_BYTES = 4 << 20,
	STORE_BALLAST_FREE_MIN = 16 << 20, /* on the disk, to make one */
};

/*
 * What a batch can count on, in bytes: what is free on the disk; when that is
 * less than STORE_ROOM_BYTES_MIN, with what the WAL and free pages have.
 * Outside a transaction, of the writer; on a full disk it copies back what is
 * in the WAL.
 */
const struct err *store_room(struct store *, uint64_t *bytes) MUST_CHECK;

/* Bytes of the database that are free for other rows. */
const struct err *store_free_bytes(struct store *, uint64_t *bytes) MUST_CHECK;

/*
 * Private to the store: when a writer has opened, and when it has closed, at
 * which SQLite cuts the WAL.  least: that must be free on the disk.
 */
void store_room_reserve(const struct store *, uint64_t least);

#endif /* STORE_ROOM_H */
