/* Every way in: who gets in as whom, and who does not, whatever is tried. */
#include "fixture.h"

static char id_1001[] = "1001", id_1002[] = "1002";
static char *both[] = { id_1001, id_1002 };

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

static void last_who(void *arg, const struct audit *row)
{
	snprintf(arg, 480, "%s", row->who);
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

/* Also where there is no PAM (any more), and an old password is. */
static void what_pam_is_to_decide_no_password_does(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct user u;
	struct problem why = { 0 };
	add(&f, "otto", ROLE_OPERATOR);
	assert_int_equal(user_find(f.state, "otto", &u), OK);
	u.pam = true;
	assert_int_equal(user_change(f.state, &u, &why), OK);
	user_free(&u);
	login_is(&f, "otto", "correct horse", NULL, E_DENIED);
	logged(&f, "wrong password");
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

static enum err try_from(struct fixture *f, const char *name, const char *from)
{
	struct who w;
	struct problem why = { 0 };
	enum err err = identity_login(f->id, name, "wrong horse", NULL, &(struct attempt){ from, NOW }, &w, &why);
	assert_int_not_equal(err, OK);
	return err;
}

/* One machine has many IPv6 addresses, and one IPv4 address several ways to be written. */
static void another_address_of_the_same_net_is_the_same(void **st)
{
	(void)st;
	static const char *const same[][3] = { { "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:DB8:1:2::0001" },
					       { "192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201" } };
	static const char *const other[] = { "2001:db8:1:3::1", "192.0.2.2" };
	char name[32];
	for (size_t k = 0; k < COUNT_OF(same); k++) {
		struct fixture f = open_with(&(struct identity_options){ 0 });
		for (int i = 0; i < FREE_ATTEMPTS; i++) { /* accounts that are not there, so that none of them waits */
			snprintf(name, sizeof(name), "guess%d", i);
			assert_int_equal(try_from(&f, name, same[k][i % 3]), E_DENIED);
		}
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(try_from(&f, "guess9", same[k][i]), E_BUSY);
		assert_int_equal(try_from(&f, "guess9", other[k]), E_DENIED);
		end(&f);
	}
}

/* A right password of one's own account gives no further guesses at others'. */
static void an_own_login_frees_no_address(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct problem why = { 0 };
	struct who w;
	add(&f, "mallory", ROLE_CUSTOMER);
	for (int i = 0; i < FREE_ATTEMPTS; i++) {
		char name[32];
		snprintf(name, sizeof(name), "guess%d", i);
		assert_int_equal(identity_login(f.id, "mallory", "correct horse", NULL, &here, &w, &why), OK);
		who_free(&w);
		assert_int_equal(try_from(&f, name, here.from), E_DENIED);
	}
	assert_int_equal(identity_login(f.id, "mallory", "correct horse", NULL, &here, &w, &why), E_BUSY);
	end(&f);
}

/* Names come from strangers and stand in the log: one line each, whatever they hold. */
static void a_strangers_name_forges_no_row(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct problem why = { 0 };
	char who[480];
	struct who w;
	assert_int_equal(identity_login(f.id, "x\n 2 otto\x1b[2J\xff", "y", NULL, &here, &w, &why), E_DENIED);
	assert_int_equal(audit_each(f.state, &(struct audit_filter){ .last = 1 }, last_who, who), OK);
	assert_string_equal(who, "x? 2 otto?[2J?");
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
	assert_false(who_may(&w, "query") || who_may(&w, ""));
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

/* A cookie is the whole account, for hours: it is given for a password alone. */
static void what_is_less_than_a_login_gets_no_cookie(void **st)
{
	(void)st;
	struct prefix trusted;
	struct addr peer;
	const char *reason;
	assert_true(prefix_parse("192.0.2.1", 9, &trusted, &reason) && addr_parse("192.0.2.1", 9, &peer));
	struct fixture f = open_with(&(struct identity_options){ .proxy = &trusted, .nproxy = 1 });
	struct who staff, w;
	struct problem why = { 0 };
	char text[TOKEN_TEXT], cookie[SESSION_TEXT];
	add(&f, "alice", ROLE_CUSTOMER);
	add(&f, "otto", ROLE_OPERATOR);
	token_of(&f, "alice", "query", 1, text);
	assert_int_equal(identity_by_token(f.id, text, &here, &w, &why), OK);
	assert_int_equal(identity_session(f.id, &w, &here, cookie), E_DENIED);
	who_free(&w);
	assert_int_equal(identity_by_proxy(f.id, &peer, "alice", &here, &w, &why), OK);
	assert_int_equal(identity_session(f.id, &w, &here, cookie), E_DENIED);
	who_free(&w);
	assert_int_equal(identity_login(f.id, "otto", "correct horse", NULL, &here, &staff, &why), OK);
	assert_int_equal(identity_view_as(f.id, &staff, "1001", &here, &w, &why), OK);
	assert_int_equal(identity_session(f.id, &w, &here, cookie), E_DENIED);
	who_free(&w);
	who_free(&staff);
	end(&f);
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
	/* The same proxy over a socket for both families; and nets of IPv6 that look like it. */
	assert_true(addr_parse("::ffff:10.1.2.3", 15, &inside) && addr_parse("::10.1.2.3", 10, &outside));
	assert_int_equal(identity_by_proxy(f.id, &inside, "alice", &(struct attempt){ "192.0.2.2", NOW }, &w, &why), OK);
	who_free(&w);
	assert_int_equal(identity_by_proxy(f.id, &outside, "alice", &(struct attempt){ "192.0.2.2", NOW }, &w, &why), E_DENIED);
	/* A header that came twice is joined by a comma on its way. */
	static const char *const names[] = { "alice, otto", "alice,alice", " alice", "alice ", "", "alice\r\nx: y" };
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(identity_by_proxy(f.id, &inside, names[i], &(struct attempt){ "192.0.2.3", NOW + (int)i * USEC_PER_HOUR }, &w, &why), E_DENIED);
	struct user u;
	assert_int_equal(user_find(f.state, "alice", &u), OK);
	u.disabled = true;
	assert_int_equal(user_change(f.state, &u, &why), OK);
	assert_int_equal(identity_by_proxy(f.id, &inside, "alice", &(struct attempt){ "192.0.2.4", NOW }, &w, &why), E_DENIED);
	user_free(&u);
	end(&f);
}

static void staff_views_as_a_customer_and_it_is_logged(void **st)
{
	(void)st;
	struct fixture f = open_with(&(struct identity_options){ 0 });
	struct who staff, seen, again;
	struct problem why = { 0 };
	char text[TOKEN_TEXT];
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
	token_of(&f, "otto", "report", 0, text); /* what may only be read may be read as somebody only */
	assert_int_equal(identity_by_token(f.id, text, &here, &staff, &why), OK);
	assert_int_equal(identity_view_as(f.id, &staff, "1001", &here, &seen, &why), OK);
	assert_true(who_may(&seen, "report"));
	assert_false(who_may(&seen, "query"));
	who_free(&seen);
	who_free(&staff);
	end(&f);
}

UNIT_MAIN(cmocka_unit_test(a_password_opens), cmocka_unit_test(what_pam_is_to_decide_no_password_does), cmocka_unit_test(all_refusals_look_alike),
	  cmocka_unit_test(no_password_is_no_way_in), cmocka_unit_test(passwords_have_bounds),
	  cmocka_unit_test(guessing_is_slowed_down), cmocka_unit_test(another_address_of_the_same_net_is_the_same),
	  cmocka_unit_test(an_own_login_frees_no_address), cmocka_unit_test(a_strangers_name_forges_no_row),
	  cmocka_unit_test(what_is_less_than_a_login_gets_no_cookie), cmocka_unit_test(codes_are_those_of_the_standard),
	  cmocka_unit_test(a_second_factor_is_asked_for_and_serves_once), cmocka_unit_test(a_cookie_is_who_logged_in),
	  cmocka_unit_test(a_token_is_its_account_or_less), cmocka_unit_test(what_the_account_lost_its_token_lost),
	  cmocka_unit_test(a_disabled_accounts_token_is_nothing), cmocka_unit_test(only_a_trusted_proxy_says_who),
	  cmocka_unit_test(staff_views_as_a_customer_and_it_is_logged))
