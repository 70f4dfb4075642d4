/* A customer's own: which rows it may see, and what of them.
 *
 * Whose a row is, model/attribution.h says, by the rule of the scope.  What a customer may see of a
 * field is a property of the field's row in fields.def: SHOW_ALL is copied, and nothing else but what
 * stands here by name.  So a new field stays at home until somebody decides.  Of those that a customer
 * sees of its own only (SHOW_OWN), ports go along when they are its own, MACs when they are its own, VLANs with
 * the port of their side.  Under a privacy level an end that is not the customer's goes veiled (model/privacy.h).
 * The sampling rate goes along because without it bytes mean nothing; the
 * agent's address does not: agents are numbered as the customer's ports name them. */
#include "collect/forward_in.h"

#include "base/mem.h"

/* -- what may be seen -------------------------------------------------------------------------------------- */

#define SEE_ALL(name)   to->name = from->name;
#define SEE_OWN(name)
#define SEE_STAFF(name)
#define TRAFFIC(name, type, storage, unit, role, codec, show, help) SEE_##show(name)

static void see_traffic(const struct flow_rec *from, struct flow_rec *to)
{
	*to = (struct flow_rec){ 0 };
#include "flow/fields.def"
}

bool own_set_has(const struct own_question *q, uint32_t set)
{
	size_t n, low = 0;
	const uint32_t *member = owner_set(q->sets, set, &n);
	for (size_t high = n; low < high;) {
		size_t middle = low + (high - low) / 2;
		if (member[middle] < q->own->index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && member[low] == q->own->index;
}

static bool owns_port(const struct own_question *q, const struct addr *agent, uint32_t ifindex, usec_t when)
{
	uint32_t set = 0;
	return ifindex && customers_owners_of_port(q->owners, q->sets, agent, ifindex, when, &set) == OK &&
	       own_set_has(q, set);
}

/* A row with nothing but that MAC. */
static bool owns_mac(const struct own_question *q, uint64_t mac, uint64_t time)
{
	const struct flow_rec alone = { .time = time, .macsource = mac };
	uint32_t set = 0;
	return mac && customers_owners_of(q->owners, q->sets, &alone, SIDE_SOURCE, &set) == OK && own_set_has(q, set);
}

static bool owns_end(const struct own_question *q, const struct flow_rec *rec, enum flow_side side)
{
	uint32_t set = 0;
	return customers_owners_of(q->owners, q->sets, rec, side, &set) == OK && own_set_has(q, set);
}

void own_flow(const struct own_question *q, const struct flow_rec *rec, struct flow_rec *ret, bool *ret_port)
{
	bool in = owns_port(q, &rec->agent, rec->inputinterface, (usec_t)rec->time);
	bool out = owns_port(q, &rec->agent, rec->outputinterface, (usec_t)rec->time);
	see_traffic(rec, ret);
	ret->exporttype = rec->exporttype; /* how to encode it */
	ret->samplingrate = rec->samplingrate;
	if (in) {
		ret->inputinterface = rec->inputinterface;
		ret->vlansource = rec->vlansource;
		ret->vlaninner = rec->vlaninner;
	}
	if (out) {
		ret->outputinterface = rec->outputinterface;
		ret->vlandestination = rec->vlandestination;
	}
	if (owns_mac(q, rec->macsource, rec->time))
		ret->macsource = rec->macsource;
	if (owns_mac(q, rec->macdestination, rec->time))
		ret->macdestination = rec->macdestination;
	if (q->own->privacy.level != PRIVACY_NONE) { /* whatever an address sends: what will come of a day is not known */
		unsigned ends = (owns_end(q, rec, SIDE_SOURCE) ? 0u : END_SOURCE) | (owns_end(q, rec, SIDE_DESTINATION) ? 0u : END_DESTINATION);
		privacy_veil(&q->own->privacy, q->own->block, q->own->nblock, ends, ret);
	}
	*ret_port = in || out;
}

/* All that counters of a port of its own tell is its own too, but for whose they are. */
bool own_counters(const struct own_question *q, const struct ifcounters_rec *rec, struct ifcounters_rec *ret)
{
	if (!owns_port(q, &rec->agent, rec->interface, (usec_t)rec->time))
		return false;
	*ret = *rec;
	ret->agent = (struct addr){ 0 };
	return true;
}

/* -- agents, as the customer knows them --------------------------------------------------------------------- */

uint32_t own_agent(const struct own *o, const struct addr *agent)
{
	for (size_t i = 0; i < o->nagents; i++)
		if (addr_equal(&o->agent[i], agent))
			return (uint32_t)i + 1;
	return 0;
}

static enum err add_agent(struct own *o, const struct addr *agent)
{
	if (own_agent(o, agent))
		return OK;
	if (o->nagents == MAX_OWN_AGENTS)
		return E_LIMIT;
	struct addr *more = mem_array(o->agent, o->nagents + 1, sizeof(*more));
	if (more)
		o->agent = more;
	struct outgoing **out = more ? mem_array(o->out, o->nagents + 2, sizeof(struct outgoing *)) : NULL;
	if (!out)
		return E_NOMEM;
	if (!o->out)
		out[0] = NULL;
	o->out = out;
	o->agent[o->nagents++] = *agent;
	o->out[o->nagents] = NULL;
	return OK;
}

/* The customer itself, or one below it. */
static bool is_or_below(const struct customers *mapping, const struct customer *c, const struct customer *top)
{
	for (; c; c = c->parent ? customers_find(mapping, c->parent, strlen(c->parent)) : NULL)
		if (c == top)
			return true;
	return false;
}

static enum err add_blocks(struct own *o, const struct customer *c)
{
	struct arange *more = mem_array(o->block, o->nblock + c->ncidr + 1, sizeof(*more));
	if (!more)
		return E_NOMEM;
	o->block = more;
	for (size_t k = 0; k < c->ncidr; k++, o->nblock++)
		prefix_range(&c->cidr[k].prefix, &more[o->nblock].lo, &more[o->nblock].hi);
	return OK;
}

enum err own_learn(struct own *o, const struct customers *mapping, uint32_t index)
{
	const struct customer *top = customers_at(mapping, index), *c;
	enum err err = OK;
	o->privacy = customers_privacy(mapping, top);
	o->nblock = 0;
	for (size_t i = 0; (c = customers_at(mapping, i)) && err == OK; i++) {
		if (!is_or_below(mapping, c, top))
			continue;
		err = add_blocks(o, c);
		for (size_t k = 0; k < c->nport && err == OK; k++)
			err = add_agent(o, &c->port[k].agent);
	}
	o->nblock = privacy_join(o->block, o->nblock);
	return err;
}

struct outgoing *own_outgoing(struct own *o, uint32_t agent, usec_t now)
{
	if (!o->out && !(o->out = mem_new0(1, sizeof(struct outgoing *))))
		return NULL;
	if (!o->out[agent] && outgoing_new(agent, now, &o->out[agent]) != OK)
		return NULL;
	return o->out[agent];
}

void own_free(struct own *o)
{
	for (size_t i = 0; o->out && i <= o->nagents; i++)
		outgoing_free(o->out[i]);
	mem_free(o->out);
	mem_free(o->agent);
	mem_free(o->block);
}
