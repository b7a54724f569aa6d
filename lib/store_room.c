#include "store_room.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "buf.h"
#include "store_sql.h"

/* UINT64_MAX where the system does not know: the commit will tell. */
static uint64_t
disk_room(const struct store *s)
{
	struct statvfs st;

	if (statvfs(s->path, &st) != 0 || st.f_blocks == 0)
		return UINT64_MAX;
	return (uint64_t)st.f_bavail * st.f_frsize;
}

static char *
path_of(const struct store *s, const char *suffix)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s%s", s->path, suffix);
	return buf_take(&path, NULL);
}

/*
 * Not posix_fallocate(3), which writes into the file where the system cannot
 * do it.  To SQLite zeros are no frames.  Where it fails, a full disk is met
 * earlier, and said.
 */
static void
lengthen(const struct store *s, const char *suffix, int flags)
{
	char *path = path_of(s, suffix);
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);

	free(path);
	if (fd < 0)
		return;
	(void)fallocate(fd, 0, 0, STORE_RESERVE_BYTES);
	(void)close(fd);
}

void
store_room_reserve(const struct store *s, uint64_t least)
{
	if (s->is_wal && disk_room(s) >= least)
		lengthen(s, "-wal", 0);
}

/* --- ballast -------------------------------------------------------------- */

static void
make_ballast(const struct store *s)
{
	char *path = path_of(s, "-ballast");
	bool is_there = access(path, F_OK) == 0;

	free(path);
	if (!is_there)
		lengthen(s, "-ballast", O_CREAT);
}

/* Was there one? */
static bool
drop_ballast(const struct store *s)
{
	char *path = path_of(s, "-ballast");
	bool was_there = unlink(path) == 0;

	free(path);
	return was_there;
}

/* --- what there is -------------------------------------------------------- */

/*
 * Copy back all that is in the WAL, and have it begun anew.  Readers, which
 * hold it for moments, are waited for; SQLITE_BUSY: not long enough.
 */
static int
empty_wal(struct store *s)
{
	int rc;

	(void)sqlite3_busy_timeout(s->db, STORE_READERS_MS);
	rc = store_guard_copy(s, SQLITE_CHECKPOINT_RESTART);
	(void)sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
	if (rc == SQLITE_OK)
		s->wal_pages = 0;
	return rc & 0xff;
}

/* Of the WAL's file, which can be written from its beginning then. */
static uint64_t
wal_room(struct store *s)
{
	struct stat st = { 0 };
	char *path;
	int rc;

	if (!s->is_wal)
		return 0;
	rc = empty_wal(s);
	if (rc == SQLITE_FULL && drop_ballast(s))
		rc = empty_wal(s);
	if (rc != SQLITE_OK)
		return 0;
	path = path_of(s, "-wal");
	if (stat(path, &st) != 0)
		st.st_blocks = 0;
	free(path);
	return (uint64_t)st.st_blocks * 512;
}

const struct err *
store_free_bytes(struct store *s, uint64_t *bytes)
{
	int64_t pages = 0, size = 0;
	const struct err *err = sql_number(s, "PRAGMA freelist_count", &pages);

	if (err == NULL)
		err = sql_number(s, "PRAGMA page_size", &size);
	*bytes = (uint64_t)pages * (uint64_t)size;
	return err;
}

const struct err *
store_room(struct store *s, uint64_t *bytes)
{
	uint64_t wal, pages = 0;
	const struct err *err;

	assert(!s->is_writing && s->views == 0);
	*bytes = disk_room(s);
	if (*bytes >= STORE_ROOM_BYTES_MIN) {
		if (*bytes >= STORE_BALLAST_FREE_MIN)
			make_ballast(s);
		return NULL;
	}
	wal = wal_room(s);
	err = store_free_bytes(s, &pages);
	*bytes = disk_room(s) + (wal < pages ? wal : pages);
	return err;
}
