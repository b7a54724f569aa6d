#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "err.h"
#include "log.h"

static const struct err *
send_to(const char *path, const char *lines)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	socklen_t bytes =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	const struct err *err = NULL;
	int fd;

	if ((path[0] != '/' && path[0] != '@') ||
	    len >= sizeof(address.sun_path))
		return err_new(ERR_BAD_REQUEST, "no path of a socket");
	memcpy(address.sun_path, path, len);
	if (path[0] == '@') /* an abstract one, unix(7) */
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys("socket");
	if (sendto(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&address, bytes) < 0)
		err = err_sys("sendto");
	(void)close(fd); /* a datagram is sent or not */
	return err;
}

void
notify(const char *lines)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const struct err *err;

	if (path == NULL || path[0] == '\0')
		return;
	err = send_to(path, lines);
	if (err != NULL)
		log_warning("NOTIFY_SOCKET, %s: %s", path, err->msg);
}

void
notify_leave(void)
{
	/* Neither can fail for such names. */
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
}

static void
bark(void *arg)
{
	struct notify_watchdog *dog = arg;

	notify("WATCHDOG=1");
	loop_timer_set(dog->loop, &dog->timer,
	    monotime_after_ms(loop_now(dog->loop), dog->every_ms));
}

/* 0: nobody asks. */
static uint64_t
number_of(const char *name)
{
	const char *text = getenv(name);
	char *end;
	unsigned long long n;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	n = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' ? n : 0;
}

void
notify_watchdog_start(struct notify_watchdog *dog, struct loop *loop)
{
	uint64_t us = number_of("WATCHDOG_USEC");
	uint64_t pid = number_of("WATCHDOG_PID");

	if (us < 2000 || us > INT64_MAX ||
	    (pid != 0 && pid != (uint64_t)getpid()))
		return;
	dog->loop = loop;
	dog->every_ms = (int64_t)(us / 2000);
	dog->timer.fn = bark;
	dog->timer.arg = dog;
	loop_timer_set(loop, &dog->timer,
	    monotime_after_ms(loop_now(loop), dog->every_ms));
}
