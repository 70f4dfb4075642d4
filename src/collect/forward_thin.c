/* One of many: thinning on the way to a receiver that wants less.
 *
 *	sFlow v5        one flow sample of N, by chance; its rate is multiplied by N, so estimates stay as they
 *	                were; counter samples all go on
 *	NetFlow v5      one datagram of N; the header's sampling interval is multiplied by N while its 14
 *	                bits hold that
 *	NetFlow v9,     one datagram of N of those without templates; the rate cannot be told in it, so
 *	IPFIX           the receiver has to know of N
 *	others          one datagram of N likewise
 *
 * What numbers its samples (sFlow, NetFlow v5) is numbered anew: what was left out is no loss. */
#include "collect/forward_in.h"

#include "base/cursor.h"
#include "base/hash.h"

enum { SFLOW5 = 5, FLOW = 1, EXPANDED_FLOW = 3, NETFLOW5_INTERVAL = 0x3fff };

/* Whose numbers they are.  Zeroed before use: it is a key. */
struct numbered {
	struct addr from, agent;
	uint32_t version, domain, class, source;
};

void thin_init(struct thin *t, uint32_t one_in)
{
	*t = (struct thin){ .one_in = one_in, .random = hash_mix(hash_seed(), one_in) | 1, .numbers.ceiling = MAX_THINNED };
}

void thin_free(struct thin *t)
{
	map_free(&t->numbers);
}

/* xorshift64*: chance enough for samples, and they need it by the million. */
static bool chosen(struct thin *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	uint64_t r = t->random * UINT64_C(0x2545f4914f6cdd1d) >> 32;
	return r * t->one_in >> 32 == 0;
}

/* The next number of it, which n are taken of.  False: no room, counted. */
static bool number(struct thin *t, const struct numbered *of, uint32_t n, uint32_t *ret, struct forward_counts *count)
{
	struct map_entry *e;
	if (map_put(&t->numbers, of, sizeof(*of), &e, NULL) != OK) {
		count->drops[DROP_FORWARD_MEMORY]++;
		return false;
	}
	*ret = (uint32_t)e->num;
	e->num += n;
	return true;
}

/* -- sFlow v5 ------------------------------------------------------------------------------------------- */

static uint32_t multiplied(uint32_t rate, uint32_t by)
{
	return (uint32_t)MIN((uint64_t)rate * by, (uint64_t)UINT32_MAX);
}

/* A flow sample is thinned in place, behind what is kept already: sequence | source | rate, and with a
 * source of two words one later.  False = no room for its numbers. */
static bool thin_sample(struct thin *t, uint8_t *body, bool expanded, struct numbered of, struct forward_counts *n)
{
	uint8_t *rate = body + (expanded ? 12 : 8);
	uint32_t sequence;
	of.class = 1 + (expanded ? load_be32(body + 4) : body[4]);
	of.source = expanded ? load_be32(body + 8) : load_be32(body + 4) & 0xffffff;
	if (!number(t, &of, 1, &sequence, n))
		return false;
	store_be32(body, sequence + 1);
	store_be32(rate, multiplied(load_be32(rate), t->one_in));
	return true;
}

/* 5 | address | sub-agent | sequence | uptime | n | n times (format | length | body) */
static bool thin_sflow(struct thin *t, const struct datagram *d, size_t *ret_len, struct forward_counts *n)
{
	struct cur c = cur_of(d->data, d->len);
	struct numbered of;
	memset(&of, 0, sizeof(of));
	of.from = d->from;
	of.version = cur_u32(&c);
	size_t address = cur_u32(&c) == 2 ? 16 : 4;
	const uint8_t *agent = cur_need(&c, address);
	of.domain = cur_u32(&c);
	size_t sequence_at = (size_t)(c.pos - d->data);
	cur_skip(&c, 8);
	uint32_t samples = cur_u32(&c), kept = 0, sequence;
	size_t len = (size_t)(c.pos - d->data);
	if (c.bad || !agent) {
		n->drops[DROP_FORWARD_KIND]++;
		return false;
	}
	memcpy(of.agent.b, agent, address);
	memcpy(t->data, d->data, len);
	for (; samples && !c.bad; samples--) {
		const uint8_t *head = cur_need(&c, 8);
		size_t body = head ? load_be32(head + 4) : 0;
		if (!cur_need(&c, body))
			break;
		uint32_t format = load_be32(head);
		bool expanded = format == EXPANDED_FLOW, flow = format == FLOW || expanded;
		if (flow && (body < 16 || !chosen(t)))
			continue;
		memcpy(t->data + len, head, 8 + body); /* never longer than what came */
		if (flow && !thin_sample(t, t->data + len + 8, expanded, of, n))
			continue;
		len += 8 + body;
		kept++;
	}
	if (c.bad)
		n->drops[DROP_FORWARD_KIND]++;
	of.class = of.source = 0;
	if (!kept || !number(t, &of, 1, &sequence, n))
		return false;
	store_be32(t->data + sequence_at, sequence + 1);
	store_be32(t->data + sequence_at + 8, kept);
	*ret_len = len;
	return true;
}

/* -- NetFlow and IPFIX ------------------------------------------------------------------------------------- */

/* version | count | uptime | time 8 | sequence 16 | engine 20 | mode 2 bits, interval 14 bits 22 */
static bool thin_netflow5(struct thin *t, const struct datagram *d, size_t *ret_len, struct forward_counts *n)
{
	struct numbered of;
	uint32_t sequence;
	uint32_t interval = d->len < 24 ? 0 : load_be16(d->data + 22) & NETFLOW5_INTERVAL;
	uint64_t more = (uint64_t)MAX(interval, 1u) * t->one_in;
	if (d->len < 24 || more > NETFLOW5_INTERVAL) {
		n->drops[DROP_FORWARD_KIND]++;
		return false;
	}
	if (!chosen(t))
		return false;
	memset(&of, 0, sizeof(of));
	of.from = d->from;
	of.version = 5;
	of.domain = load_be16(d->data + 20);
	if (!number(t, &of, load_be16(d->data + 2), &sequence, n))
		return false;
	memcpy(t->data, d->data, d->len);
	store_be32(t->data + 16, sequence);
	uint16_t mode = load_be16(d->data + 22) & 0xc000;
	store_be16(t->data + 22, (uint16_t)((mode ? mode : 0x4000) | more));
	*ret_len = d->len;
	return true;
}

/* A set that is no data: a receiver that misses it cannot read what comes later. */
static bool has_templates(const struct datagram *d, size_t header)
{
	struct cur c = cur_of(d->data, d->len);
	cur_skip(&c, header);
	while (cur_left(&c) >= 4 && !c.bad) {
		uint16_t id = cur_u16(&c), len = cur_u16(&c);
		if (id < 256)
			return true;
		cur_skip(&c, len < 4 ? cur_left(&c) : len - 4u);
	}
	return false;
}

static bool passes(struct thin *t, const struct datagram *d, size_t header)
{
	return (header && has_templates(d, header)) || chosen(t);
}

bool thin_datagram(struct thin *t, const struct datagram *d, struct datagram *ret, struct forward_counts *n)
{
	enum { NETFLOW5 = 5, NETFLOW9 = 9, IPFIX = 10, HEADER9 = 20, HEADER10 = 16 };
	uint32_t two = d->len >= 2 ? load_be16(d->data) : 0, four = d->len >= 4 ? load_be32(d->data) : 0;
	bool made = four == SFLOW5 || two == NETFLOW5, good;
	*ret = *d;
	if (d->len > sizeof(t->data))
		return false;
	if (four == SFLOW5)
		good = thin_sflow(t, d, &ret->len, n);
	else if (two == NETFLOW5)
		good = thin_netflow5(t, d, &ret->len, n);
	else
		good = passes(t, d, two == NETFLOW9 ? HEADER9 : two == IPFIX ? HEADER10 : 0);
	if (made)
		ret->data = t->data;
	return good;
}
