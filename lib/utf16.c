#include "utf16.h"

#include <stdint.h>
#include <string.h>

/* Every bit in the lowest bit of its byte. */
#define EACH_BYTE UINT64_C(0x0101010101010101)

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Units of UTF-8 without escapes; a sequence counts where it begins. */
static size_t
count_plain(const char *p, size_t n)
{
	size_t units = n;

	for (; n >= 8; p += 8, n -= 8) {
		uint64_t x, more, four;

		memcpy(&x, p, 8);
		if ((x & EACH_BYTE << 7) == 0)
			continue;
		more = x >> 7 & ~(x >> 6) & EACH_BYTE;
		four = x >> 7 & x >> 6 & x >> 5 & x >> 4 & EACH_BYTE;
		units -= more * EACH_BYTE >> 56;
		units += four * EACH_BYTE >> 56;
	}
	for (; n > 0; p++, n--) {
		units -= is_continuation(*p);
		units += (unsigned char)*p >= 0xf0;
	}
	return units;
}

void
utf16_to_byte(struct span inside, struct utf16_mark *mark, size_t at)
{
	while (mark->at < at) {
		const char *p = inside.p + mark->at;
		const char *escape = memchr(p, '\\', at - mark->at);
		size_t plain =
		    escape != NULL ? (size_t)(escape - p) : at - mark->at;

		mark->units += count_plain(p, plain);
		mark->at += plain;
		if (escape != NULL) {
			mark->at += escape[1] == 'u' ? 6 : 2;
			mark->units++;
		}
	}
	while (mark->at < inside.len && is_continuation(inside.p[mark->at]))
		mark->at++;
}

/*
 * A unit takes at least one byte, so as many bytes as units are missing can
 * be passed at once; only a pair that begins on the last of them goes beyond.
 */
bool
utf16_to_unit(struct span inside, struct utf16_mark *mark, size_t units)
{
	while (mark->units < units && mark->at < inside.len) {
		size_t missing = units - mark->units;
		size_t left = inside.len - mark->at;

		utf16_to_byte(inside, mark,
		    mark->at + (missing < left ? missing : left));
	}
	return mark->units == units;
}
