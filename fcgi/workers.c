#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit_status.h"
#include "handover.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "notify.h"

enum {
	WORKERS_BACKOFF_MIN_MS = 100,
	WORKERS_BACKOFF_MAX_MS = 10000,
	WORKERS_SETTLED_MS = 10000,
};

struct worker {
	struct master *master;
	unsigned number; /* from 1 */
	pid_t pid;       /* 0: not running */
	int64_t backoff_ms;
	struct monotime started;
	struct loop_timer timer; /* until it is started again */
};

struct master {
	struct loop *loop;
	struct listener *listener;
	struct handover *handover;
	const struct workers_job *job;
	struct worker *worker;
	unsigned n;
	bool is_ending;
	struct loop_timer end_timer;
	struct notify_watchdog watchdog;
};

static void
retry(struct worker *worker)
{
	struct loop *loop = worker->master->loop;
	int64_t lived_us = monotime_diff_us(loop_now(loop), worker->started);

	if (lived_us > (int64_t)WORKERS_SETTLED_MS * 1000)
		worker->backoff_ms = 0;
	worker->backoff_ms *= 2;
	if (worker->backoff_ms < WORKERS_BACKOFF_MIN_MS)
		worker->backoff_ms = WORKERS_BACKOFF_MIN_MS;
	if (worker->backoff_ms > WORKERS_BACKOFF_MAX_MS)
		worker->backoff_ms = WORKERS_BACKOFF_MAX_MS;
	loop_timer_set(loop, &worker->timer,
	    monotime_after_ms(loop_now(loop), worker->backoff_ms));
}

/* Does not return.  The loop's descriptors are the master's alone. */
static void
work(const struct worker *worker, pid_t parent)
{
	struct master *master = worker->master;
	const struct workers_job *job = master->job;
	unsigned number = worker->number;

	handover_leave(master->handover);
	notify_leave();
	loop_free(master->loop);
	free(master->worker);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
		log_warning("prctl: %m"); /* it would outlive the master */
	if (getppid() != parent)
		exit(1); /* the master died before prctl(2) */
	exit(job->work(job->arg, number - 1));
}

static void
start(void *arg)
{
	struct worker *worker = arg;
	pid_t parent = getpid();

	worker->started = monotime_now();
	worker->pid = fork();
	if (worker->pid == 0)
		work(worker, parent);
	if (worker->pid > 0)
		return;
	worker->pid = 0;
	log_error("worker %u: fork: %m", worker->number);
	retry(worker);
}

static bool
has_running(const struct master *master)
{
	for (unsigned i = 0; i < master->n; i++)
		if (master->worker[i].pid != 0)
			return true;
	return false;
}

static void
say_why(const struct worker *worker, int status)
{
	char how[EXIT_STATUS_TEXT_BYTES], next[64] = "";

	if (!worker->master->is_ending)
		(void)snprintf(next, sizeof(next), "; started again in %d ms",
		    (int)worker->backoff_ms);
	(status == 0 ? log_info : log_error)("worker %u (pid %d) %s%s",
	    worker->number, (int)worker->pid, exit_status_text(status, how),
	    next);
}

static void
worker_ended(struct worker *worker, int status)
{
	if (!worker->master->is_ending)
		retry(worker);
	if (!worker->master->is_ending || status != 0)
		say_why(worker, status);
	worker->pid = 0;
}

/* Several deaths may be one SIGCHLD. */
static void
child_ended(void *arg, int signo)
{
	struct master *master = arg;
	int status;

	(void)signo;
	for (unsigned i = 0; i < master->n; i++) {
		struct worker *worker = &master->worker[i];

		if (worker->pid != 0 &&
		    waitpid(worker->pid, &status, WNOHANG) == worker->pid)
			worker_ended(worker, status);
	}
	handover_reap(master->handover);
	if (master->is_ending && !has_running(master))
		loop_stop(master->loop);
}

static void
signal_all(const struct master *master, int signo)
{
	for (unsigned i = 0; i < master->n; i++)
		if (master->worker[i].pid != 0)
			(void)kill(master->worker[i].pid, signo); /* or gone */
}

/* A handover_fn. */
static void
begin_end(void *arg)
{
	struct master *master = arg;

	if (master->is_ending)
		return;
	master->is_ending = true;
	notify("STOPPING=1");
	handover_cancel(master->handover);
	listener_shut(master->listener);
	for (unsigned i = 0; i < master->n; i++)
		loop_timer_clear(master->loop, &master->worker[i].timer);
	signal_all(master, SIGTERM);
	loop_timer_set(master->loop, &master->end_timer,
	    monotime_after_ms(loop_now(master->loop), WORKERS_END_MS));
	if (!has_running(master))
		loop_stop(master->loop);
}

static void
end(void *arg, int signo)
{
	(void)signo;
	begin_end(arg);
}

static void
end_late(void *arg)
{
	signal_all(arg, SIGKILL);
}

static void
reload(void *arg, int signo)
{
	struct master *master = arg;

	if (master->job->reload(master->job->arg))
		signal_all(master, signo);
}

static const struct err *
watch_signals(struct master *master)
{
	const struct err *err =
	    loop_signal(master->loop, SIGCHLD, child_ended, master);

	if (err == NULL)
		err = loop_signal(master->loop, SIGTERM, end, master);
	if (err == NULL)
		err = loop_signal(master->loop, SIGINT, end, master);
	if (err == NULL)
		err = loop_signal(master->loop, SIGHUP, reload, master);
	if (err == NULL)
		err = handover_watch(master->handover, master->loop, begin_end,
		    master);
	return err;
}

const struct err *
workers_run(unsigned n, struct listener *listener, struct handover *handover,
    const struct workers_job *job)
{
	struct master master = {
		.listener = listener,
		.handover = handover,
		.job = job,
		.n = n,
	};
	const struct err *err = loop_new(&master.loop);

	if (err != NULL)
		return err;
	master.end_timer.fn = end_late;
	master.end_timer.arg = &master;
	master.worker = mem_new(n, sizeof(*master.worker));
	err = watch_signals(&master);
	for (unsigned i = 0; err == NULL && i < n; i++) {
		struct worker *worker = &master.worker[i];

		worker->master = &master;
		worker->number = i + 1;
		worker->timer.fn = start;
		worker->timer.arg = worker;
		start(worker);
	}
	if (err == NULL) {
		/* The socket is there; who connects waits for a worker. */
		notify("READY=1");
		notify_watchdog_start(&master.watchdog, master.loop);
		err = loop_run(master.loop);
	}
	loop_free(master.loop);
	free(master.worker);
	return err;
}
