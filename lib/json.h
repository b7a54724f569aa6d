/*
 * json: a strict scanner.  One pass over bytes from outside validates them
 * (RFC 8259; UTF-8 as in RFC 3629; no duplicate keys and no lone surrogates,
 * as I-JSON, RFC 7493, asks), writes them again in canonical form and leaves
 * a tape: one node a value, in document order.
 *
 * Canonical form: no white space; strings with the shortest escapes (\" \\ \b
 * \f \n \r \t, else \u00xx in lower case for control characters, all else as
 * UTF-8); number text and key order as written.  Two values with equal
 * canonical bytes are the same value.
 *
 * Floor 1.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "span.h"

enum { JSON_DEPTH_MAX = 64, JSON_BYTES_MAX = 16 << 20 };

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
	JSON__MAX
};

/*
 * An array is followed by its elements; an object by key, value, key, value…
 * where a key is a JSON_STRING node.  next skips over a whole subtree.
 */
struct json_node {
	uint32_t pos;        /* first byte in text */
	uint32_t len;        /* bytes in text; a string's has its quotes */
	uint32_t next;       /* index of the first node behind this value */
	uint32_t kind : 3;   /* enum json_kind */
	uint32_t count : 29; /* elements or members; else 0 */
};

/* {0} is an empty one; the memory is kept from scan to scan. */
struct json {
	struct buf text;        /* canonical bytes */
	struct json_node *node; /* node[0] is the root */
	uint32_t n_nodes;
	size_t cap_nodes;
};

/* Where and why a scan failed; lines and columns count from 1, in bytes. */
struct json_fault {
	size_t offset;
	size_t line, column;
	const char *reason; /* static */
};

void json_fini(struct json *);

/*
 * Scan exactly one value, with white space around it.  bytes are borrowed for
 * the call only.
 *
 * fault  out: filled on failure; may be NULL
 *
 * NULL; ERR_PARSE or (too long, too deep) ERR_LIMIT, whose text reads
 * "line 3, column 7: reason".  The tape is empty then.
 */
const struct err *json_scan(struct json *, struct span bytes,
    struct json_fault *fault) MUST_CHECK;

/* The canonical bytes of a node; borrowed from the tape. */
static inline struct span
json_span(const struct json *doc, uint32_t i)
{
	return span_of(doc->text.data + doc->node[i].pos, doc->node[i].len);
}

static inline enum json_kind
json_kind(const struct json *doc, uint32_t i)
{
	return (enum json_kind)doc->node[i].kind;
}

/* A string without its quotes, still escaped.  Also good for a key. */
static inline struct span
json_inside(struct span quoted)
{
	return span_of(quoted.p + 1, quoted.len - 2);
}

/*
 * The value node of a member, by its key in canonical form without quotes; 0
 * (which is never a member) when there is none.
 */
uint32_t json_member(const struct json *, uint32_t object, struct span key);

/*
 * Append text as a canonical JSON string, with quotes.  Bytes that are not
 * UTF-8 become U+FFFD.
 */
void json_quote(struct buf *, struct span text);

/* The same without the quotes. */
void json_escape(struct buf *, struct span text);

/* Append what a canonical string (without its quotes) stands for. */
void json_unescape(struct buf *, struct span inside);

/*
 * The end of the value that begins at p, in canonical bytes up to end that are
 * known to be good; how a reader walks a stored body without a tape.
 */
const char *json_skip(const char *p, const char *end);

#endif /* JSON_H */
