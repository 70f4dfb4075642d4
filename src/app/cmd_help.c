/* weir help TOPIC: the reference, printed from the tables that parser and planner read. */
#include "app/app.h"
#include "app/events.h"

#include "base/log.h"
#include "filter/filter.h"
#include "flow/flow.h"
#include "query/query.h"
#include "script/script.h"

#include <stdio.h>

static const char *const role_names[] = { [R_KEY] = "key", [R_VALUE] = "value", [R_COUNTER] = "value", [R_GAUGE] = "level", [R_DETAIL] = "" };

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

static int help_text(void (*help)(struct buf *out))
{
	struct buf b = { 0 };
	help(&b);
	fputs(buf_str(&b), stdout);
	buf_free(&b);
	return STATUS_OK;
}

static int help_filters(void)
{
	return help_text(filter_help);
}

static int help_intervals(void)
{
	return help_text(interval_help);
}

static int help_privacy(void)
{
	return help_text(privacy_help);
}

static int help_functions(void)
{
	return help_text(function_help);
}

static int help_events(void)
{
	for (size_t i = 0; i < EVENT_KINDS; i++)
		printf("%-20s %-10s %u %3u an hour  %s (value: %s)\n", event_rows[i].name, event_rows[i].type, event_rows[i].severity,
		       event_rows[i].an_hour, event_rows[i].help, event_rows[i].value);
	return STATUS_OK;
}

static void print_api_row(void *arg, const struct script_api_row *row)
{
	(void)arg;
	const char *dot = *row->group && *row->name ? "." : "";
	if (*row->group && !*row->name)
		putchar('\n');
	int n = printf("%s%s%s", row->group, dot, row->name);
	if (row->args)
		n += printf("(%s)", row->args);
	printf("%*s%s\n", n < 40 ? 40 - n : 2, "", row->help);
}

static int help_api(void)
{
	script_api(print_api_row, NULL);
	return STATUS_OK;
}

static void print_bound(uint64_t bound, const char *unit)
{
	char text[32] = "-";
	if (bound)
		snprintf(text, sizeof(text), "%llu%s%s", (unsigned long long)bound, *unit ? " " : "", unit);
	printf(" %10s", text);
}

static int help_limits(void)
{
	size_t n;
	const struct script_limit_row *rows = script_limit_rows(&n);
	printf("%-8s %10s %10s %10s  %s\n", "limit", "console", "customer", "schedule", "what it bounds (-: nothing)");
	for (size_t i = 0; i < n; i++) {
		printf("%-8s", rows[i].name);
		print_bound(rows[i].console, rows[i].unit);
		print_bound(rows[i].customer, rows[i].unit);
		print_bound(rows[i].schedule, rows[i].unit);
		printf("  %s\n", rows[i].help);
	}
	puts("\nSet in the configuration, \"script: {limits: {customer: {cpu: 10}}}\", or for one run, \"weir query --limit cpu=10\".");
	return STATUS_OK;
}

static const struct {
	const char *name;
	int (*print)(void);
	const char *help;
} topics[] = {
	{ "fields", help_fields, "every field of every view" },
	{ "views", help_views, "what can be asked" },
	{ "functions", help_functions, "functions in a select list" },
	{ "filters", help_filters, "what a field is compared with" },
	{ "intervals", help_intervals, "names of intervals" },
	{ "privacy", help_privacy, "what customers are shown of remote addresses" },
	{ "events", help_events, "what the view events tells of" },
	{ "api", help_api, "what a script can call" },
	{ "limits", help_limits, "what a script may use" },
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
	if (argc < 2 || STREQ(argv[1], "--help") || STREQ(argv[1], "-h"))
		return usage(stdout, STATUS_OK);
	for (size_t i = 0; i < COUNT_OF(topics) && argc == 2; i++)
		if (STREQ(argv[1], topics[i].name))
			return topics[i].print();
	log_error(argc == 2 ? "help: \"%s\" is no topic" : "help: one topic is wanted, not \"%s\" and more", argv[1]);
	return usage(stderr, STATUS_USAGE);
}
