#include "beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Opening must neither wait for a FIFO's other end nor make a terminal ours. */
enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* One component after the other, none of them a link. */
static int
open_step_by_step(int root, const char *path, int flags)
{
	struct span rest = span_str(path);
	int at = root, next, saved;

	for (;;) {
		struct span name = span_cut(&rest, '/');
		char text[256];

		if (name.len >= sizeof(text)) {
			errno = ENAMETOOLONG;
			next = -1;
		} else {
			memcpy(text, name.p, name.len);
			text[name.len] = '\0';
			next = openat(at, text,
			    O_NOFOLLOW |
				(rest.len > 0 ? O_PATH | O_CLOEXEC : flags));
		}
		saved = errno;
		if (at != root)
			(void)close(at);
		errno = saved;
		if (next < 0 || rest.len == 0)
			return next;
		at = next;
	}
}

static int
open_beneath(int root, const char *path, int flags, uint64_t resolve)
{
	static bool is_missing; /* the system call */
	struct open_how how = { .flags = (uint64_t)flags, .resolve = resolve };
	long fd;

	if (!is_missing) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || errno != ENOSYS)
			return (int)fd;
		is_missing = true;
	}
	return open_step_by_step(root, path, flags);
}

int
beneath_open_dir(int root, const char *path)
{
	return open_beneath(root, *path == '\0' ? "." : path,
	    OPEN_FLAGS | O_DIRECTORY,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int
beneath_open_name(int dir, const char *name)
{
	return openat(dir, name, OPEN_FLAGS | O_NOFOLLOW);
}

int
beneath_open_file(int root, const char *path)
{
	return open_beneath(root, path, OPEN_FLAGS,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int
beneath_open_link(int root, const char *path)
{
	return open_beneath(root, path, OPEN_FLAGS,
	    RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

static void
take_stat(const struct stat *from, struct beneath_stat *st)
{
	st->stat.ino = from->st_ino;
	st->stat.size = (uint64_t)from->st_size;
	st->stat.mtime_ns =
	    from->st_mtim.tv_sec * 1000000000 + from->st_mtim.tv_nsec;
	st->stat.ctime_ns =
	    from->st_ctim.tv_sec * 1000000000 + from->st_ctim.tv_nsec;
	st->dev = from->st_dev;
	st->mode = from->st_mode;
	st->is_shared = from->st_nlink > 1;
}

int
beneath_stat(int fd, struct beneath_stat *st)
{
	struct stat from;

	if (fstat(fd, &from) != 0)
		return -1;
	take_stat(&from, st);
	return 0;
}

int
beneath_stat_at(int dir, const char *path, struct beneath_stat *st)
{
	struct stat from;

	if (fstatat(dir, path, &from,
		AT_SYMLINK_NOFOLLOW | (*path == '\0' ? AT_EMPTY_PATH : 0)) != 0)
		return -1;
	take_stat(&from, st);
	return 0;
}

bool
beneath_is_empty(int dir)
{
	char bytes[4096];
	ssize_t n = getdents64(dir, bytes, sizeof(bytes));

	/* All of an empty one, "." and "..", come at once. */
	for (ssize_t at = 0; at < n;) {
		const struct dirent64 *e = (const void *)(bytes + at);

		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			return false;
		at += e->d_reclen;
	}
	return n >= 0;
}
