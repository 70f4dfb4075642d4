/* The manual's table says what rules.def says. */
#include "unit.h"

#include "filter/filter.h"

#include "base/file.h"

static void manual_has_every_row(void **state _unused_)
{
	struct buf help = { 0 }, manual = { 0 }, row = { 0 };
	size_t rows = 0;
	assert_int_equal(file_read("docs/filters.md", &manual), OK);
	filter_help(&help);
	const char *text = buf_str(&manual);
	for (char *line = strtok((char *)(uintptr_t)buf_str(&help), "\n"); line; line = strtok(NULL, "\n")) {
		/* "name      = !=    what it takes", in columns of 18 and 17 */
		assert_true(strlen(line) > 38);
		int name = 18, ops = 17;
		while (line[name - 1] == ' ')
			name--;
		while (line[19 + ops - 1] == ' ')
			ops--;
		buf_reset(&row);
		buf_printf(&row, "| %.*s | `%.*s` | %s |\n", name, line, ops, line + 19, line + 38);
		if (!strstr(text, buf_str(&row)))
			fail_msg("docs/filters.md lacks the row: %s", buf_str(&row));
		rows++;
	}
	assert_true(rows > 10);
	buf_free(&help);
	buf_free(&manual);
	buf_free(&row);
}

UNIT_MAIN(cmocka_unit_test(manual_has_every_row))
