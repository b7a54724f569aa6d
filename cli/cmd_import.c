/*
 * tidemark import: what export has written becomes a database: of the same
 * epoch, with the same seqs, so that a cursor is good in both.  The lines are
 * told in cmd_export.c.
 *
 * One transaction: it is all there, or nothing is.  What is there already is
 * passed over, so the same lines twice do nothing, and later ones continue.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "bell.h"
#include "buf.h"
#include "cmd.h"
#include "config.h"
#include "cursor.h"
#include "intake.h"
#include "json.h"
#include "out.h"
#include "patch.h"
#include "store.h"
#include "store_restore.h"
#include "walltime.h"

struct import {
	struct base *base;
	struct store *store;
	FILE *in;
	char *line;
	size_t cap;
	uint64_t n_lines;
	struct json doc; /* the line */

	uint64_t epoch, from, head; /* of the first line */
	bool has_state;
	bool is_known; /* the database had its state before */
	bool is_over;
	uint64_t n_entities, n_changes, n_new;

	struct buf id, hold, body;
	struct buf dropped; /* cids */
	struct json patch;
};

/* --- a line -------------------------------------------------------------- */

static const struct err *
bad(const char *what, const char *name)
{
	return err_new(ERR_PARSE, "%s: %s", name, what);
}

static uint32_t
node_of(const struct import *m, const char *name, enum json_kind kind)
{
	uint32_t node = json_member(&m->doc, 0, span_str(name));

	return node != 0 && json_kind(&m->doc, node) == kind ? node : 0;
}

static bool
has(const struct import *m, const char *name)
{
	return json_member(&m->doc, 0, span_str(name)) != 0;
}

static bool
is_true(const struct import *m, const char *name)
{
	return node_of(m, name, JSON_TRUE) != 0;
}

/* A string, decoded; empty when there is none. */
static void
text_of(const struct import *m, const char *name, struct buf *text)
{
	uint32_t node = node_of(m, name, JSON_STRING);

	buf_clear(text);
	if (node != 0)
		json_unescape(text, json_inside(json_span(&m->doc, node)));
}

static const struct err *
number_of(const struct import *m, const char *name, uint64_t *n)
{
	uint32_t node = node_of(m, name, JSON_NUMBER);
	struct span text =
	    node != 0 ? json_span(&m->doc, node) : span_of("", 0);

	*n = 0;
	if (text.len == 0)
		return bad("a number is missing", name);
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || *n > CURSOR_SEQ_MAX)
			return bad("it is no seq", name);
		*n = *n * 10 + (uint64_t)(text.p[i] - '0');
	}
	return *n > CURSOR_SEQ_MAX ? bad("it is no seq", name) : NULL;
}

static const struct err *
time_of(const struct import *m, const char *name, struct walltime *at)
{
	struct buf text = { 0 };
	bool is_time;

	text_of(m, name, &text);
	is_time = walltime_parse(buf_as_span(&text), at);
	buf_fini(&text);
	return is_time ? NULL : bad("a time is missing", name);
}

/* False at the end of the input. */
static bool
next_line(struct import *m, const struct err **err)
{
	ssize_t n;

	errno = 0;
	n = getline(&m->line, &m->cap, m->in);
	if (n < 0) {
		if (errno != 0)
			*err = err_sys("cannot read");
		return false;
	}
	m->n_lines++;
	*err = json_scan(&m->doc, span_of(m->line, (size_t)n), NULL);
	if (*err == NULL && json_kind(&m->doc, 0) != JSON_OBJECT)
		*err = err_new(ERR_PARSE, "it is no object");
	return *err == NULL;
}

/* --- kinds of lines ------------------------------------------------------ */

static const struct err *
take_head(struct import *m)
{
	struct cursor cursor;
	struct buf text = { 0 };
	uint64_t version;
	const struct err *err = number_of(m, "export", &version);

	if (err != NULL || version != 1)
		return err_new(ERR_PARSE, "it is not what export writes");
	if (!is_true(m, "whole"))
		return err_new(ERR_PARSE,
		    "it is a part only, which makes no database");
	text_of(m, "epoch", &text);
	buf_str(&text, ".0");
	err = cursor_parse(buf_as_span(&text), &cursor);
	buf_fini(&text);
	if (err != NULL || cursor.epoch == 0)
		return bad("it is none", "epoch");
	m->epoch = cursor.epoch;
	m->has_state = node_of(m, "state", JSON_NUMBER) != 0;
	err = number_of(m, m->has_state ? "state" : "after", &m->from);
	return err != NULL ? err : number_of(m, "head", &m->head);
}

/* Does the database go on from here? */
static const struct err *
take_over(struct import *m)
{
	struct store_state state;
	bool is_empty;
	const struct err *err = store_state(m->store, &state);

	if (err == NULL)
		err = store_is_empty(m->store, &is_empty);
	if (err != NULL)
		return err;
	m->is_known = state.epoch == m->epoch;
	if (m->is_known && state.head >= m->from)
		return NULL;
	if (m->is_known)
		return err_new(ERR_CONFLICT,
		    "it goes on from %llu, but the database ends at %llu",
		    (unsigned long long)m->from,
		    (unsigned long long)state.head);
	if (!is_empty)
		return err_new(ERR_CONFLICT,
		    "the database has a log of its own (epoch %016llx)",
		    (unsigned long long)state.epoch);
	if (!m->has_state)
		return err_new(ERR_CONFLICT,
		    "it goes on from %llu, but the database is empty",
		    (unsigned long long)m->from);
	return store_restore(m->store, m->epoch, m->from);
}

static const struct err *
take_coll(struct import *m)
{
	struct buf name = { 0 }, source = { 0 };
	uint32_t cid;
	const struct err *err = NULL;

	text_of(m, "collection", &name);
	text_of(m, "source", &source);
	if (!config_is_coll_name(buf_cstr(&name)) ||
	    strlen(buf_cstr(&name)) != name.len)
		err = bad("it is no name", "collection");
	/* Of a database that has gone on, whether it is there is known. */
	if (err == NULL && !(m->is_known && is_true(m, "dropped")))
		err = store_coll_make(m->store, buf_as_span(&name),
		    span_is(buf_as_span(&source), "files"), &cid);
	if (err == NULL && !m->is_known && is_true(m, "dropped"))
		buf_add(&m->dropped, &cid, sizeof(cid));
	buf_fini(&name);
	buf_fini(&source);
	return err;
}

static const struct err *
find_coll(struct import *m, uint32_t *cid)
{
	struct store_coll coll;
	struct buf name = { 0 };
	const struct err *err;

	text_of(m, "collection", &name);
	err = store_coll_ever(m->store, buf_as_span(&name), &coll);
	if (err == NULL)
		*cid = coll.cid;
	else if (err->code == ERR_NOT_FOUND)
		err = bad("no line has named it", "collection");
	buf_fini(&name);
	if (err != NULL)
		return err;
	text_of(m, "id", &m->id);
	err = intake_check_id(buf_as_span(&m->id));
	return err;
}

static const struct err *
take_entity(struct import *m)
{
	struct store_entity e = { 0 };
	uint32_t data = json_member(&m->doc, 0, span_str("data"));
	uint32_t cid = 0;
	const struct err *err = find_coll(m, &cid);

	m->n_entities++;
	if (err == NULL)
		err = number_of(m, "version", &e.version);
	if (err == NULL)
		err = time_of(m, "updated", &e.updated);
	if (err != NULL || m->is_known)
		return err;
	e.id = buf_as_span(&m->id);
	e.body = json_span(&m->doc, data);
	m->n_new++;
	return store_restore_entity(m->store, cid, &e);
}

/* --- changes ------------------------------------------------------------- */

/* The entity as it is, for whatever is not its first change. */
static const struct err *
find_entity(struct import *m, struct change *change, struct span *body)
{
	struct store_entity e;
	const struct err *err =
	    store_entity_get(m->store, change->cid, change->id, &e, &m->hold);

	*body = span_of("", 0);
	if (err != NULL && err->code == ERR_NOT_FOUND)
		return change->op == CHANGE_CREATE
		    ? NULL
		    : err_new(ERR_CONFLICT, "%.*s is not there",
			  SPAN_ARGS(change->id));
	if (err != NULL)
		return err;
	change->eid = e.eid;
	if (change->op == CHANGE_CREATE)
		change->prev = e.version;
	*body = e.body;
	return NULL;
}

/* body: in: as it is, out: as it will be. */
static const struct err *
new_body(struct import *m, struct change *change, struct span *body)
{
	uint32_t data = json_member(&m->doc, 0, span_str("data"));
	uint32_t patch = json_member(&m->doc, 0, span_str("patch"));
	const struct err *err;

	if (change->op == CHANGE_DELETE) {
		*body = span_of("", 0);
		return NULL;
	}
	if (change->op != CHANGE_PATCH) {
		*body = data != 0 ? json_span(&m->doc, data) : span_of("", 0);
		return data != 0 ? NULL : bad("it is missing", "data");
	}
	if (patch == 0 || body->len == 0)
		return bad("there is none, or nothing to apply it to", "patch");
	change->patch = json_span(&m->doc, patch);
	buf_clear(&m->body);
	err = json_scan(&m->patch, change->patch, NULL);
	if (err == NULL)
		err = patch_apply(*body, &m->patch, &m->body);
	*body = buf_as_span(&m->body);
	return err;
}

static const struct err *
op_of(const struct import *m, struct change *change)
{
	struct buf op = { 0 };
	const struct err *err = number_of(m, "base", &change->prev);

	text_of(m, "op", &op);
	if (err != NULL)
		change->op = 0;
	else if (span_is(buf_as_span(&op), "put"))
		change->op = change->prev == 0 ? CHANGE_CREATE : CHANGE_PUT;
	else if (span_is(buf_as_span(&op), "patch"))
		change->op = CHANGE_PATCH;
	else if (span_is(buf_as_span(&op), "delete"))
		change->op = CHANGE_DELETE;
	else
		err = bad("it is none", "op");
	buf_fini(&op);
	return err;
}

static const struct err *
append(struct import *m, struct change *change)
{
	struct buf actor = { 0 }, mutation = { 0 };
	struct span body;
	const struct err *err = find_entity(m, change, &body);

	text_of(m, "actor", &actor);
	text_of(m, "mutation", &mutation);
	change->actor = span_of(buf_cstr(&actor), actor.len);
	change->mutation = span_of(buf_cstr(&mutation), mutation.len);
	if (err == NULL)
		err = new_body(m, change, &body);
	if (err == NULL)
		err = store_append(m->store, change, body, NULL);
	m->n_new++;
	buf_fini(&actor);
	buf_fini(&mutation);
	return err;
}

static const struct err *
take_change(struct import *m)
{
	struct change change = { 0 };
	struct store_state state = { 0 };
	const struct err *err = find_coll(m, &change.cid);

	m->n_changes++;
	if (err == NULL)
		err = number_of(m, "seq", &change.seq);
	if (err == NULL)
		err = time_of(m, "at", &change.at);
	if (err == NULL)
		err = op_of(m, &change);
	if (err == NULL)
		err = store_state(m->store, &state);
	/* The same change twice is nothing. */
	if (err != NULL || (change.seq != 0 && change.seq <= state.head))
		return err;
	if (change.seq == 0)
		return bad("it is none", "seq");
	change.id = buf_as_span(&m->id);
	return append(m, &change);
}

static const struct err *
take_end(struct import *m)
{
	uint64_t entities, changes;
	struct store_state state;
	const struct err *err = number_of(m, "entities", &entities);

	m->is_over = true;
	if (err == NULL)
		err = number_of(m, "changes", &changes);
	if (err == NULL)
		err = store_state(m->store, &state);
	if (err != NULL)
		return err;
	if (entities != m->n_entities || changes != m->n_changes ||
	    state.head < m->head)
		return err_new(ERR_PARSE, "lines are missing");
	return NULL;
}

static const struct err *
take_line(struct import *m)
{
	if (m->is_over)
		return err_new(ERR_PARSE, "it is behind the end");
	if (has(m, "op"))
		return take_change(m);
	if (has(m, "data"))
		return take_entity(m);
	if (has(m, "source"))
		return take_coll(m);
	if (has(m, "end"))
		return take_end(m);
	return err_new(ERR_PARSE, "it is not what export writes");
}

/* --- all of them --------------------------------------------------------- */

static const struct err *
drop_colls(struct import *m)
{
	const struct err *err = NULL;
	uint32_t cid;

	for (size_t i = 0; i < m->dropped.len && err == NULL;
	     i += sizeof(cid)) {
		memcpy(&cid, m->dropped.data + i, sizeof(cid));
		err = store_coll_drop(m->store, cid);
	}
	return err;
}

static const struct err *
take_all(struct import *m)
{
	const struct err *err = NULL;

	if (next_line(m, &err))
		err = take_head(m);
	else if (err == NULL)
		err = err_new(ERR_PARSE, "there is nothing");
	if (err == NULL)
		err = take_over(m);
	while (err == NULL && next_line(m, &err))
		err = take_line(m);
	if (err == NULL && !m->is_over)
		err = err_new(ERR_PARSE, "the end is missing behind it");
	if (err == NULL)
		err = drop_colls(m);
	/* Wrong input is trouble, not wrong usage. */
	return err == NULL ? NULL
			   : err_new(ERR_PARSE, "line %llu: %s",
				 (unsigned long long)m->n_lines, err->msg);
}

static const struct err *
import(struct import *m)
{
	struct store_state state;
	const struct err *err = store_begin(m->store);

	if (err != NULL)
		return err;
	err = take_all(m);
	if (err == NULL)
		err = store_commit(m->store, &state);
	else
		store_rollback(m->store);
	return err != NULL
	    ? err
	    : bell_strike(m->base->bell, state.epoch, state.head);
}

/* --- where to ------------------------------------------------------------ */

/* What is no database of ours is not opened to write. */
static const struct err *
open_to_write(struct base *base)
{
	bool is_alone = false;
	const struct err *err = NULL;

	if (access(base->path, F_OK) == 0)
		err = base_open_found(base);
	if (err == NULL || err->code == ERR_UNAVAILABLE)
		err = base_open_to_write(base, &is_alone);
	if (err == NULL && !is_alone)
		err = err_new(ERR_CONFLICT,
		    "a watcher is watching this project: stop it first");
	return err;
}

static void
remove_files(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-bell" };
	struct buf name = { 0 };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		buf_clear(&name);
		buf_printf(&name, "%s%s", path, suffixes[i]);
		/* Not each one is there. */
		(void)unlink(buf_cstr(&name));
	}
	buf_fini(&name);
}

static void
tell(const struct import *m, struct out *out)
{
	struct buf text = { 0 };

	buf_printf(&text,
	    out->is_json ? "{\"entities\":%llu,\"changes\":%llu,\"new\":%llu}"
			 : "%llu entities, %llu changes; %llu of them were new",
	    (unsigned long long)m->n_entities, (unsigned long long)m->n_changes,
	    (unsigned long long)m->n_new);
	(void)out_line(out, &text);
	buf_fini(&text);
}

static void
fini(struct import *m)
{
	if (m->in != NULL && m->in != stdin)
		(void)fclose(m->in); /* was read only */
	free(m->line);
	json_fini(&m->doc);
	json_fini(&m->patch);
	buf_fini(&m->id);
	buf_fini(&m->hold);
	buf_fini(&m->body);
	buf_fini(&m->dropped);
}

static const struct err *
run(struct cmd_call *call)
{
	struct base base = { 0 };
	struct import m = { .base = &base, .in = stdin };
	struct place place = *call->place;
	bool is_new = false;
	const struct err *err;

	place.may_be_new = true;
	if (call->n_args > 0)
		m.in = fopen(call->arg[0], "re");
	err = m.in == NULL ? err_sys("%s", call->arg[0])
			   : base_find(&base, &place);
	if (err == NULL) {
		assert(base.path != NULL); /* it was found */
		is_new = access(base.path, F_OK) != 0;
		err = open_to_write(&base);
		m.store = base.store;
	}
	if (err == NULL)
		err = import(&m);
	if (err == NULL)
		tell(&m, call->out);
	else if (is_new && base.store != NULL)
		remove_files(base.path);
	base_close(&base);
	fini(&m);
	return err;
}

static const struct cmd_option options[] = { { 0 } };

const struct cmd cmd_import = {
	.name = "import",
	.summary = "make a database of what export has written",
	.synopsis = "[options] [FILE]",
	.text =
	    "Reads FILE, or stdin, into a database that is new or empty, which\n"
	    "then has the same epoch, documents, versions and log: a cursor is\n"
	    "good in both.  Into a database of the same epoch only what is not\n"
	    "there yet is taken, so the same lines twice do nothing, and what\n"
	    "export --log --since has written continues it.\n"
	    "\n"
	    "All of it is taken, or, when a line is wrong, nothing: the error\n"
	    "names the line.  A watcher must not run.  Do not let two databases\n"
	    "of one epoch both go on by themselves: cursors would mean two\n"
	    "things.\n",
	.examples = "  tidemark export --log | tidemark import -d copy.db\n"
		    "  zcat backup.gz | tidemark import -d /srv/state\n",
	.options = options,
	.args_max = 1,
	.run = run,
};
