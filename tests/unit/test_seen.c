#include "seen.h"

#include <stdio.h>

#include "check.h"
#include "claim.h"

static struct seen seen;

static struct seen_dir *
need(const char *path)
{
	return seen_dir_need(&seen, span_str(path));
}

static void
a_path_has_one_directory(void)
{
	seen_init(&seen, NULL);
	CHECK(need("") == seen.root);
	CHECK(need("a/b/c") == need("a/b/c"));
	CHECK(need("a/b")->parent == need("a"));
	CHECK_STR(need("a/b/c")->path, "a/b/c");
	CHECK(seen_dir_find(&seen, span_str("b")) == NULL);
	CHECK_INT(seen.dirs.n, 4);
	seen_fini(&seen);
}

static void
parents_stand_before_their_children(void)
{
	size_t n = 0;

	seen_init(&seen, NULL);
	(void)need("a/b/c");
	(void)need("b");
	for (struct link *l = seen.all.next; l != &seen.all; l = l->next) {
		struct seen_dir *d = LIST_OF(l, struct seen_dir, in_seen);

		CHECK(d->parent == NULL || d->parent->listing == 1);
		d->listing = 1;
		n++;
	}
	CHECK_INT(n, 5);
	seen_fini(&seen);
}

static void
names_are_apart_by_their_directory(void)
{
	struct span name = span_str("x");
	struct buf path = { 0 };
	struct seen_file *f, *g;

	seen_init(&seen, NULL);
	f = seen_file_new(need("a"), name);
	g = seen_file_new(need("b"), name);
	CHECK(seen_file_find(need("a"), name) == f);
	CHECK(seen_file_find(need("b"), name) == g);
	CHECK(seen_file_find(seen.root, name) == NULL);
	seen_file_path(g, &path);
	CHECK_STR(buf_cstr(&path), "b/x");
	seen_file_free(f);
	CHECK(seen_file_find(need("a"), name) == NULL);
	CHECK_INT(seen.files.n, 1);
	buf_fini(&path);
	seen_fini(&seen);
}

static void
many_files_are_found_again(void)
{
	char name[32];

	seen_init(&seen, NULL);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		seen_file_new(seen.root, span_str(name))->raw = (uint64_t)i;
	}
	for (int i = 0; i < 5000; i++) {
		struct seen_file *f;

		(void)snprintf(name, sizeof(name), "%d", i);
		f = seen_file_find(seen.root, span_str(name));
		CHECK(f != NULL && f->raw == (uint64_t)i);
	}
	seen_fini(&seen);
}

static void
walks_survive_what_goes(void)
{
	struct seen_dir *a, *b;
	struct seen_file *f;

	seen_init(&seen, NULL);
	a = need("a");
	b = need("b");
	f = seen_file_new(b, span_str("x"));
	seen.scan_at = &a->in_seen;
	seen.roll_at = &b->in_seen;
	seen.roll_file = &f->in_dir;
	seen.visiting = b;
	seen.expected = f;
	seen_dir_free(a);
	CHECK(seen.scan_at == &b->in_seen);
	seen_file_free(f);
	CHECK(seen.roll_file == &b->files);
	CHECK(seen.expected == NULL);
	seen_dir_free(b);
	CHECK(seen.scan_at == &seen.all);
	CHECK(seen.roll_at == &seen.all && seen.roll_file == NULL);
	CHECK(seen.visiting == NULL);
	seen_fini(&seen);
}

static void
an_id_is_claimed_until_it_is_freed(void)
{
	struct claims claims;
	struct claim *c;
	struct seen_file *f;

	seen_init(&seen, NULL);
	claims_init(&claims);
	f = seen_file_new(seen.root, span_str("x"));
	c = claim_new(&claims, span_str("id"));
	CHECK(c->file == NULL && !list_is_empty(&claims.nobodys));
	CHECK(claim_find(&claims, span_str("id")) == c);
	CHECK(claim_find(&claims, span_str("other")) == NULL);
	claim_take(c, f);
	CHECK(c->file == f && list_is_empty(&claims.nobodys));
	CHECK(claim_at(f->claims.next) == c);
	claim_free(&claims, c);
	CHECK(list_is_empty(&f->claims));
	CHECK(claim_find(&claims, span_str("id")) == NULL);
	seen_fini(&seen);
	claims_fini(&claims);
}

TESTS(a_path_has_one_directory, parents_stand_before_their_children,
    names_are_apart_by_their_directory, many_files_are_found_again,
    walks_survive_what_goes, an_id_is_claimed_until_it_is_freed)
