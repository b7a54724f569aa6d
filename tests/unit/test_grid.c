#include "grid.h"

#include "check.h"
#include "ink.h"

static void
columns_are_as_wide_as_their_widest_cell(void)
{
	struct buf out = { 0 };
	struct grid g;

	grid_init(&g, 3);
	for (size_t i = 0; i < 6; i++)
		grid_add(&g,
		    (const char *[]){ "ID", "N", "AT", "long one", "1234",
			"x" }[i]);
	grid_write(&g, "lrl", "> ", &out);
	CHECK_STR(buf_cstr(&out),
	    "> ID           N  AT\n"
	    "> long one  1234  x\n");
	grid_fini(&g);
	buf_fini(&out);
}

static void
colours_take_no_room_and_lines_have_no_blanks_at_the_end(void)
{
	struct ink ink = { true, true };
	struct buf out = { 0 };
	struct grid g;

	grid_init(&g, 2);
	ink_word(ink, grid_cell(&g), INK_RED, "a");
	grid_end(&g);
	grid_add(&g, "");
	grid_add(&g, "bcd");
	grid_add(&g, "");
	grid_write(&g, "rl", "", &out);
	CHECK_STR(buf_cstr(&out), "  \033[31ma\033[0m\nbcd\n");
	grid_fini(&g);
	buf_fini(&out);
}

static void
nothing_is_an_empty_table(void)
{
	struct buf out = { 0 };
	struct grid g;

	grid_init(&g, GRID_COLUMNS_MAX);
	grid_write(&g, "llllllll", "", &out);
	CHECK_INT(out.len, 0);
	grid_add(&g, "");
	grid_fini(&g);
	buf_fini(&out);
}

TESTS(columns_are_as_wide_as_their_widest_cell,
    colours_take_no_room_and_lines_have_no_blanks_at_the_end,
    nothing_is_an_empty_table)
