/*
 * step: one change of the log, as a line for people or as JSON.
 *
 * Floor 3; pure.
 */
#ifndef STEP_H
#define STEP_H

#include <stdbool.h>

#include "buf.h"
#include "change.h"
#include "ink.h"
#include "span.h"

struct step {
	const struct change *change;
	struct span coll; /* its collection's name */
	struct span body; /* CREATE, PUT: what was set; empty: not kept */
};

/*
 * Append an object with the members that a change has in the HTTP API, and
 * actor where there is one.
 *
 * has_content  with patch or data, where they are known
 */
void step_json(const struct step *, bool has_content, struct buf *);

/* Append seq, time, what was done to which entity, and where in it. */
void step_line(struct ink, const struct step *, struct buf *);

/* Append the patch, an operation a line, or the document that was set. */
void step_content(struct ink, const struct step *, struct buf *);

#endif /* STEP_H */
