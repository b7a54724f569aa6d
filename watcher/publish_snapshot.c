#include "publish_snapshot.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "buf.h"
#include "items.h"
#include "mem.h"
#include "publish_dir.h"
#include "store.h"

enum {
	PIECE_BYTES = 64 << 10,
	/* From here on it is compressed fast rather than well. */
	FAST_BYTES = 256 << 10,
	GZIP_WINDOW = 15 + 16, /* of 32 KiB, in the form of RFC 1952 */
};

struct publish_snapshot {
	struct store *store;
	struct store_coll coll;
	struct publish_file json, gzip;
	z_stream z;
	bool is_deflating;
	bool is_full; /* the piece is, and there are more rows */
	uint64_t n_rows;
	struct items items;
	struct buf piece;
	struct buf after; /* the id of the last row */
};

/* --- the two files -------------------------------------------------------- */

static const struct err *
create_files(struct publish_snapshot *s, struct publish_dir *dir)
{
	struct buf name = { 0 };
	const struct err *err;

	buf_printf(&name, "%s/snapshot.json", s->coll.name);
	err = publish_file_create(&s->json, dir, buf_cstr(&name));
	buf_str(&name, ".gz");
	if (err == NULL)
		err = publish_file_create(&s->gzip, dir, buf_cstr(&name));
	buf_fini(&name);
	return err;
}

static const struct err *
begin_deflating(struct publish_snapshot *s)
{
	int level =
	    s->coll.bytes < FAST_BYTES ? Z_DEFAULT_COMPRESSION : Z_BEST_SPEED;

	s->is_deflating = deflateInit2(&s->z, level, Z_DEFLATED, GZIP_WINDOW, 8,
			      Z_DEFAULT_STRATEGY) == Z_OK;
	return s->is_deflating ? NULL
			       : err_new(ERR_LIMIT, "zlib has no memory");
}

static const struct err *
deflate_piece(struct publish_snapshot *s, int flush)
{
	char out[16 << 10];
	const struct err *err = NULL;

	s->z.next_in = (Bytef *)s->piece.data;
	s->z.avail_in = (uInt)s->piece.len;
	do {
		s->z.next_out = (Bytef *)out;
		s->z.avail_out = sizeof(out);
		if (deflate(&s->z, flush) == Z_STREAM_ERROR)
			return err_new(ERR_LIMIT, "zlib: cannot compress");
		err = publish_file_write(&s->gzip,
		    span_of(out, sizeof(out) - s->z.avail_out));
	} while (err == NULL && s->z.avail_out == 0);
	return err;
}

static const struct err *
write_piece(struct publish_snapshot *s, bool is_last)
{
	const struct err *err =
	    publish_file_write(&s->json, buf_as_span(&s->piece));

	if (err == NULL)
		err = deflate_piece(s, is_last ? Z_FINISH : Z_NO_FLUSH);
	buf_clear(&s->piece);
	if (err == NULL && is_last)
		err = publish_file_end(&s->json);
	if (err == NULL && is_last)
		err = publish_file_end(&s->gzip);
	return err;
}

/* --- rows ----------------------------------------------------------------- */

static bool
take_row(const struct store_entity *entity, void *arg)
{
	struct publish_snapshot *s = arg;

	if (s->piece.len >= PIECE_BYTES) {
		s->is_full = true;
		return false;
	}
	if (s->n_rows++ > 0)
		buf_byte(&s->piece, ',');
	items_head(&s->items, entity, &s->piece);
	buf_span(&s->piece, entity->body);
	buf_byte(&s->piece, '}');
	buf_clear(&s->after);
	buf_span(&s->after, entity->id);
	return true;
}

/* The walk begins behind an id that take_row() overwrites. */
static const struct err *
take_rows(struct publish_snapshot *s)
{
	struct buf from = s->after;
	const struct err *err;

	s->after = (struct buf){ 0 };
	s->is_full = false;
	buf_span(&s->after, buf_as_span(&from));
	err = store_entities_after(s->store, s->coll.cid, buf_as_span(&from),
	    UINT32_MAX, take_row, s);
	buf_fini(&from);
	return err;
}

/* -------------------------------------------------------------------------- */

const struct err *
publish_snapshot_new(struct publish_snapshot **out, struct publish_dir *dir,
    struct store *store, const struct store_coll *coll, struct cursor at)
{
	struct publish_snapshot *s = mem_new(1, sizeof(*s));
	const struct err *err;

	s->store = store;
	s->coll = *coll;
	err = create_files(s, dir);
	if (err == NULL)
		err = begin_deflating(s);
	if (err != NULL) {
		publish_snapshot_free(s);
		return err;
	}
	items_open(&s->piece, at, span_str(coll->name));
	*out = s;
	return NULL;
}

void
publish_snapshot_free(struct publish_snapshot *s)
{
	if (s == NULL)
		return;
	publish_file_fini(&s->json);
	publish_file_fini(&s->gzip);
	if (s->is_deflating)
		(void)deflateEnd(&s->z); /* says whether it was ended early */
	buf_fini(&s->piece);
	buf_fini(&s->after);
	free(s);
}

const struct err *
publish_snapshot_go_on(struct publish_snapshot *s, struct monotime until,
    bool *is_over)
{
	const struct err *err;

	do {
		err = take_rows(s);
		*is_over = err == NULL && !s->is_full;
		if (*is_over)
			buf_str(&s->piece, "]}");
		if (err == NULL)
			err = write_piece(s, *is_over);
	} while (err == NULL && !*is_over &&
	    !monotime_reached(until, monotime_now()));
	return err;
}

const struct err *
publish_snapshot_put(struct publish_snapshot *s)
{
	const struct err *err = publish_file_put(&s->gzip);

	return err != NULL ? err : publish_file_put(&s->json);
}

uint64_t
publish_snapshot_bytes(const struct publish_snapshot *s)
{
	return s->json.bytes;
}
