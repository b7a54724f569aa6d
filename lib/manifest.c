#include "manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "cursor.h"
#include "json.h"

/* What a silent stream sends so that nobody between takes it for dead. */
enum { MANIFEST_HEARTBEAT_MS = 15000 };

/* An element, with a comma unless it is the first. */
static void
begin_element(struct buf *body)
{
	buf_str(body, body->data[body->len - 1] == '[' ? "{" : ",{");
}

static void
write_coll(const struct store_coll *coll, void *arg)
{
	struct buf *body = arg;

	begin_element(body);
	buf_printf(body,
	    "\"name\":\"%s\",\"source\":\"%s\",\"count\":%" PRIu64
	    ",\"bytes\":%" PRIu64 ",\"version\":%" PRIu64 "}",
	    coll->name, coll->is_files ? "files" : "writes", coll->n,
	    coll->bytes, coll->ver);
}

static void
write_time(struct buf *body, const char *name, struct walltime t)
{
	char text[WALLTIME_TEXT_BYTES];

	if (t.ms == 0)
		buf_printf(body, "\"%s\":null", name);
	else
		buf_printf(body, "\"%s\":\"%s\"", name, walltime_text(t, text));
}

static void
write_problem(const struct store_problem *problem, void *arg)
{
	struct buf *body = arg;

	begin_element(body);
	buf_str(body, "\"collection\":");
	json_quote(body, problem->collection);
	buf_str(body, ",\"id\":");
	json_quote(body, problem->id);
	buf_str(body, ",\"reason\":");
	json_quote(body, problem->reason);
	buf_byte(body, ',');
	write_time(body, "since", problem->since);
	buf_byte(body, '}');
}

static void
write_head(const struct manifest *m, struct buf *body)
{
	struct cursor cursor = { m->state.epoch, m->state.head };
	char text[CURSOR_TEXT_BYTES];

	buf_printf(body,
	    "{\"project\":\"%s\",\"epoch\":\"%016" PRIx64
	    "\",\"cursor\":\"%s\",\"floor\":%" PRIu64 ",",
	    m->project, m->state.epoch, cursor_text(cursor, text),
	    m->state.floor);
	write_time(body, "server_time", walltime_now());
	buf_printf(body, ",\"boot_id\":\"%016" PRIx64 "\"", bell_boot());
}

static const struct err *
read_lists(struct manifest *m, struct store *store)
{
	const struct err *err;

	buf_byte(&m->colls, '[');
	err = store_colls(store, write_coll, &m->colls);
	buf_byte(&m->colls, ']');
	if (err != NULL)
		return err;
	buf_byte(&m->problems, '[');
	err = store_problems(store, write_problem, &m->problems);
	buf_byte(&m->problems, ']');
	return err;
}

static void
write_watcher(const struct manifest *m, struct buf *body)
{
	buf_printf(body, "\"watcher\":{\"state\":\"%s\",\"mode\":\"%s\",",
	    pulse_state_text(m->watcher), pulse_mode_text(&m->pulse));
	write_time(body, "last_scan", m->pulse.scanned);
	buf_printf(body,
	    ",\"scan_ms\":%.3f,\"entries\":%" PRIu64 ",\"problems\":",
	    (double)m->pulse.scan_us / 1000, m->pulse.entries);
	buf_span(body, buf_as_span(&m->problems));
	buf_byte(body, '}');
}

void
manifest_write(const struct manifest *m, struct buf *body)
{
	write_head(m, body);
	buf_str(body, ",\"collections\":");
	buf_span(body, buf_as_span(&m->colls));
	buf_printf(body,
	    ",\"live\":{\"longpoll\":%s,\"sse\":%s,\"websocket\":null},"
	    "\"poll\":",
	    m->is_files ? "false" : "true", m->is_files ? "false" : "true");
	pulse_write_poll(&m->pulse, m->poll_ms, -1, body);
	buf_printf(body, ",\"heartbeat_ms\":%d,", MANIFEST_HEARTBEAT_MS);
	write_watcher(m, body);
	buf_byte(body, '}');
}

/*
 * The times in it move all the while, so the tag is of what a client would
 * act on: log, watcher, collections and problems.  The latter two also change
 * without the log: an empty directory, one problem in place of another.
 */
void
manifest_etag(const struct manifest *m, char etag[MANIFEST_ETAG_BYTES])
{
	uint64_t lists = XXH3_64bits_withSeed(m->problems.data, m->problems.len,
	    XXH3_64bits(m->colls.data, m->colls.len));

	(void)snprintf(etag, MANIFEST_ETAG_BYTES,
	    "W/\"%016" PRIx64 ".%" PRIu64 ".%" PRIu64 ".%d.%d.%016" PRIx64 "\"",
	    m->state.epoch, m->state.head, m->state.floor, (int)m->watcher,
	    (int)m->pulse.mode, lists);
}

const struct err *
manifest_read(struct manifest *m, struct store *store)
{
	const struct err *err = store_view_begin(store);

	if (err != NULL)
		return err;
	m->watcher = pulse_state(&m->pulse, walltime_now());
	err = store_state(store, &m->state);
	if (err == NULL)
		err = read_lists(m, store);
	store_view_end(store);
	return err;
}

void
manifest_fini(struct manifest *m)
{
	buf_fini(&m->colls);
	buf_fini(&m->problems);
}
