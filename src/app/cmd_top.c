/* weir top, weir trend: one query without a script, its table on standard output.
 *
 *	weir top VIEW SELECT [WHERE] [INTERVAL]      the greatest first
 *	weir trend VIEW SELECT [WHERE] [INTERVAL]    by buckets of time; on a terminal with a line of blocks
 *
 * What the query's text is refused for is a usage error; what goes wrong while it runs is a failure. */
#include "app/accounts.h"
#include "app/app.h"
#include "app/site.h"
#include "base/log.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum form { FORM_TEXT, FORM_CSV, FORM_JSON };
enum { SPARK_WIDTH = 60, SPARK_LINES = 20 };

struct top_cmd {
	struct site_options at;
	enum query_kind kind;
	const char *sort, *bucket, *n;
	int64_t rows;       /* of n; 0 = left out */
	const char *arg[4]; /* VIEW SELECT WHERE INTERVAL */
	enum form form;
	bool explain;
};

/* -- options ------------------------------------------------------------------------------------------ */

static const struct option long_options[] = {
	{ "sort", required_argument, NULL, 's' },
	{ "bucket", required_argument, NULL, 'b' },
	{ "csv", no_argument, NULL, 'C' },
	{ "json", no_argument, NULL, 'J' },
	{ "explain", no_argument, NULL, 'e' },
	{ 0 },
};

static const char help_text[] =
	"usage: weir %s [OPTION]... VIEW SELECT [WHERE] [INTERVAL]\n"
	"\n"
	"%s\n"
	"`weir help views`, fields, functions, filters, intervals say what can be asked.\n"
	"\n"
	"  -n N               so many rows of the greatest, then the rest (a trend: so many keys)\n"
	"  --sort COLUMN      what is greatest (default: the first value)\n"
	"  --bucket LENGTH    trend: seconds, minute, 5 minutes, hour, day, week, month\n"
	"  --csv, --json      instead of a table for people\n"
	"  --explain          how it would be answered, instead of the answer\n";

static const char help_end[] =
	"\n"
	"WHERE \"\" is everything; INTERVAL is today unless it is given.\n"
	"Exit status: 0 ok, 1 failed, 2 usage, wrong query text among it.\n";

static bool take_option(void *arg, int opt)
{
	struct top_cmd *cmd = arg;
	switch (opt) {
	case 'n': cmd->n = optarg; return true;
	case 's': cmd->sort = optarg; return true;
	case 'b': cmd->bucket = optarg; return true;
	case 'C': cmd->form = FORM_CSV; return true;
	case 'e': cmd->explain = true; return true;
	default:  cmd->form = FORM_JSON; return true;
	}
}

static bool take_options(struct top_cmd *cmd, int argc, char **argv)
{
	const struct own_options own = { .at = long_options, .letters = "n:", .take = take_option };
	if (!site_take_options(&cmd->at, &own, cmd, argc, argv))
		return false;
	if (cmd->at.help)
		return true;
	size_t n = (size_t)(argc - optind);
	if (n < 2 || n > COUNT_OF(cmd->arg)) {
		log_error("%s: %s", cmd->at.command, n < 2 ? "VIEW and SELECT are wanted" : "more than VIEW SELECT WHERE INTERVAL");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		cmd->arg[i] = argv[optind + (int)i];
	return true;
}

static bool take_n(struct top_cmd *cmd)
{
	char *end;
	errno = 0;
	cmd->rows = cmd->n ? strtoll(cmd->n, &end, 10) : 0;
	if (!cmd->n || (cmd->rows >= 1 && !errno && !*end))
		return true;
	log_error("%s: -n \"%s\": a number from 1 on is wanted", cmd->at.command, cmd->n);
	return false;
}

static int refused(const struct top_cmd *cmd, enum err e, const struct problem *why)
{
	int status = site_failed(cmd->at.command, e, why);
	return e == E_SYNTAX ? STATUS_USAGE : status;
}

/* -- lines of blocks -------------------------------------------------------------------------------------- */

static void put_blocks(const double *v, size_t n, struct buf *out)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	size_t width = MIN(n, (size_t)SPARK_WIDTH);
	double most = 0;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, v[i]); /* of a null the other */
	for (size_t i = 0; i < width; i++) {
		double top = NAN;
		for (size_t k = i * n / width; k < (i + 1) * n / width; k++)
			top = fmax(top, v[k]);
		size_t step = most > 0 && top > 0 ? (size_t)(top / most * 7.999) : 0;
		buf_text(out, isnan(top) ? " " : blocks[step]);
	}
}

/* Columns of numbers beside the time, a line each.  With one key, the first value by key. */
static void put_sparks(const struct result *t, struct buf *out)
{
	struct result pivot = { 0 };
	const struct result *from = t;
	int time = result_find_col(t, "time"), key = -1, value = -1;
	size_t texts = 0;
	for (size_t c = t->ncols; c-- > 0;) {
		texts += t->col[c].text != NULL;
		if (t->col[c].text)
			key = (int)c;
		else if ((int)c != time)
			value = (int)c;
	}
	if (time < 0 || value < 0 || texts > 1)
		return;
	if (texts) {
		if (result_pivot(t, (size_t)time, (size_t)key, (size_t)value, &pivot) != OK)
			return;
		from = &pivot;
	}
	bool by_time = true; /* one row a bucket: what is left are values */
	for (size_t r = 1; r < from->nrows; r++)
		by_time &= from->col[texts ? 0 : time].num[r] > from->col[texts ? 0 : time].num[r - 1];
	buf_text(out, by_time ? "\n" : "");
	for (size_t c = 0; c < MIN(from->ncols, (size_t)SPARK_LINES) && by_time; c++) {
		if ((int)c == (texts ? 0 : time))
			continue;
		put_blocks(from->col[c].num, from->nrows, out);
		buf_text(out, "  ");
		for (const char *s = from->col[c].name; *s; s++)
			buf_u8(out, (uint8_t)*s < 0x20 || *s == 0x7f ? '?' : (uint8_t)*s);
		buf_u8(out, '\n');
	}
	result_free(&pivot);
}

/* -- running ---------------------------------------------------------------------------------------------- */

static bool selects_time(const char *select)
{
	for (const char *s = select; *s; s += strcspn(s, ","), s += *s == ',') {
		s += strspn(s, " \t");
		if (strncmp(s, "time", 4) == 0 && strspn(s + 4, " \t") == strcspn(s + 4, ","))
			return true;
	}
	return false;
}

/* What makes the answer less sure, for people; JSON has members for it. */
static void put_notes(const struct result *t, struct buf *out)
{
	if (t->overlapping)
		buf_text(out, "\nrows overlap: what has two sides counts for each of them\n");
	if (t->approximate)
		buf_text(out, "\ncounts of more than 1,024 are estimates, within about 1.6 %\n");
	if (STREQ(t->dedup, "partly"))
		buf_text(out, "\nof a part of it is not known where it enters the network: what several switches saw of that counts several times\n");
}

static int print_table(const struct top_cmd *cmd, const struct result *t)
{
	_cleanup_(buf_free) struct buf out = { 0 };
	if (cmd->form == FORM_CSV)
		result_csv(t, true, &out);
	else if (cmd->form == FORM_JSON)
		result_json(t, &out);
	else
		result_text(t, &out);
	if (cmd->form == FORM_TEXT)
		put_notes(t, &out);
	if (cmd->form == FORM_TEXT && cmd->kind == QUERY_TREND && isatty(STDOUT_FILENO))
		put_sparks(t, &out);
	if (t->nincomplete)
		log_warn("%s: the answer is incomplete: data of %zu time range%s is missing or damaged", cmd->at.command, t->nincomplete,
			 t->nincomplete > 1 ? "s" : "");
	if (t->folded.start < t->folded.end)
		log_warn("%s: addresses of small flows are not known any more where rows are gone", cmd->at.command);
	if (out.bad || fwrite(out.data, 1, out.len, stdout) != out.len) {
		log_error("%s: %s", cmd->at.command, out.bad ? err_text(out.bad) : strerror(errno));
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

/* A trend shows its time even where it is not selected: a second plan, so that places in what is
 * refused are places in what was written. */
static enum err make_plan(const struct top_cmd *cmd, const struct site *s, struct arena *a, struct plan **ret, struct problem *why)
{
	const struct query_env env = site_env(s);
	struct request rq = { .kind = cmd->kind, .view = cmd->arg[0], .select = cmd->arg[1], .where = cmd->arg[2],
			      .interval = cmd->arg[3], .bucket = cmd->bucket, .sort = cmd->sort, .n = cmd->rows };
	enum err e = plan_make(a, &env, s->scope, &rq, ret, why);
	if (e != OK || cmd->kind != QUERY_TREND || selects_time(rq.select))
		return e;
	plan_free(*ret);
	*ret = NULL;
	rq.select = arena_printf(a, "time,%s", rq.select);
	return rq.select ? plan_make(a, &env, s->scope, &rq, ret, why) : E_NOMEM;
}

static enum err explain(const struct plan *p, struct problem *why)
{
	_cleanup_(buf_free) struct buf out = { 0 };
	enum err e = plan_explain(p, &out);
	if (e != OK)
		return problem_set(why, e, "%s", err_text(e));
	fputs(buf_str(&out), stdout);
	return OK;
}

static int run(const struct top_cmd *cmd, const struct site *s, int64_t *ret_rows)
{
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p = NULL;
	struct result t = { 0 };
	int status = STATUS_OK;
	enum err e = make_plan(cmd, s, &a, &p, &why);
	if (e == OK)
		e = cmd->explain ? explain(p, &why) : plan_run(p, &t, &why);
	if (e != OK)
		status = refused(cmd, e, &why);
	else if (!cmd->explain)
		status = print_table(cmd, &t);
	*ret_rows = (int64_t)t.nrows;
	result_free(&t);
	plan_free(p);
	arena_free(&a);
	return status;
}

static int ask(const struct top_cmd *cmd, const struct site *s)
{
	_cleanup_(buf_free) struct buf what = { .ceiling = 1 << 20 };
	int64_t rows = -1;
	for (size_t i = 0; i < COUNT_OF(cmd->arg) && cmd->arg[i]; i++)
		buf_printf(&what, "%s%s", i ? " | " : "", cmd->arg[i]);
	struct asked asked = { .command = cmd->at.command, .customer = cmd->at.customer, .what = buf_str(&what) };
	int status = asked_begin(&asked, s->config);
	if (status != STATUS_OK)
		return status;
	status = run(cmd, s, &rows); /* rows are known behind it */
	return asked_end(&asked, status, rows);
}

static int top_or_trend(struct top_cmd *cmd, int argc, char **argv)
{
	struct site s = { 0 };
	if (!take_options(cmd, argc, argv))
		return usage_hint(cmd->at.command);
	if (cmd->at.help) {
		printf(help_text, cmd->at.command, cmd->kind == QUERY_TREND ? "Prints the keys' values for every bucket of the interval, in the order of time." :
									"Prints a row for each distinct key, the greatest first, then the rest.");
		site_options_help();
		fputs(help_end, stdout);
		return STATUS_OK;
	}
	if (!take_n(cmd))
		return STATUS_USAGE;
	int status = site_open(&s, &cmd->at);
	if (status == STATUS_OK)
		status = ask(cmd, &s);
	site_release(&s);
	return status;
}

int cmd_top(int argc, char **argv)
{
	struct top_cmd cmd = { .at.command = "top", .kind = QUERY_TOPN };
	return top_or_trend(&cmd, argc, argv);
}

int cmd_trend(int argc, char **argv)
{
	struct top_cmd cmd = { .at.command = "trend", .kind = QUERY_TREND };
	return top_or_trend(&cmd, argc, argv);
}
