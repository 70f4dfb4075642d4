/* A mapping held against the model: is every port known, and is it one customer's?  The mapping's
 * own check (owners.c) takes names and numbers as written; here both become numbers. */
#include "model/model.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

bool own_port_resolve(const struct own_port *own, const struct model *m, uint32_t *ret_ifindex)
{
	const struct iface *is = NULL;
	if (own->ifname && m)
		is = model_iface_named(m, &own->agent, own->ifname, strlen(own->ifname));
	if (own->ifname && !is)
		return false;
	*ret_ifindex = is ? is->ifindex : own->ifindex;
	return true;
}

struct seen_port {
	const struct iface *is;
	const struct customer *owner;
	struct span when;
	unsigned line, column;
	const struct prefix *block; /* NULL: the port itself; else what is tied to it */
};

struct check {
	const struct customers *c;
	const struct model *m;
	customers_say *say;
	void *arg;
	struct seen_port *at;
	size_t n, found;
};

static void found(struct check *k, unsigned line, unsigned column, const char *text)
{
	k->found++;
	if (k->say)
		k->say(k->arg, line, column, text);
}

static void look_up(struct check *k, const struct customer *owner, const struct own_port *p,
		    const struct prefix *block)
{
	char agent[ADDR_TEXT], text[256];
	const struct iface *is =
		p->ifname ? model_iface_named(k->m, &p->agent, p->ifname, strlen(p->ifname))
			  : model_iface(k->m, &p->agent, p->ifindex);
	if (is) {
		k->at[k->n++] = (struct seen_port){ is, owner, p->when, p->line, p->column, block };
		return;
	}
	addr_format(&p->agent, agent);
	if (p->ifname)
		snprintf(text, sizeof(text), "port %s>%.100s has not been seen", agent, p->ifname);
	else
		snprintf(text, sizeof(text), "port %s>%u has not been seen", agent, p->ifindex);
	found(k, p->line, p->column, text);
}

static int compare_seen(const void *a, const void *b)
{
	const struct seen_port *x = a, *y = b;
	if (x->is != y->is)
		return (uintptr_t)x->is < (uintptr_t)y->is ? -1 : 1;
	return x->line != y->line ? (x->line > y->line) - (x->line < y->line)
				  : (x->column > y->column) - (x->column < y->column);
}

/* Up the chain of resellers; the mapping has no circles. */
static bool is_above(const struct check *k, const struct customer *above,
		     const struct customer *below)
{
	while (below && below != above)
		below = below->parent ? customers_find(k->c, below->parent, strlen(below->parent))
				      : NULL;
	return below != NULL;
}

/* Two ports, or two blocks that meet; a port and a block on it are two things. */
static bool same_thing(const struct seen_port *x, const struct seen_port *y)
{
	if (!x->block || !y->block)
		return !x->block && !y->block;
	return prefix_holds(x->block, &y->block->addr) || prefix_holds(y->block, &x->block->addr);
}

static bool clash(const struct check *k, const struct seen_port *x, const struct seen_port *y)
{
	return x->owner != y->owner && same_thing(x, y) && x->when.start < y->when.end &&
	       y->when.start < x->when.end && !is_above(k, x->owner, y->owner) &&
	       !is_above(k, y->owner, x->owner);
}

static void check_owners(struct check *k)
{
	char text[400], agent[ADDR_TEXT];
	qsort(k->at, k->n, sizeof(*k->at), compare_seen);
	for (size_t i = 0, first = 0; i < k->n; i++) {
		if (k->at[i].is != k->at[first].is)
			first = i;
		for (size_t j = first; j < i; j++) {
			const struct seen_port *x = &k->at[j], *y = &k->at[i];
			if (!clash(k, x, y))
				continue;
			snprintf(text, sizeof(text),
				 "%s%s>%u (%.60s) is owned twice: here by \"%.60s\" and in line %u "
				 "by \"%.60s\"",
				 y->block ? "a block on port " : "port ",
				 addr_format(&y->is->agent, agent), y->is->ifindex, y->is->name,
				 y->owner->id, x->line, x->owner->id);
			found(k, y->line, y->column, text);
			break;
		}
	}
}

enum err customers_check_ports(const struct customers *c, const struct model *m, customers_say *say,
			       void *arg, size_t *ret_n)
{
	struct check k = { .c = c, .m = m, .say = say, .arg = arg };
	const struct customer *cust;
	size_t most = 0;

	for (size_t i = 0; (cust = customers_at(c, i)); i++)
		most += cust->nport + cust->ncidr;
	k.at = mem_new0(most, sizeof(*k.at));
	if (!k.at)
		return E_NOMEM;
	for (size_t i = 0; (cust = customers_at(c, i)); i++) {
		for (size_t p = 0; p < cust->nport; p++)
			look_up(&k, cust, &cust->port[p], NULL);
		for (size_t p = 0; p < cust->ncidr; p++)
			if (cust->cidr[p].tied)
				look_up(&k, cust, &cust->cidr[p].port, &cust->cidr[p].prefix);
	}
	check_owners(&k);
	mem_free(k.at);
	*ret_n = k.found;
	return OK;
}
