/* weir generate: exports of a network that does not exist, as a pcap file or to a collector.
 *
 *	options (one row each) -> generator -> pcap file, or datagrams in time -> exact totals
 *
 * Towards a collector the datagrams keep a pace in records a second; without --from and --to the
 * time they tell of is the time they are sent. */
#include "app/app.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/zone.h"
#include "generate/generate.h"
#include "query/query.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, DATAGRAM_ROOM = 2048, PCAP_CHUNK = 1 << 20, PROGRESS_EVERY = 4096 };

/* -- options: one row each, from which getopt's table and the help are made ---------------------- */

#define OPTIONS(X)                                                                                     \
	X(protocol,       "NAME",      "sflow (default), netflow5, netflow9 or ipfix")                 \
	X(records,        "N",         "flow samples or flow records in all (100000)")                 \
	X(agents,         "N",         "switches that export (4)")                                     \
	X(ports,          "N",         "ports of each, uplinks included (24)")                         \
	X(customers,      "N",         "customers on those ports (5)")                                 \
	X(sampling,       "N",         "one packet in N is looked at (sflow 1000, others 1)")          \
	X(counters,       "SECONDS",   "sFlow: time between readings of interface counters (60)")      \
	X(seed,           "N",         "another network, the same for the same N (1)")                 \
	X(from,           "TIME",      "begin of the time covered (--hours before --to)")              \
	X(to,             "TIME",      "its end (now)")                                                \
	X(hours,          "N",         "its length (24)")                                              \
	X(pcap,           "FILE",      "write the datagrams as a capture; - is standard output")       \
	X(send,           "HOST:PORT", "or send them to a collector by UDP")                           \
	X(per_second,     "N",         "with --send: records a second (1000); 0 = as fast as can be")  \
	X(customers_file, "FILE",      "write the customers with ports and blocks (XML)")              \
	X(ports_file,     "FILE",      "write the customers with their ports alone")                   \
	X(cidrs_file,     "FILE",      "write the customers with their blocks alone")                  \
	X(names_file,     "FILE",      "write interface names: agent,ifIndex,ifName,speed")

enum option_key {
#define X(name, meta, help) OPT_##name,
	OPTIONS(X)
#undef X
	OPT_json, OPT_help, OPTION_KEYS
};

struct generate_args {
	const char *text[OPTION_KEYS]; /* as given; NULL = left out */
	struct generate_options opt;
	double hours;
	uint64_t per_second;
};

/* --per_second is written --per-second. */
static void option_name(const char *row, char ret[static 32])
{
	snprintf(ret, 32, "%s", row);
	for (char *p = ret; *p; p++)
		if (*p == '_')
			*p = '-';
}

static void print_help(void)
{
	static const struct {
		const char *name, *meta, *help;
	} rows[] = {
#define X(name, meta, help) { #name, meta, help },
		OPTIONS(X)
#undef X
		{ "json", "", "print the totals as JSON" },
	};
	fputs("usage: weir generate (--pcap FILE | --send HOST:PORT) [OPTION]...\n\n"
	      "Make believable exports of a network that does not exist.\n\n", stdout);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char name[32], left[64];
		option_name(rows[i].name, name);
		snprintf(left, sizeof(left), "--%s %s", name, rows[i].meta);
		printf("  %-24s %s\n", left, rows[i].help);
	}
	fputs("\nThe totals printed at the end are exact: what `weir import --json` must find.\n"
	      "Exit status: 0 ok, 1 failed, 2 usage.\n", stdout);
}

/* False: the usage is wrong, and it has been said. */
static bool read_options(int argc, char **argv, struct generate_args *a)
{
	char names[OPTION_KEYS][32];
	struct option o[OPTION_KEYS + 1] = { { 0 } };
#define X(name, meta, help) option_name(#name, names[OPT_##name]);
	OPTIONS(X)
#undef X
	for (int i = 0; i < OPT_json; i++)
		o[i] = (struct option){ names[i], required_argument, NULL, 256 + i };
	o[OPT_json] = (struct option){ "json", no_argument, NULL, 256 + OPT_json };
	o[OPT_help] = (struct option){ "help", no_argument, NULL, 256 + OPT_help };
	for (int ch; (ch = getopt_long(argc, argv, "h", o, NULL)) != -1;) {
		if (ch == '?')
			return false; /* getopt has said it */
		a->text[ch == 'h' ? OPT_help : ch - 256] = optarg ? optarg : "";
	}
	if (optind == argc)
		return true;
	log_error("generate: \"%s\" is no option", argv[optind]);
	return false;
}

static bool say(const char *option, const char *what)
{
	log_error("generate: --%s: %s", option, what);
	return false;
}

/* A number within bounds, or the default when the option was left out. */
static bool number(const struct generate_args *a, enum option_key k, const char *name, uint64_t most,
		   uint64_t *ret)
{
	const char *s = a->text[k];
	uint64_t n;
	if (!s)
		return true;
	if (!uint_parse_units(s, strlen(s), &n))
		return say(name, "needs a number");
	if (n > most)
		return say(name, "is too large");
	*ret = n;
	return true;
}

static bool parse_protocol(const char *s, enum generate_protocol *ret)
{
	static const char *const names[] = { [GEN_SFLOW] = "sflow", [GEN_NETFLOW5] = "netflow5",
					     [GEN_NETFLOW9] = "netflow9", [GEN_IPFIX] = "ipfix" };
	for (size_t i = 0; s && i < COUNT_OF(names); i++)
		if (STREQ(s, names[i])) {
			*ret = (enum generate_protocol)i;
			return true;
		}
	return !s || say("protocol", "must be sflow, netflow5, netflow9 or ipfix");
}

static bool parse_numbers(struct generate_args *a)
{
	uint64_t agents = 0, ports = 0, customers = 0, sampling = 0, counters = 0, hours = 24;
	struct generate_options *o = &a->opt;

	o->seed = 1;
	a->per_second = 1000;
	if (!number(a, OPT_records, "records", UINT64_C(1) << 40, &o->records) ||
	    !number(a, OPT_agents, "agents", UINT32_MAX, &agents) ||
	    !number(a, OPT_ports, "ports", UINT32_MAX, &ports) ||
	    !number(a, OPT_customers, "customers", UINT32_MAX, &customers) ||
	    !number(a, OPT_sampling, "sampling", UINT32_MAX, &sampling) ||
	    !number(a, OPT_counters, "counters", 86400, &counters) ||
	    !number(a, OPT_seed, "seed", UINT64_MAX, &o->seed) ||
	    !number(a, OPT_hours, "hours", 24 * 366 * 20, &hours) ||
	    !number(a, OPT_per_second, "per-second", 1000000000, &a->per_second))
		return false;
	a->hours = (double)hours;
	o->agents = (unsigned)agents;
	o->ports = (unsigned)ports;
	o->customers = (unsigned)customers;
	o->sampling_rate = (uint32_t)sampling;
	o->counter_interval_s = (unsigned)counters;
	return parse_protocol(a->text[OPT_protocol], &o->protocol);
}

static bool instant(const char *option, const char *text, const struct zone *z, usec_t *ret)
{
	struct problem why = { 0 };
	return !text || instant_parse(text, clock_now(), z, ret, &why) == OK || say(option, why.text);
}

static bool parse_times(struct generate_args *a)
{
	const struct zone *z;
	usec_t now = clock_now(), length = (usec_t)(a->hours * (double)USEC_PER_HOUR);
	struct span *s = &a->opt.span;

	if (zone_find(NULL, &z) != OK)
		return say("from", "the time zone is not known");
	bool live = a->text[OPT_send] && !a->text[OPT_from] && !a->text[OPT_to] && !a->text[OPT_hours];
	if (live) { /* told of as it happens */
		uint64_t n = a->opt.records ? a->opt.records : 100000, pace = MAX(a->per_second, (uint64_t)1);
		*s = (struct span){ now, now + MAX((usec_t)(n / pace), 1) * USEC_PER_SEC };
		return true;
	}
	s->end = now;
	if (!instant("to", a->text[OPT_to], z, &s->end))
		return false;
	s->start = s->end - length;
	if (!instant("from", a->text[OPT_from], z, &s->start))
		return false;
	if (a->text[OPT_from] && a->text[OPT_hours] && !a->text[OPT_to])
		s->end = s->start + length;
	return s->end - s->start >= USEC_PER_SEC || say("from", "must be before --to");
}

static bool check_outputs(const struct generate_args *a)
{
	static const enum option_key outputs[] = { OPT_pcap, OPT_send, OPT_customers_file, OPT_ports_file,
						   OPT_cidrs_file, OPT_names_file };
	if (a->text[OPT_pcap] && a->text[OPT_send])
		return say("send", "goes without --pcap");
	for (size_t i = 0; i < COUNT_OF(outputs); i++)
		if (a->text[outputs[i]])
			return true;
	log_error("generate: nothing to make: give --pcap FILE or --send HOST:PORT");
	return false;
}

/* -- files beside the datagrams -------------------------------------------------------------------- */

static bool failed(const char *what, enum err e)
{
	log_error("%s: %s", what, e == E_IO ? strerror(errno) : err_text(e));
	return false;
}

static bool write_text(const char *path, const struct generator *g,
		       void (*fill)(const struct generator *, struct buf *))
{
	struct buf b = { 0 };
	if (!path)
		return true;
	fill(g, &b);
	enum err e = b.bad != OK ? b.bad : file_write_at(AT_FDCWD, path, b.data, b.len);
	buf_free(&b);
	return e == OK || failed(path, e);
}

static bool write_files(const struct generate_args *a, const struct generator *g)
{
	return write_text(a->text[OPT_customers_file], g, generate_customers) &&
	       write_text(a->text[OPT_ports_file], g, generate_customers_ports) &&
	       write_text(a->text[OPT_cidrs_file], g, generate_customers_cidrs) &&
	       write_text(a->text[OPT_names_file], g, generate_names);
}

/* -- progress ------------------------------------------------------------------------------------------ */

struct progress {
	bool shown;
	uint64_t records, datagrams;
	usec_t started, next;
};

static void progress_step(struct progress *p, const struct generator *g)
{
	const struct wire_totals *t = generate_totals(g);
	if (!p->shown || t->datagrams - p->datagrams < PROGRESS_EVERY)
		return;
	p->datagrams = t->datagrams;
	usec_t now = clock_monotonic();
	if (now < p->next)
		return;
	p->next = now + USEC_PER_SEC / 4;
	fprintf(stderr, "\r%3.0f %%  %" PRIu64 " records ", 100 * (double)t->rows / (double)p->records, t->rows);
}

static void progress_end(const struct progress *p)
{
	if (p->shown && p->next)
		fputs("\r\033[K", stderr);
}

/* -- a capture file ------------------------------------------------------------------------------------- */

static enum err write_capture(int fd, struct generator *g, struct progress *p)
{
	struct buf b = { .ceiling = 2 * PCAP_CHUNK };
	struct datagram d;
	enum err e = OK;

	pcap_begin(&b);
	while (e == OK && generate_next(g, &d)) {
		e = pcap_add(&b, &d);
		if (e == OK && b.len >= PCAP_CHUNK) {
			e = write_all(fd, b.data, b.len);
			buf_reset(&b);
		}
		progress_step(p, g);
	}
	if (e == OK)
		e = b.bad != OK ? b.bad : write_all(fd, b.data, b.len);
	buf_free(&b);
	return e;
}

/* Under another name until it is whole.  What is no ordinary file (a pipe, a device) is written as it is. */
static bool to_pcap(const char *path, struct generator *g, struct progress *p)
{
	bool out = STREQ(path, "-");
	struct stat st;
	char tmp[4096];
	bool aside = !out && (stat(path, &st) < 0 || S_ISREG(st.st_mode));
	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.tmp.%d", path, (int)getpid()) >= sizeof(tmp))
		return failed(path, E_RANGE);
	const char *name = aside ? tmp : path;
	int fd = out ? STDOUT_FILENO : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return failed(path, E_IO);
	enum err e = write_capture(fd, g, p);
	if (!out && close(fd) < 0 && e == OK)
		e = E_IO;
	if (aside && e == OK && rename(tmp, path) < 0)
		e = E_IO;
	if (e == OK)
		return true;
	failed(out ? "standard output" : path, e);
	if (aside)
		(void)unlink(tmp);
	return false;
}

/* -- a collector -------------------------------------------------------------------------------------------- */

/* A connected UDP socket for "host:port", "[2001:db8::1]:6343"; -1 = said why not. */
static int connect_to(const char *where)
{
	char host[256];
	const char *colon = strrchr(where, ':');
	size_t len = colon ? (size_t)(colon - where) : 0;
	bool bracketed = len > 2 && where[0] == '[' && where[len - 1] == ']';

	if (!len || !colon[1] || len >= sizeof(host)) {
		say("send", "needs HOST:PORT");
		return -1;
	}
	snprintf(host, sizeof(host), "%.*s", (int)(len - 2 * bracketed), where + bracketed);
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *found = NULL;
	int e = getaddrinfo(host, colon + 1, &hints, &found);
	if (e) {
		log_error("%s: %s", where, gai_strerror(e));
		return -1;
	}
	int fd = -1;
	for (struct addrinfo *i = found; i && fd < 0; i = i->ai_next) {
		fd = socket(i->ai_family, i->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, i->ai_addr, i->ai_addrlen) < 0) {
			fd_close(fd);
			fd = -1;
		}
	}
	if (fd < 0)
		failed(where, E_IO);
	freeaddrinfo(found);
	return fd;
}

struct sender {
	int fd;
	unsigned n; /* datagrams in the batch */
	uint64_t refused; /* answers "nobody listens" */
	struct iovec iov[BATCH];
	struct mmsghdr msg[BATCH];
	uint8_t bytes[BATCH][DATAGRAM_ROOM];
};

static enum err send_batch(struct sender *s)
{
	for (unsigned done = 0; done < s->n;) {
		int n = sendmmsg(s->fd, s->msg + done, s->n - done, 0);
		if (n < 0 && errno == ECONNREFUSED)
			s->refused++; /* about an earlier one; this one is still to be sent */
		else if (n < 0 && errno != EINTR && errno != EAGAIN && errno != ENOBUFS)
			return E_IO;
		else if (n > 0)
			done += (unsigned)n;
	}
	s->n = 0;
	return OK;
}

static void batch_add(struct sender *s, const struct datagram *d)
{
	size_t len = MIN(d->len, (size_t)DATAGRAM_ROOM); /* the generator's are at most 1472 */
	memcpy(s->bytes[s->n], d->data, len);
	s->iov[s->n] = (struct iovec){ s->bytes[s->n], len };
	s->msg[s->n] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &s->iov[s->n], .msg_iovlen = 1 } };
	s->n++;
}

static void sleep_until(usec_t when)
{
	usec_t left = when - clock_monotonic();
	if (left <= 0)
		return;
	struct timespec t = { .tv_sec = left / USEC_PER_SEC, .tv_nsec = left % USEC_PER_SEC * 1000 };
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* Record number n is due at started + n / per_second. */
static enum err send_all(struct sender *s, struct generator *g, uint64_t per_second, struct progress *p)
{
	struct datagram d;
	while (generate_next(g, &d)) {
		usec_t due = 0;
		if (per_second)
			due = p->started + (usec_t)((double)generate_totals(g)->rows / (double)per_second * 1e6);
		enum err e = OK;
		if (s->n == BATCH || (s->n && due > clock_monotonic()))
			e = send_batch(s);
		if (e != OK)
			return e;
		if (due)
			sleep_until(due);
		batch_add(s, &d);
		progress_step(p, g);
	}
	return send_batch(s);
}

static bool to_collector(const char *where, uint64_t per_second, struct generator *g, struct progress *p)
{
	_cleanup_(fd_closep) int fd = connect_to(where);
	if (fd < 0)
		return false;
	struct sender *s = mem_new0(1, sizeof(*s));
	if (!s)
		return failed(where, E_NOMEM);
	s->fd = fd;
	enum err e = send_all(s, g, per_second, p);
	if (s->refused)
		log_warn("%s: nobody listened to %" PRIu64 " datagrams or more", where, s->refused);
	mem_free(s);
	return e == OK || failed(where, e);
}

/* -- totals ------------------------------------------------------------------------------------------------ */

#define TOTALS(X)                                                                                      \
	X(datagrams) X(flow_records) X(option_records) X(templates) X(flow_samples) X(counter_samples) \
	X(drop_samples) X(bytes) X(frames) X(estimated_bytes) X(estimated_frames)

static void print_totals(const struct generate_args *a, const struct generator *g, double seconds)
{
	const struct wire_totals *t = generate_totals(g);
	bool pcap_out = a->text[OPT_pcap] && STREQ(a->text[OPT_pcap], "-");
	FILE *to = pcap_out ? stderr : stdout;
	double rate = seconds > 0 ? (double)t->rows / seconds : 0;

	if (a->text[OPT_json]) {
		fputc('{', to);
#define X(name) fprintf(to, "\"" #name "\":%" PRIu64 ",", t->name);
		TOTALS(X)
#undef X
		fprintf(to, "\"seconds\":%.3f,\"per_second\":%.0f}\n", seconds, rate);
		return;
	}
#define X(name) if (t->name) fprintf(to, "%-18s %15" PRIu64 "\n", #name, t->name);
	TOTALS(X)
#undef X
	fprintf(to, "%-18s %15.3f\n%-18s %15.0f\n", "seconds", seconds, "records a second", rate);
}

static int run(const struct generate_args *a, struct generator *g)
{
	usec_t now = clock_monotonic();
	struct progress p = { .shown = isatty(STDERR_FILENO), .started = now, .next = 0,
			      .records = a->opt.records ? a->opt.records : 100000 };
	bool ok = write_files(a, g);

	if (ok && a->text[OPT_pcap])
		ok = to_pcap(a->text[OPT_pcap], g, &p);
	else if (ok && a->text[OPT_send])
		ok = to_collector(a->text[OPT_send], a->per_second, g, &p);
	else
		return ok ? STATUS_OK : STATUS_FAILED;
	progress_end(&p);
	if (ok)
		print_totals(a, g, (double)(clock_monotonic() - now) / 1e6);
	return ok ? STATUS_OK : STATUS_FAILED;
}

int cmd_generate(int argc, char **argv)
{
	struct generate_args a = { 0 };
	_cleanup_(generate_freep) struct generator *g = NULL;
	struct problem why = { 0 };

	if (!read_options(argc, argv, &a))
		return usage_hint("generate");
	if (a.text[OPT_help]) {
		print_help();
		return STATUS_OK;
	}
	if (!check_outputs(&a) || !parse_numbers(&a) || !parse_times(&a))
		return usage_hint("generate");
	enum err e = generate_new(&a.opt, &g, &why);
	if (e == E_RANGE) {
		log_error("generate: %s", why.text);
		return usage_hint("generate");
	}
	if (e != OK) {
		failed("generate", e);
		return STATUS_FAILED;
	}
	return run(&a, g);
}
