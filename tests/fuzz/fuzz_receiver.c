/*
 * fuzz_receiver: whatever a peer sends, and in whatever pieces, the receiver
 * hears the same, and answers in whole records.  The first byte chooses the
 * pieces, the rest is the wire.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "buf.h"
#include "fuzz.h"
#include "receiver.h"
#include "record.h"

/* All that can be seen from outside. */
struct heard {
	struct buf events;
	struct buf reply;
	bool is_over;
};

/* Requests with odd ids are answered, the others wait for ever. */
static void
hear_event(struct receiver *r, enum receiver_event event, struct heard *heard)
{
	struct receiver_variables variables;
	if (event == RECEIVER_MORE)
		return;
	buf_printf(&heard->events, "%d of %d, %d %d:", (int)event, r->id,
	    r->keeps, r->has_all);
	if (event == RECEIVER_REQUEST || event == RECEIVER_PARAMS_LIMIT ||
	    event == RECEIVER_BODY_LIMIT) {
		assert(r->state == RECEIVER_BUSY);
		assert(r->params.len <= RECEIVER_PARAMS_MAX);
		receiver_variables(r, &variables);
		buf_span(&heard->events,
		    receiver_variable(&variables, "REQUEST_URI"));
		if (r->id % 2 == 1)
			receiver_done(r);
		else
			receiver_forget(r);
	}
	heard->is_over = event == RECEIVER_BROKEN;
}

/* In a block of its own, so that reading beyond a piece is seen. */
static void
hear_piece(struct receiver *r, const uint8_t *bytes, size_t n,
    struct heard *heard)
{
	char *piece = malloc(n);
	struct span in = span_of(piece, n);

	assert(piece != NULL);
	memcpy(piece, bytes, n);
	while (in.len > 0 && !heard->is_over)
		hear_event(r, receiver_take(r, &in, &heard->reply), heard);
	free(piece);
}

static void
hear(const uint8_t *bytes, size_t n, size_t step, struct heard *heard)
{
	struct receiver r;

	receiver_init(&r, 100, NULL);
	for (size_t at = 0; at < n && !heard->is_over; at += step)
		hear_piece(&r, bytes + at, n - at < step ? n - at : step,
		    heard);
	receiver_fini(&r);
}

static void
check_reply(struct span reply)
{
	struct record record;

	while (reply.len > 0) {
		size_t n;

		assert(reply.len >= RECORD_HEAD_BYTES);
		if (record_parse((const uint8_t *)reply.p, &record) != NULL)
			abort();
		n = RECORD_HEAD_BYTES + record.content_bytes +
		    record.padding_bytes;
		assert(n % 8 == 0 && n <= reply.len);
		reply = span_of(reply.p + n, reply.len - n);
	}
}

static void
heard_fini(struct heard *heard)
{
	buf_fini(&heard->events);
	buf_fini(&heard->reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct heard whole = { 0 }, cut = { 0 };

	if (n < 2)
		return 0;
	hear(bytes + 1, n - 1, n - 1, &whole);
	hear(bytes + 1, n - 1, bytes[0] % 32 + 1, &cut);
	assert(span_eq(buf_as_span(&whole.events), buf_as_span(&cut.events)));
	assert(span_eq(buf_as_span(&whole.reply), buf_as_span(&cut.reply)));
	check_reply(buf_as_span(&whole.reply));
	heard_fini(&whole);
	heard_fini(&cut);
	return 0;
}
