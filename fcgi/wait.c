#include "wait.h"

#include <assert.h>
#include <stdlib.h>

#include "app.h"
#include "bell.h"
#include "config.h"
#include "feed.h"
#include "filter.h"
#include "json.h"
#include "mem.h"
#include "project.h"
#include "pulse.h"
#include "response.h"

/* A ring may get lost: even without one the log is looked at so often. */
enum { WAIT_LOOK_MS = 2000 };

static const char *const kind_texts[] = {
	[FEED_NONE] = "none",
	[FEED_DELTA] = "delta",
	[FEED_SNAPSHOT] = "snapshot",
};

struct wait {
	struct app *app;
	struct project *project;
	struct wait_query query;
	/*
	 * Nothing selected happened between the client's cursor and this one:
	 * a quiet filter never reads the same changes twice, and its place
	 * never falls off the log.
	 */
	struct cursor quiet;
	struct monotime looked; /* when that was found; 0: never */
	struct monotime deadline;
	bool is_parked;
	struct buf key;
};

struct wait *
wait_new(struct app *app, struct project *project,
    const struct wait_query *query)
{
	struct wait *wait = mem_new(1, sizeof(*wait));
	char cursor[CURSOR_TEXT_BYTES];

	wait->app = app;
	wait->project = project;
	wait->query = *query;
	wait->quiet = query->since;
	buf_printf(&wait->key, "%s %s %d%d ", project_name(project),
	    cursor_text(query->since, cursor), query->is_standard,
	    query->is_strict);
	filter_key(query->filter, &wait->key);
	return wait;
}

void
wait_free(struct wait *wait)
{
	if (wait == NULL)
		return;
	if (wait->is_parked)
		app_give_slot(wait->app);
	filter_free(wait->query.filter);
	buf_fini(&wait->key);
	free(wait);
}

bool
wait_park(struct wait *wait, uint32_t ms)
{
	assert(!wait->is_parked);
	wait->is_parked = app_take_slot(wait->app);
	wait->deadline = monotime_after_ms(monotime_now(), ms);
	return wait->is_parked;
}

struct project *
wait_project(const struct wait *wait)
{
	return wait->project;
}

struct monotime
wait_deadline(const struct wait *wait)
{
	return wait->deadline;
}

struct span
wait_key(const struct wait *wait)
{
	return buf_as_span(&wait->key);
}

/* --- the answer's form -------------------------------------------------------- */

static void
write_cursor(struct buf *body, const char *name, struct cursor cursor)
{
	char text[CURSOR_TEXT_BYTES];

	if (cursor.epoch == 0)
		buf_printf(body, ",\"%s\":null", name);
	else
		buf_printf(body, ",\"%s\":\"%s\"", name,
		    cursor_text(cursor, text));
}

static void
write_answer(const struct wait *wait, const struct feed *feed, bool is_refused,
    struct response *response)
{
	uint32_t interval_ms = app_config(wait->app)->poll_ms;
	char now[WALLTIME_TEXT_BYTES];
	struct bell_ring ring;
	struct bell_pulse pulse;
	struct buf body = { 0 };
	int64_t after_ms;

	project_bell(wait->project, &ring, &pulse);
	after_ms = is_refused ? pulse_after_ms(&pulse, interval_ms) : -1;
	buf_printf(&body, "{\"kind\":\"%s\"", kind_texts[feed->kind]);
	write_cursor(&body, "from", wait->query.since);
	write_cursor(&body, "to", feed->to);
	if (feed->is_reset)
		buf_str(&body, ",\"reset\":true");
	buf_printf(&body, ",\"server_time\":\"%s\",\"poll\":",
	    walltime_text(walltime_now(), now));
	pulse_write_poll(&pulse, interval_ms, after_ms, &body);
	buf_str(&body, ",\"changes\":");
	buf_span(&body, buf_as_span(&feed->changes));
	buf_byte(&body, '}');
	response_json(response, &body);
	response_header(response, "Cache-Control", "no-store");
	if (is_refused)
		response_header(response, "Retry-After", "%lld",
		    (long long)(after_ms + 999) / 1000);
}

/* --- looking -------------------------------------------------------------------- */

/* Does the bell say that nothing was committed since the last look? */
static bool
is_quiet(const struct wait *wait)
{
	struct bell_ring ring;
	struct bell_pulse pulse;

	if (wait->looked.ns == 0 ||
	    monotime_reached(monotime_after_ms(wait->looked, WAIT_LOOK_MS),
		monotime_now()))
		return false;
	project_bell(wait->project, &ring, &pulse);
	return ring.epoch == wait->quiet.epoch && ring.seq <= wait->quiet.seq;
}

static const struct err *
look(struct wait *wait, struct feed *feed)
{
	struct feed_query query = {
		.since = wait->quiet,
		.filter = wait->query.filter,
		.is_standard = wait->query.is_standard,
		.is_strict = wait->query.is_strict,
	};
	struct store *store;
	const struct err *err = project_store(wait->project, &store);

	if (err == NULL)
		err = feed_since(store, &query, feed);
	if (err == NULL && feed->kind == FEED_NONE) {
		wait->quiet = feed->to;
		wait->looked = monotime_now();
	}
	return err;
}

bool
wait_answer(struct wait *wait, bool is_due, struct response *response)
{
	struct feed feed = { 0 };
	const struct err *err;
	bool is_answered = true;

	if (!is_due && is_quiet(wait))
		return false;
	err = look(wait, &feed);
	if (err != NULL)
		response_error(response, err);
	else if (feed.kind == FEED_NONE && !is_due)
		is_answered = false;
	else
		write_answer(wait, &feed, false, response);
	feed_fini(&feed);
	return is_answered;
}

void
wait_refuse(struct wait *wait, struct response *response)
{
	struct feed none = { .kind = FEED_NONE, .to = wait->quiet };

	buf_str(&none.changes, "[]");
	write_answer(wait, &none, true, response);
	feed_fini(&none);
}
