/*
 * grid: a table whose columns are as wide as what stands in them.
 *
 * Floor 3; pure.
 */
#ifndef GRID_H
#define GRID_H

#include <stddef.h>

#include "buf.h"

enum { GRID_COLUMNS_MAX = 8 };

struct grid {
	struct buf text; /* of all cells, row by row */
	size_t *end;     /* of each cell in text */
	size_t n, cap;
	size_t n_columns;
	size_t width[GRID_COLUMNS_MAX];
};

/*
 * align: a letter a column: l for words, r for numbers.  Borrowed by
 * grid_write() only.
 */
void grid_init(struct grid *, size_t n_columns);
void grid_fini(struct grid *);

/* The next cell, row by row: append to the buffer, then end it. */
struct buf *grid_cell(struct grid *);
void grid_end(struct grid *);
/* All in one. */
void grid_add(struct grid *, const char *text);

/*
 * Append all rows, each behind indent.  Two blanks stand between columns, and
 * none at the end of a line.
 */
void grid_write(const struct grid *, const char *align, const char *indent,
    struct buf *out);

#endif /* GRID_H */
