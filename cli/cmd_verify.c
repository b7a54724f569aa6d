/* tidemark verify: is the database what it should be? */
#include "base.h"
#include "cmd.h"
#include "out.h"
#include "report.h"
#include "store_check.h"
#include "verify_files.h"
#include "verify_log.h"

/* A store_fault_fn. */
static void
take_fault(const struct store_fault *fault, void *arg)
{
	report_problem(arg, fault->check, fault->where, fault->what, NULL);
}

/* Pages first: what is wrong there is told as what it is. */
static void
verify(struct base *base, struct report *report)
{
	const struct err *err =
	    store_check_pages(base->store, take_fault, report);

	if (err != NULL)
		report_failed(report, "pages", err);
	report_part(report, "pages", "every page, index and value (SQLite)");
	err = store_check_tables(base->store, take_fault, report);
	if (err != NULL)
		report_failed(report, "tables", err);
	report_part(report, "tables", "counters, links, keyframes and marks");
	verify_documents(base->store, report);
	verify_log(base->store, report);
	verify_bell(base, report);
	verify_files(base, report);
}

static const struct err *
run(struct cmd_call *call)
{
	struct base base = { 0 };
	struct report report = { .out = call->out };
	const struct err *err = base_open(&base, call->place);

	if (err == NULL) {
		verify(&base, &report);
		call->has_failed = report.n_problems > 0;
		report_end(&report);
	}
	base_close(&base);
	return err;
}

static const struct cmd_option options[] = { { 0 } };

const struct cmd cmd_verify = {
	.name = "verify",
	.summary = "is the database what it should be?",
	.synopsis = "[options]",
	.text =
	    "Reads everything, and compares whatever is said twice:\n"
	    "\n"
	    "  pages      SQLite's own check of the whole file\n"
	    "  tables     counters of collections, links between the changes of\n"
	    "             an entity, gaps in the log, kept documents, floor, epoch\n"
	    "  documents  each is canonical JSON\n"
	    "  rebuild    each entity, from the log, step by step\n"
	    "  bell       it rings for the log that is there\n"
	    "  files      each entity that a JSON file of its own feeds, against\n"
	    "             that file; other sources are left out, and said to be\n"
	    "\n"
	    "Each problem is told with where it is and what to do.  Everything\n"
	    "may go on meanwhile: what changes is looked at again before it is\n"
	    "called a problem.  A file that changed while no watcher runs is none.\n"
	    "Status 1 when there is any problem.\n",
	.examples = "  tidemark verify -d /srv/state\n"
		    "  tidemark verify --json | grep '^{\"problem\"'\n",
	.options = options,
	.run = run,
};
