#include "scan_once.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "mem.h"
#include "scan_attendant.h"
#include "scan_due.h"
#include "scan_record.h"

enum {
	SCAN_LOOK_MS = 2000, /* has the watcher gone? */
	SCAN_HEAR_MS = 100,  /* is it done, by us or others? */
	SCAN_REST_MS = 1000, /* after one that failed */
};

struct scan_once {
	const struct config *config;
	bool is_ours; /* we may write to the folder of the store */
	int fd;       /* to the attendant; -1: there is none */
	bool is_asked;
	struct monotime rest; /* not to be asked before */
};

/* By somebody who stays; a scan that a request has done soon ends, perhaps just
 * between two of these. */
static bool
is_watched(const struct config *config)
{
	return scan_due_ms(config) == SCAN_DUE_NEVER &&
	    !scan_record_is_locked(config) &&
	    scan_due_ms(config) == SCAN_DUE_NEVER;
}

struct scan_once *
scan_once_new(const struct config *config, bool is_short)
{
	struct scan_once *scan = mem_new(1, sizeof(*scan));

	scan->config = config;
	scan->fd = -1;
	if (config->spawned_scan_ms == 0)
		return scan;
	scan->is_ours = scan_record_is_ours(config);
	if (!scan->is_ours || (is_short && is_watched(config)))
		return scan;
	scan->fd = scan_attendant_start(config);
	if (scan->fd < 0)
		log_error("no process for scans: %s", strerror(errno));
	return scan;
}

void
scan_once_free(struct scan_once *scan)
{
	if (scan == NULL)
		return;
	if (scan->fd >= 0)
		(void)close(scan->fd); /* which it takes for a farewell */
	free(scan);
}

bool
scan_once_is_able(const struct scan_once *scan)
{
	return scan->fd >= 0;
}

static void
tell(struct span why)
{
	log_event(LOG_ERROR,
	    "a scan that a request had done failed; it is tried again every "
	    "10 s, unless limits.spawned_scan_ms is 0",
	    log_span("reason", why));
}

static void
obey(struct scan_once *scan, enum scan_word word, struct span why)
{
	switch (word) {
	case SCAN_WORD_WHY:
		tell(why);
		return;
	case SCAN_WORD_FAILED:
		scan->rest = monotime_after_ms(monotime_now(), SCAN_REST_MS);
		break;
	case SCAN_WORD_BUSY:
		scan->rest = monotime_after_ms(monotime_now(), SCAN_HEAR_MS);
		break;
	case SCAN_WORD_DONE:
		break;
	}
	scan->is_asked = false;
}

/* What has been answered until now. */
static void
hear(struct scan_once *scan)
{
	char text[SCAN_WORD_BYTES_MAX];
	ssize_t n = 1;

	while (scan->fd >= 0 && n > 0) {
		n = recv(scan->fd, text, sizeof(text), MSG_DONTWAIT);
		if (n > 0)
			obey(scan, (enum scan_word)text[0],
			    span_of(text + 1, (size_t)n - 1));
	}
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	log_error("the process for scans has ended");
	(void)close(scan->fd);
	scan->fd = -1;
}

static void
ask(struct scan_once *scan)
{
	/* In vain: hear() will say so. */
	scan->is_asked = send(scan->fd, "", 1, MSG_NOSIGNAL) == 1;
}

struct monotime
scan_once_tend(struct scan_once *scan)
{
	struct monotime now = monotime_now();
	int64_t left = SCAN_LOOK_MS;

	hear(scan);
	if (scan->fd < 0)
		return monotime_after_ms(now, SCAN_LOOK_MS);
	if (!scan->is_asked && !monotime_reached(scan->rest, now))
		return scan->rest;
	if (!scan->is_asked)
		left = scan_due_ms(scan->config);
	if (left == 0)
		ask(scan);
	if (scan->is_asked ||
	    (left == SCAN_DUE_NEVER && scan_record_is_locked(scan->config)))
		left = SCAN_HEAR_MS;
	else if (left == SCAN_DUE_NEVER)
		left = SCAN_LOOK_MS;
	return monotime_after_ms(now, left);
}

void
scan_once_refresh(struct scan_once *scan)
{
	struct pollfd fd = { .fd = scan->fd, .events = POLLIN };
	struct monotime end =
	    monotime_after_ms(monotime_now(), scan->config->spawned_scan_ms);
	int64_t left = 1;

	(void)scan_once_tend(scan);
	while (scan->is_asked && scan->fd >= 0 && left > 0) {
		left = monotime_left_ms(end, monotime_now());
		if (poll(&fd, 1, (int)left) > 0)
			hear(scan);
	}
}

const char *
scan_once_advice(const struct scan_once *scan)
{
	struct scan_past past;

	if (scan == NULL || scan->config->spawned_scan_ms == 0)
		return "Start tidemark-watcher.";
	if (!scan->is_ours)
		return "Start tidemark-watcher, or let cron do it: requests "
		       "have no scan done, since the user of tidemark-fcgi may "
		       "not write to the folder of the store.";
	past = scan_record_look(scan->config);
	buf_fini(&past.said);
	if (past.end == SCAN_ENDED_BADLY || past.end == SCAN_ENDED_TOLD)
		return "The last scan that a request had done failed; the log "
		       "of the web server says why, and so does the file "
		       "beside the store whose name ends in -scan. Is "
		       "tidemark-watcher beside tidemark-fcgi, or in PATH?";
	return "A scan is being done, since a request came.";
}
