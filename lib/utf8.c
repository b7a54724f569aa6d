#include "utf8.h"

#include <stddef.h>
#include <string.h>

/* The Unicode Standard, table 3-7: which second byte a first byte allows. */
static bool
is_second(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return second >= 0x80 && second <= 0xbf;
	}
}

/* What a first byte promises; 0 when it is none. */
static size_t
promised(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t
utf8_length(const unsigned char *p, const unsigned char *end)
{
	size_t n;

	if (p == end)
		return 0;
	n = promised(*p);
	if (n < 2)
		return n;
	if ((size_t)(end - p) < n || !is_second(p[0], p[1]))
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

size_t
utf8_subpart(const unsigned char *p, const unsigned char *end)
{
	size_t most = promised(*p), n = 1;

	if (n < most && p + n < end && is_second(p[0], p[1]))
		n++;
	while (n >= 2 && n < most && p + n < end && (p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

size_t
utf8_put(uint32_t c, char *out)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i > 1; i--) {
		out[i - 1] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)(n == 1 ? c : lead[n] | c);
	return n;
}

/* Most text is ASCII: eight bytes at a time. */
static const unsigned char *
skip_ascii(const unsigned char *p, const unsigned char *end)
{
	uint64_t eight;

	for (; end - p >= (ptrdiff_t)sizeof(eight); p += sizeof(eight)) {
		memcpy(&eight, p, sizeof(eight));
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	while (p < end && *p < 0x80)
		p++;
	return p;
}

bool
utf8_is_valid(struct span text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	const unsigned char *end = p + text.len;

	while (p < end) {
		size_t n;

		p = skip_ascii(p, end);
		if (p == end)
			break;
		n = utf8_length(p, end);

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}
