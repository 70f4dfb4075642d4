/* The door of identity/: who is it?  Every way in ends in a struct who; what that may see is made of it
 * elsewhere (query/scope.h), and from nothing else.
 *
 *	password (argon2id or PAM, then a TOTP code) | API token | signed assertion (JWT) of a portal |
 *	header of a trusted proxy | nobody: a guest
 *
 * All refusals look alike to the caller's caller: E_DENIED and one sentence, whatever was wrong; the
 * true reason goes to the audit log.  An unknown name costs as much time as a wrong password.
 * One thread at a time for each struct identity. */
#pragma once
#include "flow/addr.h"
#include "state/state.h"

enum way {
#define WAY(id, name, help) id,
#include "identity/ways.def"
#undef WAY
};
const char *way_name(enum way w);

struct who {
	enum way way;
	enum who_role role;
	char *name;       /* account; of an assertion its subject; "guest" */
	int64_t user;     /* account's id; 0 = none (assertion, guest) */
	char **customer;  /* whom it may be: ids, for ROLE_CUSTOMER or a view as customer */
	size_t ncustomer;
	char *doors;      /* names of doors, blank-separated; "" = all that the role has */
	char *viewer;     /* staff who views as customer; "" = nobody */
};
void who_free(struct who *w);
bool who_is_customer(const struct who *w, const char *id);
bool who_may(const struct who *w, const char *door); /* a guest: only what its doors name */

/* A portal's key.  Only this algorithm is taken, whatever a token's header says.  While keys roll over, an issuer has
 * a row for each. */
struct jwt_issuer {
	const char *issuer, *audience, *algorithm; /* "HS256", "ES256", "RS256", "EdDSA" */
	const uint8_t *key;                        /* secret, or PEM of the public key */
	size_t key_len;
	const char *claim;                         /* that names the customer; "" = "customer" */
	usec_t most;                               /* longest life, exp - iat; 0 = ten minutes */
	bool reuse;                                /* may be shown again until it ends; else once, by its jti */
};

struct identity_options {
	const struct jwt_issuer *issuer;
	size_t nissuer;
	const struct prefix *proxy; /* addresses whose header names an account */
	size_t nproxy;
	const char *pam_service;    /* "" = no PAM */
	struct session_times times; /* zeroes: 12 hours idle, 7 days in all */
	bool light_hash;            /* tests: argon2id with its least memory */
};

struct identity;

/* All borrowed until identity_free. */
enum err identity_new(struct state *s, const struct identity_options *opt, struct identity **ret, struct problem *why) _must_check_;
void identity_free(struct identity *id);
DEFINE_FREEP(struct identity *, identity_free)

/* Where it comes from, for throttling (an IPv6 address as its /64) and the audit log: "192.0.2.1", "console".
 * Behind a proxy that is trusted it is the address which that one names, else all its users wait for one. */
struct attempt {
	const char *from;
	usec_t now;
};

/* A password and, where the account has a second factor, its code (NULL or "" = none given).
 * E_DENIED; E_BUSY: too many wrong ones, *why says when to try again. */
enum err identity_login(struct identity *id, const char *name, const char *password, const char *code,
			const struct attempt *at, struct who *ret, struct problem *why) _must_check_;
/* After identity_login, and for none who came another way (E_DENIED): a session for the cookie. */
enum err identity_session(struct identity *id, const struct who *w, const struct attempt *at,
			  char ret_text[static SESSION_TEXT]) _must_check_;

enum err identity_by_session(struct identity *id, const char *cookie, const struct attempt *at, struct who *ret,
			     struct session *ret_session) _must_check_;
enum err identity_by_token(struct identity *id, const char *token, const struct attempt *at, struct who *ret,
			   struct problem *why) _must_check_;
enum err identity_by_jwt(struct identity *id, const char *jwt, const struct attempt *at, struct who *ret,
			 struct problem *why) _must_check_;
/* peer: the proxy's own address, from the socket.  name: the header's one value; a request in which it comes
 * twice, or joined by commas, names nobody. */
enum err identity_by_proxy(struct identity *id, const struct addr *peer, const char *name, const struct attempt *at,
			   struct who *ret, struct problem *why) _must_check_;
enum err identity_guest(struct who *ret) _must_check_;

/* Staff looks at what a customer sees: a new who of role customer; logged.  E_DENIED for others. */
enum err identity_view_as(struct identity *id, const struct who *staff, const char *customer,
			  const struct attempt *at, struct who *ret, struct problem *why) _must_check_;

/* -- secrets of accounts -------------------------------------------------------------------------- */

enum { MIN_PASSWORD = 10, MAX_PASSWORD = 1024, TOTP_SECRET = 20, TOTP_URI = 256 };

/* Fills u->hash (the old one is freed).  E_RANGE: too short or long, or the account's name. */
enum err password_set(const struct identity *id, struct user *u, const char *password, struct problem *why) _must_check_;
bool password_is(const struct identity *id, const struct user *u, const char *password);

/* A fresh secret into u; ret_uri: "otpauth://totp/..." for the person's app, the only copy. */
void totp_make(struct user *u, char ret_uri[static TOTP_URI]);
/* RFC 6238: SHA-1, six digits, 30 seconds, one step early or late.  *ret_step for user_totp_use(). */
bool totp_is(const struct user *u, const char *code, usec_t now, int64_t *ret_step);
