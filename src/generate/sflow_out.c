/* sFlow version 5 (sflow.org, sflow_version_5.txt): flow samples with the raw header, extended
 * switch and router data; counter samples with the generic interface counters and the port's name. */
#include "generate/encode.h"
#include "generate/frame.h"

enum {
	FLOW_SAMPLE = 1, COUNTER_SAMPLE = 2,
	RAW_HEADER = 1, EXT_SWITCH = 1001, EXT_ROUTER = 1002,
	GENERIC_COUNTERS = 1, PORT_NAME_COUNTERS = 1005,
	HEAD = 28, RAW_HEAD = 16, SWITCH_LEN = 16, GENERIC_LEN = 88, COUNTER_SAMPLE_MAX = 20 + 8 + GENERIC_LEN + 8 + 4 + PORT_NAME,
	ROUTER_MAX = 4 + 16 + 8, FLOW_SAMPLE_MAX = 8 + 32 + 8 + RAW_HEAD + FRAME_HEADER + 8 + SWITCH_LEN + 8 + ROUTER_MAX,
};

static void head(const struct encode_env *env, struct exporter *x, usec_t at, uint32_t samples, struct put *p)
{
	put_u32(p, 5);
	put_u32(p, 1); /* the agent's address is IPv4 */
	put_u32(p, x->agent->ip);
	put_u32(p, 0); /* sub-agent */
	put_u32(p, ++x->sequence);
	put_u32(p, uptime_ms(env, at));
	put_u32(p, samples);
}

static void put_raw_header(struct put *p, const struct talk *t, struct rng *r)
{
	uint8_t frame[FRAME_HEADER + 40];
	size_t len = frame_make(t, r, frame), padded = (len + 3) & ~(size_t)3;

	put_u32(p, RAW_HEADER);
	put_u32(p, (uint32_t)(RAW_HEAD + padded));
	put_u32(p, 1); /* Ethernet */
	put_u32(p, talk_frame(t));
	put_u32(p, 4); /* the checksum, taken off */
	put_u32(p, (uint32_t)len);
	put_bytes(p, frame, padded);
}

static void put_extended(struct put *p, const struct talk *t)
{
	put_u32(p, EXT_SWITCH);
	put_u32(p, SWITCH_LEN);
	put_u32(p, t->in->vlan);
	put_u32(p, 0);
	put_u32(p, t->out->vlan);
	put_u32(p, 0);
	put_u32(p, EXT_ROUTER);
	put_u32(p, t->v6 ? ROUTER_MAX : ROUTER_MAX - 12);
	put_u32(p, t->v6 ? 2 : 1);
	if (t->v6)
		put_u64(p, 0xfe80000000000000u);
	if (t->v6)
		put_u64(p, 0x0200000000000000u | t->out->ifindex);
	else
		put_u32(p, 0x0aff0000u | (t->out->ifindex & 0xffff));
	put_u32(p, t->src_mask);
	put_u32(p, t->dst_mask);
}

static void sflow_add(const struct encode_env *env, struct exporter *x, const struct talk *t, usec_t at)
{
	struct put p = { x->now.rows[0] + x->now.len[0] };
	uint8_t *begin = p.at;
	struct gport *in = &x->agent->port[t->lane->in];

	(void)at;
	put_u32(&p, FLOW_SAMPLE);
	put_u32(&p, 0); /* length, below */
	put_u32(&p, ++in->flow_seq);
	put_u32(&p, in->ifindex);
	put_u32(&p, env->rate);
	put_u32(&p, in->flow_seq * env->rate); /* packets that could have been sampled */
	put_u32(&p, 0);
	put_u32(&p, in->ifindex);
	put_u32(&p, t->out->ifindex);
	put_u32(&p, 3);
	put_raw_header(&p, t, env->rng);
	put_extended(&p, t);
	store_be32(begin + 4, (uint32_t)(p.at - begin) - 8);
	x->now.len[0] += (size_t)(p.at - begin);
	x->now.n++;
	x->now.bytes += talk_frame(t);
	x->now.frames++;
}

static size_t sflow_wrap(const struct encode_env *env, struct exporter *x, usec_t at, uint8_t *ret)
{
	struct put p = { ret };
	head(env, x, at, x->now.n, &p);
	put_bytes(&p, x->now.rows[0], x->now.len[0]);
	return (size_t)(p.at - ret);
}

/* -- counters ----------------------------------------------------------------------------- */

static void put_direction(struct put *p, double octets, double packets)
{
	uint64_t n = (uint64_t)packets, groups = n / 400; /* multicast; half as many broadcast */
	put_u64(p, (uint64_t)octets);
	put_u32(p, (uint32_t)(n - groups - groups / 2));
	put_u32(p, (uint32_t)groups);
	put_u32(p, (uint32_t)(groups / 2));
	put_u32(p, (uint32_t)(n / 2000000)); /* discards */
	put_u32(p, (uint32_t)(n / 90000000)); /* errors */
}

static void put_counter_sample(struct put *p, struct gport *port, double usec)
{
	uint32_t name = (uint32_t)strlen(port->name), padded = (name + 3) & ~3u;

	put_u32(p, COUNTER_SAMPLE);
	put_u32(p, 12 + 8 + GENERIC_LEN + 8 + 4 + padded);
	put_u32(p, ++port->counter_seq);
	put_u32(p, port->ifindex);
	put_u32(p, 2);
	put_u32(p, GENERIC_COUNTERS);
	put_u32(p, GENERIC_LEN);
	put_u32(p, port->ifindex);
	put_u32(p, 6); /* ethernetCsmacd */
	put_u64(p, port->speed);
	put_u32(p, 1); /* full duplex */
	put_u32(p, 3); /* up and up */
	put_direction(p, port->sum.in_octets + port->rate.in_octets * usec,
		      port->sum.in_packets + port->rate.in_packets * usec);
	put_u32(p, 0); /* of unknown protocol */
	put_direction(p, port->sum.out_octets + port->rate.out_octets * usec,
		      port->sum.out_packets + port->rate.out_packets * usec);
	put_u32(p, 2); /* promiscuous: false */
	put_u32(p, PORT_NAME_COUNTERS);
	put_u32(p, 4 + padded);
	put_u32(p, name);
	put_bytes(p, port->name, name);
	put_zero(p, padded - name);
}

size_t sflow_counters(const struct encode_env *env, struct exporter *x, usec_t at, usec_t slot_start,
		      unsigned *step, uint8_t *ret, struct wire_totals *t)
{
	uint32_t n = MIN(x->agent->nports - *step, (unsigned)((DATAGRAM_MAX - HEAD) / COUNTER_SAMPLE_MAX));
	struct put p = { ret };

	if (!n)
		return 0;
	head(env, x, at, n, &p);
	for (uint32_t i = 0; i < n; i++)
		put_counter_sample(&p, &x->agent->port[(*step)++], (double)(at - slot_start));
	t->counter_samples += n;
	t->counter_rows += n;
	return (size_t)(p.at - ret);
}

const struct encoder sflow_encoder = {
	.name = "sflow", .port = 6343, .type = EXPORT_SFLOW, .samples = true, .row_max = FLOW_SAMPLE_MAX,
	.rows_max = ROWS_MAX,
	.add = sflow_add, .wrap = sflow_wrap,
};
