/* What a configuration must not be, and what is said about it. */
#include "check.h"
#include "config.h"
#include "config_text.h"
#include "tmpdir.h"

static void
a_wrong_type_is_named_with_path_and_line(void)
{
	CHECK_FAULT("{\n \"projects\": {\n  \"main\": {\n"
		    "   \"store\": \"m.db\",\n   \"collections\": {\n"
		    "    \"workflows\": {\"dir\": \"a\",\n"
		    "     \"files\": 7}}}}}",
	    "7: projects.main.collections.workflows.files: "
	    "expected an array of globs, not a number");
	CHECK_FAULT("[]", "1: expected an object, not an array");
	CHECK_FAULT("null", "1: expected an object, not null");
	CHECK_FAULT("7", "1: expected an object, not a number");
	CHECK_FAULT("{\"projects\":\n[]}",
	    "1: projects: expected an object, not an array");
	CHECK_FAULT("{\"projects\":{\"a\":\"b\"}}",
	    "1: projects.a: expected an object, not a text");
	CHECK_FAULT("{\"projects\":{\"a\":{\"collections\":null}}}",
	    "1: projects.a.collections: expected an object, not null");
	CHECK_FAULT("{\"projects\":{\"a\":{\"inotify\":1}}}",
	    "1: projects.a.inotify: expected true or false, not a number");
	CHECK_FAULT(COLL("\"dir\":{}"),
	    "1: projects.main.collections.c.dir: "
	    "expected a text, not an object");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"files\":[\"a\",\"b\",\ntrue]"),
	    "2: projects.main.collections.c.files[2]: "
	    "expected a text, not a boolean");
}

static void
the_line_is_found_behind_any_text(void)
{
	CHECK_FAULT("\n{\"aliases\":{\"/}]\\\"\":\"{\\\\\",\n\"/b\":\"[\"},\n"
		    "\"limits\" :\n{\n\"poll_ms\"\t:\n 1000 ,\"wait_s\"\n:\n"
		    "55,\n\"waiters\":[[1],{\"a\":[\n]}]}}",
	    "10: limits.waiters: expected a number, not an array");
}

static void
a_syntax_error_has_line_and_column(void)
{
	CHECK(
	    strncmp(fault("{\n  \"projects\": }"), "2: column 15: ", 14) == 0);
	CHECK(strncmp(fault("{\"base\":\"/a/\",\n\"base\":\"/b/\"}"),
		  "2: ", 3) == 0);
	CHECK(strncmp(fault(""), "1: column 1: ", 13) == 0);
	CHECK(strncmp(fault("{} {}"), "1: column 4: ", 13) == 0);
}

static void
nul_cannot_cut_a_key_short(void)
{
	CHECK_FAULT("{\n\"base\\u0000x\":\"/a/\"}",
	    "2: \\u0000 has no place here");
	CHECK_FAULT("{\"x\":\"\\\\\\u0000\"}", "1: \\u0000 has no place here");
	CHECK(strstr(fault("{\"x\":\"\\\\u0000\"}"), "unknown key") != NULL);
}

static void
an_unknown_key_names_those_it_resembles(void)
{
	CHECK_FAULT("{\"project\":{}}",
	    "1: project: unknown key: did you mean \"projects\"?");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"fils\":[\"*\"]"),
	    "1: projects.main.collections.c.fils: "
	    "unknown key: did you mean \"file\" or \"files\"?");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"interval\":1"),
	    "1: projects.main.collections.c.interval: "
	    "unknown key: did you mean \"interval_ms\"?");
	CHECK_FAULT("{\"wait\":{}}",
	    "1: wait: unknown key; known: aliases, base, limits, projects, "
	    "sandbox");
	CHECK_FAULT("{\"\":{}}",
	    "1: [\"\"]: unknown key; known: aliases, base, limits, projects, "
	    "sandbox");
}

static void
an_unknown_value_names_those_it_resembles(void)
{
	CHECK_FAULT(COLL("\"dir\":\"d\",\"as\":\"txt\""),
	    "1: projects.main.collections.c.as: "
	    "unknown value \"txt\": did you mean \"text\"?");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"id\":\"hash\""),
	    "1: projects.main.collections.c.id: "
	    "unknown value \"hash\"; known: path, name, folder");
}

static void
a_number_outside_its_range_is_an_error(void)
{
	static const char *const numbers[] = { "19", "3600001", "-1", "2e3",
		"2000.0", "4294967296", "18446744073709551616" };
	char text[256];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    COLL("\"dir\":\"d\",\"interval_ms\":%s"), numbers[i]);
		if (!CHECK(strstr(fault(text),
			       "expected a whole number from 20 to 3600000") !=
			NULL))
			printf("# %s\n", numbers[i]);
	}
	CHECK_FAULT(WITH("\"limits\":{\"wait_s\":56}"),
	    "1: limits.wait_s: expected a whole number from 0 to 55, not 56");
	CHECK_FAULT(WITH("\"limits\":{\"cache_mb\":65537}"),
	    "1: limits.cache_mb: expected a whole number from 0 to 65536, not "
	    "65537");
	CHECK_FAULT(WITH("\"limits\":{\"cache_mb\":-1}"),
	    "1: limits.cache_mb: expected a whole number from 0 to 65536, not "
	    "-1");
}

static void
what_is_needed_is_asked_for(void)
{
	CHECK_FAULT("{}", "1: \"projects\" is missing");
	CHECK_FAULT("{\"projects\":{}}", "1: projects: is empty");
	CHECK_FAULT("{\"projects\":{\n\"a\":{\"store\":\"a.db\"}}}",
	    "2: projects.a: \"collections\" is missing");
	CHECK_FAULT("{\"projects\":{\"a\":{\"collections\":{"
		    "\"c\":{\"dir\":\"d\"}}}}}",
	    "1: projects.a: \"store\" is missing");
	CHECK_FAULT(MAIN(""), "1: projects.main.collections: is empty");
	CHECK_FAULT(COLL(""),
	    "1: projects.main.collections.c: "
	    "needs \"dir\" (a directory) or \"file\" (one file)");
	CHECK_FAULT(COLL("\"dir\":\"\""),
	    "1: projects.main.collections.c.dir: is empty");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"files\":[]"),
	    "1: projects.main.collections.c.files: is empty");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"files\":[\"\"]"),
	    "1: projects.main.collections.c.files[0]: is empty");
}

#define IN_C "1: projects.main.collections.c."

static void
keys_that_contradict_each_other_are_an_error(void)
{
	CHECK_FAULT(COLL("\"dir\":\"d\",\"file\":\"f\""),
	    IN_C "file: \"dir\" or \"file\", not both");
	CHECK_FAULT(COLL("\"file\":\"f\",\"files\":[\"*\"]"),
	    IN_C "files: goes with \"dir\", not \"file\"");
	CHECK_FAULT(COLL("\"file\":\"f\",\"exclude\":[\"*\"]"),
	    IN_C "exclude: goes with \"dir\", not \"file\"");
	CHECK_FAULT(COLL("\"file\":\"f/\",\"as\":\"stat\",\"id\":\"folder\""),
	    IN_C "id: a single file has no folder");
	CHECK_FAULT(COLL("\"file\":\"f/..\""), IN_C "file: is a directory");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"as\":\"text\",\"items\":\"\""),
	    IN_C "items: goes with \"as\": \"json\"");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"as\":\"items\""),
	    IN_C "as: needs \"items\"");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"key\":\"id\""),
	    IN_C "key: means nothing for a collection of kind \"json\"");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"tail_bytes\":64"),
	    IN_C "tail_bytes: means nothing for a collection of kind "
		 "\"json\"");
	CHECK_FAULT(COLL("\"dir\":\"d\",\"items\":\"\",\"id\":\"name\""),
	    IN_C "id: means nothing for a collection of kind \"items\"");
}

static void
bad_globs_and_pointers_are_an_error(void)
{
	CHECK(strstr(fault(COLL("\"dir\":\"d\",\"files\":[\"*\",\"[a\"]")),
		  IN_C "files[1]: not a glob: ") != NULL);
	CHECK(strstr(fault(COLL("\"dir\":\"d\",\"exclude\":[\"../x\"]")),
		  IN_C "exclude[0]: not a glob: ") != NULL);
	CHECK(strstr(fault(COLL("\"file\":\"f\",\"items\":\"routes\"")),
		  IN_C "items: ") != NULL);
	CHECK(strstr(fault(COLL("\"file\":\"f\",\"items\":\"\","
				"\"key\":[\"a\",\"/~2\"]")),
		  IN_C "key: ") != NULL);
}

#define NAME_64                                                                \
	"a12345678901234567890123456789012345678901234567890123456789012-"

static void
bad_names_are_an_error(void)
{
	static const char *const names[] = { "", "A", "-a", "_a", "a.b", "a/b",
		"changes", "events", "batch", "hooks", "timeline" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!CHECK(!config_is_coll_name(names[i])))
			printf("# %s\n", names[i]);
	CHECK(config_is_coll_name("0a-_z"));
	CHECK(config_is_coll_name("health"));
	CHECK(config_is_project_name("changes"));
	CHECK(!config_is_project_name("health"));
	CHECK(config_is_coll_name(NAME_64));
	CHECK(!config_is_coll_name(NAME_64 "5"));
	CHECK_FAULT(MAIN("\"events\":{\"dir\":\"d\"}"),
	    "1: projects.main.collections.events: "
	    "this name is taken by the API");
	CHECK(strstr(fault("{\"projects\":{\"Main\":{}}}"),
		  "1: projects.Main: a name is 1 to 64 of a-z") != NULL);
}

static void
two_projects_cannot_share_a_store(void)
{
	static const char *const stores[] = { "s.db", "./s.db", "../%s/s.db",
		"link/s.db" };
	const char *name = strrchr(tmpdir(), '/') + 1;
	char store[256], text[512];

	(void)unlink(tmpdir_path("link"));
	CHECK_INT(symlink(".", tmpdir_path("link")), 0);
	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		if (strchr(stores[i], '%') != NULL)
			(void)snprintf(store, sizeof(store), "../%s/s.db",
			    name);
		else
			(void)snprintf(store, sizeof(store), "%s", stores[i]);
		(void)snprintf(text, sizeof(text),
		    "{\"projects\":{\"a\":{\"store\":\"s.db\",\"collections\":"
		    "{\"c\":{\"dir\":\"d\"}}},\n\"b\":{\"store\":\"%s\","
		    "\"collections\":{\"c\":{\"dir\":\"d\"}}}}}",
		    store);
		CHECK_FAULT(text,
		    "2: projects.b.store: project \"a\" has the same store");
	}
}

static void
a_collection_cannot_watch_its_own_store(void)
{
	CHECK(strstr(fault(COLL("\"dir\":\".\",\"as\":\"stat\"")),
		  "1: projects.main.collections.c: "
		  "would watch the project's own store ") != NULL);
	CHECK(strstr(fault(COLL("\"dir\":\".\",\"as\":\"text\","
				"\"files\":[\"*-bell\"]")),
		  "m.db-bell: exclude it") != NULL);
	CHECK(strstr(fault(COLL("\"dir\":\"/\",\"as\":\"stat\"")),
		  "would watch the project's own store ") != NULL);
	CHECK_FAULT(COLL("\"dir\":\".\",\"as\":\"stat\","
			 "\"exclude\":[\"m.db*\"]"),
	    "");
	CHECK_FAULT(COLL("\"dir\":\".\""), "");
	CHECK_FAULT("{\"projects\":{\"main\":{\"store\":\".t/m.db\","
		    "\"collections\":{\"c\":{\"dir\":\".\","
		    "\"as\":\"stat\"}}}}}",
	    "");
	CHECK(strstr(fault("{\"projects\":{\"main\":{\"store\":\".t/m.db\","
			   "\"collections\":{\"c\":{\"dir\":\".\","
			   "\"as\":\"stat\",\"files\":[\".t/*\"]}}}}}"),
		  "would watch the project's own store ") != NULL);
}

#define PUBLISH(dir, members)                                                  \
	"{\"projects\":{\"main\":{\"store\":\"m.db\",\n\"publish\":\"" dir     \
	"\",\"collections\":{\"c\":{\"dir\":\"d\"" members "}}}}}"

static void
a_collection_cannot_watch_published_files(void)
{
	static const char wrong[] =
	    "2: projects.main.publish: would be watched by collection \"c\": "
	    "exclude it there, or publish elsewhere";

	CHECK_FAULT(PUBLISH("p", ""), "");
	CHECK_FAULT(PUBLISH("d2", ""), "");
	CHECK_FAULT(PUBLISH("d", ""), wrong);
	CHECK_FAULT(PUBLISH("d/p", ""), wrong);
	CHECK_FAULT(PUBLISH("d/.p", ""), "");
	CHECK_FAULT(PUBLISH("d/p", ",\"files\":[\"*.json\"]"), "");
	CHECK_FAULT(PUBLISH("d/p", ",\"exclude\":[\"p\"]"), wrong);
	CHECK_FAULT(PUBLISH("d/p", ",\"exclude\":[\"p/**\"]"), "");
	CHECK_FAULT(PUBLISH("d/p", ",\"as\":\"stat\",\"files\":[\"**/*.gz\"]"),
	    wrong);
	CHECK(strstr(fault(PUBLISH("", "")), "2: projects.main.publish: ") !=
	    NULL);
}

/* Whatever the file says; DIR/NAME is what counts. */
static void
the_command_line_can_publish(void)
{
	struct config *config;
	char dir[4096];

	CHECK_OK(config_of_dir(&config, tmpdir_path(".")));
	CHECK(config->project[0].publish == NULL);
	(void)snprintf(dir, sizeof(dir), "%s", tmpdir_path("pub"));
	CHECK_ERR(config_publish(config, dir), ERR_BAD_REQUEST);
	(void)snprintf(dir, sizeof(dir), "%s", tmpdir_path(".pub"));
	CHECK_OK(config_publish(config, dir));
	CHECK_STR(config->project[0].publish, dir);
	CHECK_OK(config_publish(config, "elsewhere/./x"));
	CHECK(config->project[0].publish[0] == '/');
	CHECK(strstr(config->project[0].publish, "/elsewhere/x") != NULL);
	config_free(config);
}

#define ALIAS(path, to) WITH("\"aliases\":{\"" path "\":\"" to "\"}")

static void
an_alias_must_lead_somewhere(void)
{
	CHECK_FAULT(ALIAS("/a", "main/job?shape=list"),
	    "1: aliases[\"/a\"]: there is no collection \"job\": "
	    "did you mean \"jobs\"?");
	CHECK_FAULT(ALIAS("/a", "mian/jobs"),
	    "1: aliases[\"/a\"]: there is no project \"mian\": "
	    "did you mean \"main\"?");
	CHECK_FAULT(ALIAS("/a", "health/x"),
	    "1: aliases[\"/a\"]: there is no project \"health\"; "
	    "known: main");
	CHECK(strstr(fault(ALIAS("/a", "/main")), "expected a path below") !=
	    NULL);
	CHECK(strstr(fault(ALIAS("/a", "main?a b")), "expected a path below") !=
	    NULL);
	CHECK(strstr(fault(WITH("\"aliases\":{\"/a\":7}")),
		  "expected a path below the base, not a number") != NULL);
}

static void
an_alias_is_a_path_outside_the_base(void)
{
	static const char *const texts[] = { ALIAS("a", "main"),
		ALIAS("/", "main"), ALIAS("/a?b", "main"),
		ALIAS("/a b", "main"), ALIAS("/a#", "main"),
		ALIAS("/a//b", "main") };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!CHECK(
			strstr(fault(texts[i]), "an alias is a path") != NULL))
			printf("# %s\n", texts[i]);
	CHECK_FAULT(ALIAS("/x/api/v1/y", "main"),
	    "1: aliases[\"/x/api/v1/y\"]: "
	    "lies below \"/api/v1/\", where the API itself is");
}

static void
a_base_is_a_path_with_slashes_around_it(void)
{
	static const char *const texts[] = { WITH("\"base\":\"\""),
		WITH("\"base\":\"/\""), WITH("\"base\":\"//\""),
		WITH("\"base\":\"/a\""), WITH("\"base\":\"a/\""),
		WITH("\"base\":\"/a b/\""), WITH("\"base\":\"/../\""),
		WITH("\"base\":\"/a//b/\"") };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK_FAULT(texts[i],
		    "1: base: expected a path like \"/api/v1/\"");
}

static void
a_file_that_cannot_be_read_is_named(void)
{
	struct config *config = NULL;
	const struct err *err = config_load(&config, tmpdir_path("absent"));

	CHECK_ERR(err, ERR_SYS);
	CHECK(strstr(err->msg, "/absent: No such file") != NULL);
	CHECK_ERR(config_load(&config, tmpdir()), ERR_SYS);
	CHECK(config == NULL);
}

static void
a_file_beyond_one_mebibyte_is_an_error(void)
{
	static char text[(1 << 20) + 1];
	struct config *config = NULL;
	const char *good_text = COLL("\"dir\":\"d\"");

	memset(text, ' ', sizeof(text));
	memcpy(text, good_text, strlen(good_text));
	CHECK_OK(config_load(&config, written(text, sizeof(text) - 1)));
	config_free(config);
	CHECK_ERR(config_load(&config, written(text, sizeof(text))),
	    ERR_BAD_REQUEST);
}

TESTS(a_wrong_type_is_named_with_path_and_line,
    the_line_is_found_behind_any_text, a_syntax_error_has_line_and_column,
    nul_cannot_cut_a_key_short, an_unknown_key_names_those_it_resembles,
    an_unknown_value_names_those_it_resembles,
    a_number_outside_its_range_is_an_error, what_is_needed_is_asked_for,
    keys_that_contradict_each_other_are_an_error,
    bad_globs_and_pointers_are_an_error, bad_names_are_an_error,
    two_projects_cannot_share_a_store, a_collection_cannot_watch_its_own_store,
    a_collection_cannot_watch_published_files, the_command_line_can_publish,
    an_alias_must_lead_somewhere, an_alias_is_a_path_outside_the_base,
    a_base_is_a_path_with_slashes_around_it,
    a_file_that_cannot_be_read_is_named, a_file_beyond_one_mebibyte_is_an_error)
