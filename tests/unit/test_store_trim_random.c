/* Appends and trims at random, against a model that remembers all bodies. */
#include <stdlib.h>

#include "bell.h"
#include "diff.h"
#include "intake.h"
#include "random_doc.h"
#include "trim_case.h"

enum { IDS = 8, STEPS = 2500 };

/* What the run has put; bodies of all seqs. */
struct run {
	struct intake *intake;
	struct random_doc doc[IDS];
	char *body[IDS][STEPS + 1]; /* after each seq; NULL: was not there */
	uint64_t seq;
	unsigned trims, rested;
};

static struct intake_entity
entity_of(int i)
{
	static char id[16];

	(void)snprintf(id, sizeof(id), "id-%d", i);
	return (struct intake_entity){ .cid = cid, .id = span_str(id) };
}

/* One change of one entity, which is remembered; some change seldom. */
static void
step(struct run *run)
{
	int i = rand() % 20 == 0 ? rand() % IDS : rand() % 3;
	struct intake_entity entity = entity_of(i);
	struct json doc = { 0 };
	struct buf text = { 0 };
	uint64_t seq = ++run->seq;

	for (int k = 0; k < IDS; k++)
		run->body[k][seq] = run->body[k][seq - 1];
	if (run->body[i][seq] != NULL && rand() % 30 == 0) {
		CHECK_OK(intake_delete(run->intake, &entity, NULL));
		run->body[i][seq] = NULL;
		return;
	}
	random_doc_change(&run->doc[i], seq);
	random_doc_write(&run->doc[i], i, &text);
	CHECK_OK(json_scan(&doc, buf_as_span(&text), NULL));
	CHECK_OK(intake_put(run->intake, &entity, &doc, NULL, NULL));
	run->body[i][seq] = strdup(buf_cstr(&doc.text));
	json_fini(&doc);
	buf_fini(&text);
}

/* The same but for the order of members, which no patch carries. */
static bool
is_same(const char *got, const char *want)
{
	struct json a = { 0 }, b = { 0 };
	struct buf patch = { 0 };
	bool same;

	if (want == NULL || strcmp(got, "gone") == 0)
		return strcmp(got, want != NULL ? want : "gone") == 0;
	CHECK_OK(json_scan(&a, span_str(got), NULL));
	CHECK_OK(json_scan(&b, span_str(want), NULL));
	diff(&a, &b, &diff_default, &patch);
	same = strcmp(buf_cstr(&patch), "[]") == 0;
	json_fini(&a);
	json_fini(&b);
	buf_fini(&patch);
	return same;
}

/* From the floor to the head, of all. */
static void
check_bodies(struct run *run)
{
	struct store_entity entity;
	struct buf hold = { 0 };
	uint64_t floor = case_state(db).floor;

	for (int i = 0; i < IDS; i++) {
		struct intake_entity key = entity_of(i);
		const struct err *err =
		    store_entity_get(db, cid, key.id, &entity, &hold);

		if (err != NULL) {
			/* Forgotten: it was not there all that time. */
			CHECK_INT(err->code, ERR_NOT_FOUND);
			for (uint64_t seq = floor; seq <= run->seq; seq++)
				CHECK(run->body[i][seq] == NULL);
			continue;
		}
		run->rested += entity.version <= floor;
		for (uint64_t seq = floor; seq <= run->seq; seq++)
			if (!CHECK(is_same(body_at(entity.eid, seq),
				run->body[i][seq])))
				printf("# id-%d at %d, floor %d\n", i, (int)seq,
				    (int)floor);
	}
	buf_fini(&hold);
}

static bool
next_in_order(const struct change *change, void *arg)
{
	return change->seq == ++*(uint64_t *)arg;
}

static void
check_log(const struct run *run)
{
	uint64_t at = case_state(db).floor, bytes = 0;

	CHECK_OK(store_changes(db, (struct store_range){ .after = at },
	    next_in_order, &at));
	CHECK_INT(at, run->seq);
	CHECK_OK(store_log_bytes(db, &bytes));
	CHECK_INT(bytes, count_bytes());
}

/* A part of the way, or all; the floor is where it was to be. */
static void
trim_at_random(struct run *run)
{
	uint64_t floor = case_state(db).floor;
	uint64_t until = floor + (uint64_t)rand() % (run->seq - floor + 1);
	uint32_t steps = rand() % 2 == 0 ? 5 : 1000;
	bool is_done = false;

	CHECK_OK(store_begin(db));
	CHECK_OK(store_trim(db, until, steps, &is_done));
	case_commit();
	run->trims++;
	if (until >= run->seq)
		until = run->seq - 1;
	if (is_done)
		CHECK_INT(case_state(db).floor, until > floor ? until : floor);
	else
		CHECK_INT(case_state(db).floor, floor + steps);
}

static void
free_bodies(struct run *run)
{
	for (int i = 0; i < IDS; i++)
		for (int seq = STEPS; seq > 0; seq--)
			if (run->body[i][seq] != run->body[i][seq - 1])
				free(run->body[i][seq]);
}

static void
every_version_from_the_floor_on_is_rebuilt(void)
{
	static struct run run;
	struct bell *bell;

	case_open();
	CHECK_OK(bell_open(&bell, db_path, BELL_RING));
	run.intake = intake_new(db, bell);
	srand(7);
	while (run.seq < STEPS && !check_failed) {
		CHECK_OK(intake_begin(run.intake));
		for (int n = 1 + rand() % 60; n > 0 && run.seq < STEPS; n--)
			step(&run);
		CHECK_OK(intake_commit(run.intake, NULL));
		trim_at_random(&run);
		check_bodies(&run);
		check_log(&run);
	}
	/* The run was worth something. */
	CHECK(run.trims > 50 && run.rested > 50);
	trim(STEPS);
	check_bodies(&run);
	CHECK(number("SELECT count(*) FROM change") < 30);
	CHECK(number("SELECT count(*) FROM keyframe") <= 1);
	free_bodies(&run);
	intake_free(run.intake);
	bell_close(bell);
	case_close();
}

TESTS(every_version_from_the_floor_on_is_rebuilt)
