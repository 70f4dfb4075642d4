/* Whose is a flow: made tables against a walk over the mapping, over random mappings and records. */
#include "unit.h"

#include "base/mem.h"
#include "base/zone.h"
#include "model/model.h"

enum { CUSTOMERS = 17 /* a chain as long as may be */, RECORDS = 3000, ROUNDS = 12 };

static uint64_t state;

static unsigned dice(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void put_dates(struct buf *b)
{
	if (!dice(3))
		buf_printf(b, " from=\"2026-01-%02u\"", 1 + dice(10));
	if (!dice(3))
		buf_printf(b, " to=\"2026-01-%02u\"", 11 + dice(10));
}

static void put_port(struct buf *b)
{
	unsigned port = dice(12);
	buf_printf(b, " agent=\"10.0.0.%u\" ", 1 + dice(3));
	if (dice(2))
		buf_printf(b, "ifIndex=\"%u\"", 1 + port);
	else
		buf_printf(b, "ifName=\"e%u\"", 1 + port);
}

/* Chains of resellers (all below customer 0, so that nothing clashes that should not). */
static void put_mapping(struct buf *b)
{
	buf_text(b, "<customers>\n");
	for (unsigned i = 0; i < CUSTOMERS; i++) {
		buf_printf(b, "<customer id=\"c%u\"", i);
		if (i)
			buf_printf(b, " parent=\"c%u\"", i - 1);
		buf_text(b, ">");
		for (unsigned k = dice(3); k; k--) {
			unsigned bits = 4 * (5 + dice(4));
			buf_printf(b, "<cidr address=\"10.%u.%u.0\" bits=\"%u\"", bits < 24 ? 16 * dice(3) : dice(4),
				   bits < 24 ? 0 : dice(4) * (bits == 24), bits < 24 ? 12 : bits > 24 ? 24 : bits);
			if (!dice(3))
				put_port(b);
			put_dates(b);
			buf_text(b, "/>");
		}
		if (!dice(4))
			buf_printf(b, "<cidr address=\"2001:db8:%u::\" bits=\"48\"/>", dice(3));
		if (!dice(2)) {
			buf_text(b, "<port");
			put_port(b);
			put_dates(b);
			buf_text(b, "/>");
		}
		if (!dice(3)) {
			buf_printf(b, "<mac address=\"02:00:00:00:00:%02x\"", 1 + dice(9));
			put_dates(b);
			buf_text(b, "/>");
		}
		buf_text(b, "</customer>\n");
	}
	buf_text(b, "</customers>\n");
}

static struct model *make_model(void)
{
	struct model *m;
	assert_int_equal(model_new(&m), OK);
	for (unsigned agent = 1; agent <= 3; agent++)
		for (unsigned i = 1; i <= 10; i++) { /* e11 and e12 nobody has seen */
			char name[8];
			snprintf(name, sizeof(name), "e%u", i);
			const struct iface_note note = {
				.agent = addr_v4(0x0a000000 + agent), .ifindex = i + agent - 1, .name = name, .when = 1
			};
			assert_int_equal(model_note(m, &note), OK);
		}
	return m;
}

static bool holds(struct span when, usec_t t)
{
	return when.start <= t && t < when.end;
}

static bool is_port(const struct own_port *p, const struct model *m, const struct addr *agent, uint32_t ifindex)
{
	uint32_t number;
	return addr_equal(&p->agent, agent) && own_port_resolve(p, m, &number) && number == ifindex;
}

struct end {
	const struct addr *addr;
	uint32_t port;
	uint64_t mac;
};

static bool owns_end(const struct customer *c, const struct model *m, const struct flow_rec *r, struct end e)
{
	usec_t t = (usec_t)r->time;
	for (size_t i = 0; i < c->nport; i++)
		if (holds(c->port[i].when, t) && is_port(&c->port[i], m, &r->agent, e.port))
			return true;
	for (size_t i = 0; i < c->nmac; i++)
		if (holds(c->mac[i].when, t) && c->mac[i].mac == e.mac)
			return true;
	for (size_t i = 0; i < c->ncidr && !addr_is_none(e.addr); i++)
		if (holds(c->cidr[i].when, t) && prefix_holds(&c->cidr[i].prefix, e.addr) &&
		    (!c->cidr[i].tied || is_port(&c->cidr[i].port, m, &r->agent, e.port)))
			return true;
	return false;
}

/* c or somebody below it: here customer i is the parent of i + 1. */
static bool sees(const struct customers *cs, size_t i, const struct model *m, const struct flow_rec *r, struct end e)
{
	for (; i < customers_count(cs); i++) {
		if (owns_end(customers_at(cs, i), m, r, e))
			return true;
		const struct customer *next = customers_at(cs, i + 1);
		if (!next || !next->parent)
			return false;
	}
	return false;
}

static struct addr random_addr(void)
{
	struct addr a = { { 0 } };
	switch (dice(8)) {
	case 0: return a;
	case 1:
		assert_true(addr_parse("2001:db8:1::7", 13, &a));
		a.b[5] = (uint8_t)dice(4);
		return a;
	case 2: return addr_v4(dice(2) ? UINT32_MAX : 0);
	default: return addr_v4(10u << 24 | dice(40) << 16 | dice(5) << 8 | dice(256));
	}
}

static struct flow_rec random_record(void)
{
	return (struct flow_rec){
		.time = 1767225600000000u + (uint64_t)dice(25 * 24) * 3600000000u,
		.agent = addr_v4(0x0a000000 + 1 + dice(4)),
		.inputinterface = dice(14),
		.outputinterface = dice(14),
		.ipsource = random_addr(),
		.ipdestination = random_addr(),
		.macsource = dice(3) ? 0 : 0x020000000000u + dice(10),
		.macdestination = dice(3) ? 0 : 0x020000000000u + dice(10),
	};
}

static bool in_set(const struct owner_sets *s, uint32_t set, uint32_t c)
{
	size_t n;
	const uint32_t *at = owner_set(s, set, &n);
	for (size_t i = 0; i < n; i++)
		if (at[i] == c)
			return true;
	return false;
}

static void check_record(const struct customers *cs, const struct model *m, const struct attributor *a,
			 struct owner_sets *s, const struct flow_rec *r)
{
	const struct end source = { &r->ipsource, r->inputinterface, r->macsource };
	const struct end destination = { &r->ipdestination, r->outputinterface, r->macdestination };
	uint32_t from, to, either, nearest;
	assert_int_equal(customers_owners_of(a, s, r, SIDE_SOURCE, &from), OK);
	assert_int_equal(customers_owners_of(a, s, r, SIDE_DESTINATION, &to), OK);
	assert_int_equal(customers_owners_of(a, s, r, SIDE_EITHER, &either), OK);
	assert_int_equal(owner_set_nearest(s, either, &nearest), OK);
	size_t n;
	owner_set(s, nearest, &n);
	assert_true(n ? either : !either);
	for (uint32_t i = 0; i < customers_count(cs); i++) {
		bool left = sees(cs, i, m, r, source), right = sees(cs, i, m, r, destination);
		assert_int_equal(in_set(s, from, i), left);
		assert_int_equal(in_set(s, to, i), right);
		assert_int_equal(in_set(s, either, i), left || right);
		if (in_set(s, nearest, i)) {
			assert_true(in_set(s, either, i));
			for (uint32_t below = i + 1; below < customers_count(cs) && customers_at(cs, below)->parent; below++)
				assert_false(in_set(s, either, below));
		}
	}
}

/* -- rows by columns ------------------------------------------------------------------------------------ */

enum { BLOCK = 64 };

struct columns {
	struct coded_block block;
	struct addr addr[TABLE_MAX_COLS][BLOCK];
	uint64_t num[TABLE_MAX_COLS][BLOCK];
	uint32_t code[TABLE_MAX_COLS][BLOCK];
};

static int compare_addrs(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static int compare_nums(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void code_addrs(struct columns *c, size_t col, const struct batch *b)
{
	uint32_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		c->addr[col][i] = *batch_addr(b, col, i);
	qsort(c->addr[col], b->n, sizeof(struct addr), compare_addrs);
	for (size_t i = 0; i < b->n; i++)
		if (!n || !addr_equal(&c->addr[col][n - 1], &c->addr[col][i]))
			c->addr[col][n++] = c->addr[col][i];
	for (size_t i = 0; i < b->n; i++)
		while (!addr_equal(&c->addr[col][c->code[col][i]], batch_addr(b, col, i)))
			c->code[col][i]++;
	c->block.col[col] = (struct coded_col){ .n = n, .code = n > 1 ? c->code[col] : NULL, .addr = c->addr[col] };
}

/* With codes, or as they are. */
static void code_nums(struct columns *c, size_t col, const struct batch *b, bool codes)
{
	uint32_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		c->num[col][i] = batch_uint(b, col, i);
	c->block.col[col] = (struct coded_col){ .num = c->num[col] };
	if (!codes)
		return;
	qsort(c->num[col], b->n, sizeof(uint64_t), compare_nums);
	for (size_t i = 0; i < b->n; i++)
		if (!n || c->num[col][n - 1] != c->num[col][i])
			c->num[col][n++] = c->num[col][i];
	for (size_t i = 0; i < b->n; i++)
		while (c->num[col][c->code[col][i]] != batch_uint(b, col, i))
			c->code[col][i]++;
	c->block.col[col].n = n;
	c->block.col[col].code = n > 1 ? c->code[col] : NULL;
}

static void check_columns(const struct attributor *a, struct owner_sets *s, struct owner_memo *m, const struct batch *b)
{
	static const unsigned addrs[] = { TR_agent, TR_ipsource, TR_ipdestination };
	static const unsigned nums[] = { TR_time, TR_inputinterface, TR_outputinterface, TR_macsource, TR_macdestination };
	struct columns *c = mem_new0(1, sizeof(*c));
	uint32_t from[BLOCK], to[BLOCK];
	assert_non_null(c);
	c->block.rows = b->n;
	c->block.first = true;
	for (size_t i = 0; i < COUNT_OF(addrs); i++)
		code_addrs(c, addrs[i], b);
	for (size_t i = 0; i < COUNT_OF(nums); i++)
		code_nums(c, nums[i], b, dice(2));
	for (unsigned again = 0; again < 2; again++) { /* the second time nothing is looked up */
		assert_int_equal(customers_owners_of_codes(m, &c->block, (uint32_t *const[]){ from, to }), OK);
		for (size_t k = 0; k < b->n; k++) {
			struct flow_rec r;
			uint32_t one;
			batch_row(b, k, &r);
			assert_int_equal(customers_owners_of(a, s, &r, SIDE_SOURCE, &one), OK);
			assert_int_equal(one, from[k]);
			assert_int_equal(customers_owners_of(a, s, &r, SIDE_DESTINATION, &one), OK);
			assert_int_equal(one, to[k]);
		}
		c->block.first = false;
	}
	mem_free(c);
}

/* A customer may list a thing twice by chance: that is refused, so throw again. */
static struct customers *some_mapping(const struct zone *utc)
{
	struct customers *cs = NULL;
	struct problem why = { 0 };
	for (unsigned tries = 0; !cs && tries < 1000; tries++) {
		_cleanup_(buf_free) struct buf text = { 0 };
		put_mapping(&text);
		if (customers_parse(text.data, text.len, "m", utc, NULL, NULL, &cs, &why) != OK)
			cs = NULL;
	}
	if (!cs)
		fail_msg("no mapping: %s", why.text);
	return cs;
}

static void the_rule_is_the_mappings(void **unused)
{
	(void)unused;
	const struct zone *utc;
	struct model *m = make_model();
	size_t shared = 0;
	assert_int_equal(zone_find("UTC", &utc), OK);
	for (unsigned round = 0; round < ROUNDS; round++) {
		_cleanup_(customers_freep) struct customers *cs = NULL;
		_cleanup_(attributor_freep) struct attributor *a = NULL;
		_cleanup_(owner_sets_freep) struct owner_sets *s = NULL;
		struct owner_memo *memo;
		struct batch *b;
		state = round;
		cs = some_mapping(utc);
		assert_int_equal(attributor_new(cs, m, &a), OK);
		assert_int_equal(owner_sets_new(a, &s), OK);
		assert_int_equal(owner_memo_new(a, s, &memo), OK);
		assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], BLOCK, &b), OK);
		for (unsigned i = 0; i < RECORDS; i++) {
			struct flow_rec r = random_record();
			check_record(cs, m, a, s, &r);
			if (!batch_push(b, &r) || i + 1 == RECORDS) {
				check_columns(a, s, memo, b);
				batch_reset(b);
			}
		}
		shared += owner_sets_count(s);
		owner_memo_free(memo);
		batch_free(b);
	}
	assert_true(shared > 20 * ROUNDS); /* it was not all nobody's */
	model_free(m);
}

static void memory_may_run_out(void **unused)
{
	(void)unused;
	const struct zone *utc;
	_cleanup_(customers_freep) struct customers *cs = NULL;
	struct model *m = make_model();
	state = 5;
	assert_int_equal(zone_find("UTC", &utc), OK);
	cs = some_mapping(utc);
	for (long n = 0;; n++) {
		struct attributor *a = NULL;
		struct owner_sets *s = NULL;
		struct flow_rec r = random_record();
		uint32_t set;
		mem_fail_at(n);
		enum err err = attributor_new(cs, m, &a);
		if (err == OK)
			err = owner_sets_new(a, &s);
		if (err == OK)
			err = customers_owners_of(a, s, &r, SIDE_EITHER, &set);
		mem_fail_at(-1);
		owner_sets_free(s);
		attributor_free(a);
		if (err == OK)
			break;
		assert_int_equal(err, E_NOMEM);
	}
	model_free(m);
}

UNIT_MAIN(cmocka_unit_test(the_rule_is_the_mappings), cmocka_unit_test(memory_may_run_out))
