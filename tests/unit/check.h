/*
 * check: the whole test kit.  A test is a function named by a sentence:
 *
 *	static void
 *	cut_short_is_an_error(void)
 *	{
 *		CHECK_ERR(json_scan(&doc, span_str("[1"), NULL), ERR_PARSE);
 *	}
 *
 *	TESTS(cut_short_is_an_error, empty_is_an_error)
 *
 * A failed check says where and what, marks the test and goes on.  Output is
 * TAP (https://testanything.org/tap-specification.html), read by prove.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

static bool check_failed; /* some check of the test that runs now */

#define CHECK(cond) check_that(__FILE__, __LINE__, (cond), #cond)
#define CHECK_INT(got, want)                                                   \
	check_int(__FILE__, __LINE__, #got, (intmax_t)(got), (intmax_t)(want))
#define CHECK_STR(got, want) check_str(__FILE__, __LINE__, #got, (got), (want))
#define CHECK_OK(err) check_ok(__FILE__, __LINE__, #err, (err))
#define CHECK_ERR(err, code) check_err(__FILE__, __LINE__, #err, (err), (code))
#define TESTS(...)                                                             \
	int main(void)                                                         \
	{                                                                      \
		static void (*const tests[])(void) = { __VA_ARGS__ };          \
                                                                               \
		return check_run(tests, sizeof(tests) / sizeof(tests[0]),      \
		    #__VA_ARGS__);                                             \
	}

/* Each returns whether it held, so that what follows can depend on it. */
static inline bool
check_that(const char *file, int line, bool cond, const char *what)
{
	if (!cond) {
		check_failed = true;
		printf("# %s:%d: %s\n", file, line, what);
	}
	return cond;
}

static inline bool
check_int(const char *file, int line, const char *what, intmax_t got,
    intmax_t want)
{
	if (!check_that(file, line, got == want, what))
		printf("#   is %jd, not %jd\n", got, want);
	return got == want;
}

static inline bool
check_str(const char *file, int line, const char *what, const char *got,
    const char *want)
{
	bool same =
	    got != NULL && want != NULL ? strcmp(got, want) == 0 : got == want;

	if (!check_that(file, line, same, what))
		printf("#   is  \"%s\"\n#   not \"%s\"\n", got ? got : "NULL",
		    want ? want : "NULL");
	return same;
}

static inline bool
check_ok(const char *file, int line, const char *what, const struct err *err)
{
	if (!check_that(file, line, err == NULL, what) && err != NULL)
		printf("#   error %d: %s\n", (int)err->code, err->msg);
	return err == NULL;
}

static inline bool
check_err(const char *file, int line, const char *what, const struct err *err,
    enum err_code code)
{
	bool same = err != NULL && err->code == code;

	if (!check_that(file, line, same, what))
		printf("#   error %d: %s; not %d\n", err ? (int)err->code : -1,
		    err ? err->msg : "none", (int)code);
	return same;
}

/* names is "a_b, c_d", in the order of the tests. */
static inline int
check_run(void (*const tests[])(void), size_t n, const char *names)
{
	int failed = 0;

	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		check_failed = false;
		tests[i]();
		failed += check_failed;
		printf("%sok %zu - ", check_failed ? "not " : "", i + 1);
		for (; *names != '\0' && *names != ','; names++)
			putchar(*names == '_' ? ' ' : *names);
		names += strspn(names, ", ");
		putchar('\n');
		(void)fflush(stdout); /* a crash must not take it along */
	}
	return failed != 0;
}

#endif /* CHECK_H */
