/* The life of a template: its scope, data that comes before it, redefinition, withdrawal. */
#include "export.h"

static void data_waits_for_its_template(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	for (uint32_t i = 1; i <= 3; i++) {
		v9(&b, 7);
		size_t set = open_set(&b, i == 2 ? 257 : 256);
		U32(&b, 0x0a000000 + i, 100 * i, 599000);
		close_set(&b, set);
		earns(h, &b, NF_NO_TEMPLATE);
		h->from.received += USEC_PER_SEC;
	}
	assert_int_equal(totals(h)->flow_records, 0);
	v9(&b, 8); /* another domain's 256 */
	TEMPLATE9(&b, 256, 8, 4, 1, 4, 21, 4);
	feed(h, &b);
	assert_int_equal(h->nflows, 0);
	v9(&b, 7);
	store_be32(b.data + 4, UPTIME + 1800000); /* half an hour later */
	store_be32(b.data + 8, EXPORTED + 1800);
	TEMPLATE9(&b, 256, 8, 4, 1, 4, 21, 4);
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	assert_addr(&h->flows[0].ipsource, "10.0.0.1");
	assert_addr(&h->flows[1].ipsource, "10.0.0.3");
	assert_int_equal(h->flows[1].time, (EXPORTED - 1) * USEC_PER_SEC); /* by its own header's clock */
	assert_int_equal(totals(h)->bytes, 400);
	assert_int_equal(totals(h)->late_sets, 2);
	assert_int_equal(rejects(h, NF_NO_TEMPLATE), 3);
	v9(&b, 7);
	TEMPLATE9(&b, 257, 8, 4, 1, 4, 21, 4);
	feed(h, &b);
	assert_int_equal(h->nflows, 3);
	deaf(h);
}

static void scope_of_a_template_is_exporter_version_domain(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes t, d, i;
	v9(&t, 7);
	TEMPLATE9(&t, 256, 8, 4, 1, 4);
	feed(h, &t);
	v9(&d, 7);
	size_t set = open_set(&d, 256);
	U32(&d, 0x0a000001, 100);
	close_set(&d, set);
	feed(h, &d);
	assert_int_equal(h->nflows, 1);
	h->from.from = addr_v4(EXPORTER + 1);
	earns(h, &d, NF_NO_TEMPLATE);
	h->from.from = addr_v4(EXPORTER);
	h->from.from_port = 50001; /* the port does not matter */
	feed(h, &d);
	assert_int_equal(h->nflows, 2);
	ipfix(&i, 7);
	set = open_set(&i, 256);
	U32(&i, 0x0a000001, 100);
	close_set(&i, set);
	end_ipfix(&i);
	earns(h, &i, NF_NO_TEMPLATE);
	store_be32(d.data + 16, 8);
	earns(h, &d, NF_NO_TEMPLATE);
	deaf(h);
}

static void redefinition_replaces(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	TEMPLATE9(&b, 256, 8, 4, 1, 4);
	TEMPLATE9(&b, 256, 8, 4, 1, 4);
	TEMPLATE9(&b, 256, 1, 4, 8, 4);
	size_t set = open_set(&b, 256);
	U32(&b, 100, 0x0a000001);
	close_set(&b, set);
	OPTIONS9(&b, 256, 1, 1, 4, 34, 4); /* now it is options */
	set = open_set(&b, 256);
	U32(&b, 0, 1000);
	close_set(&b, set);
	feed(h, &b);
	assert_int_equal(totals(h)->templates, 4);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(h->flows[0].bytes, 100);
	assert_int_equal(totals(h)->option_records, 1);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void withdraw(struct bytes *b, uint16_t set_id, uint16_t id)
{
	ipfix(b, 0);
	size_t set = open_set(b, set_id);
	U16(b, id, 0);
	close_set(b, set);
	end_ipfix(b);
}

static void withdrawals(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes t, d, b;
	ipfix(&t, 0);
	TEMPLATE_IPFIX(&t, 256, 8, 4, 1, 4);
	TEMPLATE_IPFIX(&t, 257, 8, 4, 1, 4);
	OPTIONS_IPFIX(&t, 258, 1, 149, 4, 34, 4);
	end_ipfix(&t);
	ipfix(&d, 0);
	for (uint16_t id = 256; id <= 258; id++) {
		size_t set = open_set(&d, id);
		U32(&d, 0x0a000001, 100);
		close_set(&d, set);
	}
	end_ipfix(&d);

	feed(h, &t);
	feed(h, &d);
	assert_int_equal(h->nflows, 2);
	withdraw(&b, 2, 256);
	feed(h, &b);
	feed(h, &b); /* nothing left to withdraw, and no fault */
	assert_int_equal(all_rejects(h), 0);
	feed(h, &d);
	assert_int_equal(h->nflows, 3);
	assert_int_equal(rejects(h, NF_NO_TEMPLATE), 1);
	withdraw(&b, 2, 2); /* all templates, options stay */
	feed(h, &b);
	feed(h, &d);
	assert_int_equal(rejects(h, NF_NO_TEMPLATE), 3);
	assert_int_equal(totals(h)->option_records, 3);
	withdraw(&b, 3, 3);
	feed(h, &b);
	feed(h, &d);
	assert_int_equal(totals(h)->option_records, 3);
	assert_int_equal(rejects(h, NF_NO_TEMPLATE), 6);
	assert_int_equal(totals(h)->templates, 3); /* a withdrawal is none */
	feed_prefixes(&b);
	deaf(h);
}

/* Elements of which templates are put together: of all the ways of reading, and such as share a place. */
static const uint16_t told[][2] = {
	{ 1, 4 },   { 1, 8 },  { 2, 4 },   { 2, 3 },   { 231, 8 }, { 232, 8 }, { 8, 4 },   { 12, 4 },  { 27, 16 }, { 28, 16 },
	{ 15, 4 },  { 62, 16 }, { 18, 4 }, { 4, 1 },   { 5, 1 },   { 6, 1 },   { 7, 2 },   { 11, 2 },  { 32, 2 },  { 139, 2 },
	{ 176, 1 }, { 177, 1 }, { 192, 1 }, { 88, 2 }, { 56, 6 },  { 81, 6 },  { 256, 2 }, { 58, 2 },  { 70, 3 },  { 71, 3 },
	{ 351, 8 }, { 61, 1 },  { 21, 4 },  { 22, 4 },  { 152, 8 }, { 153, 8 }, { 154, 8 }, { 225, 4 }, { 227, 2 }, { 230, 1 },
	{ 34, 4 },  { 10, 2 },  { 14, 4 },  { 99, 5 },  { 9, 1 },   { 13, 1 },  { 29, 1 },  { 371, 8 }, { 104, 60 }, { 195, 1 },
};

static uint32_t any(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

static void put_record(struct bytes *b, uint64_t *seed, const uint16_t *pairs, size_t n)
{
	static const uint8_t protocols[] = { 1, 6, 17, 58 };
	for (size_t i = 0; i < n; i++) {
		bool none = any(seed, 3) == 0;
		for (size_t k = 0; k < pairs[i * 2 + 1]; k++)
			U8(b, none ? 0 : pairs[i * 2] == 4 ? protocols[any(seed, 4)] : any(seed, 256));
	}
}

/* What one record told is not the next one's: of a set that has several the rows are those of as many messages. */
static void records_of_a_set_know_nothing_of_each_other(void **state _unused_)
{
	enum { RECORDS = 5 };
	uint64_t seed = 1, rows = 0;
	struct heard *h = hear(), *other = hear();
	for (unsigned round = 0; round < 2000; round++) {
		uint16_t pairs[2 * 12];
		size_t n = 1 + any(&seed, 12), start[RECORDS + 1];
		struct bytes all, one;
		for (size_t i = 0; i < n; i++)
			memcpy(pairs + 2 * i, told[any(&seed, COUNT_OF(told))], sizeof(told[0]));
		v9(&all, 7);
		put_template(&all, 0, 256, pairs, n);
		feed(other, &all);
		size_t set = open_set(&all, 256);
		h->nflows = other->nflows = 0;
		for (size_t r = 0; r < RECORDS; r++) {
			start[r] = all.len;
			put_record(&all, &seed, pairs, n);
			start[r + 1] = all.len;
		}
		close_set(&all, set);
		feed(h, &all);
		for (size_t r = 0; r < RECORDS; r++) {
			v9(&one, 7);
			set = open_set(&one, 256);
			put(&one, all.data + start[r], start[r + 1] - start[r]);
			close_set(&one, set);
			feed(other, &one);
		}
		rows += h->nflows;
		assert_int_equal(h->nflows, other->nflows);
		assert_memory_equal(h->flows, other->flows, h->nflows * sizeof(h->flows[0]));
		assert_int_equal(totals(h)->bytes, totals(other)->bytes);
	}
	assert_true(rows > 2000);
	deaf(h);
	deaf(other);
}

UNIT_MAIN(cmocka_unit_test(data_waits_for_its_template), cmocka_unit_test(records_of_a_set_know_nothing_of_each_other),
	  cmocka_unit_test(scope_of_a_template_is_exporter_version_domain), cmocka_unit_test(redefinition_replaces),
	  cmocka_unit_test(withdrawals))
