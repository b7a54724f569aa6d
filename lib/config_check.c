#include "config_check.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "buf.h"
#include "config_name.h"
#include "config_take.h"
#include "glob.h"
#include "mem.h"
#include "span.h"

/* --- stores --------------------------------------------------------------- */

/* Are two folders the same one, by whatever name? */
static bool
is_same_dir(const char *a, const char *b)
{
	struct stat sa, sb;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &sa) == 0 && stat(b, &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static bool
is_same_store(const char *a, const char *b)
{
	char *dir_a = mem_dup(a, strlen(a)), *dir_b = mem_dup(b, strlen(b));
	bool is_same = strcmp(strrchr(a, '/'), strrchr(b, '/')) == 0 &&
	    is_same_dir(dirname(dir_a), dirname(dir_b));

	free(dir_a);
	free(dir_b);
	return is_same;
}

static bool
is_hidden(const char *path)
{
	return *path == '.' || strstr(path, "/.") != NULL;
}

/* Hidden names are matched only by globs that name them. */
static bool
is_matched(const struct config_names *globs, const char *path)
{
	for (size_t i = 0; i < globs->n; i++)
		if (glob_path(span_str(globs->name[i]), span_str(path)) &&
		    (!is_hidden(path) || is_hidden(globs->name[i])))
			return true;
	return false;
}

/* The part of a path below a directory; NULL: it is elsewhere. */
static const char *
part_below(const char *dir, const char *path)
{
	size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/' ? path + n + 1
							    : NULL;
}

/* Would the watcher see a file of ours?  Then each change would make another
 * one, for ever. */
static bool
is_watched(const struct config_coll *coll, const char *path, const char *suffix)
{
	const char *below = part_below(coll->dir, path);
	struct buf file = { 0 };
	bool is_seen;

	if (coll->file != NULL || below == NULL)
		return false;
	buf_printf(&file, "%s%s", below, suffix);
	below = buf_cstr(&file);
	is_seen = is_matched(&coll->files, below) &&
	    !is_matched(&coll->exclude, below);
	buf_fini(&file);
	return is_seen;
}

static const struct err *
check_coll(const struct config_place *at, void *arg)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-bell",
		"-scan" };
	const struct config_project *project = arg;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (is_watched(&project->coll[at->nth], project->store,
			suffixes[i]))
			return config_fault(at,
			    "would watch the project's own store %s%s: "
			    "exclude it, or keep it elsewhere",
			    project->store, suffixes[i]);
	return NULL;
}

/* --- published files ------------------------------------------------------- */

const char *
config_publish_watcher(const struct config_project *project)
{
	static const char *const names[] = {
		"head.json",
		"a/snapshot.json",
		"a/snapshot.json.gz",
		"0123456789abcdef.1-2.json",
	};
	const char *found = NULL;
	struct buf path = { 0 };

	for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
		const char *below;

		buf_clear(&path);
		buf_printf(&path, "%s/%s/%s", project->publish, project->name,
		    names[k]);
		for (size_t i = 0; i < project->n_colls; i++)
			if (is_watched(&project->coll[i], buf_cstr(&path), ""))
				found = project->coll[i].name;
		below = project->every_dir != NULL
		    ? part_below(project->every_dir, buf_cstr(&path))
		    : NULL;
		if (below != NULL && !is_hidden(below))
			found = "each sub-directory";
	}
	buf_fini(&path);
	return found;
}

static const struct err *
check_publish(const struct config_place *at,
    const struct config_project *project)
{
	struct config_place publish;
	const char *coll;

	if (project->publish == NULL)
		return NULL;
	coll = config_publish_watcher(project);
	if (coll == NULL)
		return NULL;
	publish = config_place_of(at, "publish");
	return config_fault(&publish,
	    "would be watched by collection \"%s\": exclude it there, or "
	    "publish elsewhere",
	    coll);
}

/* --- projects -------------------------------------------------------------- */

static const struct err *
check_project(const struct config_place *at, void *arg)
{
	const struct config *config = arg;
	struct config_project *project = &config->project[at->nth];
	struct config_place colls = config_place_of(at, "collections");
	const struct err *err;

	for (size_t i = 0; i < at->nth; i++)
		if (is_same_store(config->project[i].store, project->store)) {
			struct config_place store =
			    config_place_of(at, "store");

			return config_fault(&store,
			    "project \"%s\" has the same store",
			    config->project[i].name);
		}
	err = check_publish(at, project);
	return err != NULL ? err : config_each(&colls, check_coll, project);
}

/* --- aliases -------------------------------------------------------------- */

/* A visible text that can stand in a request line. */
static bool
is_uri_text(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f ||
		    *text == '#')
			return false;
	return true;
}

static const struct err *
check_path(const struct config_place *at, const char *base)
{
	const char *path = at->name;

	if (path[0] != '/' || path[1] == '\0' || strchr(path, '?') != NULL ||
	    strstr(path, "//") != NULL || !is_uri_text(path))
		return config_fault(at,
		    "an alias is a path like \"/api/jobs\", without a query");
	if (strstr(path, base) != NULL)
		return config_fault(at,
		    "lies below \"%s\", where the API itself is", base);
	return NULL;
}

/* Nothing of that name; known ones are suggested. */
static const struct err *
no_such(const struct config_place *at, const char *what, struct span name,
    const char *const *known, size_t n)
{
	struct buf hint = { 0 }, text = { 0 };
	const struct err *err;

	buf_span(&text, name);
	config_suggest(&hint, buf_cstr(&text), known, n);
	err = config_fault(at, "there is no %s \"%s\"%s", what, buf_cstr(&text),
	    buf_cstr(&hint));
	buf_fini(&hint);
	buf_fini(&text);
	return err;
}

static const struct config_project *
find_project(const struct config *config, struct span name)
{
	for (size_t i = 0; i < config->n_projects; i++)
		if (span_is(name, config->project[i].name))
			return &config->project[i];
	return NULL;
}

static bool
has_coll(const struct config_project *project, struct span name)
{
	for (size_t i = 0; i < project->n_colls; i++)
		if (span_is(name, project->coll[i].name))
			return true;
	return false;
}

static const struct err *
no_project(const struct config_place *at, const struct config *config,
    struct span name)
{
	const char **known = mem_new(config->n_projects, sizeof(*known));
	const struct err *err;

	for (size_t i = 0; i < config->n_projects; i++)
		known[i] = config->project[i].name;
	err = no_such(at, "project", name, known, config->n_projects);
	free(known);
	return err;
}

static const struct err *
no_coll(const struct config_place *at, const struct config_project *project,
    struct span name)
{
	const char **known = mem_new(project->n_colls, sizeof(*known));
	const struct err *err;

	for (size_t i = 0; i < project->n_colls; i++)
		known[i] = project->coll[i].name;
	err = no_such(at, "collection", name, known, project->n_colls);
	free(known);
	return err;
}

static bool
is_word(struct span name, bool (*is_reserved)(const char *))
{
	char *text = mem_dup(name.p, name.len);
	bool is = is_reserved(text);

	free(text);
	return is;
}

/* PROJECT[/COLLECTION[/ID] or /ENDPOINT…][?query], or health and the like. */
static const struct err *
check_target(const struct config_place *at, const struct config *config,
    const char *to)
{
	struct span path = span_of(to, strcspn(to, "?"));
	struct span name = span_cut(&path, '/');
	const struct config_project *project = find_project(config, name);

	if (!is_uri_text(to) || *to == '/')
		return config_fault(at,
		    "expected a path below \"%s\", like "
		    "\"main/jobs?shape=list\"",
		    config->base);
	if (path.len == 0 && is_word(name, config_is_root_word))
		return NULL;
	if (project == NULL)
		return no_project(at, config, name);
	if (path.len == 0)
		return NULL;
	name = span_cut(&path, '/');
	if (is_word(name, config_is_project_word) || has_coll(project, name))
		return NULL;
	return no_coll(at, project, name);
}

static const struct err *
check_alias(const struct config_place *at, void *arg)
{
	const struct config *config = arg;
	const struct err *err = check_path(at, config->base);

	return err != NULL
	    ? err
	    : check_target(at, config, config->alias[at->nth].to);
}

const struct err *
config_check(const struct config_place *root, struct config *config)
{
	struct config_place at = config_place_of(root, "projects");
	const struct err *err = config_each(&at, check_project, config);

	if (err != NULL || config->n_aliases == 0)
		return err;
	at = config_place_of(root, "aliases");
	return config_each(&at, check_alias, config);
}
