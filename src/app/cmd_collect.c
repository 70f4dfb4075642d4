/* weir collect: exports by UDP into a store.
 *
 *	options, configuration -> store and model -> sockets -> jail -> workers -> loop -> totals
 *
 * The store is opened before the sockets, so that a second collector on the same store says so
 * instead of taking half of the datagrams. */
#include "app/app.h"
#include "app/collect.h"
#include "app/import.h"
#include "app/mark.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/value.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const struct option long_options[] = {
	{ "store", required_argument, NULL, 's' },   { "config", required_argument, NULL, 'c' },
	{ "listen", required_argument, NULL, 'l' },  { "workers", required_argument, NULL, 'w' },
	{ "buffer", required_argument, NULL, 'b' },  { "queue", required_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },          { "no-sandbox", no_argument, NULL, 'n' },
	{ "check", no_argument, NULL, 'k' },
	{ "help", no_argument, NULL, 'h' },          { 0 },
};

static const char help_text[] =
	"usage: weir collect [-c CONF] [--store DIR] [--listen [ADDRESS:]PORT]... [--workers N]\n"
	"                    [--buffer BYTES] [--queue ROWS] [--json] [--no-sandbox]\n"
	"       weir collect --check [-c CONF]\n"
	"\n"
	"Take in sFlow, NetFlow and IPFIX by UDP, IPFIX also by TCP and TLS, and store them, until\n"
	"SIGTERM or SIGINT.\n"
	"\n"
	"  -c CONF         the configuration file (default: $WEIR_CONFIG, /etc/weir/weir.yaml)\n"
	"  --store DIR     the store; an absent or empty folder becomes one (default: the\n"
	"                  configuration's, else /var/lib/weir)\n"
	"  --listen PLACE  PORT, ADDRESS:PORT or [ADDRESS]:PORT, for IPFIX over TCP or TLS with tcp: or\n"
	"                  tls: in front (tls:4740); any number of times (default: collect.listen, else\n"
	"                  6343, 2055 and 4739 of all addresses)\n"
	"  --workers N     threads that receive and decode (default: one for each core)\n"
	"  --buffer BYTES  receive buffer of each socket, as far as the system allows (32M)\n"
	"  --queue ROWS    flow rows of each worker that may wait for the store (750K)\n"
	"  --json          print totals as JSON, one line\n"
	"  --no-sandbox    without system call filter and Landlock\n"
	"  --check         say whether the configuration is right, and do nothing else\n"
	"\n"
	"SIGUSR1 prints totals, SIGHUP reads the configuration again, SIGTERM and SIGINT stop: what\n"
	"was received is stored, then totals are printed.\n"
	"Exit status: 0 all that was received is stored; 1 not so, or it could not begin; 2 usage.\n";

static bool number(const char *option, const char *text, uint64_t *ret)
{
	if (uint_parse_units(text, strlen(text), ret) && *ret)
		return true;
	log_error("collect: --%s: \"%s\" must be a number of 1 or more", option, text);
	return false;
}

/* False: the usage is wrong, and it has been said.  *ret_help: help was asked for. */
static bool parse_options(int argc, char **argv, struct collect_args *a, bool *ret_help)
{
	for (int ch; (ch = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1;) {
		bool good = true;
		switch (ch) {
		case 's': a->store = optarg; break;
		case 'c': a->config = optarg; break;
		case 'l':
			good = a->nlisten < MAX_LISTEN;
			if (good)
				a->listen[a->nlisten++] = optarg;
			else
				log_error("collect: --listen: at most %d places", MAX_LISTEN);
			break;
		case 'w': good = number("workers", optarg, &a->workers); break;
		case 'b': good = number("buffer", optarg, &a->buffer); break;
		case 'q': good = number("queue", optarg, &a->queue); break;
		case 'j': a->json = true; break;
		case 'n': a->no_jail = true; break;
		case 'k': a->check = true; break;
		case 'h': *ret_help = true; break;
		default: return false; /* getopt has said it */
		}
		if (!good)
			return false;
	}
	if (optind == argc)
		return true;
	log_error("collect: \"%s\" is no option", argv[optind]);
	return false;
}

static bool failed(const char *what, enum err err, const struct problem *why)
{
	const char *text = why && why->text[0] ? why->text : err == E_IO ? strerror(errno) : err_text(err);
	log_error("%s%s%s", what ? what : "", what ? ": " : "", text);
	return false;
}

/* -- setting up ------------------------------------------------------------------------------------ */

static bool open_store(struct collecting *g)
{
	struct problem why = { 0 };
	enum err err = store_write_open(g->store, NULL, &g->writer, &why);
	struct import before = { .writer = g->writer, .store = g->store };
	if (err == OK)
		err = import_settle(&before, &why);
	if (err == OK)
		err = model_load(store_writer_folder(g->writer), &g->model, &why);
	if (err != OK)
		return failed(g->store, err, &why);
	err = config_name_interfaces(g->config, g->model);
	if (err != OK)
		return failed(g->config->path, err, NULL);
	const int folder = store_writer_folder(g->writer);
	enum err known;
	err = event_watch_new(folder, &g->watch, &known);
	if (err != OK)
		return failed(NULL, err, NULL);
	if (known != OK && known != E_UNKNOWN)
		log_warn("%s/status/known: %s; all exporters count as new", g->store, known == E_IO ? strerror(errno) : err_text(known));
	if ((err = mapping_new(g->config, folder, NULL, &g->mapping)) != OK)
		return failed("customers", err, NULL);
	(void)mapping_look(g->mapping); /* it says so, and is asked again each minute */
	changes_begin(g);
	return marking_open(&(struct marked){ g->config, g->model, g->mapping, folder }, &g->marking);
}

/* The signals wait from here on, in all threads, until the loop reads them. */
static bool take_signals(struct collecting *g)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return failed("signals", E_IO, NULL);
	g->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return g->signals >= 0 || failed("signals", E_IO, NULL);
}

/* The folder that a file lies in, owned by the caller; NULL = out of memory. */
static char *folder_of(const char *path)
{
	char *folder = mem_strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	if (slash)
		slash[slash == folder] = '\0';
	else if (folder && *folder) {
		mem_free(folder);
		return mem_strdup(".");
	}
	return folder;
}

/* What SIGHUP reads again stays readable: the folders of the configuration, of the mapping and of the zones. */
static bool close_jail(struct collecting *g, bool no_jail)
{
	const char *mapping = strstr(g->config->customers, "://") ? "" : g->config->customers;
	_cleanup_(mem_freep) char *folder = folder_of(g->config->path), *other = folder_of(mapping), *zones = folder_of(g->config->zones);
	struct problem why = { 0 };
	const char *missing = "";
	(void)hash_seed();
	if (!folder || !other || !zones)
		return failed("sandbox", E_NOMEM, NULL);
	struct jail jail = { .store = g->store, .accepts = collector_accepts(g->collector) };
	const char *read[] = { folder, other, zones };
	for (size_t i = 0; i < COUNT_OF(read); i++)
		jail.read_folder[i] = *read[i] ? read[i] : NULL;
	enum err err = no_jail ? OK : jail_enter(&jail, &missing, &why);
	if (err != OK)
		return failed("sandbox", err, &why);
	if (*missing)
		log_warn("this kernel has no %s: that wall of the sandbox is missing", missing);
	return true;
}

static int run(struct collecting *g, const struct collect_args *a)
{
	enum err err = door_new(&g->door);
	if (err != OK) {
		failed("the process that opens sockets", err, NULL);
		return STATUS_FAILED;
	}
	if (err == OK && (err = fetching_new(g->config_named, g->store, &g->fetching)) != OK) {
		failed("the process that fetches the mapping", err, NULL);
		return STATUS_FAILED;
	}
	if (!open_store(g) || !take_signals(g) || !collect_open(g, &g->collector))
		return STATUS_FAILED;
	forward_tick(g, true);
	if (!close_jail(g, a->no_jail))
		return STATUS_FAILED;
	keep_load(g);
	g->started = clock_monotonic();
	err = set_sampling(g, NULL);
	if (err == OK)
		err = spread_exporters(g, NULL);
	if (err == OK)
		err = collector_start(g->collector);
	if (err != OK) {
		failed("workers", err, NULL);
		return STATUS_FAILED;
	}
	err = upkeep_start(g->writer, g->config, g->mapping, &g->upkeep);
	if (err != OK) {
		failed("housekeeping", err, NULL);
		return STATUS_FAILED;
	}
	event_post(g->events, EVENT_COLLECTOR_START, &(struct event_about){ .value = collector_workers(g->collector) }, "weir %s", WEIR_VERSION);
	bool whole = collect_loop(g);
	keep_save(g);
	tell_health(g);
	collect_report(g);
	upkeep_stop(g->upkeep);
	g->upkeep = NULL;
	err = store_write_close(g->writer);
	g->writer = NULL;
	if (err != OK)
		failed(g->store, err, NULL);
	return whole && err == OK ? STATUS_OK : STATUS_FAILED;
}

int cmd_collect(int argc, char **argv)
{
	struct collect_args a = { 0 };
	struct collecting g = { .signals = -1 };
	struct problem why = { 0 };
	bool help = false;

	if (!parse_options(argc, argv, &a, &help))
		return usage_hint("collect");
	if (help) {
		fputs(help_text, stdout);
		return STATUS_OK;
	}
	enum err err = config_read(a.config, &g.config, &why);
	if (err != OK) {
		failed(NULL, err, &why);
		return STATUS_FAILED;
	}
	if (a.check) {
		int status = collect_check(g.config);
		config_free(g.config);
		return status;
	}
	g.store = a.store ? a.store : g.config->store;
	char *store = mem_strdup(g.store); /* a reload replaces the configuration */
	g.store = store;
	g.config_named = a.config;
	g.args = &a;
	g.json = a.json;
	g.no_jail = a.no_jail;
	int status = store && caps_new(&g.caps) == OK && events_new(&g.events) == OK ? run(&g, &a) : STATUS_FAILED;
	upkeep_stop(g.upkeep);
	collector_close(g.collector);
	door_free(g.door);
	fetching_free(g.fetching);
	store_write_abandonp(&g.writer);
	health_free(&g.health);
	caps_free(g.caps);
	events_free(g.events);
	event_watch_free(g.watch);
	marking_close(g.marking);
	customers_free(g.forwarded);
	customers_free(g.mapped);
	mapping_drop(g.mapping);
	model_free(g.model);
	config_free(g.config);
	mem_free(store);
	if (g.signals >= 0)
		close(g.signals);
	return status;
}
