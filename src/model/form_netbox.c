/* NetBox's objects as its REST interface gives them, several lists in one document; a list is an array,
 * or an object whose "results" is one:
 *
 *	{ "tenants": [...], "interfaces": [...], "prefixes": [...], "ip-addresses": [...], "mac-addresses": [...] }
 *
 *	tenant                       a customer: slug its id, name its name
 *	interface (dcim)             a port: name at device.primary_ip (or _ip4, _ip6)
 *	prefix, IP address (ipam)    a block
 *	MAC address (dcim)           a MAC
 *
 * Whose a thing is: its "tenant", else custom_fields.tenant, else that of its interface (a MAC's
 * assigned_object, found again by its id in interfaces), else its device's.  What is nobody's, and all
 * else, is passed over.  Names with a blank or an underscore for the hyphen are taken too. */
#include "model/form.h"

#include <stdio.h>

enum kind { PORT, PREFIX, MAC };

struct netbox {
	struct builder *b;
	struct gather g;
	struct map iface; /* id -> interface */
};

static const struct {
	const char *name;
	enum kind kind;
} lists[] = {
	{ "interfaces", PORT },      { "prefixes", PREFIX },   { "ip-addresses", PREFIX }, { "ip_addresses", PREFIX },
	{ "mac-addresses", MAC }, { "mac_addresses", MAC },
};

static const struct doc *list(const struct doc *top, const char *name)
{
	const struct doc *d = doc_get(top, name);
	if (d && d->kind == DOC_MAP)
		d = doc_get(d, "results");
	return d && d->kind == DOC_LIST ? d : NULL;
}

bool netbox_looks(const struct doc *d)
{
	return list(d, "tenants") != NULL;
}

/* A tenant as NetBox nests it: an object with a slug. */
static const struct doc *tenant_in(const struct doc *d)
{
	const struct doc *t = doc_get(d, "tenant");
	if (!doc_text(t, "slug"))
		t = doc_get(doc_get(d, "custom_fields"), "tenant");
	return doc_text(t, "slug") ? t : NULL;
}

/* Its own, else its interface's, else its device's.  What an interface says it is assigned to is not followed. */
static const struct doc *tenant_of(const struct netbox *n, const struct doc *d)
{
	const struct doc *on = doc_get(d, "assigned_object"), *id = doc_text(on, "id"), *t = NULL;
	const struct map_entry *e = id ? map_get(&n->iface, id->text, id->len) : NULL;
	const struct doc *interface = e ? e->ptr : NULL;
	const struct doc *const places[] = { d, interface, doc_get(interface, "device"),
					     on, doc_get(d, "device"), doc_get(on, "device") };
	for (size_t i = 0; i < COUNT_OF(places) && !t; i++)
		t = tenant_in(places[i]);
	return t;
}

static struct group *customer(struct netbox *n, const struct doc *tenant)
{
	const struct doc *slug = doc_text(tenant, "slug"), *name = doc_text(tenant, "name");
	struct group *c = slug ? gather_customer(&n->g, slug->text, slug->len, tenant->at) : NULL;
	if (c && name)
		group_attr(c, "name", name->text, name->len, name->at);
	return c;
}

/* Which agent is it?  A device that is planned has no address yet. */
static void orphan(struct netbox *n, const struct doc *interface, const struct doc *device)
{
	const struct doc *name = doc_text(device, "name");
	builder_orphan(n->b, interface->at, "orphan: device \"%.60s\" has no primary_ip: its interfaces are nobody's", name ? name->text : "");
}

static void port(struct netbox *n, struct group *c, const struct doc *d)
{
	static const char *const ips[] = { "primary_ip", "primary_ip4", "primary_ip6" };
	const struct doc *name = doc_text(d, "name"), *device = doc_get(d, "device"), *ip = NULL;
	for (size_t i = 0; i < COUNT_OF(ips) && !ip; i++)
		ip = doc_text(doc_get(device, ips[i]), "address");
	if (!name)
		builder_error(n->b, d->at, "this interface has no name");
	else if (!ip)
		orphan(n, d, device);
	if (!name || !ip)
		return;
	struct thing *t = gather_thing(&n->g, c, "port", d->at);
	if (!t)
		return;
	thing_attr(t, "agent", ip->text, strcspn(ip->text, "/"), ip->at);
	thing_attr(t, "ifName", name->text, name->len, name->at);
}

static void prefix(struct netbox *n, struct group *c, const struct doc *d)
{
	const struct doc *p = doc_text(d, "prefix"), *a = p ? p : doc_text(d, "address");
	char what[300];
	if (!a) {
		builder_error(n->b, d->at, "neither prefix nor address");
		return;
	}
	size_t len = strcspn(a->text, "/");
	const char *host = memchr(a->text, ':', len) ? "128" : "32", *bits = p && a->text[len] ? a->text + len + 1 : host;
	snprintf(what, sizeof(what), "cidr %.*s/%.10s", (int)MIN(len, (size_t)250), a->text, bits);
	if (gather_met(&n->g, c, what))
		return;
	struct thing *t = gather_thing(&n->g, c, "cidr", d->at);
	if (!t)
		return;
	thing_attr(t, "address", a->text, len, a->at);
	thing_attr(t, "bits", bits, strlen(bits), a->at);
}

static void mac(struct netbox *n, struct group *c, const struct doc *d)
{
	const struct doc *m = doc_text(d, "mac_address");
	char what[64];
	uint64_t v;
	if (!m) {
		builder_error(n->b, d->at, "no mac_address");
		return;
	}
	if (mac_parse(m->text, m->len, &v)) {
		snprintf(what, sizeof(what), "mac %llx", (unsigned long long)v);
		if (gather_met(&n->g, c, what))
			return;
	}
	struct thing *t = gather_thing(&n->g, c, "mac", d->at);
	if (t)
		thing_attr(t, "address", m->text, m->len, m->at);
}

static void know_interfaces(struct netbox *n, const struct doc *all)
{
	for (const struct doc *d = all ? all->first : NULL; d; d = d->next) {
		const struct doc *id = doc_text(d, "id");
		struct map_entry *e;
		bool fresh;
		enum err err = id ? map_put(&n->iface, id->text, id->len, &e, &fresh) : OK;
		if (err != OK)
			builder_fail(n->b, err);
		else if (id)
			e->ptr = (void *)(uintptr_t)d;
	}
}

void netbox_read(struct builder *b, const struct doc *top)
{
	struct arena a = { 0 };
	struct netbox n = { .b = b, .g = { .b = b, .a = &a } };
	void (*const add[])(struct netbox *, struct group *, const struct doc *) = { [PORT] = port, [PREFIX] = prefix, [MAC] = mac };
	for (const struct doc *t = list(top, "tenants")->first; t && !builder_full(b); t = t->next)
		if (!customer(&n, t))
			builder_error(b, t->at, "a tenant without slug");
	know_interfaces(&n, list(top, "interfaces"));
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		const struct doc *all = list(top, lists[i].name);
		for (const struct doc *d = all ? all->first : NULL; d && !builder_full(b); d = d->next) {
			const struct doc *tenant = tenant_of(&n, d);
			struct group *c = tenant ? customer(&n, tenant) : NULL;
			if (c)
				add[lists[i].kind](&n, c, d);
		}
	}
	if (!builder_full(b))
		gather_emit(&n.g);
	gather_free(&n.g);
	map_free(&n.iface);
	arena_free(&a);
}
