/*
 * beside: what lies in the folder of this program.
 *
 * Floor 3.
 */
#ifndef BESIDE_H
#define BESIDE_H

#include <limits.h>

#include "err.h"

/*
 * path   out: where a file of that name would be.  ERR_SYS.
 */
const struct err *beside_path(const char *name, char path[PATH_MAX]) MUST_CHECK;

#endif /* BESIDE_H */
