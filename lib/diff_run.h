/*
 * diff_run: what the files of diff share.  diff.c walks values and objects
 * and writes operations, diff_array.c arrays (aligned by diff_align.c),
 * diff_text.c strings, with diff_lines.c where these have lines.
 *
 * Every function here appends operations that, applied in sequence after
 * those already written, turn the value at the path into the new one; or
 * gives up by setting is_over, and the nearest caller of its kind,
 * diff_value(), writes a replace instead.
 *
 * Floor 1.  Private to diff.
 */
#ifndef DIFF_RUN_H
#define DIFF_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "diff.h"
#include "json.h"
#include "span.h"

struct diff_run {
	const struct json *from, *to;
	const struct diff_options *options;
	struct buf *out;
	size_t start;    /* where in out the first operation begins */
	size_t limit;    /* beyond this length of out, a replace is shorter */
	bool is_over;    /* the limit was passed: whoever set it cuts back */
	size_t steps;    /* what diff_align() may still spend */
	struct buf path; /* of the value under comparison, as a pointer */
};

/* The differences of two values, by the index of their nodes. */
void diff_value(struct diff_run *, uint32_t from, uint32_t to);
void diff_array(struct diff_run *, uint32_t from, uint32_t to);
void diff_text(struct diff_run *, struct span from, struct span to);

/* The part of a string that begins at unit `at` changes in one place. */
void diff_text_once(struct diff_run *, struct span from, struct span to,
    size_t at);

/*
 * A string changes in several places, line by line.  head, tail: so many bytes
 * at both ends, up to a boundary, are the same.  False, and nothing is
 * appended, when that is no shorter.
 */
bool diff_lines(struct diff_run *, struct span from, struct span to,
    size_t head, size_t tail);

/* One operation on the path of the run. */
void diff_op_add(struct diff_run *, struct span value);
void diff_op_remove(struct diff_run *);
void diff_op_del(struct diff_run *, size_t pos, size_t len);
void diff_op_ins(struct diff_run *, size_t pos, struct span inside);

/* Move an element of the array at the path.  to counts without it. */
void diff_op_move(struct diff_run *, uint32_t from, uint32_t to);

#endif /* DIFF_RUN_H */
