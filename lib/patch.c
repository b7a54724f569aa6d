/*
 * The operations.  Each finds its place (patch_place.h: the containers above a
 * value, opened on the way, and the last token) and changes what is there
 * (patch_value.h and the files it names).
 *
 * To add another operation: a function here, a line in ops[], and see
 * diff_run.h.
 */
#include "patch.h"

#include <assert.h>
#include <stdlib.h>

#include "mem.h"
#include "patch_equal.h"
#include "patch_place.h"
#include "pointer.h"

enum {
	PATH_SHOWN = 200, /* bytes of a path in an error */
	KEPT_WORK = 16, /* a byte that is kept costs as much as so many read */
};

/*
 * Of struct patch_pool, for one patch.  To open the largest document down to
 * its greatest depth takes half of it.
 */
#define WORK_MAX (2 * (size_t)JSON_DEPTH_MAX * JSON_BYTES_MAX)

struct patch_doc {
	struct patch_tree tree;
	struct buf bytes;
	struct json left; /* what "test" finds in the document */
};

/* The operation in hand. */
struct op {
	struct patch_doc *doc;
	const struct json *patch;
	uint32_t node;
	struct span path;
};

/* --- members of an operation --------------------------------------------- */

static const struct err *
member_of(const struct op *op, const char *name, uint32_t *node)
{
	*node = json_member(op->patch, op->node, span_str(name));
	if (*node == 0)
		return err_new(ERR_BAD_REQUEST, "no member \"%s\"", name);
	return NULL;
}

/* Without quotes. */
static const struct err *
string_of(const struct op *op, const char *name, struct span *inside)
{
	const struct err *err;
	uint32_t node;

	*inside = span_of("", 0);
	err = member_of(op, name, &node);
	if (err != NULL)
		return err;
	if (json_kind(op->patch, node) != JSON_STRING)
		return err_new(ERR_BAD_REQUEST, "\"%s\" is not a string", name);
	*inside = json_inside(json_span(op->patch, node));
	return NULL;
}

static const struct err *
pointer_of(const struct op *op, const char *name, struct span *pointer)
{
	const struct err *err = string_of(op, name, pointer);

	return err != NULL ? err : pointer_check(*pointer);
}

/* A position or length; beyond what any text has, when it is that large. */
static const struct err *
count_of(const struct op *op, const char *name, size_t *count)
{
	const struct err *err;
	struct span text;
	uint32_t node;

	err = member_of(op, name, &node);
	if (err != NULL)
		return err;
	text = json_span(op->patch, node);
	*count = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return err_new(ERR_BAD_REQUEST,
			    "\"%s\" is not a whole number from 0", name);
		if (*count <= JSON_BYTES_MAX)
			*count = *count * 10 + (size_t)(text.p[i] - '0');
	}
	return NULL;
}

/* A copy of the value, for the document to keep. */
static const struct err *
value_of(const struct op *op, struct patch_value *value)
{
	const struct err *err;
	uint32_t node;

	err = member_of(op, "value", &node);
	if (err != NULL)
		return err;
	*value = patch_value_raw(
	    patch_pool_keep(&op->doc->tree.pool, json_span(op->patch, node)));
	return NULL;
}

/* --- operations ---------------------------------------------------------- */

static const struct err *
op_add(const struct op *op)
{
	const struct err *err;
	struct patch_value value;
	struct patch_place place;

	err = value_of(op, &value);
	if (err == NULL)
		err = patch_place_find(&op->doc->tree, op->path, &place);
	if (err == NULL)
		err = patch_place_put(&op->doc->tree, &place, value);
	return err;
}

static const struct err *
op_remove(const struct op *op)
{
	const struct err *err;
	struct patch_value value;
	struct patch_place place;

	err = patch_place_find(&op->doc->tree, op->path, &place);
	return err != NULL ? err
			   : patch_place_take(&op->doc->tree, &place, &value);
}

static const struct err *
op_replace(const struct op *op)
{
	const struct err *err;
	struct patch_value value;
	struct patch_place place;

	err = value_of(op, &value);
	if (err == NULL)
		err = patch_place_find(&op->doc->tree, op->path, &place);
	if (err == NULL)
		err = patch_place_replace(&op->doc->tree, &place, value);
	return err;
}

static const struct err *
op_move(const struct op *op)
{
	const struct err *err;
	struct patch_value value, *old;
	struct patch_place place;
	struct span from;

	err = pointer_of(op, "from", &from);
	if (err != NULL)
		return err;
	if (span_eq(from, op->path))
		return patch_place_at(&op->doc->tree, from, &place, &old);
	if (op->path.len > from.len && op->path.p[from.len] == '/' &&
	    span_eq(span_of(op->path.p, from.len), from))
		return err_new(ERR_BAD_REQUEST,
		    "cannot be moved into itself (RFC 6902 section 4.4)");
	err = patch_place_find(&op->doc->tree, from, &place);
	if (err == NULL)
		err = patch_place_take(&op->doc->tree, &place, &value);
	if (err == NULL)
		err = patch_place_find(&op->doc->tree, op->path, &place);
	if (err == NULL)
		err = patch_place_put(&op->doc->tree, &place, value);
	return err;
}

static const struct err *
op_copy(const struct op *op)
{
	struct patch_doc *doc = op->doc;
	const struct err *err;
	struct patch_value value, *old;
	struct patch_place place;
	struct span from;

	err = pointer_of(op, "from", &from);
	if (err == NULL)
		err = patch_place_at(&doc->tree, from, &place, &old);
	if (err != NULL)
		return err;
	value = *old;
	if (value.form != PATCH_RAW) {
		buf_clear(&doc->bytes);
		patch_value_write(old, &doc->bytes);
		value = patch_value_raw(
		    patch_pool_keep(&doc->tree.pool, buf_as_span(&doc->bytes)));
		doc->tree.pool.work += KEPT_WORK * value.len;
	}
	err = patch_place_find(&doc->tree, op->path, &place);
	return err != NULL ? err : patch_place_put(&doc->tree, &place, value);
}

static const struct err *
op_test(const struct op *op)
{
	struct patch_doc *doc = op->doc;
	const struct err *err;
	struct patch_value *value;
	struct patch_place place;
	uint32_t node;

	err = member_of(op, "value", &node);
	if (err == NULL)
		err = patch_place_at(&doc->tree, op->path, &place, &value);
	if (err != NULL)
		return err;
	buf_clear(&doc->bytes);
	patch_value_write(value, &doc->bytes);
	doc->tree.pool.work += doc->bytes.len;
	if (span_eq(buf_as_span(&doc->bytes), json_span(op->patch, node)))
		return NULL;
	doc->tree.pool.work += KEPT_WORK * doc->bytes.len;
	err = json_scan(&doc->left, buf_as_span(&doc->bytes), NULL);
	if (err != NULL)
		return err;
	if (!patch_equal(&doc->left, 0, op->patch, node))
		return err_new(ERR_CONFLICT, "has another value");
	return NULL;
}

static const struct err *
no_such_position(void)
{
	return err_new(ERR_CONFLICT,
	    "a position is beyond the end or within a surrogate pair");
}

/* The string at the path, opened. */
static const struct err *
text_at(const struct op *op, struct patch_place *place,
    struct patch_value **value)
{
	const struct err *err =
	    patch_place_at(&op->doc->tree, op->path, place, value);

	if (err != NULL)
		return err;
	if (!patch_value_open_text(&op->doc->tree.pool, *value))
		return err_new(ERR_CONFLICT, "is not a string");
	return NULL;
}

static void
text_grew(const struct patch_place *place, struct patch_value *value)
{
	size_t len = patch_text_len(value->is.text);

	patch_place_grow(place, len - value->len);
	value->len = len;
}

static const struct err *
op_str_ins(const struct op *op)
{
	const struct err *err;
	struct patch_value *value;
	struct patch_place place;
	struct span inside;
	size_t pos;

	err = count_of(op, "pos", &pos);
	if (err == NULL)
		err = string_of(op, "str", &inside);
	if (err == NULL)
		err = text_at(op, &place, &value);
	if (err != NULL)
		return err;
	if (!patch_text_insert(&op->doc->tree.pool, value->is.text, pos,
		inside))
		return no_such_position();
	text_grew(&place, value);
	return NULL;
}

static const struct err *
op_str_del(const struct op *op)
{
	const struct err *err;
	struct patch_value *value;
	struct patch_place place;
	size_t pos, len;

	err = count_of(op, "pos", &pos);
	if (err == NULL)
		err = count_of(op, "len", &len);
	if (err == NULL)
		err = text_at(op, &place, &value);
	if (err != NULL)
		return err;
	if (!patch_text_delete(&op->doc->tree.pool, value->is.text, pos, len))
		return no_such_position();
	text_grew(&place, value);
	return NULL;
}

static const struct {
	const char *name;
	const struct err *(*apply)(const struct op *);
} ops[] = {
	{ "add", op_add },
	{ "copy", op_copy },
	{ "move", op_move },
	{ "remove", op_remove },
	{ "replace", op_replace },
	{ "str_del", op_str_del },
	{ "str_ins", op_str_ins },
	{ "test", op_test },
};

static const struct err *
apply_named(const struct op *op, struct span name)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (span_is(name, ops[i].name))
			return ops[i].apply(op);
	return err_new(ERR_BAD_REQUEST, "there is no operation \"%.*s\"",
	    (int)(name.len < PATH_SHOWN ? name.len : PATH_SHOWN), name.p);
}

static const struct err *
apply(struct op *op)
{
	const struct err *err;
	struct span name;

	if (json_kind(op->patch, op->node) != JSON_OBJECT)
		return err_new(ERR_BAD_REQUEST, "is not an object");
	err = pointer_of(op, "path", &op->path);
	if (err == NULL)
		err = string_of(op, "op", &name);
	if (err == NULL)
		err = apply_named(op, name);
	if (err == NULL && op->doc->tree.root.len > JSON_BYTES_MAX)
		err = err_new(ERR_LIMIT, "the result has more than %d bytes",
		    JSON_BYTES_MAX);
	if (err == NULL && op->doc->tree.pool.work > WORK_MAX)
		err = err_new(ERR_LIMIT, "the patch asks for too much work");
	return err;
}

/* --- documents ----------------------------------------------------------- */

struct patch_doc *
patch_doc_new(struct span body)
{
	struct patch_doc *doc = mem_new(1, sizeof(*doc));

	doc->tree.root = patch_value_raw(body);
	/* Whoever writes a patch cannot know the shape of the arrays. */
	doc->tree.pool.random = (uint64_t)(uintptr_t)doc | 1;
	return doc;
}

void
patch_doc_free(struct patch_doc *doc)
{
	if (doc == NULL)
		return;
	patch_object_fini(doc->tree.pool.objects);
	patch_text_fini(doc->tree.pool.texts);
	patch_pool_fini(&doc->tree.pool);
	buf_fini(&doc->tree.token);
	buf_fini(&doc->bytes);
	json_fini(&doc->left);
	free(doc);
}

const struct err *
patch_doc_apply(struct patch_doc *doc, const struct json *patch)
{
	struct op op = { .doc = doc, .patch = patch, .node = 1 };
	const struct err *err;

	if (json_kind(patch, 0) != JSON_ARRAY)
		return err_new(ERR_BAD_REQUEST,
		    "a patch is an array of operations (RFC 6902 section 3)");
	doc->tree.pool.work = 0;
	for (uint32_t i = 0; i < patch->node[0].count; i++) {
		op.path = span_of("", 0);
		err = apply(&op);
		if (err != NULL)
			return err_wrap(err, "operation %u, %.*s", (unsigned)i,
			    (int)(op.path.len < PATH_SHOWN ? op.path.len
							   : PATH_SHOWN),
			    op.path.p);
		op.node = patch->node[op.node].next;
	}
	return NULL;
}

void
patch_doc_write(const struct patch_doc *doc, struct buf *out)
{
	size_t start = out->len;

	patch_value_write(&doc->tree.root, out);
	assert(out->len - start == doc->tree.root.len);
}

const struct err *
patch_apply(struct span body, const struct json *patch, struct buf *out)
{
	struct patch_doc *doc = patch_doc_new(body);
	const struct err *err = patch_doc_apply(doc, patch);

	if (err == NULL)
		patch_doc_write(doc, out);
	patch_doc_free(doc);
	return err;
}
