#include "publish_head.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cursor.h"
#include "json.h"
#include "pointer.h"

void
publish_head_write(const struct publish_head *head, struct buf *out)
{
	const struct places *places = &head->places;
	struct cursor cursor = { head->epoch, places_last(places) };
	char cursor_buf[CURSOR_TEXT_BYTES], time_buf[WALLTIME_TEXT_BYTES];

	buf_printf(out,
	    "{\"project\":\"%s\",\"epoch\":\"%016" PRIx64
	    "\",\"cursor\":\"%s\",\"published\":\"%s\",\"boot_id\":\"%016" PRIx64
	    "\",\"heartbeat_ms\":",
	    head->project, head->epoch, cursor_text(cursor, cursor_buf),
	    walltime_text(head->published, time_buf), head->boot);
	if (head->heartbeat_ms > 0)
		buf_u64(out, head->heartbeat_ms);
	else
		buf_str(out, "null");
	buf_printf(out, ",\"poll\":{\"interval_ms\":%u},\"places\":[",
	    head->poll_ms);
	for (size_t i = 0; i < places->n; i++) {
		if (i > 0)
			buf_byte(out, ',');
		buf_u64(out, places->seq[i]);
	}
	buf_str(out, "]}");
}

/* --- back again ----------------------------------------------------------- */

static bool
find_text(struct span doc, const char *pointer, struct span *text)
{
	if (!pointer_seek(doc, span_str(pointer), text) || text->len < 2 ||
	    text->p[0] != '"')
		return false;
	*text = json_inside(*text);
	return true;
}

static bool
parse_boot(struct span text, uint64_t *boot)
{
	char *end;

	*boot = strtoull(text.p, &end, 16);
	return text.len == 16 && end == text.p + text.len;
}

static bool
parse_places(struct span list, struct places *places)
{
	uint64_t seq;

	while (list.len > 0) {
		if (!cursor_seq_parse(span_cut(&list, ','), &seq))
			return false;
		if (places->n == 0)
			places_begin(places, seq);
		else if (places_is_full(places) || seq <= places_last(places))
			return false;
		else
			places_add(places, seq, 0);
	}
	return places->n > 0;
}

static bool
parse(struct span doc, struct publish_head *head)
{
	struct span text, places;
	struct cursor cursor;

	if (!find_text(doc, "/cursor", &text) ||
	    cursor_parse(text, &cursor) != NULL || cursor.epoch == 0)
		return false;
	head->epoch = cursor.epoch;
	return find_text(doc, "/boot_id", &text) &&
	    parse_boot(text, &head->boot) &&
	    pointer_seek(doc, span_str("/places"), &places) &&
	    places.p[0] == '[' &&
	    parse_places(json_inside(places), &head->places);
}

bool
publish_head_parse(struct span text, struct publish_head *head)
{
	struct json doc = { 0 };
	bool is_ours;

	*head = (struct publish_head){ 0 };
	is_ours = json_scan(&doc, text, NULL) == NULL &&
	    parse(buf_as_span(&doc.text), head);
	json_fini(&doc);
	return is_ours;
}
