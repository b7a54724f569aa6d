#include "coll.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "intake.h"
#include "log.h"
#include "mem.h"
#include "mount.h"
#include "pick.h"
#include "row.h"
#include "source.h"
#include "store_coll.h"
#include "store_entity.h"
#include "watch.h"
#include "watch_reach.h"
#include "work.h"

enum { AWAY_SCANS = 2 }; /* that confirm a removal */

struct span
coll_name(const struct coll *c)
{
	return span_str(c->conf->name);
}

/* --- problems ------------------------------------------------------------ */

void
coll_problem(struct coll *c, struct span id, const char *reason,
    const void *owner)
{
	struct buf text = { 0 };

	pick_readable(id, &text);
	problem_set(&c->watch->problems, coll_name(c), buf_as_span(&text),
	    reason, owner);
	buf_fini(&text);
}

void
coll_solved(struct coll *c, struct span id)
{
	struct buf text = { 0 };

	pick_readable(id, &text);
	problem_solve(&c->watch->problems, coll_name(c), buf_as_span(&text));
	buf_fini(&text);
}

/* --- entities ------------------------------------------------------------ */

const struct err *
coll_claim(struct coll *c, struct seen_file *f, struct span id,
    struct claim **out)
{
	struct claim *claim = claim_find(&c->claims, id);
	const struct err *err;

	if (claim != NULL && claim->file != NULL && claim->file != f) {
		struct buf other = { 0 }, text = { 0 };

		f->is_waiting = true;
		seen_file_path(claim->file, &other);
		pick_readable(buf_as_span(&other), &text);
		err = err_new(ERR_CONFLICT, "the id %.*s is that of %s already",
		    SPAN_ARGS(id), buf_cstr(&text));
		buf_fini(&other);
		buf_fini(&text);
		return err;
	}
	if (claim == NULL) {
		err = intake_check_id(id);
		if (err != NULL)
			return err;
		if (c->claims.by_id.n >= c->conf->entities_max) {
			f->is_waiting = true;
			return err_new(ERR_LIMIT,
			    "the collection has %u entities already "
			    "(max_entities)",
			    c->conf->entities_max);
		}
		claim = claim_new(&c->claims, id);
	}
	if (claim->file == NULL)
		claim_take(claim, f);
	*out = claim;
	return NULL;
}

static struct intake_entity
entity_of(const struct coll *c, const struct claim *claim)
{
	struct intake_entity entity = {
		.cid = c->cid,
		.id = claim_id(claim),
		.diff = c->diff.n_keys > 0 ? &c->diff : NULL,
	};

	return entity;
}

const struct err *
coll_put(struct coll *c, struct claim *claim, const struct json *doc)
{
	struct intake_entity entity = entity_of(c, claim);
	struct seen_file *f = claim->file;
	enum intake_outcome outcome;
	const struct err *err = watch_begin(c->watch);

	if (err != NULL)
		return err;
	err = intake_put(c->watch->intake, &entity, doc, &f->eid, &outcome);
	if (err == NULL && outcome != INTAKE_SAME)
		err = row_drop(c, f);
	claim->is_live = err == NULL;
	return watch_failed(c->watch, err);
}

const struct err *
coll_delete(struct coll *c, struct claim *claim)
{
	struct intake_entity entity = entity_of(c, claim);
	const struct err *err = watch_begin(c->watch);

	if (err != NULL)
		return err;
	err = intake_delete(c->watch->intake, &entity, NULL);
	if (err == NULL) {
		claim_free(&c->claims, claim);
		c->n_freed++;
	}
	return watch_failed(c->watch, err);
}

const struct err *
coll_sweep(struct coll *c, struct slice *slice)
{
	struct link *head = &c->claims.nobodys;

	while (!list_is_empty(head) && slice_step(slice)) {
		const struct err *err = coll_delete(c, claim_at(head->next));

		if (err != NULL)
			return err;
	}
	c->is_sweeping = !list_is_empty(head);
	return NULL;
}

/* Everything is nobody's, so that it will be swept. */
static void
forget_all(struct coll *c)
{
	struct seen_dir *root = c->seen.root;
	uint64_t dev = root->dev, ino = root->ino;

	scan_stop(c);
	for (struct link *l = c->seen.all.next; l != &c->seen.all;
	     l = l->next) {
		struct seen_dir *d = LIST_OF(l, struct seen_dir, in_seen);

		hint_remove(c->watch->env->hint, &d->watch);
		for (struct link *k = d->files.next; k != &d->files;
		     k = k->next) {
			struct seen_file *f =
			    LIST_OF(k, struct seen_file, in_dir);

			while (!list_is_empty(&f->claims)) {
				struct claim *claim = claim_at(f->claims.next);

				claim->file = NULL;
				list_append(&c->claims.nobodys,
				    &claim->of_file);
			}
		}
	}
	seen_fini(&c->seen);
	seen_init(&c->seen, c);
	c->seen.root->dev = dev;
	c->seen.root->ino = ino;
}

void
coll_reconfigure(struct coll *c, const struct config_coll *conf)
{
	c->conf = conf;
	c->diff.keys = (const char *const *)conf->diff_keys.name;
}

void
coll_dismiss(struct coll *c)
{
	if (c->own_conf == NULL) {
		/* The configuration that it is not in will be freed. */
		c->own_conf = mem_new(1, sizeof(*c->own_conf));
		c->own_conf->name =
		    mem_dup(c->conf->name, strlen(c->conf->name));
		c->own_conf->interval_ms = c->conf->interval_ms;
		c->conf = c->own_conf;
	}
	loop_timer_clear(c->watch->env->loop, &c->tick);
	forget_all(c);
	problem_solve_collection(&c->watch->problems, coll_name(c));
	c->is_leaving = true;
	c->is_sweeping = true;
	work_soon(c->watch);
}

/* --- loading ------------------------------------------------------------- */

static bool
load_id(const struct store_entity *e, void *arg)
{
	struct coll *c = arg;

	claim_new(&c->claims, e->id)->is_live = true;
	return true;
}

static const struct err *
load(struct coll *c)
{
	struct watch *w = c->watch;
	struct store_coll known;
	const struct err *err = store_coll_find(w->store, coll_name(c), &known);

	if (err != NULL && err->code == ERR_NOT_FOUND) {
		err = watch_begin(w);
		if (err == NULL)
			err = store_coll_make(w->store, coll_name(c), true,
			    &c->cid);
		return err;
	}
	if (err != NULL)
		return err;
	if (!known.is_files)
		return err_new(ERR_CONFLICT,
		    "%s: this collection is fed by writes, not by files",
		    c->conf->name);
	c->cid = known.cid;
	err = store_ids(w->store, c->cid, load_id, c);
	return err != NULL ? err : row_load(c);
}

static void
on_tick(void *arg)
{
	coll_tick(arg);
}

const struct err *
coll_open(struct coll **out, struct watch *w, const struct config_coll *conf,
    bool own)
{
	struct coll *c = mem_new(1, sizeof(*c));
	const struct err *err;

	c->watch = w;
	c->conf = conf;
	c->own_conf = own ? (struct config_coll *)(uintptr_t)conf : NULL;
	c->source = &source_of[conf->source];
	c->diff.keys = (const char *const *)conf->diff_keys.name;
	c->diff.n_keys = conf->diff_keys.n;
	c->root_fd = -1;
	c->scan.fd = -1;
	c->is_remote = mount_is_remote(conf->dir);
	c->tick = (struct loop_timer){ .fn = on_tick, .arg = c };
	list_init(&c->in_watch);
	list_init(&c->dirs_due);
	list_init(&c->rows);
	due_init(&c->due);
	claims_init(&c->claims);
	seen_init(&c->seen, c);
	err = load(c);
	if (err != NULL) {
		c->own_conf = NULL; /* the caller's again */
		coll_close(c);
		return err;
	}
	*out = c;
	return NULL;
}

void
coll_close(struct coll *c)
{
	forget_all(c);
	loop_timer_clear(c->watch->env->loop, &c->tick);
	list_remove(&c->in_watch);
	seen_fini(&c->seen);
	claims_fini(&c->claims);
	scan_fini(&c->scan);
	config_coll_free(c->own_conf);
	free(c);
}

/* --- the root ------------------------------------------------------------ */

static bool
is_elsewhere(struct coll *c, const struct beneath_stat *st)
{
	const struct seen_dir *root = c->seen.root;

	if (root->dev == st->dev || c->claims.by_id.n == 0)
		return false;
	return beneath_is_empty(c->root_fd);
}

static void
away(struct coll *c, const char *reason)
{
	coll_leave(c);
	scan_stop(c);
	due_postpone(&c->due);
	c->seen.root->is_full_due = true;
	/* An earlier run has seen it away, too. */
	if (problem_is_unmet(&c->watch->problems, coll_name(c), span_str("")))
		c->n_away = 1;
	c->is_away = true;
	coll_problem(c, span_str(""), reason, c);
}

/* Another directory than before has its path. */
static void
moved_in(struct coll *c, const struct beneath_stat *st)
{
	struct seen_dir *root = c->seen.root;

	root->dev = st->dev;
	root->ino = st->stat.ino;
	hint_remove(c->watch->env->hint, &root->watch);
	c->is_root_kept = false;
	c->is_remote = mount_is_remote(c->conf->dir);
	c->is_hurried = true;
}

bool
coll_enter(struct coll *c)
{
	struct seen_dir *root = c->seen.root;
	struct beneath_stat st;

	c->root_fd = open(c->conf->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->root_fd < 0 || beneath_stat(c->root_fd, &st) != 0) {
		away(c,
		    errno == ENOENT || errno == ENOTDIR
			? "the directory is not there"
			: err_sys("the directory cannot be opened")->msg);
		watch_reach_end_if_barred(c->watch, c->conf->dir);
		return false;
	}
	c->n_away = 0;
	if (is_elsewhere(c, &st)) {
		away(c,
		    "the directory is empty, and on another device than "
		    "before: what was mounted there is not");
		return false;
	}
	if (root->dev != st.dev || root->ino != st.stat.ino)
		moved_in(c, &st);
	if (c->is_away)
		coll_solved(c, span_str(""));
	c->is_away = false;
	return true;
}

void
coll_leave(struct coll *c)
{
	if (c->root_fd >= 0)
		(void)close(c->root_fd);
	c->root_fd = -1;
}

/* Is the place where the root was still on the root's device? */
static bool
is_removed(const struct coll *c)
{
	char *path = mem_dup(c->conf->dir, strlen(c->conf->dir));
	struct beneath_stat st;
	bool is_found = false;
	char *slash;

	while (!is_found && (slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		is_found = beneath_stat_at(AT_FDCWD, *path == '\0' ? "/" : path,
			       &st) == 0;
	}
	free(path);
	return is_found && c->seen.root->dev == st.dev;
}

/* Its row goes, and what is wrong with it concerns nobody any more. */
static const struct err *
drop_file(struct coll *c, struct seen_file *f)
{
	if (!c->source->is_single || f->has_problem)
		problem_solve_all(&c->watch->problems, f);
	return row_drop(c, f);
}

static const struct err *
drop_files(struct coll *c)
{
	const struct err *err = NULL;

	for (struct link *l = c->seen.all.next; l != &c->seen.all;
	     l = l->next) {
		struct seen_dir *d = LIST_OF(l, struct seen_dir, in_seen);

		if (d->is_unreadable)
			coll_solved(c, seen_dir_path(d));
		for (struct link *k = d->files.next;
		     err == NULL && k != &d->files; k = k->next)
			err =
			    drop_file(c, LIST_OF(k, struct seen_file, in_dir));
	}
	return err;
}

/* It may be one that cannot be opened. */
static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static const struct err *
count_away(struct coll *c)
{
	const struct err *err;

	if (++c->n_away < AWAY_SCANS || c->claims.by_id.n == 0 ||
	    is_directory(c->conf->dir) || !is_removed(c))
		return NULL;
	log_event(LOG_WARNING, "the directory was removed: so are its entities",
	    log_text("project", c->watch->conf->name),
	    log_text("collection", c->conf->name));
	err = drop_files(c);
	forget_all(c);
	c->is_sweeping = true;
	return err;
}

/* --- when ---------------------------------------------------------------- */

void
coll_tick_at(struct coll *c, struct monotime at)
{
	loop_timer_set(c->watch->env->loop, &c->tick, at);
}

void
coll_tick(struct coll *c)
{
	struct monotime now = monotime_now();

	c->is_ticked = true;
	if (scan_is_busy(c)) {
		work_soon(c->watch);
		coll_tick_at(c, monotime_after_ms(now, c->conf->interval_ms));
		return;
	}
	due_tick(&c->due);
	if (coll_enter(c)) {
		scan_begin(c, c->is_hurried || !c->is_crawled);
		c->is_hurried = false;
		coll_leave(c);
	} else {
		const struct err *err = count_away(c);

		if (err != NULL) {
			watch_fail(c->watch, err);
			return;
		}
		work_scanned(c->watch, now);
	}
	coll_tick_at(c, monotime_after_ms(now, c->conf->interval_ms));
	work_soon(c->watch);
}

/* Is it known of every entity in the store whether a file feeds it? */
static bool
is_complete(const struct coll *c)
{
	for (struct link *l = c->seen.all.next; l != &c->seen.all;
	     l = l->next) {
		struct seen_dir *d = LIST_OF(l, struct seen_dir, in_seen);

		if (d->is_unlisted)
			return false;
		for (struct link *k = d->files.next;
		     !c->source->is_single && k != &d->files; k = k->next) {
			struct seen_file *f =
			    LIST_OF(k, struct seen_file, in_dir);

			if (!f->is_known || f->has_problem)
				return false;
		}
	}
	return true;
}

void
coll_settle(struct coll *c)
{
	if (!c->is_ended)
		return;
	c->is_ended = false;
	if (!c->is_settled) {
		c->is_settled = true;
		problem_solve_unmet(&c->watch->problems, coll_name(c));
	}
	c->is_sweeping = !list_is_empty(&c->claims.nobodys) && is_complete(c);
}

bool
coll_is_busy(const struct coll *c)
{
	struct monotime at;

	return c->is_sweeping || scan_is_busy(c) ||
	    (due_next(&c->due, &at) && monotime_reached(at, monotime_now()));
}

bool
coll_is_quiet(const struct coll *c)
{
	struct monotime at;

	return !c->is_sweeping && !scan_is_busy(c) && !due_next(&c->due, &at);
}

bool
coll_is_settled(const struct coll *c)
{
	return coll_is_quiet(c) && c->is_ticked && !c->is_ended &&
	    !c->is_leaving;
}
