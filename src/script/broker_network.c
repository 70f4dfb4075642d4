/* What a script may know of the network: one table of interfaces and one of customers, cut to the
 * scope here.  The worker looks things up in its copy, so a loop over ten thousand ports costs one
 * message. */
#include "script/broker.h"

#include "base/map.h"

#include <stdio.h>

enum { C_AGENT, C_IFINDEX, C_NAME, C_ALIAS, C_SPEED, C_CUSTOMER, NCOLS };

struct iface_key {
	struct addr agent;
	uint32_t ifindex;
};

static struct iface_key key_of(const struct iface *i)
{
	struct iface_key k;
	memset(&k, 0, sizeof(k)); /* padding is part of the key */
	k.agent = i->agent;
	k.ifindex = i->ifindex;
	return k;
}

static void own_port_to_map(const struct model *m, const struct own_port *p, const char *id, usec_t now, struct map *owners)
{
	if (now < p->when.start || now >= p->when.end)
		return;
	const struct iface *i = p->ifname ? model_iface_named(m, &p->agent, p->ifname, strlen(p->ifname))
					  : model_iface(m, &p->agent, p->ifindex);
	if (!i)
		return;
	const struct iface_key k = key_of(i);
	struct map_entry *e;
	bool fresh;
	/* The mapping's order decides between two owners; memory short: the owner stays unknown. */
	if (map_put(owners, &k, sizeof(k), &e, &fresh) == OK && fresh)
		e->num = (uint64_t)(uintptr_t)id;
}

static void find_owners(const struct query_env *env, struct map *owners)
{
	const struct customer *c;
	for (size_t i = 0; env->customers && (c = customers_at(env->customers, i)); i++)
		for (size_t k = 0; k < c->nport; k++)
			own_port_to_map(env->model, &c->port[k], c->id, env->now, owners);
}

static enum err add_columns(struct result *t)
{
	static const struct {
		const char *name;
		enum field_type type;
	} cols[NCOLS] = {
		[C_AGENT] = { "agent", T_TEXT },   [C_IFINDEX] = { "ifindex", T_UINT }, [C_NAME] = { "ifname", T_TEXT },
		[C_ALIAS] = { "ifalias", T_TEXT }, [C_SPEED] = { "ifspeed", T_UINT },   [C_CUSTOMER] = { "customer", T_TEXT },
	};
	enum err e = OK;
	for (size_t i = 0; i < NCOLS && e == OK; i++)
		e = result_add_col(t, cols[i].name, cols[i].type, U_NONE);
	return e;
}

static enum err set_string(struct result *t, size_t r, size_t c, const char *s)
{
	return s && *s ? result_set_text(t, r, c, s, strlen(s)) : OK;
}

static enum err add_iface(struct result *t, const struct iface *i, const char *customer)
{
	size_t r;
	char agent[ADDR_TEXT];
	enum err e = result_add_row(t, &r);
	if (e == OK)
		e = set_string(t, r, C_AGENT, addr_format(&i->agent, agent));
	if (e == OK)
		e = set_string(t, r, C_NAME, i->name);
	if (e == OK)
		e = set_string(t, r, C_ALIAS, i->alias);
	if (e == OK)
		e = set_string(t, r, C_CUSTOMER, customer);
	if (e != OK)
		return e;
	result_set_num(t, r, C_IFINDEX, i->ifindex);
	if (i->speed)
		result_set_num(t, r, C_SPEED, (double)i->speed);
	return OK;
}

static enum err fill_interfaces(struct broker *b, struct result *t)
{
	const struct query_env *env = b->job->env;
	struct map owners = { 0 };
	enum err e = add_columns(t);
	if (env->model)
		find_owners(env, &owners);
	const struct iface *i;
	for (size_t n = 0; e == OK && env->model && (i = model_at(env->model, n)); n++) {
		if (!scope_is_everything(b->job->scope) && !scope_owns_port(b->job->scope, &i->agent, i->ifindex, env->now))
			continue;
		const struct iface_key k = key_of(i);
		const struct map_entry *owner = map_get(&owners, &k, sizeof(k));
		const char *id = owner ? (const char *)(uintptr_t)owner->num : NULL;
		if (!scope_is_everything(b->job->scope))
			id = scope_customer_id(b->job->scope); /* a second owner is nobody's business */
		e = add_iface(t, i, id);
	}
	map_free(&owners);
	return e;
}

static enum err fill_customers(struct broker *b, struct result *t)
{
	const struct query_env *env = b->job->env;
	const char *only = scope_is_everything(b->job->scope) ? NULL : scope_customer_id(b->job->scope);
	enum err e = result_add_col(t, "id", T_TEXT, U_NONE);
	if (e == OK)
		e = result_add_col(t, "name", T_TEXT, U_NONE);
	const struct customer *c;
	for (size_t i = 0; e == OK && env->customers && (c = customers_at(env->customers, i)); i++) {
		size_t r;
		if (only && !STREQ(only, c->id))
			continue;
		e = result_add_row(t, &r);
		if (e == OK)
			e = set_string(t, r, 0, c->id);
		if (e == OK)
			e = set_string(t, r, 1, c->name);
	}
	return e;
}

static void serve_table(struct broker *b, struct message *m, enum err (*fill)(struct broker *b, struct result *t))
{
	struct result t = { 0 };
	struct answer a = { 0 };
	if (!message_end(&m->body)) {
		broker_forged(b, message_name(m->kind));
		return;
	}
	enum err e = fill(b, &t);
	if (e == OK)
		e = answer_add(&a, &t);
	if (e == OK)
		reply_results(b, &a);
	else
		reply_refused(b, "Network: %s", err_text(e));
	answer_free(&a);
	result_free(&t);
}

void serve_interfaces(struct broker *b, struct message *m)
{
	serve_table(b, m, fill_interfaces);
}

void serve_customers(struct broker *b, struct message *m)
{
	serve_table(b, m, fill_customers);
}

/* -- zones: of the operator's own order, so a customer's script sees none ----------------------------- */

static enum err add_zone_row(struct result *t, const char *kind, const struct zone_name *name, const char *text)
{
	size_t r;
	enum err e = result_add_row(t, &r);
	if (e == OK)
		e = set_string(t, r, 0, kind);
	if (e == OK)
		e = set_string(t, r, 1, name->zone);
	if (e == OK)
		e = set_string(t, r, 2, name->group);
	return e == OK ? set_string(t, r, 3, text) : e;
}

static enum err add_zone_blocks(const struct zones *z, struct result *t)
{
	char text[ADDR_TEXT + 4];
	size_t n;
	const struct zone_block *block = zones_blocks(z, &n);
	enum err e = OK;
	for (size_t i = 0; i < n && e == OK; i++)
		e = add_zone_row(t, "block", zones_name(z, block[i].name), prefix_format(&block[i].prefix, text));
	return e;
}

static enum err add_zone_agents(const struct zones *z, const struct model *m, struct result *t)
{
	const struct addr *last = NULL;
	const struct iface *i;
	enum err e = OK;
	for (size_t k = 0; e == OK && m && (i = model_at(m, k)); k++) {
		char text[ADDR_TEXT];
		bool same = last && addr_equal(last, &i->agent);
		last = &i->agent;
		uint32_t name = same ? 0 : zones_agent(z, &i->agent);
		if (name)
			e = add_zone_row(t, "agent", zones_name(z, name), addr_format(&i->agent, text));
	}
	return e;
}

static enum err fill_zones(struct broker *b, struct result *t)
{
	static const char *const cols[] = { "kind", "zone", "group", "text" };
	const struct query_env *env = b->job->env;
	const struct zones *z = scope_is_everything(b->job->scope) ? env->zones : NULL;
	enum err e = OK;
	for (size_t i = 0; i < COUNT_OF(cols) && e == OK; i++)
		e = result_add_col(t, cols[i], T_TEXT, U_NONE);
	for (size_t i = 0; z && i < zones_count(z) && e == OK; i++)
		e = add_zone_row(t, "name", zones_name(z, i), "");
	if (e == OK && z)
		e = add_zone_blocks(z, t);
	return e == OK && z ? add_zone_agents(z, env->model, t) : e;
}

void serve_zones(struct broker *b, struct message *m)
{
	serve_table(b, m, fill_zones);
}
