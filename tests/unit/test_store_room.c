#include "store_room.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "mem.h"
#include "store_case.h"

enum { ENOUGH = 1000 << 20 };
static const unsigned long MIB = 1 << 20;

static unsigned long free_bytes = ENOUGH; /* what every disk seems to have */
static bool is_unknown;

/* Stands in for libc's: a disk is not filled in a test. */
int
statvfs(const char *restrict path, struct statvfs *restrict st)
{
	(void)path;
	memset(st, 0, sizeof(*st));
	st->f_blocks = is_unknown ? 0 : 1000;
	st->f_frsize = 1;
	st->f_bavail = free_bytes;
	return 0;
}

static uint64_t
room(unsigned long on_disk)
{
	uint64_t bytes = 0;

	free_bytes = on_disk;
	CHECK_OK(store_room(db, &bytes));
	free_bytes = ENOUGH;
	return bytes;
}

static long
wal_bytes(void)
{
	struct stat st = { 0 };
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s-wal", db_path);
	CHECK(stat(path, &st) == 0);
	CHECK(st.st_blocks * 512 >= st.st_size);
	return st.st_size;
}

/* So many changes with bodies of 4000 bytes; all but the last are let go. */
static void
free_pages(int n)
{
	char *body = mem_new(4001, 1);
	bool is_done;
	uint64_t eid;

	memset(body, '1', 4000);
	CHECK_OK(store_begin(db));
	eid = case_create("a", body);
	for (int i = 0; i < n; i++)
		case_put(eid, body);
	case_commit();
	CHECK_OK(store_begin(db));
	CHECK_OK(store_trim(db, UINT64_MAX, UINT32_MAX, &is_done));
	case_commit();
	free(body);
}

static void
as_much_as_is_free_on_the_disk(void)
{
	case_open();
	CHECK_INT(room(10 * MIB), 10 * MIB);
	CHECK_INT(room(2 * MIB), 2 * MIB);
	/* Nothing in the database is free. */
	CHECK_INT(room(2 * MIB - 1), 2 * MIB - 1);
	is_unknown = true;
	CHECK(room(0) == UINT64_MAX);
	is_unknown = false;
	case_close();
}

static void
free_pages_are_room_on_a_full_disk(void)
{
	uint64_t bytes = 0;

	case_open();
	free_pages(700);
	CHECK_OK(store_free_bytes(db, &bytes));
	CHECK(bytes > 2 * MIB && bytes < 4 * MIB);
	CHECK_INT(room(0), bytes);
	CHECK_INT(room(1000), 1000 + bytes);
	case_close();
}

static void
the_wal_has_a_reserve_as_long_as_the_database_is_there(void)
{
	case_open();
	CHECK(wal_bytes() >= STORE_RESERVE_BYTES);
	case_close();
	CHECK_INT(wal_bytes(), STORE_RESERVE_BYTES);
	case_reopen(0);
	CHECK(wal_bytes() >= STORE_RESERVE_BYTES);
	case_change("a");
	case_close();
	case_reopen(0);
	CHECK_STR(case_entities(db), "a=1 ");
	case_close();
}

static void
the_reserve_is_left_out_where_the_disk_is_small(void)
{
	free_bytes = 2ul * STORE_RESERVE_BYTES - 1;
	case_open();
	CHECK(wal_bytes() < STORE_RESERVE_BYTES);
	case_close();
	CHECK_INT(wal_bytes(), STORE_RESERVE_BYTES);
	free_bytes++;
	case_open();
	CHECK(wal_bytes() >= STORE_RESERVE_BYTES);
	free_bytes = STORE_RESERVE_BYTES - 1;
	case_close();
	CHECK(wal_bytes() < STORE_RESERVE_BYTES);
	free_bytes = ENOUGH;
}

static bool
has_ballast(void)
{
	struct stat st = { 0 };
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s-ballast", db_path);
	return stat(path, &st) == 0 &&
	    st.st_blocks * 512 == STORE_RESERVE_BYTES;
}

static void
there_is_a_ballast_where_the_disk_has_room(void)
{
	case_open();
	CHECK_INT(room(STORE_BALLAST_FREE_MIN - 1), STORE_BALLAST_FREE_MIN - 1);
	CHECK(!has_ballast());
	CHECK_INT(room(STORE_BALLAST_FREE_MIN), STORE_BALLAST_FREE_MIN);
	CHECK(has_ballast());
	/* It is for pages that have no place. */
	CHECK_INT(room(0), 0);
	CHECK(has_ballast());
	case_close();
	CHECK(has_ballast());
}

/* What a reader holds back cannot be written again. */
static void
a_long_reader_leaves_no_room(void)
{
	struct store *reader;

	case_open();
	free_pages(700);
	CHECK_OK(store_open(&reader, db_path, STORE_READ, 0));
	CHECK_OK(store_view_begin(reader));
	CHECK_INT(case_state(reader).head, 701);
	case_change("b");
	CHECK_INT(room(0), 0);
	store_view_end(reader);
	CHECK(room(0) > 2 * MIB);
	store_close(reader);
	case_close();
}

TESTS(as_much_as_is_free_on_the_disk, free_pages_are_room_on_a_full_disk,
    the_wal_has_a_reserve_as_long_as_the_database_is_there,
    the_reserve_is_left_out_where_the_disk_is_small,
    there_is_a_ballast_where_the_disk_has_room, a_long_reader_leaves_no_room)
