#include "frame.h"

#include "check.h"
#include "page.h"
#include "record.h"

/* All bytes of a frame, `step` at a time. */
static void
gather(const struct frame *frame, size_t step, struct buf *out)
{
	struct iovec iov[FRAME_VECTORS];
	int n;

	while ((n = frame_vectors(frame, out->len, iov)) > 0) {
		size_t room = step;

		for (int i = 0; i < n && room > 0; i++) {
			size_t part =
			    iov[i].iov_len < room ? iov[i].iov_len : room;

			buf_add(out, iov[i].iov_base, part);
			room -= part;
		}
	}
}

/* What the records of a frame carry; checks their ids and its end. */
static void
unwrap(const struct frame *frame, uint16_t id, struct buf *text)
{
	struct buf wire = { 0 };
	struct record record = { 0 };
	bool has_end = false;

	gather(frame, 1000, &wire);
	CHECK_INT(wire.len, frame_bytes(frame));
	for (size_t at = 0; at < wire.len && !has_end; at +=
	     RECORD_HEAD_BYTES + record.content_bytes + record.padding_bytes) {
		CHECK_OK(
		    record_parse((const uint8_t *)wire.data + at, &record));
		CHECK_INT(record.id, id);
		has_end = record.type == RECORD_END;
		if (!has_end)
			buf_add(text, wire.data + at + RECORD_HEAD_BYTES,
			    record.content_bytes);
	}
	CHECK_INT(has_end, frame_is_last(frame));
	buf_fini(&wire);
}

/* A frame of a head, a page of so many bytes and a foot, for request 1. */
static struct frame *
make(size_t body_bytes, enum frame_end end, struct buf *want)
{
	struct buf head = { 0 }, body = { 0 };
	struct frame_text text = { .head = &head, .foot = "\n\n" };
	struct frame *frame;

	buf_str(&head, "data: ");
	for (size_t i = 0; i < body_bytes; i++)
		buf_byte(&body, (char)('a' + i % 23));
	buf_span(want, buf_as_span(&head));
	buf_span(want, buf_as_span(&body));
	buf_str(want, "\n\n");
	text.page = page_new(&body);
	text.body = page_bytes(text.page);
	frame = frame_new(1, &text, end);
	page_unref(text.page);
	buf_fini(&head);
	return frame;
}

static const size_t sizes[] = { 0, 1, 8000, 8192, 70000, 1000000 };

static void
small_and_large_ones_carry_their_text(void)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int end = FRAME_OPEN; end <= FRAME_LAST; end++) {
			struct buf want = { 0 }, got = { 0 };
			struct frame *frame = make(sizes[i], end, &want);

			unwrap(frame, 1, &got);
			CHECK(span_eq(buf_as_span(&got), buf_as_span(&want)));
			frame_unref(frame);
			buf_fini(&want);
			buf_fini(&got);
		}
	CHECK_INT(page_usage_of_all().bytes, 0);
}

static void
another_request_gets_a_copy_with_its_id(void)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct buf want = { 0 }, got = { 0 };
		struct frame *frame = make(sizes[i], FRAME_LAST, &want);
		struct frame *copy = frame_with_id(frame, 0x0307);

		frame_unref(frame);
		unwrap(copy, 0x0307, &got);
		CHECK(span_eq(buf_as_span(&got), buf_as_span(&want)));
		frame_unref(copy);
		buf_fini(&want);
		buf_fini(&got);
	}
}

static void
a_large_one_shares_its_page(void)
{
	struct buf want = { 0 };
	struct frame *frame = make(1000000, FRAME_OPEN, &want);

	CHECK_INT(page_usage_of_all().bytes, 1000000);
	CHECK(frame_ref(frame) == frame);
	frame_unref(frame);
	CHECK_INT(page_usage_of_all().bytes, 1000000);
	frame_unref(frame);
	CHECK_INT(page_usage_of_all().bytes, 0);
	buf_fini(&want);
}

TESTS(small_and_large_ones_carry_their_text,
    another_request_gets_a_copy_with_its_id, a_large_one_shares_its_page)
