/* Inside identity/. */
#pragma once
#include "identity/identity.h"

struct identity {
	struct state *state;
	struct identity_options opt;
	char nobody[128]; /* hash of a password that nobody has: what unknown names are tried against */
};

enum err password_hash(const struct identity *id, const char *password, char ret[static 128]) _must_check_;

/* True when the system's PAM takes them; talks to no person. */
bool pam_is(const char *service, const char *name, const char *password);

/* What an assertion says, checked. */
struct assertion {
	char *subject, *customer;
};
void assertion_free(struct assertion *a);
/* E_DENIED: *why has the true reason, for the audit log. */
enum err jwt_check(struct identity *id, const char *jwt, usec_t now, struct assertion *ret, struct problem *why) _must_check_;
