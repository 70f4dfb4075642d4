/* The scope: one customer's ports, MACs and address blocks with their dates, ports as numbers; those of
 * whoever is below it (a reseller's customers) are its own.
 *
 * A flow is seen when an end of it is owned at its own time: either address in a block (of a block
 * tied to a port only when the flow came in by that port, as source, or left by it, as destination),
 * either MAC, the input or the output port.  The rule stands here twice, as questions about
 * one record (scope_owns_...) and as predicates over columns (scope_pred), and a third time for all customers at
 * once, in model/attribute.c; tests/unit/query/isolation.c and scope.c hold the three together.
 *
 *	a question, whoever words it    plan_make(scope, ...)             1. to 6.
 *	hosts                           scope_shows_host()                each one that is told
 *	interfaces, names of ports      scope_owns_port(), _names_port()  likewise
 *	zones, DNS, tables, drops       scope_is_everything()             the staff's alone
 *	a kept answer                   scope_digest()                    is part of its key (rest/rest.c)
 *
 * Why there is no way round it:
 *   1. plan_make() is the only way to a plan, and it asserts a scope.  A scope is made here, of the
 *      mapping and the model; no text of a request, script or filter comes near it.  "Everything" is made in one
 *      place of the program, app/site.c, where nobody named a customer; scripts/proofs fails on a second.
 *   2. The first thing in a plan is scope_pred() (start_with_scope() in plan.c), before a word of the request that could be
 *      about data is read.  Whatever it says is ANDed behind, over
 *      the same rows.  Totals, rest rows, shares and distinct counts are made of rows that passed.
 *      Of a table that is the staff's (flow/tables.def) a customer is shown nothing.
 *   3. A field is looked up by its name in select, sort and filter, and each asks scope_shows_field();
 *      "hidden" and "unknown" are the same words there.  A field of the customer's own ports and MACs
 *      has a row in `masks`; where the port or MAC is not the customer's, its value is null before any
 *      test, key or function sees it, so that a filter is no oracle.  Without a row in `masks` it is hidden;
 *      so is a computed field of that kind without one in `own_derived`.
 *   4. Names that the model knows are said, and understood, of ports that are the customer's now
 *      (scope_names_port): not of what was theirs once, for the next owner's name is not theirs.
 *   5. What was attributed beforehand (sidecars, roll-ups) is used only when it was made of the very
 *      things that this scope has (scope_digest); under any other digest the predicate is asked of each row.
 *   6. Under a privacy level (model/privacy.h) an address of an end that is not theirs, and what tells of
 *      it, has a row in model/privacy.def.  A question that reads such a column is answered from a copy of
 *      the rows that passed 2., veiled as it is made (veil.c): nothing of the request has been asked of
 *      what is veiled, so every test, key, function and count is one of what is shown.  How a row is veiled
 *      hangs on the store and this scope alone, never on the question. */
#include "query/exec.h"

#include "base/hash.h"
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
	uint8_t digest[ATTRIBUTION_DIGEST];
	uint32_t owner;
	struct privacy privacy;
	struct port *port; /* sorted by agent, ifindex */
	struct mac *mac;   /* sorted */
	struct block *block; /* untied ones first, then by port, then by address */
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

static int compare_ports(const void *pa, const void *pb)
{
	const struct port *a = pa, *b = pb;
	int d = addr_compare(&a->agent, &b->agent);
	return d ? d : (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
}

static int compare_macs(const void *a, const void *b)
{
	const struct mac *x = a, *y = b;
	return (x->mac > y->mac) - (x->mac < y->mac);
}

static int compare_blocks(const void *a, const void *b)
{
	const struct block *x = a, *y = b;
	int d = (int)x->tied - (int)y->tied;
	if (!d && x->tied)
		d = compare_ports(&x->port, &y->port);
	return d ? d : addr_compare(&x->lo, &y->lo);
}

/* False when the model does not know the name: such a port owns nothing yet. */
static bool resolve(const struct own_port *own, const struct model *m, struct port *ret)
{
	*ret = (struct port){ .agent = own->agent, .when = own->when };
	return own_port_resolve(own, m, &ret->ifindex);
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
}

/* The customer itself, or somebody whose reseller it is; the mapping has no circles. */
static bool is_below(const struct customers *cs, const struct customer *c, const struct customer *top)
{
	while (c && c != top)
		c = c->parent ? customers_find(cs, c->parent, strlen(c->parent)) : NULL;
	return c;
}

static bool make_room(struct scope *s, const struct customers *cs, const struct customer *top)
{
	const struct customer *c;
	size_t ports = 0, macs = 0, blocks = 0;
	for (size_t i = 0; (c = customers_at(cs, i)); i++) {
		if (!is_below(cs, c, top))
			continue;
		ports += c->nport;
		macs += c->nmac;
		blocks += c->ncidr;
	}
	s->port = mem_new0(ports + 1, sizeof(*s->port));
	s->mac = mem_new0(macs + 1, sizeof(*s->mac));
	s->block = mem_new0(blocks + 1, sizeof(*s->block));
	return s->port && s->mac && s->block;
}

enum err scope_customer(const struct customers *cs, const char *id, const struct model *m,
			const struct scope **ret, struct problem *why)
{
	const struct customer *top = customers_find(cs, id, strlen(id)), *c;
	if (!top)
		return problem_set(why, E_UNKNOWN, "customer \"%s\" is not in the mapping", id);
	struct scope *s = mem_new0(1, sizeof(*s));
	if (s)
		s->id = mem_strdup(top->id);
	if (!s || !s->id || !make_room(s, cs, top)) {
		scope_free(s);
		return problem_set(why, E_NOMEM, "out of memory");
	}
	for (size_t i = 0; (c = customers_at(cs, i)); i++)
		if (is_below(cs, c, top))
			take_customer(s, c, m);
	qsort(s->port, s->nport, sizeof(*s->port), compare_ports);
	qsort(s->mac, s->nmac, sizeof(*s->mac), compare_macs);
	qsort(s->block, s->nblock, sizeof(*s->block), compare_blocks);
	attribution_digest(cs, m, s->digest);
	s->owner = (uint32_t)(top - customers_at(cs, 0));
	s->privacy = customers_privacy(cs, top);
	*ret = s;
	return OK;
}

const uint8_t *scope_digest(const struct scope *s)
{
	return s->digest;
}

uint32_t scope_owner(const struct scope *s)
{
	return s->owner;
}

bool scope_is_everything(const struct scope *s)
{
	return s->everything;
}

const char *scope_customer_id(const struct scope *s)
{
	return s->id;
}

const struct privacy *scope_privacy(const struct scope *s)
{
	return &s->privacy;
}

static bool holds(struct span when, usec_t t)
{
	return when.start <= t && t < when.end;
}

/* Where the key is in a sorted array, or would be. */
static size_t first_at(const void *at, size_t n, size_t size, const void *key, int (*compare)(const void *, const void *))
{
	size_t lo = 0;
	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;
		if (compare((const char *)at + mid * size, key) < 0)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

bool scope_owns_port(const struct scope *s, const struct addr *agent, uint32_t ifindex, usec_t when)
{
	const struct port key = { .agent = *agent, .ifindex = ifindex };
	size_t i = first_at(s->port, s->nport, sizeof(key), &key, compare_ports);
	for (; i < s->nport && compare_ports(&s->port[i], &key) == 0; i++)
		if (holds(s->port[i].when, when))
			return true;
	return s->everything;
}

static bool cuts(usec_t t, struct span s, usec_t step)
{
	return t > s.start && t < s.end && t % step;
}

bool scope_ports_change(const struct scope *s, struct span within, usec_t step)
{
	bool change = false;
	for (size_t i = 0; i < s->nport && !change; i++)
		change = cuts(s->port[i].when.start, within, step) || cuts(s->port[i].when.end, within, step);
	return change;
}

bool scope_owns_mac(const struct scope *s, uint64_t mac, usec_t when)
{
	const struct mac key = { .mac = mac };
	size_t i = first_at(s->mac, s->nmac, sizeof(key), &key, compare_macs);
	for (; i < s->nmac && s->mac[i].mac == mac; i++)
		if (holds(s->mac[i].when, when))
			return true;
	return s->everything;
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

bool scope_owns_port_always(const struct scope *s, const struct addr *agent, uint32_t ifindex)
{
	return scope_owns_port(s, agent, ifindex, INT64_MIN);
}

bool scope_names_port(const struct scope *s, const struct addr *agent, uint32_t ifindex, usec_t now)
{
	return scope_owns_port(s, agent, ifindex, now);
}

bool scope_shows_host(const struct scope *s, usec_t now, struct host *h)
{
	if (s->everything)
		return true;
	if (addr_is_none(&h->agent) || !scope_owns_port(s, &h->agent, h->ifindex, now) ||
	    !scope_owns_port(s, &h->agent, h->ifindex, h->last_seen))
		return false;
	if (!scope_owns_port(s, &h->agent, h->ifindex, h->first_seen))
		h->first_seen = 0;
	return true;
}

/* -- fields --------------------------------------------------------------------------------------- */

/* Computed fields of the customer's own ports, whose masks are looked after where they are computed:
 * `interface` by its two sides' (plan.c), those of counters by their rows, which are of own ports. */
static const bool own_derived[D_COUNT] = {
	[D_TR_interface] = true,
	[D_IF_ifinbits] = true, [D_IF_ifoutbits] = true, [D_IF_ifinutilization] = true, [D_IF_ifoututilization] = true,
	[D_IF_ifindex] = true, [D_IF_ifadminstatus] = true, [D_IF_ifoperstatus] = true, [D_IF_ifname] = true, [D_IF_ifalias] = true, [D_HS_ifname] = true,
	[D_EV_ifindex] = true, [D_EV_ifname] = true,
};

/* Whose a value has to be for a customer to see it.  A stored traffic field with SHOW_OWN has a row. */
static const enum mask masks[TABLE_MAX_COLS] = {
	[TR_inputinterface] = MASK_INPUT,      [TR_vlansource] = MASK_INPUT,        [TR_vlaninner] = MASK_INPUT,
	[TR_outputinterface] = MASK_OUTPUT,    [TR_vlandestination] = MASK_OUTPUT,
	[TR_macsource] = MASK_MACSOURCE,       [TR_macdestination] = MASK_MACDESTINATION,
};

static bool is_traffic(const struct field *f)
{
	bool found = false;
	for (size_t i = 0; i < nviews; i++)
		found |= views[i].table->id == TABLE_TRAFFIC && f >= views[i].fields && f < views[i].fields + views[i].nfields;
	return found;
}

bool scope_shows_field(const struct scope *s, const struct field *f)
{
	if (s->everything || f->show == SHOW_ALL)
		return true;
	if (f->show != SHOW_OWN)
		return false;
	return f->derived ? own_derived[f->derived] : !is_traffic(f) || masks[f->col];
}

enum mask field_mask(const struct field *f, const struct view *v)
{
	return v->table->id == TABLE_TRAFFIC && f->show == SHOW_OWN && f->col >= 0 ? masks[f->col] : MASK_NONE;
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

/* A thing and the part of its time that lies in the span. */
struct held {
	struct span when;
	const struct port *port;   /* one of the three */
	const struct mac *mac;
	const struct block *block;
	size_t place;              /* keeps their order */
};

static int compare_held(const void *pa, const void *pb)
{
	const struct held *a = pa, *b = pb;
	int d = compare_spans(&a->when, &b->when);
	return d ? d : (a->place > b->place) - (a->place < b->place);
}

static void hold(struct held *at, size_t *n, struct held h, struct span when, struct span span)
{
	h.when = clip(when, span);
	h.place = *n;
	if (h.when.start < h.when.end)
		at[(*n)++] = h;
}

/* What is owned at some time of the span, by the time it is owned. */
static struct held *held_in(const struct scope *s, struct span span, struct arena *a, size_t *ret_n)
{
	struct held *at = arena_new0(a, s->nport + s->nmac + s->nblock + 1, sizeof(*at));
	size_t n = 0;
	if (!at)
		return NULL;
	for (size_t i = 0; i < s->nport; i++)
		hold(at, &n, (struct held){ .port = &s->port[i] }, s->port[i].when, span);
	for (size_t i = 0; i < s->nmac; i++)
		hold(at, &n, (struct held){ .mac = &s->mac[i] }, s->mac[i].when, span);
	for (size_t i = 0; i < s->nblock; i++)
		hold(at, &n, (struct held){ .block = &s->block[i] }, s->block[i].when, span);
	qsort(at, n, sizeof(*at), compare_held);
	*ret_n = n;
	return at;
}

/* What is owned in one period. */
struct wanted {
	const struct table *t;
	const struct held *at;
	size_t n;
	struct preds *ps;
};

static struct pred *port_pred(const struct wanted *w, int agent_col, int col)
{
	struct pair *pair = arena_new0(w->ps->arena, w->n + 1, sizeof(*pair));
	size_t n = 0;
	for (size_t i = 0; pair && i < w->n; i++) {
		const struct port *p = w->at[i].port;
		if (p)
			pair[n++] = (struct pair){ p->agent, p->ifindex, p->ifindex };
	}
	return pair ? pred_pairs(w->ps, agent_col, col, pair, n) : NULL;
}

static struct pred *mac_pred(const struct wanted *w, int col)
{
	struct urange *u = arena_new0(w->ps->arena, w->n + 1, sizeof(*u));
	size_t n = 0;
	for (size_t i = 0; u && i < w->n; i++)
		if (w->at[i].mac && w->at[i].mac->mac)
			u[n++] = (struct urange){ w->at[i].mac->mac, w->at[i].mac->mac };
	return u ? pred_uints(w->ps, col, u, n) : NULL;
}

/* Blocks of anywhere, and those tied to a port together with that port: held things keep the scope's
 * order, in which a port's blocks lie together behind the untied ones. */
enum which { UNTIED = 1, TIED = 2, ALL = UNTIED | TIED };

static struct pred *block_pred(const struct wanted *w, enum which which, int addr_col, int port_col)
{
	struct preds *ps = w->ps;
	struct arange *a = arena_new0(ps->arena, w->n + 1, sizeof(*a));
	struct pred **part = arena_new0(ps->arena, w->n + 1, sizeof(*part));
	size_t parts = 0, i = 0;
	if (!a || !part)
		return NULL;
	while (i < w->n) {
		const struct block *first = w->at[i].block;
		size_t n = 0;
		for (; i < w->n; i++) {
			const struct block *b = w->at[i].block;
			if (!b != !first || (b && (b->tied != first->tied || (b->tied && compare_ports(&b->port, &first->port)))))
				break;
			if (b)
				a[n++] = (struct arange){ b->lo, b->hi };
		}
		if (!first || !(which & (first->tied ? TIED : UNTIED)))
			continue;
		struct pred *p = pred_addrs(ps, addr_col, a, n);
		if (first->tied) {
			const struct pair pair = { first->port.agent, first->port.ifindex, first->port.ifindex };
			p = pred_and(ps, pred_pairs(ps, TR_agent, port_col, &pair, 1), p);
		}
		part[parts++] = p;
	}
	return pred_join(ps, P_OR, part, parts);
}

static struct pred *flow_pred(const struct wanted *w)
{
	struct preds *ps = w->ps;
	struct pred *p = port_pred(w, TR_agent, TR_inputinterface);
	p = pred_or(ps, p, port_pred(w, TR_agent, TR_outputinterface));
	p = pred_or(ps, p, block_pred(w, ALL, TR_ipsource, TR_inputinterface));
	p = pred_or(ps, p, block_pred(w, ALL, TR_ipdestination, TR_outputinterface));
	p = pred_or(ps, p, mac_pred(w, TR_macsource));
	return pred_or(ps, p, mac_pred(w, TR_macdestination));
}

static struct pred *counter_pred(const struct wanted *w)
{
	return port_pred(w, w->t->agent_col, w->t->place_col);
}

/* What a customer is shown of a table, by the table's row in flow/tables.def.  No row: nothing. */
static struct pred *(*const shown[])(const struct wanted *) = {
	[WHOSE_FLOW] = flow_pred,
	[WHOSE_PORT] = counter_pred,
	[WHOSE_STAFF] = NULL,
};

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

/* OR over the periods of what `make` wants of each, at its time; not dated: at any. */
static struct pred *over_periods(const struct scope *s, struct span span, const struct table *t, bool dated,
				 struct preds *ps, struct pred *(*make)(const struct wanted *))
{
	size_t n, parts = 0;
	struct held *held = held_in(s, span, ps->arena, &n);
	struct pred **part = arena_new0(ps->arena, s->nport + s->nmac + s->nblock + 1, sizeof(*part));
	if (!held || !part)
		return NULL;
	for (size_t i = 0, end; i < n; i = end) {
		const struct span when = held[i].when;
		for (end = i + 1; end < n && same(held[end].when, when); end++)
			;
		const struct wanted w = { .t = t, .at = held + i, .n = end - i, .ps = ps };
		struct pred *one = make(&w);
		if (dated && !same(when, span)) {
			const struct urange u = { (uint64_t)MAX(when.start, (usec_t)0), (uint64_t)when.end - 1 };
			one = when.end <= 0 ? ps->no : pred_and(ps, pred_uints(ps, t->time_col, &u, 1), one);
		}
		part[parts++] = one;
	}
	return pred_join(ps, P_OR, part, parts);
}

struct pred *scope_pred(const struct scope *s, const struct table *t, struct span span, bool dated, struct preds *ps)
{
	if (s->everything || t->whose == WHOSE_SHOWN)
		return ps->yes;
	assert(t->whose < COUNT_OF(shown) && (t->whose != WHOSE_FLOW || t->id == TABLE_TRAFFIC));
	struct pred *p = shown[t->whose] ? over_periods(s, span, t, dated, ps, shown[t->whose]) : ps->no;
	return t->whose == WHOSE_FLOW ? pred_owned(ps, p, s) : p;
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

/* -- by what an end is the scope's: once.c, veil.c ------------------------------------------------------- */

static struct pred *by_source(const struct wanted *w)
{
	return block_pred(w, UNTIED, TR_ipsource, TR_inputinterface);
}

static struct pred *by_destination(const struct wanted *w)
{
	return block_pred(w, UNTIED, TR_ipdestination, TR_outputinterface);
}

static struct pred *by_input(const struct wanted *w)
{
	return pred_or(w->ps, port_pred(w, TR_agent, TR_inputinterface), block_pred(w, TIED, TR_ipsource, TR_inputinterface));
}

static struct pred *by_output(const struct wanted *w)
{
	return pred_or(w->ps, port_pred(w, TR_agent, TR_outputinterface), block_pred(w, TIED, TR_ipdestination, TR_outputinterface));
}

struct pred *scope_by(const struct scope *s, enum scope_end end, struct span span, struct preds *ps)
{
	static struct pred *(*const make[SCOPE_ENDS])(const struct wanted *) = {
		[BY_SOURCE] = by_source,           [BY_DESTINATION] = by_destination,
		[BY_INPUT] = by_input,             [BY_OUTPUT] = by_output,
		[BY_MACSOURCE] = macsource_mask,   [BY_MACDESTINATION] = macdestination_mask,
	};
	return s->everything ? ps->yes : over_periods(s, span, &tables[TABLE_TRAFFIC], true, ps, make[end]);
}

size_t scope_blocks(const struct scope *s, struct arange *ret)
{
	for (size_t i = 0; ret && i < s->nblock; i++)
		ret[i] = (struct arange){ s->block[i].lo, s->block[i].hi };
	return s->nblock;
}
