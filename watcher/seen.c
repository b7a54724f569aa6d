#include "seen.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "mem.h"

static struct seen_dir *
dir_new(struct seen *s, struct seen_dir *parent, struct span path)
{
	struct seen_dir *d = mem_new(1, sizeof(*d) + path.len + 1);

	d->seen = s;
	d->parent = parent;
	d->path_len = (uint32_t)path.len;
	if (path.len > 0)
		memcpy(d->path, path.p, path.len);
	d->is_full_due = true;
	d->is_unlisted = true;
	d->watch.wd = -1;
	list_init(&d->in_seen);
	list_init(&d->in_parent);
	list_init(&d->dirs);
	list_init(&d->files);
	list_init(&d->due);
	list_init(&d->watch.same);
	table_add(&s->dirs, &d->node, XXH3_64bits(path.p, path.len));
	list_append(&s->all, &d->in_seen);
	if (parent != NULL)
		list_append(&parent->dirs, &d->in_parent);
	return d;
}

void
seen_init(struct seen *s, void *owner)
{
	*s = (struct seen){ .owner = owner };
	list_init(&s->all);
	s->root = dir_new(s, NULL, span_str(""));
	s->scan_at = &s->all;
	s->roll_at = &s->all;
}

static void
dir_release(struct seen_dir *d)
{
	struct seen *s = d->seen;

	if (s->scan_at == &d->in_seen)
		s->scan_at = d->in_seen.next;
	if (s->roll_at == &d->in_seen) {
		s->roll_at = d->in_seen.next;
		s->roll_file = NULL;
	}
	if (s->visiting == d)
		s->visiting = NULL;
	list_remove(&d->due);
	list_remove(&d->in_parent);
	list_remove(&d->in_seen);
	table_remove(&s->dirs, &d->node);
	free(d);
}

void
seen_dir_free(struct seen_dir *d)
{
	dir_release(d);
}

static void
free_files(struct seen_dir *d)
{
	for (struct link *l = d->files.next, *next; l != &d->files; l = next) {
		next = l->next;
		seen_file_free(LIST_OF(l, struct seen_file, in_dir));
	}
}

void
seen_fini(struct seen *s)
{
	for (struct link *l = s->all.prev, *prev; l != &s->all; l = prev) {
		struct seen_dir *d = LIST_OF(l, struct seen_dir, in_seen);

		prev = l->prev;
		free_files(d);
		dir_release(d);
	}
	table_fini(&s->dirs);
	table_fini(&s->files);
}

struct seen_dir *
seen_dir_find(const struct seen *s, struct span path)
{
	struct table_node *n =
	    table_find(&s->dirs, XXH3_64bits(path.p, path.len));

	for (; n != NULL; n = table_again(n)) {
		struct seen_dir *d = LIST_OF(n, struct seen_dir, node);

		if (span_eq(seen_dir_path(d), path))
			return d;
	}
	return NULL;
}

struct seen_dir *
seen_dir_new(struct seen_dir *parent, struct span name)
{
	struct buf path = { 0 };
	struct seen_dir *d;

	seen_path(parent, name, &path);
	d = dir_new(parent->seen, parent, buf_as_span(&path));
	buf_fini(&path);
	return d;
}

struct seen_dir *
seen_dir_need(struct seen *s, struct span path)
{
	struct seen_dir *d = seen_dir_find(s, path);
	struct span rest = path, name;

	if (d != NULL)
		return d;
	for (d = s->root; rest.len > 0;) {
		struct seen_dir *sub;
		size_t head;

		name = span_cut(&rest, '/');
		head = (size_t)(name.p + name.len - path.p);
		sub = seen_dir_find(s, span_of(path.p, head));
		d = sub != NULL ? sub : seen_dir_new(d, name);
	}
	return d;
}

static uint64_t
file_hash(const struct seen_dir *d, struct span name)
{
	return XXH3_64bits_withSeed(name.p, name.len, (uintptr_t)d);
}

struct seen_file *
seen_file_find(const struct seen_dir *d, struct span name)
{
	struct table_node *n = table_find(&d->seen->files, file_hash(d, name));

	for (; n != NULL; n = table_again(n)) {
		struct seen_file *f = LIST_OF(n, struct seen_file, node);

		if (f->dir == d && span_eq(seen_file_name(f), name))
			return f;
	}
	return NULL;
}

struct seen_file *
seen_file_new(struct seen_dir *d, struct span name)
{
	struct seen_file *f = mem_new(1, sizeof(*f) + name.len + 1);

	f->dir = d;
	f->name_len = (uint16_t)name.len;
	memcpy(f->name, name.p, name.len);
	list_init(&f->in_dir);
	list_init(&f->due);
	list_init(&f->row);
	list_init(&f->claims);
	list_append(&d->files, &f->in_dir);
	table_add(&d->seen->files, &f->node, file_hash(d, name));
	return f;
}

void
seen_file_free(struct seen_file *f)
{
	struct seen *s = f->dir->seen;

	if (s->roll_file == &f->in_dir)
		s->roll_file = f->in_dir.next;
	if (s->expected == f)
		s->expected = NULL;
	list_remove(&f->in_dir);
	list_remove(&f->due);
	list_remove(&f->row);
	table_remove(&s->files, &f->node);
	free(f->state);
	free(f);
}

void
seen_path(const struct seen_dir *d, struct span name, struct buf *path)
{
	buf_clear(path);
	buf_span(path, seen_dir_path(d));
	if (d->path_len > 0)
		buf_byte(path, '/');
	buf_span(path, name);
}

void
seen_file_path(const struct seen_file *f, struct buf *path)
{
	seen_path(f->dir, seen_file_name(f), path);
}
