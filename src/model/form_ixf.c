/* An IX-F member export (euro-ix json-schemas, 0.4 to 1.0): members of an exchange as customers.
 *
 *	member_list: asnum          the customer's id, name its name
 *	  connection_list            but those whose state is "inactive"
 *	    if_list                   switch_id and the port's name ("if", else if_name, port, name): a port,
 *	                              when the table of switches has an agent for the switch
 *	    vlan_list: ipv4, ipv6     address: a block of one; mac_addresses: MACs
 *	ixp_list: switch              id and name, so that the table may speak of names
 *
 * An AS that is a member twice is one customer.  What is not known is passed over: the export is not
 * ours, and grows. */
#include "model/form.h"

#include <stdio.h>

struct ixf {
	struct builder *b;
	struct gather g;
	const struct doc *top;
};

bool ixf_looks(const struct doc *d)
{
	return doc_get(d, "member_list") != NULL;
}

static const struct doc *items(const struct doc *list)
{
	return list && list->kind == DOC_LIST ? list->first : NULL;
}

static const struct switch_agent *listed(const struct ixf *x, const char *name)
{
	const struct customers_options *o = x->b->options;
	for (size_t i = 0; o && i < o->nswitches; i++)
		if (STREQ(o->switches[i].name, name))
			return &o->switches[i];
	return NULL;
}

/* The agent of a switch: by its id, or by the name that ixp_list gives it. */
static const struct switch_agent *agent_of(const struct ixf *x, const struct doc *id)
{
	const struct switch_agent *found = listed(x, id->text);
	for (const struct doc *ixp = items(doc_get(x->top, "ixp_list")); ixp && !found; ixp = ixp->next)
		for (const struct doc *s = items(doc_get(ixp, "switch")); s && !found; s = s->next) {
			const struct doc *name = doc_text(s, "name");
			if (name && doc_is(doc_get(s, "id"), id->text))
				found = listed(x, name->text);
		}
	return found;
}

static void port(struct ixf *x, struct group *c, const struct doc *d)
{
	static const char *const names[] = { "if", "if_name", "port", "name" };
	const struct doc *id = doc_text(d, "switch_id"), *name = NULL;
	char what[ADDR_TEXT + 300], agent[ADDR_TEXT];
	for (size_t i = 0; i < COUNT_OF(names) && !name; i++)
		name = doc_text(d, names[i]);
	if (!id || !name || !x->b->options || !x->b->options->nswitches)
		return;
	const struct switch_agent *at = agent_of(x, id);
	if (!at) {
		builder_orphan(x->b, id->at, "orphan: switch \"%.60s\" has no agent in the table of switches: its ports are nobody's", id->text);
		return;
	}
	addr_format(&at->agent, agent);
	snprintf(what, sizeof(what), "port %s %.250s", agent, name->text);
	if (gather_met(&x->g, c, what))
		return;
	struct thing *t = gather_thing(&x->g, c, "port", d->at);
	const char *kept = arena_strndup(x->g.a, agent, strlen(agent));
	if (!t || !kept) {
		builder_fail(x->b, E_NOMEM);
		return;
	}
	thing_attr(t, "agent", kept, strlen(kept), id->at);
	thing_attr(t, "ifName", name->text, name->len, name->at);
}

static void mac(struct ixf *x, struct group *c, const struct doc *m)
{
	uint64_t v;
	char what[64];
	if (m->kind != DOC_TEXT || !m->len)
		return;
	if (mac_parse(m->text, m->len, &v)) { /* a wrong one goes on to be refused with its place */
		snprintf(what, sizeof(what), "mac %llx", (unsigned long long)v);
		if (gather_met(&x->g, c, what))
			return;
	}
	struct thing *t = gather_thing(&x->g, c, "mac", m->at);
	if (t)
		thing_attr(t, "address", m->text, m->len, m->at);
}

static void address(struct ixf *x, struct group *c, const struct doc *ip)
{
	const struct doc *a = doc_text(ip, "address");
	char what[300];
	for (const struct doc *m = items(doc_get(ip, "mac_addresses")); m; m = m->next)
		mac(x, c, m);
	if (!a || !a->len)
		return;
	snprintf(what, sizeof(what), "cidr %.250s", a->text);
	if (gather_met(&x->g, c, what))
		return;
	struct thing *t = gather_thing(&x->g, c, "cidr", a->at);
	const char *bits = strchr(a->text, ':') ? "128" : "32";
	if (!t)
		return;
	thing_attr(t, "address", a->text, a->len, a->at);
	thing_attr(t, "bits", bits, strlen(bits), a->at);
}

static void connection(struct ixf *x, struct group *c, const struct doc *d)
{
	if (doc_is(doc_get(d, "state"), "inactive"))
		return;
	for (const struct doc *i = items(doc_get(d, "if_list")); i; i = i->next)
		port(x, c, i);
	for (const struct doc *v = items(doc_get(d, "vlan_list")); v; v = v->next) {
		for (const struct doc *m = items(doc_get(v, "mac_addresses")); m; m = m->next)
			mac(x, c, m);
		address(x, c, doc_get(v, "ipv4"));
		address(x, c, doc_get(v, "ipv6"));
	}
}

void ixf_read(struct builder *b, const struct doc *d)
{
	struct arena a = { 0 };
	struct ixf x = { .b = b, .g = { .b = b, .a = &a }, .top = d };
	const struct doc *list = doc_get(d, "member_list");
	if (list->kind != DOC_LIST)
		builder_error(b, list->at, "member_list is a list");
	for (const struct doc *m = items(list); m && !builder_full(b); m = m->next) {
		const struct doc *as = doc_text(m, "asnum"), *name = doc_text(m, "name");
		if (!as) {
			builder_error(b, m->at, "a member without asnum");
			continue;
		}
		struct group *c = gather_customer(&x.g, as->text, as->len, m->at);
		if (c && name)
			group_attr(c, "name", name->text, name->len, name->at);
		for (const struct doc *k = c ? items(doc_get(m, "connection_list")) : NULL; k && !builder_full(b); k = k->next)
			connection(&x, c, k);
	}
	if (!builder_full(b))
		gather_emit(&x.g);
	gather_free(&x.g);
	arena_free(&a);
}
