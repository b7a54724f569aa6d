/*
 * fuzz_source: the bytes of a file that holds entities or a log.  The first
 * byte is the source and its settings, the second says where the file was cut
 * when it was looked at for the first time; the rest is the file.
 *
 *   items   what it comes to is what the elements of the document say
 *   jsonl   read as it grew or at once, it comes to the same entities
 *   text    the text is what stands in the file from start on, to its end
 *
 * What coll.h would put into the store is kept here instead.
 */
#include "source.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "claim.h"
#include "coll.h"
#include "fuzz.h"
#include "intake.h"
#include "json.h"
#include "key.h"
#include "mem.h"
#include "watch.h"

enum { ENTITIES_MAX = 6, LINES_MAX = 3, TEXT_TAIL = 40, LINE_BYTES = 64 };

/* --- what stands in for the collection ------------------------------------------ */

/* One entity that lives; those of a collection are a list without order. */
struct entity {
	struct buf id, body;
};

struct sink {
	struct coll coll;
	struct watch watch;
	struct config_coll conf;
	struct seen_file *file;
	struct entity entity[ENTITIES_MAX];
	size_t n;
};

static struct sink *
sink_of(struct coll *c)
{
	return LIST_OF(c, struct sink, coll);
}

static struct entity *
find(struct sink *s, struct span id)
{
	for (size_t i = 0; i < s->n; i++)
		if (span_eq(buf_as_span(&s->entity[i].id), id))
			return &s->entity[i];
	return NULL;
}

const struct err *
coll_claim(struct coll *c, struct seen_file *f, struct span id,
    struct claim **out)
{
	const struct err *err = intake_check_id(id);

	*out = claim_find(&c->claims, id);
	if (*out != NULL || err != NULL)
		return *out != NULL ? NULL : err;
	if (c->claims.by_id.n >= c->conf->entities_max)
		return err_new(ERR_LIMIT, "too many");
	*out = claim_new(&c->claims, id);
	claim_take(*out, f);
	return NULL;
}

const struct err *
coll_put(struct coll *c, struct claim *claim, const struct json *doc)
{
	struct sink *s = sink_of(c);
	struct entity *e = find(s, claim_id(claim));

	assert(doc->n_nodes > 0);
	if (e == NULL) {
		assert(s->n < ENTITIES_MAX);
		e = &s->entity[s->n++];
		buf_clear(&e->id);
		buf_span(&e->id, claim_id(claim));
	}
	buf_clear(&e->body);
	buf_span(&e->body, buf_as_span(&doc->text));
	claim->is_live = true;
	return NULL;
}

const struct err *
coll_delete(struct coll *c, struct claim *claim)
{
	struct sink *s = sink_of(c);
	struct entity *e = find(s, claim_id(claim)), last;

	if (e != NULL) {
		last = s->entity[--s->n];
		s->entity[s->n] = *e;
		if (e != &s->entity[s->n])
			*e = last;
	}
	claim_free(&c->claims, claim);
	return NULL;
}

void
coll_problem(struct coll *c, struct span id, const char *reason,
    const void *owner)
{
	assert(owner == sink_of(c)->file && id.len > 0 && *reason != '\0');
}

void
coll_solved(struct coll *c, struct span id)
{
	(void)c, (void)id;
}

void
problem_solve_all(struct problems *problems, const void *owner)
{
	(void)problems, (void)owner;
}

static void
sink_init(struct sink *s, const struct config_coll *conf)
{
	*s = (struct sink){ .conf = *conf };
	s->coll.watch = &s->watch;
	s->coll.conf = &s->conf;
	claims_init(&s->coll.claims);
	s->file = mem_new(1, sizeof(*s->file) + 1);
	list_init(&s->file->claims);
}

static void
sink_fini(struct sink *s)
{
	while (!list_is_empty(&s->file->claims))
		claim_free(&s->coll.claims, claim_at(s->file->claims.next));
	claims_fini(&s->coll.claims);
	for (size_t i = 0; i < ENTITIES_MAX; i++) {
		buf_fini(&s->entity[i].id);
		buf_fini(&s->entity[i].body);
	}
	buf_fini(&s->watch.bytes);
	buf_fini(&s->watch.text);
	json_fini(&s->watch.doc);
	json_fini(&s->watch.part);
	free(s->file->state);
	free(s->file);
}

/* --- a look at the file ------------------------------------------------------------ */

/* As the file is when it has these bytes. */
static const struct err *
look(struct sink *s, int fd, struct span bytes)
{
	struct take take = {
		.coll = &s->coll,
		.file = s->file,
		.fd = fd,
		.stat = { .ino = 1, .size = bytes.len },
		.path = span_str("file"),
		.id = span_str("file"),
		.bytes = bytes,
	};

	assert(ftruncate(fd, 0) == 0);
	assert(pwrite(fd, bytes.p, bytes.len, 0) == (ssize_t)bytes.len);
	if (s->conf.source == CONFIG_TEXT)
		assert(coll_claim(&s->coll, s->file, take.id, &take.claim) ==
		    NULL);
	return source_of[s->conf.source].take(&take);
}

static void
is_same(struct sink *a, struct sink *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		struct entity *twin = find(b, buf_as_span(&a->entity[i].id));

		assert(twin != NULL);
		assert(span_eq(buf_as_span(&a->entity[i].body),
		    buf_as_span(&twin->body)));
	}
}

/* --- properties ---------------------------------------------------------------------- */

/* The id of element or member i, whose value (or key) is at a node. */
static void
id_of(struct sink *s, const struct json *doc, uint32_t node, uint32_t i,
    struct buf *id)
{
	buf_clear(id);
	if (json_kind(doc, 0) == JSON_OBJECT)
		json_unescape(id, json_inside(json_span(doc, node)));
	else if (!key_of(&s->conf, json_span(doc, node), id))
		buf_u64(id, i);
}

/* Each element with a good id is an entity; of one id the first. */
static void
are_elements(struct sink *s, struct span bytes)
{
	struct entity *seen[ENTITIES_MAX] = { NULL };
	struct json doc = { 0 };
	struct buf id = { 0 };
	uint32_t at = 1, n;

	assert(json_scan(&doc, bytes, NULL) == NULL);
	n = doc.node[0].count;
	assert(s->n <= n);
	for (uint32_t i = 0; i < n && n <= ENTITIES_MAX; i++) {
		bool is_again = false;

		id_of(s, &doc, at, i, &id);
		at += json_kind(&doc, 0) == JSON_OBJECT;
		seen[i] = find(s, buf_as_span(&id));
		assert((seen[i] != NULL) ==
		    (intake_check_id(buf_as_span(&id)) == NULL));
		for (uint32_t j = 0; j < i; j++)
			is_again |= seen[j] == seen[i];
		if (seen[i] != NULL && !is_again)
			assert(span_eq(buf_as_span(&seen[i]->body),
			    json_span(&doc, at)));
		at = doc.node[at].next;
	}
	json_fini(&doc);
	buf_fini(&id);
}

/* From the first line that begins in the last bytes, or else the first whole
 * character. */
static size_t
tail_start(struct span bytes)
{
	size_t from = bytes.len - TEXT_TAIL;

	if (bytes.len <= TEXT_TAIL)
		return 0;
	for (size_t at = from; at < bytes.len; at++)
		if (bytes.p[at - 1] == '\n')
			return at;
	while (from < bytes.len && (bytes.p[from] & 0xc0) == 0x80)
		from++;
	return from;
}

/* {"text":"…","start":N} */
static void
is_tail(struct sink *s, struct span bytes)
{
	struct json doc = { 0 };
	struct buf want = { 0 };
	struct span start_text;
	size_t start = 0;

	assert(s->n == 1);
	assert(json_scan(&doc, buf_as_span(&s->entity[0].body), NULL) == NULL);
	start_text = json_span(&doc, json_member(&doc, 0, span_str("start")));
	for (size_t i = 0; i < start_text.len; i++)
		start = start * 10 + (size_t)(start_text.p[i] - '0');
	assert(start == tail_start(bytes));
	json_quote(&want, span_of(bytes.p + start, bytes.len - start));
	assert(span_eq(buf_as_span(&want),
	    json_span(&doc, json_member(&doc, 0, span_str("text")))));
	json_fini(&doc);
	buf_fini(&want);
}

static void
check(const struct config_coll *conf, struct span bytes, size_t cut)
{
	struct sink *grown = mem_new(2, sizeof(*grown)), *fresh = grown + 1;
	int fd = memfd_create("source", MFD_CLOEXEC);
	const struct err *err;

	assert(fd >= 0);
	sink_init(grown, conf);
	sink_init(fresh, conf);
	/* Half a document is an error, and the next look mends it. */
	(void)!look(grown, fd, span_of(bytes.p, cut));
	err = look(grown, fd, bytes);
	assert((look(fresh, fd, bytes) == NULL) == (err == NULL));
	if (err == NULL && conf->source == CONFIG_ITEMS)
		are_elements(fresh, bytes);
	if (err == NULL && conf->source == CONFIG_TEXT)
		is_tail(fresh, bytes);
	/* Which ones a full collection takes depends on when they came. */
	if (err == NULL && fresh->coll.claims.by_id.n < ENTITIES_MAX &&
	    grown->coll.claims.by_id.n < ENTITIES_MAX)
		is_same(grown, fresh);
	sink_fini(grown);
	sink_fini(fresh);
	free(grown);
	(void)close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const enum config_source kinds[] = { CONFIG_ITEMS, CONFIG_JSONL,
		CONFIG_JSONL, CONFIG_TEXT };
	char empty[] = "", name[] = "id", *names[] = { name };
	struct config_coll conf = {
		.items = empty,
		.entities_max = ENTITIES_MAX,
		.file_bytes_max = LINE_BYTES,
		.tail_bytes = TEXT_TAIL,
		.lines_max = LINES_MAX,
	};

	if (n < 2)
		return 0;
	conf.source = kinds[bytes[0] % 4];
	if (bytes[0] % 4 == 2)
		conf.key = (struct config_names){ names, 1 };
	n -= 2;
	check(&conf, span_of((const char *)bytes + 2, n), bytes[1] * n / 255);
	return 0;
}
