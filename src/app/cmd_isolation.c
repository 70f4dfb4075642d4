/* weir verify-isolation: through every door as every customer, looking for what belongs to others.
 *
 * The doors are rows of doors.def.  Each is gone through by running this very program, as cron or a portal
 * page would; what comes out is searched for canaries of all the others. */
#include "app/app.h"
#include "app/isolation.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "rest/rest.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { COMMAND, SCRIPT, CONSOLE, REST, ADHOC, ORACLE, LEAK };
enum sees { OWN, NOTHING };
enum { MAX_WORDS = 40, MAX_OUTPUT = 64 << 20, COLUMN = 16, DOOR_SECONDS = 120 };

struct door {
	const char *name;
	enum kind kind;
	enum sees sees;
	const char *what, *text;
};

#define DOORS_THAT_LEAK
static const struct door doors[] = {
#define DOOR(name, kind, sees, what, text) { #name, kind, sees, what, text },
#include "app/doors.def"
};

enum verdict { FINE, LEAKS, EMPTY, BROKEN };

struct isolation {
	struct site_options at;
	bool live, keep, self_test, help;
	const char *only; /* customer */
	char folder[64];  /* scratch: planted site, scripts, what is written */
	char scripts[80];
	char conf[4096], store[4096], mapping_path[4096];
	struct site site;
	struct canaries canaries;
	struct rest *rest; /* one for all customers: its cache, too */
	size_t ran, bad;
};

static const struct option long_options[] = {
	{ "live", no_argument, NULL, 'L' },      { "config", required_argument, NULL, 'c' }, { "store", required_argument, NULL, 's' },
	{ "customers", required_argument, NULL, 'm' }, { "customer", required_argument, NULL, 'C' }, { "keep", no_argument, NULL, 'k' },
	{ "now", required_argument, NULL, 'n' }, { "self-test", no_argument, NULL, 't' },    { "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char help_text[] =
	"usage: weir verify-isolation [OPTION]...\n"
	"\n"
	"Plants traffic and names for several customers in a scratch store, goes through every door (commands,\n"
	"scripts, files, errors) as every customer, and looks for anything of another's.  Prints a line for each\n"
	"door and a column for each customer: ok, LEAK, none (nothing of the customer's own came out, though it\n"
	"should have), or fail (the door could not be tried).\n"
	"\n"
	"  --live            nothing is planted: the configured store and mapping, as they are; searched for\n"
	"                    other customers' ids, names, MACs, ports and port names\n"
	"  --customer ID     as this customer only\n"
	"  --self-test       adds a door that leaks, which must be found: then the status is 0 if it was\n"
	"  --keep            leave the scratch folder and say where it is\n"
	"  -c CONF, --store DIR, --customers FILE, --now TIME   for --live\n"
	"\n"
	"Exit status: 0 nothing leaks, 1 something does or a door could not be tried, 2 usage.\n";

/* -- running a door ------------------------------------------------------------------------------------------- */

struct words {
	char *at[MAX_WORDS + 1];
	size_t n;
	struct arena arena;
};

static void word(struct words *w, const char *s, size_t len)
{
	if (w->n < MAX_WORDS && (w->at[w->n] = arena_strndup(&w->arena, s, len)))
		w->n++;
}

static void words(struct words *w, const char *text)
{
	for (size_t len; *(text += strspn(text, " ")); text += len)
		word(w, text, len = strcspn(text, " "));
}

static void option(struct words *w, const char *name, const char *value)
{
	if (value && *value) {
		word(w, name, strlen(name));
		word(w, value, strlen(value));
	}
}

/* The program itself, with its output into a pipe. */
static pid_t start(const struct isolation *v, char *const *argv, int *ret_fd)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		char out[128];
		int null = open("/dev/null", O_RDONLY);
		snprintf(out, sizeof(out), "%s/out", v->folder);
		if (null < 0 || dup2(null, 0) < 0 || dup2(fd[1], 1) < 0 || dup2(fd[1], 2) < 0 || chdir(out) < 0)
			_exit(127);
		setenv("TZ", "UTC", 1);
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	fd_close(fd[1]);
	if (pid < 0)
		fd_close(fd[0]);
	else
		*ret_fd = fd[0];
	return pid;
}

/* All that it says; false when it could not be run, or would not end. */
static bool run(const struct isolation *v, char *const *argv, struct buf *out)
{
	int fd = -1, status;
	pid_t pid = start(v, argv, &fd);
	usec_t until = clock_monotonic() + DOOR_SECONDS * USEC_PER_SEC;
	bool ended = false;
	while (pid > 0 && !out->bad) {
		uint8_t part[65536];
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n = -1;
		if (clock_monotonic() < until && poll(&p, 1, 1000) >= 0)
			n = p.revents ? read(fd, part, sizeof(part)) : 0;
		ended = p.revents && n == 0;
		if (n < 0 || ended)
			break;
		buf_add(out, part, (size_t)n);
	}
	if (pid <= 0)
		return false;
	if (!ended)
		kill(pid, SIGKILL);
	fd_close(fd);
	return waitpid(pid, &status, 0) == pid && ended && WIFEXITED(status) && WEXITSTATUS(status) != 127;
}

/* -- what was written ---------------------------------------------------------------------------------------------- */

/* Everything below a folder, deepest first; files' names and contents into out, which may be NULL; then
 * it goes.  top: the folder itself, too. */
static bool clear(const char *folder, bool top, struct buf *out)
{
	char *const roots[] = { (char *)(uintptr_t)folder, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	bool ok = tree;
	for (FTSENT *e; tree && (e = fts_read(tree));) {
		if (e->fts_info == FTS_D || (e->fts_level == FTS_ROOTLEVEL && !top))
			continue;
		if (out)
			buf_printf(out, "\n%s\n", e->fts_name);
		if (out && e->fts_info == FTS_F && file_read(e->fts_accpath, out) != OK)
			ok = false;
		ok &= remove(e->fts_accpath) == 0;
	}
	if (tree)
		fts_close(tree);
	return ok && !(out && out->bad);
}

/* Names and contents of all files below out/, which is empty afterwards. */
static bool take_files(const struct isolation *v, struct buf *out)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/out", v->folder);
	return clear(path, false, out);
}

/* -- doors ----------------------------------------------------------------------------------------------------------- */

/* text with each `mark` replaced */
static const char *replaced(struct arena *a, const char *text, const char *mark, const char *by)
{
	struct buf b = { .ceiling = 1 << 20 };
	for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark)) {
		buf_add(&b, text, (size_t)(at - text));
		buf_text(&b, by);
	}
	buf_text(&b, text);
	const char *kept = b.bad ? NULL : arena_strndup(a, buf_str(&b), b.len);
	buf_free(&b);
	return kept;
}

static void site_words(const struct isolation *v, struct words *w, bool mapping)
{
	option(w, "-c", v->conf);
	option(w, "--store", v->at.store);
	if (mapping)
		option(w, "--customers", v->at.customers);
	option(w, "--now", v->at.now);
}

static bool write_script(const struct isolation *v, const char *name, const char *head, const char *text)
{
	_cleanup_(fd_closep) int dir = open(v->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(buf_free) struct buf b = { .ceiling = 1 << 20 };
	buf_printf(&b, "%s%s", head, text ? text : "");
	return dir >= 0 && text && !b.bad && file_write_at(dir, name, b.data, b.len) == OK;
}

/* [["traffic","time"], ...]: all there are, hidden ones among them. */
static const char *all_fields(struct arena *a)
{
	_cleanup_(buf_free) struct buf b = { .ceiling = 1 << 20 };
	for (size_t v = 0; v < nviews; v++)
		for (size_t i = 0; i < views[v].nfields; i++)
			buf_printf(&b, "%s[\"%s\",\"%s\"]", b.len ? "," : "[", views[v].name, views[v].fields[i].name);
	buf_text(&b, "]");
	return b.bad ? NULL : arena_strndup(a, buf_str(&b), b.len);
}

/* A script's text with the places that it names. */
static const char *script_text(const struct isolation *v, const char *text, struct arena *a)
{
	const char *fields = all_fields(a);
	text = replaced(a, text, "@STORE", v->store);
	text = text ? replaced(a, text, "@MAPPING", v->mapping_path) : NULL;
	return text && fields ? replaced(a, text, "@FIELDS", fields) : NULL;
}

/* As a portal does for a customer: the script is there once, and so is what was answered. */
static bool through_rest(const struct isolation *v, const struct door *d, const char *id, struct buf *out)
{
	struct arena a = { 0 };
	struct rest_reply y = { 0 };
	const char *text = script_text(v, d->text, &a);
	const struct rest_caller who = { .role = "customer", .owner = id, .scope = v->site.scope };
	const bool kept = d->kind == REST;
	const struct rest_request q = { .name = kept ? "door" : NULL, .source = kept ? NULL : text, .len = kept || !text ? 0 : strlen(text),
					.env = site_env(&v->site) };
	bool ok = text && (!kept || write_script(v, "rest/door.js", "// roles: customer\n// ttl: 600\n", text)) && rest_run(v->rest, &who, &q, &y) == OK;
	if (ok)
		buf_printf(out, "%d %s\n%s\n", y.status, y.type, buf_str(&y.body));
	rest_reply_free(&y);
	arena_free(&a);
	return ok;
}

/* Go through a door; at: what @ stands for. */
static bool through(const struct isolation *v, const struct door *d, const char *id, const char *at, struct buf *out)
{
	struct words w = { .n = 0 };
	char script[96], written[96];
	const char *text = d->text;
	bool console = d->kind == CONSOLE, is_script = d->kind == SCRIPT || console, ok = true;
	bool for_all = strncmp(d->text, "help", 4) == 0 || strncmp(d->text, "completion", 10) == 0;
	if (d->kind == REST || d->kind == ADHOC)
		return through_rest(v, d, id, out);
	word(&w, "weir", 4);
	if (is_script) {
		ok = write_script(v, "door.js", "", script_text(v, text, &w.arena));
		snprintf(script, sizeof(script), "%s/door.js", v->folder);
		snprintf(written, sizeof(written), "%s/out", v->folder);
		words(&w, "query");
		option(&w, "--write", console ? written : NULL);
	} else {
		text = at ? replaced(&w.arena, text, "@", at) : text;
		words(&w, text ? text : "");
	}
	if (!for_all) {
		site_words(v, &w, true);
		if (d->kind != LEAK)
			option(&w, d->kind == SCRIPT ? "--as-customer" : "--customer", id);
	}
	if (is_script)
		word(&w, script, strlen(script));
	w.at[w.n] = NULL;
	ok = ok && text && w.n < MAX_WORDS && run(v, w.at, out) && take_files(v, out);
	arena_free(&w.arena);
	return ok;
}

/* What another has, and what nobody has, in the same places of the same answer. */
static enum verdict oracle(const struct isolation *v, const struct door *d, uint32_t who, char said[400])
{
	const struct customer *c, *me = customers_at(v->site.mapping, who);
	enum verdict verdict = FINE;
	for (uint32_t i = 0; (c = customers_at(v->site.mapping, i)) && verdict == FINE; i++) {
		char agent[ADDR_TEXT], theirs[300], nobodys[300];
		_cleanup_(buf_free) struct buf one = { .ceiling = MAX_OUTPUT }, two = { .ceiling = MAX_OUTPUT };
		uint32_t number;
		const struct own_port *p = c->port;
		if (i == who || !c->nport || !own_port_resolve(p, v->site.model, &number) ||
		    scope_owns_port(v->site.scope, &p->agent, number, v->site.now))
			continue;
		addr_format(&p->agent, agent);
		if (p->ifname) {
			snprintf(theirs, sizeof(theirs), "%s>%.200s", agent, p->ifname);
			snprintf(nobodys, sizeof(nobodys), "%s>%.*s", agent, (int)MIN(strlen(p->ifname), (size_t)200), "no-such-port-no-such-port-no-such-port-no-such-port");
		} else {
			snprintf(theirs, sizeof(theirs), "%s>%u", agent, number);
			snprintf(nobodys, sizeof(nobodys), "%s>%u", agent, 4000000000u);
		}
		if (!through(v, d, me->id, theirs, &one) || !through(v, d, me->id, nobodys, &two))
			return BROKEN;
		struct arena a = { 0 };
		const char *x = replaced(&a, buf_str(&one), theirs, "@"), *y = replaced(&a, buf_str(&two), nobodys, "@");
		if (!x || !y || !STREQ(x, y)) {
			snprintf(said, 400, "%s is answered otherwise than a port that does not exist", theirs);
			verdict = LEAKS;
		}
		arena_free(&a);
	}
	return verdict;
}

static enum verdict try(const struct isolation *v, const struct door *d, uint32_t who, char said[400])
{
	_cleanup_(buf_free) struct buf out = { .ceiling = MAX_OUTPUT };
	const struct customer *me = customers_at(v->site.mapping, who);
	if (d->kind == ORACLE)
		return oracle(v, d, who, said);
	if (!through(v, d, me->id, NULL, &out)) {
		snprintf(said, 400, "could not be tried%s", out.bad ? ": too much output" : "");
		return BROKEN;
	}
	const struct canary *c = canary_found(&v->canaries, v->site.mapping, who, &out);
	if (c) {
		const struct customer *owner = customers_at(v->site.mapping, c->owner);
		snprintf(said, 400, "\"%.100s\" of customer \"%.100s\"%s came out", c->text, owner ? owner->id : "nobody",
			 c->hidden ? ", which is kept from it," : "");
		return LEAKS;
	}
	bool holds = me->nport || me->nmac || me->ncidr;
	if (d->sees == OWN && holds && !v->live && !canary_own(&v->canaries, who, &out)) {
		const char *line = buf_str(&out);
		snprintf(said, 400, "nothing of the customer's own came out: %.*s", (int)MIN(strcspn(line, "\n"), (size_t)200), line);
		return EMPTY;
	}
	return FINE;
}

/* -- the matrix ------------------------------------------------------------------------------------------------------- */

static bool wanted(const struct isolation *v, const struct customer *c)
{
	return !v->only || STREQ(v->only, c->id);
}

static void head(const struct isolation *v)
{
	const struct customer *c;
	printf("%-15s", "door");
	for (size_t i = 0; (c = customers_at(v->site.mapping, i)); i++)
		if (wanted(v, c))
			printf(" %*.*s", COLUMN, COLUMN, c->id);
	putchar('\n');
}

/* One row; its faults stand below it. */
static void row(struct isolation *v, const struct door *d)
{
	static const char *const names[] = { [FINE] = "ok", [LEAKS] = "LEAK", [EMPTY] = "none", [BROKEN] = "fail" };
	const struct customer *c;
	_cleanup_(buf_free) struct buf faults = { .ceiling = 1 << 20 };
	struct problem why;
	printf("%-15s", d->name);
	for (uint32_t i = 0; (c = customers_at(v->site.mapping, i)); i++) {
		char said[400] = "";
		enum verdict verdict = BROKEN;
		if (!wanted(v, c))
			continue;
		if (scope_customer(v->site.mapping, c->id, v->site.model, &v->site.scope, &why) == OK)
			verdict = try(v, d, i, said);
		scope_free(v->site.scope);
		v->site.scope = NULL;
		printf(" %*s", COLUMN, names[verdict]);
		fflush(stdout);
		v->ran++;
		v->bad += verdict != FINE;
		if (verdict != FINE)
			buf_printf(&faults, "  %s (%s), as %s: %s\n", d->name, d->what, c->id, said);
	}
	printf("\n%s", buf_str(&faults));
}

static int matrix(struct isolation *v)
{
	size_t leaks = 0;
	head(v);
	for (size_t i = 0; i < COUNT_OF(doors); i++) {
		size_t had = v->bad;
		if (doors[i].kind == LEAK && !v->self_test)
			continue;
		row(v, &doors[i]);
		if (doors[i].kind == LEAK) { /* it must be found, and is no fault of ours */
			leaks += v->bad - had;
			v->bad = had;
		}
	}
	printf("%zu times through %zu doors: %zu leaks or failures\n", v->ran, COUNT_OF(doors) - !v->self_test, v->bad);
	if (v->self_test && !leaks) {
		log_error("%s: the door that leaks was not found: this test cannot fail", v->at.command);
		return STATUS_FAILED;
	}
	return v->bad || !v->ran ? STATUS_FAILED : STATUS_OK;
}

/* -- making ready ----------------------------------------------------------------------------------------------------- */

static int scratch(struct isolation *v)
{
	char out[128];
	snprintf(v->folder, sizeof(v->folder), "/tmp/weir-isolation.XXXXXX");
	if (!mkdtemp(v->folder)) {
		v->folder[0] = 0;
		return site_failed("/tmp", E_IO, NULL);
	}
	snprintf(out, sizeof(out), "%s/out", v->folder);
	snprintf(v->scripts, sizeof(v->scripts), "%s/rest", v->folder);
	if (mkdir(out, 0700) != 0 || mkdir(v->scripts, 0700) != 0)
		return site_failed(v->folder, E_IO, NULL);
	enum err e = rest_new(&(struct rest_options){ .folder = v->scripts }, &v->rest);
	return e == OK ? STATUS_OK : site_failed(v->at.command, e, NULL);
}

static int plant(struct isolation *v)
{
	struct problem why = { 0 };
	enum err e = isolation_plant(v->folder, &v->canaries, &why);
	snprintf(v->conf, sizeof(v->conf), "%s/weir.yaml", v->folder);
	v->at = (struct site_options){ .command = v->at.command, .config = v->conf, .now = PLANTED_NOW };
	return e == OK ? STATUS_OK : site_failed(v->at.command, e, &why);
}

static int open_site(struct isolation *v)
{
	int status;
	if ((status = site_config(&v->site, &v->at)) != STATUS_OK || (status = site_now(&v->site, &v->at)) != STATUS_OK ||
	    (status = site_store(&v->site, &v->at)) != STATUS_OK || (status = site_mapping(&v->site, &v->at)) != STATUS_OK)
		return status;
	if (!v->site.store)
		return site_failed(v->at.command, E_IO, &v->site.why_no_store);
	if (!v->site.mapping) {
		log_error("%s: there is no customers mapping (customers: in the configuration)", v->at.command);
		return STATUS_USAGE;
	}
	if (v->only && !customers_find(v->site.mapping, v->only, strlen(v->only))) {
		log_error("%s: customer \"%s\" is not in the mapping", v->at.command, v->only);
		return STATUS_FAILED;
	}
	snprintf(v->store, sizeof(v->store), "%s", v->at.store ? v->at.store : v->site.config->store);
	snprintf(v->mapping_path, sizeof(v->mapping_path), "%s", v->at.customers ? v->at.customers : v->site.config->customers);
	if (v->live)
		canaries_of(&v->canaries, v->site.mapping, v->site.model);
	return v->canaries.bad ? site_failed(v->at.command, E_NOMEM, NULL) : STATUS_OK;
}

static int verify(struct isolation *v)
{
	int status = scratch(v);
	if (status == STATUS_OK && v->at.config)
		snprintf(v->conf, sizeof(v->conf), "%s", v->at.config);
	if (status == STATUS_OK && !v->live)
		status = plant(v);
	if (status == STATUS_OK)
		status = open_site(v);
	if (status == STATUS_OK)
		status = matrix(v);
	if (*v->folder && v->keep)
		printf("kept: %s\n", v->folder);
	else if (*v->folder && !clear(v->folder, true, NULL))
		log_warn("%s: %s could not be removed", v->at.command, v->folder);
	rest_free(v->rest);
	site_release(&v->site);
	canaries_free(&v->canaries);
	return status;
}

static bool take_option(struct isolation *v, int opt)
{
	switch (opt) {
	case 'L': v->live = true; return true;
	case 'c': v->at.config = optarg; return true;
	case 's': v->at.store = optarg; return true;
	case 'm': v->at.customers = optarg; return true;
	case 'n': v->at.now = optarg; return true;
	case 'C': v->only = optarg; return true;
	case 'k': v->keep = true; return true;
	case 't': v->self_test = true; return true;
	case 'h': v->help = true; return true;
	default:  return false; /* getopt has said why */
	}
}

int cmd_verify_isolation(int argc, char **argv)
{
	struct isolation v = { .at.command = "verify-isolation" };
	optind = 0;
	for (int opt; (opt = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1;)
		if (!take_option(&v, opt))
			return usage_hint(v.at.command);
	if (v.help) {
		fputs(help_text, stdout);
		return STATUS_OK;
	}
	if (optind < argc || (!v.live && (v.at.config || v.at.store || v.at.customers || v.at.now))) {
		log_error("%s: %s", v.at.command, optind < argc ? "it takes no arguments" : "-c, --store, --customers and --now are for --live");
		return usage_hint(v.at.command);
	}
	return verify(&v);
}
