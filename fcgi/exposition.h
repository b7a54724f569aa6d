/*
 * exposition: what Prometheus and its kin scrape, as text.  A family is begun
 * once and all of its samples follow it; every name gets "tidemark_" in front.
 * Pure.
 *
 * Floor 3.
 * Source: Prometheus, "Exposition formats", text format 0.0.4.
 */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include <stdint.h>

#include "buf.h"

struct histogram;

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum exposition_kind {
	EXPOSITION_COUNTER,
	EXPOSITION_GAUGE,
	EXPOSITION_HISTOGRAM,
};

/* A value may hold any text. */
struct exposition_label {
	const char *name; /* NULL: the end */
	const char *value;
};

/* EXPOSITION_LABELS({ "project", name }), as an argument; also without any. */
#define EXPOSITION_LABELS(...)                                                 \
	((const struct exposition_label[]){ __VA_ARGS__, { NULL, NULL } })
#define EXPOSITION_UNLABELLED                                                  \
	((const struct exposition_label[]){ { NULL, NULL } })

/* help: one line without backslashes. */
void exposition_family(struct buf *, const char *name, enum exposition_kind,
    const char *help);

/* A sample of the family that was begun last. */
void exposition_count(struct buf *, const char *name,
    const struct exposition_label *, uint64_t count);
/* Exact for whole numbers below 10^15; NaN is not written. */
void exposition_value(struct buf *, const char *name,
    const struct exposition_label *, double value);
/* In seconds. */
void exposition_histogram(struct buf *, const char *name,
    const struct exposition_label *, const struct histogram *);

#endif /* EXPOSITION_H */
