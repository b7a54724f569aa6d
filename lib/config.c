/*
 * The file is scanned by json_scan() first, for exact syntax errors, and
 * json-c is given the canonical bytes.  So none of what json-c lets through
 * (duplicate keys, bad numbers and UTF-8) or garbles (some surrogate pairs)
 * reaches it, and NUL, at which it cuts keys, is refused before.
 *
 * To add a key: a member in config.h, a line in a table here or in
 * config_coll.c, a row in docs/CONFIG.md (a test compares them).  What depends
 * on the file as a whole is checked in config_check.c.
 */
#include "config.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "config_check.h"
#include "config_coll.h"
#include "config_name.h"
#include "config_place.h"
#include "config_take.h"
#include "json.h"
#include "mem.h"

enum { CONFIG_BYTES_MAX = 1 << 20, READ_BYTES = 16 << 10 };

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* --- projects ------------------------------------------------------------- */

static const struct err *
take_coll(const struct config_place *at, void *arg)
{
	struct config_project *project = arg;

	return config_coll_take(at, &project->coll[at->nth]);
}

static const struct err *
take_colls(const struct config_place *at, const struct config_key *key,
    void *into)
{
	struct config_project *project = into;
	const struct err *err = config_want_object(at);

	(void)key;
	if (err != NULL)
		return err;
	project->n_colls = (size_t)json_object_object_length(at->value);
	if (project->n_colls == 0)
		return config_fault(at, "is empty");
	project->coll = mem_new(project->n_colls, sizeof(*project->coll));
	return config_each(at, take_coll, project);
}

#define KEEP(name_, most_)                                                     \
	{                                                                      \
		.name = #name_, .take = config_take_number,                    \
		.offset = offsetof(struct config_keep, name_), .least = 1,     \
		.most = (most_), .unit = 1                                     \
	}

static const struct config_key keep_keys[] = {
	KEEP(changes, 1000000000),
	KEEP(days, 36500),
	KEEP(mb, 1048576),
};

static const struct err *
take_keep(const struct config_place *at, const struct config_key *key,
    void *into)
{
	struct config_project *project = into;

	(void)key;
	return config_take(at, keep_keys, N(keep_keys), &project->keep, NULL);
}

static void
project_init(struct config_project *project)
{
	project->use_inotify = true;
	project->keep = (struct config_keep){ 200000, 30, 256 };
}

static const struct config_key project_keys[] = {
	{ .name = "collections", .take = take_colls, .is_needed = true },
	{ .name = "inotify",
	    .take = config_take_bool,
	    .offset = offsetof(struct config_project, use_inotify) },
	{ .name = "keep", .take = take_keep },
	{ .name = "publish",
	    .take = config_take_path,
	    .offset = offsetof(struct config_project, publish) },
	{ .name = "store",
	    .take = config_take_path,
	    .offset = offsetof(struct config_project, store),
	    .is_needed = true },
};

static const struct err *
take_project(const struct config_place *at, void *arg)
{
	struct config *config = arg;
	struct config_project *project = &config->project[at->nth];

	if (!config_is_project_name(at->name))
		return config_fault(at, "%s", config_name_fault(at->name));
	project->name = mem_dup(at->name, strlen(at->name));
	project_init(project);
	return config_take(at, project_keys, N(project_keys), project, NULL);
}

static const struct err *
take_projects(const struct config_place *at, const struct config_key *key,
    void *into)
{
	struct config *config = into;
	const struct err *err = config_want_object(at);

	(void)key;
	if (err != NULL)
		return err;
	config->n_projects = (size_t)json_object_object_length(at->value);
	if (config->n_projects == 0)
		return config_fault(at, "is empty");
	config->project = mem_new(config->n_projects, sizeof(*config->project));
	return config_each(at, take_project, config);
}

/* --- aliases, base, limits ------------------------------------------------ */

static const struct err *
take_alias(const struct config_place *at, void *arg)
{
	struct config *config = arg;
	struct config_alias *alias = &config->alias[at->nth];

	alias->path = mem_dup(at->name, strlen(at->name));
	return config_want_text(at, "a path below the base", &alias->to);
}

static const struct err *
take_aliases(const struct config_place *at, const struct config_key *key,
    void *into)
{
	struct config *config = into;
	const struct err *err = config_want_object(at);

	(void)key;
	if (err != NULL)
		return err;
	config->n_aliases = (size_t)json_object_object_length(at->value);
	if (config->n_aliases == 0)
		return NULL;
	config->alias = mem_new(config->n_aliases, sizeof(*config->alias));
	return config_each(at, take_alias, config);
}

/* "/live/v2/": what never needs percent-encoding, so it is found as it is. */
static bool
is_base(const char *base)
{
	size_t n = strlen(base);

	return n >= 3 && base[0] == '/' && base[n - 1] == '/' &&
	    strstr(base, "//") == NULL && strstr(base, "/.") == NULL &&
	    base[strspn(base,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-._~/")] == '\0';
}

static const struct err *
take_base(const struct config_place *at, const struct config_key *key,
    void *into)
{
	struct config *config = into;
	char *base = NULL;
	const struct err *err = config_want_text(at, "a path", &base);

	(void)key;
	if (err != NULL)
		return err;
	free(config->base);
	config->base = base;
	if (!is_base(base))
		err = config_fault(at, "expected a path like \"/api/v1/\"");
	return err;
}

#define LIMIT(name_, member_, least_, most_, unit_)                            \
	{                                                                      \
		.name = (name_), .take = config_take_number,                   \
		.offset = offsetof(struct config, member_), .least = (least_), \
		.most = (most_), .unit = (unit_)                               \
	}

static const struct config_key limit_keys[] = {
	LIMIT("cache_mb", cache_mb, 0, 65536, 1),
	LIMIT("gzip_min_bytes", gzip_bytes_min, 0, JSON_BYTES_MAX, 1),
	LIMIT("poll_ms", poll_ms, 100, 600000, 1),
	LIMIT("slow_s", slow_ms, 1, 3600, 1000),
	LIMIT("spawned_scan_ms", spawned_scan_ms, 0, 10000, 1),
	LIMIT("spawned_waiters", spawned_waiters_max, 0, 64, 1),
	LIMIT("wait_s", wait_max_ms, 0, 55, 1000),
	LIMIT("waiters", waiters_max, 0, 1000000, 1),
	LIMIT("waiters_per_address", waiters_per_address, 1, 1000000, 1),
};

static const struct err *
take_limits(const struct config_place *at, const struct config_key *key,
    void *into)
{
	(void)key;
	return config_take(at, limit_keys, N(limit_keys), into, NULL);
}

static const struct config_key root_keys[] = {
	{ .name = "aliases", .take = take_aliases },
	{ .name = "base", .take = take_base },
	{ .name = "limits", .take = take_limits },
	{ .name = "projects", .take = take_projects, .is_needed = true },
	{
	    .name = "sandbox",
	    .take = config_take_bool,
	    .offset = offsetof(struct config, use_sandbox),
	},
};

/* --- the file ------------------------------------------------------------- */

const struct err *
config_read(const char *file, struct buf *out)
{
	const struct err *err = NULL;
	ssize_t n = 1;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys("%s", file);
	while (n > 0 && out->len <= CONFIG_BYTES_MAX) {
		n = read(fd, buf_room(out, READ_BYTES), READ_BYTES);
		if (n > 0)
			out->len += (size_t)n;
	}
	if (n < 0)
		err = err_sys("%s", file);
	else if (out->len > CONFIG_BYTES_MAX)
		err = err_new(ERR_BAD_REQUEST, "%s: longer than %d bytes", file,
		    CONFIG_BYTES_MAX);
	(void)close(fd);
	return err;
}

/* \u0000, unless the backslash is itself escaped. */
static const struct err *
refuse_nul(const struct config_text *text)
{
	size_t line = 1;

	for (const char *p = text->bytes.p; *p != '\0'; p++) {
		line += *p == '\n';
		if (*p != '\\')
			continue;
		if (strncmp(++p, "u0000", 5) == 0)
			return err_new(ERR_BAD_REQUEST,
			    "%s:%zu: \\u0000 has no place here", text->file,
			    line);
	}
	return NULL;
}

static const struct err *
parse(const struct config_text *text, struct json_object **out)
{
	struct json doc = { 0 };
	struct json_fault fault;
	const struct err *err = json_scan(&doc, text->bytes, &fault);
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);

	if (err != NULL) {
		err = err_new(ERR_BAD_REQUEST, "%s:%zu: column %zu: %s",
		    text->file, fault.line, fault.column, fault.reason);
		goto out;
	}
	err = refuse_nul(text);
	if (err != NULL)
		goto out;
	json_tokener_set_flags(tokener,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With the NUL behind it, or a bare number would not be complete. */
	*out = json_tokener_parse_ex(tokener, doc.text.data,
	    (int)doc.text.len + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		err = err_new(ERR_BAD_REQUEST, "%s: %s", text->file,
		    json_tokener_error_desc(json_tokener_get_error(tokener)));
out:
	json_tokener_free(tokener);
	json_fini(&doc);
	return err;
}

static struct config *
config_new(void)
{
	struct config *config = mem_new(1, sizeof(*config));

	config->base = mem_dup("/api/v1/", strlen("/api/v1/"));
	config->wait_max_ms = 55000;
	config->waiters_max = 10000;
	config->waiters_per_address = 1000000;
	config->spawned_waiters_max = 4;
	config->spawned_scan_ms = 300;
	config->slow_ms = 30000;
	config->poll_ms = 3000;
	config->gzip_bytes_min = 1024;
	config->cache_mb = 64;
	config->use_sandbox = true;
	return config;
}

static const struct err *
load(struct config *config, const struct config_text *text)
{
	struct json_object *root = NULL;
	const struct err *err = parse(text, &root);
	struct config_place at = { .text = text, .value = root };

	if (err == NULL)
		err = config_take(&at, root_keys, N(root_keys), config, NULL);
	if (err == NULL)
		err = config_check(&at, config);
	json_object_put(root);
	return err;
}

/* Absolute; NULL and errno when there is none. */
static char *
folder_of(const char *file)
{
	char *name = mem_dup(file, strlen(file));
	char *dir = realpath(dirname(name), NULL);

	free(name);
	return dir;
}

const struct err *
config_parse(struct config **out, const char *file, struct buf *bytes)
{
	char *dir = folder_of(file);
	struct config_text text = {
		.file = file,
		.dir = dir,
		.bytes = span_of(buf_cstr(bytes), bytes->len),
	};
	struct config *config;
	const struct err *err;

	if (dir == NULL)
		return err_sys("the folder of %s", file);
	config = config_new();
	config->file = mem_dup(file, strlen(file));
	err = load(config, &text);
	free(dir);
	if (err != NULL)
		config_free(config);
	else
		*out = config;
	return err;
}

const struct err *
config_load(struct config **out, const char *file)
{
	struct buf bytes = { 0 };
	const struct err *err = config_read(file, &bytes);

	if (err == NULL)
		err = config_parse(out, file, &bytes);
	buf_fini(&bytes);
	return err;
}

const struct err *
config_of_dir(struct config **out, const char *dir)
{
	struct config_project *project;
	struct config *config;
	struct stat st;
	char *path;

	if (stat(dir, &st) != 0)
		return err_sys("%s", dir);
	if (!S_ISDIR(st.st_mode))
		return err_new(ERR_BAD_REQUEST,
		    "%s is not a directory (a configuration goes with -c)",
		    dir);
	path = realpath(dir, NULL);
	if (path == NULL)
		return err_sys("%s", dir);
	config = config_new();
	config->project = project = mem_new(1, sizeof(*project));
	config->n_projects = 1;
	project->name = mem_dup("main", strlen("main"));
	project->store = config_path(path, ".tidemark/main.db");
	project->every_dir = path;
	project_init(project);
	*out = config;
	return NULL;
}

static const struct err *
publish_project(struct config_project *project, const char *dir)
{
	const char *coll;

	free(project->publish);
	project->publish = mem_dup(dir, strlen(dir));
	coll = config_publish_watcher(project);
	return coll == NULL
	    ? NULL
	    : err_new(ERR_BAD_REQUEST,
		  "%s: published files would be watched there (by %s): "
		  "publish elsewhere",
		  dir, coll);
}

const struct err *
config_publish(struct config *config, const char *dir)
{
	const struct err *err = NULL;
	char *folder = realpath(".", NULL), *path;

	if (folder == NULL)
		return err_sys("the present folder");
	path = config_path(folder, dir);
	for (size_t i = 0; i < config->n_projects && err == NULL; i++)
		err = publish_project(&config->project[i], path);
	free(path);
	free(folder);
	return err;
}

static void
project_fini(struct config_project *project)
{
	for (size_t i = 0; i < project->n_colls && project->coll != NULL; i++)
		config_coll_fini(&project->coll[i]);
	free(project->coll);
	free(project->name);
	free(project->store);
	free(project->publish);
	free(project->every_dir);
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	for (size_t i = 0; i < config->n_projects; i++)
		project_fini(&config->project[i]);
	for (size_t i = 0; i < config->n_aliases; i++) {
		free(config->alias[i].path);
		free(config->alias[i].to);
	}
	free(config->project);
	free(config->alias);
	free(config->base);
	free(config->file);
	free(config);
}

char *
config_store_folder(const struct config_project *project)
{
	const char *slash = strrchr(project->store, '/');
	size_t len = (size_t)(slash - project->store);

	return mem_dup(project->store, len > 0 ? len : 1);
}
