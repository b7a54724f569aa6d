#include "utf8.h"

#include <string.h>

#include "check.h"

/* Of the bytes of a string: characters as they are, '?' for each subpart. */
static const char *
replaced(const char *text)
{
	static char out[64];
	const unsigned char *p = (const unsigned char *)text;
	const unsigned char *end = p + strlen(text);
	size_t n = 0;

	while (p < end) {
		size_t len = utf8_length(p, end);

		if (len > 0) {
			memcpy(out + n, p, len);
			n += len;
		} else {
			len = utf8_subpart(p, end);
			out[n++] = '?';
		}
		p += len;
	}
	out[n] = '\0';
	return out;
}

/* The Unicode Standard, 3.9, tables 3-8 to 3-11. */
static void
the_examples_of_the_standard_are_replaced_so(void)
{
	CHECK_STR(replaced("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"),
	    "????????A");
	CHECK_STR(replaced("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"),
	    "????????A");
	CHECK_STR(replaced("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"),
	    "?????A??B");
	CHECK_STR(replaced("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), "????A");
}

static void
what_the_end_cuts_is_one(void)
{
	CHECK_STR(replaced("a\xf0\x9f\x8c"), "a?");
	CHECK_STR(replaced("a\xf0\x9f"), "a?");
	CHECK_STR(replaced("a\xf0"), "a?");
	CHECK_STR(replaced("a\xe2\x82"), "a?");
	CHECK_STR(replaced("\xe2\x82\xac"), "\xe2\x82\xac");
}

TESTS(the_examples_of_the_standard_are_replaced_so, what_the_end_cuts_is_one)
