/* What knowing customers costs: 10,000 of them with 5 blocks and 3 ports each.
 *
 *	make && cc -std=gnu17 -D_GNU_SOURCE -O2 -Isrc -o build/bench-customers tests/bench/customers.c \
 *		build/libquery.a build/libfilter.a build/libstore.a build/libmodel.a build/libnet.a build/libflow.a build/libbase.a \
 *		$(pkg-config --libs libpcre2-8 libzstd liblz4 libxml-2.0 jansson yaml-0.1 libcurl libsodium libmaxminddb) -lm -pthread
 *	build/bench-customers FOLDER [million rows [question]]
 *
 * FOLDER becomes a compacted store of one day when it is absent, and is kept.  Prints: reading and
 * checking the mapping; making an attributor; attributing a row; a scope; and what the customer who
 * owns one row in a thousand waits for its queries (wall, warm, the best of five). */
#include "base/clock.h"
#include "base/mem.h"
#include "query/query.h"
#include "store/sidecar.h"

#include <stdio.h>
#include <stdlib.h>

enum { CUSTOMERS = 10000, BLOCKS = 5, PORTS = 3, PER_AGENT = 50, REMOTE = 500000, RUNS = 5, BIG = 1001 };
static const usec_t midnight = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */
static uint64_t rng = 88172645463325252u;

static uint32_t rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 32);
}

static void must(enum err err, const struct problem *why)
{
	if (err == OK)
		return;
	fprintf(stderr, "customers bench: %s\n", why && why->text[0] ? why->text : err_text(err));
	exit(1);
}

/* -- the network ------------------------------------------------------------------------------------- */

static uint32_t block(uint32_t customer, uint32_t k)
{
	return (10u << 24) + (customer * BLOCKS + k) * 64;
}

static void put_mapping(struct buf *b)
{
	char addr[ADDR_TEXT];
	buf_text(b, "<customers>\n");
	for (uint32_t c = 0; c < CUSTOMERS; c++) {
		buf_printf(b, "<customer id=\"%u\" name=\"Customer %u\">\n", c, c);
		for (uint32_t k = 0; k < BLOCKS; k++) {
			const struct addr a = addr_v4(block(c, k));
			buf_printf(b, "  <cidr address=\"%s\" bits=\"26\"/>\n", addr_format(&a, addr));
		}
		for (uint32_t k = 0; k < PORTS; k++) {
			uint32_t p = c * PORTS + k;
			const struct addr a = addr_v4(0x0aff0000 + p / PER_AGENT);
			buf_printf(b, "  <port agent=\"%s\" ifName=\"e%u\"/>\n", addr_format(&a, addr), 1 + p % PER_AGENT);
		}
		buf_text(b, "</customer>\n");
	}
	buf_text(b, "</customers>\n");
}

static struct model *make_model(void)
{
	struct model *m;
	must(model_new(&m), NULL);
	for (uint32_t p = 0; p < CUSTOMERS * PORTS; p++) {
		char name[16];
		snprintf(name, sizeof(name), "e%u", 1 + p % PER_AGENT);
		const struct iface_note note = {
			.agent = addr_v4(0x0aff0000 + p / PER_AGENT), .ifindex = 1 + p % PER_AGENT, .name = name, .when = midnight
		};
		must(model_note(m, &note), NULL);
	}
	return m;
}

/* One end is a customer's host, the other anywhere; four in five are seen at the customer's port, the
 * others inside the network.  BIG has one flow in a thousand. */
static struct flow_rec flow(usec_t time)
{
	static const uint16_t services[] = { 443, 80, 53, 22, 123, 8080, 25, 3389 };
	struct flow_rec r = { .time = (uint64_t)time, .samplingrate = 1000, .exporttype = EXPORT_SFLOW, .direction = DIR_INGRESS,
			      .ethertype = 0x0800, .frames = 1, .bytes = 64 + rnd() % 1455, .ttl = 64 };
	double u = (rnd() + 1.0) / 4294967297.0;
	uint32_t c = rnd() % 1000 == 0 ? BIG : rnd() % CUSTOMERS, port = c * PORTS + rnd() % PORTS;
	bool in = rnd() & 1, edge = rnd() % 5;
	const struct addr mine = addr_v4(block(c, rnd() % BLOCKS) + rnd() % 64);
	const struct addr other = addr_v4((192u << 24) + (uint32_t)(REMOTE * u * u * u));
	uint32_t own = edge ? 1 + port % PER_AGENT : 1000 + rnd() % 16, uplink = 2000 + rnd() % 4;
	r.agent = addr_v4((edge ? 0x0aff0000 : 0x0afe0000) + (edge ? port / PER_AGENT : rnd() % 8));
	r.ipsource = in ? other : mine;
	r.ipdestination = in ? mine : other;
	r.inputinterface = in ? uplink : own;
	r.outputinterface = in ? own : uplink;
	r.macsource = 0x020000000000 + r.inputinterface;
	r.macdestination = 0x020000000000 + r.outputinterface;
	r.protocol = rnd() % 5 ? 6 : 17;
	r.sourceport = in ? services[rnd() % 8] : (uint16_t)(32768 + rnd() % 28000);
	r.destinationport = in ? (uint16_t)(32768 + rnd() % 28000) : services[rnd() % 8];
	r.tcpflags = r.protocol == 6 ? 16 : 0;
	return r;
}

static void make_store(const char *folder, size_t rows)
{
	struct store_writer *w;
	struct batch *b;
	struct problem why = { 0 };
	const struct store_options opt = { .no_sync = true };
	const struct compact_options all = { .no_grace = true, .open_hours = true };
	must(store_write_open(folder, &opt, &w, &why), &why);
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
	must(store_seal(w), NULL);
	must(store_compact(w, midnight + 2 * USEC_PER_DAY, &all, NULL), NULL);
	must(store_write_close(w), NULL);
}

/* -- what is measured ------------------------------------------------------------------------------------ */

static double ms_since(usec_t start)
{
	return (double)(clock_monotonic() - start) / 1000;
}

static struct customers *load(const struct buf *text)
{
	struct customers *cs = NULL;
	const struct zone *utc;
	struct problem why = { 0 };
	must(zone_find("UTC", &utc), NULL);
	usec_t start = clock_monotonic();
	must(customers_parse(text->data, text->len, "mapping", utc, NULL, NULL, &cs, &why), &why);
	printf("mapping: %d customers, %.1f MB read and checked in %.0f ms (to reach: 1000)\n", CUSTOMERS,
	       (double)text->len / 1e6, ms_since(start));
	return cs;
}

static void attribute(const struct customers *cs, const struct model *m)
{
	enum { ROWS = 1 << 18 };
	struct attributor *a;
	struct owner_sets *s;
	usec_t start = clock_monotonic();
	must(attributor_new(cs, m, &a), NULL);
	printf("attributor: made in %.0f ms\n", ms_since(start));
	must(owner_sets_new(a, &s), NULL);
	struct flow_rec *r = mem_new0(ROWS, sizeof(*r));
	for (size_t i = 0; i < ROWS; i++)
		r[i] = flow(midnight);
	double best = 1e9;
	for (int k = 0; k < RUNS; k++) {
		uint32_t set;
		start = clock_cpu();
		for (size_t i = 0; i < ROWS; i++)
			must(customers_owners_of(a, s, &r[i], SIDE_EITHER, &set), NULL);
		best = MIN(best, (double)(clock_cpu() - start));
	}
	printf("whose a record is, one by one (forwarding): %.0f ns of CPU, %u sets\n", best * 1e3 / ROWS, owner_sets_count(s));
	mem_free(r);
	owner_sets_free(s);
	attributor_free(a);
}

static void make_sidecars(const char *folder, const struct customers *cs, const struct model *m)
{
	struct customers_owning *o;
	struct store_writer *w;
	struct attribute_report got;
	struct problem why = { 0 };
	const struct store_options opt = { .no_sync = true };
	must(customers_owning_new(cs, m, &o), NULL);
	must(store_write_open(folder, &opt, &w, &why), &why);
	usec_t start = clock_cpu();
	must(store_attribute(w, TABLE_TRAFFIC, customers_owning(o), &(const struct attribute_options){ .fresh = true }, &got), NULL);
	if (got.rows)
		printf("sidecars: %zu made, %.1f bytes and %.0f ns of CPU a row (to reach: 100)\n", got.made, (double)got.bytes / (double)got.rows,
		       (double)(clock_cpu() - start) * 1000 / (double)got.rows);
	must(store_write_close(w), NULL);
	customers_owning_free(o);
}

static const struct {
	const char *name;
	struct request rq;
} queries[] = {
	{ "topN sources", { QUERY_TOPN, "traffic", "ipsource,bytes", NULL, "today", NULL, NULL, 100, NULL, NULL, 0 } },
	{ "topN sources by hop", { QUERY_TOPN, "iftraffic", "ipsource,bytes", NULL, "today", NULL, NULL, 100, NULL, NULL, 0 } },
	{ "topN conversations", { QUERY_TOPN, "traffic", "ipsource,ipdestination,bytes", NULL, "today", NULL, NULL, 100, NULL, NULL, 0 } },
	{ "trend by hour", { QUERY_TREND, "traffic", "time,rate(bits)", NULL, "today", "hour", NULL, 0, NULL, NULL, 0 } },
	{ "topN interface", { QUERY_TOPN, "traffic", "interface,bytes", NULL, "today", NULL, NULL, 100, NULL, NULL, 0 } },
	{ "rows", { QUERY_ROWS, "traffic", "time,ipsource,ipdestination,bytes", NULL, "today", NULL, NULL, 100, NULL, NULL, 0 } },
};

/* only: one question by its name, or NULL */
static void query(const struct query_env *env, const struct customers *cs, const char *only)
{
	const struct scope *scope;
	struct problem why = { 0 };
	char id[16];
	snprintf(id, sizeof(id), "%d", BIG);
	usec_t start = clock_monotonic();
	must(scope_customer(cs, id, env->model, &scope, &why), &why);
	printf("scope: made in %.2f ms\n", ms_since(start));
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		if (only && !STREQ(only, queries[i].name))
			continue;
		double best = 1e9, cpu = 1e9;
		size_t rows = 0;
		for (int k = 0; k < RUNS; k++) {
			usec_t cpu_start = clock_cpu();
			struct arena a = { 0 };
			struct plan *p;
			struct result t = { 0 };
			start = clock_monotonic();
			must(plan_make(&a, env, scope, &queries[i].rq, &p, &why), &why);
			must(plan_run(p, &t, &why), &why);
			best = MIN(best, ms_since(start));
			cpu = MIN(cpu, (double)(clock_cpu() - cpu_start) / 1000);
			rows = t.nrows;
			result_free(&t);
			plan_free(p);
			arena_free(&a);
		}
		printf("scoped %-20s %7.1f ms (to reach: 20), %.1f ms of CPU, %zu rows\n", queries[i].name, best, cpu, rows);
	}
	scope_free(scope);
}

int main(int argc, char **argv)
{
	struct buf text = { 0 };
	struct problem why = { 0 };
	struct store *st;
	const struct zone *utc;
	if (argc < 2) {
		fprintf(stderr, "usage: bench-customers FOLDER [million rows [question]]\n");
		return 2;
	}
	must(zone_find("UTC", &utc), NULL);
	put_mapping(&text);
	struct customers *cs = load(&text);
	struct model *m = make_model();
	attribute(cs, m);
	if (store_open(argv[1], &st, &why) != OK) {
		make_store(argv[1], (size_t)(1e6 * (argc > 2 ? atof(argv[2]) : 20)));
		must(store_open(argv[1], &st, &why), &why);
	}
	const struct query_env env = { .store = st, .model = m, .customers = cs, .zone = utc,
				       .now = midnight + USEC_PER_DAY - USEC_PER_SEC };
	query(&env, cs, argc > 3 ? argv[3] : NULL);
	store_close(st);
	make_sidecars(argv[1], cs, m);
	must(store_open(argv[1], &st, &why), &why);
	const struct query_env again = { .store = st, .model = m, .customers = cs, .zone = utc, .now = env.now };
	query(&again, cs, argc > 3 ? argv[3] : NULL);
	store_close(st);
	model_free(m);
	customers_free(cs);
	buf_free(&text);
	return 0;
}
