/* Each refusal has a name of its own, a sentence, and a case in this folder that earns it. */
#include <glob.h>

#include "base/file.h"
#include "heard.h"

static const char *const ids[] = {
#define REJECT(id, name, help) #id,
#include "wire/rejects.def"
#undef REJECT
};

static void names_and_help_are_there_once(void **state _unused_)
{
	for (enum reject r = REJECT_NONE; r < REJECTS; r++) {
		assert_true(strlen(reject_name(r)) > 3);
		assert_true(strlen(reject_help(r)) > 10);
		assert_null(strchr(reject_name(r), ' '));
		for (enum reject k = REJECT_NONE; k < r; k++)
			assert_string_not_equal(reject_name(r), reject_name(k));
	}
}

/* A number that is asked for and is not 0. */
static bool is_counted(const char *text, const char *id)
{
	char counted[80];
	int len = snprintf(counted, sizeof(counted), "rejects(h, %s)", id);
	for (const char *at = text; (at = strstr(at, counted)); at++)
		if (strncmp(at + len, ", 0)", 4) != 0 && strncmp(at + len, " == 0", 5) != 0)
			return true;
	return false;
}

static void every_refusal_has_a_case(void **state _unused_)
{
	struct buf text = { 0 };
	glob_t found;
	assert_int_equal(glob("tests/unit/wire/*.c", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		assert_int_equal(file_read(found.gl_pathv[i], &text), OK);
	globfree(&found);
	for (enum reject r = REJECT_NONE + 1; r < REJECTS; r++) {
		char earned[80];
		snprintf(earned, sizeof(earned), "earns(h, &b, %s)", ids[r]);
		if (!strstr(buf_str(&text), earned) && !is_counted(buf_str(&text), ids[r]))
			fail_msg("no case in tests/unit/wire earns %s", ids[r]);
	}
	buf_free(&text);
}

UNIT_MAIN(cmocka_unit_test(names_and_help_are_there_once), cmocka_unit_test(every_refusal_has_a_case))
