/* The ways in, and what each leaves in the audit log: see identity.h. */
#include "base/mem.h"
#include "base/utf8.h"
#include "identity/parts.h"

#include <sodium.h>
#include <stdio.h>

static const struct {
	const char *name;
} ways[] = {
#define WAY(id, name, help) [id] = { name },
#include "identity/ways.def"
#undef WAY
};

const char *way_name(enum way w)
{
	return ways[w].name;
}

/* -- struct who ----------------------------------------------------------------------------------- */

void who_free(struct who *w)
{
	for (size_t i = 0; i < w->ncustomer; i++)
		mem_free(w->customer[i]);
	mem_free(w->customer);
	mem_free(w->name);
	mem_free(w->doors);
	mem_free(w->viewer);
	*w = (struct who){ 0 };
}

bool who_is_customer(const struct who *w, const char *id)
{
	for (size_t i = 0; i < w->ncustomer; i++)
		if (STREQ(w->customer[i], id))
			return true;
	return false;
}

bool who_may(const struct who *w, const char *door)
{
	size_t len = strlen(door);
	if (!*w->doors)
		return w->role != ROLE_GUEST; /* what is opened for guests is opened by name */
	for (const char *p = w->doors; *p;) {
		size_t n = strcspn(p, " ");
		if (n == len && memcmp(p, door, n) == 0)
			return len > 0;
		p += n + strspn(p + n, " ");
	}
	return false;
}

struct sketch { /* of a struct who: texts borrowed */
	enum way way;
	enum who_role role;
	const char *name, *doors, *viewer;
	int64_t user;
	char *const *customer;
	size_t ncustomer;
};

static enum err who_make(const struct sketch *s, struct who *ret)
{
	struct who w = { .way = s->way, .role = s->role, .user = s->user, .name = mem_strdup(s->name),
			 .doors = mem_strdup(s->doors ? s->doors : ""), .viewer = mem_strdup(s->viewer ? s->viewer : "") };
	bool good = w.name && w.doors && w.viewer;
	if (good && s->ncustomer)
		good = (w.customer = mem_new0(s->ncustomer, sizeof(*w.customer))) != NULL;
	for (; good && w.ncustomer < s->ncustomer; w.ncustomer++)
		if (!(w.customer[w.ncustomer] = mem_strdup(s->customer[w.ncustomer])))
			good = false;
	if (good)
		*ret = w;
	else
		who_free(&w);
	return good ? OK : E_NOMEM;
}

static enum err who_of_user(const struct user *u, enum way way, struct who *ret)
{
	return who_make(&(struct sketch){ .way = way, .role = u->role, .name = u->name, .user = u->id,
					  .customer = u->customer, .ncustomer = u->ncustomer }, ret);
}

enum err identity_guest(struct who *ret)
{
	return who_make(&(struct sketch){ .way = WAY_NOBODY, .role = ROLE_GUEST, .name = "guest" }, ret);
}

/* -- new, free -------------------------------------------------------------------------------------- */

static enum err check_options(const struct identity_options *o, struct problem *why)
{
	static const char *const known[] = { "HS256", "ES256", "RS256", "EdDSA" };
	for (size_t i = 0; i < o->nissuer; i++) {
		const struct jwt_issuer *is = &o->issuer[i];
		size_t k = 0;
		while (k < COUNT_OF(known) && !STREQ(known[k], is->algorithm))
			k++;
		if (k == COUNT_OF(known))
			return problem_set(why, E_SYNTAX, "issuer \"%s\": algorithm is HS256, ES256, RS256 or EdDSA", is->issuer);
		if (!*is->issuer || !*is->audience)
			return problem_set(why, E_SYNTAX, "an issuer of assertions needs its name and the audience");
		if (is->key_len < 32)
			return problem_set(why, E_SYNTAX, "issuer \"%s\": a key has 32 bytes at least", is->issuer);
	}
	return OK;
}

enum err identity_new(struct state *s, const struct identity_options *opt, struct identity **ret, struct problem *why)
{
	char unguessable[SESSION_TEXT];
	uint8_t raw[32];
	enum err err = check_options(opt, why);
	if (err != OK)
		return err;
	struct identity *id = mem_new0(1, sizeof(*id));
	if (!id)
		return E_NOMEM;
	*id = (struct identity){ .state = s, .opt = *opt };
	if (!id->opt.times.idle)
		id->opt.times.idle = 12 * USEC_PER_HOUR;
	if (!id->opt.times.most)
		id->opt.times.most = 7 * USEC_PER_DAY;
	randombytes_buf(raw, sizeof(raw));
	sodium_bin2base64(unguessable, sizeof(unguessable), raw, sizeof(raw), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	err = password_hash(id, unguessable, id->nobody);
	if (err == OK)
		*ret = id;
	else
		identity_free(id);
	return err;
}

void identity_free(struct identity *id)
{
	mem_free(id);
}

/* -- log-in --------------------------------------------------------------------------------------- */

static const char refusal[] = "name, password or code is wrong";

/* The log-in stands only when its row does. */
static enum err note(struct identity *id, const struct attempt *at, const struct who *w, const char *outcome)
{
	return audit_add(id->state, &(struct audit){ .time = at->now, .who = w->name, .role = role_name(w->role),
						     .customer = w->ncustomer == 1 ? w->customer[0] : "", .from = at->from,
						     .action = "login", .what = way_name(w->way), .outcome = outcome,
						     .rows = -1, .usec = -1 });
}

static enum err refuse(struct identity *id, const struct attempt *at, const char *name, enum way way, const char *reason)
{
	char shown[MAX_NAME + 4];
	utf8_excerpt(name, strlen(name), shown, sizeof(shown)); /* a stranger may send pages */
	const struct audit row = { .time = at->now, .who = shown, .role = "", .customer = "", .from = at->from,
				   .action = "login", .what = way_name(way), .outcome = reason, .rows = -1, .usec = -1 };
	enum err err = audit_add(id->state, &row);
	return err == OK ? E_DENIED : err;
}

struct keys { /* of attempts */
	char user[MAX_NAME + 16], from[96];
};

/* Who has one IPv6 address has a whole /64 of them; one IPv4 address has several ways to be written. */
static void address_key(const char *from, char *ret, size_t size)
{
	struct addr a;
	char text[ADDR_TEXT];
	if (addr_parse(from, strlen(from), &a)) {
		if (!addr_is_v4(&a))
			memset(a.b + 8, 0, 8);
		from = addr_format(&a, text);
	}
	snprintf(ret, size, "address %s", from);
}

static struct keys keys_of(const char *name, const char *from)
{
	struct keys k;
	snprintf(k.user, sizeof(k.user), "user %.*s", MAX_NAME, name);
	for (char *p = k.user; *p; p++) /* names do not tell case apart, so attempts must not */
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	address_key(from, k.from, sizeof(k.from));
	return k;
}

/* By account it counts before it is tried; by address behind, where others may be, too. */
static enum err may_try(struct identity *id, const struct keys *k, usec_t now, struct problem *why)
{
	usec_t until = 0;
	enum err err = attempt_allowed(id->state, k->from, now, &until);
	if (err == OK && !until)
		err = attempt_take(id->state, k->user, now, &until);
	if (err == OK && until)
		err = problem_set(why, E_BUSY, "too many wrong attempts; try again in %lld s",
				  (long long)((until - now + USEC_PER_SEC - 1) / USEC_PER_SEC));
	return err;
}

/* NULL when all is right; else the reason, for the log. */
static const char *why_not(struct identity *id, const struct user *u, const char *password, const char *code,
			   const struct attempt *at)
{
	int64_t step;
	bool first = false;
	bool by_pam = u->id && u->pam;
	/* PAM's own time comes on top of a password's, which everybody waits for. */
	bool right = password_is(id, u->id && !by_pam ? u : NULL, password);
	if (by_pam)
		right = *id->opt.pam_service && pam_is(id->opt.pam_service, u->name, password);
	if (!u->id)
		return "no such account";
	if (!right)
		return "wrong password";
	if (u->disabled)
		return "account is disabled";
	if (!u->totp_len)
		return NULL;
	if (!code || !*code)
		return "no code";
	if (!totp_is(u, code, at->now, &step))
		return "wrong code";
	if (user_totp_use(id->state, u->id, step, &first) != OK || !first)
		return "code was used before";
	return NULL;
}

static enum err let_in(struct identity *id, const struct user *u, const struct keys *k, const struct attempt *at, struct who *ret)
{
	struct who w = { 0 };
	enum err err = who_of_user(u, u->pam ? WAY_PAM : WAY_PASSWORD, &w);
	if (err == OK)
		err = attempt_forget(id->state, k->user);
	if (err == OK)
		err = user_logged_in(id->state, u->id, at->now);
	if (err == OK)
		err = note(id, at, &w, "ok");
	if (err == OK)
		*ret = w;
	else
		who_free(&w);
	return err;
}

enum err identity_login(struct identity *id, const char *name, const char *password, const char *code,
			const struct attempt *at, struct who *ret, struct problem *why)
{
	struct user u = { 0 };
	const struct keys k = keys_of(name, at->from);
	enum err err = may_try(id, &k, at->now, why);
	if (err != OK)
		return err;
	err = strlen(name) <= MAX_NAME ? user_find(id->state, name, &u) : E_UNKNOWN;
	if (err != OK && err != E_UNKNOWN)
		return err;
	const char *reason = why_not(id, &u, password, code, at);
	if (!reason) {
		err = let_in(id, &u, &k, at, ret);
	} else {
		err = attempt_failed(id->state, k.from, at->now);
		if (err == OK)
			err = refuse(id, at, name, WAY_PASSWORD, reason);
	}
	user_free(&u);
	return err == E_DENIED ? problem_set(why, err, "%s", refusal) : err;
}

/* Tokens, assertions and headers name no account, so what is wrong counts by address: a stranger can
 * neither guess fast nor fill the log. */
static enum err may_show(struct identity *id, const struct attempt *at, struct problem *why)
{
	const struct keys k = keys_of("", at->from);
	usec_t until = 0;
	enum err err = attempt_allowed(id->state, k.from, at->now, &until);
	return err == OK && until ? problem_set(why, E_BUSY, "too many wrong attempts; try again later") : err;
}

static enum err refuse_shown(struct identity *id, const struct attempt *at, const char *name, enum way way, const char *reason)
{
	const struct keys k = keys_of("", at->from);
	enum err err = attempt_failed(id->state, k.from, at->now);
	return err == OK ? refuse(id, at, name, way, reason) : err;
}

/* -- sessions, tokens -------------------------------------------------------------------------------- */

enum err identity_session(struct identity *id, const struct who *w, const struct attempt *at, char ret_text[static SESSION_TEXT])
{
	/* A session is the whole account: what is less (a token, a view) must not become one. */
	bool logged_in = w->user && (w->way == WAY_PASSWORD || w->way == WAY_PAM);
	return logged_in ? session_add(id->state, w->user, &id->opt.times, at->now, ret_text) : E_DENIED;
}

static enum err who_by_id(struct identity *id, int64_t user, enum way way, struct who *ret)
{
	struct user u = { 0 };
	enum err err = user_by_id(id->state, user, &u);
	if (err == OK)
		err = u.disabled ? E_UNKNOWN : who_of_user(&u, way, ret);
	user_free(&u);
	return err;
}

enum err identity_by_session(struct identity *id, const char *cookie, const struct attempt *at, struct who *ret,
			     struct session *ret_session)
{
	struct session x;
	enum err err = session_find(id->state, cookie, &id->opt.times, at->now, &x);
	if (err == OK)
		err = who_by_id(id, x.user, WAY_SESSION, ret);
	if (err == OK)
		*ret_session = x;
	return err == E_UNKNOWN ? E_DENIED : err;
}

/* A token never opens more than its account: customers that it was given and the account has lost
 * since are gone. */
static enum err narrow(const struct token *t, struct who *w)
{
	size_t n = 0;
	char *doors = mem_strdup(t->doors);
	if (!doors)
		return E_NOMEM;
	mem_free(w->doors);
	w->doors = doors;
	if (!t->ncustomer)
		return OK;
	if (w->role != ROLE_CUSTOMER) { /* staff's token for some customers is a customer's */
		w->role = ROLE_CUSTOMER;
		if (!(w->customer = mem_new0(t->ncustomer, sizeof(*w->customer))))
			return E_NOMEM;
		for (; w->ncustomer < t->ncustomer; w->ncustomer++)
			if (!(w->customer[w->ncustomer] = mem_strdup(t->customer[w->ncustomer])))
				return E_NOMEM;
		return OK;
	}
	for (size_t i = 0; i < w->ncustomer; i++) {
		bool keep = false;
		for (size_t k = 0; k < t->ncustomer && !keep; k++)
			keep = STREQ(t->customer[k], w->customer[i]);
		if (keep)
			w->customer[n++] = w->customer[i];
		else
			mem_free(w->customer[i]);
	}
	w->ncustomer = n;
	return n ? OK : E_UNKNOWN;
}

enum err identity_by_token(struct identity *id, const char *token, const struct attempt *at, struct who *ret,
			   struct problem *why)
{
	struct token t = { 0 };
	struct who w = { 0 };
	enum err err = may_show(id, at, why);
	if (err == OK)
		err = token_find(id->state, token, at->now, &t);
	if (err == OK)
		err = who_by_id(id, t.user, WAY_TOKEN, &w);
	if (err == OK)
		err = narrow(&t, &w);
	token_free(&t);
	if (err == OK) {
		*ret = w;
		return OK;
	}
	who_free(&w);
	if (err != E_UNKNOWN)
		return err;
	err = refuse_shown(id, at, "", WAY_TOKEN, "no such token, or its time is over");
	return err == E_DENIED ? problem_set(why, err, "the token is not valid") : err;
}

/* -- assertions, proxies, views ------------------------------------------------------------------------ */

enum err identity_by_jwt(struct identity *id, const char *jwt, const struct attempt *at, struct who *ret, struct problem *why)
{
	struct assertion a = { 0 };
	struct problem reason = { 0 };
	struct who w = { 0 };
	enum err err = may_show(id, at, why);
	if (err != OK)
		return err;
	err = jwt_check(id, jwt, at->now, &a, &reason);
	if (err == E_DENIED) {
		err = refuse_shown(id, at, "", WAY_JWT, reason.text);
		return err == E_DENIED ? problem_set(why, err, "the assertion is not valid") : err;
	}
	if (err == OK)
		err = who_make(&(struct sketch){ .way = WAY_JWT, .role = ROLE_CUSTOMER, .name = a.subject,
						 .customer = &a.customer, .ncustomer = 1 }, &w);
	if (err == OK)
		err = note(id, at, &w, "ok");
	assertion_free(&a);
	if (err == OK)
		*ret = w;
	else
		who_free(&w);
	return err;
}

enum err identity_by_proxy(struct identity *id, const struct addr *peer, const char *name, const struct attempt *at,
			   struct who *ret, struct problem *why)
{
	struct user u = { 0 };
	bool trusted = false;
	enum err err = may_show(id, at, why);
	if (err != OK)
		return err;
	for (size_t i = 0; i < id->opt.nproxy && !trusted; i++)
		trusted = prefix_holds(&id->opt.proxy[i], peer);
	err = trusted && strlen(name) <= MAX_NAME ? user_find(id->state, name, &u) : E_UNKNOWN;
	if (err == OK)
		err = u.disabled ? E_UNKNOWN : who_of_user(&u, WAY_PROXY, ret);
	user_free(&u);
	if (err != E_UNKNOWN)
		return err;
	err = refuse_shown(id, at, name, WAY_PROXY, trusted ? "no such account" : "the address is no trusted proxy's");
	return err == E_DENIED ? problem_set(why, err, "not known here") : err;
}

enum err identity_view_as(struct identity *id, const struct who *staff, const char *customer, const struct attempt *at,
			  struct who *ret, struct problem *why)
{
	struct who w = { 0 };
	char *one[] = { mem_strdup(customer) };
	enum err err = !one[0] ? E_NOMEM : OK;
	if (err == OK && staff->role != ROLE_OPERATOR && staff->role != ROLE_ADMIN)
		err = problem_set(why, E_DENIED, "only staff views as a customer");
	if (err == OK)
		err = who_make(&(struct sketch){ .way = WAY_VIEW, .role = ROLE_CUSTOMER, .name = staff->name,
						 .user = staff->user, .doors = staff->doors, .viewer = staff->name,
						 .customer = one, .ncustomer = 1 }, &w);
	if (err == OK)
		err = audit_add(id->state, &(struct audit){ .time = at->now, .who = staff->name, .role = role_name(staff->role),
							    .customer = customer, .from = at->from, .action = "view-as",
							    .what = customer, .outcome = "ok", .rows = -1, .usec = -1 });
	mem_free(one[0]);
	if (err == OK)
		*ret = w;
	else
		who_free(&w);
	return err;
}
