#include "press.h"

#include "check.h"
#include "loop.h"
#include "page.h"
#include "response.h"

enum { BYTES = 1 << 20, MEMBERS = 3, TURNS_MIN = 3 };

static struct loop *loop;
static struct press *press;
static struct press_member *member[MEMBERS]; /* NULL: not there */
static int n_answers, n_wanted;
static char turns[MEMBERS + 1]; /* who was answered, by number */

static void
answered(void *arg, struct response *response)
{
	struct press_member **m = arg;

	*m = NULL;
	CHECK(!page_is_unsqueezed(response->page));
	CHECK_INT(response->status, 200);
	CHECK(strstr(buf_cstr(&response->headers), "Content-Type: ") != NULL);
	turns[n_answers++] = (char)('0' + (m - member));
	if (n_answers == n_wanted)
		loop_stop(loop);
}

/* Without an answer in time: the test is stopped by the alarm of the loop. */
static void
too_late(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* Run the loop until so many have their answer. */
static void
run_until(int n)
{
	struct loop_timer alarm = { .fn = too_late };

	n_wanted = n;
	loop_timer_set(loop, &alarm, monotime_after_ms(monotime_now(), 20000));
	CHECK_OK(loop_run(loop));
	loop_timer_clear(loop, &alarm);
	CHECK_INT(n_answers, n);
}

static void
begin(void)
{
	CHECK_OK(loop_new(&loop));
	press = press_new(loop, answered);
	n_answers = 0;
	memset(turns, 0, sizeof(turns));
	memset(member, 0, sizeof(member));
}

static void
join(int i, const struct response *response)
{
	member[i] = press_join(press, response, &member[i]);
}

static void
leave(int i)
{
	press_leave(press, member[i]);
	member[i] = NULL;
}

static void
end(void)
{
	press_free(press);
	loop_free(loop);
	CHECK_INT(page_usage_of_all().bytes, 0);
}

static void
fill_bytes(struct response *response, int n)
{
	struct buf body = { 0 };

	for (int i = 0; i < n; i++)
		buf_byte(&body, (char)('a' + i * 7 % 26));
	response_init(response);
	response_json(response, &body);
}

static void
fill(struct response *response)
{
	fill_bytes(response, BYTES);
}

/* Somebody else, who always has something to do. */
struct other {
	struct loop_timer timer;
	int turns;
};

static void
take_turn(void *arg)
{
	struct other *other = arg;

	other->turns++;
	loop_timer_set(loop, &other->timer, loop_now(loop));
}

static void
others_have_their_turn_meanwhile(void)
{
	struct other other = { .timer = { .fn = take_turn } };
	struct response response;

	begin();
	fill_bytes(&response, 32 * BYTES);
	join(0, &response);
	response_fini(&response);
	other.timer.arg = &other;
	loop_timer_set(loop, &other.timer, monotime_now());
	run_until(1);
	CHECK(other.turns >= TURNS_MIN);
	loop_timer_clear(loop, &other.timer);
	end();
}

static void
all_who_wait_for_a_page_are_answered_when_it_is_made(void)
{
	struct response response;

	begin();
	fill(&response);
	for (int i = 0; i < MEMBERS; i++)
		join(i, &response);
	response_fini(&response);
	CHECK_INT(n_answers, 0);
	run_until(MEMBERS);
	end();
}

static void
who_came_first_is_answered_first(void)
{
	struct response response;

	begin();
	for (int i = 0; i < MEMBERS; i++) {
		fill(&response);
		join(i, &response);
		response_fini(&response);
	}
	run_until(MEMBERS);
	CHECK_STR(turns, "012");
	end();
}

static void
who_has_left_is_not_answered(void)
{
	struct response response;

	begin();
	for (int i = 0; i < MEMBERS; i++) {
		fill(&response);
		join(i, &response);
		response_fini(&response);
	}
	leave(1);
	CHECK_INT(page_usage_of_all().n_large, 2);
	leave(1);
	run_until(2);
	CHECK_STR(turns, "02");
	end();
}

static void
what_is_begun_is_finished_though_nobody_waits(void)
{
	struct response first, second;

	begin();
	fill(&first);
	join(0, &first);
	leave(0);
	fill(&second);
	join(1, &second);
	response_fini(&second);
	run_until(1);
	CHECK(!page_is_unsqueezed(first.page));
	response_fini(&first);
	end();
}

static void
what_is_left_over_goes_with_the_press(void)
{
	struct response response;

	begin();
	fill(&response);
	join(0, &response);
	response_fini(&response);
	leave(0);
	end();
}

TESTS(others_have_their_turn_meanwhile,
    all_who_wait_for_a_page_are_answered_when_it_is_made,
    who_came_first_is_answered_first, who_has_left_is_not_answered,
    what_is_begun_is_finished_though_nobody_waits,
    what_is_left_over_goes_with_the_press)
