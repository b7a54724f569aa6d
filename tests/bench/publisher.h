/*
 * publisher: the one who has news: it replaces a file, as a good producer
 * does, or posts by HTTP.
 */
#ifndef PUBLISHER_H
#define PUBLISHER_H

#include <stddef.h>
#include <stdint.h>

enum { PUBLISHER_BYTES = 256 }; /* of a document */

/* Either file, whose folder is there, or port and uri.  Strings are
   borrowed. */
struct publisher {
	char *file;
	int port;
	const char *uri;
	int fd;
	char hidden[512];
	uint64_t mark; /* of the news that are ready or out */
};

/* Make news ready: all but the last step.  Sets mark, the time in ns, which
   is in the document as "pubns". */
void publisher_prepare(struct publisher *);

/* rename(2), or send(2). */
void publisher_fire(struct publisher *);

/* Take the server's answer.  Ends the program where it refuses. */
void publisher_finish(struct publisher *);

#endif /* PUBLISHER_H */
