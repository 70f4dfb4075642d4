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
		if (!*u->customer[i] || strlen(u->customer[i]) > MAX_CUSTOMER)
			return problem_set(why, E_RANGE, "a customer's id has 1 to %d characters", MAX_CUSTOMER);
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

/* What user_change writes, as it was read. */
static uint64_t seen_of(const struct user *u)
{
	crypto_generichash_state h;
	uint8_t sum[16];
	const uint8_t bits[] = { (uint8_t)u->role, u->pam, u->disabled, (uint8_t)u->totp_len };
	crypto_generichash_init(&h, NULL, 0, sizeof(sum));
	crypto_generichash_update(&h, bits, sizeof(bits));
	crypto_generichash_update(&h, u->totp, u->totp_len);
	crypto_generichash_update(&h, (const uint8_t *)u->hash, strlen(u->hash) + 1);
	for (size_t i = 0; i < u->ncustomer; i++) /* in the order of the table */
		crypto_generichash_update(&h, (const uint8_t *)u->customer[i], strlen(u->customer[i]) + 1);
	crypto_generichash_final(&h, sum, sizeof(sum));
	uint64_t seen;
	memcpy(&seen, sum, sizeof(seen));
	return seen;
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
	if (err == OK) {
		u.seen = seen_of(&u);
		*ret = u;
	} else {
		user_free(&u);
	}
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

static enum err end_sessions(struct state *s, int64_t user)
{
	struct sql q = sql_of(s, "DELETE FROM sessions WHERE user = ?");
	sql_int(&q, user);
	return sql_do(&q);
}

static enum err write(struct state *s, const struct user *u)
{
	/* Of one secret no step comes back: a code may have been used since it was read. */
	struct sql q = sql_of(s, "UPDATE users SET role = ?1, hash = ?2, pam = ?3, disabled = ?4, totp = ?5,"
				 " totp_step = CASE WHEN totp = ?5 THEN max(totp_step, ?6) ELSE ?6 END WHERE id = ?7");
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
	if (err == OK && old.seen != u->seen)
		err = problem_set(why, E_BUSY, "the account was changed by somebody else meanwhile; try again");
	if (err == OK)
		err = write(s, u);
	if (err == OK) {
		struct user now = { 0 };
		err = user_by_id(s, u->id, &now);
		if (err == OK && (now.seen != old.seen || now.disabled))
			err = end_sessions(s, u->id);
		user_free(&now);
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
