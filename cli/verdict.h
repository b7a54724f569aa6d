/*
 * verdict: what a host was found to do, finding by finding, each with whether
 * that is well and, where it is not, what to change.
 *
 * Floor 3.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdint.h>

#include "buf.h"
#include "err.h"

struct out;

enum verdict_level {
	VERDICT_OK,
	VERDICT_WARNING, /* it works, but not as well as it could */
	VERDICT_PROBLEM,
	VERDICT__MAX
};

struct verdicts {
	struct out *out;
	uint64_t n[VERDICT__MAX];
	struct buf text;
};

/*
 * check: one word, what was looked at.  cure: what to change; NULL: nothing.
 * What is found may hold text from outside.
 */
void verdict(struct verdicts *, enum verdict_level, const char *check,
    const char *cure, const char *fmt, ...) PRINTF_LIKE(5, 6);

void verdicts_end(struct verdicts *);

#endif /* VERDICT_H */
