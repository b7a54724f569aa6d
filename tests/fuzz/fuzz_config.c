/*
 * fuzz_config: a configuration file.  Either there is an error that names the
 * file, or each value is one that the programs can work with; and white space
 * changes neither.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "glob.h"
#include "json.h"
#include "pointer.h"

static void
check_coll(const struct config_coll *coll)
{
	assert(config_is_coll_name(coll->name));
	assert(coll->source < CONFIG__MAX);
	assert(coll->dir[0] == '/');
	assert(coll->file != NULL || coll->files.n > 0);
	for (size_t i = 0; i < coll->files.n; i++)
		assert(glob_path_check(span_str(coll->files.name[i])) == NULL);
	for (size_t i = 0; i < coll->exclude.n; i++)
		assert(
		    glob_path_check(span_str(coll->exclude.name[i])) == NULL);
	if (coll->items != NULL)
		assert(pointer_check(span_str(coll->items)) == NULL);
	assert(coll->interval_ms > 0 && coll->entities_max > 0);
	assert(
	    coll->file_bytes_max > 0 && coll->file_bytes_max <= JSON_BYTES_MAX);
	if (coll->source == CONFIG_TEXT)
		assert(coll->tail_bytes > 0);
	if (coll->source == CONFIG_JSONL && coll->key.n == 0)
		assert(coll->lines_max > 0);
}

static void
check(const struct config *config)
{
	size_t n = strlen(config->base);

	assert(n > 2 && config->base[0] == '/' && config->base[n - 1] == '/');
	assert(config->n_projects > 0);
	assert(config->wait_max_ms <= 55000 && config->poll_ms >= 100);
	assert(config->slow_ms >= 1000 && config->waiters_per_address >= 1);
	for (size_t i = 0; i < config->n_projects; i++) {
		const struct config_project *project = &config->project[i];

		assert(config_is_project_name(project->name));
		assert(project->store[0] == '/' && project->n_colls > 0);
		for (size_t j = 0; j < project->n_colls; j++)
			check_coll(&project->coll[j]);
	}
	for (size_t i = 0; i < config->n_aliases; i++) {
		assert(config->alias[i].path[0] == '/');
		assert(config->alias[i].to[0] != '\0');
	}
}

/* NULL when there is an error; its text goes to said. */
static struct config *
load(struct span bytes, struct buf *said)
{
	struct config *config = NULL;
	const struct err *err;
	char path[32];
	int fd = memfd_create("config", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, bytes.p, bytes.len) == (ssize_t)bytes.len);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = config_load(&config, path);
	if (err != NULL) {
		assert(err->code == ERR_BAD_REQUEST && config == NULL);
		assert(strncmp(err->msg, path, strlen(path)) == 0);
		buf_str(said, err->msg + strlen(path) + 1);
		/* Without the line. */
		if (said->data[0] >= '0' && said->data[0] <= '9') {
			size_t digits = strspn(buf_cstr(said), "0123456789:");

			memmove(said->data, said->data + digits,
			    said->len - digits);
			buf_cut(said, said->len - digits);
		}
	}
	(void)close(fd);
	return config;
}

/* A long one is cut, and before the cut there may be a line of more digits. */
static bool
is_same_message(struct span a, struct span b)
{
	enum { LONG = 960 };

	if (a.len < LONG || b.len < LONG)
		return span_eq(a, b);
	return memcmp(a.p, b.p, LONG) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct buf said = { 0 }, again = { 0 };
	struct json doc = { 0 };
	struct config *config = load(span_of((const char *)bytes, n), &said);

	if (config != NULL)
		check(config);
	if (json_scan(&doc, span_of((const char *)bytes, n), NULL) == NULL) {
		struct config *twin = load(buf_as_span(&doc.text), &again);

		assert((config == NULL) == (twin == NULL));
		assert(
		    is_same_message(buf_as_span(&said), buf_as_span(&again)));
		config_free(twin);
	} else {
		assert(config == NULL);
	}
	config_free(config);
	json_fini(&doc);
	buf_fini(&said);
	buf_fini(&again);
	return 0;
}
