#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "exit_status.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "pid_file.h"

enum { HANDOVER_FD = LISTENER_FIRST_INHERITED + 1, HANDOVER_NO_EXEC = 127 };

enum handover_state {
	HANDOVER_IDLE,
	HANDOVER_STARTING, /* the new one has said nothing yet */
	HANDOVER_UNWANTED, /* it is to end, and we go on */
	HANDOVER_GIVEN,    /* it is the owner */
	HANDOVER_OVER,     /* we end, or were never the owner */
};

struct handover {
	char *program;
	char *const *argv;
	const struct listener *listener;
	const char *pid_file;
	struct loop_io old; /* to the one that started us; fd -1: it is gone */
	bool is_asked;      /* to change, while that has not let go */
	enum handover_state state;
	pid_t pid;         /* of the new one, until it is reaped; or 0 */
	struct loop_io io; /* to that; fd -1: there is none */
	struct loop_timer timer;
	struct loop *loop;
	handover_fn *done;
	void *arg;
};

/* --- the new side ------------------------------------------------------------- */

static int
inherit(void)
{
	const char *pid = getenv("TIDEMARK_HANDOVER");
	const bool is_ours =
	    pid != NULL && strtol(pid, NULL, 10) == (long)getpid();

	if (unsetenv("TIDEMARK_HANDOVER") != 0 || !is_ours ||
	    fcntl(HANDOVER_FD, F_SETFD, FD_CLOEXEC) != 0)
		return -1;
	return HANDOVER_FD;
}

/* Nothing is ever sent to us: it is the end of file, or not yet. */
static bool
has_predecessor(const struct handover *handover)
{
	char byte;

	return handover->old.fd >= 0 &&
	    recv(handover->old.fd, &byte, 1, MSG_DONTWAIT) < 0 &&
	    errno == EAGAIN;
}

static void
forget_predecessor(struct handover *handover)
{
	if (handover->old.fd >= 0)
		(void)close(handover->old.fd); /* nobody reads it any more */
	handover->old.fd = -1;
}

void
handover_serves(struct handover *handover)
{
	if (handover->old.fd < 0)
		return;
	/* When it has gone already, that is as good. */
	(void)send(handover->old.fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (handover->state == HANDOVER_OVER)
		forget_predecessor(handover);
}

bool
handover_is_owner(const struct handover *handover)
{
	return handover->state != HANDOVER_GIVEN && !has_predecessor(handover);
}

/* --- the old side ------------------------------------------------------------- */

/* To the new one this says: the socket is yours. */
static void
hang_up(struct handover *handover)
{
	loop_timer_clear(handover->loop, &handover->timer);
	if (handover->io.fd < 0)
		return;
	loop_io_remove(handover->loop, &handover->io);
	(void)close(handover->io.fd); /* nothing was written to it */
	handover->io.fd = -1;
}

/* It may serve already and not have said so: it ends in its own way. */
static void
dismiss(struct handover *handover)
{
	handover->state = HANDOVER_UNWANTED;
	loop_io_remove(handover->loop, &handover->io);
	(void)kill(handover->pid, SIGTERM); /* or it has gone */
	loop_timer_set(handover->loop, &handover->timer,
	    monotime_after_ms(loop_now(handover->loop), HANDOVER_KILL_MS));
}

static void
too_late(void *arg)
{
	struct handover *handover = arg;

	if (handover->state != HANDOVER_STARTING) {
		(void)kill(handover->pid, SIGKILL);
		return;
	}
	log_error("the new process %d does not serve after %d s",
	    (int)handover->pid, HANDOVER_MS / 1000);
	dismiss(handover);
}

void
handover_reap(struct handover *handover)
{
	char how[EXIT_STATUS_TEXT_BYTES];
	int status;

	if (handover->pid == 0 ||
	    waitpid(handover->pid, &status, WNOHANG) != handover->pid)
		return;
	exit_status_text(status, how);
	if (handover->state == HANDOVER_STARTING ||
	    handover->state == HANDOVER_UNWANTED) {
		log_error("the new process %d %s: the old one goes on",
		    (int)handover->pid, how);
		handover->state = HANDOVER_IDLE;
	} else if (handover->state == HANDOVER_GIVEN && status != 0) {
		/* With 0 it has handed on in its turn, or was to end. */
		log_error("the new process %d %s", (int)handover->pid, how);
	}
	hang_up(handover);
	handover->pid = 0;
}

static void
let_go(struct handover *handover)
{
	const struct err *err =
	    pid_file_write(handover->pid_file, handover->pid);

	if (err != NULL) {
		log_error("%s", err->msg);
		dismiss(handover);
		return;
	}
	log_info("process %d serves now: ending", (int)handover->pid);
	handover->state = HANDOVER_GIVEN;
	hang_up(handover);
	handover->done(handover->arg);
}

/* Several workers may have said that they serve, and all may have ended. */
static void
hear(void *arg, uint32_t events)
{
	struct handover *handover = arg;
	bool is_serving = false;
	char bytes[64];
	ssize_t n;

	(void)events;
	handover_reap(handover);
	if (handover->pid == 0)
		return;
	while (
	    (n = recv(handover->io.fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		is_serving = true;
	if (n == 0 || errno != EAGAIN)
		/* It ends; handover_reap() will say how. */
		loop_io_remove(handover->loop, &handover->io);
	else if (is_serving)
		let_go(handover);
}

/* SIGHUP and SIGUSR2 stay blocked: they may come before it can take them. */
static const struct err *
unblock_signals(void)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM };
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaddset(&set, signals[i]);
	return sigprocmask(SIG_UNBLOCK, &set, NULL) == 0
	    ? NULL
	    : err_sys("sigprocmask");
}

/* fd comes to stand where the new program looks for it. */
static const struct err *
bequeath(const struct handover *handover, int fd)
{
	char pid[16];
	const struct err *err;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, HANDOVER_FD + 1);

	if (high < 0)
		return err_sys("F_DUPFD_CLOEXEC");
	err = listener_bequeath(handover->listener);
	if (err != NULL)
		return err;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (dup2(high, HANDOVER_FD) < 0 ||
	    setenv("TIDEMARK_HANDOVER", pid, 1) != 0)
		return err_sys("descriptor %d", HANDOVER_FD);
	return unblock_signals();
}

__attribute__((noreturn)) static void
become_new(const struct handover *handover, int fd)
{
	const struct err *err = bequeath(handover, fd);

	if (err == NULL) {
		(void)execv(handover->program, handover->argv);
		err = err_sys("%s", handover->program);
	}
	log_error("%s", err->msg);
	_exit(HANDOVER_NO_EXEC);
}

static const struct err *
start(struct handover *handover)
{
	const struct err *err;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_sys("socketpair");
	handover->io.fd = pair[0];
	err = loop_io_add(handover->loop, &handover->io, EPOLLIN);
	loop_share(handover->loop);
	handover->pid = err == NULL ? fork() : 0;
	if (err == NULL && handover->pid == 0)
		become_new(handover, pair[1]);
	if (handover->pid < 0) {
		err = err_sys("fork");
		handover->pid = 0;
	}
	(void)close(pair[1]); /* nothing was written to it */
	if (err != NULL) {
		hang_up(handover);
		return err;
	}
	handover->state = HANDOVER_STARTING;
	loop_timer_set(handover->loop, &handover->timer,
	    monotime_after_ms(loop_now(handover->loop), HANDOVER_MS));
	return NULL;
}

/* NULL when there is none. */
static const char *
obstacle(const struct handover *handover)
{
	if (handover->state == HANDOVER_GIVEN ||
	    handover->state == HANDOVER_OVER)
		return "this process is ending";
	if (handover->pid != 0)
		return "a new process is starting already";
	return NULL;
}

static void
change(void *arg, int signo)
{
	struct handover *handover = arg;
	const char *why_not = obstacle(handover);
	const struct err *err;

	(void)signo;
	handover->is_asked = has_predecessor(handover);
	if (handover->is_asked) {
		log_info("SIGUSR2: the process before this one comes first");
		return;
	}
	if (why_not != NULL) {
		log_warning("SIGUSR2 is ignored: %s", why_not);
		return;
	}
	err = start(handover);
	if (err != NULL)
		log_error("the program is not changed: %s", err->msg);
	else
		log_info("SIGUSR2: %s is started as process %d",
		    handover->program, (int)handover->pid);
}

void
handover_cancel(struct handover *handover)
{
	if (handover->state == HANDOVER_GIVEN ||
	    handover->state == HANDOVER_OVER)
		return;
	if (handover->state == HANDOVER_STARTING)
		dismiss(handover);
	/* Who started us, and has not let go yet, goes on. */
	if (handover->old.fd >= 0)
		(void)shutdown(handover->old.fd, SHUT_WR); /* or it has gone */
	handover->state = HANDOVER_OVER;
}

/* --- both --------------------------------------------------------------------- */

/*
 * The name that execve(2) was given, links in it and all: they may be what
 * changes.  /proc/self/exe would name the file of now, even after it is gone.
 */
static char *
find_program(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	struct buf path = { 0 };
	char *here = name[0] != '/' ? getcwd(NULL, 0) : NULL;

	if (here != NULL)
		buf_printf(&path, "%s/", here);
	buf_str(&path, name);
	free(here);
	return buf_take(&path, NULL);
}

/* It has put our pid into the file, unless it died before. */
static void
predecessor_gone(void *arg, uint32_t events)
{
	struct handover *handover = arg;
	const struct err *err;

	(void)events;
	if (has_predecessor(handover))
		return;
	loop_io_remove(handover->loop, &handover->old);
	forget_predecessor(handover);
	err = pid_file_write(handover->pid_file, getpid());
	if (err != NULL)
		log_error("%s", err->msg);
	if (handover->is_asked)
		change(handover, SIGUSR2);
}

struct handover *
handover_new(char *const *argv, const struct listener *listener,
    const char *pid_file)
{
	struct handover *handover = mem_new(1, sizeof(*handover));

	handover->program = find_program();
	handover->argv = argv;
	handover->listener = listener;
	handover->pid_file = pid_file;
	handover->old = (struct loop_io){
		.fd = inherit(),
		.fn = predecessor_gone,
		.arg = handover,
	};
	handover->io =
	    (struct loop_io){ .fd = -1, .fn = hear, .arg = handover };
	handover->timer.fn = too_late;
	handover->timer.arg = handover;
	return handover;
}

const struct err *
handover_watch(struct handover *handover, struct loop *loop, handover_fn *done,
    void *arg)
{
	const struct err *err = NULL;

	if (handover->state == HANDOVER_OVER)
		return NULL;
	handover->loop = loop;
	handover->done = done;
	handover->arg = arg;
	if (handover->old.fd >= 0)
		err = loop_io_add(loop, &handover->old, EPOLLIN);
	if (err == NULL)
		err = loop_signal(loop, SIGUSR2, change, handover);
	return err;
}

void
handover_leave(struct handover *handover)
{
	if (handover->io.fd >= 0)
		(void)close(handover->io.fd); /* the owner has its own */
	handover->io.fd = -1;
	handover->pid = 0;
	handover->state = HANDOVER_OVER;
}

void
handover_free(struct handover *handover)
{
	if (handover->io.fd >= 0)
		(void)close(handover->io.fd); /* nothing was written to it */
	forget_predecessor(handover);
	free(handover->program);
	free(handover);
}
