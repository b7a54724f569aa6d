#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "mem.h"

enum { LOOP_EVENTS = 256, LOOP_SIGNALS = 64 };

struct loop {
	int epoll_fd;
	bool is_stopped;
	bool is_shared; /* another process may have our descriptors */
	struct monotime now;
	struct epoll_event ready[LOOP_EVENTS];
	int n_ready;
	int at; /* index into ready of the event being served */
	struct loop_timer **heap; /* heap[0] is due first */
	size_t n_timers, cap_timers;
	struct loop_io signal_io;
	sigset_t signals;
	struct {
		loop_signal_fn *fn;
		void *arg;
	} on_signal[LOOP_SIGNALS + 1];
	loop_round_fn *on_round;
	void *round_arg;
};

const struct err *
loop_new(struct loop **out)
{
	struct loop *loop = mem_new(1, sizeof(*loop));

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0) {
		free(loop);
		return err_sys("epoll_create1");
	}
	loop->signal_io.fd = -1;
	(void)sigemptyset(&loop->signals);
	loop->now = monotime_now();
	*out = loop;
	return NULL;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->signal_io.fd >= 0)
		(void)close(loop->signal_io.fd);
	(void)close(loop->epoll_fd);
	free(loop->heap);
	free(loop);
}

void
loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
}

struct monotime
loop_now(const struct loop *loop)
{
	return loop->now;
}

/* --- descriptors --------------------------------------------------------- */

static const struct err *
control(struct loop *loop, int op, struct loop_io *io, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = io };

	if (epoll_ctl(loop->epoll_fd, op, io->fd, &ev) != 0)
		return err_sys("epoll_ctl on descriptor %d", io->fd);
	io->events = events;
	return NULL;
}

const struct err *
loop_io_add(struct loop *loop, struct loop_io *io, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, io, events);
}

const struct err *
loop_io_set(struct loop *loop, struct loop_io *io, uint32_t events)
{
	if (io->events == events)
		return NULL;
	return control(loop, EPOLL_CTL_MOD, io, events);
}

static void
drop_events(struct loop *loop, const struct loop_io *io)
{
	for (int i = loop->at + 1; i < loop->n_ready; i++)
		if (loop->ready[i].data.ptr == io)
			loop->ready[i].data.ptr = NULL;
}

void
loop_io_remove(struct loop *loop, struct loop_io *io)
{
	/* Fails only for a descriptor that epoll has dropped already. */
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, io->fd, NULL);
	drop_events(loop, io);
}

void
loop_io_close(struct loop *loop, struct loop_io *io)
{
	if (loop->is_shared && io->events != 0)
		loop_io_remove(loop, io);
	(void)close(io->fd); /* nothing is buffered in what we poll */
	drop_events(loop, io);
}

void
loop_share(struct loop *loop)
{
	loop->is_shared = true;
}

/* --- timers: a binary heap ordered by due time ---------------------------- */

static void
place(struct loop *loop, struct loop_timer *timer, size_t i)
{
	loop->heap[i] = timer;
	timer->slot = (uint32_t)i + 1;
}

static void
sift_up(struct loop *loop, struct loop_timer *timer, size_t i)
{
	while (i > 0 && timer->due.ns < loop->heap[(i - 1) / 2]->due.ns) {
		place(loop, loop->heap[(i - 1) / 2], i);
		i = (i - 1) / 2;
	}
	place(loop, timer, i);
}

static void
sift_down(struct loop *loop, struct loop_timer *timer, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= loop->n_timers)
			break;
		if (child + 1 < loop->n_timers &&
		    loop->heap[child + 1]->due.ns < loop->heap[child]->due.ns)
			child++;
		if (timer->due.ns <= loop->heap[child]->due.ns)
			break;
		place(loop, loop->heap[child], i);
		i = child;
	}
	place(loop, timer, i);
}

void
loop_timer_set(struct loop *loop, struct loop_timer *timer, struct monotime due)
{
	loop_timer_clear(loop, timer);
	timer->due = due;
	loop->heap = mem_grow(loop->heap, loop->n_timers, &loop->cap_timers,
	    sizeof(struct loop_timer *));
	loop->n_timers++;
	sift_up(loop, timer, loop->n_timers - 1);
}

void
loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer *last;
	size_t i;

	if (timer->slot == 0)
		return;
	i = timer->slot - 1;
	timer->slot = 0;
	last = loop->heap[--loop->n_timers];
	if (last == timer)
		return;
	sift_down(loop, last, i);
	sift_up(loop, last, last->slot - 1);
}

/* At most as many as there are now: one that re-arms itself for "at once"
 * must not keep the descriptors waiting. */
static void
fire_timers(struct loop *loop)
{
	for (size_t n = loop->n_timers; n > 0 && loop->n_timers > 0; n--) {
		struct loop_timer *timer = loop->heap[0];

		if (loop->is_stopped ||
		    !monotime_reached(timer->due, loop->now))
			return;
		loop_timer_clear(loop, timer);
		timer->fn(timer->arg);
	}
}

/* --- signals ---------------------------------------------------------------- */

static void
read_signals(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	struct signalfd_siginfo got;

	(void)events;
	while (
	    read(loop->signal_io.fd, &got, sizeof(got)) == (ssize_t)sizeof(got))
		if (got.ssi_signo <= LOOP_SIGNALS &&
		    loop->on_signal[got.ssi_signo].fn != NULL)
			loop->on_signal[got.ssi_signo].fn(
			    loop->on_signal[got.ssi_signo].arg,
			    (int)got.ssi_signo);
}

const struct err *
loop_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *arg)
{
	int fd;

	loop->on_signal[signo].fn = fn;
	loop->on_signal[signo].arg = arg;
	(void)sigaddset(&loop->signals, signo);
	if (sigprocmask(SIG_BLOCK, &loop->signals, NULL) != 0)
		return err_sys("sigprocmask");
	fd = signalfd(loop->signal_io.fd, &loop->signals,
	    SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return err_sys("signalfd");
	if (loop->signal_io.fd >= 0)
		return NULL;
	loop->signal_io.fd = fd;
	loop->signal_io.fn = read_signals;
	loop->signal_io.arg = loop;
	return loop_io_add(loop, &loop->signal_io, EPOLLIN);
}

void
loop_measure(struct loop *loop, loop_round_fn *fn, void *arg)
{
	loop->on_round = fn;
	loop->round_arg = arg;
}

/* --- the loop ---------------------------------------------------------------- */

static int
wait_ms(const struct loop *loop)
{
	int64_t left;

	if (loop->n_timers == 0)
		return -1;
	left = monotime_left_ms(loop->heap[0]->due, monotime_now());
	return left > 60000 ? 60000 : (int)left;
}

static void
serve_ready(struct loop *loop)
{
	for (loop->at = 0; loop->at < loop->n_ready; loop->at++) {
		struct loop_io *io = loop->ready[loop->at].data.ptr;

		if (io != NULL && !loop->is_stopped)
			io->fn(io->arg, loop->ready[loop->at].events);
	}
	loop->n_ready = 0;
	loop->at = 0;
}

const struct err *
loop_run(struct loop *loop)
{
	loop->is_stopped = false;
	while (!loop->is_stopped) {
		loop->n_ready = epoll_wait(loop->epoll_fd, loop->ready,
		    LOOP_EVENTS, wait_ms(loop));
		if (loop->n_ready < 0) {
			loop->n_ready = 0;
			if (errno != EINTR)
				return err_sys("epoll_wait");
		}
		loop->now = monotime_now();
		serve_ready(loop);
		fire_timers(loop);
		if (loop->on_round != NULL)
			loop->on_round(loop->round_arg,
			    monotime_diff_us(monotime_now(), loop->now));
	}
	return NULL;
}
