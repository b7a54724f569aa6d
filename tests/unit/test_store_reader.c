#include "store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_case.h"

static void
a_reader_finds_no_database_until_there_is_one(void)
{
	struct store *reader;

	case_path();
	CHECK_ERR(store_open(&reader, db_path, STORE_READ, 0), ERR_UNAVAILABLE);
	CHECK(access(db_path, F_OK) != 0);
	CHECK(close(creat(db_path, 0644)) == 0);
	CHECK_ERR(store_open(&reader, db_path, STORE_READ, 0), ERR_UNAVAILABLE);
	case_reopen(0);
	CHECK_OK(store_open(&reader, db_path, STORE_READ, 0));
	CHECK(case_state(reader).epoch == case_state(db).epoch);
	store_close(reader);
	case_close();
}

static void
a_reader_sees_only_what_is_committed(void)
{
	struct store *reader;

	case_open();
	CHECK_OK(store_open(&reader, db_path, STORE_READ, 0));
	CHECK_OK(store_begin(db));
	(void)case_create("a", "1");
	CHECK_STR(case_entities(reader), "");
	CHECK_INT(case_state(reader).head, 0);
	CHECK_INT(case_coll(reader).n, 0);
	case_commit();
	CHECK_STR(case_entities(reader), "a=1 ");
	CHECK_INT(case_state(reader).head, 1);
	CHECK_INT(case_coll(reader).n, 1);
	store_close(reader);
	case_close();
}

static void
a_view_is_of_one_moment(void)
{
	struct store *reader;

	case_open();
	CHECK_OK(store_open(&reader, db_path, STORE_READ, 0));
	CHECK_OK(store_view_begin(reader));
	CHECK_INT(case_state(reader).head, 0);
	case_change("a");
	CHECK_OK(store_view_begin(reader)); /* they nest */
	CHECK_STR(case_entities(reader), "");
	store_view_end(reader);
	CHECK_INT(case_state(reader).head, 0);
	store_view_end(reader);
	CHECK_STR(case_entities(reader), "a=1 ");
	store_close(reader);
	case_close();
}

/* As somebody who may read file and directory, and write neither. */
static int
read_as_nobody(void)
{
	struct store *reader;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		check_failed = false;
		if (getuid() == 0 && setuid(65534) != 0)
			_exit(2);
		if (CHECK_OK(store_open(&reader, db_path, STORE_READ, 0)))
			CHECK_STR(case_entities(reader), "a=1 ");
		(void)fflush(stdout);
		_exit(check_failed);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

static void
who_may_only_read_can_read(void)
{
	case_open();
	case_change("a");
	CHECK(chmod(tmpdir(), 0755) == 0);
	CHECK_INT(read_as_nobody(), 0);
	case_close();
	/* The writer is gone, and the next has not come. */
	CHECK_INT(read_as_nobody(), 0);
}

/* Opens until there is something; returns what else went wrong. */
static int
read_while_it_is_made(void)
{
	struct store *reader;
	const struct err *err;

	do
		err = store_open(&reader, db_path, STORE_READ, 0);
	while (err != NULL && err->code == ERR_UNAVAILABLE);
	if (err == NULL)
		store_close(reader);
	return err != NULL;
}

/* A race: one round seldom shows a fault, so there are many. */
static void
a_reader_meanwhile_sees_all_of_a_new_database_or_none(void)
{
	int failed = 0;

	for (int i = 0; i < 100; i++) {
		int status = -1;
		pid_t child;

		case_path();
		child = fork();
		if (child == 0)
			_exit(read_while_it_is_made());
		case_reopen(0);
		CHECK(waitpid(child, &status, 0) == child);
		failed += status != 0;
		case_close();
	}
	CHECK_INT(failed, 0);
}

TESTS(a_reader_finds_no_database_until_there_is_one,
    a_reader_meanwhile_sees_all_of_a_new_database_or_none,
    a_reader_sees_only_what_is_committed, a_view_is_of_one_moment,
    who_may_only_read_can_read)
