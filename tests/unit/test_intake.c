#include "intake.h"

#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bell.h"
#include "diff.h"
#include "store_case.h"

static struct bell *bell;
static struct intake *intake;
static unsigned long free_mib = 1000; /* what every disk seems to have */

/* Stands in for libc's: a disk is not filled in a test. */
int
statvfs(const char *restrict path, struct statvfs *restrict st)
{
	(void)path;
	memset(st, 0, sizeof(*st));
	st->f_blocks = 1000;
	st->f_frsize = 1 << 20;
	st->f_bavail = free_mib;
	return 0;
}

static void
open_all(void)
{
	case_open();
	CHECK_OK(bell_open(&bell, db_path, BELL_RING));
	intake = intake_new(db, bell);
}

static void
close_all(void)
{
	intake_free(intake);
	bell_close(bell);
	case_close();
}

static enum intake_outcome
put(const char *id, const char *text)
{
	struct intake_entity entity = { .cid = cid, .id = span_str(id) };
	enum intake_outcome outcome = INTAKE_DELETED;
	struct json doc = { 0 };

	CHECK_OK(json_scan(&doc, span_str(text), NULL));
	CHECK_OK(intake_put(intake, &entity, &doc, NULL, &outcome));
	json_fini(&doc);
	return outcome;
}

static enum intake_outcome delete (const char *id) {
	struct intake_entity entity = { .cid = cid, .id = span_str(id) };
	enum intake_outcome outcome = INTAKE_CREATED;

	CHECK_OK(intake_delete(intake, &entity, &outcome));
	return outcome;
}

static void
begin(void)
{
	CHECK_OK(intake_begin(intake));
}

/* Returns the seq. */
static uint64_t
commit(void)
{
	uint64_t seq = 0;

	CHECK_OK(intake_commit(intake, &seq));
	return seq;
}

/* The seq that the bell rang for last; 0 if for none. */
static uint64_t
rung(void)
{
	struct bell_pulse pulse;
	struct bell_ring ring = { 0 };
	const struct err *err = bell_read(bell, &ring, &pulse);

	if (err != NULL && CHECK_ERR(err, ERR_UNAVAILABLE))
		return 0;
	CHECK(ring.epoch == case_state(db).epoch);
	return ring.seq;
}

static bool
list(const struct change *change, void *arg)
{
	buf_printf(arg, "%d%.*s ", (int)change->op, SPAN_ARGS(change->patch));
	return true;
}

/* "<op><patch> " of all changes. */
static const char *
changes(void)
{
	static struct buf text;
	struct store_range range = { .with_patches = true };

	buf_clear(&text);
	CHECK_OK(store_changes(db, range, list, &text));
	return buf_cstr(&text);
}

/* --- outcomes ------------------------------------------------------------- */

#define LONG "a text that is long enough to make a patch shorter than it"

static void
a_document_takes_its_way_into_the_log(void)
{
	open_all();
	begin();
	CHECK_INT(put("a", " { \"n\" : 1, \"text\" : \"" LONG "\" } "),
	    INTAKE_CREATED);
	CHECK_INT(put("a", "{\"n\":2,\"text\":\"" LONG "\"}"), INTAKE_CHANGED);
	CHECK_INT(delete ("a"), INTAKE_DELETED);
	CHECK_INT(put("a", "3"), INTAKE_CREATED);
	CHECK_INT(commit(), 4);
	CHECK_STR(changes(),
	    "1 3[{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}] 4 1 ");
	CHECK_STR(case_entities(db), "a=3 ");
	close_all();
}

static uint64_t
eid_of(const char *id)
{
	struct store_entity entity = { 0 };
	struct buf hold = { 0 };

	CHECK_OK(store_entity_get(db, cid, span_str(id), &entity, &hold));
	buf_fini(&hold);
	return entity.eid;
}

/* After a new entity the next put takes a shorter way: with the same end. */
static void
among_new_entities_each_is_what_it_was(void)
{
	uint64_t eid;

	open_all();
	begin();
	(void)put("gone", "1");
	(void)put("live", "2");
	eid = eid_of("gone");
	(void)delete ("gone");
	CHECK_INT(put("new", "3"), INTAKE_CREATED);
	CHECK_INT(put("gone", "4"), INTAKE_CREATED);
	CHECK_INT(put("newer", "5"), INTAKE_CREATED);
	CHECK_INT(put("live", "2"), INTAKE_SAME);
	CHECK_INT(put("newest", "6"), INTAKE_CREATED);
	CHECK_INT(put("live", "7"), INTAKE_CHANGED);
	CHECK_INT(put("live", "7"), INTAKE_SAME);
	CHECK_INT(commit(), 8);
	CHECK(eid_of("gone") == eid);
	CHECK(eid_of("newest") == eid + 4);
	CHECK_STR(changes(), "1 1 4 1 1 1 1 2 ");
	CHECK_STR(case_entities(db), "gone=4 live=7 new=3 newer=5 newest=6 ");
	CHECK_INT(case_coll(db).n, 5);
	CHECK_INT(case_coll(db).bytes, 4 + 4 + 3 + 5 + 6 + 5);
	close_all();
}

/* The eid of what was there, also when it is found on the longer way. */
static void
a_put_tells_the_eid(void)
{
	struct intake_entity entity = { .id = span_str("a") };
	struct json doc = { 0 };
	uint64_t first = 0, eid = 0;

	open_all();
	begin();
	entity.cid = cid;
	CHECK_OK(json_scan(&doc, span_str("1"), NULL));
	CHECK_OK(intake_put(intake, &entity, &doc, &first, NULL));
	CHECK(first == eid_of("a"));
	(void)delete ("a");
	CHECK_OK(intake_put(intake, &entity, &doc, &eid, NULL));
	CHECK(eid == first);
	eid = 0;
	CHECK_OK(intake_put(intake, &entity, &doc, &eid, NULL));
	CHECK(eid == first);
	(void)put("b", "1");
	eid = 0;
	CHECK_OK(intake_put(intake, &entity, &doc, &eid, NULL));
	CHECK(eid == first);
	(void)commit();
	json_fini(&doc);
	close_all();
}

static void
what_is_the_same_is_no_change(void)
{
	open_all();
	begin();
	(void)put("a", "{\"x\":1,\"y\":[true]}");
	CHECK_INT(put("a", "{\"x\":1,\"y\":[true]}"), INTAKE_SAME);
	CHECK_INT(put("a", "{ \"x\": 1, \"y\": [ true ] }"), INTAKE_SAME);
	CHECK_INT(put("a", "{\"y\":[true],\"x\":1}"), INTAKE_SAME);
	CHECK_INT(delete ("b"), INTAKE_SAME);
	(void)delete ("a");
	CHECK_INT(delete ("a"), INTAKE_SAME);
	CHECK_INT(commit(), 2);
	close_all();
}

static void
a_patch_as_long_as_the_body_is_a_put(void)
{
	open_all();
	begin();
	(void)put("a", "{\"x\":1}");
	CHECK_INT(put("a", "{\"x\":2}"), INTAKE_CHANGED);
	(void)commit();
	CHECK_STR(changes(), "1 2 ");
	CHECK_STR(case_entities(db), "a={\"x\":2} ");
	close_all();
}

static void
the_options_of_the_diff_are_heeded(void)
{
	static const char from[] = "[0,\"" LONG "; and " LONG "; " LONG "\"]";
	static const char to[] = "[0,\"" LONG "; AND " LONG "; " LONG "\"]";
	struct diff_options standard = { .is_standard = true };
	struct intake_entity entity = { .id = span_str("a") };
	struct json doc = { 0 };

	open_all();
	entity.cid = cid;
	begin();
	(void)put("a", from);
	(void)put("a", to);
	entity.diff = &standard;
	CHECK_OK(json_scan(&doc, span_str(from), NULL));
	CHECK_OK(intake_put(intake, &entity, &doc, NULL, NULL));
	(void)commit();
	/* A replace of the text is no shorter than the whole. */
	CHECK(strstr(changes(), "3[{\"op\":\"str_del\"") != NULL);
	CHECK(strstr(changes(), " 2 ") != NULL);
	json_fini(&doc);
	close_all();
}

static void
who_and_why_stand_in_the_log(void)
{
	struct intake_entity entity = { .id = span_str("a"),
		.actor = span_str("ann"),
		.mutation = span_str("m-1") };
	struct change change = { 0 };
	struct buf hold = { 0 };
	struct json doc = { 0 };
	uint64_t eid = 0;

	open_all();
	entity.cid = cid;
	begin();
	CHECK_OK(json_scan(&doc, span_str("1"), NULL));
	CHECK_OK(intake_put(intake, &entity, &doc, &eid, NULL));
	(void)commit();
	CHECK_OK(store_change_get(db, 1, &change, &hold));
	CHECK(change.eid == eid);
	CHECK(span_is(change.actor, "ann"));
	CHECK(span_is(change.mutation, "m-1"));
	CHECK(walltime_now().ms - change.at.ms < 60000);
	begin();
	eid = 0;
	CHECK_OK(intake_put(intake, &entity, &doc, &eid, NULL));
	(void)commit();
	CHECK(eid == change.eid); /* also when nothing changed */
	buf_fini(&hold);
	json_fini(&doc);
	close_all();
}

/* --- batches -------------------------------------------------------------- */

static void
the_bell_rings_once_a_batch_and_only_for_changes(void)
{
	open_all();
	CHECK_INT(rung(), 0);
	begin();
	CHECK(intake_is_open(intake));
	(void)put("a", "1");
	(void)put("b", "2");
	CHECK_INT(rung(), 0);
	CHECK_INT(commit(), 2);
	CHECK(!intake_is_open(intake));
	CHECK_INT(rung(), 2);
	CHECK_OK(bell_strike(bell, case_state(db).epoch, 99));
	begin();
	(void)put("a", "1");
	CHECK_INT(commit(), 2);
	CHECK_INT(rung(), 99);
	close_all();
}

static void
a_batch_rolled_back_leaves_nothing(void)
{
	open_all();
	begin();
	(void)put("a", "1");
	intake_rollback(intake);
	CHECK(!intake_is_open(intake));
	CHECK_INT(rung(), 0);
	CHECK_STR(case_entities(db), "");
	begin();
	(void)put("a", "2");
	CHECK_INT(commit(), 1);
	/* So does one that was never ended. */
	begin();
	(void)put("a", "3");
	intake_free(intake);
	intake = NULL;
	CHECK_STR(case_entities(db), "a=2 ");
	close_all();
}

static void
a_bell_that_cannot_ring_does_not_undo_the_commit(void)
{
	struct bell *ringer;

	open_all();
	ringer = bell;
	CHECK_OK(bell_open(&bell, db_path, BELL_LISTEN));
	intake_free(intake);
	intake = intake_new(db, bell);
	begin();
	(void)put("a", "1");
	CHECK_INT(commit(), 1);
	CHECK_STR(case_entities(db), "a=1 ");
	bell_close(ringer);
	close_all();
}

static void
a_full_disk_is_said_before_anything_is_begun(void)
{
	const struct err *err;

	open_all();
	free_mib = 1;
	err = intake_begin(intake);
	if (CHECK_ERR(err, ERR_UNAVAILABLE))
		CHECK(strstr(err->msg, "less than 2 MiB are left") != NULL);
	CHECK(!intake_is_open(intake));
	free_mib = 2;
	begin();
	(void)put("a", "1");
	CHECK_INT(commit(), 1);
	close_all();
}

enum { RINGS = 300 };

/* Many batches, one after the other. */
static int
ring_often(void)
{
	char text[16];

	case_reopen(0);
	if (bell_open(&bell, db_path, BELL_RING) != NULL)
		return 1;
	intake = intake_new(db, bell);
	for (int i = 0; i < RINGS; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		begin();
		(void)put("a", text);
		(void)commit();
	}
	return check_failed;
}

static void
who_hears_the_bell_finds_the_change(void)
{
	struct store *reader;
	uint64_t seq;
	int status;
	pid_t pid;

	open_all();
	close_all();
	pid = fork();
	if (pid == 0)
		_exit(ring_often());
	CHECK_OK(bell_open(&bell, db_path, BELL_LISTEN));
	CHECK_OK(store_open(&reader, db_path, STORE_READ, 0));
	db = reader;
	do {
		seq = rung();
		CHECK(case_state(reader).head >= seq);
	} while (seq < RINGS && !check_failed &&
	    waitpid(pid, &status, WNOHANG) == 0);
	CHECK_INT(rung(), RINGS);
	(void)waitpid(pid, &status, 0);
	store_close(reader);
	bell_close(bell);
}

/* --- ids ------------------------------------------------------------------ */

static void
what_an_id_may_be(void)
{
	static const struct {
		const char *id;
		bool is_good;
	} cases[] = {
		{ "a", true },
		{ "GET /a/b?c=d&e", true },
		{ " ", true },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x8a", true },
		{ "\xc2\xa0", true },         /* U+00A0 */
		{ "\xed\x9f\xbf", true },     /* U+D7FF */
		{ "\xf4\x8f\xbf\xbf", true }, /* U+10FFFF */
		{ "", false },
		{ "a\nb", false },
		{ "\x01", false },
		{ "a\x7f", false },
		{ "\xc2\x80", false }, /* U+0080 */
		{ "\xc2\x9f", false }, /* U+009F */
		{ "\x80", false },
		{ "a\xc3", false },
		{ "\xc0\xaf", false },     /* overlong */
		{ "\xe0\x9f\xbf", false }, /* overlong */
		{ "\xed\xa0\x80", false }, /* surrogate */
		{ "\xf4\x90\x80\x80", false },
		{ "\xff", false },
	};
	const struct err *err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err = intake_check_id(span_str(cases[i].id));
		if (cases[i].is_good ? !CHECK_OK(err)
				     : !CHECK_ERR(err, ERR_BAD_REQUEST))
			printf("# row %zu\n", i);
	}
	CHECK_ERR(intake_check_id(span_of("a\0b", 3)), ERR_BAD_REQUEST);
}

static void
an_id_has_at_most_512_bytes(void)
{
	struct intake_entity entity = { 0 };
	struct json doc = { 0 };
	char id[513];

	memset(id, 'i', sizeof(id));
	open_all();
	begin();
	entity.cid = cid;
	entity.id = span_of(id, sizeof(id));
	CHECK_OK(json_scan(&doc, span_str("1"), NULL));
	CHECK_ERR(intake_put(intake, &entity, &doc, NULL, NULL),
	    ERR_BAD_REQUEST);
	entity.id.len = 512;
	CHECK_OK(intake_put(intake, &entity, &doc, NULL, NULL));
	CHECK_INT(commit(), 1);
	CHECK_INT(case_coll(db).bytes, 512 + 1);
	json_fini(&doc);
	close_all();
}

/* {"pad":"000…","deep":[[…0…]]}, n levels of brackets */
static const char *
deep_document(int n)
{
	static char text[512];
	char open[JSON_DEPTH_MAX + 1] = "", shut[JSON_DEPTH_MAX + 1] = "";

	memset(open, '[', (size_t)n);
	memset(shut, ']', (size_t)n);
	(void)snprintf(text, sizeof(text),
	    "{\"pad\":\"%0300d\",\"deep\":%s0%s}", 0, open, shut);
	return text;
}

/* Each version can be rebuilt, though a patch of the last would be too deep. */
static void
what_cannot_be_read_back_is_stored_whole(void)
{
	static const int levels[] = { 0, JSON_DEPTH_MAX - 2, 0,
		JSON_DEPTH_MAX - 1 };
	static const enum change_op ops[] = { CHANGE_CREATE, CHANGE_PATCH,
		CHANGE_PATCH, CHANGE_PUT };
	struct change change;
	struct buf hold = { 0 };
	uint64_t seq;

	open_all();
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		begin();
		(void)put("a", deep_document(levels[i]));
		seq = commit();
		CHECK_OK(store_change_get(db, seq, &change, &hold));
		CHECK_INT(change.op, ops[i]);
	}
	buf_fini(&hold);
	close_all();
}

TESTS(a_document_takes_its_way_into_the_log,
    among_new_entities_each_is_what_it_was, a_put_tells_the_eid,
    what_is_the_same_is_no_change, a_patch_as_long_as_the_body_is_a_put,
    what_cannot_be_read_back_is_stored_whole,
    the_options_of_the_diff_are_heeded, who_and_why_stand_in_the_log,
    the_bell_rings_once_a_batch_and_only_for_changes,
    a_batch_rolled_back_leaves_nothing,
    a_bell_that_cannot_ring_does_not_undo_the_commit,
    a_full_disk_is_said_before_anything_is_begun,
    who_hears_the_bell_finds_the_change, what_an_id_may_be,
    an_id_has_at_most_512_bytes)
