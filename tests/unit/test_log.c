#include "log.h"

#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static char out[2 * LOG_LINE_BYTES]; /* what went to stderr */
static int stderr_fd, out_fd;

/* Let what is logged from here on go to a file, or to fd. */
static void
begin_into(int fd)
{
	FILE *f = tmpfile();

	stderr_fd = dup(STDERR_FILENO);
	if (!CHECK(f != NULL && stderr_fd >= 0))
		exit(1);
	out_fd = fd >= 0 ? fd : dup(fileno(f));
	(void)fclose(f);
	CHECK(dup2(out_fd, STDERR_FILENO) == STDERR_FILENO);
	log_init("test", LOG_INFO);
}

static void
begin(void)
{
	begin_into(-1);
}

/* The lines since begin(), in out. */
static void
end(void)
{
	ssize_t n = pread(out_fd, out, sizeof(out) - 1, 0);

	out[n > 0 ? n : 0] = '\0';
	CHECK(dup2(stderr_fd, STDERR_FILENO) == STDERR_FILENO);
	(void)close(stderr_fd);
	(void)close(out_fd);
}

static bool
is_like(const char *pattern)
{
	regex_t regex;
	bool is_match;

	if (!CHECK_INT(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0))
		return false;
	is_match = regexec(&regex, out, 0, NULL, 0) == 0;
	regfree(&regex);
	if (!is_match)
		printf("# %s\n", out);
	return is_match;
}

/* Is it one line that begins as each does and ends with this? */
static bool
ends_with(const char *tail)
{
	const char *at = strstr(out, " msg=");
	size_t n = strlen(tail);

	if (at != NULL && strncmp(at + 1, tail, n) == 0 &&
	    strcmp(at + 1 + n, "\n") == 0)
		return true;
	printf("# is  %s#  not msg… %s\n", out, tail);
	return false;
}

static void
a_line_says_when_how_bad_who_and_what(void)
{
	char pattern[256];

	(void)snprintf(pattern, sizeof(pattern),
	    "^time=20[0-9-]{8}T[0-9:]{8}\\.[0-9]{3}Z level=warning "
	    "program=test pid=%d msg=\"the disk is full\"\n$",
	    (int)getpid());
	begin();
	log_warning("the %s is full", "disk");
	end();
	CHECK(is_like(pattern));
}

static void
each_level_has_its_name_and_debug_is_left_out(void)
{
	begin();
	log_error("a");
	log_info("b");
	log_debug("c");
	end();
	CHECK(is_like(
	    "level=error [^\n]*\"a\"\n[^\n]*level=info [^\n]*\"b\"\n$"));
	begin();
	log_init("test", LOG_DEBUG);
	log_debug("c");
	end();
	CHECK(is_like("level=debug [^\n]*\"c\"\n$"));
}

static void
fields_follow_and_only_plain_values_stand_bare(void)
{
	begin();
	log_event(LOG_INFO, "m", log_text("a", "x.y/z:1"), log_int("n", -12),
	    log_span("s", span_of("spanned", 4)));
	end();
	CHECK(ends_with("msg=\"m\" a=x.y/z:1 n=-12 s=span"));
	begin();
	log_event(LOG_INFO, "m", log_text("a", ""), log_text("b", "two words"),
	    log_text("c", "x=y"), log_span("d", span_of(NULL, 0)));
	end();
	CHECK(ends_with("msg=\"m\" a=\"\" b=\"two words\" c=\"x=y\" d=\"\""));
}

static void
quotes_backslashes_and_controls_are_escaped(void)
{
	begin();
	log_event(LOG_INFO, "say \"hi\" \\ bye",
	    log_text("a", "1\n2\r3\t4\x1b[2J\x7f"));
	end();
	CHECK(ends_with("msg=\"say \\\"hi\\\" \\\\ bye\" "
			"a=\"1\\n2\\u000d3\\u00094\\u001b[2J\\u007f\""));
}

static void
controls_beyond_ascii_are_escaped_and_letters_are_not(void)
{
	begin();
	log_event(LOG_INFO, "m",
	    log_text("a", "gr\xc3\xbc\xc3\x9f\x65 \xf0\x9f\x8c\x8a"),
	    log_text("b", "\xc2\x9b\x31m"),
	    log_text("c", "\xe2\x80\xa8 \xe2\x80\xa9 \xe2\x80\xa6"));
	end();
	CHECK(ends_with("msg=\"m\" "
			"a=\"gr\xc3\xbc\xc3\x9f\x65 \xf0\x9f\x8c\x8a\" "
			"b=\"\\u009b1m\" "
			"c=\"\\u2028 \\u2029 \xe2\x80\xa6\""));
}

static void
what_is_not_utf_8_is_replaced(void)
{
	begin();
	log_event(LOG_INFO, "cut \xe2\x80",
	    log_span("a", span_of("\x9b\xff\x00z\xc0\xaf", 6)));
	end();
	CHECK(ends_with("msg=\"cut \\ufffd\" "
			"a=\"\\ufffd\\ufffd\\u0000z\\ufffd\\ufffd\""));
}

static void
a_message_cannot_add_a_field_or_a_line(void)
{
	begin();
	log_error("%s", "x\" level=debug\ntime=2026 level=info msg=\"forged");
	end();
	CHECK(ends_with("msg=\"x\\\" level=debug\\ntime=2026 level=info "
			"msg=\\\"forged\""));
}

/* Reads "key=value …" as any reader of logfmt would; how many fields it has,
 * or -1 where it is none. */
static int
n_fields(const char *p)
{
	int n = 0;

	for (;; p++) {
		size_t key = strspn(p, "abcdefghijklmnopqrstuvwxyz_");

		if (key == 0 || p[key] != '=')
			return -1;
		p += key + 1;
		n++;
		if (*p != '"')
			p += strcspn(p, " \"\n");
		else
			for (p++; *p++ != '"';)
				if (p[-1] == '\\' && *p != '\0')
					p++;
				else if (p[-1] == '\0')
					return -1;
		if (*p != ' ')
			return strcmp(p, "\n") == 0 ? n : -1;
	}
}

static bool
is_clean(void)
{
	for (const char *p = out; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 || *p == 0x7f) && *p != '\n')
			return false;
	return strchr(out, '\n') == out + strlen(out) - 1;
}

/* Any bytes whatever: one line, and exactly the fields that were given. */
static void
no_bytes_break_a_line(void)
{
	static const char bad[] =
	    "\"\\=\n\r\t \x1b\x7f\xc2\x9b\xe2\x80\xa8\xff";
	char text[64];
	uint32_t seed = 1;
	int failed = 0;

	for (int round = 0; round < 3000; round++) {
		size_t len = (size_t)round % sizeof(text);

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = round % 2 == 0
			    ? (char)(seed >> 16)
			    : bad[(seed >> 16) % sizeof(bad)];
		}
		begin();
		log_event(LOG_INFO, "m", log_span("a", span_of(text, len)),
		    log_int("n", 1));
		end();
		failed += n_fields(out) != 7 || !is_clean();
	}
	CHECK_INT(failed, 0);
}

static void
what_is_too_long_is_cut_between_characters(void)
{
	static char text[3 * LOG_LINE_BYTES];

	memset(text, '\n', sizeof(text));
	begin();
	log_event(LOG_INFO, "m", log_span("a", span_of(text, sizeof(text))),
	    log_int("n", 1));
	end();
	CHECK_INT(n_fields(out), 7);
	CHECK(is_like("\\\\n\\\\n\" n=1\n$"));
	CHECK(strlen(out) < 1024);
}

static void
a_line_is_never_longer_than_a_pipe_takes_at_once(void)
{
	char text[LOG_LINE_BYTES];
	int n = 0;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	/* Lengths that fill the line to the byte are among them. */
	for (size_t len = 0; len < LOG_VALUE_BYTES; len++) {
		struct span some = span_of(text, len);
		struct span all = span_str(text);

		begin();
		log_event(LOG_INFO, text, log_span("a", all),
		    log_span("b", all), log_span("c", some),
		    log_text("d", "= ="), log_span("e", all),
		    log_text("f", "= ="), log_int("n", -1));
		end();
		if (strlen(out) > LOG_LINE_BYTES || n_fields(out) < 8)
			n++;
	}
	CHECK_INT(n, 0);
}

static void
a_terminal_gets_a_form_for_a_person(void)
{
	int pty = posix_openpt(O_RDWR | O_NOCTTY), terminal;
	char pattern[256];
	size_t len = 0;
	ssize_t n;

	if (!CHECK(pty >= 0 && grantpt(pty) == 0 && unlockpt(pty) == 0))
		return;
	terminal = open(ptsname(pty), O_RDWR | O_NOCTTY | O_CLOEXEC);
	begin_into(terminal);
	log_event(LOG_WARNING, "a \"b\"\n", log_text("k", "v w"));
	log_info("c");
	end();
	/* What stands there comes line by line, or both at once. */
	do {
		n = read(pty, out + len, sizeof(out) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
		out[len] = '\0';
	} while (n > 0 && strstr(out, " c\r\n") == NULL);
	(void)close(pty);
	(void)snprintf(pattern, sizeof(pattern),
	    "^20[0-9-]{8}T[0-9:.]{12}Z test\\[%d\\] warning: a \"b\"\\\\n "
	    "k=\"v w\"\r\n[^\n]*\\] c\r\n$",
	    (int)getpid());
	CHECK(is_like(pattern));
}

TESTS(a_line_says_when_how_bad_who_and_what,
    each_level_has_its_name_and_debug_is_left_out,
    fields_follow_and_only_plain_values_stand_bare,
    quotes_backslashes_and_controls_are_escaped,
    controls_beyond_ascii_are_escaped_and_letters_are_not,
    what_is_not_utf_8_is_replaced, a_message_cannot_add_a_field_or_a_line,
    no_bytes_break_a_line, what_is_too_long_is_cut_between_characters,
    a_line_is_never_longer_than_a_pipe_takes_at_once,
    a_terminal_gets_a_form_for_a_person)
