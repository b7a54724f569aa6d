#include "publish_head.h"

#include "check.h"

static struct publish_head told, back;
static struct buf text;

static void
make(uint64_t first, size_t n)
{
	told = (struct publish_head){
		.project = "main",
		.epoch = 0x9f2c61b0a4d3e871,
		.boot = 0x0123456789abcdef,
		.published = { 1767323045678 },
		.heartbeat_ms = 60000,
		.poll_ms = 3000,
	};
	places_begin(&told.places, first);
	for (size_t i = 1; i < n; i++)
		places_add(&told.places, first + i, 1);
	buf_clear(&text);
	publish_head_write(&told, &text);
}

static void
it_is_as_the_document_says(void)
{
	make(7, 2);
	CHECK_STR(buf_cstr(&text),
	    "{\"project\":\"main\",\"epoch\":\"9f2c61b0a4d3e871\","
	    "\"cursor\":\"9f2c61b0a4d3e871.8\","
	    "\"published\":\"2026-01-02T03:04:05.678Z\","
	    "\"boot_id\":\"0123456789abcdef\",\"heartbeat_ms\":60000,"
	    "\"poll\":{\"interval_ms\":3000},\"places\":[7,8]}");
	told.heartbeat_ms = 0;
	buf_clear(&text);
	publish_head_write(&told, &text);
	CHECK(strstr(buf_cstr(&text), "\"heartbeat_ms\":null") != NULL);
}

static void
it_is_read_back(void)
{
	for (size_t n = 1; n <= PLACES_MAX; n += PLACES_MAX - 1) {
		make(UINT64_C(9007199254740991) - PLACES_MAX, n);
		CHECK(text.len < PUBLISH_HEAD_BYTES_MAX);
		CHECK(publish_head_parse(buf_as_span(&text), &back));
		CHECK(back.epoch == told.epoch && back.boot == told.boot);
		CHECK_INT(back.places.n, n);
		CHECK(memcmp(back.places.seq, told.places.seq,
			  n * sizeof(uint64_t)) == 0);
	}
}

/* One place more than it may have. */
static void
too_many_places_are_none_of_ours(void)
{
	make(1, PLACES_MAX);
	buf_cut(&text, text.len - 2);
	buf_str(&text, ",1000]}");
	CHECK(!publish_head_parse(buf_as_span(&text), &back));
}

static void
anything_else_is_none_of_ours(void)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{\"cursor\":\"9f2c61b0a4d3e871.8\",\"places\":[8]}",
		"{\"cursor\":\"\",\"boot_id\":\"0123456789abcdef\","
		"\"places\":[8]}",
		"{\"cursor\":8,\"boot_id\":\"0123456789abcdef\","
		"\"places\":[8]}",
		"{\"cursor\":\"9f2c61b0a4d3e871.8\","
		"\"boot_id\":\"0123456789abcdeg\",\"places\":[8]}",
		"{\"cursor\":\"9f2c61b0a4d3e871.8\","
		"\"boot_id\":\"0123456789abcdef\",\"places\":[]}",
		"{\"cursor\":\"9f2c61b0a4d3e871.8\","
		"\"boot_id\":\"0123456789abcdef\",\"places\":8}",
		"{\"cursor\":\"9f2c61b0a4d3e871.8\","
		"\"boot_id\":\"0123456789abcdef\",\"places\":[8,8]}",
		"{\"cursor\":\"9f2c61b0a4d3e871.8\","
		"\"boot_id\":\"0123456789abcdef\",\"places\":[8,\"9\"]}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!CHECK(!publish_head_parse(span_str(texts[i]), &back)))
			printf("#   %s\n", texts[i]);
	make(1, 9);
	for (size_t n = 0; n < text.len; n++)
		CHECK(!publish_head_parse(span_of(text.data, n), &back));
}

TESTS(it_is_as_the_document_says, it_is_read_back,
    too_many_places_are_none_of_ours, anything_else_is_none_of_ours)
