#include "report.h"

#include "ink.h"
#include "json.h"
#include "out.h"

/* For whatever cannot be mended by itself. */
static const char last_cure[] =
    "put back a backup or an export; or stop the watcher and move the "
    "database away: it is made anew from the files, without its history";

static void
member(struct buf *out, const char *name, struct span text)
{
	buf_printf(out, "%c\"%s\":", out->len == 0 ? '{' : ',', name);
	json_quote(out, text);
}

void
report_problem(struct report *r, const char *check, struct span where,
    struct span what, const char *cure)
{
	struct ink ink = r->out->ink;

	r->n_problems++;
	if (cure == NULL)
		cure = last_cure;
	if (r->out->is_json) {
		member(&r->text, "problem", span_str(check));
		member(&r->text, "where", where);
		member(&r->text, "what", what);
		member(&r->text, "cure", span_str(cure));
		buf_byte(&r->text, '}');
	} else {
		ink_word(ink, &r->text, INK_RED, "problem  ");
		if (where.len > 0) {
			ink_paint(ink, &r->text, INK_BOLD, where);
			buf_str(&r->text, ": ");
		}
		ink_text(ink, &r->text, what);
		buf_printf(&r->text, "\n         %s", cure);
	}
	(void)out_line(r->out, &r->text);
}

void
report_failed(struct report *r, const char *check, const struct err *err)
{
	report_problem(r, check, span_of("", 0), span_str(err->msg), NULL);
}

void
report_part(struct report *r, const char *check, const char *what)
{
	uint64_t n = r->n_problems - r->n_before;

	r->n_before = r->n_problems;
	if (r->out->is_json) {
		member(&r->text, "check", span_str(check));
		member(&r->text, "of", span_str(what));
		buf_printf(&r->text, ",\"problems\":%llu}",
		    (unsigned long long)n);
	} else {
		ink_word(r->out->ink, &r->text, n > 0 ? INK_RED : INK_GREEN,
		    n > 0 ? "bad      " : "good     ");
		buf_printf(&r->text, "%-10s%s", check, what);
	}
	(void)out_line(r->out, &r->text);
}

void
report_left_out(struct report *r, const char *what)
{
	if (r->out->is_json) {
		member(&r->text, "unchecked", span_str(what));
		buf_byte(&r->text, '}');
	} else {
		ink_word(r->out->ink, &r->text, INK_YELLOW, "left out ");
		ink_text(r->out->ink, &r->text, span_str(what));
	}
	(void)out_line(r->out, &r->text);
}

void
report_end(struct report *r)
{
	if (r->out->is_json)
		buf_printf(&r->text, "{\"problems\":%llu}",
		    (unsigned long long)r->n_problems);
	else
		buf_printf(&r->text, "%llu problem%s",
		    (unsigned long long)r->n_problems,
		    r->n_problems == 1 ? "" : "s");
	(void)out_line(r->out, &r->text);
	buf_fini(&r->text);
}
