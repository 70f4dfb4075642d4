/* Accounts, tokens, sessions, attempts: what is kept, what ends, what is refused. */
#include "scratch.h"

#include <sqlite3.h>
#include <sys/wait.h>

static char id_1001[] = "1001", id_1002[] = "1002", id_1003[] = "1003";
static char *customers_a[] = { id_1001, id_1002 };

static int64_t add(struct state *s, const char *name, enum who_role role)
{
	char copy[MAX_NAME + 1], hash[] = "h";
	struct problem why = { 0 };
	snprintf(copy, sizeof(copy), "%s", name);
	struct user u = { .name = copy, .role = role, .hash = hash };
	if (role == ROLE_CUSTOMER) {
		u.customer = customers_a;
		u.ncustomer = 2;
	}
	if (user_add(s, &u, NOW, &why) != OK)
		fail_msg("%s", why.text);
	struct user got;
	assert_int_equal(user_find(s, name, &got), OK);
	int64_t id = got.id;
	user_free(&got);
	return id;
}

static void an_account_is_found_again(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct user u;
	add(s, "alice", ROLE_CUSTOMER);
	assert_int_equal(user_find(s, "ALICE", &u), OK); /* names do not tell case apart */
	assert_string_equal(u.name, "alice");
	assert_int_equal(u.role, ROLE_CUSTOMER);
	assert_int_equal(u.ncustomer, 2);
	assert_string_equal(u.customer[1], "1002");
	assert_int_equal(u.created, NOW);
	user_free(&u);
	assert_int_equal(user_find(s, "bob", &u), E_UNKNOWN);
	assert_int_equal(user_find(s, "alice' OR '1'='1", &u), E_UNKNOWN);
	assert_int_equal(user_remove(s, "alice"), OK);
	assert_int_equal(user_remove(s, "alice"), E_UNKNOWN);
	scratch_close(s);
}

static void expect_refused(struct state *s, const char *name, enum who_role role, size_t ncustomer, enum err want, const char *text)
{
	char copy[128], hash[] = "h";
	struct problem why = { 0 };
	snprintf(copy, sizeof(copy), "%s", name);
	struct user u = { .name = copy, .role = role, .hash = hash, .customer = customers_a, .ncustomer = ncustomer };
	assert_int_equal(user_add(s, &u, NOW, &why), want);
	assert_string_equal(why.text, text);
}

static void wrong_accounts_are_refused(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	add(s, "alice", ROLE_ADMIN);
	expect_refused(s, "Alice", ROLE_ADMIN, 0, E_EXISTS, "there is an account \"Alice\" already");
	expect_refused(s, "", ROLE_ADMIN, 0, E_SYNTAX, "a user's name has 1 to 64 characters");
	expect_refused(s, "a b", ROLE_ADMIN, 0, E_SYNTAX,
		       "a user's name has letters, digits and, behind the first, . _ - @ +");
	expect_refused(s, "-a", ROLE_ADMIN, 0, E_SYNTAX,
		       "a user's name has letters, digits and, behind the first, . _ - @ +");
	expect_refused(s, "bob", ROLE_CUSTOMER, 0, E_RANGE, "an account of role customer needs the id of a customer");
	expect_refused(s, "bob", ROLE_ADMIN, 1, E_RANGE, "only an account of role customer is bound to customers");
	scratch_close(s);
}

static void another_process_opens_the_same_folder(void **st)
{
	(void)st;
	struct state *s = scratch_open(), *again = NULL;
	struct problem why = { 0 };
	struct user u;
	add(s, "alice", ROLE_ADMIN);
	assert_int_equal(state_open(scratch, &again, &why), OK);
	assert_int_equal(user_find(again, "alice", &u), OK);
	user_free(&u);
	state_close(again);
	scratch_close(s);
}

static void a_file_of_a_newer_weir_is_refused(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	char path[128], text[160];
	struct problem why = { 0 };
	sqlite3 *db;
	state_close(s);
	snprintf(path, sizeof(path), "%s/state.db", scratch);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(state_open(scratch, &s, &why), E_VERSION);
	snprintf(text, sizeof(text), "\"%s/state.db\" has version 99, made by a newer weir; this one knows 1", scratch);
	assert_string_equal(why.text, text);
	scratch_close(NULL);
}

static void a_file_that_is_no_database_is_refused(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	char path[128];
	struct problem why = { 0 };
	state_close(s);
	snprintf(path, sizeof(path), "%s/state.db", scratch);
	FILE *f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("no database ", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(state_open(scratch, &s, &why), E_CORRUPT);
	assert_non_null(strstr(why.text, "file is not a database"));
	scratch_close(NULL);
}

static void a_token_opens_until_it_ends(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	char text[TOKEN_TEXT], comment[] = "nightly", doors[] = "query";
	struct problem why = { 0 };
	struct token t = { .user = add(s, "alice", ROLE_CUSTOMER), .comment = comment, .doors = doors, .expires = NOW + USEC_PER_HOUR,
			   .customer = customers_a, .ncustomer = 1 }, got;
	assert_int_equal(token_add(s, &t, NOW, text, &why), OK);
	assert_int_equal(strlen(text), TOKEN_TEXT - 1);
	assert_int_equal(token_find(s, text, NOW, &got), OK);
	assert_string_equal(got.doors, "query");
	assert_int_equal(got.ncustomer, 1);
	assert_string_equal(got.customer[0], "1001");
	token_free(&got);
	assert_int_equal(token_find(s, text, NOW + USEC_PER_HOUR, &got), E_UNKNOWN);
	text[TOKEN_TEXT - 2] = text[TOKEN_TEXT - 2] == 'A' ? 'B' : 'A';
	assert_int_equal(token_find(s, text, NOW, &got), E_UNKNOWN);
	assert_int_equal(token_find(s, "weir_", NOW, &got), E_UNKNOWN);
	assert_int_equal(token_find(s, "", NOW, &got), E_UNKNOWN);
	scratch_close(s);
}

static void a_revoked_token_opens_nothing(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	char text[TOKEN_TEXT], none[] = "";
	struct problem why = { 0 };
	struct token t = { .user = add(s, "alice", ROLE_ADMIN), .comment = none, .doors = none, .expires = NOW + USEC_PER_HOUR }, got;
	assert_int_equal(token_add(s, &t, NOW, text, &why), OK);
	assert_int_equal(token_revoke(s, t.id), OK);
	assert_int_equal(token_find(s, text, NOW, &got), E_UNKNOWN);
	assert_int_equal(token_revoke(s, "000000000000"), E_UNKNOWN);
	t.expires = NOW;
	assert_int_equal(token_add(s, &t, NOW, text, &why), E_RANGE);
	assert_string_equal(why.text, "a token must end in the future");
	scratch_close(s);
}

static void a_token_cannot_reach_beyond_its_account(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	char text[TOKEN_TEXT], none[] = "", *foreign[] = { id_1003 };
	struct problem why = { 0 };
	struct token t = { .user = add(s, "alice", ROLE_CUSTOMER), .comment = none, .doors = none, .expires = NOW + USEC_PER_HOUR,
			   .customer = foreign, .ncustomer = 1 };
	assert_int_equal(token_add(s, &t, NOW, text, &why), E_RANGE);
	assert_string_equal(why.text, "the account \"alice\" has no customer \"1003\"");
	scratch_close(s);
}

static void the_file_holds_no_secret(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	char text[TOKEN_TEXT], cookie[SESSION_TEXT], none[] = "", command[256];
	struct problem why = { 0 };
	const struct session_times times = { USEC_PER_HOUR, USEC_PER_DAY };
	struct token t = { .user = add(s, "alice", ROLE_ADMIN), .comment = none, .doors = none, .expires = NOW + USEC_PER_HOUR };
	assert_int_equal(token_add(s, &t, NOW, text, &why), OK);
	assert_int_equal(session_add(s, t.user, &times, NOW, cookie), OK);
	snprintf(command, sizeof(command), "grep -rqF -e %s -e %s %s", text + 18, cookie, scratch);
	assert_int_not_equal(system(command), 0);
	scratch_close(s);
}

static void a_session_ends_idle_or_old(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	const struct session_times times = { USEC_PER_HOUR, 3 * USEC_PER_HOUR };
	struct session x;
	char cookie[SESSION_TEXT];
	int64_t id = add(s, "alice", ROLE_ADMIN);
	assert_int_equal(session_add(s, id, &times, NOW, cookie), OK);
	assert_int_equal(session_find(s, cookie, &times, NOW + 50 * USEC_PER_MIN, &x), OK);
	assert_true(session_csrf_is(&x, x.csrf));
	assert_false(session_csrf_is(&x, ""));
	assert_false(session_csrf_is(&x, cookie)); /* it is not the cookie itself */
	char longer[SESSION_TEXT + 1];
	snprintf(longer, sizeof(longer), "%sA", x.csrf);
	assert_false(session_csrf_is(&x, longer));
	assert_int_equal(session_find(s, cookie, &times, NOW + 100 * USEC_PER_MIN, &x), OK);
	assert_int_equal(session_find(s, cookie, &times, NOW + 160 * USEC_PER_MIN, &x), E_UNKNOWN); /* idle an hour */
	assert_int_equal(session_add(s, id, &times, NOW, cookie), OK);
	for (int i = 1; i < 6; i++)
		assert_int_equal(session_find(s, cookie, &times, NOW + i * 30 * USEC_PER_MIN, &x), OK);
	assert_int_equal(session_find(s, cookie, &times, NOW + 180 * USEC_PER_MIN, &x), E_UNKNOWN); /* three in all */
	assert_int_equal(session_add(s, id, &times, NOW, cookie), OK);
	assert_int_equal(session_remove(s, cookie), OK);
	assert_int_equal(session_find(s, cookie, &times, NOW, &x), E_UNKNOWN);
	scratch_close(s);
}

/* Alice, with a session, and her account as it was read. */
struct signed_in {
	struct state *s;
	struct user u;
	char cookie[SESSION_TEXT];
};
static const struct session_times for_a_day = { USEC_PER_HOUR, USEC_PER_DAY };

static struct signed_in sign_in(enum who_role role)
{
	struct signed_in a = { .s = scratch_open() };
	int64_t id = add(a.s, "alice", role);
	assert_int_equal(session_add(a.s, id, &for_a_day, NOW, a.cookie), OK);
	assert_int_equal(user_by_id(a.s, id, &a.u), OK);
	return a;
}

static void sign_out(struct signed_in *a)
{
	user_free(&a->u);
	scratch_close(a->s);
}

static void change(struct signed_in *a, const struct user *u)
{
	struct problem why = { 0 };
	if (user_change(a->s, u, &why) != OK)
		fail_msg("%s", why.text);
}

static enum err opens(const struct signed_in *a, const char *cookie)
{
	struct session x;
	return session_find(a->s, cookie, &for_a_day, NOW, &x);
}

static void a_weaker_account_loses_its_sessions(void **st)
{
	(void)st;
	struct signed_in a = sign_in(ROLE_CUSTOMER);
	change(&a, &a.u); /* nothing changed */
	assert_int_equal(opens(&a, a.cookie), OK);
	struct user fewer = a.u;
	fewer.ncustomer = 1;
	change(&a, &fewer);
	assert_int_equal(opens(&a, a.cookie), E_UNKNOWN);
	sign_out(&a);
}

/* Disabling ends what there is; what is begun afterwards opens nothing either. */
static void a_disabled_account_has_no_session(void **st)
{
	(void)st;
	struct signed_in a = sign_in(ROLE_ADMIN);
	const int64_t id = a.u.id;
	char after[SESSION_TEXT];
	a.u.disabled = true;
	change(&a, &a.u);
	assert_int_equal(session_add(a.s, id, &for_a_day, NOW, after), OK);
	assert_int_equal(opens(&a, a.cookie), E_UNKNOWN);
	assert_int_equal(opens(&a, after), E_UNKNOWN);
	user_free(&a.u);
	assert_int_equal(user_by_id(a.s, id, &a.u), OK);
	a.u.disabled = false;
	change(&a, &a.u);
	assert_int_equal(opens(&a, a.cookie), E_UNKNOWN); /* it does not come back */
	assert_int_equal(opens(&a, after), E_UNKNOWN);
	sign_out(&a);
}

static void a_changed_second_factor_ends_sessions(void **st)
{
	(void)st;
	struct signed_in a = sign_in(ROLE_ADMIN);
	a.u.totp_len = 20;
	change(&a, &a.u);
	assert_int_equal(opens(&a, a.cookie), E_UNKNOWN);
	sign_out(&a);
}

/* Two who change one account: the second does not undo what the first did. */
static void a_change_over_another_is_refused(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	struct user one, two;
	int64_t id = add(s, "alice", ROLE_CUSTOMER);
	assert_int_equal(user_by_id(s, id, &one), OK);
	assert_int_equal(user_by_id(s, id, &two), OK);
	one.disabled = true;
	assert_int_equal(user_change(s, &one, &why), OK);
	two.pam = true;
	assert_int_equal(user_change(s, &two, &why), E_BUSY);
	assert_string_equal(why.text, "the account was changed by somebody else meanwhile; try again");
	user_free(&one);
	user_free(&two);
	assert_int_equal(user_by_id(s, id, &one), OK);
	assert_true(one.disabled && !one.pam);
	user_free(&one);
	scratch_close(s);
}

/* A code that was used while somebody changed the account has been used. */
static void a_change_brings_no_code_back(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	struct user u;
	bool first;
	int64_t id = add(s, "alice", ROLE_ADMIN);
	assert_int_equal(user_by_id(s, id, &u), OK);
	u.totp_len = 20;
	assert_int_equal(user_change(s, &u, &why), OK);
	user_free(&u);
	assert_int_equal(user_by_id(s, id, &u), OK);
	assert_int_equal(user_totp_use(s, id, 77, &first), OK);
	assert_true(first);
	u.pam = true;
	assert_int_equal(user_change(s, &u, &why), OK);
	assert_int_equal(user_totp_use(s, id, 77, &first), OK);
	assert_false(first);
	assert_int_equal(user_totp_use(s, id, 76, &first), OK);
	assert_false(first);
	user_free(&u);
	scratch_close(s);
}

static void a_further_login_ends_the_oldest_session(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	const struct session_times times = { USEC_PER_DAY, 2 * USEC_PER_DAY };
	struct session x;
	char first[SESSION_TEXT], second[SESSION_TEXT], cookie[SESSION_TEXT];
	int64_t id = add(s, "alice", ROLE_ADMIN);
	assert_int_equal(session_add(s, id, &times, NOW, first), OK);
	assert_int_equal(session_add(s, id, &times, NOW + 1, second), OK);
	for (int i = 2; i <= MAX_SESSIONS_EACH; i++)
		assert_int_equal(session_add(s, id, &times, NOW + i, cookie), OK);
	assert_int_equal(session_find(s, first, &times, NOW + 100, &x), E_UNKNOWN);
	assert_int_equal(session_find(s, second, &times, NOW + 100, &x), OK);
	scratch_close(s);
}

static void attempts_wait_longer_and_longer(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	usec_t until;
	for (int i = 0; i < FREE_ATTEMPTS - 1; i++)
		assert_int_equal(attempt_failed(s, "user a", NOW), OK);
	assert_int_equal(attempt_allowed(s, "user a", NOW, &until), OK);
	assert_int_equal(until, 0);
	static const int seconds[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900 };
	for (size_t i = 0; i < COUNT_OF(seconds); i++) {
		assert_int_equal(attempt_failed(s, "user a", NOW), OK);
		assert_int_equal(attempt_allowed(s, "user a", NOW, &until), OK);
		assert_int_equal(until, NOW + seconds[i] * USEC_PER_SEC);
	}
	assert_int_equal(attempt_allowed(s, "user b", NOW, &until), OK);
	assert_int_equal(until, 0);
	assert_int_equal(attempt_allowed(s, "user a", NOW + USEC_PER_HOUR, &until), OK);
	assert_int_equal(until, 0); /* an hour forgets */
	assert_int_equal(attempt_forget(s, "user a"), OK);
	assert_int_equal(attempt_allowed(s, "user a", NOW, &until), OK);
	assert_int_equal(until, 0);
	scratch_close(s);
}

/* Counted before they are tried: however many come at once, five are tried. */
static void attempts_at_once_are_as_many_as_one_by_one(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	int tried = 0, status;
	state_close(s);
	for (int i = 0; i < 12; i++)
		if (fork() == 0) {
			usec_t until = 0;
			if (state_open(scratch, &s, NULL) != OK || attempt_take(s, "user a", NOW, &until) != OK)
				_exit(2);
			_exit(until ? 1 : 0);
		}
	for (int i = 0; i < 12; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		tried += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(tried, FREE_ATTEMPTS);
	scratch_close(NULL);
}

static void a_thing_serves_once(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	assert_int_equal(once_use(s, "x", NOW + 10, NOW), OK);
	assert_int_equal(once_use(s, "x", NOW + 10, NOW + 9), E_EXISTS);
	assert_int_equal(once_use(s, "x", NOW + 30, NOW + 10), OK); /* it was over */
	scratch_close(s);
}

UNIT_MAIN(cmocka_unit_test(an_account_is_found_again), cmocka_unit_test(wrong_accounts_are_refused),
	  cmocka_unit_test(another_process_opens_the_same_folder), cmocka_unit_test(a_file_of_a_newer_weir_is_refused),
	  cmocka_unit_test(a_file_that_is_no_database_is_refused), cmocka_unit_test(a_token_opens_until_it_ends),
	  cmocka_unit_test(a_revoked_token_opens_nothing), cmocka_unit_test(a_token_cannot_reach_beyond_its_account),
	  cmocka_unit_test(the_file_holds_no_secret), cmocka_unit_test(a_session_ends_idle_or_old),
	  cmocka_unit_test(a_weaker_account_loses_its_sessions), cmocka_unit_test(a_disabled_account_has_no_session),
	  cmocka_unit_test(a_changed_second_factor_ends_sessions),
	  cmocka_unit_test(a_change_over_another_is_refused), cmocka_unit_test(a_change_brings_no_code_back),
	  cmocka_unit_test(attempts_at_once_are_as_many_as_one_by_one), cmocka_unit_test(a_further_login_ends_the_oldest_session),
	  cmocka_unit_test(attempts_wait_longer_and_longer), cmocka_unit_test(a_thing_serves_once))
