/*
 * store_guard: has anybody laid hands on the files of a writer while they are
 * open?  Private to lib/store*.c.
 *
 * Floor 2.
 */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct store;

/* What they looked like. */
struct store_guard {
	int shm_fd;                /* -1: nothing is guarded */
	uint64_t wal_ino, shm_ino; /* 0: the same */
	uint64_t size, mtime_ns;   /* of the database */
	uint32_t copied[4];        /* how far the WAL was copied back into it */
};

/* Begin; once the files are there. */
void store_guard_open(struct store *);
/* Do the WAL or the -shm at the path belong to this one? */
bool store_guard_owns_wal(const struct store *);
/* End; SQLite must have closed the files before. */
void store_guard_close(struct store *);

#endif /* STORE_GUARD_H */
