#include "settings.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "mem.h"

struct settings {
	const char *dir;
	const char *file;
	int fd; /* the file's bytes, in memory */
};

const struct err *
settings_new(struct settings **out, const char *dir, const char *file)
{
	struct settings *settings;
	int fd = memfd_create("tidemark.json", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys("memfd_create");
	settings = mem_new(1, sizeof(*settings));
	settings->dir = dir;
	settings->file = file;
	settings->fd = fd;
	*out = settings;
	return NULL;
}

void
settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	(void)close(settings->fd); /* it goes with its last owner */
	free(settings);
}

/* A worker that reads just now finds no JSON, and its SIGHUP comes after. */
static const struct err *
keep(const struct settings *settings, struct span bytes)
{
	ssize_t n = pwrite(settings->fd, bytes.p, bytes.len, 0);

	if (n != (ssize_t)bytes.len ||
	    ftruncate(settings->fd, (off_t)bytes.len) != 0)
		return err_sys("%s: keeping it", settings->file);
	return NULL;
}

static const struct err *
fetch(const struct settings *settings, struct buf *bytes)
{
	struct stat st;
	ssize_t n;

	if (fstat(settings->fd, &st) != 0)
		return err_sys("%s: as it was kept", settings->file);
	n = pread(settings->fd, buf_room(bytes, (size_t)st.st_size + 1),
	    (size_t)st.st_size, 0);
	if (n < 0)
		return err_sys("%s: as it was kept", settings->file);
	bytes->len = (size_t)n;
	return NULL;
}

const struct err *
settings_read(struct settings *settings, struct config **config)
{
	struct buf bytes = { 0 };
	const struct err *err;

	if (settings->dir != NULL)
		return config_of_dir(config, settings->dir);
	err = config_read(settings->file, &bytes);
	if (err == NULL)
		err = config_parse(config, settings->file, &bytes);
	if (err == NULL) {
		err = keep(settings, buf_as_span(&bytes));
		if (err != NULL)
			config_free(*config);
	}
	buf_fini(&bytes);
	return err;
}

const struct err *
settings_copy(const struct settings *settings, struct config **config)
{
	struct buf bytes = { 0 };
	const struct err *err;

	if (settings->dir != NULL)
		return config_of_dir(config, settings->dir);
	err = fetch(settings, &bytes);
	if (err == NULL)
		err = config_parse(config, settings->file, &bytes);
	buf_fini(&bytes);
	return err;
}
