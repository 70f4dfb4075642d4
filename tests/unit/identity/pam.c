/* Log-in through PAM, with pam_wrapper in place of the machine's own: pam_matrix takes what a file
 * says.  The wrapper must be loaded before the program, so the test runs itself again. */
#include "../state/scratch.h"

#include "identity/identity.h"

#include <glob.h>

static char folder[64];
static const struct attempt here = { "192.0.2.1", NOW };

static void put(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void pam_decides_for_accounts_that_say_so(void **st)
{
	(void)st;
	if (!getenv("WEIR_TEST_PAM"))
		skip(); /* no pam_wrapper here */
	struct state *s = scratch_open();
	struct identity *id;
	struct who w;
	struct problem why = { 0 };
	char name[] = "ldap", none[] = "";
	struct user u = { .name = name, .role = ROLE_OPERATOR, .hash = none, .pam = true };
	assert_int_equal(user_add(s, &u, NOW, &why), OK);
	assert_int_equal(identity_new(s, &(struct identity_options){ .pam_service = "weir", .light_hash = true }, &id, &why), OK);
	assert_int_equal(identity_login(id, "ldap", "correct horse", NULL, &here, &w, &why), OK);
	assert_int_equal(w.way, WAY_PAM);
	assert_int_equal(w.role, ROLE_OPERATOR);
	who_free(&w);
	assert_int_equal(identity_login(id, "ldap", "wrong horse", NULL, &here, &w, &why), E_DENIED);
	assert_int_equal(identity_login(id, "ldap", "", NULL, &here, &w, &why), E_DENIED);
	/* PAM knows this one, but there is no account: nobody. */
	assert_int_equal(identity_login(id, "other", "correct horse", NULL, &here, &w, &why), E_DENIED);
	identity_free(id);
	scratch_close(s);
}

static void run_again_under_the_wrapper(char **argv)
{
	glob_t lib = { 0 }, matrix = { 0 };
	char text[256], asan[256];
	const char *old = getenv("ASAN_OPTIONS");
	if (glob("/usr/lib/*/libpam_wrapper.so", 0, NULL, &lib) != 0 ||
	    glob("/usr/lib/*/pam_wrapper/pam_matrix.so", 0, NULL, &matrix) != 0)
		return;
	snprintf(folder, sizeof(folder), "/tmp/weir-pam.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(text, sizeof(text), "auth required %s passdb=%s/users\naccount required %s passdb=%s/users\n",
		 matrix.gl_pathv[0], folder, matrix.gl_pathv[0], folder);
	put("weir", text);
	put("users", "ldap:correct horse:weir\nother:correct horse:weir\n");
	snprintf(asan, sizeof(asan), "%s%sverify_asan_link_order=0", old ? old : "", old ? ":" : "");
	setenv("ASAN_OPTIONS", asan, 1);
	setenv("LD_PRELOAD", lib.gl_pathv[0], 1);
	setenv("PAM_WRAPPER", "1", 1);
	setenv("UID_WRAPPER_DISABLE_DEEPBIND", "1", 1); /* which sanitizers cannot live with */
	setenv("PAM_WRAPPER_SERVICE_DIR", folder, 1);
	setenv("WEIR_TEST_PAM", folder, 1);
	globfree(&lib);
	globfree(&matrix);
	execv(argv[0], argv);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest unit_tests[] = { cmocka_unit_test(pam_decides_for_accounts_that_say_so) };
	char *made = getenv("WEIR_TEST_PAM");
	(void)argc;
	if (!made)
		run_again_under_the_wrapper(argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(unit_tests, NULL, NULL);
	if (made && nftw(made, scratch_remove, 8, FTW_DEPTH | FTW_PHYS) != 0)
		failed++;
	return failed;
}
