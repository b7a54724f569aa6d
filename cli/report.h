/*
 * report: what a check of a database has found, problem by problem, each with
 * what to do.
 *
 * Floor 3.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "span.h"

struct out;

struct report {
	struct out *out;
	uint64_t n_problems; /* that were told */
	uint64_t n_before;   /* this part */
	struct buf text;
};

/* cure: what to do about it; NULL: what helps where nothing else does. */
void report_problem(struct report *, const char *check, struct span where,
    struct span what, const char *cure);

/* A part could not be looked at: a problem as well. */
void report_failed(struct report *, const char *check, const struct err *);

/* The end of a part: what was looked at, such as "12 entities". */
void report_part(struct report *, const char *check, const char *what);

/* What was not looked at, and why. */
void report_left_out(struct report *, const char *what);

void report_end(struct report *);

#endif /* REPORT_H */
