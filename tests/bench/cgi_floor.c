/*
 * cgi_floor: the least a CGI program can do: it is started, says 304 whatever
 * it is asked, and ends.
 */
#include <unistd.h>

int
main(void)
{
	static const char answer[] = "Status: 304 Not Modified\r\n\r\n";

	return write(STDOUT_FILENO, answer, sizeof(answer) - 1) < 0;
}
