/*
 * text: {"text":"…","start":N}, the end of a log.
 *
 * start is the offset in the file of the text's first byte.  It depends on
 * the file alone, so that a restart changes nothing: the window begins where a
 * line begins (or anywhere, in a line that is longer than the window), and
 * moves in steps of an eighth of tail_bytes, so that most growth is nothing
 * but an insertion at the end.  What is not UTF-8 becomes U+FFFD.
 *
 * The window is read whole each time.  That a file only grows cannot be known
 * from its size (it may have been truncated and written again meanwhile), and
 * next to the canonical form of the text the reading costs nothing.
 */
#include <string.h>
#include <unistd.h>

#include "coll.h"
#include "json.h"
#include "source.h"
#include "watch.h"

enum { TEXT_STEPS = 8, TEXT_STEP_BYTES_MIN = 512 };

/* The least offset at which the window may begin. */
static uint64_t
window(uint64_t size, uint64_t tail)
{
	uint64_t step = tail / TEXT_STEPS, from = size - tail;

	if (size <= tail)
		return 0;
	if (step < TEXT_STEP_BYTES_MIN)
		return from;
	return (from + step - 1) / step * step;
}

static const struct err *
read_window(struct take *take, uint64_t from, struct buf *bytes)
{
	size_t want = take->stat.size - from;

	buf_clear(bytes);
	while (bytes->len < want) {
		ssize_t n = pread(take->fd, buf_room(bytes, want - bytes->len),
		    want - bytes->len, (off_t)(from + bytes->len));

		if (n < 0)
			return err_sys("it cannot be read");
		if (n == 0)
			return err_new(ERR_UNAVAILABLE,
			    "it became shorter while it was read");
		bytes->len += (size_t)n;
	}
	return NULL;
}

/*
 * How much precedes the first line that begins in the window, or the first
 * whole character; text.p[0] is the byte before the window.
 */
static size_t
skip_to_line(struct span text)
{
	const char *end = text.len == 0 ? NULL : memchr(text.p, '\n', text.len);
	size_t n;

	if (end != NULL && end + 1 < text.p + text.len)
		return (size_t)(end + 1 - text.p);
	for (n = 1; n < text.len && (text.p[n] & 0xc0) == 0x80;)
		n++;
	return n;
}

const struct err *
source_text_take(struct take *take)
{
	struct watch *w = take->coll->watch;
	uint64_t from = window(take->stat.size, take->coll->conf->tail_bytes);
	bool is_cut = from > 0;
	const struct err *err;
	struct span text;

	/* The byte before the window tells whether a line begins there. */
	from -= is_cut;
	err = read_window(take, from, &w->bytes);
	if (err != NULL)
		return err;
	text = buf_as_span(&w->bytes);
	if (is_cut) {
		size_t skip = skip_to_line(text);

		text = span_of(text.p + skip, text.len - skip);
		from += skip;
	}
	buf_clear(&w->text);
	buf_str(&w->text, "{\"text\":");
	json_quote(&w->text, text);
	buf_printf(&w->text, ",\"start\":%llu}", (unsigned long long)from);
	err = json_scan(&w->doc, buf_as_span(&w->text), NULL);
	return err != NULL ? err : coll_put(take->coll, take->claim, &w->doc);
}
