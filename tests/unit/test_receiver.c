#include "receiver.h"

#include "check.h"
#include "wire.h"

static const char *const event_names[] = {
	[RECEIVER_MORE] = "more",
	[RECEIVER_REQUEST] = "request",
	[RECEIVER_PARAMS_LIMIT] = "params-limit",
	[RECEIVER_BODY_LIMIT] = "body-limit",
	[RECEIVER_ABORTED] = "aborted",
	[RECEIVER_ROLE] = "role",
	[RECEIVER_BROKEN] = "broken",
};

/*
 * What a receiver makes of bytes that come `step` at a time: its events, each
 * request's REQUEST_URI, and what it wants to be sent back.  A request whose
 * URI is "/wait" is never answered.
 */
struct heard {
	struct buf events;
	struct buf reply;
};

static struct span
variable(const struct receiver *r, const char *name)
{
	struct receiver_variables variables;

	receiver_variables(r, &variables);
	return receiver_variable(&variables, name);
}

static bool
hear_event(struct receiver *r, enum receiver_event event, struct heard *heard)
{
	struct span uri;

	if (event == RECEIVER_MORE)
		return true;
	uri = variable(r, "REQUEST_URI");
	buf_printf(&heard->events, "%s ", event_names[event]);
	if (event == RECEIVER_REQUEST)
		buf_printf(&heard->events, "%.*s ", SPAN_ARGS(uri));
	if (event == RECEIVER_REQUEST && span_is(uri, "/wait"))
		receiver_forget(r);
	else if (event != RECEIVER_ABORTED && event != RECEIVER_ROLE)
		receiver_done(r);
	return event != RECEIVER_BROKEN;
}

static void
hear(const struct buf *wire, size_t step, struct heard *heard)
{
	struct receiver r;
	bool goes_on = true;

	receiver_init(&r, 1000, NULL);
	for (size_t at = 0; goes_on && at < wire->len; at += step) {
		size_t n = wire->len - at < step ? wire->len - at : step;
		struct span in = span_of(wire->data + at, n);

		while (goes_on && in.len > 0)
			goes_on = hear_event(&r,
			    receiver_take(&r, &in, &heard->reply), heard);
	}
	receiver_fini(&r);
}

static void
heard_fini(struct heard *heard)
{
	buf_fini(&heard->events);
	buf_fini(&heard->reply);
}

/* In one piece, and in pieces of every size up to 40 bytes. */
static void
check_heard(const struct buf *wire, const char *events, struct span reply)
{
	for (size_t step = 0; step <= 40; step++) {
		struct heard heard = { 0 };

		hear(wire, step == 0 ? wire->len : step, &heard);
		if (!CHECK_STR(buf_cstr(&heard.events), events) ||
		    !CHECK(span_eq(buf_as_span(&heard.reply), reply)))
			printf("#   in pieces of %zu bytes\n", step);
		heard_fini(&heard);
	}
}

/* The same, and the wire is done with. */
static void
check_events(struct buf *wire, const char *events)
{
	check_heard(wire, events, span_of(NULL, 0));
	buf_fini(wire);
}

static void
check_reply(struct buf *wire, const char *events, struct buf *reply)
{
	check_heard(wire, events, buf_as_span(reply));
	buf_fini(wire);
	buf_fini(reply);
}

/* --- requests ------------------------------------------------------------------ */

static void
a_request_is_heard_at_every_split(void)
{
	struct buf wire = { 0 };

	wire_get(&wire, 1, 0, "/a");
	for (size_t cut = 1; cut < wire.len; cut++) {
		struct receiver r;
		struct span first = span_of(wire.data, cut);
		struct span second = span_of(wire.data + cut, wire.len - cut);
		struct buf reply = { 0 };

		receiver_init(&r, 1, NULL);
		CHECK_INT(receiver_take(&r, &first, &reply), RECEIVER_MORE);
		CHECK(!receiver_is_quiet(&r));
		CHECK_INT(receiver_take(&r, &second, &reply), RECEIVER_REQUEST);
		CHECK(span_is(variable(&r, "REQUEST_URI"), "/a"));
		CHECK_INT(variable(&r, "NONE").len, 0);
		CHECK_INT(second.len, 0);
		CHECK(r.has_all && !r.keeps);
		receiver_done(&r);
		CHECK(receiver_is_quiet(&r));
		receiver_fini(&r);
		buf_fini(&reply);
	}
	buf_fini(&wire);
}

static void
requests_follow_one_another(void)
{
	struct buf wire = { 0 };

	wire_get(&wire, 1, RECORD_FLAG_KEEP_CONN, "/a");
	wire_get(&wire, 1, RECORD_FLAG_KEEP_CONN, "/b");
	wire_get(&wire, 65535, 0, "/c");
	check_events(&wire, "request /a request /b request /c ");
}

static void
params_may_be_cut_anywhere(void)
{
	struct buf wire = { 0 }, params = { 0 };

	wire_pair(&params, "A", "b");
	wire_pair(&params, "REQUEST_URI", "/a");
	wire_begin(&wire, 1, 1, 0);
	for (size_t i = 0; i < params.len; i++)
		wire_record(&wire, 4, 1, params.data + i, 1, (uint8_t)i);
	wire_record(&wire, 4, 1, NULL, 0, 0);
	wire_record(&wire, 5, 1, NULL, 0, 255);
	buf_fini(&params);
	check_events(&wire, "request /a ");
}

static void
a_body_is_read_to_its_end(void)
{
	static char body[1000];
	struct buf wire = { 0 };

	wire_begin(&wire, 1, 1, 0);
	wire_record(&wire, 4, 1, NULL, 0, 0);
	wire_record(&wire, 5, 1, body, sizeof(body), 0);
	wire_record(&wire, 5, 1, body, 1, 7);
	check_events(&wire, "");
	wire_begin(&wire, 1, 1, 0);
	wire_record(&wire, 4, 1, NULL, 0, 0);
	wire_record(&wire, 5, 1, body, sizeof(body), 0);
	wire_record(&wire, 5, 1, NULL, 0, 0);
	check_events(&wire, "request  ");
}

static void
the_first_of_two_variables_counts(void)
{
	struct buf wire = { 0 }, params = { 0 };

	wire_pair(&params, "REQUEST_URI", "/first");
	wire_pair(&params, "REQUEST_URI", "/second");
	wire_begin(&wire, 1, 1, 0);
	wire_record(&wire, 4, 1, params.data, params.len, 0);
	wire_record(&wire, 4, 1, NULL, 0, 0);
	wire_record(&wire, 5, 1, NULL, 0, 0);
	buf_fini(&params);
	check_events(&wire, "request /first ");
}

/* --- limits ---------------------------------------------------------------------- */

static void
add_stream(struct buf *wire, uint8_t type, size_t n, const char *begins)
{
	static char zeros[65000];
	size_t begun = strlen(begins);

	wire_record(wire, type, 1, begins, begun, 0);
	for (n -= begun; n > 0;) {
		size_t part = n < sizeof(zeros) ? n : sizeof(zeros);

		wire_record(wire, type, 1, zeros, part, 0);
		n -= part;
	}
}

/* A pair of that many bytes in all that begins so. */
static const char big_pair[] = "\x01\x80\x00\xff\xfa"
			       "N";

static void
params_of_64_KiB_pass_and_one_more_byte_does_not(void)
{
	struct buf wire = { 0 };

	wire_begin(&wire, 1, 1, 0);
	buf_add(&wire, "\1\4\0\1\0\x06\0\0", 8); /* not strlen: it has NULs */
	buf_add(&wire, big_pair, 6);
	add_stream(&wire, 4, RECEIVER_PARAMS_MAX - 6, "v");
	wire_record(&wire, 4, 1, NULL, 0, 0);
	wire_record(&wire, 5, 1, NULL, 0, 0);
	check_events(&wire, "request  ");

	wire_begin(&wire, 1, 1, 0);
	add_stream(&wire, 4, RECEIVER_PARAMS_MAX + 1, "v");
	wire_record(&wire, 4, 1, NULL, 0, 0);
	wire_record(&wire, 5, 1, NULL, 0, 0);
	wire_get(&wire, 1, 0, "/next");
	check_events(&wire, "params-limit request /next ");
}

static void
a_body_of_1_MiB_passes_and_one_more_byte_does_not(void)
{
	struct buf wire = { 0 };

	wire_begin(&wire, 1, 1, 0);
	wire_record(&wire, 4, 1, NULL, 0, 0);
	add_stream(&wire, 5, RECEIVER_BODY_MAX, "v");
	wire_record(&wire, 5, 1, NULL, 0, 0);
	wire_begin(&wire, 1, 1, 0);
	wire_record(&wire, 4, 1, NULL, 0, 0);
	add_stream(&wire, 5, RECEIVER_BODY_MAX + 1, "v");
	wire_record(&wire, 5, 1, NULL, 0, 0);
	wire_get(&wire, 1, 0, "/next");
	check_events(&wire, "request  body-limit request /next ");
}

/* --- one at a time ------------------------------------------------------------------ */

static void
a_second_request_on_a_busy_connection_is_refused(void)
{
	struct buf wire = { 0 }, reply = { 0 };

	wire_get(&wire, 1, 1, "/wait");
	wire_get(&wire, 2, 1, "/other");
	record_add_end(&reply, 2, RECORD_CANT_MPX_CONN);
	check_reply(&wire, "request /wait ", &reply);
}

static void
a_second_request_between_the_params_is_refused(void)
{
	struct buf wire = { 0 }, reply = { 0 }, params = { 0 };

	wire_pair(&params, "REQUEST_URI", "/a");
	wire_begin(&wire, 1, 1, 0);
	wire_get(&wire, 7, 0, "/other");
	wire_record(&wire, 4, 1, params.data, params.len, 0);
	wire_record(&wire, 4, 1, NULL, 0, 0);
	wire_record(&wire, 5, 1, NULL, 0, 0);
	buf_fini(&params);
	record_add_end(&reply, 7, RECORD_CANT_MPX_CONN);
	check_reply(&wire, "request /a ", &reply);
}

static void
a_second_request_of_the_same_id_breaks_the_connection(void)
{
	struct buf wire = { 0 };

	wire_get(&wire, 1, 1, "/wait");
	wire_get(&wire, 1, 1, "/other");
	check_events(&wire, "request /wait broken ");
}

static void
other_roles_are_refused(void)
{
	struct buf wire = { 0 }, reply = { 0 };

	wire_begin(&wire, 3, 2, 1);
	wire_record(&wire, 4, 3, NULL, 0, 0);
	wire_get(&wire, 4, 0, "/a");
	record_add_end(&reply, 3, RECORD_UNKNOWN_ROLE);
	check_reply(&wire, "role request /a ", &reply);
}

static void
an_abort_ends_the_request_it_names(void)
{
	struct buf wire = { 0 }, reply = { 0 };

	wire_get(&wire, 1, 1, "/wait");
	wire_record(&wire, 2, 2, NULL, 0, 0);
	wire_begin(&wire, 2, 1, 1); /* still busy */
	wire_record(&wire, 2, 1, NULL, 0, 0);
	wire_record(&wire, 2, 1, NULL, 0, 0);
	wire_begin(&wire, 5, 1, 1);
	wire_record(&wire, 2, 5, NULL, 0, 0);
	wire_get(&wire, 1, 0, "/a");
	record_add_end(&reply, 2, RECORD_CANT_MPX_CONN);
	check_reply(&wire, "request /wait aborted aborted request /a ", &reply);
}

/* --- management ------------------------------------------------------------------- */

static void
values_are_told_once_each(void)
{
	struct buf wire = { 0 }, reply = { 0 }, asked = { 0 }, told = { 0 };

	for (int i = 0; i < 20; i++) {
		wire_pair(&asked, "FCGI_MPXS_CONNS", "");
		wire_pair(&asked, "FCGI_MAX_REQS", "");
		wire_pair(&asked, "NO_SUCH", "");
	}
	wire_record(&wire, 9, 0, asked.data, asked.len, 4);
	wire_pair(&told, "FCGI_MAX_REQS", "1000");
	wire_pair(&told, "FCGI_MPXS_CONNS", "0");
	record_add(&reply, RECORD_GET_VALUES_RESULT, 0, buf_as_span(&told));
	buf_fini(&asked);
	buf_fini(&told);
	check_reply(&wire, "", &reply);
}

static void
unknown_management_records_are_answered(void)
{
	struct buf wire = { 0 }, reply = { 0 };

	wire_record(&wire, 42, 0, "abc", 3, 5);
	wire_get(&wire, 1, 0, "/a");
	record_add_unknown_type(&reply, 42);
	check_reply(&wire, "request /a ", &reply);
}

/* --- what is no FastCGI --------------------------------------------------------------- */

static void
what_breaks_the_protocol_breaks_the_connection(void)
{
	static const struct {
		uint8_t type;
		uint16_t id;
		uint8_t n;
	} first[] = {
		{ 1, 0, 8 },  /* BEGIN of request 0 */
		{ 1, 1, 7 },  /* BEGIN that is too short */
		{ 1, 1, 16 }, /* … too long */
		{ 2, 0, 0 },  /* ABORT of request 0 */
		{ 4, 0, 0 },  /* PARAMS of request 0 */
		{ 3, 1, 8 },  /* END_REQUEST is ours to say */
		{ 6, 1, 0 },  /* STDOUT too */
		{ 7, 1, 0 },  /* STDERR too */
		{ 9, 1, 0 },  /* GET_VALUES about a request */
		{ 42, 1, 0 }, /* nobody knows */
	};
	struct buf wire = { 0 };

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		wire_record(&wire, first[i].type, first[i].id,
		    "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0", first[i].n, 0);
		check_events(&wire, "broken ");
	}
	buf_str(&wire, "GET / HTTP/1.1\r\n\r\n");
	check_events(&wire, "broken ");
}

static void
streams_out_of_order_break_the_connection(void)
{
	struct buf wire = { 0 };

	wire_begin(&wire, 1, 1, 0);
	wire_record(&wire, 5, 1, NULL, 0, 0); /* STDIN before PARAMS end */
	check_events(&wire, "broken ");
	wire_begin(&wire, 1, 1, 0);
	wire_record(&wire, 4, 1, NULL, 0, 0);
	wire_record(&wire, 4, 1, NULL, 0, 0); /* PARAMS after their end */
	check_events(&wire, "broken ");
	wire_begin(&wire, 1, 1, 0);
	wire_record(&wire, 4, 1,
	    "\x05\x05"
	    "ab",
	    4, 0); /* half a pair */
	wire_record(&wire, 4, 1, NULL, 0, 0);
	check_events(&wire, "broken ");
}

static void
records_of_nobody_are_skipped(void)
{
	struct buf wire = { 0 };

	wire_record(&wire, 4, 9, "abc", 3, 1);
	wire_record(&wire, 5, 9, "abc", 3, 1);
	wire_record(&wire, 2, 9, NULL, 0, 0);
	wire_record(&wire, 8, 9, "abc", 3, 1);
	wire_get(&wire, 1, 0, "/a");
	check_events(&wire, "request /a ");
}

TESTS(a_request_is_heard_at_every_split, requests_follow_one_another,
    params_may_be_cut_anywhere, a_body_is_read_to_its_end,
    the_first_of_two_variables_counts,
    params_of_64_KiB_pass_and_one_more_byte_does_not,
    a_body_of_1_MiB_passes_and_one_more_byte_does_not,
    a_second_request_on_a_busy_connection_is_refused,
    a_second_request_between_the_params_is_refused,
    a_second_request_of_the_same_id_breaks_the_connection,
    other_roles_are_refused, an_abort_ends_the_request_it_names,
    values_are_told_once_each, unknown_management_records_are_answered,
    what_breaks_the_protocol_breaks_the_connection,
    streams_out_of_order_break_the_connection, records_of_nobody_are_skipped)
