#include "glance.h"

#include "filter.h"
#include "project.h"
#include "store.h"

/* Beyond so many each has to look for himself: that costs no more. */
enum { GLANCE_STEPS_MAX = 1000, GLANCE_CHANGES_MAX = 10000 };

void
glance_fini(struct glance *glance)
{
	feed_net_fini(&glance->net);
}

static const struct err *
look(struct glance *glance, struct store *store)
{
	struct store_state state;
	const struct err *err = store_state(store, &state);

	if (err != NULL)
		return err;
	glance->after = glance->until;
	glance->until = (struct cursor){ state.epoch, state.head };
	if (glance->after.epoch != state.epoch ||
	    glance->after.seq < state.floor ||
	    state.head - glance->after.seq > GLANCE_CHANGES_MAX)
		return NULL;
	err = feed_net_glance(&glance->net, store, glance->after.seq);
	glance->is_good =
	    err == NULL && glance->net.n_steps <= GLANCE_STEPS_MAX;
	return err;
}

void
glance_take(struct glance *glance, struct project *project)
{
	struct store *store;
	const struct err *err = project_store(project, &store);

	feed_net_fini(&glance->net);
	glance->is_good = false;
	if (err == NULL)
		err = store_view_begin(store);
	if (err == NULL) {
		err = look(glance, store);
		store_view_end(store);
	}
	/* Who then looks for himself will say what is wrong. */
	if (err != NULL)
		glance->until = (struct cursor){ 0 };
}

bool
glance_concerns(const struct glance *glance, struct cursor place,
    const struct filter *filter)
{
	if (!glance->is_good || place.epoch != glance->until.epoch ||
	    place.seq < glance->after.seq || place.seq > glance->until.seq)
		return true;
	for (size_t i = 0; i < glance->net.n_steps; i++) {
		const struct feed_net_step *step = &glance->net.step[i];

		if (step->seq > place.seq &&
		    filter_wants_id(filter,
			span_str(glance->net.coll[step->coll].name),
			feed_net_id(&glance->net, step)))
			return true;
	}
	return false;
}
