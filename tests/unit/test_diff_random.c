/*
 * Random documents, edited at random, in every way that pair.h knows.  A text
 * is a list of characters, so edits cannot cut one: letters, two to four bytes
 * of UTF-8, escapes.  Keys, ids and scalars come from small sets, so that much
 * looks the same.
 *
 * SEED=n repeats the run with that seed, which is printed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "pair.h"

enum tree_kind { TREE_SCALAR, TREE_TEXT, TREE_ARRAY, TREE_OBJECT };

struct tree {
	enum tree_kind kind;
	char scalar[24];
	int n;              /* parts, or characters */
	int cap;            /* room for so many of either */
	struct tree **part; /* arrays and objects */
	uint8_t *key;       /* in tree_keys; unique in an object */
	uint8_t *character; /* in tree_characters */
};

static const char *const tree_characters[] = { "a", "b", "c", "d", "e", " ",
	"\u00e9", "\u20ac", "\u20ad", "\U0001f600", "\U0001f601", "\U0002f600",
	"\\n", "n", "\\\\", "\\\"", "\\u0001", "\\u0011", "u0001", "1", "/" };

/* Keys that need escaping, and the ones that identify elements. */
static const char *const tree_keys[] = { "id", "name", "a", "b", "c/d", "e~f",
	"g\\\"h", "\u00e9", "", "0", "~1", "\\\\", "key", "x", "y", "z" };

#define TREE_COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

/* splitmix64 (Steele, Lea and Flood 2014): 0 .. below - 1. */
static int
tree_random(int below)
{
	static uint64_t state;
	static int is_seeded;
	uint64_t z;

	if (!is_seeded) {
		const char *seed = getenv("SEED");

		is_seeded = 1;
		state = seed != NULL ? strtoull(seed, NULL, 10) : 1;
		printf("# SEED=%ju\n", (uintmax_t)state);
	}
	z = state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	z ^= z >> 31;
	return (int)(z % (uint64_t)below);
}

static void
tree_free(struct tree *t)
{
	if (t->kind == TREE_ARRAY || t->kind == TREE_OBJECT)
		for (int i = 0; i < t->n; i++)
			tree_free(t->part[i]);
	free(t->part);
	free(t->key);
	free(t->character);
	free(t);
}

static struct tree *
tree_new(enum tree_kind kind)
{
	struct tree *t = mem_new(1, sizeof(*t));

	t->kind = kind;
	return t;
}

/* Room for n more parts or characters. */
static void
tree_room(struct tree *t, int n)
{
	size_t cap = (size_t)(t->n + n) * 2;

	if (t->n + n <= t->cap)
		return;
	t->cap = (int)cap;
	t->part = mem_resize(t->part, cap, sizeof(struct tree *));
	t->key = mem_resize(t->key, cap, 1);
	t->character = mem_resize(t->character, cap, 1);
}

static struct tree *
tree_make_scalar(void)
{
	static const char *const words[] = { "null", "true", "false", "\"\"",
		"\"short\"", "1.0", "1e0", "-0", "[]", "{}",
		"12345678901234567890" };
	struct tree *t = tree_new(TREE_SCALAR);
	int word = tree_random(2 * TREE_COUNT(words));

	if (word < TREE_COUNT(words))
		(void)snprintf(t->scalar, sizeof(t->scalar), "%s", words[word]);
	else
		(void)snprintf(t->scalar, sizeof(t->scalar), "%d",
		    tree_random(12));
	return t;
}

static void
tree_insert_characters(struct tree *t, int at, int n)
{
	if (n == 0)
		return;
	tree_room(t, n);
	memmove(t->character + at + n, t->character + at, (size_t)(t->n - at));
	for (int i = at; i < at + n; i++)
		t->character[i] =
		    (uint8_t)tree_random(TREE_COUNT(tree_characters));
	t->n += n;
}

static void
tree_delete_characters(struct tree *t, int at, int n)
{
	if (at + n > t->n)
		n = t->n - at;
	if (n > 0)
		memmove(t->character + at, t->character + at + n,
		    (size_t)(t->n - at - n));
	t->n -= n;
}

static struct tree *
tree_make_text(void)
{
	struct tree *t = tree_new(TREE_TEXT);
	int few = tree_random(2); /* much that looks the same */

	tree_insert_characters(t, 0, tree_random(tree_random(4) ? 80 : 800));
	for (int i = 0; few && i < t->n; i++)
		t->character[i] %= 8;
	return t;
}

static struct tree *tree_make(int depth);

static void
tree_insert(struct tree *t, int at, struct tree *part)
{
	size_t behind = (size_t)(t->n - at);

	tree_room(t, 1);
	memmove(t->part + at + 1, t->part + at, behind * sizeof(void *));
	memmove(t->key + at + 1, t->key + at, behind);
	t->part[at] = part;
	t->n++;
}

static struct tree *
tree_take(struct tree *t, int at)
{
	struct tree *part = t->part[at];
	size_t behind = (size_t)(--t->n - at);

	memmove(t->part + at, t->part + at + 1, behind * sizeof(void *));
	memmove(t->key + at, t->key + at + 1, behind);
	return part;
}

/* Nothing when the key is there. */
static void
tree_insert_member(struct tree *t, int key, struct tree *value)
{
	int at = tree_random(t->n + 1);

	for (int i = 0; i < t->n; i++) {
		if (t->key[i] == key) {
			tree_free(value);
			return;
		}
	}
	tree_insert(t, at, value);
	t->key[at] = (uint8_t)key;
}

/* {"id":…, …}; ids collide now and then, some have none. */
static struct tree *
tree_make_row(int ids)
{
	struct tree *t = tree_new(TREE_OBJECT);
	struct tree *id = tree_new(TREE_SCALAR);

	(void)snprintf(id->scalar, sizeof(id->scalar), "\"id-%d\"",
	    tree_random(ids));
	tree_insert_member(t, tree_random(30) == 0 ? 2 : 0, id);
	tree_insert_member(t, 14, tree_make_scalar());
	tree_insert_member(t, 15, tree_make_text());
	return t;
}

/* Of one sort: a few values many times, rows, or anything. */
static struct tree *
tree_make_array(void)
{
	struct tree *t = tree_new(TREE_ARRAY);
	int sort = tree_random(4), n = tree_random(tree_random(3) ? 12 : 60);
	int ids = tree_random(2) ? 1000000 : 40;

	while (t->n < n) {
		struct tree *part = sort == 0 ? tree_make_row(ids)
		    : sort == 1               ? tree_make_scalar()
		    : sort == 2               ? tree_make_text()
					      : tree_make(1);
		tree_insert(t, t->n, part);
	}
	return t;
}

static struct tree *
tree_make(int depth)
{
	int sort = tree_random(depth > 0 ? 8 : 3);
	struct tree *t;

	if (sort < 2)
		return tree_make_scalar();
	if (sort == 2)
		return tree_make_text();
	if (sort == 3)
		return tree_make_array();
	t = tree_new(sort < 6 ? TREE_OBJECT : TREE_ARRAY);
	for (int i = tree_random(9); i > 0; i--) {
		if (t->kind == TREE_OBJECT)
			tree_insert_member(t,
			    tree_random(TREE_COUNT(tree_keys)),
			    tree_make(depth - 1));
		else
			tree_insert(t, 0, tree_make(depth - 1));
	}
	return t;
}

static void
tree_write(const struct tree *t, struct buf *out)
{
	if (t->kind == TREE_SCALAR) {
		buf_str(out, t->scalar);
		return;
	}
	buf_byte(out, "\"\"[{"[t->kind]);
	for (int i = 0; i < t->n; i++) {
		if (t->kind == TREE_TEXT) {
			buf_str(out, tree_characters[t->character[i]]);
			continue;
		}
		if (i > 0)
			buf_byte(out, ',');
		if (t->kind == TREE_OBJECT)
			buf_printf(out, "\"%s\":", tree_keys[t->key[i]]);
		tree_write(t->part[i], out);
	}
	buf_byte(out, "\"\"]}"[t->kind]);
}

static void
tree_swap(struct tree *t, int a, int b)
{
	struct tree *part = t->part[a];
	uint8_t key = t->key[a];

	t->part[a] = t->part[b];
	t->key[a] = t->key[b];
	t->part[b] = part;
	t->key[b] = key;
}

static void
tree_edit_text(struct tree *t)
{
	int at = tree_random(t->n + 1);

	switch (tree_random(4)) {
	case 0:
		tree_insert_characters(t, at, 1 + tree_random(10));
		break;
	case 1:
		tree_delete_characters(t, at, 1 + tree_random(10));
		break;
	case 2: /* grow */
		tree_insert_characters(t, t->n, tree_random(200));
		break;
	case 3: /* slide */
		tree_delete_characters(t, 0, tree_random(60));
		tree_insert_characters(t, t->n, tree_random(200));
		break;
	}
}

static void
tree_shuffle(struct tree *t)
{
	for (int i = t->n - 1; i > 0; i--)
		tree_swap(t, i, tree_random(i + 1));
}

static void
tree_reverse(struct tree *t)
{
	for (int i = 0; i < t->n - 1 - i; i++)
		tree_swap(t, i, t->n - 1 - i);
}

/* Another order; for an object this is no change. */
static void
tree_reorder(struct tree *t, int how)
{
	int from = tree_random(t->n), to = tree_random(t->n);
	struct tree *part;
	uint8_t key;

	if (how == 0) {
		tree_shuffle(t);
	} else if (how == 1) {
		tree_reverse(t);
	} else {
		key = t->key[from];
		part = tree_take(t, from);
		tree_insert(t, to, part);
		t->key[to] = key;
	}
}

static void
tree_add_part(struct tree *t)
{
	struct tree *part =
	    tree_random(2) ? tree_make_row(1000000) : tree_make(1);

	if (t->kind == TREE_ARRAY)
		tree_insert(t, tree_random(t->n + 1), part);
	else
		tree_insert_member(t, tree_random(TREE_COUNT(tree_keys)), part);
}

/* One edit somewhere.  The root keeps its kind. */
static void
tree_edit(struct tree *t)
{
	int at = t->n > 0 ? tree_random(t->n) : 0, how = tree_random(12);

	if (t->kind == TREE_SCALAR) {
		(void)snprintf(t->scalar, sizeof(t->scalar), "%d",
		    tree_random(12));
	} else if (t->kind == TREE_TEXT) {
		tree_edit_text(t);
	} else if (t->n == 0 || how < 2) {
		tree_add_part(t);
	} else if (how == 2) {
		tree_free(tree_take(t, at));
	} else if (how == 3) {
		tree_free(t->part[at]);
		t->part[at] = tree_make(1);
	} else if (how < 7) {
		tree_reorder(t, how - 4);
	} else {
		tree_edit(t->part[at]);
	}
}

/* --- random documents ---------------------------------------------------- */

/* Random pairs until one fails. */
static void
check_random(int pairs, struct tree *make(void), int edits)
{
	struct buf a = { 0 }, b = { 0 };
	bool is_good = true;

	for (int i = 0; i < pairs && is_good; i++) {
		struct tree *tree = make();

		buf_clear(&a);
		buf_clear(&b);
		tree_write(tree, &a);
		for (int e = tree_random(edits); e >= 0; e--)
			tree_edit(tree);
		tree_write(tree, &b);
		tree_free(tree);
		is_good = pair_check(buf_as_span(&a), buf_as_span(&b));
	}
	buf_fini(&a);
	buf_fini(&b);
}

static struct tree *
make_any(void)
{
	return tree_make(4);
}

static void
random_documents_with_random_edits_become_one_another(void)
{
	check_random(6000, make_any, 6);
}

static void
random_arrays_become_one_another(void)
{
	check_random(6000, tree_make_array, 8);
}

static void
random_texts_become_one_another(void)
{
	check_random(4000, tree_make_text, 3);
}

static void
documents_with_nothing_in_common_become_one_another(void)
{
	struct buf a = { 0 }, b = { 0 };
	bool is_good = true;

	for (int i = 0; i < 1500 && is_good; i++) {
		struct tree *x = tree_make(3), *y = tree_make(3);

		buf_clear(&a);
		buf_clear(&b);
		tree_write(x, &a);
		tree_write(y, &b);
		is_good = pair_check(buf_as_span(&a), buf_as_span(&b));
		tree_free(x);
		tree_free(y);
	}
	buf_fini(&a);
	buf_fini(&b);
}

TESTS(random_documents_with_random_edits_become_one_another,
    random_arrays_become_one_another, random_texts_become_one_another,
    documents_with_nothing_in_common_become_one_another)
