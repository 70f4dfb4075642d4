/* Loss, lateness, duplicates and restarts, told by sequence numbers; and how each source of
 * exports fares. */
#include "export.h"
#include "wire/limits.h"

static void v9_number(struct heard *h, uint32_t domain, uint32_t number, uint32_t uptime_ms)
{
	struct bytes b;
	v9(&b, domain);
	store_be32(b.data + 4, uptime_ms);
	store_be32(b.data + 12, number);
	feed(h, &b);
}

static void counts(const struct heard *h, uint64_t lost, uint64_t resets, uint64_t duplicates)
{
	assert_int_equal(totals(h)->datagrams_lost, lost);
	assert_int_equal(totals(h)->resets, resets);
	assert_int_equal(totals(h)->duplicates, duplicates);
}

static void gaps_are_loss_until_the_late_ones_come(void **state _unused_)
{
	struct heard *h = hear();
	v9_number(h, 1, 100, 1000); /* whatever comes first is right */
	v9_number(h, 1, 101, 1010);
	counts(h, 0, 0, 0);
	v9_number(h, 1, 105, 1050);
	counts(h, 3, 0, 0);
	v9_number(h, 1, 103, 1030); /* the middle of what was missing */
	counts(h, 2, 0, 0);
	v9_number(h, 1, 102, 1020);
	v9_number(h, 1, 104, 1040);
	counts(h, 0, 0, 0);
	v9_number(h, 1, 104, 1040); /* and once more */
	v9_number(h, 1, 105, 1050);
	counts(h, 0, 0, 2);
	v9_number(h, 1, 106, 1060);
	v9_number(h, 2, 7, 1060); /* every source id counts for itself */
	v9_number(h, 2, 9, 1060);
	counts(h, 1, 0, 2);
	deaf(h);
}

static void numbers_wrap_and_so_do_uptimes(void **state _unused_)
{
	struct heard *h = hear();
	v9_number(h, 1, 0xfffffffe, 0xfffffff0);
	v9_number(h, 1, 0xffffffff, 0xfffffffa);
	v9_number(h, 1, 0, 4);
	v9_number(h, 1, 2, 20);
	counts(h, 1, 0, 0);
	v9_number(h, 1, 1, 10);
	counts(h, 0, 0, 0);
	deaf(h);
}

static void restarts_are_no_gaps(void **state _unused_)
{
	struct heard *h = hear();
	v9_number(h, 1, 5000, 600000);
	v9_number(h, 1, 0, 100); /* far back */
	counts(h, 0, 1, 0);
	v9_number(h, 1, 1, 200);
	v9_number(h, 1, 30, 600000);
	counts(h, 28, 1, 0);
	v9_number(h, 1, 40, 3000); /* ahead, but the uptime is back: forty of a new life, we heard none */
	counts(h, 28, 2, 0);
	v9_number(h, 1, 41, 3010);
	v9_number(h, 1, 38, 3020); /* near behind, yet sent later: it counts anew though its uptime goes on */
	counts(h, 28, 3, 0);
	v9_number(h, 1, 39, 3030);
	v9_number(h, 1, 39 + (1 << 21), 3040); /* a leap that no loss explains */
	counts(h, 28, 4, 0);
	deaf(h);
}

static void who_does_not_count_is_let_alone(void **state _unused_)
{
	struct heard *h = hear();
	for (uint32_t i = 0; i < 50; i++)
		v9_number(h, 1, 0, 1000 + i);
	counts(h, 0, 0, 0);
	deaf(h);
}

static void v5(struct heard *h, uint32_t number, uint16_t records, uint32_t uptime_ms)
{
	struct bytes b = { 0 };
	U16(&b, 5, records);
	U32(&b, uptime_ms, EXPORTED, 0, number, 0);
	for (int i = 0; i < records * 12; i++)
		U32(&b, 1);
	feed(h, &b);
}

static void v5_counts_flows(void **state _unused_)
{
	struct heard *h = hear();
	v5(h, 1000, 30, 601000);
	v5(h, 1030, 2, 601010);
	v5(h, 1062, 30, 601030);
	assert_int_equal(totals(h)->records_lost, 30);
	v5(h, 1032, 20, 601020); /* part of them comes late */
	assert_int_equal(totals(h)->records_lost, 10);
	v5(h, 1062, 30, 601030);
	counts(h, 0, 0, 1);
	v5(h, 0, 30, 50);
	assert_int_equal(totals(h)->records_lost, 10);
	counts(h, 0, 1, 1);
	deaf(h);
}

/* A template, then n records of it. */
static void put_ipfix(struct bytes *b, uint32_t number, uint32_t time, uint16_t n)
{
	ipfix(b, 5);
	store_be32(b->data + 4, time);
	store_be32(b->data + 8, number);
	TEMPLATE_IPFIX(b, 256, 8, 4, 1, 4);
	if (n) {
		size_t set = open_set(b, 256);
		for (uint16_t i = 0; i < n; i++)
			U32(b, 0x0a000001, 100);
		close_set(b, set);
	}
	end_ipfix(b);
}

static void messages(struct heard *h, uint32_t number, uint32_t time, uint16_t n)
{
	struct bytes b;
	put_ipfix(&b, number, time, n);
	feed(h, &b);
}

static void ipfix_counts_data_records(void **state _unused_)
{
	struct heard *h = hear();
	messages(h, 10, 100, 3);
	messages(h, 13, 100, 0); /* templates alone do not count */
	messages(h, 13, 101, 4);
	messages(h, 20, 103, 1);
	assert_int_equal(totals(h)->records_lost, 3);
	messages(h, 17, 102, 3);
	assert_int_equal(totals(h)->records_lost, 0);
	messages(h, 17, 102, 3);
	counts(h, 0, 0, 1);
	messages(h, 21, 90, 1); /* its clock was set back */
	counts(h, 0, 0, 1);
	messages(h, 0, 110, 1); /* near behind, but later */
	counts(h, 0, 1, 1);
	assert_int_equal(totals(h)->records_lost, 0);
	deaf(h);
}

static void data_that_waits_for_its_template_is_no_loss(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 5);
	store_be32(b.data + 8, 10);
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001, 100, 0x0a000002, 100);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	messages(h, 12, EXPORTED, 1);
	messages(h, 13, EXPORTED, 1);
	assert_int_equal(totals(h)->late_sets, 1);
	assert_int_equal(totals(h)->records_lost, 0);
	counts(h, 0, 0, 0);
	deaf(h);
}

/* softflowd tells the number that comes next.  What was taken for loss before that was clear is
 * taken back. */
static void other_ways_of_counting_are_learnt(void **state _unused_)
{
	struct heard *h = hear();
	static const uint16_t sizes[] = { 3, 5, 2, 7, 1, 9, 4 };
	uint32_t number = 100;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		messages(h, number += sizes[i], 100 + (uint32_t)i, sizes[i]);
	assert_int_equal(totals(h)->records_lost, 0);
	counts(h, 0, 0, 0);
	messages(h, number + 12, 200, 2); /* ten are missing */
	assert_int_equal(totals(h)->records_lost, 10);
	deaf(h);
}

/* -- sFlow ------------------------------------------------------------------------------ */

static void sflow(struct heard *h, uint32_t sub_agent, uint32_t number, uint32_t sample, uint32_t drops)
{
	struct bytes b = { 0 };
	U32(&b, 5, 1, 0x0a00000a, sub_agent, number, 1000 + number, 2);
	for (uint32_t source = 3; source < 5; source++) {
		U32(&b, 1, 32 + 8 + 32, sample, source, 512, 1000, drops, 3, 4, 1);
		U32(&b, 3, 32, 1480, 6, 0x0a010101, 0x0a010102, 443, 50001, 0x12, 8);
	}
	feed(h, &b);
}

static void sflow_counts_datagrams_and_samples(void **state _unused_)
{
	struct heard *h = hear();
	sflow(h, 0, 1, 10, 0);
	sflow(h, 0, 2, 11, 2); /* each of both sources left two out */
	sflow(h, 1, 77, 500, 0); /* another sub-agent */
	counts(h, 0, 0, 0);
	assert_int_equal(totals(h)->samples_dropped, 4);
	sflow(h, 0, 4, 13, 2);
	counts(h, 1, 0, 0);
	assert_int_equal(totals(h)->records_lost, 2);
	sflow(h, 0, 3, 12, 2); /* late */
	counts(h, 0, 0, 0);
	assert_int_equal(totals(h)->records_lost, 0);
	sflow(h, 0, 3, 12, 2); /* twice */
	counts(h, 0, 0, 1);
	assert_int_equal(totals(h)->records_lost, 0);
	sflow(h, 0, 5, 14, 2);
	assert_int_equal(totals(h)->records_lost, 0);
	sflow(h, 0, 6, 1, 0); /* sampling was set up anew on both ports */
	counts(h, 0, 2, 1);
	sflow(h, 0, 7, 2, 0);
	assert_int_equal(totals(h)->records_lost, 0);
	assert_int_equal(totals(h)->samples_dropped, 4);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void many_data_sources(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b = { 0 };
	const uint32_t fit = MAX_SOURCE_SLOTS / 2;
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t at = 0; at < fit; at += 512) {
			b = (struct bytes){ 0 };
			U32(&b, 5, 1, 0x0a00000a, 0, round * fit / 512 + at / 512, 1000, 512);
			for (uint32_t i = 0; i < 512; i++)
				U32(&b, 4, 16, 1 + round * 3, 0, (at + i) << 12, 0); /* counters; two are lost */
			feed(h, &b);
		}
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(totals(h)->records_lost, fit * 2);
	b = (struct bytes){ 0 };
	U32(&b, 5, 1, 0x0a00000a, 0, 2 * fit / 512, 1000, 1, 4, 16, 1, 0, 5, 0);
	earns(h, &b, SF_SOURCES_FULL);
	assert_int_equal(totals(h)->counter_samples, 2 * fit + 1);
	counts(h, 0, 0, 0);
	deaf(h);
}

/* -- exporters -------------------------------------------------------------------------- */

struct listing {
	struct wire_exporter at[8];
	size_t n;
};

static void list(void *arg, const struct wire_exporter *x)
{
	struct listing *l = arg;
	assert_true(l->n < COUNT_OF(l->at));
	l->at[l->n++] = *x;
}

static void every_source_is_told_of(void **state _unused_)
{
	struct heard *h = hear();
	struct listing l = { 0 };
	wire_exporters(h->w, list, &l);
	assert_int_equal(l.n, 0);
	v5(h, 1000, 3, 1000);
	messages(h, 10, 100, 4);
	sflow(h, 6, 1, 10, 0);
	h->from.received += USEC_PER_MIN;
	sflow(h, 6, 3, 11, 1);
	wire_exporters(h->w, list, &l);
	assert_int_equal(l.n, 3);
	const struct wire_exporter *x = l.at;
	assert_addr(&x->address, "192.0.2.1");
	assert_addr(&x->agent, "192.0.2.1");
	assert_int_equal(x->version, 5);
	assert_int_equal(x->records, 3);
	assert_int_equal(x->samplingrate, 0);
	assert_int_equal(x[1].version, 10);
	assert_int_equal(x[1].domain, 5);
	assert_int_equal(x[1].records, 4);
	assert_int_equal(x[1].templates, 1);
	assert_addr(&x[2].address, "192.0.2.1");
	assert_addr(&x[2].agent, "10.0.0.10");
	assert_int_equal(x[2].version, WIRE_SFLOW + 5);
	assert_int_equal(x[2].domain, 6);
	assert_int_equal(x[2].datagrams, 2);
	assert_int_equal(x[2].samples, 4);
	assert_int_equal(x[2].samplingrate, 512);
	assert_int_equal(x[2].datagrams_lost, 1);
	assert_int_equal(x[2].samples_dropped, 2);
	assert_int_equal(x[2].first_seen, RECEIVED);
	assert_int_equal(x[2].last_seen, RECEIVED + USEC_PER_MIN);
	deaf(h);
}

/* Strangers who make up agents get no more room than there is, and are decoded all the same. */
static void made_up_agents(void **state _unused_)
{
	struct heard *h = hear();
	for (uint32_t i = 0; i <= MAX_DOMAINS; i++)
		sflow(h, i, 1, 10, 0);
	assert_int_equal(rejects(h, NF_DOMAINS_FULL), 1);
	assert_int_equal(h->nflows, 2 * (MAX_DOMAINS + 1));
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(gaps_are_loss_until_the_late_ones_come), cmocka_unit_test(numbers_wrap_and_so_do_uptimes),
	  cmocka_unit_test(restarts_are_no_gaps), cmocka_unit_test(who_does_not_count_is_let_alone),
	  cmocka_unit_test(v5_counts_flows), cmocka_unit_test(ipfix_counts_data_records),
	  cmocka_unit_test(data_that_waits_for_its_template_is_no_loss),
	  cmocka_unit_test(other_ways_of_counting_are_learnt), cmocka_unit_test(sflow_counts_datagrams_and_samples),
	  cmocka_unit_test(many_data_sources), cmocka_unit_test(every_source_is_told_of),
	  cmocka_unit_test(made_up_agents))
