/*
 * glob: two small pattern languages, both matched against a whole text.
 *
 * Ids:   * any run of characters (also '/'), ? one.
 * Paths: * any run without '/', ? one character but '/', [a-z] and [!a-z]
 *        classes, ** as a whole component any number of components (also
 *        none), \x the character x.
 *
 * Characters are those of UTF-8; a byte that is not part of one is one itself.
 *
 * Floor 1.  Matching takes O(|pattern| · |text|) at most.
 */
#ifndef GLOB_H
#define GLOB_H

#include <stdbool.h>

#include "err.h"
#include "span.h"

bool glob_id(struct span pattern, struct span id);
bool glob_path(struct span pattern, struct span path);

/*
 * Could some path below directory dir ("a/b", "" for the root) match?  Lets a
 * walk stay out of where nothing can be.
 */
bool glob_path_below(struct span pattern, struct span dir);

/* ERR_BAD_REQUEST: empty, absolute, a ".." component, an open [ or a lone \ */
const struct err *glob_path_check(struct span pattern) MUST_CHECK;

#endif /* GLOB_H */
