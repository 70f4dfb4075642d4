/* Of a datagram only the samples that may be seen, and what the receiver can tell from the rest. */
#include "heard.h"
#include "wire/sflow_encode.h"

static const char to_own[] = "020000000002020000000001 0800 4500002800014000 4011 0000 0a000001 0a000002 01bbc350 0014 0000";
static const char to_other[] = "020000000003020000000001 0800 4500002800014000 4011 0000 0a000001 0a000003 01bbc350 0014 0000";

static void begin(struct bytes *b, uint32_t samples)
{
	*b = (struct bytes){ 0 };
	U32(b, 5, 1, 0x0a00000a, 7, 99, 123456, samples);
}

/* With a structure that nobody knows behind the header. */
static void flow(struct bytes *b, bool expanded, uint32_t sequence, const char *hex)
{
	U32(b, expanded ? 3 : 1);
	size_t sample = open_u32(b);
	U32(b, sequence);
	if (expanded)
		U32(b, 0, 3, 512, 77000, 9, 0, 3, 0, 4, 2);
	else
		U32(b, 3, 512, 77000, 9, 3, 4, 2);
	U32(b, 1);
	size_t structure = open_u32(b);
	U32(b, 1, 64, 4);
	size_t header = open_u32(b);
	put_hex(b, hex);
	close_u32(b, header);
	while (b->len % 4)
		U8(b, 0);
	close_u32(b, structure);
	U32(b, 0x99001, 4, 0xfeedbeef);
	close_u32(b, sample);
}

static void counters(struct bytes *b, uint32_t sequence, uint32_t ifindex)
{
	U32(b, 2);
	size_t sample = open_u32(b);
	U32(b, sequence, ifindex, 1, 1, 88, ifindex, 6, 0, 1000000000, 1, 3, 0, 1000);
	for (uint32_t i = 0; i < 14; i++)
		U32(b, i);
	close_u32(b, sample);
}

static bool is_own(void *arg _unused_, const struct flow_rec *r)
{
	return load_be32(r->ipdestination.b + 12) == 0x0a000002;
}

static bool is_port5(void *arg _unused_, const struct ifcounters_rec *r)
{
	return r->interface == 5;
}

static struct sflow_sieve *sieve_new(void)
{
	const struct sflow_keep keep = { .flow = is_own, .counters = is_port5 };
	struct sflow_sieve *s;
	assert_int_equal(sflow_sieve_new(&keep, &s), OK);
	return s;
}

static unsigned sieve(struct sflow_sieve *s, const struct bytes *b, struct buf *out)
{
	const struct datagram d = { .data = b->data, .len = b->len, .from = addr_v4(0x0a00000a), .received = RECEIVED };
	unsigned n;
	assert_int_equal(sflow_sieve(s, &d, out, &n), OK);
	assert_int_equal(n == 0, out->len == 0);
	return n;
}

static struct bytes of_buf(const struct buf *out)
{
	struct bytes b = { 0 };
	put(&b, out->data, out->len);
	return b;
}

static void only_what_is_kept_goes_out(void **state _unused_)
{
	struct sflow_sieve *s = sieve_new();
	struct buf out = { 0 };
	struct bytes b;
	begin(&b, 5);
	flow(&b, false, 41, to_other);
	flow(&b, false, 42, to_own);
	counters(&b, 7, 4);
	counters(&b, 8, 5);
	flow(&b, true, 43, to_own);
	assert_int_equal(sieve(s, &b, &out), 3);

	struct heard *h = hear();
	struct bytes again = of_buf(&out);
	feed(h, &again);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(h->ncounters, 1);
	assert_addr(&h->flows[0].ipdestination, "10.0.0.2");
	assert_addr(&h->flows[0].agent, "10.0.0.10");
	assert_int_equal(h->flows[1].samplingrate, 512);
	assert_int_equal(h->counters[0].interface, 5);
	assert_int_equal(totals(h)->structures_skipped, 2); /* the unknown one stayed where it was */
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
	buf_free(&out);
	sflow_sieve_free(s);
}

/* The same bytes as the agent's, but for sequence, pool and drops. */
static void a_kept_sample_is_the_agents_own(void **state _unused_)
{
	struct sflow_sieve *s = sieve_new();
	struct buf out = { 0 };
	struct bytes b, want;
	for (uint32_t i = 1; i <= 3; i++) {
		begin(&b, 2);
		flow(&b, false, 900 + i, to_other);
		flow(&b, false, 7 * i, to_own);
		begin(&want, 1);
		store_be32(want.data + 16, i); /* the datagram's number */
		flow(&want, false, i, to_own);
		store_be32(want.data + 28 + 8 + 12, 512 * i); /* the pool */
		store_be32(want.data + 28 + 8 + 16, 0);       /* drops */
		assert_int_equal(sieve(s, &b, &out), 1);
		assert_int_equal(out.len, want.len);
		assert_memory_equal(out.data, want.data, want.len);
	}
	buf_free(&out);
	sflow_sieve_free(s);
}

/* To the receiver nothing was lost, whatever was left out in between. */
static void the_receiver_finds_no_gaps(void **state _unused_)
{
	struct sflow_sieve *s = sieve_new();
	struct buf out = { 0 };
	struct heard *h = hear();
	struct bytes b;
	for (uint32_t i = 0; i < 20; i++) {
		begin(&b, 2);
		store_be32(b.data + 16, 100 + i * 3);
		flow(&b, false, 50 + i * 9, i % 3 ? to_own : to_other);
		flow(&b, true, 60 + i * 5, i % 2 ? to_own : to_other);
		if (sieve(s, &b, &out)) {
			struct bytes again = of_buf(&out);
			feed(h, &again);
		}
	}
	assert_int_equal(h->nflows, 13 + 10);
	assert_int_equal(totals(h)->datagrams_lost, 0);
	assert_int_equal(totals(h)->records_lost, 0);
	assert_int_equal(totals(h)->samples_dropped, 0);
	assert_int_equal(totals(h)->resets, 0);
	deaf(h);
	buf_free(&out);
	sflow_sieve_free(s);
}

static void what_does_not_decode_is_not_passed_on(void **state _unused_)
{
	struct sflow_sieve *s = sieve_new();
	struct buf out = { 0 };
	struct bytes b;
	begin(&b, 1);
	b.data[3] = 4;
	flow(&b, false, 1, to_own);
	assert_int_equal(sieve(s, &b, &out), 0); /* sFlow v4 */
	begin(&b, 1);
	U32(&b, 77, 4, 1);
	assert_int_equal(sieve(s, &b, &out), 0); /* a sample nobody knows */
	begin(&b, 1);
	U32(&b, 1, 8, 1, 3);
	assert_int_equal(sieve(s, &b, &out), 0); /* one that ends in its header */
	begin(&b, 2);
	flow(&b, false, 1, to_own);
	for (; b.len; b.len--) /* every prefix: all of the sample or none of it */
		assert_int_equal(sieve(s, &b, &out), b.len == 28 + 8 + 32 + 8 + 16 + 44 + 12);
	buf_free(&out);
	sflow_sieve_free(s);
}

static void no_memory_is_said(void **state _unused_)
{
	const struct sflow_keep keep = { .flow = is_own };
	struct bytes b;
	begin(&b, 1);
	flow(&b, false, 1, to_own);
	const struct datagram d = { .data = b.data, .len = b.len, .received = RECEIVED };
	for (long n = 0;; n++) {
		struct sflow_sieve *s = NULL;
		struct buf out = { 0 };
		unsigned kept = 0;
		mem_fail_at(n);
		enum err e = sflow_sieve_new(&keep, &s);
		if (e == OK)
			e = sflow_sieve(s, &d, &out, &kept);
		mem_fail_at(-1);
		sflow_sieve_free(s);
		buf_free(&out);
		if (e == OK) {
			assert_int_equal(kept, 1);
			return;
		}
		assert_int_equal(e, E_NOMEM);
	}
}

UNIT_MAIN(cmocka_unit_test(only_what_is_kept_goes_out), cmocka_unit_test(a_kept_sample_is_the_agents_own),
      cmocka_unit_test(the_receiver_finds_no_gaps), cmocka_unit_test(what_does_not_decode_is_not_passed_on),
      cmocka_unit_test(no_memory_is_said))
