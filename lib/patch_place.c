#include "patch_place.h"

#include "json.h"
#include "pointer.h"

static const struct err *
no_such_place(void)
{
	return err_new(ERR_CONFLICT, "there is no such place");
}

/* What the token leads to in an open container, or NULL. */
static struct patch_value *
child(struct patch_tree *tree, struct patch_value *v)
{
	struct span token = buf_as_span(&tree->token);
	uint32_t index;

	if (v->form == PATCH_OBJECT)
		return patch_object_at(v->is.object, token);
	if (!pointer_index(token, &index) ||
	    index >= patch_array_count(v->is.array))
		return NULL;
	return patch_array_at(&tree->pool, v->is.array, index);
}

const struct err *
patch_place_find(struct patch_tree *tree, struct span pointer,
    struct patch_place *place)
{
	struct patch_value *v = &tree->root;

	place->n = 0;
	while (pointer.len > 0) {
		if (place->n > 0)
			v = child(tree, v);
		if (v == NULL || place->n == JSON_DEPTH_MAX ||
		    !patch_value_open(&tree->pool, v))
			return no_such_place();
		place->above[place->n++] = v;
		(void)pointer_next(&pointer, &tree->token);
	}
	return NULL;
}

static struct patch_value *
value_of(struct patch_tree *tree, const struct patch_place *place)
{
	return place->n == 0 ? &tree->root
			     : child(tree, place->above[place->n - 1]);
}

void
patch_place_grow(const struct patch_place *place, size_t n)
{
	for (unsigned i = 0; i < place->n; i++)
		place->above[i]->len += n;
}

const struct err *
patch_place_at(struct patch_tree *tree, struct span pointer,
    struct patch_place *place, struct patch_value **value)
{
	const struct err *err = patch_place_find(tree, pointer, place);

	if (err != NULL)
		return err;
	*value = value_of(tree, place);
	return *value == NULL ? no_such_place() : NULL;
}

static const struct err *
check_depth(struct patch_tree *tree, const struct patch_place *place,
    const struct patch_value *value)
{
	unsigned room = JSON_DEPTH_MAX - place->n;

	/* "[[…]]": there are at most half as many levels as bytes. */
	if (value->len <= 2 * (size_t)room ||
	    patch_value_height(&tree->pool, value) <= room)
		return NULL;
	return err_new(ERR_LIMIT, "the result is more than %d levels deep",
	    JSON_DEPTH_MAX);
}

/* Overwrite what is there. */
static void
change(const struct patch_place *place, struct patch_value *old,
    struct patch_value value)
{
	patch_place_grow(place, value.len - old->len);
	*old = value;
}

const struct err *
patch_place_replace(struct patch_tree *tree, const struct patch_place *place,
    struct patch_value value)
{
	const struct err *err = check_depth(tree, place, &value);
	struct patch_value *old = value_of(tree, place);

	if (err != NULL)
		return err;
	if (old == NULL)
		return no_such_place();
	change(place, old, value);
	return NULL;
}

static const struct err *
put_element(struct patch_tree *tree, const struct patch_place *place,
    struct patch_value value)
{
	struct patch_array *array = place->above[place->n - 1]->is.array;
	struct span token = buf_as_span(&tree->token);
	uint32_t n = patch_array_count(array), index = n;

	if (!span_is(token, "-") && !pointer_index(token, &index))
		return no_such_place();
	if (index > n)
		return err_new(ERR_CONFLICT, "the array has only %u elements",
		    (unsigned)n);
	patch_array_insert(&tree->pool, array, index, value);
	patch_place_grow(place, value.len + (n > 0)); /* the comma */
	return NULL;
}

const struct err *
patch_place_put(struct patch_tree *tree, const struct patch_place *place,
    struct patch_value value)
{
	const struct err *err = check_depth(tree, place, &value);
	struct span key = buf_as_span(&tree->token);
	struct patch_value *above, *old;
	struct patch_object *object;

	if (err != NULL)
		return err;
	if (place->n == 0) {
		tree->root = value;
		return NULL;
	}
	above = place->above[place->n - 1];
	if (above->form == PATCH_ARRAY)
		return put_element(tree, place, value);
	old = value_of(tree, place);
	if (old != NULL) {
		change(place, old, value);
		return NULL;
	}
	object = above->is.object;
	patch_place_grow(place,
	    key.len + strlen("\"\":") + value.len +
		(patch_object_count(object) > 0));
	patch_object_insert(&tree->pool, object, key, value);
	return NULL;
}

const struct err *
patch_place_take(struct patch_tree *tree, const struct patch_place *place,
    struct patch_value *value)
{
	struct patch_value *old = value_of(tree, place), *above;
	struct span token = buf_as_span(&tree->token);
	size_t len;
	uint32_t n, index;

	if (old == NULL)
		return no_such_place();
	if (place->n == 0)
		return err_new(ERR_CONFLICT,
		    "the document itself cannot be taken away");
	*value = *old;
	above = place->above[place->n - 1];
	len = value->len;
	if (above->form == PATCH_OBJECT) {
		patch_object_remove(above->is.object, token);
		n = patch_object_count(above->is.object);
		len += token.len + strlen("\"\":");
	} else {
		(void)pointer_index(token, &index); /* old was found by it */
		*value = patch_array_take(&tree->pool, above->is.array, index);
		n = patch_array_count(above->is.array);
	}
	patch_place_grow(place, -(len + (n > 0)));
	return NULL;
}
