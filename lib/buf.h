/*
 * buf: bytes that grow.  {0} is an empty buffer; buf_fini() frees it.  The
 * bytes are always followed by a NUL that len does not count, so data can be
 * handed to functions that want a string (data is NULL while nothing was ever
 * written: use buf_cstr()).
 *
 * Floor 0.
 */
#ifndef BUF_H
#define BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "span.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

void buf_fini(struct buf *);

/* Forget the bytes, keep the memory. */
static inline void
buf_clear(struct buf *b)
{
	b->len = 0;
}

/* Room for n more bytes; returns where they go (len is not moved). */
char *buf_room(struct buf *, size_t n);

void buf_add(struct buf *, const void *bytes, size_t n);
void buf_byte(struct buf *, char);
void buf_str(struct buf *, const char *str);
void buf_span(struct buf *, struct span);
void buf_u64(struct buf *, uint64_t); /* decimal */
void buf_printf(struct buf *, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

/* Forget everything beyond the first len bytes. */
void buf_cut(struct buf *, size_t len);

/* Borrowed until the buffer is written to or freed. */
const char *buf_cstr(struct buf *);

static inline struct span
buf_as_span(const struct buf *b)
{
	return span_of(b->data, b->len);
}

/* Give the bytes away, NUL-terminated; free with free(3).  b is empty then. */
char *buf_take(struct buf *, size_t *len);

#endif /* BUF_H */
