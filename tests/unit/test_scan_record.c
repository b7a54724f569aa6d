#include "scan_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "config.h"
#include "tmpdir.h"

static char store[4096];
static struct config_project project = { .store = store };
static struct config config = { .project = &project, .n_projects = 1 };

/* A store of its own for each test, in a folder that is not there yet. */
static int
fresh(void)
{
	static int n;
	char name[32];

	(void)snprintf(name, sizeof(name), "%d/main.db", n++);
	(void)snprintf(store, sizeof(store), "%s", tmpdir_path(name));
	return scan_record_lock(&config);
}

static void
look(enum scan_end end, int64_t begun_ms, const char *said)
{
	struct scan_past past = scan_record_look(&config);

	CHECK_INT(past.end, end);
	CHECK_INT(past.begun_ms, begun_ms);
	CHECK_STR(buf_cstr(&past.said), said);
	buf_fini(&past.said);
}

static void
look_at(const char *bytes, enum scan_end end, int64_t begun_ms,
    const char *said)
{
	int fd = fresh();

	CHECK(write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
	(void)close(fd);
	look(end, begun_ms, said);
}

static void
who_locks_makes_folder_and_file(void)
{
	struct stat st;
	mode_t mask = umask(022);
	int fd = fresh();

	CHECK(fd >= 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK_INT(st.st_mode & 0777, 0640);
	CHECK_INT(st.st_size, 0);
	CHECK(scan_record_is_ours(&config));
	(void)close(fd);
	(void)umask(mask);
	look(SCAN_NEVER, 0, "");
}

static void
one_at_a_time_has_the_lock(void)
{
	int fd = fresh(), copy = dup(fd);

	CHECK(scan_record_is_locked(&config));
	CHECK_INT(scan_record_lock(&config), -1);
	CHECK_INT(errno, EWOULDBLOCK);
	scan_record_begin(fd);
	look(SCAN_NEVER, 0, ""); /* nobody knows yet */
	(void)close(fd);
	CHECK(scan_record_is_locked(&config)); /* whoever was given it */
	(void)close(copy);
	CHECK(!scan_record_is_locked(&config));
	fd = scan_record_lock(&config);
	CHECK(fd >= 0);
	(void)close(fd);
}

static void
what_was_written_is_read(void)
{
	int fd = fresh();
	struct scan_past past;

	for (enum scan_end end = SCAN_ENDED_WELL; end <= SCAN_ENDED_TOLD;
	     end++) {
		scan_record_begin(fd);
		scan_record_say(fd, "a");
		scan_record_say(fd, "ended badly, said b");
		scan_record_end(fd, end);
		past = scan_record_read(fd);
		CHECK_INT(past.end, end);
		CHECK(past.begun_ms > 1767225600000);
		CHECK_STR(buf_cstr(&past.said), "a\nended badly, said b\n");
		buf_fini(&past.said);
	}
	(void)close(fd);
}

static void
one_that_was_cut_short_ended_badly(void)
{
	look_at("begun 1767225600000\n", SCAN_ENDED_BADLY, 1767225600000, "");
	look_at("begun 1767225600000", SCAN_ENDED_BADLY, 1767225600000, "");
	look_at("begun 17\nended wel", SCAN_ENDED_BADLY, 17, "ended wel");
	look_at("begun 17\nended well", SCAN_ENDED_WELL, 17, "");
	look_at("begun 17\nended well\nx\n", SCAN_ENDED_BADLY, 17,
	    "ended well\nx\n");
}

static void
what_is_no_record_is_none(void)
{
	look_at("", SCAN_NEVER, 0, "");
	look_at("begun", SCAN_NEVER, 0, "");
	look_at("began 17\nended well\n", SCAN_NEVER, 0, "");
	look_at("\n\n\n\n\n\n\n\n", SCAN_NEVER, 0, "");
}

static void
of_a_long_one_the_end_is_read(void)
{
	int fd = fresh();
	struct scan_past past;

	scan_record_begin(fd);
	for (int i = 0; i < 10000; i++)
		scan_record_say(fd, "a problem");
	scan_record_end(fd, SCAN_ENDED_WELL);
	past = scan_record_read(fd);
	CHECK_INT(past.end, SCAN_ENDED_WELL);
	CHECK(past.begun_ms > 0);
	CHECK(past.said.len > 8000 && past.said.len <= 8192);
	CHECK(strncmp(buf_cstr(&past.said), "a problem\n", 10) == 0);
	buf_fini(&past.said);
	(void)close(fd);
}

TESTS(who_locks_makes_folder_and_file, one_at_a_time_has_the_lock,
    what_was_written_is_read, one_that_was_cut_short_ended_badly,
    what_is_no_record_is_none, of_a_long_one_the_end_is_read)
