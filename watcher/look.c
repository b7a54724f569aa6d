#include "look.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "beneath.h"
#include "claim.h"
#include "coll.h"
#include "intake.h"
#include "pick.h"
#include "row.h"
#include "source.h"
#include "watch.h"

enum { LOOK_TRIES = 3 };

bool
look_is_racy(int64_t mtime_ns, int64_t ctime_ns)
{
	struct timespec ts;
	int64_t newest = mtime_ns > ctime_ns ? mtime_ns : ctime_ns;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return llabs(ts.tv_sec * 1000000000 + ts.tv_nsec - newest) <
	    LOOK_RACY_MS * INT64_C(1000000);
}

/* --- finding it ---------------------------------------------------------- */

static const char *
path_for(const struct coll *c, const struct seen_file *f, struct look_at at)
{
	return at.dir >= 0 ? f->name : buf_cstr(&c->watch->path);
}

/* Its present state is accounted for: nothing to do until stat changes. */
static bool
is_settled(const struct coll *c, const struct seen_file *f)
{
	if (!f->is_known || f->is_racy || f->is_link)
		return false;
	if (f->is_waiting && f->n_freed != c->n_freed)
		return false;
	if (!c->source->is_single)
		return true;
	if (list_is_empty(&f->claims))
		return false;
	return f->has_problem || claim_at(f->claims.next)->is_live;
}

static const struct err *
cannot(const struct take *take)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		if (take->file->is_link)
			return err_new(ERR_SYS,
			    "it is a symbolic link to nothing");
		return err_new(ERR_NOT_FOUND, "it is gone");
	case EXDEV:
	case ELOOP:
		return err_new(ERR_BAD_REQUEST,
		    "it is a symbolic link that leads out of the directory");
	case ENXIO: /* a socket, or a device that nobody drives */
		return err_new(ERR_BAD_REQUEST, "it is no regular file");
	default:
		return err_sys("it cannot be opened");
	}
}

/* What lies at its path, before anything is opened. */
static const struct err *
find(struct take *take, struct look_at at, struct beneath_stat *st)
{
	struct coll *c = take->coll;
	struct seen_file *f = take->file;
	int dir = at.dir >= 0 ? at.dir : c->root_fd;

	if (beneath_stat_at(dir, path_for(c, f, at), st) != 0) {
		f->is_link = false;
		return cannot(take);
	}
	f->is_link = S_ISLNK(st->mode);
	f->is_shared = st->is_shared;
	take->stat = st->stat;
	if (S_ISDIR(st->mode))
		return err_new(ERR_NOT_FOUND, "it is a directory now");
	if (!S_ISREG(st->mode) && !f->is_link)
		return err_new(ERR_BAD_REQUEST, "it is no regular file");
	return NULL;
}

/* Open it, and see what was opened. */
static const struct err *
open_it(struct take *take, struct look_at at, struct beneath_stat *st)
{
	struct coll *c = take->coll;
	struct seen_file *f = take->file;

	if (f->is_link)
		take->fd = beneath_open_link(c->root_fd, take->path.p);
	else if (at.dir >= 0)
		take->fd = beneath_open_name(at.dir, f->name);
	else
		take->fd = beneath_open_file(c->root_fd, take->path.p);
	if (take->fd < 0)
		return cannot(take);
	if (beneath_stat(take->fd, st) != 0)
		return err_sys("it cannot be looked at");
	take->stat = st->stat;
	f->is_shared = st->is_shared;
	if (!S_ISREG(st->mode))
		return err_new(ERR_BAD_REQUEST, "it is no regular file");
	return NULL;
}

/* --- reading it ---------------------------------------------------------- */

static const struct err *
too_large(uint64_t most)
{
	return err_new(ERR_LIMIT,
	    "it has more than %llu bytes (max_file_bytes)",
	    (unsigned long long)most);
}

static const struct err *
read_bytes(int fd, uint64_t size, uint64_t most, struct buf *bytes)
{
	size_t want;
	ssize_t n;

	buf_clear(bytes);
	if (size > most)
		return too_large(most);
	do {
		if (bytes->len > most)
			return too_large(most);
		/* One byte more, so that one read(2) sees the end, too. */
		want = bytes->len < size ? size - bytes->len + 1 : 4096;
		n = read(fd, buf_room(bytes, want), want);
		if (n < 0)
			return err_sys("it cannot be read");
		bytes->len += (size_t)n;
	} while ((size_t)n == want);
	return NULL;
}

/* All bytes, and they were not written to meanwhile. */
static const struct err *
read_whole(struct take *take)
{
	struct buf *bytes = &take->coll->watch->bytes;
	struct beneath_stat after;
	const struct err *err = read_bytes(take->fd, take->stat.size,
	    take->coll->conf->file_bytes_max, bytes);

	if (err != NULL)
		return err;
	if (beneath_stat(take->fd, &after) != 0)
		return err_sys("it cannot be looked at");
	if (!seen_stat_eq(&take->stat, &after.stat) ||
	    bytes->len != take->stat.size)
		return err_new(ERR_UNAVAILABLE, "it changes while it is read");
	take->bytes = buf_as_span(bytes);
	return NULL;
}

/* Its bytes are the ones that its entities were made of. */
static bool
is_same_bytes(struct take *take)
{
	const struct seen_file *f = take->file;

	take->raw = XXH3_64bits(take->bytes.p, take->bytes.len);
	return take->raw == f->raw && f->raw != 0 && !f->has_problem &&
	    (take->claim == NULL || take->claim->is_live);
}

static const struct err *
take_in(struct take *take, struct look_at at)
{
	struct coll *c = take->coll;
	struct seen_file *f = take->file;
	const struct source *source = c->source;
	struct beneath_stat st;
	const struct err *err = NULL;

	if (!at.is_regular || !source->is_opened)
		err = find(take, at, &st);
	if (err == NULL && source->is_opened)
		err = open_it(take, at, &st);
	if (err != NULL)
		return err;
	err = pick_id(c->conf, take->path, &c->watch->id);
	take->id = buf_as_span(&c->watch->id);
	f->is_waiting = false;
	f->n_freed = c->n_freed;
	if (err == NULL && source->is_single)
		err = coll_claim(c, f, take->id, &take->claim);
	if (err == NULL && source->is_whole)
		err = read_whole(take);
	if (err != NULL)
		return err;
	if (source->is_whole && is_same_bytes(take))
		return NULL;
	return source->take(take);
}

/* --- what came of it ----------------------------------------------------- */

/* What its problem is listed under. */
static struct span
problem_id(struct take *take)
{
	struct watch *w = take->coll->watch;

	if (pick_id(take->coll->conf, take->path, &w->id) != NULL ||
	    w->id.len == 0)
		return take->path;
	return buf_as_span(&w->id);
}

static void
look_again(struct coll *c, struct seen_file *f, enum due_when when)
{
	due_put(&c->due, f, when, monotime_now());
}

static void
good(struct take *take)
{
	struct coll *c = take->coll;
	struct seen_file *f = take->file;

	if (!take->is_warned && f->has_problem) {
		coll_solved(c, problem_id(take));
		f->has_problem = false;
	}
	if (c->conf->file != NULL) /* it is there */
		coll_solved(c, span_str(c->conf->file));
	f->stat = take->stat;
	f->raw = take->raw;
	f->is_known = true;
	f->is_missing = false;
	f->tries = 0;
	f->is_racy = look_is_racy(f->stat.mtime_ns, f->stat.ctime_ns);
	if (f->is_racy || f->is_link || f->is_shared || f->is_waiting)
		look_again(c, f, DUE_TICK);
	if (!f->is_racy && !f->is_link && c->source->is_cached)
		row_touch(c, f);
}

static void
bad(struct take *take, const struct err *err)
{
	static const enum due_when waits[LOOK_TRIES] = {
		DUE_20MS,
		DUE_50MS,
		DUE_200MS,
	};
	struct coll *c = take->coll;
	struct seen_file *f = take->file;
	bool is_hopeless = err->code == ERR_LIMIT ||
	    err->code == ERR_CONFLICT || err->code == ERR_BAD_REQUEST;

	f->is_missing = false;
	f->is_known = false;
	if (!is_hopeless && f->tries < LOOK_TRIES) {
		look_again(c, f, waits[f->tries++]);
		return;
	}
	f->raw = 0;
	f->stat = take->stat;
	f->is_known = f->stat.ino != 0;
	f->is_racy = look_is_racy(f->stat.mtime_ns, f->stat.ctime_ns);
	f->has_problem = true;
	coll_problem(c, problem_id(take), err->msg, f);
	/* Waits for another file, or for a file that a link stands for. */
	if (f->is_racy || f->is_link ||
	    (c->source->is_single && take->claim == NULL))
		look_again(c, f, DUE_TICK);
}

/* --- gone ---------------------------------------------------------------- */

/* Free directories that are no more, from here upwards. */
static void
prune(struct coll *c, struct seen_dir *d)
{
	while (d->parent != NULL && d->is_gone && list_is_empty(&d->files) &&
	    list_is_empty(&d->dirs)) {
		struct seen_dir *parent = d->parent;

		if (d->is_unreadable)
			coll_solved(c, seen_dir_path(d));
		hint_remove(c->watch->env->hint, &d->watch);
		seen_dir_free(d);
		d = parent;
	}
}

void
look_dir_gone(struct coll *c, struct seen_dir *d)
{
	/* Before it counts as gone itself: else the last one took it along. */
	for (struct link *l = d->dirs.next, *next; l != &d->dirs; l = next) {
		next = l->next;
		look_dir_gone(c, LIST_OF(l, struct seen_dir, in_parent));
	}
	for (struct link *l = d->files.next; l != &d->files; l = l->next)
		look_again(c, LIST_OF(l, struct seen_file, in_dir), DUE_NOW);
	d->is_gone = true;
	prune(c, d);
}

/* Or is it only that a file system above it was unmounted? */
static bool
is_removed(const struct coll *c, const struct seen_dir *d)
{
	struct beneath_stat st;

	for (; d != NULL; d = d->parent)
		if (beneath_stat_at(c->root_fd, d->path, &st) == 0)
			return d->dev == 0 || d->dev == st.dev;
	return false;
}

static const struct err *
gone(struct coll *c, struct seen_file *f)
{
	struct seen_dir *d = f->dir;
	const struct err *err;

	while (!list_is_empty(&f->claims)) {
		err = coll_delete(c, claim_at(f->claims.next));
		if (err != NULL)
			return err;
	}
	err = row_drop(c, f);
	if (err != NULL)
		return err;
	if (!c->source->is_single || f->has_problem)
		problem_solve_all(&c->watch->problems, f);
	seen_file_free(f);
	prune(c, d);
	return NULL;
}

static const struct err *
missing(struct take *take)
{
	struct coll *c = take->coll;
	struct seen_file *f = take->file;
	bool is_nothing =
	    !f->is_known && !f->has_problem && list_is_empty(&f->claims);

	if (f->is_missing || is_nothing) {
		if (is_nothing || is_removed(c, f->dir))
			return gone(c, f);
		look_again(c, f, DUE_TICK);
		return NULL;
	}
	f->is_missing = true;
	look_again(c, f, DUE_20MS);
	return NULL;
}

/* ------------------------------------------------------------------------- */

/* The quick way out, for the file that is as it was. */
static bool
is_as_it_was(struct coll *c, struct seen_file *f, struct look_at at)
{
	struct beneath_stat st;

	if (!is_settled(c, f) ||
	    beneath_stat_at(at.dir >= 0 ? at.dir : c->root_fd,
		path_for(c, f, at), &st) != 0 ||
	    !seen_stat_eq(&f->stat, &st.stat))
		return false;
	f->is_missing = false;
	if ((f->is_shared || f->is_waiting) && !list_has(&f->due))
		look_again(c, f, DUE_TICK);
	return true;
}

const struct err *
look(struct coll *c, struct seen_file *f, struct look_at at)
{
	struct take take = { .coll = c, .file = f, .fd = -1 };
	struct watch *w = c->watch;
	uint64_t n_changes = intake_n_changes(w->intake);
	const struct err *err;

	if (at.dir < 0)
		seen_file_path(f, &w->path);
	if (is_as_it_was(c, f, at))
		return NULL;
	if (at.dir >= 0)
		seen_file_path(f, &w->path);
	take.path = span_of(buf_cstr(&w->path), w->path.len);
	err = take_in(&take, at);
	if (take.fd >= 0)
		(void)close(take.fd);
	if (w->is_failed)
		return err;
	if (c->is_crawled && intake_n_changes(w->intake) > n_changes)
		delays_note(&w->delays, take.stat.ctime_ns);
	if (err == NULL)
		good(&take);
	else if (err->code == ERR_NOT_FOUND)
		return missing(&take);
	else
		bad(&take, err);
	return NULL;
}
