/*
 * door_spawned: the web server started us and knows best how many of us there
 * should be.  FastCGI: descriptor 0 is a listening socket, libfcgi accepts and
 * reads, one request at a time.  CGI: one request in the environment.
 *
 * A request that waits simply waits here, on the project's bell, on the peer
 * going away and on SIGTERM, for DOOR_WAIT_MS at most, since it keeps a
 * process of the host from doing anything else.
 *
 * What is to be known about libfcgi 2.4:
 *   - FCGX_Init() puts its own handlers on SIGTERM, SIGUSR1 and SIGPIPE:
 *     ours come afterwards, and the first two are blocked and read from a
 *     descriptor, since it takes EINTR while reading for the end of a request;
 *   - variables that are cut short are no error of FCGX_Accept_r(), only
 *     FCGX_GetError() knows;
 *   - a connection that fails before its request is there is closed, and the
 *     next one accepted within the same call: descriptor 0 is made
 *     non-blocking, so that we never hang in there;
 *   - FCGX_IsCGI() takes anything that is not a connected or listening socket
 *     for CGI, /dev/null too: door_spawn() asks the socket itself.
 */
#include "door.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <inotifytools/inotify.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"
#include "buf.h"
#include "monotime.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "route.h"
#include "stats.h"
#include "wait.h"

enum {
	DOOR_WAIT_MS = 25000,
	DOOR_LOOK_MS = 2000,     /* a lost ring costs no more than this */
	DOOR_BLIND_LOOK_MS = 50, /* the same without inotify */
	DOOR_BODY_MAX = 1048576,
};

struct spawned {
	struct app *app;
	struct stats_area *stats; /* of this process alone */
	int signal_fd;
	int inotify_fd; /* -1: not needed yet, or the kernel gives none */
};

/* Whom to watch while a request waits. */
struct peer {
	int fd;
	short hangup; /* poll events beside POLLERR and POLLHUP */
};

enum door_spawn
door_spawn(void)
{
	int is_listening = 0;
	socklen_t n = sizeof(is_listening);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &is_listening,
		&n) == 0 &&
	    is_listening)
		return DOOR_FASTCGI;
	return getenv("GATEWAY_INTERFACE") != NULL ? DOOR_CGI
						   : DOOR_NOT_SPAWNED;
}

/* --- waiting ------------------------------------------------------------------ */

static void
forget_rings(int inotify_fd)
{
	char bytes[4096];

	/* They merge: all they say is "look". */
	while (read(inotify_fd, bytes, sizeof(bytes)) > 0)
		;
}

static int
look_after_ms(struct monotime deadline, struct monotime now, int watch)
{
	int64_t left = monotime_left_ms(deadline, now);
	int most = watch < 0 ? DOOR_BLIND_LOOK_MS : DOOR_LOOK_MS;

	return left < most ? (int)left : most;
}

enum woken { WOKEN_LOOK, WOKEN_END, WOKEN_GONE };

static enum woken
doze(const struct spawned *spawned, struct peer peer, int ms)
{
	struct pollfd fds[] = {
		{ .fd = spawned->inotify_fd, .events = POLLIN },
		{ .fd = spawned->signal_fd, .events = POLLIN },
		{ .fd = peer.fd, .events = peer.hangup },
	};

	if (poll(fds, 3, ms) <= 0)
		return WOKEN_LOOK;
	if (fds[2].revents != 0)
		return WOKEN_GONE;
	if (fds[1].revents != 0)
		return WOKEN_END; /* not read: the caller ends by it too */
	forget_rings(spawned->inotify_fd);
	return WOKEN_LOOK;
}

/* False: the client has gone.  True: response is filled. */
static bool
wait_out(struct spawned *spawned, struct wait *wait, struct peer peer,
    struct response *response)
{
	struct monotime now = monotime_now();
	struct monotime deadline = monotime_after_ms(now, DOOR_WAIT_MS);
	int watch = -1;

	if (wait_deadline(wait).ns < deadline.ns)
		deadline = wait_deadline(wait);
	if (spawned->inotify_fd < 0)
		spawned->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (; !monotime_reached(deadline, now); now = monotime_now()) {
		if (spawned->inotify_fd >= 0)
			watch = project_watch(wait_project(wait),
			    spawned->inotify_fd);
		if (wait_answer(wait, false, response))
			return true;
		switch (
		    doze(spawned, peer, look_after_ms(deadline, now, watch))) {
		case WOKEN_LOOK:
			break;
		case WOKEN_END:
			return wait_answer(wait, true, response);
		case WOKEN_GONE:
			return false;
		}
	}
	return wait_answer(wait, true, response);
}

/* --- one request ---------------------------------------------------------------- */

/* A request as its door has it. */
struct call {
	enum request_door door;
	request_env_fn *variable;
	void *arg; /* of variable */
	struct peer peer;
	bool is_body_too_large;
};

/* False: the client has gone.  Else request and response are set. */
static bool
answer(struct spawned *spawned, const struct call *call,
    struct request **request, struct response *response)
{
	const struct err *err = request_new(request, app_config(spawned->app),
	    call->door, call->variable, call->arg);
	struct wait *wait = NULL;
	bool is_answered = true;

	if (call->is_body_too_large)
		response_problem(response, 413,
		    "the request's body is longer than %d bytes",
		    DOOR_BODY_MAX);
	else if (err != NULL)
		response_error(response, err);
	else
		wait = route(spawned->app, *request, response);
	if (wait != NULL) {
		is_answered = wait_out(spawned, wait, call->peer, response);
		wait_free(wait);
	}
	return is_answered;
}

/* --- FastCGI ---------------------------------------------------------------------- */

static struct span
fastcgi_variable(void *envp, const char *name)
{
	const char *value = FCGX_GetParam(name, envp);

	return span_str(value != NULL ? value : "");
}

/* No handler takes a body, but the server may wait until it is rid of it. */
static bool
is_body_too_large(FCGX_Stream *in)
{
	char bytes[8192];
	size_t sum = 0;
	int n;

	while (sum <= DOOR_BODY_MAX &&
	    (n = FCGX_GetStr(bytes, sizeof(bytes), in)) > 0)
		sum += (size_t)n;
	return sum > DOOR_BODY_MAX;
}

static void
fastcgi_request(struct spawned *spawned, const FCGX_Request *fcgi)
{
	struct call call = {
		.door = REQUEST_SPAWNED,
		.variable = fastcgi_variable,
		.arg = fcgi->envp,
		.peer = { .fd = fcgi->ipcFd, .hangup = POLLRDHUP },
		.is_body_too_large = is_body_too_large(fcgi->in),
	};
	struct request *request = NULL;
	struct response response;
	struct buf head = { 0 };
	struct span body;

	if (FCGX_GetError(fcgi->in) != 0)
		return; /* half a request */
	response_init(&response);
	if (answer(spawned, &call, &request, &response)) {
		response_head(&response, request, &head, &body);
		/* An error is the server's going away: Finish finds it too. */
		(void)FCGX_PutStr(head.data, (int)head.len, fcgi->out);
		(void)FCGX_PutStr(body.p, (int)body.len, fcgi->out);
	}
	buf_fini(&head);
	response_fini(&response);
	request_free(request);
}

/* Wait for a connection; false on SIGTERM. */
static bool
is_wanted(const struct spawned *spawned)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = spawned->signal_fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	return fds[1].revents == 0;
}

static const struct err *
fastcgi_serve(struct spawned *spawned)
{
	FCGX_Request fcgi;
	int status;

	if (fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0)
		return err_sys("descriptor 0");
	if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, STDIN_FILENO, 0) != 0)
		return err_new(ERR_SYS, "libfcgi does not start");
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_sys("SIGPIPE");
	while (is_wanted(spawned)) {
		status = FCGX_Accept_r(&fcgi);
		if (status == 0) {
			fastcgi_request(spawned, &fcgi);
			FCGX_Finish_r(&fcgi);
		} else if (status == -EBADF || status == -EINVAL ||
		    status == -ENOTSOCK)
			return err_new(ERR_SYS,
			    "descriptor 0 is no listening socket any more");
	}
	FCGX_Free(&fcgi, 1);
	return NULL;
}

/* --- CGI -------------------------------------------------------------------------- */

static struct span
cgi_variable(void *arg, const char *name)
{
	const char *value = getenv(name);

	(void)arg;
	return span_str(value != NULL ? value : "");
}

/* RFC 3875 section 6.2; the peer may go away in the middle. */
static void
cgi_write(struct span bytes)
{
	ssize_t n;

	while (bytes.len > 0) {
		n = write(STDOUT_FILENO, bytes.p, bytes.len);
		if (n > 0)
			bytes = span_of(bytes.p + n, bytes.len - (size_t)n);
		else if (n == 0 || errno != EINTR)
			return;
	}
}

/* The body is not read: a script need not (RFC 3875 section 4.2). */
static void
cgi_serve(struct spawned *spawned)
{
	const struct call call = {
		.door = REQUEST_CGI,
		.variable = cgi_variable,
		.peer = { .fd = STDOUT_FILENO },
	};
	struct request *request = NULL;
	struct response response;
	struct buf head = { 0 };
	struct span body;

	response_init(&response);
	if (answer(spawned, &call, &request, &response)) {
		response_head(&response, request, &head, &body);
		cgi_write(buf_as_span(&head));
		cgi_write(body);
	}
	buf_fini(&head);
	response_fini(&response);
	request_free(request);
}

/* --- both ------------------------------------------------------------------------- */

static const struct err *
block_signals(struct spawned *spawned)
{
	sigset_t set;

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_sys("SIGPIPE");
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGUSR1); /* Apache's graceful end */
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_sys("sigprocmask");
	spawned->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	return spawned->signal_fd < 0 ? err_sys("signalfd") : NULL;
}

const struct err *
door_spawned(const struct config *config, enum door_spawn spawn)
{
	struct spawned spawned = { .signal_fd = -1, .inotify_fd = -1 };
	const struct err *err = block_signals(&spawned);

	if (err == NULL)
		err = stats_new(&spawned.stats, 1);
	if (err != NULL)
		return err;
	spawned.app = app_new(config, stats_block(spawned.stats, 0));
	app_set_slots(spawned.app, 1);
	if (spawn == DOOR_FASTCGI)
		err = fastcgi_serve(&spawned);
	else
		cgi_serve(&spawned);
	app_free(spawned.app);
	stats_area_free(spawned.stats);
	if (spawned.inotify_fd >= 0)
		(void)close(spawned.inotify_fd);
	(void)close(spawned.signal_fd);
	return err;
}
