#include "feed_kept.h"

#include <stdlib.h>
#include <xxhash.h>

#include "buf.h"
#include "mem.h"

enum {
	HALVES = 2,
	/* Most patches are that short, with all that stands around them. */
	BYTES_A_SLOT = 256,
	SLOTS_MIN = 16,
};

struct slot {
	struct feed_kept_key key;
	size_t at; /* of the patch in text, + 1; 0: the slot is free */
	size_t len;
	size_t cost;
};

struct half {
	struct slot *slot; /* NULL: nothing was ever kept */
	size_t n;
	struct buf text;
};

struct feed_kept {
	struct half half[HALVES];
	int newer;         /* which takes what is new */
	size_t n_slots;    /* of each half; a power of two */
	size_t text_bytes; /* most of each */
};

struct feed_kept *
feed_kept_new(size_t bytes)
{
	struct feed_kept *kept = mem_new(1, sizeof(*kept));
	size_t half = bytes / HALVES;

	kept->n_slots = SLOTS_MIN;
	while (kept->n_slots * BYTES_A_SLOT * 2 <= half)
		kept->n_slots *= 2;
	if (half > kept->n_slots * sizeof(struct slot))
		kept->text_bytes = half - kept->n_slots * sizeof(struct slot);
	return kept;
}

void
feed_kept_free(struct feed_kept *kept)
{
	if (kept == NULL)
		return;
	for (int i = 0; i < HALVES; i++) {
		free(kept->half[i].slot);
		buf_fini(&kept->half[i].text);
	}
	free(kept);
}

static bool
is_same(const struct feed_kept_key *a, const struct feed_kept_key *b)
{
	return a->epoch == b->epoch && a->from == b->from && a->to == b->to &&
	    a->is_standard == b->is_standard && a->is_fixed == b->is_fixed;
}

/* The one that has it, or the free one that may get it. */
static struct slot *
slot_of(const struct feed_kept *kept, const struct half *half,
    const struct feed_kept_key *key)
{
	const uint64_t words[] = { key->epoch, key->from, key->to,
		(uint64_t)key->is_standard << 1 | key->is_fixed };
	size_t i = XXH3_64bits(words, sizeof(words)) & (kept->n_slots - 1);

	while (half->slot[i].at != 0 && !is_same(&half->slot[i].key, key))
		i = (i + 1) & (kept->n_slots - 1);
	return &half->slot[i];
}

bool
feed_kept_find(struct feed_kept *kept, const struct feed_kept_key *key,
    struct span *patch, size_t *cost)
{
	for (int i = 0; kept != NULL && i < HALVES; i++) {
		const struct half *half = &kept->half[i];
		const struct slot *slot;

		if (half->slot == NULL)
			continue;
		slot = slot_of(kept, half, key);
		if (slot->at == 0)
			continue;
		*patch = span_of(half->text.data + slot->at - 1, slot->len);
		*cost = slot->cost;
		return true;
	}
	return false;
}

/* The half that takes what is new, with room for so many bytes. */
static struct half *
make_room(struct feed_kept *kept, size_t bytes)
{
	struct half *half = &kept->half[kept->newer];

	if (half->n >= kept->n_slots / 4 * 3 ||
	    half->text.len + bytes > kept->text_bytes) {
		kept->newer = !kept->newer;
		half = &kept->half[kept->newer];
		free(half->slot);
		half->slot = NULL;
		half->n = 0;
		buf_clear(&half->text);
	}
	if (half->slot == NULL) {
		half->slot = mem_new(kept->n_slots, sizeof(*half->slot));
		(void)buf_room(&half->text, kept->text_bytes);
	}
	return half;
}

void
feed_kept_add(struct feed_kept *kept, const struct feed_kept_key *key,
    struct span patch, size_t cost)
{
	struct half *half;

	if (kept == NULL || patch.len > kept->text_bytes / 2)
		return;
	half = make_room(kept, patch.len);
	*slot_of(kept, half, key) = (struct slot){
		.key = *key,
		.at = half->text.len + 1,
		.len = patch.len,
		.cost = cost,
	};
	half->n++;
	buf_span(&half->text, patch);
}
