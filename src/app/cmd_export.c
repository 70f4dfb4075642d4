/* weir export: raw rows as text, of any interval however long, through the same scope and filter as every
 * query.
 *
 *	weir export [--format csv|json|nfdump] VIEW [WHERE] [INTERVAL]
 *	weir export --schema DIALECT VIEW
 *
 * Rows come in the order of time.  The interval is asked piece by piece, in whole seconds: a piece that has
 * more rows than an answer may have is asked again at half its length, so that memory stays what one answer
 * takes.  What the daemon stores meanwhile inside the interval is in the pieces asked after it. */
#include "app/accounts.h"
#include "app/app.h"
#include "app/export_schema.h"
#include "app/site.h"
#include "base/log.h"
#include "base/utf8.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE_ROWS = 200000 }; /* asked for at once */

struct export_cmd {
	struct site_options at;
	const char *select, *format;
	const struct dialect *schema; /* NULL: rows are wanted */
	const char *arg[3]; /* VIEW WHERE INTERVAL */
};

/* -- forms ------------------------------------------------------------------------------------------- */

struct exporting {
	const struct export_cmd *cmd;
	const struct site *site;
	const struct form *form;
	char select[4096];
	bool begun; /* the heading is out */
	uint64_t rows;
};

struct form {
	const char *name;
	const char *view, *select; /* NULL: what is asked for */
	void (*put)(struct exporting *x, const struct result *t, struct buf *out);
};

static void put_csv(struct exporting *x, const struct result *t, struct buf *out)
{
	result_csv(t, !x->begun, out);
}

/* A name from a device need not be UTF-8: bytes that are none become U+FFFD, and the field stays. */
static json_t *text_json(const char *s)
{
	_cleanup_(buf_free) struct buf clean = { .ceiling = 1 << 20 };
	for (size_t n; *s; s += MAX(n, (size_t)1))
		if ((n = utf8_char(s, strlen(s))))
			buf_add(&clean, s, n);
		else
			buf_text(&clean, "\xef\xbf\xbd");
	return clean.bad ? NULL : json_string(buf_str(&clean));
}

static json_t *cell_json(const struct exporting *x, const struct table_col *c, size_t row)
{
	char iso[40];
	if (c->text)
		return c->text[row] ? text_json(c->text[row]) : json_null();
	if (isnan(c->num[row]))
		return json_null();
	if (c->type == T_TIME) {
		usec_t at = (usec_t)c->num[row];
		char precise[48];
		zone_iso(x->site->zone, at, iso);
		snprintf(precise, sizeof(precise), "%.19s.%03d%s", iso, (int)(at / 1000 % 1000), iso + 19);
		return json_string(precise);
	}
	return c->type == T_UINT && c->num[row] < 0x1p63 ? json_integer((json_int_t)c->num[row]) : json_real(c->num[row]);
}

/* An object a line. */
static void put_json(struct exporting *x, const struct result *t, struct buf *out)
{
	for (size_t r = 0; r < t->nrows && !out->bad; r++) {
		json_t *o = json_object();
		for (size_t c = 0; c < t->ncols; c++)
			json_object_set_new(o, t->col[c].name, cell_json(x, &t->col[c], r));
		char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
		if (text)
			buf_text(out, text);
		else
			out->bad = E_NOMEM;
		buf_text(out, "\n");
		free(text);
		json_decref(o);
	}
}

static double num(const struct result *t, size_t row, const char *name)
{
	int c = result_find_col(t, name);
	double v = c < 0 || !t->col[c].num ? NAN : t->col[c].num[row];
	return isnan(v) ? 0 : v;
}

static const char *text(const struct result *t, size_t row, const char *name)
{
	int c = result_find_col(t, name);
	return c < 0 || !t->col[c].text || !t->col[c].text[row] ? "" : t->col[c].text[row];
}

/* "TCP:443" -> "443", "10.0.0.1>7" -> "7" */
static const char *behind(const char *s, char mark)
{
	const char *at = strrchr(s, mark);
	return at ? at + 1 : s;
}

static const char *moment(const struct exporting *x, usec_t at, char out[static 40])
{
	char iso[40];
	zone_iso(x->site->zone, at, iso);
	snprintf(out, 40, "%.10s %.8s", iso, iso + 11);
	return out;
}

/* The columns of `nfdump -o csv` that there is something to say about, under nfdump's names. */
static void put_nfdump(struct exporting *x, const struct result *t, struct buf *out)
{
	if (!x->begun)
		buf_text(out, "ts,te,td,sa,da,sp,dp,pr,flg,stos,ipkt,ibyt,in,out,sas,das,smk,dmk,ra\n");
	for (size_t r = 0; r < t->nrows && !out->bad; r++) {
		char first[40], last[40];
		usec_t end = (usec_t)num(t, r, "time");
		usec_t took = (usec_t)num(t, r, "duration") * 1000;
		const char *from = text(t, r, "ipsource"), *to = text(t, r, "ipdestination");
		buf_printf(out, "%s,%s,%.3f,%s,%s,%s,%s,%s,%s,", moment(x, end - took, first),
			   moment(x, end, last), (double)took / 1e6, *from ? from : "0.0.0.0",
			   *to ? to : "0.0.0.0", behind(text(t, r, "sourceport"), ':'),
			   behind(text(t, r, "destinationport"), ':'), text(t, r, "protocol"),
			   text(t, r, "tcpflags"));
		buf_printf(out, "%.0f,%.0f,%.0f,%s,%s,%.0f,%.0f,%.0f,%.0f,%s\n", num(t, r, "tos"),
			   num(t, r, "frames"), num(t, r, "bytes"),
			   behind(text(t, r, "inputinterface"), '>'),
			   behind(text(t, r, "outputinterface"), '>'), num(t, r, "sourceas"),
			   num(t, r, "destinationas"), num(t, r, "sourcemask"),
			   num(t, r, "destinationmask"), text(t, r, "agent"));
	}
}

static const struct form forms[] = {
	{ "csv", NULL, NULL, put_csv },
	{ "json", NULL, NULL, put_json },
	{ "nfdump", "iftraffic",
	  "time,ipsource,ipdestination,sourceport,destinationport,protocol,tcpflags,tos,frames,bytes,"
	  "inputinterface,outputinterface,sourceas,destinationas,sourcemask,destinationmask,agent,duration",
	  put_nfdump },
};

/* -- what is exported ---------------------------------------------------------------------------------- */

/* Of a list of fields those that the scope shows; of none, all that are stored. */
static void choose_fields(struct exporting *x, const struct view *v, const char *wanted)
{
	size_t len = 0;
	for (size_t i = 0; i < v->nfields; i++) {
		const struct field *f = &v->fields[i];
		char name[64];
		snprintf(name, sizeof(name), ",%s,", f->name);
		bool asked = wanted ? strstr(wanted, name) != NULL : f->col >= 0 && f->role != R_DETAIL;
		if (!asked || f->role == R_DETAIL || !scope_shows_field(x->site->scope, f))
			continue;
		int n = snprintf(x->select + len, sizeof(x->select) - len, "%s%s", len ? "," : "", f->name);
		if (n < 0 || (size_t)n >= sizeof(x->select) - len)
			break;
		len += (size_t)n;
	}
}

/* What most people want of traffic; --select has the rest. */
#define USUAL                                                                                      \
	",time,agent,inputinterface,outputinterface,ipsource,ipdestination,protocol,sourceport,"  \
	"destinationport,tcpflags,sourceas,destinationas,samplingrate,bytes,frames,"

static void choose(struct exporting *x, const char *view)
{
	const struct view *v = view ? view_find(view, strlen(view)) : NULL;
	char wanted[1024];
	if (!v)
		return; /* the plan will say what is wrong */
	if (x->cmd->select) {
		snprintf(x->select, sizeof(x->select), "%s", x->cmd->select);
		return;
	}
	snprintf(wanted, sizeof(wanted), ",%s,", x->form->select ? x->form->select : "");
	choose_fields(x, v, x->form->select ? wanted : v->table->id == TABLE_TRAFFIC ? USUAL : NULL);
}

/* -- piece by piece ---------------------------------------------------------------------------------- */

static enum err ask(struct exporting *x, struct span piece, struct result *t, struct problem *why)
{
	const struct query_env env = site_env(x->site);
	struct arena a = { 0 };
	struct plan *p = NULL;
	char from[40], to[40], interval[96];
	snprintf(interval, sizeof(interval), "%s,%s", zone_iso(x->site->zone, piece.start, from),
		 zone_iso(x->site->zone, piece.end, to));
	struct request rq = { .kind = QUERY_ROWS,
			      .view = x->form->view ? x->form->view : x->cmd->arg[0],
			      .select = x->select,
			      .where = x->cmd->arg[1],
			      .interval = interval,
			      .sort = NULL,
			      .n = PIECE_ROWS };
	enum err e = plan_make(&a, &env, x->site->scope, &rq, &p, why);
	if (e == OK)
		e = plan_run(p, t, why);
	plan_free(p);
	arena_free(&a);
	return e;
}

static enum err put(struct exporting *x, const struct result *t, struct problem *why)
{
	struct buf out = { 0 };
	x->form->put(x, t, &out);
	x->begun = true;
	x->rows += t->nrows;
	if (t->nincomplete)
		log_warn("export: data of %zu time ranges is missing or damaged", t->nincomplete);
	enum err e = out.bad;
	if (e == OK && out.len && fwrite(out.data, 1, out.len, stdout) != out.len)
		e = problem_set(why, E_IO, "standard output: %s", strerror(errno));
	buf_free(&out);
	return e;
}

static enum err export_span(struct exporting *x, struct span all, struct problem *why)
{
	usec_t length = MAX(all.end - all.start, USEC_PER_SEC);
	enum err e = OK;
	while (all.start < all.end && e == OK) {
		struct result t = { 0 };
		struct span piece = { all.start, MIN(all.start + length, all.end) };
		e = ask(x, piece, &t, why);
		bool full = e == E_LIMIT || t.nrows >= PIECE_ROWS;
		if (full && length > USEC_PER_SEC) {
			length = MAX(length / 2 / USEC_PER_SEC, 1) * USEC_PER_SEC;
			e = OK;
		} else if (full) {
			e = problem_set(why, E_LIMIT, "more than %d rows in one second: ask for fewer with a filter",
					PIECE_ROWS);
		} else if (e == OK) {
			e = put(x, &t, why);
			all.start = piece.end;
			length *= t.nrows < PIECE_ROWS / 4 ? 2 : 1;
			length = MIN(length, 365 * USEC_PER_DAY);
		}
		result_free(&t);
	}
	return e;
}

/* The interval, but no further than there are rows: whole seconds. */
static enum err find_span(const struct exporting *x, const char *folder, struct span *ret,
			  struct problem *why)
{
	const char *text_ = x->cmd->arg[2] ? x->cmd->arg[2] : "today";
	const char *view = x->form->view ? x->form->view : x->cmd->arg[0];
	const struct view *v = view ? view_find(view, strlen(view)) : NULL;
	struct store_info info;
	struct problem part = { 0 };
	enum err e = interval_parse(text_, x->site->now, x->site->zone, ret, &part);
	if (e != OK)
		return part.pos ? problem_at(why, e, part.pos, "interval: error at %zu: %s", part.pos, part.text)
				: problem_set(why, e, "interval: %s", part.text);
	if (!v || store_info(folder, &info, NULL) != OK)
		return OK;
	struct span have = info.table[v->table->id].span;
	have.end = (have.end + USEC_PER_SEC - 1) / USEC_PER_SEC * USEC_PER_SEC;
	have.start -= have.start % USEC_PER_SEC;
	ret->start = MAX(ret->start, have.start);
	ret->end = MAX(MIN(ret->end, have.end), ret->start);
	return OK;
}

/* The table that the rows fit into: of an answer without any. */
static enum err put_schema(struct exporting *x, struct problem *why)
{
	const struct view *v = view_find(x->cmd->arg[0], strlen(x->cmd->arg[0]));
	_cleanup_(buf_free) struct buf out = { 0 };
	struct result none = { 0 };
	enum err e = ask(x, (struct span){ 0, USEC_PER_SEC }, &none, why);
	if (e == OK) {
		schema_put(x->cmd->schema, v, &none, &out);
		e = out.bad;
	}
	result_free(&none);
	if (e == OK)
		fputs(buf_str(&out), stdout);
	return e;
}

static enum err put_rows(struct exporting *x, struct problem *why)
{
	struct span span;
	struct result none = { 0 };
	const char *folder = x->cmd->at.store ? x->cmd->at.store : x->site->config->store;
	enum err e = find_span(x, folder, &span, why);
	if (e == OK && span.start == span.end) /* no rows: the heading, and what is wrong with the question */
		e = ask(x, (struct span){ span.start, span.start + USEC_PER_SEC }, &none, why);
	if (e == OK && span.start == span.end)
		e = put(x, &none, why);
	result_free(&none);
	return e == OK ? export_span(x, span, why) : e;
}

static int run(struct exporting *x)
{
	struct problem why = { 0 };
	choose(x, x->form->view ? x->form->view : x->cmd->arg[0]);
	enum err e = x->cmd->schema ? put_schema(x, &why) : put_rows(x, &why);
	if (e == OK && fflush(stdout) != 0)
		e = problem_set(&why, E_IO, "standard output: %s", strerror(errno));
	if (e != OK) {
		int status = site_failed("export", e, &why);
		return e == E_SYNTAX ? STATUS_USAGE : status;
	}
	return STATUS_OK;
}

/* -- the command -------------------------------------------------------------------------------------- */

static const struct option long_options[] = {
	{ "select", required_argument, NULL, 's' },
	{ "format", required_argument, NULL, 'f' },
	{ "schema", required_argument, NULL, 'm' },
	{ 0 },
};

static const char help_text[] =
	"usage: weir export [OPTION]... VIEW [WHERE] [INTERVAL]\n"
	"       weir export --schema DIALECT [OPTION]... VIEW\n"
	"\n"
	"Prints raw rows in the order of time: every row of the interval that passes.\n"
	"\n"
	"  --format NAME      csv (default), json (an object a line), or nfdump (the columns of\n"
	"                     nfdump -o csv; VIEW is iftraffic then)\n"
	"  --select FIELDS    which fields (default: of traffic the usual ones, else all stored)\n"
	"  --schema DIALECT   no rows, but the CREATE TABLE that their CSV fits into, for sqlite,\n"
	"                     duckdb or clickhouse; comments tell what each column is, and its unit\n";

static const char help_end[] =
	"\n"
	"WHERE \"\" is everything; INTERVAL is today unless it is given.  bytes and frames are scaled\n"
	"up by the sampling rate.  Exit status: 0 ok, 1 failed, 2 usage, wrong query text among it.\n";

static bool take_option(void *arg, int opt)
{
	struct export_cmd *cmd = arg;
	if (opt == 's')
		cmd->select = optarg;
	else if (opt == 'f')
		cmd->format = optarg;
	else if (!(cmd->schema = dialect_find(optarg)))
		log_error("export: --schema \"%s\": %s is wanted", optarg, dialect_names());
	return opt != 'm' || cmd->schema;
}

static bool take_options(struct export_cmd *cmd, int argc, char **argv, const struct form **ret_form)
{
	const struct own_options own = { .at = long_options, .take = take_option };
	if (!site_take_options(&cmd->at, &own, cmd, argc, argv))
		return false;
	if (cmd->at.help)
		return true;
	size_t n = (size_t)(argc - optind);
	if (n < 1 || n > COUNT_OF(cmd->arg)) {
		log_error("export: %s", n < 1 ? "VIEW is wanted" : "more than VIEW WHERE INTERVAL");
		return false;
	}
	if (cmd->schema && (n > 1 || cmd->format)) {
		log_error("export: --schema is of a view: without --format, WHERE and INTERVAL");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		cmd->arg[i] = argv[optind + (int)i];
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (STREQ(forms[i].name, cmd->format ? cmd->format : "csv"))
			*ret_form = &forms[i];
	if (!*ret_form)
		log_error("export: --format \"%s\": csv, json or nfdump is wanted", cmd->format);
	else if (cmd->select && (*ret_form)->select)
		log_error("export: --format %s has fields of its own: without --select", cmd->format);
	return *ret_form && !(cmd->select && (*ret_form)->select);
}

static int start(struct exporting *x, struct site *s)
{
	const struct export_cmd *cmd = x->cmd;
	int status;
	if ((status = site_open(s, &cmd->at)) != STATUS_OK)
		return status;
	_cleanup_(buf_free) struct buf what = { .ceiling = 1 << 20 };
	for (size_t i = 0; i < COUNT_OF(cmd->arg) && cmd->arg[i]; i++)
		buf_printf(&what, "%s%s", i ? " | " : "", cmd->arg[i]);
	struct asked asked = { .command = "export", .customer = cmd->at.customer, .what = buf_str(&what) };
	if ((status = asked_begin(&asked, s->config)) != STATUS_OK)
		return status;
	status = run(x);
	return asked_end(&asked, status, (int64_t)x->rows);
}

int cmd_export(int argc, char **argv)
{
	struct export_cmd cmd = { .at.command = "export" };
	struct site s = { 0 };
	struct exporting x = { .cmd = &cmd, .site = &s };
	if (!take_options(&cmd, argc, argv, &x.form))
		return usage_hint("export");
	if (cmd.at.help) {
		fputs(help_text, stdout);
		site_options_help();
		fputs(help_end, stdout);
		return STATUS_OK;
	}
	int status = start(&x, &s);
	site_release(&s);
	return status;
}
