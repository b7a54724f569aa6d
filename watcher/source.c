#include "source.h"

#include <stdarg.h>

#include "buf.h"
#include "claim.h"
#include "coll.h"

const struct source source_of[CONFIG__MAX] = {
	[CONFIG_JSON] = { .is_single = true,
	    .is_opened = true,
	    .is_whole = true,
	    .is_cached = true,
	    .take = source_json_take },
	[CONFIG_ITEMS] = { .is_opened = true,
	    .is_whole = true,
	    .take = source_items_take },
	[CONFIG_TEXT] = { .is_single = true,
	    .is_opened = true,
	    .take = source_text_take },
	[CONFIG_JSONL] = { .is_opened = true, .take = source_jsonl_take },
	[CONFIG_STAT] = { .is_single = true, .take = source_stat_take },
};

void
take_warn(struct take *take, const char *fmt, ...)
{
	struct buf reason = { 0 };
	va_list ap;

	if (take->is_warned)
		return;
	take->is_warned = true;
	take->file->has_problem = true;
	va_start(ap, fmt);
	buf_vprintf(&reason, fmt, ap);
	va_end(ap);
	coll_problem(take->coll, take->id, buf_cstr(&reason), take->file);
	buf_fini(&reason);
}

const struct err *
take_sweep(struct take *take, uint32_t mark)
{
	struct link *head = &take->file->claims;
	const struct err *err = NULL;

	for (struct link *l = head->next, *next; l != head; l = next) {
		next = l->next;
		if (claim_at(l)->mark != mark)
			err = coll_delete(take->coll, claim_at(l));
		if (err != NULL)
			return err;
	}
	return NULL;
}
