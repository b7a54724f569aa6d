#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERR_SLOTS = 8, ERR_MSG_BYTES = 1024 };

/*
 * The processes are single-threaded; eight slots let an error be wrapped a few
 * times, and a second one be made on the way, before the first is printed.
 */
static struct {
	struct err err;
	char msg[ERR_MSG_BYTES];
} ring[ERR_SLOTS];
static unsigned next;

__attribute__((format(printf, 2, 0))) static const struct err *
fill(enum err_code code, const char *fmt, va_list ap, const char *tail)
{
	unsigned slot = next++ % ERR_SLOTS;
	char text[ERR_MSG_BYTES];
	size_t n;

	/* A message that is too long is cut: it is for reading. */
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (tail != NULL) {
		n = strlen(text);
		(void)snprintf(text + n, sizeof(text) - n, ": %s", tail);
	}
	/* By way of text: an argument may itself lie in the ring. */
	memcpy(ring[slot].msg, text, sizeof(text));
	ring[slot].err.code = code;
	ring[slot].err.msg = ring[slot].msg;
	return &ring[slot].err;
}

const struct err *
err_new(enum err_code code, const char *fmt, ...)
{
	const struct err *err;
	va_list ap;

	va_start(ap, fmt);
	err = fill(code, fmt, ap, NULL);
	va_end(ap);
	return err;
}

const struct err *
err_sys(const char *fmt, ...)
{
	const char *reason = strerror(errno);
	const struct err *err;
	va_list ap;

	va_start(ap, fmt);
	err = fill(ERR_SYS, fmt, ap, reason);
	va_end(ap);
	return err;
}

const struct err *
err_wrap(const struct err *inner, const char *fmt, ...)
{
	const struct err *err;
	va_list ap;

	va_start(ap, fmt);
	err = fill(inner->code, fmt, ap, inner->msg);
	va_end(ap);
	return err;
}
