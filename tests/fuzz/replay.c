/*
 * replay: run a fuzzer's function over its committed corpus, one TAP line a
 * file.  The program's own name says which: replay_record reads
 * $TIDEMARK_CORPUS/record/.  An input that crashes ends the program, and
 * prove misses the rest of the plan.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/*
 * In a block of exactly its size, so that reading one byte too many is seen.
 * False when the file cannot be read.
 */
static bool
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	bool is_read = false;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		goto out;
	size = ftell(file);
	rewind(file);
	bytes = malloc(size > 0 ? (size_t)size : 1);
	is_read = size >= 0 && bytes != NULL &&
	    fread(bytes, 1, (size_t)size, file) == (size_t)size;
	if (is_read)
		(void)LLVMFuzzerTestOneInput(bytes, (size_t)size);
out:
	free(bytes);
	if (file != NULL)
		(void)fclose(file);
	return is_read;
}

int
main(int argc, char **argv)
{
	const char *root = getenv("TIDEMARK_CORPUS");
	const char *name = argc > 0 ? strstr(argv[0], "replay_") : NULL;
	char folder[1024], path[2048];
	struct dirent **files;
	int n, failed = 0;

	if (name == NULL) {
		(void)fprintf(stderr, "replay: not named replay_<module>\n");
		return 2;
	}
	(void)snprintf(folder, sizeof(folder), "%s/%s",
	    root != NULL ? root : "tests/fuzz/corpus",
	    name + strlen("replay_"));
	n = scandir(folder, &files, is_visible, alphasort);
	if (n <= 0) {
		printf("1..1\nnot ok 1 - %s holds a corpus\n", folder);
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		    files[i]->d_name);
		printf("# %s\n", path); /* whose crash it would be */
		(void)fflush(stdout);
		bool is_read = replay(path);
		failed += !is_read;
		printf("%sok %d - %s\n", is_read ? "" : "not ", i + 1,
		    files[i]->d_name);
		free(files[i]);
	}
	free(files);
	return failed != 0;
}
