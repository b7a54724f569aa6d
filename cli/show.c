#include "show.h"

#include "buf.h"
#include "json.h"
#include "out.h"
#include "pretty.h"
#include "store.h"

void
show_document(struct out *out, const struct store_entity *e)
{
	struct buf text = { 0 };
	char at[WALLTIME_TEXT_BYTES];

	if (out->is_json) {
		buf_str(&text, "{\"id\":");
		json_quote(&text, e->id);
		buf_printf(&text, ",\"version\":%llu,\"updated\":\"%s\",",
		    (unsigned long long)e->version,
		    walltime_text(e->updated, at));
		buf_str(&text, "\"data\":");
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
