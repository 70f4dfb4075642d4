/* Assertions that a portal signs: what is taken, and what is not, however it is put together. */
#include "fixture.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

static const uint8_t secret[] = "0123456789abcdef0123456789abcdef";
static const struct jwt_issuer portal = { .issuer = "https://portal.example", .audience = "weir", .algorithm = "HS256",
					  .key = secret, .key_len = 32 };

#define CLAIMS(more) "{\"iss\":\"https://portal.example\",\"aud\":\"weir\",\"sub\":\"u7\",\"customer\":\"1001\"," more "}"
#define TIMES "\"iat\":1767225590,\"exp\":1767225690"

static char *sign(jwt_alg_t alg, const char *key, int key_len, const char *claims)
{
	jwt_t *t;
	assert_int_equal(jwt_new(&t), 0);
	assert_int_equal(jwt_add_grants_json(t, claims), 0);
	assert_int_equal(jwt_set_alg(t, alg, (const uint8_t *)key, key_len), 0);
	char *text = jwt_encode_str(t);
	assert_non_null(text);
	jwt_free(t);
	return text;
}

/* Each from an address of its own: what is wrong counts by address. */
static void jwt_is(struct fixture *f, const char *text, enum err want, const char *reason)
{
	struct who w;
	struct problem why = { 0 };
	char from[32];
	snprintf(from, sizeof(from), "198.51.100.%u", f->shown++);
	assert_int_equal(identity_by_jwt(f->id, text, &(struct attempt){ from, NOW }, &w, &why), want);
	logged(f, reason);
	if (want != OK) {
		assert_string_equal(why.text, "the assertion is not valid");
		return;
	}
	assert_int_equal(w.role, ROLE_CUSTOMER);
	assert_string_equal(w.name, "u7");
	assert_int_equal(w.ncustomer, 1);
	assert_string_equal(w.customer[0], "1001");
	who_free(&w);
}

static void a_portals_assertion_names_its_customer(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ .issuer = &portal, .nissuer = 1 });
	char *text = sign(JWT_ALG_HS256, (const char *)secret, 32, CLAIMS(TIMES ",\"jti\":\"a1\""));
	jwt_is(&f, text, OK, "ok");
	jwt_is(&f, text, E_DENIED, "the assertion was shown before");
	free(text);
	text = sign(JWT_ALG_HS256, (const char *)secret, 32,
		    "{\"iss\":\"https://portal.example\",\"aud\":[\"x\",\"weir\"],\"sub\":\"u7\",\"customer\":\"1001\","
		    "\"jti\":\"a2\"," TIMES "}");
	jwt_is(&f, text, OK, "ok");
	free(text);
	end(&f);
}

static void wrong_claims_are_refused(void **st)
{
	(void)st;
	static const struct {
		const char *claims, *reason;
	} cases[] = {
		{ CLAIMS("\"iat\":1767225000,\"exp\":1767225100,\"jti\":\"1\""), "the assertion ended 500 s ago" },
		{ CLAIMS("\"iat\":1767225700,\"exp\":1767225800,\"jti\":\"1\""), "the assertion is from the future" },
		{ CLAIMS("\"iat\":1767225590,\"exp\":1767235590,\"jti\":\"1\""), "the assertion lives 10000 s, longer than 600 s" },
		{ CLAIMS("\"iat\":1767225590,\"jti\":\"1\""), "the assertion lacks exp or iat" },
		{ CLAIMS("\"iat\":\"x\",\"exp\":1767225690,\"jti\":\"1\""), "the assertion lacks exp or iat" },
		{ CLAIMS("\"iat\":1767225590,\"exp\":9223372036854775807,\"jti\":\"1\""), "the assertion lacks exp or iat" },
		{ CLAIMS(TIMES ",\"nbf\":1767225650,\"jti\":\"1\""), "the assertion is not valid yet" },
		{ CLAIMS(TIMES), "the assertion has no jti, so it could be shown again" },
		{ "{\"iss\":\"https://portal.example\",\"aud\":\"other\",\"customer\":\"1001\"," TIMES "}",
		  "the assertion is for another audience" },
		{ "{\"iss\":\"https://portal.example\",\"customer\":\"1001\"," TIMES "}", "the assertion is for another audience" },
		{ "{\"iss\":\"https://portal.example\",\"aud\":\"weir\"," TIMES "}", "the assertion's \"customer\" names no customer" },
		{ "{\"iss\":\"https://portal.example\",\"aud\":\"weir\",\"customer\":1001," TIMES "}",
		  "the assertion's \"customer\" names no customer" },
		{ "{\"iss\":\"https://evil.example\",\"aud\":\"weir\",\"customer\":\"1001\"," TIMES "}",
		  "the assertion's issuer is not known" },
	};
	struct fixture f = open_with(&(struct identity_options){ .issuer = &portal, .nissuer = 1 });
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *text = sign(JWT_ALG_HS256, (const char *)secret, 32, cases[i].claims);
		jwt_is(&f, text, E_DENIED, cases[i].reason);
		free(text);
	}
	end(&f);
}

static void wrong_signatures_are_refused(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ .issuer = &portal, .nissuer = 1 });
	char *text = sign(JWT_ALG_HS256, "another secret of thirty-two byte", 32, CLAIMS(TIMES ",\"jti\":\"1\""));
	jwt_is(&f, text, E_DENIED, "the assertion's signature is wrong");
	free(text);
	text = sign(JWT_ALG_HS384, (const char *)secret, 32, CLAIMS(TIMES ",\"jti\":\"1\""));
	jwt_is(&f, text, E_DENIED, "the assertion's header is not of algorithm HS256");
	free(text);
	text = sign(JWT_ALG_NONE, NULL, 0, CLAIMS(TIMES ",\"jti\":\"1\""));
	jwt_is(&f, text, E_DENIED, "no assertion of three parts"); /* its signature is empty */
	free(text);
	jwt_is(&f, "", E_DENIED, "no assertion of three parts");
	jwt_is(&f, "a.b.c", E_DENIED, "the assertion's issuer is not known");
	jwt_is(&f, "a.b.c.d", E_DENIED, "no assertion of three parts");
	end(&f);
}

static char *pem(EVP_PKEY *key, bool secret_too)
{
	char *data, *copy;
	BIO *bio = BIO_new(BIO_s_mem());
	assert_true(secret_too ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(bio, key));
	long n = BIO_get_mem_data(bio, &data);
	copy = strndup(data, (size_t)n);
	BIO_free(bio);
	return copy;
}

static char *sign_with(EVP_PKEY *key, const char *header, const char *claims)
{
	char text[2048];
	uint8_t sig[64];
	size_t n = sizeof(sig);
	const int b64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	sodium_bin2base64(text, sizeof(text), (const uint8_t *)header, strlen(header), b64);
	strcat(text, ".");
	size_t at = strlen(text);
	sodium_bin2base64(text + at, sizeof(text) - at, (const uint8_t *)claims, strlen(claims), b64);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestSignInit(c, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(c, sig, &n, (const uint8_t *)text, strlen(text)), 1);
	EVP_MD_CTX_free(c);
	strcat(text, ".");
	at = strlen(text);
	sodium_bin2base64(text + at, sizeof(text) - at, sig, n, b64);
	return strdup(text);
}

static char *sign_eddsa(EVP_PKEY *key, const char *claims)
{
	return sign_with(key, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", claims);
}

/* A stranger who shows rubbish is soon not even written down. */
static void rubbish_does_not_fill_the_log(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ .issuer = &portal, .nissuer = 1 });
	struct addr peer;
	struct who w;
	struct problem why = { 0 };
	uint8_t hash[STATE_HASH];
	int64_t rows;
	assert_true(addr_parse("192.0.2.1", 9, &peer));
	for (int i = 0; i < 100; i++) {
		enum err want = i < FREE_ATTEMPTS ? E_DENIED : E_BUSY;
		assert_int_equal(i % 2 ? identity_by_proxy(f.id, &peer, "alice", &here, &w, &why)
				       : identity_by_jwt(f.id, "a.b.c", &here, &w, &why), want);
	}
	assert_int_equal(audit_head(f.state, &rows, hash), OK);
	assert_int_equal(rows, FREE_ATTEMPTS);
	end(&f);
}

static void public_keys_check_assertions(void **st)
{
	(void)st;
	static const struct {
		const char *name;
		jwt_alg_t alg;
	} algs[] = { { "RS256", JWT_ALG_RS256 }, { "ES256", JWT_ALG_ES256 }, { "EdDSA", JWT_ALG_NONE } };
	for (size_t i = 0; i < COUNT_OF(algs); i++) {
		EVP_PKEY *key = i == 0 ? EVP_RSA_gen(2048) : i == 1 ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		char *own = pem(key, true), *public = pem(key, false);
		struct jwt_issuer is = portal;
		is.algorithm = algs[i].name;
		is.key = (const uint8_t *)public;
		is.key_len = strlen(public);
		struct fixture f = open_with(&(struct identity_options){ .issuer = &is, .nissuer = 1 });
		char *text = i < 2 ? sign(algs[i].alg, own, (int)strlen(own), CLAIMS(TIMES ",\"jti\":\"1\""))
				   : sign_eddsa(key, CLAIMS(TIMES ",\"jti\":\"1\""));
		jwt_is(&f, text, OK, "ok");
		char *claims = strchr(text, '.') + 5;
		*claims = *claims == 'A' ? 'B' : 'A';
		jwt_is(&f, text, E_DENIED, "the assertion's issuer is not known");
		free(text);
		/* The public key is public: a token signed with it as if it were a secret is worth nothing. */
		text = sign(JWT_ALG_HS256, public, (int)strlen(public), CLAIMS(TIMES ",\"jti\":\"2\""));
		char want[64];
		snprintf(want, sizeof(want), "the assertion's header is not of algorithm %s", algs[i].name);
		jwt_is(&f, text, E_DENIED, want);
		free(text);
		end(&f);
		free(own);
		free(public);
		EVP_PKEY_free(key);
	}
}

/* What the header says chooses nothing: no key that it brings or names, no other algorithm. */
static void a_header_chooses_nothing(void **st)
{
	(void)st;
	static const struct {
		const char *header, *reason;
	} cases[] = {
		{ "{\"alg\":\"none\"}", "the assertion's header is not of algorithm EdDSA" },
		{ "{\"alg\":\"None\"}", "the assertion's header is not of algorithm EdDSA" },
		{ "{\"alg\":\"eddsa\"}", "the assertion's header is not of algorithm EdDSA" },
		{ "{\"alg\":[\"EdDSA\"]}", "the assertion's header is not of algorithm EdDSA" },
		{ "{}", "the assertion's header is not of algorithm EdDSA" },
		{ "{\"alg\":\"EdDSA\",\"crit\":[\"b64\"],\"b64\":false}", "the assertion's header is not of algorithm EdDSA" },
		{ "{\"alg\":\"none\",\"alg\":\"EdDSA\"}", "the assertion's header is not of algorithm EdDSA" },
		{ "{\"alg\":\"EdDSA\",\"kid\":\"../../dev/null\",\"jku\":\"http://evil.example/\"}", "the assertion's signature is wrong" },
	};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), *mine = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char *public = pem(key, false);
	struct jwt_issuer is = portal;
	is.algorithm = "EdDSA";
	is.key = (const uint8_t *)public;
	is.key_len = strlen(public);
	struct fixture f = open_with(&(struct identity_options){ .issuer = &is, .nissuer = 1 });
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *text = sign_with(mine, cases[i].header, CLAIMS(TIMES ",\"jti\":\"1\""));
		jwt_is(&f, text, E_DENIED, cases[i].reason);
		free(text);
	}
	/* The right key, under whatever name. */
	char *text = sign_with(key, "{\"alg\":\"EdDSA\",\"kid\":\"' OR 1=1\"}", CLAIMS(TIMES ",\"jti\":\"2\""));
	jwt_is(&f, text, OK, "ok");
	free(text);
	end(&f);
	free(public);
	EVP_PKEY_free(key);
	EVP_PKEY_free(mine);
}

/* While a portal changes its key there are two rows of one issuer; each keeps to its algorithm. */
static void an_issuer_may_have_two_keys(void **st)
{
	(void)st;
	static const uint8_t fresh[] = "fedcba9876543210fedcba9876543210";
	struct jwt_issuer is[] = { portal, portal };
	is[1].key = fresh;
	struct fixture f = open_with(&(struct identity_options){ .issuer = is, .nissuer = 2 });
	const char *const keys[] = { (const char *)secret, (const char *)fresh };
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		char claims[256];
		snprintf(claims, sizeof(claims), CLAIMS(TIMES ",\"jti\":\"k%zu\""), i);
		char *text = sign(JWT_ALG_HS256, keys[i], 32, claims);
		jwt_is(&f, text, OK, "ok");
		free(text);
	}
	char *text = sign(JWT_ALG_HS256, "another secret of thirty-two byte", 32, CLAIMS(TIMES ",\"jti\":\"k9\""));
	jwt_is(&f, text, E_DENIED, "the assertion's signature is wrong");
	free(text);
	end(&f);
}

/* Shown again until the very last moment at which it counts, it is still the same assertion. */
static void a_replay_is_found_as_long_as_it_counts(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ .issuer = &portal, .nissuer = 1 });
	char *text = sign(JWT_ALG_HS256, (const char *)secret, 32, CLAIMS(TIMES ",\"jti\":\"r\""));
	jwt_is(&f, text, OK, "ok");
	static const struct {
		int seconds;
		const char *reason;
	} after[] = { { 1, "the assertion was shown before" }, { 119, "the assertion was shown before" }, { 120, "the assertion ended 30 s ago" } };
	for (size_t i = 0; i < COUNT_OF(after); i++) { /* it ends in 90 s, and clocks may be 30 s apart */
		struct who w;
		struct problem why = { 0 };
		const struct attempt at = { "203.0.113.1", NOW + after[i].seconds * USEC_PER_SEC };
		assert_int_equal(identity_by_jwt(f.id, text, &at, &w, &why), E_DENIED);
		logged(&f, after[i].reason);
	}
	free(text);
	end(&f);
}

/* A signature of the right key over other claims. */
static void a_signature_covers_the_claims(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ .issuer = &portal, .nissuer = 1 });
	char mixed[4096];
	char *mine = sign(JWT_ALG_HS256, (const char *)secret, 32, CLAIMS(TIMES ",\"jti\":\"1\""));
	char *other = sign(JWT_ALG_HS256, (const char *)secret, 32, CLAIMS(TIMES ",\"jti\":\"2\""));
	snprintf(mixed, sizeof(mixed), "%.*s%s", (int)(strrchr(mine, '.') - mine), mine, strrchr(other, '.'));
	jwt_is(&f, mixed, E_DENIED, "the assertion's signature is wrong");
	free(mine);
	free(other);
	end(&f);
}

static void wrong_configuration_is_refused(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct identity *id;
	struct problem why = { 0 };
	struct jwt_issuer is = portal;
	is.algorithm = "none";
	const struct identity_options opt = { .issuer = &is, .nissuer = 1, .pam_service = "", .light_hash = true };
	assert_int_equal(identity_new(s, &opt, &id, &why), E_SYNTAX);
	assert_string_equal(why.text, "issuer \"https://portal.example\": algorithm is HS256, ES256, RS256 or EdDSA");
	is.algorithm = "HS256";
	is.key_len = 8;
	assert_int_equal(identity_new(s, &opt, &id, &why), E_SYNTAX);
	assert_string_equal(why.text, "issuer \"https://portal.example\": a key has 32 bytes at least");
	scratch_close(s);
}

UNIT_MAIN(cmocka_unit_test(a_header_chooses_nothing), cmocka_unit_test(an_issuer_may_have_two_keys),
	  cmocka_unit_test(a_replay_is_found_as_long_as_it_counts), cmocka_unit_test(a_portals_assertion_names_its_customer),
	  cmocka_unit_test(wrong_claims_are_refused), cmocka_unit_test(wrong_signatures_are_refused),
	  cmocka_unit_test(rubbish_does_not_fill_the_log), cmocka_unit_test(public_keys_check_assertions),
	  cmocka_unit_test(a_signature_covers_the_claims), cmocka_unit_test(wrong_configuration_is_refused))
