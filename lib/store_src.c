#include "store_src.h"

#include "store_sql.h"

/* --- what was seen -------------------------------------------------------- */

const struct err *
store_srcs(struct store *s, uint32_t cid, store_src_fn *fn, void *arg)
{
	struct store_src src = { .cid = cid };
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_SRCS, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	while (sql_next(s, stmt, &err)) {
		src.path = sql_span(stmt, 0);
		src.eid = sql_u64(stmt, 1);
		src.ino = sql_u64(stmt, 2);
		src.size = sql_u64(stmt, 3);
		src.mtime_ns = (int64_t)sql_u64(stmt, 4);
		src.ctime_ns = (int64_t)sql_u64(stmt, 5);
		src.raw = sql_u64(stmt, 6);
		fn(&src, arg);
	}
	sql_done(stmt);
	return err;
}

const struct err *
store_src_put(struct store *s, const struct store_src *src)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_SRC_PUT, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, src->cid);
	sql_bind_text(stmt, 2, src->path);
	sql_bind(stmt, 3, src->eid);
	sql_bind(stmt, 4, src->ino);
	sql_bind(stmt, 5, src->size);
	sql_bind(stmt, 6, (uint64_t)src->mtime_ns);
	sql_bind(stmt, 7, (uint64_t)src->ctime_ns);
	sql_bind(stmt, 8, src->raw);
	return sql_finish(s, stmt);
}

const struct err *
store_src_drop(struct store *s, uint32_t cid, struct span path)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_SRC_DROP, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, cid);
	sql_bind_text(stmt, 2, path);
	return sql_finish(s, stmt);
}

/* --- problems ------------------------------------------------------------- */

const struct err *
store_problems(struct store *s, store_problem_fn *fn, void *arg)
{
	struct store_problem problem;
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_PROBLEMS, &stmt);

	if (err != NULL)
		return err;
	while (sql_next(s, stmt, &err)) {
		problem.collection = sql_span(stmt, 0);
		problem.id = sql_span(stmt, 1);
		problem.reason = sql_span(stmt, 2);
		problem.since.ms = (int64_t)sql_u64(stmt, 3);
		fn(&problem, arg);
	}
	sql_done(stmt);
	return err;
}

const struct err *
store_problem_put(struct store *s, const struct store_problem *problem)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_PROBLEM_PUT, &stmt);

	if (err != NULL)
		return err;
	sql_bind_text(stmt, 1, problem->collection);
	sql_bind_text(stmt, 2, problem->id);
	sql_bind_text(stmt, 3, problem->reason);
	sql_bind(stmt, 4, (uint64_t)problem->since.ms);
	return sql_finish(s, stmt);
}

const struct err *
store_problem_drop(struct store *s, struct span collection, struct span id)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_PROBLEM_DROP, &stmt);

	if (err != NULL)
		return err;
	sql_bind_text(stmt, 1, collection);
	sql_bind_text(stmt, 2, id);
	return sql_finish(s, stmt);
}
