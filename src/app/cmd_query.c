/* weir query: run a script over the traffic.  This process is the broker: it opens store, mapping and
 * network, decides under which scope the script runs, and hands its output on.
 *
 * The script's processes are forked as soon as zone and limits are known, so that the engine warms up
 * while the rest is opened. */
#include "app/accounts.h"
#include "app/app.h"
#include "app/site.h"
#include "base/file.h"
#include "base/log.h"
#include "script/script.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_INPUT = 256, MAX_ROOTS = 64, MAX_LIMITS = 32, MAX_SCRIPT = 16 << 20 };

struct query_cmd {
	struct site_options at;
	const char *as_customer, *script;
	const char *read[MAX_ROOTS + 1], *write[MAX_ROOTS + 1];
	size_t nread, nwrite;
	const char *limit[MAX_LIMITS];
	size_t nlimit;
	struct script_input input[MAX_INPUT];
	size_t ninput;
	bool strict;
};

/* What the script runs over; released together. */
struct ground {
	struct site site;
	struct script_worker *worker;
	const char *customer; /* whose eyes; NULL: everything */
	struct mail_server mail;
	struct buf mail_password;
	struct buf source;
};

/* -- options ------------------------------------------------------------------------------------------ */

enum { OPT_AS = 1000, OPT_READ, OPT_WRITE, OPT_STRICT, OPT_INPUT, OPT_LIMIT };

static const struct option long_options[] = {
	{ "as-customer", required_argument, NULL, OPT_AS },
	{ "read", required_argument, NULL, OPT_READ },
	{ "write", required_argument, NULL, OPT_WRITE },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "input", required_argument, NULL, OPT_INPUT },
	{ 0 },
};

static const char help_text[] =
	"usage: weir query [OPTION]... [-input NAME=VALUE]... SCRIPT\n"
	"\n"
	"Runs a script (- = standard input); its output goes to standard output.\n"
	"\n"
	"  -input N=V         a variable of the script; again for each\n"
	"  --as-customer ID   as --customer, with a customer's grants and limits: no files, no URLs\n"
	"  --read DIR         read files below this folder only; again for each\n"
	"  --write DIR        write files below this folder; again for each\n"
	"  --limit NAME=N     one limit of \"weir help limits\", in its unit; again for each\n"
	"  --strict           status 1 when data is missing or damaged\n";

static const char help_end[] =
	"\n"
	"An input named like script.scope_input (customerid) sets the customer too, where there is a mapping.\n"
	"Exit status: 0 ok, 1 failed, 2 usage; exit(n) in the script: n.\n";

static bool add_input(struct query_cmd *cmd, char *text)
{
	char *equals = strchr(text, '=');
	if (!equals || equals == text) {
		log_error("query: -input \"%s\": NAME=VALUE is wanted", text);
		return false;
	}
	*equals = 0;
	for (size_t i = 0; i < cmd->ninput; i++)
		if (STREQ(cmd->input[i].name, text)) {
			log_error("query: input \"%s\" is given twice", text);
			return false;
		}
	if (cmd->ninput == MAX_INPUT) {
		log_error("query: more than %d inputs", MAX_INPUT);
		return false;
	}
	cmd->input[cmd->ninput++] = (struct script_input){ .name = text, .value = equals + 1 };
	return true;
}

static bool add_root(const char **list, size_t *n, const char *folder)
{
	if (*n == MAX_ROOTS) {
		log_error("query: more than %d folders", MAX_ROOTS);
		return false;
	}
	list[(*n)++] = folder;
	return true;
}

static bool add_limit(struct query_cmd *cmd, const char *text)
{
	struct script_limits tried = { 0 };
	enum err e = script_limit_set(&tried, text);
	if (e != OK || cmd->nlimit == MAX_LIMITS) {
		log_error("query: --limit \"%s\": %s", text,
			  e == E_UNKNOWN  ? "NAME=N is wanted; \"weir help limits\" lists the names"
			  : e == E_SYNTAX ? "a whole number from 1 is wanted"
			  : e != OK	  ? "too large"
					  : "too many limits");
		return false;
	}
	cmd->limit[cmd->nlimit++] = text;
	return true;
}

static bool take_option(void *arg, int opt)
{
	struct query_cmd *cmd = arg;
	switch (opt) {
	case OPT_AS:     cmd->as_customer = optarg; return true;
	case OPT_STRICT: cmd->strict = true; return true;
	case OPT_READ:   return add_root(cmd->read, &cmd->nread, optarg);
	case OPT_WRITE:  return add_root(cmd->write, &cmd->nwrite, optarg);
	case OPT_LIMIT:  return add_limit(cmd, optarg);
	default:         return add_input(cmd, optarg);
	}
}

static bool take_options(struct query_cmd *cmd, int argc, char **argv)
{
	const struct own_options own = { .at = long_options, .one_dash = true, .take = take_option };
	if (!site_take_options(&cmd->at, &own, cmd, argc, argv))
		return false;
	if (cmd->at.help)
		return true;
	if (argc - optind != 1) {
		log_error("query: %s", optind < argc ? "one script is wanted" : "which script?");
		return false;
	}
	cmd->script = argv[optind];
	return true;
}

/* -- scope ---------------------------------------------------------------------------------------------- */

static const char *scope_input(const struct query_cmd *cmd, const struct ground *g)
{
	const char *name = g->site.config->scope_input;
	for (size_t i = 0; i < cmd->ninput && *name && !STREQ(name, "none"); i++)
		if (STREQ(cmd->input[i].name, name))
			return cmd->input[i].value;
	return NULL;
}

static int disagree(const char *what)
{
	log_error("query: %s do not agree on the customer", what);
	return STATUS_USAGE;
}

/* Whose eyes the script sees with.  Inputs count only where there is a mapping; without one they warn. */
static int find_scope(const struct query_cmd *cmd, struct ground *g)
{
	const char *option = cmd->at.customer ? cmd->at.customer : cmd->as_customer;
	const char *input = scope_input(cmd, g);
	if (cmd->at.customer && cmd->as_customer && !STREQ(cmd->at.customer, cmd->as_customer))
		return disagree("--customer and --as-customer");
	if (option && input && !STREQ(option, input))
		return disagree("--customer and the script's input");
	if (!option && input && !g->site.mapping) {
		log_warn("query: input \"%s\" is given but there is no customers mapping: the script runs unscoped",
			 g->site.config->scope_input);
		input = NULL;
	}
	g->customer = option ? option : input;
	return site_scope(&g->site, &cmd->at, g->customer);
}

/* -- running ---------------------------------------------------------------------------------------------- */

struct sink {
	int error; /* of standard output; 0 = none */
};

static bool put_out(void *arg, const void *data, size_t len)
{
	struct sink *s = arg;
	if (write_all(STDOUT_FILENO, data, len) == OK)
		return true;
	s->error = errno;
	return false;
}

static void put_err(void *arg _unused_, const char *line)
{
	/* One write, so that lines of several processes do not mix. */
	_cleanup_(buf_free) struct buf whole = { 0 };
	buf_printf(&whole, "%s\n", line);
	if (write_all(STDERR_FILENO, whole.data, whole.len) != OK)
		errno = 0; /* nobody is left to be told */
}

/* At the console a script may do what its user may; for a customer nothing that was not named. */
static struct script_grants grants_of(const struct query_cmd *cmd, const struct ground *g)
{
	bool console = !cmd->as_customer;
	return (struct script_grants){
		.urls = console,
		.read_any = console && !cmd->nread,
		.read_roots = cmd->read,
		.write_roots = cmd->nwrite || !console ? cmd->write : g->site.config->write_roots.at,
		.mail = console && g->mail.url ? &g->mail : NULL,
		.snmp = g->site.config->snmp.at,
		.nsnmp = console ? g->site.config->snmp.n : 0,
	};
}

/* The password stands in a file of its own, so that the configuration can be shown. */
static int find_mail(struct ground *g)
{
	const struct config *c = g->site.config;
	if (!*c->mail_server)
		return STATUS_OK;
	g->mail = (struct mail_server){ .url = c->mail_server, .from = c->mail_from, .plain = STREQ(c->mail_encrypt, "no") };
	if (!*c->mail_user)
		return STATUS_OK;
	g->mail_password.ceiling = 4096;
	enum err e = file_read(c->mail_password_file, &g->mail_password);
	if (e != OK)
		return site_failed(c->mail_password_file, e, NULL);
	g->mail.user = c->mail_user;
	char *text = (char *)(uintptr_t)buf_str(&g->mail_password); /* ours to cut */
	text[strcspn(text, "\r\n")] = 0;
	g->mail.password = text;
	return STATUS_OK;
}

static int run_script(const struct query_cmd *cmd, struct ground *g, int64_t *ret_rows)
{
	uint64_t rows = 0;
	const struct query_env env = site_env(&g->site);
	struct sink sink = { 0 };
	const struct script_job job = {
		.name = STREQ(cmd->script, "-") ? "stdin" : cmd->script,
		.source = g->source.len ? (const char *)g->source.data : "",
		.len = g->source.len,
		.input = cmd->input,
		.ninput = cmd->ninput,
		.scope = g->site.scope,
		.env = &env,
		.why_no_store = g->site.why_no_store.text,
		.grants = grants_of(cmd, g),
		.strict = cmd->strict,
		.out = put_out,
		.err = put_err,
		.arg = &sink,
		.ret_rows = &rows,
		.worker = g->worker,
	};
	g->worker = NULL; /* used up */
	int status = script_run(&job);
	*ret_rows = (int64_t)rows;
	if (sink.error && sink.error != EPIPE)
		log_error("query: standard output: %s", strerror(sink.error));
	return status;
}

/* The script with its inputs, as the log has it. */
static int ask(const struct query_cmd *cmd, struct ground *g)
{
	_cleanup_(buf_free) struct buf what = { .ceiling = 1 << 20 };
	int64_t rows = -1;
	buf_text(&what, cmd->script);
	for (size_t i = 0; i < cmd->ninput; i++)
		buf_printf(&what, " %s=%s", cmd->input[i].name, cmd->input[i].value);
	struct asked asked = { .command = "query", .customer = g->customer, .what = buf_str(&what) };
	int status = asked_begin(&asked, g->site.config);
	if (status != STATUS_OK)
		return status;
	if (asked.ticket)
		script_worker_nice(g->worker, asked_nice(&asked));
	status = run_script(cmd, g, &rows); /* rows are known behind it */
	return asked_end(&asked, status, rows);
}

static int read_script(const struct query_cmd *cmd, struct ground *g)
{
	g->source.ceiling = MAX_SCRIPT;
	enum err e = file_read(cmd->script, &g->source);
	return e == OK ? STATUS_OK : site_failed(cmd->script, e, NULL);
}

static bool inputs_are_free(const struct query_cmd *cmd)
{
	for (size_t i = 0; i < cmd->ninput; i++)
		if (script_host_name(cmd->input[i].name)) {
			log_error("query: input \"%s\" is a name of the script language or its library", cmd->input[i].name);
			return false;
		}
	return true;
}

static int query(const struct query_cmd *cmd, struct ground *g)
{
	struct site *site = &g->site;
	int status;
	enum err e;
	if (!inputs_are_free(cmd))
		return STATUS_USAGE;
	if ((status = site_config(site, &cmd->at)) != STATUS_OK)
		return status;
	enum script_who who = cmd->as_customer ? SCRIPT_CUSTOMER : SCRIPT_CONSOLE;
	struct script_limits limits = script_limits_with(who, &site->config->limits[who]);
	for (size_t i = 0; i < cmd->nlimit; i++)
		if ((e = script_limit_set(&limits, cmd->limit[i])) != OK)
			return site_failed("query: --limit", e, NULL);
	if ((e = script_prepare(zone_name(site->zone), &limits, &g->worker)) != OK)
		return site_failed("query: a process for the script", e, NULL);
	if ((status = site_now(site, &cmd->at)) != STATUS_OK || (status = read_script(cmd, g)) != STATUS_OK ||
	    (status = site_store(site, &cmd->at)) != STATUS_OK || (status = site_mapping(site, &cmd->at)) != STATUS_OK ||
	    (status = find_scope(cmd, g)) != STATUS_OK || (status = find_mail(g)) != STATUS_OK)
		return status;
	return ask(cmd, g);
}

int cmd_query(int argc, char **argv)
{
	struct query_cmd cmd = { .at.command = "query" };
	struct ground g = { 0 };
	signal(SIGPIPE, SIG_IGN);
	if (!take_options(&cmd, argc, argv))
		return usage_hint("query");
	if (cmd.at.help) {
		fputs(help_text, stdout);
		site_options_help();
		fputs(help_end, stdout);
		return STATUS_OK;
	}
	int status = query(&cmd, &g);
	script_worker_free(g.worker);
	site_release(&g.site);
	buf_free(&g.source);
	buf_free(&g.mail_password);
	return status;
}
