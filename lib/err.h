/*
 * err: one error value for files, SQLite and parsing.  NULL is success; an
 * error carries a code for the program and one sentence for a person.  It is
 * returned or logged, never both.
 *
 * Floor 0.
 */
#ifndef ERR_H
#define ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err_code {
	ERR_SYS,         /* a system call failed; msg ends with strerror(3) */
	ERR_STORE,       /* SQLite, or the database is not what it should be */
	ERR_PARSE,       /* bytes from outside are not what they claim to be */
	ERR_LIMIT,       /* well-formed, but beyond a named limit */
	ERR_GONE,        /* older than the log, or no longer there */
	ERR_NOT_FOUND,   /* never was there */
	ERR_BAD_REQUEST, /* the caller asked for something meaningless */
	ERR_CONFLICT,    /* a patch does not fit, or somebody else holds it */
	ERR_UNAVAILABLE, /* not now: no database yet, a lock, a file in flux */
	ERR_BUSY,        /* not now: others have taken what there is */
	ERR__MAX
};

struct err {
	enum err_code code;
	const char *msg;
};

/*
 * Make an error.  The result lives in a ring of 8 static slots: keep it no
 * longer than it takes to return or log it, and never free it.
 */
const struct err *err_new(enum err_code, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* The same with code ERR_SYS and ": strerror(errno)" appended. */
const struct err *err_sys(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Put "context: " before the message of an error, keeping its code. */
const struct err *err_wrap(const struct err *, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

#endif /* ERR_H */
