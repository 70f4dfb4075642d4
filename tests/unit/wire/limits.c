/* What strangers can make grow stops at its ceiling, is counted, and what was there before goes
 * on working.  Every allocation gets its turn to fail. */
#include "export.h"
#include "wire/limits.h"

static void data_set(struct bytes *b, uint16_t id)
{
	size_t set = open_set(b, id);
	U32(b, 0x0a000001, 100);
	close_set(b, set);
}

/* The exporter at EXPORTER + n sends a template and data for it. */
static void template_and_data(struct heard *h, uint32_t n, uint32_t domain, uint16_t id)
{
	struct bytes b;
	h->from.from = addr_v4(EXPORTER + n);
	v9(&b, domain);
	TEMPLATE9(&b, id, 8, 4, 1, 4);
	data_set(&b, id);
	feed(h, &b);
}

static void exporters(void **state _unused_)
{
	struct heard *h = hear();
	for (uint32_t i = 0; i < MAX_EXPORTERS; i++)
		template_and_data(h, i, 0, 256);
	assert_int_equal(all_rejects(h), 0);
	template_and_data(h, MAX_EXPORTERS, 0, 256);
	assert_int_equal(rejects(h, NF_EXPORTERS_FULL), 1);
	assert_int_equal(h->nflows, MAX_EXPORTERS);
	template_and_data(h, 0, 0, 256);
	assert_int_equal(all_rejects(h), 1);
	assert_int_equal(h->nflows, MAX_EXPORTERS + 1);
	deaf(h);
}

static void domains(void **state _unused_)
{
	struct heard *h = hear();
	for (uint32_t i = 0; i < MAX_DOMAINS; i++)
		template_and_data(h, 0, i, 256);
	assert_int_equal(all_rejects(h), 0);
	template_and_data(h, 0, MAX_DOMAINS, 256);
	assert_int_equal(rejects(h, NF_DOMAINS_FULL), 1);
	for (uint32_t n = 1; n < MAX_DOMAINS_ALL / MAX_DOMAINS; n++)
		for (uint32_t i = 0; i < MAX_DOMAINS; i++)
			template_and_data(h, n, i, 256);
	assert_int_equal(all_rejects(h), 1);
	template_and_data(h, MAX_DOMAINS_ALL / MAX_DOMAINS, 0, 256);
	assert_int_equal(rejects(h, NF_DOMAINS_FULL), 2);
	assert_int_equal(h->nflows, MAX_DOMAINS_ALL);
	for (uint32_t n = 0; n < MAX_EXPORTERS; n++) /* who was refused takes no place of an exporter */
		template_and_data(h, 0x10000 + n, 0, 256);
	assert_int_equal(rejects(h, NF_EXPORTERS_FULL), 0);
	h->from.received += (IDLE_AGE + 1) * USEC_PER_SEC;
	template_and_data(h, 1 << 24, 0, 256);
	assert_int_equal(h->nflows, MAX_DOMAINS_ALL + 1);
	deaf(h);
}

static void templates(void **state _unused_)
{
	struct heard *h = hear();
	for (uint16_t i = 0; i < MAX_TEMPLATES; i++)
		template_and_data(h, 0, 0, (uint16_t)(256 + i));
	assert_int_equal(all_rejects(h), 0);
	template_and_data(h, 0, 0, 256 + MAX_TEMPLATES); /* refused, so its data has none */
	assert_int_equal(rejects(h, NF_TEMPLATES_FULL), 1);
	assert_int_equal(rejects(h, NF_NO_TEMPLATE), 1);
	template_and_data(h, 0, 0, 256);
	assert_int_equal(h->nflows, MAX_TEMPLATES + 1);
	deaf(h);

	h = hear(); /* and in the order that is worst to keep sorted */
	for (uint16_t i = MAX_TEMPLATES; i-- > 0;)
		template_and_data(h, 0, 0, (uint16_t)(256 + i));
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, MAX_TEMPLATES);
	deaf(h);
}

/* An exporter that gives every template a new id and withdraws it again never runs out. */
static void withdrawn_templates_make_room(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	for (uint32_t i = 0; i < MAX_TEMPLATES * 4; i++) {
		ipfix(&b, 0);
		TEMPLATE_IPFIX(&b, (uint16_t)(256 + i), 8, 4, 1, 4);
		data_set(&b, (uint16_t)(256 + i));
		if (i >= 100) { /* a hundred stay */
			size_t set = open_set(&b, 2);
			U16(&b, 256 + i - 100, 0);
			close_set(&b, set);
		}
		end_ipfix(&b);
		feed(h, &b);
	}
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, MAX_TEMPLATES * 4);
	deaf(h);
}

static void big_template(struct bytes *b, uint16_t id, uint16_t fields)
{
	v9(b, 0);
	size_t set = open_set(b, 0);
	U16(b, id, fields);
	for (uint16_t i = 0; i < fields; i++)
		U16(b, i % 2 ? 12 : 8, 4);
	close_set(b, set);
}

static void fields_and_bytes_of_templates(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	big_template(&b, 256, MAX_TEMPLATE_FIELDS + 1);
	earns(h, &b, NF_TEMPLATE_BIG);
	uint64_t fit = 0;
	for (uint32_t n = 0; rejects(h, NF_TEMPLATE_MEMORY) == 0; n++) {
		assert_true(n < 4);
		h->from.from = addr_v4(EXPORTER + n);
		for (uint16_t i = 0; i < MAX_TEMPLATES && rejects(h, NF_TEMPLATE_MEMORY) == 0; i++, fit++) {
			big_template(&b, (uint16_t)(256 + i), MAX_TEMPLATE_FIELDS);
			feed(h, &b);
		}
	}
	assert_true(fit > 4000 && fit < MAX_TEMPLATE_BYTES / (MAX_TEMPLATE_FIELDS * 4));
	assert_int_equal(all_rejects(h), 2);
	assert_int_equal(rejects(h, NF_TEMPLATE_MEMORY), 1);
	h->from.from = addr_v4(EXPORTER); /* one in place of another needs no room */
	big_template(&b, 256, 10);
	feed(h, &b);
	big_template(&b, 256, MAX_TEMPLATE_FIELDS);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 2);
	deaf(h);
}

static void samplers(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	OPTIONS_IPFIX(&b, 260, 1, 302, 4, 34, 4);
	size_t set = open_set(&b, 260);
	for (uint32_t i = 0; i < MAX_SAMPLERS; i++)
		U32(&b, i, 1000 + i);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	ipfix(&b, 0);
	set = open_set(&b, 260);
	U32(&b, MAX_SAMPLERS, 7);
	close_set(&b, set);
	end_ipfix(&b);
	earns(h, &b, NF_SAMPLERS_FULL);
	ipfix(&b, 0);
	set = open_set(&b, 260);
	U32(&b, 5, 55); /* a known one still changes */
	close_set(&b, set);
	TEMPLATE_IPFIX(&b, 256, 1, 4, 302, 4);
	set = open_set(&b, 256);
	U32(&b, 100, 5, 100, MAX_SAMPLERS);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(h->flows[0].samplingrate, 55);
	assert_int_equal(h->flows[1].samplingrate, 0);
	deaf(h);
}

static void held_sets_of_an_exporter(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	data_set(&b, 256);
	for (uint32_t i = 0; i < MAX_HELD_SETS; i++)
		earns(h, &b, NF_NO_TEMPLATE);
	feed(h, &b);
	assert_int_equal(rejects(h, NF_HELD_FULL), 1);
	v9(&b, 1); /* its other domains share the allowance, other exporters do not */
	data_set(&b, 256);
	feed(h, &b);
	assert_int_equal(rejects(h, NF_HELD_FULL), 2);
	h->from.from = addr_v4(EXPORTER + 1);
	feed(h, &b);
	assert_int_equal(rejects(h, NF_HELD_FULL), 2);
	template_and_data(h, 0, 0, 256);
	assert_int_equal(h->nflows, MAX_HELD_SETS + 1);
	assert_int_equal(totals(h)->late_sets, MAX_HELD_SETS);
	h->from.from = addr_v4(EXPORTER); /* what was released makes room */
	v9(&b, 0);
	data_set(&b, 257);
	for (uint32_t i = 0; i < MAX_HELD_SETS; i++)
		earns(h, &b, NF_NO_TEMPLATE);
	template_and_data(h, 0, 0, 257);
	assert_int_equal(totals(h)->late_sets, 2 * MAX_HELD_SETS);
	deaf(h);
}

static void held_bytes_of_all(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	enum { EXPORTERS = MAX_HELD_BYTES_ALL / MAX_HELD_BYTES + 8, BIG = 60000 };
	v9(&b, 0);
	size_t set = open_set(&b, 256);
	while (b.len < BIG)
		U32(&b, 0x0a000001, 100);
	close_set(&b, set);
	for (uint32_t n = 0; n < EXPORTERS; n++) {
		h->from.from = addr_v4(EXPORTER + n);
		for (int i = 0; i < MAX_HELD_BYTES / BIG; i++)
			feed(h, &b);
	}
	assert_int_equal(rejects(h, NF_HELD_FULL), 0);
	assert_true(rejects(h, NF_HELD_DROPPED) > 0);
	template_and_data(h, 0, 0, 256); /* the first was pushed out, the last is all there */
	assert_int_equal(totals(h)->late_sets, 0);
	template_and_data(h, EXPORTERS - 1, 0, 256);
	assert_int_equal(totals(h)->late_sets, MAX_HELD_BYTES / BIG);
	for (int i = 0; i <= MAX_HELD_BYTES / BIG; i++) /* by bytes, before it is by number */
		feed_first(h, &b, b.len);
	h->from.from = addr_v4(EXPORTER + EXPORTERS);
	for (int i = 0; i <= MAX_HELD_BYTES / BIG; i++)
		feed(h, &b);
	assert_int_equal(rejects(h, NF_HELD_FULL), 1);
	deaf(h);
}

/* A template, data before and after one, options: the n-th allocation fails, for every n. */
static void every_allocation_may_fail(void **state _unused_)
{
	bool failed = true;
	for (long n = 0; failed; n++) {
		struct heard *h = hear();
		struct bytes b;
		assert_true(n < 1000);
		mem_fail_at(n);
		v9(&b, 0);
		data_set(&b, 257);
		TEMPLATE9(&b, 256, 8, 4, 1, 4);
		OPTIONS9(&b, 260, 1, 1, 4, 48, 4, 34, 4);
		size_t set = open_set(&b, 260);
		U32(&b, 0, 1, 1000);
		close_set(&b, set);
		data_set(&b, 256);
		TEMPLATE9(&b, 257, 8, 4, 1, 4);
		struct datagram d = h->from;
		d.data = b.data;
		d.len = b.len;
		wire_decode(h->w, &d);
		failed = rejects(h, NF_NO_MEMORY) > 0;
		mem_fail_at(-1);
		feed(h, &b); /* and then all is well again */
		assert_true(h->nflows >= 2);
		if (!failed)
			assert_int_equal(h->nflows, 4);
		deaf(h);
	}
	struct wire *w = NULL;
	struct wire_sink sink = { 0 };
	mem_fail_at(0);
	assert_int_equal(wire_new(&sink, &w), E_NOMEM);
	mem_fail_at(-1);
	assert_null(w);
}

UNIT_MAIN(cmocka_unit_test(exporters), cmocka_unit_test(domains), cmocka_unit_test(templates),
	  cmocka_unit_test(withdrawn_templates_make_room),
	  cmocka_unit_test(fields_and_bytes_of_templates), cmocka_unit_test(samplers),
	  cmocka_unit_test(held_sets_of_an_exporter), cmocka_unit_test(held_bytes_of_all),
	  cmocka_unit_test(every_allocation_may_fail))
