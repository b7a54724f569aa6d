/*
 * route: from a request to its handler, by one table.  Handlers know nothing
 * of doors: they answer, or say that the request waits.
 *
 * To add an endpoint: a file api_<noun>.c with its contract above the handler,
 * its prototype in api.h, one line in the table in route.c, docs/PROTOCOL.md.
 *
 * Floor 3.
 */
#ifndef ROUTE_H
#define ROUTE_H

struct app;
struct request;
struct response;
struct wait;

/*
 * NULL: response is filled.  Else the request waits: the door owns the wait,
 * and response holds nothing yet.
 */
struct wait *route(struct app *, const struct request *, struct response *);

#endif /* ROUTE_H */
