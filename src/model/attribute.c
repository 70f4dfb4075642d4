/* Asking an attributor: whose is this record. */
#include "model/attributor.h"

static uint32_t class_set(const struct attributor *a, uint32_t class, usec_t when)
{
	const struct class *c = &a->class[class];
	const struct spell *s = a->spell + c->first;
	size_t lo = 0, hi = c->n; /* s[lo].from <= when */
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (s[mid].from <= when)
			lo = mid;
		else
			hi = mid;
	}
	return s[lo].set;
}

/* The base set of a thing at a time. */
static inline uint32_t ref_set(const struct attributor *a, uint32_t ref, usec_t when)
{
	return ref & REF_CLASS ? class_set(a, ref & ~REF_CLASS, when) : ref;
}

/* The ref of the last of pieces first..end that begins at or before the key; there is one. */
static inline uint32_t piece_ref(const struct piece *p, size_t first, size_t end, struct key key)
{
	while (end - first > 1) {
		size_t mid = first + (end - first) / 2;
		if (key_below(key, p[mid].from))
			end = mid;
		else
			first = mid;
	}
	return p[first].ref;
}

static inline uint32_t untied_ref(const struct attributor *a, struct key key)
{
	if (key.hi || key.lo >> 32 != 0xffff)
		return piece_ref(a->piece, 0, a->untied, key);
	size_t top = key.lo >> 16 & 0xffff, next = key.lo >> 8 & 0xff;
	const uint32_t *from = a->top + top;
	if (a->sub[top])
		from = a->fine[a->sub[top] - 1] + next;
	return piece_ref(a->piece, from[0], (size_t)from[1] + 1, key);
}

static const struct port_slot *find_port(const struct attributor *a, const struct addr *agent, uint32_t ifindex)
{
	size_t mask = ((size_t)1 << (64 - a->port_shift)) - 1;
	for (size_t i = port_hash(a, key_of(agent), ifindex) >> a->port_shift; a->port[i].used; i = (i + 1) & mask)
		if (a->port[i].ifindex == ifindex && addr_equal(&a->port[i].agent, agent))
			return &a->port[i];
	return NULL;
}

static uint32_t mac_ref(const struct attributor *a, uint64_t mac)
{
	size_t mask = ((size_t)1 << (64 - a->mac_shift)) - 1;
	if (!a->nmac || !mac)
		return SET_NOBODY;
	for (size_t i = hash_mix(mac, a->seed) >> a->mac_shift; a->mac[i].mac; i = (i + 1) & mask)
		if (a->mac[i].mac == mac)
			return a->mac[i].ref;
	return SET_NOBODY;
}

/* One end of a record. */
struct end {
	const struct addr *agent, *addr;
	uint32_t ifindex;
	uint64_t mac;
	usec_t when;
};

static enum err join(struct owner_sets *s, uint32_t base, uint32_t *set)
{
	uint32_t more;
	enum err err = base == SET_NOBODY ? OK : owner_sets_base(s, base, &more);
	return err != OK || base == SET_NOBODY ? err : owner_sets_union(s, *set, more, set);
}

/* port: find_port of the end's */
static inline enum err owners_of_end(const struct attributor *a, struct owner_sets *s, const struct end *e,
				     const struct port_slot *port, uint32_t *set)
{
	uint32_t by_addr = SET_NOBODY, by_tie = SET_NOBODY, by_port = SET_NOBODY, by_mac;
	struct key key = key_of(e->addr);
	if (key.hi | key.lo) {
		by_addr = ref_set(a, untied_ref(a, key), e->when);
		if (port && port->pieces)
			by_tie = ref_set(a, piece_ref(a->piece, port->first, (size_t)port->first + port->pieces, key), e->when);
	}
	if (port)
		by_port = ref_set(a, port->ref, e->when);
	by_mac = ref_set(a, mac_ref(a, e->mac), e->when);
	if (by_port == by_addr)
		by_port = SET_NOBODY;
	if (!(by_addr | by_tie | by_port | by_mac))
		return OK;
	enum err err = join(s, by_addr, set);
	if (err == OK && by_tie)
		err = join(s, by_tie, set);
	if (err == OK && by_port)
		err = join(s, by_port, set);
	if (err == OK && by_mac)
		err = join(s, by_mac, set);
	return err;
}

enum err customers_owners_of(const struct attributor *a, struct owner_sets *s, const struct flow_rec *r,
			     enum flow_side side, uint32_t *ret_set)
{
	const struct end source = { &r->agent, &r->ipsource, r->inputinterface, r->macsource, (usec_t)r->time };
	const struct end destination = { &r->agent, &r->ipdestination, r->outputinterface, r->macdestination,
					 (usec_t)r->time };
	uint32_t set = SET_NOBODY;
	enum err err = OK;
	if (side != SIDE_DESTINATION)
		err = owners_of_end(a, s, &source, find_port(a, source.agent, source.ifindex), &set);
	if (err == OK && side != SIDE_SOURCE)
		err = owners_of_end(a, s, &destination, find_port(a, destination.agent, destination.ifindex), &set);
	if (err == OK)
		*ret_set = set;
	return err;
}

/* Rows that follow each other often come by one port: in sorted segments nearly always. */
struct port_memo {
	struct addr agent;
	uint32_t ifindex;
	bool any;
	const struct port_slot *port;
};

static inline const struct port_slot *memo_port(const struct attributor *a, struct port_memo *m, const struct end *e)
{
	if (m->any && m->ifindex == e->ifindex && addr_equal(&m->agent, e->agent))
		return m->port;
	*m = (struct port_memo){ *e->agent, e->ifindex, true, find_port(a, e->agent, e->ifindex) };
	return m->port;
}

static struct end end_of(const struct batch *b, size_t i, int addr, int ifindex, int mac)
{
	return (struct end){ .agent = batch_addr(b, TR_agent, i), .addr = batch_addr(b, (size_t)addr, i),
			     .ifindex = (uint32_t)batch_uint(b, (size_t)ifindex, i), .mac = batch_uint(b, (size_t)mac, i),
			     .when = (usec_t)batch_uint(b, TR_time, i) };
}

enum err customers_owners_of_batch(const struct attributor *a, struct owner_sets *s, const struct batch *b,
				   enum flow_side side, uint32_t *ret_set)
{
	struct port_memo in = { 0 }, out = { 0 };
	for (size_t i = 0; i < b->n; i++) {
		enum err err = OK;
		ret_set[i] = SET_NOBODY;
		if (side != SIDE_DESTINATION) {
			const struct end e = end_of(b, i, TR_ipsource, TR_inputinterface, TR_macsource);
			err = owners_of_end(a, s, &e, memo_port(a, &in, &e), &ret_set[i]);
		}
		if (err == OK && side != SIDE_SOURCE) {
			const struct end e = end_of(b, i, TR_ipdestination, TR_outputinterface, TR_macdestination);
			err = owners_of_end(a, s, &e, memo_port(a, &out, &e), &ret_set[i]);
		}
		if (err != OK)
			return err;
	}
	return OK;
}

enum err customers_owners_of_port(const struct attributor *a, struct owner_sets *s, const struct addr *agent,
				  uint32_t ifindex, usec_t when, uint32_t *ret_set)
{
	const struct port_slot *port = find_port(a, agent, ifindex);
	uint32_t set = SET_NOBODY;
	enum err err = port ? join(s, ref_set(a, port->ref, when), &set) : OK;
	if (err == OK)
		*ret_set = set;
	return err;
}
