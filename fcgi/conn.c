#include "conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "app.h"
#include "config.h"
#include "conn_request.h"
#include "log.h"
#include "mem.h"
#include "press.h"
#include "stats.h"
#include "wait.h"

/*
 * A phase that takes longer ends the connection.  DRAINING: nginx makes a 502
 * of an answer when we close while it still writes.  SENDING: as configured,
 * and longer for what is large, however the peer takes it: in drops or at the
 * last moment.
 */
static const struct {
	const char *name;
	int ms; /* 0: no limit, or another one */
	enum stats_counter drop;
} phases[CONN__MAX] = {
	[CONN_IDLE] = { "idle", 60000, STATS_DROP_IDLE },
	[CONN_HEAD] = { "sending half a request", 10000, STATS_DROP_HALF },
	[CONN_BODY] = { "sending half a body", 30000, STATS_DROP_HALF },
	[CONN_PARKED] = { "waiting", 0, STATS_DROP_GONE },
	[CONN_PROBING] = { "probing", 0, STATS_DROP_GONE },
	[CONN_GREETING] = { "greeted", WAIT_READY_MS, STATS_DROP_GONE },
	[CONN_STREAMING] = { "streaming", 0, STATS_DROP_GONE },
	[CONN_SENDING] = { "not reading", 0, STATS_DROP_SLOW },
	[CONN_DRAINING] = { "still open after its answer", 5000,
	    STATS_DROP_IDLE },
};

/* What is large may take as long as on a slow line. */
enum { CONN_SLOW_BYTES_A_MS = 16 };

static void
count_queue(struct conn *conn)
{
	size_t queued = conn_is_sending(conn) ? outbox_bytes(&conn->outbox) : 0;

	if (queued == conn->queued)
		return;
	stats_move(conn->set->stats, STATS_QUEUE_BYTES,
	    (int64_t)queued - (int64_t)conn->queued);
	conn->queued = queued;
}

static void
conn_close(struct conn *conn)
{
	struct conns *set = conn->set;

	park_leave(set->park, &conn->member);
	wait_free(conn->wait);
	conn_end_probe(conn);
	press_leave(set->press, conn->pressed);
	receiver_fini(&conn->receiver);
	outbox_fini(&conn->outbox);
	count_queue(conn);
	buf_fini(&conn->unread);
	loop_timer_clear(set->loop, &conn->timer);
	loop_io_close(set->loop, &conn->io);
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		set->first = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	free(conn);
	set->n--;
	stats_move(set->stats, STATS_CONNS, -1);
	set->closed(set->arg);
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
	park_leave(conn->set->park, &conn->member);
	stats_add(conn->set->stats, STATS_DROP_GONE, 1);
	record_add_end(&conn->set->reply, conn->receiver.id, RECORD_COMPLETE);
	send_reply(conn);
	conn_end_request(conn);
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
		conn_take_request(conn, event);
		break;
	case RECEIVER_ABORTED:
		drop_request(conn);
		break;
	case RECEIVER_ROLE:
		conn_end_request(conn);
		break;
	case RECEIVER_BROKEN:
		log_event(LOG_DEBUG, "a connection is closed",
		    log_text("reason", "no FastCGI"),
		    log_int("descriptor", conn->io.fd));
		stats_add(conn->set->stats, STATS_DROP_PROTOCOL, 1);
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
	    !conn_is_sending(conn)) {
		event =
		    receiver_take(&conn->receiver, &bytes, &conn->set->reply);
		send_reply(conn);
		take_event(conn, event);
	}
	if (bytes.len > 0 && conn_is_sending(conn) && !conn->is_last)
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
	if (conn_is_sending(conn))
		return CONN_SENDING;
	if (conn->is_last)
		return CONN_DRAINING;
	if (conn->is_stream)
		return conn->is_greeted ? CONN_STREAMING : CONN_GREETING;
	if (probe_goes_on(&conn->probe))
		return CONN_PROBING;
	if (conn->receiver.state == RECEIVER_BUSY)
		return CONN_PARKED;
	if (receiver_is_quiet(&conn->receiver))
		return CONN_IDLE;
	return conn->receiver.state == RECEIVER_STDIN ? CONN_BODY : CONN_HEAD;
}

/* How long the peer has to take what waits for it. */
static int64_t
slow_ms(const struct conn *conn)
{
	return app_config(conn->set->app)->slow_ms +
	    (int64_t)(conn->queued / CONN_SLOW_BYTES_A_MS);
}

static int64_t
phase_ms(const struct conn *conn, enum conn_phase phase)
{
	if (phase == CONN_SENDING)
		return slow_ms(conn);
	return phase == CONN_PROBING ? (int)conn->probe.gap_ms
				     : phases[phase].ms;
}

static void
enter(struct conn *conn, enum conn_phase phase)
{
	struct loop *loop = conn->set->loop;
	int64_t ms = phase_ms(conn, phase);

	if (phase == conn->phase)
		return;
	conn->phase = phase;
	if (phase == CONN_DRAINING)
		(void)shutdown(conn->io.fd, SHUT_WR); /* else it has gone */
	if (ms == 0)
		loop_timer_clear(loop, &conn->timer);
	else
		loop_timer_set(loop, &conn->timer,
		    monotime_after_ms(loop_now(loop), ms));
}

static bool
is_over(const struct conn *conn)
{
	if (conn->is_broken)
		return true;
	if (conn_is_sending(conn))
		return false;
	return conn->is_eof || (conn->is_last && conn->is_drained) ||
	    (conn->set->is_ending && conn->is_kept &&
		receiver_is_quiet(&conn->receiver));
}

/* Known to the loop only from when there is something to wait for. */
static const struct err *
listen_for(struct conn *conn, uint32_t events)
{
	struct loop *loop = conn->set->loop;

	return conn->io.events == 0 ? loop_io_add(loop, &conn->io, events)
				    : loop_io_set(loop, &conn->io, events);
}

/* Each callback ends here: go on with what is unread, close (conn is gone
 * then), or wait for what the phase waits for. */
static void
settle(struct conn *conn)
{
	const struct err *err;

	while (conn->unread.len > 0 && !conn->is_broken && !conn->is_last &&
	    !conn_is_sending(conn))
		take_unread(conn);
	if (conn->is_stream && conn->member.group == NULL && !conn->is_broken &&
	    !conn_is_sending(conn))
		conn_go_on(conn);
	if (is_over(conn)) {
		if (conn->receiver.state == RECEIVER_BUSY)
			stats_add(conn->set->stats, STATS_DROP_GONE, 1);
		conn_close(conn);
		return;
	}
	count_queue(conn);
	enter(conn, phase_of(conn));
	err = listen_for(conn, conn_is_sending(conn) ? EPOLLOUT : EPOLLIN);
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

	if (events & (EPOLLHUP | EPOLLERR)) {
		conn->is_broken = true;
	} else if (events & EPOLLOUT) {
		if (outbox_flush(&conn->outbox, conn->io.fd) == OUTBOX_BROKEN)
			conn->is_broken = true;
	} else if (events & EPOLLIN) {
		receive(conn);
	}
	settle(conn);
}

/* The phase has had its time. */
static void
due(void *arg)
{
	struct conn *conn = arg;

	if (conn->phase == CONN_GREETING) {
		conn_greet(conn);
		settle(conn);
		return;
	}
	if (conn->phase == CONN_PROBING) {
		conn_probe(conn);
		conn->phase = CONN__MAX; /* the next gap is another phase */
		settle(conn);
		return;
	}
	log_event(conn->phase == CONN_SENDING ? LOG_INFO : LOG_DEBUG,
	    "a connection is closed",
	    log_text("reason", phases[conn->phase].name),
	    log_int("descriptor", conn->io.fd),
	    log_int("queued_bytes", (int64_t)conn->queued),
	    log_text("kind", conn->is_stream ? "stream" : "answer"));
	stats_add(conn->set->stats, phases[conn->phase].drop, 1);
	conn_close(conn);
}

static void
poll_answer(void *conn, struct response *response)
{
	conn_answer(conn, response);
	settle(conn);
}

/* A press_fn. */
static void
pressed_answer(void *arg, struct response *response)
{
	struct conn *conn = arg;

	conn->pressed = NULL;
	poll_answer(conn, response);
}

static void
stream_event(void *conn, struct frame *frame)
{
	conn_event(conn, frame);
	settle(conn);
}

const struct park_calls conns_calls = {
	.answer = poll_answer,
	.event = stream_event,
};

/* --- all of them -------------------------------------------------------------- */

struct conns *
conns_new(struct loop *loop, struct stats *stats, uint32_t conns_max,
    conns_fn *closed, void *arg)
{
	struct conns *set = mem_new(1, sizeof(*set));

	set->loop = loop;
	set->stats = stats;
	set->press = press_new(loop, pressed_answer);
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

/* fn may close the connection, but no other. */
static void
each(struct conns *set, void (*fn)(struct conn *))
{
	struct conn *conn = set->first, *next;

	for (; conn != NULL; conn = next) {
		next = conn->next;
		fn(conn);
	}
}

void
conns_free(struct conns *set)
{
	if (set == NULL)
		return;
	set->closed = nobody_cares;
	each(set, conn_close);
	press_free(set->press);
	buf_fini(&set->params);
	buf_fini(&set->reply);
	buf_fini(&set->key);
	free(set);
}

/* A stream outside of a park; those inside hear from it. */
static void
dismiss(struct conn *conn)
{
	if (conn->wait == NULL)
		return;
	wait_free(conn->wait);
	conn->wait = NULL;
	conn->is_dismissed = true;
	settle(conn);
}

void
conns_serve(struct conns *set, struct app *app, struct park *park)
{
	set->app = app;
	set->park = park;
	each(set, dismiss);
}

void
conns_add(struct conns *set, int fd)
{
	struct conn *conn = mem_new(1, sizeof(*conn));

	conn->set = set;
	conn->phase = CONN__MAX;
	conn->io = (struct loop_io){ .fd = fd, .fn = ready, .arg = conn };
	conn->timer.fn = due;
	conn->timer.arg = conn;
	conn->member.arg = conn;
	receiver_init(&conn->receiver, set->conns_max, &set->params);
	conn->next = set->first;
	if (set->first != NULL)
		set->first->prev = conn;
	set->first = conn;
	set->n++;
	stats_move(set->stats, STATS_CONNS, 1);
	/* A web server connects when it has something to say. */
	receive(conn);
	settle(conn);
}

uint32_t
conns_n(const struct conns *set)
{
	return set->n;
}

/* It may be idle because its request has arrived, but was not read. */
static void
end(struct conn *conn)
{
	if (conn->phase == CONN_IDLE) {
		receive(conn);
		settle(conn);
	} else if (conn->phase == CONN_PROBING) {
		while (probe_goes_on(&conn->probe))
			conn_probe(conn);
		settle(conn);
	} else {
		dismiss(conn);
	}
}

void
conns_end(struct conns *set)
{
	set->is_ending = true;
	each(set, end);
}
