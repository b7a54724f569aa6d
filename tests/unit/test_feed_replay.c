#include "feed_replay.h"

#include <stdlib.h>

#include "mem.h"
#include "store_case.h"

enum { LARGE_BYTES = 6 << 20, LARGE = 5 };

static struct feed_replay *replay;

static bool
follow(const struct change *change, void *arg)
{
	struct buf *lines = arg;
	struct span body;

	CHECK_OK(feed_replay_before(replay, change, &body));
	buf_printf(lines, "%.*s>", SPAN_ARGS(body));
	CHECK_OK(feed_replay_after(replay, change, &body));
	buf_printf(lines, "%.*s ", SPAN_ARGS(body));
	return true;
}

static void
begin(void)
{
	case_open();
	replay = mem_new(1, sizeof(*replay));
	replay->store = db;
	CHECK_OK(store_begin(db));
}

static void
end(void)
{
	feed_replay_fini(replay);
	free(replay);
	case_close();
}

static void
each_change_has_what_it_found_and_what_it_made(void)
{
	struct store_range range = { .with_patches = true };
	struct buf lines = { 0 };
	uint64_t a;

	begin();
	a = case_create("a", "[1,\"as long as its patches, or longer\"]");
	case_patch(a, "[{\"op\":\"replace\",\"path\":\"/0\",\"value\":2}]",
	    "[2,\"as long as its patches, or longer\"]");
	case_put(a, "3");
	case_delete(a);
	(void)case_append((struct change){ .op = CHANGE_CREATE,
			      .eid = a,
			      .id = span_str("a") },
	    "4");
	case_put(a, "5");
	case_commit();
	CHECK_OK(store_changes(db, range, follow, &lines));
	CHECK_STR(buf_cstr(&lines),
	    ">[1,\"as long as its patches, or longer\"] "
	    "[1,\"as long as its patches, or longer\"]>"
	    "[2,\"as long as its patches, or longer\"] "
	    "[2,\"as long as its patches, or longer\"]>3 "
	    "3> >4 4>5 ");
	/* From any of them on. */
	buf_clear(&lines);
	range.after = 3;
	feed_replay_fini(replay);
	memset(replay, 0, sizeof(*replay));
	replay->store = db;
	CHECK_OK(store_changes(db, range, follow, &lines));
	CHECK_STR(buf_cstr(&lines), "3> >4 4>5 ");
	buf_fini(&lines);
	end();
}

static bool
measure(const struct change *change, void *arg)
{
	struct span body;

	CHECK_OK(feed_replay_before(replay, change, &body));
	CHECK(body.len == 0 || body.p[1] == change->id.p[0]);
	CHECK_OK(feed_replay_after(replay, change, &body));
	CHECK(body.p[1] == change->id.p[0]);
	CHECK_INT(body.len, LARGE_BYTES);
	CHECK(replay->bytes > 0 && replay->bytes <= FEED_REPLAY_BYTES_MAX);
	(*(int *)arg)++;
	return true;
}

static void
what_it_holds_is_bounded(void)
{
	struct store_range range = { .with_patches = true };
	uint64_t eid[LARGE];
	char *body = mem_new(LARGE_BYTES + 1, 1);
	char id[2] = { 0 };
	int n = 0;

	begin();
	memset(body, ' ', LARGE_BYTES);
	body[0] = body[LARGE_BYTES - 1] = '"';
	for (int i = 0; i < 2 * LARGE; i++) {
		id[0] = body[1] = (char)('a' + i % LARGE);
		body[2] = (char)('0' + i / LARGE);
		if (i < LARGE)
			eid[i] = case_create(id, body);
		else
			case_put(eid[i - LARGE], body);
	}
	case_commit();
	CHECK_OK(store_changes(db, range, measure, &n));
	CHECK_INT(n, 2 * LARGE);
	free(body);
	end();
}

static void
a_patch_that_does_not_fit_is_said(void)
{
	struct store_range range = { .with_patches = true };
	struct change change = { .seq = 2, .prev = 1, .op = CHANGE_PATCH };
	struct span body;
	struct buf lines = { 0 };

	begin();
	change.eid = case_create("a", "{}");
	case_commit();
	CHECK_OK(store_changes(db, range, follow, &lines));
	change.patch = span_str("[{\"op\":\"remove\",\"path\":\"/m\"}]");
	CHECK_ERR(feed_replay_after(replay, &change, &body), ERR_STORE);
	change.patch = span_str("[");
	CHECK_ERR(feed_replay_after(replay, &change, &body), ERR_STORE);
	buf_fini(&lines);
	end();
}

TESTS(each_change_has_what_it_found_and_what_it_made, what_it_holds_is_bounded,
    a_patch_that_does_not_fit_is_said)
