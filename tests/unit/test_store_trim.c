#include "store_trim.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "mem.h"
#include "trim_case.h"

/* "1 2 3 " of a table. */
static const char *
seqs(const char *table)
{
	static char text[256];
	sqlite3 *raw;
	sqlite3_stmt *stmt;

	(void)snprintf(text, sizeof(text), "SELECT seq FROM %s ORDER BY seq",
	    table);
	CHECK(sqlite3_open(db_path, &raw) == SQLITE_OK);
	CHECK(sqlite3_prepare_v2(raw, text, -1, &stmt, NULL) == SQLITE_OK);
	text[0] = '\0';
	while (sqlite3_step(stmt) == SQLITE_ROW)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%d ", sqlite3_column_int(stmt, 0));
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(raw);
	return text;
}

static bool
note_seq(const struct change *change, void *arg)
{
	buf_printf(arg, "%llu ", (unsigned long long)change->seq);
	return true;
}

static const char *
changes_after(uint64_t after)
{
	static struct buf text;

	buf_clear(&text);
	CHECK_OK(store_changes(db, (struct store_range){ .after = after },
	    note_seq, &text));
	return buf_cstr(&text);
}

/* A document long enough for any patch of n to be the shorter one. */
static const char *
doc(int n)
{
	static char text[400];

	(void)snprintf(text, sizeof(text), "{\"n\":%d,\"filler\":\"%0300d\"}",
	    n, 0);
	return text;
}

static void
patch_n(uint64_t eid, int n)
{
	char patch[64];

	(void)snprintf(patch, sizeof(patch),
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":%d}]", n);
	case_patch(eid, patch, doc(n));
}

/* a: made at 1, patched at 2 to 5 without another kept body. */
static uint64_t
open_chain(void)
{
	uint64_t a;

	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a", doc(1));
	for (int n = 2; n <= 5; n++)
		patch_n(a, n);
	case_commit();
	return a;
}

static bool
has_n(uint64_t eid, uint64_t seq, int n)
{
	char want[16];

	(void)snprintf(want, sizeof(want), "{\"n\":%d,", n);
	return strncmp(body_at(eid, seq), want, strlen(want)) == 0;
}

/* --- the floor ------------------------------------------------------------ */

static void
the_floor_rises_and_the_log_answers_from_there(void)
{
	struct change change;
	struct buf hold = { 0 };
	uint64_t epoch;

	case_open();
	epoch = case_state(db).epoch;
	for (int i = 0; i < 5; i++)
		case_change((char[]){ (char)('a' + i), '\0' });
	trim(3);
	CHECK_INT(case_state(db).floor, 3);
	CHECK_INT(case_state(db).head, 5);
	CHECK(case_state(db).epoch == epoch);
	CHECK_STR(changes_after(3), "4 5 ");
	CHECK_STR(changes_after(4), "5 ");
	CHECK_ERR(store_changes(db, (struct store_range){ .after = 2 },
		      note_seq, &hold),
	    ERR_GONE);
	CHECK_ERR(store_change_get(db, 3, &change, &hold), ERR_GONE);
	CHECK_OK(store_change_get(db, 4, &change, &hold));
	CHECK_STR(case_entities(db), "a=1 b=1 c=1 d=1 e=1 ");
	buf_fini(&hold);
	case_close();
}

static void
the_floor_never_falls(void)
{
	case_open();
	for (int i = 0; i < 5; i++)
		case_change((char[]){ (char)('a' + i), '\0' });
	trim(3);
	trim(2);
	trim(0);
	CHECK_INT(case_state(db).floor, 3);
	trim(4);
	CHECK_INT(case_state(db).floor, 4);
	case_close();
	case_reopen(0);
	CHECK_INT(case_state(db).floor, 4);
	case_close();
}

static void
the_newest_change_stays(void)
{
	case_open();
	trim(7);
	CHECK_INT(case_state(db).floor, 0);
	case_change("a");
	trim(1);
	CHECK_INT(case_state(db).floor, 0);
	case_change("b");
	trim(1000);
	CHECK_INT(case_state(db).floor, 1);
	CHECK_STR(seqs("change"), "2 ");
	case_change("c");
	CHECK_INT(case_state(db).head, 3);
	case_close();
}

static void
so_many_steps_are_taken_and_no_more(void)
{
	bool is_done = true;

	case_open();
	for (int i = 0; i < 6; i++)
		case_change((char[]){ (char)('a' + i), '\0' });
	CHECK_OK(store_begin(db));
	CHECK_OK(store_trim(db, 4, 3, &is_done));
	CHECK(!is_done);
	CHECK_INT(case_state(db).floor, 3);
	CHECK_OK(store_trim(db, 4, 1, &is_done));
	CHECK(is_done);
	CHECK_INT(case_state(db).floor, 4);
	store_rollback(db);
	CHECK_INT(case_state(db).floor, 0);
	CHECK_STR(changes_after(0), "1 2 3 4 5 6 ");
	case_close();
}

/* --- what is needed below it ---------------------------------------------- */

static void
what_leads_to_the_version_at_the_floor_stays(void)
{
	uint64_t a = open_chain();
	struct walltime at = { 0 };

	trim(3);
	CHECK(has_n(a, 3, 3));
	CHECK(has_n(a, 4, 4));
	CHECK(has_n(a, 5, 5));
	CHECK_STR(seqs("change"), "2 3 4 5 ");
	CHECK_STR(seqs("keyframe"), "1 ");
	CHECK_OK(store_version_time(db, 3, &at));
	CHECK_INT(at.ms, 1000);
	case_close();
}

static void
a_kept_body_frees_all_before_it(void)
{
	uint64_t a = open_chain();
	struct walltime at = { 0 };

	CHECK_OK(store_begin(db));
	case_put(a, "[6]");
	case_put(a, "[7]");
	case_commit();
	trim(5);
	CHECK_STR(seqs("change"), "2 3 4 5 6 7 ");
	trim(6);
	CHECK_STR(seqs("change"), "7 ");
	CHECK_STR(seqs("keyframe"), "6 ");
	CHECK_STR(body_at(a, 6), "[6]");
	CHECK_OK(store_version_time(db, 6, &at));
	CHECK_INT(at.ms, 1000);
	CHECK_ERR(store_version_time(db, 5, &at), ERR_GONE);
	CHECK_ERR(store_version_time(db, 8, &at), ERR_NOT_FOUND);
	case_close();
}

/* Its chain is gone, so the body itself is the next kept one. */
static void
one_that_rested_below_the_floor_goes_on(void)
{
	uint64_t a = open_chain();

	case_change("b");
	trim(5);
	CHECK_STR(seqs("change"), "6 ");
	CHECK_STR(seqs("keyframe"), "");
	CHECK_OK(store_begin(db));
	patch_n(a, 7);
	case_commit();
	CHECK(has_n(a, 5, 5));
	CHECK(has_n(a, 6, 5));
	CHECK(has_n(a, 7, 7));
	CHECK_STR(seqs("keyframe"), "5 ");
	CHECK_STR(changes_after(5), "6 7 ");
	case_close();
}

static void
the_gone_are_forgotten_with_their_last_change(void)
{
	struct store_entity entity;
	struct buf hold = { 0 };
	uint64_t a = open_chain(), again;

	CHECK_OK(store_begin(db));
	case_delete(a);
	(void)case_create("b", "1");
	case_commit();
	trim(5);
	CHECK(has_n(a, 5, 5));
	CHECK_STR(body_at(a, 6), "gone");
	trim(6);
	CHECK_ERR(store_entity_at(db, a, &entity, &hold), ERR_NOT_FOUND);
	CHECK_STR(seqs("change"), "7 ");
	CHECK_STR(seqs("keyframe"), "");
	CHECK_OK(store_begin(db));
	again = case_create("a", "2");
	case_commit();
	CHECK(again != a);
	CHECK_STR(body_at(again, 7), "gone");
	CHECK_STR(body_at(again, 8), "2");
	CHECK_STR(case_entities(db), "a=2 b=1 ");
	buf_fini(&hold);
	case_close();
}

static void
one_that_came_back_keeps_its_key(void)
{
	uint64_t a;

	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a", "1");
	case_delete(a);
	(void)case_append((struct change){ .op = CHANGE_CREATE,
			      .eid = a,
			      .id = span_str("a") },
	    "3");
	case_put(a, "4");
	case_commit();
	trim(2);
	CHECK_STR(seqs("change"), "3 4 ");
	CHECK_STR(body_at(a, 2), "gone");
	CHECK_STR(body_at(a, 3), "3");
	CHECK_STR(body_at(a, 4), "4");
	case_close();
}

/* A collection that is made, used and dropped. */
static uint32_t
drop_one(const char *name)
{
	uint32_t things = cid, made = 0;
	uint64_t a;

	CHECK_OK(store_coll_make(db, span_str(name), true, &made));
	cid = made;
	a = case_create("a", "1");
	case_delete(a);
	CHECK_OK(store_coll_drop(db, cid));
	cid = things;
	return made;
}

/* The newest stays: its number must not come again. */
static void
a_dropped_collection_goes_with_its_last_entity(void)
{
	uint32_t last, more = 0;

	case_open();
	CHECK_OK(store_begin(db));
	(void)drop_one("first");
	last = drop_one("last");
	(void)case_create("b", "1");
	case_commit();
	trim(1);
	CHECK_INT(number("SELECT count(*) FROM coll"), 3);
	trim(2);
	CHECK_INT(number("SELECT count(*) FROM coll"), 2);
	trim(4);
	CHECK_INT(number("SELECT count(*) FROM coll"), 2);
	CHECK_OK(store_begin(db));
	CHECK_OK(store_coll_make(db, span_str("more"), true, &more));
	CHECK(more > last);
	case_delete(case_create("c", "1"));
	(void)case_create("d", "1");
	case_commit();
	trim(1000);
	CHECK_INT(number("SELECT count(*) FROM coll"), 2);
	CHECK_STR(case_entities(db), "b=1 d=1 ");
	case_close();
}

/* An epoch may begin far above what was passed. */
static void
what_is_left_of_an_older_epoch_goes(void)
{
	uint64_t a = open_chain();

	case_close();
	case_reopen(20);
	CHECK_INT(case_state(db).floor, 20);
	CHECK_OK(store_begin(db));
	patch_n(a, 21);
	case_commit();
	CHECK(has_n(a, 20, 5));
	trim(0);
	CHECK_INT(case_state(db).floor, 20);
	CHECK_STR(seqs("change"), "21 ");
	CHECK_STR(seqs("keyframe"), "5 ");
	CHECK(has_n(a, 20, 5));
	CHECK(has_n(a, 21, 21));
	case_close();
}

/* --- bytes ---------------------------------------------------------------- */

static void
the_bytes_of_the_log_are_known(void)
{
	uint64_t a = open_chain(), bytes = 0;

	CHECK_OK(store_begin(db));
	case_put(a, "[6]");
	(void)case_append((struct change){ .op = CHANGE_PUT,
			      .eid = a,
			      .actor = span_str("me"),
			      .mutation = span_str("m1") },
	    "[7]");
	CHECK_OK(store_log_bytes(db, &bytes));
	case_commit();
	CHECK(bytes > 400);
	CHECK_INT(bytes, count_bytes());
	trim(6);
	CHECK_OK(store_log_bytes(db, &bytes));
	CHECK_INT(bytes, count_bytes());
	CHECK_INT(bytes, 32 + 4 + 16 + 3);
	case_close();
}

static void
compacting_gives_the_pages_back(void)
{
	char *body = mem_new(4001, 1);
	struct stat before = { 0 }, after = { 0 };
	uint64_t a;

	memset(body, '1', 4000);
	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a", body);
	for (int i = 0; i < 500; i++)
		case_put(a, body);
	case_commit();
	trim(1000);
	CHECK_INT(number("PRAGMA wal_checkpoint"), 0);
	CHECK(stat(db_path, &before) == 0);
	CHECK_OK(store_compact(db));
	CHECK(stat(db_path, &after) == 0);
	CHECK(before.st_size > 2000000);
	CHECK(after.st_size < 100000);
	CHECK(strcmp(body_at(a, 501), body) == 0);
	free(body);
	case_close();
	case_reopen(0);
	CHECK_INT(case_state(db).floor, 500);
	case_close();
}

TESTS(the_floor_rises_and_the_log_answers_from_there, the_floor_never_falls,
    the_newest_change_stays, so_many_steps_are_taken_and_no_more,
    what_leads_to_the_version_at_the_floor_stays,
    a_kept_body_frees_all_before_it, one_that_rested_below_the_floor_goes_on,
    the_gone_are_forgotten_with_their_last_change,
    one_that_came_back_keeps_its_key,
    a_dropped_collection_goes_with_its_last_entity,
    what_is_left_of_an_older_epoch_goes, the_bytes_of_the_log_are_known,
    compacting_gives_the_pages_back)
