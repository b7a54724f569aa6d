#include "pick.h"

#include "check.h"

/* Configurations hold names that they may free. */
static char json_glob[] = "**/*.json", all_glob[] = "**";
static char tmp_glob[] = "*.tmp", hidden_glob[] = ".well-known/*.json";
static char folder_glob[] = "archive", old_glob[] = "**/old-*";
static char *json_globs[] = { json_glob };
static char *all_globs[] = { all_glob };
static char *named_globs[] = { tmp_glob, hidden_glob };
static char *some_excluded[] = { folder_glob, old_glob };

static struct config_coll
coll_of(char **globs, size_t n)
{
	struct config_coll conf = { .files = { globs, n } };

	return conf;
}

static bool
takes(const struct config_coll *conf, const char *path)
{
	return pick_file(conf, span_str(path));
}

static void
globs_decide(void)
{
	struct config_coll conf = coll_of(json_globs, 1);

	CHECK(takes(&conf, "a.json"));
	CHECK(takes(&conf, "a/b/c.json"));
	CHECK(!takes(&conf, "a.txt"));
}

static void
hidden_and_temporary_names_are_passed_over(void)
{
	struct config_coll conf = coll_of(all_globs, 1);

	CHECK(takes(&conf, "a/b"));
	CHECK(!takes(&conf, ".a"));
	CHECK(!takes(&conf, "a/.b/c"));
	CHECK(!takes(&conf, "a.json~"));
	CHECK(!takes(&conf, "a/b.tmp"));
	CHECK(!takes(&conf, "b.swp"));
	CHECK(!takes(&conf, "a/#b#"));
	CHECK(takes(&conf, "#"));
	CHECK(takes(&conf, "a.b/c"));
}

static void
a_glob_may_name_them(void)
{
	struct config_coll conf = coll_of(named_globs, 2);

	CHECK(takes(&conf, "a.tmp"));
	CHECK(!takes(&conf, ".a.tmp"));
	CHECK(takes(&conf, ".well-known/a.json"));
	CHECK(pick_dir(&conf, span_str(".well-known")));
	CHECK(!pick_dir(&conf, span_str(".git")));
}

static void
an_excluded_folder_takes_all_below_along(void)
{
	struct config_coll conf = coll_of(json_globs, 1);

	conf.exclude = (struct config_names){ some_excluded, 2 };
	CHECK(takes(&conf, "a/archive.json"));
	CHECK(!takes(&conf, "archive/a.json"));
	CHECK(!takes(&conf, "archive/b/a.json"));
	CHECK(!takes(&conf, "a/old-1.json"));
	CHECK(!takes(&conf, "a/old-1/b.json"));
	CHECK(!pick_dir(&conf, span_str("archive")));
	CHECK(pick_dir(&conf, span_str("a")));
}

static void
a_single_file_is_taken_by_its_name(void)
{
	char name[] = "x.json";
	struct config_coll conf = { .file = name };

	CHECK(takes(&conf, "x.json"));
	CHECK(!takes(&conf, "y.json"));
	CHECK(!takes(&conf, "a/x.json"));
	CHECK(!pick_dir(&conf, span_str("a")));
}

static void
the_rule_makes_the_id(void)
{
	static const struct {
		enum config_id rule;
		const char *path, *id; /* NULL: none */
	} rows[] = {
		{ CONFIG_ID_PATH, "a/b.json", "a/b" },
		{ CONFIG_ID_PATH, "a.d/b", "a.d/b" },
		{ CONFIG_ID_PATH, "a.tar.gz", "a.tar" },
		{ CONFIG_ID_PATH, "a/.b", "a/.b" },
		{ CONFIG_ID_NAME, "a/b.json", "b" },
		{ CONFIG_ID_NAME, "b", "b" },
		{ CONFIG_ID_FOLDER, "a/state.json", "a" },
		{ CONFIG_ID_FOLDER, "a/b/state.json", "a/b" },
		{ CONFIG_ID_FOLDER, "state.json", NULL },
	};
	struct buf id = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct config_coll conf = { .id = rows[i].rule };
		const struct err *err =
		    pick_id(&conf, span_str(rows[i].path), &id);

		if (rows[i].id == NULL)
			CHECK_ERR(err, ERR_BAD_REQUEST);
		else if (CHECK_OK(err))
			CHECK_STR(buf_cstr(&id), rows[i].id);
	}
	buf_fini(&id);
}

static void
names_are_made_readable(void)
{
	struct buf text = { 0 };

	pick_readable(span_str("\xc3\xa9\xff\n\x7f\\\xed\xa0\x80z"), &text);
	CHECK_STR(buf_cstr(&text),
	    "\xc3\xa9\\xff\\x0a\\x7f\\x5c\\xed\\xa0\\x80z");
	buf_fini(&text);
}

TESTS(globs_decide, hidden_and_temporary_names_are_passed_over,
    a_glob_may_name_them, an_excluded_folder_takes_all_below_along,
    a_single_file_is_taken_by_its_name, the_rule_makes_the_id,
    names_are_made_readable)
