#include "problem.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "log.h"
#include "mem.h"
#include "monotime.h"
#include "store_src.h"

struct problem {
	struct table_node node;
	struct link link; /* on kept or dirty */
	char *collection, *id, *reason;
	struct walltime since;
	const void *owner;
	bool is_solved;
	bool is_stored; /* the store has a row of it */
	bool is_unmet;  /* known from an earlier run only */
};

void
problems_init(struct problems *ps)
{
	*ps = (struct problems){ 0 };
	list_init(&ps->kept);
	list_init(&ps->dirty);
}

static struct problem *
problem_at(struct link *l)
{
	return LIST_OF(l, struct problem, link);
}

static void
problem_free(struct problems *ps, struct problem *p)
{
	table_remove(&ps->by_id, &p->node);
	list_remove(&p->link);
	free(p->collection);
	free(p->id);
	free(p->reason);
	free(p);
}

void
problems_fini(struct problems *ps)
{
	list_append_all(&ps->kept, &ps->dirty);
	while (!list_is_empty(&ps->kept))
		problem_free(ps, problem_at(ps->kept.next));
	table_fini(&ps->by_id);
}

static uint64_t
hash_of(struct span collection, struct span id)
{
	return XXH3_64bits_withSeed(id.p, id.len,
	    XXH3_64bits(collection.p, collection.len));
}

static struct problem *
find(const struct problems *ps, struct span collection, struct span id)
{
	struct table_node *n = table_find(&ps->by_id, hash_of(collection, id));

	for (; n != NULL; n = table_again(n)) {
		struct problem *p = LIST_OF(n, struct problem, node);

		if (span_is(collection, p->collection) && span_is(id, p->id))
			return p;
	}
	return NULL;
}

static struct problem *
problem_new(struct problems *ps, struct span collection, struct span id)
{
	struct problem *p = mem_new(1, sizeof(*p));

	p->collection = mem_dup(collection.p, collection.len);
	p->id = mem_dup(id.p, id.len);
	list_init(&p->link);
	table_add(&ps->by_id, &p->node, hash_of(collection, id));
	return p;
}

static void
load(const struct store_problem *row, void *arg)
{
	struct problems *ps = arg;
	struct problem *p = problem_new(ps, row->collection, row->id);

	p->reason = mem_dup(row->reason.p, row->reason.len);
	p->since = row->since;
	p->is_stored = true;
	p->is_unmet = true;
	list_append(&ps->kept, &p->link);
	ps->n++;
}

const struct err *
problems_load(struct problems *ps, struct store *store)
{
	return store_problems(store, load, ps);
}

void
problem_set(struct problems *ps, struct span collection, struct span id,
    const char *reason, const void *owner)
{
	struct problem *p = find(ps, collection, id);
	bool is_new = p == NULL || p->is_solved;

	if (p == NULL)
		p = problem_new(ps, collection, id);
	p->owner = owner;
	p->is_unmet = false;
	if (is_new) {
		p->since = walltime_now();
		p->is_solved = false;
		ps->n++;
	} else if (strcmp(p->reason, reason) == 0) {
		return;
	}
	free(p->reason);
	p->reason = mem_dup(reason, strlen(reason));
	list_append(&ps->dirty, &p->link);
	log_event(LOG_WARNING, "there is a problem",
	    log_span("collection", collection), log_span("id", id),
	    log_text("reason", reason));
}

static void
solve(struct problems *ps, struct problem *p)
{
	if (p->is_solved)
		return;
	p->is_solved = true;
	ps->n--;
	list_append(&ps->dirty, &p->link);
	log_event(LOG_INFO, "a problem is solved",
	    log_text("collection", p->collection), log_text("id", p->id));
}

void
problem_solve(struct problems *ps, struct span collection, struct span id)
{
	struct problem *p = find(ps, collection, id);

	if (p != NULL)
		solve(ps, p);
}

bool
problem_is_unmet(const struct problems *ps, struct span collection,
    struct span id)
{
	const struct problem *p = find(ps, collection, id);

	return p != NULL && p->is_unmet && !p->is_solved;
}

/* Which problems a walk is about: each field that is set must fit. */
struct which {
	const void *owner;
	struct span collection;
	bool is_unmet;
};

static void
solve_in(struct problems *ps, struct link *head, const struct which *which)
{
	for (struct link *l = head->next, *next; l != head; l = next) {
		struct problem *p = problem_at(l);

		next = l->next;
		if (which->owner != NULL && p->owner != which->owner)
			continue;
		if (which->collection.len > 0 &&
		    !span_is(which->collection, p->collection))
			continue;
		if (!which->is_unmet || p->is_unmet)
			solve(ps, p);
	}
}

/* The dirty ones first: what is solved is put at the end of that list. */
static void
solve_which(struct problems *ps, struct which which)
{
	struct link dirty;

	list_init(&dirty);
	list_append_all(&dirty, &ps->dirty);
	solve_in(ps, &dirty, &which);
	solve_in(ps, &ps->kept, &which);
	list_append_all(&ps->dirty, &dirty);
}

void
problem_solve_all(struct problems *ps, const void *owner)
{
	solve_which(ps, (struct which){ .owner = owner });
}

void
problem_solve_unmet(struct problems *ps, struct span collection)
{
	solve_which(ps,
	    (struct which){ .collection = collection, .is_unmet = true });
}

void
problem_solve_collection(struct problems *ps, struct span collection)
{
	solve_which(ps, (struct which){ .collection = collection });
}

bool
problems_are_dirty(const struct problems *ps)
{
	return !list_is_empty(&ps->dirty);
}

static const struct err *
write_one(struct problem *p, struct store *store)
{
	const struct err *err = NULL;

	if (!p->is_solved) {
		err = store_problem_put(store,
		    &(struct store_problem){
			.collection = span_str(p->collection),
			.id = span_str(p->id),
			.reason = span_str(p->reason),
			.since = p->since,
		    });
		p->is_stored = true;
	} else if (p->is_stored) {
		err = store_problem_drop(store, span_str(p->collection),
		    span_str(p->id));
	}
	return err;
}

const struct err *
problems_write(struct problems *ps, struct store *store)
{
	while (!list_is_empty(&ps->dirty)) {
		struct problem *p = problem_at(ps->dirty.next);
		const struct err *err = write_one(p, store);

		if (err != NULL)
			return err;
		if (p->is_solved)
			problem_free(ps, p);
		else
			list_append(&ps->kept, &p->link);
	}
	return NULL;
}
