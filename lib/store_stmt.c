#include "store_stmt.h"

/* What an entity's row looks like to store_entity.c. */
#define ENTITY "SELECT eid, born, ver, at, id, chain, steps, body FROM entity "
/* … and to its walks, which need no more. */
#define LIVE "SELECT eid, born, ver, at, id, body FROM entity "
/* The index of ids is on these terms. */
#define ID_IN_COLL "eid >> 32 = ?1 AND id"
#define CHANGE                                                                 \
	"SELECT c.seq, c.eid, c.prev, c.op, c.at, c.actor, c.mutation, e.id, "
/* The same by numbers alone, to store_step.c. */
#define STEP "SELECT seq, eid, prev, op, at FROM change WHERE "
#define COLL "SELECT cid, name, is_files, n, bytes, ver, next, log FROM coll "

const char *const store_stmt[SQL__MAX] = {
	[SQL_BEGIN] = "BEGIN",
	[SQL_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_STATE] = "SELECT (SELECT v FROM meta WHERE k = 'epoch'),"
		      " (SELECT v FROM meta WHERE k = 'floor'),"
		      " (SELECT max(seq) FROM change),"
		      " (SELECT v FROM meta WHERE k = 'clean')",
	[SQL_META_PUT] = "REPLACE INTO meta (k, v) VALUES (?1, ?2)",

	[SQL_COLLS] = COLL "WHERE NOT is_dropped ORDER BY name",
	[SQL_COLL_BY_NAME] = COLL "WHERE name = ?1 AND NOT is_dropped",
	[SQL_COLL_BY_CID] = COLL "WHERE cid = ?1",
	[SQL_COLL_EVER] = COLL "WHERE name = ?1",
	[SQL_COLL_ADD] = "INSERT INTO coll (name, is_files) VALUES (?1, ?2)"
			 " ON CONFLICT (name) DO UPDATE SET"
			 " is_files = excluded.is_files, is_dropped = 0"
			 " RETURNING cid",
	[SQL_COLL_DROP] = "UPDATE coll SET is_dropped = 1 WHERE cid = ?1",
	[SQL_COLL_COUNT] = "UPDATE coll SET n = ?2, bytes = ?3, ver = ?4,"
			   " next = ?5, log = ?6 WHERE cid = ?1",

	[SQL_ENTITY_BY_ID] = ENTITY "WHERE " ID_IN_COLL " = ?2",
	[SQL_ENTITY_VERSION] = "SELECT ver FROM entity WHERE " ID_IN_COLL
			       " = ?2 AND body IS NOT NULL",
	[SQL_ENTITY_BY_EID] = ENTITY "WHERE eid = ?1",
	[SQL_ENTITIES] = LIVE "WHERE eid >= ?1 << 32 AND eid < (?1 + 1) << 32"
			      " AND body IS NOT NULL",
	[SQL_ENTITIES_AFTER] = LIVE "WHERE " ID_IN_COLL " > ?2"
				    " AND body IS NOT NULL"
				    " ORDER BY id LIMIT ?3",
	[SQL_ENTITIES_PAST] = "SELECT eid, born, ver, at, id,"
			      " CASE WHEN ver <= ?3 THEN body END FROM entity"
			      " WHERE " ID_IN_COLL " > ?2 ORDER BY id",
	[SQL_IDS] = "SELECT eid, born, ver, at, id FROM entity"
		    " WHERE eid >= ?1 << 32 AND eid < (?1 + 1) << 32"
		    " AND body IS NOT NULL",
	[SQL_ENTITY_ADD] = "INSERT INTO entity"
			   " (eid, born, ver, at, chain, steps, id, body)"
			   " VALUES (?1, ?2, ?2, ?3, 0, 0, ?4, ?5)"
			   " ON CONFLICT (eid >> 32, id) DO NOTHING",
	[SQL_ENTITY_SET] = "UPDATE entity SET ver = ?2, at = ?3, chain = ?4,"
			   " steps = ?5, body = ?6 WHERE eid = ?1",

	[SQL_CHANGES] = CHANGE "CASE WHEN ?3 THEN c.patch END"
			       " FROM change c CROSS JOIN entity e USING (eid)"
			       " WHERE c.seq > ?1 AND c.seq <= ?2"
			       " ORDER BY c.seq",
	[SQL_CHANGE_BY_SEQ] = CHANGE "c.patch"
				     " FROM change c"
				     " CROSS JOIN entity e USING (eid)"
				     " WHERE c.seq = ?1",
	[SQL_CHANGE_ADD] = "INSERT INTO change"
			   " (seq, eid, prev, op, at, actor, mutation, patch)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_STEPS] = STEP "seq > ?1 AND seq <= ?2 ORDER BY seq",
	[SQL_STEP] = STEP "seq = ?1",
	[SQL_STEP_OF] = STEP "seq > ?1 AND seq <= ?2 AND eid = ?3"
			     " ORDER BY seq LIMIT 1",
	[SQL_STEP_TIME] = "SELECT at FROM change WHERE seq <= ?1"
			  " ORDER BY seq DESC LIMIT 1",
	/* A keyframe outlives its change. */
	[SQL_LINK] = "SELECT k.body, c.prev, c.op, c.patch"
		     " FROM (SELECT ?1 AS seq)"
		     " LEFT JOIN keyframe k USING (seq)"
		     " LEFT JOIN change c USING (seq)",
	[SQL_KEYFRAME] = "SELECT body FROM keyframe WHERE seq = ?1"
			 " UNION ALL"
			 " SELECT e.body FROM change c CROSS JOIN entity e"
			 " ON e.eid = c.eid AND e.ver = c.seq"
			 " WHERE c.seq = ?1 AND e.body IS NOT NULL"
			 " AND e.steps = 0"
			 " LIMIT 1",
	[SQL_KEYFRAME_KEEP] = "INSERT INTO keyframe (seq, at, body)"
			      " SELECT ver, at, body FROM entity"
			      " WHERE eid = ?1",
	[SQL_VERSION_TIME] = "SELECT at FROM change WHERE seq = ?1"
			     " UNION ALL"
			     " SELECT at FROM keyframe WHERE seq = ?1"
			     " LIMIT 1",

	[SQL_TRIM_NEXT] = "SELECT c.seq, c.eid, c.prev, c.op, e.ver,"
			  " EXISTS (SELECT 1 FROM keyframe k"
			  " WHERE k.seq = c.seq)"
			  " FROM change c CROSS JOIN entity e USING (eid)"
			  " WHERE c.seq > ?1 AND c.seq <= ?2"
			  " ORDER BY c.seq LIMIT 1",
	[SQL_TRIM_CHANGE] = "DELETE FROM change WHERE seq = ?1"
			    " RETURNING prev, actor, mutation, patch",
	[SQL_TRIM_KEYFRAME] = "DELETE FROM keyframe WHERE seq = ?1"
			      " RETURNING body",
	[SQL_TRIM_ENTITY] = "DELETE FROM entity WHERE eid = ?1",

	[SQL_SRCS] = "SELECT path, eid, ino, size, mtime, ctime, raw FROM src"
		     " WHERE cid = ?1",
	[SQL_SRC_PUT] = "REPLACE INTO src"
			" (cid, path, eid, ino, size, mtime, ctime, raw)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_SRC_DROP] = "DELETE FROM src WHERE cid = ?1 AND path = ?2",
	[SQL_SRC_DROP_ALL] = "DELETE FROM src WHERE cid = ?1",
	[SQL_PROBLEMS] = "SELECT coll, id, reason, since FROM problem"
			 " ORDER BY coll, id",
	[SQL_PROBLEM_PUT] = "INSERT INTO problem (coll, id, reason, since)"
			    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (coll, id)"
			    " DO UPDATE SET reason = excluded.reason",
	[SQL_PROBLEM_DROP] = "DELETE FROM problem WHERE coll = ?1 AND id = ?2",
};
