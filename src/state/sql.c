/* SQLite's interface as the rest of the room uses it: see sql.h. */
#include "state/sql.h"

#include <stdio.h>

enum err sql_err(struct state *s, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return OK;
	snprintf(s->why, sizeof(s->why), "%s", s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:     return E_BUSY;
	case SQLITE_NOMEM:      return E_NOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:     return E_CORRUPT;
	case SQLITE_CONSTRAINT: return E_EXISTS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:   return E_DENIED;
	}
	return E_IO;
}

struct sql sql_of(struct state *s, const char *text)
{
	struct sql q = { .s = s };
	q.rc = sqlite3_prepare_v2(s->db, text, -1, &q.st, NULL);
	return q;
}

void sql_int(struct sql *q, int64_t v)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->st, ++q->bound, v);
}

void sql_text(struct sql *q, const char *v)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_text(q->st, ++q->bound, v ? v : "", -1, SQLITE_TRANSIENT);
}

void sql_blob(struct sql *q, const void *v, size_t len)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_blob64(q->st, ++q->bound, len ? v : "", len, SQLITE_TRANSIENT);
}

bool sql_row(struct sql *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		return false;
	q->rc = sqlite3_step(q->st);
	return q->rc == SQLITE_ROW;
}

enum err sql_end(struct sql *q)
{
	enum err err = sql_err(q->s, q->rc);
	sqlite3_finalize(q->st);
	q->st = NULL;
	return err;
}

enum err sql_do(struct sql *q)
{
	while (sql_row(q))
		;
	return sql_end(q);
}

int64_t sql_int_at(const struct sql *q, int col)
{
	return sqlite3_column_int64(q->st, col);
}

const char *sql_text_at(const struct sql *q, int col)
{
	const char *t = (const char *)sqlite3_column_text(q->st, col);
	return t ? t : "";
}

const void *sql_blob_at(const struct sql *q, int col, size_t *ret_len)
{
	const void *p = sqlite3_column_blob(q->st, col);
	*ret_len = p ? (size_t)sqlite3_column_bytes(q->st, col) : 0;
	return p;
}

static enum err run(struct state *s, const char *text)
{
	struct sql q = sql_of(s, text);
	return sql_do(&q);
}

enum err sql_begin(struct state *s)
{
	return run(s, "BEGIN IMMEDIATE");
}

enum err sql_commit(struct state *s, enum err err)
{
	if (err == OK)
		err = run(s, "COMMIT");
	if (err != OK && !sqlite3_get_autocommit(s->db)) {
		char why[sizeof(s->why)];
		memcpy(why, s->why, sizeof(why)); /* the reason, not what undoing says */
		(void)run(s, "ROLLBACK");
		memcpy(s->why, why, sizeof(why));
	}
	return err;
}
