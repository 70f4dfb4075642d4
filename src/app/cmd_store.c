/* weir store VERB: what a store holds, whether every byte of it is as it was written, and the
 * housekeeping that a running collector does by itself. */
#include "app/cmd_store.h"
#include "app/import.h"
#include "app/quantity.h"
#include "app/watching.h"
#include "app/config.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const struct option long_options[] = {
	{ "store", required_argument, NULL, 's' },    { "config", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },           { "all", no_argument, NULL, 'a' },
	{ "no-grace", no_argument, NULL, 'G' },       { "keep", required_argument, NULL, 'k' },
	{ "max-size", required_argument, NULL, 'm' }, { "table", required_argument, NULL, 't' },
	{ "level", required_argument, NULL, 'l' },    { "dry-run", no_argument, NULL, 'n' },
	{ "repair", no_argument, NULL, 'R' },         { "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char help_text[] =
	"usage: weir store VERB [--store DIR] [-c CONF] [--json] ...\n"
	"\n"
	"  init     make an empty store\n"
	"  info     what the store holds: segments, rows, bytes, times, who writes\n"
	"  check    read every byte; verify every checksum and cross-reference\n"
	"           --repair    first make a damaged MANIFEST again from its copy and the files that are\n"
	"                       there, and remove damaged sidecars (nobody may write)\n"
	"  compact  merge sealed segments of hours that are over into tighter, sorted ones\n"
	"           --all       the running hour and what is not sealed yet, too\n"
	"           --no-grace  remove replaced files at once, not an hour later (no query runs)\n"
	"  prune    remove what is beyond these limits, oldest first, by whole segments\n"
	"           --keep AGE       rows older than that: 36h, 90d, 8w, 2y\n"
	"           --max-size SIZE  what is more than that: 500M, 100G, 1.5T (powers of 1024)\n"
	"           --table NAME     only of this table: traffic, ifcounters, events ...\n"
	"           --level NAME     only of this level: fresh, hour, or of roll-ups that stand alone:\n"
	"                            rollup-5min, rollup-hour, rollup-day\n"
	"           --dry-run        say what would go, and leave it\n"
	"           --no-grace       as above\n"
	"  attribute  work out whose the rows of sealed segments are, under the mapping as it is now,\n"
	"           so that customers' questions need not read the others' (a collector does it by itself)\n"
	"  rollup   sums of compacted hours by key and owner, and counters by 5 minutes and hour, which answer\n"
	"           long questions and outlive the rows (a collector does it by itself)\n"
	"  copy SRC DST  copy a store into a new folder, and check every byte of the copy;\n"
	"           SRC may be in use\n"
	"\n"
	"  --store DIR  the store (default: the configuration's, else /var/lib/weir)\n"
	"  -c CONF      the configuration file (default: $WEIR_CONFIG, /etc/weir/weir.yaml)\n"
	"  --json       for machines\n"
	"\n"
	"compact and prune are refused while a collector or import writes, with its pid.\n"
	"Exit status: 0 fine, also for an empty folder; 1 something is wrong; 2 usage.\n";

int store_failed(const char *what, enum err err, const struct problem *why)
{
	log_error("%s: %s", what, why && why->text[0] ? why->text : err == E_IO ? strerror(errno) : err_text(err));
	return STATUS_FAILED;
}

/* Jansson takes NULL anywhere and makes the dump fail: asked once, here. */
static int print_json(json_t *o)
{
	int bad = json_dumpf(o, stdout, JSON_INDENT(1));
	json_decref(o);
	puts("");
	return bad ? store_failed("standard output", E_NOMEM, NULL) : STATUS_OK;
}

static void set_count(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)MIN(n, (uint64_t)INT64_MAX)));
}

/* -- info ------------------------------------------------------------------------------------- */

static json_t *table_json(const struct store_cmd *s, const struct store_table_info *t)
{
	char text[40];
	json_t *o = json_object();
	set_count(o, "segments", t->segments);
	set_count(o, "segment_rows", t->segment_rows);
	set_count(o, "segment_bytes", t->segment_bytes);
	set_count(o, "rollups", t->rollups);
	set_count(o, "rollup_rows", t->rollup_rows);
	set_count(o, "rollup_bytes", t->rollup_bytes);
	set_count(o, "journal_rows", t->journal_rows);
	set_count(o, "journal_bytes", t->journal_bytes);
	bool any = t->span.start < t->span.end;
	json_object_set_new(o, "first", any ? json_string(zone_iso(s->zone, t->span.start, text)) : json_null());
	json_object_set_new(o, "last", any ? json_string(zone_iso(s->zone, t->span.end - 1, text)) : json_null());
	return o;
}

static int info_json(const struct store_cmd *s, const struct store_info *i)
{
	json_t *o = json_object(), *all = json_object();
	json_object_set_new(o, "store", json_string(s->store));
	json_object_set_new(o, "empty", json_boolean(!i->version));
	set_count(o, "version", i->version);
	json_object_set_new(o, "writer",
			    i->writer_alive ? json_integer(i->writer_pid) : json_null());
	for (enum table_id t = 0; t < TABLES; t++)
		json_object_set_new(all, tables[t].name, table_json(s, &i->table[t]));
	json_object_set_new(o, "tables", all);
	set_count(o, "quarantined", i->quarantined);
	return print_json(o);
}

static int info_text(const struct store_cmd *s, const struct store_info *i)
{
	char from[40], to[40];
	printf("store        %s, version %u\n", s->store, i->version);
	if (i->writer_alive)
		printf("writer       process %d\n", i->writer_pid);
	else
		puts("writer       none");
	printf("quarantined  %" PRIu64 " files\n\n", i->quarantined);
	printf("%-12s %9s %14s %14s %10s %12s  %s\n", "table", "segments", "rows", "bytes", "B/row",
	       "in journal", "time");
	for (enum table_id t = 0; t < TABLES; t++) {
		const struct store_table_info *ti = &i->table[t];
		printf("%-12s %9" PRIu64 " %14" PRIu64 " %14" PRIu64 " %10.1f %12" PRIu64 "  ",
		       tables[t].name, ti->segments, ti->segment_rows + ti->journal_rows,
		       ti->segment_bytes + ti->journal_bytes,
		       ti->segment_rows ? (double)ti->segment_bytes / (double)ti->segment_rows
					: 0.0,
		       ti->journal_rows);
		if (ti->span.start < ti->span.end)
			printf("%s to %s\n", zone_iso(s->zone, ti->span.start, from),
			       zone_iso(s->zone, ti->span.end - 1, to));
		else
			puts("-");
		if (ti->rollups)
			printf("  %-10s %9" PRIu64 " %14" PRIu64 " %14" PRIu64 " %10.1f\n", "roll-ups", ti->rollups,
			       ti->rollup_rows, ti->rollup_bytes, (double)ti->rollup_bytes / (double)ti->rollup_rows);
	}
	return STATUS_OK;
}

/* A folder that is not there is a mistyped name; one without a store in it is an empty one. */
static int read_info(const struct store_cmd *s, struct store_info *ret)
{
	struct problem why = { 0 };
	struct stat st;
	*ret = (struct store_info){ 0 };
	if (stat(s->store, &st) < 0)
		return store_failed(s->store, E_IO, NULL);
	enum err err = store_info(s->store, ret, &why);
	if (err == E_UNKNOWN)
		*ret = (struct store_info){ 0 };
	else if (err != OK)
		return store_failed(s->store, err, &why);
	return STATUS_OK;
}

static int store_info_cmd(const struct store_cmd *s)
{
	struct store_info i;
	int status = read_info(s, &i);
	if (status != STATUS_OK)
		return status;
	if (s->json)
		return info_json(s, &i);
	if (i.version)
		return info_text(s, &i);
	printf("%s: empty\n", s->store);
	return STATUS_OK;
}

/* -- check ------------------------------------------------------------------------------------ */

struct findings {
	bool json;
	json_t *list;
	size_t n;
};

static void found(void *arg, const char *file, const char *what)
{
	struct findings *f = arg;
	f->n++;
	if (f->json) {
		json_t *o = json_object();
		json_object_set_new(o, "file", json_string(file));
		json_object_set_new(o, "what", json_string(what));
		json_array_append_new(f->list, o);
	} else {
		printf("%s: %s\n", file, what);
	}
}

static void check_model(const char *folder, struct findings *f)
{
	_cleanup_(store_closep) struct store *s = NULL;
	_cleanup_(model_freep) struct model *m = NULL;
	struct problem why = { 0 };
	if (store_open(folder, &s, NULL) != OK)
		return; /* store_check has said it */
	if (model_load(store_folder(s), &m, &why) != OK)
		found(f, "model/interfaces", why.text);
}

/* What --repair did; arg: the list for JSON, or NULL. */
static void repairs(void *arg, const char *file, const char *what)
{
	if (!arg) {
		printf("%s: %s\n", file, what);
		return;
	}
	json_t *o = json_object();
	json_object_set_new(o, "file", json_string(file));
	json_object_set_new(o, "what", json_string(what));
	json_array_append_new(arg, o);
}

static int store_check_cmd(const struct store_cmd *s)
{
	struct findings f = { .json = s->json };
	struct stat st;
	struct store_info i;
	if (stat(s->store, &st) < 0)
		return store_failed(s->store, E_IO, NULL);
	bool empty = store_info(s->store, &i, NULL) == E_UNKNOWN;
	struct problem why = { 0 };
	json_t *repaired = json_array();
	enum err fixed = s->repair && !empty ? store_repair(s->store, repairs, s->json ? repaired : NULL, &why) : OK;
	if (fixed != OK) {
		json_decref(repaired);
		return store_failed(s->store, fixed, &why);
	}
	f.list = json_array();
	struct watching watching = { 0 };
	enum err err = store_check_watched(s->store, found, &f, watching_begin(&watching));
	watching_end(&watching);
	if (err == OK && !empty)
		check_model(s->store, &f);
	if (s->json) {
		json_t *o = json_object();
		json_object_set_new(o, "store", json_string(s->store));
		json_object_set_new(o, "empty", json_boolean(empty && !f.n));
		json_object_set(o, "problems", f.list);
		if (s->repair)
			json_object_set(o, "repaired", repaired);
		if (print_json(o) != STATUS_OK)
			f.n++;
	} else if (!f.n && err == OK) {
		printf("%s: %s\n", s->store, empty ? "empty" : "all is well");
	}
	json_decref(f.list);
	json_decref(repaired);
	if (err != OK && !f.n)
		return store_failed(s->store, err, NULL);
	return err != OK || f.n ? STATUS_FAILED : STATUS_OK;
}

/* -- housekeeping ----------------------------------------------------------------------------- */

/* The store as its writer.  A folder without a store is left alone: nothing is made here. */
int store_open_writer(const struct store_cmd *s, struct store_writer **ret)
{
	struct problem why = { 0 };
	struct store_info i;
	enum err err = store_info(s->store, &i, &why);
	if (err == OK)
		err = store_write_open(s->store, NULL, ret, &why);
	if (err == OK) { /* before rows go, with which it counts */
		struct import before = { .writer = *ret, .store = s->store };
		err = import_settle(&before, &why);
		if (err != OK)
			store_write_abandonp(ret);
	}
	return err == OK ? STATUS_OK : store_failed(s->store, err, &why);
}

static int compact_json(const struct compact_report *r)
{
	json_t *o = json_object();
	set_count(o, "segments_in", r->segments_in);
	set_count(o, "segments_out", r->segments_out);
	set_count(o, "rows", r->rows);
	set_count(o, "bytes_in", r->bytes_in);
	set_count(o, "bytes_out", r->bytes_out);
	set_count(o, "unreadable", r->unreadable);
	set_count(o, "removed", r->removed);
	return print_json(o);
}

static int compact_text(const struct compact_report *r)
{
	double rows = r->rows ? (double)r->rows : 1.0;
	printf("%zu segments became %zu: %" PRIu64 " rows, %" PRIu64
	       " bytes (%.1f a row) became %" PRIu64 " (%.1f)\n",
	       r->segments_in, r->segments_out, r->rows, r->bytes_in, (double)r->bytes_in / rows,
	       r->bytes_out, (double)r->bytes_out / rows);
	if (r->unreadable)
		printf("%zu segments cannot be read and stay as they are: see weir store check\n",
		       r->unreadable);
	printf("%zu replaced files removed\n", r->removed);
	return STATUS_OK;
}

static int store_compact_cmd(const struct store_cmd *s)
{
	struct store_writer *w;
	struct compact_report r = { 0 };
	struct watching watching = { 0 };
	struct compact_options opt = { .open_hours = s->open_hours, .no_grace = s->no_grace, .watch = watching_begin(&watching) };
	int status = store_open_writer(s, &w);
	if (status != STATUS_OK)
		return status;
	enum err err = store_seal(w);
	if (err == OK)
		err = store_compact(w, clock_now(), &opt, &r);
	int saved = errno;
	watching_end(&watching);
	enum err closed = store_write_close(w);
	if (err != OK)
		errno = saved;
	if (err != OK || closed != OK)
		return store_failed(s->store, err != OK ? err : closed, NULL);
	status = s->json ? compact_json(&r) : compact_text(&r);
	return r.unreadable ? STATUS_FAILED : status;
}

static const char *names_of(bool all_tables, char buf[static 400])
{
	size_t n = all_tables ? (size_t)TABLES : (size_t)STORE_LEVELS, len = 0;
	for (size_t i = 0; i < n && len < 400; i++)
		len += (size_t)snprintf(buf + len, 400 - len, "%s%s", i ? ", " : "", all_tables ? tables[i].name : config_level_name((unsigned)i));
	return buf;
}

/* STATUS_USAGE, and said what would be right. */
static int read_limit(const struct store_cmd *s, struct prune_limit *ret)
{
	struct prune_limit l = { .all_tables = !s->table, .all_levels = !s->level };
	size_t table = 0, level = 0;
	if (s->keep && !age_parse(s->keep, &l.keep)) {
		log_error("store: --keep \"%s\": " AGE_WANTED, s->keep);
		return usage_hint("store");
	}
	if (s->max_size && !size_parse(s->max_size, &l.max_bytes)) {
		log_error("store: --max-size \"%s\": " SIZE_WANTED, s->max_size);
		return usage_hint("store");
	}
	if (!s->keep && !s->max_size) {
		log_error("store: prune wants --keep or --max-size");
		return usage_hint("store");
	}
	while (s->table && table < TABLES && !STREQ(tables[table].name, s->table))
		table++;
	while (s->level && level < STORE_LEVELS && !STREQ(config_level_name((unsigned)level), s->level))
		level++;
	if (table == TABLES || level == STORE_LEVELS) {
		char names[400];
		log_error("store: \"%s\" is not %s: %s", table == TABLES ? s->table : s->level, table == TABLES ? "a table" : "a level",
			  names_of(table == TABLES, names));
		return usage_hint("store");
	}
	l.table = (enum table_id)table;
	l.level = (enum store_level)level;
	*ret = l;
	return STATUS_OK;
}

static void say_pruned(void *arg, const char *path, uint64_t rows, struct span span)
{
	const struct store_cmd *s = arg;
	char from[40], to[40];
	if (!s->json)
		printf("%s %12" PRIu64 " rows  %s to %s\n", path, rows,
		       zone_iso(s->zone, span.start, from), zone_iso(s->zone, span.end - 1, to));
}

static int pruned(const struct store_cmd *s, const struct prune_report *r)
{
	if (s->json) {
		json_t *o = json_object();
		json_object_set_new(o, "dry_run", json_boolean(s->dry_run));
		set_count(o, "segments", r->segments);
		set_count(o, "rows", r->rows);
		set_count(o, "bytes", r->bytes);
		set_count(o, "removed", r->removed);
		set_count(o, "gaps", r->gaps);
		return print_json(o);
	}
	printf("%zu segments, %" PRIu64 " rows, %" PRIu64 " bytes %s\n", r->segments, r->rows,
	       r->bytes, s->dry_run ? "would go" : "went");
	if (r->gaps)
		printf("%zu gaps of that age %s\n", r->gaps, s->dry_run ? "would be forgotten" : "are forgotten");
	if (!s->dry_run)
		printf("%zu replaced files removed\n", r->removed);
	return STATUS_OK;
}

static int store_prune_cmd(const struct store_cmd *s)
{
	struct store_writer *w;
	struct prune_report r = { 0 };
	struct prune_limit limit;
	struct store_cmd said = *s;
	int status = read_limit(s, &limit);
	if (status == STATUS_OK)
		status = store_open_writer(s, &w);
	if (status != STATUS_OK)
		return status;
	struct prune_policy policy = { .limit = &limit,
				       .nlimits = 1,
				       .no_grace = s->no_grace,
				       .dry_run = s->dry_run,
				       .say = say_pruned,
				       .arg = &said };
	enum err err = store_prune(w, clock_now(), &policy, &r);
	int saved = errno;
	enum err closed = store_write_close(w);
	if (err != OK)
		errno = saved;
	if (err != OK || closed != OK)
		return store_failed(s->store, err != OK ? err : closed, NULL);
	return pruned(s, &r);
}

static int store_init_cmd(const struct store_cmd *s)
{
	struct problem why = { 0 };
	struct store_writer *w = NULL;
	struct store_info i;
	enum err err = store_info(s->store, &i, &why);
	if (err == OK)
		err = problem_set(&why, E_EXISTS, "is a store already");
	else if (err == E_UNKNOWN)
		err = store_write_open(s->store, NULL, &w, &why);
	if (err == OK)
		err = store_write_close(w);
	if (err != OK)
		return store_failed(s->store, err, &why);
	if (!s->json)
		printf("%s: an empty store\n", s->store);
	return STATUS_OK;
}

static int store_copy_cmd(const struct store_cmd *s)
{
	struct problem why = { 0 };
	struct copy_report r;
	struct watching watching = { 0 };
	enum err err = store_copy_watched(s->args[0], s->args[1], watching_begin(&watching), &r, &why);
	watching_end(&watching);
	if (err != OK)
		return store_failed("store: copy", err, &why);
	if (s->json) {
		json_t *o = json_object();
		set_count(o, "files", r.files);
		set_count(o, "bytes", r.bytes);
		return print_json(o);
	}
	printf("%zu files, %" PRIu64 " bytes copied; all is well in %s\n", r.files, r.bytes,
	       s->args[1]);
	return STATUS_OK;
}

/* -- the command --------------------------------------------------------------------------------- */

static const struct {
	const char *verb;
	int nargs;
	int (*run)(const struct store_cmd *s);
} verbs[] = {
	{ "init", 0, store_init_cmd },   { "info", 0, store_info_cmd },
	{ "check", 0, store_check_cmd }, { "compact", 0, store_compact_cmd },
	{ "prune", 0, store_prune_cmd }, { "copy", 2, store_copy_cmd },
	{ "attribute", 0, store_attribute_cmd }, { "rollup", 0, store_rollup_cmd },
};

static int run(struct store_cmd *s)
{
	_cleanup_(config_freep) struct config *config = NULL;
	struct problem why = { 0 };
	if (config_read(s->config, &config, &why) != OK) {
		log_error("%s", why.text);
		return STATUS_FAILED;
	}
	if (!s->store)
		s->store = config->store;
	if (zone_find(config->time_zone, &s->zone) != OK)
		return store_failed(config->time_zone, E_UNKNOWN, NULL);
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (STREQ(verbs[i].verb, s->verb) && verbs[i].nargs == s->nargs)
			return verbs[i].run(s);
		else if (STREQ(verbs[i].verb, s->verb)) {
			log_error("store: %s takes %s", s->verb,
				  verbs[i].nargs ? "SRC and DST" : "no further words");
			return usage_hint("store");
		}
	log_error("store: \"%s\" is not init, info, check, compact, prune, attribute, rollup or copy", s->verb);
	return usage_hint("store");
}

int cmd_store(int argc, char **argv)
{
	struct store_cmd s = { 0 };

	for (int ch; (ch = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1;)
		switch (ch) {
		case 's':
			s.store = optarg;
			break;
		case 'c':
			s.config = optarg;
			break;
		case 'j':
			s.json = true;
			break;
		case 'a':
			s.open_hours = true;
			break;
		case 'G':
			s.no_grace = true;
			break;
		case 'k':
			s.keep = optarg;
			break;
		case 'm':
			s.max_size = optarg;
			break;
		case 't':
			s.table = optarg;
			break;
		case 'l':
			s.level = optarg;
			break;
		case 'n':
			s.dry_run = true;
			break;
		case 'R':
			s.repair = true;
			break;
		case 'h':
			s.help = true;
			break;
		default:
			return usage_hint("store");
		}
	if (s.help) {
		fputs(help_text, stdout);
		return STATUS_OK;
	}
	if (argc - optind < 1) {
		log_error("store: wanted init, info, check, compact, prune, attribute, rollup or copy");
		return usage_hint("store");
	}
	s.verb = argv[optind];
	s.args = argv + optind + 1;
	s.nargs = argc - optind - 1;
	return run(&s);
}
