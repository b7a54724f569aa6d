#include "history.h"

#include <stdlib.h>

#include "json.h"
#include "mem.h"
#include "patch.h"
#include "store.h"
#include "store_step.h"

enum {
	/* After so many steps back it is time to come from the other end. */
	HISTORY_STEPS_BACK = 256,
};

/*
 * Patches from a version backwards, one behind the other, and then the body
 * that they lead to.
 */
struct chain {
	struct buf text;
	size_t *begin; /* of each in text */
	size_t n, cap;
};

static void
chain_fini(struct chain *chain)
{
	buf_fini(&chain->text);
	free(chain->begin);
}

static struct span
chain_at(const struct chain *chain, size_t i)
{
	size_t end = i + 1 < chain->n ? chain->begin[i + 1] : chain->text.len;

	return span_of(chain->text.data + chain->begin[i],
	    end - chain->begin[i]);
}

/* --- which version ---------------------------------------------------------- */

static const struct err *
contradiction(uint64_t seq)
{
	return err_new(ERR_STORE,
	    "the log contradicts itself at %llu: it follows itself",
	    (unsigned long long)seq);
}

/*
 * The first change of the entity after seq, or one that came so much later that
 * it is better looked for from the other end.
 */
static const struct err *
go_back(struct store *s, uint64_t version, uint64_t seq, struct change *next)
{
	const struct err *err;

	for (int i = 0; i < HISTORY_STEPS_BACK && version > seq; i++) {
		err = store_step(s, version, next);
		if (err != NULL)
			return err;
		if (next->prev >= version)
			return contradiction(version);
		version = next->prev;
	}
	return NULL;
}

/* The first change after seq of an entity that has changed after it. */
static const struct err *
find_next(struct store *s, const struct store_entity *entity, uint64_t seq,
    struct change *next)
{
	struct store_range range = { .after = seq };
	const struct err *err = go_back(s, entity->version, seq, next);

	if (err != NULL || next->prev <= seq)
		return err;
	range.until = next->prev;
	err = store_step_of(s, entity->eid, range, next);
	if (err == NULL && (next->seq == 0 || next->prev > seq))
		err = contradiction(range.until);
	return err;
}

const struct err *
history_last(struct store *s, const struct store_entity *entity, uint64_t seq,
    uint64_t *last)
{
	struct change next = { .prev = entity->version };
	const struct err *err = NULL;

	if (seq < entity->born)
		next.prev = 0;
	else if (seq < entity->version)
		err = find_next(s, entity, seq, &next);
	*last = next.prev;
	return err;
}

const struct err *
history_version(struct store *s, const struct store_entity *entity,
    uint64_t seq, uint64_t *version)
{
	struct change next = { 0 };
	const struct err *err = NULL;

	*version = 0;
	if (seq < entity->born)
		return NULL;
	if (seq < entity->version)
		err = find_next(s, entity, seq, &next);
	else if (entity->body.len > 0)
		next.prev = entity->version;
	/* What it was created over, a deletion, held nothing. */
	if (err == NULL && next.op != CHANGE_CREATE)
		*version = next.prev;
	return err;
}

/* --- its body ----------------------------------------------------------------- */

/* Go back from a version to the nearest kept body. */
static const struct err *
gather(struct store *s, uint64_t seq, struct chain *chain)
{
	struct store_link link = { .prev = seq };
	const struct err *err = NULL;

	while (err == NULL && !link.is_body) {
		chain->begin = mem_grow(chain->begin, chain->n, &chain->cap,
		    sizeof(chain->begin[0]));
		chain->begin[chain->n++] = chain->text.len;
		err = store_link(s, link.prev, &link, &chain->text);
	}
	return err;
}

/* Oldest first, each on the result of the one before. */
static const struct err *
replay(const struct chain *chain, struct buf *body)
{
	size_t i = chain->n - 1;
	struct patch_doc *doc = patch_doc_new(chain_at(chain, i));
	const struct err *err = NULL;
	struct json patch = { 0 };

	while (i-- > 0 && err == NULL) {
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
rebuild(struct store *s, uint64_t version, struct buf *body)
{
	struct chain chain = { 0 };
	const struct err *err = gather(s, version, &chain);

	if (err == NULL)
		err = replay(&chain, body);
	chain_fini(&chain);
	return err;
}

/* --- both --------------------------------------------------------------------- */

const struct err *
history_build(struct store *s, const struct store_entity *entity,
    uint64_t version, struct buf *body)
{
	if (version != entity->version)
		return rebuild(s, version, body);
	buf_span(body, entity->body);
	return NULL;
}

const struct err *
history_of(struct store *s, const struct store_entity *entity, uint64_t seq,
    struct buf *body, uint64_t *version)
{
	const struct err *err = history_version(s, entity, seq, version);

	if (err == NULL && *version != 0)
		err = history_build(s, entity, *version, body);
	return err;
}

const struct err *
history_body(struct store *s, uint64_t eid, uint64_t seq, struct buf *body,
    uint64_t *version)
{
	struct store_entity entity;
	struct buf hold = { 0 };
	const struct err *err = store_view_begin(s);

	*version = 0;
	if (err != NULL)
		return err;
	err = store_entity_at(s, eid, &entity, &hold);
	if (err == NULL)
		err = history_of(s, &entity, seq, body, version);
	store_view_end(s);
	buf_fini(&hold);
	return err;
}

const struct err *
history_made(struct store *s, uint64_t seq, struct buf *body)
{
	const struct err *err = store_view_begin(s);

	if (err != NULL)
		return err;
	/* Not the body of today: its members may stand in another order. */
	err = store_keyframe(s, seq, body);
	if (err != NULL && err->code == ERR_NOT_FOUND)
		err = rebuild(s, seq, body);
	store_view_end(s);
	return err;
}
