/* SQL statements with a sticky failure: bind straight down, step, ask once.
 *
 *	struct sql q = sql_of(s, "SELECT name FROM users WHERE id = ?");
 *	sql_int(&q, id);
 *	if (sql_row(&q)) ... sql_text_at(&q, 0) ...
 *	return sql_end(&q);
 *
 * Parameters bind in order.  Texts of a row are valid until the next sql_row or sql_end. */
#pragma once
#include "state/state.h"

#include <sqlite3.h>

struct state {
	sqlite3 *db;
	char *folder;
	char why[240]; /* of the last failure */
};

struct sql {
	struct state *s;
	sqlite3_stmt *st;
	int bound, rc;
};

struct sql sql_of(struct state *s, const char *text);
void sql_int(struct sql *q, int64_t v);
void sql_text(struct sql *q, const char *v); /* NULL is "" */
void sql_blob(struct sql *q, const void *v, size_t len);
bool sql_row(struct sql *q);     /* false at the end and on failure */
enum err sql_end(struct sql *q); /* frees it */
enum err sql_do(struct sql *q);  /* runs it to its end */

int64_t sql_int_at(const struct sql *q, int col);
const char *sql_text_at(const struct sql *q, int col); /* never NULL */
const void *sql_blob_at(const struct sql *q, int col, size_t *ret_len);

/* A transaction that writes: begun at once, so that nobody else writes between reading and writing.
 * sql_commit undoes all when err is not OK, and returns it. */
enum err sql_begin(struct state *s) _must_check_;
enum err sql_commit(struct state *s, enum err err) _must_check_;

/* E_CORRUPT: the file has other tables, indexes or triggers than this program makes; *why names the first. */
enum err schema_check(struct state *s, struct problem *why) _must_check_;

enum err sql_err(struct state *s, int rc); /* keeps the words for state_why */
