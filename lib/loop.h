/*
 * loop: one thread, one epoll, timers and signals.  Storage of watches and
 * timers is the caller's; a watch or timer may be removed, or its owner freed,
 * from inside any callback.
 *
 * Floor 0.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

#include "err.h"
#include "monotime.h"

struct loop; /* opaque */

/* events: EPOLLIN, EPOLLOUT, EPOLLHUP … as epoll_wait(2) gave them. */
typedef void loop_io_fn(void *arg, uint32_t events);
typedef void loop_timer_fn(void *arg);
typedef void loop_signal_fn(void *arg, int signo);
/* One round of callbacks, during which nothing else was served, has ended. */
typedef void loop_round_fn(void *arg, int64_t us);

struct loop_io {
	int fd;
	uint32_t events; /* what is asked for; set by loop_io_add and _set */
	loop_io_fn *fn;
	void *arg;
};

struct loop_timer {
	struct monotime due;
	loop_timer_fn *fn;
	void *arg;
	uint32_t slot; /* place in the heap + 1; 0 while not armed */
};

const struct err *loop_new(struct loop **) MUST_CHECK;
void loop_free(struct loop *);

/* Run until loop_stop(); an error only when epoll itself fails. */
const struct err *loop_run(struct loop *) MUST_CHECK;
void loop_stop(struct loop *);

/* The time at which the present round of callbacks began. */
struct monotime loop_now(const struct loop *);

/* Have each round measured, from loop_now() on. */
void loop_measure(struct loop *, loop_round_fn *, void *arg);

/* Watch io->fd (not owned) for events; io stays in place until removed. */
const struct err *loop_io_add(struct loop *, struct loop_io *, uint32_t events)
    MUST_CHECK;
const struct err *loop_io_set(struct loop *, struct loop_io *, uint32_t events)
    MUST_CHECK;
/* Before close(io->fd).  Events of this round for io are dropped. */
void loop_io_remove(struct loop *, struct loop_io *);
/* The same and close(2), which takes a descriptor out of epoll by itself,
 * unless another process has it too. */
void loop_io_close(struct loop *, struct loop_io *);

/* Before fork(2), where this process goes on with the loop. */
void loop_share(struct loop *);

/* Arm, or move, a timer: it fires once, never before due. */
void loop_timer_set(struct loop *, struct loop_timer *, struct monotime due);
void loop_timer_clear(struct loop *, struct loop_timer *);

/* Block signo and call fn from the loop instead; at most once per signo. */
const struct err *loop_signal(struct loop *, int signo, loop_signal_fn *,
    void *arg) MUST_CHECK;

#endif /* LOOP_H */
