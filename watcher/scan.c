#include "scan.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "coll.h"
#include "log.h"
#include "look.h"
#include "mem.h"
#include "pick.h"
#include "watch.h"
#include "work.h"

#include <inotifytools/inotify.h>

enum {
	SCAN_ENTRIES_BYTES = 32 << 10,
	SCAN_SAY_MS = 3000,
	SLICE_MS = 50,
	SLICE_LOOKS = 4000,
	/* Each commit costs; nobody waits for the first crawl's details. */
	SLICE_CRAWL_MS = 150,
	SLICE_CRAWL_LOOKS = 12000,
	SLICE_STEPS = 64
};

/* --- slices -------------------------------------------------------------- */

struct slice
slice_begin(bool is_crawl)
{
	struct slice s = {
		.end = monotime_after_ms(monotime_now(),
		    is_crawl ? SLICE_CRAWL_MS : SLICE_MS),
		.looks = is_crawl ? SLICE_CRAWL_LOOKS : SLICE_LOOKS,
		.steps = SLICE_STEPS,
	};

	return s;
}

bool
slice_is_over(const struct slice *s)
{
	return s->looks == 0;
}

bool
slice_step(struct slice *s)
{
	if (s->looks > 0 && --s->steps == 0) {
		s->steps = SLICE_STEPS;
		if (monotime_reached(s->end, monotime_now()))
			s->looks = 0;
	}
	return s->looks > 0;
}

/* --- hints --------------------------------------------------------------- */

static void
hint_of_file(struct coll *c, struct seen_dir *d, struct span name)
{
	struct buf *path = &c->watch->path;
	struct seen_file *f = seen_file_find(d, name);

	if (f == NULL) {
		seen_path(d, name, path);
		if (!pick_file(c->conf, buf_as_span(path)))
			return;
		f = seen_file_new(d, name);
		c->scan.is_visit_first = false;
	}
	due_put(&c->due, f, DUE_NOW, monotime_now());
	work_hinted(c->watch);
}

static void
on_hint(struct hint_watch *w, uint32_t events, struct span name)
{
	struct seen_dir *d = LIST_OF(w, struct seen_dir, watch);
	struct coll *c = d->seen->owner;

	if (name.len > 0 && !(events & IN_ISDIR)) {
		hint_of_file(c, d, name);
		return;
	}
	/* Without a name it is the directory itself that went, or changed. */
	if (name.len == 0 && !(events & IN_ATTRIB) && d->parent != NULL)
		d = d->parent;
	scan_dir_soon(c, d);
	work_hinted(c->watch);
}

static void
watch_dir(struct coll *c, struct seen_dir *d)
{
	struct hint *hint = c->watch->env->hint;
	struct buf *path = &c->watch->path;

	if (hint == NULL || !c->watch->conf->use_inotify || c->is_remote ||
	    c->watch->env->is_once || d->watch.wd >= 0)
		return;
	d->watch.fn = on_hint;
	buf_clear(path);
	buf_str(path, c->conf->dir);
	if (d->path_len > 0) {
		buf_byte(path, '/');
		buf_span(path, seen_dir_path(d));
	}
	if (!hint_add(hint, &d->watch, buf_cstr(path)))
		d->watch.wd = -1;
}

void
scan_dir_soon(struct coll *c, struct seen_dir *d)
{
	list_append(&c->dirs_due, &d->due);
}

/* --- listing a directory ------------------------------------------------- */

static void
cannot_list(struct coll *c, struct seen_dir *d, const char *reason)
{
	d->is_unlisted = true;
	d->is_unreadable = true;
	coll_problem(c, seen_dir_path(d), reason, d);
}

static void
cannot_open(struct coll *c, struct seen_dir *d)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP: /* it is a link now */
	case EXDEV:
		/* When it has another name, its parent's mtime moved. */
		look_dir_gone(c, d);
		break;
	default:
		cannot_list(c, d, err_sys("the directory cannot be read")->msg);
	}
}

/* A file system was mounted there, and is no more. */
static bool
is_unmounted(const struct seen_dir *d, int fd, const struct beneath_stat *st)
{
	if (d->dev == 0 || d->dev == st->dev)
		return false;
	if (list_is_empty(&d->files) && list_is_empty(&d->dirs))
		return false;
	return beneath_is_empty(fd);
}

static bool
list_begin(struct coll *c, struct seen_dir *d, bool is_full)
{
	struct scan *s = &c->scan;
	struct beneath_stat st;
	int fd;

	list_remove(&d->due);
	d->scanned = s->number;
	is_full = is_full || d->is_full_due;
	/* Watched first, listed then: what comes between is seen twice. */
	watch_dir(c, d);
	fd = beneath_open_dir(c->root_fd, d->path);
	if (fd < 0 || beneath_stat(fd, &st) != 0) {
		cannot_open(c, d);
		if (fd >= 0)
			(void)close(fd);
		return false;
	}
	if (d->parent != NULL && is_unmounted(d, fd, &st)) {
		(void)close(fd);
		cannot_list(c, d,
		    "the directory is empty, and on another "
		    "device than before: what was mounted there "
		    "is not");
		return false;
	}
	if (d->ino != 0 && (d->ino != st.stat.ino || d->dev != st.dev)) {
		hint_remove(c->watch->env->hint, &d->watch);
		watch_dir(c, d);
		is_full = true;
	}
	d->dev = st.dev;
	d->ino = st.stat.ino;
	d->mtime_ns = st.stat.mtime_ns;
	d->is_racy = look_is_racy(st.stat.mtime_ns, st.stat.ctime_ns);
	d->is_full_due = false;
	d->is_unlisted = true;
	d->is_gone = false;
	s->fd = fd;
	s->is_visit_first = list_is_empty(&d->files);
	s->is_visit_full = is_full || d->watch.wd < 0;
	s->listing++;
	s->at = 0;
	s->len = 0;
	c->seen.visiting = d;
	c->seen.expected = list_is_empty(&d->files)
	    ? NULL
	    : LIST_OF(d->files.next, struct seen_file, in_dir);
	return true;
}

static void
list_close(struct coll *c)
{
	if (c->scan.fd >= 0)
		(void)close(c->scan.fd);
	c->scan.fd = -1;
	c->seen.visiting = NULL;
	c->seen.expected = NULL;
}

static void
say_progress(struct coll *c, struct monotime now)
{
	struct scan *s = &c->scan;

	if (c->is_crawled || !s->is_running ||
	    !monotime_reached(monotime_after_ms(s->said, SCAN_SAY_MS), now))
		return;
	s->said = now;
	log_event(LOG_INFO, "the first scan goes on",
	    log_text("project", c->watch->conf->name),
	    log_text("collection", c->conf->name),
	    log_int("files", (int64_t)c->seen.files.n));
}

/* What was not met is gone, or renamed: look for it by its name. */
static void
list_end(struct coll *c)
{
	struct seen_dir *d = c->seen.visiting;
	struct monotime now = monotime_now();

	say_progress(c, now);
	for (struct link *l = d->files.next; l != &d->files; l = l->next) {
		struct seen_file *f = LIST_OF(l, struct seen_file, in_dir);

		if (f->listing != c->scan.listing && !list_has(&f->due))
			due_put(&c->due, f, DUE_NOW, now);
	}
	for (struct link *l = d->dirs.next, *next; l != &d->dirs; l = next) {
		struct seen_dir *sub = LIST_OF(l, struct seen_dir, in_parent);

		next = l->next;
		if (sub->listing != c->scan.listing)
			look_dir_gone(c, sub);
	}
	d->is_unlisted = false;
	if (d->is_unreadable) {
		d->is_unreadable = false;
		coll_solved(c, seen_dir_path(d));
	}
	list_close(c);
}

static void
meet_dir(struct coll *c, struct seen_dir *d, struct span name)
{
	struct buf *path = &c->watch->path;
	struct seen_dir *sub;

	seen_path(d, name, path);
	sub = seen_dir_find(&c->seen, buf_as_span(path));
	if (sub == NULL) {
		if (!pick_dir(c->conf, buf_as_span(path)))
			return;
		sub = seen_dir_new(d, name);
	}
	sub->listing = c->scan.listing;
	sub->is_gone = false;
	if (sub->ino == 0)
		scan_dir_soon(c, sub); /* never listed */
}

/* The file of an entry; NULL when it is not one of ours. */
static struct seen_file *
file_of(struct coll *c, struct seen_dir *d, struct span name)
{
	struct seen *seen = &c->seen;
	struct seen_file *f = seen->expected;
	struct buf *path = &c->watch->path;

	if (c->scan.is_visit_first)
		f = NULL;
	else if (f == NULL || !span_eq(seen_file_name(f), name))
		f = seen_file_find(d, name);
	if (f == NULL) {
		seen_path(d, name, path);
		if (!pick_file(c->conf, buf_as_span(path)))
			return NULL;
		return seen_file_new(d, name);
	}
	seen->expected = f->in_dir.next == &d->files
	    ? NULL
	    : LIST_OF(f->in_dir.next, struct seen_file, in_dir);
	return f;
}

static const struct err *
meet_file(struct coll *c, struct seen_dir *d, const struct dirent64 *e,
    struct slice *slice)
{
	struct span name = span_str(e->d_name);
	struct seen_file *f = file_of(c, d, name);
	struct look_at at = { .dir = c->scan.fd };

	if (f == NULL)
		return NULL;
	f->listing = c->scan.listing;
	if (f->is_known && !c->scan.is_visit_full && f->stat.ino == e->d_ino)
		return NULL;
	if (f->is_link && f->is_known)
		return NULL; /* is looked at in each scan anyway */
	if (!f->is_known && list_has(&f->due) && f->tries > 0)
		return NULL; /* half written; its time comes */
	at.is_regular = e->d_type == DT_REG && !f->is_known;
	if (!f->is_known && slice->looks > 0)
		slice->looks--;
	return look(c, f, at);
}

/* Is a name with this type a directory of ours, as far as one can tell? */
static bool
is_dir(const struct coll *c, const struct dirent64 *e)
{
	struct beneath_stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return beneath_stat_at(c->scan.fd, e->d_name, &st) == 0 &&
	    S_ISDIR(st.mode);
}

static const struct err *
meet(struct coll *c, const struct dirent64 *e, struct slice *slice)
{
	struct seen_dir *d = c->seen.visiting;

	if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
		return NULL;
	if (!is_dir(c, e))
		return meet_file(c, d, e, slice);
	meet_dir(c, d, span_str(e->d_name));
	return NULL;
}

/* Read on in the directory, until its end or that of the slice. */
static const struct err *
list_on(struct coll *c, struct slice *slice)
{
	struct scan *s = &c->scan;
	const struct err *err = NULL;

	if (s->entries == NULL)
		s->entries = mem_new(1, SCAN_ENTRIES_BYTES);
	while (err == NULL && c->seen.visiting != NULL && slice_step(slice)) {
		const struct dirent64 *e;

		if (s->at == s->len) {
			ssize_t n =
			    getdents64(s->fd, s->entries, SCAN_ENTRIES_BYTES);

			if (n < 0) {
				cannot_open(c, c->seen.visiting);
				list_close(c);
				return NULL;
			}
			if (n == 0) {
				list_end(c);
				return NULL;
			}
			s->at = 0;
			s->len = (size_t)n;
		}
		e = (const void *)(s->entries + s->at);
		s->at += e->d_reclen;
		err = meet(c, e, slice);
	}
	if (c->seen.visiting == NULL)
		list_close(c); /* it went while it was listed */
	return err;
}

/* --- the walk ------------------------------------------------------------ */

/* Does this directory have to be listed now? */
static void
check_dir(struct coll *c, struct seen_dir *d)
{
	struct beneath_stat st;
	bool is_full = c->scan.is_full || d->watch.wd < 0 || d->is_full_due;

	if (d->scanned == c->scan.number)
		return;
	if (!is_full) {
		if (beneath_stat_at(c->root_fd, d->path, &st) != 0) {
			cannot_open(c, d);
			return;
		}
		if (d->mtime_ns == st.stat.mtime_ns && d->ino == st.stat.ino &&
		    d->dev == st.dev && !d->is_racy && !d->is_unlisted)
			return;
	}
	if (list_begin(c, d, is_full) && d->watch.wd < 0)
		c->scan.n_unwatched++;
}

/* "file": one name in one directory, which need not be listed. */
static const struct err *
check_single(struct coll *c)
{
	struct seen_dir *root = c->seen.root;
	struct span name = span_str(c->conf->file);
	struct seen_file *f = seen_file_find(root, name);
	const struct err *err;

	watch_dir(c, root);
	c->scan.n_unwatched += root->watch.wd < 0;
	root->is_unlisted = false;
	if (f == NULL)
		f = seen_file_new(root, name);
	else if (list_has(&f->due))
		return NULL;
	err = look(c, f, (struct look_at){ .dir = c->root_fd });
	if (err == NULL && seen_file_find(root, name) == NULL)
		coll_problem(c, name, "there is no such file", c);
	return err;
}

/* Check some files by turns, so that each is reached in time. */
static const struct err *
roll(struct coll *c, struct slice *slice)
{
	struct seen *seen = &c->seen;
	const struct err *err = NULL;
	struct seen_dir *d;
	int fd;

	if (seen->roll_at == &seen->all)
		seen->roll_at = seen->all.next;
	d = LIST_OF(seen->roll_at, struct seen_dir, in_seen);
	if (seen->roll_file == NULL)
		seen->roll_file = d->files.next;
	fd = seen->roll_file == &d->files
	    ? -1
	    : beneath_open_dir(c->root_fd, d->path);
	while (fd >= 0 && err == NULL && c->scan.roll_left > 0 &&
	    seen->roll_file != &d->files && slice_step(slice)) {
		struct seen_file *f =
		    LIST_OF(seen->roll_file, struct seen_file, in_dir);

		seen->roll_file = f->in_dir.next;
		c->scan.roll_left--;
		if (f->is_known && !list_has(&f->due))
			err = look(c, f, (struct look_at){ .dir = fd });
	}
	if (fd < 0 || seen->roll_file == &d->files) {
		seen->roll_at = d->in_seen.next;
		seen->roll_file = NULL;
		if (seen->roll_at == &seen->all && ++c->scan.n_rolled > 1)
			c->scan.roll_left = 0; /* once around is enough */
	}
	if (fd >= 0)
		(void)close(fd);
	return err;
}

static void
scan_end(struct coll *c)
{
	struct scan *s = &c->scan;
	int64_t us = monotime_diff_us(monotime_now(), s->began);

	s->is_running = false;
	c->is_watched = s->n_unwatched == 0;
	log_event(c->is_crawled ? LOG_DEBUG : LOG_INFO,
	    c->is_crawled ? "scanned" : "the first scan is through",
	    log_text("project", c->watch->conf->name),
	    log_text("collection", c->conf->name),
	    log_int("files", (int64_t)c->seen.files.n),
	    log_int("directories", (int64_t)c->seen.dirs.n),
	    log_int("entities", (int64_t)c->claims.by_id.n), log_int("us", us));
	c->is_crawled = true;
	c->is_ended = true;
	work_scanned(c->watch, s->began);
}

/* The next step of the walk; a directory that is to be listed is opened. */
static const struct err *
walk_on(struct coll *c, struct slice *slice)
{
	struct seen *seen = &c->seen;

	if (seen->scan_at != &seen->all) {
		struct seen_dir *d =
		    LIST_OF(seen->scan_at, struct seen_dir, in_seen);

		seen->scan_at = seen->scan_at->next;
		check_dir(c, d);
		return NULL;
	}
	if (c->scan.roll_left > 0)
		return roll(c, slice);
	if (c->conf->file != NULL) {
		const struct err *err = check_single(c);

		if (err != NULL)
			return err;
	}
	scan_end(c);
	return NULL;
}

void
scan_begin(struct coll *c, bool is_full)
{
	struct scan *s = &c->scan;
	uint64_t n = c->seen.files.n;

	s->is_running = true;
	s->number++;
	s->is_full = is_full;
	s->began = monotime_now();
	s->said = s->began;
	c->seen.scan_at =
	    c->conf->file != NULL ? &c->seen.all : c->seen.all.next;
	/* Part of a second too many, so that none is late. */
	s->roll_left = is_full || c->conf->file != NULL
	    ? 0
	    : (n * c->conf->interval_ms + SCAN_ROLL_MS - 1) / SCAN_ROLL_MS;
	if (s->roll_left > n)
		s->roll_left = n;
	s->n_rolled = 0;
	s->n_unwatched = 0;
}

bool
scan_is_busy(const struct coll *c)
{
	return c->scan.is_running || c->scan.fd >= 0 ||
	    !list_is_empty(&c->dirs_due);
}

const struct err *
scan_go_on(struct coll *c, struct slice *slice)
{
	const struct err *err = NULL;

	while (err == NULL && scan_is_busy(c) && slice_step(slice)) {
		if (c->scan.fd >= 0) {
			err = list_on(c, slice);
		} else if (!list_is_empty(&c->dirs_due)) {
			struct seen_dir *d =
			    LIST_OF(c->dirs_due.next, struct seen_dir, due);

			if (c->conf->file != NULL)
				list_remove(&d->due);
			else
				(void)list_begin(c, d, false);
		} else {
			err = walk_on(c, slice);
		}
	}
	return err;
}

void
scan_stop(struct coll *c)
{
	if (c->seen.visiting != NULL)
		c->seen.visiting->is_full_due = true;
	list_close(c);
	c->scan.is_running = false;
	while (!list_is_empty(&c->dirs_due)) {
		struct seen_dir *d =
		    LIST_OF(c->dirs_due.next, struct seen_dir, due);

		d->is_unlisted = true;
		list_remove(&d->due);
	}
}

void
scan_fini(struct scan *s)
{
	free(s->entries);
}
