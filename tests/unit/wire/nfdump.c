/* Files of nfdump: both layouts, each packing, and everything that can be wrong with them.  That real
 * ones read as nfdump reads them is tests/e2e/import_nfdump.sh's. */
#include <lz4.h>
#include <unistd.h>
#include <zstd.h>

#include "heard.h"
#include "wire/lzo.h"

static char path[64];
static const uint64_t FIRST = 1790000000100, LAST = 1790000002600; /* ms */

/* ---- building ---------------------------------------------------------------------------- */

static void n8(struct bytes *b, uint8_t v)
{
	U8(b, v);
}

static void n16(struct bytes *b, uint16_t v)
{
	U16(b, __builtin_bswap16(v));
}

static void n32(struct bytes *b, uint32_t v)
{
	U32(b, __builtin_bswap32(v));
}

static void n64(struct bytes *b, uint64_t v)
{
	U64(b, __builtin_bswap64(v));
}

static void set16(struct bytes *b, size_t at, uint16_t v)
{
	memcpy(b->data + at, &v, 2);
}

static void head_new(struct bytes *b, uint8_t packing, uint32_t creator, uint32_t blocks)
{
	*b = (struct bytes){ 0 };
	n16(b, 0xa50c);
	n16(b, 2);
	n32(b, 0x01070100);
	n64(b, 1790000000);
	n8(b, packing);
	n8(b, 0);
	n16(b, 0);
	n32(b, creator);
	n64(b, 0);
	n32(b, 0);
	n32(b, blocks);
}

static void head_old(struct bytes *b, uint32_t flags, uint32_t blocks)
{
	*b = (struct bytes){ 0 };
	n16(b, 0xa50c);
	n16(b, 1);
	n32(b, flags);
	n32(b, blocks);
	while (b->len < 276)
		n8(b, 0);
}

static void block(struct bytes *file, uint16_t type, uint32_t records, const struct bytes *body)
{
	n32(file, records);
	n32(file, (uint32_t)body->len);
	n16(file, type);
	n16(file, 0);
	put(file, body->data, body->len);
}

static size_t begin(struct bytes *b, uint16_t type)
{
	n16(b, type);
	n16(b, 0);
	return b->len - 4;
}

static void end(struct bytes *b, size_t at)
{
	set16(b, at + 2, (uint16_t)(b->len - at));
}

static void exporter(struct bytes *b, uint32_t version)
{
	size_t at = begin(b, 7);
	n32(b, version);
	n64(b, 0);
	n64(b, EXPORTER);
	n16(b, 2);
	n16(b, 3); /* its number */
	n32(b, 77);
	end(b, at);
}

static size_t record_new(struct bytes *b, uint16_t elements, uint8_t flags)
{
	size_t at = begin(b, 11);
	n16(b, elements);
	n16(b, 0);
	n16(b, 3);
	n8(b, flags);
	n8(b, 9);
	return at;
}

static void generic(struct bytes *b)
{
	size_t at = begin(b, 1);
	n64(b, FIRST);
	n64(b, LAST);
	n64(b, LAST + 500);
	n64(b, 10);
	n64(b, 15000);
	n16(b, 50000);
	n16(b, 443);
	n8(b, 6);
	n8(b, 0x1b);
	n8(b, 64);
	n8(b, 8);
	end(b, at);
}

static void addresses4(struct bytes *b)
{
	size_t at = begin(b, 2);
	n32(b, 0xc6336401);
	n32(b, 0xcb007102);
	end(b, at);
}

static void a_flow(struct bytes *b)
{
	size_t at = record_new(b, 2, 0);
	generic(b);
	addresses4(b);
	end(b, at);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void write_file(const struct bytes *b, size_t len)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* What ended it. */
static enum err read_file(const struct bytes *b, size_t len, struct heard *h, struct problem *why)
{
	struct nfdump *n;
	write_file(b, len);
	enum err err = nfdump_open(path, &n, why);
	if (err != OK)
		return err;
	while ((err = nfdump_next(n, why)) == OK)
		nfdump_decode(n, h->w);
	nfdump_close(n);
	return err;
}

static void read_whole(const struct bytes *b, struct heard *h)
{
	struct problem why = { 0 };
	if (read_file(b, b->len, h, &why) != E_UNKNOWN)
		fail_msg("%s", why.text);
}

/* ---- rows --------------------------------------------------------------------------------- */

static void expect_flow(const struct flow_rec *r)
{
	assert_int_equal(r->time, LAST * 1000);
	assert_int_equal(r->duration, LAST - FIRST);
	assert_int_equal(r->frames, 10);
	assert_int_equal(r->bytes, 15000);
	assert_int_equal(r->sourceport, 50000);
	assert_int_equal(r->destinationport, 443);
	assert_int_equal(r->protocol, 6);
	assert_int_equal(r->tcpflags, 0x1b);
	assert_int_equal(r->tos, 8);
	assert_addr(&r->ipsource, "198.51.100.1");
	assert_addr(&r->ipdestination, "203.0.113.2");
	assert_addr(&r->agent, "192.0.2.1");
}

static void elements_of_layout_2(void **state _unused_)
{
	struct bytes b = { 0 }, file;
	struct heard *h = hear();
	exporter(&b, 9);
	size_t at = record_new(&b, 13, 2), e;
	generic(&b);
	addresses4(&b);
	e = begin(&b, 4), n32(&b, 7), n32(&b, 8), n8(&b, 24), n8(&b, 16), n8(&b, 1), n8(&b, 0), n32(&b, 0), end(&b, e);
	e = begin(&b, 5), n64(&b, 1), n64(&b, 99), n64(&b, 99999), end(&b, e); /* the way back */
	e = begin(&b, 6), n32(&b, 100), n32(&b, 200), end(&b, e);
	e = begin(&b, 7), n32(&b, 64500), n32(&b, 64501), end(&b, e);
	e = begin(&b, 8), n32(&b, 0xc0000209), end(&b, e);
	e = begin(&b, 10), n32(&b, 0), end(&b, e);
	e = begin(&b, 14), n32(&b, 1000 << 4 | 1), n32(&b, 2000 << 4), end(&b, e);
	e = begin(&b, 15), n64(&b, 0x20000000001), n64(&b, 0x20000000002), n64(&b, 0), n64(&b, 0), end(&b, e);
	e = begin(&b, 20), n32(&b, 0xc0000263), n32(&b, 0), end(&b, e);
	e = begin(&b, 24), put(&b, "alice", 6), b.len += 62, end(&b, e);
	e = begin(&b, 999), n64(&b, 1), end(&b, e); /* nobody knows it */
	end(&b, at);
	at = begin(&b, 8), n32(&b, 0), end(&b, at); /* statistics of exporters */
	head_new(&file, 0, 1, 1);
	block(&file, 3, 3, &b);
	read_whole(&file, h);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 1);
	const struct flow_rec *r = &h->flows[0];
	expect_flow(r);
	assert_int_equal(r->exporttype, EXPORT_NETFLOW9);
	assert_int_equal(r->domain, 77);
	assert_int_equal(r->forwardingstatus, 64);
	assert_int_equal(r->inputinterface, 7);
	assert_int_equal(r->outputinterface, 8);
	assert_int_equal(r->sourcemask, 24);
	assert_int_equal(r->destinationmask, 16);
	assert_int_equal(r->direction, DIR_EGRESS);
	assert_int_equal(r->vlansource, 100);
	assert_int_equal(r->vlandestination, 200);
	assert_int_equal(r->sourceas, 64500);
	assert_int_equal(r->destinationas, 64501);
	assert_addr(&r->nexthop, "192.0.2.9"); /* that of BGP: the other is 0 */
	assert_int_equal(r->mplslabel, 1000);
	assert_int_equal(r->mplsinner, 2000);
	assert_int_equal(r->macsource, 0x20000000001);
	assert_int_equal(r->macdestination, 0x20000000002);
	assert_addr(&r->natsource, "192.0.2.99");
	assert_true(addr_is_none(&r->natdestination));
	assert_text(h, r->usersource, "alice");
	assert_int_equal(r->ethertype, 0x0800);
	assert_int_equal(r->samplingrate, 1); /* multiplied already */
	assert_int_equal(totals(h)->bytes, 15000);
	assert_int_equal(totals(h)->flow_records, 1);
	deaf(h);
}

static void version_6_and_events(void **state _unused_)
{
	struct bytes b = { 0 }, file;
	struct heard *h = hear();
	size_t at = record_new(&b, 4, 1), e;
	e = begin(&b, 1);
	for (int i = 0; i < 5; i++)
		n64(&b, 0);
	n32(&b, 0), n8(&b, 58), n8(&b, 0), n16(&b, 0), end(&b, e);
	set16(&b, b.len - 6, 0x8001); /* ICMP: type and code in the port */
	e = begin(&b, 3), n64(&b, 0x20010db800000000), n64(&b, 1), n64(&b, 0x20010db800000000), n64(&b, 2), end(&b, e);
	e = begin(&b, 13), n64(&b, 0x20010db8ffff0000), n64(&b, 3), end(&b, e);
	e = begin(&b, 25), n64(&b, LAST), n32(&b, 0), n8(&b, 2), n8(&b, 0), n16(&b, 0), end(&b, e);
	end(&b, at);
	head_new(&file, 0, 3, 2); /* made by sfcapd */
	struct bytes other = { 0 };
	n64(&other, 1);
	block(&file, 4, 1, &other); /* an array of something else */
	block(&file, 3, 1, &b);
	read_whole(&file, h);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 1);
	const struct flow_rec *r = &h->flows[0];
	assert_int_equal(r->time, LAST * 1000); /* of the event */
	assert_addr(&r->ipsource, "2001:db8::1");
	assert_addr(&r->ipdestination, "2001:db8::2");
	assert_addr(&r->agent, "2001:db8:ffff::3");
	assert_int_equal(r->icmptype, 0x8001);
	assert_int_equal(r->destinationport, 0);
	assert_int_equal(r->natevent, 2);
	assert_int_equal(r->ethertype, 0x86dd);
	assert_int_equal(r->exporttype, EXPORT_SFLOW);
	deaf(h);
}

/* A map of layout 1 with the extensions that follow it, ended by 0. */
static void map_old(struct bytes *b, uint16_t number, const uint16_t *id)
{
	size_t at = begin(b, 2);
	n16(b, number);
	n16(b, 0);
	do
		n16(b, *id);
	while (*id++);
	end(b, at);
}

static size_t record_old(struct bytes *b, bool wide, uint16_t flags, uint16_t map)
{
	size_t at = begin(b, wide ? 10 : 1);
	if (wide)
		n16(b, flags);
	else
		n8(b, (uint8_t)flags), n8(b, 3);
	n16(b, map);
	n16(b, FIRST % 1000);
	n16(b, LAST % 1000);
	n32(b, (uint32_t)(FIRST / 1000));
	n32(b, (uint32_t)(LAST / 1000));
	n8(b, 64), n8(b, 0x1b), n8(b, 6), n8(b, 8);
	n16(b, 50000);
	n16(b, 443);
	if (wide)
		n16(b, 3), n16(b, 0);
	return at;
}

static void records_of_layout_1(void **state _unused_)
{
	struct bytes b = { 0 }, file;
	struct heard *h = hear();
	exporter(&b, 5);
	map_old(&b, 12, (const uint16_t[]){ 1, 4, 8, 20, 25, 0 });
	map_old(&b, 13, (const uint16_t[]){ 7, 10, 13, 18, 0 });
	size_t at = record_old(&b, false, 0, 12);
	n32(&b, 0xc6336401), n32(&b, 0xcb007102), n32(&b, 10), n32(&b, 15000);
	n16(&b, 7), n16(&b, 8);
	n8(&b, 0), n8(&b, 1), n8(&b, 24), n8(&b, 16);
	n64(&b, 0x20000000001), n64(&b, 0x20000000002);
	n32(&b, 0);
	end(&b, at);
	at = record_old(&b, true, 1 | 2 | 4 | 8 | 128, 13); /* all of it wide, and multiplied */
	n64(&b, 0x20010db800000000), n64(&b, 1), n64(&b, 0x20010db800000000), n64(&b, 2);
	n64(&b, (uint64_t)1 << 40), n64(&b, (uint64_t)1 << 41);
	n32(&b, 64500), n32(&b, 64501);
	n64(&b, 0x20010db8ffff0000), n64(&b, 3);
	n16(&b, 100), n16(&b, 200);
	n32(&b, 5);
	end(&b, at);
	head_old(&file, 2, 2);
	struct bytes large = { 0 };
	n64(&large, 1);
	block(&file, 3, 1, &large); /* of other things */
	block(&file, 2, 5, &b);
	read_whole(&file, h);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 2);
	const struct flow_rec *r = &h->flows[0];
	expect_flow(r);
	assert_int_equal(r->exporttype, EXPORT_NETFLOW5);
	assert_int_equal(r->inputinterface, 7);
	assert_int_equal(r->outputinterface, 8);
	assert_int_equal(r->direction, DIR_EGRESS);
	assert_int_equal(r->sourcemask, 24);
	assert_int_equal(r->macsource, 0x20000000001);
	assert_int_equal(r->macdestination, 0x20000000002);
	assert_int_equal(r->samplingrate, 0);
	r = &h->flows[1];
	assert_addr(&r->ipsource, "2001:db8::1");
	assert_addr(&r->nexthop, "2001:db8:ffff::3");
	assert_addr(&r->agent, "192.0.2.1");
	assert_int_equal(r->frames, (uint64_t)1 << 40);
	assert_int_equal(r->bytes, (uint64_t)1 << 41);
	assert_int_equal(r->destinationas, 64501);
	assert_int_equal(r->vlandestination, 200);
	assert_int_equal(r->samplingrate, 1);
	deaf(h);
}

/* ---- packings ------------------------------------------------------------------------------ */

static void literal_lzo(const struct bytes *in, struct bytes *out)
{
	assert_in_range(in->len, 4, 238);
	n8(out, (uint8_t)(17 + in->len));
	put(out, in->data, in->len);
	put_hex(out, "110000");
}

static void blocks_of_each_packing(void **state _unused_)
{
	for (uint8_t packing = 0; packing <= 4; packing++) {
		struct bytes b = { 0 }, packed = { 0 }, file;
		struct problem why = { 0 };
		if (packing == 2) /* bzip2: a case of its own */
			continue;
		struct heard *h = hear();
		exporter(&b, 9);
		a_flow(&b);
		switch (packing) {
		case 0:
			packed = b;
			break;
		case 1:
			literal_lzo(&b, &packed);
			break;
		case 3:
			packed.len = (size_t)LZ4_compress_default((char *)b.data, (char *)packed.data, (int)b.len, sizeof(packed.data));
			break;
		case 4:
			packed.len = ZSTD_compress(packed.data, sizeof(packed.data), b.data, b.len, 3);
		}
		head_new(&file, packing, 1, 1);
		block(&file, 3, 2, &packed);
		read_whole(&file, h);
		assert_int_equal(h->nflows, 1);
		expect_flow(&h->flows[0]);
		for (size_t i = 0; packing && i < packed.len; i++) { /* damaged: refused, or other rows, but no crash */
			struct heard *other = hear();
			file.data[file.len - 1 - i] ^= 0x55;
			enum err err = read_file(&file, file.len, other, &why);
			assert_true(err == E_UNKNOWN || err == E_CORRUPT);
			file.data[file.len - 1 - i] ^= 0x55;
			deaf(other);
		}
		deaf(h);
	}
}

static void lzo_instructions(void **state _unused_)
{
	static const struct {
		const char *hex, *want; /* NULL: refused */
	} cases[] = {
		{ "110000", "" },
		{ "14616263 e800 110000", "abcabcabcab" },                     /* 3 literals, 8 bytes from 3 back */
		{ "14616263 4800 110000", "abcabc" },                          /* 3 from 3 back */
		{ "14616263 260800 110000", "abcabcabcab" },                   /* 8 from 3 back, far form */
		{ "14616263 0800 110000", "abcab" },                           /* 2 from 3 back, behind few literals */
		{ "14616263 4900 7a 110000", "abcabcz" },                      /* and a literal behind it */
		{ "14616263 4800 01 7a7a7a7a 110000", "abcabczzzz" },          /* a run of literals behind a match */
		{ "03 616263646566 110000", "abcdef" },                        /* it begins with a run */
		{ "00 01 61626364656667686970717273747576777879 110000", "abcdefghipqrstuvwxy" }, /* a longer one: 19 */
		{ "14616263 20 01 0800 110000", "abcabcabcabcabcabcabcabcabcabcabcabca" }, /* 2 + 32 from 3 back */
		{ "14616263 4c00 110000", NULL },                              /* farther back than there is */
		{ "14616263 e800", NULL },                                     /* no end */
		{ "14616263 e8", NULL },
		{ "1f6162", NULL },                                            /* fewer literals than it says */
		{ "14616263 20 0000000000", NULL },
		{ "", NULL },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bytes in = { 0 };
		uint8_t out[40];
		size_t len = 0;
		put_hex(&in, cases[i].hex);
		enum err err = lzo_unpack(cur_of(in.data, in.len), out, sizeof(out), &len);
		assert_int_equal(err, cases[i].want ? OK : E_CORRUPT);
		if (cases[i].want)
			assert_int_equal(len, strlen(cases[i].want));
		if (cases[i].want)
			assert_memory_equal(out, cases[i].want, len);
		for (size_t room = 0; room < len; room++)
			assert_int_equal(lzo_unpack(cur_of(in.data, in.len), out, room, &(size_t){ 0 }), E_CORRUPT);
	}
}

/* ---- what is wrong -------------------------------------------------------------------------- */

static void one_block(struct bytes *file, const struct bytes *body, uint32_t records, bool old)
{
	if (old)
		head_old(file, 0, 1);
	else
		head_new(file, 0, 1, 1);
	block(file, old ? 2 : 3, records, body);
}

static void lengths_that_lie(void **state _unused_)
{
	struct bytes b = { 0 }, file;
	struct heard *h = hear();
	a_flow(&b);
	set16(&b, 2, (uint16_t)(b.len + 1)); /* longer than its block */
	one_block(&file, &b, 1, false);
	read_whole(&file, h);
	assert_int_equal(rejects(h, ND_RECORD_CUT), 1);

	b = (struct bytes){ 0 };
	a_flow(&b);
	set16(&b, 14, 60); /* an element longer than its record */
	a_flow(&b);
	one_block(&file, &b, 2, false);
	read_whole(&file, h);
	assert_int_equal(rejects(h, ND_PIECE_CUT), 1);
	assert_int_equal(h->nflows, 1); /* the next record is as it was */
	deaf(h);
}

/* The last moment of 64 bits, in a file's words: the row comes when nfcapd received it, else at none. */
static void times_that_no_clock_can_mean(void **state _unused_)
{
	enum { LAST_AT = 24, RECEIVED_AT = 32 };
	struct bytes b = { 0 }, file;
	struct heard *h = hear();
	a_flow(&b);
	memset(b.data + LAST_AT, 0xff, 8);
	one_block(&file, &b, 1, false);
	read_whole(&file, h);
	assert_int_equal(h->flows[0].time, (LAST + 500) * 1000);
	assert_int_equal(h->flows[0].duration, LAST + 500 - FIRST);
	memset(b.data + RECEIVED_AT, 0xff, 8);
	one_block(&file, &b, 1, false);
	read_whole(&file, h);
	assert_int_equal(h->flows[1].time, 0);
	assert_int_equal(h->flows[1].duration, 0);
	deaf(h);
}

static void each_refusal(void **state _unused_)
{
	struct bytes b = { 0 }, file;
	struct heard *h = hear();
	size_t at = record_new(&b, 1, 0), e = begin(&b, 2);
	n32(&b, 1), end(&b, e), end(&b, at); /* half of its addresses */
	a_flow(&b);
	one_block(&file, &b, 2, false);
	read_whole(&file, h);
	assert_int_equal(rejects(h, ND_PIECE_CUT), 1);
	assert_int_equal(h->nflows, 1); /* the next one is as it was */

	b = (struct bytes){ 0 };
	at = record_new(&b, 1, 0);
	addresses4(&b);
	end(&b, at);
	one_block(&file, &b, 1, false);
	read_whole(&file, h);
	assert_int_equal(rejects(h, ND_NO_FLOW), 1);

	b = (struct bytes){ 0 };
	a_flow(&b);
	one_block(&file, &b, 2, false);
	read_whole(&file, h);
	assert_int_equal(rejects(h, ND_COUNT), 1);

	b = (struct bytes){ 0 };
	end(&b, record_old(&b, true, 0, 5)); /* a map that nobody told */
	one_block(&file, &b, 1, true);
	read_whole(&file, h);
	assert_int_equal(rejects(h, ND_NO_MAP), 1);
	b = (struct bytes){ 0 };
	map_old(&b, 5, (const uint16_t[]){ 30, 0 }); /* of something whose length is not known */
	one_block(&file, &b, 1, true);
	read_whole(&file, h);
	assert_int_equal(rejects(h, ND_NO_MAP), 2);

	b = (struct bytes){ 0 };
	at = begin(&b, 2);
	n16(&b, 5), n16(&b, 0), n16(&b, 4), end(&b, at); /* no end */
	one_block(&file, &b, 1, true);
	read_whole(&file, h);
	assert_int_equal(rejects(h, ND_MAP_BAD), 1);
	deaf(h);
}

static void files_that_are_refused(void **state _unused_)
{
	static const struct {
		size_t at;
		uint8_t is;
		enum err err;
		const char *says;
	} cases[] = {
		{ 0, 0x0d, E_UNKNOWN, "" },
		{ 2, 9, E_VERSION, "layout 9" },
		{ 16, 2, E_VERSION, "nfdump -J 3 -r FILE makes it LZ4" },
		{ 16, 9, E_VERSION, "compression 9, which is not known" },
		{ 17, 1, E_VERSION, "encrypted" },
		{ 36, 0, E_CORRUPT, "without an end" },
		{ 36, 2, E_CORRUPT, "the file ends before block 2 of 2" },
		{ 44, 255, E_CORRUPT, "the file ends inside block 1 of 1" },
		{ 16, 1, E_CORRUPT, "damaged is block 1 of 1, at byte 40" },
		{ 16, 3, E_CORRUPT, "damaged is block 1 of 1" },
		{ 16, 4, E_CORRUPT, "damaged is block 1 of 1" },
	};
	struct bytes b = { 0 }, file;
	struct heard *h = hear();
	a_flow(&b);
	one_block(&file, &b, 1, false);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bytes wrong = file;
		struct problem why = { 0 };
		wrong.data[cases[i].at] = cases[i].is;
		assert_int_equal(read_file(&wrong, wrong.len, h, &why), cases[i].err);
		if (!strstr(why.text, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", why.text, cases[i].says);
	}
	struct problem why = { 0 };
	struct bytes other = file;
	other.data[0] = 0xa5, other.data[1] = 0x0c;
	assert_int_equal(read_file(&other, other.len, h, &why), E_VERSION);
	assert_non_null(strstr(why.text, "other byte order"));
	head_old(&other, 0x40, 1);
	assert_int_equal(read_file(&other, other.len, h, &why), E_VERSION);
	head_old(&other, 0, 1);
	block(&other, 1, 1, &b);
	assert_int_equal(read_file(&other, other.len, h, &why), E_CORRUPT);
	assert_non_null(strstr(why.text, "nfdump 1.5"));
	deaf(h);
}

static void every_beginning_of_a_file(void **state _unused_)
{
	struct bytes b = { 0 }, file;
	exporter(&b, 9);
	a_flow(&b);
	head_new(&file, 0, 1, 2);
	block(&file, 3, 2, &b);
	block(&file, 3, 2, &b);
	for (size_t len = 0; len < file.len; len++) {
		struct heard *h = hear();
		struct problem why = { 0 };
		enum err err = read_file(&file, len, h, &why);
		assert_int_equal(err, len < 4 ? E_UNKNOWN : E_CORRUPT);
		assert_int_equal(h->nflows, len >= 40 + 12 + b.len ? 1 : 0);
		assert_true(err == E_UNKNOWN || why.text[0]);
		deaf(h);
	}
}

static int make_path(void **state _unused_)
{
	const char *dir = getenv("TMPDIR");
	snprintf(path, sizeof(path), "%.40s/weir-nfdump-XXXXXX", dir ? dir : "/tmp");
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state _unused_)
{
	return unlink(path);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_path, remove_path)

UNIT_MAIN(CASE(elements_of_layout_2), CASE(version_6_and_events), CASE(records_of_layout_1), CASE(blocks_of_each_packing),
	  CASE(lzo_instructions), CASE(lengths_that_lie), CASE(times_that_no_clock_can_mean), CASE(each_refusal), CASE(files_that_are_refused),
	  CASE(every_beginning_of_a_file))
