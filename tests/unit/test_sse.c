#include "sse.h"

#include "check.h"

static const struct cursor here = { 0x0123456789abcdef, 42 };

static void
check_text(struct buf *text, const char *want)
{
	CHECK_STR(buf_cstr(text), want);
	buf_fini(text);
}

static void
an_event_has_an_id_and_a_name(void)
{
	struct buf text = { 0 };

	sse_begin(&text, here, "changes");
	buf_str(&text, "{}" SSE_END);
	check_text(&text,
	    "id: 0123456789abcdef.42\nevent: changes\ndata: {}\n\n");
}

static void
who_holds_nothing_goes_on_with_0(void)
{
	struct buf text = { 0 };

	sse_begin(&text, (struct cursor){ 0 }, "hello");
	check_text(&text, "id: 0\nevent: hello\ndata: ");
}

static void
bye_says_when_to_come_back(void)
{
	struct buf text = { 0 };

	sse_bye(&text, 500, 2000, "ending");
	check_text(&text,
	    "retry: 500\nevent: bye\ndata: {\"retry_ms\":500,"
	    "\"spread_ms\":2000,\"reason\":\"ending\"}\n\n");
}

static void
entities_are_events_of_their_own(void)
{
	struct feed_element e = {
		.op = FEED_PUT,
		.at = { 1000 },
		.collection = span_str("jobs"),
		.id = span_str("a\"b"),
		.content = span_str("{\"n\":1}"),
	};
	static const char *const names[FEED_OP__MAX] = {
		[FEED_PUT] = "updated",
		[FEED_PATCH] = "updated",
		[FEED_DELETE] = "deleted",
	};
	struct buf text = { 0 }, want = { 0 };

	sse_write_entity(&text, &e, "main");
	check_text(&text,
	    "event: entity.created\ndata: {\"type\":\"entity.created\","
	    "\"entity\":\"jobs\",\"id\":\"a\\\"b\",\"projectId\":\"main\","
	    "\"data\":{\"n\":1},\"timestamp\":\"1970-01-01T00:00:01.000Z\"}"
	    "\n\n");
	e.base = 7;
	for (int op = 0; op < FEED_OP__MAX; op++) {
		e.op = (enum feed_op)op;
		sse_write_entity(&text, &e, "main");
		buf_printf(&want, "event: entity.%s\n", names[op]);
		CHECK(strncmp(text.data, want.data, want.len) == 0);
		CHECK((strstr(text.data, "\"data\":null") != NULL) ==
		    (op == FEED_DELETE));
		buf_clear(&want);
		buf_clear(&text);
	}
	buf_fini(&want);
	buf_fini(&text);
}

static void
an_id_can_be_put_before_any_event(void)
{
	struct buf text = { 0 };

	buf_str(&text, "event: a\n\nevent: b\n\n");
	sse_insert_id(&text, 10, here);
	check_text(&text, "event: a\n\nid: 0123456789abcdef.42\nevent: b\n\n");
	sse_insert_id(&text, 0, here);
	check_text(&text, "id: 0123456789abcdef.42\n");
}

TESTS(an_event_has_an_id_and_a_name, who_holds_nothing_goes_on_with_0,
    bye_says_when_to_come_back, entities_are_events_of_their_own,
    an_id_can_be_put_before_any_event)
