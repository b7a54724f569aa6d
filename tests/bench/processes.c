#include "processes.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number behind NAME: in a file of such lines; -1 where it is not.  Pass
   "" for the first number of the file. */
static double
number_in(const char *path, const char *name)
{
	char line[512];
	double value = -1;
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return -1;
	while (value < 0 && fgets(line, sizeof(line), file) != NULL) {
		size_t n = strlen(name);

		if (strncmp(line, name, n) != 0)
			continue;
		value = strtod(line + n + (line[n] == ':'), NULL);
	}
	(void)fclose(file);
	return value;
}

void
processes_add(struct processes *set, int pid)
{
	char path[64], line[1024], *at;
	FILE *file;

	if (set->n == PROCESSES_MAX)
		errx(2, "more than %d processes", PROCESSES_MAX);
	set->pid[set->n++] = pid;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid,
	    pid);
	file = fopen(path, "r");
	if (file == NULL)
		err(1, "%s", path);
	at = fgets(line, sizeof(line), file);
	(void)fclose(file);
	while (at != NULL) {
		char *end;
		int child = (int)strtol(at, &end, 10);

		if (end == at)
			return;
		processes_add(set, child);
		at = end;
	}
}

static double
cpu_seconds_of(int pid)
{
	char path[sizeof("/proc//task//schedstat") + 256 + 16];
	struct dirent *task;
	double sum = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (dir == NULL)
		return 0;
	while ((task = readdir(dir)) != NULL) {
		double ns;

		if (task->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat",
		    pid, task->d_name);
		ns = number_in(path, "");
		sum += ns > 0 ? ns / 1e9 : 0;
	}
	(void)closedir(dir);
	return sum;
}

double
processes_cpu_seconds(const struct processes *set)
{
	double sum = 0;

	for (size_t i = 0; i < set->n; i++)
		sum += cpu_seconds_of(set->pid[i]);
	return sum;
}

double
processes_rss_bytes(const struct processes *set)
{
	double sum = 0;

	for (size_t i = 0; i < set->n; i++) {
		char path[64];
		double kib;

		/* VmRSS of .../status may be a batch of pages behind. */
		(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup",
		    set->pid[i]);
		kib = number_in(path, "Rss");
		sum += kib > 0 ? kib * 1024 : 0;
	}
	return sum;
}

long
processes_threads(const struct processes *set)
{
	double sum = 0;

	for (size_t i = 0; i < set->n; i++) {
		char path[64];
		double threads;

		(void)snprintf(path, sizeof(path), "/proc/%d/status",
		    set->pid[i]);
		threads = number_in(path, "Threads");
		sum += threads > 0 ? threads : 0;
	}
	return (long)sum;
}
