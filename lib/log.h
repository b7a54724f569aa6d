/*
 * log: one line an event on stderr, as logfmt:
 *
 *   time=2026-01-02T03:04:05.678Z level=warning program=tidemark-watcher
 *   pid=123 msg="it does not parse" collection=jobs id="a b"
 *
 * on one line.  Whatever a value holds, it stays a value, and the line one
 * line: what is not plain stands between quotation marks, with quotation
 * marks, backslashes and control characters escaped as in JSON.  A value that
 * is too long is cut.  On a terminal a line is for a person:
 *
 *   2026-01-02T03:04:05.678Z tidemark-watcher[123] warning: it does not
 *   parse collection=jobs id="a b"
 *
 * Floor 0.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

#include "err.h"
#include "span.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG__MAX };

enum {
	LOG_LINE_BYTES = 4096, /* PIPE_BUF: lines of processes do not mix */
	LOG_MSG_BYTES = 2048,  /* as it stands in the line, escaped */
	LOG_VALUE_BYTES = 512,
};

/* Set the name that stands in each line (borrowed for ever) and the level. */
void log_init(const char *program, enum log_level most);

void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * A sentence that is always the same, and what differs in fields; at least
 * one:
 *
 *	log_event(LOG_INFO, "a client was dropped", log_text("reason", why),
 *	    log_int("conns", n));
 *
 * A key is a word of ours: [a-z_]+, and none of time, level, program, pid,
 * msg.
 */
#define log_event(level, msg, ...)                                             \
	log_fields(level, msg,                                                 \
	    (const struct log_field[]){ __VA_ARGS__, { .key = NULL } })

struct log_field {
	const char *key;  /* NULL: the end */
	struct span text; /* p NULL: the number */
	int64_t number;
};

void log_fields(enum log_level, const char *msg, const struct log_field *);

static inline struct log_field
log_span(const char *key, struct span text)
{
	if (text.p == NULL)
		text = span_str("");
	return (struct log_field){ .key = key, .text = text };
}

static inline struct log_field
log_text(const char *key, const char *text)
{
	return log_span(key, span_str(text));
}

static inline struct log_field
log_int(const char *key, int64_t number)
{
	return (struct log_field){ .key = key, .number = number };
}

#endif /* LOG_H */
