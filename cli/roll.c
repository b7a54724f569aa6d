#include "roll.h"

#include "amount.h"
#include "ink.h"
#include "json.h"
#include "out.h"
#include "pretty.h"
#include "store.h"

void
roll_init(struct roll *r, struct out *out)
{
	static const char *const heads[] = { "ID", "VERSION", "SIZE",
		"UPDATED" };

	*r = (struct roll){ .out = out };
	grid_init(&r->grid, 4);
	for (size_t i = 0; i < 4; i++) {
		ink_word(out->ink, grid_cell(&r->grid), INK_DIM, heads[i]);
		grid_end(&r->grid);
	}
}

void
roll_fini(struct roll *r)
{
	grid_fini(&r->grid);
	buf_fini(&r->text);
}

/* id, version and time; what comes behind them is the caller's. */
static void
open_json(struct buf *out, const struct store_entity *e)
{
	char at[WALLTIME_TEXT_BYTES];

	buf_str(out, "{\"id\":");
	json_quote(out, e->id);
	buf_printf(out,
	    ",\"version\":%llu,\"updated\":", (unsigned long long)e->version);
	if (e->updated.ms != 0)
		buf_printf(out, "\"%s\"", walltime_text(e->updated, at));
	else
		buf_str(out, "null");
}

void
roll_add(struct roll *r, const struct store_entity *e)
{
	struct grid *g = &r->grid;
	char at[WALLTIME_TEXT_BYTES];

	if (r->out->is_json) {
		open_json(&r->text, e);
		buf_printf(&r->text, ",\"bytes\":%zu}\n", e->body.len);
		return;
	}
	ink_text(r->out->ink, grid_cell(g), e->id);
	grid_end(g);
	buf_u64(grid_cell(g), e->version);
	grid_end(g);
	amount_bytes(grid_cell(g), e->body.len);
	grid_end(g);
	/* Of the past it may be forgotten. */
	grid_add(g, e->updated.ms != 0 ? walltime_text(e->updated, at) : "?");
}

void
roll_write(struct roll *r)
{
	if (!r->out->is_json)
		grid_write(&r->grid, "lrrl", "", &r->text);
	(void)out_bytes(r->out, &r->text);
}

void
roll_document(struct out *out, const struct store_entity *e)
{
	struct buf text = { 0 };

	if (out->is_json) {
		open_json(&text, e);
		buf_str(&text, ",\"data\":");
		buf_span(&text, e->body);
		buf_byte(&text, '}');
	} else if (out->ink.is_shielded) {
		pretty_write(out->ink, e->body, &text);
	} else {
		buf_span(&text, e->body);
	}
	(void)out_line(out, &text);
	buf_fini(&text);
}
