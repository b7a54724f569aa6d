#include "watch.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bell.h"
#include "coll.h"
#include "config.h"
#include "every.h"
#include "intake.h"
#include "log.h"
#include "mem.h"
#include "publish.h"
#include "row.h"
#include "store.h"
#include "store_coll.h"
#include "watch_reach.h"
#include "work.h"

/* A scan that a request or cron has done is over soon. */
enum { ROWS_AT_END = 10000, LOCK_MS = 2000, OPEN_AGAIN = 2 };

/* --- transactions -------------------------------------------------------- */

const struct err *
watch_failed(struct watch *w, const struct err *err)
{
	if (err != NULL)
		w->is_failed = true;
	return err;
}

/* err, unless that fails, too. */
static const struct err *
make_room(struct watch *w, const struct err *err, bool *is_any)
{
	const struct err *worse = retain_rescue(w->store, is_any);

	if (*is_any)
		log_event(LOG_WARNING,
		    "the disk is full: old changes make room for new ones",
		    log_text("project", w->conf->name));
	return worse != NULL ? worse : err;
}

const struct err *
watch_begin(struct watch *w)
{
	const struct err *err;
	bool is_any = false;

	if (intake_is_open(w->intake))
		return NULL;
	err = intake_begin(w->intake);
	if (err != NULL && err->code == ERR_UNAVAILABLE)
		err = make_room(w, err, &is_any);
	if (err != NULL && is_any)
		err = intake_begin(w->intake);
	return watch_failed(w, err);
}

const struct err *
watch_commit(struct watch *w)
{
	const struct err *err = watch_failed(w, intake_commit(w->intake, NULL));
	struct timespec now;

	if (err != NULL)
		return err;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	delays_tell(&w->delays, w->bell,
	    now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
	publish_soon(w->publish);
	return NULL;
}

/* --- the store and its bell ---------------------------------------------- */

static const struct err *
make_folder(const char *store)
{
	char *path = mem_dup(store, strlen(store));
	const struct err *err = NULL;

	if (mkdir(dirname(path), 0755) != 0 && errno != EEXIST)
		err = err_sys("%s", path);
	free(path);
	return err;
}

static const struct err *
open_bell(struct watch *w, uint64_t *seq)
{
	struct bell_ring ring;
	struct bell_pulse pulse;
	const struct err *err = make_folder(w->conf->store);

	*seq = 0;
	if (err == NULL)
		err = bell_open(&w->bell, w->conf->store, BELL_RING);
	if (err == NULL)
		err = bell_lock(w->bell, w->env->is_once ? 0 : LOCK_MS);
	if (err != NULL)
		return err;
	if (bell_read(w->bell, &ring, &pulse) == NULL)
		*seq = ring.seq;
	return NULL;
}

/* A ring may be missing since the last watcher died: it is made good. */
static const struct err *
open_store(struct watch *w)
{
	struct store_state state;
	uint64_t seq;
	const struct err *err = open_bell(w, &seq);

	if (err == NULL)
		err = store_open(&w->store, w->conf->store, STORE_WRITE, seq);
	if (err == NULL)
		err = store_state(w->store, &state);
	if (err == NULL)
		err = bell_strike(w->bell, state.epoch, state.head);
	if (err != NULL)
		return err;
	w->intake = intake_new(w->store, w->bell);
	w->retain = (struct retain){ 0 };
	return problems_load(&w->problems, w->store);
}

/* --- collections --------------------------------------------------------- */

struct coll *
watch_coll(const struct watch *w, const char *name)
{
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		if (!c->is_leaving && span_is(coll_name(c), name))
			return c;
	}
	return NULL;
}

const struct err *
watch_add(struct watch *w, const struct config_coll *conf, bool own)
{
	struct coll *c;
	const struct err *err = coll_open(&c, w, conf, own);

	if (err != NULL)
		return watch_failed(w, err);
	list_append(&w->colls, &c->in_watch);
	coll_tick_at(c, monotime_now());
	return NULL;
}

static const struct config_coll *
conf_of(const struct config_project *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_colls; i++)
		if (strcmp(conf->coll[i].name, name) == 0)
			return &conf->coll[i];
	return NULL;
}

/* Fed by files once, and not among those that were begun. */
struct strays {
	const struct watch *watch;
	struct buf names; /* each with a NUL */
	struct buf empty; /* … of those that have no entities */
};

static void
find_stray(const struct store_coll *coll, void *arg)
{
	struct strays *s = arg;

	if (coll->is_files && watch_coll(s->watch, coll->name) == NULL)
		buf_add(coll->n > 0 ? &s->names : &s->empty, coll->name,
		    strlen(coll->name) + 1);
}

static struct config_coll *
conf_without_files(const char *name)
{
	struct config_coll *conf = mem_new(1, sizeof(*conf));

	conf->name = mem_dup(name, strlen(name));
	conf->dir = mem_dup("/", 1);
	return conf;
}

/* Its directory may be away only; else it goes, with its entities. */
static const struct err *
add_stray(struct watch *w, const char *name, bool is_empty)
{
	struct config_coll *conf = NULL;
	bool is_leaving;
	const struct err *err;

	if (w->conf->every_dir != NULL && !is_empty)
		conf = config_coll_of_dir(w->conf, name);
	is_leaving = conf == NULL;
	if (is_leaving)
		conf = conf_without_files(name);
	err = watch_add(w, conf, true);
	if (err != NULL)
		config_coll_free(conf);
	else if (is_leaving)
		coll_dismiss(watch_coll(w, name));
	return err;
}

static const struct err *
add_strays(struct watch *w)
{
	struct strays s = { .watch = w };
	const struct err *err = store_colls(w->store, find_stray, &s);
	struct span names = buf_as_span(&s.names);
	struct span empty = buf_as_span(&s.empty);

	while (err == NULL && names.len > 0)
		err = add_stray(w, span_cut(&names, '\0').p, false);
	while (err == NULL && empty.len > 0)
		err = add_stray(w, span_cut(&empty, '\0').p, true);
	buf_fini(&s.names);
	buf_fini(&s.empty);
	return err;
}

static const struct err *
open_colls(struct watch *w)
{
	const struct err *err = NULL;

	for (size_t i = 0; err == NULL && i < w->conf->n_colls; i++)
		err = watch_add(w, &w->conf->coll[i], false);
	if (err == NULL && w->conf->every_dir != NULL)
		err = every_open(&w->every, w);
	return err != NULL ? err : add_strays(w);
}

/* --- open and close ------------------------------------------------------ */

static void
close_all(struct watch *w)
{
	work_stop(w);
	publish_free(w->publish);
	w->publish = NULL;
	every_close(w->every);
	w->every = NULL;
	while (!list_is_empty(&w->colls))
		coll_close(LIST_OF(w->colls.next, struct coll, in_watch));
	problems_fini(&w->problems);
	problems_init(&w->problems);
	intake_free(w->intake);
	w->intake = NULL;
	store_close(w->store);
	w->store = NULL;
	bell_close(w->bell);
	w->bell = NULL;
}

static const struct err *
open_once(struct watch *w)
{
	const struct err *err = open_store(w);

	if (err == NULL)
		err = open_colls(w);
	if (err != NULL) {
		close_all(w);
		return err;
	}
	work_start(w);
	w->publish = publish_new(w);
	return NULL;
}

/*
 * A page may turn out to be damaged only now; then the file has been set aside.
 * Or the folder was removed since it was made.
 */
static const struct err *
open_all(struct watch *w)
{
	const struct err *err = open_once(w);

	for (int again = 0; again < OPEN_AGAIN; again++) {
		if (err == NULL ||
		    (err->code != ERR_STORE && err->code != ERR_GONE))
			return err;
		log_event(LOG_WARNING, "opening the store once more",
		    log_text("project", w->conf->name),
		    log_text("reason", err->msg));
		err = open_once(w);
	}
	return err;
}

/* Each time later, until something could be committed again. */
static void
revive_later(struct watch *w, const struct err *err)
{
	log_event(LOG_ERROR, "a project fails: beginning anew",
	    log_text("project", w->conf->name), log_text("reason", err->msg),
	    log_int("after_s", w->revive_ms / 1000));
	loop_timer_set(w->env->loop, &w->revive,
	    monotime_after_ms(monotime_now(), w->revive_ms));
	w->revive_ms *= 2;
	if (w->revive_ms > WATCH_REVIVE_MS_MAX)
		w->revive_ms = WATCH_REVIVE_MS_MAX;
}

static void
revive(void *arg)
{
	struct watch *w = arg;
	const struct err *err;

	close_all(w);
	err = open_all(w);
	if (err == NULL) {
		log_event(LOG_INFO, "watching again",
		    log_text("project", w->conf->name));
		return;
	}
	w->is_failed = true;
	if (!watch_reach_end_if_lost(w, err))
		revive_later(w, err);
}

void
watch_fail(struct watch *w, const struct err *err)
{
	w->is_failed = true;
	intake_rollback(w->intake);
	delays_forget(&w->delays);
	work_stop(w);
	every_stop(w->every);
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next)
		loop_timer_clear(w->env->loop,
		    &LIST_OF(l, struct coll, in_watch)->tick);
	if (!w->env->is_once) {
		revive_later(w, err);
		return;
	}
	log_event(LOG_ERROR, "a project fails",
	    log_text("project", w->conf->name), log_text("reason", err->msg));
	w->is_done = true;
	w->env->on_done(w->env->arg, true);
}

const struct err *
watch_open(struct watch **out, const struct watch_env *env,
    const struct config_project *conf)
{
	struct watch *w = mem_new(1, sizeof(*w));
	const struct err *err;

	w->env = env;
	w->conf = conf;
	w->revive_ms = WATCH_REVIVE_MS_MIN;
	w->revive = (struct loop_timer){ .fn = revive, .arg = w };
	list_init(&w->colls);
	problems_init(&w->problems);
	work_init(w);
	err = open_all(w);
	if (err != NULL) {
		watch_close(w);
		return err;
	}
	log_event(LOG_INFO, "watching", log_text("project", conf->name),
	    conf->every_dir != NULL ? log_text("dir", conf->every_dir)
				    : log_text("store", conf->store));
	*out = w;
	return NULL;
}

/* All rows, in transactions of a size that delays no reader. */
static const struct err *
write_rows(struct watch *w)
{
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		while (row_is_due(c)) {
			const struct err *err = row_write(c, ROWS_AT_END);

			if (err == NULL)
				err = intake_commit(w->intake, NULL);
			if (err != NULL)
				return err;
		}
	}
	return NULL;
}

void
watch_close(struct watch *w)
{
	const struct err *err = NULL;

	if (w == NULL)
		return;
	loop_timer_clear(w->env->loop, &w->revive);
	if (!w->is_failed && w->store != NULL)
		err = write_rows(w);
	if (!w->is_failed)
		publish_end(w->publish);
	if (err != NULL)
		log_event(LOG_WARNING,
		    "what is known of files was not written: the next start "
		    "takes longer",
		    log_text("project", w->conf->name),
		    log_text("reason", err->msg));
	close_all(w);
	problems_fini(&w->problems);
	delays_fini(&w->delays);
	buf_fini(&w->path);
	buf_fini(&w->id);
	buf_fini(&w->bytes);
	buf_fini(&w->text);
	json_fini(&w->doc);
	json_fini(&w->part);
	free(w);
}

/* --- another configuration ----------------------------------------------- */

static bool
is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
is_same_names(const struct config_names *a, const struct config_names *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->name[i], b->name[i]) != 0)
			return false;
	return a->n == b->n;
}

static bool
is_same_conf(const struct config_coll *a, const struct config_coll *b)
{
	return a->source == b->source && is_same_text(a->dir, b->dir) &&
	    is_same_text(a->file, b->file) &&
	    is_same_names(&a->files, &b->files) &&
	    is_same_names(&a->exclude, &b->exclude) && a->id == b->id &&
	    is_same_text(a->items, b->items) &&
	    is_same_names(&a->key, &b->key) &&
	    is_same_names(&a->diff_keys, &b->diff_keys) &&
	    a->interval_ms == b->interval_ms &&
	    a->entities_max == b->entities_max &&
	    a->file_bytes_max == b->file_bytes_max &&
	    a->tail_bytes == b->tail_bytes && a->lines_max == b->lines_max;
}

void
watch_hurry(struct watch *w)
{
	if (w->is_failed)
		return;
	every_hurry(w->every);
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		if (c->is_leaving)
			continue;
		c->is_hurried = true;
		coll_tick_at(c, monotime_now());
	}
}

/* What is left as it is goes on; the rest of the present collections goes. */
static void
keep(struct watch *w, const struct config_project *conf)
{
	bool is_all_new = w->conf->use_inotify != conf->use_inotify;

	for (struct link *l = w->colls.next, *next; l != &w->colls; l = next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);
		const struct config_coll *to = conf_of(conf, c->conf->name);

		next = l->next;
		if (c->own_conf != NULL)
			continue; /* its directory decides, or it is leaving */
		if (to == NULL)
			coll_dismiss(c);
		else if (!is_all_new && is_same_conf(c->conf, to))
			coll_reconfigure(c, to);
		else
			coll_close(c); /* begun again by add_new() */
	}
}

static const struct err *
add_new(struct watch *w)
{
	const struct err *err = NULL;

	for (size_t i = 0; err == NULL && i < w->conf->n_colls; i++)
		if (watch_coll(w, w->conf->coll[i].name) == NULL)
			err = watch_add(w, &w->conf->coll[i], false);
	return err;
}

void
watch_reload(struct watch *w, const struct config_project *conf)
{
	const struct err *err = NULL;
	bool is_elsewhere;

	if (w->is_failed) {
		/* What is left of it knows the old one; revive() opens anew. */
		close_all(w);
		w->conf = conf;
		return;
	}
	if (intake_is_open(w->intake))
		err = watch_commit(w);
	if (err == NULL)
		err = write_rows(w);
	keep(w, conf);
	is_elsewhere = !is_same_text(w->conf->publish, conf->publish) ||
	    strcmp(w->conf->name, conf->name) != 0;
	w->conf = conf;
	if (is_elsewhere) {
		publish_free(w->publish);
		w->publish = publish_new(w);
	}
	if (err == NULL)
		err = add_new(w);
	if (err != NULL) {
		watch_fail(w, err);
		return;
	}
	watch_hurry(w);
	work_soon(w);
}
