#include "row.h"

#include <string.h>

#include "beneath.h"
#include "claim.h"
#include "coll.h"
#include "pick.h"
#include "source.h"
#include "store_src.h"
#include "watch.h"

/* The row of the root; its raw is the device. */
static const char root_path[] = ".";

static void
load_root(struct coll *c, const struct store_src *src)
{
	c->seen.root->dev = src->raw;
	c->seen.root->ino = src->ino;
	c->is_root_kept = true;
}

static void
load_file(struct coll *c, const struct store_src *src)
{
	const char *slash = memrchr(src->path.p, '/', src->path.len);
	size_t dir_len = slash == NULL ? 0 : (size_t)(slash - src->path.p);
	struct span name = slash == NULL
	    ? src->path
	    : span_of(slash + 1, src->path.len - dir_len - 1);
	struct claim *claim;
	struct seen_file *f;

	f = seen_file_new(seen_dir_need(&c->seen,
			      span_of(src->path.p, dir_len)),
	    name);
	f->has_row = true;
	f->eid = src->eid;
	if (pick_id(c->conf, src->path, &c->watch->id) != NULL)
		return;
	claim = claim_find(&c->claims, buf_as_span(&c->watch->id));
	if (claim == NULL || claim->file != NULL)
		return;
	claim_take(claim, f);
	f->stat = (struct seen_stat){ src->ino, src->size, src->mtime_ns,
		src->ctime_ns };
	f->raw = src->raw;
	f->is_known = true;
}

struct loading {
	struct coll *coll;
	struct buf
	    unfit; /* paths of rows that nothing reads, each with a NUL */
};

static void
load(const struct store_src *src, void *arg)
{
	struct loading *l = arg;
	struct coll *c = l->coll;

	if (span_is(src->path, root_path)) {
		load_root(c, src);
	} else if (c->source->is_cached && pick_file(c->conf, src->path)) {
		load_file(c, src);
	} else {
		buf_span(&l->unfit, src->path);
		buf_byte(&l->unfit, '\0');
	}
}

/* Of an earlier configuration: they would mislead a later one. */
static const struct err *
drop_unfit(struct coll *c, struct span paths)
{
	const struct err *err = NULL;

	while (err == NULL && paths.len > 0) {
		struct span path = span_cut(&paths, '\0');

		err = watch_begin(c->watch);
		if (err == NULL)
			err = store_src_drop(c->watch->store, c->cid, path);
	}
	return err;
}

const struct err *
row_load(struct coll *c)
{
	struct loading l = { .coll = c };
	const struct err *err = store_srcs(c->watch->store, c->cid, load, &l);

	if (err == NULL)
		err = drop_unfit(c, buf_as_span(&l.unfit));
	buf_fini(&l.unfit);
	return err;
}

void
row_touch(struct coll *c, struct seen_file *f)
{
	list_append(&c->rows, &f->row);
}

const struct err *
row_drop(struct coll *c, struct seen_file *f)
{
	struct watch *w = c->watch;
	const struct err *err;

	if (!f->has_row)
		return NULL;
	f->has_row = false;
	err = watch_begin(w);
	if (err != NULL)
		return err;
	seen_file_path(f, &w->path);
	return watch_failed(w,
	    store_src_drop(w->store, c->cid, buf_as_span(&w->path)));
}

/* Also where there are no files: an empty directory on another device is not
 * the one that was emptied. */
static bool
is_root_due(const struct coll *c)
{
	return !c->is_root_kept && c->cid != 0 && c->seen.root->dev != 0;
}

bool
row_is_due(const struct coll *c)
{
	return is_root_due(c) || !list_is_empty(&c->rows);
}

static const struct err *
write_root(struct coll *c)
{
	const struct store_src src = {
		.cid = c->cid,
		.path = span_str(root_path),
		.ino = c->seen.root->ino,
		.raw = c->seen.root->dev,
	};

	if (!is_root_due(c))
		return NULL;
	c->is_root_kept = true;
	return store_src_put(c->watch->store, &src);
}

static const struct err *
write_file(struct coll *c, struct seen_file *f)
{
	struct watch *w = c->watch;
	struct store_src src = {
		.cid = c->cid,
		.eid = f->eid,
		.ino = f->stat.ino,
		.size = f->stat.size,
		.mtime_ns = f->stat.mtime_ns,
		.ctime_ns = f->stat.ctime_ns,
		.raw = f->raw,
	};

	list_remove(&f->row);
	if (!f->is_known || f->is_racy || f->has_problem)
		return NULL; /* touched again when it is settled */
	seen_file_path(f, &w->path);
	src.path = buf_as_span(&w->path);
	f->has_row = true;
	return store_src_put(w->store, &src);
}

const struct err *
row_write(struct coll *c, uint32_t n)
{
	const struct err *err = watch_begin(c->watch);

	if (err == NULL)
		err = watch_failed(c->watch, write_root(c));
	for (; err == NULL && n > 0 && !list_is_empty(&c->rows); n--) {
		struct link *l = c->rows.next;

		err = watch_failed(c->watch,
		    write_file(c, LIST_OF(l, struct seen_file, row)));
	}
	return err;
}
