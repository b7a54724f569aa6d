/*
 * door_spawned: the web server started us and knows best how many of us there
 * should be.  FastCGI: descriptor 0 is a listening socket, libfcgi accepts and
 * reads, one request at a time.  CGI: one request in the environment.
 *
 * A request that waits keeps the process (vigil.c), where one of the few places
 * for that is free (spawned_slots.c); else its client is told to poll.
 *
 * Where nobody watches, a request finds what a scan has just found, which it
 * has waited for (scan_once.c): with CGI from the start of the process.
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
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"
#include "buf.h"
#include "cache.h"
#include "later.h"
#include "request.h"
#include "response.h"
#include "route.h"
#include "scan_once.h"
#include "spawned_slots.h"
#include "stats.h"
#include "vigil.h"
#include "wait.h"

enum {
	DOOR_BODY_MAX = 1048576,
	DOOR_JOINED_MAX = 65536,    /* one write costs less than two */
	DOOR_CACHE_BYTES = 8 << 20, /* there may be dozens of us */
};

struct spawned {
	struct app *app;
	struct stats_area *stats; /* of this process alone */
	struct vigil vigil;
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

/* --- one request ---------------------------------------------------------------- */

/* A request as its door has it. */
struct call {
	enum request_door door;
	request_env_fn *variable;
	void *arg; /* of variable */
	struct vigil_peer peer;
	bool is_body_too_large;
};

static void
write_response(const struct call *call, struct response *response,
    struct request_form form)
{
	struct buf head = { 0 };
	struct span body;

	response_head(response, form, &head, &body);
	if (body.len <= DOOR_JOINED_MAX) {
		buf_span(&head, body);
		body.len = 0;
	}
	/* Who has gone is no concern of ours any more. */
	if (call->peer.write(call->peer.arg, buf_as_span(&head)) &&
	    body.len > 0)
		(void)call->peer.write(call->peer.arg, body);
	buf_fini(&head);
}

/* False: the client has gone. */
static bool
wait_out(struct spawned *spawned, const struct call *call, struct wait *wait,
    struct response *response)
{
	bool is_answered = wait_answer(wait, false, response);
	int slot;

	if (is_answered)
		return true;
	slot = spawned_slots_take(app_config(spawned->app));
	if (slot < 0) {
		wait_refuse(wait, 0, response);
		return true;
	}
	is_answered = vigil_poll(&spawned->vigil, wait, &call->peer, response);
	(void)close(slot); /* nothing is written to it */
	return is_answered;
}

/* Takes the later over, and the request.  False: the client has gone. */
static bool
make_later(struct spawned *spawned, const struct call *call,
    struct request *request, struct response *response)
{
	struct later *later = response->later;
	bool is_awaited = later_awaits(later) != NULL, is_answered = true;
	int slot =
	    is_awaited ? spawned_slots_take(app_config(spawned->app)) : -1;

	response->later = NULL;
	if (is_awaited && slot < 0)
		later_refuse(response);
	else
		is_answered =
		    vigil_later(&spawned->vigil, later, &call->peer, response);
	if (slot >= 0)
		(void)close(slot); /* nothing is written to it */
	later_keep(later, request);
	later_free(later);
	return is_answered;
}

/* Takes the wait over.  response: the head and the first event. */
static void
stream(struct spawned *spawned, const struct call *call, struct wait *wait,
    struct response *response)
{
	const struct request_form form = { .gzip_bytes_min = SIZE_MAX };
	int slot = spawned_slots_take(app_config(spawned->app));

	if (slot < 0) {
		response_fini(response);
		wait_dismiss(wait, 0, "full", response);
		write_response(call, response, form);
		wait_free(wait);
		return;
	}
	write_response(call, response, form);
	vigil_stream(&spawned->vigil, wait, &call->peer);
	(void)close(slot); /* nothing is written to it */
}

/* False: there is no place for it, and response says so. */
static bool
probe(struct spawned *spawned, const struct call *call,
    struct response *response, struct request_form form)
{
	struct probe probe = response->probe;
	int slot = spawned_slots_take(app_config(spawned->app));
	struct buf text = { 0 };
	bool is_there = true;

	if (slot < 0) {
		response_error(response,
		    err_new(ERR_BUSY, "too many requests wait already"));
		return false;
	}
	write_response(call, response, form);
	while (is_there && probe_goes_on(&probe)) {
		is_there =
		    vigil_pause(&spawned->vigil, &call->peer, probe.gap_ms);
		buf_clear(&text);
		probe_chunk(&probe, &text);
		is_there = is_there &&
		    call->peer.write(call->peer.arg, buf_as_span(&text));
	}
	buf_fini(&text);
	(void)close(slot); /* nothing is written to it */
	return true;
}

static void
serve(struct spawned *spawned, const struct call *call)
{
	struct request *request;
	struct response response;
	const struct err *err = request_new(&request, app_config(spawned->app),
	    call->door, call->variable, call->arg);
	struct request_form form;
	struct wait *wait = NULL;
	bool is_there = true;

	response_init(&response);
	if (call->is_body_too_large)
		response_problem(&response, 413,
		    "the request's body is longer than %d bytes",
		    DOOR_BODY_MAX);
	else if (err != NULL)
		response_error(&response, err);
	else
		wait = route(spawned->app, request, &response);
	form = request_form(request);
	if (response.later != NULL) {
		is_there = make_later(spawned, call, request, &response);
		request = NULL;
	} else if (wait != NULL && wait_is_stream(wait)) {
		stream(spawned, call, wait, &response);
		is_there = false;
	} else if (wait != NULL) {
		is_there = wait_out(spawned, call, wait, &response);
		wait_free(wait);
	} else if (probe_goes_on(&response.probe)) {
		is_there =
		    !probe(spawned, call, &response, request_form(request));
	}
	if (is_there)
		write_response(call, &response, form);
	response_fini(&response);
	request_free(request);
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

static bool
fastcgi_write(void *out, struct span bytes)
{
	return FCGX_PutStr(bytes.p, (int)bytes.len, out) >= 0 &&
	    FCGX_FFlush(out) == 0;
}

static void
fastcgi_request(struct spawned *spawned, const FCGX_Request *fcgi)
{
	const struct call call = {
		.door = REQUEST_SPAWNED,
		.variable = fastcgi_variable,
		.arg = fcgi->envp,
		.peer = {
			.fd = fcgi->ipcFd,
			.hangup = POLLRDHUP,
			.write = fastcgi_write,
			.arg = fcgi->out,
		},
		.is_body_too_large = is_body_too_large(fcgi->in),
	};

	if (FCGX_GetError(fcgi->in) != 0) /* half a request */
		return;
	scan_once_refresh(spawned->vigil.scan);
	serve(spawned, &call);
}

/* Wait for a connection; false on SIGTERM. */
static bool
is_wanted(const struct spawned *spawned)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = spawned->vigil.signal_fd, .events = POLLIN },
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
	/* The web server starts another one in its place. */
	while (!app_is_barred(spawned->app) && is_wanted(spawned)) {
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

/* RFC 3875 section 6.2. */
static bool
cgi_write(void *arg, struct span bytes)
{
	ssize_t n;

	(void)arg;
	while (bytes.len > 0) {
		n = write(STDOUT_FILENO, bytes.p, bytes.len);
		if (n > 0)
			bytes = span_of(bytes.p + n, bytes.len - (size_t)n);
		else if (n == 0 || errno != EINTR)
			return false;
	}
	return true;
}

/*
 * A script need not read the body (RFC 3875 section 4.2), but mod_cgid loses
 * the answer of one that does not.  No more of it than is announced is there,
 * unless it came in chunks.
 */
static bool
cgi_is_body_too_large(void)
{
	const char *length = getenv("CONTENT_LENGTH");
	size_t left = length != NULL ? strtoul(length, NULL, 10) : 0;
	char bytes[8192];
	size_t sum = 0;
	ssize_t n = 1;

	if (getenv("HTTP_TRANSFER_ENCODING") != NULL)
		left = SIZE_MAX;
	while (left > 0 && n > 0) {
		n = read(STDIN_FILENO, bytes,
		    left < sizeof(bytes) ? left : sizeof(bytes));
		if (n > 0) {
			sum += (size_t)n;
			left -= (size_t)n;
		}
	}
	return sum > DOOR_BODY_MAX;
}

static void
cgi_serve(struct spawned *spawned)
{
	const struct call call = {
		.door = REQUEST_CGI,
		.variable = cgi_variable,
		.peer = { .fd = STDOUT_FILENO, .write = cgi_write },
		.is_body_too_large = cgi_is_body_too_large(),
	};

	serve(spawned, &call);
}

/* --- both ------------------------------------------------------------------------- */

const struct err *
door_spawned(const struct config *config, struct scan_once *scan,
    enum door_spawn spawn)
{
	struct spawned spawned = { 0 };
	const struct err *err = vigil_init(&spawned.vigil, scan);

	if (err == NULL)
		err = stats_new(&spawned.stats, 1);
	if (err != NULL)
		return err;
	spawned.app = app_new(config, stats_block(spawned.stats, 0));
	app_have_scanned(spawned.app, scan);
	cache_limit(app_cache(spawned.app), DOOR_CACHE_BYTES);
	if (spawn == DOOR_FASTCGI)
		err = fastcgi_serve(&spawned);
	else
		cgi_serve(&spawned);
	app_free(spawned.app);
	stats_area_free(spawned.stats);
	vigil_fini(&spawned.vigil);
	return err;
}
