/* What is wrong, and which directive of which web server mends it. */
#include "check.h"
#include "remedy.h"

static void
a_web_server_is_known_by_its_name(void)
{
	static const struct {
		const char *server, *interface;
		enum remedy_host host;
	} rows[] = {
		{ "nginx/1.22.1", "daemon", REMEDY_NGINX },
		{ "openresty", NULL, REMEDY_NGINX },
		{ "lighttpd/1.4.69", "cgi", REMEDY_LIGHTTPD },
		{ "Apache/2.4.62 (Debian)", "daemon", REMEDY_APACHE_DAEMON },
		{ "Apache", "spawned", REMEDY_APACHE_FCGID },
		{ "apache", "cgi", REMEDY_APACHE_CGI },
		{ "Apache", NULL, REMEDY_APACHE_DAEMON },
		{ "Apach", "cgi", REMEDY_OTHER },
		{ "my nginx", "cgi", REMEDY_OTHER },
		{ "", "cgi", REMEDY_OTHER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(remedy_host(span_str(rows[i].server),
			  rows[i].interface) == rows[i].host);
}

static void
the_directive_is_named(void)
{
	static const struct {
		enum remedy_fault fault;
		enum remedy_host host;
		const char *directive;
	} rows[] = {
		{ REMEDY_BUFFERED, REMEDY_APACHE_DAEMON, "flushpackets=on" },
		{ REMEDY_BUFFERED, REMEDY_APACHE_FCGID,
		    "FcgidOutputBufferSize 0" },
		{ REMEDY_BUFFERED, REMEDY_APACHE_CGI, "SetEnv no-gzip 1" },
		{ REMEDY_BUFFERED, REMEDY_NGINX, "proxy_buffering off" },
		{ REMEDY_BUFFERED, REMEDY_LIGHTTPD,
		    "server.stream-response-body = 2" },
		{ REMEDY_AUTHORIZATION, REMEDY_APACHE_CGI, "CGIPassAuth On" },
		{ REMEDY_IMPATIENT, REMEDY_APACHE_FCGID, "FcgidIOTimeout" },
		{ REMEDY_SLASH, REMEDY_APACHE_FCGID,
		    "AllowEncodedSlashes NoDecode" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(strstr(remedy(rows[i].fault, rows[i].host),
			  rows[i].directive) != NULL);
}

static void
nothing_is_without_a_remedy(void)
{
	for (int fault = 0; fault < REMEDY_FAULT__MAX; fault++)
		for (int host = 0; host < REMEDY_HOST__MAX; host++)
			CHECK(remedy((enum remedy_fault)fault,
				  (enum remedy_host)host) != NULL);
}

TESTS(a_web_server_is_known_by_its_name, the_directive_is_named,
    nothing_is_without_a_remedy)
