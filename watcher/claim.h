/*
 * claim: which file feeds which entity of a collection.  An id belongs to the
 * file that claimed it first, until that file is gone; ids that the store has
 * and no file has claimed are deleted after the first full scan.
 *
 * Floor 3.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "list.h"
#include "span.h"
#include "table.h"

struct seen_file;

struct claim {
	struct table_node node; /* in claims.by_id */
	struct link of_file;    /* in file->claims, or claims.nobodys */
	struct seen_file *file; /* NULL: nobody's yet */
	uint64_t raw;  /* items: XXH3 of its bytes; jsonl: its newest line */
	uint32_t mark; /* for whoever walks them: met in this round */
	bool is_live;  /* the store has it */
	uint32_t id_len;
	char id[];
};

struct claims {
	struct table by_id;
	struct link nobodys;
};

void claims_init(struct claims *);
/* After the files: only nobody's are left. */
void claims_fini(struct claims *);

struct claim *claim_find(const struct claims *, struct span id);
/* Nobody's.  There must be none of that id yet. */
struct claim *claim_new(struct claims *, struct span id);
/* To the end of the file's. */
void claim_take(struct claim *, struct seen_file *);
void claim_free(struct claims *, struct claim *);

static inline struct span
claim_id(const struct claim *c)
{
	return span_of(c->id, c->id_len);
}

static inline struct claim *
claim_at(struct link *of_file)
{
	return LIST_OF(of_file, struct claim, of_file);
}

#endif /* CLAIM_H */
