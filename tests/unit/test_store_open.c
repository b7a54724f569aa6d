#include "store.h"

#include <sys/stat.h>

#include "mount.h"
#include "store_damage.h"

static bool is_remote; /* what every path is taken for */

/* Stands in for the archive's: there is no NFS in a test. */
bool
mount_is_remote(const char *path)
{
	(void)path;
	return is_remote;
}

/* Something else where the database is to be. */
static void
file_put(const char *bytes, size_t n)
{
	FILE *f = fopen(db_path, "w");

	CHECK(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

/* The writer dies: what a process does at its end is not done. */
static void
crash(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		case_reopen(0);
		case_change("last");
		_exit(check_failed);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static void
reboot(void)
{
	sql("UPDATE meta SET v = v + 1 WHERE k = 'boot'");
}

/* --- a new one ------------------------------------------------------------ */

static void
a_new_database_begins_at_nothing(void)
{
	struct store_state state, other;

	case_path();
	case_reopen(0);
	state = case_state(db);
	CHECK(state.epoch != 0);
	CHECK_INT(state.head, 0);
	CHECK_INT(state.floor, 0);
	CHECK(store_is_wal(db));
	case_close();
	case_path();
	case_reopen(0);
	other = case_state(db);
	CHECK(state.epoch != other.epoch);
	case_close();
}

static void
the_directory_is_made(void)
{
	case_path();
	(void)strncat(db_path, ".d/x.db", 8);
	case_reopen(0);
	CHECK_INT(case_state(db).head, 0);
	case_close();
}

static void
where_no_file_can_be_is_an_error(void)
{
	case_path();
	(void)strncat(db_path, ".d/none/x.db", 13);
	CHECK_ERR(store_open(&db, db_path, STORE_WRITE, 0), ERR_SYS);
	CHECK(db == NULL);
	CHECK_ERR(store_open(&db, tmpdir(), STORE_WRITE, 0), ERR_STORE);
	CHECK(db == NULL);
}

static void
a_new_database_counts_on_from_the_bell(void)
{
	case_path();
	case_reopen(41);
	CHECK_INT(case_state(db).head, 41);
	CHECK_INT(case_state(db).floor, 41);
	CHECK_OK(store_begin(db));
	CHECK_OK(store_coll_make(db, span_str("things"), true, &cid));
	(void)case_create("a", "1");
	case_commit();
	CHECK_INT(case_state(db).head, 42);
	CHECK_INT(case_coll(db).ver, 42);
	case_close();
}

/* --- epochs --------------------------------------------------------------- */

static void
check_same_epoch(struct store_state before, uint64_t head)
{
	struct store_state now = case_state(db);

	CHECK(now.epoch == before.epoch);
	CHECK_INT(now.head, head);
	CHECK_INT(now.floor, before.floor);
}

static bool
ignore(const struct change *change, void *arg)
{
	(void)change, (void)arg;
	return true;
}

static void
check_new_epoch(struct store_state before, uint64_t head)
{
	struct store_state now = case_state(db);
	struct store_range range = { .after = head - 1 };

	CHECK(now.epoch != before.epoch && now.epoch != 0);
	CHECK_INT(now.head, head);
	CHECK_INT(now.floor, head);
	CHECK_ERR(store_changes(db, range, ignore, NULL), ERR_GONE);
	range.after = head;
	CHECK_OK(store_changes(db, range, ignore, NULL));
	case_change("next");
	CHECK_INT(case_state(db).head, head + 1);
}

static void
a_clean_end_keeps_the_epoch_over_a_boot(void)
{
	struct store_state before;

	case_open();
	case_change("a");
	before = case_state(db);
	case_close();
	reboot();
	case_reopen(1);
	check_same_epoch(before, 1);
	/* Also when the one who looked did not write. */
	case_close();
	reboot();
	case_reopen(1);
	check_same_epoch(before, 1);
	case_close();
}

static void
a_crash_without_a_boot_keeps_the_epoch(void)
{
	struct store_state before;

	case_open();
	before = case_state(db);
	case_close();
	crash();
	case_reopen(1);
	check_same_epoch(before, 1);
	CHECK_STR(case_entities(db), "last=1 ");
	case_close();
}

static void
a_boot_without_a_clean_end_begins_an_epoch(void)
{
	struct store_state before;

	case_open();
	case_change("a");
	before = case_state(db);
	case_close();
	crash();
	reboot();
	case_reopen(2);
	check_new_epoch(before, 2);
	/* Once. */
	before = case_state(db);
	case_close();
	case_reopen(3);
	check_same_epoch(before, 3);
	CHECK_STR(case_entities(db), "a=1 last=1 next=1 ");
	case_close();
}

static void
a_bell_ahead_of_the_log_begins_an_epoch(void)
{
	struct store_state before;

	case_open();
	case_change("a");
	before = case_state(db);
	case_close();
	case_reopen(7);
	check_new_epoch(before, 7);
	case_close();
}

static void
a_bell_behind_the_log_keeps_the_epoch(void)
{
	struct store_state before;

	case_open();
	case_change("a");
	case_change("b");
	before = case_state(db);
	case_close();
	case_reopen(1);
	check_same_epoch(before, 2);
	case_close();
}

static void
a_copy_of_a_database_begins_an_epoch(void)
{
	char backup[sizeof(db_path) + 8], moved[sizeof(db_path) + 8];
	struct store_state before;

	case_open();
	case_change("a");
	before = case_state(db);
	case_close();
	(void)snprintf(backup, sizeof(backup), "%s.backup", db_path);
	(void)snprintf(moved, sizeof(moved), "%s.moved", db_path);
	copy_file(db_path, backup);
	/* Renamed it is still the same one. */
	CHECK(rename(db_path, moved) == 0);
	CHECK(rename(moved, db_path) == 0);
	case_reopen(1);
	check_same_epoch(before, 1);
	case_close();
	CHECK(unlink(db_path) == 0);
	copy_file(backup, db_path);
	case_reopen(1);
	check_new_epoch(before, 1);
	/* Once. */
	before = case_state(db);
	case_close();
	case_reopen(2);
	check_same_epoch(before, 2);
	case_close();
}

static void
who_writes_after_a_clean_end_takes_its_mark_away(void)
{
	struct store_state before;
	struct store *first;

	case_open();
	first = db;
	case_reopen(0);
	before = case_state(db);
	case_close(); /* sets the mark, while the first goes on */
	db = first;
	case_change("a");
	reboot();
	case_reopen(1);
	check_new_epoch(before, 1);
	case_close();
	store_close(first);
}

/* --- what is no database -------------------------------------------------- */

static void
garbage_is_set_aside(void)
{
	char bytes[8192];

	memset(bytes, 'x', sizeof(bytes));
	case_path();
	file_put(bytes, sizeof(bytes));
	check_begun_anew();
	case_path();
	file_put("short", 5);
	check_begun_anew();
}

static void
a_database_of_another_program_is_set_aside(void)
{
	case_path();
	sql("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
	check_begun_anew();
}

static void
a_database_cut_short_is_set_aside(void)
{
	case_open();
	case_change("a");
	case_close();
	CHECK(truncate(db_path, 5000) == 0);
	check_begun_anew();
}

static void
what_is_set_aside_takes_its_wal_along(void)
{
	int fd;

	case_open();
	case_close();
	crash();
	fd = open(db_path, O_WRONLY | O_CLOEXEC);
	CHECK(pwrite(fd, "not SQLite format 3", 20, 0) == 20);
	(void)close(fd);
	check_begun_anew();
	CHECK_INT(set_aside("-wal"), 1);
}

static void
a_newer_schema_is_refused_and_left_alone(void)
{
	case_open();
	case_close();
	sql("PRAGMA user_version = 999");
	CHECK_ERR(store_open(&db, db_path, STORE_WRITE, 0), ERR_STORE);
	CHECK_ERR(store_open(&db, db_path, STORE_READ, 0), ERR_STORE);
	CHECK_INT(set_aside(""), 0);
}

static void
a_damaged_page_is_found_after_a_boot_without_a_clean_end(void)
{
	damage();
	reboot();
	sql("UPDATE meta SET v = 0 WHERE k = 'clean'");
	check_begun_anew();
}

static bool
go_on(const struct store_entity *entity, void *arg)
{
	(void)entity, (void)arg;
	return true;
}

static void
a_writer_that_meets_a_damaged_page_sets_the_file_aside_at_its_end(void)
{
	damage();
	case_reopen(0);
	CHECK_INT(set_aside(""), 0);
	CHECK_ERR(store_entities(db, cid, go_on, NULL), ERR_STORE);
	case_close();
	check_begun_anew();
}

static void
a_file_put_in_its_place_is_noticed(void)
{
	char other[4200];

	case_open();
	CHECK(!store_is_replaced(db));
	(void)snprintf(other, sizeof(other), "%s.other", db_path);
	CHECK(rename(db_path, other) == 0);
	CHECK(store_is_replaced(db));
	case_close();
}

/* --- readers -------------------------------------------------------------- */

static void
a_reader_refuses_what_is_no_database(void)
{
	struct store *reader;

	case_path();
	file_put("what a text file says, at some length, to nobody", 48);
	CHECK_ERR(store_open(&reader, db_path, STORE_READ, 0), ERR_STORE);
	CHECK_INT(set_aside(""), 0);
}

/* --- remote file systems -------------------------------------------------- */

static void
a_remote_file_system_gets_a_rollback_journal(void)
{
	struct store_state before;
	struct store *reader;

	is_remote = true;
	case_open();
	CHECK(!store_is_wal(db));
	CHECK_OK(store_open(&reader, db_path, STORE_READ, 0));
	CHECK(!store_is_wal(reader));
	case_change("a");
	CHECK_STR(case_entities(reader), "a=1 ");
	before = case_state(db);
	store_close(reader);
	case_close();
	reboot();
	case_reopen(1);
	check_same_epoch(before, 1);
	case_close();
	is_remote = false;
	case_reopen(1);
	CHECK(store_is_wal(db));
	CHECK_STR(case_entities(db), "a=1 ");
	case_close();
}

TESTS(a_new_database_begins_at_nothing, the_directory_is_made,
    where_no_file_can_be_is_an_error, a_new_database_counts_on_from_the_bell,
    a_clean_end_keeps_the_epoch_over_a_boot,
    a_crash_without_a_boot_keeps_the_epoch,
    a_boot_without_a_clean_end_begins_an_epoch,
    a_bell_ahead_of_the_log_begins_an_epoch,
    a_bell_behind_the_log_keeps_the_epoch, a_copy_of_a_database_begins_an_epoch,
    who_writes_after_a_clean_end_takes_its_mark_away, garbage_is_set_aside,
    a_database_of_another_program_is_set_aside,
    a_database_cut_short_is_set_aside, what_is_set_aside_takes_its_wal_along,
    a_newer_schema_is_refused_and_left_alone,
    a_damaged_page_is_found_after_a_boot_without_a_clean_end,
    a_writer_that_meets_a_damaged_page_sets_the_file_aside_at_its_end,
    a_file_put_in_its_place_is_noticed, a_reader_refuses_what_is_no_database,
    a_remote_file_system_gets_a_rollback_journal)
