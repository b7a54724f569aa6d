/*
 * tree: makes a directory tree of state files, and replaces all of them.
 *
 *	tree DIR DIRS FILES BYTES VERSION
 *
 * DIR/dNNNN/fNN.json, FILES in each of DIRS folders; each is a document of
 * BYTES bytes (at least 230) of which five members move with VERSION.  What
 * is there is replaced as a good producer does it: a hidden file is written,
 * then renamed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES_MIN = 230, BYTES_MAX = 65536 };

struct shape {
	int n_dirs, n_files;
	size_t bytes;
	int version;
};

/* Text that differs from file to file, so that no two have the same bytes. */
static size_t
write_doc(char *out, const struct shape *shape, int i)
{
	int v = shape->version;
	int n = snprintf(out, BYTES_MIN,
	    "{\"id\":\"agent-%06d\",\"kind\":\"build\",\"state\":\"%s\","
	    "\"phase\":%d,\"progress\":%d.%02d,\"step\":%d,\"owner\":{\"name\":"
	    "\"user%d\",\"mail\":null},\"started\":\"2026-01-02T03:04:05Z\","
	    "\"tags\":[\"nightly\",\"x86-64\"],\"text\":\"",
	    i, v % 7 > 0 ? "running" : "waiting", v % 5, v % 100, v * 7 % 100,
	    v, i % 50);
	size_t at = (size_t)n;

	if (n < 0 || n + 2 > BYTES_MIN)
		errx(1, "a document's head does not fit");
	for (; at + 2 < shape->bytes; at++)
		out[at] = (char)('a' + ((size_t)i * 31 + at * 7) % 26);
	memcpy(out + at, "\"}", 2);
	return at + 2;
}

static void
write_file(int dir, const char *name, const char *bytes, size_t n, int version)
{
	const char *first = version == 0 ? name : ".tree.tmp";
	int fd = openat(dir, first, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) != 0)
		err(1, "%s", name);
	if (version != 0 && renameat(dir, first, dir, name) != 0)
		err(1, "%s", name);
}

static void
fill_dir(int root, const struct shape *shape, int d)
{
	static char doc[BYTES_MAX];
	char name[32];
	int dir;

	(void)snprintf(name, sizeof(name), "d%04d", d);
	if (mkdirat(root, name, 0755) != 0 && errno != EEXIST)
		err(1, "%s", name);
	dir = openat(root, name, O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		err(1, "%s", name);
	for (int i = 0; i < shape->n_files; i++) {
		size_t n = write_doc(doc, shape, d * shape->n_files + i);

		(void)snprintf(name, sizeof(name), "f%04d.json", i);
		write_file(dir, name, doc, n, shape->version);
	}
	(void)close(dir);
}

int
main(int argc, char **argv)
{
	struct shape shape;
	int root;

	if (argc != 6)
		errx(2, "usage: tree DIR DIRS FILES BYTES VERSION");
	shape = (struct shape){
		.n_dirs = (int)strtol(argv[2], NULL, 10),
		.n_files = (int)strtol(argv[3], NULL, 10),
		.bytes = strtoul(argv[4], NULL, 10),
		.version = (int)strtol(argv[5], NULL, 10),
	};
	if (shape.bytes < BYTES_MIN || shape.bytes > BYTES_MAX)
		errx(2, "BYTES is %d to %d", BYTES_MIN, BYTES_MAX);
	if (mkdir(argv[1], 0755) != 0 && errno != EEXIST)
		err(1, "%s", argv[1]);
	root = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (root < 0)
		err(1, "%s", argv[1]);
	for (int d = 0; d < shape.n_dirs; d++)
		fill_dir(root, &shape, d);
	(void)close(root);
	return 0;
}
