/* The scope: one customer's ports, MACs and address blocks with their dates, ports as numbers.
 *
 * A flow is seen when an end of it is owned at its own time: either address in a block (of a block
 * tied to a port only when the flow came in by that port, as source, or left by it, as destination),
 * either MAC, the input or the output port.  The same rules stand here twice: as questions about
 * one record (scope_owns_...), and as predicates over columns; tests compare the two. */
#include "query/exec.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

struct port {
	struct addr agent;
	uint32_t ifindex;
	struct span when;
};

struct mac {
	uint64_t mac;
	struct span when;
};

struct block {
	struct addr lo, hi;
	struct span when;
	bool tied;
	struct port port;
};

struct scope {
	bool everything;
	char *id;
	struct port *port; /* sorted by agent, ifindex */
	struct mac *mac;   /* sorted */
	struct block *block;
	size_t nport, nmac, nblock;
};

enum err scope_everything(const struct scope **ret)
{
	struct scope *s = mem_new0(1, sizeof(*s));
	if (!s || !(s->id = mem_strdup(""))) {
		mem_free(s);
		return E_NOMEM;
	}
	s->everything = true;
	*ret = s;
	return OK;
}

void scope_free(const struct scope *cs)
{
	if (!cs)
		return;
	struct scope *s = (struct scope *)(uintptr_t)cs;
	mem_free(s->port);
	mem_free(s->mac);
	mem_free(s->block);
	mem_free(s->id);
	mem_free(s);
}

static int compare_port_keys(const struct port *a, const struct port *b)
{
	int d = addr_compare(&a->agent, &b->agent);
	return d ? d : (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
}

static int compare_ports(const void *a, const void *b)
{
	return compare_port_keys(a, b);
}

static int compare_macs(const void *a, const void *b)
{
	const struct mac *x = a, *y = b;
	return (x->mac > y->mac) - (x->mac < y->mac);
}

/* False when the model does not know the name: such a port owns nothing yet. */
static bool resolve(const struct own_port *own, const struct model *m, struct port *ret)
{
	*ret = (struct port){ .agent = own->agent, .ifindex = own->ifindex, .when = own->when };
	if (!own->ifname)
		return true;
	const struct iface *i = m ? model_iface_named(m, &own->agent, own->ifname, strlen(own->ifname)) : NULL;
	if (i)
		ret->ifindex = i->ifindex;
	return i;
}

static void take_customer(struct scope *s, const struct customer *c, const struct model *m)
{
	for (size_t i = 0; i < c->nport; i++)
		s->nport += resolve(&c->port[i], m, &s->port[s->nport]);
	for (size_t i = 0; i < c->nmac; i++)
		s->mac[s->nmac++] = (struct mac){ c->mac[i].mac, c->mac[i].when };
	for (size_t i = 0; i < c->ncidr; i++) {
		struct block b = { .when = c->cidr[i].when, .tied = c->cidr[i].tied };
		prefix_range(&c->cidr[i].prefix, &b.lo, &b.hi);
		if (!b.tied || resolve(&c->cidr[i].port, m, &b.port))
			s->block[s->nblock++] = b;
	}
	if (s->nport)
		qsort(s->port, s->nport, sizeof(*s->port), compare_ports);
	if (s->nmac)
		qsort(s->mac, s->nmac, sizeof(*s->mac), compare_macs);
}

enum err scope_customer(const struct customers *cs, const char *id, const struct model *m,
			const struct scope **ret, struct problem *why)
{
	const struct customer *c = customers_find(cs, id, strlen(id));
	if (!c)
		return problem_set(why, E_UNKNOWN, "customer \"%s\" is not in the mapping", id);
	struct scope *s = mem_new0(1, sizeof(*s));
	if (s) {
		s->id = mem_strdup(c->id);
		s->port = mem_new0(c->nport + 1, sizeof(*s->port));
		s->mac = mem_new0(c->nmac + 1, sizeof(*s->mac));
		s->block = mem_new0(c->ncidr + 1, sizeof(*s->block));
	}
	if (!s || !s->id || !s->port || !s->mac || !s->block) {
		scope_free(s);
		return problem_set(why, E_NOMEM, "out of memory");
	}
	take_customer(s, c, m);
	*ret = s;
	return OK;
}

bool scope_is_everything(const struct scope *s)
{
	return s->everything;
}

const char *scope_customer_id(const struct scope *s)
{
	return s->id;
}

static bool holds(struct span when, usec_t t)
{
	return when.start <= t && t < when.end;
}

bool scope_owns_port(const struct scope *s, const struct addr *agent, uint32_t ifindex, usec_t when)
{
	const struct port key = { .agent = *agent, .ifindex = ifindex };
	size_t lo = 0, hi = s->nport;
	if (s->everything)
		return true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (compare_port_keys(&s->port[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->nport && compare_port_keys(&s->port[lo], &key) == 0; lo++)
		if (holds(s->port[lo].when, when))
			return true;
	return false;
}

bool scope_owns_mac(const struct scope *s, uint64_t mac, usec_t when)
{
	size_t lo = 0, hi = s->nmac;
	if (s->everything)
		return true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->mac[mid].mac < mac)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->nmac && s->mac[lo].mac == mac; lo++)
		if (holds(s->mac[lo].when, when))
			return true;
	return false;
}

static bool owns_addr(const struct scope *s, const struct addr *a, const struct addr *agent, uint32_t ifindex, usec_t when)
{
	for (size_t i = 0; i < s->nblock; i++) {
		const struct block *b = &s->block[i];
		if (addr_is_none(a) || addr_compare(a, &b->lo) < 0 || addr_compare(a, &b->hi) > 0 || !holds(b->when, when))
			continue;
		if (!b->tied || (addr_equal(&b->port.agent, agent) && b->port.ifindex == ifindex))
			return true;
	}
	return false;
}

bool scope_owns_flow(const struct scope *s, const struct flow_rec *r)
{
	usec_t when = (usec_t)r->time;
	return s->everything || owns_addr(s, &r->ipsource, &r->agent, r->inputinterface, when) ||
	       owns_addr(s, &r->ipdestination, &r->agent, r->outputinterface, when) ||
	       (r->macsource && scope_owns_mac(s, r->macsource, when)) ||
	       (r->macdestination && scope_owns_mac(s, r->macdestination, when)) ||
	       scope_owns_port(s, &r->agent, r->inputinterface, when) ||
	       scope_owns_port(s, &r->agent, r->outputinterface, when);
}

bool scope_shows_field(const struct scope *s, const struct field *f)
{
	return s->everything || f->show != SHOW_STAFF;
}

/* -- as predicates ---------------------------------------------------------------------------- */

/* What of a thing's time lies inside the span; empty: nothing. */
static struct span clip(struct span when, struct span span)
{
	return (struct span){ MAX(when.start, span.start), MIN(when.end, span.end) };
}

static bool same(struct span a, struct span b)
{
	return a.start == b.start && a.end == b.end;
}

static int compare_spans(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;
	int d = (a->start > b->start) - (a->start < b->start);
	return d ? d : (a->end > b->end) - (a->end < b->end);
}

/* The distinct times, clipped to the span, at which things are owned. */
static struct span *periods(const struct scope *s, struct span span, struct arena *a, size_t *ret_n)
{
	struct span *when = arena_new0(a, s->nport + s->nmac + s->nblock + 1, sizeof(*when));
	size_t n = 0, distinct = 0;
	if (!when)
		return NULL;
	for (size_t i = 0; i < s->nport; i++)
		when[n++] = clip(s->port[i].when, span);
	for (size_t i = 0; i < s->nmac; i++)
		when[n++] = clip(s->mac[i].when, span);
	for (size_t i = 0; i < s->nblock; i++)
		when[n++] = clip(s->block[i].when, span);
	qsort(when, n, sizeof(*when), compare_spans);
	for (size_t i = 0; i < n; i++)
		if (when[i].start < when[i].end && (!distinct || !same(when[i], when[distinct - 1])))
			when[distinct++] = when[i];
	*ret_n = distinct;
	return when;
}

/* What is wanted of the things owned in one period. */
struct wanted {
	const struct scope *s;
	const struct table *t;
	struct span span, period; /* period: clipped */
	struct preds *ps;
};

static struct pred *port_pred(const struct wanted *w, int agent_col, int col)
{
	const struct scope *s = w->s;
	struct pair *pair = arena_new0(w->ps->arena, s->nport + 1, sizeof(*pair));
	size_t n = 0;
	for (size_t i = 0; pair && i < s->nport; i++)
		if (same(clip(s->port[i].when, w->span), w->period))
			pair[n++] = (struct pair){ s->port[i].agent, s->port[i].ifindex, s->port[i].ifindex };
	return pair ? pred_pairs(w->ps, agent_col, col, pair, n) : NULL;
}

static struct pred *mac_pred(const struct wanted *w, int col)
{
	const struct scope *s = w->s;
	struct urange *u = arena_new0(w->ps->arena, s->nmac + 1, sizeof(*u));
	size_t n = 0;
	for (size_t i = 0; u && i < s->nmac; i++)
		if (s->mac[i].mac && same(clip(s->mac[i].when, w->span), w->period))
			u[n++] = (struct urange){ s->mac[i].mac, s->mac[i].mac };
	return u ? pred_uints(w->ps, col, u, n) : NULL;
}

static bool in_period(const struct wanted *w, const struct block *b, bool tied)
{
	return b->tied == tied && same(clip(b->when, w->span), w->period);
}

/* Blocks of anywhere, and those tied to a port together with that port. */
static struct pred *block_pred(const struct wanted *w, int addr_col, int port_col)
{
	const struct scope *s = w->s;
	struct arange *a = arena_new0(w->ps->arena, s->nblock + 1, sizeof(*a));
	bool *done = arena_new0(w->ps->arena, s->nblock + 1, sizeof(*done));
	size_t n = 0;
	if (!a || !done)
		return NULL;
	for (size_t i = 0; i < s->nblock; i++)
		if (in_period(w, &s->block[i], false))
			a[n++] = (struct arange){ s->block[i].lo, s->block[i].hi };
	struct pred *p = pred_addrs(w->ps, addr_col, a, n);
	for (size_t i = 0; i < s->nblock; i++) {
		const struct port *port = &s->block[i].port;
		if (done[i] || !in_period(w, &s->block[i], true))
			continue;
		n = 0;
		for (size_t k = i; k < s->nblock; k++) {
			if (!in_period(w, &s->block[k], true) || compare_port_keys(&s->block[k].port, port) != 0)
				continue;
			done[k] = true;
			a[n++] = (struct arange){ s->block[k].lo, s->block[k].hi };
		}
		const struct pair pair = { port->agent, port->ifindex, port->ifindex };
		p = pred_or(w->ps, p, pred_and(w->ps, pred_pairs(w->ps, TR_agent, port_col, &pair, 1),
					       pred_addrs(w->ps, addr_col, a, n)));
	}
	return p;
}

static struct pred *flow_pred(const struct wanted *w)
{
	struct preds *ps = w->ps;
	struct pred *p = port_pred(w, TR_agent, TR_inputinterface);
	p = pred_or(ps, p, port_pred(w, TR_agent, TR_outputinterface));
	p = pred_or(ps, p, block_pred(w, TR_ipsource, TR_inputinterface));
	p = pred_or(ps, p, block_pred(w, TR_ipdestination, TR_outputinterface));
	p = pred_or(ps, p, mac_pred(w, TR_macsource));
	return pred_or(ps, p, mac_pred(w, TR_macdestination));
}

static struct pred *counter_pred(const struct wanted *w)
{
	return port_pred(w, w->t->agent_col, w->t->place_col);
}

static struct pred *input_mask(const struct wanted *w)
{
	return port_pred(w, TR_agent, TR_inputinterface);
}

static struct pred *output_mask(const struct wanted *w)
{
	return port_pred(w, TR_agent, TR_outputinterface);
}

static struct pred *macsource_mask(const struct wanted *w)
{
	return mac_pred(w, TR_macsource);
}

static struct pred *macdestination_mask(const struct wanted *w)
{
	return mac_pred(w, TR_macdestination);
}

/* OR over the periods of what `make` wants of each, at its time. */
static struct pred *over_periods(const struct scope *s, struct span span, const struct table *t, bool dated,
				 struct preds *ps, struct pred *(*make)(const struct wanted *))
{
	int time_col = dated ? (int)t->time_col : -1;
	size_t n;
	struct span *when = periods(s, span, ps->arena, &n);
	if (!when)
		return NULL;
	struct pred *p = ps->no;
	for (size_t i = 0; i < n; i++) {
		const struct wanted w = { .s = s, .t = t, .span = span, .period = when[i], .ps = ps };
		struct pred *one = make(&w);
		if (time_col >= 0 && !same(when[i], span)) {
			const struct urange u = { (uint64_t)MAX(when[i].start, (usec_t)0), (uint64_t)when[i].end - 1 };
			one = when[i].end <= 0 ? ps->no : pred_and(ps, pred_uints(ps, time_col, &u, 1), one);
		}
		p = pred_or(ps, p, one);
	}
	return p;
}

struct pred *scope_pred(const struct scope *s, const struct table *t, struct span span, bool dated, struct preds *ps)
{
	if (s->everything)
		return ps->yes;
	if (t->whose == WHOSE_STAFF)
		return ps->no;
	return over_periods(s, span, t, dated, ps, t->whose == WHOSE_FLOW ? flow_pred : counter_pred);
}

struct pred *scope_mask(const struct scope *s, enum mask m, struct span span, struct preds *ps)
{
	static struct pred *(*const make[MASKS])(const struct wanted *) = {
		[MASK_INPUT] = input_mask,
		[MASK_OUTPUT] = output_mask,
		[MASK_MACSOURCE] = macsource_mask,
		[MASK_MACDESTINATION] = macdestination_mask,
	};
	if (s->everything || m == MASK_NONE)
		return ps->yes;
	assert(m < MASKS);
	return over_periods(s, span, &tables[TABLE_TRAFFIC], true, ps, make[m]);
}
