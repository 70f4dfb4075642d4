/* NetFlow version 9 (RFC 3954) and IPFIX (RFC 7011): one writer, the differences in a dialect.
 *
 * Every so often each exporter tells its templates (256 IPv4, 257 IPv6, 258 sampling, 259 interfaces),
 * its sampling and the names of its interfaces, in datagrams of their own before the data. */
#include "generate/encode.h"

#include <assert.h>

enum { T_V4 = 256, T_V6 = 257, T_SAMPLING = 258, T_INTERFACES = 259, NAME_LEN = 24, ROW_MAX = 96 };

struct dialect {
	bool ipfix;
	uint16_t template_set, options_set;
	/* elements that differ, with their lengths: the flow's start and end, an option's scopes */
	uint16_t start, end, time_len, scope_system, scope_interface;
};

static const struct dialect v9 = { false, 0, 1, 22, 21, 4, 1, 2 };
static const struct dialect ipfix = { true, 2, 3, 152, 153, 8, 149, 10 };

static const uint16_t common[][2] = { /* id, length; addresses come before */
	{ 2, 4 }, { 1, 4 }, { 10, 4 }, { 14, 4 }, { 7, 2 }, { 11, 2 }, { 4, 1 }, { 5, 1 }, { 6, 1 },
	{ 61, 1 }, { 9, 1 }, { 13, 1 }, { 16, 4 }, { 17, 4 },
};


/* -- rows ------------------------------------------------------------------------------- */

static void add(const struct dialect *d, const struct encode_env *env, struct exporter *x,
		const struct talk *t, usec_t at)
{
	uint8_t *begin = x->now.rows[t->v6] + x->now.len[t->v6];
	struct put p = { begin };
	uint32_t ms = talk_duration_ms(t), bytes = t->packets * t->ip_len;

	put_addr(&p, &t->src);
	put_addr(&p, &t->dst);
	put_u32(&p, t->packets);
	put_u32(&p, bytes);
	put_u32(&p, t->in->ifindex);
	put_u32(&p, t->out->ifindex);
	put_u16(&p, t->sport);
	put_u16(&p, t->dport);
	put_u8(&p, t->protocol);
	put_u8(&p, t->tos);
	put_u8(&p, t->tcpflags);
	put_u8(&p, 0); /* ingress */
	put_u8(&p, t->src_mask);
	put_u8(&p, t->dst_mask);
	put_u32(&p, t->src_as);
	put_u32(&p, t->dst_as);
	if (d->ipfix) {
		put_u64(&p, (uint64_t)(at / 1000) - ms);
		put_u64(&p, (uint64_t)(at / 1000));
	} else {
		put_u32(&p, uptime_ms(env, at) - ms);
		put_u32(&p, uptime_ms(env, at));
	}
	assert(p.at - begin <= ROW_MAX);
	x->now.len[t->v6] += (size_t)(p.at - begin);
	x->now.n++;
	x->now.bytes += bytes;
	x->now.frames += t->packets;
}

static void netflow9_add(const struct encode_env *env, struct exporter *x, const struct talk *t, usec_t at)
{
	add(&v9, env, x, t, at);
}

static void ipfix_add(const struct encode_env *env, struct exporter *x, const struct talk *t, usec_t at)
{
	add(&ipfix, env, x, t, at);
}

/* -- messages ----------------------------------------------------------------------------- */

/* The header is written last, when length and count are known. */
static size_t message_end(const struct dialect *d, const struct encode_env *env, struct exporter *x, usec_t at,
			  uint8_t *begin, const struct put *end, uint32_t records, uint32_t data_records)
{
	struct put p = { begin };
	size_t len = (size_t)(end->at - begin);
	put_u16(&p, d->ipfix ? 10 : 9);
	put_u16(&p, d->ipfix ? (uint32_t)len : records);
	if (!d->ipfix)
		put_u32(&p, uptime_ms(env, at));
	put_u32(&p, (uint32_t)(at / USEC_PER_SEC));
	put_u32(&p, x->sequence);
	put_u32(&p, x->id); /* observation domain, source id: exporters behind one address stay apart */
	x->sequence += d->ipfix ? data_records : 1;
	return len;
}

static uint8_t *set_begin(struct put *p, uint32_t id)
{
	uint8_t *begin = p->at;
	put_u16(p, id);
	put_u16(p, 0);
	return begin;
}

static void set_end(struct put *p, uint8_t *begin)
{
	put_zero(p, (size_t)(-(p->at - begin) & 3));
	store_be16(begin + 2, (uint16_t)(p->at - begin));
}

static size_t header_len(const struct dialect *d)
{
	return d->ipfix ? 16 : 20;
}

static size_t wrap(const struct dialect *d, const struct encode_env *env, struct exporter *x, usec_t at,
		   uint8_t *ret)
{
	struct put p = { ret + header_len(d) };
	for (int v6 = 0; v6 < 2; v6++) {
		if (!x->now.len[v6])
			continue;
		uint8_t *set = set_begin(&p, v6 ? T_V6 : T_V4);
		put_bytes(&p, x->now.rows[v6], x->now.len[v6]);
		set_end(&p, set);
	}
	return message_end(d, env, x, at, ret, &p, x->now.n, x->now.n);
}

static size_t netflow9_wrap(const struct encode_env *env, struct exporter *x, usec_t at, uint8_t *ret)
{
	return wrap(&v9, env, x, at, ret);
}

static size_t ipfix_wrap(const struct encode_env *env, struct exporter *x, usec_t at, uint8_t *ret)
{
	return wrap(&ipfix, env, x, at, ret);
}

/* -- templates, sampling, names --------------------------------------------------------------- */

static void put_field(struct put *p, uint32_t id, uint32_t len)
{
	put_u16(p, id);
	put_u16(p, len);
}

static void put_flow_template(const struct dialect *d, struct put *p, bool v6)
{
	put_u16(p, v6 ? T_V6 : T_V4);
	put_u16(p, (uint32_t)COUNT_OF(common) + 4);
	put_field(p, v6 ? 27 : 8, v6 ? 16 : 4);
	put_field(p, v6 ? 28 : 12, v6 ? 16 : 4);
	for (size_t i = 0; i < COUNT_OF(common); i++)
		put_field(p, common[i][0], common[i][1]);
	put_field(p, d->start, d->time_len);
	put_field(p, d->end, d->time_len);
}

/* An options template with one scope field of 4 bytes. */
static void put_options_template(const struct dialect *d, struct put *p, uint32_t id, uint32_t scope,
				 const uint16_t (*fields)[2], uint32_t n)
{
	put_u16(p, id);
	if (d->ipfix) {
		put_u16(p, 1 + n);
		put_u16(p, 1);
	} else {
		put_u16(p, 4);
		put_u16(p, 4 * n);
	}
	put_field(p, scope, 4);
	for (uint32_t i = 0; i < n; i++)
		put_field(p, fields[i][0], fields[i][1]);
}

static size_t put_templates(const struct dialect *d, const struct encode_env *env, struct exporter *x,
			    usec_t at, uint8_t *ret, struct wire_totals *t)
{
	static const uint16_t sampling[][2] = { { 34, 4 }, { 35, 1 } };
	static const uint16_t interfaces[][2] = { { 82, NAME_LEN } };
	struct put p = { ret + header_len(d) };

	uint8_t *set = set_begin(&p, d->template_set);
	put_flow_template(d, &p, false);
	put_flow_template(d, &p, true);
	set_end(&p, set);
	set = set_begin(&p, d->options_set);
	put_options_template(d, &p, T_SAMPLING, d->scope_system, sampling, COUNT_OF(sampling));
	if (!d->ipfix) { /* v9's sets of options templates hold one each, for collectors that think so */
		set_end(&p, set);
		set = set_begin(&p, d->options_set);
	}
	put_options_template(d, &p, T_INTERFACES, d->scope_interface, interfaces, COUNT_OF(interfaces));
	set_end(&p, set);
	set = set_begin(&p, T_SAMPLING);
	put_u32(&p, 0);
	put_u32(&p, env->rate);
	put_u8(&p, 2); /* random */
	set_end(&p, set);
	t->templates += 4;
	t->option_records++;
	return message_end(d, env, x, at, ret, &p, 5, 1);
}

/* Step 0: templates and sampling; then the ports' names, as many a datagram as fit. */
static size_t preamble(const struct dialect *d, const struct encode_env *env, struct exporter *x, usec_t at,
		       unsigned *step, uint8_t *ret, struct wire_totals *t)
{
	if (*step == 0) {
		*step = 1;
		return put_templates(d, env, x, at, ret, t);
	}
	unsigned from = *step - 1, n = MIN(x->agent->nports - from, (unsigned)ROWS_MAX / (4 + NAME_LEN));
	if (!n)
		return 0;
	struct put p = { ret + header_len(d) };
	uint8_t *set = set_begin(&p, T_INTERFACES);
	for (unsigned i = from; i < from + n; i++) {
		char name[NAME_LEN] = { 0 };
		memcpy(name, x->agent->port[i].name, strnlen(x->agent->port[i].name, NAME_LEN - 1));
		put_u32(&p, x->agent->port[i].ifindex);
		put_bytes(&p, name, NAME_LEN);
	}
	set_end(&p, set);
	*step += n;
	t->option_records += n;
	return message_end(d, env, x, at, ret, &p, n, n);
}

static size_t netflow9_preamble(const struct encode_env *env, struct exporter *x, usec_t at, unsigned *step,
				uint8_t *ret, struct wire_totals *t)
{
	return preamble(&v9, env, x, at, step, ret, t);
}

static size_t ipfix_preamble(const struct encode_env *env, struct exporter *x, usec_t at, unsigned *step,
			     uint8_t *ret, struct wire_totals *t)
{
	return preamble(&ipfix, env, x, at, step, ret, t);
}

const struct encoder netflow9_encoder = {
	.name = "netflow9", .port = 2055, .type = EXPORT_NETFLOW9, .style = { .flow = true },
	.row_max = ROW_MAX, .rows_max = ROWS_MAX, .add = netflow9_add, .wrap = netflow9_wrap, .preamble = netflow9_preamble,
};
const struct encoder ipfix_encoder = {
	.name = "ipfix", .port = 4739, .type = EXPORT_IPFIX, .style = { .flow = true },
	.row_max = ROW_MAX, .rows_max = ROWS_MAX, .add = ipfix_add, .wrap = ipfix_wrap, .preamble = ipfix_preamble,
};
