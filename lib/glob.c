/*
 * glob: matching with one way back.  A star first takes nothing; when what
 * follows does not fit, it takes one more.  Only the last star is ever grown,
 * since an earlier one can gain nothing by taking more: no exponential case.
 */
#include "glob.h"

#include "utf8.h"

/* Bytes of one character; a byte that is not UTF-8 counts as one. */
static size_t
char_length(const char *p, const char *end)
{
	size_t n =
	    utf8_length((const unsigned char *)p, (const unsigned char *)end);

	return n > 0 ? n : 1;
}

static struct span
char_at(const char *p, const char *end)
{
	return span_of(p, char_length(p, end));
}

bool
glob_id(struct span pattern, struct span id)
{
	const char *p = pattern.p, *p_end = p + pattern.len;
	const char *t = id.p, *t_end = t + id.len;
	const char *star = NULL, *star_text = NULL;

	while (t < t_end) {
		if (p < p_end && *p == '*') {
			star = ++p;
			star_text = t;
		} else if (p < p_end && *p == '?') {
			p++;
			t += char_length(t, t_end);
		} else if (p < p_end && *p == *t) {
			p++;
			t++;
		} else if (star != NULL) {
			p = star;
			t = star_text += char_length(star_text, t_end);
		} else {
			return false;
		}
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

/* --- paths: one component -------------------------------------------------------- */

/* Behind the ']' of the class at p, or NULL when it has none. */
static const char *
class_end(const char *p, const char *end)
{
	p++;
	if (p < end && *p == '!')
		p++;
	if (p < end && *p == ']')
		p++;
	while (p < end && *p != ']')
		p++;
	return p < end ? p + 1 : NULL;
}

/* In the order of the code points, which in UTF-8 is that of the bytes. */
static bool
in_class(const char *p, const char *end, struct span c)
{
	bool is_not = p[1] == '!', is_in = false;

	end--; /* the ']' */
	for (p += is_not ? 2 : 1; p < end;) {
		struct span low = char_at(p, end), high = low;

		p += low.len;
		if (end - p > 1 && p[0] == '-') {
			high = char_at(p + 1, end);
			p += 1 + high.len;
		}
		is_in |= span_cmp(c, low) >= 0 && span_cmp(c, high) <= 0;
	}
	return is_in != is_not;
}

/*
 * Match one character of the text with the pattern at *p; moves both on.  A
 * star is not its business.
 */
static bool
one(const char **p, const char *p_end, const char **t, const char *t_end)
{
	const char *end;

	if (*p == p_end)
		return false;
	switch (**p) {
	case '?':
		++*p;
		*t += char_length(*t, t_end);
		return true;
	case '[':
		end = class_end(*p, p_end);
		if (end == NULL || !in_class(*p, end, char_at(*t, t_end)))
			return false;
		*p = end;
		*t += char_length(*t, t_end);
		return true;
	case '\\':
		if (*p + 1 == p_end || (*p)[1] != **t)
			return false;
		*p += 2;
		break;
	default:
		if (**p != **t)
			return false;
		++*p;
		break;
	}
	++*t;
	return true;
}

static bool
component(struct span pattern, struct span name)
{
	const char *p = pattern.p, *p_end = p + pattern.len;
	const char *t = name.p, *t_end = t + name.len;
	const char *star = NULL, *star_text = NULL;

	while (t < t_end) {
		if (p < p_end && *p == '*') {
			star = ++p;
			star_text = t;
		} else if (!one(&p, p_end, &t, t_end)) {
			if (star == NULL)
				return false;
			p = star;
			t = star_text += char_length(star_text, t_end);
		}
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

/* --- paths: the same with components for characters and ** for the star ------------ */

bool
glob_path(struct span pattern, struct span path)
{
	struct span star_pattern = { 0 }, star_path = { 0 };
	bool has_star = false;

	while (path.len > 0) {
		struct span p = pattern, t = path;
		struct span want = span_cut(&p, '/'), name = span_cut(&t, '/');

		if (pattern.len > 0 && span_is(want, "**")) {
			has_star = true;
			pattern = star_pattern = p;
			star_path = path;
		} else if (pattern.len > 0 && component(want, name)) {
			pattern = p;
			path = t;
		} else if (has_star) {
			(void)span_cut(&star_path, '/');
			pattern = star_pattern;
			path = star_path;
		} else {
			return false;
		}
	}
	return pattern.len == 0 || span_is(pattern, "**");
}

bool
glob_path_below(struct span pattern, struct span dir)
{
	while (dir.len > 0) {
		struct span want = span_cut(&pattern, '/');

		if (span_is(want, "**"))
			return true;
		if (!component(want, span_cut(&dir, '/')))
			return false;
	}
	return pattern.len > 0;
}

static const struct err *
check_component(struct span pattern, struct span part)
{
	const char *end = part.p + part.len;

	if (part.len == 0 || span_is(part, ".") || span_is(part, ".."))
		return err_new(ERR_BAD_REQUEST,
		    "\"%.*s\": a component may not be empty, . or ..",
		    SPAN_ARGS(pattern));
	for (const char *p = part.p; p < end;) {
		const char *next = *p == '[' ? class_end(p, end)
		    : *p == '\\'             ? p + 2
					     : p + 1;

		if (next == NULL)
			return err_new(ERR_BAD_REQUEST,
			    "\"%.*s\": a [ without its ]", SPAN_ARGS(pattern));
		if (next > end)
			return err_new(ERR_BAD_REQUEST,
			    "\"%.*s\": nothing follows the \\",
			    SPAN_ARGS(pattern));
		p = next;
	}
	return NULL;
}

const struct err *
glob_path_check(struct span pattern)
{
	struct span rest = pattern;
	const struct err *err;

	if (pattern.len == 0)
		return err_new(ERR_BAD_REQUEST, "an empty pattern");
	if (pattern.p[0] == '/')
		return err_new(ERR_BAD_REQUEST,
		    "\"%.*s\": a pattern is relative to the directory, "
		    "without a leading /",
		    SPAN_ARGS(pattern));
	if (pattern.p[pattern.len - 1] == '/')
		return err_new(ERR_BAD_REQUEST,
		    "\"%.*s\": a pattern names files, not directories",
		    SPAN_ARGS(pattern));
	while (rest.len > 0) {
		err = check_component(pattern, span_cut(&rest, '/'));
		if (err != NULL)
			return err;
	}
	return NULL;
}
