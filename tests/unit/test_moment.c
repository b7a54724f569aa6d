#include "moment.h"

#include <stdlib.h>

#include "store_case.h"
#include "store_trim.h"
#include "trim_case.h"

/* A log with changes at these times. */
static void
fill(const int64_t *at, int n)
{
	char id[16];

	case_open();
	CHECK_OK(store_begin(db));
	for (int i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "%d", i);
		(void)case_append((struct change){ .op = CHANGE_CREATE,
				      .id = span_str(id),
				      .at = { at[i] } },
		    "1");
	}
	case_commit();
}

/* The seq; -1 when it is older than the log. */
static int64_t
seq_at(int64_t ms)
{
	struct moment moment = { .is_time = true, .time = { ms } };
	struct cursor at, oldest;
	const struct err *err = moment_find(db, &moment, &at, &oldest);

	if (err != NULL) {
		CHECK_INT(err->code, ERR_GONE);
		return -1;
	}
	CHECK(at.epoch == case_state(db).epoch);
	return (int64_t)at.seq;
}

static void
a_text_is_a_cursor_or_a_time(void)
{
	struct moment moment;

	CHECK_OK(moment_parse(span_str("0f2c61b0a4d3e871.7"), &moment));
	CHECK(!moment.is_time && moment.cursor.seq == 7);
	CHECK_OK(moment_parse(span_str("1970-01-01T00:00:01Z"), &moment));
	CHECK(moment.is_time && moment.time.ms == 1000);
	CHECK_OK(moment_parse(span_str("0"), &moment));
	CHECK(moment.is_time && moment.time.ms == 0);
	CHECK_ERR(moment_parse(span_str(""), &moment), ERR_BAD_REQUEST);
	CHECK_ERR(moment_parse(span_str("yesterday"), &moment),
	    ERR_BAD_REQUEST);
	CHECK_ERR(moment_parse(span_str("0f2c61b0a4d3e871"), &moment),
	    ERR_BAD_REQUEST);
}

static void
a_time_is_behind_the_last_change_up_to_it(void)
{
	static const int64_t at[] = { 10, 20, 20, 20, 30 };

	fill(at, 5);
	CHECK_INT(seq_at(-5), 0);
	CHECK_INT(seq_at(9), 0);
	CHECK_INT(seq_at(10), 1);
	CHECK_INT(seq_at(19), 1);
	CHECK_INT(seq_at(20), 4);
	CHECK_INT(seq_at(29), 4);
	CHECK_INT(seq_at(30), 5);
	CHECK_INT(seq_at(INT64_MAX), 5);
	case_close();
}

static void
an_empty_log_has_one_place(void)
{
	fill(NULL, 0);
	CHECK_INT(seq_at(0), 0);
	CHECK_INT(seq_at(INT64_MAX), 0);
	case_close();
}

static void
what_is_older_than_the_log_is_gone(void)
{
	static const int64_t at[] = { 10, 20, 30, 40, 50, 60, 70 };

	for (uint64_t floor = 1; floor < 7; floor++) {
		fill(at, 7);
		trim(floor);
		CHECK_INT(seq_at(0), -1);
		CHECK_INT(seq_at((int64_t)floor * 10 + 9), -1);
		for (int64_t seq = (int64_t)floor + 1; seq <= 7; seq++)
			CHECK_INT(seq_at(seq * 10), seq);
		case_close();
	}
	/* The newest change is never trimmed. */
	fill(at, 7);
	trim(7);
	CHECK_INT(seq_at(69), -1);
	CHECK_INT(seq_at(70), 7);
	CHECK_INT(seq_at(INT64_MAX), 7);
	case_close();
}

static void
a_clock_that_was_set_back_is_no_trouble(void)
{
	enum { N = 200 };
	static int64_t at[N];

	srand(3);
	for (int round = 0; round < 50 && !check_failed; round++) {
		uint64_t floor = round % 2 > 0 ? (uint64_t)(rand() % N) : 0;

		for (int i = 0; i < N; i++)
			at[i] = 1 + rand() % 50 + (round % 3 > 0 ? i : 0);
		fill(at, N);
		trim(floor);
		for (int64_t ms = 0; ms < N + 52; ms++) {
			int64_t found = seq_at(ms);
			uint64_t seq = found < 0 ? floor : (uint64_t)found;

			CHECK(found >= 0 || floor > 0);
			if (seq > floor)
				CHECK(at[seq - 1] <= ms);
			if (seq < N)
				CHECK(at[seq] > ms);
		}
		case_close();
	}
}

static void
a_cursor_must_be_of_this_log_and_within(void)
{
	static const int64_t at[] = { 10, 20, 30 };
	struct moment moment = { 0 };
	struct cursor place, oldest;
	struct store_state state;

	fill(at, 3);
	trim(1);
	state = case_state(db);
	moment.cursor = (struct cursor){ state.epoch, 1 };
	CHECK_OK(moment_find(db, &moment, &place, &oldest));
	CHECK_INT(place.seq, 1);
	CHECK(oldest.epoch == state.epoch && oldest.seq == 1);
	moment.cursor.seq = 3;
	CHECK_OK(moment_find(db, &moment, &place, &oldest));
	moment.cursor.seq = 4;
	CHECK_ERR(moment_find(db, &moment, &place, &oldest), ERR_GONE);
	moment.cursor.seq = 0;
	CHECK_ERR(moment_find(db, &moment, &place, &oldest), ERR_GONE);
	CHECK_INT(oldest.seq, 1);
	moment.cursor = (struct cursor){ state.epoch + 1, 2 };
	CHECK_ERR(moment_find(db, &moment, &place, &oldest), ERR_GONE);
	case_close();
}

TESTS(a_text_is_a_cursor_or_a_time, a_time_is_behind_the_last_change_up_to_it,
    an_empty_log_has_one_place, what_is_older_than_the_log_is_gone,
    a_clock_that_was_set_back_is_no_trouble,
    a_cursor_must_be_of_this_log_and_within)
