/*
 * json_text: single canonical strings and values, without a tape.
 */
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

void
json_escape(struct buf *out, struct span text)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = (const unsigned char *)text.p;
	const unsigned char *end;

	if (text.len == 0)
		return;
	for (end = p + text.len; p < end;) {
		const unsigned char *run = p;
		size_t n = 1;

		while (p < end && *p >= 0x20 && *p != '"' && *p != '\\' &&
		    (n = utf8_length(p, end)) > 0)
			p += n;
		buf_add(out, run, (size_t)(p - run));
		if (p == end)
			return;
		n = utf8_subpart(p, end);
		if (*p == '"' || *p == '\\')
			buf_printf(out, "\\%c", *p);
		else if (*p >= 0x80)
			buf_str(out, "\xef\xbf\xbd");
		else if (strchr("\b\f\n\r\t", *p) != NULL && *p != '\0')
			buf_printf(out, "\\%c", "btn-fr"[*p - '\b']);
		else
			buf_printf(out, "\\u00%c%c", hex[*p >> 4],
			    hex[*p & 15]);
		p += n;
	}
}

void
json_quote(struct buf *out, struct span text)
{
	buf_byte(out, '"');
	json_escape(out, text);
	buf_byte(out, '"');
}

/* In canonical text \u stands for control characters only. */
static const char *
unescape_one(struct buf *out, const char *p)
{
	static const char names[] = "btnfr", meaning[] = "\b\t\n\f\r";
	const char *at;
	int high, low;

	if (p[1] == 'u') {
		high = p[4] - '0';
		low = p[5] <= '9' ? p[5] - '0' : p[5] - 'a' + 10;
		buf_byte(out, (char)(high << 4 | low));
		return p + 6;
	}
	at = strchr(names, p[1]);
	buf_byte(out, at != NULL ? meaning[at - names] : p[1]);
	return p + 2;
}

void
json_unescape(struct buf *out, struct span inside)
{
	const char *p = inside.p, *end = inside.p + inside.len;

	while (p < end) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));

		if (slash == NULL)
			slash = end;
		buf_add(out, p, (size_t)(slash - p));
		p = slash == end ? end : unescape_one(out, slash);
	}
}

/* --- skipping: eight bytes at a time ------------------------------------- */

enum { WORD = sizeof(uint64_t) };
#define EACH_BYTE(c) ((uint64_t)(c)*UINT64_C(0x0101010101010101))

/* The first byte is the lowest. */
static uint64_t
word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

/* The highest bit of each byte that is zero, and no other. */
static uint64_t
zero_bytes(uint64_t word)
{
	uint64_t low = EACH_BYTE(0x7f);

	return ~(((word & low) + low) | word | low);
}

static size_t
first_marked(uint64_t marks)
{
	return (size_t)__builtin_ctzll(marks) / 8;
}

static const char *
skip_string(const char *p, const char *end)
{
	p++;
	while (p < end && *p != '"') {
		uint64_t word, marks;

		if (*p == '\\') {
			p += 2;
			continue;
		}
		if (end - p < WORD) {
			p++;
			continue;
		}
		word = word_at(p);
		marks = zero_bytes(word ^ EACH_BYTE('"')) |
		    zero_bytes(word ^ EACH_BYTE('\\'));
		p += marks == 0 ? WORD : first_marked(marks);
	}
	return p + 1;
}

static const char *
skip_scalar(const char *p, const char *end)
{
	while (p < end && *p != ',' && *p != ']' && *p != '}')
		p++;
	return p;
}

/* To the next quote or bracket, outside of strings. */
static const char *
skip_plain(const char *p, const char *end)
{
	for (; end - p >= WORD; p += WORD) {
		uint64_t word = word_at(p);
		/* Of all that may stand there only []{} have these bits. */
		uint64_t marks =
		    zero_bytes((word & EACH_BYTE(0xd9)) ^ EACH_BYTE(0x59)) |
		    zero_bytes(word ^ EACH_BYTE('"'));

		if (marks != 0)
			return p + first_marked(marks);
	}
	while (p < end && strchr("[]{}\"", *p) == NULL)
		p++;
	return p;
}

static const char *
skip_container(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
		} else {
			depth += *p == '[' || *p == '{' ? 1 : -1;
			p++;
			if (depth == 0)
				return p;
		}
		p = skip_plain(p, end);
	}
	return end;
}

const char *
json_skip(const char *p, const char *end)
{
	if (p == end)
		return end;
	if (*p == '"')
		return skip_string(p, end);
	if (*p == '[' || *p == '{')
		return skip_container(p, end);
	return skip_scalar(p, end);
}
