/*
 * show: one document, for people, for a pipe or as JSON with its version.
 *
 * Floor 3.
 */
#ifndef SHOW_H
#define SHOW_H

struct out;
struct store_entity;

/* With a body. */
void show_document(struct out *, const struct store_entity *);

#endif /* SHOW_H */
