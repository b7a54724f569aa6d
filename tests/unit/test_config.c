#include "config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "check.h"
#include "config_text.h"
#include "span.h"
#include "tmpdir.h"

static const struct config_coll *
first_coll(const struct config *config)
{
	return &config->project[0].coll[0];
}

/* --- what loads ----------------------------------------------------------- */

static void
a_whole_file_is_taken(void)
{
	struct config *config = good(
	    "{\"projects\":{\"main\":{\"store\":\"/var/lib/tidemark/main.db\","
	    "\"inotify\":false,\"collections\":{\"workflows\":{"
	    "\"dir\":\"/srv/app/agents\",\"files\":[\"*/state.json\"],"
	    "\"id\":\"folder\"},\"routes\":{\"file\":\"/srv/app/routes.json\","
	    "\"items\":\"/routes\",\"key\":[\"method\",\"path\"]},\"logs\":{"
	    "\"dir\":\"/srv/app/logs\",\"files\":[\"*.log\"],"
	    "\"as\":\"text\"}}}},\"aliases\":{"
	    "\"/api/workflows\":\"main/workflows?shape=list\","
	    "\"/api/routes\":\"main/routes?shape=list:routes\"}}");
	const struct config_coll *coll;

	if (config == NULL)
		return;
	CHECK_INT(config->n_projects, 1);
	CHECK_STR(config->project[0].name, "main");
	CHECK_STR(config->project[0].store, "/var/lib/tidemark/main.db");
	CHECK(!config->project[0].use_inotify);
	CHECK(config->project[0].every_dir == NULL);
	CHECK_INT(config->project[0].n_colls, 3);
	coll = &config->project[0].coll[0];
	CHECK_STR(coll->name, "workflows");
	CHECK_STR(coll->dir, "/srv/app/agents");
	CHECK(coll->file == NULL);
	CHECK_INT(coll->source, CONFIG_JSON);
	CHECK_INT(coll->id, CONFIG_ID_FOLDER);
	CHECK_INT(coll->files.n, 1);
	CHECK_STR(coll->files.name[0], "*/state.json");
	coll++;
	CHECK_STR(coll->dir, "/srv/app");
	CHECK_STR(coll->file, "routes.json");
	CHECK_INT(coll->source, CONFIG_ITEMS);
	CHECK_STR(coll->items, "/routes");
	CHECK_INT(coll->key.n, 2);
	CHECK_STR(coll->key.name[1], "path");
	CHECK_INT(coll->files.n, 0);
	coll++;
	CHECK_INT(coll->source, CONFIG_TEXT);
	CHECK_INT(config->n_aliases, 2);
	CHECK_STR(config->alias[1].path, "/api/routes");
	CHECK_STR(config->alias[1].to, "main/routes?shape=list:routes");
	config_free(config);
}

static void
what_is_not_given_has_its_default(void)
{
	struct config *config = good(COLL("\"dir\":\"d\""));
	const struct config_coll *coll;

	if (config == NULL)
		return;
	coll = first_coll(config);
	CHECK_INT(coll->source, CONFIG_JSON);
	CHECK_INT(coll->id, CONFIG_ID_PATH);
	CHECK_STR(coll->files.name[0], "**/*.json");
	CHECK_INT(coll->exclude.n + coll->key.n + coll->diff_keys.n, 0);
	CHECK(coll->items == NULL);
	CHECK_INT(coll->interval_ms, 2000);
	CHECK(config->project[0].use_inotify);
	CHECK_STR(config->base, "/api/v1/");
	CHECK_INT(config->wait_max_ms, 55000);
	CHECK_INT(config->n_aliases, 0);
	config_free(config);
}

static void
the_files_taken_by_default_suit_the_kind(void)
{
	static const struct {
		const char *text, *glob;
	} rows[] = {
		{ COLL("\"dir\":\"d\",\"as\":\"text\""), "**/*.log" },
		{ COLL("\"dir\":\"d\",\"as\":\"jsonl\""), "**/*.jsonl" },
		{ COLL("\"dir\":\"d\",\"as\":\"stat\""), "**" },
		{ COLL("\"dir\":\"d\",\"items\":\"\""), "**/*.json" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *config = good(rows[i].text);

		if (config != NULL)
			CHECK_STR(first_coll(config)->files.name[0],
			    rows[i].glob);
		config_free(config);
	}
}

/* tail of path, which must begin with the temporary directory */
static const char *
below_tmpdir(const char *path)
{
	char *real = realpath(tmpdir(), NULL);
	size_t n = strlen(real);
	const char *tail = strncmp(path, real, n) == 0 ? path + n : "elsewhere";

	free(real);
	return tail;
}

static void
paths_are_relative_to_the_file(void)
{
	struct config *config = good(MAIN("\"a\":{\"dir\":\"./x//y/\"},"
					  "\"b\":{\"file\":\"../z/r.json\"},"
					  "\"c\":{\"dir\":\"/\"},"
					  "\"d\":{\"file\":\"/r.json\"}"));
	const struct config_coll *coll;

	if (config == NULL)
		return;
	coll = first_coll(config);
	CHECK_STR(below_tmpdir(config->project[0].store), "/m.db");
	CHECK_STR(below_tmpdir(coll[0].dir), "/x/y");
	CHECK_STR(below_tmpdir(coll[1].dir), "/../z");
	CHECK_STR(coll[1].file, "r.json");
	CHECK_STR(coll[2].dir, "/");
	CHECK_STR(coll[3].dir, "/");
	CHECK_STR(coll[3].file, "r.json");
	config_free(config);
}

static void
a_file_named_without_its_folder_is_found(void)
{
	struct config *config = NULL;
	char *back = getcwd(NULL, 0);

	(void)written(COLL("\"dir\":\"d\""), strlen(COLL("\"dir\":\"d\"")));
	CHECK_INT(chdir(tmpdir()), 0);
	if (CHECK_OK(config_load(&config, "c.json"))) {
		CHECK_STR(config->file, "c.json");
		CHECK_STR(below_tmpdir(first_coll(config)->dir), "/d");
	}
	CHECK_INT(chdir(back), 0);
	free(back);
	config_free(config);
}

static void
one_name_may_stand_for_a_list_of_them(void)
{
	struct config *config = good(COLL("\"file\":\"f.json\",\"items\":\"\","
					  "\"key\":\"/a/b\","
					  "\"diff_key\":\"uid\""));

	if (config == NULL)
		return;
	CHECK_INT(first_coll(config)->key.n, 1);
	CHECK_STR(first_coll(config)->key.name[0], "/a/b");
	CHECK_STR(first_coll(config)->diff_keys.name[0], "uid");
	CHECK_STR(first_coll(config)->items, "");
	config_free(config);
}

static void
names_of_fields_are_kept_as_documents_hold_them(void)
{
	struct config *config = good(
	    COLL("\"file\":\"f.json\",\"items\":\"/a\\\"b\","
		 "\"key\":\"\\u00e4\\ud836\\udc00\",\"diff_key\":\"\\t\""));

	if (config == NULL)
		return;
	CHECK_STR(first_coll(config)->items, "/a\\\"b");
	CHECK_STR(first_coll(config)->key.name[0], "\xc3\xa4\xf0\x9d\xa0\x80");
	CHECK_STR(first_coll(config)->diff_keys.name[0], "\\t");
	config_free(config);
}

static void
numbers_are_taken_at_both_ends_of_their_range(void)
{
	struct config *config =
	    good(WITH("\"limits\":{\"wait_s\":0,\"waiters\":0,"
		      "\"poll_ms\":600000,\"gzip_min_bytes\":16777216,"
		      "\"cache_mb\":65536}"));

	if (config == NULL)
		return;
	CHECK_INT(config->wait_max_ms, 0);
	CHECK_INT(config->waiters_max, 0);
	CHECK_INT(config->poll_ms, 600000);
	CHECK_INT(config->gzip_bytes_min, 16 << 20);
	CHECK_INT(config->cache_mb, 65536);
	config_free(config);
	config = good(WITH("\"limits\":{\"cache_mb\":0,\"slow_s\":3600,"
			   "\"spawned_waiters\":64,"
			   "\"waiters_per_address\":1}"));
	if (config == NULL)
		return;
	CHECK_INT(config->cache_mb, 0);
	CHECK_INT(config->slow_ms, 3600000);
	CHECK_INT(config->spawned_waiters_max, 64);
	CHECK_INT(config->waiters_per_address, 1);
	config_free(config);
}

static void
how_much_is_kept_is_said_by_project(void)
{
	struct config *config = good(
	    "{\"projects\":{"
	    "\"a\":{\"store\":\"a.db\",\"collections\":{\"c\":{\"dir\":\"d\"}},"
	    "\"keep\":{\"changes\":1,\"days\":1,\"mb\":1}},"
	    "\"b\":{\"store\":\"b.db\",\"collections\":{\"c\":{\"dir\":\"d\"}},"
	    "\"keep\":{\"changes\":1000000000,\"days\":36500,"
	    "\"mb\":1048576}},"
	    "\"c\":{\"store\":\"c.db\",\"collections\":{\"c\":{\"dir\":\"d\"}},"
	    "\"keep\":{\"days\":7}}}}");
	const struct config_project *p;

	if (config == NULL)
		return;
	p = config->project;
	CHECK_INT(p[0].keep.changes + p[0].keep.days + p[0].keep.mb, 3);
	CHECK_INT(p[1].keep.changes, 1000000000);
	CHECK_INT(p[1].keep.days, 36500);
	CHECK_INT(p[1].keep.mb, 1048576);
	CHECK_INT(p[2].keep.changes, 200000);
	CHECK_INT(p[2].keep.days, 7);
	config_free(config);
	CHECK_STR(fault("{\"projects\":{\"a\":{\"keep\":{\"days\":0}}}}"),
	    "1: projects.a.keep.days: expected a whole number from 1 to 36500, "
	    "not 0");
	CHECK_STR(fault("{\"projects\":{\"a\":{\"keep\":{\"mb\":1048577}}}}"),
	    "1: projects.a.keep.mb: expected a whole number from 1 to 1048576, "
	    "not 1048577");
}

static void
aliases_lead_to_all_that_the_api_has(void)
{
	struct config *config = good(WITH("\"base\":\"/live/v2/\",\"aliases\":{"
					  "\"/api/v1/x\":\"main\","
					  "\"/a\":\"main/jobs\","
					  "\"/b\":\"main/jobs/nightly/7?x=y\","
					  "\"/c\":\"main/events?shape=entity\","
					  "\"/d\":\"main/hooks/graphiti\","
					  "\"/e\":\"health\"}"));

	if (config == NULL)
		return;
	CHECK_STR(config->base, "/live/v2/");
	CHECK_INT(config->n_aliases, 6);
	config_free(config);
}

/* --- a directory ---------------------------------------------------------- */

static void
a_directory_serves_all_its_sub_directories(void)
{
	struct config *config = NULL;
	struct config_coll *coll;

	(void)mkdir(tmpdir_path("state"), 0777);
	if (!CHECK_OK(config_of_dir(&config, tmpdir_path("state/"))))
		return;
	CHECK(config->file == NULL);
	CHECK_INT(config->n_projects, 1);
	CHECK_STR(config->project[0].name, "main");
	CHECK_INT(config->project[0].n_colls, 0);
	CHECK_STR(below_tmpdir(config->project[0].every_dir), "/state");
	CHECK_STR(below_tmpdir(config->project[0].store),
	    "/state/.tidemark/main.db");
	CHECK(config->project[0].use_inotify);
	coll = config_coll_of_dir(&config->project[0], "jobs");
	if (CHECK(coll != NULL)) {
		CHECK_STR(coll->name, "jobs");
		CHECK_STR(below_tmpdir(coll->dir), "/state/jobs");
		CHECK_STR(coll->files.name[0], "**/*.json");
		CHECK_INT(coll->source, CONFIG_JSON);
		CHECK_INT(coll->id, CONFIG_ID_PATH);
		CHECK_INT(coll->interval_ms, 2000);
	}
	config_coll_free(coll);
	CHECK(config_coll_of_dir(&config->project[0], ".tidemark") == NULL);
	CHECK(config_coll_of_dir(&config->project[0], "changes") == NULL);
	config_free(config);
}

static void
only_a_directory_will_do(void)
{
	struct config *config = NULL;
	const struct err *err = config_of_dir(&config, tmpdir_path("absent"));

	CHECK_ERR(err, ERR_SYS);
	CHECK(strstr(err->msg, "/absent: No such file") != NULL);
	err = config_of_dir(&config, written("{}", 2));
	CHECK_ERR(err, ERR_BAD_REQUEST);
	CHECK(strstr(err->msg, "c.json is not a directory") != NULL);
	CHECK(config == NULL);
}

/* --- docs/CONFIG.md ------------------------------------------------------- */

/* The document, read once. */
static char *
manual(void)
{
	static char text[64 << 10];
	FILE *f;

	if (text[0] != '\0')
		return text;
	f = fopen("docs/CONFIG.md", "r");
	if (f == NULL || fread(text, 1, sizeof(text) - 1, f) == 0 ||
	    fclose(f) != 0) {
		printf(
		    "Bail out! no docs/CONFIG.md in the working directory\n");
		exit(1);
	}
	return text;
}

static void
the_examples_load(void)
{
	struct config *config = NULL;
	struct buf text = { 0 };
	const char *begin = strstr(manual(), "```json\n");

	if (CHECK(begin != NULL)) {
		begin += strlen("```json\n");
		buf_add(&text, begin, (size_t)(strstr(begin, "\n```") - begin));
		config_free(good(buf_cstr(&text)));
	}
	buf_fini(&text);
	if (CHECK_OK(config_load(&config, "examples/tidemark.json")))
		CHECK_STR(config->project[0].name, "main");
	config_free(config);
}

/* Its section of that title, up to the next one. */
static struct span
section(const char *title)
{
	char heading[64];
	const char *begin, *end;

	(void)snprintf(heading, sizeof(heading), "\n### %s\n", title);
	begin = strstr(manual(), heading);
	if (!CHECK(begin != NULL))
		return span_of("", 0);
	begin += strlen(heading);
	end = strstr(begin, "\n### ");
	return end == NULL ? span_str(begin)
			   : span_of(begin, (size_t)(end - begin));
}

/* The table row of a key: "| `key` | type | default |…"; empty if none. */
static struct span
row_of(struct span text, struct span key)
{
	while (text.len > 0) {
		struct span row = span_cut(&text, '\n');

		if (row.len > key.len + 5 && memcmp(row.p, "| `", 3) == 0 &&
		    memcmp(row.p + 3, key.p, key.len) == 0 &&
		    memcmp(row.p + 3 + key.len, "` |", 3) == 0)
			return row;
	}
	return span_of("", 0);
}

/* Each object of a configuration file, and where its keys are explained. */
static const struct {
	const char *title;
	const char *format; /* %s: one member */
} objects[] = {
	{ "The whole file", "{%s}" },
	{ "A project", "{\"projects\":{\"main\":{%s}}}" },
	{ "Retention", "{\"projects\":{\"main\":{\"keep\":{%s}}}}" },
	{ "A collection", COLL("%s") },
	{ "Limits", WITH("\"limits\":{%s}") },
};

static const char *
format_of(const char *title)
{
	size_t i = 0;

	while (strcmp(objects[i].title, title) != 0)
		i++;
	return objects[i].format;
}

static const char *
fault_of_member(const char *format, const char *member)
{
	struct buf text = { 0 };
	const char *at = strstr(format, "%s"), *msg;

	buf_add(&text, format, (size_t)(at - format));
	buf_str(&text, member);
	buf_str(&text, at + 2);
	msg = fault(buf_cstr(&text));
	buf_fini(&text);
	return msg;
}

static void
every_key_is_explained(void)
{
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		const char *msg =
		    fault_of_member(objects[i].format, "\"???????\":0");
		const char *known = strstr(msg, "; known: ");
		struct span keys;

		if (!CHECK(known != NULL))
			continue;
		keys = span_str(known + strlen("; known: "));
		while (keys.len > 0) {
			struct span key = span_cut(&keys, ',');

			if (key.p[0] == ' ')
				key = span_of(key.p + 1, key.len - 1);
			if (!CHECK(
				row_of(section(objects[i].title), key).len > 0))
				printf("# %.*s\n", SPAN_ARGS(key));
		}
	}
}

static void
every_explained_key_is_known(void)
{
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		struct span rest = section(objects[i].title);
		char member[64];

		while (rest.len > 0) {
			struct span row = span_cut(&rest, '\n');

			if (row.len >= 10 &&
			    memcmp(row.p, "| `as` | a", 10) == 0)
				break; /* the table of values */
			if (row.len < 4 || memcmp(row.p, "| `", 3) != 0)
				continue;
			row = span_of(row.p + 3, row.len - 3);
			row = span_cut(&row, '`');
			(void)snprintf(member, sizeof(member), "\"%.*s\":[[]]",
			    SPAN_ARGS(row));
			if (!CHECK(strstr(fault_of_member(objects[i].format,
					      member),
				       ": expected ") != NULL))
				printf("# %.*s\n", SPAN_ARGS(row));
		}
	}
}

/* Rows "| `x` | number from A to B | D |": out of range is out of range. */
static void
explained_ranges_and_defaults_are_those_of_the_code(void)
{
	struct config *config = good(COLL("\"dir\":\"d\""));
	const struct config_keep *keep;
	const struct config_coll *coll;

	if (config == NULL)
		return;
	coll = first_coll(config);
	keep = &config->project[0].keep;
	{
		const struct {
			const char *title, *key;
			uint32_t value;
		} rows[] = {
			{ "A collection", "interval_ms", coll->interval_ms },
			{ "A collection", "max_entities", coll->entities_max },
			{ "A collection", "max_file_bytes",
			    coll->file_bytes_max },
			{ "A collection", "max_lines", coll->lines_max },
			{ "A collection", "tail_bytes", coll->tail_bytes },
			{ "Retention", "changes", keep->changes },
			{ "Retention", "days", keep->days },
			{ "Retention", "mb", keep->mb },
			{ "Limits", "cache_mb", config->cache_mb },
			{ "Limits", "gzip_min_bytes", config->gzip_bytes_min },
			{ "Limits", "poll_ms", config->poll_ms },
			{ "Limits", "slow_s", config->slow_ms / 1000 },
			{ "Limits", "spawned_waiters",
			    config->spawned_waiters_max },
			{ "Limits", "wait_s", config->wait_max_ms / 1000 },
			{ "Limits", "waiters", config->waiters_max },
			{ "Limits", "waiters_per_address",
			    config->waiters_per_address },
		};

		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct span row = row_of(section(rows[i].title),
			    span_str(rows[i].key));
			const char *format = format_of(rows[i].title);
			char member[64], want[160];
			unsigned least, most;
			const char *msg;

			(void)snprintf(member, sizeof(member),
			    "\"%s\":4294967295", rows[i].key);
			msg = strstr(fault_of_member(format, member), "from ");
			if (!CHECK(msg != NULL &&
				sscanf(msg, "from %u to %u,", &least, &most) ==
				    2))
				continue;
			(void)snprintf(want, sizeof(want),
			    "| `%s` | number from %u to %u | %u |", rows[i].key,
			    least, most, rows[i].value);
			if (!CHECK(row.len > strlen(want) &&
				memcmp(row.p, want, strlen(want)) == 0))
				printf("# %s\n", want);
		}
	}
	config_free(config);
}

TESTS(a_whole_file_is_taken, what_is_not_given_has_its_default,
    the_files_taken_by_default_suit_the_kind, paths_are_relative_to_the_file,
    a_file_named_without_its_folder_is_found,
    one_name_may_stand_for_a_list_of_them,
    names_of_fields_are_kept_as_documents_hold_them,
    numbers_are_taken_at_both_ends_of_their_range,
    how_much_is_kept_is_said_by_project, aliases_lead_to_all_that_the_api_has,
    a_directory_serves_all_its_sub_directories, only_a_directory_will_do,
    every_key_is_explained, the_examples_load, every_explained_key_is_known,
    explained_ranges_and_defaults_are_those_of_the_code)
