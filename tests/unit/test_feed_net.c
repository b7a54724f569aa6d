/*
 * Clients that are away for any time, with any filter, and apply nothing but
 * what the feed tells them, hold what the store holds.
 */
#include <stdlib.h>

#include "bell.h"
#include "check.h"
#include "feed.h"
#include "filter.h"
#include "intake.h"
#include "json.h"
#include "patch.h"
#include "store.h"
#include "tmpdir.h"

enum { COLLS = 2, IDS = 8, CLIENTS = 6, ROUNDS = 400, SMALL_BYTES = 512 };

static const char *const coll_names[COLLS] = { "a", "b" };

struct held {
	uint64_t version; /* 0: not there */
	struct buf body;
};

/* What somebody takes the world for. */
struct world {
	struct held held[COLLS][IDS];
};

struct client {
	struct filter *filter;
	struct cursor cursor;
	bool is_standard;
	struct world world;
};

static uint64_t seed = 20260102;

static uint32_t
chance(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void
world_clear(struct world *world)
{
	for (size_t c = 0; c < COLLS; c++) {
		for (size_t i = 0; i < IDS; i++) {
			world->held[c][i].version = 0;
			buf_fini(&world->held[c][i].body);
		}
	}
}

static struct held *
held_of(struct world *world, struct span coll, struct span id)
{
	return &world->held[coll.p[0] - 'a'][id.p[0] - '0'];
}

/* --- the store's side --------------------------------------------------------- */

/* Mostly alike, so that patches are worth it. */
static void
write_body(struct buf *body)
{
	uint32_t n = 150 + chance(4);

	if (chance(10) == 0) {
		buf_printf(body, "%u", chance(3));
		return;
	}
	buf_printf(body, "{\"s\":%u,\"list\":[", chance(2));
	for (uint32_t i = chance(3) == 0 ? chance(6) : 3; i > 0; i--)
		buf_printf(body, "{\"id\":%u,\"n\":%u},", i, chance(2));
	buf_printf(body, "0],\"n\":%u,\"t\":\"", chance(4));
	for (uint32_t i = 0; i < n; i++)
		buf_byte(body, (char)('a' + i % 26));
	buf_str(body, "\"}");
}

static void
edit(struct store *store, struct intake *intake)
{
	char id = (char)('0' + chance(IDS));
	struct intake_entity entity = { .id = span_of(&id, 1) };
	struct json doc = { 0 };
	struct buf body = { 0 };

	CHECK_OK(store_coll_make(store, span_str(coll_names[chance(COLLS)]),
	    true, &entity.cid));
	if (chance(5) == 0) {
		CHECK_OK(intake_delete(intake, &entity, NULL));
	} else {
		write_body(&body);
		CHECK_OK(json_scan(&doc, buf_as_span(&body), NULL));
		CHECK_OK(intake_put(intake, &entity, &doc, NULL, NULL));
	}
	json_fini(&doc);
	buf_fini(&body);
}

struct truth {
	struct world *world;
	const struct filter *filter;
	struct span coll;
};

static bool
take_entity(const struct store_entity *entity, void *arg)
{
	struct truth *truth = arg;
	struct held *held;

	if (filter_wants_id(truth->filter, truth->coll, entity->id) &&
	    filter_wants_body(truth->filter, entity->body)) {
		held = held_of(truth->world, truth->coll, entity->id);
		held->version = entity->version;
		buf_span(&held->body, entity->body);
	}
	return true;
}

static void
read_truth(struct store *store, const struct filter *filter,
    struct world *world)
{
	for (size_t c = 0; c < COLLS; c++) {
		struct truth truth = { world, filter, span_str(coll_names[c]) };
		struct store_coll coll;

		if (store_coll_find(store, truth.coll, &coll) == NULL)
			CHECK_OK(store_entities(store, coll.cid, take_entity,
			    &truth));
	}
}

/* --- the client's side ---------------------------------------------------------- */

static struct span
member(const struct json *doc, uint32_t at, const char *name)
{
	uint32_t i = json_member(doc, at, span_str(name));

	return i != 0 ? json_span(doc, i) : span_of("", 0);
}

static void
apply_patch(struct held *held, struct span text, bool is_standard)
{
	struct json patch = { 0 };
	struct buf body = { 0 };

	CHECK(!is_standard || memmem(text.p, text.len, "\"str_", 5) == NULL);
	CHECK_OK(json_scan(&patch, text, NULL));
	CHECK_OK(patch_apply(buf_as_span(&held->body), &patch, &body));
	buf_fini(&held->body);
	held->body = body;
	json_fini(&patch);
}

static void
apply_change(struct client *client, const struct json *doc, uint32_t at)
{
	struct held *held =
	    held_of(&client->world, json_inside(member(doc, at, "collection")),
		json_inside(member(doc, at, "id")));
	struct span op = member(doc, at, "op");
	uint64_t base = strtoull(member(doc, at, "base").p, NULL, 10);
	uint64_t version = strtoull(member(doc, at, "version").p, NULL, 10);

	CHECK(version > held->version);
	CHECK_INT(base, held->version);
	held->version = version;
	if (span_is(op, "\"patch\"")) {
		apply_patch(held, member(doc, at, "patch"),
		    client->is_standard);
		return;
	}
	buf_clear(&held->body);
	if (span_is(op, "\"put\"")) {
		buf_span(&held->body, member(doc, at, "data"));
	} else {
		CHECK(span_is(op, "\"delete\""));
		held->version = 0;
	}
}

static size_t
snapshot_bytes(struct store *store, const struct client *client)
{
	struct feed_query query = { .filter = client->filter };
	struct feed feed = { 0 };
	size_t len;

	CHECK_OK(feed_since(store, &query, &feed));
	len = feed.changes.len;
	feed_fini(&feed);
	return len;
}

static void
catch_up(struct store *store, struct client *client)
{
	struct feed_query query = {
		.since = client->cursor,
		.filter = client->filter,
		.is_standard = client->is_standard,
	};
	struct feed feed = { 0 };
	struct json doc = { 0 };
	uint32_t at = 1;

	CHECK_OK(feed_since(store, &query, &feed));
	CHECK(feed.changes.len <= SMALL_BYTES ||
	    feed.changes.len <= snapshot_bytes(store, client));
	if (feed.kind == FEED_SNAPSHOT)
		world_clear(&client->world);
	CHECK_OK(json_scan(&doc, buf_as_span(&feed.changes), NULL));
	CHECK((doc.node[0].count == 0) ==
	    (feed.kind == FEED_NONE || feed.changes.len == 2));
	for (uint32_t i = 0; i < doc.node[0].count; i++) {
		apply_change(client, &doc, at);
		at = doc.node[at].next;
	}
	client->cursor = feed.to;
	json_fini(&doc);
	feed_fini(&feed);
}

static void
compare(struct store *store, struct client *client)
{
	struct world truth = { 0 };

	read_truth(store, client->filter, &truth);
	for (size_t c = 0; c < COLLS; c++) {
		for (size_t i = 0; i < IDS; i++) {
			struct held *is = &client->world.held[c][i];
			struct held *should = &truth.held[c][i];

			CHECK_INT(is->version, should->version);
			/* The order of keys is no difference. */
			CHECK_INT(is->body.len, should->body.len);
		}
	}
	world_clear(&truth);
}

static void
clients_converge_whatever_they_select_and_miss(void)
{
	static struct client clients[CLIENTS];
	struct store *store;
	struct bell *bell;
	struct intake *intake;

	CHECK_OK(store_open(&store, tmpdir_path("x.db"), STORE_WRITE, 0));
	CHECK_OK(bell_open(&bell, tmpdir_path("x.db"), BELL_RING));
	intake = intake_new(store, bell);
	for (size_t i = 0; i < CLIENTS; i++) {
		clients[i].filter = filter_new();
		clients[i].is_standard = i % 2 == 1;
		if (i / 2 == 1)
			CHECK_OK(filter_add_where(clients[i].filter,
			    span_str("/s:eq:1")));
		if (i / 2 == 2)
			CHECK_OK(filter_add_match(clients[i].filter,
			    span_str("a:?"), false));
	}
	for (int round = 0; round < ROUNDS && !check_failed; round++) {
		CHECK_OK(intake_begin(intake));
		for (uint32_t n = chance(12); n > 0; n--)
			edit(store, intake);
		CHECK_OK(intake_commit(intake, NULL));
		for (size_t i = 0; i < CLIENTS; i++) {
			if (chance(4) != 0)
				continue; /* it is away */
			catch_up(store, &clients[i]);
			compare(store, &clients[i]);
		}
		if (check_failed)
			printf("# round %d\n", round);
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		world_clear(&clients[i].world);
		filter_free(clients[i].filter);
	}
	intake_free(intake);
	bell_close(bell);
	store_close(store);
}

TESTS(clients_converge_whatever_they_select_and_miss)
