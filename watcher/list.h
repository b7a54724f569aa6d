/*
 * list: things on a ring through a link inside themselves.  A link that is on
 * no list points to itself, so it can be taken off twice.
 *
 * Floor 3.
 */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *next, *prev;
};

/* The thing that has this link as a member. */
#define LIST_OF(link, type, member)                                            \
	((type *)(void *)((char *)(link)-offsetof(type, member)))

/* Both an empty list and a link on none. */
static inline void
list_init(struct link *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool
list_is_empty(const struct link *head)
{
	return head->next == head;
}

static inline bool
list_has(const struct link *l)
{
	return l->next != l;
}

static inline void
list_remove(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* Off whatever list it is on, and to the end of this one. */
static inline void
list_append(struct link *head, struct link *l)
{
	list_remove(l);
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

/* All of from to the end of to. */
static inline void
list_append_all(struct link *to, struct link *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#endif /* LIST_H */
