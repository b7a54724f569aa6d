/*
 * store_trim: a log that no longer reaches back to its beginning.
 */
#ifndef STORE_TRIM_H
#define STORE_TRIM_H

#include <sqlite3.h>

#include "store_case.h"

/* Changes up to a seq go, but for the newest; bodies stay. */
static inline void
case_trim(uint64_t floor)
{
	char sql[192];
	sqlite3 *other;

	(void)snprintf(sql, sizeof(sql),
	    "BEGIN; DELETE FROM change WHERE seq <= %llu AND"
	    " seq < (SELECT max(seq) FROM change);"
	    "UPDATE meta SET v = %llu WHERE k = 'floor'; COMMIT",
	    (unsigned long long)floor, (unsigned long long)floor);
	CHECK_INT(sqlite3_open(db_path, &other), SQLITE_OK);
	CHECK_INT(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_close(other), SQLITE_OK);
}

#endif /* STORE_TRIM_H */
