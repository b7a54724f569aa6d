/*
 * proc: what the kernel says of a process of ours.
 *
 * Floor 3.
 * Source: proc(5).
 */
#ifndef PROC_H
#define PROC_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Descriptors are counted one by one before Linux 6.2, which takes 2 us each:
 * beyond so many nobody knows how many there are.
 */
enum { PROC_FDS_COUNTED = 1024 };

/* -1: not known. */
struct proc {
	int64_t rss_bytes;
	int64_t fds;
	int64_t fds_max; /* RLIMIT_NOFILE */
};

void proc_read(pid_t, struct proc *);

#endif /* PROC_H */
