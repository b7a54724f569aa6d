/*
 * fuzz_publish_head: what an earlier watcher, or anybody else, has left as
 * head.json is none of ours, or says the same when it is written again; and a
 * name is that of a segment only if we would give it.
 */
#include "publish_head.h"

#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "publish_segment.h"

static void
check_head(struct span text)
{
	static struct publish_head head, again;
	struct buf out = { 0 };

	if (!publish_head_parse(text, &head))
		return;
	assert(head.epoch != 0 && head.places.n > 0 &&
	    head.places.n <= PLACES_MAX);
	head.project = "main";
	publish_head_write(&head, &out);
	assert(publish_head_parse(buf_as_span(&out), &again));
	assert(again.epoch == head.epoch && again.boot == head.boot);
	assert(memcmp(&again.places, &head.places, sizeof(head.places)) == 0);
	buf_fini(&out);
}

static void
check_name(struct span text)
{
	char name[PUBLISH_SEGMENT_BYTES], again[PUBLISH_SEGMENT_BYTES];
	struct cursor from;
	uint64_t to;

	if (text.len >= sizeof(name))
		return;
	(void)memcpy(name, text.p, text.len);
	name[text.len] = '\0';
	if (publish_segment_parse(name, &from, &to))
		assert(strcmp(publish_segment_name(from.epoch, from.seq, to,
				  again),
			   name) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span text = span_of(n > 0 ? (const char *)bytes : "", n);

	check_head(text);
	check_name(text);
	return 0;
}
