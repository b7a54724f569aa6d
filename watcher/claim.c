#include "claim.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "mem.h"
#include "seen.h"

void
claims_init(struct claims *cs)
{
	*cs = (struct claims){ 0 };
	list_init(&cs->nobodys);
}

void
claims_fini(struct claims *cs)
{
	while (!list_is_empty(&cs->nobodys))
		claim_free(cs, claim_at(cs->nobodys.next));
	table_fini(&cs->by_id);
}

struct claim *
claim_find(const struct claims *cs, struct span id)
{
	struct table_node *n =
	    table_find(&cs->by_id, XXH3_64bits(id.p, id.len));

	for (; n != NULL; n = table_again(n)) {
		struct claim *c = LIST_OF(n, struct claim, node);

		if (span_eq(claim_id(c), id))
			return c;
	}
	return NULL;
}

struct claim *
claim_new(struct claims *cs, struct span id)
{
	struct claim *c = mem_new(1, sizeof(*c) + id.len + 1);

	c->id_len = (uint32_t)id.len;
	memcpy(c->id, id.p, id.len);
	list_init(&c->of_file);
	list_append(&cs->nobodys, &c->of_file);
	table_add(&cs->by_id, &c->node, XXH3_64bits(id.p, id.len));
	return c;
}

void
claim_take(struct claim *c, struct seen_file *f)
{
	c->file = f;
	list_append(&f->claims, &c->of_file);
}

void
claim_free(struct claims *cs, struct claim *c)
{
	list_remove(&c->of_file);
	table_remove(&cs->by_id, &c->node);
	free(c);
}
