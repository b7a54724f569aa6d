/*
 * store_damage: what is done to a database from outside, and what must come of
 * it.
 */
#ifndef STORE_DAMAGE_H
#define STORE_DAMAGE_H

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_case.h"

/* Change a database from outside. */
static inline void
sql(const char *text)
{
	sqlite3 *other;

	CHECK_INT(sqlite3_open(db_path, &other), SQLITE_OK);
	CHECK_INT(sqlite3_exec(other, text, NULL, NULL, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_close(other), SQLITE_OK);
}

/* How many files with that end are the database's broken predecessors'? */
static inline int
set_aside(const char *end)
{
	const char *name = strrchr(db_path, '/') + 1;
	DIR *dir = opendir(tmpdir());
	struct dirent *e;
	char begin[64];
	int n = 0;

	(void)snprintf(begin, sizeof(begin), "%s.broken-", name);
	if (!CHECK(dir != NULL))
		return -1;
	while ((e = readdir(dir)) != NULL) {
		const char *rest = e->d_name + strlen(begin);

		if (strncmp(e->d_name, begin, strlen(begin)) == 0)
			n +=
			    strcmp(rest + strspn(rest, "0123456789"), end) == 0;
	}
	(void)closedir(dir);
	return n;
}

/* cp from to */
static inline void
copy_file(const char *from, const char *to)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execlp("cp", "cp", from, to, (char *)NULL);
		_exit(127);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* The writer opens and finds nothing, and what was there stands aside. */
static inline void
check_begun_anew(void)
{
	case_reopen(0);
	if (db == NULL)
		return;
	CHECK_INT(case_state(db).head, 0);
	CHECK_INT(set_aside(""), 1);
	CHECK_OK(store_begin(db));
	CHECK_OK(store_coll_make(db, span_str("things"), true, &cid));
	(void)case_create("a", "1");
	case_commit();
	case_close();
	case_reopen(0);
	CHECK_STR(case_entities(db), "a=1 ");
	CHECK_INT(set_aside(""), 1);
	case_close();
}

/* Overwrite the middle of a database of some size. */
static inline void
damage(void)
{
	char junk[4096 * 4], body[3000];
	int fd;

	case_open();
	memset(body, '1', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	CHECK_OK(store_begin(db));
	for (int i = 0; i < 100; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%d", i);
		(void)case_create(id, body);
	}
	case_commit();
	case_close();
	memset(junk, 'x', sizeof(junk));
	fd = open(db_path, O_WRONLY | O_CLOEXEC);
	CHECK(pwrite(fd, junk, sizeof(junk), (off_t)4096 * 50) == sizeof(junk));
	(void)close(fd);
}

#endif /* STORE_DAMAGE_H */
