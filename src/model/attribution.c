/* Making an attributor: claims (who, what, when) become classes, pieces, ports and MACs. */
#include "model/attributor.h"

#include "base/hash.h"
#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>

enum { MAX_WORK = 200000000 }; /* claims looked at: a mapping can be made to nest badly */

struct claim {
	uint32_t customer;
	struct span when;
	struct key lo, hi; /* of a block */
	struct addr agent; /* of a port, or of what is tied to one */
	uint32_t ifindex;
	uint64_t mac;
};

struct claims {
	struct claim *at;
	size_t n;
};

struct maker {
	const struct customers *c;
	const struct model *m;
	struct attributor *a;
	struct claims port, mac, untied, tied;
	struct map sets;        /* members -> base set */
	const struct claim **stack;
	size_t nstack;
	usec_t *edge;           /* scratch of class_new */
	uint32_t *member;       /* likewise */
	size_t cap_edge, cap_member_scratch;
	size_t cap_piece, cap_class, cap_spell, cap_base, cap_member;
	size_t work;
	enum err bad;
};

/* Room for `more` beyond n; false: out of memory, and said so. */
static bool room(struct maker *k, void *vector, size_t n, size_t more, size_t *cap, size_t each)
{
	void *p;
	if (n + more <= *cap)
		return true;
	size_t want = MAX(n + more, *cap * 2);
	memcpy(&p, vector, sizeof(p));
	if (n + more > UINT32_MAX || !(p = mem_array(p, want, each))) {
		k->bad = n + more > UINT32_MAX ? E_LIMIT : E_NOMEM;
		return false;
	}
	memcpy(vector, &p, sizeof(p));
	*cap = want;
	return true;
}

/* -- sets and classes ------------------------------------------------------------------------------ */

static int compare_u32(const void *a, const void *b)
{
	uint32_t x, y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static int compare_times(const void *a, const void *b)
{
	usec_t x, y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static uint32_t base_put(struct maker *k, uint32_t *member, size_t n)
{
	struct attributor *a = k->a;
	struct map_entry *e;
	bool fresh;
	size_t m = 0;
	if (n)
		qsort(member, n, sizeof(*member), compare_u32);
	for (size_t i = 0; i < n; i++)
		if (!m || member[m - 1] != member[i])
			member[m++] = member[i];
	enum err err = map_put(&k->sets, m ? (const void *)member : "", m * sizeof(*member), &e, &fresh);
	if (err != OK) {
		k->bad = err;
		return SET_NOBODY;
	}
	if (!fresh)
		return (uint32_t)e->num;
	if (!room(k, &a->base, a->nbase, 1, &k->cap_base, sizeof(*a->base)) ||
	    !room(k, &a->member, a->nmember, m, &k->cap_member, sizeof(*a->member)))
		return SET_NOBODY;
	if (m)
		memcpy(a->member + a->nmember, member, m * sizeof(*member));
	a->base[a->nbase] = (struct base_set){ (uint32_t)a->nmember, (uint32_t)m };
	a->nmember += m;
	e->num = a->nbase;
	return (uint32_t)a->nbase++;
}

/* The base set of those claims that hold at a time: their customers and everyone above. */
static uint32_t set_at(struct maker *k, const struct claim *const *claim, size_t n, usec_t when)
{
	size_t members = 0;
	k->work += n;
	for (size_t i = 0; i < n; i++) {
		if (when < claim[i]->when.start || when >= claim[i]->when.end)
			continue;
		for (uint32_t c = claim[i]->customer; c != UINT32_MAX; c = k->a->parent[c]) {
			if (!room(k, &k->member, members, 1, &k->cap_member_scratch, sizeof(*k->member)))
				return SET_NOBODY;
			k->member[members++] = c;
		}
	}
	return base_put(k, k->member, members);
}

/* What some claims mean together, over time. */
static uint32_t class_new(struct maker *k, const struct claim *const *claim, size_t n)
{
	struct attributor *a = k->a;
	size_t edges = 0;
	if (!n && a->nclass)
		return CLASS_NOBODY;
	if (!room(k, &k->edge, 0, 2 * n + 1, &k->cap_edge, sizeof(*k->edge)) ||
	    !room(k, &a->class, a->nclass, 1, &k->cap_class, sizeof(*a->class)) ||
	    !room(k, &a->spell, a->nspell, 2 * n + 1, &k->cap_spell, sizeof(*a->spell)))
		return CLASS_NOBODY;
	k->edge[edges++] = INT64_MIN;
	for (size_t i = 0; i < n; i++) {
		if (claim[i]->when.start != INT64_MIN)
			k->edge[edges++] = claim[i]->when.start;
		if (claim[i]->when.end != INT64_MAX)
			k->edge[edges++] = claim[i]->when.end;
	}
	if (edges > 1)
		qsort(k->edge, edges, sizeof(*k->edge), compare_times);
	struct class class = { .first = (uint32_t)a->nspell };
	for (size_t i = 0; i < edges && !k->bad; i++) {
		if (i && k->edge[i] == k->edge[i - 1])
			continue;
		uint32_t set = set_at(k, claim, n, k->edge[i]);
		if (class.n && a->spell[a->nspell - 1].set == set)
			continue;
		a->spell[a->nspell++] = (struct spell){ k->edge[i], set };
		class.n++;
	}
	if (k->work > MAX_WORK)
		k->bad = E_LIMIT;
	a->class[a->nclass] = class;
	return (uint32_t)a->nclass++;
}

static uint32_t ref_make(struct maker *k, const struct claim *const *claim, size_t n)
{
	uint32_t class = class_new(k, claim, n);
	const struct class *c = k->bad ? NULL : &k->a->class[class];
	return !c ? SET_NOBODY : c->n == 1 ? k->a->spell[c->first].set : REF_CLASS | class;
}

/* -- pieces ------------------------------------------------------------------------------------------ */

static int compare_keys(struct key a, struct key b)
{
	return key_below(b, a) - key_below(a, b);
}

static int compare_tie(const struct claim *x, const struct claim *y)
{
	int d = addr_compare(&x->agent, &y->agent);
	return d ? d : (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

/* By port, first address, larger blocks first. */
static int compare_blocks(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int d = compare_tie(x, y);
	if (!d)
		d = compare_keys(x->lo, y->lo);
	return d ? d : compare_keys(y->hi, x->hi);
}

static void piece_put(struct maker *k, struct key from)
{
	struct attributor *a = k->a;
	uint32_t ref = ref_make(k, k->stack, k->nstack);
	if (room(k, &a->piece, a->npiece, 1, &k->cap_piece, sizeof(*a->piece)))
		a->piece[a->npiece++] = (struct piece){ from, ref };
}

/* Blocks that end before `key` are over (NULL: all); what is around them goes on behind them. */
static void end_before(struct maker *k, const struct key *key)
{
	while (k->nstack && !k->bad) {
		struct key hi = k->stack[k->nstack - 1]->hi;
		if (key && !key_below(hi, *key))
			return;
		while (k->nstack && !compare_keys(k->stack[k->nstack - 1]->hi, hi))
			k->nstack--;
		struct key next = { hi.hi + (hi.lo == UINT64_MAX), hi.lo + 1 };
		if (!next.hi && !next.lo)
			return; /* nothing is behind the last address */
		if (!key || compare_keys(next, *key))
			piece_put(k, next);
	}
}

/* The pieces of sorted blocks: the whole line of addresses, from 0 on. */
static void cut(struct maker *k, const struct claim *at, size_t n)
{
	k->nstack = 0;
	if (!n || at[0].lo.hi || at[0].lo.lo)
		piece_put(k, (struct key){ 0, 0 });
	for (size_t i = 0; i < n && !k->bad;) {
		struct key from = at[i].lo;
		end_before(k, &from);
		for (; i < n && !compare_keys(at[i].lo, from); i++)
			k->stack[k->nstack++] = &at[i];
		piece_put(k, from);
	}
	end_before(k, NULL);
}

/* -- ports and MACs ------------------------------------------------------------------------------------ */

/* The slots of a table for n things, at most half full; 64 - log2 of them. */
static unsigned table_shift(size_t n)
{
	unsigned bits = 4;
	while ((size_t)1 << bits < n * 2)
		bits++;
	return 64 - bits;
}

static struct port_slot *port_slot(struct attributor *a, const struct addr *agent, uint32_t ifindex)
{
	size_t mask = ((size_t)1 << (64 - a->port_shift)) - 1;
	size_t i = port_hash(a, key_of(agent), ifindex) >> a->port_shift;
	while (a->port[i].used && (a->port[i].ifindex != ifindex || !addr_equal(&a->port[i].agent, agent)))
		i = (i + 1) & mask;
	if (!a->port[i].used)
		a->port[i] = (struct port_slot){ .agent = *agent, .ifindex = ifindex, .used = true };
	return &a->port[i];
}

static uint32_t ref_of_run(struct maker *k, const struct claim *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		k->stack[i] = &at[i];
	return ref_make(k, k->stack, n);
}

static int compare_ports(const void *a, const void *b)
{
	return compare_tie(a, b);
}

static int compare_macs(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	return (x->mac > y->mac) - (x->mac < y->mac);
}

static void sort(struct claims *c, int (*compare)(const void *, const void *))
{
	if (c->n)
		qsort(c->at, c->n, sizeof(*c->at), compare);
}

static void make_ports(struct maker *k)
{
	struct attributor *a = k->a;
	a->port_shift = table_shift(k->port.n + k->tied.n);
	if (!(a->port = mem_new0((size_t)1 << (64 - a->port_shift), sizeof(*a->port)))) {
		k->bad = E_NOMEM;
		return;
	}
	sort(&k->port, compare_ports);
	for (size_t i = 0, end; i < k->port.n && !k->bad; i = end) {
		const struct claim *c = &k->port.at[i];
		for (end = i + 1; end < k->port.n && !compare_tie(c, &k->port.at[end]); end++)
			;
		port_slot(a, &c->agent, c->ifindex)->ref = ref_of_run(k, c, end - i);
	}
	sort(&k->tied, compare_blocks);
	for (size_t i = 0, end; i < k->tied.n && !k->bad; i = end) {
		const struct claim *c = &k->tied.at[i];
		for (end = i + 1; end < k->tied.n && !compare_tie(c, &k->tied.at[end]); end++)
			;
		struct port_slot *port = port_slot(a, &c->agent, c->ifindex);
		port->first = (uint32_t)a->npiece;
		cut(k, c, end - i);
		port->pieces = (uint32_t)a->npiece - port->first;
	}
}

static void make_macs(struct maker *k)
{
	struct attributor *a = k->a;
	a->mac_shift = table_shift(k->mac.n);
	size_t mask = ((size_t)1 << (64 - a->mac_shift)) - 1;
	if (!(a->mac = mem_new0(mask + 1, sizeof(*a->mac)))) {
		k->bad = E_NOMEM;
		return;
	}
	sort(&k->mac, compare_macs);
	a->nmac = k->mac.n;
	for (size_t i = 0, end; i < k->mac.n && !k->bad; i = end) {
		uint64_t mac = k->mac.at[i].mac;
		for (end = i + 1; end < k->mac.n && k->mac.at[end].mac == mac; end++)
			;
		size_t slot = hash_mix(mac, a->seed) >> a->mac_shift;
		while (a->mac[slot].mac)
			slot = (slot + 1) & mask;
		a->mac[slot] = (struct mac_slot){ mac, ref_of_run(k, &k->mac.at[i], end - i) };
	}
}

/* The last of the untied pieces, from `at` on, that begins at or before an IPv4 address. */
static uint32_t piece_at(const struct attributor *a, uint32_t at, uint64_t v4)
{
	const struct key key = { 0, (uint64_t)0xffff << 32 | MIN(v4, (uint64_t)UINT32_MAX) };
	while (at + 1 < a->untied && !key_below(key, a->piece[at + 1].from))
		at++;
	return at;
}

static void index_pieces(struct maker *k)
{
	struct attributor *a = k->a;
	size_t cap = 0;
	for (uint64_t t = 0; t <= V4_TOPS; t++)
		a->top[t] = piece_at(a, t ? a->top[t - 1] : 0, t << 16);
	for (uint64_t t = 0; t < V4_TOPS; t++) {
		if (a->top[t + 1] - a->top[t] <= MANY_PIECES)
			continue;
		if (!room(k, &a->fine, a->nfine, 1, &cap, sizeof(*a->fine)))
			return;
		uint32_t *fine = a->fine[a->nfine++];
		a->sub[t] = (uint32_t)a->nfine;
		for (uint64_t f = 0; f <= V4_FINE; f++)
			fine[f] = piece_at(a, f ? fine[f - 1] : a->top[t], t << 16 | MIN(f, (uint64_t)V4_FINE) << 8);
	}
}

static void make_untied(struct maker *k)
{
	struct attributor *a = k->a;
	sort(&k->untied, compare_blocks);
	cut(k, k->untied.at, k->untied.n);
	a->untied = a->npiece;
	if (!k->bad)
		index_pieces(k);
}

/* -- all of it ------------------------------------------------------------------------------------------- */

static void take_customer(struct maker *k, uint32_t i, const struct customer *c)
{
	for (size_t p = 0; p < c->nport; p++) {
		struct claim claim = { .customer = i, .when = c->port[p].when, .agent = c->port[p].agent };
		if (own_port_resolve(&c->port[p], k->m, &claim.ifindex))
			k->port.at[k->port.n++] = claim;
	}
	for (size_t p = 0; p < c->nmac; p++)
		if (c->mac[p].mac)
			k->mac.at[k->mac.n++] =
				(struct claim){ .customer = i, .when = c->mac[p].when, .mac = c->mac[p].mac };
	for (size_t p = 0; p < c->ncidr; p++) {
		const struct own_cidr *own = &c->cidr[p];
		struct claim claim = { .customer = i, .when = own->when };
		struct addr lo, hi;
		prefix_range(&own->prefix, &lo, &hi);
		claim.lo = key_of(&lo);
		claim.hi = key_of(&hi);
		if (!own->tied) {
			k->untied.at[k->untied.n++] = claim;
			continue;
		}
		claim.agent = own->port.agent;
		if (own_port_resolve(&own->port, k->m, &claim.ifindex))
			k->tied.at[k->tied.n++] = claim;
	}
}

static bool take_claims(struct maker *k)
{
	const struct customer *c;
	size_t ports = 0, macs = 0, cidrs = 0;
	for (size_t i = 0; (c = customers_at(k->c, i)); i++) {
		ports += c->nport;
		macs += c->nmac;
		cidrs += c->ncidr;
	}
	k->port.at = mem_new0(ports, sizeof(struct claim));
	k->mac.at = mem_new0(macs, sizeof(struct claim));
	k->untied.at = mem_new0(cidrs, sizeof(struct claim));
	k->tied.at = mem_new0(cidrs, sizeof(struct claim));
	k->stack = mem_new0(ports + macs + cidrs, sizeof(const struct claim *));
	k->a->parent = mem_new0(k->a->n, sizeof(*k->a->parent));
	if (!k->port.at || !k->mac.at || !k->untied.at || !k->tied.at || !k->stack || !k->a->parent)
		return false;
	for (uint32_t i = 0; (c = customers_at(k->c, i)); i++) {
		const struct customer *up = c->parent ? customers_find(k->c, c->parent, strlen(c->parent)) : NULL;
		k->a->parent[i] = up ? (uint32_t)(up - customers_at(k->c, 0)) : UINT32_MAX;
		take_customer(k, i, c);
	}
	return true;
}

static void maker_free(struct maker *k)
{
	mem_free(k->port.at);
	mem_free(k->mac.at);
	mem_free(k->untied.at);
	mem_free(k->tied.at);
	mem_free(k->stack);
	mem_free(k->edge);
	mem_free(k->member);
	map_free(&k->sets);
}

void attributor_free(struct attributor *a)
{
	if (!a)
		return;
	mem_free(a->parent);
	mem_free(a->piece);
	mem_free(a->fine);
	mem_free(a->class);
	mem_free(a->spell);
	mem_free(a->port);
	mem_free(a->mac);
	mem_free(a->base);
	mem_free(a->member);
	mem_free(a);
}

enum err attributor_new(const struct customers *c, const struct model *m, struct attributor **ret)
{
	_cleanup_(attributor_freep) struct attributor *a = mem_new0(1, sizeof(*a));
	struct maker k = { .c = c, .m = m, .a = a };
	if (!a)
		return E_NOMEM;
	a->n = (uint32_t)customers_count(c);
	a->seed = hash_seed();
	if (!take_claims(&k))
		k.bad = E_NOMEM;
	if (!k.bad) {
		base_put(&k, NULL, 0);
		class_new(&k, NULL, 0); /* CLASS_NOBODY */
	}
	if (!k.bad)
		make_untied(&k);
	if (!k.bad)
		make_ports(&k);
	if (!k.bad)
		make_macs(&k);
	maker_free(&k);
	if (k.bad)
		return k.bad;
	*ret = a;
	a = NULL;
	return OK;
}

/* -- the version ------------------------------------------------------------------------------------------- */

static void digest_port(crypto_hash_sha256_state *sha, const struct own_port *p, const struct model *m)
{
	uint32_t number = 0; /* not known: no port has it */
	if (!p->ifname)
		return;
	if (!own_port_resolve(p, m, &number))
		number = 0;
	crypto_hash_sha256_update(sha, (const uint8_t *)&number, sizeof(number));
}

void attribution_digest(const struct customers *cs, const struct model *m, uint8_t ret[static ATTRIBUTION_DIGEST])
{
	static const char head[] = "weir attribution 1\n";
	crypto_hash_sha256_state sha;
	const struct customer *c;
	crypto_hash_sha256_init(&sha);
	crypto_hash_sha256_update(&sha, (const uint8_t *)head, sizeof(head));
	crypto_hash_sha256_update(&sha, (const uint8_t *)customers_digest(cs), strlen(customers_digest(cs)));
	for (size_t i = 0; (c = customers_at(cs, i)); i++) {
		crypto_hash_sha256_update(&sha, (const uint8_t *)c->id, strlen(c->id) + 1);
		for (size_t p = 0; p < c->nport; p++)
			digest_port(&sha, &c->port[p], m);
		for (size_t p = 0; p < c->ncidr; p++)
			if (c->cidr[p].tied)
				digest_port(&sha, &c->cidr[p].port, m);
	}
	crypto_hash_sha256_final(&sha, ret);
}
