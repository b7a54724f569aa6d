/*
 * seen: the directories and files of one collection as they were last seen.
 * A tree by paths relative to the collection's directory; "" is the root,
 * which is always there.  Nothing here touches the file system.
 *
 * Floor 3.
 */
#ifndef SEEN_H
#define SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "hint.h"
#include "list.h"
#include "monotime.h"
#include "span.h"
#include "table.h"

/* What tells that a file is another one than before. */
struct seen_stat {
	uint64_t ino, size;
	int64_t mtime_ns, ctime_ns;
};

struct seen_dir {
	struct table_node node; /* in seen.dirs */
	struct link in_seen;    /* in seen.all: a parent before its children */
	struct link in_parent;
	struct link dirs, files; /* what is in it */
	struct link due;         /* on coll.dirs_due: to be listed soon */
	struct hint_watch watch;
	struct seen *seen;
	struct seen_dir *parent; /* NULL: the root */
	uint64_t dev, ino;       /* 0: never listed */
	int64_t mtime_ns;
	uint32_t listing;   /* in which listing of the parent it was met */
	uint32_t scanned;   /* the scan in which it was listed last */
	bool is_racy;       /* listed too soon after a change: list again */
	bool is_full_due;   /* look at every file in it when listed next */
	bool is_unreadable; /* a problem is listed for it */
	bool is_unlisted;   /* its entries are not known completely */
	bool is_gone;       /* freed when nothing is left in it */
	uint32_t path_len;
	char path[];
};

struct seen_file {
	struct table_node node; /* in seen.files */
	struct link in_dir;
	struct link due;    /* on a list of struct due */
	struct link row;    /* on coll.rows: its row is to be written */
	struct link claims; /* the entities that it feeds */
	struct seen_dir *dir;
	struct monotime due_at;
	struct seen_stat stat; /* at the last look that came to an end */
	uint64_t raw;          /* XXH3 of the bytes; 0: not known */
	uint64_t eid;          /* the one entity that it feeds, or 0 */
	void *state;           /* of the source; freed with free(3) */
	uint32_t listing;      /* in which listing of dir it was met */
	uint32_t n_freed;      /* coll.n_freed at the last look */
	uint8_t tries;         /* looks in vain, one after the other */
	bool is_known;         /* stat is of a look that came to an end */
	bool is_racy;    /* looked at too soon after a change: look again */
	bool is_missing; /* was not there once; deleted when so again */
	bool is_link;    /* a symbolic one: looked at in each scan */
	bool is_shared; /* has other names, through which no hint comes: so, too
	                 */
	bool is_waiting; /* for an id that another file has, or for room */
	bool has_row;
	bool has_problem;
	uint16_t name_len;
	char name[];
};

struct seen {
	struct table dirs, files;
	struct link all;
	struct seen_dir *root;
	/* Where walks over all directories stand, kept good when one goes;
	 * &all: at the end. */
	struct link *scan_at, *roll_at;
	struct link *roll_file; /* within roll_at's; NULL: its first */
	/* The directory that is being listed, and the file that its next entry
	 * most likely is; NULL when it went meanwhile. */
	struct seen_dir *visiting;
	struct seen_file *expected;
	void *owner;
};

void seen_init(struct seen *, void *owner);
void seen_fini(struct seen *);

struct seen_dir *seen_dir_find(const struct seen *, struct span path);
/* parent must not have one of that name yet. */
struct seen_dir *seen_dir_new(struct seen_dir *parent, struct span name);
/* The directory of that path, made with its parents where missing. */
struct seen_dir *seen_dir_need(struct seen *, struct span path);
/* It must be empty, and not the root; its watch is off already. */
void seen_dir_free(struct seen_dir *);

struct seen_file *seen_file_find(const struct seen_dir *, struct span name);
struct seen_file *seen_file_new(struct seen_dir *, struct span name);
/* Its claims must be gone. */
void seen_file_free(struct seen_file *);

/* Path of something in a directory; overwrites path. */
void seen_path(const struct seen_dir *, struct span name, struct buf *path);
void seen_file_path(const struct seen_file *, struct buf *path);

static inline struct span
seen_dir_path(const struct seen_dir *d)
{
	return span_of(d->path, d->path_len);
}

static inline struct span
seen_file_name(const struct seen_file *f)
{
	return span_of(f->name, f->name_len);
}

static inline bool
seen_stat_eq(const struct seen_stat *a, const struct seen_stat *b)
{
	return a->ino == b->ino && a->size == b->size &&
	    a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

#endif /* SEEN_H */
