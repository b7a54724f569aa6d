#include "http_answer.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 512 };

static void
add(struct http_answer *a, const char *p, size_t n)
{
	if (a->len + n > a->room) {
		size_t room = a->room > 0 ? a->room : ROOM_FIRST;

		while (room < a->len + n)
			room *= 2;
		a->bytes = realloc(a->bytes, room);
		if (a->bytes == NULL)
			err(1, NULL);
		a->room = room;
	}
	memcpy(a->bytes + a->len, p, n);
	a->len += n;
}

/* The value, when the line has this name (lower case, with its colon). */
static const char *
value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0)
		return NULL;
	return line + n + strspn(line + n, " ");
}

static void
copy_line(char *to, size_t room, const char *value)
{
	(void)snprintf(to, room, "%.*s", (int)strcspn(value, "\r\n"), value);
}

static void
take_header(struct http_answer *a, const char *line)
{
	const char *value;

	if ((value = value_of(line, "content-length:")) != NULL) {
		a->left = strtoul(value, NULL, 10);
		a->phase = a->left > 0 ? HTTP_BODY : HTTP_WHOLE;
	} else if (value_of(line, "transfer-encoding:") != NULL) {
		a->left = 0;
		a->phase = HTTP_CHUNK_SIZE;
	} else if ((value = value_of(line, "connection:")) != NULL) {
		a->is_closing = strncasecmp(value, "close", 5) == 0;
	} else if ((value = value_of(line, "etag:")) != NULL) {
		copy_line(a->etag, sizeof(a->etag), value);
	} else if ((value = value_of(line, "last-modified:")) != NULL) {
		copy_line(a->modified, sizeof(a->modified), value);
	}
}

/* The head is whole and ends in a zero. */
static void
take_head(struct http_answer *a)
{
	const char *line = a->bytes;

	if (a->len < sizeof("HTTP/1.1 200"))
		errx(1, "not an HTTP answer: %s", a->bytes);
	a->status = (int)strtol(line + sizeof("HTTP/1.1"), NULL, 10);
	a->is_closing = false;
	a->phase = HTTP_UNTIL_CLOSE;
	while ((line = strchr(line, '\n')) != NULL)
		take_header(a, ++line);
	if (a->status == 304 || a->status == 204)
		a->phase = HTTP_WHOLE;
	a->len = 0;
}

static size_t
take_of_head(struct http_answer *a, const char *p, size_t n)
{
	size_t had = a->len, from = had > 3 ? had - 3 : 0;
	const char *end;

	add(a, p, n);
	end = memmem(a->bytes + from, a->len - from, "\r\n\r\n", 4);
	if (end == NULL)
		return n;
	n = (size_t)(end - a->bytes) + 4 - had;
	a->len = had + n - 1;
	add(a, "", 1);
	take_head(a);
	return n;
}

static size_t
take_counted(struct http_answer *a, const char *p, size_t n,
    enum http_phase then)
{
	if (n > a->left)
		n = a->left;
	add(a, p, n);
	a->left -= n;
	if (a->left == 0)
		a->phase = then;
	return n;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
take_of_size(struct http_answer *a, char c)
{
	int digit = hex_value(c);

	if (digit >= 0)
		a->left = a->left * 16 + (size_t)digit;
	else if (c == '\n')
		a->phase = a->left > 0 ? HTTP_CHUNK : HTTP_LAST_END;
}

static size_t
take_some(struct http_answer *a, const char *p, size_t n)
{
	switch (a->phase) {
	case HTTP_HEAD:
		return take_of_head(a, p, n);
	case HTTP_BODY:
		return take_counted(a, p, n, HTTP_WHOLE);
	case HTTP_CHUNK:
		return take_counted(a, p, n, HTTP_CHUNK_END);
	case HTTP_CHUNK_SIZE:
		take_of_size(a, *p);
		return 1;
	case HTTP_CHUNK_END:
		if (*p == '\n')
			a->phase = HTTP_CHUNK_SIZE;
		return 1;
	case HTTP_LAST_END:
		if (*p == '\n')
			a->phase = HTTP_WHOLE;
		return 1;
	case HTTP_UNTIL_CLOSE:
		add(a, p, n);
		return n;
	case HTTP_WHOLE:
		break;
	}
	return 0;
}

size_t
http_answer_take(struct http_answer *a, const char *p, size_t n)
{
	size_t used = 0;

	while (used < n && a->phase != HTTP_WHOLE)
		used += take_some(a, p + used, n - used);
	return used;
}

void
http_answer_reset(struct http_answer *a)
{
	a->phase = HTTP_HEAD;
	a->len = 0;
}

void
http_answer_fini(struct http_answer *a)
{
	free(a->bytes);
	*a = (struct http_answer){ 0 };
}
