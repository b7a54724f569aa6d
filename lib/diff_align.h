/*
 * diff_align: which element of an old array became which of the new one.
 *
 * Floor 1.  Private to diff.
 */
#ifndef DIFF_ALIGN_H
#define DIFF_ALIGN_H

#include <stddef.h>
#include <stdint.h>

#define ALIGN_NONE UINT32_MAX

/*
 * Elements of one class look the same: the same id, or the same bytes.  n[c]
 * counts those of class c.
 */
struct align_side {
	uint32_t n_elements;
	uint32_t *class_of; /* of each element */
	uint32_t *n;        /* of each class */
	uint32_t *other; /* out: the partner of each element, or ALIGN_NONE */
};

struct align {
	struct align_side from, to;
	uint8_t *is_stable; /* out: of each element of from: keeps its order */
};

/* Room for so many elements; classes are 0, and nothing has a partner. */
void align_init(struct align *, uint32_t n_from, uint32_t n_to);
void align_fini(struct align *);

/*
 * Find partners.  other is ALIGN_NONE everywhere before, is_stable 0.  After:
 * stable elements are in the same order on both sides; a partner that is not
 * stable has to be moved.  Partners need not look the same.
 *
 * steps  in and out: comparisons that may still be spent on elements whose
 *        class is not unique; with 0 left these are paired by position
 *
 * Cost: O(n log n) beside steps.
 */
void diff_align(struct align *, size_t *steps);

#endif /* DIFF_ALIGN_H */
