#include "delays.h"

#include <string.h>

#include "bell.h"

void
delays_fini(struct delays *delays)
{
	buf_fini(&delays->ctimes);
}

void
delays_note(struct delays *delays, int64_t ctime_ns)
{
	buf_add(&delays->ctimes, &ctime_ns, sizeof(ctime_ns));
}

void
delays_tell(struct delays *delays, struct bell *bell, int64_t now_ns)
{
	const struct buf *ctimes = &delays->ctimes;
	int64_t us, ctime_ns;

	for (size_t at = 0; at < ctimes->len; at += sizeof(ctime_ns)) {
		memcpy(&ctime_ns, ctimes->data + at, sizeof(ctime_ns));
		us = (now_ns - ctime_ns) / 1000;
		if (now_ns >= ctime_ns && us <= DELAYS_MAX_MS * INT64_C(1000))
			bell_delay(bell, us);
	}
	delays_forget(delays);
}

void
delays_forget(struct delays *delays)
{
	buf_clear(&delays->ctimes);
}
