/* What is forgotten after a while, and what is kept from one run to the next. */
#include "base/clock.h"
#include "export.h"
#include "wire/limits.h"

static void data_set(struct bytes *b, uint16_t id)
{
	size_t set = open_set(b, id);
	U32(b, 0x0a000001, 100);
	close_set(b, set);
}

static void a_template(struct heard *h, uint32_t domain)
{
	struct bytes b;
	v9(&b, domain);
	TEMPLATE9(&b, 256, 8, 4, 1, 4);
	feed(h, &b);
}

static void some_data(struct heard *h, uint32_t domain)
{
	struct bytes b;
	v9(&b, domain);
	data_set(&b, 256);
	feed(h, &b);
}

static void data_waits_half_an_hour(void **state _unused_)
{
	struct heard *h = hear();
	some_data(h, 1);
	h->from.received += HELD_AGE / 2 * USEC_PER_SEC;
	some_data(h, 2);
	h->from.received += (HELD_AGE / 2 + SWEEP_EVERY) * USEC_PER_SEC;
	a_template(h, 1);
	assert_int_equal(rejects(h, NF_HELD_OLD), 1);
	assert_int_equal(h->nflows, 0);
	a_template(h, 2);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(totals(h)->late_sets, 1);
	deaf(h);
}

static void count(void *arg, const struct wire_exporter *x _unused_)
{
	++*(size_t *)arg;
}

static size_t sources(const struct heard *h)
{
	size_t n = 0;
	wire_exporters(h->w, count, &n);
	return n;
}

static void silent_sources_go(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	a_template(h, 1);
	some_data(h, 3); /* waits, for as long as its source is known */
	h->from.from = addr_v4(EXPORTER + 1);
	a_template(h, 1);
	b = (struct bytes){ 0 };
	U32(&b, 5, 1, 0x0a00000a, 0, 1, 1000, 1, 4, 16, 1, 0, 5, 0); /* sFlow, with a data source */
	feed(h, &b);
	assert_int_equal(sources(h), 4);
	h->from.received += IDLE_AGE / 2 * USEC_PER_SEC;
	a_template(h, 1);
	h->from.received += (IDLE_AGE / 2 + 1) * USEC_PER_SEC;
	some_data(h, 1);
	assert_int_equal(sources(h), 1);
	assert_int_equal(h->nflows, 1); /* this one is known still */
	assert_int_equal(rejects(h, NF_HELD_OLD), 1);
	h->from.from = addr_v4(EXPORTER);
	some_data(h, 1); /* and this one is not */
	assert_int_equal(h->nflows, 1);
	a_template(h, 1);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(totals(h)->datagrams_lost + totals(h)->resets, 0);
	deaf(h);
}

/* Ten minutes are enough to lose one's place where places are wanted. */
static void who_is_silent_makes_room(void **state _unused_)
{
	struct heard *h = hear();
	for (uint32_t i = 0; i < MAX_DOMAINS; i++)
		a_template(h, i);
	a_template(h, MAX_DOMAINS);
	assert_int_equal(rejects(h, NF_DOMAINS_FULL), 1);
	h->from.received += IDLE_AGE_FULL / 2 * USEC_PER_SEC;
	a_template(h, 7);
	h->from.received += (IDLE_AGE_FULL / 2 + 1) * USEC_PER_SEC;
	a_template(h, MAX_DOMAINS);
	assert_int_equal(rejects(h, NF_DOMAINS_FULL), 1);
	assert_int_equal(sources(h), 2);
	some_data(h, 7);
	assert_int_equal(h->nflows, 1);
	for (uint32_t i = 0; i < MAX_DOMAINS - 2; i++) /* what they had is given back */
		a_template(h, 100000 + i);
	assert_int_equal(rejects(h, NF_DOMAINS_FULL), 1);
	deaf(h);
}

static void a_clock_set_back_forgets_nothing(void **state _unused_)
{
	struct heard *h = hear();
	a_template(h, 1);
	h->from.received -= 100 * IDLE_AGE * USEC_PER_SEC;
	some_data(h, 1);
	some_data(h, 2);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(sources(h), 2);
	deaf(h);
}

/* -- snapshots -------------------------------------------------------------------------- */

/* v9 with a sampler's rate, and IPFIX with a rate of the domain and an options template. */
static struct heard *learned(void)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 1);
	TEMPLATE9(&b, 256, 8, 4, 1, 4, 48, 4);
	OPTIONS9(&b, 257, 1, 1, 4, 48, 4, 34, 4);
	size_t set = open_set(&b, 257);
	U32(&b, 0, 7, 1000);
	close_set(&b, set);
	feed(h, &b);
	ipfix(&b, 2);
	TEMPLATE_IPFIX(&b, 300, 8, 4, 1, 4);
	OPTIONS_IPFIX(&b, 301, 1, 149, 4, 305, 4, 306, 4);
	set = open_set(&b, 301);
	U32(&b, 2, 1, 99);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	a_template(h, 3);
	return h;
}

static void data_of_both(struct heard *h)
{
	struct bytes b;
	v9(&b, 1);
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001, 100, 7);
	close_set(&b, set);
	feed(h, &b);
	ipfix(&b, 2);
	data_set(&b, 300);
	end_ipfix(&b);
	feed(h, &b);
}

static struct buf saved(const struct heard *h)
{
	struct buf b = { 0 };
	assert_int_equal(wire_save_templates(h->w, &b), OK);
	return b;
}

static void templates_outlive_the_run(void **state _unused_)
{
	struct heard *first = learned(), *h = hear();
	struct buf b = saved(first);
	deaf(first);
	assert_int_equal(wire_load_templates(h->w, b.data, b.len), OK);
	assert_int_equal(totals(h)->templates + totals(h)->datagrams + all_rejects(h), 0);
	data_of_both(h);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(h->flows[0].samplingrate, 1000);
	assert_int_equal(h->flows[1].samplingrate, 100);
	struct buf again = saved(h);
	assert_int_equal(again.len, b.len);
	buf_free(&again);
	buf_free(&b);
	deaf(h);
}

static void what_is_told_meanwhile_stands(void **state _unused_)
{
	struct heard *first = learned(), *h = hear();
	struct buf old = saved(first);
	struct bytes b;
	v9(&b, 1);
	TEMPLATE9(&b, 256, 12, 4, 1, 4, 48, 4); /* the destination now */
	feed(h, &b);
	assert_int_equal(wire_load_templates(h->w, old.data, old.len), OK);
	assert_int_equal(wire_load_templates(h->w, old.data, old.len), OK); /* of another worker */
	data_of_both(h);
	assert_addr(&h->flows[0].ipdestination, "10.0.0.1");
	assert_addr(&h->flows[0].ipsource, "");
	assert_addr(&h->flows[1].ipsource, "10.0.0.1");
	buf_free(&old);
	deaf(first);
	deaf(h);
}

static void nothing_learned_is_nothing_kept(void **state _unused_)
{
	struct heard *h = hear();
	struct buf b = saved(h);
	assert_int_equal(wire_load_templates(h->w, b.data, b.len), OK);
	assert_int_equal(sources(h), 0);
	b.len--;
	assert_int_equal(wire_load_templates(h->w, b.data, b.len), E_CORRUPT);
	assert_int_equal(wire_load_templates(h->w, NULL, 0), E_CORRUPT);
	assert_int_equal(rejects(h, NF_SNAPSHOT), 2);
	buf_free(&b);
	deaf(h);
}

/* Every beginning, every bit turned: refused or taken, never believed. */
static void damage(void **state _unused_)
{
	struct heard *first = learned();
	struct buf b = saved(first);
	deaf(first);
	for (size_t n = 0; n < b.len; n++) {
		struct heard *h = hear();
		uint8_t *exact = malloc(n ? n : 1);
		assert_non_null(exact);
		memcpy(exact, b.data, n);
		enum err e = wire_load_templates(h->w, exact, n);
		assert_true(e == OK || e == E_CORRUPT);
		free(exact);
		data_of_both(h);
		deaf(h);
	}
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		struct heard *h = hear();
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		enum err e = wire_load_templates(h->w, b.data, b.len);
		assert_true(e == OK || e == E_CORRUPT || e == E_VERSION);
		data_of_both(h);
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		deaf(h);
	}
	struct heard *h = hear();
	b.data[4] = 2;
	assert_int_equal(wire_load_templates(h->w, b.data, b.len), E_VERSION);
	deaf(h);
	buf_free(&b);
}

static void no_memory_for_a_snapshot(void **state _unused_)
{
	struct heard *first = learned();
	struct buf b = saved(first);
	deaf(first);
	enum err e = E_NOMEM;
	for (long n = 0; e != OK; n++) {
		struct heard *h = hear();
		mem_fail_at(n);
		e = wire_load_templates(h->w, b.data, b.len);
		mem_fail_at(-1);
		assert_true(n < 1000);
		deaf(h);
	}
	struct heard *h = learned();
	struct buf little = { .ceiling = 100 };
	assert_int_equal(wire_save_templates(h->w, &little), E_LIMIT);
	buf_free(&little);
	buf_free(&b);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(data_waits_half_an_hour), cmocka_unit_test(silent_sources_go),
	  cmocka_unit_test(who_is_silent_makes_room), cmocka_unit_test(a_clock_set_back_forgets_nothing),
	  cmocka_unit_test(templates_outlive_the_run), cmocka_unit_test(what_is_told_meanwhile_stands),
	  cmocka_unit_test(nothing_learned_is_nothing_kept), cmocka_unit_test(damage),
	  cmocka_unit_test(no_memory_for_a_snapshot))
