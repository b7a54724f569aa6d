#include "verify_log.h"

#include <stdlib.h>

#include "buf.h"
#include "diff.h"
#include "json.h"
#include "mem.h"
#include "patch.h"
#include "report.h"
#include "store.h"
#include "store_step.h"

/* --- documents ----------------------------------------------------------- */

struct reading {
	struct report *report;
	struct store_coll *coll;
	size_t n, cap;
	const struct store_coll *now;
	struct json doc;
	uint64_t n_entities;
};

/* A store_coll_fn. */
static void
take_coll(const struct store_coll *coll, void *arg)
{
	struct reading *r = arg;

	r->coll = mem_grow(r->coll, r->n, &r->cap, sizeof(*r->coll));
	r->coll[r->n++] = *coll;
}

/* A store_entity_fn. */
static bool
read_one(const struct store_entity *e, void *arg)
{
	struct reading *r = arg;
	const struct err *err = json_scan(&r->doc, e->body, NULL);
	struct buf where = { 0 };

	r->n_entities++;
	if (err == NULL && span_eq(buf_as_span(&r->doc.text), e->body))
		return true;
	buf_printf(&where, "%s/%.*s", r->now->name, SPAN_ARGS(e->id));
	report_problem(r->report, "documents", buf_as_span(&where),
	    span_str(err != NULL ? err->msg : "the document is not canonical"),
	    "write its file anew, so that the watcher takes it again");
	buf_fini(&where);
	return true;
}

void
verify_documents(struct store *s, struct report *report)
{
	struct reading r = { .report = report };
	const struct err *err = store_colls(s, take_coll, &r);
	struct buf what = { 0 };

	for (size_t i = 0; i < r.n && err == NULL; i++) {
		r.now = &r.coll[i];
		err = store_entities(s, r.now->cid, read_one, &r);
	}
	if (err != NULL)
		report_failed(report, "documents", err);
	buf_printf(&what, "%llu entities", (unsigned long long)r.n_entities);
	report_part(report, "documents", buf_cstr(&what));
	buf_fini(&what);
	json_fini(&r.doc);
	free(r.coll);
}

/* --- rebuilding ---------------------------------------------------------- */

struct rebuild {
	struct store *store;
	struct report *report;
	const struct store_entity *entity;
	uint64_t *seq; /* of its changes, newest first */
	size_t n, cap;

	struct buf base;       /* the document that the next patches are for */
	struct patch_doc *doc; /* NULL: there is none, or it is not known */
	struct buf kept, built, hold;
	struct json patch;
	uint64_t n_steps;
};

static void
wrong(struct rebuild *r, uint64_t seq, const char *what)
{
	struct store_coll coll = { .name = "?" };
	struct buf where = { 0 };

	/* Failing that its name is not known. */
	if (store_coll_at(r->store, (uint32_t)(r->entity->eid >> 32), &coll) !=
	    NULL)
		coll.name[0] = '?';
	buf_printf(&where, "%s/%.*s at %llu", coll.name,
	    SPAN_ARGS(r->entity->id), (unsigned long long)seq);
	report_problem(r->report, "rebuild", buf_as_span(&where),
	    span_str(what), NULL);
	buf_fini(&where);
}

/* Go on from a document. */
static void
set_base(struct rebuild *r, const struct buf *body)
{
	patch_doc_free(r->doc);
	buf_clear(&r->base);
	buf_span(&r->base, buf_as_span(body));
	r->doc = patch_doc_new(buf_as_span(&r->base));
}

static void
drop_base(struct rebuild *r)
{
	patch_doc_free(r->doc);
	r->doc = NULL;
}

/* The order of members is none: no patch carries it. */
static bool
is_equal(struct span a, struct span b)
{
	struct json from = { 0 }, to = { 0 };
	struct buf patch = { 0 };
	bool is_so = span_eq(a, b);

	if (!is_so && json_scan(&from, a, NULL) == NULL &&
	    json_scan(&to, b, NULL) == NULL) {
		diff(&from, &to, &diff_default, &patch);
		is_so = span_is(buf_as_span(&patch), "[]");
	}
	json_fini(&from);
	json_fini(&to);
	buf_fini(&patch);
	return is_so;
}

/* kept: the document of this change, where one is there. */
static void
step_patch(struct rebuild *r, const struct change *change, bool is_kept)
{
	const struct err *err;

	if (r->doc != NULL) {
		err = json_scan(&r->patch, change->patch, NULL);
		if (err == NULL)
			err = patch_doc_apply(r->doc, &r->patch);
		if (err != NULL) {
			wrong(r, change->seq, err->msg);
			drop_base(r);
		}
	}
	if (r->doc != NULL && is_kept) {
		buf_clear(&r->built);
		patch_doc_write(r->doc, &r->built);
		if (!is_equal(buf_as_span(&r->built), buf_as_span(&r->kept)))
			wrong(r, change->seq,
			    change->seq == r->entity->version
				? "the document of today is not what the log "
				  "leads to"
				: "the kept document is not what the log "
				  "leads to");
	}
	if (is_kept)
		set_base(r, &r->kept);
}

static const struct err *
step(struct rebuild *r, uint64_t seq)
{
	struct change change;
	const struct err *err =
	    store_change_get(r->store, seq, &change, &r->hold);
	bool is_kept;

	if (err != NULL)
		return err;
	buf_clear(&r->kept);
	if (seq == r->entity->version)
		buf_span(&r->kept, r->entity->body);
	else
		err = store_keyframe(r->store, seq, &r->kept);
	if (err != NULL && err->code != ERR_NOT_FOUND)
		return err;
	is_kept = err == NULL && r->kept.len > 0;
	r->n_steps++;
	if (change.op == CHANGE_PATCH)
		step_patch(r, &change, is_kept);
	else if (is_kept && change.op != CHANGE_DELETE)
		set_base(r, &r->kept);
	else
		drop_base(r);
	return NULL;
}

/* The changes that the log has, and the document before them if it is kept. */
static const struct err *
gather(struct rebuild *r)
{
	uint64_t seq = r->entity->version;
	struct change change;
	const struct err *err;

	r->n = 0;
	while (seq != 0 &&
	    (err = store_change_get(r->store, seq, &change, &r->hold)) ==
		NULL) {
		r->seq = mem_grow(r->seq, r->n, &r->cap, sizeof(r->seq[0]));
		r->seq[r->n++] = seq;
		/* Where links are wrong, the tables have been told. */
		seq = change.prev < seq ? change.prev : 0;
	}
	drop_base(r);
	if (seq == 0)
		return NULL;
	if (err->code != ERR_GONE && err->code != ERR_NOT_FOUND)
		return err;
	buf_clear(&r->kept);
	err = store_keyframe(r->store, seq, &r->kept);
	if (err == NULL)
		set_base(r, &r->kept);
	return err == NULL || err->code == ERR_NOT_FOUND ? NULL : err;
}

static const struct err *
one_entity(struct rebuild *r, uint64_t eid)
{
	struct store_entity entity;
	struct buf hold = { 0 };
	const struct err *err = store_entity_at(r->store, eid, &entity, &hold);

	r->entity = &entity;
	if (err == NULL)
		err = gather(r);
	for (size_t i = r->n; i-- > 0 && err == NULL;)
		err = step(r, r->seq[i]);
	r->entity = NULL;
	drop_base(r);
	buf_fini(&hold);
	/* A change of no entity: the tables have been told. */
	return err == NULL || err->code == ERR_NOT_FOUND ? NULL : err;
}

/* --- which --------------------------------------------------------------- */

struct eids {
	uint64_t *eid;
	size_t n, cap;
};

/* A store_change_fn. */
static bool
note(const struct change *change, void *arg)
{
	struct eids *e = arg;

	e->eid = mem_grow(e->eid, e->n, &e->cap, sizeof(e->eid[0]));
	e->eid[e->n++] = change->eid;
	return true;
}

static int
by_eid(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Each entity in a view of its own: writers go on meanwhile. */
void
verify_log(struct store *s, struct report *report)
{
	struct rebuild r = { .store = s, .report = report };
	struct eids e = { 0 };
	struct buf what = { 0 };
	uint64_t n = 0;
	const struct err *err =
	    store_steps(s, (struct store_range){ 0 }, note, &e);

	if (e.n > 0)
		qsort(e.eid, e.n, sizeof(e.eid[0]), by_eid);
	for (size_t i = 0; i < e.n && err == NULL; i++) {
		if (i > 0 && e.eid[i - 1] == e.eid[i])
			continue;
		err = store_view_begin(s);
		if (err == NULL) {
			err = one_entity(&r, e.eid[i]);
			store_view_end(s);
		}
		n++;
	}
	if (err != NULL)
		report_failed(report, "rebuild", err);
	buf_printf(&what, "%llu entities through %llu changes",
	    (unsigned long long)n, (unsigned long long)r.n_steps);
	report_part(report, "rebuild", buf_cstr(&what));
	buf_fini(&what);
	buf_fini(&r.base);
	buf_fini(&r.kept);
	buf_fini(&r.built);
	buf_fini(&r.hold);
	json_fini(&r.patch);
	free(r.seq);
	free(e.eid);
}
