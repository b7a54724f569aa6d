/*
 * store_open: from a path to a database that can be used: identity, PRAGMAs,
 * schema, epoch.
 *
 * A new epoch begins when a writer opens and
 *   - the database is new (or the old one was renamed aside), or
 *   - the mark of a clean end is missing and the machine has been booted since
 *     the last write: with synchronous=NORMAL the tail may be lost, or
 *   - the bell rang for a seq that the log does not have: a lost tail, or a
 *     backup that was put back into the old file, or
 *   - it is another file than the one it was begun in: a backup that was put
 *     back with its bell, or a copy that goes on beside its original, or
 *   - it was overwritten beside its WAL.
 * It counts on from the highest seq known, and its floor is there: a cursor of
 * the old epoch is unknown, one of the new never means an old change.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "bell.h"
#include "log.h"
#include "mem.h"
#include "mount.h"
#include "schema.sql.h"
#include "store.h"
#include "store_sql.h"

/* What is at the path. */
enum identity { IDENTITY_OURS, IDENTITY_EMPTY, IDENTITY_FOREIGN };

/* --- identity ------------------------------------------------------------- */

/* The reads also find a header or a schema that cannot be. */
static const struct err *
identify(struct store *s, enum identity *identity)
{
	int64_t application = 0, schema = 0, tables = 0;
	const struct err *err;

	err = sql_number(s, "PRAGMA application_id", &application);
	if (err == NULL)
		err = sql_number(s, "PRAGMA user_version", &schema);
	if (err == NULL)
		err = sql_number(s, "SELECT count(*) FROM sqlite_schema",
		    &tables);
	if (err != NULL)
		return err;
	if (application == STORE_APPLICATION && schema > STORE_SCHEMA)
		return err_new(ERR_STORE,
		    "%s: made by a newer version of this program (schema %d)",
		    s->path, (int)schema);
	if (application == STORE_APPLICATION && schema == STORE_SCHEMA)
		*identity = IDENTITY_OURS;
	else if (application == 0 && schema == 0 && tables == 0)
		*identity = IDENTITY_EMPTY;
	else
		*identity = IDENTITY_FOREIGN;
	return NULL;
}

/* Of one moment: a writer may be making it right now. */
static const struct err *
identify_at_once(struct store *s, enum identity *identity)
{
	const struct err *err = store_view_begin(s);

	if (err != NULL)
		return err;
	err = identify(s, identity);
	store_view_end(s);
	return err;
}

const struct err *
store_set_aside(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm",
		"-journal" };
	struct timespec now = { 0 };
	char from[4096], to[4096];

	/* Fails for an unknown clock only. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		/* A path that is cut is found not to exist. */
		(void)snprintf(from, sizeof(from), "%s%s", path, suffixes[i]);
		(void)snprintf(to, sizeof(to), "%s.broken-%lld%03ld%s", path,
		    (long long)now.tv_sec, now.tv_nsec / 1000000, suffixes[i]);
		if (rename(from, to) != 0) {
			if (errno != ENOENT)
				return err_sys("cannot rename %s to %s", from,
				    to);
			continue;
		}
		if (i == 0)
			log_warning("%s cannot be used and is now %s", path,
			    to);
	}
	return NULL;
}

/* --- connection ----------------------------------------------------------- */

static const struct err *
make_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct err *err = NULL;
	char *dir;

	if (slash == NULL || slash == path)
		return NULL;
	dir = mem_dup(path, (size_t)(slash - path));
	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		err = err_sys("cannot make %s", dir);
	free(dir);
	return err;
}

static const struct err *
connect_to(struct store *s)
{
	/* What may only be read is opened that way by SQLite itself. */
	int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int keep = 1;

	if (s->mode == STORE_WRITE)
		flags |= SQLITE_OPEN_CREATE;
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return err_new(ERR_STORE, "%s: %s", s->path,
		    s->db == NULL ? "out of memory" : sqlite3_errmsg(s->db));
	/*
	 * Without -wal and -shm a reader that may not write to the directory
	 * could not read at all, so they stay.
	 */
	(void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL,
	    &keep);
	/* A reader never waits for a disk. */
	if (s->mode == STORE_READ)
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
		    1, NULL);
	return NULL;
}

/* Ask for or set the journal's mode; the answer tells whether it is WAL. */
static const struct err *
journal(struct store *s, const char *pragma)
{
	const struct err *err = NULL;
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(s->db, pragma, -1, &stmt, NULL) != SQLITE_OK)
		return sql_error(s);
	s->is_wal =
	    sql_next(s, stmt, &err) && span_is(sql_span(stmt, 0), "wal");
	/* Says once more what the step has said. */
	(void)sqlite3_finalize(stmt);
	return err;
}

/*
 * A remote file system has no memory that is shared between machines, which
 * WAL needs.  secure_delete is Debian's default and writes each freed page
 * once more, which trimming cannot afford; FAST clears what is written anyway.
 */
static const struct err *
tune_writer(struct store *s, bool is_remote)
{
	const struct err *err;

	err = journal(s,
	    is_remote ? "PRAGMA journal_mode = DELETE"
		      : "PRAGMA journal_mode = WAL");
	if (err != NULL)
		return err;
	store_checkpoint_later(s);
	err = sql_exec(s,
	    s->is_wal ? "PRAGMA synchronous = NORMAL"
		      : "PRAGMA synchronous = FULL");
	if (err != NULL)
		return err;
	return sql_exec(s,
	    "PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -8000;"
	    "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST");
}

/*
 * Without mmap_size: a page that is mapped is looked up in the WAL each time,
 * one in the cache is not, and most reads are of a few rows.
 */
static const struct err *
tune_reader(struct store *s)
{
	const struct err *err = journal(s, "PRAGMA journal_mode");

	return err != NULL ? err : sql_exec(s, "PRAGMA query_only = 1");
}

/* --- epoch ---------------------------------------------------------------- */

static uint64_t
epoch_random(void)
{
	uint64_t epoch = 0;

	/* So few bytes come whole, once the machine is up. */
	while (epoch == 0)
		if (getrandom(&epoch, sizeof(epoch), 0) != sizeof(epoch))
			epoch = 0;
	return epoch;
}

/*
 * Which file this is.  A file system gives out the number of a removed file
 * again, and not each one knows when a file was made: so both.
 */
static uint64_t
file_mark(const struct store *s)
{
	struct statx x = { 0 };

	/* It is open; should it be gone by now, it is another one. */
	(void)statx(AT_FDCWD, s->path, 0, STATX_INO | STATX_BTIME, &x);
	if (!(x.stx_mask & STATX_BTIME))
		return x.stx_ino;
	return x.stx_ino ^
	    ((uint64_t)x.stx_btime.tv_sec << 30 | x.stx_btime.tv_nsec);
}

static const struct err *
is_copied(struct store *s, bool *answer)
{
	int64_t file = 0;
	const struct err *err =
	    sql_number(s, "SELECT v FROM meta WHERE k = 'file'", &file);

	*answer = (uint64_t)file != file_mark(s);
	return err;
}

static const struct err *
epoch_renew(struct store *s, uint64_t head)
{
	const struct err *err;

	err = store_meta_put(s, "epoch", epoch_random());
	if (err == NULL)
		err = store_meta_put(s, "floor", head);
	if (err == NULL)
		err = store_meta_put(s, "file", file_mark(s));
	if (err == NULL)
		err = store_meta_put(s, "boot", bell_boot());
	if (err == NULL)
		err = store_meta_put(s, "clean", 0);
	return err;
}

/* A boot id that is not known is no proof of anything. */
static const struct err *
is_rebooted(struct store *s, bool *answer)
{
	int64_t boot = 0;
	const struct err *err =
	    sql_number(s, "SELECT v FROM meta WHERE k = 'boot'", &boot);

	*answer = boot == 0 || (uint64_t)boot != bell_boot();
	return err;
}

static const struct err *
check_by(struct store *s, const char *check)
{
	int64_t is_ok = 0;
	const struct err *err = sql_number(s, check, &is_ok);

	if (err != NULL || is_ok)
		return err;
	s->is_damaged = true;
	return err_new(ERR_STORE, "%s: the database is damaged", s->path);
}

/*
 * After what may have been a loss of power: a process that dies damages
 * nothing, a disk may.
 */
static const struct err *
check_pages(struct store *s)
{
	return check_by(s,
	    "SELECT quick_check = 'ok' FROM pragma_quick_check(1)");
}

/* The indexes against their tables, too; and all as it is on the disk. */
const struct err *
store_check(struct store *s)
{
	/* Frees what it can, and says nothing. */
	(void)sqlite3_db_release_memory(s->db);
	return check_by(s,
	    "SELECT integrity_check = 'ok' FROM pragma_integrity_check(1)");
}

/*
 * The WAL that lies beside a copy may be that of another database, whose newest
 * pages SQLite then sees between older ones.  So everything is checked, and
 * each file will be read again and compared.
 */
static const struct err *
check_copy(struct store *s)
{
	const struct err *err = store_check(s);

	return err != NULL ? err : sql_exec(s, "DELETE FROM src");
}

static const struct err *
epoch_look(struct store *s, bool is_clean, bool is_mixed, uint64_t bell_seq)
{
	uint64_t head = s->state.head;
	bool is_new = s->state.epoch == 0, is_crashed = false, is_copy = false;
	const struct err *err = NULL;

	if (!is_new && !is_clean)
		err = is_rebooted(s, &is_crashed);
	if (err == NULL && !is_new)
		err = is_copied(s, &is_copy);
	is_copy |= is_mixed && !is_new;
	if (err == NULL && !is_new && (is_copy || bell_seq > head))
		err = check_copy(s);
	else if (err == NULL && is_crashed)
		err = check_pages(s);
	if (err != NULL ||
	    !(is_new || is_crashed || is_copy || bell_seq > head))
		return err;
	if (!is_new)
		log_warning("%s: a new epoch begins after seq %llu: %s",
		    s->path, (unsigned long long)head,
		    is_crashed    ? "the machine was not shut down cleanly"
			: is_copy ? "the file is a copy"
				  : "the log has lost its newest changes");
	return epoch_renew(s, bell_seq > head ? bell_seq : head);
}

/* In one transaction, so that two writers cannot both do it. */
static const struct err *
settle(struct store *s, bool is_mixed, uint64_t bell_seq)
{
	const struct err *err;
	enum identity now = IDENTITY_OURS;
	bool is_clean = false;

	err = sql_run(s, SQL_BEGIN_IMMEDIATE);
	if (err != NULL)
		return err;
	err = identify(s, &now);
	if (err == NULL && now == IDENTITY_EMPTY)
		err = sql_exec(s, schema_sql);
	if (err == NULL)
		err = sql_run(s, SQL_COMMIT);
	if (err != NULL) {
		sql_rollback(s);
		return err;
	}
	err = store_tx_open(s, &is_clean);
	if (err == NULL)
		err = epoch_look(s, is_clean, is_mixed, bell_seq);
	if (err == NULL)
		return store_commit(s, NULL);
	store_rollback(s);
	return err;
}

/* --- open ----------------------------------------------------------------- */

static const struct err *
open_writer(struct store *s, uint64_t bell_seq)
{
	enum identity identity = IDENTITY_EMPTY;
	bool is_mixed = store_guard_is_mixed(s);
	const struct err *err = connect_to(s);

	if (err == NULL &&
	    sqlite3_busy_timeout(s->db, STORE_BUSY_MS) != SQLITE_OK)
		err = sql_error(s);
	if (err == NULL)
		err = identify_at_once(s, &identity);
	if (err == NULL && identity == IDENTITY_FOREIGN) {
		s->is_damaged = true;
		err = err_new(ERR_STORE, "%s: not a database of ours", s->path);
	}
	if (err == NULL)
		err = tune_writer(s, mount_is_remote(s->path));
	if (err == NULL)
		err = settle(s, is_mixed, bell_seq);
	if (err != NULL)
		return err;
	store_room_reserve(s, UINT64_C(2) * STORE_RESERVE_BYTES);
	store_guard_open(s);
	return NULL;
}

/* ERR_UNAVAILABLE until a writer has made it. */
static const struct err *
open_reader(struct store *s)
{
	enum identity identity = IDENTITY_EMPTY;
	const struct err *err;
	struct stat st;

	if (stat(s->path, &st) != 0 && errno == ENOENT)
		return err_new(ERR_UNAVAILABLE, "%s: no database yet", s->path);
	err = connect_to(s);
	if (err == NULL && sqlite3_busy_timeout(s->db, 2000) != SQLITE_OK)
		err = sql_error(s);
	if (err == NULL)
		err = identify_at_once(s, &identity);
	if (err != NULL)
		return err;
	if (identity == IDENTITY_EMPTY)
		return err_new(ERR_UNAVAILABLE, "%s: no database yet", s->path);
	if (identity == IDENTITY_FOREIGN)
		return err_new(ERR_STORE, "%s: not a database of ours",
		    s->path);
	return tune_reader(s);
}

/* Begin anew where the file is damaged, unless somebody else just has. */
static const struct err *
open_anew(struct store *s, uint64_t bell_seq)
{
	const struct err *err = NULL;
	bool is_replaced = store_is_replaced(s);

	sql_close(s);
	store_guard_close(s);
	s->is_damaged = false;
	s->head = 0;
	if (!is_replaced)
		err = store_set_aside(s->path);
	return err != NULL ? err : open_writer(s, bell_seq);
}

const struct err *
store_open(struct store **out, const char *path, enum store_mode mode,
    uint64_t bell_seq)
{
	struct store *s = mem_new(1, sizeof(*s));
	const struct err *err;

	*out = NULL;
	s->path = mem_dup(path, strlen(path));
	s->mode = mode;
	s->guard.shm_fd = -1;
	if (mode == STORE_READ) {
		err = open_reader(s);
	} else {
		err = make_directory(path);
		if (err == NULL)
			err = open_writer(s, bell_seq);
		if (err != NULL && s->is_damaged)
			err = open_anew(s, bell_seq);
	}
	if (err == NULL) {
		*out = s;
		return NULL;
	}
	sql_close(s);
	free(s->colls);
	free(s->path);
	free(s);
	return err;
}
