#include "conn.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"
#include "log.h"
#include "mem.h"
#include "outbox.h"
#include "receiver.h"
#include "request.h"
#include "response.h"
#include "route.h"
#include "wait.h"

enum { CONN_READ_BYTES = 65536 };

enum conn_phase {
	CONN_IDLE,     /* nothing of a request is here */
	CONN_HEAD,     /* its variables are on their way */
	CONN_BODY,     /* its body is */
	CONN_PARKED,   /* it waits for news */
	CONN_SENDING,  /* the peer is slower than we */
	CONN_DRAINING, /* answered early: let the peer finish writing */
	CONN__MAX
};

/*
 * A phase that takes longer ends the connection.  SENDING counts from the last
 * time the socket took something.  DRAINING: nginx makes a 502 of an answer
 * when we close while it still writes.
 */
static const struct {
	const char *name;
	int ms; /* 0: no limit */
} phases[CONN__MAX] = {
	[CONN_IDLE] = { "idle", 60000 },
	[CONN_HEAD] = { "sending half a request", 10000 },
	[CONN_BODY] = { "sending half a body", 30000 },
	[CONN_PARKED] = { "waiting", 0 },
	[CONN_SENDING] = { "not reading", 30000 },
	[CONN_DRAINING] = { "still open after its answer", 5000 },
};

struct conns {
	struct loop *loop;
	struct app *app;
	struct park *park;
	conns_fn *closed;
	void *arg;
	struct conn *first;
	uint32_t n;
	uint32_t conns_max;
	bool is_ending;
	struct buf head, reply; /* scratch */
	char bytes[CONN_READ_BYTES];
};

struct conn {
	struct conns *set;
	struct conn *prev, *next;
	struct loop_io io;
	struct loop_timer timer; /* of phase */
	enum conn_phase phase;
	bool is_eof;     /* the peer will send no more */
	bool is_broken;  /* it has gone, or speaks no FastCGI */
	bool is_last;    /* close after what is in the outbox */
	bool is_drained; /* … at once: nothing is still to come */
	struct receiver receiver;
	struct request *request; /* parked */
	struct park_member member;
	struct outbox outbox;
	struct buf unread; /* came behind a request whose answer is not sent */
};

static bool
is_sending(const struct conn *conn)
{
	return conn->outbox.first != NULL;
}

static void
conn_close(struct conn *conn)
{
	struct conns *set = conn->set;

	park_leave(&conn->member);
	request_free(conn->request);
	receiver_fini(&conn->receiver);
	outbox_fini(&conn->outbox);
	buf_fini(&conn->unread);
	loop_timer_clear(set->loop, &conn->timer);
	loop_io_remove(set->loop, &conn->io);
	(void)close(conn->io.fd); /* nothing is buffered in a socket of ours */
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		set->first = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	free(conn);
	set->n--;
	set->closed(set->arg);
}

/* --- requests --------------------------------------------------------------- */

/* The request has its answer, or needs none. */
static void
end_request(struct conn *conn)
{
	if (!conn->receiver.keeps || conn->set->is_ending) {
		conn->is_last = true;
		conn->is_drained = conn->receiver.has_all;
	}
	receiver_done(&conn->receiver);
	request_free(conn->request);
	conn->request = NULL;
}

static void
respond(struct conn *conn, struct response *response)
{
	struct conns *set = conn->set;
	struct outbox_answer answer = {
		.id = conn->receiver.id,
		.head = &set->head,
		.page = response->page,
	};

	buf_clear(&set->head);
	response_head(response, conn->request, &set->head, &answer.body);
	if (outbox_answer(&conn->outbox, conn->io.fd, &answer) == OUTBOX_BROKEN)
		conn->is_broken = true;
	end_request(conn);
}

/* True: response is filled.  False: the request is parked. */
static bool
route_request(struct conn *conn, struct response *response)
{
	struct conns *set = conn->set;
	struct wait *wait = route(set->app, conn->request, response);

	if (wait == NULL)
		return true;
	if (!set->is_ending)
		return park_join(set->park, &conn->member, wait, response);
	(void)wait_answer(wait, true, response); /* always true when due */
	wait_free(wait);
	return true;
}

static void
take_request(struct conn *conn, enum receiver_event event)
{
	struct response response;
	const struct err *err;
	bool is_answered = true;

	response_init(&response);
	err = request_new(&conn->request, app_config(conn->set->app),
	    REQUEST_DAEMON, receiver_variable, &conn->receiver);
	receiver_forget(&conn->receiver);
	if (event == RECEIVER_PARAMS_LIMIT)
		response_problem(&response, 431,
		    "the request's headers are longer than %d bytes in all",
		    RECEIVER_PARAMS_MAX);
	else if (event == RECEIVER_BODY_LIMIT)
		response_problem(&response, 413,
		    "the request's body is longer than %d bytes",
		    RECEIVER_BODY_MAX);
	else if (err != NULL)
		response_error(&response, err);
	else
		is_answered = route_request(conn, &response);
	if (is_answered)
		respond(conn, &response);
	response_fini(&response);
}

/* --- bytes ------------------------------------------------------------------ */

static void
send_reply(struct conn *conn)
{
	struct buf *reply = &conn->set->reply;

	if (reply->len > 0 &&
	    outbox_add(&conn->outbox, conn->io.fd, buf_as_span(reply)) ==
		OUTBOX_BROKEN)
		conn->is_broken = true;
	buf_clear(reply);
}

/* ABORT_REQUEST: section 5.4 wants an END_REQUEST all the same. */
static void
drop_request(struct conn *conn)
{
	park_leave(&conn->member);
	record_add_end(&conn->set->reply, conn->receiver.id, RECORD_COMPLETE);
	send_reply(conn);
	end_request(conn);
}

static void
take_event(struct conn *conn, enum receiver_event event)
{
	switch (event) {
	case RECEIVER_MORE:
		break;
	case RECEIVER_REQUEST:
	case RECEIVER_PARAMS_LIMIT:
	case RECEIVER_BODY_LIMIT:
		take_request(conn, event);
		break;
	case RECEIVER_ABORTED:
		drop_request(conn);
		break;
	case RECEIVER_ROLE:
		end_request(conn);
		break;
	case RECEIVER_BROKEN:
		log_debug("descriptor %d: no FastCGI", conn->io.fd);
		conn->is_broken = true;
		break;
	}
}

/*
 * Act on bytes of the peer, but do not answer a second request while the first
 * answer is not sent: the rest is kept.
 */
static void
take_bytes(struct conn *conn, struct span bytes)
{
	enum receiver_event event;

	while (bytes.len > 0 && !conn->is_broken && !conn->is_last &&
	    !is_sending(conn)) {
		event =
		    receiver_take(&conn->receiver, &bytes, &conn->set->reply);
		send_reply(conn);
		take_event(conn, event);
	}
	if (bytes.len > 0 && is_sending(conn) && !conn->is_last)
		buf_span(&conn->unread, bytes);
}

static void
take_unread(struct conn *conn)
{
	struct buf bytes = conn->unread;

	conn->unread = (struct buf){ 0 };
	take_bytes(conn, buf_as_span(&bytes));
	buf_fini(&bytes);
}

/* One piece a round, so that one peer does not keep the others waiting. */
static void
receive(struct conn *conn)
{
	struct conns *set = conn->set;
	ssize_t n = recv(conn->io.fd, set->bytes, sizeof(set->bytes), 0);

	if (n > 0)
		take_bytes(conn, span_of(set->bytes, (size_t)n));
	else if (n == 0)
		conn->is_eof = true;
	else if (errno != EAGAIN && errno != EINTR)
		conn->is_broken = true;
}

/* --- phases ----------------------------------------------------------------- */

static enum conn_phase
phase_of(const struct conn *conn)
{
	if (is_sending(conn))
		return CONN_SENDING;
	if (conn->is_last)
		return CONN_DRAINING;
	if (conn->request != NULL)
		return CONN_PARKED;
	if (receiver_is_quiet(&conn->receiver))
		return CONN_IDLE;
	return conn->receiver.state == RECEIVER_STDIN ? CONN_BODY : CONN_HEAD;
}

static void
enter(struct conn *conn, enum conn_phase phase)
{
	struct loop *loop = conn->set->loop;

	if (phase == conn->phase)
		return;
	conn->phase = phase;
	if (phase == CONN_DRAINING)
		(void)shutdown(conn->io.fd, SHUT_WR); /* else it has gone */
	if (phases[phase].ms == 0)
		loop_timer_clear(loop, &conn->timer);
	else
		loop_timer_set(loop, &conn->timer,
		    monotime_after_ms(loop_now(loop), phases[phase].ms));
}

static bool
is_over(const struct conn *conn)
{
	if (conn->is_broken)
		return true;
	if (is_sending(conn))
		return false;
	return conn->is_eof || (conn->is_last && conn->is_drained) ||
	    (conn->set->is_ending && receiver_is_quiet(&conn->receiver));
}

/* Each callback ends here: go on with what is unread, close (conn is gone
 * then), or wait for what the phase waits for. */
static void
settle(struct conn *conn)
{
	const struct err *err;

	while (conn->unread.len > 0 && !conn->is_broken && !conn->is_last &&
	    !is_sending(conn))
		take_unread(conn);
	if (is_over(conn)) {
		conn_close(conn);
		return;
	}
	enter(conn, phase_of(conn));
	err = loop_io_set(conn->set->loop, &conn->io,
	    is_sending(conn) ? EPOLLOUT : EPOLLIN);
	if (err != NULL) {
		log_error("%s", err->msg);
		conn_close(conn);
	}
}

/* --- callbacks ---------------------------------------------------------------- */

/* HUP and ERR come unasked: nobody is left to read an answer. */
static void
ready(void *arg, uint32_t events)
{
	struct conn *conn = arg;

	if (events & (EPOLLHUP | EPOLLERR))
		conn->is_broken = true;
	else if (events & EPOLLOUT) {
		conn->phase = CONN__MAX; /* a step forward: count anew */
		if (outbox_flush(&conn->outbox, conn->io.fd) == OUTBOX_BROKEN)
			conn->is_broken = true;
	} else if (events & EPOLLIN)
		receive(conn);
	settle(conn);
}

static void
too_slow(void *arg)
{
	struct conn *conn = arg;

	log_debug("descriptor %d: %s for %d s: closed", conn->io.fd,
	    phases[conn->phase].name, phases[conn->phase].ms / 1000);
	conn_close(conn);
}

void
conns_answer(void *arg, struct response *response)
{
	struct conn *conn = arg;

	respond(conn, response);
	settle(conn);
}

/* --- all of them -------------------------------------------------------------- */

struct conns *
conns_new(struct loop *loop, uint32_t conns_max, conns_fn *closed, void *arg)
{
	struct conns *set = mem_new(1, sizeof(*set));

	set->loop = loop;
	set->conns_max = conns_max;
	set->closed = closed;
	set->arg = arg;
	return set;
}

static void
nobody_cares(void *arg)
{
	(void)arg;
}

void
conns_free(struct conns *set)
{
	struct conn *conn, *next;

	if (set == NULL)
		return;
	set->closed = nobody_cares;
	for (conn = set->first; conn != NULL; conn = next) {
		next = conn->next;
		conn_close(conn);
	}
	buf_fini(&set->head);
	buf_fini(&set->reply);
	free(set);
}

void
conns_serve(struct conns *set, struct app *app, struct park *park)
{
	set->app = app;
	set->park = park;
}

void
conns_add(struct conns *set, int fd)
{
	struct conn *conn = mem_new(1, sizeof(*conn));
	const struct err *err;

	conn->set = set;
	conn->phase = CONN__MAX;
	conn->io = (struct loop_io){ .fd = fd, .fn = ready, .arg = conn };
	conn->timer.fn = too_slow;
	conn->timer.arg = conn;
	conn->member.arg = conn;
	receiver_init(&conn->receiver, set->conns_max);
	err = loop_io_add(set->loop, &conn->io, EPOLLIN);
	if (err != NULL) {
		log_error("%s", err->msg);
		(void)close(fd); /* nothing was written to it */
		free(conn);
		return;
	}
	conn->next = set->first;
	if (set->first != NULL)
		set->first->prev = conn;
	set->first = conn;
	set->n++;
	enter(conn, CONN_IDLE);
}

uint32_t
conns_n(const struct conns *set)
{
	return set->n;
}

void
conns_end(struct conns *set)
{
	struct conn *conn = set->first, *next;

	set->is_ending = true;
	for (; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->phase != CONN_IDLE)
			continue;
		/* Its request may have arrived, but not been read. */
		receive(conn);
		settle(conn);
	}
}
