#include "publish_segment.h"

#include "check.h"

static void
a_segment_is_known_by_its_name(void)
{
	static const char *const others[] = {
		"head.json",
		"9f2c61b0a4d3e871.7.json",
		"9f2c61b0a4d3e87.7-8.json",
		"9f2c61b0a4d3e871.7-8.json.gz",
		"9f2c61b0a4d3e871.7-8",
		"9f2c61b0a4d3e871.-8.json",
		"9f2c61b0a4d3e871.7-x.json",
		".9f2c61b0a4d3e871.7-8.json.new",
	};
	char name[PUBLISH_SEGMENT_BYTES];
	struct cursor from;
	uint64_t to;

	CHECK_STR(publish_segment_name(0x9f2c61b0a4d3e871, 7, CURSOR_SEQ_MAX,
		      name),
	    "9f2c61b0a4d3e871.7-9007199254740991.json");
	CHECK(publish_segment_parse(name, &from, &to));
	CHECK(from.epoch == 0x9f2c61b0a4d3e871 && from.seq == 7);
	CHECK_INT(to, CURSOR_SEQ_MAX);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!CHECK(!publish_segment_parse(others[i], &from, &to)))
			printf("#   %s\n", others[i]);
}

TESTS(a_segment_is_known_by_its_name)
