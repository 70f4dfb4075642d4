/* weir token VERB: API tokens, each a part of what its account may. */
#include "app/accounts.h"
#include "app/app.h"
#include "app/quantity.h"
#include "base/clock.h"
#include "base/log.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

enum { MAX_IDS = 100 };
#define DEFAULT_LIFE (90 * USEC_PER_DAY)

struct token_cmd {
	const char *verb, *arg, *state, *config, *expires;
	char *comment, *doors, *customer[MAX_IDS];
	size_t ncustomer;
	bool json, help;
	struct config *conf;
	struct state *s;
	const struct zone *zone;
	struct user user; /* of the row that is listed */
};

static const struct option long_options[] = {
	{ "state", required_argument, NULL, 's' },   { "config", required_argument, NULL, 'c' },
	{ "expires", required_argument, NULL, 'e' }, { "customer", required_argument, NULL, 'C' },
	{ "doors", required_argument, NULL, 'd' },   { "comment", required_argument, NULL, 'm' },
	{ "json", no_argument, NULL, 'j' },          { "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char help_text[] =
	"usage: weir token VERB [ARGUMENT] [OPTION]...\n"
	"\n"
	"  list [NAME]    tokens, of one account or of all\n"
	"  add NAME       a new token for this account; printed once, kept only as a hash\n"
	"    --expires AGE    ends after that: 36h, 90d, 1y (default 90d)\n"
	"    --customer ID    opens this customer only; again for each\n"
	"    --doors LIST     opens these doors only, blank-separated\n"
	"    --comment TEXT   what it is for\n"
	"  revoke ID      opens nothing from now on\n"
	"\n"
	"  --state DIR    the state folder (default: the configuration's state:)\n"
	"  -c CONF        the configuration file (default: $WEIR_CONFIG, /etc/weir/weir.yaml)\n"
	"  --json         for machines (list)\n"
	"\n"
	"Exit status: 0 ok, 1 failed, 2 usage.\n";

static int failed(const struct token_cmd *c, enum err err, const struct problem *why, const char *unknown)
{
	log_error("token: %s%s%s", c->arg ? c->arg : "", c->arg ? ": " : "",
		  why && why->text[0] ? why->text : err == E_UNKNOWN ? unknown : *state_why(c->s) ? state_why(c->s) : err_text(err));
	return STATUS_FAILED;
}

static int note(const struct token_cmd *c, const char *what, const char *id)
{
	char user[MAX_NAME + 1], text[128];
	snprintf(text, sizeof(text), "%s %s", what, id);
	enum err err = audit_add(c->s, &(struct audit){ .time = clock_now(), .who = console_user(user), .role = "operator",
							.customer = "", .from = "console", .action = "token", .what = text,
							.outcome = "ok", .rows = -1, .usec = -1 });
	return err == OK ? STATUS_OK : failed(c, err, NULL, "");
}

static int verb_add(struct token_cmd *c)
{
	char text[TOKEN_TEXT], none[] = "";
	struct problem why = { 0 };
	struct user u = { 0 };
	usec_t life = DEFAULT_LIFE, now = clock_now();
	if (c->expires && !age_parse(c->expires, &life)) {
		log_error("token: --expires \"%s\": " AGE_WANTED, c->expires);
		return STATUS_USAGE;
	}
	enum err err = user_find(c->s, c->arg, &u);
	if (err != OK)
		return failed(c, err, NULL, "there is no such account");
	struct token t = { .user = u.id, .comment = c->comment ? c->comment : none, .doors = c->doors ? c->doors : none,
			   .customer = c->customer, .ncustomer = c->ncustomer, .expires = now + life };
	err = token_add(c->s, &t, now, text, &why);
	user_free(&u);
	if (err != OK)
		return failed(c, err, &why, "there is no such account");
	puts(text);
	explicit_bzero(text, sizeof(text));
	return note(c, "add", t.id);
}

static int verb_revoke(struct token_cmd *c)
{
	enum err err = token_revoke(c->s, c->arg);
	return err == OK ? note(c, "revoke", c->arg) : failed(c, err, NULL, "there is no such token");
}

static const char *account_of(struct token_cmd *c, int64_t user)
{
	if (c->user.id != user) {
		user_free(&c->user);
		if (user_by_id(c->s, user, &c->user) != OK)
			return "?";
	}
	return c->user.name;
}

static const char *state_of(const struct token *t)
{
	return t->revoked ? "revoked" : t->expires <= clock_now() ? "over" : "open";
}

static void list_text(void *arg, const struct token *t)
{
	struct token_cmd *c = arg;
	char ends[40], used[40] = "never";
	if (t->last_used)
		zone_iso(c->zone, t->last_used, used);
	printf("%-12s  %-20s %-8s %-26s %-26s ", t->id, account_of(c, t->user), state_of(t), zone_iso(c->zone, t->expires, ends), used);
	for (size_t i = 0; i < t->ncustomer; i++)
		printf("%s%s", i ? "," : "", t->customer[i]);
	printf("%s  %s%s%s\n", t->ncustomer ? "" : "all", *t->doors ? t->doors : "all", *t->comment ? "  " : "", t->comment);
}

struct listing {
	struct token_cmd *c;
	json_t *all;
};

static void list_json(void *arg, const struct token *t)
{
	struct listing *l = arg;
	json_t *ids = json_array();
	for (size_t i = 0; i < t->ncustomer; i++)
		json_array_append_new(ids, json_string(t->customer[i]));
	json_array_append_new(l->all, json_pack("{s:s,s:s,s:s,s:f,s:f,s:o,s:s,s:s}", "id", t->id, "account", account_of(l->c, t->user),
						"state", state_of(t), "expires", (double)t->expires / 1e6, "last_used",
						(double)t->last_used / 1e6, "customers", ids, "doors", t->doors, "comment", t->comment));
}

static int verb_list(struct token_cmd *c)
{
	struct user u = { 0 };
	enum err err = c->arg ? user_find(c->s, c->arg, &u) : OK;
	if (err != OK)
		return failed(c, err, NULL, "there is no such account");
	struct listing l = { c, c->json ? json_array() : NULL };
	if (c->json) {
		err = token_each(c->s, u.id, list_json, &l);
		if (err == OK && json_dumpf(l.all, stdout, JSON_INDENT(1)) == 0)
			putchar('\n');
		json_decref(l.all);
	} else {
		printf("%-12s  %-20s %-8s %-26s %-26s %s\n", "id", "account", "state", "expires", "last used", "customers, doors");
		err = token_each(c->s, u.id, list_text, c);
	}
	user_free(&u);
	return err == OK ? STATUS_OK : failed(c, err, NULL, "");
}

static const struct {
	const char *name;
	int (*run)(struct token_cmd *c);
	bool needs;
} verbs[] = { { "list", verb_list, false }, { "add", verb_add, true }, { "revoke", verb_revoke, true } };

static bool take_option(struct token_cmd *c, int opt)
{
	switch (opt) {
	case 's': c->state = optarg; return true;
	case 'c': c->config = optarg; return true;
	case 'e': c->expires = optarg; return true;
	case 'd': c->doors = optarg; return true;
	case 'm': c->comment = optarg; return true;
	case 'j': c->json = true; return true;
	case 'h': c->help = true; return true;
	case 'C':
		if (c->ncustomer == MAX_IDS)
			return log_error("token: more than %d customers", MAX_IDS), false;
		c->customer[c->ncustomer++] = optarg;
		return true;
	}
	return false;
}

static int run(struct token_cmd *c, size_t verb)
{
	int status = accounts_open("token", c->config, c->state, &c->conf, &c->s);
	if (status != STATUS_OK)
		return status;
	enum err err = zone_find(c->conf->time_zone, &c->zone);
	return err == OK ? verbs[verb].run(c) : failed(c, err, NULL, "");
}

int cmd_token(int argc, char **argv)
{
	struct token_cmd c = { 0 };
	size_t verb = 0;
	optind = 0;
	for (int opt; (opt = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1;)
		if (!take_option(&c, opt))
			return usage_hint("token");
	if (c.help) {
		fputs(help_text, stdout);
		return STATUS_OK;
	}
	c.verb = optind < argc ? argv[optind] : "";
	c.arg = optind + 1 < argc ? argv[optind + 1] : NULL;
	while (verb < COUNT_OF(verbs) && !STREQ(verbs[verb].name, c.verb))
		verb++;
	if (verb == COUNT_OF(verbs) || argc - optind > 2 || (verbs[verb].needs && !c.arg)) {
		log_error(!*c.verb ? "token: a verb is wanted%s" : verb == COUNT_OF(verbs) ? "token: \"%s\" is no verb"
			  : c.arg ? "token: %s takes one argument" : "token: %s: which?",
			  c.verb);
		return usage_hint("token");
	}
	int status = run(&c, verb);
	user_free(&c.user);
	state_closep(&c.s);
	config_freep(&c.conf);
	return status;
}
