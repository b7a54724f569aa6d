/*
 * skew: a library to be preloaded: the time of day is off by as many seconds as
 * the file that SKEW_FILE names says, at each moment: a number and a space,
 * written over what was there.  Clocks that only measure are left alone.
 *
 *	SKEW_FILE=/tmp/skew LD_PRELOAD=skew.so tidemark-watcher ...
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096 };

static const char *text = "0";

/* Who preloads this may later be allowed to open no such file. */
__attribute__((constructor)) static void
map_offset(void)
{
	const char *path = getenv("SKEW_FILE");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	const char *page;

	if (fd < 0)
		return;
	page = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED)
		text = page;
	(void)close(fd);
}

/* The C library's, without its header's attributes. */
int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int status = (int)syscall(SYS_clock_gettime, clock, now);

	if (status == 0 && clock == CLOCK_REALTIME)
		now->tv_sec += strtol(text, NULL, 10);
	return status;
}
