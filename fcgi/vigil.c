#include "vigil.h"

#include <inotifytools/inotify.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "buf.h"
#include "later.h"
#include "monotime.h"
#include "page.h"
#include "project.h"
#include "response.h"
#include "scan_once.h"
#include "sse.h"
#include "wait.h"

enum {
	VIGIL_LOOK_MS = 2000,     /* a lost ring costs no more than this */
	VIGIL_BLIND_LOOK_MS = 50, /* the same without inotify */
	VIGIL_BOOKMARK_MS = 5000,
	VIGIL_SPREAD_MS = 1000,
	VIGIL_SLICE_MS = 100, /* how often to see whether the peer is there */
};

const struct err *
vigil_init(struct vigil *vigil, struct scan_once *scan)
{
	sigset_t set;

	vigil->scan = scan;
	vigil->inotify_fd = -1;
	vigil->signal_fd = -1;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_sys("SIGPIPE");
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGUSR1); /* Apache's graceful end */
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_sys("sigprocmask");
	vigil->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	return vigil->signal_fd < 0 ? err_sys("signalfd") : NULL;
}

void
vigil_fini(struct vigil *vigil)
{
	if (vigil->inotify_fd >= 0)
		(void)close(vigil->inotify_fd);
	if (vigil->signal_fd >= 0)
		(void)close(vigil->signal_fd);
}

/* --- dozing ----------------------------------------------------------------- */

static void
forget_rings(int inotify_fd)
{
	char bytes[4096];

	/* They merge: all they say is "look". */
	while (read(inotify_fd, bytes, sizeof(bytes)) > 0)
		;
}

enum woken { WOKEN_LOOK, WOKEN_END, WOKEN_GONE };

/* Until then at most. */
static enum woken
doze(const struct vigil *vigil, const struct vigil_peer *peer,
    struct monotime until)
{
	struct pollfd fds[] = {
		{ .fd = vigil->inotify_fd, .events = POLLIN },
		{ .fd = vigil->signal_fd, .events = POLLIN },
		{ .fd = peer->fd, .events = peer->hangup },
	};

	if (poll(fds, 3, (int)monotime_left_ms(until, monotime_now())) <= 0)
		return WOKEN_LOOK;
	if (fds[2].revents != 0)
		return WOKEN_GONE;
	if (fds[1].revents != 0)
		return WOKEN_END; /* not read: the caller ends by it too */
	forget_rings(vigil->inotify_fd);
	return WOKEN_LOOK;
}

static enum woken
doze_for(const struct vigil *vigil, const struct vigil_peer *peer, uint32_t ms)
{
	struct monotime due = monotime_after_ms(monotime_now(), ms);
	enum woken woken = WOKEN_LOOK;

	while (woken == WOKEN_LOOK && !monotime_reached(due, monotime_now()))
		woken = doze(vigil, peer, due);
	return woken;
}

bool
vigil_pause(const struct vigil *vigil, const struct vigil_peer *peer,
    uint32_t ms)
{
	return doze_for(vigil, peer, ms) != WOKEN_GONE;
}

static struct monotime
earlier(struct monotime a, struct monotime b)
{
	return a.ns < b.ns ? a : b;
}

/* See to it that the bell wakes us, and that somebody rings it; returns when to
 * look without it. */
static struct monotime
watch(struct vigil *vigil, struct project *project)
{
	int id = -1;

	if (vigil->inotify_fd < 0)
		vigil->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (vigil->inotify_fd >= 0)
		id = project_watch(project, vigil->inotify_fd);
	return earlier(scan_once_tend(vigil->scan),
	    monotime_after_ms(monotime_now(),
		id < 0 ? VIGIL_BLIND_LOOK_MS : VIGIL_LOOK_MS));
}

/* --- polls -------------------------------------------------------------------- */

bool
vigil_poll(struct vigil *vigil, struct wait *wait,
    const struct vigil_peer *peer, struct response *response)
{
	struct monotime deadline = earlier(wait_deadline(wait),
	    monotime_after_ms(monotime_now(), VIGIL_MS));
	enum woken woken = WOKEN_LOOK;
	struct monotime next;

	while (woken == WOKEN_LOOK &&
	    !monotime_reached(deadline, monotime_now())) {
		next = watch(vigil, wait_project(wait));
		if (wait_answer(wait, false, response))
			return true;
		woken = doze(vigil, peer, earlier(next, deadline));
	}
	return woken != WOKEN_GONE && wait_answer(wait, true, response);
}

/* --- answers that are made later ---------------------------------------------- */

/* False: there is an answer, or nobody to give it to. */
static bool
await(struct vigil *vigil, struct later *later, const struct vigil_peer *peer,
    struct response *response, enum woken *woken)
{
	struct project *project = later_awaits(later);
	struct monotime deadline = later_deadline(later), next;
	struct cursor head;

	do {
		next = watch(vigil, project);
		if (later_head(project, &head) && later_is_reached(later, head))
			return true;
		if (*woken != WOKEN_LOOK ||
		    monotime_reached(deadline, monotime_now()))
			break;
		*woken = doze(vigil, peer, earlier(next, deadline));
	} while (*woken != WOKEN_GONE);
	later_late(later, response);
	return false;
}

bool
vigil_later(struct vigil *vigil, struct later *later,
    const struct vigil_peer *peer, struct response *response)
{
	enum woken woken = WOKEN_LOOK;

	if (later_awaits(later) != NULL &&
	    !await(vigil, later, peer, response, &woken))
		return woken != WOKEN_GONE;
	while (woken != WOKEN_GONE) {
		struct monotime now = monotime_now();

		if (later_go_on(later, monotime_after_ms(now, VIGIL_SLICE_MS),
			response))
			return true;
		woken = doze(vigil, peer, now);
	}
	return false;
}

/* --- streams ------------------------------------------------------------------ */

struct stream {
	struct vigil *vigil;
	struct wait *wait;
	const struct vigil_peer *peer;
	struct buf text; /* of an event */
	struct monotime told;
};

static bool
write_text(struct stream *stream)
{
	bool is_written =
	    stream->peer->write(stream->peer->arg, buf_as_span(&stream->text));

	buf_clear(&stream->text);
	stream->told = monotime_now();
	return is_written;
}

static void
move_on(struct stream *stream)
{
	struct wait *behind = wait_behind(stream->wait);

	wait_free(stream->wait);
	stream->wait = behind;
}

/* False: the peer has gone. */
static bool
write_news(struct stream *stream)
{
	struct response response;
	const char *foot = NULL;
	bool is_there = true;

	response_init(&response);
	if (wait_answer(stream->wait, false, &response))
		foot = wait_event(stream->wait, &response, &stream->text);
	if (foot != NULL) {
		buf_span(&stream->text, page_bytes(response.page));
		buf_str(&stream->text, foot);
		is_there = write_text(stream);
		move_on(stream);
	}
	response_fini(&response);
	return is_there;
}

static struct monotime
silent_for(const struct stream *stream, uint32_t ms)
{
	return monotime_after_ms(stream->told, ms);
}

/*
 * What is due when nothing was to be told for so long; false: gone.  A place
 * that has moved is told before the stream must end, whatever its heartbeat.
 */
static bool
write_sign(struct stream *stream)
{
	struct monotime now = monotime_now();

	if (!monotime_reached(silent_for(stream, VIGIL_BOOKMARK_MS), now))
		return true;
	if (wait_bookmark(stream->wait, &stream->text))
		move_on(stream);
	else if (monotime_reached(silent_for(stream,
				      wait_heartbeat_ms(stream->wait)),
		     now))
		wait_heartbeat(stream->wait, &stream->text);
	return stream->text.len == 0 || write_text(stream);
}

static enum woken
write_ready(struct stream *stream)
{
	enum woken woken;

	if (wait_shape(stream->wait) == WAIT_ENTITIES)
		return WOKEN_LOOK;
	woken = doze_for(stream->vigil, stream->peer, WAIT_READY_MS);
	if (woken != WOKEN_LOOK)
		return woken;
	wait_ready(stream->wait, &stream->text);
	return write_text(stream) ? WOKEN_LOOK : WOKEN_GONE;
}

static void
follow(struct stream *stream)
{
	struct monotime deadline = monotime_after_ms(monotime_now(), VIGIL_MS);
	struct monotime next;
	enum woken woken = write_ready(stream);

	while (woken == WOKEN_LOOK &&
	    !monotime_reached(deadline, monotime_now())) {
		next = earlier(watch(stream->vigil, wait_project(stream->wait)),
		    deadline);
		if (!write_news(stream))
			return;
		/* Looks are more frequent than signs. */
		woken = doze(stream->vigil, stream->peer, next);
		if (!write_sign(stream))
			return;
	}
	if (woken == WOKEN_GONE)
		return;
	sse_bye(&stream->text, 0, VIGIL_SPREAD_MS,
	    woken == WOKEN_END ? "ending" : "time");
	(void)write_text(stream); /* the last thing in any case */
}

void
vigil_stream(struct vigil *vigil, struct wait *wait,
    const struct vigil_peer *peer)
{
	struct stream stream = {
		.vigil = vigil,
		.wait = wait,
		.peer = peer,
		.told = monotime_now(),
	};

	follow(&stream);
	wait_free(stream.wait);
	buf_fini(&stream.text);
}
