/*
 * config: what to watch and what to serve, from one JSON file or from a bare
 * directory.  Strict: an unknown key, a wrong type or an impossible value is
 * an error that names its path and line ("tidemark.json:4:
 * projects.main.collections.workflows.files: …").  Every key and default:
 * docs/CONFIG.md.
 *
 * Floor 2.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct buf;

enum config_source {
	CONFIG_JSON,  /* a file is an entity */
	CONFIG_ITEMS, /* one file holds many */
	CONFIG_TEXT,  /* the tail of a log */
	CONFIG_JSONL, /* a line is an entity */
	CONFIG_STAT,  /* name, size and times only */
	CONFIG__MAX
};

enum config_id {
	CONFIG_ID_PATH,   /* path without the extension: a/b.json → a/b */
	CONFIG_ID_NAME,   /* file name without the extension: a/b.json → b */
	CONFIG_ID_FOLDER, /* its folder: a/state.json → a */
};

/* Between two scans of a collection, unless it says otherwise. */
enum { CONFIG_INTERVAL_MS = 2000 };

struct config_names {
	char **name;
	size_t n;
};

struct config_coll {
	char *name;
	enum config_source source;
	char *dir;                 /* absolute; also the folder of file */
	char *file;                /* name within dir, for "file"; else NULL */
	struct config_names files; /* globs to take, relative to dir */
	struct config_names exclude; /* globs to leave out */
	enum config_id id;
	/* items, key and diff_keys are as they stand inside a canonical
	 * string (pointer.h). */
	char *items;             /* JSON Pointer of the array or map; "" root */
	struct config_names key; /* pointers or names: the fields of the id */
	struct config_names diff_keys; /* names that identify array elements */
	uint32_t interval_ms;
	uint32_t entities_max;
	uint32_t file_bytes_max;
	uint32_t tail_bytes; /* text: how much of the end is kept */
	uint32_t lines_max;  /* jsonl without key: newest lines kept */
};

/* How much of the past is kept: the newest changes that fit all three. */
struct config_keep {
	uint32_t changes;
	uint32_t days;
	uint32_t mb; /* MiB of the log */
};

struct config_project {
	char *name;
	char *store;   /* absolute path of the database */
	char *publish; /* absolute: DIR/NAME gets its files; NULL: none are */
	struct config_coll *coll;
	size_t n_colls;
	/* "serve every sub-directory of this": absolute, or NULL; then coll
	 * is empty and config_coll_of_dir() makes one as each appears. */
	char *every_dir;
	bool use_inotify;
	struct config_keep keep;
};

struct config_alias {
	char *path; /* "/api/workflows" */
	char *to;   /* "main/workflows?shape=list" */
};

struct config {
	char *file; /* where it came from, for messages; NULL for a directory */
	struct config_project *project;
	size_t n_projects;
	struct config_alias *alias;
	size_t n_aliases;
	char *base;           /* "/api/v1/" */
	uint32_t wait_max_ms; /* longest long-poll */
	uint32_t waiters_max; /* waiting requests of a daemon's process */
	uint32_t waiters_per_address;
	uint32_t spawned_waiters_max; /* of all spawned processes together */
	/* How long their requests wait for a scan where nobody watches; 0: they
	 * have none done. */
	uint32_t spawned_scan_ms;
	uint32_t slow_ms;        /* for a client to take what it is sent */
	uint32_t poll_ms;        /* what clients that poll are told */
	uint32_t gzip_bytes_min; /* shorter answers are not compressed */
	uint32_t cache_mb;       /* MiB of answers in memory; 0: keep none */
	bool use_sandbox;
};

/* ERR_BAD_REQUEST with file, line, path and reason; ERR_SYS. */
const struct err *config_load(struct config **, const char *file) MUST_CHECK;

/* The two halves of it: the bytes of the file, and what they mean. */
const struct err *config_read(const char *file, struct buf *) MUST_CHECK;
const struct err *config_parse(struct config **, const char *file, struct buf *)
    MUST_CHECK;

/* One project "main" over all sub-directories of dir, store in .tidemark/. */
const struct err *config_of_dir(struct config **, const char *dir) MUST_CHECK;

/*
 * Publish all projects there, whatever the file says; relative to the present
 * folder.  ERR_BAD_REQUEST when files would be watched there; ERR_SYS.
 */
const struct err *config_publish(struct config *, const char *dir) MUST_CHECK;

/* NULL for a name that is no collection name; free with config_coll_free(). */
struct config_coll *config_coll_of_dir(const struct config_project *,
    const char *name);
void config_coll_free(struct config_coll *);

void config_free(struct config *);

/* Where its store is; free with free(3). */
char *config_store_folder(const struct config_project *);

/* Is it [a-z0-9][a-z0-9_-]{0,63}, and no word of the API's own? */
bool config_is_project_name(const char *);
bool config_is_coll_name(const char *);

#endif /* CONFIG_H */
