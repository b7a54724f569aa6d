#include "config_take.h"

#include <assert.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "config.h"
#include "glob.h"
#include "mem.h"

enum { KEYS_MAX = 32, NAME_COMPARED_MAX = 63 };

static void *
member(const struct config_key *key, void *into)
{
	return (char *)into + key->offset;
}

/* --- resemblance ---------------------------------------------------------- */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Insertions, deletions, replacements and swaps of neighbours that lead from
 * one to the other (optimal string alignment); rows are i-2, i-1 and i.
 */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NAME_COMPARED_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *now = rows[i % 3], *before = rows[(i - 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			now[j] = least(least(now[j - 1], before[j]) + 1,
			    before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] =
				    least(now[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

/* A slip of the keyboard, or the beginning of it ("interval"). */
static bool
resembles(const char *name, const char *known)
{
	size_t a = strlen(name), b = strlen(known);

	if (a > NAME_COMPARED_MAX || b > NAME_COMPARED_MAX)
		return false;
	if (a >= 3 && b >= 3 && strncmp(name, known, least(a, b)) == 0)
		return true;
	return distance(name, a, known, b) <= (least(a, b) <= 4 ? 1 : 2);
}

void
config_suggest(struct buf *out, const char *name, const char *const *known,
    size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (resembles(name, known[i]))
			buf_printf(out, "%s\"%s\"",
			    found++ == 0 ? ": did you mean " : " or ",
			    known[i]);
	if (found > 0) {
		buf_byte(out, '?');
		return;
	}
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s", i == 0 ? "; known: " : ", ", known[i]);
}

/* --- types ---------------------------------------------------------------- */

static const char *
type_of(const struct config_place *at)
{
	switch (json_object_get_type(at->value)) {
	case json_type_null:
		return "null";
	case json_type_boolean:
		return "a boolean";
	case json_type_double:
	case json_type_int:
		return "a number";
	case json_type_object:
		return "an object";
	case json_type_array:
		return "an array";
	case json_type_string:
		return "a text";
	}
	return "something else";
}

static const struct err *
wrong_type(const struct config_place *at, const char *what)
{
	return config_fault(at, "expected %s, not %s", what, type_of(at));
}

const struct err *
config_want_object(const struct config_place *at)
{
	if (json_object_is_type(at->value, json_type_object))
		return NULL;
	return wrong_type(at, "an object");
}

const struct err *
config_want_text(const struct config_place *at, const char *what, char **out)
{
	if (!json_object_is_type(at->value, json_type_string))
		return wrong_type(at, what);
	*out = mem_dup(json_object_get_string(at->value),
	    (size_t)json_object_get_string_len(at->value));
	return NULL;
}

const struct err *
config_take_text(const struct config_place *at, const struct config_key *key,
    void *into)
{
	char **text = member(key, into);
	const struct err *err = config_want_text(at, "a text", text);

	if (err == NULL && **text == '\0')
		err = config_fault(at, "is empty");
	return err;
}

const struct err *
config_take_bool(const struct config_place *at, const struct config_key *key,
    void *into)
{
	if (!json_object_is_type(at->value, json_type_boolean))
		return wrong_type(at, "true or false");
	*(bool *)member(key, into) = json_object_get_boolean(at->value) != 0;
	return NULL;
}

/* json-c clamps what is beyond 64 bits, which is out of range all the same. */
const struct err *
config_take_number(const struct config_place *at, const struct config_key *key,
    void *into)
{
	uint32_t *number = member(key, into);
	int64_t given;

	if (!json_object_is_type(at->value, json_type_int) &&
	    !json_object_is_type(at->value, json_type_double))
		return wrong_type(at, "a number");
	given = json_object_get_int64(at->value);
	if (!json_object_is_type(at->value, json_type_int) ||
	    given < key->least || given > key->most)
		return config_fault(at,
		    "expected a whole number from %u to %u, not %s", key->least,
		    key->most, json_object_get_string(at->value));
	*number = (uint32_t)given * key->unit;
	return NULL;
}

/* --- lists ---------------------------------------------------------------- */

static const struct err *
add_text(const struct config_place *at, void *arg)
{
	struct config_names *names = arg;
	const struct err *err =
	    config_want_text(at, "a text", &names->name[names->n]);

	if (err != NULL)
		return err;
	names->n++;
	return names->name[names->n - 1][0] == '\0'
	    ? config_fault(at, "is empty")
	    : NULL;
}

static const struct err *
take_array(const struct config_place *at, const char *what,
    struct config_names *names)
{
	size_t n;

	if (!json_object_is_type(at->value, json_type_array))
		return wrong_type(at, what);
	n = json_object_array_length(at->value);
	if (n == 0)
		return config_fault(at, "is empty");
	names->name = mem_new(n, sizeof(char *));
	return config_each(at, add_text, names);
}

const struct err *
config_take_texts(const struct config_place *at, const struct config_key *key,
    void *into)
{
	struct config_names *names = member(key, into);

	if (!json_object_is_type(at->value, json_type_string))
		return take_array(at, "a text or an array of texts", names);
	names->name = mem_new(1, sizeof(char *));
	return add_text(at, names);
}

static const struct err *
check_glob(const struct config_place *at, void *arg)
{
	const char *glob = json_object_get_string(at->value);
	const struct err *err = glob_path_check(span_str(glob));

	(void)arg;
	return err == NULL ? NULL
			   : config_fault(at, "not a glob: %s", err->msg);
}

const struct err *
config_take_globs(const struct config_place *at, const struct config_key *key,
    void *into)
{
	const struct err *err =
	    take_array(at, "an array of globs", member(key, into));

	return err != NULL ? err : config_each(at, check_glob, NULL);
}

/* --- paths ---------------------------------------------------------------- */

char *
config_path(const char *dir, const char *path)
{
	struct span rest = span_str(path);
	struct buf out = { 0 };

	if (*path != '/' && strcmp(dir, "/") != 0)
		buf_str(&out, dir);
	while (rest.len > 0) {
		struct span part = span_cut(&rest, '/');

		if (part.len == 0 || span_is(part, "."))
			continue;
		buf_byte(&out, '/');
		buf_span(&out, part);
	}
	if (out.len == 0)
		buf_byte(&out, '/');
	return buf_take(&out, NULL);
}

const struct err *
config_take_path(const struct config_place *at, const struct config_key *key,
    void *into)
{
	const struct err *err = config_take_text(at, key, into);
	char **path = member(key, into);
	char *given = *path;

	if (err != NULL)
		return err;
	*path = config_path(at->text->dir, given);
	free(given);
	return NULL;
}

/* --- objects -------------------------------------------------------------- */

struct taking {
	const struct config_key *keys;
	size_t n;
	void *into;
	uint32_t given;
};

static const struct err *
unknown_key(const struct config_place *at, const struct taking *taking)
{
	const char *known[KEYS_MAX];
	struct buf hint = { 0 };
	const struct err *err;

	for (size_t i = 0; i < taking->n; i++)
		known[i] = taking->keys[i].name;
	config_suggest(&hint, at->name, known, taking->n);
	err = config_fault(at, "unknown key%s", buf_cstr(&hint));
	buf_fini(&hint);
	return err;
}

static const struct err *
take_member(const struct config_place *at, void *arg)
{
	struct taking *taking = arg;

	for (size_t i = 0; i < taking->n; i++)
		if (strcmp(taking->keys[i].name, at->name) == 0) {
			taking->given |= UINT32_C(1) << i;
			return taking->keys[i].take(at, &taking->keys[i],
			    taking->into);
		}
	return unknown_key(at, taking);
}

const struct err *
config_take(const struct config_place *at, const struct config_key *keys,
    size_t n, void *into, uint32_t *given)
{
	struct taking taking = { keys, n, into, 0 };
	const struct err *err;

	assert(n <= KEYS_MAX);
	err = config_want_object(at);
	if (err == NULL)
		err = config_each(at, take_member, &taking);
	for (size_t i = 0; err == NULL && i < n; i++)
		if (keys[i].is_needed && (taking.given >> i & 1) == 0)
			err =
			    config_fault(at, "\"%s\" is missing", keys[i].name);
	if (given != NULL)
		*given = taking.given;
	return err;
}
