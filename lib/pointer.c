#include "pointer.h"

#include <string.h>

const struct err *
pointer_check(struct span pointer)
{
	if (pointer.len > POINTER_BYTES_MAX)
		return err_new(ERR_BAD_REQUEST,
		    "a JSON Pointer of more than %d bytes", POINTER_BYTES_MAX);
	if (pointer.len > 0 && pointer.p[0] != '/')
		return err_new(ERR_BAD_REQUEST,
		    "\"%.*s\" is not a JSON Pointer: it must be empty or begin "
		    "with / (RFC 6901 section 3)",
		    SPAN_ARGS(pointer));
	for (size_t i = 0; i < pointer.len; i++)
		if (pointer.p[i] == '~' &&
		    (i + 1 == pointer.len ||
			(pointer.p[i + 1] != '0' && pointer.p[i + 1] != '1')))
			return err_new(ERR_BAD_REQUEST,
			    "\"%.*s\" is not a JSON Pointer: ~ must be "
			    "followed by 0 or 1 (RFC 6901 section 3)",
			    SPAN_ARGS(pointer));
	return NULL;
}

bool
pointer_next(struct span *rest, struct buf *token)
{
	size_t i;

	if (rest->len == 0)
		return false;
	buf_clear(token);
	for (i = 1; i < rest->len && rest->p[i] != '/'; i++) {
		char c = rest->p[i];

		if (c == '~' && i + 1 < rest->len)
			c = rest->p[++i] == '1' ? '/' : '~';
		buf_byte(token, c);
	}
	*rest = span_of(rest->p + i, rest->len - i);
	return true;
}

void
pointer_add_key(struct buf *pointer, struct span key)
{
	buf_byte(pointer, '/');
	for (size_t i = 0; i < key.len; i++)
		if (key.p[i] == '~')
			buf_add(pointer, "~0", 2);
		else if (key.p[i] == '/')
			buf_add(pointer, "~1", 2);
		else
			buf_byte(pointer, key.p[i]);
}

void
pointer_add_index(struct buf *pointer, uint32_t index)
{
	buf_byte(pointer, '/');
	buf_u64(pointer, index);
}

bool
pointer_index(struct span token, uint32_t *index)
{
	uint32_t n = 0;

	if (token.len == 0 || token.len > 9 ||
	    (token.len > 1 && token.p[0] == '0'))
		return false;
	for (size_t i = 0; i < token.len; i++) {
		if (token.p[i] < '0' || token.p[i] > '9')
			return false;
		n = n * 10 + (uint32_t)(token.p[i] - '0');
	}
	*index = n;
	return true;
}

/* The node that one token leads to from node at; 0 when there is none. */
static uint32_t
step(const struct json *doc, uint32_t at, struct span token)
{
	uint32_t index, i;

	if (json_kind(doc, at) == JSON_OBJECT)
		return json_member(doc, at, token);
	if (json_kind(doc, at) != JSON_ARRAY || !pointer_index(token, &index) ||
	    index >= doc->node[at].count)
		return 0;
	for (i = at + 1; index > 0; index--)
		i = doc->node[i].next;
	return i;
}

bool
pointer_find(const struct json *doc, struct span pointer, uint32_t *node)
{
	struct buf token = { 0 };
	uint32_t at = 0;
	bool is_found = true;

	while (is_found && pointer_next(&pointer, &token)) {
		at = step(doc, at, buf_as_span(&token));
		is_found = at != 0;
	}
	buf_fini(&token);
	*node = at;
	return is_found;
}

/* The value of a member of the object at p ('{'), or NULL. */
static const char *
seek_member(const char *p, const char *end, struct span key)
{
	for (p++; p < end && *p == '"';) {
		const char *colon = json_skip(p, end);
		struct span name = json_inside(span_of(p, (size_t)(colon - p)));

		if (span_eq(name, key))
			return colon + 1;
		p = json_skip(colon + 1, end);
		if (p < end && *p == ',')
			p++;
	}
	return NULL;
}

static const char *
seek_element(const char *p, const char *end, uint32_t index)
{
	p++;
	if (p == end || *p == ']')
		return NULL;
	for (; index > 0; index--) {
		p = json_skip(p, end);
		if (p == end || *p != ',')
			return NULL;
		p++;
	}
	return p;
}

bool
pointer_seek(struct span doc, struct span pointer, struct span *value)
{
	const char *p = doc.p, *end = doc.p + doc.len;
	struct buf token = { 0 };
	uint32_t index;

	while (p != NULL && p < end && pointer_next(&pointer, &token)) {
		struct span key = buf_as_span(&token);

		if (*p == '{')
			p = seek_member(p, end, key);
		else if (*p == '[' && pointer_index(key, &index))
			p = seek_element(p, end, index);
		else
			p = NULL;
	}
	buf_fini(&token);
	if (p == NULL || p >= end)
		return false;
	*value = span_of(p, (size_t)(json_skip(p, end) - p));
	return true;
}
