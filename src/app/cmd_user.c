/* weir user VERB: who may log in, as what, for which customers. */
#include "app/accounts.h"
#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "identity/identity.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

enum { MAX_IDS = 1000 };

struct user_cmd {
	const char *verb, *name, *state, *config, *role;
	char *customer[MAX_IDS];
	size_t ncustomer;
	bool json, help, pam, no_password, password_stdin;
	struct config *conf;
	struct state *s;
	struct identity *id;
	char uri[TOTP_URI]; /* shown when it is stored */
};

static const struct option long_options[] = {
	{ "state", required_argument, NULL, 's' },    { "config", required_argument, NULL, 'c' },
	{ "role", required_argument, NULL, 'r' },     { "customer", required_argument, NULL, 'C' },
	{ "pam", no_argument, NULL, 'p' },            { "no-password", no_argument, NULL, 'n' },
	{ "password-stdin", no_argument, NULL, 'i' }, { "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },           { 0 },
};

static const char help_text[] =
	"usage: weir user VERB [NAME] [OPTION]...\n"
	"\n"
	"  list             accounts, their roles and customers\n"
	"  add NAME         a new account; the password is asked for\n"
	"    --role ROLE      guest, customer (as with --customer), operator, admin\n"
	"    --customer ID    may be this customer; again for each\n"
	"    --pam            the system's PAM checks the password (LDAP, RADIUS)\n"
	"    --no-password    opens by tokens alone\n"
	"    --password-stdin the password is the first line of standard input\n"
	"  password NAME    another password\n"
	"  change NAME      another --role or other --customer ids (all of them)\n"
	"  totp NAME        a second factor: prints the address for the person's app, once\n"
	"  totp-off NAME    without one again\n"
	"  disable NAME     no log-in, no token works, sessions end\n"
	"  enable NAME      as before\n"
	"  remove NAME      with its tokens and sessions\n"
	"\n"
	"  --state DIR      the state folder (default: the configuration's state:)\n"
	"  -c CONF          the configuration file (default: $WEIR_CONFIG, /etc/weir/weir.yaml)\n"
	"  --json           for machines (list)\n"
	"\n"
	"Exit status: 0 ok, 1 failed, 2 usage.\n";

static int failed(const struct user_cmd *c, enum err err, const struct problem *why)
{
	const char *words = why && why->text[0] ? why->text : err == E_UNKNOWN ? "there is no such account"
					       : *state_why(c->s) && err != E_NOMEM ? state_why(c->s) : err_text(err);
	log_error("user: %s%s%s", c->name ? c->name : "", c->name ? ": " : "", words);
	return STATUS_FAILED;
}

/* Changes of accounts are part of the log. */
static int note(const struct user_cmd *c, const char *what)
{
	char user[MAX_NAME + 1], text[512];
	snprintf(text, sizeof(text), "%s %s", what, c->name);
	enum err err = audit_add(c->s, &(struct audit){ .time = clock_now(), .who = console_user(user), .role = "operator",
							.customer = "", .from = "console", .action = "user", .what = text,
							.outcome = "ok", .rows = -1, .usec = -1 });
	return err == OK ? STATUS_OK : failed(c, err, NULL);
}

/* -- passwords ------------------------------------------------------------------------------------ */

static bool read_line(char *buf, size_t size)
{
	if (!fgets(buf, (int)size, stdin))
		return false;
	size_t n = strcspn(buf, "\n");
	bool whole = buf[n] == '\n' || feof(stdin);
	buf[n] = 0;
	return whole;
}

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	interrupted = number;
}

/* Without showing it, where there is a terminal; which shows again what is typed when a signal ends the program, too. */
static bool ask(const char *prompt, char *buf, size_t size)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction ours = { .sa_handler = interrupt }, before[COUNT_OF(ends)];
	struct termios old, quiet;
	if (tcgetattr(STDIN_FILENO, &old) != 0)
		return false;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(stderr, "%s: ", prompt);
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		sigaction(ends[i], &ours, &before[i]);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	bool ok = read_line(buf, size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		sigaction(ends[i], &before[i], NULL);
	fputc('\n', stderr);
	if (interrupted)
		raise(interrupted);
	return ok;
}

static int take_password(const struct user_cmd *c, struct user *u)
{
	char first[MAX_PASSWORD + 2], again[MAX_PASSWORD + 2];
	struct problem why = { 0 };
	int status = STATUS_OK;
	if (c->password_stdin) {
		if (!read_line(first, sizeof(first)))
			status = (log_error("user: no password on standard input, or one that is too long"), STATUS_FAILED);
	} else if (!isatty(STDIN_FILENO)) {
		status = (log_error("user: there is no terminal to ask for the password (--password-stdin, --pam or --no-password)"),
			  STATUS_USAGE);
	} else if (!ask("Password", first, sizeof(first)) || !ask("Again", again, sizeof(again)) || !STREQ(first, again)) {
		status = (log_error("user: the two passwords are not the same"), STATUS_FAILED);
	}
	if (status == STATUS_OK) {
		enum err err = password_set(c->id, u, first, &why);
		status = err == OK ? STATUS_OK : failed(c, err, &why);
	}
	explicit_bzero(first, sizeof(first));
	explicit_bzero(again, sizeof(again));
	return status;
}

/* -- verbs -------------------------------------------------------------------------------------------- */

static int verb_add(struct user_cmd *c)
{
	struct problem why = { 0 };
	struct user u = { .customer = c->customer, .ncustomer = c->ncustomer, .pam = c->pam };
	char name[MAX_NAME + 2], none[] = "";
	u.role = c->ncustomer ? ROLE_CUSTOMER : ROLE_GUEST;
	if (c->role && role_parse(c->role, &u.role) != OK) {
		log_error("user: \"%s\" is no role: guest, customer, operator, admin", c->role);
		return STATUS_USAGE;
	}
	if (!c->role && !c->ncustomer) {
		log_error("user: --role or --customer is wanted");
		return STATUS_USAGE;
	}
	enum err err = user_name_check(c->name, &why);
	if (err != OK)
		return failed(c, err, &why);
	snprintf(name, sizeof(name), "%s", c->name);
	u.name = name;
	int status = c->pam || c->no_password ? STATUS_OK : take_password(c, &u);
	char *hash = u.hash;
	u.hash = hash ? hash : none;
	if (status == STATUS_OK && (err = user_add(c->s, &u, clock_now(), &why)) != OK)
		status = failed(c, err, &why);
	mem_free(hash);
	return status == STATUS_OK ? note(c, "add") : status;
}

/* Reads the account, lets `change` work on it, writes it back. */
static int edit(struct user_cmd *c, const char *what, int (*change)(struct user_cmd *c, struct user *u))
{
	struct user u = { 0 };
	struct problem why = { 0 };
	enum err err = user_find(c->s, c->name, &u);
	if (err != OK)
		return failed(c, err, NULL);
	int status = change(c, &u);
	if (status == STATUS_OK && (err = user_change(c->s, &u, &why)) != OK)
		status = failed(c, err, &why);
	user_free(&u);
	if (status == STATUS_OK && *c->uri)
		puts(c->uri);
	explicit_bzero(c->uri, sizeof(c->uri));
	return status == STATUS_OK ? note(c, what) : status;
}

static int change_password(struct user_cmd *c, struct user *u)
{
	u->pam = false;
	return take_password(c, u);
}

static int change_role(struct user_cmd *c, struct user *u)
{
	if (c->role && role_parse(c->role, &u->role) != OK) {
		log_error("user: \"%s\" is no role: guest, customer, operator, admin", c->role);
		return STATUS_USAGE;
	}
	if (!c->role && !c->ncustomer) {
		log_error("user: --role or --customer is wanted");
		return STATUS_USAGE;
	}
	if (!c->ncustomer && u->role == ROLE_CUSTOMER)
		return STATUS_OK;
	for (size_t i = 0; i < u->ncustomer; i++)
		mem_free(u->customer[i]);
	mem_free(u->customer);
	u->customer = NULL;
	u->ncustomer = 0;
	if (c->ncustomer && !(u->customer = mem_new0(c->ncustomer, sizeof(*u->customer))))
		return failed(c, E_NOMEM, NULL);
	for (; u->ncustomer < c->ncustomer; u->ncustomer++)
		if (!(u->customer[u->ncustomer] = mem_strdup(c->customer[u->ncustomer])))
			return failed(c, E_NOMEM, NULL);
	if (c->ncustomer && !c->role)
		u->role = ROLE_CUSTOMER;
	return STATUS_OK;
}

static int change_totp(struct user_cmd *c, struct user *u)
{
	totp_make(u, c->uri);
	return STATUS_OK;
}

static int change_totp_off(struct user_cmd *c _unused_, struct user *u)
{
	u->totp_len = 0;
	return STATUS_OK;
}

static int change_disable(struct user_cmd *c _unused_, struct user *u)
{
	u->disabled = true;
	return STATUS_OK;
}

static int change_enable(struct user_cmd *c _unused_, struct user *u)
{
	u->disabled = false;
	return STATUS_OK;
}

static int verb_remove(struct user_cmd *c)
{
	enum err err = user_remove(c->s, c->name);
	return err == OK ? note(c, "remove") : failed(c, err, NULL);
}

static void list_text(void *arg _unused_, const struct user *u)
{
	char when[40] = "never";
	const struct zone *z;
	if (u->last_login && zone_find(NULL, &z) == OK)
		zone_iso(z, u->last_login, when);
	printf("%-20s %-9s %-9s %-5s %-9s %-26s", u->name, role_name(u->role), u->pam ? "pam" : *u->hash ? "password" : "-",
	       u->totp_len ? "yes" : "no", u->disabled ? "disabled" : "open", when);
	for (size_t i = 0; i < u->ncustomer; i++)
		printf("%s%s", i ? "," : "", u->customer[i]);
	putchar('\n');
}

static void list_json(void *arg, const struct user *u)
{
	json_t *ids = json_array();
	for (size_t i = 0; i < u->ncustomer; i++)
		json_array_append_new(ids, json_string(u->customer[i]));
	json_array_append_new(arg, json_pack("{s:s,s:s,s:b,s:b,s:b,s:b,s:f,s:o}", "name", u->name, "role", role_name(u->role),
					     "password", *u->hash != 0, "pam", u->pam, "totp", u->totp_len > 0, "disabled",
					     u->disabled, "last_login", (double)u->last_login / 1e6, "customers", ids));
}

static int verb_list(struct user_cmd *c)
{
	json_t *all = c->json ? json_array() : NULL;
	if (!c->json)
		printf("%-20s %-9s %-9s %-5s %-9s %-26s%s\n", "name", "role", "log-in", "code", "state", "last log-in", "customers");
	enum err err = user_each(c->s, c->json ? list_json : list_text, all);
	if (err == OK && c->json && json_dumpf(all, stdout, JSON_INDENT(1)) == 0)
		putchar('\n');
	json_decref(all);
	return err == OK ? STATUS_OK : failed(c, err, NULL);
}

static const struct {
	const char *name;
	int (*run)(struct user_cmd *c);
	int (*change)(struct user_cmd *c, struct user *u);
} verbs[] = {
	{ "list", verb_list, NULL },               { "add", verb_add, NULL },
	{ "password", NULL, change_password },     { "change", NULL, change_role },
	{ "totp", NULL, change_totp },             { "totp-off", NULL, change_totp_off },
	{ "disable", NULL, change_disable },       { "enable", NULL, change_enable },
	{ "remove", verb_remove, NULL },
};

/* -- options -------------------------------------------------------------------------------------- */

static bool take_option(struct user_cmd *c, int opt)
{
	switch (opt) {
	case 's': c->state = optarg; return true;
	case 'c': c->config = optarg; return true;
	case 'r': c->role = optarg; return true;
	case 'p': c->pam = true; return true;
	case 'n': c->no_password = true; return true;
	case 'i': c->password_stdin = true; return true;
	case 'j': c->json = true; return true;
	case 'h': c->help = true; return true;
	case 'C':
		if (c->ncustomer == MAX_IDS)
			return log_error("user: more than %d customers", MAX_IDS), false;
		c->customer[c->ncustomer++] = optarg;
		return true;
	}
	return false;
}

static int run(struct user_cmd *c, size_t verb)
{
	struct problem why = { 0 };
	int status = accounts_open("user", c->config, c->state, &c->conf, &c->s);
	if (status != STATUS_OK)
		return status;
	enum err err = identity_new(c->s, &(struct identity_options){ .pam_service = "" }, &c->id, &why);
	if (err != OK)
		return failed(c, err, &why);
	return verbs[verb].run ? verbs[verb].run(c) : edit(c, verbs[verb].name, verbs[verb].change);
}

int cmd_user(int argc, char **argv)
{
	struct user_cmd c = { 0 };
	size_t verb = 0;
	optind = 0;
	for (int opt; (opt = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1;)
		if (!take_option(&c, opt))
			return usage_hint("user");
	if (c.help) {
		fputs(help_text, stdout);
		return STATUS_OK;
	}
	c.verb = optind < argc ? argv[optind] : "";
	c.name = optind + 1 < argc ? argv[optind + 1] : NULL;
	while (verb < COUNT_OF(verbs) && !STREQ(verbs[verb].name, c.verb))
		verb++;
	if (verb == COUNT_OF(verbs) || argc - optind > 2 || (verb > 0) != (c.name != NULL)) {
		log_error(!*c.verb ? "user: a verb is wanted%s" : verb == COUNT_OF(verbs) ? "user: \"%s\" is no verb"
			  : c.name ? "user: %s takes one name" : "user: %s: which account?",
			  c.verb);
		return usage_hint("user");
	}
	int status = run(&c, verb);
	identity_freep(&c.id);
	state_closep(&c.s);
	config_freep(&c.conf);
	return status;
}
