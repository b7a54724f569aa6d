#include "snapshot_row.h"

#include "items.h"
#include "json.h"
#include "pointer.h"
#include "projection.h"
#include "store.h"

void
snapshot_row_item(const struct store_entity *entity, void *arg, struct buf *out)
{
	struct snapshot_row *row = arg;

	items_head(&row->items, entity, out);
	projection_write(row->projection, entity->body, row->bytes_max, out);
	buf_byte(out, '}');
}

void
snapshot_row_document(const struct store_entity *entity, void *arg,
    struct buf *out)
{
	struct snapshot_row *row = arg;
	struct span body, id;

	buf_clear(&row->scratch);
	projection_write(row->projection, entity->body, row->bytes_max,
	    &row->scratch);
	body = buf_as_span(&row->scratch);
	if (body.p[0] != '{' || pointer_seek(body, span_str("/id"), &id)) {
		buf_span(out, body);
		return;
	}
	buf_str(out, "{\"id\":");
	json_quote(out, entity->id);
	if (body.len > 2)
		buf_byte(out, ',');
	buf_add(out, body.p + 1, body.len - 1);
}
