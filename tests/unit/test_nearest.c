#include "nearest.h"

#include "check.h"

/* Of status, log, show, verify and export. */
static const char *
meant(const char *word)
{
	static const char *const words[] = { "status", "log", "show", "verify",
		"export" };
	struct nearest n = { .word = span_str(word) };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_try(&n, words[i]);
	return n.found != NULL ? n.found : "";
}

static void
a_letter_that_is_wrong_missing_or_too_many_is_near(void)
{
	CHECK_STR(meant("shov"), "show");
	CHECK_STR(meant("verfy"), "verify");
	CHECK_STR(meant("logg"), "log");
	CHECK_STR(meant("lo"), "log");
}

static void
letters_that_are_swapped_are_one_mistake(void)
{
	CHECK_STR(meant("shwo"), "show");
	CHECK_STR(meant("lgo"), "log");
	CHECK_STR(meant("stauts"), "status");
}

static void
the_beginning_of_a_word_is_near(void)
{
	CHECK_STR(meant("s"), "status");
	CHECK_STR(meant("ver"), "verify");
}

static void
what_differs_by_more_than_a_third_is_not(void)
{
	CHECK_STR(meant("stxxus"), "status");
	CHECK_STR(meant("sxxxus"), "");
	CHECK_STR(meant("frobnicate"), "");
	CHECK_STR(meant(""), "");
}

static void
the_nearest_of_several_counts(void)
{
	struct nearest n = { .word = span_str("log") };

	nearest_try(&n, "logs");
	nearest_try(&n, "log");
	nearest_try(&n, "lag");
	CHECK_STR(n.found, "log");
}

static void
words_beyond_all_measure_are_left_alone(void)
{
	char most[66];
	struct nearest n = { .word = span_of(most, 64) };

	memset(most, 'a', sizeof(most));
	most[65] = '\0';
	nearest_try(&n, most + 1);
	CHECK_STR(n.found, most + 1);
	n = (struct nearest){ .word = span_of(most, 65) };
	nearest_try(&n, most + 1);
	CHECK(n.found == NULL);
	n = (struct nearest){ .word = span_of(most, 64) };
	nearest_try(&n, most);
	CHECK(n.found == NULL);
}

TESTS(a_letter_that_is_wrong_missing_or_too_many_is_near,
    letters_that_are_swapped_are_one_mistake, the_beginning_of_a_word_is_near,
    what_differs_by_more_than_a_third_is_not, the_nearest_of_several_counts,
    words_beyond_all_measure_are_left_alone)
