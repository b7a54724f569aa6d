/*
 * follow: sleeps until there may be something new in a log: the bell rang, or
 * a time has passed in which nobody can have missed much.
 *
 * Floor 3.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>

struct bell;

struct follow {
	int inotify_fd; /* -1: there is no inotify */
	int watch;      /* of the bell; -1: none */
};

void follow_init(struct follow *);
void follow_fini(struct follow *);

/* Before the log is read, so that no ring is lost.  bell may be NULL. */
void follow_watch(struct follow *, const struct bell *);

/* False when nobody reads stdout any more. */
bool follow_wait(struct follow *);

#endif /* FOLLOW_H */
