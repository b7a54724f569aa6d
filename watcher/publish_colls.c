#include "publish_colls.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "mem.h"
#include "publish_dir.h"
#include "publish_snapshot.h"
#include "span.h"

enum {
	/* A snapshot is written anew so long after the last time, and a second
	 * later for each MiB that it has. */
	REST_MS = 10000,
	REST_MS_A_MIB = 1000,
	/* Enough for the cursor that it begins with. */
	BEGIN_BYTES = 128,
};

void
publish_coll_drop(struct publish_coll *c)
{
	publish_snapshot_free(c->fresh);
	c->fresh = NULL;
	c->is_wanted = c->is_made = false;
}

void
publish_colls_fini(struct publish_colls *cs)
{
	for (size_t i = 0; i < cs->n; i++)
		publish_coll_drop(&cs->coll[i]);
	free(cs->coll);
	*cs = (struct publish_colls){ 0 };
}

/* --- what there is -------------------------------------------------------- */

struct look {
	struct publish_colls old, now;
	size_t next; /* of the old ones */
	uint64_t last;
};

/* Those before it in the order of names are no more. */
static struct publish_coll *
find_old(struct look *look, const struct store_coll *coll)
{
	while (look->next < look->old.n) {
		struct publish_coll *c = &look->old.coll[look->next];
		int order = strcmp(c->coll.name, coll->name);

		if (order > 0)
			return NULL;
		look->next++;
		if (order == 0 && c->coll.cid == coll->cid)
			return c;
		publish_coll_drop(c);
	}
	return NULL;
}

static void
take_coll(const struct store_coll *coll, void *arg)
{
	struct look *look = arg;
	struct publish_colls *now = &look->now;
	struct publish_coll *old = find_old(look, coll), *c;

	now->coll = mem_grow(now->coll, now->n, &now->cap, sizeof(*now->coll));
	c = &now->coll[now->n++];
	*c = old != NULL ? *old : (struct publish_coll){ 0 };
	c->coll = *coll;
	if (coll->ver <= c->seq)
		c->good = look->last;
}

const struct err *
publish_colls_look(struct publish_colls *cs, struct store *store, uint64_t last)
{
	struct look look = { .old = *cs, .last = last };
	const struct err *err = store_colls(store, take_coll, &look);

	while (look.next < look.old.n)
		publish_coll_drop(&look.old.coll[look.next++]);
	free(look.old.coll);
	*cs = look.now;
	return err;
}

/* --- what was there before ------------------------------------------------ */

/* The cursor of a snapshot of ours. */
static bool
read_cursor(struct publish_dir *dir, const char *name, struct cursor *cursor)
{
	static const char begin[] = "{\"cursor\":\"";
	struct buf text = { 0 };
	struct span rest;
	bool is_ours = publish_dir_read(dir, name, BEGIN_BYTES, &text) == NULL;

	rest = buf_as_span(&text);
	is_ours = is_ours && rest.len > strlen(begin) &&
	    memcmp(rest.p, begin, strlen(begin)) == 0;
	if (is_ours) {
		rest.p += strlen(begin);
		rest.len -= strlen(begin);
		is_ours = cursor_parse(span_cut(&rest, '"'), cursor) == NULL;
	}
	buf_fini(&text);
	return is_ours;
}

static void
load(struct publish_coll *c, struct publish_dir *dir, uint64_t epoch,
    const struct places *places)
{
	struct buf name = { 0 };
	struct cursor cursor = { 0 };
	struct publish_stat json, gzip;

	buf_printf(&name, "%s/snapshot.json", c->coll.name);
	c->is_published = publish_dir_stat(dir, buf_cstr(&name), &json) &&
	    read_cursor(dir, buf_cstr(&name), &cursor) && cursor.epoch == epoch;
	buf_str(&name, ".gz");
	c->is_published = c->is_published &&
	    publish_dir_stat(dir, buf_cstr(&name), &gzip) &&
	    (c->coll.ver <= cursor.seq || places_has(places, cursor.seq));
	buf_fini(&name);
	if (!c->is_published)
		return;
	c->seq = cursor.seq;
	c->good = c->coll.ver <= c->seq ? places_last(places) : cursor.seq;
	c->bytes = json.bytes;
	c->written = monotime_after_ms(monotime_now(), -json.age_ms);
}

void
publish_colls_load(struct publish_colls *cs, struct publish_dir *dir,
    uint64_t epoch, const struct places *places)
{
	for (size_t i = 0; i < cs->n; i++)
		load(&cs->coll[i], dir, epoch, places);
}

/* --- all of them ---------------------------------------------------------- */

bool
publish_colls_have(const struct publish_colls *cs, const char *name)
{
	for (size_t i = 0; i < cs->n; i++)
		if (strcmp(cs->coll[i].coll.name, name) == 0)
			return true;
	return false;
}

bool
publish_colls_are_whole(const struct publish_colls *cs)
{
	for (size_t i = 0; i < cs->n; i++)
		if (!cs->coll[i].is_published)
			return false;
	return true;
}

void
publish_colls_forget(struct publish_colls *cs)
{
	for (size_t i = 0; i < cs->n; i++) {
		publish_coll_drop(&cs->coll[i]);
		cs->coll[i].is_published = false;
	}
}

uint64_t
publish_colls_needed(const struct publish_colls *cs, uint64_t last)
{
	for (size_t i = 0; i < cs->n; i++)
		if (cs->coll[i].is_published && cs->coll[i].good < last)
			last = cs->coll[i].good;
	return last;
}

uint64_t
publish_colls_bytes(const struct publish_colls *cs)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < cs->n; i++)
		if (cs->coll[i].is_published)
			sum += cs->coll[i].bytes;
	return sum;
}

bool
publish_coll_due(const struct publish_coll *c, struct monotime *at)
{
	*at = (struct monotime){ 0 };
	if (!c->is_published)
		return true;
	if (c->coll.ver <= c->seq)
		return false;
	*at = monotime_after_ms(c->written,
	    REST_MS + (int64_t)(c->bytes * REST_MS_A_MIB >> 20));
	return true;
}

void
publish_colls_write(const struct publish_colls *cs, struct buf *out)
{
	buf_byte(out, '[');
	for (size_t i = 0; i < cs->n; i++)
		buf_printf(out,
		    "%s{\"name\":\"%s\",\"seq\":%" PRIu64 ",\"place\":%" PRIu64
		    "}",
		    i == 0 ? "" : ",", cs->coll[i].coll.name, cs->coll[i].seq,
		    cs->coll[i].good);
	buf_byte(out, ']');
}
