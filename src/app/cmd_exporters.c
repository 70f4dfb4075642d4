/* weir exporters: how each exporter fares, as the collector of a store wrote it down. */
#include "app/app.h"
#include "app/health.h"
#include "app/site.h"
#include "base/log.h"

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

enum form { FORM_TABLE, FORM_CSV, FORM_JSON };

static const struct option long_options[] = {
	{ "store", required_argument, NULL, 's' }, { "config", required_argument, NULL, 'c' },
	{ "csv", no_argument, NULL, 'v' },         { "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },        { 0 },
};

static const char help_text[] =
	"usage: weir exporters [-c CONF] [--store DIR] [--csv | --json]\n"
	"\n"
	"How each exporter fares: rates, what was lost, duplicates, resets, clock, silence; and interfaces\n"
	"whose estimate passed their speed.  The collector of the store writes it down every ten seconds.\n"
	"\n"
	"  -c CONF      the configuration file (default: $WEIR_CONFIG, /etc/weir/weir.yaml)\n"
	"  --store DIR  the store (default: the configuration's, else /var/lib/weir)\n"
	"  --csv, --json  instead of a table for people, with all columns:\n"
	"\n";

static void print_help(void)
{
	fputs(help_text, stdout);
	for (size_t i = 0; i < nexporter_columns; i++)
		printf("  %-20s %s\n", exporter_columns[i].name, exporter_columns[i].help);
	puts("\nExit status: 0 printed; 1 no collector has written it, or it is damaged; 2 usage.");
}

static void print_table(const struct health *h, bool alive)
{
	const struct health_column when = { .kind = HK_TIME, .offset = offsetof(struct health, when) };
	char buf[HEALTH_VALUE];
	printf("%s %s%s\n", h->n ? "as of" : "no exporter was heard; as of", health_value(&when, h, buf),
	       alive ? "" : ", when a collector ran last");
	health_table(h, stdout);
}

static int print(const char *folder, enum form form)
{
	_cleanup_(store_closep) struct store *s = NULL;
	_cleanup_(health_free) struct health h = { 0 };
	struct problem why = { 0 };
	struct store_info info;
	enum err err = store_open(folder, &s, &why);
	if (err == OK)
		err = store_info(folder, &info, &why);
	if (err == OK && (err = health_read(store_folder(s), &h)) != OK)
		problem_set(&why, err, "status/exporters: %s", err == E_UNKNOWN ? "no collector has written it yet" : err_text(err));
	if (err != OK)
		return site_failed(folder, err, &why);
	if (form == FORM_CSV) {
		health_csv(&h, stdout);
	} else if (form == FORM_JSON) {
		health_json(&h, info.writer_alive, stdout);
		putchar('\n');
	} else {
		print_table(&h, info.writer_alive);
	}
	return STATUS_OK;
}

int cmd_exporters(int argc, char **argv)
{
	const char *store = NULL;
	struct site_options o = { .command = "exporters" };
	enum form form = FORM_TABLE;
	for (int ch; (ch = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1;)
		switch (ch) {
		case 's': store = optarg; break;
		case 'c': o.config = optarg; break;
		case 'v': form = FORM_CSV; break;
		case 'j': form = FORM_JSON; break;
		case 'h': print_help(); return STATUS_OK;
		default: return usage_hint("exporters"); /* getopt has said it */
		}
	if (optind < argc) {
		log_error("exporters: \"%s\" is no option", argv[optind]);
		return usage_hint("exporters");
	}
	struct site s = { 0 };
	int status = site_config(&s, &o);
	if (status == STATUS_OK)
		status = print(store ? store : s.config->store, form);
	site_release(&s);
	return status;
}
