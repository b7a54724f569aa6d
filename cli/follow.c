#include "follow.h"

#include <inotifytools/inotify.h>
#include <poll.h>
#include <stddef.h>
#include <unistd.h>

#include "bell.h"

enum {
	FOLLOW_LOOK_MS = 2000,      /* a ring may be lost, as bell.h says */
	FOLLOW_BLIND_LOOK_MS = 200, /* no bell, or no inotify */
};

void
follow_init(struct follow *f)
{
	f->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	f->watch = -1;
}

void
follow_fini(struct follow *f)
{
	if (f->inotify_fd >= 0)
		(void)close(f->inotify_fd);
}

void
follow_watch(struct follow *f, const struct bell *bell)
{
	if (f->inotify_fd < 0)
		return;
	/* The same one again, or another one of a database of now: then that
	 * of before is on a file that is gone. */
	f->watch = bell == NULL
	    ? -1
	    : inotify_add_watch(f->inotify_fd, bell_path(bell), IN_MODIFY);
}

static void
forget_rings(int fd)
{
	char bytes[4096];

	while (read(fd, bytes, sizeof(bytes)) > 0) {
		/* That there were some is all that matters. */
	}
}

bool
follow_wait(struct follow *f)
{
	struct pollfd fds[] = {
		{ .fd = f->inotify_fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	bool is_blind = f->inotify_fd < 0 || f->watch < 0;

	if (poll(fds, 2, is_blind ? FOLLOW_BLIND_LOOK_MS : FOLLOW_LOOK_MS) <= 0)
		return true;
	if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		return false;
	forget_rings(f->inotify_fd);
	return true;
}
