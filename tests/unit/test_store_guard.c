#include "store.h"

#include <sys/stat.h>

#include "store_damage.h"

static void
checkpoints_disturb_nobody(void)
{
	struct store *first;

	case_open();
	first = db;
	CHECK(!store_is_disturbed(db));
	case_change("a");
	sql("PRAGMA wal_checkpoint");
	CHECK(!store_is_disturbed(db));
	case_change("b");
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	case_change("c");
	CHECK(!store_is_disturbed(db));
	CHECK_STR(case_entities(db), "a=1 b=1 c=1 ");
	CHECK(db == first);
	case_close();
	CHECK_INT(set_aside(""), 0);
}

/* A full checkpoint, so that only the file itself has what is in it. */
static void
open_copied_back(void)
{
	case_open();
	case_change("a");
	sql("PRAGMA wal_checkpoint");
	CHECK(!store_is_disturbed(db));
}

static void
a_file_that_was_written_to_is_set_aside(void)
{
	int fd;

	open_copied_back();
	fd = open(db_path, O_WRONLY | O_CLOEXEC);
	CHECK(pwrite(fd, "junk", 4, 9000) == 4);
	(void)close(fd);
	CHECK(store_is_disturbed(db));
	case_close();
	check_begun_anew();
}

static void
a_file_that_was_cut_is_set_aside(void)
{
	open_copied_back();
	CHECK(truncate(db_path, 5000) == 0);
	CHECK(store_is_disturbed(db));
	case_close();
	check_begun_anew();
}

/*
 * After another program's checkpoint the file may be as it should be, or not:
 * here that was between two looks.
 */
static void
what_a_checkpoint_might_hide_is_looked_for(void)
{
	char junk[4096 * 4];
	int fd;

	case_open();
	case_change("a");
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	memset(junk, 'x', sizeof(junk));
	fd = open(db_path, O_WRONLY | O_CLOEXEC);
	CHECK(pwrite(fd, junk, sizeof(junk), 4096) == sizeof(junk));
	(void)close(fd);
	CHECK(store_is_disturbed(db));
	case_close();
	check_begun_anew();
}

/* All of it older, with nothing in the WAL: nothing in it is damaged. */
static void
an_older_state_is_met_by_the_next_batch(void)
{
	char copy[sizeof(db_path) + 8];

	case_open();
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	CHECK(!store_is_disturbed(db));
	(void)snprintf(copy, sizeof(copy), "%s.copy", db_path);
	copy_file(db_path, copy);
	case_change("a");
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	copy_file(copy, db_path);
	CHECK(!store_is_disturbed(db));
	CHECK_ERR(store_begin(db), ERR_STORE);
	case_close();
	check_begun_anew();
}

static void
rolling_back_disturbs_nobody(void)
{
	case_open();
	CHECK_OK(store_begin(db));
	(void)case_create("a", "1");
	store_rollback(db);
	CHECK_OK(store_begin(db));
	case_commit();
	case_close();
}

/* What is beside the database. */
static const char *
beside(const char *suffix)
{
	static char path[sizeof(db_path) + 8];

	(void)snprintf(path, sizeof(path), "%s%s", db_path, suffix);
	return path;
}

static void
a_wal_that_was_cut_is_noticed(void)
{
	case_open();
	case_change("a");
	CHECK(!store_is_disturbed(db));
	CHECK(truncate(beside("-wal"), 5000) == 0);
	CHECK(store_is_disturbed(db));
	case_close();
	check_begun_anew();
}

static void
what_is_taken_away_from_beside_it_is_noticed(void)
{
	static const char *const suffixes[] = { "-wal", "-shm" };

	for (size_t i = 0; i < 2; i++) {
		case_open();
		case_change("a");
		CHECK(!store_is_disturbed(db));
		CHECK(unlink(beside(suffixes[i])) == 0);
		CHECK(store_is_disturbed(db));
		case_close();
		check_begun_anew();
	}
}

/* Room may be kept in it, of zeros. */
static void
after_a_clean_end_nothing_is_in_the_wal(void)
{
	static const char zeros[32];
	char head[sizeof(zeros)] = { 0 };
	struct store *reader;
	FILE *wal;

	case_open();
	case_change("a");
	CHECK_OK(store_open(&reader, db_path, STORE_READ, 0));
	CHECK_STR(case_entities(reader), "a=1 ");
	case_close();
	wal = fopen(beside("-wal"), "r");
	if (CHECK(wal != NULL)) {
		(void)!fread(head, 1, sizeof(head), wal);
		CHECK(memcmp(head, zeros, sizeof(head)) == 0);
		(void)fclose(wal);
	}
	CHECK_STR(case_entities(reader), "a=1 ");
	store_close(reader);
}

/* An older copy in its place would be taken together with the present WAL. */
static void
what_replaces_it_beside_its_wal_is_set_aside(void)
{
	char copy[sizeof(db_path) + 8];

	open_copied_back();
	(void)snprintf(copy, sizeof(copy), "%s.copy", db_path);
	copy_file(db_path, copy);
	case_change("b");
	CHECK(rename(copy, db_path) == 0);
	CHECK(store_is_replaced(db));
	case_close();
	CHECK_INT(set_aside(""), 1);
	CHECK_INT(set_aside("-wal"), 1);
}

/* By somebody who is killed, so that it is all in the WAL. */
static void
change_and_die(const char *id)
{
	pid_t pid = fork();

	if (pid == 0) {
		case_reopen(0);
		case_change(id);
		_exit(0);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* What it was overwritten with would be taken together with that WAL. */
static void
overwritten_beside_a_wal_it_begins_a_new_epoch(void)
{
	char copy[sizeof(db_path) + 8];
	struct store_state was;

	case_open();
	was = case_state(db);
	case_close();
	(void)snprintf(copy, sizeof(copy), "%s.copy", db_path);
	copy_file(db_path, copy);
	change_and_die("a");
	case_reopen(1);
	CHECK(case_state(db).epoch == was.epoch);
	CHECK_STR(case_entities(db), "a=1 ");
	case_close();
	change_and_die("b");
	copy_file(copy, db_path);
	case_reopen(2);
	CHECK(case_state(db).epoch != was.epoch);
	case_close();
}

static void
a_damaged_copy_is_set_aside(void)
{
	char copy[sizeof(db_path) + 8];

	damage();
	(void)snprintf(copy, sizeof(copy), "%s.copy", db_path);
	copy_file(db_path, copy);
	CHECK(rename(copy, db_path) == 0);
	check_begun_anew();
}

static void
all_pages_are_checked_as_they_are_on_the_disk(void)
{
	char junk[4096 * 4];
	int fd;

	case_open();
	for (int i = 0; i < 20; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%d", i);
		case_change(id);
	}
	sql("PRAGMA wal_checkpoint");
	CHECK_OK(store_check(db));
	memset(junk, 'x', sizeof(junk));
	fd = open(db_path, O_WRONLY | O_CLOEXEC);
	CHECK(pwrite(fd, junk, sizeof(junk), 4096) == sizeof(junk));
	(void)close(fd);
	(void)snprintf(junk, sizeof(junk), "%s-wal", db_path);
	CHECK(truncate(junk, 0) == 0);
	CHECK_ERR(store_check(db), ERR_STORE);
	CHECK(store_is_damaged(db));
	case_close();
	check_begun_anew();
}

TESTS(checkpoints_disturb_nobody, a_file_that_was_written_to_is_set_aside,
    what_a_checkpoint_might_hide_is_looked_for,
    an_older_state_is_met_by_the_next_batch, rolling_back_disturbs_nobody,
    a_file_that_was_cut_is_set_aside, a_wal_that_was_cut_is_noticed,
    what_is_taken_away_from_beside_it_is_noticed,
    after_a_clean_end_nothing_is_in_the_wal,
    overwritten_beside_a_wal_it_begins_a_new_epoch,
    what_replaces_it_beside_its_wal_is_set_aside, a_damaged_copy_is_set_aside,
    all_pages_are_checked_as_they_are_on_the_disk)
