/* weir help TOPIC: the reference, printed from the tables that parser and planner read. */
#include "app/app.h"

#include "base/log.h"
#include "flow/flow.h"

#include <stdio.h>

static const char *const role_names[] = { [R_KEY] = "key", [R_VALUE] = "value", [R_COUNTER] = "value", [R_DETAIL] = "" };

static int help_views(void)
{
	for (size_t i = 0; i < nviews; i++)
		printf("%-12s %s%s%s%s\n", views[i].name, views[i].help, *views[i].aliases ? " (also: " : "",
		       views[i].aliases, *views[i].aliases ? ")" : "");
	return STATUS_OK;
}

static int help_fields(void)
{
	for (size_t i = 0; i < nviews; i++) {
		printf("%s\n", views[i].name);
		for (size_t k = 0; k < views[i].nfields; k++) {
			const struct field *f = &views[i].fields[k];
			if (f->role == R_DETAIL)
				continue;
			printf("  %-20s %-6s %-12s %-7s %s%s\n", f->name, role_names[f->role], type_name(f->type),
			       unit_name(f->unit), f->help, f->show == SHOW_STAFF ? " (operators only)" : "");
		}
	}
	return STATUS_OK;
}

static const struct {
	const char *name;
	int (*print)(void);
	const char *help;
} topics[] = {
	{ "fields", help_fields, "every field of every view" },
	{ "views", help_views, "what can be asked" },
};

static int usage(FILE *to, int status)
{
	fputs("usage: weir help TOPIC\n\n", to);
	for (size_t i = 0; i < COUNT_OF(topics); i++)
		fprintf(to, "  %-10s %s\n", topics[i].name, topics[i].help);
	return status;
}

int cmd_help(int argc, char **argv)
{
	if (argc < 2 || STREQ(argv[1], "--help"))
		return usage(stdout, STATUS_OK);
	for (size_t i = 0; i < COUNT_OF(topics); i++)
		if (STREQ(argv[1], topics[i].name))
			return topics[i].print();
	log_error("help: \"%s\" is no topic", argv[1]);
	return usage(stderr, STATUS_USAGE);
}
