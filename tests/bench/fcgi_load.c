/*
 * fcgi_load: asks a FastCGI socket, as a web server would: a new connection
 * for each request.
 *
 *	fcgi_load once SOCKET URI
 *	    status, milliseconds until the answer is whole, its bytes, its ETag
 *	fcgi_load rate SOCKET URI ETAG PID MILLISECONDS
 *	    answers a second with CONNS at a time, microseconds of PID's CPU for
 *	    each, and the status of the first
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench.h"
#include "fcgi_answer.h"

enum { CONNS = 16 };

struct load {
	const char *path;
	struct wire_request request;
	int epoll;
	int fd[CONNS];
	struct wire_answer answer[CONNS];
	unsigned long answers;
	char status[256]; /* of the first answer */
};

static void
ask_once(const char *path, const char *uri)
{
	static struct wire_request request;
	static struct wire_answer answer;
	char status[256], etag[256];
	double start;
	int fd;

	wire_get(&request, uri, NULL);
	start = bench_seconds();
	fd = wire_connect(path, 0);
	wire_send(fd, &request);
	wire_receive(fd, &answer);
	start = bench_seconds() - start;
	(void)close(fd);
	printf("%.3s %.3f %zu %s\n", wire_header(&answer, "Status", status),
	    start * 1e3, answer.stdout_bytes,
	    wire_header(&answer, "ETag", etag));
}

static void
ask(struct load *load, int i)
{
	struct epoll_event event = { .events = EPOLLIN };

	memset(&load->answer[i], 0, sizeof(load->answer[i]));
	load->fd[i] = wire_connect(load->path, 0);
	wire_send(load->fd[i], &load->request);
	event.data.u32 = (uint32_t)i;
	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, load->fd[i], &event) != 0)
		err(1, "epoll_ctl");
}

static void
take(struct load *load, int i)
{
	static uint8_t bytes[65536];
	ssize_t n = recv(load->fd[i], bytes, sizeof(bytes), 0);

	if (n <= 0)
		errx(1, "the connection ended before the answer did");
	wire_take(&load->answer[i], bytes, (size_t)n);
	if (!load->answer[i].is_whole)
		return;
	(void)close(load->fd[i]);
	if (load->answers++ == 0)
		(void)wire_header(&load->answer[i], "Status", load->status);
	ask(load, i);
}

static void
run_until(struct load *load, double end)
{
	struct epoll_event events[CONNS];

	while (bench_seconds() < end) {
		int n = epoll_wait(load->epoll, events, CONNS, 1000);

		for (int i = 0; i < n; i++)
			take(load, (int)events[i].data.u32);
	}
}

static void
measure_rate(struct load *load, int pid, double seconds)
{
	double start = bench_seconds(), cpu = bench_cpu_seconds_of(pid);

	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (load->epoll < 0)
		err(1, "epoll");
	for (int i = 0; i < CONNS; i++)
		ask(load, i);
	run_until(load, start + seconds);
	seconds = bench_seconds() - start;
	if (load->answers == 0)
		errx(1, "no answer");
	cpu = bench_cpu_seconds_of(pid) - cpu;
	printf("%.0f %.2f %.3s\n", (double)load->answers / seconds,
	    cpu * 1e6 / (double)load->answers, load->status);
}

int
main(int argc, char **argv)
{
	static struct load load;

	if (argc == 4 && strcmp(argv[1], "once") == 0) {
		ask_once(argv[2], argv[3]);
		return 0;
	}
	if (argc != 7 || strcmp(argv[1], "rate") != 0)
		errx(2,
		    "usage: fcgi_load once SOCKET URI\n"
		    "       fcgi_load rate SOCKET URI ETAG PID MS");
	load.path = argv[2];
	wire_get(&load.request, argv[3], argv[4][0] != '\0' ? argv[4] : NULL);
	measure_rate(&load, (int)strtol(argv[5], NULL, 10),
	    strtod(argv[6], NULL) / 1e3);
	return 0;
}
