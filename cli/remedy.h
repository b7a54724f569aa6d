/*
 * remedy: which directive of which web server mends what.
 *
 * To add a web server: its name below, in remedy_host() and a column in the
 * table; to add what may be wrong: its name, and a row.
 *
 * Floor 3; pure.
 */
#ifndef REMEDY_H
#define REMEDY_H

#include "span.h"

/* A web server, and how it comes to us. */
enum remedy_host {
	REMEDY_OTHER,
	REMEDY_APACHE_DAEMON, /* mod_proxy_fcgi */
	REMEDY_APACHE_FCGID,
	REMEDY_APACHE_CGI,
	REMEDY_NGINX,
	REMEDY_LIGHTTPD,
	REMEDY_HOST__MAX
};

enum remedy_fault {
	REMEDY_NOT_THERE,     /* something else answers below the mount */
	REMEDY_SLASH,         /* %2F does not arrive */
	REMEDY_AUTHORIZATION, /* does not arrive */
	REMEDY_ASKED,         /* nor does another header of a request */
	REMEDY_UNCONDITIONAL, /* no 304 */
	REMEDY_COMPRESSED,    /* by the web server */
	REMEDY_KEPT,          /* what must not be */
	REMEDY_CACHE_CONTROL, /* is another one */
	REMEDY_BUFFERED,
	REMEDY_IMPATIENT, /* a silent answer is cut off */
	REMEDY_CROWDED,   /* those who wait hold up the others */
	REMEDY_FAULT__MAX
};

/*
 * server: of the answers, "" for none; interface: as GET probe says, NULL
 * while it is not known.
 */
enum remedy_host remedy_host(struct span server, const char *interface);

const char *remedy(enum remedy_fault, enum remedy_host);

#endif /* REMEDY_H */
