/* Network: interfaces and customers this script may see.  The broker sends them once, cut to the scope;
 * a loop over all ports then asks nobody.
 *
 *	network.path = "10.0.0.1>ethernet5";   network.interfaceId()  ->  "10.0.0.1>17" or null */
#include "script/bind_network.h"

#include "base/map.h"
#include "base/mem.h"

#include <stdio.h>

enum { C_AGENT, C_IFINDEX, C_NAME, C_ALIAS, C_SPEED, C_CUSTOMER, NCOLS };

static void network_free(void *data)
{
	struct network *n = data;
	mem_free(n->path);
	mem_free(n);
}

/* -- what the broker knows -------------------------------------------------------------------------- */

static enum err learn(struct worker *w, const struct result *t, size_t r)
{
	struct iface_note note = { .configured = true };
	const char *agent = t->col[C_AGENT].text[r];
	if (!agent || !addr_parse(agent, strlen(agent), &note.agent))
		return E_CORRUPT;
	note.ifindex = (uint32_t)t->col[C_IFINDEX].num[r];
	note.name = t->col[C_NAME].text[r];
	note.alias = t->col[C_ALIAS].text[r];
	note.speed = t->col[C_SPEED].num[r] > 0 ? (uint64_t)t->col[C_SPEED].num[r] : 0;
	enum err e = model_note(w->network, &note);
	const char *customer = t->col[C_CUSTOMER].text[r];
	if (e != OK || !customer)
		return e;
	char id[80];
	struct map_entry *entry;
	bool fresh;
	snprintf(id, sizeof(id), "%s>%u", agent, note.ifindex);
	e = map_put_str(w->owners, id, &entry, &fresh);
	if (e == OK && fresh)
		entry->ptr = mem_strdup(customer);
	return e;
}

static bool take_interfaces(void *arg, struct result *t)
{
	struct call *c = arg;
	struct worker *w = worker_self();
	enum err e = t->ncols == NCOLS ? OK : E_CORRUPT;
	if (e == OK && !w->owners && !(w->owners = mem_new0(1, sizeof(*w->owners))))
		e = E_NOMEM;
	if (e == OK)
		e = model_new(&w->network);
	for (size_t r = 0; r < t->nrows && e == OK; r++)
		e = learn(w, t, r);
	if (e != OK)
		throw_err(c->e, e, "Network");
	return e == OK;
}

static const struct model *known(struct call *c)
{
	struct worker *w = worker_self();
	if (w->network)
		return w->network;
	frame_begin(&w->frame, MSG_INTERFACES);
	if (worker_ask_tables(w, take_interfaces, c))
		return w->network;
	if (w->network)
		model_free(w->network);
	w->network = NULL;
	return NULL;
}

const struct iface *network_here(struct call *c, bool *ret_failed)
{
	const struct network *n = c->data;
	const struct model *m = known(c);
	*ret_failed = !m;
	return m && n->path[0] ? model_path(m, n->path, strlen(n->path)) : NULL;
}

static void id_of(const struct iface *i, char *ret, size_t size)
{
	char agent[ADDR_TEXT];
	snprintf(ret, size, "%s>%u", addr_format(&i->agent, agent), i->ifindex);
}

/* -- methods ------------------------------------------------------------------------------------------- */

static const struct val *current(struct call *c)
{
	struct network *n = mem_new0(1, sizeof(*n));
	if (n)
		n->path = mem_strdup("");
	if (!n || !n->path) {
		mem_free(n);
		return throw_err(c->e, E_NOMEM, "Network");
	}
	const struct val *v = object_new(c->e, &network_class, n);
	if (!v)
		network_free(n);
	return v;
}

/* "id" of where path stands, or null. */
static const struct val *text_here(struct call *c, void (*say)(const struct iface *i, char *ret, size_t size))
{
	bool failed;
	const struct iface *i = network_here(c, &failed);
	char text[1024] = "";
	if (failed)
		return NULL;
	if (i)
		say(i, text, sizeof(text));
	return val_text(c->e, text[0] ? text : NULL);
}

static void say_agent(const struct iface *i, char *ret, size_t size)
{
	char agent[ADDR_TEXT];
	snprintf(ret, size, "%s", addr_format(&i->agent, agent));
}

static void say_name(const struct iface *i, char *ret, size_t size)
{
	snprintf(ret, size, "%s", i->name);
}

static void say_alias(const struct iface *i, char *ret, size_t size)
{
	snprintf(ret, size, "%s", i->alias);
}

static void say_customer(const struct iface *i, char *ret, size_t size)
{
	char id[80];
	id_of(i, id, sizeof(id));
	const struct map_entry *owner = map_get_str(worker_self()->owners, id);
	snprintf(ret, size, "%s", owner && owner->ptr ? (const char *)owner->ptr : "");
}

static const struct val *interface_id(struct call *c)
{
	return text_here(c, id_of);
}

static const struct val *agent(struct call *c)
{
	return text_here(c, say_agent);
}

static const struct val *if_name(struct call *c)
{
	return text_here(c, say_name);
}

static const struct val *if_alias(struct call *c)
{
	return text_here(c, say_alias);
}

static const struct val *customer(struct call *c)
{
	return text_here(c, say_customer);
}

static const struct val *if_index(struct call *c)
{
	bool failed;
	const struct iface *i = network_here(c, &failed);
	return failed ? NULL : i ? val_number(c->e, i->ifindex) : val_null(c->e);
}

static const struct val *if_speed(struct call *c)
{
	bool failed;
	const struct iface *i = network_here(c, &failed);
	return failed ? NULL : i && i->speed ? val_number(c->e, (double)i->speed) : val_null(c->e);
}

static bool push(struct call *c, const struct val *list, size_t *n, const char *text)
{
	const struct val *s = val_text(c->e, text);
	return s && val_set_at(c->e, list, (*n)++, s);
}

/* Interfaces are ordered by agent, so each agent's first one tells of it. */
static const struct val *agents(struct call *c)
{
	const struct model *m = known(c);
	const struct val *list = m ? val_array(c->e, NULL, 0) : NULL;
	const struct addr *last = NULL;
	size_t n = 0;
	const struct iface *i;
	for (size_t k = 0; list && (i = model_at(m, k)); k++) {
		char text[ADDR_TEXT];
		if (last && addr_equal(last, &i->agent))
			continue;
		if (!push(c, list, &n, addr_format(&i->agent, text)))
			return NULL;
		last = &i->agent;
	}
	return list;
}

static const struct val *interfaces(struct call *c)
{
	const struct model *m = known(c);
	struct addr only = { 0 };
	char *name = NULL;
	if (!m || !arg_text_or_null(c, 0, "agent", &name))
		return NULL;
	bool good = !name || addr_parse(name, strlen(name), &only);
	mem_free(name);
	if (!good)
		return throw_type(c->e, "interfaces: agent: an address like \"10.0.0.1\" is wanted");
	const struct val *list = val_array(c->e, NULL, 0);
	size_t n = 0;
	const struct iface *i;
	for (size_t k = 0; list && (i = model_at(m, k)); k++) {
		char id[80];
		if (arg_given(c, 0) && !addr_equal(&i->agent, &only))
			continue;
		id_of(i, id, sizeof(id));
		if (!push(c, list, &n, id))
			return NULL;
	}
	return list;
}

static bool take_customers(void *arg, struct result *t)
{
	struct call *c = arg;
	struct worker *w = worker_self();
	if (t->ncols != 2) {
		throw_err(c->e, E_CORRUPT, "Network");
		return false;
	}
	w->customers = *t;
	w->has_customers = true;
	*t = (struct result){ 0 };
	return true;
}

/* [{id, name}, ...] in the mapping's order. */
static const struct val *customers(struct call *c)
{
	struct worker *w = worker_self();
	frame_begin(&w->frame, MSG_CUSTOMERS);
	if (!w->has_customers && !worker_ask_tables(w, take_customers, c))
		return NULL;
	const struct result *t = &w->customers;
	const struct val *list = val_array(c->e, NULL, 0);
	for (size_t r = 0; r < t->nrows && list; r++) {
		const struct val *o = val_object(c->e);
		if (!o || !val_set_at(c->e, list, r, o))
			return NULL;
		for (size_t k = 0; k < t->ncols; k++) {
			const struct val *v = table_cell(c->e, t, r, k);
			if (!v || !val_set(c->e, o, t->col[k].name, v))
				return NULL;
		}
	}
	return list;
}

static const struct val *get_path(struct call *c)
{
	const struct network *n = c->data;
	return val_text(c->e, n->path);
}

static const struct val *set_path(struct call *c)
{
	struct network *n = c->data;
	char *s = given(c->e, c->arg[0]) ? text_of(c->e, "Network.path", c->arg[0]) : mem_strdup("");
	if (!s)
		return NULL;
	mem_free(n->path);
	n->path = s;
	return val_undefined(c->e);
}

static const struct host_fn statics[] = {
	{ "current", current, "", "the network as it is known now" },
	{ 0 },
};

static const struct host_fn methods[] = {
	{ "zone", network_zone, "", "zone of what path names: an address, an interface (its agent's), or zone>group; null when it is in none" },
	{ "group", network_group, "", "its group, or null" },
	{ "zones", network_zones, "", "names of the zones; operators only, else none" },
	{ "groups", network_groups, "[zone]", "names of the groups, of one zone or all" },
	{ "cidrs", network_cidrs, "[zone]", "blocks of addresses of the zones, as text" },
	{ "locationMap", network_locations, "addresses", "the port each IP or MAC address is behind, \"agent>ifIndex\", or null" },
	{ "addressMap", network_addresses, "addresses", "the MAC address of each IP address and the IP address of each MAC address, or null" },
	{ "nameMap", network_names, "addresses", "the DNS name of each address, or null; operators only, where resolve is yes" },
	{ "interfaceId", interface_id, "", "\"agent>ifIndex\" of the interface path names, as filters and tables write it; null when there is none" },
	{ "agents", agents, "", "addresses of the agents" },
	{ "interfaces", interfaces, "[agent]", "ids of the interfaces, of one agent or all" },
	{ "customers", customers, "", "the customers: objects with id and name" },
	{ "agent", agent, "", "the agent of the interface path names, or null" },
	{ "ifName", if_name, "", "its ifName, or null" },
	{ "ifAlias", if_alias, "", "its ifAlias, or null" },
	{ "ifSpeed", if_speed, "", "its speed in bit/s, or null" },
	{ "ifIndex", if_index, "", "its ifIndex, or null" },
	{ "customer", customer, "", "id of the customer that owns it, or null" },
	{ 0 },
};

static const struct host_prop props[] = {
	{ "path", get_path, set_path, "where to look: \"agent>ifName\", \"agent>ifIndex\", \"zone>group\", an address" },
	{ 0 },
};

const struct host_class network_class = {
	.name = "Network",
	.methods = methods,
	.statics = statics,
	.props = props,
	.finalize = network_free,
	.help = "agents, interfaces and customers, as far as the script may see them",
};
