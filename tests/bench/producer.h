/*
 * producer: replaces files at a steady pace, in a process of its own, so that
 * nothing else keeps it from that.
 */
#ifndef PRODUCER_H
#define PRODUCER_H

#include <stddef.h>
#include <sys/types.h>

struct producer_plan {
	const char *dir;
	size_t files; /* dir/f0.json and on, by turns */
	double rate;  /* a second, of all of them together */
	double seconds;
};

struct producer {
	pid_t pid;
	int lateness; /* pipe */
};

void producer_start(struct producer *, const struct producer_plan *);

/* Wait for its end.  Returns ms by which it was behind at the worst. */
double producer_end(struct producer *);

#endif /* PRODUCER_H */
