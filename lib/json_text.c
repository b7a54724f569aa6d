/*
 * json_text: single canonical strings and values, without a tape.
 */
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

static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

static const char *
skip_scalar(const char *p, const char *end)
{
	while (p < end && *p != ',' && *p != ']' && *p != '}')
		p++;
	return p;
}

const char *
json_skip(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			break;
		case '{':
		case '[':
			depth++;
			p++;
			continue;
		case '}':
		case ']':
			depth--;
			p++;
			break;
		case ',':
		case ':':
			p++;
			continue;
		default:
			p = skip_scalar(p, end);
			break;
		}
		if (depth == 0)
			return p;
	}
	return end;
}
