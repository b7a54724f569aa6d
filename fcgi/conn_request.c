#include "conn_request.h"

#include "app.h"
#include "frame.h"
#include "later.h"
#include "memo.h"
#include "press.h"
#include "response.h"
#include "route.h"
#include "slots.h"
#include "stats.h"
#include "wait.h"

/* The id for which a park's frames are made. */
enum { CONN_COMMON_ID = 1 };

/* --- answers ---------------------------------------------------------------- */

void
conn_end_request(struct conn *conn)
{
	if (!conn->receiver.keeps || conn->set->is_ending) {
		conn->is_last = true;
		conn->is_drained = conn->receiver.has_all;
	}
	conn->is_kept = true;
	conn->is_stream = false;
	conn_end_probe(conn);
	wait_free(conn->wait);
	conn->wait = NULL;
	press_leave(conn->set->press, conn->pressed);
	conn->pressed = NULL;
	receiver_done(&conn->receiver);
}

static void
send_frame(struct conn *conn, struct frame *frame)
{
	if (outbox_send(&conn->outbox, conn->io.fd, frame) == OUTBOX_BROKEN)
		conn->is_broken = true;
	stats_add(conn->set->stats, STATS_BYTES_SENT, frame_bytes(frame));
}

void
conn_answer(struct conn *conn, struct response *response)
{
	struct frame *frame;

	if (response_is_unsqueezed(response, conn->form)) {
		conn->pressed = press_join(conn->set->press, response, conn);
		return;
	}
	frame = response_frame(response, conn->form, conn->receiver.id);
	send_frame(conn, frame);
	frame_unref(frame);
	conn_end_request(conn);
}

/* --- streams ---------------------------------------------------------------- */

/* response: the head and the first event. */
static void
begin_stream(struct conn *conn, struct wait *wait, struct response *response)
{
	struct conns *set = conn->set;
	struct frame *frame;

	if (!park_admit(set->park, &conn->member, wait, response)) {
		wait_free(wait);
		conn_answer(conn, response);
		return;
	}
	conn->is_stream = true;
	conn->is_greeted = wait_shape(wait) == WAIT_ENTITIES;
	conn->is_dismissed = set->is_ending;
	conn->wait = wait;
	frame = response_frame(response, conn->form, conn->receiver.id);
	send_frame(conn, frame);
	frame_unref(frame);
}

void
conn_greet(struct conn *conn)
{
	struct buf text = { 0 };
	struct frame *ready;

	wait_ready(conn->wait, &text);
	ready = frame_of_text(conn->receiver.id, &text, FRAME_OPEN);
	conn->is_greeted = true;
	send_frame(conn, ready);
	frame_unref(ready);
}

static void
say_bye(struct conn *conn)
{
	struct conns *set = conn->set;
	struct frame *bye = park_bye(set->park, conn->receiver.id,
	    set->is_ending ? "ending" : "reload");

	park_leave(set->park, &conn->member);
	send_frame(conn, bye);
	frame_unref(bye);
	stats_add(set->stats, STATS_BYES, 1);
	conn_end_request(conn);
}

void
conn_go_on(struct conn *conn)
{
	struct wait *wait = conn->wait;

	if (conn->is_dismissed) {
		say_bye(conn);
	} else if (conn->is_greeted) {
		conn->wait = NULL;
		park_follow(conn->set->park, &conn->member, wait);
	}
}

void
conn_event(struct conn *conn, struct frame *frame)
{
	struct frame *own = NULL;

	if (conn->receiver.id != CONN_COMMON_ID)
		own = frame_with_id(frame, conn->receiver.id);
	send_frame(conn, own != NULL ? own : frame);
	frame_unref(own);
	if (frame_is_last(frame))
		conn_end_request(conn);
	else if (conn_is_sending(conn))
		conn->wait = park_hold(&conn->member);
}

/* --- probes ----------------------------------------------------------------- */

/* False: there are too many. */
static bool
begin_probe(struct conn *conn, struct response *response)
{
	struct frame *frame;

	if (conn->set->n_probes == PROBES_MAX) {
		response_error(response,
		    err_new(ERR_BUSY, "%d probes are on their way already",
			PROBES_MAX));
		return false;
	}
	conn->set->n_probes++;
	conn->probe = response->probe;
	frame = response_frame(response, conn->form, conn->receiver.id);
	send_frame(conn, frame);
	frame_unref(frame);
	return true;
}

void
conn_probe(struct conn *conn)
{
	struct buf text = { 0 };
	struct frame *frame;

	probe_chunk(&conn->probe, &text);
	frame = frame_of_text(conn->receiver.id, &text,
	    probe_goes_on(&conn->probe) ? FRAME_OPEN : FRAME_LAST);
	send_frame(conn, frame);
	if (frame_is_last(frame))
		conn_end_request(conn);
	frame_unref(frame);
}

void
conn_end_probe(struct conn *conn)
{
	if (conn->probe.n > 0)
		conn->set->n_probes--;
	conn->probe = (struct probe){ 0 };
}

/* --- requests --------------------------------------------------------------- */

/* A poll, taken over.  False: it is parked. */
static bool
take_poll(struct conn *conn, struct wait *wait, struct response *response)
{
	struct conns *set = conn->set;

	if (!set->is_ending)
		return park_join(set->park, &conn->member, wait, response);
	(void)wait_answer(wait, true, response); /* always true when due */
	wait_free(wait);
	return true;
}

/* What is answered later takes the request along.  False: it is parked. */
static bool
take_later(struct conn *conn, struct request **request,
    struct response *response)
{
	struct conns *set = conn->set;
	struct later *later = response->later;

	response->later = NULL;
	later_keep(later, *request);
	*request = NULL;
	if (!set->is_ending || later_awaits(later) == NULL)
		return park_later(set->park, &conn->member, later, response);
	later_late(later, response);
	later_free(later);
	return true;
}

/* False: the request is parked, or a stream or a probe has begun. */
static bool
route_request(struct conn *conn, struct request **request,
    struct response *response)
{
	struct conns *set = conn->set;
	struct span key = buf_as_span(&set->key);
	struct wait *wait = route(set->app, *request, response);

	if (response->later != NULL)
		return take_later(conn, request, response);
	if (wait == NULL && probe_goes_on(&response->probe))
		return !begin_probe(conn, response);
	if (wait == NULL) {
		if (key.len > 0)
			memo_keep_answer(app_memo(set->app), key,
			    loop_now(set->loop), response, conn->form);
		return true;
	}
	if (wait_is_stream(wait)) {
		begin_stream(conn, wait, response);
		return false;
	}
	if (key.len > 0)
		memo_keep_wait(app_memo(set->app), key, wait, conn->form);
	return take_poll(conn, wait, response);
}

/* One more who wants to wait for that. */
static void
take_known_poll(struct conn *conn, const struct wait *known,
    struct span remote_addr)
{
	struct response response;
	struct wait *wait = wait_for_another(known, slots_address(remote_addr));

	receiver_forget(&conn->receiver);
	response_init(&response);
	if (take_poll(conn, wait, &response))
		conn_answer(conn, &response);
	response_fini(&response);
}

/* Has somebody asked the same before, and is what came of it still good? */
static bool
take_known(struct conn *conn, struct receiver_variables *variables)
{
	struct conns *set = conn->set;
	struct memo_found found;

	if (!memo_key(receiver_variable, variables, &set->key) ||
	    !memo_find(app_memo(set->app), buf_as_span(&set->key),
		loop_now(set->loop), &found))
		return false;
	if (found.frame != NULL && conn->receiver.id != CONN_COMMON_ID)
		return false;
	conn->form = found.form;
	if (found.frame == NULL) {
		take_known_poll(conn, found.wait,
		    receiver_variable(variables, "REMOTE_ADDR"));
	} else {
		send_frame(conn, found.frame);
		conn_end_request(conn);
	}
	return true;
}

void
conn_take_request(struct conn *conn, enum receiver_event event)
{
	struct receiver_variables variables;
	struct request *request;
	struct response response;
	const struct err *err;
	bool is_answered = true;

	receiver_variables(&conn->receiver, &variables);
	stats_add(conn->set->stats, STATS_REQUESTS, 1);
	buf_clear(&conn->set->key);
	if (event == RECEIVER_REQUEST && take_known(conn, &variables))
		return;
	response_init(&response);
	err = request_new(&request, app_config(conn->set->app), REQUEST_DAEMON,
	    receiver_variable, &variables);
	receiver_forget(&conn->receiver);
	conn->form = request_form(request);
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
		is_answered = route_request(conn, &request, &response);
	request_free(request);
	if (is_answered)
		conn_answer(conn, &response);
	response_fini(&response);
}
