/* Random records, owners and questions for exec.c; fake_store.h has the dice. */
#pragma once
#include "fake_store.h"
#include "mapping.h"
#include "query/query.h"

#include <stdio.h>

enum { MOST_COLUMNS = 8 };
static const usec_t day = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */

/* -- random things --------------------------------------------------------------------------------- */

static uint32_t below(uint32_t n)
{
	return fake_random() % n;
}

static struct addr random_addr(void)
{
	static const uint32_t nets[] = { 0x0a000000, 0x0a000100, 0xc0000200, 0xc6336400 };
	struct addr a = addr_v4(nets[below(4)] + below(20));
	if (below(10) == 0)
		a = (struct addr){ { 0x20, 1, 0xd, 0xb8, [15] = (uint8_t)below(6) } };
	return below(12) ? a : (struct addr){ 0 };
}

static struct addr random_agent(void)
{
	return addr_v4(0x0a636301 + below(3));
}

static uint64_t random_mac(void)
{
	return below(6) ? 0x02005e100000 + below(5) : below(8) ? 0 : 0xfffffffffffe;
}

static uint16_t random_port(void)
{
	static const uint16_t ports[] = { 0, 53, 80, 443, 8080, 40000, 40001, 65535 };
	return ports[below(8)];
}

static struct flow_rec random_record(void)
{
	static const uint8_t protocols[] = { 6, 6, 17, 1, 58, 0, 50 };
	static const uint32_t rates[] = { 0, 1, 400, 1000 };
	struct flow_rec r = {
		.time = (uint64_t)(day + (usec_t)below(4 * 3600) * USEC_PER_SEC),
		.agent = random_agent(),
		.inputinterface = below(6), .outputinterface = below(6),
		.ipsource = random_addr(), .ipdestination = random_addr(),
		.macsource = random_mac(), .macdestination = random_mac(),
		.vlansource = (uint16_t)below(3), .vlandestination = (uint16_t)below(3), .vlaninner = (uint16_t)below(2),
		.protocol = protocols[below(7)], .sourceport = random_port(), .destinationport = random_port(),
		.tos = (uint8_t)below(16), .icmptype = (uint16_t)(below(2) * 2048), .tcpflags = (uint16_t)below(4),
		.sourceas = below(2) ? 0 : 64512 + below(3), .samplingrate = rates[below(4)],
		.bytes = below(9000), .frames = 1 + below(5), .vantage = below(3) ? 0 : (uint8_t)below(32),
	};
	if (below(200) == 0)
		r.sourceas = UINT32_MAX;
	return r;
}

static usec_t random_edge(void)
{
	return below(3) ? (below(2) ? INT64_MIN : INT64_MAX) : day + (usec_t)below(4 * 3600) * USEC_PER_SEC;
}

static struct span random_when(void)
{
	struct span s = { random_edge(), random_edge() };
	if (s.start == INT64_MAX)
		s.start = INT64_MIN;
	if (s.end == INT64_MIN)
		s.end = INT64_MAX;
	return s;
}

static struct own_port random_own_port(void)
{
	return (struct own_port){ .agent = random_agent(), .ifindex = 1 + below(5), .when = random_when() };
}

struct owner {
	struct mapping c;
	struct own_port port[4];
	struct own_mac mac[3];
	struct own_cidr cidr[5];
};

static void random_owner(struct owner *o)
{
	*o = (struct owner){ .c.c = { .id = "1001", .name = "A", .port = o->port, .mac = o->mac, .cidr = o->cidr,
				      .nport = below(4), .nmac = below(3), .ncidr = below(5) } };
	for (size_t i = 0; i < o->c.c.nport; i++)
		o->port[i] = random_own_port();
	for (size_t i = 0; i < o->c.c.nmac; i++)
		o->mac[i] = (struct own_mac){ .mac = 0x02005e100000 + below(5), .when = random_when() };
	for (size_t i = 0; i < o->c.c.ncidr; i++) {
		static const char *const blocks[] = { "10.0.0.0/24", "10.0.1.0/28", "192.0.2.4/32", "2001:db8::/64", "10.0.0.8/29" };
		const char *text = blocks[below(5)], *why;
		o->cidr[i] = (struct own_cidr){ .tied = below(2), .port = random_own_port(), .when = random_when() };
		assert_true(prefix_parse(text, strlen(text), &o->cidr[i].prefix, &why));
	}
	mapping_make(&o->c);
}

/* -- random questions ---------------------------------------------------------------------------------- */

static const char *pick(const char *const *from, size_t n)
{
	return from[below((uint32_t)n)];
}
#define PICK(...) pick((const char *const[]){ __VA_ARGS__ }, COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

static void random_test(struct buf *out)
{
	switch (below(18)) {
	case 0: buf_printf(out, "%s%s10.0.%u.0/24,%s", PICK("ipsource", "ipserver"), PICK("=", "!="), below(2), PICK("192.0.2.3", "::")); break;
	case 1: buf_printf(out, "ipdestination%s10.0.0.%u-10.0.0.%u", PICK("=", "!="), below(8), 8 + below(8)); break;
	case 2: buf_printf(out, "%s%sTCP:443,%s,UDP:53", PICK("sourceport", "destinationport", "serverport", "clientport"), PICK("=", "!="), PICK("80", "0:443", "0:80")); break;
	case 3: buf_printf(out, "%s%s10.99.99.1>%u,10.99.99.2>3", PICK("inputinterface", "outputinterface", "interface"), PICK("=", "!="), below(6)); break;
	case 4: buf_printf(out, "macsource%s02:00:5e:10:00:0%u", PICK("=", "!="), below(5)); break;
	case 5: buf_printf(out, "protocol%sTCP,%s", PICK("=", "!="), PICK("UDP", "50", "ICMP")); break;
	case 6: buf_printf(out, "%s%s%u", PICK("vlansource", "vlandestination", "tos", "dscp", "sourceas", "tcpflags"), PICK("=", "!="), below(4)); break;
	case 7: buf_printf(out, "%s%s%u", PICK("tos", "dscp", "vlaninner"), PICK("<", "<=", ">", ">="), below(4)); break;
	case 8: buf_printf(out, "bytes%s%u", PICK("<", "<=", ">", ">="), below(2000000)); break;
	case 9: buf_printf(out, "icmptype%s%s", PICK("=", "!="), PICK("8", "8.0", "0", "3")); break;
	case 10: buf_printf(out, "%s%s%s", PICK("sourceaddress", "destinationaddress"), PICK("=", "!="), PICK("10.0.0.0/28", "02:00:5e:10:00:03", "2001:db8::1,192.0.2.5")); break;
	case 11: buf_printf(out, "%s%s\"%s\"", PICK("sourceaddress", "ipsource", "macsource", "inputinterface", "interface", "protocol", "serverport"),
			    PICK("~", "!~"), PICK("^10", "3", "5e:1", "^$", ">[12]$", "T")); break;
	case 12: buf_printf(out, "%s%s10.0.0.0/16", PICK("ipserver", "ipclient"), PICK("=", "!=")); break;
	case 13: buf_printf(out, "serverport%s%u", PICK("<", ">="), below(1000)); break;
	case 15: buf_printf(out, "%s%s%s", PICK("sourcezone", "destinationgroup"), PICK("=", "!=", "~", "!~"), PICK("A", "B", "EXTERNAL", "g", "[Ag]", "\"^$\"")); break;
	case 16: buf_printf(out, "%s%s%s", PICK("sourcecountry", "destinationcountry"), PICK("=", "!="), PICK("XA", "XB", "XA,XB", "\"\"")); break;
	case 14: buf_printf(out, "time%s%lld", PICK("<", ">="), (long long)(day / USEC_PER_SEC + below(4 * 3600))); break;
	default: buf_printf(out, "agent%s10.99.99.%u", PICK("=", "!="), 1 + below(3)); break;
	}
}

static void random_filter(struct buf *out, unsigned depth)
{
	unsigned shape = depth ? below(5) : 0;
	if (shape < 2) {
		random_test(out);
	} else if (shape == 2) {
		buf_text(out, "!(");
		random_filter(out, depth - 1);
		buf_text(out, ")");
	} else {
		buf_text(out, "(");
		random_filter(out, depth - 1);
		buf_text(out, shape == 3 ? ")&(" : ")|(");
		random_filter(out, depth - 1);
		buf_text(out, ")");
	}
}

struct ref_column {
	const char *fn, *field; /* fn "" = none */
	bool key;
};

struct question {
	struct request rq;
	struct ref_column col[MOST_COLUMNS];
	size_t ncols, nkeys;
	bool either;
	struct buf select, where;
	struct span span;
	usec_t bucket;
};

static const char *const keys[] = {
	"ipsource", "ipdestination", "inputinterface", "outputinterface", "interface", "macsource", "macdestination",
	"vlansource", "vlandestination", "vlaninner", "protocol", "sourceport", "destinationport", "serverport", "clientport", "ipserver",
	"ipclient", "sourceaddress", "destinationaddress", "dscp", "icmptype", "sourceas", "tcpflags", "time",
	"sourcecountry", "destinationcountry",
};

static const struct ref_column values[] = {
	{ "", "bytes", false }, { "", "bits", false }, { "", "frames", false }, { "", "samples", false }, { "", "flows", false },
	{ "sdev", "bytes", false }, { "p95", "frames", false }, { "percentile", "bytes", false }, { "share", "bytes", false }, { "share", "flows", false },
	{ "error", "bytes", false }, { "error", "bits", false }, { "error", "frames", false },
	{ "rate", "bytes", false }, { "sum", "frames", false }, { "min", "bytes", false }, { "max", "bits", false },
	{ "mean", "flows", false }, { "mean", "bytes", false }, { "count", "ipsource", false }, { "count", "serverport", false },
	{ "count", "inputinterface", false }, { "count", "sourceaddress", false }, { "first", "ipdestination", false },
	{ "last", "sourceaddress", false }, { "first", "inputinterface", false }, { "last", "destinationport", false },
};

static bool has_column(const struct question *q, const char *fn, const char *field)
{
	for (size_t i = 0; i < q->ncols; i++)
		if (STREQ(q->col[i].field, field) && STREQ(q->col[i].fn, fn))
			return true;
	return false;
}

static _unused_ void random_question(struct question *q)
{
	static char interval[64], bucket[16];
	*q = (struct question){ 0 };
	size_t nkeys = below(4), nvalues = below(4);
	for (size_t i = 0; i < nkeys; i++) {
		struct ref_column c = { "", keys[below(COUNT_OF(keys))], true };
		if (!has_column(q, c.fn, c.field))
			q->col[q->ncols++] = c;
		q->either |= STREQ(c.field, "interface");
	}
	for (size_t i = 0; i < nvalues || !q->ncols; i++) {
		struct ref_column c = values[below(COUNT_OF(values))];
		if (!has_column(q, c.fn, c.field))
			q->col[q->ncols++] = c;
	}
	for (size_t i = 0; i < q->ncols; i++)
		buf_printf(&q->select, *q->col[i].fn ? "%s%s(%s%s)" : "%s%s%s", i ? "," : "", q->col[i].fn, q->col[i].field,
			   STREQ(q->col[i].fn, "percentile") ? ",37" : "");
	if (below(3))
		random_filter(&q->where, 2);
	q->span.start = day + (usec_t)below(2 * 3600) * USEC_PER_SEC;
	q->span.end = q->span.start + (usec_t)(1 + below(3 * 3600)) * USEC_PER_SEC;
	snprintf(interval, sizeof(interval), "%lld,%lld", (long long)(q->span.start / USEC_PER_SEC), (long long)(q->span.end / USEC_PER_SEC));
	q->rq = (struct request){ .kind = below(2) ? QUERY_TREND : QUERY_TOPN, .view = PICK("traffic", "iftraffic"),
				  .select = buf_str(&q->select), .where = buf_str(&q->where), .interval = interval,
				  .n = below(2) ? 1 + below(5) : 0 };
	if (q->rq.kind == QUERY_TREND) {
		q->bucket = (usec_t)(below(2) ? 3600 : 420) * USEC_PER_SEC;
		snprintf(bucket, sizeof(bucket), "%lld", (long long)(q->bucket / USEC_PER_SEC));
		q->rq.bucket = bucket;
	}
}
