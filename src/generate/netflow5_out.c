/* NetFlow version 5: 24 bytes of header, 48 of each record, at most 30. */
#include "generate/encode.h"

enum { RECORD = 48, MODE_RANDOM = 0x4000, INTERVAL_MAX = 0x3fff };

static void netflow5_add(const struct encode_env *env, struct exporter *x, const struct talk *t, usec_t at)
{
	struct put p = { x->now.rows[0] + x->now.len[0] };
	uint32_t last = uptime_ms(env, at), bytes = t->packets * t->ip_len;

	put_addr(&p, &t->src);
	put_addr(&p, &t->dst);
	put_u32(&p, 0x0aff0000u | (t->out->ifindex & 0xffff));
	put_u16(&p, t->in->ifindex);
	put_u16(&p, t->out->ifindex);
	put_u32(&p, t->packets);
	put_u32(&p, bytes);
	put_u32(&p, last - talk_duration_ms(t));
	put_u32(&p, last);
	put_u16(&p, t->sport);
	put_u16(&p, t->dport);
	put_u8(&p, 0);
	put_u8(&p, t->tcpflags);
	put_u8(&p, t->protocol);
	put_u8(&p, t->tos);
	put_u16(&p, t->src_as);
	put_u16(&p, t->dst_as);
	put_u8(&p, t->src_mask);
	put_u8(&p, t->dst_mask);
	put_u16(&p, 0);
	x->now.len[0] += RECORD;
	x->now.n++;
	x->now.bytes += bytes;
	x->now.frames += t->packets;
}

static size_t netflow5_wrap(const struct encode_env *env, struct exporter *x, usec_t at, uint8_t *ret)
{
	struct put p = { ret };
	put_u16(&p, 5);
	put_u16(&p, x->now.n);
	put_u32(&p, uptime_ms(env, at));
	put_u32(&p, (uint32_t)(at / USEC_PER_SEC));
	put_u32(&p, (uint32_t)(at % USEC_PER_SEC) * 1000);
	put_u32(&p, x->sequence);
	put_u16(&p, x->id & 0xffff); /* engine: exporters behind one address stay apart */
	put_u16(&p, env->rate > 1 ? MODE_RANDOM | MIN(env->rate, (uint32_t)INTERVAL_MAX) : 0);
	put_bytes(&p, x->now.rows[0], x->now.len[0]);
	x->sequence += x->now.n;
	return (size_t)(p.at - ret);
}

const struct encoder netflow5_encoder = {
	.name = "netflow5", .port = 2055, .type = EXPORT_NETFLOW5, .style = { .v4_only = true, .flow = true },
	.row_max = RECORD, .rows_max = 30 * RECORD, .add = netflow5_add, .wrap = netflow5_wrap,
};
