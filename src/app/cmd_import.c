/* weir import: captures of flow exports, and files of nfdump, into a store.
 *
 *	options -> every file is probed -> the store is opened -> marks -> (--rebase: a first pass)
 *	        -> each file is loaded -> model saved, store sealed -> report
 *
 * Nothing is written before options, names file and captures have been looked at, so that a
 * mistyped command leaves no half-made store behind. */
#include "app/import.h"
#include "app/mark.h"

#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "query/query.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

struct import_options {
	const char *store, *config, *rebase, *names;
	bool again, json, help;
	char **file;
	size_t nfiles;
};

static const struct option long_options[] = {
	{ "store", required_argument, NULL, 's' },  { "config", required_argument, NULL, 'c' },
	{ "rebase", required_argument, NULL, 'r' }, { "names", required_argument, NULL, 'n' },
	{ "again", no_argument, NULL, 'a' },        { "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },         { 0 },
};

static const char help_text[] =
	"usage: weir import [--store DIR] [-c CONF] [--rebase TIME] [--names FILE] [--again] "
	"[--json] FILE...\n"
	"\n"
	"Load pcap or pcapng captures of sFlow, NetFlow and IPFIX exports, or files of nfdump\n"
	"(nfcapd, sfcapd, nfdump -w), into a store.\n"
	"\n"
	"  --store DIR     the store; an absent or empty folder becomes one (default: the\n"
	"                  configuration's, else /var/lib/weir)\n"
	"  -c CONF         the configuration file (default: $WEIR_CONFIG, /etc/weir/weir.yaml)\n"
	"  --rebase TIME   shift all times so that the last record of all files falls on TIME\n"
	"                  (\"now\", 2026-01-31T12:00, ...)\n"
	"  --names FILE    interface names, lines of agent,ifIndex,ifName[,speed]\n"
	"  --again         load a file that the store has already once more\n"
	"  --json          what was found, for machines\n"
	"\n"
	"An interrupted import goes on where it was when the same file is imported again.\n"
	"Exit status: 0 every file was read to its end; 1 one could not be, or was imported\n"
	"before, or the store failed; 2 usage.\n";

/* False: the usage is wrong, and it has been said. */
static bool parse_options(int argc, char **argv, struct import_options *ret)
{
	struct import_options o = { 0 };
	for (int ch; (ch = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1;)
		switch (ch) {
		case 's':
			o.store = optarg;
			break;
		case 'c':
			o.config = optarg;
			break;
		case 'r':
			o.rebase = optarg;
			break;
		case 'n':
			o.names = optarg;
			break;
		case 'a':
			o.again = true;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			o.help = true;
			break;
		default:
			return false; /* getopt has said it */
		}
	o.file = argv + optind;
	o.nfiles = (size_t)(argc - optind);
	if (!o.nfiles && !o.help) {
		log_error("import: no file is named");
		return false;
	}
	*ret = o;
	return true;
}

/* Says it; false, so that it can be returned. */
static bool failed(const char *what, enum err err, const struct problem *why)
{
	const char *text = why && why->text[0] ? why->text
			   : err == E_IO       ? strerror(errno)
					       : err_text(err);
	if (what)
		log_error("%s: %s", what, text);
	else
		log_error("%s", text);
	return false;
}

/* -- before the store ------------------------------------------------------------------------- */

/* The names file is read into a model that is thrown away: its errors come before all else. */
static bool check_names(const char *path)
{
	_cleanup_(model_freep) struct model *m = NULL;
	struct problem why = { 0 };
	enum err err = model_new(&m);
	if (err == OK && path)
		err = model_read_names(m, path, &why);
	return err == OK || failed(NULL, err, &why);
}

static bool probe_files(struct import *im)
{
	size_t usable = 0;
	for (size_t i = 0; i < im->nfiles; i++) {
		import_probe(&im->file[i]);
		if (im->file[i].usable)
			usable++;
		else
			log_error("%s: %s", im->file[i].path, im->file[i].why.text);
	}
	return usable > 0;
}

/* -- with the store -----------------------------------------------------------------------------
 */

static bool open_store(struct import *im, const struct config *config, const char *names)
{
	struct problem why = { 0 };
	enum err err = store_write_open(im->store, NULL, &im->writer, &why);
	if (err != OK)
		return failed(im->store, err, &why);
	if ((err = import_settle(im, &why)) != OK)
		return failed(im->store, err, &why);
	if ((err = model_load(store_writer_folder(im->writer), &im->model, &why)) != OK)
		return failed(im->store, err, &why);
	if ((err = config_name_interfaces(config, im->model)) != OK)
		return failed(config->path, err, NULL);
	if (names && (err = model_read_names(im->model, names, &why)) != OK)
		return failed(NULL, err, &why);
	_cleanup_(mapping_dropp) struct mapping *mapping = NULL;
	const int folder = store_writer_folder(im->writer);
	if ((err = mapping_new(config, folder, NULL, &mapping)) != OK)
		return failed("customers", err, NULL);
	(void)mapping_look(mapping); /* it says so: then its ports are ports as all others */
	return marking_open(&(struct marked){ config, im->model, mapping, folder }, &im->marking);
}

/* The shift an interrupted import of one of the files began with; its rows are in the store
 * with it, so the rest must have the same. */
static bool find_old_shift(struct import *im, bool *ret_found)
{
	*ret_found = false;
	for (size_t i = 0; i < im->nfiles && !*ret_found; i++) {
		struct import_mark mark;
		if (!im->file[i].usable)
			continue;
		enum err err = import_read_mark(im, im->file[i].sha, &mark);
		if (err != OK)
			return failed(im->store, err, NULL);
		if (mark.known && !mark.complete) {
			im->shift = mark.shift;
			*ret_found = true;
		}
	}
	return true;
}

/* One shift for all files: their times belong together. */
static void rebase(struct import *im, usec_t to)
{
	usec_t last = 0;
	for (size_t i = 0; i < im->nfiles; i++)
		if (im->file[i].usable)
			last = MAX(last, import_last_time(im, &im->file[i]));
	im->shift = last ? (to - last) / 1000 * 1000 : 0; /* times are whole milliseconds */
}

static bool load_files(struct import *im)
{
	for (size_t i = 0; i < im->nfiles; i++) {
		struct import_file *f = &im->file[i];
		if (!f->usable)
			continue;
		if (!import_load(im, f))
			return false;
		if (f->why.text[0])
			log_error("%s: %s", f->path, f->why.text);
	}
	return true;
}

static bool close_store(struct import *im)
{
	enum err err = model_save(im->model, store_writer_folder(im->writer));
	marking_save(im->marking, store_writer_folder(im->writer), true);
	if (err == OK)
		err = store_seal(im->writer);
	if (err != OK)
		return failed(im->store, err, NULL);
	err = store_write_close(im->writer);
	im->writer = NULL;
	return err == OK || failed(im->store, err, NULL);
}

static bool report(const struct import *im, bool json)
{
	if (json)
		return import_print_json(im) || failed("standard output", E_NOMEM, NULL);
	import_print(im);
	return true;
}

static int run(struct import *im, const struct import_options *o, const struct config *config,
	       usec_t to)
{
	bool old_shift;
	if (!open_store(im, config, o->names) || !find_old_shift(im, &old_shift))
		return STATUS_FAILED;
	if (old_shift && o->rebase)
		log_warn("--rebase: an interrupted import goes on with the times it began with");
	else if (o->rebase)
		rebase(im, to);
	if (!load_files(im) || !close_store(im))
		return STATUS_FAILED;
	if (!report(im, o->json))
		return STATUS_FAILED;
	for (size_t i = 0; i < im->nfiles; i++)
		if (im->file[i].why.text[0])
			return STATUS_FAILED;
	return STATUS_OK;
}

static int with_config(struct import *im, const struct import_options *o)
{
	_cleanup_(config_freep) struct config *config = NULL;
	struct problem why = { 0 };
	usec_t to = 0;
	enum err err = config_read(o->config, &config, &why);

	if (err == OK)
		err = zone_find(config->time_zone, &im->zone);
	if (err != OK) {
		failed(NULL, err, &why);
		return STATUS_FAILED;
	}
	if (o->rebase && instant_parse(o->rebase, clock_now(), im->zone, &to, &why) != OK) {
		log_error("--rebase: %s", why.text);
		return usage_hint("import");
	}
	im->store = o->store ? o->store : config->store;
	if (!check_names(o->names))
		return STATUS_FAILED;
	if (!probe_files(im)) {
		if (o->json)
			report(im, true);
		return STATUS_FAILED;
	}
	return run(im, o, config, to);
}

int cmd_import(int argc, char **argv)
{
	struct import_options o;
	struct import im = { .stored = { INT64_MAX, INT64_MIN } };

	if (!parse_options(argc, argv, &o))
		return usage_hint("import");
	if (o.help) {
		fputs(help_text, stdout);
		return STATUS_OK;
	}
	im.file = mem_new0(o.nfiles, sizeof(*im.file));
	if (!im.file || sodium_init() < 0) {
		failed("import", E_NOMEM, NULL);
		mem_free(im.file);
		return STATUS_FAILED;
	}
	im.nfiles = o.nfiles;
	im.again = o.again;
	im.progress = isatty(STDERR_FILENO);
	for (size_t i = 0; i < o.nfiles; i++)
		im.file[i].path = o.file[i];
	int status = with_config(&im, &o);
	store_write_abandonp(&im.writer); /* only when something failed */
	marking_close(im.marking);
	model_free(im.model);
	mem_free(im.file);
	return status;
}
