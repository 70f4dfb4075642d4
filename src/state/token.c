/* API tokens: see state.h. */
#include "base/mem.h"
#include "state/list.h"
#include "state/secret.h"

#include <sodium.h>
#include <stdio.h>

void token_free(struct token *t)
{
	struct id_list l = { t->customer, t->ncustomer };
	id_list_free(&l);
	mem_free(t->comment);
	mem_free(t->doors);
	*t = (struct token){ 0 };
}

static bool has(char *const *at, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (STREQ(at[i], id))
			return true;
	return false;
}

static enum err check(struct state *s, const struct token *t, usec_t now, struct problem *why)
{
	struct user u = { 0 };
	enum err err = user_by_id(s, t->user, &u);
	if (err != OK)
		return err;
	if (t->expires <= now)
		err = problem_set(why, E_RANGE, "a token must end in the future");
	for (size_t i = 0; i < t->ncustomer && err == OK; i++)
		if (u.role == ROLE_CUSTOMER && !has(u.customer, u.ncustomer, t->customer[i]))
			err = problem_set(why, E_RANGE, "the account \"%s\" has no customer \"%s\"", u.name, t->customer[i]);
	user_free(&u);
	if (err != OK)
		return err;
	struct sql q = sql_of(s, "SELECT count(*) FROM tokens WHERE user = ? AND NOT revoked AND expires > ?");
	sql_int(&q, t->user);
	sql_int(&q, now);
	bool full = sql_row(&q) && sql_int_at(&q, 0) >= MAX_TOKENS_EACH;
	err = sql_end(&q);
	return err == OK && full ? problem_set(why, E_LIMIT, "this account has %d tokens already", MAX_TOKENS_EACH) : err;
}

static enum err insert(struct state *s, const struct token *t, const char *secret, usec_t now)
{
	uint8_t hash[STATE_HASH];
	secret_hash(secret, hash);
	struct sql q = sql_of(s, "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)");
	sql_text(&q, t->id);
	sql_int(&q, t->user);
	sql_blob(&q, hash, sizeof(hash));
	sql_text(&q, t->comment);
	sql_text(&q, t->doors);
	sql_int(&q, now);
	sql_int(&q, t->expires);
	enum err err = sql_do(&q);
	for (size_t i = 0; i < t->ncustomer && err == OK; i++) {
		q = sql_of(s, "INSERT OR IGNORE INTO token_customers VALUES (?, ?)");
		sql_text(&q, t->id);
		sql_text(&q, t->customer[i]);
		err = sql_do(&q);
	}
	return err;
}

enum err token_add(struct state *s, struct token *t, usec_t now, char ret_text[static TOKEN_TEXT], struct problem *why)
{
	uint8_t id[6];
	char secret[SESSION_TEXT];
	randombytes_buf(id, sizeof(id));
	sodium_bin2hex(t->id, sizeof(t->id), id, sizeof(id));
	secret_text(secret);
	enum err err = sql_begin(s);
	if (err != OK)
		return err;
	err = check(s, t, now, why);
	if (err == OK)
		err = insert(s, t, secret, now);
	err = sql_commit(s, err);
	if (err == OK)
		snprintf(ret_text, TOKEN_TEXT, "weir_%s_%s", t->id, secret);
	sodium_memzero(secret, sizeof(secret));
	return err;
}

#define TOKEN_COLUMNS "id, user, comment, doors, created, expires, last_used, revoked"

static enum err take(struct state *s, struct sql *q, struct token *t)
{
	struct id_list l;
	snprintf(t->id, sizeof(t->id), "%s", sql_text_at(q, 0));
	t->user = sql_int_at(q, 1);
	t->comment = mem_strdup(sql_text_at(q, 2));
	t->doors = mem_strdup(sql_text_at(q, 3));
	if (!t->comment || !t->doors)
		return E_NOMEM;
	t->created = sql_int_at(q, 4);
	t->expires = sql_int_at(q, 5);
	t->last_used = sql_int_at(q, 6);
	t->revoked = sql_int_at(q, 7);
	struct sql own = sql_of(s, "SELECT customer FROM token_customers WHERE token = ? ORDER BY customer");
	sql_text(&own, t->id);
	enum err err = id_list_read(&own, &l);
	if (err == OK) {
		t->customer = l.at;
		t->ncustomer = l.n;
	}
	return err;
}

static enum err note_use(struct state *s, const struct token *t, usec_t now)
{
	if (now - t->last_used < USEC_PER_MIN)
		return OK;
	struct sql q = sql_of(s, "UPDATE tokens SET last_used = ? WHERE id = ?");
	sql_int(&q, now);
	sql_text(&q, t->id);
	return sql_do(&q);
}

/* Splits "weir_ID_SECRET"; false when it is none. */
static bool split(const char *text, char id[static 13], const char **ret_secret)
{
	if (strlen(text) != TOKEN_TEXT - 1 || strncmp(text, "weir_", 5) != 0 || text[17] != '_')
		return false;
	memcpy(id, text + 5, 12);
	id[12] = 0;
	*ret_secret = text + 18;
	return true;
}

enum err token_find(struct state *s, const char *text, usec_t now, struct token *ret)
{
	char id[13];
	const char *secret;
	uint8_t hash[STATE_HASH];
	struct token t = { 0 };
	size_t len = 0;
	if (!split(text, id, &secret))
		return E_UNKNOWN;
	secret_hash(secret, hash);
	struct sql q = sql_of(s, "SELECT " TOKEN_COLUMNS ", hash FROM tokens WHERE id = ?");
	sql_text(&q, id);
	enum err err = E_UNKNOWN;
	if (sql_row(&q)) {
		const void *kept = sql_blob_at(&q, 8, &len);
		if (len == sizeof(hash) && sodium_memcmp(kept, hash, sizeof(hash)) == 0)
			err = take(s, &q, &t);
	}
	enum err end = sql_end(&q);
	if (end != OK)
		err = end;
	if (err == OK && (t.revoked || t.expires <= now))
		err = E_UNKNOWN;
	if (err == OK)
		err = note_use(s, &t, now);
	if (err == OK)
		*ret = t;
	else
		token_free(&t);
	return err;
}

enum err token_revoke(struct state *s, const char *id)
{
	struct sql q = sql_of(s, "UPDATE tokens SET revoked = 1 WHERE id = ?");
	sql_text(&q, id);
	enum err err = sql_do(&q);
	return err == OK && !sqlite3_changes(s->db) ? E_UNKNOWN : err;
}

enum err token_each(struct state *s, int64_t user, void (*each)(void *arg, const struct token *t), void *arg)
{
	enum err err = OK;
	struct sql q = sql_of(s, "SELECT " TOKEN_COLUMNS " FROM tokens WHERE user = ? OR ? = 0 ORDER BY created, id");
	sql_int(&q, user);
	sql_int(&q, user);
	while (err == OK && sql_row(&q)) {
		struct token t = { 0 };
		err = take(s, &q, &t);
		if (err == OK)
			each(arg, &t);
		token_free(&t);
	}
	enum err end = sql_end(&q);
	return err != OK ? err : end;
}
