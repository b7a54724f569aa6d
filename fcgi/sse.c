#include "sse.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "monotime.h"

static void
add_id(struct buf *out, struct cursor cursor)
{
	char text[CURSOR_TEXT_BYTES];

	buf_str(out, "id: ");
	buf_str(out, cursor.epoch != 0 ? cursor_text(cursor, text) : "0");
	buf_byte(out, '\n');
}

void
sse_begin(struct buf *out, struct cursor cursor, const char *event)
{
	add_id(out, cursor);
	buf_printf(out, "event: %s\ndata: ", event);
}

void
sse_bye(struct buf *out, uint32_t retry_ms, uint32_t spread_ms,
    const char *reason)
{
	buf_printf(out,
	    "retry: %u\nevent: bye\ndata: {\"retry_ms\":%u,\"spread_ms\":%u,"
	    "\"reason\":\"%s\"}" SSE_END,
	    retry_ms, retry_ms, spread_ms, reason);
}

/* --- shape=entity ----------------------------------------------------------------- */

static const char *
entity_event(const struct feed_element *e)
{
	if (e->op == FEED_DELETE)
		return "entity.deleted";
	return e->base == 0 ? "entity.created" : "entity.updated";
}

void
sse_write_entity(struct buf *out, const struct feed_element *e, const void *arg)
{
	const char *event = entity_event(e), *project = arg;
	char at[WALLTIME_TEXT_BYTES];

	buf_printf(out,
	    "event: %s\ndata: {\"type\":\"%s\",\"entity\":\"%.*s\",\"id\":",
	    event, event, SPAN_ARGS(e->collection));
	json_quote(out, e->id);
	buf_printf(out, ",\"projectId\":\"%s\",\"data\":", project);
	if (e->op == FEED_DELETE)
		buf_str(out, "null");
	else
		buf_span(out, e->content);
	buf_printf(out, ",\"timestamp\":\"%s\"}" SSE_END,
	    walltime_text(e->at, at));
}

void
sse_insert_id(struct buf *out, size_t at, struct cursor cursor)
{
	struct buf id = { 0 };

	add_id(&id, cursor);
	(void)buf_room(out, id.len);
	memmove(out->data + at + id.len, out->data + at, out->len - at);
	memcpy(out->data + at, id.data, id.len);
	out->len += id.len;
	buf_fini(&id);
}

void
sse_connected(struct buf *out, struct cursor cursor, uint64_t connection,
    const char *project)
{
	sse_begin(out, cursor, "connected");
	buf_printf(out,
	    "{\"type\":\"connected\",\"connectionId\":\"%016" PRIx64
	    "\",\"projectId\":\"%s\"}" SSE_END,
	    connection, project);
}

void
sse_entity_heartbeat(struct buf *out)
{
	char now[WALLTIME_TEXT_BYTES];

	buf_printf(out,
	    "event: heartbeat\ndata: {\"type\":\"heartbeat\","
	    "\"timestamp\":\"%s\"}" SSE_END,
	    walltime_text(walltime_now(), now));
}
