/* Sessions: what comes by a connection has its own templates and sequence, and ends with it. */
#include "export.h"

static void message(struct bytes *b, bool template, uint32_t sequence)
{
	ipfix(b, 7);
	store_be32(b->data + 8, sequence);
	if (template)
		TEMPLATE_IPFIX(b, 256, 8, 4, 1, 4);
	size_t set = open_set(b, 256);
	U32(b, 0x0a000001, 100);
	close_set(b, set);
	end_ipfix(b);
}

struct walk {
	size_t n;
	struct wire_exporter at[8];
};

static void on_exporter(void *arg, const struct wire_exporter *x)
{
	struct walk *w = arg;
	assert_true(w->n < COUNT_OF(w->at));
	w->at[w->n++] = *x;
}

static void templates_belong_to_the_session(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	message(&b, true, 0);
	h->from.session = 1;
	feed(h, &b);
	assert_int_equal(h->nflows, 1);
	message(&b, false, 0);
	h->from.session = 2;
	earns(h, &b, NF_NO_TEMPLATE);
	h->from.session = 0;
	earns(h, &b, NF_NO_TEMPLATE);
	wire_session_end(h->w, 1);
	h->from.session = 1; /* the number is used again */
	earns(h, &b, NF_NO_TEMPLATE);
	deaf(h);
}

static void numbers_outlive_the_session(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	for (uint32_t session = 1; session <= 3; session++) {
		h->from.session = session;
		for (uint32_t i = 0; i < 10; i++) { /* each begins with sequence 0; the fifth message is lost */
			message(&b, i == 0, i);
			if (i != 4)
				feed(h, &b);
		}
		wire_session_end(h->w, session);
	}
	struct walk w = { 0 };
	wire_exporters(h->w, on_exporter, &w);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.at[0].session, 0);
	assert_int_equal(w.at[0].datagrams, 27);
	assert_int_equal(w.at[0].records, 27);
	assert_int_equal(w.at[0].records_lost, 3);
	assert_int_equal(w.at[0].resets, 0);
	assert_int_equal(w.at[0].templates, 0);
	assert_int_equal(w.at[0].first_seen, RECEIVED);
	assert_true(w.at[0].clock_told);
	assert_int_equal(w.at[0].skew, EXPORTED * USEC_PER_SEC - RECEIVED);
	assert_int_equal(totals(h)->records_lost, 3);
	deaf(h);
}

static void an_open_session_is_listed_and_not_kept(void **state _unused_)
{
	struct heard *h = hear(), *again = hear();
	struct walk w = { 0 };
	struct bytes b;
	struct buf kept = { 0 };
	message(&b, true, 0);
	h->from.session = 9;
	feed(h, &b);
	wire_exporters(h->w, on_exporter, &w);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.at[0].session, 9);
	assert_int_equal(w.at[0].templates, 1);
	assert_int_equal(wire_save_templates(h->w, &kept), OK);
	assert_int_equal(wire_load_templates(again->w, kept.data, kept.len), OK);
	message(&b, false, 1);
	earns(again, &b, NF_NO_TEMPLATE);
	buf_free(&kept);
	deaf(again);
	deaf(h);
}

static void a_silent_session_keeps_its_templates(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	message(&b, true, 0);
	h->from.session = 1;
	feed(h, &b);
	h->from.received += 3 * USEC_PER_DAY; /* others would be forgotten */
	h->from.session = 0;
	feed(h, &b);
	h->from.session = 1;
	message(&b, false, 1);
	feed(h, &b);
	assert_int_equal(h->nflows, 3);
	deaf(h);
}

static void the_end_of_nothing_is_nothing(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	wire_session_end(h->w, 5);
	message(&b, true, 0);
	feed(h, &b);
	wire_session_end(h->w, 0); /* no session: nothing of it */
	message(&b, false, 1);
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(templates_belong_to_the_session), cmocka_unit_test(numbers_outlive_the_session),
	  cmocka_unit_test(an_open_session_is_listed_and_not_kept),
	  cmocka_unit_test(a_silent_session_keeps_its_templates), cmocka_unit_test(the_end_of_nothing_is_nothing))
