#include "hint.h"

#include <errno.h>
#include <inotifytools/inotify.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"
#include "mem.h"
#include "monotime.h"

enum {
	HINT_BYTES = 64 << 10,
	HINT_READS_MAX = 16, /* then the loop gets its turn */
	HINT_FULL_MS = 60000 /* after the limit was met: when to ask again */
};

/*
 * IN_MODIFY, because a log stays open between its lines; IN_ATTRIB, because
 * chmod(1) mends what could not be read.
 */
static const uint32_t hint_mask = IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE |
    IN_DELETE | IN_DELETE_SELF | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MODIFY |
    IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;

struct hint {
	struct loop *loop;
	struct loop_io io;
	hint_round_fn *round;
	void *arg;
	struct table watches; /* by wd */
	bool is_full;
	struct monotime full_until;
	bool is_full_said;
	_Alignas(struct inotify_event) char bytes[HINT_BYTES];
};

/* Spreads consecutive numbers over the slots of a table as they are. */
static uint64_t
wd_hash(int wd)
{
	return (uint64_t)wd;
}

static struct hint_watch *
find(const struct hint *h, int wd)
{
	struct table_node *n = table_find(&h->watches, wd_hash(wd));

	return n == NULL ? NULL : LIST_OF(n, struct hint_watch, node);
}

/* --- events -------------------------------------------------------------- */

/* Tell every owner, who may not add or remove watches meanwhile. */
static void
tell(struct hint_watch *first, uint32_t events, struct span name)
{
	struct hint_watch *w = first;

	do {
		w->fn(w, events, name);
		w = LIST_OF(w->same.next, struct hint_watch, same);
	} while (w != first);
}

static void
forget(struct hint *h, struct hint_watch *first)
{
	table_remove(&h->watches, &first->node);
	first->is_first = false;
	while (list_has(&first->same)) {
		struct hint_watch *w =
		    LIST_OF(first->same.next, struct hint_watch, same);

		w->wd = -1;
		list_remove(&w->same);
	}
	first->wd = -1;
}

static void
deliver(struct hint *h, const struct inotify_event *ev)
{
	struct hint_watch *first = find(h, ev->wd);
	struct span name = span_of(ev->name, strnlen(ev->name, ev->len));

	if (first == NULL)
		return; /* taken off while the event was on its way */
	tell(first, ev->mask, name);
	if (ev->mask & IN_IGNORED)
		forget(h, first);
}

static bool
deliver_all(struct hint *h, ssize_t n)
{
	bool is_lost = false;

	for (char *p = h->bytes; p < h->bytes + n;) {
		const struct inotify_event *ev = (const void *)p;

		if (ev->mask & IN_Q_OVERFLOW)
			is_lost = true;
		else
			deliver(h, ev);
		p += sizeof(*ev) + ev->len;
	}
	return is_lost;
}

static void
on_events(void *arg, uint32_t events)
{
	struct hint *h = arg;
	bool is_lost = false;

	(void)events;
	for (int i = 0; i < HINT_READS_MAX; i++) {
		ssize_t n = read(h->io.fd, h->bytes, sizeof(h->bytes));

		if (n <= 0)
			break; /* EAGAIN; anything else, scans make good */
		is_lost = deliver_all(h, n) || is_lost;
	}
	h->round(h->arg, is_lost);
}

/* --- watches ------------------------------------------------------------- */

const struct err *
hint_open(struct hint **out, struct loop *loop, hint_round_fn *round, void *arg)
{
	struct hint *h;
	const struct err *err;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return err_sys("inotify_init1");
	h = mem_new(1, sizeof(*h));
	h->loop = loop;
	h->round = round;
	h->arg = arg;
	h->io = (struct loop_io){ .fd = fd, .fn = on_events, .arg = h };
	err = loop_io_add(loop, &h->io, EPOLLIN);
	if (err != NULL) {
		(void)close(fd);
		free(h);
		return err;
	}
	*out = h;
	return NULL;
}

void
hint_close(struct hint *h)
{
	if (h == NULL)
		return;
	loop_io_remove(h->loop, &h->io);
	(void)close(h->io.fd);
	table_fini(&h->watches);
	free(h);
}

static void
limit_met(struct hint *h, const char *path)
{
	h->is_full = true;
	h->full_until = monotime_after_ms(monotime_now(), HINT_FULL_MS);
	if (!h->is_full_said)
		log_warning("%s: the limit of inotify watches is reached; what "
			    "has none is looked at in every scan, and changes "
			    "show that much later.  To raise it: sysctl "
			    "fs.inotify.max_user_watches=524288",
		    path);
	h->is_full_said = true;
}

bool
hint_add(struct hint *h, struct hint_watch *w, const char *path)
{
	struct hint_watch *first;
	int wd;

	if (h->is_full && !monotime_reached(h->full_until, monotime_now()))
		return false;
	h->is_full = false;
	wd = inotify_add_watch(h->io.fd, path, hint_mask);
	if (wd < 0) {
		if (errno == ENOSPC)
			limit_met(h, path);
		return false;
	}
	if (wd == w->wd)
		return true;
	hint_remove(h, w);
	w->wd = wd;
	first = find(h, wd);
	if (first != NULL) {
		list_append(&first->same, &w->same);
		return true;
	}
	w->is_first = true;
	table_add(&h->watches, &w->node, wd_hash(wd));
	return true;
}

void
hint_remove(struct hint *h, struct hint_watch *w)
{
	if (h == NULL || w->wd < 0)
		return;
	if (!list_has(&w->same)) {
		/* Fails when the directory is gone, and the watch with it. */
		(void)inotify_rm_watch(h->io.fd, w->wd);
		table_remove(&h->watches, &w->node);
	} else if (w->is_first) {
		struct hint_watch *heir =
		    LIST_OF(w->same.next, struct hint_watch, same);

		table_remove(&h->watches, &w->node);
		heir->is_first = true;
		table_add(&h->watches, &heir->node, wd_hash(w->wd));
	}
	list_remove(&w->same);
	w->is_first = false;
	w->wd = -1;
}
