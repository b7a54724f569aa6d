#include "listing.h"

#include <stdlib.h>

#include "filter.h"
#include "listing_past.h"
#include "store_case.h"

enum { IDS = 600 };

static char ids[IDS][32]; /* in their order */

/* Many begin alike, some are the beginning of others, some are not ASCII. */
static void
name_row(char id[32], int i)
{
	static const char *const heads[] = { "", "same/beginning/", "same/",
		"\xc3\xa9/" };
	const char *head = heads[i % 4];

	(void)snprintf(id, 32, i % 5 == 0 ? "%s%d" : "%s%08d~x", head, i / 4);
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* As they come from a directory: in no order.  n: bytes of each body. */
static void
fill(size_t n)
{
	struct buf body = { 0 };

	buf_byte(&body, '"');
	while (body.len < n)
		buf_byte(&body, 'x');
	buf_byte(&body, '"');
	case_open();
	CHECK_OK(store_begin(db));
	for (int i = 0; i < IDS; i++) {
		name_row(ids[i], i * 7 % IDS);
		(void)case_create(ids[i], buf_cstr(&body));
	}
	case_commit();
	qsort(ids, IDS, sizeof(ids[0]), by_id);
	buf_fini(&body);
}

static void
write_id(const struct store_entity *entity, void *arg, struct buf *out)
{
	(void)arg;
	buf_span(out, entity->id);
}

static const struct err *
list(struct listing *listing, struct listing_query query, struct buf *out)
{
	struct filter *all = filter_new();
	struct store_coll coll;
	const struct err *err;

	CHECK_OK(store_coll_at(db, cid, &coll));
	query.coll = &coll;
	query.filter = all;
	query.write = write_id;
	buf_clear(out);
	buf_byte(out, '[');
	CHECK_OK(store_view_begin(db));
	err = listing_write(listing, db, &query, out);
	store_view_end(db);
	filter_free(all);
	return err;
}

/* What a query makes of the ids, behind a "[". */
static const char *
listed(struct listing *listing, struct listing_query query)
{
	static struct buf out;

	query.bytes_max = SIZE_MAX;
	CHECK_OK(list(listing, query, &out));
	return buf_cstr(&out);
}

/* The ids from..to-1 as they should be listed. */
static const char *
wanted(int from, int to)
{
	static struct buf out;

	buf_clear(&out);
	buf_byte(&out, '[');
	for (int i = from; i < to; i++)
		buf_printf(&out, "%s%s", i > from ? "," : "", ids[i]);
	return buf_cstr(&out);
}

static void
rows_are_in_the_order_of_their_ids(void)
{
	static const size_t sizes[] = { 10, 5000 };

	for (size_t i = 0; i < 2; i++) {
		struct listing listing = { 0 };

		fill(sizes[i]);
		CHECK_STR(listed(&listing, (struct listing_query){ 0 }),
		    wanted(0, IDS));
		CHECK_INT(listing.n_rows, IDS);
		CHECK(!listing.has_more);
		CHECK(span_is(buf_as_span(&listing.last), ids[IDS - 1]));
		listing_fini(&listing);
		case_close();
	}
}

static void
a_page_ends_at_its_limit(void)
{
	struct listing listing = { 0 };
	struct listing_query query = { .limit = 5 };

	fill(10);
	CHECK_STR(listed(&listing, query), wanted(0, 5));
	CHECK(listing.has_more);
	CHECK(span_is(buf_as_span(&listing.last), ids[4]));
	listing_fini(&listing);
	query.is_counted = true;
	query.after = span_str(ids[4]);
	CHECK_STR(listed(&listing, query), wanted(5, 10));
	CHECK_INT(listing.total, IDS);
	listing_fini(&listing);
	query.after = span_str(ids[IDS - 6]);
	CHECK_STR(listed(&listing, query), wanted(IDS - 5, IDS));
	CHECK(!listing.has_more);
	listing_fini(&listing);
	query.after = span_str(ids[IDS - 1]);
	CHECK_STR(listed(&listing, query), "[");
	CHECK_INT(listing.n_rows, 0);
	listing_fini(&listing);
	case_close();
}

/* The same of an older state, in slices that end at once. */
static const struct err *
list_past(struct listing_query query, uint64_t seq, struct listing *result,
    struct buf *out)
{
	struct filter *all = filter_new();
	struct store_coll coll = case_coll(db);
	struct listing_past *slices;
	const struct err *err = NULL;
	bool is_over = false;

	query.coll = &coll;
	query.filter = all;
	query.write = write_id;
	slices = listing_past_new(&query, seq);
	buf_clear(out);
	buf_byte(out, '[');
	while (!is_over && err == NULL)
		err = listing_past_write(slices, db, (struct monotime){ 0 },
		    out, &is_over);
	*result = *listing_past_result(slices);
	listing_past_free(slices);
	filter_free(all);
	return err;
}

/* One is gone, a new one is there. */
static void
change(void)
{
	struct store_entity entity;
	struct buf hold = { 0 };

	CHECK_OK(store_entity_get(db, cid, span_str(ids[3]), &entity, &hold));
	CHECK_OK(store_begin(db));
	case_delete(entity.eid);
	(void)case_create("new", "1");
	case_commit();
	buf_fini(&hold);
}

static void
an_older_state_has_what_it_had(void)
{
	struct listing_query query = { .bytes_max = SIZE_MAX };
	struct listing listing;
	struct buf out = { 0 };

	fill(10);
	change();
	CHECK_OK(list_past(query, IDS, &listing, &out));
	CHECK_STR(buf_cstr(&out), wanted(0, IDS));
	CHECK(listing.n_rows == IDS && listing.total == IDS);
	query.limit = 4;
	CHECK_OK(list_past(query, IDS, &listing, &out));
	CHECK_STR(buf_cstr(&out), wanted(0, 4));
	CHECK(listing.has_more);
	query.after = span_str(ids[3]);
	query.is_counted = true;
	CHECK_OK(list_past(query, IDS, &listing, &out));
	CHECK_STR(buf_cstr(&out), wanted(4, 8));
	CHECK(listing.has_more && listing.total == IDS);
	query.limit = IDS - 4;
	CHECK_OK(list_past(query, IDS, &listing, &out));
	CHECK_STR(buf_cstr(&out), wanted(4, IDS));
	CHECK(!listing.has_more);
	buf_fini(&out);
	case_close();
}

static void
an_older_state_has_no_more_bytes_than_allowed(void)
{
	struct listing_query query = { .bytes_max = 0 };
	struct listing listing;
	struct buf out = { 0 };

	fill(10);
	change();
	query.bytes_max = strlen(wanted(0, IDS)) - 1;
	CHECK_OK(list_past(query, IDS, &listing, &out));
	query.bytes_max--;
	CHECK_ERR(list_past(query, IDS, &listing, &out), ERR_BUSY);
	buf_fini(&out);
	case_close();
}

static void
more_bytes_than_allowed_are_an_error(void)
{
	struct listing listing = { 0 };
	struct listing_query query = { 0 };
	struct buf out = { 0 };

	fill(10);
	query.bytes_max = strlen(wanted(0, IDS)) - 1;
	CHECK_OK(list(&listing, query, &out));
	CHECK_STR(buf_cstr(&out), wanted(0, IDS));
	listing_fini(&listing);
	query.bytes_max--;
	CHECK_ERR(list(&listing, query, &out), ERR_BUSY);
	listing_fini(&listing);
	buf_fini(&out);
	case_close();
}

TESTS(rows_are_in_the_order_of_their_ids, a_page_ends_at_its_limit,
    an_older_state_has_what_it_had,
    an_older_state_has_no_more_bytes_than_allowed,
    more_bytes_than_allowed_are_an_error)
