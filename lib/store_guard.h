/*
 * store_guard: has anybody laid hands on the files of a writer, while they are
 * open or before?  Private to lib/store*.c.
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
/*
 * The only way to copy the WAL back; mode as sqlite3_wal_checkpoint_v2 has it,
 * and its result.  SQLITE_CORRUPT, and nothing is copied, once they are
 * disturbed.
 */
int store_guard_copy(struct store *, int mode);
/*
 * Before it is opened: was the database overwritten while there were changes in
 * the WAL, which would be taken together with it?
 */
bool store_guard_is_mixed(const struct store *);
/* End; SQLite must have closed the files before. */
void store_guard_close(struct store *);

#endif /* STORE_GUARD_H */
