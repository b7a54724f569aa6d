#include "remedy.h"

#include <stdbool.h>
#include <strings.h>

/* Where a server has nothing of its own, what holds for REMEDY_OTHER.  A comma
 * that is missing would be seen: each element is named.
 * NOLINTBEGIN(bugprone-suspicious-missing-comma) */
static const char *const table[REMEDY_FAULT__MAX][REMEDY_HOST__MAX] = {
	[REMEDY_NOT_THERE] = {
		[REMEDY_OTHER] = "the web server has to hand …/api/ of this "
				 "folder to tidemark-fcgi: see docs/HOSTING.md",
		[REMEDY_APACHE_DAEMON] =
		    "one of conf/apache/ in the virtual host; with a .htaccess "
		    "alone: AllowOverride FileInfo Options, mod_rewrite, and "
		    "live.fcgi of mode 755",
		[REMEDY_NGINX] = "include snippets/tidemark.conf; in the "
				 "server { }, for this mount (conf/nginx/)",
		[REMEDY_LIGHTTPD] = "fastcgi.server for …/api/, with "
				    "\"check-local\" => \"disable\" "
				    "(conf/lighttpd/)",
	},
	[REMEDY_SLASH] = {
		[REMEDY_OTHER] = "let %2F through, and hand on the address as "
				 "it was sent (REQUEST_URI)",
		[REMEDY_APACHE_DAEMON] =
		    "AllowEncodedSlashes NoDecode inside the virtual host; a "
		    ".htaccess cannot say it: ask for a/b, not a%2Fb",
		[REMEDY_NGINX] = "fastcgi_param REQUEST_URI $request_uri; and "
				 "no URI behind proxy_pass",
		[REMEDY_LIGHTTPD] = "server.http-parseopts += ( "
				    "\"url-path-2f-reject\" => \"disable\" )",
	},
	[REMEDY_AUTHORIZATION] = {
		[REMEDY_OTHER] = "hand Authorization on to tidemark-fcgi, as "
				 "HTTP_AUTHORIZATION",
		[REMEDY_APACHE_DAEMON] =
		    "CGIPassAuth On; in a .htaccess that may not say it: "
		    "SetEnvIf Authorization \"(.+)\" HTTP_AUTHORIZATION=$1",
		[REMEDY_NGINX] =
		    "no fastcgi_param HTTP_AUTHORIZATION \"\"; where nginx is "
		    "a proxy: proxy_set_header Authorization "
		    "$http_authorization",
	},
	[REMEDY_ASKED] = {
		[REMEDY_OTHER] = "hand all headers of a request on",
		[REMEDY_APACHE_DAEMON] = "no RequestHeader unset for …/api/",
		[REMEDY_NGINX] =
		    "fastcgi_pass_request_headers on; a cache takes some away: "
		    "fastcgi_cache off, or as conf/nginx/cached.conf has it",
		[REMEDY_LIGHTTPD] = "no setenv.set-request-header for …/api/",
	},
	[REMEDY_UNCONDITIONAL] = {
		[REMEDY_OTHER] = "let ETag and If-None-Match through as they "
				 "are, and do not compress answers of the API",
		[REMEDY_APACHE_DAEMON] =
		    "SetEnv no-gzip 1 and SetEnv no-brotli 1 for …/api/ "
		    "(mod_deflate renames ETags), no Header unset ETag",
		[REMEDY_NGINX] = "gzip off; for …/api/, and no more_clear_"
				 "headers or proxy_hide_header ETag",
		[REMEDY_LIGHTTPD] = "deflate.mimetypes = ( ) for …/api/",
	},
	[REMEDY_COMPRESSED] = {
		[REMEDY_OTHER] = "do not compress answers of the API: they are "
				 "compressed already where that pays",
		[REMEDY_APACHE_DAEMON] =
		    "SetEnv no-gzip 1 and SetEnv no-brotli 1 for …/api/",
		[REMEDY_NGINX] = "gzip off; for …/api/",
		[REMEDY_LIGHTTPD] = "deflate.mimetypes = ( ) for …/api/",
	},
	[REMEDY_KEPT] = {
		[REMEDY_OTHER] = "let nothing keep …/api/: a rule of the CDN "
				 "or proxy that passes it by, or honours "
				 "Cache-Control",
		[REMEDY_APACHE_DAEMON] = "CacheDisable for …/api/, no "
					 "CacheIgnoreCacheControl or "
					 "CacheStoreNoStore",
		[REMEDY_NGINX] =
		    "fastcgi_cache off; and proxy_cache off; for …/api/, or as "
		    "conf/nginx/cached.conf has it",
	},
	[REMEDY_CACHE_CONTROL] = {
		[REMEDY_OTHER] = "leave Cache-Control of …/api/ as it is",
		[REMEDY_APACHE_DAEMON] =
		    "ExpiresActive Off for …/api/, and no Header set "
		    "Cache-Control",
		[REMEDY_NGINX] = "expires off; for …/api/, and no add_header "
				 "Cache-Control",
		[REMEDY_LIGHTTPD] = "no expire.url and no "
				    "setenv.set-response-header for …/api/",
	},
	[REMEDY_BUFFERED] = {
		[REMEDY_OTHER] = "pass answers of …/api/ on as they come, "
				 "and do not compress them",
		[REMEDY_APACHE_DAEMON] =
		    "flushpackets=on at the ProxyPass "
		    "(conf/apache/tidemark.conf), SetEnv no-gzip 1",
		[REMEDY_APACHE_FCGID] =
		    "FcgidOutputBufferSize 0 in the virtual host "
		    "(conf/apache/fcgid.conf); a .htaccess cannot say it: "
		    "there a page waits for changes instead",
		[REMEDY_APACHE_CGI] =
		    "SetEnv no-gzip 1 and SetEnv no-brotli 1 for …/api/; where "
		    "another server stands before Apache, it is that one",
		[REMEDY_NGINX] =
		    "fastcgi_buffering off; (proxy_buffering off; where nginx "
		    "is a proxy), or no fastcgi_ignore_headers "
		    "X-Accel-Buffering",
		[REMEDY_LIGHTTPD] = "server.stream-response-body = 2",
	},
	[REMEDY_IMPATIENT] = {
		[REMEDY_OTHER] = "a longer time-out for …/api/",
		[REMEDY_APACHE_DAEMON] =
		    "timeout=90 at the ProxyPass (conf/apache/tidemark.conf)",
		[REMEDY_APACHE_FCGID] = "FcgidIOTimeout 60, or IOTimeout 60 at "
					"FcgidCmdOptions",
		[REMEDY_APACHE_CGI] = "CGIDScriptTimeout 60s (mod_cgi: Timeout "
				      "60)",
		[REMEDY_NGINX] =
		    "fastcgi_read_timeout 90s; (proxy_read_timeout 90s; where "
		    "nginx is a proxy)",
		[REMEDY_LIGHTTPD] =
		    "\"read-timeout\" => 90 at fastcgi.server, cgi.limits = ( "
		    "\"read-timeout\" => 90 ), server.max-write-idle = 360",
	},
	[REMEDY_CROWDED] = {
		[REMEDY_OTHER] = "let fewer wait, \"limits\": {\"waiters\": "
				 "N, \"spawned_waiters\": N}, or the web "
				 "server serve more at the same time",
		[REMEDY_APACHE_DAEMON] =
		    "\"limits\": {\"waiters\": N} with half of "
		    "MaxRequestWorkers, or a greater MaxRequestWorkers",
		[REMEDY_APACHE_FCGID] =
		    "FcgidMaxProcessesPerClass, or MaxProcesses at "
		    "FcgidCmdOptions: twice \"limits\": {\"spawned_waiters\": "
		    "4}, and some; or fewer of these",
		[REMEDY_APACHE_CGI] =
		    "\"limits\": {\"spawned_waiters\": N} with less than half "
		    "of MaxRequestWorkers, and \"wait_s\": 2",
		[REMEDY_NGINX] = "worker_connections 1024; at least, or "
				 "\"limits\": {\"waiters\": N} with fewer",
		[REMEDY_LIGHTTPD] =
		    "\"max-procs\" => 8 at fastcgi.server, twice \"limits\": "
		    "{\"spawned_waiters\": 4}; with a daemon server.max-fds",
	},
};
/* NOLINTEND(bugprone-suspicious-missing-comma) */

static bool
begins(struct span text, const char *word)
{
	size_t n = strlen(word);

	return text.len >= n && strncasecmp(text.p, word, n) == 0;
}

enum remedy_host
remedy_host(struct span server, const char *interface)
{
	if (begins(server, "nginx") || begins(server, "openresty"))
		return REMEDY_NGINX;
	if (begins(server, "lighttpd"))
		return REMEDY_LIGHTTPD;
	if (!begins(server, "Apache"))
		return REMEDY_OTHER;
	if (interface != NULL && strcmp(interface, "spawned") == 0)
		return REMEDY_APACHE_FCGID;
	if (interface != NULL && strcmp(interface, "cgi") == 0)
		return REMEDY_APACHE_CGI;
	return REMEDY_APACHE_DAEMON;
}

const char *
remedy(enum remedy_fault fault, enum remedy_host host)
{
	bool is_apache =
	    host == REMEDY_APACHE_FCGID || host == REMEDY_APACHE_CGI;
	const char *text = table[fault][host];

	/* What holds for any Apache stands with the first one. */
	if (text == NULL && is_apache)
		text = table[fault][REMEDY_APACHE_DAEMON];
	return text != NULL ? text : table[fault][REMEDY_OTHER];
}
