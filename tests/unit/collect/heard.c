/* Sequence numbers: what is a loss, what is late, what is a restart; of each protocol. */
#include "unit.h"

#include "collect/heard.h"

static uint8_t bytes[64];

struct seen {
	struct heard_exporter x;
	struct heard_source s;
	size_t exporters, sources;
};

static void on_exporter(void *arg, const struct heard_exporter *x)
{
	struct seen *s = arg;
	s->x = *x;
	s->exporters++;
}

static void on_source(void *arg, const struct addr *from, const struct heard_source *src)
{
	struct seen *s = arg;
	(void)from;
	s->s = *src;
	s->sources++;
}

static struct seen look(const struct heard *h)
{
	struct seen s = { 0 };
	const struct heard_sink sink = { .arg = &s, .exporter = on_exporter, .source = on_source };
	heard_walk(h, &sink);
	return s;
}

static void note(struct heard *h, size_t len, uint64_t records, uint64_t doubts)
{
	const struct datagram d = { .data = bytes, .len = len, .from = addr_v4(0x0a000001), .received = 5000 };
	const struct heard_step before = { 0 }, after = { .rows = records, .records = records, .doubts = doubts };
	heard_note(h, &d, &before, &after);
}

static void sflow(struct heard *h, uint32_t sub_agent, uint32_t sequence)
{
	const uint32_t head[] = { 5, 1, 0xc0000201, sub_agent, sequence, 0, 0 };
	for (size_t i = 0; i < COUNT_OF(head); i++)
		store_be32(bytes + 4 * i, head[i]);
	note(h, sizeof(head), 1, 0);
}

static void netflow5(struct heard *h, uint32_t sequence, uint16_t count)
{
	memset(bytes, 0, sizeof(bytes));
	store_be16(bytes, 5);
	store_be16(bytes + 2, count);
	store_be32(bytes + 16, sequence);
	store_be16(bytes + 20, 0x0102);
	note(h, 24, count, 0);
}

static void netflow9(struct heard *h, uint32_t sequence)
{
	memset(bytes, 0, sizeof(bytes));
	store_be16(bytes, 9);
	store_be32(bytes + 12, sequence);
	store_be32(bytes + 16, 77);
	note(h, 20, 30, 0);
}

static void ipfix(struct heard *h, uint32_t sequence, uint64_t records, uint64_t doubts)
{
	memset(bytes, 0, sizeof(bytes));
	store_be16(bytes, 10);
	store_be32(bytes + 8, sequence);
	store_be32(bytes + 12, 99);
	note(h, 16, records, doubts);
}

static void sflow_counts_datagrams(void **state)
{
	(void)state;
	struct heard h;
	char text[ADDR_TEXT];
	heard_init(&h);
	for (uint32_t i = 100; i < 110; i++)
		sflow(&h, 3, i);
	sflow(&h, 3, 115);
	struct seen s = look(&h);
	assert_int_equal(s.exporters, 1);
	assert_int_equal(s.x.datagrams, 11);
	assert_int_equal(s.x.records, 11);
	assert_int_equal(s.x.last_seen, 5000);
	assert_string_equal(s.s.protocol, "sflow");
	assert_string_equal(addr_format(&s.s.agent, text), "192.0.2.1");
	assert_int_equal(s.s.id, 3);
	assert_int_equal(s.s.lost, 5);
	assert_int_equal(s.s.gaps, 1);
	heard_free(&h);
}

static void sub_agents_count_apart(void **state)
{
	(void)state;
	struct heard h;
	heard_init(&h);
	for (uint32_t i = 0; i < 10; i++) {
		sflow(&h, 1, 50 + i);
		sflow(&h, 2, 9000 + i);
	}
	struct seen s = look(&h);
	assert_int_equal(s.sources, 2);
	assert_int_equal(s.s.lost + s.s.gaps + s.s.resets + s.s.late, 0);
	heard_free(&h);
}

static void netflow5_counts_flows(void **state)
{
	(void)state;
	struct heard h;
	heard_init(&h);
	netflow5(&h, UINT32_MAX - 29, 30); /* and it wraps */
	netflow5(&h, 0, 20);
	netflow5(&h, 50, 30);
	struct seen s = look(&h);
	assert_string_equal(s.s.unit, "flows");
	assert_int_equal(s.s.id, 0x0102);
	assert_int_equal(s.s.lost, 30);
	assert_int_equal(s.s.gaps, 1);
	assert_int_equal(s.s.resets, 0);
	heard_free(&h);
}

static void one_that_is_late_was_not_lost(void **state)
{
	(void)state;
	struct heard h;
	heard_init(&h);
	netflow9(&h, 1);
	netflow9(&h, 2);
	netflow9(&h, 4);
	assert_int_equal(look(&h).s.lost, 1);
	netflow9(&h, 3);
	netflow9(&h, 5);
	struct seen s = look(&h);
	assert_int_equal(s.s.lost, 0);
	assert_int_equal(s.s.late, 1);
	assert_int_equal(s.s.gaps, 1);
	assert_int_equal(s.s.id, 77);
	heard_free(&h);
}

static void a_restart_is_no_loss(void **state)
{
	(void)state;
	struct heard h;
	heard_init(&h);
	netflow9(&h, 1000000);
	netflow9(&h, 1);
	netflow9(&h, 2);
	netflow9(&h, 3000000000);
	struct seen s = look(&h);
	assert_int_equal(s.s.lost, 0);
	assert_int_equal(s.s.resets, 2);
	heard_free(&h);
}

static void ipfix_counts_records_before_the_message(void **state)
{
	(void)state;
	struct heard h;
	heard_init(&h);
	ipfix(&h, 0, 0, 0); /* templates alone */
	ipfix(&h, 0, 25, 0);
	ipfix(&h, 25, 25, 0);
	ipfix(&h, 60, 5, 0);
	struct seen s = look(&h);
	assert_string_equal(s.s.unit, "records");
	assert_int_equal(s.s.id, 99);
	assert_int_equal(s.s.lost, 10);
	heard_free(&h);
}

static void ipfix_of_unknown_length_begins_the_count_anew(void **state)
{
	(void)state;
	struct heard h;
	heard_init(&h);
	ipfix(&h, 0, 0, 1); /* data before its template */
	ipfix(&h, 40, 10, 0);
	ipfix(&h, 50, 10, 0);
	struct seen s = look(&h);
	assert_int_equal(s.s.lost + s.s.gaps + s.s.resets, 0);
	assert_int_equal(s.x.refused, 1);
	heard_free(&h);
}

static void short_headers_have_no_sequence(void **state)
{
	(void)state;
	struct heard h;
	heard_init(&h);
	sflow(&h, 1, 1);
	for (size_t len = 0; len < 20; len++)
		note(&h, len, 0, 1);
	struct seen s = look(&h);
	assert_int_equal(s.sources, 1);
	assert_int_equal(s.s.datagrams, 1);
	assert_int_equal(s.x.datagrams, 21);
	heard_free(&h);
}

static void senders_beyond_the_ceiling_are_counted_together(void **state)
{
	(void)state;
	struct heard h;
	heard_init(&h);
	memset(bytes, 0, sizeof(bytes));
	const struct heard_step none = { 0 };
	for (uint32_t i = 0; i < MAX_HEARD + 10; i++) {
		const struct datagram d = { .data = bytes, .len = 4, .from = addr_v4(i + 1), .received = 1 };
		heard_note(&h, &d, &none, &none);
	}
	assert_int_equal(look(&h).exporters, MAX_HEARD);
	assert_int_equal(h.full, 10);
	heard_free(&h);
}

UNIT_MAIN(cmocka_unit_test(sflow_counts_datagrams), cmocka_unit_test(sub_agents_count_apart),
	  cmocka_unit_test(netflow5_counts_flows), cmocka_unit_test(one_that_is_late_was_not_lost),
	  cmocka_unit_test(a_restart_is_no_loss), cmocka_unit_test(ipfix_counts_records_before_the_message),
	  cmocka_unit_test(ipfix_of_unknown_length_begins_the_count_anew),
	  cmocka_unit_test(short_headers_have_no_sequence),
	  cmocka_unit_test(senders_beyond_the_ceiling_are_counted_together))
