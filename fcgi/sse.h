/*
 * sse: events as text/event-stream (WHATWG HTML section 9.2).  Pure.
 *
 *   id: <cursor>      where the client stands once it has the event
 *   event: <name>
 *   data: <JSON>      one line: canonical JSON holds no line end
 *   (an empty line)
 *
 * Floor 3.
 */
#ifndef SSE_H
#define SSE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "cursor.h"
#include "feed_write.h"

#define SSE_END "\n\n"

/* A comment, so that those between see that the stream lives. */
#define SSE_HEARTBEAT ": hb\n\n"

/* Append all that stands before the data.  No cursor is written as 0: whoever
 * comes back with it holds nothing. */
void sse_begin(struct buf *, struct cursor, const char *event);

/*
 * Append bye: the server is about to close the stream.  Who comes back should
 * wait retry_ms and a random part of spread_ms; retry_ms is also said in the
 * words of an EventSource ("retry:").  reason is a constant.
 */
void sse_bye(struct buf *, uint32_t retry_ms, uint32_t spread_ms,
    const char *reason);

/*
 * The form of a feed for shape=entity: an event for each element, named
 * entity.created, .updated or .deleted, without id:
 *
 *   {"type","entity","id","projectId","data","timestamp"}
 *
 * arg  the project's name
 */
feed_write_fn sse_write_entity;

/* Give the event that begins at `at` of a buffer its id. */
void sse_insert_id(struct buf *, size_t at, struct cursor);

/* Append connected and heartbeat of that shape. */
void sse_connected(struct buf *, struct cursor, uint64_t connection,
    const char *project);
void sse_entity_heartbeat(struct buf *);

#endif /* SSE_H */
