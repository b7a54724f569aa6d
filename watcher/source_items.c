/*
 * items: the file holds many entities, the elements of an array or the
 * members of an object at a pointer.  A member's id is its key; an element's
 * is the one that it carries (key.h), or else, where no key is configured,
 * its index.  An element without an id, or with that of another one, is left
 * out and said; the rest is taken.
 */
#include <xxhash.h>

#include "claim.h"
#include "coll.h"
#include "json.h"
#include "key.h"
#include "pointer.h"
#include "source.h"
#include "watch.h"

/* One element, with its id in w->text. */
static const struct err *
take_element(struct take *take, struct span body, uint32_t mark)
{
	struct watch *w = take->coll->watch;
	struct span id = buf_as_span(&w->text);
	uint64_t raw = XXH3_64bits(body.p, body.len);
	struct claim *claim;
	const struct err *err = coll_claim(take->coll, take->file, id, &claim);

	if (err != NULL) {
		take_warn(take, "an element is left out: %s", err->msg);
		return NULL;
	}
	if (claim->mark == mark) {
		take_warn(take,
		    "an element is left out: another one has the "
		    "id %.*s, too",
		    SPAN_ARGS(id));
		return NULL;
	}
	claim->mark = mark;
	if (claim->is_live && claim->raw == raw)
		return NULL;
	claim->raw = raw;
	err = json_scan(&w->part, body, NULL);
	return err != NULL ? err : coll_put(take->coll, claim, &w->part);
}

static const struct err *
take_array(struct take *take, uint32_t array, uint32_t mark)
{
	const struct config_coll *conf = take->coll->conf;
	struct watch *w = take->coll->watch;
	const struct json *doc = &w->doc;
	const struct err *err = NULL;
	uint32_t at = array + 1;

	for (uint32_t i = 0; err == NULL && i < doc->node[array].count; i++) {
		struct span body = json_span(doc, at);

		at = doc->node[at].next;
		if (!key_of(conf, body, &w->text)) {
			if (conf->key.n > 0) {
				take_warn(take,
				    "element %u is left out: it has no "
				    "\"%s\", or not a plain value there",
				    i, conf->key.name[0]);
				continue;
			}
			buf_clear(&w->text);
			buf_u64(&w->text, i);
		}
		err = take_element(take, body, mark);
	}
	return err;
}

static const struct err *
take_object(struct take *take, uint32_t object, uint32_t mark)
{
	struct watch *w = take->coll->watch;
	const struct json *doc = &w->doc;
	const struct err *err = NULL;
	uint32_t at = object + 1;

	for (uint32_t i = 0; err == NULL && i < doc->node[object].count; i++) {
		buf_clear(&w->text);
		json_unescape(&w->text, json_inside(json_span(doc, at)));
		at = doc->node[at].next;
		err = take_element(take, json_span(doc, at), mark);
		at = doc->node[at].next;
	}
	return err;
}

const struct err *
source_items_take(struct take *take)
{
	const char *pointer = take->coll->conf->items;
	struct json *doc = &take->coll->watch->doc;
	const struct err *err = json_scan(doc, take->bytes, NULL);
	uint32_t mark = ++take->coll->mark, node;

	if (err != NULL)
		return err;
	if (!pointer_find(doc, span_str(pointer), &node))
		return err_new(ERR_PARSE, "there is nothing at \"%s\"",
		    pointer);
	if (json_kind(doc, node) == JSON_ARRAY)
		err = take_array(take, node, mark);
	else if (json_kind(doc, node) == JSON_OBJECT)
		err = take_object(take, node, mark);
	else
		err = err_new(ERR_PARSE,
		    "at \"%s\" there is neither an array nor an object",
		    pointer);
	return err != NULL ? err : take_sweep(take, mark);
}
