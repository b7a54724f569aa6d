-- Tables of one project's database.  Run once, in the transaction that begins
-- a database; a change of any table raises STORE_SCHEMA in lib/store_sql.h.
-- Whole numbers that are unsigned in C stand here as their signed twins.

PRAGMA application_id = 1416193125; -- STORE_APPLICATION
PRAGMA user_version = 2;            -- STORE_SCHEMA

-- epoch  random, not 0; a new one whenever a seq could mean two things
-- floor  oldest seq that a cursor may hold; head = max(floor, last seq)
-- passed changes up to here have been trimmed, see lib/store_trim.c; 0: none
-- file   which file the epoch was begun in: of its inode and time of birth
-- boot   the kernel's boot id when the mark below was last cleared
-- clean  1: every committed change is on the disk, nobody wrote since
CREATE TABLE meta (
	k TEXT PRIMARY KEY,
	v NOT NULL
) WITHOUT ROWID;

-- n, bytes and ver are of the live entities; next is the n of the next eid;
-- log is the bytes of its changes and kept bodies.
CREATE TABLE coll (
	cid INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	is_files INTEGER NOT NULL,
	is_dropped INTEGER NOT NULL DEFAULT 0,
	n INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	ver INTEGER NOT NULL DEFAULT 0,
	next INTEGER NOT NULL DEFAULT 1,
	log INTEGER NOT NULL DEFAULT 0
);

-- eid = cid << 32 | n: a collection is one run of rows, read at the speed of
-- the disk.  body is last so that a walk over ids and versions skips it.
--
-- born         seq of its first change ever
-- ver, at      seq and time (ms) of its last change
-- chain, steps bytes and number of the patches since the last kept body; with
--              steps = 0 the body here is itself a kept one, and is copied to
--              keyframe(ver) before it changes
-- body         NULL when it is gone; such a row goes with its last change
CREATE TABLE entity (
	eid INTEGER PRIMARY KEY,
	born INTEGER NOT NULL,
	ver INTEGER NOT NULL,
	at INTEGER NOT NULL,
	chain INTEGER NOT NULL,
	steps INTEGER NOT NULL,
	id TEXT NOT NULL,
	body TEXT
);
CREATE UNIQUE INDEX entity_id ON entity (eid >> 32, id);

-- Plain INTEGER PRIMARY KEY: AUTOINCREMENT would write a page more for each
-- transaction.  The newest row is therefore never deleted.  Rows below the
-- floor are those that lead from a kept body to what was there at the floor.
CREATE TABLE change (
	seq INTEGER PRIMARY KEY,
	eid INTEGER NOT NULL,
	prev INTEGER NOT NULL,
	op INTEGER NOT NULL,
	at INTEGER NOT NULL,
	actor TEXT,
	mutation TEXT,
	patch TEXT
);

-- Bodies that patches do not lead to, or would only after too long a chain.
-- at is that of the change, which may have been trimmed.
CREATE TABLE keyframe (
	seq INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	body TEXT NOT NULL
);

-- What the watcher last saw: a cache, which may be emptied at any time.
CREATE TABLE src (
	cid INTEGER NOT NULL,
	path TEXT NOT NULL,
	eid INTEGER NOT NULL,
	ino INTEGER NOT NULL,
	size INTEGER NOT NULL,
	mtime INTEGER NOT NULL,
	ctime INTEGER NOT NULL,
	raw INTEGER NOT NULL,
	PRIMARY KEY (cid, path)
) WITHOUT ROWID;

CREATE TABLE problem (
	coll TEXT NOT NULL,
	id TEXT NOT NULL,
	reason TEXT NOT NULL,
	since INTEGER NOT NULL,
	PRIMARY KEY (coll, id)
) WITHOUT ROWID;
