/*
 * jsonl: each complete line of the file is an entity.  With key fields, its id
 * is the one that it carries, and the newest line of an id counts; else it is
 * "<id of the file>/<number of the line, 8 digits>", and of each file the
 * newest lines_max are kept.  A line that is not JSON is a problem, and is
 * passed over.
 *
 * A file that has grown, with the bytes before its new part as they were, is
 * read on from there, each line a change.  Any other one is read from its
 * beginning, and only what it comes to is compared with what is known: so a
 * restart, or a file that was rotated, repeats no history.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "claim.h"
#include "coll.h"
#include "json.h"
#include "key.h"
#include "mem.h"
#include "source.h"
#include "watch.h"

enum {
	JSONL_READ_BYTES = 256 << 10,
	JSONL_CHECK_BYTES = 256, /* before the new part: to know the file by */
	JSONL_PROBLEMS_MAX = 100 /* that are listed of one file */
};

/* How far a file was read; seen_file.state. */
struct jsonl {
	uint64_t ino;
	uint64_t offset; /* behind the last complete line */
	uint64_t line;   /* its number */
	uint64_t check;  /* XXH3 of what is before offset */
	uint32_t n_problems;
};

/* --- lines --------------------------------------------------------------- */

struct lines {
	int fd;
	struct buf *buf;
	uint64_t at, end; /* of what is still to be read */
	size_t pos;       /* of the next line in buf */
	size_t bytes_max; /* of a line */
	uint64_t offset;  /* as in struct jsonl */
	uint64_t line;
	bool is_cut; /* the line is longer, and buf has none of it any more */
};

static struct lines
lines_of(const struct take *take, uint64_t offset, uint64_t line)
{
	struct lines l = {
		.fd = take->fd,
		.buf = &take->coll->watch->bytes,
		.at = offset,
		.end = take->stat.size,
		.bytes_max = take->coll->conf->file_bytes_max,
		.offset = offset,
		.line = line,
	};

	buf_clear(l.buf);
	return l;
}

/* Read more behind the beginning of a line; false at the end. */
static bool
fill(struct lines *l, const struct err **err)
{
	size_t left = l->buf->len - l->pos, want = JSONL_READ_BYTES;
	ssize_t n;

	if (left > l->bytes_max || l->is_cut) {
		l->is_cut = true;
		left = 0;
	} else if (left > 0 && l->pos > 0) {
		memmove(l->buf->data, l->buf->data + l->pos, left);
	}
	buf_cut(l->buf, left);
	l->pos = 0;
	if (want > l->end - l->at)
		want = l->end - l->at;
	if (want == 0)
		return false;
	n = pread(l->fd, buf_room(l->buf, want), want, (off_t)l->at);
	if (n < 0)
		*err = err_sys("it cannot be read");
	if (n <= 0)
		return false;
	l->buf->len += (size_t)n;
	l->at += (size_t)n;
	return true;
}

/* The next complete line; false when there is none, or an error. */
static bool
lines_next(struct lines *l, struct span *line, const struct err **err)
{
	size_t from = l->pos; /* where a newline may be */
	const char *end;

	for (;;) {
		end = l->buf->len == from
		    ? NULL
		    : memchr(l->buf->data + from, '\n', l->buf->len - from);
		if (end != NULL)
			break;
		from = l->buf->len - l->pos;
		if (!fill(l, err))
			return false;
		if (l->is_cut)
			from = 0;
	}
	*line = span_of(l->buf->data + l->pos,
	    (size_t)(end - l->buf->data) - l->pos);
	l->pos = (size_t)(end + 1 - l->buf->data);
	l->offset = l->at - (l->buf->len - l->pos);
	l->line++;
	return true;
}

static bool
is_blank(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (strchr(" \t\r", line.p[i]) == NULL)
			return false;
	return true;
}

/* --- one line ------------------------------------------------------------ */

/* What is done with the lines of a file. */
struct reading {
	struct take *take;
	struct jsonl *state;
	uint32_t mark;     /* of the claims of this reading */
	bool is_collapsed; /* only the newest line of an id counts */
	bool is_noting;    /* … and first it is noted which that is */
	uint64_t after;    /* pass over lines up to this one */
};

static bool
has_key(const struct take *take)
{
	return take->coll->conf->key.n > 0;
}

static void
line_id(const struct take *take, uint64_t line, struct buf *id)
{
	buf_clear(id);
	buf_span(id, take->id);
	buf_printf(id, "/%08llu", (unsigned long long)line);
}

static void
line_problem(struct reading *r, uint64_t line, const char *reason)
{
	struct buf id = { 0 }, text = { 0 };

	if (r->is_noting || r->state->n_problems >= JSONL_PROBLEMS_MAX)
		return;
	r->state->n_problems++;
	line_id(r->take, line, &id);
	buf_printf(&text, "line %llu of the file: %s%s",
	    (unsigned long long)line, reason,
	    r->state->n_problems == JSONL_PROBLEMS_MAX
		? " (what else is wrong in it is not listed)"
		: "");
	coll_problem(r->take->coll, buf_as_span(&id), buf_cstr(&text),
	    r->take->file);
	buf_fini(&id);
	buf_fini(&text);
}

/* The claim of the line in w->doc; NULL when that is a problem. */
static struct claim *
claim_line(struct reading *r, uint64_t line)
{
	struct take *take = r->take;
	struct watch *w = take->coll->watch;
	struct claim *claim = NULL;
	const struct err *err;

	if (!has_key(take)) {
		line_id(take, line, &w->text);
	} else if (!key_of(take->coll->conf, buf_as_span(&w->doc.text),
		       &w->text)) {
		line_problem(r, line, "a key field is missing");
		return NULL;
	}
	err = coll_claim(take->coll, take->file, buf_as_span(&w->text), &claim);
	if (err != NULL)
		line_problem(r, line, err->msg);
	return err != NULL ? NULL : claim;
}

static const struct err *
take_line(struct reading *r, const struct lines *at, struct span line)
{
	struct watch *w = r->take->coll->watch;
	struct json_fault fault = { 0 };
	const struct err *err;
	struct claim *claim;
	char reason[128];

	if (at->is_cut || line.len > at->bytes_max) {
		line_problem(r, at->line, "it is too long (max_file_bytes)");
		return NULL;
	}
	if (is_blank(line))
		return NULL;
	err = json_scan(&w->doc, line, &fault);
	if (err != NULL) {
		(void)snprintf(reason, sizeof(reason), "column %zu: %s",
		    fault.column, fault.reason);
		line_problem(r, at->line, reason);
		return NULL;
	}
	claim = claim_line(r, at->line);
	if (claim == NULL)
		return NULL;
	claim->mark = r->mark;
	if (r->is_noting)
		claim->raw = at->line;
	if (r->is_noting || (r->is_collapsed && claim->raw != at->line))
		return NULL;
	return coll_put(r->take->coll, claim, &w->doc);
}

/* Without keys: the oldest one goes when a new one comes. */
static const struct err *
drop_line(struct reading *r, uint64_t line)
{
	struct coll *c = r->take->coll;
	struct claim *claim;

	line_id(r->take, line, &c->watch->text);
	coll_solved(c, buf_as_span(&c->watch->text));
	claim = claim_find(&c->claims, buf_as_span(&c->watch->text));
	return claim == NULL ? NULL : coll_delete(c, claim);
}

/* --- the file ------------------------------------------------------------ */

/* From where l stands to the end. */
static const struct err *
take_lines(struct reading *r, struct lines *l)
{
	uint32_t kept = r->take->coll->conf->lines_max;
	const struct err *err = NULL;
	struct span line;

	while (err == NULL && lines_next(l, &line, &err)) {
		if (l->line > r->after)
			err = take_line(r, l, line);
		l->is_cut = false;
		if (err == NULL && !has_key(r->take) && r->after == 0 &&
		    l->line > kept)
			err = drop_line(r, l->line - kept);
	}
	return err;
}

static const struct err *
count_lines(const struct take *take, uint64_t *n)
{
	struct lines l = lines_of(take, 0, 0);
	const struct err *err = NULL;
	struct span line;

	while (lines_next(&l, &line, &err))
		l.is_cut = false;
	*n = l.line;
	return err;
}

/* Sets where the file was read to. */
static const struct err *
take_all(struct reading *r, struct lines *l)
{
	struct take *take = r->take;
	uint32_t kept = take->coll->conf->lines_max;
	const struct err *err;
	uint64_t n;

	r->mark = ++take->coll->mark;
	r->is_collapsed = has_key(take);
	problem_solve_all(&take->coll->watch->problems, take->file);
	if (has_key(take)) {
		r->is_noting = true;
		*l = lines_of(take, 0, 0);
		err = take_lines(r, l);
		r->is_noting = false;
	} else {
		err = count_lines(take, &n);
		r->after = n > kept ? n - kept : 0;
	}
	if (err != NULL)
		return err;
	*l = lines_of(take, 0, 0);
	err = take_lines(r, l);
	return err != NULL ? err : take_sweep(take, r->mark);
}

/* XXH3 of what is just before an offset; 0 when it cannot be read. */
static uint64_t
check_of(int fd, uint64_t offset)
{
	char bytes[JSONL_CHECK_BYTES];
	size_t want = offset < sizeof(bytes) ? offset : sizeof(bytes);
	ssize_t n = pread(fd, bytes, want, (off_t)(offset - want));

	return n == (ssize_t)want ? XXH3_64bits(bytes, want) : 0;
}

const struct err *
source_jsonl_take(struct take *take)
{
	struct jsonl *state = take->file->state;
	struct reading r = { .take = take };
	struct lines l;
	const struct err *err;

	if (state == NULL)
		take->file->state = state = mem_new(1, sizeof(*state));
	r.state = state;
	if (state->ino == take->stat.ino && state->offset > 0 &&
	    state->offset <= take->stat.size &&
	    state->check == check_of(take->fd, state->offset)) {
		l = lines_of(take, state->offset, state->line);
		err = take_lines(&r, &l);
	} else {
		*state = (struct jsonl){ 0 };
		err = take_all(&r, &l);
	}
	if (err != NULL) {
		state->ino = 0; /* from the beginning, the next time */
		return err;
	}
	/* So, too, when a line was left out that may be taken then. */
	state->ino = take->file->is_waiting ? 0 : take->stat.ino;
	state->offset = l.offset;
	state->line = l.line;
	state->check = check_of(take->fd, l.offset);
	return NULL;
}
