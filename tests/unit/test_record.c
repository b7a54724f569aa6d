#include "record.h"

#include <stdlib.h>

#include "check.h"

/* --- headers ---------------------------------------------------------------- */

static void
a_header_is_taken_apart(void)
{
	const uint8_t head[8] = { 1, 6, 0x12, 0x34, 0xfe, 0xdc, 7, 0 };
	struct record record;

	CHECK_OK(record_parse(head, &record));
	CHECK_INT(record.type, RECORD_STDOUT);
	CHECK_INT(record.id, 0x1234);
	CHECK_INT(record.content_bytes, 0xfedc);
	CHECK_INT(record.padding_bytes, 7);
}

static void
only_version_1_is_understood(void)
{
	uint8_t head[8] = { 0, 1 };
	struct record record;

	for (int version = 0; version < 256; version++) {
		head[0] = (uint8_t)version;
		if (version == 1)
			CHECK_OK(record_parse(head, &record));
		else
			CHECK_ERR(record_parse(head, &record), ERR_PARSE);
	}
}

/* --- pairs ------------------------------------------------------------------ */

static char *
text_of(size_t n, char c)
{
	static char text[2][70000];
	static int next;
	char *t = text[next++ % 2];

	memset(t, c, n);
	t[n] = '\0';
	return t;
}

static void
lengths_of_one_and_four_bytes_come_back(void)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535,
		65536 };
	const size_t n = sizeof(lengths) / sizeof(lengths[0]);

	for (size_t i = 0; i < n * n; i++) {
		struct span name =
		    span_of(text_of(lengths[i / n], 'n'), lengths[i / n]);
		struct span value =
		    span_of(text_of(lengths[i % n], 'v'), lengths[i % n]);
		struct buf wire = { 0 };
		struct record_pair pair;
		struct span rest;

		record_add_pair(&wire, name, value);
		rest = buf_as_span(&wire);
		CHECK_OK(record_take_pair(&rest, &pair));
		CHECK(span_eq(pair.name, name));
		CHECK(span_eq(pair.value, value));
		CHECK_INT(rest.len, 0);
		buf_fini(&wire);
	}
}

static void
a_long_length_is_big_endian(void)
{
	static const char wire[] = "\x80\x00\x00\x02\x01"
				   "abcX";
	struct span rest = span_of(wire, sizeof(wire) - 1);
	struct record_pair pair;

	CHECK_OK(record_take_pair(&rest, &pair));
	CHECK(span_is(pair.name, "ab"));
	CHECK(span_is(pair.value, "c"));
	CHECK(span_is(rest, "X"));
}

static void
a_pair_cut_short_anywhere_is_an_error(void)
{
	struct buf wire = { 0 };
	struct record_pair pair;

	record_add_pair(&wire, span_str("NAME"),
	    span_of(text_of(200, 'v'), 200));
	for (size_t n = 1; n < wire.len; n++) {
		/* In a block of its own, so that ASan sees the end. */
		char *cut = memcpy(malloc(n), wire.data, n);
		struct span rest = span_of(cut, n);

		CHECK_ERR(record_take_pair(&rest, &pair), ERR_PARSE);
		CHECK_INT(rest.len, n);
		free(cut);
	}
	buf_fini(&wire);
}

static void
lengths_beyond_the_end_do_not_overflow(void)
{
	static const char *const wires[] = {
		"\xff\xff\xff\xff\xff\xff\xff\xff"
		"ab",
		"\xff\xff\xff\xfe\x01"
		"abcd",
		"\x02\xff\xff\xff\xff"
		"abcd",
	};
	struct record_pair pair;

	for (size_t i = 0; i < 3; i++) {
		struct span rest = span_str(wires[i]);

		CHECK_ERR(record_take_pair(&rest, &pair), ERR_PARSE);
	}
}

/* --- whole records ------------------------------------------------------------ */

static void
check_wire(struct buf *got, const char *want, size_t n)
{
	CHECK(span_eq(buf_as_span(got), span_of(want, n)));
	buf_fini(got);
}

static void
records_are_padded_to_eight_bytes(void)
{
	static const char want[] = "\x01\x0a\x00\x00\x00\x03\x05\x00"
				   "abc\0\0\0\0\0";
	struct buf b = { 0 };

	record_add(&b, RECORD_GET_VALUES_RESULT, 0, span_str("abc"));
	check_wire(&b, want, sizeof(want) - 1);
}

static void
end_request_carries_its_status(void)
{
	static const char want[] = "\x01\x03\x01\x02\x00\x08\x00\x00"
				   "\0\0\0\0\x03\0\0\0";
	struct buf b = { 0 };

	record_add_end(&b, 0x102, RECORD_UNKNOWN_ROLE);
	check_wire(&b, want, sizeof(want) - 1);
}

static void
an_unknown_type_is_named(void)
{
	static const char want[] = "\x01\x0b\x00\x00\x00\x08\x00\x00"
				   "\x63\0\0\0\0\0\0\0";
	struct buf b = { 0 };

	record_add_unknown_type(&b, 99);
	check_wire(&b, want, sizeof(want) - 1);
}

/* --- pieces of an answer ---------------------------------------------------------- */

enum { ID = 0x0201, FOOT_BYTES = 3 };

/* The same piece put together the plain way. */
static void
encode(struct buf *out, const struct span part[RECORD_PARTS], bool is_last)
{
	struct buf stream = { 0 };

	for (int i = 0; i < RECORD_PARTS; i++)
		buf_span(&stream, part[i]);
	for (size_t at = 0; at < stream.len; at += RECORD_CONTENT_MAX) {
		size_t n = stream.len - at;

		record_add(out, RECORD_STDOUT, ID,
		    span_of(stream.data + at,
			n < RECORD_CONTENT_MAX ? n : RECORD_CONTENT_MAX));
	}
	if (is_last) {
		record_add(out, RECORD_STDOUT, ID, span_of(NULL, 0));
		record_add_end(out, ID, RECORD_COMPLETE);
	}
	buf_fini(&stream);
}

/* Gather what the vectors describe, sending `step` bytes at a time. */
static void
gather(struct buf *out, const struct record_piece *piece, int max, size_t step)
{
	struct iovec iov[16];
	int n;

	while ((n = record_piece_iov(piece, out->len, iov, max)) > 0) {
		size_t room = step;

		for (int i = 0; i < n && room > 0; i++) {
			size_t part =
			    iov[i].iov_len < room ? iov[i].iov_len : room;

			buf_add(out, iov[i].iov_base, part);
			room -= part;
		}
	}
}

static void
check_piece(size_t head_bytes, size_t body_bytes, int max, size_t step)
{
	struct buf head = { 0 }, body = { 0 };

	for (size_t i = 0; i < head_bytes; i++)
		buf_byte(&head, (char)('a' + i % 23));
	for (size_t i = 0; i < body_bytes; i++)
		buf_byte(&body, (char)('A' + i % 19));
	for (int is_last = 0; is_last < 2; is_last++) {
		const struct span part[RECORD_PARTS] = { buf_as_span(&head),
			buf_as_span(&body), span_of("012", FOOT_BYTES) };
		struct buf want = { 0 }, got = { 0 };
		struct record_piece piece;

		encode(&want, part, is_last);
		record_piece_init(&piece, ID, part, is_last);
		CHECK_INT(record_piece_bytes(&piece), want.len);
		gather(&got, &piece, max, step);
		if (!CHECK(span_eq(buf_as_span(&got), buf_as_span(&want))))
			printf("#   head %zu, body %zu, max %d, step %zu\n",
			    head_bytes, body_bytes, max, step);
		buf_fini(&want);
		buf_fini(&got);
	}
	buf_fini(&head);
	buf_fini(&body);
}

static void
a_piece_is_the_same_whatever_the_socket_takes(void)
{
	for (size_t body = 0; body < 20; body++)
		for (size_t step = 1; step < 80; step++)
			check_piece(13, body, RECORD_PARTS + 2, step);
}

static void
long_pieces_are_split_at_the_record_limit(void)
{
	static const size_t bodies[] = { RECORD_CONTENT_MAX - 104,
		RECORD_CONTENT_MAX - 103, RECORD_CONTENT_MAX - 102,
		RECORD_CONTENT_MAX - 100, (size_t)2 * RECORD_CONTENT_MAX - 103,
		(size_t)5 * RECORD_CONTENT_MAX, 300000 };

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		check_piece(100, bodies[i], RECORD_PARTS + 2, SIZE_MAX);
		check_piece(100, bodies[i], 16, 65536);
		check_piece(100, bodies[i], 7, 7919);
	}
}

static void
a_head_longer_than_a_record_is_split_too(void)
{
	check_piece(RECORD_CONTENT_MAX + 5, 70000, RECORD_PARTS + 2, 10007);
}

static void
nothing_is_left_behind_the_end(void)
{
	const struct span part[RECORD_PARTS] = { span_str("head"),
		span_str("body"), span_str("") };
	struct record_piece piece;
	struct iovec iov[8];

	record_piece_init(&piece, 1, part, true);
	CHECK_INT(record_piece_iov(&piece, record_piece_bytes(&piece), iov, 8),
	    0);
}

TESTS(a_header_is_taken_apart, only_version_1_is_understood,
    lengths_of_one_and_four_bytes_come_back, a_long_length_is_big_endian,
    a_pair_cut_short_anywhere_is_an_error,
    lengths_beyond_the_end_do_not_overflow, records_are_padded_to_eight_bytes,
    end_request_carries_its_status, an_unknown_type_is_named,
    a_piece_is_the_same_whatever_the_socket_takes,
    long_pieces_are_split_at_the_record_limit,
    a_head_longer_than_a_record_is_split_too, nothing_is_left_behind_the_end)
