#include "target.h"

#include <string.h>

#include "buf.h"
#include "change.h"
#include "glob.h"
#include "nearest.h"
#include "store.h"

struct known {
	struct buf names;
	struct nearest nearest;
	char found[STORE_NAME_BYTES_MAX + 1];
};

/* A store_coll_fn. */
static void
know(const struct store_coll *coll, void *arg)
{
	struct known *k = arg;

	buf_printf(&k->names, "%s %s", k->names.len == 0 ? "" : ",",
	    coll->name);
	nearest_try(&k->nearest, coll->name);
	/* Names are borrowed for the call. */
	if (k->nearest.found == coll->name) {
		memcpy(k->found, coll->name, sizeof(k->found));
		k->nearest.found = k->found;
	}
}

static const struct err *
unknown(struct store *s, struct span name)
{
	struct known k = { .nearest = { .word = name } };
	const struct err *err = store_colls(s, know, &k);

	if (err != NULL)
		goto out;
	if (k.names.len == 0)
		err = err_new(ERR_NOT_FOUND,
		    "there is no collection %.*s, nor any other yet",
		    SPAN_ARGS(name));
	else if (k.nearest.found != NULL)
		err = err_new(ERR_NOT_FOUND,
		    "there is no collection %.*s; is %s meant?",
		    SPAN_ARGS(name), k.found);
	else
		err = err_new(ERR_NOT_FOUND,
		    "there is no collection %.*s; there are:%s",
		    SPAN_ARGS(name), buf_cstr(&k.names));
out:
	buf_fini(&k.names);
	return err;
}

const struct err *
target_find(struct store *s, const char *text, enum target_when when,
    struct target *target)
{
	const struct err *err;
	struct span name;

	*target = (struct target){ .is_all = text == NULL };
	if (text == NULL)
		return NULL;
	target->id = span_str(text);
	name = span_cut(&target->id, '/');
	err = when == TARGET_NOW ? store_coll_find(s, name, &target->coll)
				 : store_coll_ever(s, name, &target->coll);
	return err != NULL && err->code == ERR_NOT_FOUND ? unknown(s, name)
							 : err;
}

bool
target_is_glob(const struct target *target)
{
	return target->id.len > 0 &&
	    (memchr(target->id.p, '*', target->id.len) != NULL ||
		memchr(target->id.p, '?', target->id.len) != NULL);
}

bool
target_has_id(const struct target *target, struct span id)
{
	return target->id.len == 0 || glob_id(target->id, id);
}

bool
target_has(const struct target *target, const struct change *change)
{
	return target->is_all ||
	    (change->cid == target->coll.cid &&
		target_has_id(target, change->id));
}
