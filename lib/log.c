#include "log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "monotime.h"
#include "utf8.h"

static const char *program_name = "tidemark";
static enum log_level level_max = LOG_INFO;
static bool is_for_person;

static const char *const level_name[LOG__MAX] = {
	[LOG_ERROR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

void
log_init(const char *program, enum log_level most)
{
	program_name = program;
	level_max = most;
	is_for_person = isatty(STDERR_FILENO) == 1;
}

/* --- a line ----------------------------------------------------------------- */

struct line {
	size_t len;
	char bytes[LOG_LINE_BYTES];
};

/* All of it or nothing.  Room for a quotation mark and the end stays. */
static bool
add(struct line *line, const char *bytes, size_t n)
{
	if (line->len + n > sizeof(line->bytes) - 2)
		return false;
	memcpy(line->bytes + line->len, bytes, n);
	line->len += n;
	return true;
}

static bool
add_text(struct line *line, const char *text)
{
	return add(line, text, strlen(text));
}

/*
 * What would end a line or move a cursor: C0, DEL, C1 (U+0080 .. U+009F) and
 * the separators U+2028 and U+2029.  n bytes at p are a character.
 */
static bool
is_control(const unsigned char *p, size_t n)
{
	return (n == 1 && (p[0] < 0x20 || p[0] == 0x7f)) ||
	    (n == 2 && p[0] == 0xc2 && p[1] < 0xa0) ||
	    (n == 3 && p[0] == 0xe2 && p[1] == 0x80 &&
		(p[2] == 0xa8 || p[2] == 0xa9));
}

static unsigned
number_of_control(const unsigned char *p, size_t n)
{
	return n == 3 ? 0x2000U + (p[2] & 0x3f) : p[n - 1];
}

enum quoting { QUOTED, UNQUOTED };

/* The character at *p, which moves on; false when it does not fit. */
static bool
add_char(struct line *line, const unsigned char **p, const unsigned char *end,
    enum quoting quoting)
{
	const unsigned char *at = *p;
	size_t n = utf8_length(at, end);
	char text[8];

	*p += n > 0 ? n : utf8_subpart(at, end);
	if (n == 0)
		return add_text(line, "\\ufffd");
	if (*at == '\n')
		return add_text(line, "\\n");
	if (is_control(at, n)) {
		(void)snprintf(text, sizeof(text), "\\u%04x",
		    number_of_control(at, n) & 0xffff);
		return add_text(line, text);
	}
	if (quoting == QUOTED && (*at == '"' || *at == '\\')) {
		const char escaped[] = { '\\', (char)*at };

		return add(line, escaped, sizeof(escaped));
	}
	return add(line, (const char *)at, n);
}

/* As much of it as most bytes hold. */
static void
add_escaped(struct line *line, struct span text, size_t most,
    enum quoting quoting)
{
	const unsigned char *p = (const unsigned char *)text.p;
	const unsigned char *end = p + text.len;
	size_t start = line->len, good = start;

	while (p < end && add_char(line, &p, end, quoting)) {
		if (line->len - start > most)
			break;
		good = line->len;
	}
	line->len = good;
}

static bool
is_plain(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return text.len > 0;
}

static void
add_quoted(struct line *line, struct span text, size_t most)
{
	add_escaped(line, text, most, QUOTED);
	line->bytes[line->len++] = '"'; /* add() left room */
}

/* A field for which there is no room is left out. */
static void
add_field(struct line *line, const struct log_field *field)
{
	size_t start = line->len;
	char number[24];

	if (!add_text(line, " ") || !add_text(line, field->key) ||
	    !add_text(line, "=")) {
		line->len = start;
		return;
	}
	if (field->text.p == NULL) {
		(void)snprintf(number, sizeof(number), "%" PRId64,
		    field->number);
		if (!add_text(line, number))
			line->len = start;
	} else if (is_plain(field->text))
		add_escaped(line, field->text, LOG_VALUE_BYTES, QUOTED);
	else if (add_text(line, "\""))
		add_quoted(line, field->text, LOG_VALUE_BYTES);
	else
		line->len = start;
}

static void
add_for_machine(struct line *line, enum log_level level, struct span msg)
{
	char head[256], when[WALLTIME_TEXT_BYTES];

	(void)snprintf(head, sizeof(head),
	    "time=%s level=%s program=%s pid=%d msg=\"",
	    walltime_text(walltime_now(), when), level_name[level],
	    program_name, (int)getpid());
	(void)add_text(line, head); /* much shorter than a line */
	add_quoted(line, msg, LOG_MSG_BYTES);
}

static void
add_for_person(struct line *line, enum log_level level, struct span msg)
{
	char head[256], when[WALLTIME_TEXT_BYTES];
	bool is_news = level == LOG_INFO; /* goes without saying */

	(void)snprintf(head, sizeof(head), "%s %s[%d] %s%s",
	    walltime_text(walltime_now(), when), program_name, (int)getpid(),
	    is_news ? "" : level_name[level], is_news ? "" : ": ");
	(void)add_text(line, head); /* much shorter than a line */
	add_escaped(line, msg, LOG_MSG_BYTES, UNQUOTED);
}

void
log_fields(enum log_level level, const char *msg,
    const struct log_field *fields)
{
	struct line line = { .len = 0 };

	if (level > level_max)
		return;
	if (is_for_person)
		add_for_person(&line, level, span_str(msg));
	else
		add_for_machine(&line, level, span_str(msg));
	for (; fields->key != NULL; fields++)
		add_field(&line, fields);
	line.bytes[line.len++] = '\n'; /* add() left room */
	/* With stderr gone there is nobody left to tell. */
	(void)!write(STDERR_FILENO, line.bytes, line.len);
}

/* --- without fields --------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void
say(enum log_level level, const char *fmt, va_list ap)
{
	const struct log_field none = { .key = NULL };
	char text[LOG_MSG_BYTES];

	if (level > level_max)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut when too long */
	log_fields(level, text, &none);
}

#define LOG_AT(level)                                                          \
	do {                                                                   \
		va_list ap;                                                    \
		va_start(ap, fmt);                                             \
		say(level, fmt, ap);                                           \
		va_end(ap);                                                    \
	} while (0)

void
log_error(const char *fmt, ...)
{
	LOG_AT(LOG_ERROR);
}

void
log_warning(const char *fmt, ...)
{
	LOG_AT(LOG_WARNING);
}

void
log_info(const char *fmt, ...)
{
	LOG_AT(LOG_INFO);
}

void
log_debug(const char *fmt, ...)
{
	LOG_AT(LOG_DEBUG);
}
