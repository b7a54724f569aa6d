#include "history.h"

#include <stdlib.h>

#include "bell.h"
#include "diff.h"
#include "intake.h"
#include "random_doc.h"
#include "store_case.h"

/* The body at a seq; "gone" when the entity was not there. */
static const char *
body_at(uint64_t eid, uint64_t seq, uint64_t *version)
{
	static struct buf body;
	uint64_t none;

	buf_clear(&body);
	if (version == NULL)
		version = &none;
	CHECK_OK(history_body(db, eid, seq, &body, version));
	CHECK((body.len == 0) == (*version == 0));
	return *version == 0 ? "gone" : buf_cstr(&body);
}

static void
each_version_is_found_at_its_seq_and_until_the_next(void)
{
	uint64_t a, version = 0;

	case_open();
	CHECK_OK(store_begin(db));
	(void)case_create("other", "0");
	a = case_create("a", "{\"n\":1}");
	(void)case_create("more", "0");
	case_patch(a, "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}]",
	    "{\"n\":2}");
	case_put(a, "5");
	case_delete(a);
	(void)case_append((struct change){ .op = CHANGE_CREATE,
			      .eid = a,
			      .id = span_str("a") },
	    "7");
	case_put(a, "8");
	case_commit();
	CHECK_STR(body_at(a, 0, NULL), "gone");
	CHECK_STR(body_at(a, 1, NULL), "gone");
	CHECK_STR(body_at(a, 2, &version), "{\"n\":1}");
	CHECK_INT(version, 2);
	CHECK_STR(body_at(a, 3, &version), "{\"n\":1}");
	CHECK_INT(version, 2);
	CHECK_STR(body_at(a, 4, &version), "{\"n\":2}");
	CHECK_INT(version, 4);
	CHECK_STR(body_at(a, 5, NULL), "5");
	CHECK_STR(body_at(a, 6, NULL), "gone");
	CHECK_STR(body_at(a, 7, NULL), "7");
	CHECK_STR(body_at(a, 8, NULL), "8");
	CHECK_STR(body_at(a, 1000, &version), "8");
	CHECK_INT(version, 8);
	case_close();
}

static void
what_is_gone_now_was_there(void)
{
	uint64_t a;

	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a", "1");
	case_delete(a);
	case_commit();
	CHECK_STR(body_at(a, 1, NULL), "1");
	CHECK_STR(body_at(a, 2, NULL), "gone");
	CHECK_STR(body_at(a, 3, NULL), "gone");
	case_close();
}

static void
who_never_was_there_is_not_found(void)
{
	struct buf body = { 0 };
	uint64_t version;

	case_open();
	CHECK_ERR(history_body(db, (uint64_t)cid << 32 | 1, 0, &body, &version),
	    ERR_NOT_FOUND);
	CHECK_INT(version, 0);
	buf_fini(&body);
	case_close();
}

static void
a_patch_that_does_not_fit_is_said(void)
{
	struct buf body = { 0 };
	uint64_t a, version;

	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a", "{\"n\":1,\"text\":\"to make the body long\"}");
	case_patch(a, "[{\"op\":\"remove\",\"path\":\"/m\"}]",
	    "{\"text\":\"as long as before, or nearly so\"}");
	case_put(a, "1");
	case_commit();
	CHECK_ERR(history_body(db, a, 2, &body, &version), ERR_STORE);
	CHECK_OK(history_body(db, a, 1, &body, &version));
	buf_fini(&body);
	case_close();
}

static void
a_version_has_the_same_bytes_whenever_it_is_asked_for(void)
{
	struct buf body = { 0 };
	uint64_t a;

	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a",
	    "{\"n\":1,\"m\":\"as long as patch and more"
	    " than that, too, by half\"}");
	/* The producer has turned its members round. */
	case_patch(a, "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}]",
	    "{\"m\":\"as long as patch and more than that, too, by half\","
	    "\"n\":2}");
	for (int i = 0; i < 3; i++) {
		buf_clear(&body);
		CHECK_OK(history_made(db, 2, &body));
		CHECK_STR(buf_cstr(&body),
		    "{\"n\":2,\"m\":\"as long as patch and more than that,"
		    " too, by half\"}");
		buf_clear(&body);
		CHECK_OK(history_made(db, i == 2 ? 4 : 1, &body));
		if (i == 2)
			CHECK_STR(buf_cstr(&body), "{}");
		case_put(a, "{}");
	}
	case_commit();
	buf_clear(&body);
	CHECK_ERR(history_made(db, 9, &body), ERR_NOT_FOUND);
	buf_fini(&body);
	case_close();
}

/* --- a random run --------------------------------------------------------- */

enum { IDS = 6, STEPS = 1500 };

/* What the run has put; bodies of all seqs. */
struct run {
	struct intake *intake;
	struct random_doc doc[IDS];
	bool is_live[IDS];
	char *body[IDS][STEPS + 1]; /* after each seq; NULL: was not there */
};

/* One change of one entity, which is remembered. */
static void
step(struct run *run, uint64_t seq)
{
	int i = rand() % IDS;
	char id[16];
	struct intake_entity entity = { .cid = cid };
	struct json doc = { 0 };
	struct buf text = { 0 };

	(void)snprintf(id, sizeof(id), "id-%d", i);
	entity.id = span_str(id);
	for (int k = 0; k < IDS; k++)
		run->body[k][seq] = run->body[k][seq - 1];
	if (run->is_live[i] && rand() % 40 == 0) {
		CHECK_OK(intake_delete(run->intake, &entity, NULL));
		run->body[i][seq] = NULL;
		run->is_live[i] = false;
		return;
	}
	random_doc_change(&run->doc[i], seq);
	random_doc_write(&run->doc[i], i, &text);
	CHECK_OK(json_scan(&doc, buf_as_span(&text), NULL));
	CHECK_OK(intake_put(run->intake, &entity, &doc, NULL, NULL));
	run->body[i][seq] = strdup(buf_cstr(&doc.text));
	run->is_live[i] = true;
	json_fini(&doc);
	buf_fini(&text);
}

static void
fill(struct run *run, struct bell *bell)
{
	srand(11);
	run->intake = intake_new(db, bell);
	for (uint64_t seq = 1; seq <= STEPS; seq++) {
		if (seq % 100 == 1)
			CHECK_OK(intake_begin(run->intake));
		step(run, seq);
		if (seq % 100 == 0)
			CHECK_OK(intake_commit(run->intake, NULL));
	}
	intake_free(run->intake);
	CHECK_INT(case_state(db).head, STEPS);
}

/* The same but for the order of members, which no patch carries. */
static void
check_value(const char *got, const char *want)
{
	struct json a = { 0 }, b = { 0 };
	struct buf patch = { 0 };

	CHECK_OK(json_scan(&a, span_str(got), NULL));
	CHECK_OK(json_scan(&b, span_str(want), NULL));
	diff(&a, &b, &diff_default, &patch);
	if (!CHECK_STR(buf_cstr(&patch), "[]"))
		printf("# %s\n# %s\n", got, want);
	json_fini(&a);
	json_fini(&b);
	buf_fini(&patch);
}

static void
check(const struct run *run, int i)
{
	struct store_entity entity = { 0 };
	struct buf hold = { 0 };
	char id[16];

	(void)snprintf(id, sizeof(id), "id-%d", i);
	CHECK_OK(store_entity_get(db, cid, span_str(id), &entity, &hold));
	for (uint64_t seq = 0; seq <= STEPS && !check_failed; seq++) {
		const char *got = body_at(entity.eid, seq, NULL);
		const char *want = run->body[i][seq];

		if (want == NULL || strcmp(got, "gone") == 0)
			CHECK_STR(got, want != NULL ? want : "gone");
		else
			check_value(got, want);
	}
	buf_fini(&hold);
}

static bool
count(const struct change *change, void *arg)
{
	((int *)arg)[change->op]++;
	return true;
}

static void
every_version_of_a_random_run_is_rebuilt(void)
{
	static struct run run;
	struct bell *bell;
	int ops[CHANGE__MAX] = { 0 };

	case_open();
	CHECK_OK(bell_open(&bell, db_path, BELL_RING));
	fill(&run, bell);
	for (int i = 0; i < IDS; i++)
		check(&run, i);
	/* The run was worth something. */
	CHECK_OK(store_changes(db, (struct store_range){ 0 }, count, ops));
	CHECK(ops[CHANGE_CREATE] > IDS && ops[CHANGE_DELETE] > IDS);
	CHECK(ops[CHANGE_PUT] > 20 && ops[CHANGE_PATCH] > 500);
	for (int i = 0; i < IDS; i++)
		for (int seq = STEPS; seq > 0; seq--)
			if (run.body[i][seq] != run.body[i][seq - 1])
				free(run.body[i][seq]);
	bell_close(bell);
	case_close();
}

static void
a_long_chain_is_rebuilt(void)
{
	struct buf body = { 0 }, patch = { 0 };
	uint64_t a;

	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a", "[0]");
	for (int i = 1; i <= 2500; i++) {
		buf_clear(&body);
		buf_clear(&patch);
		buf_printf(&body, "[%d]", i);
		buf_printf(&patch,
		    "[{\"op\":\"replace\",\"path\":\"/0\",\"value\":%d}]", i);
		case_patch(a, buf_cstr(&patch), buf_cstr(&body));
	}
	case_commit();
	CHECK_STR(body_at(a, 1, NULL), "[0]");
	CHECK_STR(body_at(a, 2, NULL), "[1]");
	CHECK_STR(body_at(a, 2000, NULL), "[1999]");
	buf_fini(&body);
	buf_fini(&patch);
	case_close();
}

TESTS(each_version_is_found_at_its_seq_and_until_the_next,
    what_is_gone_now_was_there, who_never_was_there_is_not_found,
    a_patch_that_does_not_fit_is_said,
    a_version_has_the_same_bytes_whenever_it_is_asked_for,
    every_version_of_a_random_run_is_rebuilt, a_long_chain_is_rebuilt)
