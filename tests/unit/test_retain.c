#include "retain.h"

#include <stdlib.h>

#include "config.h"
#include "mem.h"
#include "store_case.h"

static const int64_t DAY_MS = 86400000, HOUR_MS = 3600000;

static const int64_t today = INT64_C(1800000000000);

static struct retain retain;
static struct retain_now now;
static struct config_keep keep;
static uint64_t eid; /* whatever the test does, it does with this one */

/* Limits that nothing reaches. */
static void
begin(void)
{
	case_open();
	retain = (struct retain){ 0 };
	now.wall.ms = today;
	now.mono.ns = 1;
	keep = (struct config_keep){ 1000000, 30, 1000 };
	eid = 0;
}

static void
advance(int64_t ms)
{
	now.wall.ms += ms;
	now.mono = monotime_after_ms(now.mono, ms);
}

/* Inside a transaction. */
static void
append_as(int64_t at_ms, const char *actor, const char *body)
{
	struct change change = { .cid = cid, .op = CHANGE_PUT, .eid = eid },
		      made = { 0 };

	if (eid == 0) {
		change.op = CHANGE_CREATE;
		change.id = span_str("a");
	}
	change.at.ms = at_ms;
	change.actor = span_str(actor);
	CHECK_OK(store_append(db, &change, span_str(body), &made));
	eid = made.eid;
}

static void
append(int n, int64_t at_ms)
{
	CHECK_OK(store_begin(db));
	while (n-- > 0)
		append_as(at_ms, "", "1");
	case_commit();
}

/* All slices that are due at present; the floor then. */
static uint64_t
settle(void)
{
	bool is_done = false;

	while (!is_done && !check_failed)
		CHECK_OK(retain_slice(&retain, db, &keep, now, &is_done));
	return case_state(db).floor;
}

/* --- number and size ------------------------------------------------------ */

static void
the_newest_so_many_stay(void)
{
	begin();
	keep.changes = 5;
	append(5, today);
	CHECK_INT(settle(), 0);
	append(1, today);
	CHECK_INT(settle(), 1);
	append(100, today);
	CHECK_INT(settle(), 101);
	CHECK_INT(case_state(db).head, 106);
	case_close();
}

static void
nothing_is_done_where_nothing_is(void)
{
	begin();
	keep = (struct config_keep){ 1, 1, 1 };
	CHECK_INT(settle(), 0);
	append(1, 0);
	CHECK_INT(settle(), 0);
	append(1, 0);
	CHECK_INT(settle(), 1);
	case_close();
}

static void
the_newest_of_a_size_stay(void)
{
	char *body = mem_new(10001, 1), *actor;
	uint64_t bytes = 0, floor;

	memset(body, '1', 10000);
	begin();
	keep.mb = 1;
	CHECK_OK(store_begin(db));
	for (int i = 0; i < 100; i++)
		append_as(today, "", body);
	CHECK_OK(store_log_bytes(db, &bytes));
	actor = mem_new((1 << 20) + 1, 1);
	/* Exactly 1 MiB, with the body that the next change will keep. */
	memset(actor, 'x',
	    (1 << 20) - bytes - STORE_CHANGE_BYTES - STORE_KEYFRAME_BYTES -
		10000 - STORE_CHANGE_BYTES - STORE_KEYFRAME_BYTES - 1);
	case_commit();
	CHECK_INT(bytes < (1 << 20), 1);
	CHECK_OK(store_begin(db));
	body[1] = '\0';
	append_as(today, actor, body);
	append_as(today, "", body);
	CHECK_OK(store_log_bytes(db, &bytes));
	case_commit();
	CHECK_INT(bytes, 1 << 20);
	CHECK_INT(settle(), 0);
	append(1, today);
	floor = settle();
	CHECK(floor > 0 && floor < 102);
	CHECK_OK(store_log_bytes(db, &bytes));
	CHECK(bytes <= 1 << 20);
	free(actor);
	free(body);
	case_close();
}

static void
a_burst_beyond_all_limits_is_cut_in_slices(void)
{
	bool is_done = true;
	uint64_t floor = 0;
	int slices = 0;

	begin();
	keep.changes = 100;
	append(30000, today);
	CHECK_OK(retain_slice(&retain, db, &keep, now, &is_done));
	CHECK(!is_done);
	CHECK(case_state(db).floor > 0);
	for (; !is_done && slices < 30000; slices++) {
		CHECK_OK(retain_slice(&retain, db, &keep, now, &is_done));
		CHECK(case_state(db).floor > floor);
		floor = case_state(db).floor;
	}
	CHECK(slices > 1);
	CHECK_INT(floor, 29900);
	case_close();
}

/* A reader that stays holds the checkpoint back, and nothing else. */
static void
a_long_reader_does_not_hinder(void)
{
	struct store *reader;

	begin();
	keep.changes = 10;
	append(20, today);
	CHECK_OK(store_open(&reader, db_path, STORE_READ, 0));
	CHECK_OK(store_view_begin(reader));
	CHECK_INT(case_state(reader).floor, 0);
	CHECK_INT(settle(), 10);
	append(20, today);
	CHECK_INT(settle(), 30);
	CHECK_INT(case_state(reader).floor, 0);
	CHECK_INT(case_state(reader).head, 20);
	store_view_end(reader);
	CHECK_INT(case_state(reader).floor, 30);
	store_close(reader);
	case_close();
}

/* --- age ------------------------------------------------------------------ */

static void
what_is_so_old_goes(void)
{
	begin();
	keep.days = 2;
	append(3, today - 3 * DAY_MS);
	append(2, today - 2 * DAY_MS);
	append(4, today - 2 * DAY_MS + 1);
	CHECK_INT(settle(), 5);
	advance(1);
	append(1, today);
	CHECK_INT(settle(), 9);
	case_close();
}

static void
a_clock_years_ahead_takes_a_part_an_hour(void)
{
	begin();
	append(50000, today);
	CHECK_INT(settle(), 0);
	now.wall.ms += 5000 * DAY_MS;
	CHECK_INT(settle(), 1000);
	advance(HOUR_MS);
	/* A 24th of what was there. */
	CHECK_INT(settle(), 1000 + 49000 / 24);
	/* A long pause is no more than an hour. */
	advance(1000 * HOUR_MS);
	CHECK_INT(settle(), 3041 + (50000 - 3041) / 24);
	/* And set right again, it takes nothing. */
	now.wall.ms = today + HOUR_MS;
	advance(HOUR_MS);
	CHECK_INT(settle(), 4997);
	case_close();
}

static void
age_takes_a_thousand_an_hour_at_least(void)
{
	begin();
	append(2500, today - 31 * DAY_MS);
	CHECK_INT(settle(), 1000);
	advance(HOUR_MS - 3600);
	CHECK_INT(settle(), 1999);
	advance(2 * HOUR_MS);
	CHECK_INT(settle(), 2499);
	case_close();
}

/* The clock was years ahead for some changes, and right again after them. */
static void
what_a_clock_ahead_has_left_does_not_stay_for_years(void)
{
	begin();
	append(3, today);
	append(4500, today + 5000 * DAY_MS);
	append(2, today + HOUR_MS);
	append(1, today + 2 * DAY_MS);
	now.wall.ms = today + 30 * DAY_MS;
	CHECK_INT(settle(), 3);
	advance(HOUR_MS);
	CHECK_INT(settle(), 1003);
	advance(HOUR_MS);
	CHECK_INT(settle(), 2003);
	advance(HOUR_MS);
	CHECK_INT(settle(), 3003);
	case_close();
}

static void
of_an_unknown_time_are_those_before_a_young_one(void)
{
	begin();
	append(3, today);
	append(10, today + 5000 * DAY_MS);
	append(2, today + DAY_MS);
	now.wall.ms = today + 30 * DAY_MS;
	CHECK_INT(settle(), 3);
	advance(DAY_MS);
	append(1, now.wall.ms);
	CHECK_INT(settle(), 15);
	case_close();
}

static void
changes_of_a_clock_behind_go_with_those_before(void)
{
	begin();
	append(3, today);
	append(10, 0);
	append(1, today);
	CHECK_INT(settle(), 0);
	now.wall.ms += 30 * DAY_MS - 1;
	CHECK_INT(settle(), 0);
	advance(1);
	CHECK_INT(settle(), 13);
	case_close();
}

/* --- a full disk ---------------------------------------------------------- */

static void
old_changes_make_room_for_others(void)
{
	char *body = mem_new(20001, 1);
	uint64_t bytes = 0, floor;
	bool is_any = false;

	memset(body, '1', 20000);
	begin();
	CHECK_OK(store_begin(db));
	for (int i = 0; i < 1000; i++)
		append_as(today, "", body);
	case_commit();
	CHECK_OK(retain_rescue(db, &is_any));
	CHECK(is_any);
	CHECK_OK(store_free_bytes(db, &bytes));
	CHECK(bytes >= STORE_RESERVE_BYTES);
	floor = case_state(db).floor;
	CHECK(floor > 200 && floor < 260);
	/* There is room now. */
	CHECK_OK(retain_rescue(db, &is_any));
	CHECK(!is_any);
	CHECK_INT(case_state(db).floor, floor);
	free(body);
	case_close();
}

static void
nothing_is_left_that_could_make_room(void)
{
	bool is_any = false;

	begin();
	append(300, today);
	CHECK_OK(retain_rescue(db, &is_any));
	CHECK(is_any);
	CHECK_INT(case_state(db).floor, 299);
	CHECK_OK(retain_rescue(db, &is_any));
	CHECK(!is_any);
	append(1, today);
	case_close();
}

TESTS(the_newest_so_many_stay, nothing_is_done_where_nothing_is,
    the_newest_of_a_size_stay, a_burst_beyond_all_limits_is_cut_in_slices,
    a_long_reader_does_not_hinder, what_is_so_old_goes,
    a_clock_years_ahead_takes_a_part_an_hour,
    age_takes_a_thousand_an_hour_at_least,
    what_a_clock_ahead_has_left_does_not_stay_for_years,
    of_an_unknown_time_are_those_before_a_young_one,
    changes_of_a_clock_behind_go_with_those_before,
    old_changes_make_room_for_others, nothing_is_left_that_could_make_room)
