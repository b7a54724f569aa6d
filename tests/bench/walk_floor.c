/*
 * walk_floor: the least that looking at a tree can cost: the system calls that
 * nobody can do without, one thread, nothing kept.
 *
 *	walk_floor stat|read DIR
 *
 * Two levels, as tree makes them.  stat: getdents64 of each folder and statx
 * of each file in it.  read: open, read and close each file.  Prints files,
 * milliseconds of wall clock and of CPU.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

enum { ENTRIES_BYTES = 65536, FILE_BYTES = 65536 };

/* getdents64(2) */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

typedef void entry_fn(int dir, const struct entry *, void *arg);

struct walk {
	entry_fn *file_fn;
	uint64_t files, bytes;
};

static void
each_entry(int dir, entry_fn *fn, void *arg)
{
	_Alignas(struct entry) char entries[ENTRIES_BYTES];
	long got;

	while ((got = syscall(SYS_getdents64, dir, entries, sizeof(entries))) >
	    0) {
		for (long at = 0; at < got;) {
			const struct entry *e = (const void *)(entries + at);

			if (e->name[0] != '.')
				fn(dir, e, arg);
			at += e->reclen;
		}
	}
	if (got < 0)
		err(1, "getdents64");
}

static void
stat_file(int dir, const struct entry *e, void *arg)
{
	struct walk *walk = arg;
	struct statx st;

	if (statx(dir, e->name, AT_SYMLINK_NOFOLLOW,
		STATX_INO | STATX_SIZE | STATX_MTIME | STATX_CTIME, &st) != 0)
		err(1, "%s", e->name);
	walk->files++;
	walk->bytes += st.stx_size;
}

static void
read_file(int dir, const struct entry *e, void *arg)
{
	static char bytes[FILE_BYTES];
	struct walk *walk = arg;
	int fd = openat(dir, e->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	if (n < 0)
		err(1, "%s", e->name);
	(void)close(fd);
	walk->files++;
	walk->bytes += (uint64_t)n;
}

static void
enter_dir(int root, const struct entry *e, void *arg)
{
	struct walk *walk = arg;
	int dir = openat(root, e->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		err(1, "%s", e->name);
	each_entry(dir, walk->file_fn, walk);
	(void)close(dir);
}

int
main(int argc, char **argv)
{
	struct walk walk = { 0 };
	double wall, cpu;
	int root;

	if (argc != 3)
		errx(2, "usage: walk_floor stat|read DIR");
	walk.file_fn = strcmp(argv[1], "read") == 0 ? read_file : stat_file;
	wall = bench_seconds();
	cpu = bench_cpu_seconds();
	root = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (root < 0)
		err(1, "%s", argv[2]);
	each_entry(root, enter_dir, &walk);
	(void)close(root);
	printf("%llu %.3f %.3f\n", (unsigned long long)walk.files,
	    (bench_seconds() - wall) * 1e3, (bench_cpu_seconds() - cpu) * 1e3);
	return walk.bytes == 0;
}
