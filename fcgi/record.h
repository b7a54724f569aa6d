/*
 * record: FastCGI 1.0 on the wire, both directions.  Pure: bytes to structs
 * and back; no sockets, no state.  What a connection may send when is the
 * receiver's concern.
 *
 *   header   8 bytes: version 1, type, id (2), content length (2), padding
 *            length, 0; then the content, then the padding (section 3.3)
 *   pairs    name length, value length, name, value; a length is one byte
 *            below 128, else four with the top bit set (section 3.4)
 *
 * Floor 3.
 * Source: FastCGI Specification 1.0, Open Market, 1996.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "buf.h"
#include "err.h"
#include "span.h"

enum {
	RECORD_HEAD_BYTES = 8,
	/* What we put into one record: the largest multiple of 8. */
	RECORD_CONTENT_MAX = 65528,
	/* Padding, an empty STDOUT, END_REQUEST. */
	RECORD_TAIL_BYTES_MAX = 7 + 8 + 16,
};

enum record_type {
	RECORD_BEGIN = 1,
	RECORD_ABORT,
	RECORD_END,
	RECORD_PARAMS,
	RECORD_STDIN,
	RECORD_STDOUT,
	RECORD_STDERR,
	RECORD_DATA,
	RECORD_GET_VALUES,
	RECORD_GET_VALUES_RESULT,
	RECORD_UNKNOWN_TYPE,
};

enum { RECORD_ROLE_RESPONDER = 1, RECORD_FLAG_KEEP_CONN = 1 };

/* protocolStatus of END_REQUEST (section 5.5) */
enum record_status {
	RECORD_COMPLETE,
	RECORD_CANT_MPX_CONN,
	RECORD_OVERLOADED,
	RECORD_UNKNOWN_ROLE,
};

struct record {
	uint8_t type; /* enum record_type, or a number that nobody defined */
	uint16_t id;  /* 0: about the connection, not a request */
	uint16_t content_bytes;
	uint8_t padding_bytes;
};

struct record_pair {
	struct span name, value;
};

/* ERR_PARSE for any version but 1. */
const struct err *record_parse(const uint8_t head[RECORD_HEAD_BYTES],
    struct record *) MUST_CHECK;

const struct err *record_take_long_pair(struct span *rest, struct record_pair *)
    MUST_CHECK;

/*
 * Take the next pair off *rest, which is not empty; borrowed from there.
 * ERR_PARSE, with *rest untouched, when it is cut short.  Nearly all lengths
 * are of one byte, and this is done for each variable of each request.
 */
static inline const struct err *MUST_CHECK
record_take_pair(struct span *rest, struct record_pair *pair)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	size_t bytes;

	if (rest->len < 2 || ((p[0] | p[1]) & 0x80) != 0)
		return record_take_long_pair(rest, pair);
	bytes = (size_t)2 + p[0] + p[1];
	if (bytes > rest->len)
		return record_take_long_pair(rest, pair); /* it says why */
	pair->name = span_of(rest->p + 2, p[0]);
	pair->value = span_of(rest->p + 2 + p[0], p[1]);
	*rest = span_of(rest->p + bytes, rest->len - bytes);
	return NULL;
}

void record_add_pair(struct buf *, struct span name, struct span value);

/* A whole record, padded to 8 bytes; at most RECORD_CONTENT_MAX of content. */
void record_add(struct buf *, enum record_type, uint16_t id, struct span);
void record_add_end(struct buf *, uint16_t id, enum record_status);
/* Section 4.2: "this management record means nothing to me". */
void record_add_unknown_type(struct buf *, uint8_t type);

/* Give whole records, one after the other, another id. */
void record_set_id(char *records, size_t bytes, uint16_t id);

/*
 * A piece of an answer as it goes over the wire, laid out without copying: its
 * parts, one after the other, as one STDOUT stream in records of
 * RECORD_CONTENT_MAX; and, if it is the last piece, the end of the stream and
 * END_REQUEST.  The spans are borrowed.
 */
enum { RECORD_PARTS = 3 };

struct record_piece {
	struct span part[RECORD_PARTS];
	size_t stream_bytes;             /* of all parts */
	uint8_t full[RECORD_HEAD_BYTES]; /* header of each record but … */
	uint8_t last[RECORD_HEAD_BYTES]; /* … the last */
	uint8_t tail[RECORD_TAIL_BYTES_MAX];
	uint8_t tail_bytes;
};

void record_piece_init(struct record_piece *, uint16_t id,
    const struct span part[RECORD_PARTS], bool is_last);

/* Bytes on the wire in all. */
size_t record_piece_bytes(const struct record_piece *);

/*
 * Describe what comes after the first `from` bytes, as far as max (>=
 * RECORD_PARTS + 2) vectors reach; returns how many are filled, 0 when nothing
 * is left.
 */
int record_piece_iov(const struct record_piece *, size_t from, struct iovec *,
    int max);

#endif /* RECORD_H */
