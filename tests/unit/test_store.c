#include "store.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "store_case.h"

static bool
list_ids(const struct store_entity *entity, void *arg)
{
	buf_printf(arg, "%.*s@%llu%s ", SPAN_ARGS(entity->id),
	    (unsigned long long)entity->version,
	    entity->body.len > 0 ? "!" : "");
	return true;
}

static void
an_entity_is_read_as_it_was_put(void)
{
	struct store_entity entity = { 0 };
	struct buf hold = { 0 };
	uint64_t eid;

	case_open();
	CHECK_OK(store_begin(db));
	(void)case_create("before", "[]");
	eid = case_create("a/b", "{\"x\":1}");
	case_commit();
	CHECK_OK(store_entity_get(db, cid, span_str("a/b"), &entity, &hold));
	CHECK(entity.eid == eid);
	CHECK_INT(entity.version, 2);
	CHECK_INT(entity.born, 2);
	CHECK_INT(entity.updated.ms, 1000);
	CHECK(span_is(entity.id, "a/b"));
	CHECK(span_is(entity.body, "{\"x\":1}"));
	CHECK_OK(store_entity_at(db, eid, &entity, &hold));
	CHECK(span_is(entity.id, "a/b"));
	CHECK_ERR(store_entity_get(db, cid, span_str("a"), &entity, &hold),
	    ERR_NOT_FOUND);
	CHECK_ERR(store_entity_get(db, cid + 1, span_str("a/b"), &entity,
		      &hold),
	    ERR_NOT_FOUND);
	CHECK_ERR(store_entity_at(db, eid + 1, &entity, &hold), ERR_NOT_FOUND);
	buf_fini(&hold);
	case_close();
}

static void
only_what_is_there_has_a_version(void)
{
	uint64_t eid, version = 0;

	case_open();
	CHECK_OK(store_begin(db));
	(void)case_create("before", "[]");
	(void)case_create("a", "1");
	eid = case_create("gone", "2");
	case_delete(eid);
	case_commit();
	CHECK_OK(store_entity_version(db, cid, span_str("a"), &version));
	CHECK_INT(version, 2);
	CHECK_ERR(store_entity_version(db, cid, span_str("gone"), &version),
	    ERR_NOT_FOUND);
	CHECK_ERR(store_entity_version(db, cid, span_str("b"), &version),
	    ERR_NOT_FOUND);
	CHECK_ERR(store_entity_version(db, cid + 1, span_str("a"), &version),
	    ERR_NOT_FOUND);
	case_close();
}

static void
a_gone_entity_keeps_its_key(void)
{
	struct store_entity entity = { 0 };
	struct buf hold = { 0 };
	uint64_t eid;

	case_open();
	CHECK_OK(store_begin(db));
	eid = case_create("a", "1");
	case_delete(eid);
	CHECK_OK(store_entity_get(db, cid, span_str("a"), &entity, &hold));
	CHECK_INT(entity.body.len, 0);
	CHECK_INT(entity.version, 2);
	CHECK_STR(case_entities(db), "");
	CHECK(case_append((struct change){ .op = CHANGE_CREATE,
			      .eid = eid,
			      .id = span_str("a") },
		  "2") == eid);
	case_commit();
	CHECK_STR(case_entities(db), "a=2 ");
	CHECK_OK(store_entity_at(db, eid, &entity, &hold));
	CHECK_INT(entity.born, 1);
	buf_fini(&hold);
	case_close();
}

static void
ids_come_in_bytewise_order_and_pages(void)
{
	static const char *const ids[] = { "b", "\xc3\xa9", "a", "B", "ab",
		"a/b", "aa" };
	struct buf text = { 0 };
	uint64_t eid = 0;

	case_open();
	CHECK_OK(store_begin(db));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		eid = case_create(ids[i], "0");
	case_delete(eid);
	case_commit();
	CHECK_STR(case_entities(db), "B=0 a=0 a/b=0 ab=0 b=0 \xc3\xa9=0 ");
	CHECK_OK(
	    store_entities_after(db, cid, span_str("a"), 2, case_list, &text));
	CHECK_STR(buf_cstr(&text), "a/b=0 ab=0 ");
	buf_fini(&text);
	case_close();
}

static void
collections_do_not_mix(void)
{
	struct buf text = { 0 };
	uint32_t mine, other;

	case_open();
	mine = cid;
	CHECK_OK(store_begin(db));
	CHECK_OK(store_coll_make(db, span_str("others"), false, &other));
	(void)case_create("a", "1");
	cid = other;
	(void)case_create("a", "2");
	(void)case_create("b", "3");
	case_commit();
	CHECK_STR(case_entities(db), "a=2 b=3 ");
	CHECK_OK(store_entities(db, mine, case_list, &text));
	CHECK_OK(store_ids(db, other, list_ids, &text));
	CHECK_STR(buf_cstr(&text), "a=1 a@2 b@3 ");
	buf_fini(&text);
	case_close();
}

static bool
stop(const struct store_entity *entity, void *arg)
{
	(void)entity;
	++*(int *)arg;
	return false;
}

static void
a_walk_ends_where_told(void)
{
	struct buf text = { 0 };
	int n = 0;

	case_open();
	CHECK_OK(store_begin(db));
	(void)case_create("a", "1");
	(void)case_create("b", "2");
	case_commit();
	CHECK_OK(store_entities(db, cid, stop, &n));
	CHECK_INT(n, 1);
	CHECK_OK(store_entities(db, cid, case_list, &text));
	CHECK_STR(buf_cstr(&text), "a=1 b=2 ");
	buf_fini(&text);
	case_close();
}

/* --- collections ---------------------------------------------------------- */

static void
list_coll(const struct store_coll *coll, void *arg)
{
	buf_printf(arg, "%s:%llu ", coll->name, (unsigned long long)coll->n);
}

static const char *
colls(void)
{
	static struct buf text;

	buf_clear(&text);
	CHECK_OK(store_colls(db, list_coll, &text));
	return buf_cstr(&text);
}

static void
collections_come_by_name_and_are_made_once(void)
{
	struct store_coll coll = { 0 };
	char name[STORE_NAME_BYTES_MAX + 2] = "";
	uint32_t a, b, again;

	case_open();
	CHECK_OK(store_begin(db));
	CHECK_OK(store_coll_make(db, span_str("zoo"), true, &a));
	CHECK_OK(store_coll_make(db, span_str("art"), false, &b));
	CHECK_OK(store_coll_make(db, span_str("zoo"), true, &again));
	memset(name, 'n', sizeof(name) - 1);
	CHECK_ERR(store_coll_make(db, span_str(name), true, &again),
	    ERR_BAD_REQUEST);
	CHECK_ERR(store_coll_make(db, span_str(""), true, &again),
	    ERR_BAD_REQUEST);
	name[STORE_NAME_BYTES_MAX] = '\0';
	CHECK_OK(store_coll_make(db, span_str(name), true, &again));
	case_commit();
	CHECK_INT(again, b + 1);
	CHECK_OK(store_coll_find(db, span_str(name), &coll));
	CHECK_STR(coll.name, name);
	CHECK_OK(store_coll_find(db, span_str("art"), &coll));
	CHECK_INT(coll.cid, b);
	CHECK(!coll.is_files);
	CHECK_ERR(store_coll_find(db, span_str("ar"), &coll), ERR_NOT_FOUND);
	CHECK(strncmp(colls(), "art:0 nnn", 9) == 0);
	case_close();
}

static void
a_collection_changes_its_kind(void)
{
	uint32_t again;

	case_open();
	CHECK_OK(store_begin(db));
	(void)case_create("a", "1");
	CHECK_OK(store_coll_make(db, span_str("things"), false, &again));
	(void)case_create("b", "1");
	case_commit();
	CHECK_INT(again, cid);
	CHECK(!case_coll(db).is_files);
	CHECK_INT(case_coll(db).n, 2);
	case_close();
}

static void
only_an_empty_collection_is_dropped(void)
{
	struct store_coll coll = { 0 };
	uint32_t again;
	uint64_t eid;

	case_open();
	CHECK_OK(store_begin(db));
	eid = case_create("a", "1");
	CHECK_ERR(store_coll_drop(db, cid), ERR_CONFLICT);
	case_delete(eid);
	CHECK_OK(store_coll_drop(db, cid));
	case_commit();
	CHECK_STR(colls(), "");
	CHECK_ERR(store_coll_find(db, span_str("things"), &coll),
	    ERR_NOT_FOUND);
	/* The log still names it. */
	CHECK_STR(case_coll(db).name, "things");
	CHECK_OK(store_begin(db));
	CHECK_OK(store_coll_make(db, span_str("things"), true, &again));
	case_commit();
	CHECK_INT(again, cid);
	CHECK_STR(colls(), "things:0 ");
	CHECK_INT(case_coll(db).ver, 2);
	case_close();
}

/* --- counters ------------------------------------------------------------- */

static bool
recount(const struct store_entity *entity, void *arg)
{
	struct store_coll *sum = arg;

	sum->n++;
	sum->bytes += entity->id.len + entity->body.len;
	return true;
}

static void
check_counters(uint64_t ver)
{
	struct store_coll sum = { 0 }, coll = case_coll(db);

	CHECK_OK(store_entities(db, cid, recount, &sum));
	CHECK_INT(coll.n, sum.n);
	CHECK_INT(coll.bytes, sum.bytes);
	CHECK_INT(coll.ver, ver);
	CHECK_INT(case_state(db).head, ver);
}

enum { RANDOM_IDS = 20, RANDOM_STEPS = 2000 };

/* What the random run knows of one id. */
struct known {
	uint64_t eid, ver;
	bool is_live;
};

static void
random_step(struct known *k, int i)
{
	char id[16], body[64];
	int move = rand() % 3;

	(void)snprintf(id, sizeof(id), "id-%d", i);
	(void)snprintf(body, sizeof(body), "%0*d", 1 + rand() % 50, i);
	if (!k->is_live)
		k->eid = case_append((struct change){ .op = CHANGE_CREATE,
					 .eid = k->eid,
					 .id = span_str(id) },
		    body);
	else if (move == 0)
		case_delete(k->eid);
	else if (move == 1)
		case_put(k->eid, body);
	else
		case_patch(k->eid, "[0]", body);
	k->is_live = !k->is_live || move != 0;
}

static void
counters_equal_a_recount(void)
{
	struct known known[RANDOM_IDS] = { 0 };

	case_open();
	srand(7);
	for (int i = 1; i <= RANDOM_STEPS; i++) {
		if (i % 50 == 1)
			CHECK_OK(store_begin(db));
		int which = rand() % RANDOM_IDS;

		random_step(&known[which], which);
		if (i % 50 == 25)
			check_counters((uint64_t)i);
		if (i % 50 == 0) {
			case_commit();
			check_counters((uint64_t)i);
		}
	}
	case_close();
	case_reopen(0);
	check_counters(RANDOM_STEPS);
	case_close();
}

static void
rollback_leaves_no_trace(void)
{
	uint64_t eid;
	struct store_coll before, after;

	case_open();
	CHECK_OK(store_begin(db));
	eid = case_create("a", "1");
	case_commit();
	before = case_coll(db);
	CHECK_OK(store_begin(db));
	case_patch(eid, "[0]", "22");
	(void)case_create("b", "333");
	store_rollback(db);
	after = case_coll(db);
	CHECK_STR(case_entities(db), "a=1 ");
	CHECK_INT(after.n, before.n);
	CHECK_INT(after.bytes, before.bytes);
	CHECK_INT(after.ver, before.ver);
	CHECK_INT(case_state(db).head, 1);
	CHECK_OK(store_begin(db));
	(void)case_create("b", "4");
	case_commit();
	CHECK_STR(case_entities(db), "a=1 b=4 ");
	check_counters(2);
	case_close();
}

static void
a_batch_with_a_refused_part_is_not_committed(void)
{
	struct change bad = { .op = CHANGE_CREATE, .id = span_str("bad") };
	sqlite3 *other;

	case_open();
	CHECK_INT(sqlite3_open(db_path, &other), SQLITE_OK);
	CHECK_INT(sqlite3_exec(other,
		      "CREATE TRIGGER refuse BEFORE INSERT ON entity"
		      " WHEN new.id = 'bad'"
		      " BEGIN SELECT RAISE(ABORT, 'refused'); END",
		      NULL, NULL, NULL),
	    SQLITE_OK);
	CHECK_INT(sqlite3_close(other), SQLITE_OK);
	CHECK_OK(store_begin(db));
	(void)case_create("a", "1");
	bad.cid = cid;
	CHECK_ERR(store_append(db, &bad, span_str("2"), NULL), ERR_STORE);
	CHECK_ERR(store_commit(db, NULL), ERR_STORE);
	CHECK_STR(case_entities(db), "");
	CHECK_OK(store_begin(db));
	(void)case_create("a", "3");
	case_commit();
	CHECK_STR(case_entities(db), "a=3 ");
	check_counters(1);
	case_close();
}

static void
what_does_not_fit_is_a_conflict(void)
{
	struct change change = { 0 };
	uint64_t eid;

	case_open();
	CHECK_OK(store_begin(db));
	eid = case_create("a", "1");
	change = (struct change){ .cid = cid, .eid = eid, .op = CHANGE_CREATE };
	CHECK_ERR(store_append(db, &change, span_str("2"), NULL), ERR_CONFLICT);
	case_delete(eid);
	change.op = CHANGE_PUT;
	CHECK_ERR(store_append(db, &change, span_str("2"), NULL), ERR_CONFLICT);
	change.eid++;
	CHECK_ERR(store_append(db, &change, span_str("2"), NULL),
	    ERR_NOT_FOUND);
	case_commit();
	CHECK_INT(case_state(db).head, 2);
	case_close();
}

/* --- files and problems --------------------------------------------------- */

static void
list_src(const struct store_src *src, void *arg)
{
	buf_printf(arg, "%.*s %llx %llu %llu %lld %lld %llx\n",
	    SPAN_ARGS(src->path), (unsigned long long)src->eid,
	    (unsigned long long)src->ino, (unsigned long long)src->size,
	    (long long)src->mtime_ns, (long long)src->ctime_ns,
	    (unsigned long long)src->raw);
}

static void
what_was_seen_of_a_file_is_kept(void)
{
	struct store_src src = { 0 };
	struct buf text = { 0 };

	case_open();
	CHECK_OK(store_begin(db));
	src = (struct store_src){ .cid = cid,
		.path = span_str("a.json"),
		.eid = 7,
		.ino = UINT64_MAX,
		.size = 1,
		.mtime_ns = -5,
		.ctime_ns = 6,
		.raw = 0xfedcba9876543210 };
	CHECK_OK(store_src_put(db, &src));
	src.size = 2;
	CHECK_OK(store_src_put(db, &src));
	src.path = span_str("b.json");
	CHECK_OK(store_src_put(db, &src));
	CHECK_OK(store_src_drop(db, cid, span_str("b.json")));
	case_commit();
	CHECK_OK(store_srcs(db, cid, list_src, &text));
	CHECK_STR(buf_cstr(&text),
	    "a.json 7 18446744073709551615 2 -5 6 fedcba9876543210\n");
	buf_clear(&text);
	CHECK_OK(store_begin(db));
	CHECK_OK(store_coll_drop(db, cid));
	case_commit();
	CHECK_OK(store_srcs(db, cid, list_src, &text));
	CHECK_STR(buf_cstr(&text), "");
	buf_fini(&text);
	case_close();
}

static void
list_problem(const struct store_problem *problem, void *arg)
{
	buf_printf(arg, "%.*s/%.*s %.*s %lld\n", SPAN_ARGS(problem->collection),
	    SPAN_ARGS(problem->id), SPAN_ARGS(problem->reason),
	    (long long)problem->since.ms);
}

static void
a_problem_is_as_old_as_its_beginning(void)
{
	struct store_problem problem = { span_str("things"), span_str("b"),
		span_str("torn"), { 100 } };
	struct buf text = { 0 };

	case_open();
	CHECK_OK(store_begin(db));
	CHECK_OK(store_problem_put(db, &problem));
	problem.reason = span_str("still torn");
	problem.since.ms = 200;
	CHECK_OK(store_problem_put(db, &problem));
	problem.id = span_str("a");
	CHECK_OK(store_problem_put(db, &problem));
	problem.id = span_str("");
	CHECK_OK(store_problem_put(db, &problem));
	CHECK_OK(store_problem_drop(db, span_str("things"), span_str("")));
	case_commit();
	CHECK_OK(store_problems(db, list_problem, &text));
	CHECK_STR(buf_cstr(&text),
	    "things/a still torn 200\n"
	    "things/b still torn 100\n");
	buf_fini(&text);
	case_close();
}

TESTS(an_entity_is_read_as_it_was_put, only_what_is_there_has_a_version,
    a_gone_entity_keeps_its_key, ids_come_in_bytewise_order_and_pages,
    collections_do_not_mix, a_walk_ends_where_told,
    collections_come_by_name_and_are_made_once, a_collection_changes_its_kind,
    only_an_empty_collection_is_dropped, counters_equal_a_recount,
    rollback_leaves_no_trace, a_batch_with_a_refused_part_is_not_committed,
    what_does_not_fit_is_a_conflict, what_was_seen_of_a_file_is_kept,
    a_problem_is_as_old_as_its_beginning)
