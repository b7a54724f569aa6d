/*
 * stat: {"name":"x.bin","path":"a/x.bin","size":123,"mtime":"2026-01-02T…Z"};
 * the file itself is never opened.
 */
#include "coll.h"
#include "json.h"
#include "monotime.h"
#include "pick.h"
#include "source.h"
#include "watch.h"

const struct err *
source_stat_take(struct take *take)
{
	struct watch *w = take->coll->watch;
	struct walltime mtime = { .ms = take->stat.mtime_ns / 1000000 };
	char text[WALLTIME_TEXT_BYTES];
	const struct err *err;

	buf_clear(&w->text);
	buf_str(&w->text, "{\"name\":");
	json_quote(&w->text, seen_file_name(take->file));
	buf_str(&w->text, ",\"path\":");
	json_quote(&w->text, take->path);
	buf_printf(&w->text, ",\"size\":%llu,\"mtime\":\"%s\"}",
	    (unsigned long long)take->stat.size, walltime_text(mtime, text));
	err = json_scan(&w->doc, buf_as_span(&w->text), NULL);
	return err != NULL ? err : coll_put(take->coll, take->claim, &w->doc);
}
