/* json: the file is the entity. */
#include "coll.h"
#include "json.h"
#include "source.h"
#include "watch.h"

const struct err *
source_json_take(struct take *take)
{
	struct json *doc = &take->coll->watch->doc;
	const struct err *err = json_scan(doc, take->bytes, NULL);

	return err != NULL ? err : coll_put(take->coll, take->claim, doc);
}
