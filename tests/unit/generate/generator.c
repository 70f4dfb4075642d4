/* What the generator promises: exact totals, order in time, the same bytes for the same seed, and
 * a network that agrees with its own customers files and counters. */
#include "unit.h"

#include "base/hash.h"
#include "generate/generate.h"

#include <math.h>
#include <stdio.h>

#define DAY ((usec_t)1795392000 * USEC_PER_SEC)

static struct generator *start(struct generate_options o)
{
	struct generator *g = NULL;
	struct problem why = { 0 };
	if (!o.span.end)
		o.span = (struct span){ DAY, DAY + USEC_PER_DAY };
	enum err e = generate_new(&o, &g, &why);
	if (e != OK)
		fail_msg("%s: %s", err_text(e), why.text);
	return g;
}

/* -- totals -- */

static const struct generate_options shapes[] = {
	{ .records = 20000, .seed = 1 },
	{ .records = 20000, .seed = 2, .agents = 1, .ports = 2, .customers = 1 },
	{ .records = 3000, .seed = 3, .agents = 40, .ports = 48, .customers = 500, .counter_interval_s = 3600 },
	{ .records = 1, .seed = 4 },
	{ .records = 5000, .seed = 5, .sampling_rate = 37, .span = { DAY, DAY + 2 * USEC_PER_SEC } },
};

static void totals_are_what_a_decoder_finds(void **state)
{
	(void)state;
	for (int p = GEN_SFLOW; p <= GEN_IPFIX; p++)
		for (size_t i = 0; i < COUNT_OF(shapes); i++) {
			struct generate_options o = shapes[i];
			struct wire_sink sink = { 0 };
			struct wire *w;
			struct datagram d;
			o.protocol = (enum generate_protocol)p;
			struct generator *g = start(o);
			assert_int_equal(wire_new(&sink, &w), OK);
			while (generate_next(g, &d))
				wire_decode(w, &d);
			/* every count there is: refusals too, which are none */
			assert_memory_equal(generate_totals(g), wire_totals(w), sizeof(struct wire_totals));
			assert_int_equal(generate_totals(g)->rows, o.records);
			assert_true(generate_totals(g)->datagrams > 0);
			wire_free(w);
			generate_free(g);
		}
}

static void times_never_go_back_or_leave_the_span(void **state)
{
	(void)state;
	for (int p = GEN_SFLOW; p <= GEN_IPFIX; p++) {
		struct generate_options o = { .protocol = (enum generate_protocol)p, .records = 30000, .seed = 9 };
		struct generator *g = start(o);
		usec_t last = DAY;
		struct datagram d;
		while (generate_next(g, &d)) {
			assert_true(d.received >= last);
			last = d.received;
		}
		assert_true(last < DAY + USEC_PER_DAY);
		assert_true(last > DAY + 23 * USEC_PER_HOUR);
		generate_free(g);
	}
}

static uint64_t digest(struct generate_options o)
{
	struct generator *g = start(o);
	struct datagram d;
	uint64_t h = 0;
	while (generate_next(g, &d))
		h = hash_bytes(d.data, d.len, h) ^ (uint64_t)d.received;
	generate_free(g);
	return h;
}

static void the_seed_decides(void **state)
{
	(void)state;
	for (int p = GEN_SFLOW; p <= GEN_IPFIX; p++) {
		struct generate_options o = { .protocol = (enum generate_protocol)p, .records = 2000, .seed = 77 };
		uint64_t one = digest(o);
		assert_true(one == digest(o));
		o.seed = 78;
		assert_true(one != digest(o));
	}
}

/* -- flows and counters of one network -- */

enum { MAX_PORT = 32, MAX_AGENT = 8 };

struct port_sums {
	double flow_in_bytes, flow_out_bytes, samples_in, samples_out;
	uint64_t first_in, last_in, first_out, last_out;
	bool counted;
};

struct heard {
	struct port_sums port[MAX_AGENT][MAX_PORT];
	uint64_t by_hour[24], v6, tagged, names, foreign;
};

static struct port_sums *port_of(struct heard *h, const struct addr *agent, uint32_t ifindex)
{
	uint32_t a = agent->b[15];
	assert_true(a - 1 < MAX_AGENT && ifindex < MAX_PORT);
	return &h->port[a - 1][ifindex];
}

static void on_flow(void *arg, const struct flow_rec *r)
{
	struct heard *h = arg;
	double bytes = (double)r->bytes * r->samplingrate;
	port_of(h, &r->agent, r->inputinterface)->flow_in_bytes += bytes;
	port_of(h, &r->agent, r->inputinterface)->samples_in++;
	port_of(h, &r->agent, r->outputinterface)->samples_out++;
	port_of(h, &r->agent, r->outputinterface)->flow_out_bytes += bytes;
	h->by_hour[(r->time - (uint64_t)DAY) / (uint64_t)USEC_PER_HOUR % 24]++;
	h->v6 += !addr_is_v4(&r->ipsource);
	h->tagged += r->vlansource != 0;
	/* Only ranges that belong to nobody: RFC 5737, 2544, 6598, 3849. */
	static const char *const ours[] = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
					    "198.18.0.0/15", "100.64.0.0/10", "2001:db8::/32" };
	bool known = false;
	for (size_t i = 0; i < COUNT_OF(ours); i++) {
		struct prefix p;
		const char *why;
		assert_true(prefix_parse(ours[i], strlen(ours[i]), &p, &why));
		known = known || prefix_holds(&p, &r->ipsource);
	}
	h->foreign += !known;
}

static void on_counters(void *arg, const struct ifcounters_rec *r)
{
	struct port_sums *p = port_of(arg, &r->agent, r->interface);
	if (!p->counted) {
		p->first_in = r->ifinoctets;
		p->first_out = r->ifoutoctets;
		p->counted = true;
	}
	assert_true(r->ifinoctets >= p->last_in && r->ifoutoctets >= p->last_out);
	p->last_in = r->ifinoctets;
	p->last_out = r->ifoutoctets;
}

static void on_name(void *arg, const struct wire_ifname *n)
{
	struct heard *h = arg;
	char want[32];
	snprintf(want, sizeof(want), n->agent.b[15] % 4 == 0 ? "A%u" : "ethernet%u", n->ifindex);
	assert_string_equal(n->name, want);
	h->names++;
}

static struct heard *hear(struct generate_options o)
{
	struct heard *h = calloc(1, sizeof(*h));
	struct wire_sink sink = { .arg = h, .flow = on_flow, .counters = on_counters, .ifname = on_name };
	struct generator *g = start(o);
	struct datagram d;
	struct wire *w;
	assert_int_equal(wire_new(&sink, &w), OK);
	while (generate_next(g, &d))
		wire_decode(w, &d);
	wire_free(w);
	generate_free(g);
	return h;
}

/* Counters are read up to a minute before the end, and samples are drawn at random: lengths vary
 * about as much as their mean, so a standard error is 1.4 / sqrt(samples); allowed are four. */
static bool agree(double flows, double counters, double samples)
{
	return fabs(flows - counters) < counters * (5.6 / sqrt(samples + 1) + 0.002) + 2e6;
}

static void flows_times_rate_agree_with_counters(void **state)
{
	struct heard *h = hear((struct generate_options){ .records = 400000, .seed = 5 });
	size_t busy = 0;
	(void)state;
	for (size_t a = 0; a < 4; a++)
		for (size_t i = 1; i <= 24; i++) {
			const struct port_sums *p = &h->port[a][i];
			assert_true(p->counted);
			if (p->samples_in + p->samples_out < 1000)
				continue;
			busy++;
			double in = (double)(p->last_in - p->first_in), out = (double)(p->last_out - p->first_out);
			if (!agree(p->flow_in_bytes, in, p->samples_in) || !agree(p->flow_out_bytes, out, p->samples_out))
				fail_msg("10.0.0.%zu port %zu: in %.4g, counted %.4g; out %.4g, counted %.4g", a + 1, i,
					 p->flow_in_bytes, in, p->flow_out_bytes, out);
		}
	assert_true(busy >= 6);
	free(h);
}

static void a_day_has_its_rhythm(void **state)
{
	struct heard *h = hear((struct generate_options){ .records = 100000, .seed = 6 });
	(void)state;
	assert_true(h->by_hour[4] * 2 < h->by_hour[20]); /* deep night, and evening */
	assert_true(h->v6 > 15000 && h->v6 < 35000);
	assert_true(h->tagged > 1000);
	assert_true(h->names >= 96);
	assert_int_equal(h->foreign, 0);
	free(h);
}

static void netflow_names_its_interfaces(void **state)
{
	(void)state;
	for (int p = GEN_NETFLOW9; p <= GEN_IPFIX; p++) {
		struct heard *h = hear((struct generate_options){ .protocol = (enum generate_protocol)p,
								  .records = 20000, .seed = 6 });
		assert_true(h->names >= 96);
		assert_int_equal(h->foreign, 0);
		free(h);
	}
}

/* -- files -- */

static void customers_files_fit(void **state)
{
	struct generator *g = start((struct generate_options){ .records = 1, .customers = 300, .agents = 20 });
	struct buf ports = { 0 }, cidrs = { 0 }, both = { 0 }, names = { 0 };
	(void)state;
	generate_customers_ports(g, &ports);
	generate_customers_cidrs(g, &cidrs);
	generate_customers(g, &both);
	generate_names(g, &names);
	assert_non_null(strstr(buf_str(&ports), "id=\"1001\">\n    <port agent=\"10.0.0.1\" ifName=\"ethernet5\" />\n"
						"    <port agent=\"10.0.0.1\" ifName=\"ethernet6\" />\n  </customer>"));
	assert_non_null(strstr(buf_str(&ports), "<port agent=\"10.0.0.4\" ifName=\"A4\" />"));
	assert_null(strstr(buf_str(&ports), "cidr"));
	assert_non_null(strstr(buf_str(&cidrs), "<cidr address=\"192.0.2.0\" bits=\"24\" />"));
	assert_null(strstr(buf_str(&cidrs), "port"));
	assert_non_null(strstr(buf_str(&both), "id=\"1300\""));
	assert_null(strstr(buf_str(&both), "id=\"1301\""));
	assert_non_null(strstr(buf_str(&names), "10.0.0.20,24,A24,100000000000\n"));
	buf_free(&ports);
	buf_free(&cidrs);
	buf_free(&both);
	buf_free(&names);
	generate_free(g);
}

static void a_capture_reads_back(void **state)
{
	char path[] = "/tmp/weir-generate-XXXXXX";
	struct generator *g = start((struct generate_options){ .protocol = GEN_IPFIX, .records = 500, .seed = 3 });
	struct datagram d, r;
	struct buf b = { 0 };
	struct problem why = { 0 };
	struct capture *c;
	int fd = mkstemp(path);
	(void)state;
	assert_true(fd >= 0);
	pcap_begin(&b);
	while (generate_next(g, &d))
		assert_int_equal(pcap_add(&b, &d), OK);
	generate_free(g);
	FILE *f = fdopen(fd, "w");
	assert_int_equal(fwrite(b.data, 1, b.len, f), b.len);
	fclose(f);
	buf_free(&b);
	assert_int_equal(capture_open(path, &c, &why), OK);
	g = start((struct generate_options){ .protocol = GEN_IPFIX, .records = 500, .seed = 3 });
	while (generate_next(g, &d)) {
		assert_int_equal(capture_next(c, &r, &why), OK);
		assert_int_equal(r.len, d.len);
		assert_memory_equal(r.data, d.data, d.len);
		assert_true(addr_equal(&r.from, &d.from) && r.from_port == d.from_port);
		assert_true(r.to_port == d.to_port && r.received == d.received);
	}
	assert_int_equal(capture_next(c, &r, &why), E_UNKNOWN);
	capture_close(c);
	generate_free(g);
	remove(path);
	/* and what no capture can hold is refused */
	uint8_t *big = calloc(1, 70000);
	d = (struct datagram){ .data = big, .len = 65535, .from = addr_v4(1) };
	assert_int_equal(pcap_add(&b, &d), E_RANGE);
	free(big);
}

/* -- what cannot be -- */

static void refuse(struct generate_options o, const char *text)
{
	struct generator *g = NULL;
	struct problem why = { 0 };
	if (!o.span.end)
		o.span = (struct span){ DAY, DAY + USEC_PER_DAY };
	assert_int_equal(generate_new(&o, &g, &why), E_RANGE);
	assert_null(g);
	assert_non_null(strstr(why.text, text));
}

static void impossible_networks_are_refused(void **state)
{
	(void)state;
	refuse((struct generate_options){ .ports = 1 }, "ports must be 2..1024");
	refuse((struct generate_options){ .agents = 20000 }, "agents must be");
	refuse((struct generate_options){ .customers = 20000 }, "customers must be");
	refuse((struct generate_options){ .agents = 1, .ports = 4, .customers = 4 },
	       "4 customers need more than 1 agents with 4 ports");
	refuse((struct generate_options){ .protocol = GEN_NETFLOW5, .sampling_rate = 20000 }, "up to 16383");
	refuse((struct generate_options){ .protocol = (enum generate_protocol)7 }, "protocol");
	refuse((struct generate_options){ .span = { DAY, DAY } }, "time covered");
}

UNIT_MAIN(cmocka_unit_test(totals_are_what_a_decoder_finds),
	  cmocka_unit_test(times_never_go_back_or_leave_the_span), cmocka_unit_test(the_seed_decides),
	  cmocka_unit_test(flows_times_rate_agree_with_counters), cmocka_unit_test(a_day_has_its_rhythm),
	  cmocka_unit_test(netflow_names_its_interfaces), cmocka_unit_test(customers_files_fit),
	  cmocka_unit_test(a_capture_reads_back), cmocka_unit_test(impossible_networks_are_refused))
