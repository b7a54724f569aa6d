/*
 * processes: what other processes have used, by proc(5).
 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <stddef.h>

enum { PROCESSES_MAX = 32 };

/* What is counted as one.  {0} is none. */
struct processes {
	int pid[PROCESSES_MAX];
	size_t n;
};

/* Take a process in, and the children that it has now, and theirs. */
void processes_add(struct processes *, int pid);

/* CPU time of all their threads; what has ended counts as 0. */
double processes_cpu_seconds(const struct processes *);

/* Memory that is resident now. */
double processes_rss_bytes(const struct processes *);

long processes_threads(const struct processes *);

#endif /* PROCESSES_H */
