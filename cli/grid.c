#include "grid.h"

#include <assert.h>
#include <stdlib.h>

#include "ink.h"
#include "mem.h"
#include "span.h"

void
grid_init(struct grid *g, size_t n_columns)
{
	assert(n_columns > 0 && n_columns <= GRID_COLUMNS_MAX);
	*g = (struct grid){ .n_columns = n_columns };
}

void
grid_fini(struct grid *g)
{
	buf_fini(&g->text);
	free(g->end);
}

static struct span
cell_at(const struct grid *g, size_t i)
{
	size_t begin = i == 0 ? 0 : g->end[i - 1];

	return span_of(g->text.data + begin, g->end[i] - begin);
}

struct buf *
grid_cell(struct grid *g)
{
	return &g->text;
}

void
grid_end(struct grid *g)
{
	size_t *width = &g->width[g->n % g->n_columns], columns;

	/* An empty cell first of all leaves no text to point into. */
	(void)buf_cstr(&g->text);
	g->end = mem_grow(g->end, g->n, &g->cap, sizeof(g->end[0]));
	g->end[g->n++] = g->text.len;
	columns = ink_columns(cell_at(g, g->n - 1));
	if (columns > *width)
		*width = columns;
}

void
grid_add(struct grid *g, const char *text)
{
	buf_str(&g->text, text);
	grid_end(g);
}

static void
fill(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_byte(out, ' ');
}

static void
write_cell(const struct grid *g, size_t i, char align, struct buf *out)
{
	size_t column = i % g->n_columns;
	size_t room = g->width[column] - ink_columns(cell_at(g, i));

	if (align == 'r')
		fill(out, room);
	buf_span(out, cell_at(g, i));
	if (align != 'r' && column + 1 < g->n_columns)
		fill(out, room);
}

void
grid_write(const struct grid *g, const char *align, const char *indent,
    struct buf *out)
{
	for (size_t i = 0; i < g->n; i++) {
		size_t column = i % g->n_columns;

		buf_str(out, column == 0 ? indent : "  ");
		write_cell(g, i, align[column], out);
		if (column + 1 == g->n_columns) {
			/* The last cell may be empty. */
			while (out->len > 0 && out->data[out->len - 1] == ' ')
				buf_cut(out, out->len - 1);
			buf_byte(out, '\n');
		}
	}
}
