/* Passwords: argon2id by libsodium, and log-in by PAM for accounts that say so. */
#include "base/mem.h"
#include "identity/parts.h"

#include <sodium.h>

static unsigned long long ops_of(const struct identity *id)
{
	return id->opt.light_hash ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_INTERACTIVE;
}

static size_t memory_of(const struct identity *id)
{
	return id->opt.light_hash ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_INTERACTIVE;
}

enum err password_hash(const struct identity *id, const char *password, char ret[static crypto_pwhash_STRBYTES])
{
	if (crypto_pwhash_str_alg(ret, password, strlen(password), ops_of(id), memory_of(id), crypto_pwhash_ALG_ARGON2ID13) != 0)
		return E_NOMEM;
	return OK;
}

enum err password_set(const struct identity *id, struct user *u, const char *password, struct problem *why)
{
	char hash[crypto_pwhash_STRBYTES];
	size_t len = strlen(password);
	if (len < MIN_PASSWORD || len > MAX_PASSWORD)
		return problem_set(why, E_RANGE, "a password has %d to %d bytes", MIN_PASSWORD, MAX_PASSWORD);
	if (STREQ(password, u->name))
		return problem_set(why, E_RANGE, "the password is the account's name");
	enum err err = password_hash(id, password, hash);
	if (err != OK)
		return err;
	char *copy = mem_strdup(hash);
	if (!copy)
		return E_NOMEM;
	mem_free(u->hash);
	u->hash = copy;
	return OK;
}

/* Costs the same whether or not the account has a password. */
bool password_is(const struct identity *id, const struct user *u, const char *password)
{
	size_t len = strlen(password);
	const char *hash = u && u->hash && *u->hash ? u->hash : id->nobody;
	bool right = crypto_pwhash_str_verify(hash, password, MIN(len, (size_t)MAX_PASSWORD)) == 0;
	return right && hash != id->nobody && len <= MAX_PASSWORD;
}
