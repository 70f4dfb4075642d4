/* flow: fields and views as rows, batches, values as text and back. */
#include "unit.h"

#include "base/mem.h"
#include "flow/flow.h"

static void views_and_aliases(void **state)
{
	(void)state;
	const struct view *v = view_find("historytrmx", 11);
	assert_non_null(v);
	assert_string_equal(v->name, "traffic");
	assert_string_equal(view_find("rtiftraffic", 11)->name, "iftraffic");
	assert_null(view_find("traffi", 6));
	assert_null(view_find("", 0));
	assert_string_equal(field_find(v, "ip6source", 9)->name, "ipsource");
	assert_null(field_find(v, "ipsourcex", 9));
	assert_string_equal(field_nearest(v, "ipsorce", 7, true), "ipsource");
	assert_null(field_nearest(v, "xyzzyxyzzy", 10, true));
	assert_string_equal(field_nearest(v, "agnt", 4, true), "agent");
	assert_null(field_nearest(v, "agnt", 4, false)); /* hidden: not even suggested */
}

static void every_field_has_its_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < nviews; i++)
		for (size_t k = 0; k < views[i].nfields; k++) {
			const struct field *f = &views[i].fields[k];
			assert_true((f->col >= 0) == (f->derived == D_NONE));
			if (f->col >= 0)
				assert_string_equal(views[i].table->cols[f->col].name, f->name);
			assert_true(strlen(f->help) > 5);
			assert_ptr_equal(field_find(&views[i], f->name, strlen(f->name)), f);
		}
}

static void batch_gives_back_what_was_pushed(void **state)
{
	(void)state;
	struct batch *b;
	struct flow_rec r = { .time = 1000, .ipsource = addr_v4(0xc0000201), .bytes = 1500, .samplingrate = 1000,
			      .macsource = 0x02005e100001, .protocol = 6, .sourceport = 443 }, back;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 2, &b), OK);
	assert_true(batch_push(b, &r));
	struct flow_rec empty = { 0 };
	assert_true(batch_push(b, &empty));
	assert_false(batch_push(b, &r)); /* full */
	batch_row(b, 0, &back);
	assert_memory_equal(&back, &r, sizeof(r));
	batch_row(b, 1, &back);
	assert_memory_equal(&back, &empty, sizeof(r));
	assert_true(b->used >> TR_bytes & 1);
	assert_false(b->used >> TR_frames & 1);
	batch_reset(b);
	assert_true(batch_push(b, &empty));
	batch_row(b, 0, &back);
	assert_memory_equal(&back, &empty, sizeof(r)); /* nothing of the old row shines through */
	batch_free(b);

	struct batch *c = NULL;
	struct ifcounters_rec k = { .time = 5, .interface = 7, .ifinoctets = UINT64_MAX }, kback;
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], 1, &c), OK);
	assert_true(batch_push(c, &k));
	batch_row(c, 0, &kback);
	assert_memory_equal(&kback, &k, sizeof(k));
	batch_free(c);
}

/* Of every table a record with one column set comes back, and nothing else is said to be used. */
static void batches_of_every_table(void **state)
{
	(void)state;
	for (enum table_id t = 0; t < TABLES; t++) {
		struct batch *b;
		union any_rec rec, back;
		assert_int_equal(batch_new(&tables[t], tables[t].ncols, &b), OK);
		for (size_t c = 0; c < tables[t].ncols; c++) {
			memset(&rec, 0, sizeof(rec));
			((uint8_t *)&rec)[tables[t].cols[c].offset] = (uint8_t)(c + 1);
			uint64_t before = b->used;
			assert_true(batch_push(b, &rec));
			assert_true(b->used == (before | (uint64_t)1 << c));
		}
		for (size_t c = 0; c < tables[t].ncols; c++) {
			memset(&rec, 0, sizeof(rec));
			((uint8_t *)&rec)[tables[t].cols[c].offset] = (uint8_t)(c + 1);
			batch_row(b, c, &back);
			assert_memory_equal(&back, &rec, tables[t].rec_size);
		}
		batch_reset(b);
		assert_int_equal(b->used, 0);
		batch_free(b);
	}
}

static void texts_are_hashes_that_stay(void **state)
{
	(void)state;
	assert_int_equal(text_hash("www.example.net", 15), text_hash("www.example.net!", 15));
	assert_int_not_equal(text_hash("a", 1), text_hash("b", 1));
	assert_int_not_equal(text_hash("", 0), 0);
	assert_int_equal(text_hash("acl", 3), 0x16b7ed66a375e5b0); /* rows on disk hold it */
}

static void batch_survives_no_memory(void **state)
{
	(void)state;
	for (long n = 0;; n++) {
		struct batch *b = NULL;
		mem_fail_at(n);
		enum err e = batch_new(&tables[TABLE_TRAFFIC], 10, &b);
		mem_fail_at(-1);
		if (e == OK) {
			batch_free(b);
			break;
		}
		assert_null(b);
	}
}

static void addresses(void **state)
{
	(void)state;
	char text[ADDR_TEXT];
	struct addr a;
	static const char *const good[] = { "192.0.2.1", "2001:db8::1", "255.255.255.255", "::1" };
	static const char *const bad[] = { "", " 192.0.2.1", "192.0.2", "192.0.2.256", "192.0.2.1/24", "2001:db8::1::", "localhost" };
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_true(addr_parse(good[i], strlen(good[i]), &a));
		assert_string_equal(addr_format(&a, text), good[i]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(addr_parse(bad[i], strlen(bad[i]), &a));
	assert_false(addr_parse("192.0.2.1\0", 10, &a));
}

static void prefixes(void **state)
{
	(void)state;
	char text[ADDR_TEXT + 4];
	const char *why;
	struct prefix p;
	struct addr a, last;
	assert_true(prefix_parse("192.0.2.0/24", 12, &p, &why));
	assert_int_equal(p.bits, 120);
	assert_string_equal(prefix_format(&p, text), "192.0.2.0/24");
	assert_true(addr_parse("192.0.2.255", 11, &a) && prefix_holds(&p, &a));
	assert_true(addr_parse("192.0.3.0", 9, &a) && !prefix_holds(&p, &a));
	prefix_range(&p, &a, &last);
	assert_int_equal(last.b[15], 255);
	assert_true(prefix_parse("0.0.0.0/0", 9, &p, &why));
	assert_true(addr_parse("203.0.113.9", 11, &a) && prefix_holds(&p, &a));
	assert_true(addr_parse("2001:db8::1", 11, &a) && !prefix_holds(&p, &a));
	assert_true(prefix_parse("2001:db8::/33", 13, &p, &why));
	assert_string_equal(prefix_format(&p, text), "2001:db8::/33");
	static const struct { const char *text, *why; } bad[] = {
		{ "192.0.2.0/33", "prefix length must be 0..32" }, { "192.0.2.0/", "prefix length must be 0..32" },
		{ "192.0.2.0/-1", "prefix length must be 0..32" }, { "2001:db8::/129", "prefix length must be 0..128" },
		{ "192.0.2.1/24", "host bits set" }, { "x/24", "not an address" },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(prefix_parse(bad[i].text, strlen(bad[i].text), &p, &why));
		assert_string_equal(why, bad[i].why);
	}
}

static void macs(void **state)
{
	(void)state;
	char text[MAC_TEXT];
	uint64_t m;
	static const char *const same[] = { "02:00:5e:10:00:01", "02-00-5E-10-00-01", "0200.5e10.0001" };
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		assert_true(mac_parse(same[i], strlen(same[i]), &m));
		assert_string_equal(mac_format(m, text), "02:00:5e:10:00:01");
	}
	assert_true(mac_parse("02005e100001", 12, &m));
	assert_false(mac_parse("02:00:5e:10:00", 14, &m));
	assert_false(mac_parse("02:00:5e:10:00:0g", 17, &m));
}

static void numbers_and_words(void **state)
{
	(void)state;
	uint64_t v;
	uint8_t p;
	uint16_t f;
	assert_true(uint_parse_units("1.5G", 4, &v) && v == 1500000000);
	assert_true(uint_parse_units("10Mi", 4, &v) && v == 10485760);
	assert_true(uint_parse_units("18446744073709551615", 20, &v) && v == UINT64_MAX);
	assert_false(uint_parse_units("18446744073709551616", 20, &v) && v != UINT64_MAX);
	assert_false(uint_parse_units("-1", 2, &v));
	assert_false(uint_parse_units("10Q", 3, &v));
	assert_false(uint_parse_units("10i", 3, &v));
	assert_false(uint_parse_units("M", 1, &v));
	assert_false(uint_parse_units("1e9", 3, &v));
	assert_true(protocol_parse("tcp", 3, &p) && p == 6);
	assert_true(protocol_parse("255", 3, &p) && p == 255);
	assert_false(protocol_parse("256", 3, &p));
	assert_true(tcpflags_parse("SA", 2, &f) && f == 0x12);
	assert_false(tcpflags_parse("SX", 2, &f));
}

static void interfaces(void **state)
{
	(void)state;
	struct addr agent;
	uint32_t index;
	const char *name;
	size_t len;
	assert_true(iface_parse("10.0.0.1>5", 10, &agent, &index) && index == 5);
	assert_true(iface_parse("10.0.0.1>0:17", 13, &agent, &index) && index == 17);
	assert_false(iface_parse("10.0.0.1>ethernet5", 18, &agent, &index));
	assert_false(iface_parse("10.0.0.1>", 9, &agent, &index));
	assert_false(iface_parse("10.0.0.1>4294967296", 19, &agent, &index));
	assert_true(iface_split("10.0.0.1>ethernet5", 18, &agent, &name, &len));
	assert_int_equal(len, 9);
}

static void values_as_text(void **state)
{
	(void)state;
	char buf[VALUE_TEXT];
	static const struct { struct value v; const char *text; } cases[] = {
		{ { .type = T_PORT, .proto = 6, .num = 443 }, "TCP:443" },
		{ { .type = T_PORT, .proto = 200, .num = 1 }, "200:1" },
		{ { .type = T_PORT }, "" },
		{ { .type = T_IFACE, .addr = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1 } }, .num = 5 }, "10.0.0.1>5" },
		{ { .type = T_TCPFLAGS, .num = 0x12 }, "SA" },
		{ { .type = T_ICMP, .num = 0x0800 }, "8.0" },
		{ { .type = T_HEX16, .num = 0x800 }, "0x0800" },
		{ { .type = T_PROTOCOL, .num = 254 }, "254" },
		{ { .type = T_DIRECTION, .num = 1 }, "ingress" },
		{ { .type = T_UINT, .null = true, .num = 9 }, "" },
		{ { .type = T_UINT, .num = UINT64_MAX }, "18446744073709551615" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(value_format(&cases[i].v, buf), cases[i].text);
}

UNIT_MAIN(cmocka_unit_test(views_and_aliases), cmocka_unit_test(every_field_has_its_rows),
	  cmocka_unit_test(batch_gives_back_what_was_pushed), cmocka_unit_test(batches_of_every_table), cmocka_unit_test(texts_are_hashes_that_stay),
	  cmocka_unit_test(batch_survives_no_memory),
	  cmocka_unit_test(addresses), cmocka_unit_test(prefixes), cmocka_unit_test(macs),
	  cmocka_unit_test(numbers_and_words), cmocka_unit_test(interfaces), cmocka_unit_test(values_as_text))
