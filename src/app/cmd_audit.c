/* weir audit VERB: who asked what, as which customer, and whether the log is as it was written. */
#include "app/accounts.h"
#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "query/query.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

struct audit_cmd {
	const char *verb, *state, *config, *head, *interval, *n;
	bool json, help;
	struct audit_filter filter;
	struct config *conf;
	struct state *s;
	const struct zone *zone;
};

static const struct option long_options[] = {
	{ "state", required_argument, NULL, 's' },    { "config", required_argument, NULL, 'c' },
	{ "head", required_argument, NULL, 'H' },     { "who", required_argument, NULL, 'w' },
	{ "customer", required_argument, NULL, 'C' }, { "action", required_argument, NULL, 'a' },
	{ "interval", required_argument, NULL, 'i' }, { "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },           { 0 },
};

static const char help_text[] =
	"usage: weir audit VERB [OPTION]...\n"
	"\n"
	"  show           the log, the last 100 rows\n"
	"    -n N             the last N rows; 0: all\n"
	"    --interval I     of this time: today, lastweek, ...\n"
	"    --who NAME       of this account\n"
	"    --customer ID    asked as this customer\n"
	"    --action A       query, top, login, view-as, user, token, ...\n"
	"  verify         every row follows from the one before; prints the head\n"
	"    --head SEQ:HASH  and this row, kept elsewhere, is still the same\n"
	"\n"
	"  --state DIR    the state folder (default: the configuration's state:)\n"
	"  -c CONF        the configuration file (default: $WEIR_CONFIG, /etc/weir/weir.yaml)\n"
	"  --json         for machines\n"
	"\n"
	"Who may write the file could write a whole new log: keep the head that verify prints on\n"
	"another machine, and give it back with --head.\n"
	"Exit status: 0 ok, 1 failed or not as written, 2 usage.\n";

static int failed(const struct audit_cmd *c, enum err err, const struct problem *why)
{
	log_error("audit: %s", why && why->text[0] ? why->text : *state_why(c->s) ? state_why(c->s) : err_text(err));
	return STATUS_FAILED;
}

/* -- show -------------------------------------------------------------------------------------------- */

/* The rows of a log that somebody wrote into may hold anything: here each text is one line of UTF-8. */
struct clean {
	struct audit row;
	char text[6][480], what[MAX_WHAT];
};

static const struct audit *clean_row(const struct audit *r, struct clean *ret)
{
	ret->row = *r;
	const char **const texts[] = { &ret->row.who, &ret->row.role, &ret->row.customer, &ret->row.from, &ret->row.action, &ret->row.outcome };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = utf8_excerpt(*texts[i], strlen(*texts[i]), ret->text[i], sizeof(ret->text[i]));
	ret->row.what = utf8_excerpt(r->what, strlen(r->what), ret->what, sizeof(ret->what));
	return &ret->row;
}

static void show_text(void *arg, const struct audit *row)
{
	const struct audit_cmd *c = arg;
	struct clean clean;
	const struct audit *r = clean_row(row, &clean);
	char when[40], rows[24] = "-", took[24] = "-";
	if (r->rows >= 0)
		snprintf(rows, sizeof(rows), "%" PRId64, r->rows);
	if (r->usec >= 0)
		snprintf(took, sizeof(took), "%.1f", (double)r->usec / 1000);
	printf("%6" PRId64 "  %-26s %-12s %-9s %-10s %-15s %-8s %8s %9s  %s  %s\n", r->seq, zone_iso(c->zone, r->time, when), r->who,
	       r->role, *r->customer ? r->customer : "-", r->from, r->action, rows, took, r->outcome, r->what);
}

static void show_json(void *arg, const struct audit *row)
{
	struct clean clean;
	const struct audit *r = clean_row(row, &clean);
	char hash[2 * STATE_HASH + 1];
	sodium_bin2hex(hash, sizeof(hash), r->hash, sizeof(r->hash));
	json_t *o = json_pack("{s:I,s:f,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:s}", "seq", (json_int_t)r->seq, "time",
			      (double)r->time / 1e6, "who", r->who, "role", r->role, "customer", r->customer, "from", r->from,
			      "action", r->action, "what", r->what, "outcome", r->outcome, "rows", (json_int_t)r->rows, "usec",
			      (json_int_t)r->usec, "hash", hash);
	if (json_dumpf(o, stdout, JSON_COMPACT) == 0) /* a line a row */
		putchar('\n');
	json_decref(o);
	(void)arg;
}

static int verb_show(struct audit_cmd *c)
{
	struct problem why = { 0 };
	char *end = NULL;
	c->filter.last = c->n ? strtoll(c->n, &end, 10) : 100;
	if (c->n && (!*c->n || *end || c->filter.last < 0)) {
		log_error("audit: -n \"%s\": a number from 0 on is wanted", c->n);
		return STATUS_USAGE;
	}
	if (c->interval && interval_parse(c->interval, clock_now(), c->zone, &c->filter.when, &why) != OK) {
		log_error("audit: --interval: %s", why.text);
		return STATUS_USAGE;
	}
	if (!c->json)
		printf("%6s  %-26s %-12s %-9s %-10s %-15s %-8s %8s %9s  %s\n", "seq", "time", "who", "role", "customer", "from",
		       "action", "rows", "ms", "outcome, what");
	enum err err = audit_each(c->s, &c->filter, c->json ? show_json : show_text, c);
	return err == OK ? STATUS_OK : failed(c, err, NULL);
}

/* -- verify -------------------------------------------------------------------------------------------- */

static bool head_parse(const char *text, struct audit_head *ret)
{
	char *end;
	size_t len;
	ret->seq = strtoll(text, &end, 10);
	if (end == text || *end != ':' || ret->seq < 0)
		return false;
	end++;
	return strlen(end) == sizeof(ret->hash) * 2 &&
	       sodium_hex2bin(ret->hash, sizeof(ret->hash), end, strlen(end), NULL, &len, NULL) == 0 && len == sizeof(ret->hash);
}

static int verb_verify(struct audit_cmd *c)
{
	struct problem why = { 0 };
	struct audit_head kept, now;
	int64_t rows;
	char hash[2 * STATE_HASH + 1];
	if (c->head && !head_parse(c->head, &kept)) {
		log_error("audit: --head \"%s\": SEQ:HASH is wanted, as verify prints it", c->head);
		return STATUS_USAGE;
	}
	enum err err = audit_head(c->s, &now.seq, now.hash); /* first: rows may come while the others are read */
	if (err == OK)
		err = audit_verify(c->s, c->head ? &kept : NULL, &rows, &why);
	if (err != OK)
		return failed(c, err, &why);
	sodium_bin2hex(hash, sizeof(hash), now.hash, sizeof(now.hash));
	if (c->json)
		printf("{\"rows\":%" PRId64 ",\"head\":\"%" PRId64 ":%s\"}\n", rows, now.seq, hash);
	else
		printf("%" PRId64 " rows, each as it was written\nhead %" PRId64 ":%s\n", rows, now.seq, hash);
	return STATUS_OK;
}

/* -- options --------------------------------------------------------------------------------------------- */

static bool take_option(struct audit_cmd *c, int opt)
{
	switch (opt) {
	case 's': c->state = optarg; return true;
	case 'c': c->config = optarg; return true;
	case 'H': c->head = optarg; return true;
	case 'w': c->filter.who = optarg; return true;
	case 'C': c->filter.customer = optarg; return true;
	case 'a': c->filter.action = optarg; return true;
	case 'i': c->interval = optarg; return true;
	case 'n': c->n = optarg; return true;
	case 'j': c->json = true; return true;
	case 'h': c->help = true; return true;
	}
	return false;
}

static int run(struct audit_cmd *c)
{
	int status = accounts_open("audit", c->config, c->state, &c->conf, &c->s);
	if (status != STATUS_OK)
		return status;
	enum err err = zone_find(c->conf->time_zone, &c->zone);
	if (err != OK)
		return failed(c, err, NULL);
	return STREQ(c->verb, "show") ? verb_show(c) : verb_verify(c);
}

int cmd_audit(int argc, char **argv)
{
	struct audit_cmd c = { 0 };
	optind = 0;
	for (int opt; (opt = getopt_long(argc, argv, "c:hn:", long_options, NULL)) != -1;)
		if (!take_option(&c, opt))
			return usage_hint("audit");
	if (c.help) {
		fputs(help_text, stdout);
		return STATUS_OK;
	}
	c.verb = argc - optind == 1 ? argv[optind] : "";
	if (!STREQ(c.verb, "show") && !STREQ(c.verb, "verify")) {
		log_error("audit: show or verify is wanted");
		return usage_hint("audit");
	}
	int status = run(&c);
	state_closep(&c.s);
	config_freep(&c.conf);
	return status;
}
