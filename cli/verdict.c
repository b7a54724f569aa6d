#include "verdict.h"

#include <stdarg.h>

#include "ink.h"
#include "json.h"
#include "out.h"

enum { LEVEL_COLUMNS = 9, CHECK_COLUMNS = 13 };

static const char *const names[VERDICT__MAX] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARNING] = "warning",
	[VERDICT_PROBLEM] = "problem",
};

static void
write_json(struct buf *line, enum verdict_level level, const char *check,
    const char *cure, struct span what)
{
	buf_printf(line, "{\"check\":\"%s\",\"level\":\"%s\",\"what\":", check,
	    names[level]);
	json_quote(line, what);
	buf_str(line, ",\"cure\":");
	if (cure != NULL)
		json_quote(line, span_str(cure));
	else
		buf_str(line, "null");
	buf_byte(line, '}');
}

static void
write_text(struct verdicts *v, enum verdict_level level, const char *check,
    const char *cure, struct span what)
{
	static const enum ink_colour colours[VERDICT__MAX] = {
		[VERDICT_OK] = INK_GREEN,
		[VERDICT_WARNING] = INK_YELLOW,
		[VERDICT_PROBLEM] = INK_RED,
	};
	struct ink ink = v->out->ink;
	size_t name = ink_columns(span_str(names[level]));

	ink_word(ink, &v->text, colours[level], names[level]);
	buf_printf(&v->text, "%*s%-*s", (int)(LEVEL_COLUMNS - name), "",
	    CHECK_COLUMNS, check);
	ink_text(ink, &v->text, what);
	if (cure != NULL)
		buf_printf(&v->text, "\n%*s%s", LEVEL_COLUMNS + CHECK_COLUMNS,
		    "", cure);
}

void
verdict(struct verdicts *v, enum verdict_level level, const char *check,
    const char *cure, const char *fmt, ...)
{
	struct buf what = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&what, fmt, ap);
	va_end(ap);
	v->n[level]++;
	if (v->out->is_json)
		write_json(&v->text, level, check, cure, buf_as_span(&what));
	else
		write_text(v, level, check, cure, buf_as_span(&what));
	(void)out_line(v->out, &v->text);
	/* The next one may take a while. */
	(void)out_flush(v->out);
	buf_fini(&what);
}

void
verdicts_end(struct verdicts *v)
{
	unsigned long long warnings = v->n[VERDICT_WARNING];
	unsigned long long problems = v->n[VERDICT_PROBLEM];

	if (v->out->is_json)
		buf_printf(&v->text, "{\"warnings\":%llu,\"problems\":%llu}",
		    warnings, problems);
	else
		buf_printf(&v->text, "%llu warning%s, %llu problem%s", warnings,
		    warnings == 1 ? "" : "s", problems,
		    problems == 1 ? "" : "s");
	(void)out_line(v->out, &v->text);
	buf_fini(&v->text);
}
