/*
 * random_doc: documents that change at random, by little as a rule.
 */
#ifndef RANDOM_DOC_H
#define RANDOM_DOC_H

#include <stdint.h>
#include <stdlib.h>

#include "buf.h"

enum { RANDOM_FIELDS = 12 };

struct random_doc {
	int field[RANDOM_FIELDS];
};

/* seq: makes it unlike all before. */
static inline void
random_doc_change(struct random_doc *doc, uint64_t seq)
{
	doc->field[rand() % RANDOM_FIELDS] += 1 + rand() % 2;
	/* Now and then so much at once that the patch is no shorter. */
	for (int k = 0, n = rand() % 30 == 0 ? RANDOM_FIELDS : 0; k < n; k++)
		doc->field[k] = rand() % 1000;
	doc->field[0] = (int)seq * 5 + 1;
}

static inline void
random_doc_write(const struct random_doc *doc, int i, struct buf *text)
{
	buf_clear(text);
	buf_printf(text, "{\"name\":\"id-%d\"", i);
	for (int k = 0; k < RANDOM_FIELDS; k++)
		if (doc->field[k] % 5 > 0)
			buf_printf(text, ",\"field-%d\":[%d,\"%s\"]", k,
			    doc->field[k],
			    doc->field[k] % 2 > 0 ? "odd" : "even");
	buf_byte(text, '}');
}

#endif /* RANDOM_DOC_H */
