#include "scan_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "monotime.h"
#include "span.h"

enum { SCAN_RECORD_BYTES_MAX = 8192 };

static const char begun[] = "begun ";
static const char *const ends[] = {
	[SCAN_ENDED_WELL] = "ended well",
	[SCAN_ENDED_BADLY] = "ended badly",
	[SCAN_ENDED_TOLD] = "ended badly, as was told",
};

static void
write_path(struct buf *path, const struct config *config)
{
	buf_printf(path, "%s-scan", config->project[0].store);
}

static bool
may_write(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

bool
scan_record_is_ours(const struct config *config)
{
	struct buf path = { 0 };
	char *folder = config_store_folder(&config->project[0]);
	bool is_ours;

	write_path(&path, config);
	is_ours = may_write(buf_cstr(&path));
	if (!is_ours && errno == ENOENT)
		is_ours = may_write(folder);
	if (!is_ours && errno == ENOENT) {
		/* The watcher makes one folder, and so do we. */
		*strrchr(folder, '/') = '\0';
		is_ours = may_write(*folder != '\0' ? folder : "/");
	}
	free(folder);
	buf_fini(&path);
	return is_ours;
}

static int
open_to_write(const struct config *config)
{
	struct buf path = { 0 };
	char *folder = config_store_folder(&config->project[0]);
	int fd;

	write_path(&path, config);
	fd = open(buf_cstr(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	if (fd < 0 && errno == ENOENT && mkdir(folder, 0755) == 0)
		fd = open(buf_cstr(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	free(folder);
	buf_fini(&path);
	return fd;
}

int
scan_record_lock(const struct config *config)
{
	int fd = open_to_write(config), why;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	why = errno;
	(void)close(fd); /* nothing was written */
	errno = why;
	return -1;
}

/* The last line, which is taken away. */
static struct span
cut_last_line(struct span *lines)
{
	size_t end = lines->len, from;

	if (end > 0 && lines->p[end - 1] == '\n')
		end--;
	for (from = end; from > 0 && lines->p[from - 1] != '\n'; from--)
		;
	lines->len = from;
	return span_of(lines->p + from, end - from);
}

static enum scan_end
how_it_ended(struct span *lines)
{
	struct span rest = *lines, line = cut_last_line(&rest);

	for (enum scan_end end = SCAN_ENDED_WELL; end <= SCAN_ENDED_TOLD; end++)
		if (span_is(line, ends[end])) {
			*lines = rest;
			return end;
		}
	return SCAN_ENDED_BADLY;
}

/* Its end, which says most. */
static void
read_lines(int fd, struct buf *bytes)
{
	struct stat st;
	off_t from = 0;
	ssize_t n;

	if (fstat(fd, &st) == 0 && st.st_size > SCAN_RECORD_BYTES_MAX)
		from = st.st_size - SCAN_RECORD_BYTES_MAX;
	n = pread(fd, buf_room(bytes, SCAN_RECORD_BYTES_MAX),
	    SCAN_RECORD_BYTES_MAX, from);
	bytes->len = n > 0 ? (size_t)n : 0;
}

struct scan_past
scan_record_read(int fd)
{
	struct scan_past past = { .end = SCAN_NEVER };
	char head[sizeof(begun) + 20] = "";
	struct buf bytes = { 0 };
	struct span lines;

	/* What is no record, or not to be read, is none. */
	if (pread(fd, head, sizeof(head) - 1, 0) < (ssize_t)sizeof(begun) ||
	    strncmp(head, begun, strlen(begun)) != 0)
		return past;
	past.begun_ms = strtoll(head + strlen(begun), NULL, 10);
	read_lines(fd, &bytes);
	lines = span_of(buf_cstr(&bytes), bytes.len);
	(void)span_cut(&lines, '\n'); /* the first, or what is left of one */
	past.end = how_it_ended(&lines);
	buf_span(&past.said, lines);
	buf_fini(&bytes);
	return past;
}

/* -1: there is none, or a scan is being done, and errno is EWOULDBLOCK. */
static int
open_to_read(const struct config *config)
{
	struct buf path = { 0 };
	int fd, why;

	write_path(&path, config);
	fd = open(buf_cstr(&path), O_RDONLY | O_CLOEXEC);
	buf_fini(&path);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0)
		return fd;
	why = errno;
	(void)close(fd); /* only read */
	errno = why;
	return -1;
}

struct scan_past
scan_record_look(const struct config *config)
{
	struct scan_past past = { .end = SCAN_NEVER };
	int fd = open_to_read(config);

	if (fd < 0)
		return past;
	past = scan_record_read(fd);
	(void)close(fd); /* only read */
	return past;
}

bool
scan_record_is_locked(const struct config *config)
{
	int fd = open_to_read(config);

	if (fd >= 0)
		(void)close(fd); /* only read */
	return fd < 0 && errno == EWOULDBLOCK;
}

void
scan_record_say(int fd, const char *line)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s\n", line);
	(void)!write(fd, text.data, text.len);
	buf_fini(&text);
}

void
scan_record_begin(int fd)
{
	struct buf line = { 0 };

	buf_printf(&line, "%s%lld", begun, (long long)walltime_now().ms);
	(void)!ftruncate(fd, 0);
	(void)lseek(fd, 0, SEEK_SET);
	scan_record_say(fd, buf_cstr(&line));
	buf_fini(&line);
}

void
scan_record_end(int fd, enum scan_end end)
{
	(void)lseek(fd, 0, SEEK_END);
	scan_record_say(fd, ends[end]);
}
