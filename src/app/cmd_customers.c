/* weir customers VERB: the mapping before it is used: is it right, what does it say, what would change.
 *
 * What is found goes to standard output as FILE:LINE:COLUMN: TEXT, so that editors can jump to it.
 * Findings make a mapping unfit to be activated; notes do not. */
#include "app/app.h"
#include "app/site.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { STATUS_DIFFER = 3, MAX_SWITCHES = 4096 };

struct customers_cmd {
	struct site_options at;
	const char *verb, *customer, *switches;
	char **args; /* behind the verb */
	int nargs;
	bool json, force, help;
	struct switch_agent table[MAX_SWITCHES];
	struct customers_options options;
	struct buf switch_text;
	struct site site;
};

static const struct option long_options[] = {
	{ "store", required_argument, NULL, 's' },   { "config", required_argument, NULL, 'c' },
	{ "customer", required_argument, NULL, 'C' }, { "switches", required_argument, NULL, 'S' },
	{ "tz", required_argument, NULL, 'z' },      { "json", no_argument, NULL, 'j' },
	{ "force", no_argument, NULL, 'f' },         { "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char help_text[] =
	"usage: weir customers VERB [OPTION]...\n"
	"\n"
	"  check [FILE]      everything that is wrong with a mapping, with its place; of the store's interfaces:\n"
	"                    ports that nobody has seen, or that two own, one by name and one by number\n"
	"  list [FILE]       who is in it and how much is theirs; with --customer ID: what is theirs\n"
	"  diff OLD NEW      what would change for whom, and from when to when\n"
	"  activate FILE     put FILE in the place of the configured mapping, if check finds nothing\n"
	"           --force     even if ports were found wanting; what cannot be read is never activated\n"
	"\n"
	"A FILE may be a URL, and is the configuration's when left out: XML, CSV, JSON, YAML, an IX-F member\n"
	"export or NetBox's objects, told apart by the name's ending and by what is in it.\n"
	"\n"
	"  --switches TABLE  IX-F: lines SWITCH,AGENT (a switch's id or name, its agent's address), instead of\n"
	"                    the configuration's switches\n"
	"  --store DIR       the store whose interfaces are known (default: the configuration's)\n"
	"  -c CONF           the configuration file (default: $WEIR_CONFIG, /etc/weir/weir.yaml)\n"
	"  --tz ZONE         where dates without an offset are read\n"
	"  --json            for machines\n"
	"\n"
	"Exit status: 0 fine, 1 something is wrong, 2 usage, 3 diff found differences.\n";

/* -- reading ----------------------------------------------------------------------------------------------- */

struct findings {
	const char *file;
	size_t n;
	json_t *list; /* NULL: text */
};

static void found(void *arg, unsigned line, unsigned column, const char *text)
{
	struct findings *f = arg;
	f->n++;
	if (f->list)
		json_array_append_new(f->list, json_pack("{s:s, s:i, s:i, s:s%}", "file", f->file, "line", (int)line, "column",
							 (int)column, "text", text, strlen(text)));
	else
		printf("%s:%u:%u: %s\n", f->file, line, column, text);
}

/* TABLE: lines SWITCH,AGENT; "#" comments. */
static int read_switches(struct customers_cmd *cmd)
{
	cmd->options = config_customers(cmd->site.config);
	if (!cmd->switches)
		return STATUS_OK;
	cmd->options.nswitches = 0;
	errno = 0;
	cmd->switch_text.ceiling = 1 << 20;
	enum err e = file_read(cmd->switches, &cmd->switch_text);
	if (e != OK)
		return site_failed(cmd->switches, e, NULL);
	char *line = (char *)(uintptr_t)buf_str(&cmd->switch_text);
	cmd->options.switches = cmd->table;
	for (unsigned n = 1; *line; n++) {
		char *end = line + strcspn(line, "\n"), *next = end + (*end == '\n'), *comma = memchr(line, ',', (size_t)(end - line));
		*end = 0;
		if (end > line && end[-1] == '\r')
			end[-1] = 0;
		if (*line && *line != '#') {
			struct switch_agent *s = &cmd->table[cmd->options.nswitches];
			if (!comma || cmd->options.nswitches == MAX_SWITCHES || !addr_parse(comma + 1, strlen(comma + 1), &s->agent)) {
				log_error("%s:%u: wanted SWITCH,AGENT, as in sw1,10.0.0.1", cmd->switches, n);
				return STATUS_FAILED;
			}
			*comma = 0;
			s->name = line;
			cmd->options.nswitches++;
		}
		line = next;
	}
	return STATUS_OK;
}

/* Findings are said as they come; NULL: it could not be read at all, and that was said. */
static struct customers *load(struct customers_cmd *cmd, const char *file, struct findings *f)
{
	const struct customers_source from = { .from = file, .zone = cmd->site.zone, .options = &cmd->options, .copies = -1 };
	struct customers_keeper *k;
	struct problem why = { 0 };
	bool changed;
	f->file = file;
	enum err e = customers_keeper_new(&from, &k);
	if (e == OK) {
		e = customers_refresh(k, found, f, &changed, &why);
		if (e != OK && !f->n)
			site_failed(cmd->at.command, e, &why);
	}
	struct customers *c = e == OK ? customers_current(k) : NULL;
	if (k)
		customers_keeper_free(k);
	return c;
}

static const char *configured(const struct customers_cmd *cmd, int arg)
{
	const char *file = cmd->nargs > arg ? cmd->args[arg] : cmd->site.config->customers;
	if (!*file)
		log_error("%s %s: a FILE is wanted (or customers: in the configuration)", cmd->at.command, cmd->verb);
	return *file ? file : NULL;
}

static void print_json(json_t *j)
{
	json_dumpf(j, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(j);
}

/* -- check --------------------------------------------------------------------------------------------------- */

static bool has_children(const struct customers *cs, const struct customer *c)
{
	const struct customer *o;
	for (size_t i = 0; (o = customers_at(cs, i)); i++)
		if (o->parent && STREQ(o->parent, c->id))
			return true;
	return false;
}

/* Not wrong, but seldom meant: a privacyBelow that says nothing, customers who own nothing. */
static size_t remarks(const struct customers *cs, struct findings *notes)
{
	char text[300];
	const struct customer *c;
	for (size_t i = 0; (c = customers_at(cs, i)); i++) {
		if (c->privacy_below && customers_privacy(cs, c).level == PRIVACY_NONE) {
			snprintf(text, sizeof(text), "note: customer \"%s\" has a privacyBelow, but its privacy is none", c->id);
			found(notes, c->line, c->column, text);
		}
		if (c->nport || c->nmac || c->ncidr || has_children(cs, c))
			continue;
		snprintf(text, sizeof(text), "note: customer \"%s\" owns nothing", c->id);
		found(notes, c->line, c->column, text);
	}
	return notes->n;
}

/* STATUS_OK: nothing to find fault with. */
static int check(struct customers_cmd *cmd, const char *file, struct customers **ret)
{
	struct findings f = { .file = file, .list = cmd->json ? json_array() : NULL };
	struct findings notes = { .file = file, .list = cmd->json ? json_array() : NULL };
	struct customers *c = load(cmd, file, &f);
	size_t n;
	int status = c && !f.n ? STATUS_OK : STATUS_FAILED;
	if (c) {
		customers_orphans(c, found, &f);
		if (cmd->site.store && model_size(cmd->site.model) && customers_check_ports(c, cmd->site.model, found, &f, &n) != OK)
			status = site_failed(cmd->at.command, E_NOMEM, NULL);
		remarks(c, &notes);
	}
	if (f.n)
		status = STATUS_FAILED;
	if (cmd->json)
		print_json(json_pack("{s:s, s:b, s:o, s:o, s:s?}", "file", file, "clean", status == STATUS_OK, "findings", f.list, "notes",
				     notes.list, "version", c ? customers_digest(c) : NULL));
	else if (status == STATUS_OK)
		printf("%s: %zu customers, nothing wrong; version %.16s%s\n", file, customers_count(c), customers_digest(c),
		       cmd->site.store ? "" : " (ports not checked: there is no store)");
	if (ret)
		*ret = c;
	else
		customers_free(c);
	return status;
}

static int verb_check(struct customers_cmd *cmd)
{
	const char *file = configured(cmd, 0);
	return file ? check(cmd, file, NULL) : STATUS_USAGE;
}

/* -- list ------------------------------------------------------------------------------------------------------ */

static const char *when_text(const struct customers_cmd *cmd, struct span when, char buf[static 120])
{
	char text[40];
	buf[0] = 0;
	if (when.start != INT64_MIN)
		snprintf(buf, 120, " from %s", zone_iso(cmd->site.zone, when.start, text));
	if (when.end != INT64_MAX)
		snprintf(buf + strlen(buf), 120 - strlen(buf), " until %s", zone_iso(cmd->site.zone, when.end, text));
	return buf;
}

struct listing {
	const struct customers_cmd *cmd;
	json_t *list; /* NULL: text */
};

static json_t *when_json(const struct customers_cmd *cmd, json_t *o, const char *from, const char *to, struct span when)
{
	char text[40];
	if (when.start != INT64_MIN)
		json_object_set_new(o, from, json_string(zone_iso(cmd->site.zone, when.start, text)));
	if (when.end != INT64_MAX)
		json_object_set_new(o, to, json_string(zone_iso(cmd->site.zone, when.end, text)));
	return o;
}

/* What is theirs, told as what they would gain over nothing. */
static void list_thing(void *arg, const struct customers_change *c)
{
	struct listing *l = arg;
	char when[120];
	if (c->kind != CHANGE_GAINS)
		return;
	if (l->list)
		json_array_append_new(l->list, when_json(l->cmd, json_pack("{s:s}", "what", c->what), "from", "to", c->after));
	else
		printf("%s%s\n", c->what, when_text(l->cmd, c->after, when));
}

/* As it holds, said of the customer or not. */
static const char *privacy_of(const struct customers *cs, const struct customer *c, char buf[static PRIVACY_TEXT])
{
	const struct privacy p = customers_privacy(cs, c);
	return privacy_text(&p, buf);
}

static int list_one(struct customers_cmd *cmd, const struct customers *cs)
{
	const struct customer *c = customers_find(cs, cmd->customer, strlen(cmd->customer));
	struct listing l = { .cmd = cmd, .list = cmd->json ? json_array() : NULL };
	if (!c) {
		log_error("%s: customer \"%s\" is not in the mapping", cmd->at.command, cmd->customer);
		json_decref(l.list);
		return STATUS_FAILED;
	}
	char privacy[PRIVACY_TEXT];
	privacy_of(cs, c, privacy);
	if (!cmd->json && customers_privacy(cs, c).level != PRIVACY_NONE)
		printf("privacy %s\n", privacy);
	enum err e = customers_things(c, list_thing, &l);
	if (cmd->json)
		print_json(json_pack("{s:s, s:s, s:s?, s:s, s:o}", "id", c->id, "name", c->name, "parent", c->parent, "privacy", privacy, "owns", l.list));
	return e == OK ? STATUS_OK : site_failed(cmd->at.command, e, NULL);
}

static int verb_list(struct customers_cmd *cmd)
{
	const char *file = configured(cmd, 0);
	struct findings f = { 0 };
	struct customers *cs = file ? load(cmd, file, &f) : NULL;
	const struct customer *c;
	int status = cs ? STATUS_OK : file ? STATUS_FAILED : STATUS_USAGE;
	char privacy[PRIVACY_TEXT];
	json_t *all = cmd->json && !cmd->customer ? json_array() : NULL;
	if (cs && cmd->customer)
		status = list_one(cmd, cs);
	for (size_t i = 0; cs && !cmd->customer && (c = customers_at(cs, i)); i++)
		if (all)
			json_array_append_new(all, json_pack("{s:s, s:s, s:s?, s:s, s:i, s:i, s:i}", "id", c->id, "name", c->name, "parent", c->parent,
							     "privacy", privacy_of(cs, c, privacy), "ports", (int)c->nport, "macs", (int)c->nmac, "cidrs", (int)c->ncidr));
		else
			printf("%-20s %3zu port%s %3zu MAC%s %3zu block%s  %s%s%s%s%s%s\n", c->id, c->nport, c->nport == 1 ? " " : "s", c->nmac,
			       c->nmac == 1 ? " " : "s", c->ncidr, c->ncidr == 1 ? " " : "s", c->name, c->parent ? " (of " : "",
			       c->parent ? c->parent : "", c->parent ? ")" : "", customers_privacy(cs, c).level ? "  privacy " : "",
			       customers_privacy(cs, c).level ? privacy_of(cs, c, privacy) : "");
	if (all && cs)
		print_json(all);
	else
		json_decref(all);
	customers_free(cs);
	return status;
}

/* -- diff -------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *sign;
} kinds[] = {
	[CHANGE_NEW] = { "new", "+ customer" },     [CHANGE_GONE] = { "gone", "- customer" },
	[CHANGE_NAME] = { "name", "~ name" },       [CHANGE_PARENT] = { "parent", "~ parent" },
	[CHANGE_PRIVACY] = { "privacy", "~ privacy" },
	[CHANGE_GAINS] = { "gains", "+" },          [CHANGE_LOSES] = { "loses", "-" },
	[CHANGE_TIME] = { "time", "~" },
};

struct telling {
	const struct customers_cmd *cmd;
	json_t *list;
	char id[256]; /* the customer that is spoken of */
};

static void tell_json(struct telling *t, const struct customers_change *c)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "customer", c->id, "change", kinds[c->kind].name, "what", c->what);
	if (c->was)
		json_object_set_new(o, "was", json_string(c->was));
	if (c->kind == CHANGE_LOSES || c->kind == CHANGE_TIME)
		when_json(t->cmd, o, "was_from", "was_to", c->before);
	if (c->kind == CHANGE_GAINS || c->kind == CHANGE_TIME)
		when_json(t->cmd, o, "from", "to", c->after);
	json_array_append_new(t->list, o);
}

static void tell(void *arg, const struct customers_change *c)
{
	struct telling *t = arg;
	char before[120], after[120];
	if (t->list) {
		tell_json(t, c);
		return;
	}
	if (!STREQ(t->id, c->id))
		printf("customer %s\n", c->id);
	snprintf(t->id, sizeof(t->id), "%s", c->id);
	when_text(t->cmd, c->before, before);
	when_text(t->cmd, c->after, after);
	printf("  %s", kinds[c->kind].sign);
	switch (c->kind) {
	case CHANGE_NEW: case CHANGE_GONE:
		printf(" \"%s\"\n", c->what);
		break;
	case CHANGE_NAME: case CHANGE_PARENT: case CHANGE_PRIVACY:
		printf(" \"%s\" (was: \"%s\")\n", c->what, c->was);
		break;
	case CHANGE_GAINS: case CHANGE_LOSES:
		printf(" %s%s\n", c->what, c->kind == CHANGE_GAINS ? after : before);
		break;
	case CHANGE_TIME:
		printf(" %s%s (was:%s)\n", c->what, *after ? after : " always", *before ? before : " always");
		break;
	}
}

static int verb_diff(struct customers_cmd *cmd)
{
	struct findings f = { 0 };
	struct telling t = { .cmd = cmd, .list = cmd->json ? json_array() : NULL };
	size_t n = 0;
	if (cmd->nargs != 2) {
		log_error("%s diff: OLD and NEW are wanted", cmd->at.command);
		return STATUS_USAGE;
	}
	struct customers *before = load(cmd, cmd->args[0], &f), *after = before ? load(cmd, cmd->args[1], &f) : NULL;
	enum err e = after ? customers_compare(before, after, tell, &t, &n) : OK;
	int status = !after ? STATUS_FAILED : e != OK ? site_failed(cmd->at.command, e, NULL) : n ? STATUS_DIFFER : STATUS_OK;
	if (after && cmd->json)
		print_json(json_pack("{s:s, s:s, s:o}", "before", customers_digest(before), "after", customers_digest(after), "changes", t.list));
	customers_free(before);
	customers_free(after);
	return status;
}

/* -- activate ------------------------------------------------------------------------------------------------------ */

/* FILE's bytes in the place of the configured file, by rename. */
static int replace(const struct customers_cmd *cmd, const char *from, const char *to)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = (size_t)64 << 20 };
	char folder[4096], base[4096];
	snprintf(folder, sizeof(folder), "%s", to);
	snprintf(base, sizeof(base), "%s", to);
	errno = 0;
	enum err e = file_read(from, &text);
	if (e != OK)
		return site_failed(from, e, NULL);
	_cleanup_(fd_closep) int dir = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	e = dir < 0 ? E_IO : file_write_at(dir, basename(base), text.data, text.len);
	if (e != OK)
		return site_failed(to, e, NULL);
	if (!cmd->json)
		printf("%s is in force where %s is read next\n", from, to);
	return STATUS_OK;
}

static const char *ending(const char *name)
{
	const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
	return dot && (!slash || dot > slash) ? dot : "";
}

static int verb_activate(struct customers_cmd *cmd)
{
	const char *to = cmd->site.config->customers;
	struct customers *c = NULL;
	if (cmd->nargs != 1 || !*to || strstr(to, "://") || strcasecmp(ending(cmd->args[0]), ending(to)) != 0) {
		log_error("%s activate: %s", cmd->at.command,
			  cmd->nargs != 1    ? "a FILE is wanted" :
			  !*to               ? "the configuration names no mapping (customers:)" :
			  strstr(to, "://") ? "the configured mapping is a URL: it changes where it is published" :
					       "FILE's name must end as that of the configured mapping: the ending tells the form");
		return STATUS_USAGE;
	}
	int status = check(cmd, cmd->args[0], &c);
	if (c && (status == STATUS_OK || cmd->force))
		status = replace(cmd, cmd->args[0], to);
	else
		log_error("%s activate: %s stays as it is%s", cmd->at.command, to, c ? " (--force activates in spite of findings)" : "");
	customers_free(c);
	return status;
}

/* -- options ----------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct customers_cmd *);
	int most_args;
} verbs[] = { { "check", verb_check, 1 }, { "list", verb_list, 1 }, { "diff", verb_diff, 2 }, { "activate", verb_activate, 1 } };

static bool take_option(struct customers_cmd *cmd, int opt)
{
	switch (opt) {
	case 's': cmd->at.store = optarg; return true;
	case 'c': cmd->at.config = optarg; return true;
	case 'C': cmd->customer = optarg; return true;
	case 'S': cmd->switches = optarg; return true;
	case 'z': cmd->at.tz = optarg; return true;
	case 'j': cmd->json = true; return true;
	case 'f': cmd->force = true; return true;
	case 'h': cmd->help = true; return true;
	default:  return false; /* getopt has said why */
	}
}

static int run(struct customers_cmd *cmd)
{
	int status;
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (!STREQ(verbs[i].name, cmd->verb))
			continue;
		if (cmd->nargs > verbs[i].most_args) {
			log_error("%s %s: \"%s\" is one argument too many", cmd->at.command, cmd->verb, cmd->args[verbs[i].most_args]);
			return STATUS_USAGE;
		}
		if ((status = site_config(&cmd->site, &cmd->at)) != STATUS_OK || (status = site_store(&cmd->site, &cmd->at)) != STATUS_OK ||
		    (status = read_switches(cmd)) != STATUS_OK)
			return status;
		return verbs[i].run(cmd);
	}
	log_error("%s: \"%s\" is none of check, list, diff, activate", cmd->at.command, cmd->verb);
	return usage_hint(cmd->at.command);
}

int cmd_customers(int argc, char **argv)
{
	static struct customers_cmd zero;
	struct customers_cmd *cmd = malloc(sizeof(*cmd));
	int status = STATUS_USAGE;
	bool ok = cmd;
	if (!cmd)
		return site_failed("customers", E_NOMEM, NULL);
	*cmd = zero;
	cmd->at.command = "customers";
	optind = 0;
	for (int opt; ok && (opt = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1;)
		ok = take_option(cmd, opt);
	if (ok && cmd->help) {
		fputs(help_text, stdout);
		status = STATUS_OK;
	} else if (ok && optind < argc) {
		cmd->verb = argv[optind];
		cmd->args = argv + optind + 1;
		cmd->nargs = argc - optind - 1;
		status = run(cmd);
	} else {
		if (ok)
			log_error("customers: a verb is wanted: check, list, diff, activate");
		status = usage_hint("customers");
	}
	site_release(&cmd->site);
	buf_free(&cmd->switch_text);
	free(cmd);
	return status;
}
