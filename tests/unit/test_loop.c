#include "loop.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "check.h"

static struct loop *loop;

static void
stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void
run(void)
{
	struct loop_timer limit = { .fn = stop };

	loop_timer_set(loop, &limit, monotime_after_ms(monotime_now(), 10000));
	CHECK_OK(loop_run(loop));
	loop_timer_clear(loop, &limit);
}

/* --- timers ------------------------------------------------------------------ */

enum { N_TIMERS = 200 };

static struct {
	struct loop_timer timer[N_TIMERS];
	int fired;
	int64_t last_ns;
	bool is_ordered;
} clock_work;

static void
fired(void *arg)
{
	struct loop_timer *timer = arg;

	if (timer->due.ns < clock_work.last_ns)
		clock_work.is_ordered = false;
	CHECK(monotime_reached(timer->due, monotime_now()));
	clock_work.last_ns = timer->due.ns;
	if (++clock_work.fired == N_TIMERS / 2)
		loop_stop(loop);
}

static void
timers_fire_once_in_order_and_cleared_ones_never(void)
{
	struct monotime now = monotime_now();

	CHECK_OK(loop_new(&loop));
	clock_work.is_ordered = true;
	for (int i = 0; i < N_TIMERS; i++) {
		struct loop_timer *timer = &clock_work.timer[i];

		timer->fn = fired;
		timer->arg = timer;
		loop_timer_set(loop, timer,
		    monotime_after_ms(now, (i * 37) % 23));
	}
	for (int i = 0; i < N_TIMERS; i += 2)
		loop_timer_clear(loop, &clock_work.timer[i]);
	run();
	CHECK_INT(clock_work.fired, N_TIMERS / 2);
	CHECK(clock_work.is_ordered);
	loop_free(loop);
}

static int rearmed;

static void
rearm(void *arg)
{
	if (++rearmed < 1000)
		loop_timer_set(loop, arg, loop_now(loop));
}

static void
read_and_stop(void *arg, uint32_t events)
{
	(void)arg;
	CHECK((events & EPOLLIN) != 0);
	loop_stop(loop);
}

static void
a_timer_that_rearms_itself_leaves_room_for_descriptors(void)
{
	struct loop_timer timer = { .fn = rearm, .arg = &timer };
	struct loop_io io = { .fn = read_and_stop };
	int fds[2];

	CHECK_OK(loop_new(&loop));
	CHECK(pipe(fds) == 0);
	io.fd = fds[0];
	CHECK_OK(loop_io_add(loop, &io, EPOLLIN));
	CHECK(write(fds[1], "x", 1) == 1);
	loop_timer_set(loop, &timer, monotime_now());
	run();
	CHECK(rearmed < 1000);
	loop_timer_clear(loop, &timer);
	loop_io_remove(loop, &io);
	(void)close(fds[0]);
	(void)close(fds[1]);
	loop_free(loop);
}

/* --- descriptors ---------------------------------------------------------------- */

static struct loop_io pair[2];
static int served;

static void
remove_both(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
	served++;
	loop_io_remove(loop, &pair[0]);
	loop_io_remove(loop, &pair[1]);
}

/* Both are ready in the same round; the second one's owner is gone by then. */
static void
a_removed_watch_is_not_served_in_the_same_round(void)
{
	struct loop_timer later = { .fn = stop };
	int fds[2][2];

	CHECK_OK(loop_new(&loop));
	for (int i = 0; i < 2; i++) {
		CHECK(pipe(fds[i]) == 0);
		CHECK(write(fds[i][1], "x", 1) == 1);
		pair[i].fd = fds[i][0];
		pair[i].fn = remove_both;
		CHECK_OK(loop_io_add(loop, &pair[i], EPOLLIN));
	}
	loop_timer_set(loop, &later, monotime_after_ms(monotime_now(), 20));
	run();
	CHECK_INT(served, 1);
	for (int i = 0; i < 4; i++)
		(void)close(fds[i / 2][i % 2]);
	loop_free(loop);
}

static void
close_both(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
	served++;
	loop_io_close(loop, &pair[0]);
	loop_io_close(loop, &pair[1]);
}

/* Closed descriptors are silent, also those that somebody else holds open. */
static void
check_closed(bool is_shared)
{
	struct loop_timer later = { .fn = stop };
	int fds[2][2], held[2];

	served = 0;
	CHECK_OK(loop_new(&loop));
	for (int i = 0; i < 2; i++) {
		CHECK(pipe(fds[i]) == 0);
		CHECK(write(fds[i][1], "x", 1) == 1);
		pair[i].fd = fds[i][0];
		pair[i].fn = close_both;
		CHECK_OK(loop_io_add(loop, &pair[i], EPOLLIN));
	}
	if (is_shared)
		loop_share(loop);
	for (int i = 0; i < 2 && is_shared; i++)
		held[i] = dup(fds[i][0]);
	loop_timer_set(loop, &later, monotime_after_ms(monotime_now(), 20));
	run();
	CHECK_INT(served, 1);
	for (int i = 0; i < 2; i++) {
		(void)close(fds[i][1]);
		if (is_shared)
			(void)close(held[i]);
	}
	loop_free(loop);
}

static void
a_closed_watch_is_served_no_more(void)
{
	check_closed(false);
	check_closed(true);
}

/* --- signals ---------------------------------------------------------------------- */

static int signals[2];

static void
count(void *arg, int signo)
{
	(void)arg;
	signals[signo == SIGUSR2]++;
	if (signals[0] > 0 && signals[1] > 0)
		loop_stop(loop);
}

static void
signals_arrive_in_the_loop(void)
{
	CHECK_OK(loop_new(&loop));
	CHECK_OK(loop_signal(loop, SIGUSR1, count, NULL));
	CHECK_OK(loop_signal(loop, SIGUSR2, count, NULL));
	CHECK(raise(SIGUSR1) == 0);
	CHECK(raise(SIGUSR2) == 0);
	CHECK_INT(signals[0] + signals[1], 0);
	run();
	CHECK_INT(signals[0], 1);
	CHECK_INT(signals[1], 1);
	loop_free(loop);
}

/* --- rounds ------------------------------------------------------------------ */

static struct {
	int n;
	int64_t longest_us;
} rounds;

static void
measured(void *arg, int64_t us)
{
	(void)arg;
	rounds.n++;
	if (us > rounds.longest_us)
		rounds.longest_us = us;
}

static void
work_long(void *arg)
{
	struct monotime end = monotime_after_ms(monotime_now(), 30);

	(void)arg;
	while (!monotime_reached(end, monotime_now()))
		;
}

static void
what_holds_up_the_loop_is_measured_and_its_sleep_is_not(void)
{
	struct loop_timer long_work = { .fn = work_long };
	struct loop_timer last = { .fn = stop };
	struct monotime start = monotime_now();

	CHECK_OK(loop_new(&loop));
	loop_measure(loop, measured, NULL);
	loop_timer_set(loop, &long_work, start);
	loop_timer_set(loop, &last, monotime_after_ms(start, 1500));
	run();
	CHECK(rounds.n >= 2);
	CHECK(rounds.longest_us >= 30000);
	CHECK(rounds.longest_us < 1400000);
	loop_free(loop);
}

TESTS(timers_fire_once_in_order_and_cleared_ones_never,
    a_timer_that_rearms_itself_leaves_room_for_descriptors,
    a_removed_watch_is_not_served_in_the_same_round,
    a_closed_watch_is_served_no_more, signals_arrive_in_the_loop,
    what_holds_up_the_loop_is_measured_and_its_sleep_is_not)
