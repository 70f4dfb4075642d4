/* Two mappings compared: what becomes, or stops being, whose.
 *
 * What a customer owns is written as texts (docs: "port 10.0.0.1>ethernet5") with its times; both
 * lists sorted, they are walked side by side.  A thing may be owned at several times: the times of one
 * text are compared as lists. */
#include "model/privacy.h"

#include "base/arena.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

struct owned {
	const char *text;
	struct span when;
};

struct owned_list {
	struct owned *at;
	size_t n;
};

struct comparing {
	struct arena arena;
	const struct customers *before, *after;
	customers_change_fn *tell;
	void *arg;
	size_t found;
	bool bad; /* out of memory */
};

static const char *port_text(struct comparing *k, const struct own_port *p)
{
	char agent[ADDR_TEXT];
	addr_format(&p->agent, agent);
	return p->ifname ? arena_printf(&k->arena, "%s>%s", agent, p->ifname) : arena_printf(&k->arena, "%s>%u", agent, p->ifindex);
}

static int compare_owned(const void *a, const void *b)
{
	const struct owned *x = a, *y = b;
	int d = strcmp(x->text, y->text);
	if (!d)
		d = (x->when.start > y->when.start) - (x->when.start < y->when.start);
	return d ? d : (x->when.end > y->when.end) - (x->when.end < y->when.end);
}

static void put(struct comparing *k, struct owned_list *l, const char *text, struct span when)
{
	k->bad |= !text;
	l->at[l->n++] = (struct owned){ text, when };
}

static struct owned_list list_of(struct comparing *k, const struct customer *c)
{
	struct owned_list l = { 0 };
	char text[ADDR_TEXT + 4];
	if (!c)
		return l;
	l.at = arena_new0(&k->arena, c->nport + c->nmac + c->ncidr + 1, sizeof(*l.at));
	if (!l.at) {
		k->bad = true;
		return l;
	}
	for (size_t i = 0; i < c->nport; i++) {
		const char *port = port_text(k, &c->port[i]);
		put(k, &l, port ? arena_printf(&k->arena, "port %s", port) : NULL, c->port[i].when);
	}
	for (size_t i = 0; i < c->nmac; i++)
		put(k, &l, arena_printf(&k->arena, "mac %s", mac_format(c->mac[i].mac, text)), c->mac[i].when);
	for (size_t i = 0; i < c->ncidr; i++) {
		const char *port = c->cidr[i].tied ? port_text(k, &c->cidr[i].port) : "";
		prefix_format(&c->cidr[i].prefix, text);
		put(k, &l, port ? arena_printf(&k->arena, "cidr %s%s%s", text, *port ? " on " : "", port) : NULL, c->cidr[i].when);
	}
	if (!k->bad)
		qsort(l.at, l.n, sizeof(*l.at), compare_owned);
	return l;
}

static void tell(struct comparing *k, struct customers_change c)
{
	k->found++;
	k->tell(k->arg, &c);
}

/* How many from i on have the text of i. */
static size_t run(const struct owned_list *l, size_t i)
{
	size_t n = 0;
	while (i + n < l->n && STREQ(l->at[i + n].text, l->at[i].text))
		n++;
	return n;
}

static bool same_times(const struct owned *a, size_t na, const struct owned *b, size_t nb)
{
	for (size_t i = 0; i < na && na == nb; i++)
		if (a[i].when.start != b[i].when.start || a[i].when.end != b[i].when.end)
			return false;
	return na == nb;
}

/* One text's times, before and after: pairs are told as changed, what is left over as gone or new. */
static void times(struct comparing *k, const char *id, const struct owned *a, size_t na, const struct owned *b, size_t nb)
{
	if (same_times(a, na, b, nb))
		return;
	for (size_t i = 0; i < MAX(na, nb); i++) {
		struct customers_change c = { .id = id, .kind = CHANGE_TIME, .what = i < na ? a[i].text : b[i].text };
		if (i < na)
			c.before = a[i].when;
		if (i < nb)
			c.after = b[i].when;
		if (i >= nb)
			c.kind = CHANGE_LOSES;
		else if (i >= na)
			c.kind = CHANGE_GAINS;
		else if (same_times(a + i, 1, b + i, 1))
			continue;
		tell(k, c);
	}
}

static void things(struct comparing *k, const char *id, const struct owned_list *a, const struct owned_list *b)
{
	for (size_t i = 0, j = 0; i < a->n || j < b->n;) {
		int d = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->at[i].text, b->at[j].text);
		size_t na = d <= 0 ? run(a, i) : 0, nb = d >= 0 ? run(b, j) : 0;
		times(k, id, a->at + i, na, b->at + j, nb);
		i += na;
		j += nb;
	}
}

static void words(struct comparing *k, const char *id, enum customers_change_kind kind, const char *before, const char *after)
{
	before = before ? before : "";
	after = after ? after : "";
	if (!STREQ(before, after))
		tell(k, (struct customers_change){ .id = id, .kind = kind, .was = before, .what = after });
}

/* As it holds: a reseller's change is told of those below it, too. */
static const char *privacy_of(const struct customers *cs, const struct customer *c, char buf[static PRIVACY_TEXT])
{
	const struct privacy p = c ? customers_privacy(cs, c) : (struct privacy){ 0 };
	return privacy_text(&p, buf);
}

/* a, b: NULL when the customer is not there. */
static void one_customer(struct comparing *k, const char *id, const struct customer *a, const struct customer *b)
{
	static struct owned nothing;
	struct owned_list la = list_of(k, a), lb = list_of(k, b);
	char was[PRIVACY_TEXT], is[PRIVACY_TEXT];
	if (k->bad)
		return;
	if (!la.at)
		la.at = &nothing;
	if (!lb.at)
		lb.at = &nothing;
	if (a && !b)
		tell(k, (struct customers_change){ .id = id, .kind = CHANGE_GONE, .what = a->name });
	if (b && !a)
		tell(k, (struct customers_change){ .id = id, .kind = CHANGE_NEW, .what = b->name });
	words(k, id, CHANGE_NAME, a && b ? a->name : NULL, a && b ? b->name : NULL);
	words(k, id, CHANGE_PARENT, a && b ? a->parent : NULL, b ? b->parent : NULL);
	if (b)
		words(k, id, CHANGE_PRIVACY, privacy_of(k->before, a, was), privacy_of(k->after, b, is));
	things(k, id, &la, &lb);
	arena_reset(&k->arena);
}

enum err customers_compare(const struct customers *before, const struct customers *after, customers_change_fn *fn,
			   void *arg, size_t *ret_n)
{
	struct comparing k = { .before = before, .after = after, .tell = fn, .arg = arg };
	const struct customer *c;
	for (size_t i = 0; (c = customers_at(before, i)) && !k.bad; i++)
		one_customer(&k, c->id, c, customers_find(after, c->id, strlen(c->id)));
	for (size_t i = 0; (c = customers_at(after, i)) && !k.bad; i++)
		if (!customers_find(before, c->id, strlen(c->id)))
			one_customer(&k, c->id, NULL, c);
	arena_free(&k.arena);
	*ret_n = k.found;
	return k.bad ? E_NOMEM : OK;
}

enum err customers_things(const struct customer *c, customers_change_fn *fn, void *arg)
{
	struct comparing k = { .tell = fn, .arg = arg };
	const struct owned_list all = list_of(&k, c);
	for (size_t i = 0; i < all.n && !k.bad; i++)
		tell(&k, (struct customers_change){ .id = c->id, .kind = CHANGE_GAINS, .what = all.at[i].text, .after = all.at[i].when });
	arena_free(&k.arena);
	return k.bad ? E_NOMEM : OK;
}
