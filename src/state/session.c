/* Sessions, attempts to log in, and things that serve once: see state.h. */
#include "state/secret.h"
#include "state/sql.h"

#include <sodium.h>

/* Of the cookie, yet telling nothing of it: another hash than the one that is kept. */
static void csrf_of(const char *text, char ret[static SESSION_TEXT])
{
	static const char purpose[] = "weir form token";
	uint8_t mac[32];
	crypto_generichash(mac, sizeof(mac), (const uint8_t *)purpose, sizeof(purpose) - 1, (const uint8_t *)text,
			   MIN(strlen(text), (size_t)crypto_generichash_KEYBYTES_MAX));
	sodium_bin2base64(ret, SESSION_TEXT, mac, sizeof(mac), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static enum err make_room(struct state *s, int64_t user, const struct session_times *t, usec_t now)
{
	struct sql q = sql_of(s, "DELETE FROM sessions WHERE expires <= ? OR last <= ? OR hash IN (SELECT hash FROM sessions"
				 " WHERE user = ? ORDER BY created DESC, hash LIMIT -1 OFFSET ?)");
	sql_int(&q, now);
	sql_int(&q, now - t->idle);
	sql_int(&q, user);
	sql_int(&q, MAX_SESSIONS_EACH - 1);
	return sql_do(&q);
}

enum err session_add(struct state *s, int64_t user, const struct session_times *t, usec_t now,
		     char ret_text[static SESSION_TEXT])
{
	uint8_t hash[STATE_HASH];
	char text[SESSION_TEXT];
	secret_text(text);
	secret_hash(text, hash);
	enum err err = sql_begin(s);
	if (err != OK)
		return err;
	err = make_room(s, user, t, now);
	struct sql q = sql_of(s, "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)");
	sql_blob(&q, hash, sizeof(hash));
	sql_int(&q, user);
	sql_int(&q, now);
	sql_int(&q, now);
	sql_int(&q, now + t->most);
	enum err put = sql_do(&q);
	err = sql_commit(s, err != OK ? err : put);
	if (err == OK)
		memcpy(ret_text, text, sizeof(text));
	sodium_memzero(text, sizeof(text));
	return err;
}

/* The last use is written at most once a minute: pages come in bursts. */
static enum err touch(struct state *s, const uint8_t hash[static STATE_HASH], usec_t last, usec_t now)
{
	if (now - last < USEC_PER_MIN)
		return OK;
	struct sql q = sql_of(s, "UPDATE sessions SET last = ? WHERE hash = ?");
	sql_int(&q, now);
	sql_blob(&q, hash, STATE_HASH);
	return sql_do(&q);
}

enum err session_find(struct state *s, const char *text, const struct session_times *t, usec_t now, struct session *ret)
{
	uint8_t hash[STATE_HASH];
	struct session x = { 0 };
	if (strlen(text) != SESSION_TEXT - 1)
		return E_UNKNOWN;
	secret_hash(text, hash);
	struct sql q = sql_of(s, "SELECT user, sessions.created, last, expires FROM sessions JOIN users ON users.id = user"
				 " WHERE sessions.hash = ? AND NOT disabled");
	sql_blob(&q, hash, sizeof(hash));
	bool found = sql_row(&q);
	if (found)
		x = (struct session){ .user = sql_int_at(&q, 0), .created = sql_int_at(&q, 1), .last = sql_int_at(&q, 2),
				      .expires = sql_int_at(&q, 3) };
	enum err err = sql_end(&q);
	if (err != OK)
		return err;
	if (!found || x.expires <= now || x.last + t->idle <= now)
		return E_UNKNOWN;
	if ((err = touch(s, hash, x.last, now)) != OK)
		return err;
	csrf_of(text, x.csrf);
	*ret = x;
	return OK;
}

enum err session_remove(struct state *s, const char *text)
{
	uint8_t hash[STATE_HASH];
	secret_hash(text, hash);
	struct sql q = sql_of(s, "DELETE FROM sessions WHERE hash = ?");
	sql_blob(&q, hash, sizeof(hash));
	return sql_do(&q);
}

bool session_csrf_is(const struct session *x, const char *given)
{
	return strlen(given) == SESSION_TEXT - 1 && sodium_memcmp(x->csrf, given, SESSION_TEXT - 1) == 0;
}

/* -- attempts ----------------------------------------------------------------------------------- */

enum err attempt_allowed(struct state *s, const char *key, usec_t now, usec_t *ret_until)
{
	struct sql q = sql_of(s, "SELECT until FROM attempts WHERE key = ? AND last > ?");
	sql_text(&q, key);
	sql_int(&q, now - USEC_PER_HOUR);
	usec_t until = sql_row(&q) ? sql_int_at(&q, 0) : 0;
	enum err err = sql_end(&q);
	if (err == OK)
		*ret_until = until > now ? until : 0;
	return err;
}

static usec_t wait_after(int64_t failed)
{
	int64_t over = failed - FREE_ATTEMPTS;
	if (over < 0)
		return 0;
	return over < 10 ? MIN((usec_t)(USEC_PER_SEC << over), MAX_WAIT) : MAX_WAIT;
}

/* One more; what is asked for while it has to wait is not counted when take is true: *ret_until is set. */
static enum err count(struct state *s, const char *key, usec_t now, bool take, usec_t *ret_until)
{
	int64_t failed = 1;
	enum err err = sql_begin(s);
	if (err != OK)
		return err;
	if (take && ((err = attempt_allowed(s, key, now, ret_until)) != OK || *ret_until))
		return sql_commit(s, err);
	/* Old ones go; and should strangers fill the table with names, so do the oldest of the new. */
	struct sql q = sql_of(s, "DELETE FROM attempts WHERE last <= ? OR key IN (SELECT key FROM attempts"
				 " ORDER BY last DESC LIMIT -1 OFFSET ?)");
	sql_int(&q, now - USEC_PER_HOUR);
	sql_int(&q, MAX_ATTEMPT_KEYS);
	err = sql_do(&q);
	q = sql_of(s, "SELECT failed FROM attempts WHERE key = ?");
	sql_text(&q, key);
	if (sql_row(&q))
		failed = sql_int_at(&q, 0) + 1;
	enum err read = sql_end(&q);
	q = sql_of(s, "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?)");
	sql_text(&q, key);
	sql_int(&q, failed);
	sql_int(&q, now);
	sql_int(&q, now + wait_after(failed));
	enum err put = sql_do(&q);
	return sql_commit(s, err != OK ? err : read != OK ? read : put);
}

enum err attempt_failed(struct state *s, const char *key, usec_t now)
{
	return count(s, key, now, false, NULL);
}

enum err attempt_take(struct state *s, const char *key, usec_t now, usec_t *ret_until)
{
	return count(s, key, now, true, ret_until);
}

enum err attempt_forget(struct state *s, const char *key)
{
	struct sql q = sql_of(s, "DELETE FROM attempts WHERE key = ?");
	sql_text(&q, key);
	return sql_do(&q);
}

enum err once_use(struct state *s, const char *what, usec_t expires, usec_t now)
{
	enum { MOST = 1000000 };
	enum err err = sql_begin(s);
	if (err != OK)
		return err;
	struct sql q = sql_of(s, "DELETE FROM once WHERE expires <= ?");
	sql_int(&q, now);
	err = sql_do(&q);
	q = sql_of(s, "SELECT count(*) FROM once");
	bool full = sql_row(&q) && sql_int_at(&q, 0) >= MOST;
	enum err counted = sql_end(&q);
	if (err == OK)
		err = counted != OK ? counted : full ? E_LIMIT : OK;
	if (err == OK) {
		q = sql_of(s, "INSERT INTO once VALUES (?, ?)");
		sql_text(&q, what);
		sql_int(&q, expires);
		err = sql_do(&q);
	}
	return sql_commit(s, err);
}
