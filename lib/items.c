#include "items.h"

#include "json.h"
#include "store.h"

void
items_open(struct buf *out, struct cursor at, struct span collection)
{
	char text[CURSOR_TEXT_BYTES];

	buf_printf(out,
	    "{\"cursor\":\"%s\",\"collection\":\"%.*s\",\"items\":[",
	    cursor_text(at, text), SPAN_ARGS(collection));
}

static void
write_updated(struct items *items, struct walltime t, struct buf *out)
{
	if (t.ms == 0) {
		buf_str(out, "null");
		return;
	}
	/* Of one scan all are alike. */
	if (t.ms != items->updated.ms) {
		items->updated = t;
		(void)walltime_text(t, items->updated_text);
	}
	buf_byte(out, '"');
	buf_str(out, items->updated_text);
	buf_byte(out, '"');
}

void
items_head(struct items *items, const struct store_entity *entity,
    struct buf *out)
{
	buf_str(out, "{\"id\":");
	json_quote(out, entity->id);
	buf_str(out, ",\"version\":");
	buf_u64(out, entity->version);
	buf_str(out, ",\"updated\":");
	write_updated(items, entity->updated, out);
	buf_str(out, ",\"data\":");
}
