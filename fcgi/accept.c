#include "accept.h"

#include <string.h>
#include <strings.h>

static struct span
trim(struct span s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_of(s.p + 1, s.len - 1);
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool
names(struct span token, const char *name)
{
	return token.len == strlen(name) &&
	    strncasecmp(token.p, name, token.len) == 0;
}

/* In thousandths; what is no weight counts as none at all. */
static int
weight(struct span params)
{
	int q = 0, unit = 1000;

	while (params.len > 0) {
		struct span value = span_cut(&params, ';');
		struct span name = trim(span_cut(&value, '='));

		if (!names(name, "q"))
			continue;
		value = trim(value);
		for (size_t i = 0; i < value.len && i < 5; i++) {
			if (i == 1 && value.p[i] == '.')
				continue;
			if (value.p[i] < '0' || value.p[i] > '9')
				return 0;
			q += unit * (value.p[i] - '0');
			unit /= 10;
		}
		return q;
	}
	return 1000;
}

bool
accept_gzip(struct span list)
{
	int gzip = -1, any = -1, identity = -1;

	while (list.len > 0) {
		struct span params = span_cut(&list, ',');
		struct span coding = trim(span_cut(&params, ';'));
		int q = weight(params);

		if (names(coding, "gzip") || names(coding, "x-gzip"))
			gzip = q;
		else if (names(coding, "identity"))
			identity = q;
		else if (names(coding, "*"))
			any = q;
	}
	if (gzip < 0)
		gzip = any;
	return gzip > 0 && gzip >= identity;
}
