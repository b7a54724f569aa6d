/*
 * watch_check: has anything happened to the store or the bell behind our back?
 */
#include "bell.h"
#include "config.h"
#include "log.h"
#include "store.h"
#include "watch.h"

enum { CHECK_REST_MS = 2000, CHECK_RESTS = 50 };

/*
 * A reader meets damaged pages.  All of the file has to be read, so if none are
 * found there is a long rest.
 */
static const struct err *
check_store(struct watch *w)
{
	struct monotime began = monotime_now(), now;
	const struct err *err;

	if (!bell_has_complaint(w->bell) ||
	    !monotime_reached(w->check_after, began))
		return NULL;
	err = store_check(w->store);
	now = monotime_now();
	w->check_after = monotime_after_ms(now, CHECK_REST_MS);
	w->check_after.ns += CHECK_RESTS * (now.ns - began.ns);
	if (err == NULL)
		log_event(LOG_WARNING,
		    "a reader met a damaged page, but there is none",
		    log_text("project", w->conf->name));
	return err;
}

const struct err *
watch_check(struct watch *w)
{
	if (store_is_replaced(w->store))
		return watch_failed(w,
		    err_new(ERR_GONE,
			"%s: the database was replaced or removed",
			w->conf->store));
	if (store_is_disturbed(w->store))
		return watch_failed(w,
		    err_new(ERR_STORE,
			"%s: the database was written to without SQLite, or "
			"its -wal or -shm was cut or removed",
			w->conf->store));
	if (bell_is_replaced(w->bell))
		return watch_failed(w,
		    err_new(ERR_GONE, "%s: the bell was replaced or removed",
			bell_path(w->bell)));
	return watch_failed(w, check_store(w));
}
