#include "store.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "mem.h"
#include "store_case.h"

static bool
list(const struct change *change, void *arg)
{
	static const char *const op[] = { "", "create", "put", "patch",
		"delete" };

	buf_printf(arg, "%llu<%llu %s %.*s %.*s%.*s%.*s\n",
	    (unsigned long long)change->seq, (unsigned long long)change->prev,
	    op[change->op], SPAN_ARGS(change->id), SPAN_ARGS(change->patch),
	    SPAN_ARGS(change->actor), SPAN_ARGS(change->mutation));
	return true;
}

static const char *
changes(uint64_t after, uint64_t until, bool with_patches)
{
	static struct buf text;

	buf_clear(&text);
	CHECK_OK(store_changes(db,
	    (struct store_range){ after, until, with_patches }, list, &text));
	return buf_cstr(&text);
}

/* Seqs 1 .. 6 of two entities. */
static void
six_changes(void)
{
	uint64_t a, b;

	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a", "\"one\"");
	b = case_create("b", "\"other\"");
	case_patch(a, "[2]", "\"two\"");
	case_put(a, "3");
	case_delete(b);
	(void)case_append((struct change){ .op = CHANGE_CREATE,
			      .eid = b,
			      .id = span_str("b"),
			      .actor = span_str("ann"),
			      .mutation = span_str("-m") },
	    "4");
	case_commit();
}

static void
each_change_knows_the_one_before_of_its_entity(void)
{
	six_changes();
	CHECK_STR(changes(0, 0, true),
	    "1<0 create a \n"
	    "2<0 create b \n"
	    "3<1 patch a [2]\n"
	    "4<3 put a \n"
	    "5<2 delete b \n"
	    "6<5 create b ann-m\n");
	case_close();
}

static void
a_range_is_walked_from_after_to_until(void)
{
	six_changes();
	CHECK_STR(changes(2, 4, false), "3<1 patch a \n4<3 put a \n");
	CHECK_STR(changes(5, 0, false), "6<5 create b ann-m\n");
	CHECK_STR(changes(6, 0, false), "");
	case_close();
}

static bool
stop(const struct change *change, void *arg)
{
	*(uint64_t *)arg += change->seq;
	return false;
}

static void
a_walk_ends_where_told(void)
{
	uint64_t seqs = 0;

	six_changes();
	CHECK_OK(
	    store_changes(db, (struct store_range){ .after = 1 }, stop, &seqs));
	CHECK_INT(seqs, 2);
	CHECK(strncmp(changes(0, 0, false), "1<0", 3) == 0);
	case_close();
}

static void
one_change_is_read_by_its_seq(void)
{
	struct change change = { 0 };
	struct buf hold = { 0 }, text = { 0 };

	six_changes();
	CHECK_OK(store_change_get(db, 6, &change, &hold));
	(void)list(&change, &text);
	CHECK_INT(change.cid, cid);
	CHECK_INT(change.at.ms, 1000);
	CHECK_OK(store_change_get(db, 3, &change, &hold));
	(void)list(&change, &text);
	CHECK_STR(buf_cstr(&text), "6<5 create b ann-m\n3<1 patch a [2]\n");
	CHECK_ERR(store_change_get(db, 7, &change, &hold), ERR_NOT_FOUND);
	buf_fini(&hold);
	buf_fini(&text);
	case_close();
}

static void
the_change_is_given_back_as_it_stands_in_the_log(void)
{
	struct change change = { .op = CHANGE_CREATE, .id = span_str("a") };
	struct change made = { 0 };

	case_open();
	CHECK_OK(store_begin(db));
	change.cid = cid;
	CHECK_OK(store_append(db, &change, span_str("1"), &made));
	CHECK_INT(made.seq, 1);
	CHECK(made.eid == ((uint64_t)cid << 32 | 1));
	change.op = CHANGE_DELETE;
	change.eid = made.eid;
	CHECK_OK(store_append(db, &change, span_str(""), &made));
	CHECK_INT(made.seq, 2);
	CHECK_INT(made.prev, 1);
	case_commit();
	case_close();
}

/* Live or gone: what refused it may be tried another way, and committed. */
static void
an_id_that_ever_was_there_is_not_new(void)
{
	struct change change = { .op = CHANGE_CREATE, .id = span_str("a") };
	uint64_t eid;

	case_open();
	CHECK_OK(store_begin(db));
	change.cid = cid;
	eid = case_create("a", "1");
	CHECK_ERR(store_append(db, &change, span_str("2"), NULL), ERR_CONFLICT);
	case_delete(eid);
	CHECK_ERR(store_append(db, &change, span_str("2"), NULL), ERR_CONFLICT);
	CHECK(case_create("b", "3") == eid + 1);
	change.eid = eid;
	CHECK_OK(store_append(db, &change, span_str("4"), NULL));
	case_commit();
	CHECK_STR(case_entities(db), "a=4 b=3 ");
	CHECK_INT(case_coll(db).n, 2);
	CHECK_INT(case_coll(db).bytes, 4);
	CHECK_STR(changes(0, 0, true),
	    "1<0 create a \n2<1 delete a \n3<0 create b \n4<2 create a \n");
	case_close();
}

/* --- a log that comes from elsewhere -------------------------------------- */

static void
a_given_seq_must_continue_the_log(void)
{
	struct change change = { .op = CHANGE_CREATE,
		.id = span_str("a"),
		.seq = 1 };
	struct change made = { 0 };

	case_open();
	CHECK_OK(store_begin(db));
	change.cid = cid;
	CHECK_OK(store_append(db, &change, span_str("1"), &made));
	/* Once more does nothing. */
	CHECK_OK(store_append(db, &change, span_str("9"), NULL));
	change = (struct change){ .cid = cid,
		.eid = made.eid,
		.seq = 3,
		.prev = 1,
		.op = CHANGE_PUT };
	CHECK_ERR(store_append(db, &change, span_str("2"), NULL), ERR_CONFLICT);
	change.seq = 2;
	change.prev = 0;
	CHECK_ERR(store_append(db, &change, span_str("2"), NULL), ERR_CONFLICT);
	change.prev = 1;
	CHECK_OK(store_append(db, &change, span_str("2"), NULL));
	case_commit();
	CHECK_STR(case_entities(db), "a=2 ");
	CHECK_STR(changes(0, 0, true), "1<0 create a \n2<1 put a \n");
	case_close();
}

/* --- kept bodies ---------------------------------------------------------- */

/* The body that is kept for a seq; "none" when none is. */
static const char *
kept(uint64_t seq)
{
	static struct buf body;
	const struct err *err;

	buf_clear(&body);
	err = store_keyframe(db, seq, &body);
	if (err != NULL && CHECK_ERR(err, ERR_NOT_FOUND))
		return "none";
	return buf_cstr(&body);
}

static void
what_was_created_or_put_is_kept(void)
{
	six_changes();
	CHECK_STR(kept(1), "\"one\"");
	CHECK_STR(kept(2), "\"other\"");
	CHECK_STR(kept(3), "\"two\""); /* a step costs more */
	CHECK_STR(kept(4), "3");
	CHECK_STR(kept(5), "none");
	CHECK_STR(kept(6), "4");
	CHECK_STR(kept(7), "none");
	case_close();
}

static void
what_is_kept_of_a_change_stays_the_same(void)
{
	uint64_t eid;

	case_open();
	CHECK_OK(store_begin(db));
	eid = case_create("a", "\"a long one\"");
	CHECK_STR(kept(1), "\"a long one\"");
	case_patch(eid, "[2]", "\"a long two\"");
	CHECK_STR(kept(2), "none");
	case_patch(eid, "[\"as long as all\"]", "\"a long three\"");
	CHECK_STR(kept(2), "none");
	CHECK_STR(kept(3), "\"a long three\"");
	case_patch(eid, "[4]", "\"a long four\"");
	CHECK_STR(kept(1), "\"a long one\"");
	CHECK_STR(kept(3), "\"a long three\"");
	case_commit();
	case_close();
}

/* A body of 100 bytes, two patches as long as given; is the last one kept? */
static bool
keeps_the_last(size_t first, size_t last)
{
	char body[101] = { 0 }, patch[2][200] = { { 0 } };
	bool is_kept;
	uint64_t eid;

	memset(body, '1', 100);
	memset(patch[0], '1', first);
	memset(patch[1], '1', last);
	case_open();
	CHECK_OK(store_begin(db));
	eid = case_create("a", body);
	case_patch(eid, patch[0], body);
	case_patch(eid, patch[1], body);
	case_delete(eid);
	case_commit();
	CHECK_STR(kept(1), body);
	CHECK_STR(kept(2), "none");
	is_kept = strcmp(kept(3), body) == 0;
	CHECK_STR(kept(4), "none");
	case_close();
	return is_kept;
}

static void
patches_long_enough_make_a_keyframe(void)
{
	size_t each = 250 / 2 - STORE_STEP_BYTES;

	CHECK(keeps_the_last(each, each));
	CHECK(!keeps_the_last(each, each - 1));
}

/* To a body of that length, which is to be kept after so many. */
static void
patch_many_times(size_t len, int steps)
{
	char *body = mem_new(len + 1, 1);
	uint64_t eid;

	memset(body, '1', len);
	case_open();
	CHECK_OK(store_begin(db));
	eid = case_create("a", body);
	for (int i = 0; i < steps + 1; i++)
		case_patch(eid, "[1]", body);
	case_put(eid, "2");
	case_commit();
	CHECK_STR(kept(steps), "none");
	CHECK(strcmp(kept(steps + 1), body) == 0);
	CHECK_STR(kept(steps + 2), "none");
	free(body);
	case_close();
}

static void
many_patches_make_a_keyframe(void)
{
	const size_t share = STORE_BODY_SHARE_BYTES;

	patch_many_times(share * STORE_STEPS_MIN / 2, STORE_STEPS_MIN);
	patch_many_times(share * (STORE_STEPS_MIN + 1), STORE_STEPS_MIN + 1);
	patch_many_times(share * (STORE_STEPS_MAX + 1), STORE_STEPS_MAX);
}

static void
a_body_is_stored_once(void)
{
	char body[20001];
	struct stat st;

	memset(body, '1', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	case_open();
	CHECK_OK(store_begin(db));
	for (int i = 0; i < 100; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%d", i);
		(void)case_create(id, body);
	}
	case_commit();
	case_close();
	CHECK(stat(db_path, &st) == 0);
	CHECK(st.st_size < 3000000);
}

/* --- size ----------------------------------------------------------------- */

/* Some 5 pages each, and perhaps time after each; the size of the WAL. */
static long long
wal_after_commits(int n, bool has_time)
{
	char body[4001], wal[4200];
	struct stat st = { 0 };
	uint64_t eid;

	memset(body, '1', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	case_open();
	CHECK_OK(store_begin(db));
	eid = case_create("a", "1");
	case_commit();
	for (int i = 0; i < n; i++) {
		CHECK_OK(store_begin(db));
		case_put(eid, body);
		case_commit();
		if (has_time)
			store_checkpoint(db);
	}
	(void)snprintf(wal, sizeof(wal), "%s-wal", db_path);
	CHECK(stat(wal, &st) == 0);
	case_close();
	return st.st_size;
}

static void
the_wal_is_copied_back_when_there_is_time(void)
{
	CHECK(wal_after_commits(1000, true) < 5000000);
	CHECK(wal_after_commits(1000, false) > 10000000);
}

static void
the_wal_has_an_end_though_there_is_never_time(void)
{
	CHECK(wal_after_commits(12000, false) < 140000000);
}

/* --- other writers -------------------------------------------------------- */

static void
writers_take_turns(void)
{
	struct store *first, *second;
	uint64_t eid;

	case_open();
	first = db;
	CHECK_OK(store_begin(db));
	eid = case_create("a", "\"one\"");
	case_commit();
	case_reopen(0);
	second = db;
	CHECK_OK(store_begin(db));
	case_patch(eid, "[2]", "\"two\"");
	(void)case_create("b", "0");
	case_commit();
	db = first;
	CHECK_OK(store_begin(db));
	case_patch(eid, "[3]", "\"three\"");
	(void)case_create("c", "0");
	case_commit();
	CHECK_STR(changes(0, 0, true),
	    "1<0 create a \n"
	    "2<1 patch a [2]\n"
	    "3<0 create b \n"
	    "4<2 patch a [3]\n"
	    "5<0 create c \n");
	CHECK_INT(case_coll(second).n, 3);
	CHECK_INT(case_coll(second).ver, 5);
	CHECK_INT(case_coll(second).bytes, 3 + 7 + 2);
	store_close(second);
	case_close();
}

TESTS(each_change_knows_the_one_before_of_its_entity,
    a_range_is_walked_from_after_to_until, a_walk_ends_where_told,
    one_change_is_read_by_its_seq,
    the_change_is_given_back_as_it_stands_in_the_log,
    an_id_that_ever_was_there_is_not_new, a_given_seq_must_continue_the_log,
    what_was_created_or_put_is_kept, what_is_kept_of_a_change_stays_the_same,
    patches_long_enough_make_a_keyframe, many_patches_make_a_keyframe,
    a_body_is_stored_once, the_wal_is_copied_back_when_there_is_time,
    the_wal_has_an_end_though_there_is_never_time, writers_take_turns)
