/*
 * slurp: a whole file into a buffer.
 */
#ifndef SLURP_H
#define SLURP_H

#include <stdbool.h>
#include <stdio.h>

#include "buf.h"

static inline bool
slurp(const char *path, struct buf *bytes)
{
	FILE *f = fopen(path, "rb");
	char piece[4096];
	size_t n;
	bool is_read;

	if (f == NULL)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(bytes, piece, n);
	is_read = ferror(f) == 0;
	(void)fclose(f);
	return is_read;
}

#endif /* SLURP_H */
