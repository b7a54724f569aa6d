/*
 * span: a borrowed run of bytes, not NUL-terminated.  Whoever hands one over
 * says how long it stays good.
 *
 * Floor 0.
 */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *p;
	size_t len;
};

/* For printf: "%.*s", SPAN_ARGS(s). */
#define SPAN_ARGS(s) (int)(s).len, (s).p

static inline struct span
span_of(const char *p, size_t len)
{
	struct span s = { p, len };

	return s;
}

static inline struct span
span_str(const char *str)
{
	return span_of(str, strlen(str));
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool
span_is(struct span a, const char *str)
{
	return span_eq(a, span_str(str));
}

/* Bytewise order (memcmp), a prefix before the longer one. */
static inline int
span_cmp(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

/* The part before the first sep (or all), which is cut off *rest. */
static inline struct span
span_cut(struct span *rest, char sep)
{
	const char *at =
	    rest->len == 0 ? NULL : memchr(rest->p, sep, rest->len);
	struct span head = *rest;

	if (at == NULL) {
		*rest = span_of(rest->p + rest->len, 0);
		return head;
	}
	head.len = (size_t)(at - rest->p);
	*rest = span_of(at + 1, rest->len - head.len - 1);
	return head;
}

#endif /* SPAN_H */
