/*
 * config_text: configurations written in a line, for tests that load them.
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <stdlib.h>

#include "check.h"
#include "config.h"
#include "tmpdir.h"

#define MAIN(collections)                                                           \
	"{\"projects\":{\"main\":{\"store\":\"m.db\",\"collections\":{" collections \
	"}}}}"
#define COLL(keys) MAIN("\"c\":{" keys "}")
#define WITH(more)                                                             \
	"{\"projects\":{\"main\":{\"store\":\"m.db\",\"collections\":{"        \
	"\"jobs\":{\"dir\":\"jobs\"},\"logs\":{\"dir\":\"logs\"}}}}," more "}"

static inline const char *
written(const char *text, size_t len)
{
	const char *path = tmpdir_path("c.json");
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(text, 1, len, f) != len || fclose(f) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
	return path;
}

static inline const struct err *
load(const char *text, struct config **config)
{
	*config = NULL;
	return config_load(config, written(text, strlen(text)));
}

/* Loads text, or fails the test. */
static inline struct config *
good(const char *text)
{
	struct config *config;

	if (!CHECK_OK(load(text, &config)))
		printf("# in %s\n", text);
	return config;
}

/* What is said behind "…/c.json:"; "" when it loads. */
static inline const char *
fault(const char *text)
{
	static char msg[4096];
	struct config *config;
	const struct err *err = load(text, &config);
	const char *file = tmpdir_path("c.json");

	msg[0] = '\0';
	if (err != NULL && CHECK_ERR(err, ERR_BAD_REQUEST) &&
	    CHECK(strncmp(err->msg, file, strlen(file)) == 0))
		(void)snprintf(msg, sizeof(msg), "%s",
		    err->msg + strlen(file) + 1);
	config_free(config);
	return msg;
}

#define CHECK_FAULT(text, want) CHECK_STR(fault(text), want)

#endif /* CONFIG_TEXT_H */
