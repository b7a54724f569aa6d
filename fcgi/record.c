#include "record.h"

#include <assert.h>

enum { RECORD_VERSION = 1, RECORD_WIRE_MAX = 8 + RECORD_CONTENT_MAX };

const struct err *
record_parse(const uint8_t head[RECORD_HEAD_BYTES], struct record *record)
{
	if (head[0] != RECORD_VERSION)
		return err_new(ERR_PARSE, "FastCGI section 3.3: version %d",
		    head[0]);
	record->type = head[1];
	record->id = (uint16_t)(head[2] << 8 | head[3]);
	record->content_bytes = (uint16_t)(head[4] << 8 | head[5]);
	record->padding_bytes = head[6];
	return NULL;
}

static uint8_t
padding(size_t content_bytes)
{
	return (uint8_t)(-content_bytes & 7);
}

static void
encode_head(uint8_t head[RECORD_HEAD_BYTES], enum record_type type, uint16_t id,
    size_t content_bytes)
{
	head[0] = RECORD_VERSION;
	head[1] = (uint8_t)type;
	head[2] = (uint8_t)(id >> 8);
	head[3] = (uint8_t)id;
	head[4] = (uint8_t)(content_bytes >> 8);
	head[5] = (uint8_t)content_bytes;
	head[6] = padding(content_bytes);
	head[7] = 0;
}

/* --- name/value pairs, section 3.4 ---------------------------------------- */

static bool
take_length(struct span *rest, size_t *length)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	size_t n = rest->len > 0 && p[0] >= 0x80 ? 4 : 1;

	if (rest->len < n)
		return false;
	*length = n == 1 ? p[0]
			 : (size_t)(p[0] & 0x7f) << 24 | (size_t)p[1] << 16 |
		(size_t)p[2] << 8 | p[3];
	*rest = span_of(rest->p + n, rest->len - n);
	return true;
}

const struct err *
record_take_long_pair(struct span *rest, struct record_pair *pair)
{
	struct span in = *rest;
	size_t name, value;

	if (!take_length(&in, &name) || !take_length(&in, &value) ||
	    name > in.len || value > in.len - name)
		return err_new(ERR_PARSE,
		    "FastCGI section 3.4: a name-value pair is cut short");
	pair->name = span_of(in.p, name);
	pair->value = span_of(in.p + name, value);
	*rest = span_of(in.p + name + value, in.len - name - value);
	return NULL;
}

static void
add_length(struct buf *b, size_t n)
{
	uint8_t wire[4] = { (uint8_t)(n >> 24 | 0x80), (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n };

	if (n < 0x80)
		buf_add(b, wire + 3, 1);
	else
		buf_add(b, wire, 4);
}

void
record_add_pair(struct buf *b, struct span name, struct span value)
{
	add_length(b, name.len);
	add_length(b, value.len);
	buf_span(b, name);
	buf_span(b, value);
}

/* --- whole records -------------------------------------------------------- */

static const uint8_t zeros[8];

void
record_add(struct buf *b, enum record_type type, uint16_t id,
    struct span content)
{
	uint8_t head[RECORD_HEAD_BYTES];

	assert(content.len <= RECORD_CONTENT_MAX);
	encode_head(head, type, id, content.len);
	buf_add(b, head, sizeof(head));
	buf_span(b, content);
	buf_add(b, zeros, padding(content.len));
}

void
record_add_end(struct buf *b, uint16_t id, enum record_status status)
{
	char body[8] = { 0, 0, 0, 0, (char)status };

	record_add(b, RECORD_END, id, span_of(body, sizeof(body)));
}

void
record_add_unknown_type(struct buf *b, uint8_t type)
{
	char body[8] = { (char)type };

	record_add(b, RECORD_UNKNOWN_TYPE, 0, span_of(body, sizeof(body)));
}

void
record_set_id(char *records, size_t bytes, uint16_t id)
{
	uint8_t *head;

	for (size_t at = 0; at < bytes; at +=
	     RECORD_HEAD_BYTES + (size_t)(head[4] << 8 | head[5]) + head[6]) {
		head = (uint8_t *)records + at;
		head[2] = (uint8_t)(id >> 8);
		head[3] = (uint8_t)id;
	}
}

/* --- a piece of an answer ------------------------------------------------- */

static size_t
n_records(const struct record_piece *piece)
{
	return (piece->stream_bytes + RECORD_CONTENT_MAX - 1) /
	    RECORD_CONTENT_MAX;
}

void
record_piece_init(struct record_piece *piece, uint16_t id,
    const struct span part[RECORD_PARTS], bool is_last)
{
	uint8_t *tail;
	size_t rest;

	*piece = (struct record_piece){ 0 };
	for (int i = 0; i < RECORD_PARTS; i++) {
		piece->part[i] = part[i];
		piece->stream_bytes += part[i].len;
	}
	rest = piece->stream_bytes % RECORD_CONTENT_MAX;
	if (rest == 0 && piece->stream_bytes > 0)
		rest = RECORD_CONTENT_MAX;
	encode_head(piece->full, RECORD_STDOUT, id, RECORD_CONTENT_MAX);
	encode_head(piece->last, RECORD_STDOUT, id, rest);
	tail = piece->tail + padding(rest);
	if (is_last) {
		encode_head(tail, RECORD_STDOUT, id, 0);
		tail += RECORD_HEAD_BYTES;
		encode_head(tail, RECORD_END, id, 8);
		tail += RECORD_HEAD_BYTES + 8;
	}
	piece->tail_bytes = (uint8_t)(tail - piece->tail);
}

size_t
record_piece_bytes(const struct record_piece *piece)
{
	return n_records(piece) * RECORD_HEAD_BYTES + piece->stream_bytes +
	    piece->tail_bytes;
}

struct iov_list {
	struct iovec *iov;
	int n, max;
	size_t skip; /* bytes that are still to be left out */
};

static void
iov_add(struct iov_list *list, const void *p, size_t len)
{
	size_t skip = list->skip < len ? list->skip : len;

	list->skip -= skip;
	if (skip == len || list->n == list->max)
		return;
	/* Not const in struct iovec because readv(2) has it too. */
	list->iov[list->n].iov_base =
	    (void *)(uintptr_t)((const char *)p + skip);
	list->iov[list->n++].iov_len = len - skip;
}

/* The part of s that lies in [at, at + n) of a stream in which s begins at
 * its start. */
static struct span
overlap(struct span s, size_t start, size_t at, size_t n)
{
	size_t from = at > start ? at - start : 0;
	size_t to = at + n > start ? at + n - start : 0;

	if (from > s.len)
		from = s.len;
	if (to > s.len)
		to = s.len;
	return span_of(s.len == 0 ? s.p : s.p + from, to - from);
}

/* The content of the record that begins at `at` of the stream. */
static void
iov_add_parts(struct iov_list *list, const struct record_piece *piece,
    size_t at)
{
	size_t start = 0;

	for (int i = 0; i < RECORD_PARTS; i++) {
		struct span s =
		    overlap(piece->part[i], start, at, RECORD_CONTENT_MAX);

		iov_add(list, s.p, s.len);
		start += piece->part[i].len;
	}
}

int
record_piece_iov(const struct record_piece *piece, size_t from,
    struct iovec *iov, int max)
{
	size_t n = n_records(piece);
	size_t i = from / RECORD_WIRE_MAX; /* all before it are full ones */
	struct iov_list list = { .iov = iov, .max = max };

	if (i >= n)
		i = n > 0 ? n - 1 : 0;
	list.skip = from - i * RECORD_WIRE_MAX;
	for (; i < n && list.n < max; i++) {
		iov_add(&list, i + 1 < n ? piece->full : piece->last,
		    RECORD_HEAD_BYTES);
		iov_add_parts(&list, piece, i * RECORD_CONTENT_MAX);
	}
	iov_add(&list, piece->tail, piece->tail_bytes);
	return list.n;
}
