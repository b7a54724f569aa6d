#include "nearest.h"

#include <string.h>

enum { WORD_BYTES_MAX = 64 };

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Letters that are wrong, missing, too many, or two that are swapped: the
 * distance of Damerau and Levenshtein, with three rows of its table.
 */
static unsigned
distance(struct span a, struct span b)
{
	unsigned rows[3][WORD_BYTES_MAX + 1];
	unsigned *older = rows[0], *old = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b.len; j++)
		old[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *oldest = older;

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned wrong = a.p[i - 1] != b.p[j - 1];

			row[j] = least(old[j - 1] + wrong,
			    least(old[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1])
				row[j] = least(row[j], older[j - 2] + 1);
		}
		older = old;
		old = row;
		row = oldest;
	}
	return old[b.len];
}

void
nearest_try(struct nearest *n, const char *candidate)
{
	struct span c = span_str(candidate), w = n->word;
	unsigned d;

	if (w.len == 0 || w.len > WORD_BYTES_MAX || c.len > WORD_BYTES_MAX)
		return;
	d = w.len < c.len && memcmp(w.p, c.p, w.len) == 0 ? 1 : distance(w, c);
	if (d > (c.len + 2) / 3 || d >= c.len ||
	    (n->found != NULL && d >= n->distance))
		return;
	n->found = candidate;
	n->distance = d;
}
