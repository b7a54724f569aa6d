/* tidemark doctor: what a host does to us, and what to change. */
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "cmd.h"
#include "doctor.h"
#include "options.h"
#include "out.h"

enum { IDLE_S = 30, IDLE_S_MAX = 55, WAITS = 8, WAITS_MAX = 32 };

enum { OPTION_IDLE, OPTION_WAITS, OPTION_INSECURE };

static const struct err *
number(const struct cmd_call *call, int option, uint32_t most, uint32_t *n)
{
	uint64_t value;
	const struct err *err;

	if (call->value[option] == NULL)
		return NULL;
	err = options_number(call->cmd->options[option].name,
	    call->value[option], most, &value);
	if (err == NULL)
		*n = (uint32_t)value;
	return err;
}

/* The mount, with a slash: of an address of the API what is before it. */
static void
find_root(const char *address, struct buf *root)
{
	const char *api = strstr(address, "/api/v1");
	size_t len = api != NULL ? (size_t)(api - address) : strlen(address);

	buf_add(root, address, len);
	if (len == 0 || address[len - 1] != '/')
		buf_byte(root, '/');
}

/* The path of it, with the slash before. */
static const char *
mount_of(const char *root)
{
	const char *host = strstr(root, "://");

	return host != NULL ? strchr(host + 3, '/') : root;
}

static void
examine(struct doctor *d, uint32_t idle_s, uint32_t waits)
{
	if (!doctor_reach(d))
		return;
	(void)doctor_project(d);
	doctor_heads(d);
	doctor_buffering(d);
	if (d->cursor == NULL)
		return;
	if (idle_s > 0)
		doctor_silence(d, idle_s);
	if (waits > 0)
		doctor_waits(d, waits);
}

static const struct err *
run(struct cmd_call *call)
{
	struct verdicts verdicts = { .out = call->out };
	struct doctor d = { .verdicts = &verdicts,
		.project = call->place->project,
		.is_bare = strchr(call->arg[0], '@') == NULL };
	struct buf root = { 0 };
	uint32_t idle_s = IDLE_S, waits = WAITS;
	const struct err *err = number(call, OPTION_IDLE, IDLE_S_MAX, &idle_s);

	if (d.project == NULL)
		d.project = "main";
	if (err == NULL)
		err = number(call, OPTION_WAITS, WAITS_MAX, &waits);
	if (err != NULL)
		return err;
	find_root(call->arg[0], &root);
	err = fetch_client_new(buf_cstr(&root),
	    call->value[OPTION_INSECURE] != NULL, &d.web);
	if (err == NULL) {
		d.mount = mount_of(buf_cstr(&root));
		examine(&d, idle_s, waits);
		call->has_failed = verdicts.n[VERDICT_PROBLEM] > 0;
		verdicts_end(&verdicts);
	}
	free(d.cursor);
	fetch_client_free(d.web);
	buf_fini(&root);
	return err;
}

static const struct cmd_option options[] = {
	[OPTION_IDLE] = { 0, "idle", "SECONDS",
	    "how long an answer shall be silent: 0 to 55 (30); 0: not at all" },
	[OPTION_WAITS] = { 0, "waits", "N",
	    "how many shall wait at the same time: 0 to 32 (8)" },
	[OPTION_INSECURE] = { 0, "insecure", NULL,
	    "do not look at the certificate of an https:// address" },
	{ 0 },
};

const struct cmd cmd_doctor = {
	.name = "doctor",
	.summary = "what a web host does to Tidemark, and what to change",
	.synopsis = "[options] URL",
	.text =
	    "Asks a Tidemark that is served at URL, the mount, such as\n"
	    "https://example.org/~ann/live/, and says of each of these whether\n"
	    "it is well, and else which directive of that web server to change:\n"
	    "\n"
	    "  address      Tidemark answers below it\n"
	    "  server       which one, which HTTP, how fast\n"
	    "  health       what Tidemark says of itself\n"
	    "  interface    daemon, spawned (FastCGI that the server starts), cgi\n"
	    "  page         it is there, too\n"
	    "  slashes      ids may hold an encoded slash\n"
	    "  headers      Authorization and others arrive\n"
	    "  304          who has the newest is told so (project main, or -p)\n"
	    "  compression  is left to Tidemark\n"
	    "  caching      nothing in between keeps what it must not\n"
	    "  clock        the host's and ours agree\n"
	    "  buffering    events arrive when they are sent\n"
	    "  silence      an answer may be silent for --idle seconds\n"
	    "  waits        so many may wait, and hold up nobody else\n"
	    "\n"
	    "A warning: it works, but not as well as it could.  A problem: it\n"
	    "does not.  Nothing is changed on the host.  It is asked some twenty\n"
	    "times, one after another but for the waits, each a few seconds long.\n"
	    "Status 1 when there is any problem.\n",
	.examples =
	    "  tidemark doctor http://localhost/live/\n"
	    "  tidemark doctor --idle 55 https://example.org/~ann/live/\n"
	    "  tidemark doctor --json https://example.org/live/ | grep "
	    "problem\n",
	.options = options,
	.args_min = 1,
	.args_max = 1,
	.run = run,
};
