/*
 * spawned_slots: the few places for waiting that all processes of one host
 * share which the web server has started, FastCGI and CGI alike: each that
 * waits is one less for everything else.
 *
 * A place is a name in the abstract namespace of unix sockets: one process at
 * a time can be bound to it, no file is left behind, no folder need be
 * writable, and the kernel gives it back however the process ends.
 *
 * Floor 3.
 * Source: unix(7), "Abstract sockets".
 */
#ifndef SPAWNED_SLOTS_H
#define SPAWNED_SLOTS_H

struct config;

/* A descriptor that holds a place until it is closed; -1: all are taken. */
int spawned_slots_take(const struct config *);

#endif /* SPAWNED_SLOTS_H */
