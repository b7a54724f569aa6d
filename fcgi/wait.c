#include "wait.h"

#include <stdlib.h>
#include <xxhash.h>

#include "api.h"
#include "app.h"
#include "bell.h"
#include "cache.h"
#include "chance.h"
#include "config.h"
#include "feed.h"
#include "feed_write.h"
#include "glance.h"
#include "json.h"
#include "mem.h"
#include "page.h"
#include "project.h"
#include "pulse.h"
#include "response.h"
#include "sse.h"
#include "wish.h"

enum {
	/* A ring may get lost: even without one the log is looked at. */
	WAIT_LOOK_MS = 2000,
	WAIT_HEARTBEAT_MS = 15000,
	WAIT_ENTITY_HEARTBEAT_MS = 30000,
};

static const char *const events[] = {
	[FEED_NONE] = "bookmark",
	[FEED_DELTA] = "changes",
	[FEED_SNAPSHOT] = "snapshot",
};

struct wait {
	struct app *app;
	struct wish *wish;
	struct cursor since;
	/*
	 * Nothing selected happened between the client's cursor and this one:
	 * a quiet filter never reads the same changes twice, and its place
	 * never falls off the log.
	 */
	struct cursor quiet;
	struct monotime looked; /* when that was found; 0: never */
	struct monotime deadline;
	uint64_t address;
	uint32_t ms; /* from its beginning, without the random part */
	bool is_stream;
	/* The last answer: */
	enum feed_kind kind;
	struct cursor to;
};

static void
begin(struct wait *wait, uint64_t address)
{
	wait->address = address;
	wait->deadline = monotime_after_ms(monotime_now(),
	    wait->ms + chance_upto(wait->ms / WAIT_CHANCE_PART));
}

struct wait *
wait_new(struct app *app, struct project *project,
    const struct wait_query *query)
{
	struct wait *wait = mem_new(1, sizeof(*wait));

	wait->app = app;
	wait->wish = wish_get(app_wishes(app), project, query);
	wait->since = query->since;
	wait->quiet = query->since;
	wait->ms = query->ms;
	wait->is_stream = query->is_stream;
	begin(wait, query->address);
	return wait;
}

void
wait_free(struct wait *wait)
{
	if (wait == NULL)
		return;
	wish_unref(wait->wish);
	free(wait);
}

struct wait *
wait_again(const struct wait *wait)
{
	struct wait *again = mem_new(1, sizeof(*again));

	*again = *wait;
	(void)wish_ref(again->wish);
	return again;
}

struct wait *
wait_for_another(const struct wait *wait, uint64_t address)
{
	struct wait *another = wait_again(wait);

	begin(another, address);
	return another;
}

struct wait *
wait_behind(const struct wait *wait)
{
	struct wait *behind = wait_again(wait);

	behind->since = wait->to;
	behind->quiet = wait->to;
	return behind;
}

struct project *
wait_project(const struct wait *wait)
{
	return wait->wish->project;
}

struct monotime
wait_deadline(const struct wait *wait)
{
	return wait->deadline;
}

uint64_t
wait_address(const struct wait *wait)
{
	return wait->address;
}

bool
wait_is_stream(const struct wait *wait)
{
	return wait->is_stream;
}

enum wait_shape
wait_shape(const struct wait *wait)
{
	return wait->wish->shape;
}

uint64_t
wait_hash(const struct wait *wait)
{
	const uint64_t place[] = { (uint64_t)(uintptr_t)wait->wish,
		wait->since.epoch, wait->since.seq };

	return XXH3_64bits(place, sizeof(place));
}

bool
wait_is_alike(const struct wait *a, const struct wait *b)
{
	return a->wish == b->wish && a->since.epoch == b->since.epoch &&
	    a->since.seq == b->since.seq;
}

/* --- the answer's form -------------------------------------------------------- */

/* after_ms: with the hint to poll: when to come again; else negative. */
static void
write_body(const struct wait *wait, const struct feed *feed, int64_t after_ms,
    struct buf *body)
{
	uint32_t interval_ms = app_config(wait->app)->poll_ms;
	char now[WALLTIME_TEXT_BYTES];
	struct bell_ring ring;
	struct bell_pulse pulse;

	project_bell(wait->wish->project, &ring, &pulse);
	buf_byte(body, '{');
	feed_write_head(body, feed, wait->since);
	buf_printf(body, ",\"server_time\":\"%s\",\"poll\":",
	    walltime_text(walltime_now(), now));
	pulse_write_poll(&pulse, interval_ms, after_ms, body);
	buf_str(body, ",\"changes\":");
	buf_span(body, buf_as_span(&feed->changes));
	buf_byte(body, '}');
}

static void
write_answer(struct wait *wait, struct feed *feed, struct response *response)
{
	struct buf body = { 0 };

	wait->kind = feed->kind;
	wait->to = feed->to;
	if (wait->wish->shape == WAIT_ENTITIES) {
		bool is_empty = feed->changes.len == 0;

		sse_insert_id(&feed->changes, is_empty ? 0 : feed->last,
		    feed->to);
		if (is_empty) /* a reset to nothing: the place alone */
			buf_byte(&feed->changes, '\n');
		response_json(response, &feed->changes);
		return;
	}
	write_body(wait, feed, -1, &body);
	response_json(response, &body);
	response_header(response, "Cache-Control", "no-store");
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
	project_bell(wait->wish->project, &ring, &pulse);
	return ring.epoch == wait->quiet.epoch && ring.seq <= wait->quiet.seq;
}

/* A page of steps without any has its place to go on from. */
static bool
has_news(const struct feed *feed)
{
	return feed->kind != FEED_NONE || feed->has_more;
}

/* A first look without the store: the client stands at the end of the log. */
static bool
is_at_head(struct wait *wait)
{
	struct cursor head;

	if (wait->looked.ns != 0 ||
	    !project_head_by_bell(wait->wish->project, &head) ||
	    head.epoch != wait->quiet.epoch || head.seq != wait->quiet.seq)
		return false;
	wait->looked = monotime_now();
	return true;
}

static const struct err *
look(struct wait *wait, struct feed *feed)
{
	const struct wish *wish = wait->wish;
	const struct feed_form entities = {
		.write = sse_write_entity,
		.arg = project_name(wish->project),
		.is_whole = true,
	};
	struct feed_query query = {
		.since = wait->quiet,
		.filter = wish->filter,
		.form = wish->shape == WAIT_ENTITIES ? &entities : NULL,
		.kept = app_diffs(wait->app),
		.is_standard = wish->is_standard,
		.is_strict = wish->is_strict,
		.steps = wish->steps,
	};
	struct store *store;
	const struct err *err = project_store(wish->project, &store);

	if (err == NULL)
		err = feed_since(store, &query, feed);
	if (err == NULL && !has_news(feed)) {
		wait->quiet = feed->to;
		wait->looked = monotime_now();
	}
	return err;
}

/* A store that is being made anew, or memory that others have, is worth
 * waiting for. */
static bool
is_passing(const struct wait *wait, const struct err *err)
{
	return wait->looked.ns != 0 &&
	    (err->code == ERR_UNAVAILABLE || err->code == ERR_BUSY);
}

bool
wait_answer(struct wait *wait, bool is_due, struct response *response)
{
	struct feed feed = { .to = wait->quiet };
	const struct err *err = NULL;
	bool is_answered = true;

	if (!is_quiet(wait) && !is_at_head(wait))
		err = look(wait, &feed);
	else if (is_due)
		buf_str(&feed.changes, "[]");
	if (err == NULL &&
	    !cache_admits(app_cache(wait->app), feed.changes.len))
		err = cache_refuse(app_cache(wait->app));
	if ((err == NULL && !has_news(&feed) && !is_due) ||
	    (err != NULL && !is_due && is_passing(wait, err)))
		is_answered = false;
	else if (err != NULL)
		api_error(wait->wish->project, response, err);
	else
		write_answer(wait, &feed, response);
	feed_fini(&feed);
	return is_answered;
}

bool
wait_skip(struct wait *wait, const struct glance *glance)
{
	if (glance_concerns(glance, wait->quiet, wait->wish->filter))
		return false;
	wait->quiet = glance->until;
	wait->looked = monotime_now();
	return true;
}

void
wait_refuse(struct wait *wait, uint32_t crowd, struct response *response)
{
	uint32_t interval_ms = app_config(wait->app)->poll_ms;
	struct feed none = { .kind = FEED_NONE, .to = wait->quiet };
	struct buf body = { 0 };
	struct bell_ring ring;
	struct bell_pulse pulse;
	int64_t after_ms;

	project_bell(wait->wish->project, &ring, &pulse);
	after_ms = pulse_after_ms(&pulse, interval_ms, crowd);
	buf_str(&none.changes, "[]");
	write_body(wait, &none, after_ms, &body);
	response_json(response, &body);
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Retry-After", "%lld",
	    (long long)(after_ms + 999) / 1000);
	feed_fini(&none);
}

/* --- streams ---------------------------------------------------------------------- */

const char *
wait_event(const struct wait *wait, const struct response *response,
    struct buf *head)
{
	if (response->status != 200)
		return NULL;
	if (wait->wish->shape == WAIT_ENTITIES)
		return ""; /* the page is events already */
	sse_begin(head, wait->to, events[wait->kind]);
	return SSE_END;
}

bool
wait_bookmark(struct wait *wait, struct buf *text)
{
	struct feed none = { .kind = FEED_NONE, .to = wait->quiet };

	if (wait->quiet.epoch == wait->since.epoch &&
	    wait->quiet.seq == wait->since.seq)
		return false;
	wait->kind = FEED_NONE;
	wait->to = wait->quiet;
	if (wait->wish->shape == WAIT_ENTITIES) {
		/* Without data it is no event; the id counts all the same. */
		sse_insert_id(text, text->len, wait->to);
		buf_byte(text, '\n');
		return true;
	}
	buf_str(&none.changes, "[]");
	sse_begin(text, wait->to, events[FEED_NONE]);
	write_body(wait, &none, -1, text);
	buf_str(text, SSE_END);
	feed_fini(&none);
	return true;
}

void
wait_ready(const struct wait *wait, struct buf *text)
{
	sse_begin(text, wait->since, "ready");
	buf_printf(text, "{\"after_ms\":%d}" SSE_END, WAIT_READY_MS);
}

uint32_t
wait_heartbeat_ms(const struct wait *wait)
{
	return wait->wish->shape == WAIT_ENTITIES ? WAIT_ENTITY_HEARTBEAT_MS
						  : WAIT_HEARTBEAT_MS;
}

void
wait_heartbeat(const struct wait *wait, struct buf *text)
{
	if (wait->wish->shape == WAIT_ENTITIES)
		sse_entity_heartbeat(text);
	else
		buf_str(text, SSE_HEARTBEAT);
}

void
wait_dismiss(const struct wait *wait, uint32_t crowd, const char *reason,
    struct response *response)
{
	uint32_t interval_ms = app_config(wait->app)->poll_ms;
	struct bell_ring ring;
	struct bell_pulse pulse;
	struct buf text = { 0 };

	project_bell(wait->wish->project, &ring, &pulse);
	sse_bye(&text, (uint32_t)pulse_after_ms(&pulse, interval_ms, crowd),
	    interval_ms, reason);
	response_events(response, &text, false);
}
