/*
 * json: the strict scanner and what else knows the form of JSON text.
 *
 * A scan never grows what it reads: white space goes, every escape is at least
 * as long as what it becomes.  So the output is reserved once, at the length
 * of the input, and written through a bare pointer.
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "json_keys.h"
#include "mem.h"
#include "utf8.h"

struct scan {
	const unsigned char *p, *end;
	char *out;
	struct json *doc;
	struct json_keys keys; /* scratch, kept between objects */
	const unsigned char *fault_at;
	const char *reason;
	bool is_limit;
	uint32_t fault_node;          /* the second of two equal keys, else 0 */
	uint32_t watch;               /* tell where this node begins … */
	const unsigned char *watched; /* … here */
};

static bool value(struct scan *, int depth);

void
json_fini(struct json *doc)
{
	buf_fini(&doc->text);
	free(doc->node);
	memset(doc, 0, sizeof(*doc));
}

static bool
fail(struct scan *s, const unsigned char *at, const char *reason)
{
	s->fault_at = at;
	s->reason = reason;
	return false;
}

static void
skip_space(struct scan *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

static uint32_t
begin(struct scan *s, enum json_kind kind)
{
	struct json *doc = s->doc;
	uint32_t i = doc->n_nodes++;

	if (i >= doc->cap_nodes)
		doc->node =
		    mem_grow(doc->node, i, &doc->cap_nodes, sizeof(*doc->node));
	doc->node[i].pos = (uint32_t)(s->out - doc->text.data);
	doc->node[i].kind = kind & 7;
	doc->node[i].count = 0;
	if (i == s->watch)
		s->watched = s->p;
	return i;
}

static bool
finish(struct scan *s, uint32_t i)
{
	struct json_node *node = &s->doc->node[i];

	node->len = (uint32_t)(s->out - s->doc->text.data) - node->pos;
	node->next = s->doc->n_nodes;
	return true;
}

/* --- scalars ---------------------------------------------------------------- */

static bool
word(struct scan *s, const char *text, enum json_kind kind)
{
	size_t len = strlen(text);
	uint32_t i = begin(s, kind);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, text, len) != 0)
		return fail(s, s->p, "expected a value");
	memcpy(s->out, text, len);
	s->p += len;
	s->out += len;
	return finish(s, i);
}

static bool
digits(struct scan *s, const char *reason)
{
	if (s->p == s->end || *s->p < '0' || *s->p > '9')
		return fail(s, s->p, reason);
	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return true;
}

/* RFC 8259 section 6; the text is kept, so nothing is rounded or clamped. */
static bool
number(struct scan *s)
{
	const unsigned char *start = s->p;
	uint32_t i = begin(s, JSON_NUMBER);

	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0') {
		s->p++;
		if (s->p < s->end && *s->p >= '0' && *s->p <= '9')
			return fail(s, start, "a number with a leading zero");
	} else if (!digits(s, "expected a digit")) {
		return false;
	}
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!digits(s, "expected a digit after the decimal point"))
			return false;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!digits(s, "expected a digit in the exponent"))
			return false;
	}
	memcpy(s->out, start, (size_t)(s->p - start));
	s->out += s->p - start;
	return finish(s, i);
}

/* --- strings ------------------------------------------------------------------ */

/* Eight bytes at a time: is there one below 0x20, above 0x7f, a " or a \ ? */
static inline uint64_t
is_special8(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t highs = ones << 7;
	uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');

	return (w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) &
	    highs;
}

/* Copy the run of plain ASCII at p; stops at whatever needs a look. */
static inline void
plain_run(struct scan *s)
{
	const unsigned char *p = s->p;
	char *out = s->out;
	uint64_t w;

	while (s->end - p >= 8) {
		memcpy(&w, p, 8);
		if (is_special8(w) != 0)
			break;
		memcpy(out, &w, 8);
		p += 8;
		out += 8;
	}
	while (p < s->end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		*out++ = (char)*p++;
	s->p = p;
	s->out = out;
}

static bool
hex4(const unsigned char *p, const unsigned char *end, uint32_t *unit)
{
	if (end - p < 4)
		return false;
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		unsigned c = p[i] | 0x20u;

		if (p[i] >= '0' && p[i] <= '9')
			*unit = *unit << 4 | (p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			*unit = *unit << 4 | (c - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* The canonical form of one character; at most 6 bytes. */
static char *
put_canonical(char *out, uint32_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[0x20] = {
		['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r',
	};

	if (c == '"' || c == '\\') {
		*out++ = '\\';
		*out++ = (char)c;
	} else if (c >= 0x20) {
		out += utf8_put(c, out);
	} else if (shorts[c] != '\0') {
		*out++ = '\\';
		*out++ = shorts[c];
	} else {
		memcpy(out, "\\u00", 4);
		out[4] = hex[c >> 4];
		out[5] = hex[c & 15];
		out += 6;
	}
	return out;
}

/* \uXXXX, or two of them for a character beyond U+FFFF (section 7). */
static bool
unicode_escape(struct scan *s)
{
	const unsigned char *start = s->p;
	uint32_t c, low;

	if (!hex4(s->p + 2, s->end, &c))
		return fail(s, start, "\\u needs four hexadecimal digits");
	s->p += 6;
	if (c >= 0xdc00 && c <= 0xdfff)
		return fail(s, start, "a lone low surrogate");
	if (c >= 0xd800 && c <= 0xdbff) {
		if (s->end - s->p < 6 || s->p[0] != '\\' || s->p[1] != 'u' ||
		    !hex4(s->p + 2, s->end, &low) || low < 0xdc00 ||
		    low > 0xdfff)
			return fail(s, start, "a lone high surrogate");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		s->p += 6;
	}
	s->out = put_canonical(s->out, c);
	return true;
}

static bool
escape(struct scan *s)
{
	static const char meaning[128] = {
		['"'] = '"',
		['\\'] = '\\',
		['/'] = '/',
		['b'] = '\b',
		['f'] = '\f',
		['n'] = '\n',
		['r'] = '\r',
		['t'] = '\t',
	};

	if (s->end - s->p < 2)
		return fail(s, s->p, "the string does not end");
	if (s->p[1] == 'u')
		return unicode_escape(s);
	if (s->p[1] >= 128 || meaning[s->p[1]] == '\0')
		return fail(s, s->p, "an escape that JSON does not have");
	s->out = put_canonical(s->out, (unsigned char)meaning[s->p[1]]);
	s->p += 2;
	return true;
}

static bool
multibyte(struct scan *s)
{
	size_t n = utf8_length(s->p, s->end);

	if (n == 0)
		return fail(s, s->p, "bytes that are not UTF-8");
	memcpy(s->out, s->p, n);
	s->out += n;
	s->p += n;
	return true;
}

static bool
string(struct scan *s)
{
	const unsigned char *start = s->p;
	uint32_t i = begin(s, JSON_STRING);

	*s->out++ = '"';
	s->p++;
	for (;;) {
		plain_run(s);
		if (s->p == s->end)
			return fail(s, start, "the string does not end");
		if (*s->p == '"')
			break;
		if (*s->p < 0x20)
			return fail(s, s->p,
			    "a raw control character in a string");
		if (!(*s->p == '\\' ? escape(s) : multibyte(s)))
			return false;
	}
	*s->out++ = '"';
	s->p++;
	return finish(s, i);
}

/* --- containers --------------------------------------------------------------------- */

/* At the comma or the end of a container: 1 go on, 0 it has ended, -1 no. */
static int
separator(struct scan *s, unsigned char end, const char *reason)
{
	skip_space(s);
	if (s->p == s->end || (*s->p != ',' && *s->p != end)) {
		(void)fail(s, s->p, reason);
		return -1;
	}
	*s->out++ = (char)*s->p;
	return *s->p++ == ',';
}

static bool
enter(struct scan *s, int depth)
{
	if (depth == JSON_DEPTH_MAX) {
		s->is_limit = true;
		return fail(s, s->p, "more than 64 levels deep");
	}
	*s->out++ = (char)*s->p++;
	skip_space(s);
	return true;
}

/* Nothing between the brackets. */
static bool
is_empty(struct scan *s, unsigned char end)
{
	if (s->p == s->end || *s->p != end)
		return false;
	*s->out++ = (char)*s->p++;
	return true;
}

static bool
array(struct scan *s, int depth)
{
	uint32_t i = begin(s, JSON_ARRAY), n = 0;
	int more;

	if (!enter(s, depth))
		return false;
	if (is_empty(s, ']'))
		return finish(s, i);
	do {
		skip_space(s);
		if (!value(s, depth + 1))
			return false;
		n++;
		more = separator(s, ']', "expected , or ] in an array");
	} while (more > 0);
	s->doc->node[i].count = n & 0x1fffffff;
	return more == 0 && finish(s, i);
}

static bool
member(struct scan *s, int depth)
{
	skip_space(s);
	if (s->p == s->end || *s->p != '"')
		return fail(s, s->p, "expected a key in quotes");
	if (!string(s))
		return false;
	skip_space(s);
	if (s->p == s->end || *s->p != ':')
		return fail(s, s->p, "expected : after the key");
	*s->out++ = (char)*s->p++;
	skip_space(s);
	return value(s, depth + 1);
}

static bool
object(struct scan *s, int depth)
{
	uint32_t i = begin(s, JSON_OBJECT), n = 0;
	int more;

	if (!enter(s, depth))
		return false;
	if (is_empty(s, '}'))
		return finish(s, i);
	do {
		if (!member(s, depth))
			return false;
		n++;
		more = separator(s, '}', "expected , or } in an object");
	} while (more > 0);
	if (more < 0)
		return false;
	s->doc->node[i].count = n & 0x1fffffff;
	s->fault_node = json_keys_duplicate(&s->keys, s->doc, i);
	if (s->fault_node != 0)
		return fail(s, s->p, "a key that the object already has");
	return finish(s, i);
}

static bool
value(struct scan *s, int depth)
{
	if (s->p == s->end)
		return fail(s, s->p, "expected a value, found the end");
	switch (*s->p) {
	case '{':
		return object(s, depth);
	case '[':
		return array(s, depth);
	case '"':
		return string(s);
	case 't':
		return word(s, "true", JSON_TRUE);
	case 'f':
		return word(s, "false", JSON_FALSE);
	case 'n':
		return word(s, "null", JSON_NULL);
	case '-':
		return number(s);
	default:
		if (*s->p >= '0' && *s->p <= '9')
			return number(s);
		return fail(s, s->p, "expected a value");
	}
}

static bool
document(struct scan *s)
{
	skip_space(s);
	if (!value(s, 0))
		return false;
	skip_space(s);
	if (s->p != s->end)
		return fail(s, s->p, "something follows the value");
	return true;
}

/* --- the way in --------------------------------------------------------------------- */

/*
 * The tape knows where the second key lies in the canonical bytes; a second
 * scan finds where that is in the bytes as they came.
 */
static const unsigned char *
locate(struct json *doc, struct span bytes, uint32_t node)
{
	struct scan s = {
		.p = (const unsigned char *)bytes.p,
		.end = (const unsigned char *)bytes.p + bytes.len,
		.out = doc->text.data,
		.doc = doc,
		.watch = node,
	};

	doc->n_nodes = 0;
	(void)document(&s); /* fails as before */
	json_keys_fini(&s.keys);
	return s.watched;
}

static const struct err *
fault_error(const struct scan *s, struct span bytes, struct json_fault *fault)
{
	const unsigned char *line = (const unsigned char *)bytes.p;
	struct json_fault f = { .line = 1, .reason = s->reason };

	f.offset = (size_t)(s->fault_at - line);
	for (const unsigned char *p = line; p < s->fault_at; p++)
		if (*p == '\n') {
			f.line++;
			line = p + 1;
		}
	f.column = (size_t)(s->fault_at - line) + 1;
	if (fault != NULL)
		*fault = f;
	return err_new(s->is_limit ? ERR_LIMIT : ERR_PARSE,
	    "line %zu, column %zu: %s", f.line, f.column, f.reason);
}

static const struct err *
too_long(struct span bytes, struct json_fault *fault)
{
	if (fault != NULL)
		*fault = (struct json_fault){ bytes.len, 1, 1,
			"longer than 16 MiB" };
	return err_new(ERR_LIMIT,
	    "line 1, column 1: %zu bytes, more than the limit of %d", bytes.len,
	    (int)JSON_BYTES_MAX);
}

const struct err *
json_scan(struct json *doc, struct span bytes, struct json_fault *fault)
{
	struct scan s = { .doc = doc, .watch = UINT32_MAX };
	bool is_good;

	buf_clear(&doc->text);
	doc->n_nodes = 0;
	if (bytes.len > JSON_BYTES_MAX)
		return too_long(bytes, fault);
	s.p = (const unsigned char *)bytes.p;
	s.end = s.p + bytes.len;
	s.out = buf_room(&doc->text, bytes.len);
	is_good = document(&s);
	json_keys_fini(&s.keys);
	if (is_good) {
		doc->text.len = (size_t)(s.out - doc->text.data);
		doc->text.data[doc->text.len] = '\0';
		return NULL;
	}
	if (s.fault_node != 0)
		s.fault_at = locate(doc, bytes, s.fault_node);
	doc->n_nodes = 0;
	return fault_error(&s, bytes, fault);
}

uint32_t
json_member(const struct json *doc, uint32_t object, struct span key)
{
	uint32_t i = object + 1;

	for (uint32_t n = doc->node[object].count; n > 0; n--) {
		if (span_eq(json_inside(json_span(doc, i)), key))
			return i + 1;
		i = json_next_key(doc, i);
	}
	return 0;
}
