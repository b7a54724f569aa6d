#include "every.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "coll.h"
#include "config.h"
#include "hint.h"
#include "list.h"
#include "log.h"
#include "mem.h"
#include "pick.h"
#include "problem.h"
#include "watch.h"
#include "watch_reach.h"
#include "work.h"

enum { EVERY_MS = 2000, EVERY_SCANS = 2 };

/* A name that is listed as a problem. */
struct odd {
	struct link link;
	uint32_t listing;
	char name[];
};

struct every {
	struct watch *watch;
	struct hint_watch hint;
	struct loop_timer tick;
	struct link odds;
	uint32_t listing;
	bool is_away; /* and that was said */
};

/* --- names --------------------------------------------------------------- */

static void
complain(struct every *e, const char *name, const char *reason)
{
	struct buf text = { 0 };
	struct odd *odd = NULL;
	size_t len;

	pick_readable(span_str(name), &text);
	len = text.len;
	for (struct link *l = e->odds.next; l != &e->odds; l = l->next) {
		odd = LIST_OF(l, struct odd, link);
		if (strcmp(odd->name, buf_cstr(&text)) == 0)
			break;
		odd = NULL;
	}
	if (odd == NULL) {
		odd = mem_new(1, sizeof(*odd) + len + 1);
		memcpy(odd->name, buf_cstr(&text), len);
		list_init(&odd->link);
		list_append(&e->odds, &odd->link);
	}
	odd->listing = e->listing;
	problem_set(&e->watch->problems, span_str(odd->name), span_str(""),
	    reason, odd);
	buf_fini(&text);
}

/* Solve those that were not met again. */
static void
forget_odds(struct every *e)
{
	for (struct link *l = e->odds.next, *next; l != &e->odds; l = next) {
		struct odd *odd = LIST_OF(l, struct odd, link);

		next = l->next;
		if (odd->listing == e->listing)
			continue;
		problem_solve(&e->watch->problems, span_str(odd->name),
		    span_str(""));
		list_remove(&odd->link);
		free(odd);
	}
}

/* --- the listing --------------------------------------------------------- */

static const struct err *
meet_dir(struct every *e, const char *name)
{
	struct watch *w = e->watch;
	struct coll *c = watch_coll(w, name);
	struct config_coll *conf;
	const struct err *err;

	if (c == NULL) {
		conf = config_coll_of_dir(w->conf, name);
		if (conf == NULL) {
			complain(e, name,
			    "the name cannot be that of a collection: it has "
			    "other characters than a-z 0-9 _ -, is longer than "
			    "64, or is reserved");
			return NULL;
		}
		err = watch_add(w, conf, true);
		if (err != NULL) {
			config_coll_free(conf);
			return err;
		}
		c = watch_coll(w, name);
	}
	c->listing = e->listing;
	return NULL;
}

static const struct err *
meet(struct every *e, int dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_name[0] == '.' ||
	    fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return NULL;
	if (S_ISDIR(st.st_mode))
		return meet_dir(e, entry->d_name);
	if (S_ISLNK(st.st_mode) && fstatat(dir, entry->d_name, &st, 0) == 0 &&
	    S_ISDIR(st.st_mode))
		complain(e, entry->d_name,
		    "a symbolic link to a directory is not followed");
	return NULL;
}

/* The directory of a collection is gone, and so are its entities by now. */
static void
dismiss_unmet(struct every *e)
{
	struct link *head = &e->watch->colls;

	for (struct link *l = head->next; l != head; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);
		uint32_t unmet = e->listing - c->listing;

		if (!c->is_leaving && c->claims.by_id.n == 0 &&
		    unmet >= EVERY_SCANS && coll_is_quiet(c))
			coll_dismiss(c);
	}
}

static const struct err *
list_all(struct every *e, DIR *dir)
{
	const struct err *err = NULL;
	const struct dirent *entry;

	while (err == NULL && (entry = readdir(dir)) != NULL)
		err = meet(e, dirfd(dir), entry);
	return err;
}

static void
on_hint(struct hint_watch *hint, uint32_t events, struct span name)
{
	struct every *e = LIST_OF(hint, struct every, hint);

	(void)events;
	(void)name;
	loop_timer_set(e->watch->env->loop, &e->tick, monotime_now());
}

static const struct err *
scan(struct every *e)
{
	const struct watch *w = e->watch;
	const char *path = w->conf->every_dir;
	const struct err *err;
	DIR *dir;

	if (w->env->hint != NULL && w->conf->use_inotify &&
	    !hint_add(w->env->hint, &e->hint, path))
		e->hint.wd = -1;
	dir = opendir(path);
	if (dir == NULL) {
		if (!e->is_away)
			log_warning("%s", err_sys("%s", path)->msg);
		e->is_away = true;
		watch_reach_end_if_barred(w, path);
		return NULL;
	}
	e->is_away = false;
	e->listing++;
	err = list_all(e, dir);
	(void)closedir(dir);
	if (err != NULL)
		return err;
	forget_odds(e);
	dismiss_unmet(e);
	return NULL;
}

static void
on_tick(void *arg)
{
	struct every *e = arg;
	const struct err *err = scan(e);

	if (err != NULL) {
		watch_fail(e->watch, err);
		return;
	}
	loop_timer_set(e->watch->env->loop, &e->tick,
	    monotime_after_ms(monotime_now(), EVERY_MS));
	work_soon(e->watch);
}

const struct err *
every_open(struct every **out, struct watch *w)
{
	struct every *e = mem_new(1, sizeof(*e));

	e->watch = w;
	e->hint.wd = -1;
	e->hint.fn = on_hint;
	e->tick = (struct loop_timer){ .fn = on_tick, .arg = e };
	list_init(&e->hint.same);
	list_init(&e->odds);
	*out = e;
	loop_timer_set(w->env->loop, &e->tick,
	    monotime_after_ms(monotime_now(), EVERY_MS));
	work_soon(w);
	return scan(e);
}

void
every_stop(struct every *e)
{
	if (e != NULL)
		loop_timer_clear(e->watch->env->loop, &e->tick);
}

void
every_hurry(struct every *e)
{
	if (e != NULL)
		loop_timer_set(e->watch->env->loop, &e->tick, monotime_now());
}

void
every_close(struct every *e)
{
	if (e == NULL)
		return;
	every_stop(e);
	hint_remove(e->watch->env->hint, &e->hint);
	for (struct link *l = e->odds.next, *next; l != &e->odds; l = next) {
		next = l->next;
		free(LIST_OF(l, struct odd, link));
	}
	free(e);
}
