/*
 * scan_attendant: a process that has scans done, so that the one that answers
 * requests need not start programs and may give that up (sandbox.h).  It is
 * forked before anything is read from anybody, and is told nothing but "now".
 *
 * It has none of the descriptors of the web server, which would wait for them
 * to be closed, and a session of its own: a scan that takes longer than the
 * request goes on, and the attendant sees it to its end.  Then, when whoever
 * it attends has gone, it ends.
 *
 *   attended → attendant   any message: a scan is due, have one done
 *   attendant → attended   WHY and, behind it, what the log should have, if
 *                          there is such; then how it is, in one word
 *
 * Floor 3.
 */
#ifndef SCAN_ATTENDANT_H
#define SCAN_ATTENDANT_H

struct config;

enum scan_word {
	SCAN_WORD_WHY = 'w',    /* one failed, now or earlier */
	SCAN_WORD_DONE = 'd',   /* it is there */
	SCAN_WORD_BUSY = 'b',   /* somebody else has one done just now */
	SCAN_WORD_FAILED = 'f', /* it failed, or one did a moment ago */
};

/* A message is never longer. */
enum { SCAN_WORD_BYTES_MAX = 1024 };

/* A descriptor for the messages; its end is that of the attendant.  -1 and
 * errno. */
int scan_attendant_start(const struct config *);

#endif /* SCAN_ATTENDANT_H */
