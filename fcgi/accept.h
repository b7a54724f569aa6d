/*
 * accept: what a client says it takes (RFC 9110 section 12.5).  Pure.
 *
 * Floor 3.
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdbool.h>

#include "span.h"

/*
 * By its Accept-Encoding: is gzip welcome, and not less so than the body as it
 * is?  Not when there is no such header.
 */
bool accept_gzip(struct span accept_encoding);

#endif /* ACCEPT_H */
