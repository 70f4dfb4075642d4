/* The audit chain: see state.h.
 *
 * hash(row) = SHA-256( hash(row - 1) | seq | time | rows | usec | each text as length, bytes )
 * numbers as 8 bytes, little-endian; the first row follows 32 zeros. */
#include "base/buf.h"
#include "base/utf8.h"
#include "state/sql.h"

#include <sodium.h>

static void add_text(struct buf *b, const char *t)
{
	size_t len = strlen(t);
	buf_u64(b, len);
	buf_add(b, t, len);
}

static enum err hash_of(const struct audit *r, const uint8_t before[static STATE_HASH], uint8_t ret[static STATE_HASH])
{
	struct buf b = { 0 };
	buf_add(&b, before, STATE_HASH);
	buf_u64(&b, (uint64_t)r->seq);
	buf_u64(&b, (uint64_t)r->time);
	buf_u64(&b, (uint64_t)r->rows);
	buf_u64(&b, (uint64_t)r->usec);
	const char *const texts[] = { r->who, r->role, r->customer, r->from, r->action, r->what, r->outcome };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		add_text(&b, texts[i]);
	enum err err = b.bad;
	if (err == OK)
		crypto_hash_sha256(ret, b.data, b.len);
	buf_free(&b);
	return err;
}

enum err audit_head(struct state *s, int64_t *ret_seq, uint8_t ret_hash[static STATE_HASH])
{
	size_t len = 0;
	int64_t seq = 0;
	uint8_t hash[STATE_HASH] = { 0 };
	struct sql q = sql_of(s, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
	bool any = sql_row(&q);
	if (any) {
		seq = sql_int_at(&q, 0);
		const void *p = sql_blob_at(&q, 1, &len);
		if (len == sizeof(hash))
			memcpy(hash, p, len);
	}
	enum err err = sql_end(&q);
	if (err != OK)
		return err;
	if (any && len != sizeof(hash))
		return E_CORRUPT;
	*ret_seq = seq;
	memcpy(ret_hash, hash, sizeof(hash));
	return OK;
}

static enum err insert(struct state *s, const struct audit *r)
{
	struct sql q = sql_of(s, "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_int(&q, r->seq);
	sql_int(&q, r->time);
	sql_text(&q, r->who);
	sql_text(&q, r->role);
	sql_text(&q, r->customer);
	sql_text(&q, r->from);
	sql_text(&q, r->action);
	sql_text(&q, r->what);
	sql_text(&q, r->outcome);
	sql_int(&q, r->rows);
	sql_int(&q, r->usec);
	sql_blob(&q, r->hash, sizeof(r->hash));
	enum err err = sql_do(&q);
	/* A constraint that somebody put there may swallow a row without a word. */
	return err == OK && sqlite3_changes(s->db) != 1 ? E_CORRUPT : err;
}

/* Names and addresses come from strangers, too: each text is one line of UTF-8. */
enum err audit_add(struct state *s, const struct audit *row)
{
	char what[MAX_WHAT], text[6][480];
	uint8_t before[STATE_HASH];
	struct audit r = *row;
	const char **const texts[] = { &r.who, &r.role, &r.customer, &r.from, &r.action, &r.outcome };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = utf8_excerpt(*texts[i], strlen(*texts[i]), text[i], sizeof(text[i]));
	r.what = utf8_excerpt(row->what, strlen(row->what), what, sizeof(what));
	enum err err = sql_begin(s);
	if (err != OK)
		return err;
	err = audit_head(s, &r.seq, before);
	r.seq++;
	if (err == OK)
		err = hash_of(&r, before, r.hash);
	if (err == OK)
		err = insert(s, &r);
	return sql_commit(s, err);
}

#define AUDIT_COLUMNS "seq, time, who, role, customer, origin, action, what, outcome, nrows, usec, hash"

/* What stands behind a zero byte would be neither shown nor covered by the hash, and yet keep a filter from
 * finding the row: we write none. */
static bool texts_are_whole(const struct sql *q)
{
	bool whole = true;
	for (int col = 2; col < 9; col++)
		whole &= strlen(sql_text_at(q, col)) == (size_t)sqlite3_column_bytes(q->st, col);
	return whole;
}

static enum err take(const struct sql *q, struct audit *r)
{
	size_t len;
	*r = (struct audit){
		.seq = sql_int_at(q, 0), .time = sql_int_at(q, 1), .who = sql_text_at(q, 2), .role = sql_text_at(q, 3),
		.customer = sql_text_at(q, 4), .from = sql_text_at(q, 5), .action = sql_text_at(q, 6),
		.what = sql_text_at(q, 7), .outcome = sql_text_at(q, 8), .rows = sql_int_at(q, 9), .usec = sql_int_at(q, 10),
	};
	const void *hash = sql_blob_at(q, 11, &len);
	if (len != sizeof(r->hash) || !texts_are_whole(q))
		return E_CORRUPT;
	memcpy(r->hash, hash, len);
	return OK;
}

/* One row in its place in the chain; hash: of the row before, then of this. */
static enum err verify_row(const struct sql *q, int64_t seq, uint8_t hash[static STATE_HASH], struct problem *why)
{
	struct audit r;
	uint8_t want[STATE_HASH];
	int64_t found = sql_int_at(q, 0);
	if (found != seq)
		return problem_set(why, E_CORRUPT, "row %lld of the audit log is missing; row %lld follows", (long long)seq,
				   (long long)found);
	enum err err = take(q, &r);
	if (err == OK && (err = hash_of(&r, hash, want)) != OK)
		return err;
	if (err != OK || memcmp(want, r.hash, sizeof(want)) != 0)
		return problem_set(why, E_CORRUPT, "row %lld of the audit log is not as it was written", (long long)seq);
	memcpy(hash, want, sizeof(want));
	return OK;
}

enum err audit_verify(struct state *s, const struct audit_head *head, int64_t *ret_rows, struct problem *why)
{
	uint8_t hash[STATE_HASH] = { 0 };
	int64_t seq = 0;
	enum err err = schema_check(s, why);
	if (err != OK)
		return err;
	struct sql q = sql_of(s, "SELECT " AUDIT_COLUMNS " FROM audit ORDER BY seq");
	while (err == OK && sql_row(&q)) {
		err = verify_row(&q, seq + 1, hash, why);
		seq += err == OK;
		if (err == OK && head && seq == head->seq && memcmp(hash, head->hash, sizeof(hash)) != 0)
			err = problem_set(why, E_CORRUPT, "row %lld of the audit log is not the one whose hash was kept",
					  (long long)seq);
	}
	enum err end = sql_end(&q);
	if (err == OK)
		err = end;
	if (err == OK && head && seq < head->seq)
		err = problem_set(why, E_CORRUPT, "the audit log ends at row %lld, before row %lld whose hash was kept",
				  (long long)seq, (long long)head->seq);
	if (err == OK)
		*ret_rows = seq;
	return err;
}

static enum err select_rows(struct state *s, const struct audit_filter *f, struct sql *ret)
{
	struct sql q = sql_of(s, "SELECT * FROM (SELECT " AUDIT_COLUMNS " FROM audit WHERE (?1 = ?2 OR (time >= ?1 AND time < ?2))"
				 " AND (?3 = '' OR who = ?3) AND (?4 = '' OR customer = ?4) AND (?5 = '' OR action = ?5)"
				 " ORDER BY seq DESC LIMIT ?6) ORDER BY seq");
	sql_int(&q, f->when.start);
	sql_int(&q, f->when.end);
	sql_text(&q, f->who);
	sql_text(&q, f->customer);
	sql_text(&q, f->action);
	sql_int(&q, f->last ? f->last : -1);
	*ret = q;
	return OK;
}

enum err audit_each(struct state *s, const struct audit_filter *f, void (*each)(void *arg, const struct audit *row), void *arg)
{
	struct sql q;
	struct audit r;
	enum err err = select_rows(s, f, &q);
	while (err == OK && sql_row(&q))
		if ((err = take(&q, &r)) == OK)
			each(arg, &r);
	enum err end = sql_end(&q);
	return err != OK ? err : end;
}
