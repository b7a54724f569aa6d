/*
 * fuzz_glob: a pattern on the first line, a text on the rest, both UTF-8.  The
 * matchers agree with one that tries everything, character by character; and
 * no walk stays out of a directory below which there is a match.
 */
#include "glob.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "utf8.h"

/* So that trying everything comes to an end. */
enum { TEXT_BYTES_MAX = 40, STARS_MAX = 4, TRIES_MAX = 200000 };

static unsigned tries;

/* --- characters ------------------------------------------------------------ */

/* Take the first character off. */
static struct span
take(struct span *s)
{
	size_t n = utf8_length((const unsigned char *)s->p,
	    (const unsigned char *)s->p + s->len);
	struct span c = span_of(s->p, n);

	assert(n > 0);
	*s = span_of(s->p + n, s->len - n);
	return c;
}

/*
 * Take a class off the pattern: does it hold c?  In the order of the code
 * points, which is that of the bytes in UTF-8.
 */
static bool
take_class(struct span *pattern, struct span c)
{
	bool is_not, is_in = false, is_first = true;

	(void)take(pattern);
	is_not = pattern->p[0] == '!';
	if (is_not)
		(void)take(pattern);
	for (; is_first || pattern->p[0] != ']'; is_first = false) {
		struct span low = take(pattern), high = low, rest = *pattern;

		if (rest.len > 1 && rest.p[0] == '-' && rest.p[1] != ']') {
			(void)take(&rest);
			high = take(&rest);
			*pattern = rest;
		}
		is_in |= span_cmp(c, low) >= 0 && span_cmp(c, high) <= 0;
	}
	(void)take(pattern);
	return is_in != is_not;
}

/* --- everything is tried ------------------------------------------------------ */

/* is_path: one component of a path, else an id. */
static bool
matches(struct span pattern, struct span text, bool is_path)
{
	struct span rest = pattern, c;

	if (++tries > TRIES_MAX)
		return false;
	if (pattern.len == 0)
		return text.len == 0;
	if (pattern.p[0] == '*') {
		(void)take(&rest);
		for (; !matches(rest, text, is_path); (void)take(&text))
			if (text.len == 0)
				return false;
		return true;
	}
	if (text.len == 0)
		return false;
	c = take(&text);
	if (is_path && pattern.p[0] == '[')
		return take_class(&rest, c) && matches(rest, text, is_path);
	if (is_path && pattern.p[0] == '\\')
		(void)take(&rest);
	return (span_eq(take(&rest), c) ||
		   (pattern.p[0] == '?' && rest.p == pattern.p + 1)) &&
	    matches(rest, text, is_path);
}

static bool
matches_path(struct span pattern, struct span path)
{
	struct span want;

	if (pattern.len == 0 || path.len == 0)
		return path.len == 0 &&
		    (pattern.len == 0 || span_is(pattern, "**"));
	want = span_cut(&pattern, '/');
	if (!span_is(want, "**"))
		return matches(want, span_cut(&path, '/'), true) &&
		    matches_path(pattern, path);
	for (; !matches_path(pattern, path); (void)span_cut(&path, '/'))
		if (path.len == 0)
			return false;
	return true;
}

/* --- properties ----------------------------------------------------------------- */

static bool
is_path(struct span text)
{
	return text.len > 0 && text.p[0] != '/' &&
	    text.p[text.len - 1] != '/' &&
	    memmem(text.p, text.len, "//", 2) == NULL;
}

/* A glob reaches what it matches. */
static void
is_reached(struct span pattern, struct span path)
{
	assert(glob_path_below(pattern, span_of(path.p, 0)));
	for (size_t i = 0; i < path.len; i++)
		if (path.p[i] == '/')
			assert(glob_path_below(pattern, span_of(path.p, i)));
}

static size_t
count(struct span s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == c;
	return n;
}

static void
check(struct span pattern, struct span text)
{
	bool is_match;

	tries = 0;
	is_match = matches(pattern, text, false);
	if (tries <= TRIES_MAX)
		assert(glob_id(pattern, text) == is_match);
	if (!is_path(text) || glob_path_check(pattern) != NULL)
		return;
	tries = 0;
	is_match = matches_path(pattern, text);
	if (tries <= TRIES_MAX)
		assert(glob_path(pattern, text) == is_match);
	if (is_match)
		is_reached(pattern, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span text = span_of((const char *)bytes, n);
	struct span pattern = span_cut(&text, '\n');

	/* Whatever they are, there is an answer. */
	(void)glob_id(pattern, text);
	(void)!glob_path_check(pattern);
	(void)glob_path(pattern, text);
	(void)glob_path_below(pattern, text);
	if (pattern.len <= TEXT_BYTES_MAX && text.len <= TEXT_BYTES_MAX &&
	    count(pattern, '*') <= STARS_MAX && utf8_is_valid(pattern) &&
	    utf8_is_valid(text))
		check(pattern, text);
	return 0;
}
