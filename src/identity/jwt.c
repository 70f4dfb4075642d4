/* Assertions that an existing portal signs (RFC 7519, RFC 7515 compact form): "this is customer 1001".
 *
 * What a stranger controls chooses nothing: the issuer picks the row of the configuration, the row has
 * the one algorithm and key, and the header must agree with it.  libjwt checks the signatures it knows,
 * libsodium EdDSA; the claims are read by us, after the signature was found good. */
#include "base/buf.h"
#include "base/mem.h"
#include "identity/parts.h"

#include <jansson.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>

enum { MAX_JWT = 8192, LEEWAY_SECONDS = 30 };

void assertion_free(struct assertion *a)
{
	mem_free(a->subject);
	mem_free(a->customer);
	*a = (struct assertion){ 0 };
}

struct parts { /* of HEADER.CLAIMS.SIGNATURE */
	const char *at[3];
	size_t len[3];
};

struct shown { /* an assertion taken apart */
	const char *jwt;
	struct parts parts;
	json_t *header, *claims;
};

static bool split(const char *jwt, struct parts *ret)
{
	const char *p = jwt;
	for (size_t i = 0; i < 3; i++) {
		ret->at[i] = p;
		ret->len[i] = strcspn(p, ".");
		p += ret->len[i];
		if (!ret->len[i] || *p != (i < 2 ? '.' : 0))
			return false;
		p++;
	}
	return true;
}

static json_t *part_json(const struct parts *p, size_t i)
{
	char text[MAX_JWT];
	size_t len;
	if (sodium_base642bin((uint8_t *)text, sizeof(text), p->at[i], p->len[i], NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return NULL;
	return json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));
	return t ? t : "";
}

static bool eddsa_good(const struct jwt_issuer *is, const char *jwt, const struct parts *p)
{
	uint8_t sig[crypto_sign_BYTES], pub[crypto_sign_PUBLICKEYBYTES];
	size_t len = sizeof(pub);
	BIO *bio = BIO_new_mem_buf(is->key, (int)is->key_len);
	EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	bool good = key && EVP_PKEY_base_id(key) == EVP_PKEY_ED25519 && EVP_PKEY_get_raw_public_key(key, pub, &len) == 1 &&
		    len == sizeof(pub);
	EVP_PKEY_free(key);
	BIO_free(bio);
	if (!good || sodium_base642bin(sig, sizeof(sig), p->at[2], p->len[2], NULL, &len, NULL,
				       sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || len != sizeof(sig))
		return false;
	return crypto_sign_verify_detached(sig, (const uint8_t *)jwt, p->len[0] + 1 + p->len[1], pub) == 0;
}

static bool signature_good(const struct jwt_issuer *is, const char *jwt, const struct parts *p)
{
	if (STREQ(is->algorithm, "EdDSA"))
		return eddsa_good(is, jwt, p);
	jwt_t *t = NULL;
	bool good = is->key_len > 0 && jwt_decode(&t, jwt, is->key, (int)is->key_len) == 0 &&
		    jwt_get_alg(t) == jwt_str_alg(is->algorithm);
	jwt_free(t);
	return good;
}

/* RFC 7519 4.1.3: one text, or a list of them. */
static bool audience_is(const json_t *aud, const char *want)
{
	size_t i;
	json_t *one;
	if (json_is_string(aud))
		return STREQ(json_string_value(aud), want);
	json_array_foreach(aud, i, one)
		if (json_is_string(one) && STREQ(json_string_value(one), want))
			return true;
	return false;
}

/* Seconds since 1970 as a claim; false when it is none, or so far off that arithmetic would not hold. */
static bool seconds_of(const json_t *claims, const char *key, int64_t *ret)
{
	const json_t *v = json_object_get(claims, key);
	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > INT64_C(100000000000))
		return false;
	*ret = json_integer_value(v);
	return true;
}

static enum err times_good(const struct jwt_issuer *is, const json_t *claims, usec_t now_usec, int64_t *ret_exp, struct problem *why)
{
	int64_t now = now_usec / USEC_PER_SEC, exp, iat, nbf, most = (is->most ? is->most : 10 * USEC_PER_MIN) / USEC_PER_SEC;
	if (!seconds_of(claims, "exp", &exp) || !seconds_of(claims, "iat", &iat))
		return problem_set(why, E_DENIED, "the assertion lacks exp or iat");
	if (exp + LEEWAY_SECONDS <= now)
		return problem_set(why, E_DENIED, "the assertion ended %lld s ago", (long long)(now - exp));
	if (iat > now + LEEWAY_SECONDS)
		return problem_set(why, E_DENIED, "the assertion is from the future");
	if (exp - iat > most)
		return problem_set(why, E_DENIED, "the assertion lives %lld s, longer than %lld s", (long long)(exp - iat),
				   (long long)most);
	if (json_object_get(claims, "nbf") && (!seconds_of(claims, "nbf", &nbf) || nbf > now + LEEWAY_SECONDS))
		return problem_set(why, E_DENIED, "the assertion is not valid yet");
	*ret_exp = exp;
	return OK;
}

static enum err first_time(struct identity *id, const struct jwt_issuer *is, const json_t *claims, int64_t exp,
			   usec_t now, struct problem *why)
{
	uint8_t hash[16];
	char key[80] = "jwt ";
	const char *jti = text_of(claims, "jti");
	if (is->reuse)
		return OK;
	if (!*jti)
		return problem_set(why, E_DENIED, "the assertion has no jti, so it could be shown again");
	crypto_generichash(hash, sizeof(hash), (const uint8_t *)jti, strlen(jti), (const uint8_t *)is->issuer,
			   MIN(strlen(is->issuer), (size_t)crypto_generichash_KEYBYTES_MAX));
	sodium_bin2hex(key + 4, sizeof(key) - 4, hash, sizeof(hash));
	enum err err = once_use(id->state, key, (exp + LEEWAY_SECONDS) * USEC_PER_SEC, now);
	return err == E_EXISTS ? problem_set(why, E_DENIED, "the assertion was shown before") : err;
}

static enum err claims_good(struct identity *id, const struct jwt_issuer *is, const json_t *claims, usec_t now,
			    struct assertion *ret, struct problem *why)
{
	int64_t exp = 0;
	const char *claim = is->claim && *is->claim ? is->claim : "customer";
	const char *customer = text_of(claims, claim), *subject = text_of(claims, "sub");
	if (!audience_is(json_object_get(claims, "aud"), is->audience))
		return problem_set(why, E_DENIED, "the assertion is for another audience");
	if (!*customer || strlen(customer) > MAX_CUSTOMER || strlen(subject) > MAX_NAME)
		return problem_set(why, E_DENIED, "the assertion's \"%s\" names no customer", claim);
	enum err err = times_good(is, claims, now, &exp, why);
	if (err == OK)
		err = first_time(id, is, claims, exp, now, why);
	if (err != OK)
		return err;
	struct assertion a = { mem_strdup(*subject ? subject : customer), mem_strdup(customer) };
	if (!a.subject || !a.customer) {
		assertion_free(&a);
		return E_NOMEM;
	}
	*ret = a;
	return OK;
}

/* The row of the configuration that it was signed with; NULL: *why says why none was.  An issuer may have several
 * while its keys roll over. */
static const struct jwt_issuer *signer_of(const struct identity *id, const struct shown *s, struct problem *why)
{
	(void)problem_set(why, E_DENIED, "the assertion's issuer is not known");
	for (const struct jwt_issuer *is = id->opt.issuer; is < id->opt.issuer + id->opt.nissuer; is++) {
		if (!STREQ(is->issuer, text_of(s->claims, "iss")))
			continue;
		if (!STREQ(text_of(s->header, "alg"), is->algorithm) || json_object_get(s->header, "crit"))
			(void)problem_set(why, E_DENIED, "the assertion's header is not of algorithm %s", is->algorithm);
		else if (!signature_good(is, s->jwt, &s->parts))
			(void)problem_set(why, E_DENIED, "the assertion's signature is wrong");
		else
			return is;
	}
	return NULL;
}

enum err jwt_check(struct identity *id, const char *jwt, usec_t now, struct assertion *ret, struct problem *why)
{
	struct shown s = { .jwt = jwt };
	if (strlen(jwt) > MAX_JWT || !split(jwt, &s.parts))
		return problem_set(why, E_DENIED, "no assertion of three parts");
	s.header = part_json(&s.parts, 0);
	s.claims = part_json(&s.parts, 1);
	const struct jwt_issuer *is = signer_of(id, &s, why); /* of what is no object nothing is found */
	enum err err = is ? claims_good(id, is, s.claims, now, ret, why) : E_DENIED;
	json_decref(s.header);
	json_decref(s.claims);
	return err;
}
