/* What every unit test includes: cmocka, TAP output, and one test by name:
 *     build/tests/unit/store/seal [pattern]        pattern as for cmocka_set_test_filter
 * Tests end with: UNIT_MAIN(cmocka_unit_test(a), cmocka_unit_test(b)) */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define UNIT_MAIN(...)                                                                             \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		const struct CMUnitTest unit_tests[] = { __VA_ARGS__ };                            \
		cmocka_set_message_output(CM_OUTPUT_TAP);                                          \
		if (argc > 1)                                                                      \
			cmocka_set_test_filter(argv[1]);                                           \
		return cmocka_run_group_tests(unit_tests, NULL, NULL);                             \
	}
