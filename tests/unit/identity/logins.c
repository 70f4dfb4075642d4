/* Every way in: who gets in as whom, and who does not, whatever is tried. */
#include "../state/scratch.h"

#include "identity/identity.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

static char id_1001[] = "1001", id_1002[] = "1002";
static char *both[] = { id_1001, id_1002 };
static const struct attempt here = { "192.0.2.1", NOW };
static const uint8_t secret[] = "0123456789abcdef0123456789abcdef";

struct fixture {
	struct state *state;
	struct identity *id;
	struct identity_options opt;
	unsigned shown; /* assertions so far */
};

static struct fixture open_with(const struct identity_options *opt)
{
	struct fixture f = { .state = scratch_open(), .opt = *opt };
	struct problem why = { 0 };
	f.opt.light_hash = true;
	f.opt.pam_service = opt->pam_service ? opt->pam_service : "";
	if (identity_new(f.state, &f.opt, &f.id, &why) != OK)
		fail_msg("%s", why.text);
	return f;
}

static void end(struct fixture *f)
{
	identity_free(f->id);
	scratch_close(f->state);
}

/* alice: customers 1001 and 1002; otto: operator */
static void add(struct fixture *f, const char *name, enum who_role role)
{
	char copy[32];
	struct problem why = { 0 };
	snprintf(copy, sizeof(copy), "%s", name);
	struct user u = { .name = copy, .role = role };
	assert_int_equal(password_set(f->id, &u, "correct horse", &why), OK);
	if (role == ROLE_CUSTOMER) {
		u.customer = both;
		u.ncustomer = 2;
	}
	assert_int_equal(user_add(f->state, &u, NOW, &why), OK);
	free(u.hash);
}

static void login_is(struct fixture *f, const char *name, const char *password, const char *code, enum err want)
{
	struct who w;
	struct problem why = { 0 };
	enum err got = identity_login(f->id, name, password, code, &here, &w, &why);
	assert_int_equal(got, want);
	if (want == OK) {
		assert_string_equal(w.name, name);
		who_free(&w);
	} else if (want == E_DENIED) {
		assert_string_equal(why.text, "name, password or code is wrong"); /* always the same */
	}
}

static void last_reason(void *arg, const struct audit *row)
{
	snprintf(arg, 480, "%s", row->outcome);
}

static void logged(struct fixture *f, const char *want)
{
	char reason[480] = "";
	struct problem why = { 0 };
	int64_t n;
	assert_int_equal(audit_each(f->state, &(struct audit_filter){ .last = 1 }, last_reason, reason), OK);
	assert_string_equal(reason, want);
	assert_int_equal(audit_verify(f->state, NULL, &n, &why), OK);
}

static void a_password_opens(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct who w;
	struct problem why = { 0 };
	add(&f, "alice", ROLE_CUSTOMER);
	assert_int_equal(identity_login(f.id, "alice", "correct horse", NULL, &here, &w, &why), OK);
	assert_int_equal(w.role, ROLE_CUSTOMER);
	assert_true(who_is_customer(&w, "1002"));
	assert_false(who_is_customer(&w, "1003"));
	assert_true(who_may(&w, "query"));
	who_free(&w);
	logged(&f, "ok");
	end(&f);
}

static void all_refusals_look_alike(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct user u;
	struct problem why = { 0 };
	add(&f, "alice", ROLE_CUSTOMER);
	login_is(&f, "alice", "wrong horse", NULL, E_DENIED);
	logged(&f, "wrong password");
	login_is(&f, "nobody", "correct horse", NULL, E_DENIED);
	logged(&f, "no such account");
	login_is(&f, "", "", NULL, E_DENIED);
	assert_int_equal(user_find(f.state, "alice", &u), OK);
	u.disabled = true;
	assert_int_equal(user_change(f.state, &u, &why), OK);
	user_free(&u);
	login_is(&f, "alice", "correct horse", NULL, E_DENIED);
	logged(&f, "account is disabled");
	end(&f);
}

/* An account without a password (tokens alone) opens to none, not even the empty one. */
static void no_password_is_no_way_in(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	char name[] = "robot", none[] = "";
	struct problem why = { 0 };
	struct user u = { .name = name, .role = ROLE_OPERATOR, .hash = none };
	assert_int_equal(user_add(f.state, &u, NOW, &why), OK);
	login_is(&f, "robot", "", NULL, E_DENIED);
	login_is(&f, "robot", "robot", NULL, E_DENIED);
	end(&f);
}

static void passwords_have_bounds(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	char name[] = "long-enough-name";
	struct problem why = { 0 };
	struct user u = { .name = name };
	assert_int_equal(password_set(f.id, &u, "short", &why), E_RANGE);
	assert_string_equal(why.text, "a password has 10 to 1024 bytes");
	assert_int_equal(password_set(f.id, &u, "long-enough-name", &why), E_RANGE);
	assert_string_equal(why.text, "the password is the account's name");
	end(&f);
}

static void guessing_is_slowed_down(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct problem why = { 0 };
	struct who w;
	add(&f, "alice", ROLE_CUSTOMER);
	for (int i = 0; i < FREE_ATTEMPTS; i++)
		login_is(&f, i % 2 ? "alice" : "ALICE", "wrong horse", NULL, E_DENIED);
	assert_int_equal(identity_login(f.id, "alice", "correct horse", NULL, &here, &w, &why), E_BUSY);
	assert_string_equal(why.text, "too many wrong attempts; try again in 1 s");
	const struct attempt elsewhere = { "198.51.100.7", NOW };
	assert_int_equal(identity_login(f.id, "alice", "correct horse", NULL, &elsewhere, &w, &why), E_BUSY); /* by account */
	assert_int_equal(identity_login(f.id, "bob", "correct horse", NULL, &here, &w, &why), E_BUSY);        /* by address */
	const struct attempt later = { "192.0.2.1", NOW + 2 * USEC_PER_SEC };
	assert_int_equal(identity_login(f.id, "alice", "correct horse", NULL, &later, &w, &why), OK);
	who_free(&w);
	end(&f);
}

/* RFC 6238, appendix B: the SHA-1 secret, eight digits there, the last six here. */
static void codes_are_those_of_the_standard(void **st)
{
	(void)st;
	static const struct {
		int64_t seconds;
		const char *code;
	} cases[] = { { 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" },
		      { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" } };
	struct user u = { .totp_len = 20 };
	int64_t step;
	memcpy(u.totp, "12345678901234567890", 20);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_true(totp_is(&u, cases[i].code, cases[i].seconds * USEC_PER_SEC, &step));
		assert_int_equal(step, cases[i].seconds / 30);
		assert_true(totp_is(&u, cases[i].code, (cases[i].seconds + 30) * USEC_PER_SEC, &step)); /* a step late */
		assert_false(totp_is(&u, cases[i].code, (cases[i].seconds + 61) * USEC_PER_SEC, &step));
		assert_false(totp_is(&u, "", cases[i].seconds * USEC_PER_SEC, &step));
	}
}

static void a_second_factor_is_asked_for_and_serves_once(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct user u;
	struct problem why = { 0 };
	char code[16];
	int64_t step;
	add(&f, "alice", ROLE_CUSTOMER);
	assert_int_equal(user_find(f.state, "alice", &u), OK);
	char uri[TOTP_URI];
	totp_make(&u, uri);
	assert_int_equal(strncmp(uri, "otpauth://totp/weir:alice?secret=", 33), 0);
	assert_int_equal(strlen(uri), 33 + 32 + strlen("&issuer=weir"));
	assert_int_equal(user_change(f.state, &u, &why), OK);
	for (int i = 0; i < 1000000; i++) { /* the code is not told by any door: find it */
		snprintf(code, sizeof(code), "%06d", i);
		if (totp_is(&u, code, NOW, &step) && step == NOW / USEC_PER_SEC / 30)
			break;
	}
	login_is(&f, "alice", "correct horse", NULL, E_DENIED);
	logged(&f, "no code");
	login_is(&f, "alice", "wrong horse", code, E_DENIED);
	login_is(&f, "alice", "correct horse", code, OK);
	login_is(&f, "alice", "correct horse", code, E_DENIED);
	logged(&f, "code was used before");
	user_free(&u);
	end(&f);
}

/* -- sessions and tokens --------------------------------------------------------------------------- */

static void a_cookie_is_who_logged_in(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct who w, again;
	struct session x;
	struct problem why = { 0 };
	char cookie[SESSION_TEXT];
	add(&f, "alice", ROLE_CUSTOMER);
	assert_int_equal(identity_login(f.id, "alice", "correct horse", NULL, &here, &w, &why), OK);
	assert_int_equal(identity_session(f.id, &w, &here, cookie), OK);
	assert_int_equal(identity_by_session(f.id, cookie, &here, &again, &x), OK);
	assert_string_equal(again.name, "alice");
	assert_int_equal(again.ncustomer, 2);
	who_free(&again);
	cookie[0] = cookie[0] == 'A' ? 'B' : 'A';
	assert_int_equal(identity_by_session(f.id, cookie, &here, &again, &x), E_DENIED);
	who_free(&w);
	assert_int_equal(identity_guest(&w), OK);
	assert_int_equal(identity_session(f.id, &w, &here, cookie), E_DENIED);
	who_free(&w);
	end(&f);
}

static void token_of(struct fixture *f, const char *name, const char *doors, size_t ncustomer, char ret[static TOKEN_TEXT])
{
	struct user u;
	struct problem why = { 0 };
	char none[] = "", copy[64];
	snprintf(copy, sizeof(copy), "%s", doors);
	assert_int_equal(user_find(f->state, name, &u), OK);
	struct token t = { .user = u.id, .comment = none, .doors = copy, .expires = NOW + USEC_PER_DAY, .customer = both,
			   .ncustomer = ncustomer };
	assert_int_equal(token_add(f->state, &t, NOW, ret, &why), OK);
	user_free(&u);
}

static void a_token_is_its_account_or_less(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct who w;
	struct problem why = { 0 };
	char text[TOKEN_TEXT];
	add(&f, "alice", ROLE_CUSTOMER);
	add(&f, "otto", ROLE_OPERATOR);
	token_of(&f, "alice", "query report", 1, text);
	assert_int_equal(identity_by_token(f.id, text, &here, &w, &why), OK);
	assert_true(who_may(&w, "report"));
	assert_false(who_may(&w, "rep"));
	assert_false(who_may(&w, "token"));
	assert_false(who_may(&w, ""));
	assert_true(who_is_customer(&w, "1001"));
	assert_false(who_is_customer(&w, "1002"));
	who_free(&w);
	token_of(&f, "otto", "", 1, text); /* staff's token for one customer is that customer's */
	assert_int_equal(identity_by_token(f.id, text, &here, &w, &why), OK);
	assert_int_equal(w.role, ROLE_CUSTOMER);
	assert_true(who_is_customer(&w, "1001"));
	who_free(&w);
	text[20] = text[20] == 'x' ? 'y' : 'x';
	assert_int_equal(identity_by_token(f.id, text, &here, &w, &why), E_DENIED);
	assert_string_equal(why.text, "the token is not valid");
	end(&f);
}

static void what_the_account_lost_its_token_lost(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct who w;
	struct user u;
	struct problem why = { 0 };
	char text[TOKEN_TEXT];
	add(&f, "alice", ROLE_CUSTOMER);
	token_of(&f, "alice", "", 1, text);
	assert_int_equal(user_find(f.state, "alice", &u), OK);
	struct user fewer = u;
	fewer.customer = u.customer + 1; /* 1001 is gone */
	fewer.ncustomer = 1;
	assert_int_equal(user_change(f.state, &fewer, &why), OK);
	assert_int_equal(identity_by_token(f.id, text, &here, &w, &why), E_DENIED);
	user_free(&u);
	end(&f);
}

static void a_disabled_accounts_token_is_nothing(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct who w;
	struct user u;
	struct problem why = { 0 };
	char text[TOKEN_TEXT];
	add(&f, "otto", ROLE_OPERATOR);
	token_of(&f, "otto", "", 0, text);
	assert_int_equal(identity_by_token(f.id, text, &here, &w, &why), OK);
	assert_int_equal(w.role, ROLE_OPERATOR);
	who_free(&w);
	assert_int_equal(user_find(f.state, "otto", &u), OK);
	u.disabled = true;
	assert_int_equal(user_change(f.state, &u, &why), OK);
	user_free(&u);
	assert_int_equal(identity_by_token(f.id, text, &here, &w, &why), E_DENIED);
	end(&f);
}

/* -- proxies and views -------------------------------------------------------------------------------- */

static void only_a_trusted_proxy_says_who(void **st)
{
	(void)st;
	struct prefix trusted;
	struct addr inside, outside;
	const char *reason;
	struct who w;
	struct problem why = { 0 };
	assert_true(prefix_parse("10.1.0.0/16", 11, &trusted, &reason));
	assert_true(addr_parse("10.1.2.3", 8, &inside) && addr_parse("10.2.2.3", 8, &outside));
	struct fixture f = open_with(&(struct identity_options){ .proxy = &trusted, .nproxy = 1 });
	add(&f, "alice", ROLE_CUSTOMER);
	assert_int_equal(identity_by_proxy(f.id, &inside, "alice", &here, &w, &why), OK);
	assert_int_equal(w.way, WAY_PROXY);
	who_free(&w);
	assert_int_equal(identity_by_proxy(f.id, &outside, "alice", &here, &w, &why), E_DENIED);
	logged(&f, "the address is no trusted proxy's");
	assert_int_equal(identity_by_proxy(f.id, &inside, "nobody", &here, &w, &why), E_DENIED);
	end(&f);
}

static void staff_views_as_a_customer_and_it_is_logged(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct who staff, seen, again;
	struct problem why = { 0 };
	add(&f, "otto", ROLE_OPERATOR);
	assert_int_equal(identity_login(f.id, "otto", "correct horse", NULL, &here, &staff, &why), OK);
	assert_int_equal(identity_view_as(f.id, &staff, "1001", &here, &seen, &why), OK);
	assert_int_equal(seen.role, ROLE_CUSTOMER);
	assert_string_equal(seen.viewer, "otto");
	assert_true(who_is_customer(&seen, "1001"));
	logged(&f, "ok");
	assert_int_equal(identity_view_as(f.id, &seen, "1002", &here, &again, &why), E_DENIED); /* a view opens no other */
	assert_string_equal(why.text, "only staff views as a customer");
	who_free(&seen);
	who_free(&staff);
	end(&f);
}

/* -- assertions ------------------------------------------------------------------------------------------ */

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

static char *sign_eddsa(EVP_PKEY *key, const char *claims)
{
	static const char header[] = "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}";
	char text[2048];
	uint8_t sig[64];
	size_t n = sizeof(sig);
	const int b64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	sodium_bin2base64(text, sizeof(text), (const uint8_t *)header, sizeof(header) - 1, b64);
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

UNIT_MAIN(cmocka_unit_test(a_password_opens), cmocka_unit_test(all_refusals_look_alike),
	  cmocka_unit_test(no_password_is_no_way_in), cmocka_unit_test(passwords_have_bounds),
	  cmocka_unit_test(guessing_is_slowed_down), cmocka_unit_test(codes_are_those_of_the_standard),
	  cmocka_unit_test(a_second_factor_is_asked_for_and_serves_once), cmocka_unit_test(a_cookie_is_who_logged_in),
	  cmocka_unit_test(a_token_is_its_account_or_less), cmocka_unit_test(what_the_account_lost_its_token_lost),
	  cmocka_unit_test(a_disabled_accounts_token_is_nothing), cmocka_unit_test(only_a_trusted_proxy_says_who),
	  cmocka_unit_test(staff_views_as_a_customer_and_it_is_logged), cmocka_unit_test(a_portals_assertion_names_its_customer),
	  cmocka_unit_test(wrong_claims_are_refused), cmocka_unit_test(wrong_signatures_are_refused),
	  cmocka_unit_test(rubbish_does_not_fill_the_log), cmocka_unit_test(public_keys_check_assertions), cmocka_unit_test(a_signature_covers_the_claims),
	  cmocka_unit_test(wrong_configuration_is_refused))
