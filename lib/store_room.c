#include "store_room.h"

#include <assert.h>
#include <fcntl.h>
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

/*
 * Not posix_fallocate(3), which writes into the file where the system cannot
 * do it.  Zeros are no frames to SQLite.
 */
void
store_room_reserve(const struct store *s, uint64_t least)
{
	struct buf path = { 0 };
	int fd;

	if (!s->is_wal || disk_room(s) < least)
		return;
	buf_printf(&path, "%s-wal", s->path);
	fd = open(buf_cstr(&path), O_WRONLY | O_CLOEXEC);
	buf_fini(&path);
	if (fd < 0)
		return;
	/* Without it a full disk is met earlier, and said. */
	(void)fallocate(fd, 0, 0, STORE_RESERVE_BYTES);
	(void)close(fd);
}

/* Of the WAL's file, once everything in it is copied back; 0: it is not. */
static uint64_t
wal_room(struct store *s)
{
	struct buf path = { 0 };
	struct stat st = { 0 };
	int in_wal = 0, copied = -1;

	if (!s->is_wal ||
	    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
		&in_wal, &copied) != SQLITE_OK ||
	    in_wal != copied)
		return 0;
	s->wal_pages = 0;
	buf_printf(&path, "%s-wal", s->path);
	if (stat(buf_cstr(&path), &st) != 0)
		st.st_blocks = 0;
	buf_fini(&path);
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
	if (*bytes >= STORE_ROOM_BYTES_MIN)
		return NULL;
	wal = wal_room(s);
	err = store_free_bytes(s, &pages);
	*bytes += wal < pages ? wal : pages;
	return err;
}
