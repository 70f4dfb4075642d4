/* Usual flow samples are read straight down (sflow_usual.h).  One structure more that nobody knows, and the same
 * sample is read in the general way: both must come to the same. */
#include "frames.h"

static void put_raw(struct bytes *b, uint64_t *seed)
{
	U32(b, 1);
	size_t at = open_u32(b);
	U32(b, ONE_OF(seed, 1, 1, 1, 1, 1, 11), ONE_OF(seed, 64, 1518, 9000), 4);
	size_t header = open_u32(b);
	put_hex(b, MACS);
	if (ONE_OF(seed, 0, 1))
		U16(b, ONE_OF(seed, 0x8100, 0x8100, 0x88a8), ONE_OF(seed, 0xe064, 0x0064, 0x6000));
	bool six = ONE_OF(seed, 0, 1);
	U16(b, six ? 0x86dd : ONE_OF(seed, 0x0800, 0x0800, 0x0806));
	put_ip(b, seed, six);
	b->len -= ONE_OF(seed, 0, 0, 0, 8, 40, 60); /* cut */
	close_u32(b, header);
	U32(b, 0);
	b->len -= ONE_OF(seed, 0, 2, 4, 4, 4); /* padding */
	close_u32(b, at);
	if (!ONE_OF(seed, 0, 1, 1, 1, 1, 1, 1))
		store_be32(b->data + header - 4, 500); /* more than there is */
}

static void put_switch(struct bytes *b, uint64_t *seed)
{
	U32(b, 1001);
	size_t at = open_u32(b);
	for (unsigned i = 0; i < 4; i++)
		U32(b, ONE_OF(seed, 0, 1, 5, 7, 8, 4094, 4095, 0xffffffff));
	b->len = b->len + ONE_OF(seed, 4, 4, 4, 4, 8, 0) - 4;
	close_u32(b, at);
}

static void put_router(struct bytes *b, uint64_t *seed)
{
	U32(b, 1002);
	size_t at = open_u32(b);
	unsigned type = ONE_OF(seed, 1, 1, 2, 2, 0, 3);
	U32(b, type);
	if (type)
		U32(b, 0xc0000209);
	if (type == 2)
		U32(b, 1, 2, 3);
	U32(b, ONE_OF(seed, 0, 24, 64, 128, 129, 0x100), ONE_OF(seed, 0, 32, 200, 0xffffffff));
	b->len = b->len + ONE_OF(seed, 4, 4, 4, 4, 8, 0) - 4;
	close_u32(b, at);
}

static void put_ethernet(struct bytes *b, uint64_t *seed)
{
	U32(b, 2, 24, 1500, 0x02000000, ONE_OF(seed, 1, 2) << 16, 0x02000000, 0x30000, 0x0800);
}

/* strange: one structure more, of a number that nobody has. */
static void put_sample(struct bytes *b, uint64_t seed, uint32_t number, bool strange)
{
	static void (*const structures[])(struct bytes *b, uint64_t *seed) = { put_raw, put_raw, put_raw, put_switch, put_switch,
									       put_router, put_router, put_ethernet };
	unsigned n = ONE_OF(&seed, 1, 1, 2, 2, 3, 3, 4, 0);
	bool expanded = !ONE_OF(&seed, 0, 1, 1);
	U32(b, expanded ? 3 : 1);
	size_t at = open_u32(b);
	U32(b, number);
	if (expanded)
		U32(b, ONE_OF(&seed, 0, 0, 2));
	U32(b, ONE_OF(&seed, 3, 3, 0x2000003), ONE_OF(&seed, 512, 512, 512, 1000, 0), 1, ONE_OF(&seed, 0, 0, 0, 1));
	if (expanded)
		U32(b, ONE_OF(&seed, 0, 0, 0, 0, 1, 2, 3));
	U32(b, ONE_OF(&seed, 3, 0x3fffffff, 0x40000001, 0x50000000, 0));
	if (expanded)
		U32(b, ONE_OF(&seed, 0, 0, 0, 0, 1, 2, 3));
	U32(b, ONE_OF(&seed, 4, 0x80000002, 0x40000102, 0xf0000004), n + strange);
	for (unsigned i = 0; i < n; i++)
		structures[ONE_OF(&seed, 0, 1, 2, 3, 4, 5, 6, 7)](b, &seed);
	if (strange)
		U32(b, 0x123001, 0);
	if (!ONE_OF(&seed, 0, 1, 1, 1, 1, 1))
		U32(b, 0); /* behind the last structure */
	close_u32(b, at);
}

static void put_datagram(struct bytes *b, uint64_t seed, uint32_t sequence, bool strange)
{
	unsigned n = ONE_OF(&seed, 1, 2, 3, 6);
	*b = (struct bytes){ 0 };
	U32(b, 5, 1, 0x0a00000a, 7, sequence, sequence * 10, n);
	for (unsigned i = 0; i < n; i++)
		put_sample(b, seed + i, sequence * 8 + i, strange);
}

/* All but what tells of the structure that was added. */
static struct wire_totals without_skips(const struct heard *h)
{
	struct wire_totals t = *totals(h);
	t.structures_skipped = 0;
	memset(t.skipped, 0, sizeof(t.skipped));
	return t;
}

static void note(void *arg, const struct wire_exporter *x)
{
	*(struct wire_exporter *)arg = *x;
}

static void the_straight_way_comes_to_the_same(void **state _unused_)
{
	struct heard *h = hear(), *other = hear();
	uint64_t usual = 0;
	for (uint32_t i = 1; i <= 3000; i++) {
		struct bytes b;
		struct wire_exporter x, y;
		h->nflows = other->nflows = 0;
		put_datagram(&b, i * 1000, i, false);
		feed(h, &b);
		put_datagram(&b, i * 1000, i, true);
		feed(other, &b);
		assert_int_equal(h->nflows, other->nflows);
		usual += h->nflows;
		assert_memory_equal(h->flows, other->flows, h->nflows * sizeof(h->flows[0]));
		struct wire_totals t = without_skips(h), want = without_skips(other);
		assert_memory_equal(&t, &want, sizeof(t));
		wire_exporters(h->w, note, &x);
		wire_exporters(other->w, note, &y);
		assert_memory_equal(&x, &y, sizeof(x));
	}
	assert_true(usual > 3000);
	deaf(h);
	deaf(other);
}

UNIT_MAIN(cmocka_unit_test(the_straight_way_comes_to_the_same))
