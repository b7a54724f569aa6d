#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { BUF_FIRST_BYTES = 64 };

void
buf_fini(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t need = b->len + n + 1; /* the NUL */

	if (need > b->cap) {
		size_t cap =
		    b->cap < BUF_FIRST_BYTES ? BUF_FIRST_BYTES : b->cap * 2;

		if (cap < need)
			cap = need;
		b->data = mem_resize(b->data, cap, 1);
		b->cap = cap;
	}
	return b->data + b->len;
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	char *to = buf_room(b, n);

	if (n > 0)
		memcpy(to, bytes, n);
	to[n] = '\0';
	b->len += n;
}

void
buf_byte(struct buf *b, char c)
{
	char *to = buf_room(b, 1);

	to[0] = c;
	to[1] = '\0';
	b->len++;
}

void
buf_str(struct buf *b, const char *str)
{
	buf_add(b, str, strlen(str));
}

void
buf_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.len);
}

void
buf_u64(struct buf *b, uint64_t n)
{
	char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0) {
		/* The same format and arguments cannot fail the second time. */
		(void)vsnprintf(buf_room(b, (size_t)n), (size_t)n + 1, fmt,
		    again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->data[len] = '\0';
	}
}

const char *
buf_cstr(struct buf *b)
{
	*buf_room(b, 0) = '\0';
	return b->data;
}

char *
buf_take(struct buf *b, size_t *len)
{
	char *data;

	(void)buf_cstr(b);
	data = b->data;
	if (len != NULL)
		*len = b->len;
	memset(b, 0, sizeof(*b));
	return data;
}
