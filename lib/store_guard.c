/*
 * store_guard: notices what is done to a writer's files behind SQLite's back.
 * SQLite would go on with what it has in memory, write to files that nobody
 * else can open any more, or mix old pages with new ones.
 *
 * In WAL mode only a checkpoint writes to the database.  The writer's own all
 * go through here; one of another program leaves a trace in the WAL-index.  A
 * file that has changed without one was changed by something else than SQLite;
 * with one it may have been, so all pages are looked at.
 *
 * Between one writer and the next there is no index that could be believed. But
 * after a checkpoint the WAL is made as new as the database, so a database that
 * is newer than the WAL beside it was changed by somebody else.
 *
 * The -shm stays open until SQLite has closed its own: a close(2) would take
 * the locks of the whole process away.
 *
 * Source: https://www.sqlite.org/walformat.html, section 2.
 */
#include "store_guard.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store_sql.h"

/* The beginning of the -shm, in host order. */
struct wal_index {
	uint32_t version, unused, change;
	uint8_t is_init, is_big_endian;
	uint16_t page_bytes; /* 1: 65536 */
	uint32_t frames, pages, frame_sum[2], salt[2], sum[2];
	uint32_t copy[12]; /* of all this */
	uint32_t backfill, read_mark[5];
	uint8_t locks[8];
	uint32_t backfill_attempted;
};
_Static_assert(offsetof(struct wal_index, copy) == 48, "walformat 2.1");
_Static_assert(offsetof(struct wal_index, backfill) == 96, "walformat 2.2");
_Static_assert(offsetof(struct wal_index, backfill_attempted) == 128,
    "walformat 2.2");

enum { WAL_HEAD_BYTES = 32, FRAME_HEAD_BYTES = 24 };

/* -1, with st unknown, when there is none. */
static int
stat_beside(const struct store *s, const char *suffix, struct stat *st)
{
	char path[4096];

	/* A path that is cut is found not to exist. */
	(void)snprintf(path, sizeof(path), "%s%s", s->path, suffix);
	return stat(path, st);
}

static bool
read_index(const struct store *s, struct wal_index *index)
{
	/* Two unlike copies: it is being written, by somebody else. */
	return pread(s->guard.shm_fd, index, sizeof(*index), 0) ==
	    (ssize_t)sizeof(*index) &&
	    memcmp(index, index->copy, sizeof(index->copy)) == 0;
}

/* What is known from now on. */
static void
remember(struct store_guard *g, const struct stat *db,
    const struct wal_index *index)
{
	g->size = (uint64_t)db->st_size;
	g->mtime_ns = (uint64_t)db->st_mtim.tv_sec * 1000000000u +
	    (uint64_t)db->st_mtim.tv_nsec;
	g->copied[0] = index->salt[0];
	g->copied[1] = index->salt[1];
	g->copied[2] = index->backfill;
	g->copied[3] = index->backfill_attempted;
}

/*
 * Make the WAL so many seconds newer than all that is written now: ahead of a
 * checkpoint as long as one might take, so that who dies in it leaves a WAL
 * that is newer than the database; and after it 0.
 */
enum { CHECKPOINT_SECONDS = 60 };

static void
renew_wal(const struct store *s, int ahead_s)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW },
		{ .tv_nsec = UTIME_NOW } };
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s-wal", s->path);
	if (ahead_s > 0 && clock_gettime(CLOCK_REALTIME, &times[1]) == 0)
		times[1].tv_sec += ahead_s;
	/* In vain: the next writer may begin a new epoch needlessly. */
	(void)utimensat(AT_FDCWD, path, times, 0);
}

void
store_guard_open(struct store *s)
{
	struct store_guard *g = &s->guard;
	struct wal_index index;
	struct stat db, wal, shm;
	char path[4096];

	if (!s->is_wal)
		return;
	(void)snprintf(path, sizeof(path), "%s-shm", s->path);
	g->shm_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (g->shm_fd < 0)
		return; /* without it nothing is noticed */
	if (stat(s->path, &db) == 0 && stat_beside(s, "-wal", &wal) == 0 &&
	    fstat(g->shm_fd, &shm) == 0 && read_index(s, &index)) {
		g->wal_ino = wal.st_ino;
		g->shm_ino = shm.st_ino;
		remember(g, &db, &index);
	}
}

void
store_guard_close(struct store *s)
{
	if (s->guard.shm_fd >= 0)
		(void)close(s->guard.shm_fd);
	s->guard.shm_fd = -1;
}

bool
store_guard_owns_wal(const struct store *s)
{
	const struct store_guard *g = &s->guard;
	struct stat wal, shm;

	return g->wal_ino != 0 &&
	    ((stat_beside(s, "-wal", &wal) == 0 && wal.st_ino == g->wal_ino) ||
		(stat_beside(s, "-shm", &shm) == 0 &&
		    shm.st_ino == g->shm_ino));
}

/* Is all of the WAL there that is in use? */
static bool
is_wal_whole(const struct wal_index *index, const struct stat *wal)
{
	uint64_t page_bytes =
	    index->page_bytes == 1 ? 65536 : index->page_bytes;
	uint64_t bytes =
	    WAL_HEAD_BYTES + index->frames * (FRAME_HEAD_BYTES + page_bytes);

	return index->frames == 0 || (uint64_t)wal->st_size >= bytes;
}

/*
 * Another program has copied the WAL back, and the file may have been written
 * to as well.  An older state of all of it is met when the next batch begins.
 */
static bool
is_copied_whole(struct store *s)
{
	if (store_check(s) != NULL)
		return false;
	renew_wal(s, 0);
	return true;
}

static bool
is_as_it_was(struct store *s)
{
	struct store_guard *g = &s->guard, was = *g;
	struct wal_index index;
	struct stat db, wal, shm;

	if (stat_beside(s, "-wal", &wal) != 0 || wal.st_ino != g->wal_ino ||
	    stat_beside(s, "-shm", &shm) != 0 || shm.st_ino != g->shm_ino ||
	    stat(s->path, &db) != 0)
		return false;
	if (!read_index(s, &index))
		return true;
	remember(g, &db, &index);
	if (!is_wal_whole(&index, &wal))
		return false;
	if (g->size == was.size && g->mtime_ns == was.mtime_ns)
		return true;
	return memcmp(g->copied, was.copied, sizeof(was.copied)) != 0 &&
	    is_copied_whole(s);
}

bool
store_is_disturbed(struct store *s)
{
	if (s->guard.wal_ino != 0 && !is_as_it_was(s))
		s->is_damaged = true;
	return s->is_damaged;
}

int
store_guard_copy(struct store *s, int mode)
{
	struct wal_index index;
	struct stat db;
	int rc;

	/* Afterwards nobody could tell that the file was not as it should be.
	 */
	if (store_is_disturbed(s))
		return SQLITE_CORRUPT;
	renew_wal(s, CHECKPOINT_SECONDS);
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, mode, NULL, NULL);
	renew_wal(s, 0);
	if (s->guard.wal_ino != 0 && stat(s->path, &db) == 0 &&
	    read_index(s, &index))
		remember(&s->guard, &db, &index);
	return rc;
}

/* --- from one writer to the next ------------------------------------------- */

/* Frames of another checkpoint than the header's are of the past. */
static bool
has_frames(const char *wal)
{
	struct {
		uint8_t magic[4], version[4], page_bytes[4], checkpoint[4];
		uint8_t salt[8], sum[8];
		uint8_t frame_page[4], frame_pages[4], frame_salt[8];
	} head = { 0 };
	ssize_t n;
	int fd = open(wal, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	n = read(fd, &head, sizeof(head));
	(void)close(fd);
	return n == (ssize_t)sizeof(head) && head.magic[0] == 0x37 &&
	    memcmp(head.salt, head.frame_salt, sizeof(head.salt)) == 0;
}

static bool
is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec
				      : a->tv_nsec > b->tv_nsec;
}

bool
store_guard_is_mixed(const struct store *s)
{
	struct stat db, wal;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s-wal", s->path);
	return stat(s->path, &db) == 0 && stat(path, &wal) == 0 &&
	    is_newer(&db.st_mtim, &wal.st_mtim) && has_frames(path);
}
