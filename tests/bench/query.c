/* What queries cost, on 5 million flow records and a day of counters of 200 ports:
 *
 *	make && cc -std=gnu17 -D_GNU_SOURCE -O2 -Isrc -o build/bench-query tests/bench/query.c \
 *		build/libquery.a build/libfilter.a build/libstore.a build/libmodel.a build/libnet.a build/libflow.a build/libbase.a \
 *		$(pkg-config --libs libpcre2-8 libzstd liblz4 libxml-2.0 jansson libcurl libsodium) -lm -pthread
 *	build/bench-query FOLDER [million rows] [name]
 *
 * FOLDER becomes the store when it is absent or empty and is kept; name runs one query only.
 * Prints CPU and wall milliseconds, the best of five, and the rows of the answer. */
#include "base/clock.h"
#include "base/mem.h"
#include "query/query.h"

#include <stdio.h>
#include <stdlib.h>

enum { AGENTS = 20, PORTS = 48, HOSTS = 150000, COUNTED = 200, RUNS = 5 };
static const usec_t midnight = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */
static uint64_t rng = 88172645463325252u;

static uint32_t rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 32);
}

/* Few hosts talk much, many little. */
static struct addr host(uint32_t net)
{
	double u = (rnd() + 1.0) / 4294967297.0;
	return addr_v4(net + (uint32_t)(HOSTS * u * u * u));
}

static struct flow_rec flow(usec_t time)
{
	static const uint16_t ports[] = { 443, 80, 53, 22, 123, 8080, 25, 3389 };
	struct flow_rec r = { .time = (uint64_t)time, .samplingrate = 1000, .exporttype = EXPORT_SFLOW, .direction = DIR_INGRESS,
			      .ethertype = 0x0800, .frames = 1, .bytes = 64 + rnd() % 1455 };
	bool in = rnd() & 1;
	uint32_t agent = rnd() % AGENTS;
	r.agent = addr_v4(0x0a636300 + agent);
	r.inputinterface = 1 + rnd() % PORTS;
	r.outputinterface = 1 + rnd() % PORTS;
	r.ipsource = host(in ? 0xc0000000 : 0x0a000000);
	r.ipdestination = host(in ? 0x0a000000 : 0xc0000000);
	r.macsource = 0x020000000000 + agent * 256 + r.inputinterface;
	r.macdestination = 0x020000000000 + agent * 256 + r.outputinterface;
	r.vlansource = r.vlandestination = (uint16_t)(100 + r.inputinterface);
	r.protocol = rnd() % 5 ? 6 : 17;
	r.sourceport = in ? ports[rnd() % 8] : (uint16_t)(32768 + rnd() % 28000);
	r.destinationport = in ? (uint16_t)(32768 + rnd() % 28000) : ports[rnd() % 8];
	r.tcpflags = r.protocol == 6 ? 16 : 0;
	r.ttl = 64;
	return r;
}

static void must(enum err err, const struct problem *why)
{
	if (err == OK)
		return;
	fprintf(stderr, "query bench: %s\n", why && why->text[0] ? why->text : err_text(err));
	exit(1);
}

static void put_flows(struct store_writer *w, size_t rows)
{
	struct batch *b;
	must(batch_new(&tables[TABLE_TRAFFIC], 8192, &b), NULL);
	for (size_t i = 0; i < rows; i++) {
		struct flow_rec r = flow(midnight + (usec_t)((double)i / (double)rows * 86400e3) * 1000);
		batch_push(b, &r);
		if (b->n == b->cap || i + 1 == rows) {
			must(store_put(w, b), NULL);
			batch_reset(b);
		}
	}
	batch_free(b);
}

static void put_counters(struct store_writer *w)
{
	struct batch *b;
	uint64_t octets[COUNTED] = { 0 };
	must(batch_new(&tables[TABLE_IFCOUNTERS], 8192, &b), NULL);
	for (usec_t t = midnight; t < midnight + USEC_PER_DAY; t += 30 * USEC_PER_SEC)
		for (uint32_t i = 0; i < COUNTED; i++) {
			octets[i] += rnd() % 4000000;
			struct ifcounters_rec r = { .time = (uint64_t)t, .agent = addr_v4(0x0a636300 + i / PORTS), .interface = 1 + i % PORTS,
						    .ifspeed = 1000000000, .iftype = 6, .countersource = COUNTERS_SFLOW,
						    .ifinoctets = octets[i], .ifoutoctets = octets[i] * 3, .ifinucastpkts = (uint32_t)(octets[i] / 700) };
			batch_push(b, &r);
			if (b->n == b->cap) {
				must(store_put(w, b), NULL);
				batch_reset(b);
			}
		}
	must(store_put(w, b), NULL);
	batch_free(b);
}

static void make_store(const char *folder, size_t rows)
{
	struct store_writer *w;
	struct problem why = { 0 };
	const struct store_options opt = { .no_sync = true };
	must(store_write_open(folder, &opt, &w, &why), &why);
	put_flows(w, rows);
	put_counters(w);
	must(store_seal(w), NULL);
	must(store_write_close(w), NULL);
}

static char ports_filter[1 << 16];

static const struct {
	const char *name;
	struct request rq;
} queries[] = {
	{ "connections", { QUERY_TOPN, "historytrmx", "ipsource,ipdestination,bytes",
			   "(ipsource=10.0.0.0/24,10.0.1.0/25|ipdestination=10.0.0.0/24,10.0.1.0/25)&(ipsource=10.0.0.77|ipdestination=10.0.0.77)",
			   "today", NULL, "bytes", 100, NULL, NULL, 0 } },
	{ "trends", { QUERY_TREND, "ifcounters", "time,interface,rate(ifinbits),rate(ifoutbits)", ports_filter, "today", "hour", NULL, 0, NULL, NULL, 0 } },
	{ "sources", { QUERY_TOPN, "traffic", "ipsource,bytes", NULL, "today", NULL, "bytes", 100, NULL, NULL, 0 } },
	{ "sources443", { QUERY_TOPN, "traffic", "ipsource,bytes", "destinationport=TCP:443", "today", NULL, NULL, 100, NULL, NULL, 0 } },
	{ "trend", { QUERY_TREND, "traffic", "time,bytes", NULL, "today", "minute", NULL, 0, NULL, NULL, 0 } },
	{ "porttrend", { QUERY_TREND, "iftraffic", "time,rate(bits)", "interface=10.99.99.3>5,10.99.99.3>6,10.99.99.7>1", "today", "hour", NULL, 0, NULL, NULL, 0 } },
	{ "rare", { QUERY_TOPN, "traffic", "ipsource,ipdestination,bytes", "ipsource=10.2.73.240|ipdestination=10.2.73.240", "today", NULL, NULL, 100, NULL, NULL, 0 } },
	{ "conversations", { QUERY_TOPN, "traffic", "ipsource,ipdestination,bytes", NULL, "today", NULL, NULL, 100, NULL, NULL, 0 } },
	{ "distinct", { QUERY_TOPN, "traffic", "agent,count(ipsource),count(ipdestination)", NULL, "today", NULL, NULL, 100, NULL, NULL, 0 } },
	{ "servers", { QUERY_TOPN, "traffic", "serverport,bytes,flows", NULL, "today", NULL, NULL, 20, NULL, NULL, 0 } },
	{ "interfaces", { QUERY_TOPN, "iftraffic", "interface,bytes", NULL, "today", NULL, NULL, 20, NULL, NULL, 0 } },
};

static void run_query(const struct query_env *env, const struct scope *scope, size_t i)
{
	usec_t cpu = INT64_MAX, wall = INT64_MAX;
	size_t rows = 0;
	for (int k = 0; k < RUNS; k++) {
		struct arena a = { 0 };
		struct problem why = { 0 };
		struct plan *p;
		struct result t = { 0 };
		usec_t cpu0 = clock_cpu(), wall0 = clock_monotonic();
		must(plan_make(&a, env, scope, &queries[i].rq, &p, &why), &why);
		must(plan_run(p, &t, &why), &why);
		cpu = MIN(cpu, clock_cpu() - cpu0);
		wall = MIN(wall, clock_monotonic() - wall0);
		rows = t.nrows;
		result_free(&t);
		plan_free(p);
		arena_free(&a);
	}
	printf("%-14s cpu %7.1f ms  wall %7.1f ms  %zu rows\n", queries[i].name, (double)cpu / 1000, (double)wall / 1000, rows);
}

int main(int argc, char **argv)
{
	struct problem why = { 0 };
	struct store *st;
	struct model *m;
	const struct zone *utc;
	const struct scope *everything;
	size_t at = 0;
	if (argc < 2) {
		fprintf(stderr, "usage: bench-query FOLDER [million rows] [name]\n");
		return 2;
	}
	for (uint32_t i = 0; i < COUNTED; i++)
		at += (size_t)snprintf(ports_filter + at, sizeof(ports_filter) - at, "%s10.99.99.%u>%u", i ? "," : "interface=", i / PORTS, 1 + i % PORTS);
	if (store_open(argv[1], &st, &why) != OK) {
		make_store(argv[1], (size_t)(1e6 * (argc > 2 ? atof(argv[2]) : 5)));
		must(store_open(argv[1], &st, &why), &why);
	}
	must(model_new(&m), NULL);
	must(zone_find("UTC", &utc), NULL);
	must(scope_everything(&everything), NULL);
	const struct query_env env = { .store = st, .model = m, .zone = utc, .now = midnight + USEC_PER_DAY - USEC_PER_SEC };
	for (size_t i = 0; i < COUNT_OF(queries); i++)
		if (argc < 4 || STREQ(argv[3], queries[i].name))
			run_query(&env, everything, i);
	scope_free(everything);
	model_free(m);
	store_close(st);
	return 0;
}
