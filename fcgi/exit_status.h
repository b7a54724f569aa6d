/*
 * exit_status: how a child ended, for the log.
 *
 * Floor 3.
 */
#ifndef EXIT_STATUS_H
#define EXIT_STATUS_H

enum { EXIT_STATUS_TEXT_BYTES = 96 };

/*
 * status as waitpid(2) gave it → "ended with status 1", or "was killed by
 * signal 11 (Segmentation fault), core dumped".  Returns text.
 */
char *exit_status_text(int status, char text[EXIT_STATUS_TEXT_BYTES]);

#endif /* EXIT_STATUS_H */
