#include "feed.h"

#include <stdlib.h>

#include "feed_case.h"
#include "feed_kept.h"
#include "feed_net.h"

static void
ask(const struct feed_query *query, struct feed *feed)
{
	CHECK_OK(feed_since(store, query, feed));
}

static void
check_since(struct cursor since, const struct filter *filter,
    enum feed_kind kind, const char *lines)
{
	struct feed_query query = { .since = since, .filter = filter };
	struct feed feed = { 0 };

	ask(&query, &feed);
	CHECK_INT(feed.kind, kind);
	CHECK_STR(describe(&feed), lines);
	CHECK_INT(feed.to.seq, now().seq);
	feed_fini(&feed);
}

/* --- kinds --------------------------------------------------------------------- */

static void
without_a_cursor_everything_is_put(void)
{
	struct cursor none = { 0 };

	setup();
	check_since(none, all, FEED_SNAPSHOT, "");
	set("b", "x", "{\"n\":1}");
	set("a", "y", "[]");
	set("b", "x", "{\"n\":2}");
	check_since(none, all, FEED_SNAPSHOT,
	    "2 \"a\" \"y\" \"put\" 0 []\n"
	    "3 \"b\" \"x\" \"put\" 0 {\"n\":2}\n");
	teardown();
}

static void
at_the_head_there_is_nothing(void)
{
	setup();
	set("a", "x", "1");
	check_since(now(), all, FEED_NONE, "");
	teardown();
}

static void
unknown_cursors_are_reset_or_gone(void)
{
	struct cursor cursors[3];
	struct feed feed = { 0 };

	setup();
	set("a", "x", "1");
	cursors[0] = (struct cursor){ now().epoch ^ 1, 1 };
	cursors[1] = (struct cursor){ now().epoch, 2 };
	cursors[2] = (struct cursor){ now().epoch, CURSOR_SEQ_MAX };
	for (size_t i = 0; i < 3; i++) {
		struct feed_query query = { .since = cursors[i],
			.filter = all };

		ask(&query, &feed);
		CHECK_INT(feed.kind, FEED_SNAPSHOT);
		CHECK(feed.is_reset);
		CHECK_INT(feed.to.seq, 1);
		CHECK_STR(describe(&feed), "1 \"a\" \"x\" \"put\" 0 1\n");
		query.is_strict = true;
		CHECK_ERR(feed_since(store, &query, &feed), ERR_GONE);
	}
	feed_fini(&feed);
	teardown();
}

/* --- one net step an entity -------------------------------------------------------- */

static void
what_came_and_went_in_between_is_nothing(void)
{
	struct cursor since;

	setup();
	set("a", "x", "1");
	since = now();
	set("a", "y", "{\"n\":1}");
	set("a", "y", "{\"n\":2}");
	set("a", "y", NULL);
	check_since(since, all, FEED_NONE, "");
	set("a", "z", "2");
	check_since(since, all, FEED_DELTA, "5 \"a\" \"z\" \"put\" 0 2\n");
	teardown();
}

static void
deletes_say_which_version_went(void)
{
	struct cursor since;

	setup();
	set("a", "x", "1");
	set("a", "y", "2");
	since = now();
	set("a", "x", "3");
	set("a", "x", NULL);
	check_since(since, all, FEED_DELTA, "4 \"a\" \"x\" \"delete\" 1 \n");
	teardown();
}

static void
one_that_went_and_came_again_is_put_over_the_old_one(void)
{
	struct cursor since;

	setup();
	set("a", "x", "1");
	since = now();
	set("a", "x", NULL);
	set("a", "x", "2");
	check_since(since, all, FEED_DELTA, "3 \"a\" \"x\" \"put\" 1 2\n");
	teardown();
}

#define LONG "0123456789012345678901234567890123456789012345678901234567890123"

static void
patches_are_chained_in_the_order_of_last_changes(void)
{
	struct cursor since;

	setup();
	set("a", "x", "{\"n\":1,\"m\":1,\"s\":\"" LONG LONG LONG "\"}");
	set("a", "y", "{\"n\":1,\"m\":1,\"s\":\"" LONG LONG LONG "\"}");
	since = now();
	set("a", "x", "{\"n\":2,\"m\":1,\"s\":\"" LONG LONG LONG "\"}");
	set("a", "y", "{\"n\":2,\"m\":1,\"s\":\"" LONG LONG LONG "\"}");
	set("a", "x", "{\"n\":2,\"m\":2,\"s\":\"" LONG LONG LONG "\"}");
	check_since(since, all, FEED_DELTA,
	    "4 \"a\" \"y\" \"patch\" 2 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}]\n"
	    "5 \"a\" \"x\" \"patch\" 1 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":2},"
	    "{\"op\":\"replace\",\"path\":\"/m\",\"value\":2}]\n");
	teardown();
}

static void
a_fresh_diff_replaces_a_long_chain(void)
{
	char body[400];
	struct cursor since;

	setup();
	set("a", "x", "{\"n\":0,\"s\":\"" LONG LONG LONG "\"}");
	since = now();
	for (int i = 1; i <= 9; i++) {
		(void)snprintf(body, sizeof(body),
		    "{\"n\":%d,\"s\":\"" LONG LONG LONG "\"}", i);
		set("a", "x", body);
	}
	check_since(since, all, FEED_DELTA,
	    "10 \"a\" \"x\" \"patch\" 1 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":9}]\n");
	teardown();
}

static void
a_body_that_is_shorter_than_its_patch_is_put(void)
{
	struct cursor since;

	setup();
	set("a", "x", "{\"n\":1}");
	since = now();
	set("a", "x", "{\"n\":2}");
	check_since(since, all, FEED_DELTA,
	    "2 \"a\" \"x\" \"put\" 1 {\"n\":2}\n");
	teardown();
}

static void
standard_patches_have_no_text_operations(void)
{
	struct feed_query query = { .filter = all };
	struct feed feed = { 0 };

	setup();
	query.filter = all;
	set("a", "x", "{\"s\":\"" LONG LONG "\",\"t\":\"" LONG LONG "\"}");
	query.since = now();
	set("a", "x", "{\"s\":\"" LONG LONG "more\",\"t\":\"" LONG LONG "\"}");
	ask(&query, &feed);
	CHECK(strstr(buf_cstr(&feed.changes), "str_ins") != NULL);
	query.is_standard = true;
	ask(&query, &feed);
	CHECK(strstr(buf_cstr(&feed.changes), "str_ins") == NULL);
	CHECK(strstr(buf_cstr(&feed.changes), "more") != NULL);
	feed_fini(&feed);
	teardown();
}

/* --- filters ------------------------------------------------------------------------- */

static void
where_has_enter_and_leave(void)
{
	struct filter *running = filter_new();
	struct cursor since;

	setup();
	CHECK_OK(filter_add_where(running, span_str("/s:eq:run")));
	set("a", "in", "{\"s\":\"run\"}");
	set("a", "out", "{\"s\":\"end\"}");
	set("a", "stay", "{\"s\":\"run\"}");
	set("a", "never", "{\"s\":\"end\"}");
	since = now();
	set("a", "in", "{\"s\":\"end\"}");
	set("a", "out", "{\"s\":\"run\"}");
	set("a", "stay", "{\"s\":\"run\",\"n\":1}");
	set("a", "never", "{\"s\":\"end\",\"n\":1}");
	check_since(since, running, FEED_DELTA,
	    "5 \"a\" \"in\" \"delete\" 1 \n"
	    "6 \"a\" \"out\" \"put\" 0 {\"s\":\"run\"}\n"
	    "7 \"a\" \"stay\" \"put\" 3 {\"s\":\"run\",\"n\":1}\n");
	since = now();
	set("a", "never", NULL);
	set("a", "stay", NULL);
	check_since(since, running, FEED_DELTA,
	    "10 \"a\" \"stay\" \"delete\" 7 \n");
	filter_free(running);
	teardown();
}

static void
a_quiet_filter_moves_with_the_head(void)
{
	struct filter *b = filter_new(), *x = filter_new();
	struct cursor since;

	setup();
	CHECK_OK(filter_add_collections(b, span_str("b")));
	CHECK_OK(filter_add_match(x, span_str("a:x*"), false));
	since = now();
	set("a", "y", "1");
	check_since(since, b, FEED_NONE, "");
	check_since(since, x, FEED_NONE, "");
	set("a", "x1", "1");
	check_since(since, x, FEED_DELTA, "2 \"a\" \"x1\" \"put\" 0 1\n");
	check_since((struct cursor){ 0 }, x, FEED_SNAPSHOT,
	    "2 \"a\" \"x1\" \"put\" 0 1\n");
	filter_free(b);
	filter_free(x);
	teardown();
}

/* --- never more than the snapshot ------------------------------------------------------ */

static void
many_deletes_are_told_by_what_is_left(void)
{
	struct cursor since;
	char id[16];

	setup();
	for (int i = 0; i < 40; i++) {
		(void)snprintf(id, sizeof(id), "e%d", i);
		set("a", id, "1");
	}
	since = now();
	for (int i = 0; i < 39; i++) {
		(void)snprintf(id, sizeof(id), "e%d", i);
		set("a", id, NULL);
	}
	check_since(since, all, FEED_SNAPSHOT,
	    "40 \"a\" \"e39\" \"put\" 0 1\n");
	teardown();
}

static void
few_deletes_stay_a_delta(void)
{
	struct cursor since;

	setup();
	set("a", "x", "1");
	since = now();
	set("a", "x", NULL);
	check_since(since, all, FEED_DELTA, "2 \"a\" \"x\" \"delete\" 1 \n");
	teardown();
}

/* --- to an end that is given ----------------------------------------------------------- */

static void
check_until(struct cursor since, struct cursor until, enum feed_kind kind,
    const char *lines)
{
	struct feed_query query = { .since = since,
		.until = until,
		.filter = all };
	struct feed feed = { 0 };

	ask(&query, &feed);
	CHECK_INT(feed.kind, kind);
	CHECK_STR(describe(&feed), lines);
	CHECK_INT(feed.to.seq, until.seq);
	feed_fini(&feed);
}

static void
what_happened_after_the_end_is_not_told(void)
{
	struct cursor since, until;

	setup();
	set("a", "changed", "{\"n\":1,\"s\":\"" LONG LONG LONG "\"}");
	set("a", "gone", "1");
	set("a", "later", "1");
	since = now();
	set("a", "changed", "{\"n\":2,\"s\":\"" LONG LONG LONG "\"}");
	set("a", "gone", NULL);
	set("a", "new", "{\"n\":1}");
	until = now();
	set("a", "changed", NULL);
	set("a", "gone", "2");
	set("a", "new", "{\"n\":2}");
	set("a", "later", "2");
	check_until(since, until, FEED_DELTA,
	    "4 \"a\" \"changed\" \"patch\" 1 "
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}]\n"
	    "5 \"a\" \"gone\" \"delete\" 2 \n"
	    "6 \"a\" \"new\" \"put\" 0 {\"n\":1}\n");
	check_until(since, since, FEED_NONE, "");
	check_until(until, now(), FEED_DELTA,
	    "7 \"a\" \"changed\" \"delete\" 4 \n"
	    "8 \"a\" \"gone\" \"put\" 0 2\n"
	    "9 \"a\" \"new\" \"put\" 6 {\"n\":2}\n"
	    "10 \"a\" \"later\" \"put\" 3 2\n");
	teardown();
}

static void
many_deletes_up_to_an_end_stay_a_delta(void)
{
	struct cursor since;
	char id[16];

	setup();
	for (int i = 0; i < 40; i++) {
		(void)snprintf(id, sizeof(id), "e%d", i);
		set("a", id, "1");
	}
	since = now();
	for (int i = 0; i < 40; i++) {
		struct feed_query query = { .since = since,
			.until = now(),
			.filter = all };
		struct feed feed = { 0 };

		ask(&query, &feed);
		CHECK_INT(feed.kind, i == 0 ? FEED_NONE : FEED_DELTA);
		feed_fini(&feed);
		(void)snprintf(id, sizeof(id), "e%d", i);
		set("a", id, NULL);
	}
	teardown();
}

static void
an_end_is_answered_the_same_for_ever(void)
{
	struct feed_query query = { 0 };
	struct feed first = { 0 }, again = { 0 };

	setup();
	query.filter = all;
	set("a", "x", "{\"n\":1,\"s\":\"" LONG LONG LONG "\"}");
	query.since = now();
	/* The producer has turned its members round, and made one long. */
	set("a", "x",
	    "{\"s\":\"" LONG LONG LONG "\",\"n\":\"" LONG LONG LONG LONG "\"}");
	set("a", "new", "{\"n\":1,\"s\":\"" LONG LONG LONG "\"}");
	set("a", "new", "{\"s\":\"" LONG LONG LONG "\",\"n\":2}");
	query.until = now();
	ask(&query, &first);
	CHECK(strstr(buf_cstr(&first.changes), "{\"n\":2,\"s\":") != NULL);
	for (int i = 3; i < 6; i++) {
		char body[400];

		(void)snprintf(body, sizeof(body),
		    "{\"s\":\"" LONG LONG LONG "\",\"n\":%d}", i);
		set("a", "x", body);
		set("a", "new", i == 4 ? NULL : body);
		ask(&query, &again);
		CHECK_STR(buf_cstr(&again.changes), buf_cstr(&first.changes));
	}
	feed_fini(&first);
	feed_fini(&again);
	teardown();
}

static void
an_end_that_is_unknown_is_gone(void)
{
	struct feed_query query = { 0 };
	struct feed feed = { 0 };

	setup();
	query.filter = all;
	set("a", "x", "1");
	query.since = query.until = now();
	CHECK_OK(feed_since(store, &query, &feed));
	CHECK_OK(feed_check(store, &query));
	query.until.seq++;
	CHECK_ERR(feed_since(store, &query, &feed), ERR_GONE);
	CHECK_ERR(feed_check(store, &query), ERR_GONE);
	query.until = (struct cursor){ now().epoch ^ 1, 1 };
	CHECK_ERR(feed_since(store, &query, &feed), ERR_GONE);
	query.until = query.since;
	query.since.epoch ^= 1;
	CHECK_ERR(feed_since(store, &query, &feed), ERR_GONE);
	feed_fini(&feed);
	teardown();
}

/* --- what others had made ---------------------------------------------------------- */

static void
a_kept_diff_is_told_to_whoever_missed_the_same(void)
{
	struct feed_kept *kept = feed_kept_new(1 << 20);
	struct feed_query query = { .kept = kept };
	struct feed first = { 0 }, again = { 0 };
	struct feed_kept_key key = { 0 };
	struct span patch;
	size_t cost = 0;
	char body[400];

	setup();
	query.filter = all;
	set("a", "x", "{\"n\":0,\"s\":\"" LONG LONG LONG "\"}");
	query.since = now();
	for (int i = 1; i <= 9; i++) {
		(void)snprintf(body, sizeof(body),
		    "{\"n\":%d,\"s\":\"" LONG LONG LONG "\"}", i);
		set("a", "x", body);
	}
	ask(&query, &first);
	key = (struct feed_kept_key){ now().epoch, 1, 10, false, false };
	CHECK(feed_kept_find(kept, &key, &patch, &cost));
	CHECK(memmem(first.changes.data, first.changes.len, patch.p,
		  patch.len) != NULL);
	CHECK_INT(cost, 2 * strlen(body));
	ask(&query, &again);
	CHECK_STR(buf_cstr(&again.changes), buf_cstr(&first.changes));
	/* It is what is told: another one would be, too. */
	feed_kept_free(kept);
	query.kept = kept = feed_kept_new(1 << 20);
	feed_kept_add(kept, &key, span_str("[\"kept\"]"), cost);
	ask(&query, &again);
	CHECK(strstr(buf_cstr(&again.changes), "[\"kept\"]") != NULL);
	/* But not for a selection of operations, nor to a given end. */
	query.is_standard = true;
	ask(&query, &again);
	CHECK_STR(buf_cstr(&again.changes), buf_cstr(&first.changes));
	query.is_standard = false;
	query.until = now();
	ask(&query, &again);
	CHECK_STR(buf_cstr(&again.changes), buf_cstr(&first.changes));
	feed_kept_free(kept);
	feed_fini(&first);
	feed_fini(&again);
	teardown();
}

/* A document of so many bytes that is easy to tell apart. */
static void
set_long(const char *id, size_t bytes, int n)
{
	struct buf body = { 0 };

	buf_printf(&body, "{\"n\":%d,\"s\":\"", n);
	while (body.len + 2 < bytes)
		buf_byte(&body, (char)('a' + body.len % 26));
	buf_str(&body, "\"}");
	set("a", id, buf_cstr(&body));
	buf_fini(&body);
}

static void
fresh_diffs_have_a_budget_whoever_made_them(void)
{
	struct feed_kept *kept = feed_kept_new(1 << 20);
	struct feed_query query = { 0 };
	struct feed feed = { 0 }, again = { 0 };

	enum { BYTES = 1 << 20, N = 4 };

	setup();
	query.filter = all;
	for (int i = 0; i < N; i++)
		set_long((char[]){ (char)('a' + i), '\0' }, BYTES, 0);
	query.since = now();
	for (int n = 1; n <= 9; n++)
		for (int i = 0; i < N; i++)
			set_long((char[]){ (char)('a' + i), '\0' }, BYTES, n);
	/* 4 MiB: the first two, and the patches of the others one by one. */
	ask(&query, &feed);
	CHECK(strstr(describe(&feed),
		  "\"b\" \"patch\" 2 "
		  "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":9}]\n") !=
	    NULL);
	CHECK(
	    strstr(describe(&feed),
		"\"c\" \"patch\" 3 "
		"[{\"op\":\"replace\",\"path\":\"/n\",\"value\":1},") != NULL);
	query.kept = kept;
	for (int i = 0; i < 2; i++) {
		ask(&query, &again);
		CHECK_STR(buf_cstr(&again.changes), buf_cstr(&feed.changes));
	}
	feed_kept_free(kept);
	feed_fini(&feed);
	feed_fini(&again);
	teardown();
}

TESTS(without_a_cursor_everything_is_put, at_the_head_there_is_nothing,
    unknown_cursors_are_reset_or_gone, what_came_and_went_in_between_is_nothing,
    deletes_say_which_version_went,
    one_that_went_and_came_again_is_put_over_the_old_one,
    patches_are_chained_in_the_order_of_last_changes,
    a_fresh_diff_replaces_a_long_chain,
    a_body_that_is_shorter_than_its_patch_is_put,
    standard_patches_have_no_text_operations, where_has_enter_and_leave,
    a_quiet_filter_moves_with_the_head, many_deletes_are_told_by_what_is_left,
    few_deletes_stay_a_delta, what_happened_after_the_end_is_not_told,
    many_deletes_up_to_an_end_stay_a_delta,
    an_end_is_answered_the_same_for_ever, an_end_that_is_unknown_is_gone,
    a_kept_diff_is_told_to_whoever_missed_the_same,
    fresh_diffs_have_a_budget_whoever_made_them)
