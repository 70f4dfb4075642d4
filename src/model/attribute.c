/* Asking an attributor: whose is this record. */
#include "model/attributor.h"

/* The base set of a class at a time. */
static inline uint32_t class_set(const struct attributor *a, uint32_t class, usec_t when)
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

/* The class of the last of pieces first..end that begins at or before the key; there is one. */
static inline uint32_t piece_class(const struct piece *p, size_t first, size_t end, struct key key)
{
	while (end - first > 1) {
		size_t mid = first + (end - first) / 2;
		if (key_below(key, p[mid].from))
			end = mid;
		else
			first = mid;
	}
	return p[first].class;
}

static inline uint32_t untied_class(const struct attributor *a, struct key key)
{
	if (!key.hi && key.lo >> 32 == 0xffff) {
		size_t top = key.lo >> 16 & 0xffff;
		return piece_class(a->piece, a->top[top], a->top[top + 1] + 1, key);
	}
	return piece_class(a->piece, 0, a->untied, key);
}

static const struct port_slot *find_port(const struct attributor *a, const struct addr *agent, uint32_t ifindex)
{
	size_t mask = ((size_t)1 << (64 - a->port_shift)) - 1;
	for (size_t i = port_hash(a, key_of(agent), ifindex) >> a->port_shift; a->port[i].used; i = (i + 1) & mask)
		if (a->port[i].ifindex == ifindex && addr_equal(&a->port[i].agent, agent))
			return &a->port[i];
	return NULL;
}

static uint32_t mac_class(const struct attributor *a, uint64_t mac)
{
	size_t mask = ((size_t)1 << (64 - a->mac_shift)) - 1;
	if (!a->nmac || !mac)
		return CLASS_NOBODY;
	for (size_t i = hash_mix(mac, a->seed) >> a->mac_shift; a->mac[i].mac; i = (i + 1) & mask)
		if (a->mac[i].mac == mac)
			return a->mac[i].class;
	return CLASS_NOBODY;
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

static inline enum err owners_of_end(const struct attributor *a, struct owner_sets *s, const struct end *e,
				     uint32_t *set)
{
	const struct port_slot *port = find_port(a, e->agent, e->ifindex);
	uint32_t by_addr = SET_NOBODY, by_tie = SET_NOBODY, by_port = SET_NOBODY, by_mac;
	struct key key = key_of(e->addr);
	if (key.hi | key.lo) {
		by_addr = class_set(a, untied_class(a, key), e->when);
		if (port && port->pieces)
			by_tie = class_set(a, piece_class(a->piece, port->first, port->first + port->pieces, key),
					   e->when);
	}
	if (port)
		by_port = class_set(a, port->class, e->when);
	by_mac = class_set(a, mac_class(a, e->mac), e->when);
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
		err = owners_of_end(a, s, &source, &set);
	if (err == OK && side != SIDE_SOURCE)
		err = owners_of_end(a, s, &destination, &set);
	if (err == OK)
		*ret_set = set;
	return err;
}

enum err customers_owners_of_batch(const struct attributor *a, struct owner_sets *s, const struct batch *b,
				   enum flow_side side, uint32_t *ret_set)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct addr *agent = batch_addr(b, TR_agent, i);
		usec_t when = (usec_t)batch_uint(b, TR_time, i);
		const struct end source = { agent, batch_addr(b, TR_ipsource, i),
					    (uint32_t)batch_uint(b, TR_inputinterface, i),
					    batch_uint(b, TR_macsource, i), when };
		const struct end destination = { agent, batch_addr(b, TR_ipdestination, i),
						 (uint32_t)batch_uint(b, TR_outputinterface, i),
						 batch_uint(b, TR_macdestination, i), when };
		enum err err = OK;
		ret_set[i] = SET_NOBODY;
		if (side != SIDE_DESTINATION)
			err = owners_of_end(a, s, &source, &ret_set[i]);
		if (err == OK && side != SIDE_SOURCE)
			err = owners_of_end(a, s, &destination, &ret_set[i]);
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
	enum err err = port ? join(s, class_set(a, port->class, when), &set) : OK;
	if (err == OK)
		*ret_set = set;
	return err;
}
