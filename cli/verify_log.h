/*
 * verify_log: does the log lead to what the entities are?
 *
 * Each entity is rebuilt from the oldest document that the log has of it:
 * every patch is applied, and wherever a document is kept, or is that of
 * today, the two are compared.
 *
 * Floor 3.
 */
#ifndef VERIFY_LOG_H
#define VERIFY_LOG_H

struct report;
struct store;

/* Every document of today: is it canonical JSON? */
void verify_documents(struct store *, struct report *);
void verify_log(struct store *, struct report *);

#endif /* VERIFY_LOG_H */
