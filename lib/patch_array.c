/*
 * An array under change: a sequence of runs in a treap (Seidel and Aragon
 * 1996; ordered by place, heap by a random rank), so every operation costs
 * O(log n) whatever was done before.
 *
 * A run is one element, or the raw bytes of several with their commas.  Runs
 * of at most RUN_BYTES (or one element) are made at first; splitting one
 * reads no more than it holds.
 */
#include "json.h"
#include "patch_value.h"

enum { RUN_BYTES = 2048 };

struct run {
	struct run *left, *right;
	uint64_t rank;
	uint32_t n;               /* elements here */
	uint32_t total;           /* elements here and below */
	struct patch_value value; /* raw when n > 1 */
};

struct patch_array {
	struct run *root;
};

static uint32_t
total(const struct run *r)
{
	return r == NULL ? 0 : r->total;
}

static struct run *
sum_up(struct run *r)
{
	r->total = total(r->left) + r->n + total(r->right);
	return r;
}

static struct run *
run_new(struct patch_pool *pool, uint32_t n, struct patch_value value)
{
	struct run *r = patch_pool_new(pool, sizeof(*r));

	/* xorshift64 (Marsaglia 2003). */
	pool->random ^= pool->random << 13;
	pool->random ^= pool->random >> 7;
	pool->random ^= pool->random << 17;
	r->rank = pool->random;
	r->n = n;
	r->value = value;
	return sum_up(r);
}

static struct run *
merge(struct run *a, struct run *b)
{
	if (a == NULL)
		return b;
	if (b == NULL)
		return a;
	if (a->rank > b->rank) {
		a->right = merge(a->right, b);
		return sum_up(a);
	}
	b->left = merge(a, b->left);
	return sum_up(b);
}

/* Keep the first n elements of a run, return a new one with the others. */
static struct run *
cut(struct patch_pool *pool, struct run *r, uint32_t n)
{
	const char *p = r->value.is.raw, *end = p + r->value.len;
	const char *comma = json_skip(p, end);
	struct run *behind;

	for (uint32_t i = 1; i < n; i++)
		comma = json_skip(comma + 1, end);
	pool->work += (size_t)(comma - p);
	behind = run_new(pool, r->n - n,
	    patch_value_raw(span_of(comma + 1, (size_t)(end - comma - 1))));
	r->n = n;
	r->value.len = (size_t)(comma - p);
	return behind;
}

/* Split before an index into *a and *b. */
static void
split(struct patch_pool *pool, struct run *r, uint32_t index, struct run **a,
    struct run **b)
{
	uint32_t left;

	if (r == NULL) {
		*a = *b = NULL;
		return;
	}
	left = total(r->left);
	if (index <= left) {
		split(pool, r->left, index, a, &r->left);
		*b = sum_up(r);
	} else if (index >= left + r->n) {
		split(pool, r->right, index - left - r->n, &r->right, b);
		*a = sum_up(r);
	} else {
		*b = merge(cut(pool, r, index - left), r->right);
		r->right = NULL;
		*a = sum_up(r);
	}
}

struct patch_array *
patch_array_new(struct patch_pool *pool, struct span raw)
{
	struct patch_array *a = patch_pool_new(pool, sizeof(*a));
	const char *p = raw.p + 1, *end = raw.p + raw.len - 1, *comma;

	pool->work += raw.len;
	while (p < end) {
		const char *begin = p;
		uint32_t n = 0;

		do {
			comma = json_skip(p, end);
			p = comma + 1;
			n++;
		} while (p < end && p - begin < RUN_BYTES);
		a->root = merge(a->root,
		    run_new(pool, n,
			patch_value_raw(
			    span_of(begin, (size_t)(comma - begin)))));
	}
	return a;
}

uint32_t
patch_array_count(const struct patch_array *a)
{
	return total(a->root);
}

/* The run that holds an index; *index counts within it then. */
static struct run *
run_with(struct run *r, uint32_t *index)
{
	for (;;) {
		uint32_t left = total(r->left);

		if (*index < left) {
			r = r->left;
		} else if (*index < left + r->n) {
			*index -= left;
			return r;
		} else {
			*index -= left + r->n;
			r = r->right;
		}
	}
}

struct patch_value *
patch_array_at(struct patch_pool *pool, struct patch_array *a, uint32_t index)
{
	uint32_t within = index;
	struct run *r = run_with(a->root, &within), *before, *behind;

	if (r->n > 1) {
		split(pool, a->root, index, &before, &r);
		split(pool, r, 1, &r, &behind);
		a->root = merge(before, merge(r, behind));
	}
	return &r->value;
}

void
patch_array_insert(struct patch_pool *pool, struct patch_array *a,
    uint32_t index, struct patch_value value)
{
	struct run *before, *behind;

	split(pool, a->root, index, &before, &behind);
	before = merge(before, run_new(pool, 1, value));
	a->root = merge(before, behind);
}

struct patch_value
patch_array_take(struct patch_pool *pool, struct patch_array *a, uint32_t index)
{
	struct run *before, *taken, *behind;

	split(pool, a->root, index, &before, &taken);
	split(pool, taken, 1, &taken, &behind);
	a->root = merge(before, behind);
	return taken->value;
}

static void
write_runs(const struct run *r, struct buf *out)
{
	if (r == NULL)
		return;
	write_runs(r->left, out);
	if (r->left != NULL)
		buf_byte(out, ',');
	patch_value_write(&r->value, out);
	if (r->right != NULL)
		buf_byte(out, ',');
	write_runs(r->right, out);
}

void
patch_array_write(const struct patch_array *a, struct buf *out)
{
	buf_byte(out, '[');
	write_runs(a->root, out);
	buf_byte(out, ']');
}

static unsigned
runs_height(struct patch_pool *pool, const struct run *r)
{
	unsigned here, left, right;

	if (r == NULL)
		return 0;
	here = patch_value_height(pool, &r->value);
	left = runs_height(pool, r->left);
	right = runs_height(pool, r->right);
	if (left > here)
		here = left;
	pool->work++;
	return right > here ? right : here;
}

unsigned
patch_array_height(struct patch_pool *pool, const struct patch_array *a)
{
	return runs_height(pool, a->root) + 1;
}
