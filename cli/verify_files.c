#include "verify_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base.h"
#include "bell.h"
#include "buf.h"
#include "config.h"
#include "diff.h"
#include "follow.h"
#include "json.h"
#include "mem.h"
#include "pulse.h"
#include "report.h"
#include "store.h"

enum {
	ROUNDS = 4,        /* of looking again, at most */
	SETTLED_MS = 10000 /* after which a watcher has seen a file */
};

/* A file as the watcher saw it last. */
struct row {
	char *path;
	struct store_src src; /* its span is not used */
};

struct check {
	struct base *base;
	struct report *report;
	const struct config_coll *conf; /* of the collection */
	struct row *row;
	size_t n, cap;
	struct buf bytes;
	uint64_t n_files, n_changed;
	bool is_last; /* nothing will be looked at again */
};

enum verdict { VERDICT_GOOD, VERDICT_AGAIN, VERDICT_CHANGED, VERDICT_BAD };

/* --- one file ------------------------------------------------------------ */

static int64_t
ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool
is_as_seen(const struct stat *st, const struct store_src *src)
{
	return st->st_ino == src->ino && (uint64_t)st->st_size == src->size &&
	    ns_of(st->st_mtim) == src->mtime_ns &&
	    ns_of(st->st_ctim) == src->ctime_ns;
}

/* False when it cannot be read, or changes meanwhile. */
static bool
read_file(struct check *c, const char *path, const struct store_src *src)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n = -1;
	bool is_good = false;

	buf_clear(&c->bytes);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && is_as_seen(&st, src))
		do {
			n = read(fd, buf_room(&c->bytes, 65536), 65536);
			if (n > 0)
				c->bytes.len += (size_t)n;
		} while (n > 0 && c->bytes.len <= src->size);
	if (n == 0 && fstat(fd, &st) == 0)
		is_good = is_as_seen(&st, src);
	(void)close(fd);
	return is_good;
}

/* Equal but for the order of members, which is no change. */
static const char *
compare_body(struct span file, struct span body)
{
	struct json doc = { 0 }, now = { 0 };
	struct buf patch = { 0 };
	const char *what = NULL;

	if (json_scan(&doc, file, NULL) != NULL) {
		what = "the file is no JSON, and was taken as such";
	} else if (json_scan(&now, body, NULL) != NULL) {
		what = "its document is no JSON";
	} else {
		diff(&doc, &now, &diff_default, &patch);
		if (!span_is(buf_as_span(&patch), "[]"))
			what = "its document is not what the file says";
	}
	json_fini(&doc);
	json_fini(&now);
	buf_fini(&patch);
	return what;
}

/* Its bytes are those that were taken: so must be the entity. */
static const char *
compare(struct check *c, const struct store_src *src)
{
	struct store_entity entity;
	struct buf hold = { 0 };
	const char *what = NULL;

	if (XXH3_64bits(c->bytes.data, c->bytes.len) != src->raw)
		what = "the file has other bytes than those that were taken, "
		       "though it has the same times";
	else if (store_entity_at(c->base->store, src->eid, &entity, &hold) ==
	    NULL)
		what = compare_body(buf_as_span(&c->bytes), entity.body);
	buf_fini(&hold);
	return what;
}

static bool
has_watcher(const struct check *c)
{
	struct bell_ring ring;
	struct bell_pulse pulse;

	return c->base->bell != NULL &&
	    bell_read(c->base->bell, &ring, &pulse) == NULL &&
	    pulse_state(&pulse, walltime_now()) != PULSE_STOPPED;
}

/* One that is not as it was seen. */
static enum verdict
judge_changed(const struct check *c, const char *path)
{
	int64_t now_ms = walltime_now().ms, changed_ms = 0;
	struct stat st;

	if (!c->is_last && has_watcher(c))
		return VERDICT_AGAIN;
	if (lstat(path, &st) == 0)
		changed_ms = ns_of(st.st_ctim) / 1000000;
	if (has_watcher(c) &&
	    now_ms - changed_ms >
		SETTLED_MS + 2 * (int64_t)c->conf->interval_ms)
		return VERDICT_BAD;
	return VERDICT_CHANGED;
}

static enum verdict
judge(struct check *c, const struct row *row, const char **what)
{
	struct buf path = { 0 };
	enum verdict verdict = VERDICT_GOOD;
	struct stat st;

	buf_printf(&path, "%s/%s", c->conf->dir, row->path);
	if (lstat(buf_cstr(&path), &st) != 0 || !is_as_seen(&st, &row->src) ||
	    !read_file(c, buf_cstr(&path), &row->src)) {
		verdict = judge_changed(c, buf_cstr(&path));
		*what = "the file has changed, and the watcher does not see it";
	} else {
		*what = compare(c, &row->src);
		if (*what != NULL)
			verdict = c->is_last ? VERDICT_BAD : VERDICT_AGAIN;
	}
	buf_fini(&path);
	return verdict;
}

/* --- a collection -------------------------------------------------------- */

static void
free_rows(struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->row[i].path);
	c->n = 0;
}

/* A store_src_fn; the root has a row without an entity. */
static void
take_row(const struct store_src *src, void *arg)
{
	struct check *c = arg;

	if (src->eid == 0)
		return;
	c->row = mem_grow(c->row, c->n, &c->cap, sizeof(*c->row));
	c->row[c->n].path = mem_dup(src->path.p, src->path.len);
	c->row[c->n++].src = *src;
}

/* True when some file is to be looked at again. */
static bool
look(struct check *c)
{
	bool is_again = false;

	c->n_files = c->n_changed = 0;
	for (size_t i = 0; i < c->n; i++) {
		const char *what = NULL;
		enum verdict verdict = judge(c, &c->row[i], &what);
		struct buf where = { 0 };

		c->n_files++;
		c->n_changed += verdict == VERDICT_CHANGED;
		is_again |= verdict == VERDICT_AGAIN;
		if (verdict != VERDICT_BAD)
			continue;
		buf_printf(&where, "%s: %s", c->conf->name, c->row[i].path);
		report_problem(c->report, "files", buf_as_span(&where),
		    span_str(what),
		    "touch the file, so that the watcher takes it again");
		buf_fini(&where);
	}
	return is_again;
}

/* Rows and documents are of one moment, files are of another one. */
static const struct err *
one_round(struct check *c, uint32_t cid, bool *is_again)
{
	const struct err *err = store_view_begin(c->base->store);

	*is_again = false;
	free_rows(c);
	if (err != NULL)
		return err;
	err = store_srcs(c->base->store, cid, take_row, c);
	if (err == NULL)
		*is_again = look(c);
	store_view_end(c->base->store);
	return err;
}

static const struct err *
one_coll(struct check *c, const struct store_coll *coll)
{
	const struct err *err = NULL;
	bool is_again = true;
	struct follow f;

	follow_init(&f);
	for (int i = 1; i <= ROUNDS && is_again && err == NULL; i++) {
		follow_watch(&f, c->base->bell);
		c->is_last = i == ROUNDS;
		err = one_round(c, coll->cid, &is_again);
		if (is_again)
			(void)follow_wait(&f);
	}
	follow_fini(&f);
	return err;
}

static void
leave_out(struct check *c, const char *name, const char *why)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s: %s", name, why);
	report_left_out(c->report, buf_cstr(&text));
	buf_fini(&text);
}

static void
verify_coll(struct check *c, const struct config_coll *conf)
{
	struct store_coll coll;
	struct buf what = { 0 };
	const struct err *err =
	    store_coll_find(c->base->store, span_str(conf->name), &coll);

	c->conf = conf;
	if (err == NULL && conf->source != CONFIG_JSON) {
		leave_out(c, conf->name,
		    "its files are not compared: only those that are one "
		    "entity each are");
		return;
	}
	if (err == NULL)
		err = one_coll(c, &coll);
	if (err != NULL && err->code != ERR_NOT_FOUND)
		report_failed(c->report, "files", err);
	if (err != NULL)
		return; /* the watcher has not met it yet */
	buf_printf(&what, "%s: %llu files of %llu entities", conf->name,
	    (unsigned long long)(c->n_files - c->n_changed),
	    (unsigned long long)coll.n);
	report_part(c->report, "files", buf_cstr(&what));
	buf_clear(&what);
	buf_printf(&what, "%llu files that changed since the watcher looked",
	    (unsigned long long)c->n_changed);
	if (c->n_changed > 0)
		leave_out(c, conf->name, buf_cstr(&what));
	buf_clear(&what);
	buf_printf(&what,
	    "%llu entities whose files the watcher has not noted yet, as it does when all is quiet",
	    (unsigned long long)(coll.n - c->n_files));
	if (coll.n > c->n_files)
		leave_out(c, conf->name, buf_cstr(&what));
	buf_fini(&what);
}

/* A store_coll_fn, where every directory is a collection. */
static void
verify_dir(const struct store_coll *coll, void *arg)
{
	struct check *c = arg;
	struct config_coll *conf =
	    config_coll_of_dir(c->base->project, coll->name);

	if (conf == NULL)
		return;
	verify_coll(c, conf);
	config_coll_free(conf);
}

void
verify_files(struct base *base, struct report *report)
{
	struct check c = { .base = base, .report = report };
	const struct config_project *p = base->project;
	const struct err *err = NULL;

	if (p == NULL) {
		report_left_out(report,
		    "files: which they are is not known of a database alone");
		return;
	}
	if (p->every_dir != NULL)
		err = store_colls(base->store, verify_dir, &c);
	for (size_t i = 0; i < p->n_colls; i++)
		verify_coll(&c, &p->coll[i]);
	if (err != NULL)
		report_failed(report, "files", err);
	free_rows(&c);
	free(c.row);
	buf_fini(&c.bytes);
}

/* --- the bell ------------------------------------------------------------ */

/* What is wrong; NULL for nothing.  The ring is read before the log. */
static const char *
look_at_bell(struct base *base, const struct err **err)
{
	struct bell_ring ring;
	struct bell_pulse pulse;
	struct store_state state;

	*err = bell_read(base->bell, &ring, &pulse);
	if (*err == NULL)
		*err = store_state(base->store, &state);
	if (*err != NULL)
		return NULL;
	if (ring.epoch != state.epoch)
		return "it rang for another epoch than the log has";
	if (ring.seq > state.head)
		return "it rang for a change that the log does not have: the "
		       "newest ones are lost";
	if (ring.seq < state.head)
		return "it has not rung for the newest changes: who waits "
		       "sees them late";
	return NULL;
}

void
verify_bell(struct base *base, struct report *report)
{
	const struct err *err = NULL;
	const char *what = NULL;
	struct follow f;

	if (base->bell == NULL) {
		report_left_out(report, "bell: nobody has made one yet");
		return;
	}
	follow_init(&f);
	for (int i = 0; i < ROUNDS; i++) {
		follow_watch(&f, base->bell);
		what = look_at_bell(base, &err);
		if (what == NULL || i + 1 == ROUNDS)
			break;
		(void)follow_wait(&f);
	}
	follow_fini(&f);
	if (err != NULL)
		report_failed(report, "bell", err);
	else if (what != NULL)
		report_problem(report, "bell", span_str("bell"), span_str(what),
		    "start the watcher anew: it begins a new epoch where one "
		    "is needed, and rings");
	report_part(report, "bell", "rings for the log that is there");
}
