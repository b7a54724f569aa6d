/*
 * A model that knows every state there ever was is held against what the feed
 * says of it: between any two cursors, for any selection, the single changes
 * applied one by one and the squashed delta both lead from the one state to
 * the other; each single change leads to the very next; and what was said of
 * a range is said again, whatever happened since.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "feed_case.h"
#include "feed_kept.h"
#include "patch.h"

enum {
	COLLS = 2,
	IDS = 6,
	CHANGES = 900,
	BATCH = 15,
	ASKS = 1000,
	SMALL_BYTES = 512,
	REMEMBERED = 60,
	KEPT_BYTES = 64 << 10, /* so few that they are forgotten again */
};

/* An entity at a time; text NULL: it was not there. */
struct held {
	uint64_t version;
	const char *text;
	struct json_object *value; /* by json-c, to be compared */
	bool is_running;           /* what the where selects */
};

struct world {
	struct held held[COLLS][IDS];
};

struct selection {
	const char *collections, *match, *where;
	struct filter *filter;
};

static struct world model[CHANGES + 1]; /* after each seq */

static struct feed_kept *kept;

/* What was told, to see that the run was worth something. */
static struct {
	int puts, patches, texts, deletes, snapshots;
} told;

static struct selection selections[] = {
	{ .match = "*:*" },
	{ .where = "/s:eq:run" },
	{ .collections = "b" },
	{ .match = "a:?3" },
	{ .match = "*:?1", .where = "/s:eq:run" },
	{ .collections = "a", .where = "/s:ne:run" },
};

enum { SELECTIONS = sizeof(selections) / sizeof(selections[0]) };

static uint64_t seed = 20260103;

static uint32_t
chance(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

/* --- the model ------------------------------------------------------------------- */

/* Does a selection have it?  By other means than those of the filter. */
static bool
is_selected(const struct selection *s, const struct held *held, size_t coll,
    size_t id)
{
	if (held->text == NULL)
		return false;
	if (s->collections != NULL && (size_t)(s->collections[0] - 'a') != coll)
		return false;
	if (s->match != NULL && s->match[0] != '*' &&
	    (size_t)(s->match[0] - 'a') != coll)
		return false;
	if (s->match != NULL && s->match[2] == '?' &&
	    (size_t)(s->match[3] - '0') != id)
		return false;
	if (s->where != NULL &&
	    held->is_running != (strstr(s->where, ":eq:") != NULL))
		return false;
	return true;
}

/* "p0" … */
static void
write_id(char id[3], size_t i)
{
	id[0] = (char)('p' + i % 3);
	id[1] = (char)('0' + i);
	id[2] = '\0';
}

/* Some small, some with a long text that grows, some turned round. */
static void
write_body(struct buf *body, bool is_running, uint32_t n)
{
	uint32_t text = 40 + chance(3) * 60;
	const char *state = is_running ? "run" : "end";

	if (chance(8) == 0) {
		buf_printf(body, "{\"s\":\"%s\",\"n\":%u}", state, n);
		return;
	}
	if (chance(2) == 0)
		buf_printf(body, "{\"s\":\"%s\",\"n\":%u,", state, n);
	else
		buf_printf(body, "{\"n\":%u,\"s\":\"%s\",", n, state);
	buf_str(body, "\"list\":[");
	for (uint32_t i = chance(4); i > 0; i--)
		buf_printf(body, "{\"id\":%u,\"v\":%u},", i, chance(2));
	buf_str(body, "0],\"t\":\"");
	for (uint32_t i = 0; i < text; i++)
		buf_byte(body, (char)('a' + i % 26));
	buf_str(body, "\"}");
}

/* One change, and what the world is after it. */
static void
change(uint64_t seq)
{
	size_t coll = chance(COLLS), i = chance(IDS);
	struct held *held = &model[seq].held[coll][i];
	char id[3], name[2] = { (char)('a' + coll), '\0' };
	struct intake_entity entity = { 0 };
	struct json doc = { 0 };
	struct buf body = { 0 };

	model[seq] = model[seq - 1];
	write_id(id, i);
	entity.id = span_str(id);
	CHECK_OK(store_coll_make(store, span_str(name), true, &entity.cid));
	held->version = seq;
	if (held->text != NULL && chance(6) == 0) {
		CHECK_OK(intake_delete(intake, &entity, NULL));
		*held = (struct held){ 0 };
		return;
	}
	held->is_running = chance(3) > 0;
	write_body(&body, held->is_running, (uint32_t)seq);
	CHECK_OK(json_scan(&doc, buf_as_span(&body), NULL));
	CHECK_OK(intake_put(intake, &entity, &doc, NULL, NULL));
	held->text = buf_take(&body, NULL);
	held->value = json_tokener_parse(held->text);
	json_fini(&doc);
}

static void
batch(uint64_t *head)
{
	CHECK_OK(intake_begin(intake));
	for (int i = 0; i < BATCH; i++)
		change(++*head);
	CHECK_OK(intake_commit(intake, NULL));
	CHECK_INT(now().seq, *head);
}

/* --- a client -------------------------------------------------------------------- */

struct copy {
	uint64_t version; /* 0: not there */
	struct buf body;
};

struct client {
	const struct selection *selection;
	struct copy copy[COLLS][IDS];
};

static void
begin(struct client *client, const struct selection *selection, uint64_t seq)
{
	client->selection = selection;
	for (size_t c = 0; c < COLLS; c++) {
		for (size_t i = 0; i < IDS; i++) {
			const struct held *held = &model[seq].held[c][i];
			struct copy *copy = &client->copy[c][i];

			buf_clear(&copy->body);
			copy->version = 0;
			if (!is_selected(selection, held, c, i))
				continue;
			copy->version = held->version;
			buf_str(&copy->body, held->text);
		}
	}
}

static void
end(struct client *client)
{
	for (size_t c = 0; c < COLLS; c++)
		for (size_t i = 0; i < IDS; i++)
			buf_fini(&client->copy[c][i].body);
}

static bool
is_same(struct copy *copy, const struct held *held, bool is_wanted)
{
	struct json_object *value;
	bool is_equal;

	if (!is_wanted || copy->version == 0)
		return !is_wanted && copy->version == 0;
	value = json_tokener_parse(buf_cstr(&copy->body));
	is_equal = copy->version == held->version &&
	    json_object_equal(value, held->value);
	(void)json_object_put(value);
	return is_equal;
}

/* Does it hold what was selected at seq? */
static void
compare(struct client *client, uint64_t seq, const char *when)
{
	for (size_t c = 0; c < COLLS; c++) {
		for (size_t i = 0; i < IDS; i++) {
			const struct held *held = &model[seq].held[c][i];
			struct copy *copy = &client->copy[c][i];

			if (CHECK(is_same(copy, held,
				is_selected(client->selection, held, c, i))))
				continue;
			printf("# %s, at %llu, %c/%zu: %llu %s\n", when,
			    (unsigned long long)seq, (int)('a' + c), i,
			    (unsigned long long)copy->version,
			    buf_cstr(&copy->body));
		}
	}
}

static struct span
member(const struct json *doc, uint32_t at, const char *name)
{
	uint32_t i = json_member(doc, at, span_str(name));

	return i != 0 ? json_span(doc, i) : span_of("", 0);
}

static uint64_t
number(const struct json *doc, uint32_t at, const char *name)
{
	return strtoull(member(doc, at, name).p, NULL, 10);
}

static void
apply_patch(struct copy *copy, struct span text, bool is_standard)
{
	struct json patch = { 0 };
	struct buf body = { 0 };
	bool has_text = memmem(text.p, text.len, "\"str_", 5) != NULL;

	CHECK(!is_standard || !has_text);
	told.texts += has_text;
	CHECK_OK(json_scan(&patch, text, NULL));
	CHECK_OK(patch_apply(buf_as_span(&copy->body), &patch, &body));
	buf_fini(&copy->body);
	copy->body = body;
	json_fini(&patch);
}

static void
apply(struct client *client, const struct json *doc, uint32_t at,
    bool is_standard)
{
	struct span coll = json_inside(member(doc, at, "collection"));
	struct span id = json_inside(member(doc, at, "id"));
	struct span op = member(doc, at, "op");
	struct copy *copy = &client->copy[coll.p[0] - 'a'][id.p[1] - '0'];

	CHECK_INT(number(doc, at, "base"), copy->version);
	CHECK(number(doc, at, "version") > copy->version);
	copy->version = number(doc, at, "version");
	if (span_is(op, "\"patch\"")) {
		told.patches++;
		apply_patch(copy, member(doc, at, "patch"), is_standard);
		return;
	}
	buf_clear(&copy->body);
	if (span_is(op, "\"put\"")) {
		told.puts++;
		buf_span(&copy->body, member(doc, at, "data"));
	} else {
		CHECK(span_is(op, "\"delete\""));
		told.deletes++;
		copy->version = 0;
	}
}

/* --- what is asked ---------------------------------------------------------------- */

/* Every step leads to the next state; between them nothing happened. */
static void
follow_page(struct client *client, const struct feed *feed, uint64_t from,
    bool is_standard)
{
	struct json doc = { 0 };
	uint32_t at = 1;

	CHECK_OK(json_scan(&doc, buf_as_span(&feed->changes), NULL));
	for (uint32_t n = 0; n < doc.node[0].count && !check_failed; n++) {
		uint64_t seq = number(&doc, at, "seq");

		for (; from + 1 < seq; from++)
			compare(client, from + 1, "before a step");
		apply(client, &doc, at, is_standard);
		compare(client, seq, "after a step");
		from = seq;
		at = doc.node[at].next;
	}
	for (; from < feed->to.seq && !check_failed; from++)
		compare(client, from + 1, "after a page");
	json_fini(&doc);
}

static void
check_steps(struct feed_query query, const struct selection *selection)
{
	static struct client client;
	static struct feed feed;
	uint64_t until = query.until.epoch != 0 ? query.until.seq : now().seq;

	begin(&client, selection, query.since.seq);
	do {
		uint64_t from = query.since.seq;

		query.steps = 1 + chance(40);
		CHECK_OK(feed_since(store, &query, &feed));
		CHECK(feed.to.seq > from || from == until);
		CHECK(feed.has_more == (feed.to.seq < until));
		follow_page(&client, &feed, from, query.is_standard);
		query.since = feed.to;
	} while (feed.has_more && !check_failed);
	CHECK_INT(feed.to.seq, until);
	end(&client);
	feed_fini(&feed);
}

static size_t
snapshot_bytes(const struct filter *filter)
{
	struct feed_query query = { .filter = filter };
	struct feed feed = { 0 };
	size_t len;

	CHECK_OK(feed_since(store, &query, &feed));
	len = feed.changes.len;
	feed_fini(&feed);
	return len;
}

static void
check_delta(const struct feed_query *query, const struct selection *selection,
    struct feed *feed)
{
	static struct client client;
	struct json doc = { 0 };
	uint64_t seen[COLLS][IDS] = { 0 };
	uint32_t at = 1;

	begin(&client, selection, query->since.seq);
	CHECK_OK(feed_since(store, query, feed));
	if (feed->kind == FEED_SNAPSHOT) {
		told.snapshots++;
		begin(&client, selection, 0);
	}
	CHECK(feed->kind != FEED_SNAPSHOT || query->until.epoch == 0);
	CHECK(query->until.epoch != 0 || feed->changes.len <= SMALL_BYTES ||
	    feed->changes.len <= snapshot_bytes(query->filter));
	CHECK_OK(json_scan(&doc, buf_as_span(&feed->changes), NULL));
	for (uint32_t n = 0; n < doc.node[0].count; n++) {
		struct span coll = json_inside(member(&doc, at, "collection"));
		struct span id = json_inside(member(&doc, at, "id"));

		/* At most one an entity. */
		CHECK_INT(seen[coll.p[0] - 'a'][id.p[1] - '0']++, 0);
		apply(&client, &doc, at, query->is_standard);
		at = doc.node[at].next;
	}
	compare(&client, query->until.epoch != 0 ? query->until.seq : now().seq,
	    "a delta");
	json_fini(&doc);
	end(&client);
}

/* A range, and what was said of it. */
struct memory {
	struct feed_query query;
	struct buf said;
};

static void
check_memory(struct memory *memory)
{
	struct feed feed = { 0 };

	if (memory->said.len == 0)
		return;
	CHECK_OK(feed_since(store, &memory->query, &feed));
	CHECK_STR(buf_cstr(&feed.changes), buf_cstr(&memory->said));
	feed_fini(&feed);
}

static void
ask_at_random(struct memory *memory)
{
	const struct selection *selection = &selections[chance(SELECTIONS)];
	struct cursor head = now();
	uint64_t a = chance((uint32_t)head.seq + 1);
	uint64_t b = a + chance((uint32_t)(head.seq - a) + 1);
	struct feed_query query = {
		.since = { head.epoch, a },
		.filter = selection->filter,
		.kept = kept,
		.is_standard = chance(2) == 0,
	};
	struct feed feed = { 0 };

	if (chance(3) > 0)
		query.until = (struct cursor){ head.epoch, b };
	if (chance(4) == 0)
		check_steps(query, selection);
	check_delta(&query, selection, &feed);
	if (query.until.epoch != 0 && memory->said.len == 0) {
		memory->query = query;
		buf_span(&memory->said, buf_as_span(&feed.changes));
	}
	feed_fini(&feed);
}

static void
make_selections(void)
{
	for (size_t i = 0; i < SELECTIONS; i++) {
		struct selection *s = &selections[i];

		s->filter = filter_new();
		if (s->collections != NULL)
			CHECK_OK(filter_add_collections(s->filter,
			    span_str(s->collections)));
		if (s->match != NULL)
			CHECK_OK(filter_add_match(s->filter, span_str(s->match),
			    false));
		if (s->where != NULL)
			CHECK_OK(
			    filter_add_where(s->filter, span_str(s->where)));
	}
}

static void
free_all(struct memory *memory)
{
	for (size_t i = 0; i < SELECTIONS; i++)
		filter_free(selections[i].filter);
	for (size_t i = 0; i < REMEMBERED; i++)
		buf_fini(&memory[i].said);
	for (size_t c = 0; c < COLLS; c++) {
		for (size_t i = 0; i < IDS; i++) {
			for (size_t seq = 1; seq <= CHANGES; seq++) {
				const struct held *held =
				    &model[seq].held[c][i];

				if (held->version != seq || held->text == NULL)
					continue;
				(void)json_object_put(held->value);
				free((void *)(uintptr_t)held->text);
			}
		}
	}
}

static void
steps_and_deltas_lead_from_any_state_to_any_other(void)
{
	static struct memory memory[REMEMBERED];
	uint64_t head = 0;

	setup();
	kept = feed_kept_new(KEPT_BYTES);
	make_selections();
	while (head < CHANGES && !check_failed) {
		batch(&head);
		for (uint32_t i = 0; i < ASKS * BATCH / CHANGES; i++)
			ask_at_random(&memory[chance(REMEMBERED)]);
		check_memory(&memory[chance(REMEMBERED)]);
		if (check_failed)
			printf("# at head %llu\n", (unsigned long long)head);
	}
	for (size_t i = 0; i < REMEMBERED && !check_failed; i++)
		check_memory(&memory[i]);
	CHECK(told.puts > 1000 && told.patches > 1000 && told.texts > 100);
	CHECK(told.deletes > 1000 && told.snapshots > 10);
	free_all(memory);
	feed_kept_free(kept);
	teardown();
}

TESTS(steps_and_deltas_lead_from_any_state_to_any_other)
