/* What customers say about each other: parents exist and make no circle, and nothing has two
 * owners at one time, unless one is the other's reseller (directly or up the chain).
 *
 * Everything claimed is sorted first, so that only neighbours are compared.  Ports and MACs clash
 * when equal.  Blocks clash when one lies in the other; sorted by first address, shorter prefix
 * first, the blocks around one are a stack:
 *
 *	10.0.0.0/8 ------------------------------------------------
 *	   10.1.0.0/16 ---------------   10.2.0.0/16 --------------
 *	      10.1.2.0/24 --- <- around it: 10.1.0.0/16, 10.0.0.0/8
 *
 * Equal prefixes make one level of the stack (a group), ordered by the port they are tied to,
 * untied ones first.  So those that hold on the same port are found by binary search, and ten
 * thousand customers with 192.168.1.0/24 on a port each cost ten thousand searches, not their
 * square.  An untied block clashes with tied ones too: it holds on every port. */
#include "base/mem.h"
#include "model/builder.h"

#include <stdio.h>
#include <stdlib.h>

#define NO_PARENT UINT32_MAX

struct claim {
	uint32_t owner; /* index of the customer */
	struct span when;
	struct place at;
	const void *thing; /* own_port, own_mac or own_cidr */
};

struct finding {
	struct place at;
	const char *text;
};

struct owners {
	struct builder *b;
	struct finding found[MAX_ERRORS]; /* said in the file's order at the end */
	size_t nfound;
	uint32_t *parent; /* index of each customer's parent, or NO_PARENT */
	struct claim *claim;
	size_t n;
	size_t looks;
};

/* -- parents ------------------------------------------------------------------------------- */

static struct place customer_place(const struct customer *c)
{
	return (struct place){ c->line, c->column };
}

static void find_parents(struct owners *o)
{
	const struct customers *c = o->b->c;
	for (size_t i = 0; i < c->n; i++) {
		o->parent[i] = NO_PARENT;
		if (!c->at[i].parent)
			continue;
		const struct map_entry *e = map_get_str(&c->by_id, c->at[i].parent);
		if (e)
			o->parent[i] = (uint32_t)e->num;
		else
			builder_error(o->b, customer_place(&c->at[i]),
				      "parent \"%.60s\" of customer \"%.60s\" is no customer's id",
				      c->at[i].parent, c->at[i].id);
	}
}

/* Each customer is walked up once: `seen` holds the number of the walk that came by. */
static void find_cycles(struct owners *o, uint32_t *seen)
{
	const struct customers *c = o->b->c;
	for (size_t i = 0; i < c->n; i++) {
		uint32_t at = (uint32_t)i;
		while (at != NO_PARENT && !seen[at]) {
			seen[at] = (uint32_t)i + 1;
			at = o->parent[at];
		}
		if (at != NO_PARENT && seen[at] == i + 1)
			builder_error(
				o->b, customer_place(&c->at[at]),
				"customer \"%.60s\" is its own parent, directly or through others",
				c->at[at].id);
	}
}

/* Whoever asks is asked about with all who are above: the way up has a ceiling. */
static void check_depth(struct owners *o)
{
	const struct customers *c = o->b->c;
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t n = 0;
		for (uint32_t at = o->parent[i]; at != NO_PARENT && n <= MAX_RESELLERS; at = o->parent[at])
			n++;
		if (n > MAX_RESELLERS)
			builder_error(o->b, customer_place(&c->at[i]), "customer \"%.60s\" has more than %d resellers above it", c->at[i].id,
				      MAX_RESELLERS);
	}
}

static bool is_above(struct owners *o, uint32_t above, uint32_t below)
{
	for (; below != NO_PARENT; below = o->parent[below]) {
		o->looks++;
		if (below == above)
			return true;
	}
	return false;
}

/* -- two claims ------------------------------------------------------------------------------ */

static bool place_before(struct place a, struct place b)
{
	return a.line != b.line ? a.line < b.line : a.column < b.column;
}

/* "", ", from ...", ", until ...", or both: when x and y hold together */
static const char *together(const struct owners *o, const struct claim *x, const struct claim *y,
			    char buf[static 120])
{
	char text[40];
	const struct span when = { MAX(x->when.start, y->when.start),
				   MIN(x->when.end, y->when.end) };
	buf[0] = 0;
	if (when.start != INT64_MIN)
		snprintf(buf, 120, ", from %s", zone_iso(o->b->zone, when.start, text));
	if (when.end != INT64_MAX)
		snprintf(buf + strlen(buf), 120 - strlen(buf), "%s until %s", *buf ? "" : ",",
			 zone_iso(o->b->zone, when.end, text));
	return buf;
}

static void found_twice(struct owners *o, const struct claim *x, const struct claim *y,
			const char *thing)
{
	char when[120];
	const struct customer *cust = o->b->c->at;
	const struct claim *late = place_before(x->at, y->at) ? y : x;
	const struct claim *early = late == x ? y : x;
	struct finding *f = &o->found[o->nfound];

	f->at = late->at;
	if (x->owner == y->owner)
		f->text = arena_printf(&o->b->c->arena,
				       "%s is listed twice: it is in line %u already", thing,
				       early->at.line);
	else
		f->text = arena_printf(&o->b->c->arena,
				       "%s is owned twice%s: here by \"%.60s\" and in line %u by "
				       "\"%.60s\"; end one "
				       "(to=...) or make one the other's parent",
				       thing, together(o, x, y, when), cust[late->owner].id,
				       early->at.line, cust[early->owner].id);
	if (f->text)
		o->nfound++;
	else
		builder_fail(o->b, E_NOMEM);
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	return place_before(x->at, y->at) ? -1 : place_before(y->at, x->at);
}

static void say_found(struct owners *o)
{
	qsort(o->found, o->nfound, sizeof(*o->found), compare_findings);
	for (size_t i = 0; i < o->nfound; i++)
		builder_error(o->b, o->found[i].at, "%s", o->found[i].text);
}

/* May both hold at one time?  `equal`: the very same thing, which one customer lists only once. */
static bool clash(struct owners *o, const struct claim *x, const struct claim *y, bool equal)
{
	o->looks++;
	if (x->when.start >= y->when.end || y->when.start >= x->when.end)
		return false;
	if (x->owner == y->owner)
		return equal;
	return !is_above(o, x->owner, y->owner) && !is_above(o, y->owner, x->owner);
}

static bool enough(struct owners *o)
{
	if (o->looks > MAX_LOOKS && !builder_full(o->b)) {
		builder_error(o->b, (struct place){ 1, 1 },
			      "too many things overlap to compare them all: end or join some");
		o->b->failed = E_LIMIT;
	}
	return o->nfound == MAX_ERRORS || builder_full(o->b);
}

/* -- ports and MACs: equal or not -------------------------------------------------------------- */

static int compare_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_start(const struct claim *x, const struct claim *y)
{
	if (x->when.start != y->when.start)
		return x->when.start < y->when.start ? -1 : 1;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	return compare_number(x->at.column, y->at.column);
}

static int compare_port(const struct own_port *p, const struct own_port *q)
{
	int by = addr_compare(&p->agent, &q->agent);
	if (!by)
		by = (p->ifname != NULL) - (q->ifname != NULL);
	if (!by)
		by = p->ifname ? strcmp(p->ifname, q->ifname)
			       : compare_number(p->ifindex, q->ifindex);
	return by;
}

static int order_ports(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int by = compare_port(x->thing, y->thing);
	return by ? by : compare_start(x, y);
}

static int order_macs(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int by = compare_number(((const struct own_mac *)x->thing)->mac,
				((const struct own_mac *)y->thing)->mac);
	return by ? by : compare_start(x, y);
}

static void port_text(const struct own_port *p, char *buf, size_t size)
{
	char agent[ADDR_TEXT];
	if (p->ifname)
		snprintf(buf, size, "%s>%.60s", addr_format(&p->agent, agent), p->ifname);
	else
		snprintf(buf, size, "%s>%u", addr_format(&p->agent, agent), p->ifindex);
}

static void thing_text(const struct claim *c, int (*order)(const void *, const void *), char *buf,
		       size_t size)
{
	char mac[MAC_TEXT], port[160];
	if (order == order_macs) {
		snprintf(buf, size, "MAC %s",
			 mac_format(((const struct own_mac *)c->thing)->mac, mac));
	} else {
		port_text(c->thing, port, sizeof(port));
		snprintf(buf, size, "port %s", port);
	}
}

static bool same_thing(const struct claim *x, const struct claim *y,
		       int (*order)(const void *, const void *))
{
	if (order == order_macs)
		return ((const struct own_mac *)x->thing)->mac ==
		       ((const struct own_mac *)y->thing)->mac;
	return compare_port(x->thing, y->thing) == 0;
}

static void check_equal_things(struct owners *o, int (*order)(const void *, const void *))
{
	char text[256];
	qsort(o->claim, o->n, sizeof(*o->claim), order);
	for (size_t i = 1, first = 0; i < o->n && !enough(o); i++) {
		if (!same_thing(&o->claim[first], &o->claim[i], order))
			first = i;
		for (size_t k = first; k < i; k++)
			if (clash(o, &o->claim[k], &o->claim[i], true)) {
				thing_text(&o->claim[i], order, text, sizeof(text));
				found_twice(o, &o->claim[k], &o->claim[i], text);
				break;
			}
	}
}

/* -- blocks ------------------------------------------------------------------------------------ */

static const struct own_cidr *cidr_of(const struct claim *c)
{
	return c->thing;
}

/* Untied blocks come first. */
static int compare_tie(const struct own_cidr *x, const struct own_cidr *y)
{
	if (!x->tied || !y->tied)
		return x->tied - y->tied;
	return compare_port(&x->port, &y->port);
}

static int order_cidrs(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	const struct own_cidr *cx = cidr_of(x), *cy = cidr_of(y);
	int by = addr_compare(&cx->prefix.addr, &cy->prefix.addr);
	if (!by)
		by = (int)cx->prefix.bits - (int)cy->prefix.bits;
	if (!by)
		by = compare_tie(cx, cy);
	return by ? by : compare_start(x, y);
}

struct group {
	size_t from, to; /* of claims */
};

/* Those of a group that are tied to what c is tied to. */
static struct group tied_like(const struct owners *o, struct group g, const struct own_cidr *c)
{
	struct group r = g;
	for (size_t lo = g.from, hi = g.to; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		if (compare_tie(cidr_of(&o->claim[mid]), c) < 0)
			r.from = lo = mid + 1;
		else
			r.from = hi = mid;
	}
	for (size_t lo = r.from, hi = g.to; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		if (compare_tie(cidr_of(&o->claim[mid]), c) <= 0)
			r.to = lo = mid + 1;
		else
			r.to = hi = mid;
	}
	return r;
}

static void cidr_text(const struct own_cidr *c, char *buf, size_t size)
{
	char prefix[ADDR_TEXT + 4], port[160];
	if (!c->tied) {
		snprintf(buf, size, "%s", prefix_format(&c->prefix, prefix));
		return;
	}
	port_text(&c->port, port, sizeof(port));
	snprintf(buf, size, "%s on %s", prefix_format(&c->prefix, prefix), port);
}

/* Claim i against claims g, which lie around it (or are equal).  False when one clashed. */
static bool check_against(struct owners *o, size_t i, struct group g)
{
	const struct claim *x = &o->claim[i];
	char inner[300], outer[300], text[640];
	for (size_t k = g.from; k < g.to; k++) {
		const struct claim *y = &o->claim[k];
		bool equal = cidr_of(x)->prefix.bits == cidr_of(y)->prefix.bits &&
			     compare_tie(cidr_of(x), cidr_of(y)) == 0;
		if (!clash(o, x, y, equal))
			continue;
		cidr_text(cidr_of(x), inner, sizeof(inner));
		cidr_text(cidr_of(y), outer, sizeof(outer));
		if (equal)
			snprintf(text, sizeof(text), "%s", inner);
		else
			snprintf(text, sizeof(text), "%s (of %s)", inner, outer);
		found_twice(o, x, y, text);
		return false;
	}
	return true;
}

/* Claim i against a group: all of it when i holds on every port, else those of its port and those
 * of every port. */
static bool check_group(struct owners *o, size_t i, struct group g)
{
	static const struct own_cidr untied = { 0 };
	const struct own_cidr *c = cidr_of(&o->claim[i]);
	if (!c->tied)
		return check_against(o, i, g);
	return check_against(o, i, tied_like(o, g, c)) &&
	       check_against(o, i, tied_like(o, g, &untied));
}

static void check_claim(struct owners *o, size_t i, const struct group *around, size_t naround,
			struct group own)
{
	own.to =
		i; /* each pair of equal prefixes once: untied ones come first, so none is missed */
	if (!check_group(o, i, own))
		return;
	for (size_t k = naround; k-- > 0;)
		if (!check_group(o, i, around[k]))
			return;
}

static void check_cidrs(struct owners *o)
{
	struct group around[129]; /* one for each prefix length */
	size_t naround = 0;

	qsort(o->claim, o->n, sizeof(*o->claim), order_cidrs);
	for (size_t from = 0, to; from < o->n && !enough(o); from = to) {
		const struct prefix *p = &cidr_of(&o->claim[from])->prefix;
		for (to = from + 1; to < o->n; to++) {
			const struct prefix *q = &cidr_of(&o->claim[to])->prefix;
			if (q->bits != p->bits || !addr_equal(&p->addr, &q->addr))
				break;
		}
		while (naround &&
		       !prefix_holds(&cidr_of(&o->claim[around[naround - 1].from])->prefix,
				     &p->addr))
			naround--;
		for (size_t i = from; i < to && !enough(o); i++)
			check_claim(o, i, around, naround, (struct group){ from, to });
		around[naround++] = (struct group){ from, to };
	}
}

/* -- all of it --------------------------------------------------------------------------------- */

#define CLAIM(o, customer, list)                                                                   \
	for (size_t k_ = 0; k_ < c->at[customer].n##list; k_++)                                    \
		(o)->claim[(o)->n++] = (struct claim)                                              \
		{                                                                                  \
			.owner = (uint32_t)(customer), .when = c->at[customer].list[k_].when,      \
			.at = { c->at[customer].list[k_].line, c->at[customer].list[k_].column },  \
			.thing = &c->at[customer].list[k_],                                        \
		}

static void check_things(struct owners *o)
{
	const struct customers *c = o->b->c;
	o->n = 0;
	for (size_t i = 0; i < c->n; i++)
		CLAIM(o, i, port);
	check_equal_things(o, order_ports);
	o->n = 0;
	for (size_t i = 0; i < c->n; i++)
		CLAIM(o, i, mac);
	check_equal_things(o, order_macs);
	o->n = 0;
	for (size_t i = 0; i < c->n; i++)
		CLAIM(o, i, cidr);
	check_cidrs(o);
}

void owners_check(struct builder *b)
{
	const struct customers *c = b->c;
	size_t most = MAX(MAX(c->nport, c->nmac), c->ncidr);
	struct owners o = { .b = b };
	uint32_t *seen = mem_new0(c->n, sizeof(*seen));

	o.parent = mem_new0(c->n, sizeof(*o.parent));
	o.claim = mem_new0(most, sizeof(*o.claim));
	if (!o.parent || !seen || !o.claim) {
		builder_fail(b, E_NOMEM);
	} else {
		size_t before = b->errors;
		find_parents(&o);
		find_cycles(&o, seen);
		if (b->errors == before)
			check_depth(&o);
		if (b->errors == before) { /* else who is whose reseller is not known */
			check_things(&o);
			say_found(&o);
		}
	}
	mem_free(o.parent);
	mem_free(o.claim);
	mem_free(seen);
}
