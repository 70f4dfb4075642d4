/* What the collector goes by has changed: the mapping of customers, zones.  Told as events, which are about no agent and
 * so the staff's alone; no name is in them, `weir customers diff` tells those. */
#include "app/collect.h"

#include "base/log.h"

void changes_begin(struct collecting *g)
{
	g->mapped = mapping_now(g->mapping);
}

struct counted {
	size_t of[CHANGE_TIME + 1];
};

static void count(void *arg, const struct customers_change *c)
{
	((struct counted *)arg)->of[c->kind]++;
}

static void tell_customers(struct collecting *g, const struct customers *before, const struct customers *after)
{
	struct counted k = { 0 };
	size_t n = 0;
	enum err err = OK;
	if (before && after)
		err = customers_compare(before, after, count, &k, &n);
	else if (after)
		n = k.of[CHANGE_NEW] = customers_count(after);
	else
		n = k.of[CHANGE_GONE] = customers_count(before);
	if (err != OK)
		log_error("customers: what changed: %s", err_text(err));
	event_post(g->events, EVENT_CUSTOMERS_CHANGED, &(struct event_about){ .value = n },
		   "customers %zu new, %zu gone; ports, MACs, blocks %zu gained, %zu lost, %zu at other times; names, resellers, privacy %zu",
		   k.of[CHANGE_NEW], k.of[CHANGE_GONE], k.of[CHANGE_GAINS], k.of[CHANGE_LOSES], k.of[CHANGE_TIME],
		   k.of[CHANGE_NAME] + k.of[CHANGE_PARENT] + k.of[CHANGE_PRIVACY]);
}

/* Of the same version there may be another object: a reload makes one. */
void changes_look(struct collecting *g)
{
	struct customers *now = mapping_now(g->mapping), *before = g->mapped;
	if (now != before && !(now && before && STREQ(customers_digest(now), customers_digest(before))))
		tell_customers(g, before, now);
	g->mapped = now;
	customers_free(before);
}

void changes_zones(struct collecting *g, const struct zones_changes *c)
{
	if (c->fresh + c->gone)
		event_post(g->events, EVENT_ZONES_CHANGED, &(struct event_about){ .value = c->fresh + c->gone },
			   "names, blocks, agents, ports of the boundary: %zu new, %zu gone", c->fresh, c->gone);
}
