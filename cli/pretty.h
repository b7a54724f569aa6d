/*
 * pretty: a document for people: a member a line, indented, in colours.
 *
 * Floor 3; pure.
 */
#ifndef PRETTY_H
#define PRETTY_H

#include "buf.h"
#include "ink.h"
#include "span.h"

/* body: canonical. */
void pretty_write(struct ink, struct span body, struct buf *out);

/* The same on one line, in colours only. */
void pretty_line(struct ink, struct span body, struct buf *out);

#endif /* PRETTY_H */
