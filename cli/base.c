#include "base.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bell.h"
#include "buf.h"
#include "config.h"
#include "mem.h"
#include "nearest.h"

/* --- where it is --------------------------------------------------------- */

/* tidemark.json beside the program, as tidemark-fcgi has it. */
static const struct err *
load_beside(struct config **config)
{
	static const char name[] = "tidemark.json";
	char path[PATH_MAX];
	ssize_t n =
	    readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
	char *slash;

	if (n < 0)
		return err_sys("/proc/self/exe");
	path[n] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash != NULL ? slash + 1 : path, name, sizeof(name));
	if (access(path, F_OK) != 0)
		return err_new(ERR_BAD_REQUEST,
		    "which database?  Give -d FILE.db, -d DIR or -c FILE, or "
		    "set TIDEMARK_CONFIG; there is no %s",
		    path);
	return config_load(config, path);
}

/* config: out: NULL when the database is named by its file. */
static const struct err *
load_any(const struct place *place, struct config **config)
{
	const char *file = place->config;
	struct stat st;

	*config = NULL;
	if (place->database != NULL && place->config != NULL)
		return err_new(ERR_BAD_REQUEST, "either -c or -d, not both");
	if (place->database != NULL) {
		if (stat(place->database, &st) != 0 && errno == ENOENT &&
		    place->may_be_new)
			return NULL;
		if (stat(place->database, &st) != 0)
			return err_new(ERR_BAD_REQUEST, "%s: %s",
			    place->database, strerror(errno));
		return S_ISDIR(st.st_mode)
		    ? config_of_dir(config, place->database)
		    : NULL;
	}
	if (file == NULL)
		file = getenv("TIDEMARK_CONFIG");
	return file != NULL ? config_load(config, file) : load_beside(config);
}

/* Whatever is wrong with it, the user can mend it. */
static const struct err *
load(const struct place *place, struct config **config)
{
	const struct err *err = load_any(place, config);

	return err != NULL ? err_new(ERR_BAD_REQUEST, "%s", err->msg) : NULL;
}

static const struct err *
unknown(const struct config *config, const char *name)
{
	struct nearest n = { .word = span_str(name) };
	struct buf names = { 0 };
	const struct err *err;

	for (size_t i = 0; i < config->n_projects; i++) {
		nearest_try(&n, config->project[i].name);
		buf_printf(&names, "%s %s", i == 0 ? "" : ",",
		    config->project[i].name);
	}
	if (n.found != NULL)
		err = err_new(ERR_BAD_REQUEST,
		    "there is no project %s; is %s meant?", name, n.found);
	else
		err = err_new(ERR_BAD_REQUEST,
		    "there is no project %s; there are:%s", name,
		    buf_cstr(&names));
	buf_fini(&names);
	return err;
}

static const struct err *
choose(struct base *base)
{
	struct buf names = { 0 };
	const struct err *err;

	if (base->config->n_projects == 1) {
		base->project = &base->config->project[0];
		return NULL;
	}
	for (size_t i = 0; i < base->config->n_projects; i++)
		buf_printf(&names, "%s %s", i == 0 ? "" : ",",
		    base->config->project[i].name);
	err = err_new(ERR_BAD_REQUEST,
	    "which project?  Give -p (behind the command: --project):%s",
	    buf_cstr(&names));
	buf_fini(&names);
	return err;
}

static const struct err *
find_named(struct base *base, const char *name)
{
	for (size_t i = 0; i < base->config->n_projects; i++)
		if (strcmp(base->config->project[i].name, name) == 0) {
			base->project = &base->config->project[i];
			return NULL;
		}
	return unknown(base->config, name);
}

const struct err *
base_find(struct base *base, const struct place *place)
{
	const struct err *err;

	*base = (struct base){ 0 };
	err = load(place, &base->config);
	if (err != NULL)
		return err;
	if (base->config == NULL) {
		base->path = place->database;
		return place->project == NULL
		    ? NULL
		    : err_new(ERR_BAD_REQUEST,
			  "a database file is one project: no -p with it");
	}
	err = place->project != NULL ? find_named(base, place->project)
				     : choose(base);
	if (err == NULL)
		base->path = base->project->store;
	return err;
}

/* --- open ---------------------------------------------------------------- */

/* The ring before the store, so that it is never ahead of what is read. */
static const struct err *
last_rung(const struct base *base, uint64_t *seq)
{
	struct bell_ring ring;
	struct bell_pulse pulse;
	const struct err *err = bell_read(base->bell, &ring, &pulse);

	*seq = err == NULL ? ring.seq : 0;
	return err == NULL || err->code == ERR_UNAVAILABLE ? NULL : err;
}

static void
shut(struct base *base)
{
	store_close(base->store);
	bell_close(base->bell);
	base->store = NULL;
	base->bell = NULL;
}

const struct err *
base_open_found(struct base *base)
{
	const struct err *err;

	shut(base);
	err = bell_open(&base->bell, base->path, BELL_LISTEN);
	/* Nobody rings: a reader looks from time to time. */
	if (err != NULL && err->code != ERR_UNAVAILABLE)
		return err;
	return store_open(&base->store, base->path, STORE_READ, 0);
}

const struct err *
base_open_to_write(struct base *base, bool *is_alone)
{
	uint64_t seq = 0;
	const struct err *err;

	shut(base);
	*is_alone = false;
	err = bell_open(&base->bell, base->path, BELL_RING);
	if (err != NULL)
		return err;
	err = bell_lock(base->bell, 0);
	if (err != NULL && err->code != ERR_CONFLICT)
		return err;
	*is_alone = err == NULL;
	err = last_rung(base, &seq);
	if (err != NULL)
		return err;
	return store_open(&base->store, base->path, STORE_WRITE, seq);
}

const struct err *
base_open(struct base *base, const struct place *place)
{
	const struct err *err = base_find(base, place);

	return err != NULL ? err : base_open_found(base);
}

void
base_close(struct base *base)
{
	shut(base);
	if (base->config != NULL)
		config_free(base->config);
	*base = (struct base){ 0 };
}

const struct err *
base_each(const struct place *place, base_fn *fn, void *arg)
{
	struct base base = { 0 };
	const struct err *err = load(place, &base.config);

	if (err != NULL)
		return err;
	if (base.config == NULL || place->project != NULL) {
		if (base.config != NULL)
			config_free(base.config);
		err = base_find(&base, place);
		if (err == NULL)
			err = fn(&base, arg);
		base_close(&base);
		return err;
	}
	for (size_t i = 0; i < base.config->n_projects && err == NULL; i++) {
		base.project = &base.config->project[i];
		base.path = base.project->store;
		err = fn(&base, arg);
		shut(&base);
	}
	config_free(base.config);
	return err;
}
