#include "publish_segment.h"

#include <inttypes.h>
#include <stdio.h>

#include "buf.h"
#include "feed.h"
#include "feed_write.h"
#include "filter.h"
#include "publish_dir.h"
#include "publish_places.h"

char *
publish_segment_name(uint64_t epoch, uint64_t from, uint64_t to,
    char name[PUBLISH_SEGMENT_BYTES])
{
	(void)snprintf(name, PUBLISH_SEGMENT_BYTES,
	    "%016" PRIx64 ".%" PRIu64 "-%" PRIu64 ".json", epoch, from, to);
	return name;
}

bool
publish_segment_parse(const char *name, struct cursor *from, uint64_t *to)
{
	struct span rest = span_str(name);

	return cursor_parse(span_cut(&rest, '-'), from) == NULL &&
	    from->epoch != 0 && cursor_seq_parse(span_cut(&rest, '.'), to) &&
	    span_is(rest, "json");
}

static const struct err *
make(struct store *store, const struct feed_query *query, struct buf *out)
{
	struct feed feed = { 0 };
	const struct err *err = feed_since(store, query, &feed);

	if (err == NULL)
		feed_write_fixed(out, &feed, query->since);
	feed_fini(&feed);
	return err;
}

const struct err *
publish_segment_write(struct publish_dir *dir, struct store *store,
    uint64_t epoch, struct places *places, uint64_t to)
{
	struct filter *all = filter_new();
	const struct feed_query query = {
		.since = { epoch, places_last(places) },
		.until = { epoch, to },
		.filter = all,
	};
	struct buf text = { 0 };
	char name[PUBLISH_SEGMENT_BYTES];
	const struct err *err = make(store, &query, &text);

	publish_segment_name(epoch, query.since.seq, to, name);
	if (err == NULL)
		err = publish_dir_write(dir, name, buf_as_span(&text));
	if (err == NULL)
		places_add(places, to, text.len);
	buf_fini(&text);
	filter_free(all);
	return err;
}

bool
publish_segments_find(const struct publish_dir *dir, uint64_t epoch,
    struct places *places)
{
	struct places found;
	char name[PUBLISH_SEGMENT_BYTES];
	struct publish_stat stat;

	places_begin(&found, places->seq[0]);
	for (size_t i = 1; i < places->n; i++) {
		publish_segment_name(epoch, places->seq[i - 1], places->seq[i],
		    name);
		if (!publish_dir_stat(dir, name, &stat))
			return false;
		places_add(&found, places->seq[i], stat.bytes);
	}
	*places = found;
	return true;
}
