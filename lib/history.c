#include "history.h"

#include <stdlib.h>

#include "json.h"
#include "mem.h"
#include "patch.h"
#include "store.h"

/* Patches from a kept body onwards, newest first, one behind the other. */
struct chain {
	struct buf text;
	size_t *end; /* of each in text */
	size_t n, cap;
};

static void
chain_fini(struct chain *chain)
{
	buf_fini(&chain->text);
	free(chain->end);
}

static void
chain_add(struct chain *chain, struct span patch)
{
	chain->end =
	    mem_grow(chain->end, chain->n, &chain->cap, sizeof(chain->end[0]));
	buf_span(&chain->text, patch);
	chain->end[chain->n++] = chain->text.len;
}

static struct span
chain_at(const struct chain *chain, size_t i)
{
	size_t begin = i == 0 ? 0 : chain->end[i - 1];

	return span_of(chain->text.data + begin, chain->end[i] - begin);
}

static const struct err *
contradiction(uint64_t seq, const char *what)
{
	return err_new(ERR_STORE, "the log contradicts itself at %llu: %s",
	    (unsigned long long)seq, what);
}

/*
 * The newest change of the entity at or before seq; 0 when it was not there.
 * From its last change it goes back by prev.
 */
static const struct err *
find_version(struct store *s, uint64_t *version, uint64_t seq, struct buf *hold)
{
	const struct err *err = NULL;
	struct change change = { .op = CHANGE_PUT };

	while (*version > seq) {
		err = store_change_get(s, *version, &change, hold);
		if (err != NULL)
			return err;
		if (change.prev >= *version)
			return contradiction(*version, "it follows itself");
		*version = change.prev;
	}
	/* What it was created over, a deletion, held nothing. */
	if (change.op == CHANGE_CREATE)
		*version = 0;
	return NULL;
}

/*
 * Go back from a version to the nearest kept body, gathering the patches on
 * the way.
 */
static const struct err *
gather(struct store *s, uint64_t seq, struct buf *base, struct chain *chain,
    struct buf *hold)
{
	const struct err *err;
	struct change change;

	while ((err = store_keyframe(s, seq, base)) != NULL) {
		if (err->code != ERR_NOT_FOUND)
			return err;
		err = store_change_get(s, seq, &change, hold);
		if (err != NULL)
			return err;
		if (change.op != CHANGE_PATCH || change.prev >= seq)
			return contradiction(seq, "no body, no patch");
		chain_add(chain, change.patch);
		seq = change.prev;
	}
	return NULL;
}

/* Oldest first, each on the result of the one before. */
static const struct err *
replay(const struct buf *base, const struct chain *chain, struct buf *body)
{
	struct patch_doc *doc = patch_doc_new(buf_as_span(base));
	const struct err *err = NULL;
	struct json patch = { 0 };

	for (size_t i = chain->n; i-- > 0 && err == NULL;) {
		err = json_scan(&patch, chain_at(chain, i), NULL);
		if (err == NULL)
			err = patch_doc_apply(doc, &patch);
	}
	if (err == NULL)
		patch_doc_write(doc, body);
	else
		err = err_new(ERR_STORE, "a patch in the log: %s", err->msg);
	json_fini(&patch);
	patch_doc_free(doc);
	return err;
}

static const struct err *
rebuild(struct store *s, struct buf *body, uint64_t version, struct buf *hold)
{
	struct chain chain = { 0 };
	struct buf base = { 0 };
	const struct err *err = gather(s, version, &base, &chain, hold);

	if (err == NULL)
		err = replay(&base, &chain, body);
	buf_fini(&base);
	chain_fini(&chain);
	return err;
}

static const struct err *
body_at(struct store *s, uint64_t eid, uint64_t seq, struct buf *body,
    uint64_t *version)
{
	struct store_entity entity;
	struct buf hold = { 0 };
	const struct err *err = store_entity_at(s, eid, &entity, &hold);

	if (err != NULL)
		goto out;
	*version = entity.version;
	if (seq < entity.born || (entity.body.len == 0 && seq >= *version)) {
		*version = 0;
	} else if (seq >= *version) {
		buf_span(body, entity.body);
	} else {
		err = find_version(s, version, seq, &hold);
		if (err == NULL && *version != 0)
			err = rebuild(s, body, *version, &hold);
	}
out:
	buf_fini(&hold);
	return err;
}

const struct err *
history_body(struct store *s, uint64_t eid, uint64_t seq, struct buf *body,
    uint64_t *version)
{
	const struct err *err = store_view_begin(s);

	*version = 0;
	if (err != NULL)
		return err;
	err = body_at(s, eid, seq, body, version);
	store_view_end(s);
	return err;
}
