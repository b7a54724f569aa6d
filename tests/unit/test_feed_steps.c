#include "feed_steps.h"

#include <stdlib.h>

#include "feed_case.h"
#include "feed_replay.h"
#include "mem.h"

#define LONG "0123456789012345678901234567890123456789012345678901234567890123"

static struct feed feed; /* of the last ask() */

/* A page of steps after seq. */
static void
ask(struct feed_query query, uint64_t after)
{
	if (query.filter == NULL)
		query.filter = all;
	if (query.steps == 0)
		query.steps = FEED_STEPS_MAX;
	query.since = (struct cursor){ now().epoch, after };
	CHECK_OK(feed_since(store, &query, &feed));
	CHECK(feed.is_paged);
	CHECK_INT(feed.from.seq, after);
	CHECK_INT(feed.kind, feed.changes.len > 2 ? FEED_DELTA : FEED_NONE);
}

/* All of them, and that it is the last page. */
static void
check_steps(struct feed_query query, uint64_t after, const char *lines)
{
	ask(query, after);
	CHECK_STR(describe(&feed), lines);
	CHECK(!feed.has_more);
	CHECK_INT(feed.to.seq, now().seq);
}

/* --- what is told --------------------------------------------------------------- */

static void
every_change_is_told_as_it_happened(void)
{
	struct feed_query query = { 0 };

	setup();
	set("a", "x", "{\"n\":1,\"s\":\"" LONG "\"}");
	set("b", "y", "1");
	set("a", "x", "{\"n\":2,\"s\":\"" LONG "\"}");
	set("a", "x", "{\"n\":3,\"s\":\"" LONG "\"}");
	set("b", "y", NULL);
	set("b", "y", "2");
	set("b", "y", "3");
	check_steps(query, 0,
	    "1 \"a\" \"x\" \"put\" 0 {\"n\":1,\"s\":\"" LONG "\"}\n"
	    "2 \"b\" \"y\" \"put\" 0 1\n"
	    "3 \"a\" \"x\" \"patch\" 1 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}]\n"
	    "4 \"a\" \"x\" \"patch\" 3 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":3}]\n"
	    "5 \"b\" \"y\" \"delete\" 2 \n"
	    "6 \"b\" \"y\" \"put\" 0 2\n"
	    "7 \"b\" \"y\" \"put\" 6 3\n");
	check_steps(query, 5,
	    "6 \"b\" \"y\" \"put\" 0 2\n"
	    "7 \"b\" \"y\" \"put\" 6 3\n");
	check_steps(query, 7, "");
	teardown();
}

static void
who_did_it_is_told(void)
{
	setup();
	set_by("ann", "m-1", "a", "x", "1");
	set_by("bob", "", "a", "x", "2");
	set_by("", "\"3\"", "a", "x", "3");
	ask((struct feed_query){ 0 }, 0);
	CHECK(strstr(buf_cstr(&feed.changes),
		  "\"version\":1,\"actor\":\"ann\",\"mutation\":\"m-1\","
		  "\"data\":1}") != NULL);
	CHECK(strstr(buf_cstr(&feed.changes),
		  "\"version\":2,\"actor\":\"bob\",\"data\":2}") != NULL);
	CHECK(strstr(buf_cstr(&feed.changes),
		  "\"version\":3,\"mutation\":\"\\\"3\\\"\",\"data\":3}") !=
	    NULL);
	teardown();
}

static void
standard_steps_put_where_a_text_changed(void)
{
	struct feed_query query = { .is_standard = true };

	setup();
	set("a", "x", "{\"n\":1,\"s\":\"" LONG "\"}");
	set("a", "x", "{\"n\":1,\"s\":\"" LONG "more\"}");
	set("a", "x", "{\"n\":2,\"s\":\"" LONG "more\"}");
	check_steps(query, 1,
	    "2 \"a\" \"x\" \"put\" 1 {\"n\":1,\"s\":\"" LONG "more\"}\n"
	    "3 \"a\" \"x\" \"patch\" 2 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}]\n");
	teardown();
}

static void
a_client_that_holds_nothing_begins_with_the_first(void)
{
	struct feed_query query = { .filter = NULL, .steps = 10 };

	setup();
	query.filter = all;
	CHECK_OK(feed_since(store, &query, &feed));
	CHECK_INT(feed.kind, FEED_NONE);
	set("a", "x", "1");
	set("a", "x", "2");
	CHECK_OK(feed_since(store, &query, &feed));
	CHECK_STR(describe(&feed),
	    "1 \"a\" \"x\" \"put\" 0 1\n"
	    "2 \"a\" \"x\" \"put\" 1 2\n");
	CHECK_INT(feed.kind, FEED_DELTA);
	CHECK_INT(feed.from.epoch, 0);
	teardown();
}

static void
unknown_cursors_are_gone(void)
{
	struct feed_query query = { .steps = 10 };

	setup();
	query.filter = all;
	set("a", "x", "1");
	query.since = (struct cursor){ now().epoch ^ 1, 1 };
	CHECK_ERR(feed_since(store, &query, &feed), ERR_GONE);
	query.since = (struct cursor){ now().epoch, 2 };
	CHECK_ERR(feed_since(store, &query, &feed), ERR_GONE);
	teardown();
}

static void
what_the_log_no_longer_reaches_is_gone(void)
{
	struct feed_query query = { .steps = 10 };
	char *path;

	setup();
	set("a", "x", "1");
	set("a", "x", "2");
	/* A lost tail: another epoch, which begins here. */
	path = mem_dup(store_path(store), strlen(store_path(store)));
	intake_free(intake);
	store_close(store);
	CHECK_OK(store_open(&store, path, STORE_WRITE, 100));
	intake = intake_new(store, bell);
	query.filter = all;
	CHECK_ERR(feed_since(store, &query, &feed), ERR_GONE);
	query.since = (struct cursor){ now().epoch, now().seq - 1 };
	CHECK_ERR(feed_since(store, &query, &feed), ERR_GONE);
	set("a", "x", "3");
	check_steps(query, now().seq - 1, "101 \"a\" \"x\" \"put\" 2 3\n");
	free(path);
	teardown();
}

/* --- selections ------------------------------------------------------------------ */

static void
names_select_changes(void)
{
	struct filter *x = filter_new(), *b = filter_new();

	setup();
	CHECK_OK(filter_add_match(x, span_str("a:x*"), false));
	CHECK_OK(filter_add_collections(b, span_str("b")));
	set("a", "x1", "1");
	set("b", "x1", "2");
	set("a", "y1", "3");
	check_steps((struct feed_query){ .filter = x }, 0,
	    "1 \"a\" \"x1\" \"put\" 0 1\n");
	check_steps((struct feed_query){ .filter = b }, 0,
	    "2 \"b\" \"x1\" \"put\" 0 2\n");
	check_steps((struct feed_query){ .filter = b }, 2, "");
	filter_free(x);
	filter_free(b);
	teardown();
}

static void
where_has_edges_at_every_change(void)
{
	struct filter *running = filter_new();
	struct feed_query query = { .filter = running };

	setup();
	CHECK_OK(filter_add_where(running, span_str("/s:eq:run")));
	set("a", "x", "{\"s\":\"end\",\"n\":0,\"t\":\"" LONG "\"}");
	set("a", "x", "{\"s\":\"run\",\"n\":0,\"t\":\"" LONG "\"}");
	set("a", "x", "{\"s\":\"run\",\"n\":1,\"t\":\"" LONG "\"}");
	set("a", "x", "{\"s\":\"end\",\"n\":1,\"t\":\"" LONG "\"}");
	set("a", "x", "{\"s\":\"end\",\"n\":2,\"t\":\"" LONG "\"}");
	set("a", "x", "{\"s\":\"run\",\"n\":2,\"t\":\"" LONG "\"}");
	set("a", "x", NULL);
	set("a", "x", "{\"s\":\"run\"}");
	set("a", "x", "{\"s\":\"run\",\"n\":1}");
	set("a", "x", "{\"s\":\"end\"}");
	set("a", "x", NULL);
	check_steps(query, 0,
	    "2 \"a\" \"x\" \"put\" 0 {\"s\":\"run\",\"n\":0,\"t\":\"" LONG
	    "\"}\n"
	    "3 \"a\" \"x\" \"patch\" 2 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":1}]\n"
	    "4 \"a\" \"x\" \"delete\" 3 \n"
	    "6 \"a\" \"x\" \"put\" 0 {\"s\":\"run\",\"n\":2,\"t\":\"" LONG
	    "\"}\n"
	    "7 \"a\" \"x\" \"delete\" 6 \n"
	    "8 \"a\" \"x\" \"put\" 0 {\"s\":\"run\"}\n"
	    "9 \"a\" \"x\" \"put\" 8 {\"s\":\"run\",\"n\":1}\n"
	    "10 \"a\" \"x\" \"delete\" 9 \n");
	/* What it was before is known wherever the page begins. */
	check_steps(query, 2,
	    "3 \"a\" \"x\" \"patch\" 2 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":1}]\n"
	    "4 \"a\" \"x\" \"delete\" 3 \n"
	    "6 \"a\" \"x\" \"put\" 0 {\"s\":\"run\",\"n\":2,\"t\":\"" LONG
	    "\"}\n"
	    "7 \"a\" \"x\" \"delete\" 6 \n"
	    "8 \"a\" \"x\" \"put\" 0 {\"s\":\"run\"}\n"
	    "9 \"a\" \"x\" \"put\" 8 {\"s\":\"run\",\"n\":1}\n"
	    "10 \"a\" \"x\" \"delete\" 9 \n");
	filter_free(running);
	teardown();
}

static void
more_entities_than_are_held_at_once_are_told_apart(void)
{
	struct filter *running = filter_new();
	struct feed_query query = { .filter = running };
	struct buf lines = { 0 };
	char id[16], body[64];

	enum { N = FEED_REPLAY_SLOTS + 100 };

	setup();
	CHECK_OK(filter_add_where(running, span_str("/s:eq:run")));
	for (int i = 0; i < N; i++) {
		(void)snprintf(id, sizeof(id), "e%d", i);
		set("a", id, i % 2 == 0 ? "{\"s\":\"run\"}" : "{}");
	}
	for (int i = 0; i < N; i++) {
		(void)snprintf(id, sizeof(id), "e%d", i);
		(void)snprintf(body, sizeof(body), "{\"s\":\"run\",\"n\":%d}",
		    i);
		set("a", id, body);
		buf_printf(&lines, "%d \"a\" \"%s\" \"put\" %d %s\n", N + i + 1,
		    id, i % 2 == 0 ? i + 1 : 0, body);
	}
	/* One page, in which each is found with what was held for another. */
	ask(query, 0);
	CHECK(strstr(describe(&feed), buf_cstr(&lines)) != NULL);
	CHECK(!feed.has_more);
	filter_free(running);
	buf_fini(&lines);
	teardown();
}

/* --- pages ----------------------------------------------------------------------- */

static void
a_page_has_so_many_and_says_whether_there_are_more(void)
{
	struct feed_query query = { .steps = 2 };

	setup();
	for (int i = 0; i < 2; i++)
		set("a", "x", i == 0 ? "0" : "1");
	check_steps(query, 0,
	    "1 \"a\" \"x\" \"put\" 0 0\n"
	    "2 \"a\" \"x\" \"put\" 1 1\n");
	set("a", "y", "2");
	ask(query, 0);
	CHECK(feed.has_more);
	CHECK_INT(feed.to.seq, 2);
	CHECK_STR(describe(&feed),
	    "1 \"a\" \"x\" \"put\" 0 0\n"
	    "2 \"a\" \"x\" \"put\" 1 1\n");
	check_steps(query, 2, "3 \"a\" \"y\" \"put\" 0 2\n");
	teardown();
}

/* A document of so many bytes. */
static const char *
document(struct buf *body, size_t n, char fill)
{
	buf_clear(body);
	buf_byte(body, '"');
	while (body->len + 1 < n)
		buf_byte(body, fill);
	buf_byte(body, '"');
	return buf_cstr(body);
}

static void
a_page_ends_before_it_is_too_long(void)
{
	struct buf body = { 0 };
	size_t around;

	setup();
	set("a", "x", "\"\"");
	ask((struct feed_query){ 0 }, 0);
	around = feed.changes.len - 4; /* brackets, document */
	/* Two that fill it, and a third that does not fit. */
	set("a", "y", document(&body, FEED_STEPS_BYTES_MAX / 2, 'y'));
	set("a", "z",
	    document(&body, FEED_STEPS_BYTES_MAX / 2 - 2 - 2 * around, 'z'));
	ask((struct feed_query){ 0 }, 1);
	CHECK(!feed.has_more);
	CHECK_INT(feed.changes.len, FEED_STEPS_BYTES_MAX + 1);
	set("a", "z",
	    document(&body, FEED_STEPS_BYTES_MAX / 2 - 1 - 2 * around, 'a'));
	ask((struct feed_query){ 0 }, 1);
	CHECK(feed.has_more);
	CHECK_INT(feed.to.seq, 3);
	/* A single one is told whatever it takes. */
	set("a", "y", document(&body, (size_t)FEED_STEPS_BYTES_MAX * 2, 'b'));
	ask((struct feed_query){ 0 }, 4);
	CHECK(!feed.has_more);
	CHECK(feed.changes.len > (size_t)FEED_STEPS_BYTES_MAX * 2);
	buf_fini(&body);
	teardown();
}

/* n changes of "a", in one batch */
static void
set_many(uint32_t n)
{
	struct intake_entity entity = { .id = span_str("x") };
	struct json doc = { 0 };
	struct buf body = { 0 };

	CHECK_OK(intake_begin(intake));
	CHECK_OK(store_coll_make(store, span_str("a"), true, &entity.cid));
	for (uint32_t i = 0; i < n; i++) {
		buf_clear(&body);
		buf_u64(&body, i);
		CHECK_OK(json_scan(&doc, buf_as_span(&body), NULL));
		CHECK_OK(intake_put(intake, &entity, &doc, NULL, NULL));
	}
	CHECK_OK(intake_commit(intake, NULL));
	json_fini(&doc);
	buf_fini(&body);
}

static void
a_page_ends_when_enough_was_looked_at_in_vain(void)
{
	struct filter *b = filter_new();
	struct feed_query query = { .filter = b };

	setup();
	CHECK_OK(filter_add_collections(b, span_str("b")));
	set_many(FEED_STEPS_LOOKS_MAX);
	check_steps(query, 0, "");
	set("b", "y", "1");
	ask(query, 0);
	CHECK_INT(feed.kind, FEED_NONE);
	CHECK(feed.has_more);
	CHECK_INT(feed.to.seq, FEED_STEPS_LOOKS_MAX);
	check_steps(query, feed.to.seq, "20001 \"b\" \"y\" \"put\" 0 1\n");
	filter_free(b);
	teardown();
}

TESTS(every_change_is_told_as_it_happened, who_did_it_is_told,
    standard_steps_put_where_a_text_changed,
    a_client_that_holds_nothing_begins_with_the_first, unknown_cursors_are_gone,
    what_the_log_no_longer_reaches_is_gone, names_select_changes,
    where_has_edges_at_every_change,
    more_entities_than_are_held_at_once_are_told_apart,
    a_page_has_so_many_and_says_whether_there_are_more,
    a_page_ends_before_it_is_too_long,
    a_page_ends_when_enough_was_looked_at_in_vain)
