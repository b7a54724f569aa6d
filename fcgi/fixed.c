#include "fixed.h"

#include "api.h"
#include "app.h"
#include "buf.h"
#include "cache.h"
#include "cursor.h"
#include "feed.h"
#include "feed_write.h"
#include "filter.h"
#include "page.h"
#include "project.h"
#include "response.h"
#include "store.h"

/* Equal for those who are told the same. */
static void
write_key(const struct project *project, const struct feed_query *query,
    struct buf *key)
{
	char since[CURSOR_TEXT_BYTES], until[CURSOR_TEXT_BYTES];

	buf_printf(key, "%s/changes %s %s %c%u ", project_name(project),
	    cursor_text(query->since, since), cursor_text(query->until, until),
	    query->is_standard ? 's' : '-', query->steps);
	filter_key(query->filter, key);
}

/* A new page, the caller's. */
static const struct err *
make_page(struct cache *cache, struct store *store,
    const struct feed_query *query, struct page **page)
{
	struct feed feed = { 0 };
	struct buf body = { 0 };
	const struct err *err = feed_since(store, query, &feed);

	if (err == NULL && !cache_admits(cache, feed.changes.len))
		err = cache_refuse(cache);
	if (err == NULL) {
		feed_write_fixed(&body, &feed, query->since);
		*page = page_new(&body);
	}
	feed_fini(&feed);
	return err;
}

static const struct err *
answer(struct cache *cache, struct store *store, const struct feed_query *query,
    struct span key, struct response *response)
{
	const struct span tag = span_str("fixed");
	struct page *page = cache_find(cache, key, tag);
	const struct err *err;

	if (page != NULL) {
		response_page(response, page);
		return NULL;
	}
	err = make_page(cache, store, query, &page);
	if (err != NULL)
		return err;
	response_page(response, page);
	cache_add(cache, key, tag, page);
	page_unref(page);
	return NULL;
}

const struct err *
fixed_answer(const struct api *api, const struct feed_query *query,
    struct response *response)
{
	struct buf key = { 0 };
	struct store *store;
	const struct err *err = project_store(api->project, &store);

	if (err == NULL)
		err = feed_check(store, query);
	if (err != NULL)
		return err;
	write_key(api->project, query, &key);
	err = answer(app_cache(api->app), store, query, buf_as_span(&key),
	    response);
	if (err == NULL)
		response_header(response, "Cache-Control",
		    "public, max-age=31536000, immutable");
	buf_fini(&key);
	return err;
}
