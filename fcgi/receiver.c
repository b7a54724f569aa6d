#include "receiver.h"

#include <string.h>

#include "err.h"

void
receiver_init(struct receiver *r, uint32_t conns_max, struct buf *spare)
{
	memset(r, 0, sizeof(*r));
	r->conns_max = conns_max;
	r->spare = spare;
}

void
receiver_fini(struct receiver *r)
{
	buf_fini(&r->params);
	buf_fini(&r->content);
}

void
receiver_forget(struct receiver *r)
{
	if (r->spare != NULL && r->spare->data == NULL) {
		*r->spare = r->params;
		buf_clear(r->spare);
		r->params = (struct buf){ 0 };
	}
	buf_fini(&r->params);
	buf_fini(&r->content);
}

void
receiver_done(struct receiver *r)
{
	receiver_forget(r);
	r->state = RECEIVER_IDLE;
	r->body_bytes = 0;
}

bool
receiver_is_quiet(const struct receiver *r)
{
	return r->state == RECEIVER_IDLE && r->head_bytes == 0;
}

/* What was cut at the limit ends in half a pair. */
static bool
take_pair(struct span *rest, struct record_pair *pair)
{
	return rest->len > 0 && record_take_pair(rest, pair) == NULL;
}

void
receiver_variables(const struct receiver *r, struct receiver_variables *v)
{
	v->rest = buf_as_span(&r->params);
	v->n = 0;
	while (v->n < RECEIVER_PAIRS && take_pair(&v->rest, &v->pair[v->n]))
		v->n++;
}

struct span
receiver_variable(void *variables, const char *name)
{
	const struct receiver_variables *v = variables;
	struct span rest = v->rest, wanted = span_str(name);
	struct record_pair pair;

	/* Many names are as long as others; few end alike. */
	for (size_t i = 0; i < v->n; i++)
		if (v->pair[i].name.len == wanted.len &&
		    v->pair[i].name.p[wanted.len - 1] ==
			wanted.p[wanted.len - 1] &&
		    span_eq(v->pair[i].name, wanted))
			return v->pair[i].value;
	while (take_pair(&rest, &pair))
		if (span_eq(pair.name, wanted))
			return pair.value;
	return span_of("", 0);
}

/* --- records that are understood whole ------------------------------------ */

static enum receiver_event
begin(struct receiver *r, const struct record *record, struct buf *reply)
{
	const uint8_t *body = r->begin;
	unsigned role;

	if (r->state != RECEIVER_IDLE) {
		if (record->id == r->id)
			return RECEIVER_BROKEN;
		record_add_end(reply, record->id, RECORD_CANT_MPX_CONN);
		return RECEIVER_MORE;
	}
	r->keeps = (body[2] & RECORD_FLAG_KEEP_CONN) != 0;
	r->has_all = false;
	role = (unsigned)body[0] << 8 | body[1];
	if (role != RECORD_ROLE_RESPONDER) {
		record_add_end(reply, record->id, RECORD_UNKNOWN_ROLE);
		return RECEIVER_ROLE;
	}
	r->id = record->id;
	r->state = RECEIVER_PARAMS;
	return RECEIVER_MORE;
}

/* Section 4.1.  Each name is answered once, however often it is asked. */
static enum receiver_event
get_values(struct receiver *r, struct buf *reply)
{
	struct {
		const char *name;
		uint32_t value;
		bool is_asked;
	} known[] = {
		{ "FCGI_MAX_CONNS", r->conns_max, false },
		{ "FCGI_MAX_REQS", r->conns_max, false },
		{ "FCGI_MPXS_CONNS", 0, false },
	};
	enum { KNOWN = sizeof(known) / sizeof(known[0]) };
	struct span rest = buf_as_span(&r->content);
	struct buf values = { 0 }, number = { 0 };
	struct record_pair pair;

	while (rest.len > 0) {
		if (record_take_pair(&rest, &pair) != NULL)
			return RECEIVER_BROKEN;
		for (size_t i = 0; i < KNOWN; i++)
			known[i].is_asked |= span_is(pair.name, known[i].name);
	}
	for (size_t i = 0; i < KNOWN; i++) {
		if (!known[i].is_asked)
			continue;
		buf_clear(&number);
		buf_u64(&number, known[i].value);
		record_add_pair(&values, span_str(known[i].name),
		    buf_as_span(&number));
	}
	record_add(reply, RECORD_GET_VALUES_RESULT, 0, buf_as_span(&values));
	buf_fini(&values);
	buf_fini(&number);
	return RECEIVER_MORE;
}

static enum receiver_event
abort_request(struct receiver *r, const struct record *record)
{
	if (r->state == RECEIVER_IDLE || record->id != r->id)
		return RECEIVER_MORE;
	receiver_done(r);
	return RECEIVER_ABORTED;
}

/* --- streams ---------------------------------------------------------------- */

static enum receiver_event
params_end(struct receiver *r)
{
	struct span rest = buf_as_span(&r->params);
	struct record_pair pair;

	while (rest.len > 0)
		if (record_take_pair(&rest, &pair) != NULL)
			return RECEIVER_BROKEN;
	r->state = RECEIVER_STDIN;
	return RECEIVER_MORE;
}

static enum receiver_event
params_piece(struct receiver *r, struct span piece)
{
	size_t room = RECEIVER_PARAMS_MAX - r->params.len;

	if (r->params.data == NULL && r->spare != NULL) {
		r->params = *r->spare;
		*r->spare = (struct buf){ 0 };
	}
	if (piece.len > room) {
		buf_add(&r->params, piece.p, room);
		r->state = RECEIVER_BUSY;
		return RECEIVER_PARAMS_LIMIT;
	}
	buf_span(&r->params, piece);
	return RECEIVER_MORE;
}

static enum receiver_event
stdin_piece(struct receiver *r, struct span piece)
{
	r->body_bytes += (uint32_t)piece.len;
	if (r->body_bytes <= RECEIVER_BODY_MAX)
		return RECEIVER_MORE;
	r->state = RECEIVER_BUSY;
	return RECEIVER_BODY_LIMIT;
}

static enum receiver_event
stdin_end(struct receiver *r)
{
	r->state = RECEIVER_BUSY;
	r->has_all = true;
	return RECEIVER_REQUEST;
}

/* A stream's records belong to the request, or to one that is over. */
static bool
is_ours(const struct receiver *r, const struct record *record)
{
	return r->state != RECEIVER_IDLE && r->state != RECEIVER_BUSY &&
	    record->id == r->id;
}

/* --- one record ------------------------------------------------------------- */

/* May such a record come now?  Seen from its header alone. */
static bool
is_allowed(const struct receiver *r, const struct record *record)
{
	if (record->id == 0)
		return record->type == RECORD_GET_VALUES
		    ? record->content_bytes <= RECEIVER_VALUES_MAX
		    : record->type > RECORD_GET_VALUES;
	switch (record->type) {
	case RECORD_BEGIN:
		return record->content_bytes == 8;
	case RECORD_ABORT:
	case RECORD_DATA:
		return true;
	case RECORD_PARAMS:
		return !is_ours(r, record) || r->state == RECEIVER_PARAMS;
	case RECORD_STDIN:
		return !is_ours(r, record) || r->state == RECEIVER_STDIN;
	}
	return false;
}

static enum receiver_event
piece(struct receiver *r, const struct record *record, struct span bytes)
{
	if (record->type == RECORD_BEGIN)
		memcpy(r->begin + sizeof(r->begin) - r->content_left -
			bytes.len,
		    bytes.p, bytes.len);
	else if (record->type == RECORD_GET_VALUES)
		buf_span(&r->content, bytes);
	else if (record->type == RECORD_PARAMS && is_ours(r, record))
		return params_piece(r, bytes);
	else if (record->type == RECORD_STDIN && is_ours(r, record))
		return stdin_piece(r, bytes);
	return RECEIVER_MORE;
}

/* All of the record's content has been here. */
static enum receiver_event
record_end(struct receiver *r, const struct record *record, struct buf *reply)
{
	enum receiver_event event = RECEIVER_MORE;

	if (record->type == RECORD_BEGIN)
		event = begin(r, record, reply);
	else if (record->type == RECORD_GET_VALUES)
		event = get_values(r, reply);
	else if (record->type == RECORD_ABORT)
		event = abort_request(r, record);
	else if (record->id == 0)
		record_add_unknown_type(reply, record->type);
	else if (record->content_bytes > 0 || !is_ours(r, record))
		return RECEIVER_MORE;
	else if (record->type == RECORD_PARAMS)
		event = params_end(r);
	else if (record->type == RECORD_STDIN)
		event = stdin_end(r);
	if (record->type == RECORD_GET_VALUES)
		buf_fini(&r->content);
	return event;
}

/* At most `left` bytes off *in. */
static struct span
take_bytes(struct span *in, size_t left)
{
	size_t n = left < in->len ? left : in->len;
	struct span taken = span_of(in->p, n);

	if (n > 0)
		*in = span_of(in->p + n, in->len - n);
	return taken;
}

/* Read on in the header; true when it has just become whole. */
static bool
take_head(struct receiver *r, struct span *in)
{
	struct span bytes = take_bytes(in, RECORD_HEAD_BYTES - r->head_bytes);

	if (bytes.len > 0)
		memcpy(r->head + r->head_bytes, bytes.p, bytes.len);
	r->head_bytes = (uint8_t)(r->head_bytes + bytes.len);
	return r->head_bytes == RECORD_HEAD_BYTES;
}

/* The header is whole: read on in content and padding. */
static enum receiver_event
take_record(struct receiver *r, struct span *in, struct buf *reply)
{
	enum receiver_event event;
	struct record record;
	struct span bytes;

	if (record_parse(r->head, &record) != NULL)
		return RECEIVER_BROKEN;
	if (r->content_left > 0) {
		bytes = take_bytes(in, r->content_left);
		r->content_left = (uint16_t)(r->content_left - bytes.len);
		event = piece(r, &record, bytes);
		if (event != RECEIVER_MORE || r->content_left > 0)
			return event;
	}
	bytes = take_bytes(in, r->padding_left);
	r->padding_left = (uint8_t)(r->padding_left - bytes.len);
	if (r->padding_left > 0)
		return RECEIVER_MORE;
	r->head_bytes = 0;
	return record_end(r, &record, reply);
}

/* A header has just become whole. */
static bool
start_record(struct receiver *r)
{
	struct record record;

	if (record_parse(r->head, &record) != NULL || !is_allowed(r, &record))
		return false;
	r->content_left = record.content_bytes;
	r->padding_left = record.padding_bytes;
	return true;
}

enum receiver_event
receiver_take(struct receiver *r, struct span *in, struct buf *reply)
{
	enum receiver_event event;

	do {
		if (r->head_bytes < RECORD_HEAD_BYTES) {
			if (!take_head(r, in))
				return RECEIVER_MORE;
			if (!start_record(r))
				return RECEIVER_BROKEN;
		}
		event = take_record(r, in, reply);
	} while (event == RECEIVER_MORE && r->head_bytes == 0);
	return event;
}
