/* The options of site_options.def, for getopt and for people. */
#include "app/site.h"

#include "base/mem.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { SHARED_OPT = 0x10000 }; /* what getopt gives for the first row */

static const struct {
	const char *name, *arg, *help;
	size_t member;
} rows[] = {
#define SITE_OPTION(member, arg, help) { #member, arg, help, offsetof(struct site_options, member) },
#include "app/site_options.def"
#undef SITE_OPTION
};

static void set(struct site_options *o, size_t row, const char *value)
{
	memcpy((char *)o + rows[row].member, &value, sizeof(value));
}

static bool take(struct site_options *o, const struct own_options *own, void *cmd, int opt)
{
	if (opt == 'h')
		return o->help = true;
	if (opt == 'c')
		o->config = optarg;
	else if (opt >= SHARED_OPT)
		set(o, (size_t)(opt - SHARED_OPT), optarg);
	else
		return opt != '?' && opt != ':' && own->take(cmd, opt); /* getopt has said why */
	return true;
}

bool site_take_options(struct site_options *o, const struct own_options *own, void *cmd, int argc, char **argv)
{
	struct option all[COUNT_OF(rows) + MAX_OWN_OPTIONS + 2] = { { "help", no_argument, NULL, 'h' } };
	char letters[32];
	size_t n = 1;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		all[n++] = (struct option){ rows[i].name, required_argument, NULL, SHARED_OPT + (int)i };
	for (const struct option *at = own->at; at && at->name && n < COUNT_OF(all) - 1; at++)
		all[n++] = *at;
	snprintf(letters, sizeof(letters), "c:h%s", own->letters ? own->letters : "");
	optind = 0;
	for (int opt; (opt = own->one_dash ? getopt_long_only(argc, argv, letters, all, NULL) : getopt_long(argc, argv, letters, all, NULL)) != -1;)
		if (!take(o, own, cmd, opt))
			return false;
	return true;
}

void site_options_help(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char call[32];
		snprintf(call, sizeof(call), "--%s %s", rows[i].name, rows[i].arg);
		printf("  %-18s %s\n", call, rows[i].help);
	}
}
