/*
 * One collection: its keys, their defaults, and what they must not be
 * together.
 */
#include "config_coll.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "config_name.h"
#include "config_take.h"
#include "json.h"
#include "mem.h"
#include "pointer.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const char *const source_names[CONFIG__MAX] = {
	[CONFIG_JSON] = "json",
	[CONFIG_ITEMS] = "items",
	[CONFIG_TEXT] = "text",
	[CONFIG_JSONL] = "jsonl",
	[CONFIG_STAT] = "stat",
};

static const char *const default_globs[CONFIG__MAX] = {
	[CONFIG_JSON] = "**/*.json",
	[CONFIG_ITEMS] = "**/*.json",
	[CONFIG_TEXT] = "**/*.log",
	[CONFIG_JSONL] = "**/*.jsonl",
	[CONFIG_STAT] = "**",
};

static const char *const id_names[] = {
	[CONFIG_ID_PATH] = "path",
	[CONFIG_ID_NAME] = "name",
	[CONFIG_ID_FOLDER] = "folder",
};

/* The index of a text in names, into *out. */
static const struct err *
want_one_of(const struct config_place *at, const char *const *names, size_t n,
    size_t *out)
{
	struct buf hint = { 0 };
	const struct err *err;
	char *text = NULL;

	err = config_want_text(at, "a text", &text);
	if (err != NULL)
		return err;
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0) {
			*out = i;
			goto out;
		}
	config_suggest(&hint, text, names, n);
	err = config_fault(at, "unknown value \"%s\"%s", text, buf_cstr(&hint));
	buf_fini(&hint);
out:
	free(text);
	return err;
}

static const struct err *
take_as(const struct config_place *at, const struct config_key *key, void *into)
{
	struct config_coll *coll = into;
	size_t chosen = CONFIG_JSON;
	const struct err *err =
	    want_one_of(at, source_names, N(source_names), &chosen);

	(void)key;
	coll->source = (enum config_source)chosen;
	return err;
}

static const struct err *
take_id(const struct config_place *at, const struct config_key *key, void *into)
{
	struct config_coll *coll = into;
	size_t chosen = CONFIG_ID_PATH;
	const struct err *err = want_one_of(at, id_names, N(id_names), &chosen);

	(void)key;
	coll->id = (enum config_id)chosen;
	return err;
}

/* As it stands inside a canonical string, which is what documents hold. */
static void
escape(char **text)
{
	struct buf out = { 0 };

	json_escape(&out, span_str(*text));
	free(*text);
	if (out.len == 0)
		buf_str(&out, "");
	*text = buf_take(&out, NULL);
}

static const struct err *
check_pointer(const struct config_place *at, const char *pointer)
{
	const struct err *err = pointer_check(span_str(pointer));

	return err == NULL ? NULL : config_fault(at, "%s", err->msg);
}

static const struct err *
take_items(const struct config_place *at, const struct config_key *key,
    void *into)
{
	struct config_coll *coll = into;
	const struct err *err =
	    config_want_text(at, "a JSON Pointer", &coll->items);

	(void)key;
	if (err != NULL)
		return err;
	escape(&coll->items);
	return check_pointer(at, coll->items);
}

static const struct err *
take_names(const struct config_place *at, const struct config_key *key,
    void *into)
{
	const struct err *err = config_take_texts(at, key, into);
	struct config_names *names =
	    (struct config_names *)((char *)into + key->offset);

	for (size_t i = 0; i < names->n; i++)
		escape(&names->name[i]);
	return err;
}

static const struct err *
take_fields(const struct config_place *at, const struct config_key *key,
    void *into)
{
	const struct err *err = take_names(at, key, into);
	struct config_names *names =
	    (struct config_names *)((char *)into + key->offset);

	for (size_t i = 0; err == NULL && i < names->n; i++)
		if (names->name[i][0] == '/')
			err = check_pointer(at, names->name[i]);
	return err;
}

#define OF(source) (UINT32_C(1) << (CONFIG_##source))
#define DOCS (OF(JSON) | OF(ITEMS) | OF(JSONL))
#define ALL (DOCS | OF(TEXT) | OF(STAT))
#define KEY(name_, take_, member_, kinds_)                                     \
	{                                                                      \
		.name = (name_), .take = (take_),                              \
		.offset = offsetof(struct config_coll, member_),               \
		.kinds = (kinds_)                                              \
	}
#define NUMBER(name_, member_, least_, most_, kinds_)                          \
	{                                                                      \
		.name = (name_), .take = config_take_number,                   \
		.offset = offsetof(struct config_coll, member_),               \
		.least = (least_), .most = (most_), .unit = 1,                 \
		.kinds = (kinds_)                                              \
	}

/* The keys that settle() asks about; their indices are bits of given. */
enum { AS, DIR, EXCLUDE, FILE_, FILES, ID, ITEMS };

static const struct config_key keys[] = {
	[AS] = KEY("as", take_as, source, ALL),
	[DIR] = KEY("dir", config_take_path, dir, ALL),
	[EXCLUDE] = KEY("exclude", config_take_globs, exclude, ALL),
	[FILE_] = KEY("file", config_take_path, file, ALL),
	[FILES] = KEY("files", config_take_globs, files, ALL),
	[ID] = KEY("id", take_id, id, ALL & ~OF(ITEMS)),
	[ITEMS] = KEY("items", take_items, items, OF(ITEMS)),
	KEY("diff_key", take_names, diff_keys, DOCS),
	KEY("key", take_fields, key, OF(ITEMS) | OF(JSONL)),
	NUMBER("interval_ms", interval_ms, 20, 3600000, ALL),
	NUMBER("max_entities", entities_max, 1, 1000000, ALL),
	NUMBER("max_file_bytes", file_bytes_max, 1, JSON_BYTES_MAX, DOCS),
	NUMBER("max_lines", lines_max, 1, 100000, OF(JSONL)),
	NUMBER("tail_bytes", tail_bytes, 64, 2 << 20, OF(TEXT)),
};

static bool
has(uint32_t given, unsigned key)
{
	return (given >> key & 1) != 0;
}

static const struct err *
fault_of(const struct config_place *at, unsigned key, const char *reason)
{
	struct config_place wrong = config_place_of(at, keys[key].name);

	return config_fault(&wrong, "%s", reason);
}

/* Keys that say nothing about a collection of this kind are mistakes. */
static const struct err *
check_kinds(const struct config_place *at, uint32_t given,
    enum config_source source)
{
	for (unsigned i = 0; i < N(keys); i++)
		if (has(given, i) && (keys[i].kinds >> source & 1) == 0) {
			struct config_place wrong =
			    config_place_of(at, keys[i].name);

			return config_fault(&wrong,
			    "means nothing for a collection of kind \"%s\"",
			    source_names[source]);
		}
	return NULL;
}

/* Exactly one of dir and file. */
static const struct err *
check_root(const struct config_place *at, uint32_t given)
{
	if (!has(given, DIR) && !has(given, FILE_))
		return config_fault(at,
		    "needs \"dir\" (a directory) or \"file\" (one file)");
	if (!has(given, FILE_))
		return NULL;
	if (has(given, DIR))
		return fault_of(at, FILE_, "\"dir\" or \"file\", not both");
	if (has(given, FILES))
		return fault_of(at, FILES, "goes with \"dir\", not \"file\"");
	if (has(given, EXCLUDE))
		return fault_of(at, EXCLUDE, "goes with \"dir\", not \"file\"");
	return NULL;
}

/* The path of a file becomes its folder and its name. */
static const struct err *
split_file(const struct config_place *at, struct config_coll *coll)
{
	char *slash = strrchr(coll->file, '/');
	char *path = coll->file;

	if (slash[1] == '\0' || strcmp(slash, "/..") == 0)
		return fault_of(at, FILE_, "is a directory");
	coll->file = mem_dup(slash + 1, strlen(slash + 1));
	coll->dir = path;
	slash[slash == path] = '\0';
	return NULL;
}

static void
names_of(struct config_names *names, const char *only)
{
	names->name = mem_new(1, sizeof(char *));
	names->name[0] = mem_dup(only, strlen(only));
	names->n = 1;
}

/* What depends on several keys. */
static const struct err *
settle(const struct config_place *at, uint32_t given, struct config_coll *coll)
{
	const struct err *err;

	if (has(given, ITEMS)) {
		if (coll->source != CONFIG_JSON && coll->source != CONFIG_ITEMS)
			return fault_of(at, ITEMS,
			    "goes with \"as\": \"json\"");
		coll->source = CONFIG_ITEMS;
	} else if (coll->source == CONFIG_ITEMS) {
		return fault_of(at, AS, "needs \"items\"");
	}
	err = check_kinds(at, given, coll->source);
	if (err == NULL)
		err = check_root(at, given);
	if (err != NULL)
		return err;
	if (has(given, FILE_)) {
		if (coll->id == CONFIG_ID_FOLDER)
			return fault_of(at, ID, "a single file has no folder");
		return split_file(at, coll);
	}
	if (!has(given, FILES))
		names_of(&coll->files, default_globs[coll->source]);
	return NULL;
}

static void
set_defaults(struct config_coll *coll, const char *name)
{
	coll->name = mem_dup(name, strlen(name));
	coll->interval_ms = CONFIG_INTERVAL_MS;
	coll->entities_max = 100000;
	coll->file_bytes_max = JSON_BYTES_MAX;
	coll->lines_max = 1000;
	coll->tail_bytes = 64 << 10;
}

const struct err *
config_coll_take(const struct config_place *at, struct config_coll *coll)
{
	const struct err *err;
	uint32_t given;

	if (!config_is_coll_name(at->name))
		return config_fault(at, "%s", config_name_fault(at->name));
	set_defaults(coll, at->name);
	err = config_take(at, keys, N(keys), coll, &given);
	return err != NULL ? err : settle(at, given, coll);
}

struct config_coll *
config_coll_of_dir(const struct config_project *project, const char *name)
{
	struct config_coll *coll;

	if (!config_is_coll_name(name))
		return NULL;
	coll = mem_new(1, sizeof(*coll));
	set_defaults(coll, name);
	coll->dir = config_path(project->every_dir, name);
	names_of(&coll->files, default_globs[coll->source]);
	return coll;
}

static void
free_names(struct config_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
}

void
config_coll_fini(struct config_coll *coll)
{
	free(coll->name);
	free(coll->dir);
	free(coll->file);
	free(coll->items);
	free_names(&coll->files);
	free_names(&coll->exclude);
	free_names(&coll->key);
	free_names(&coll->diff_keys);
}

void
config_coll_free(struct config_coll *coll)
{
	if (coll == NULL)
		return;
	config_coll_fini(coll);
	free(coll);
}
