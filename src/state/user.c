/* Accounts: see state.h. */
#include "base/mem.h"
#include "state/list.h"

#include <sodium.h>

void user_free(struct user *u)
{
	struct id_list l = { u->customer, u->ncustomer };
	id_list_free(&l);
	if (u->hash)
		sodium_memzero(u->hash, strlen(u->hash));
	mem_free(u->hash);
	mem_free(u->name);
	sodium_memzero(u->totp, sizeof(u->totp));
	*u = (struct user){ 0 };
}

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

enum err user_name_check(const char *name, struct problem *why)
{
	size_t n = strlen(name);
	if (!n || n > MAX_NAME)
		return problem_set(why, E_SYNTAX, "a user's name has 1 to %d characters", MAX_NAME);
	for (size_t i = 0; i < n; i++)
		if (!name_char(name[i]) && !(i && strchr("._-@+", name[i])))
			return problem_at(why, E_SYNTAX, i + 1,
					  "a user's name has letters, digits and, behind the first, . _ - @ +");
	return OK;
}

static enum err check(const struct user *u, struct problem *why)
{
	enum err err = user_name_check(u->name, why);
	if (err != OK)
		return err;
	if ((u->role == ROLE_CUSTOMER) != (u->ncustomer > 0))
		return problem_set(why, E_RANGE,
				   u->ncustomer ? "only an account of role customer is bound to customers"
						: "an account of role customer needs the id of a customer");
	for (size_t i = 0; i < u->ncustomer; i++)
		if (!*u->customer[i] || strlen(u->customer[i]) > MAX_NAME)
			return problem_set(why, E_RANGE, "a customer's id has 1 to %d characters", MAX_NAME);
	return u->ncustomer > MAX_CUSTOMERS_EACH ? problem_set(why, E_LIMIT, "more than %d customers", MAX_CUSTOMERS_EACH) : OK;
}

static enum err write_customers(struct state *s, int64_t id, const struct user *u)
{
	struct sql q = sql_of(s, "DELETE FROM user_customers WHERE user = ?");
	sql_int(&q, id);
	enum err err = sql_do(&q);
	for (size_t i = 0; i < u->ncustomer && err == OK; i++) {
		q = sql_of(s, "INSERT OR IGNORE INTO user_customers VALUES (?, ?)");
		sql_int(&q, id);
		sql_text(&q, u->customer[i]);
		err = sql_do(&q);
	}
	return err;
}

static enum err count_users(struct state *s, struct problem *why)
{
	struct sql q = sql_of(s, "SELECT count(*) FROM users");
	bool full = sql_row(&q) && sql_int_at(&q, 0) >= MAX_USERS;
	enum err err = sql_end(&q);
	return err == OK && full ? problem_set(why, E_LIMIT, "there are %d accounts already", MAX_USERS) : err;
}

static enum err insert(struct state *s, const struct user *u, usec_t now)
{
	struct sql q = sql_of(s, "INSERT INTO users (name, role, hash, pam, disabled, totp, totp_step, created, last_login)"
				 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)");
	sql_text(&q, u->name);
	sql_text(&q, role_name(u->role));
	sql_text(&q, u->hash);
	sql_int(&q, u->pam);
	sql_int(&q, u->disabled);
	sql_blob(&q, u->totp, u->totp_len);
	sql_int(&q, u->totp_step);
	sql_int(&q, now);
	return sql_do(&q);
}

enum err user_add(struct state *s, const struct user *u, usec_t now, struct problem *why)
{
	enum err err = check(u, why);
	if (err != OK || (err = sql_begin(s)) != OK)
		return err;
	err = count_users(s, why);
	if (err == OK)
		err = insert(s, u, now);
	if (err == E_EXISTS)
		problem_set(why, err, "there is an account \"%s\" already", u->name);
	if (err == OK)
		err = write_customers(s, sqlite3_last_insert_rowid(s->db), u);
	return sql_commit(s, err);
}

#define USER_COLUMNS "id, name, role, hash, pam, disabled, totp, totp_step, created, last_login"

/* The row that q stands on; customers are another query's. */
static enum err take(struct sql *q, struct user *u)
{
	size_t len;
	u->id = sql_int_at(q, 0);
	u->name = mem_strdup(sql_text_at(q, 1));
	u->hash = mem_strdup(sql_text_at(q, 3));
	if (!u->name || !u->hash)
		return E_NOMEM;
	if (role_parse(sql_text_at(q, 2), &u->role) != OK)
		return E_CORRUPT;
	u->pam = sql_int_at(q, 4);
	u->disabled = sql_int_at(q, 5);
	const void *totp = sql_blob_at(q, 6, &len);
	if (len > sizeof(u->totp))
		return E_CORRUPT;
	if (len)
		memcpy(u->totp, totp, len);
	u->totp_len = len;
	u->totp_step = sql_int_at(q, 7);
	u->created = sql_int_at(q, 8);
	u->last_login = sql_int_at(q, 9);
	return OK;
}

static enum err customers_of(struct state *s, struct user *u)
{
	struct id_list l;
	struct sql q = sql_of(s, "SELECT customer FROM user_customers WHERE user = ? ORDER BY customer");
	sql_int(&q, u->id);
	enum err err = id_list_read(&q, &l);
	if (err == OK) {
		u->customer = l.at;
		u->ncustomer = l.n;
	}
	return err;
}

static enum err find(struct state *s, struct sql *q, struct user *ret)
{
	struct user u = { 0 };
	enum err err = sql_row(q) ? take(q, &u) : E_UNKNOWN;
	enum err end = sql_end(q);
	if (end != OK)
		err = end;
	if (err == OK)
		err = customers_of(s, &u);
	if (err == OK)
		*ret = u;
	else
		user_free(&u);
	return err;
}

enum err user_find(struct state *s, const char *name, struct user *ret)
{
	struct sql q = sql_of(s, "SELECT " USER_COLUMNS " FROM users WHERE name = ?");
	sql_text(&q, name);
	return find(s, &q, ret);
}

enum err user_by_id(struct state *s, int64_t id, struct user *ret)
{
	struct sql q = sql_of(s, "SELECT " USER_COLUMNS " FROM users WHERE id = ?");
	sql_int(&q, id);
	return find(s, &q, ret);
}

static bool same_customers(const struct user *a, const struct user *b)
{
	if (a->ncustomer != b->ncustomer)
		return false;
	for (size_t i = 0; i < a->ncustomer; i++) {
		size_t k = 0;
		while (k < b->ncustomer && !STREQ(a->customer[i], b->customer[k]))
			k++;
		if (k == b->ncustomer)
			return false;
	}
	return true;
}

static enum err write(struct state *s, const struct user *u)
{
	struct sql q = sql_of(s, "UPDATE users SET role = ?, hash = ?, pam = ?, disabled = ?, totp = ?, totp_step = ?"
				 " WHERE id = ?");
	sql_text(&q, role_name(u->role));
	sql_text(&q, u->hash);
	sql_int(&q, u->pam);
	sql_int(&q, u->disabled);
	sql_blob(&q, u->totp, u->totp_len);
	sql_int(&q, u->totp_step);
	sql_int(&q, u->id);
	enum err err = sql_do(&q);
	return err == OK ? write_customers(s, u->id, u) : err;
}

enum err user_change(struct state *s, const struct user *u, struct problem *why)
{
	struct user old = { 0 };
	enum err err = check(u, why);
	if (err != OK || (err = sql_begin(s)) != OK)
		return err;
	err = user_by_id(s, u->id, &old);
	bool end = err == OK && (old.role != u->role || u->disabled || old.pam != u->pam || !STREQ(old.hash, u->hash) ||
				 !same_customers(&old, u));
	if (err == OK)
		err = write(s, u);
	if (err == OK && end) {
		struct sql q = sql_of(s, "DELETE FROM sessions WHERE user = ?");
		sql_int(&q, u->id);
		err = sql_do(&q);
	}
	user_free(&old);
	return sql_commit(s, err);
}

enum err user_remove(struct state *s, const char *name)
{
	struct sql q = sql_of(s, "DELETE FROM users WHERE name = ?");
	sql_text(&q, name);
	enum err err = sql_do(&q);
	return err == OK && !sqlite3_changes(s->db) ? E_UNKNOWN : err;
}

enum err user_each(struct state *s, void (*each)(void *arg, const struct user *u), void *arg)
{
	enum err err = OK;
	struct sql q = sql_of(s, "SELECT " USER_COLUMNS " FROM users ORDER BY name");
	while (err == OK && sql_row(&q)) {
		struct user u = { 0 };
		err = take(&q, &u);
		if (err == OK)
			err = customers_of(s, &u);
		if (err == OK)
			each(arg, &u);
		user_free(&u);
	}
	enum err end = sql_end(&q);
	return err != OK ? err : end;
}

enum err user_logged_in(struct state *s, int64_t id, usec_t now)
{
	struct sql q = sql_of(s, "UPDATE users SET last_login = ? WHERE id = ?");
	sql_int(&q, now);
	sql_int(&q, id);
	return sql_do(&q);
}

enum err user_totp_use(struct state *s, int64_t id, int64_t step, bool *ret_first)
{
	struct sql q = sql_of(s, "UPDATE users SET totp_step = ? WHERE id = ? AND totp_step < ?");
	sql_int(&q, step);
	sql_int(&q, id);
	sql_int(&q, step);
	enum err err = sql_do(&q);
	if (err == OK)
		*ret_first = sqlite3_changes(s->db) == 1;
	return err;
}
