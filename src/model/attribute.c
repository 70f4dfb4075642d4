/* Asking an attributor: whose is this record. */
#include "model/attributor.h"

#include "base/mem.h"

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

/* What an end is somebody's for: refs, or 0. */
struct refs {
	uint32_t addr, tie, port, mac;
};

static inline enum err owners_of_refs(const struct attributor *a, struct owner_sets *s, const struct refs *r, usec_t when,
				      uint32_t *set)
{
	uint32_t by_addr = ref_set(a, r->addr, when), by_tie = ref_set(a, r->tie, when);
	uint32_t by_port = ref_set(a, r->port, when), by_mac = ref_set(a, r->mac, when);
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

static inline uint32_t addr_ref(const struct attributor *a, const struct addr *addr)
{
	struct key key = key_of(addr);
	return key.hi | key.lo ? untied_ref(a, key) : SET_NOBODY;
}

static inline uint32_t tie_ref(const struct attributor *a, const struct port_slot *port, const struct addr *addr)
{
	if (!port->pieces || addr_is_none(addr))
		return SET_NOBODY;
	return piece_ref(a->piece, port->first, (size_t)port->first + port->pieces, key_of(addr));
}

/* port: find_port of the end's */
static inline enum err owners_of_end(const struct attributor *a, struct owner_sets *s, const struct end *e,
				     const struct port_slot *port, uint32_t *set)
{
	const struct refs r = { .addr = addr_ref(a, e->addr), .tie = port ? tie_ref(a, port, e->addr) : SET_NOBODY,
				.port = port ? port->ref : SET_NOBODY, .mac = mac_ref(a, e->mac) };
	return owners_of_refs(a, s, &r, e->when, set);
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

/* -- rows known by codes: each address, port and MAC is looked up once --------------------------------- */

enum { MAX_PAIRS = 1 << 20, NO_PORT = 1, AHEAD = 16 };

/* By code. */
struct found {
	uint32_t *at;
	size_t cap;
};

struct owner_memo {
	const struct attributor *a;
	struct owner_sets *sets;
	struct {
		struct found addr, mac; /* refs */
		struct found port; /* by agent's code * ports + port's code: place + 2, NO_PORT; 0 = not looked up yet */
	} side[2];
};

enum err owner_memo_new(const struct attributor *a, struct owner_sets *s, struct owner_memo **ret)
{
	struct owner_memo *m = mem_new0(1, sizeof(*m));
	if (!m)
		return E_NOMEM;
	m->a = a;
	m->sets = s;
	*ret = m;
	return OK;
}

void owner_memo_free(struct owner_memo *m)
{
	for (size_t i = 0; m && i < COUNT_OF(m->side); i++) {
		mem_free(m->side[i].addr.at);
		mem_free(m->side[i].mac.at);
		mem_free(m->side[i].port.at);
	}
	mem_free(m);
}

static bool found_room(struct found *f, size_t n)
{
	uint32_t *p = n > f->cap ? mem_array(f->at, n, sizeof(*p)) : f->at;
	if (n > f->cap && !p)
		return false;
	f->at = p;
	f->cap = MAX(f->cap, n);
	return true;
}

/* Values ascend, and so do pieces: from the piece of the one before it is not far. */
static void find_addrs(const struct attributor *a, const struct coded_col *c, uint32_t *ref)
{
	size_t at = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		struct key key = key_of(&c->addr[i]);
		size_t reach = 1;
		while (at + reach < a->untied && !key_below(key, a->piece[at + reach].from))
			reach *= 2;
		for (size_t end = MIN(at + reach, a->untied); end - at > 1;) {
			size_t mid = at + (end - at) / 2;
			if (key_below(key, a->piece[mid].from))
				end = mid;
			else
				at = mid;
		}
		ref[i] = key.hi | key.lo ? a->piece[at].ref : SET_NOBODY;
	}
}

static void find_macs(const struct attributor *a, const struct coded_col *c, uint32_t *ref)
{
	for (uint32_t i = 0; i < c->n; i++)
		ref[i] = mac_ref(a, c->num[i]);
}

/* One side of a block. */
struct coded_side {
	const struct coded_col *time, *agent, *addr, *port, *mac;
	struct found *addrs, *macs, *ports;
	size_t pairs; /* 0: ports are not remembered */
};

static bool side_ready(struct owner_memo *m, const struct coded_block *b, bool destination, struct coded_side *ret)
{
	struct coded_side s = { .time = &b->col[TR_time], .agent = &b->col[TR_agent],
				.addr = &b->col[destination ? TR_ipdestination : TR_ipsource],
				.port = &b->col[destination ? TR_outputinterface : TR_inputinterface],
				.mac = &b->col[destination ? TR_macdestination : TR_macsource],
				.addrs = &m->side[destination].addr, .macs = &m->side[destination].mac,
				.ports = &m->side[destination].port };
	s.pairs = (size_t)s.agent->n * s.port->n;
	s.pairs = s.pairs <= MAX_PAIRS ? s.pairs : 0;
	*ret = s;
	if (!b->first)
		return true;
	if (!found_room(s.addrs, s.addr->n) || !found_room(s.macs, s.mac->n) || !found_room(s.ports, s.pairs))
		return false;
	find_addrs(m->a, s.addr, s.addrs->at);
	find_macs(m->a, s.mac, s.macs->at);
	if (s.pairs)
		memset(s.ports->at, 0, s.pairs * sizeof(*s.ports->at));
	return true;
}

static inline const struct port_slot *coded_port(const struct attributor *a, const struct coded_side *s, size_t row)
{
	uint32_t agent = coded_at(s->agent, row);
	uint32_t *f = s->pairs ? &s->ports->at[(size_t)agent * s->port->n + coded_at(s->port, row)] : NULL;
	if (!f || !*f) {
		const struct port_slot *p = find_port(a, &s->agent->addr[agent], (uint32_t)coded_num(s->port, row));
		if (!f)
			return p;
		*f = p ? (uint32_t)(p - a->port) + NO_PORT + 1 : NO_PORT;
	}
	return *f == NO_PORT ? NULL : &a->port[*f - NO_PORT - 1];
}

static inline struct refs coded_refs(const struct attributor *a, const struct coded_side *s, size_t row)
{
	uint32_t addr = coded_at(s->addr, row);
	const struct port_slot *port = coded_port(a, s, row);
	return (struct refs){ .addr = s->addrs->at[addr], .port = port ? port->ref : SET_NOBODY,
			      .tie = port ? tie_ref(a, port, &s->addr->addr[addr]) : SET_NOBODY,
			      .mac = s->mac->n ? s->macs->at[coded_at(s->mac, row)] : mac_ref(a, s->mac->num[row]) };
}

enum err customers_owners_of_codes(struct owner_memo *m, const struct coded_block *b, uint32_t *const *ret_set)
{
	enum err err = OK;
	for (size_t side = 0; side < COUNT_OF(m->side); side++) {
		struct coded_side s;
		if (!side_ready(m, b, side, &s))
			return E_NOMEM;
		for (size_t i = 0; i < b->rows && err == OK; i++) {
			if (s.addr->code && i + AHEAD < b->rows)
				__builtin_prefetch(&s.addrs->at[s.addr->code[i + AHEAD]]);
			const struct refs r = coded_refs(m->a, &s, i);
			ret_set[side][i] = SET_NOBODY;
			err = owners_of_refs(m->a, m->sets, &r, (usec_t)coded_num(s.time, i), &ret_set[side][i]);
		}
	}
	return err;
}
