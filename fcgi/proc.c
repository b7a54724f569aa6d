#include "proc.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 64 };

static int64_t
read_rss(pid_t pid)
{
	char path[PATH_BYTES];
	int64_t pages = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	if (fscanf(f, "%*u %" SCNd64, &pages) != 1)
		pages = -1;
	(void)fclose(f); /* nothing was written */
	return pages < 0 ? -1 : pages * sysconf(_SC_PAGESIZE);
}

static int64_t
count_fds(pid_t pid, const char *path)
{
	DIR *dir = opendir(path);
	/* Not "." and "..", and not the one that we read from. */
	int64_t n = pid == getpid() ? -3 : -2;

	if (dir == NULL)
		return -1;
	while (n <= PROC_FDS_COUNTED && readdir(dir) != NULL)
		n++;
	(void)closedir(dir); /* nothing was written */
	return n > PROC_FDS_COUNTED ? -1 : n;
}

static int64_t
read_fds(pid_t pid)
{
	char path[PATH_BYTES];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if (stat(path, &st) == 0 && st.st_size > 0)
		return st.st_size; /* since Linux 6.2 */
	return count_fds(pid, path);
}

static int64_t
read_fds_max(pid_t pid)
{
	struct rlimit limit;

	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) != 0 ||
	    limit.rlim_cur > INT64_MAX)
		return -1;
	return (int64_t)limit.rlim_cur;
}

void
proc_read(pid_t pid, struct proc *proc)
{
	proc->rss_bytes = read_rss(pid);
	proc->fds = read_fds(pid);
	proc->fds_max = read_fds_max(pid);
}
