/*
 * door_daemon: one process, one thread, one loop: accepts connections, gives
 * them to conn.c, and turns signals into a reload or a clean end.
 *
 * A reload makes a new generation (configuration, app, park) for the requests
 * to come; an old one goes when its last waiter has its answer, which is soon:
 * no wait is longer than wait_max_ms, and streams are sent away at once, to
 * come back into the new one.
 *
 * Descriptors: the limit is raised to what the kernel allows.  At the limit we
 * stop accepting until a connection ends; the kernel's backlog holds the rest.
 */
#include "door.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "app.h"
#include "app_reach.h"
#include "cache.h"
#include "config.h"
#include "conn.h"
#include "handover.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "park.h"
#include "slots.h"
#include "stats.h"

enum {
	DOOR_ACCEPTS_A_ROUND = 64,
	DOOR_PAUSE_MS = 100,  /* when there are no descriptors left */
	DOOR_SWEEP_MS = 1000, /* between looks for empty generations */
	DOOR_LOOK_MS = 250,   /* … and for folders that are to come */
	DOOR_COUNT_MS = 1000, /* … and at what memory holds */
	DOOR_FDS_KEPT = 64,   /* for databases, bells and the like */
	DOOR_CONNS_MAX = 65536,
};

struct generation {
	struct generation *older;
	struct config *config;
	struct app *app;
	struct park *park;
};

struct daemon {
	struct loop *loop;
	struct listener *listener;
	struct stats *stats;
	struct slots *slots;
	struct conns *conns;
	struct generation *newest;
	door_config_fn *reload;
	void *arg;
	struct loop_io listen_io;
	struct loop_timer pause_timer;
	struct loop_timer sweep_timer;
	struct loop_timer look_timer;
	struct loop_timer end_timer;
	struct monotime counted;
	uint32_t conns_max;
	bool is_accepting;
	bool is_ending;
};

/* --- generations ------------------------------------------------------------ */

static void
generation_free(struct generation *generation)
{
	park_free(generation->park);
	app_free(generation->app);
	config_free(generation->config);
	free(generation);
}

/* Waiters leave room for requests that are answered at once. */
static void
limit_slots(struct daemon *daemon, const struct config *config)
{
	uint32_t most = daemon->conns_max - daemon->conns_max / 8;
	uint32_t old = slots_in_all(daemon->slots);

	if (most > config->waiters_max)
		most = config->waiters_max;
	slots_limit(daemon->slots, most, config->waiters_per_address);
	stats_move(daemon->stats, STATS_SLOTS, (int64_t)most - old);
}

/* Takes the configuration over, also when it fails. */
static const struct err *
generation_add(struct daemon *daemon, struct config *config)
{
	struct generation *generation = mem_new(1, sizeof(*generation));
	const struct err *err;

	generation->config = config;
	generation->app = app_new(config, daemon->stats);
	app_keep_diffs(generation->app);
	app_warm(generation->app);
	err = park_new(&generation->park, daemon->loop, generation->app,
	    daemon->slots, &conns_calls);
	if (err != NULL) {
		generation_free(generation);
		return err;
	}
	if (daemon->newest != NULL) {
		cache_clear(app_cache(daemon->newest->app));
		app_forget_diffs(daemon->newest->app);
	}
	generation->older = daemon->newest;
	daemon->newest = generation;
	limit_slots(daemon, config);
	conns_serve(daemon->conns, generation->app, generation->park);
	return NULL;
}

static void
sweep(void *arg)
{
	struct daemon *daemon = arg;
	struct generation **at = &daemon->newest->older, *empty;

	while ((empty = *at) != NULL) {
		if (park_n(empty->park) > 0) {
			at = &empty->older;
			continue;
		}
		*at = empty->older;
		generation_free(empty);
	}
	if (daemon->newest->older != NULL)
		loop_timer_set(daemon->loop, &daemon->sweep_timer,
		    monotime_after_ms(loop_now(daemon->loop), DOOR_SWEEP_MS));
}

/* --- accepting ---------------------------------------------------------------- */

/* Woken one worker at a time where several share the socket. */
static void
accept_resume(struct daemon *daemon)
{
	const struct err *err;

	if (daemon->is_accepting || daemon->is_ending)
		return;
	err = loop_io_add(daemon->loop, &daemon->listen_io,
	    EPOLLIN | EPOLLEXCLUSIVE);
	if (err != NULL)
		log_error("%s", err->msg);
	daemon->is_accepting = err == NULL;
}

static void
accept_stop(struct daemon *daemon)
{
	if (daemon->is_accepting)
		loop_io_remove(daemon->loop, &daemon->listen_io);
	daemon->is_accepting = false;
}

static void
pause_over(void *arg)
{
	accept_resume(arg);
}

/* Level-triggered, the listener would report the same connection for ever. */
static void
accept_pause(struct daemon *daemon, int reason)
{
	errno = reason;
	log_warning("accepting again in %d ms: %m", DOOR_PAUSE_MS);
	accept_stop(daemon);
	loop_timer_set(daemon->loop, &daemon->pause_timer,
	    monotime_after_ms(loop_now(daemon->loop), DOOR_PAUSE_MS));
}

/* False: there is none, or not now. */
static bool
accept_one(struct daemon *daemon)
{
	int fd;

	if (conns_n(daemon->conns) >= daemon->conns_max) {
		accept_stop(daemon);
		return false;
	}
	fd = accept4(daemon->listen_io.fd, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		conns_add(daemon->conns, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM)
		accept_pause(daemon, errno);
	/* What else can go wrong concerns one peer that has gone again. */
	return fd >= 0 || errno == ECONNABORTED || errno == EINTR;
}

static void
accept_some(void *arg, uint32_t events)
{
	(void)events;
	for (int i = 0; i < DOOR_ACCEPTS_A_ROUND; i++)
		if (!accept_one(arg))
			return;
}

static void
conn_closed(void *arg)
{
	struct daemon *daemon = arg;

	/* Not from within begin_end(): the next one is being accepted. */
	if (daemon->end_timer.slot != 0 && conns_n(daemon->conns) == 0)
		loop_stop(daemon->loop);
	else if (daemon->pause_timer.slot == 0)
		accept_resume(daemon);
}

/* --- signals ------------------------------------------------------------------ */

static void
end_late(void *arg)
{
	struct daemon *daemon = arg;

	log_warning("%u connections are cut off", conns_n(daemon->conns));
	loop_stop(daemon->loop);
}

/*
 * Who has connected already is served.  The epoll lets go of the socket first:
 * where others accept from it as well, a connection for which it woke only us
 * would lie there until the next one comes.
 */
static void
begin_end(struct daemon *daemon)
{
	daemon->is_ending = true;
	accept_stop(daemon);
	while (accept_one(daemon))
		;
	listener_shut(daemon->listener);
	conns_end(daemon->conns);
	for (struct generation *g = daemon->newest; g != NULL; g = g->older)
		park_end(g->park, "ending");
	loop_timer_set(daemon->loop, &daemon->end_timer,
	    monotime_after_ms(loop_now(daemon->loop), DOOR_END_MS));
	if (conns_n(daemon->conns) == 0)
		loop_stop(daemon->loop);
}

static void
end(void *arg, int signo)
{
	struct daemon *daemon = arg;

	if (daemon->is_ending)
		return;
	log_info("%s: ending", strsignal(signo));
	begin_end(daemon);
}

/* Another process takes this one's place. */
static void
end_barred(struct daemon *daemon)
{
	if (daemon->is_ending)
		return;
	log_info("the sandbox of this process does not reach a store: ending");
	begin_end(daemon);
}

static void
look_for_stores(void *arg)
{
	struct daemon *daemon = arg;
	enum app_reach reach = app_reach_look(daemon->newest->config);

	if (reach == APP_REACH_BARRED)
		end_barred(daemon);
	else if (reach == APP_REACH_NOT_YET)
		loop_timer_set(daemon->loop, &daemon->look_timer,
		    monotime_after_ms(loop_now(daemon->loop), DOOR_LOOK_MS));
}

static void
reload(void *arg, int signo)
{
	struct daemon *daemon = arg;
	struct config *config;
	const struct err *err = daemon->reload(daemon->arg, &config);

	(void)signo;
	if (err == NULL)
		err = generation_add(daemon, config);
	if (err != NULL) {
		log_error("the old configuration stays: %s", err->msg);
		return;
	}
	log_info("the configuration is read again");
	for (struct generation *g = daemon->newest->older; g != NULL;
	     g = g->older)
		park_end_streams(g->park, "reload");
	sweep(daemon);
	look_for_stores(daemon);
}

static void
round_over(void *arg, int64_t us)
{
	struct daemon *daemon = arg;
	struct monotime now = loop_now(daemon->loop);

	stats_round(daemon->stats, us, now);
	if (!monotime_reached(monotime_after_ms(daemon->counted, DOOR_COUNT_MS),
		now))
		return;
	daemon->counted = now;
	app_count_memory(daemon->newest->app);
	if (app_is_barred(daemon->newest->app))
		end_barred(daemon);
}

/* --- the whole ---------------------------------------------------------------- */

/* Raise the limit as far as it goes; returns how many connections fit. */
static uint32_t
raise_limit(void)
{
	struct rlimit limit;
	rlim_t room;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 256;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 &&
	    getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 256;
	room = limit.rlim_cur > DOOR_FDS_KEPT + 8
	    ? limit.rlim_cur - DOOR_FDS_KEPT
	    : 8;
	return room > DOOR_CONNS_MAX ? DOOR_CONNS_MAX : (uint32_t)room;
}

static const struct err *
watch_signals(struct daemon *daemon)
{
	const struct err *err;

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_sys("SIGPIPE");
	err = loop_signal(daemon->loop, SIGTERM, end, daemon);
	if (err == NULL)
		err = loop_signal(daemon->loop, SIGINT, end, daemon);
	if (err == NULL)
		err = loop_signal(daemon->loop, SIGHUP, reload, daemon);
	return err;
}

static void
daemon_init(struct daemon *daemon, struct listener *listener)
{
	daemon->listener = listener;
	daemon->listen_io.fd = listener_fd(listener);
	daemon->listen_io.fn = accept_some;
	daemon->listen_io.arg = daemon;
	daemon->pause_timer.fn = pause_over;
	daemon->pause_timer.arg = daemon;
	daemon->sweep_timer.fn = sweep;
	daemon->sweep_timer.arg = daemon;
	daemon->look_timer.fn = look_for_stores;
	daemon->look_timer.arg = daemon;
	daemon->end_timer.fn = end_late;
	daemon->end_timer.arg = daemon;
	daemon->conns_max = raise_limit();
	daemon->slots = slots_new();
	daemon->conns = conns_new(daemon->loop, daemon->stats,
	    daemon->conns_max, conn_closed, daemon);
	loop_measure(daemon->loop, round_over, daemon);
}

static void
daemon_fini(struct daemon *daemon)
{
	struct generation *generation;

	conns_free(daemon->conns);
	while ((generation = daemon->newest) != NULL) {
		daemon->newest = generation->older;
		generation_free(generation);
	}
	slots_free(daemon->slots);
	loop_free(daemon->loop);
}

const struct err *
door_daemon(struct config *config, struct stats *stats,
    struct listener *listener, struct handover *handover,
    door_config_fn *reload_fn, void *arg)
{
	struct daemon daemon = {
		.stats = stats,
		.reload = reload_fn,
		.arg = arg,
	};
	const struct err *err = loop_new(&daemon.loop);

	if (err != NULL) {
		config_free(config);
		return err;
	}
	daemon_init(&daemon, listener);
	err = generation_add(&daemon, config);
	if (err == NULL)
		err = watch_signals(&daemon);
	if (err == NULL) {
		accept_resume(&daemon);
		if (daemon.is_accepting)
			handover_serves(handover);
		look_for_stores(&daemon);
		err = loop_run(daemon.loop);
	}
	daemon_fini(&daemon);
	return err;
}
