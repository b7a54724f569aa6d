#include "due.h"

#include <stddef.h>

#include "seen.h"

static const int64_t due_ms[DUE__MAX] = {
	[DUE_20MS] = 20,
	[DUE_50MS] = 50,
	[DUE_200MS] = 200,
};

void
due_init(struct due *d)
{
	for (int i = 0; i < DUE__MAX; i++)
		list_init(&d->list[i]);
}

void
due_put(struct due *d, struct seen_file *f, enum due_when when,
    struct monotime now)
{
	f->due_at = monotime_after_ms(now, due_ms[when]);
	list_append(&d->list[when], &f->due);
}

static struct seen_file *
first_of(const struct due *d, int when)
{
	const struct link *head = &d->list[when];

	if (list_is_empty(head))
		return NULL;
	return LIST_OF(head->next, struct seen_file, due);
}

struct seen_file *
due_take(struct due *d, struct monotime now)
{
	for (int i = DUE_NOW; i < DUE_TICK; i++) {
		struct seen_file *f = first_of(d, i);

		if (f == NULL || !monotime_reached(f->due_at, now))
			continue;
		list_remove(&f->due);
		return f;
	}
	return NULL;
}

void
due_postpone(struct due *d)
{
	for (int i = DUE_NOW; i < DUE_TICK; i++)
		list_append_all(&d->list[DUE_TICK], &d->list[i]);
}

void
due_tick(struct due *d)
{
	for (struct link *l = d->list[DUE_TICK].next; l != &d->list[DUE_TICK];
	     l = l->next)
		LIST_OF(l, struct seen_file, due)->due_at =
		    (struct monotime){ 0 };
	list_append_all(&d->list[DUE_NOW], &d->list[DUE_TICK]);
}

bool
due_next(const struct due *d, struct monotime *at)
{
	bool is_any = false;

	for (int i = DUE_NOW; i < DUE_TICK; i++) {
		struct seen_file *f = first_of(d, i);

		if (f == NULL || (is_any && f->due_at.ns >= at->ns))
			continue;
		*at = f->due_at;
		is_any = true;
	}
	return is_any;
}
