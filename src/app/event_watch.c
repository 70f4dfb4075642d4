#include "app/event_watch.h"

#include "base/clock.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>

enum { MOST_KNOWN = 8192, SHARE = 100 /* of what was sent, one in so many may be lost */ };
#define FORGET_AFTER (30 * USEC_PER_DAY)

static const char file_name[] = "known";

struct known_key {
	struct addr address, agent;
	uint32_t version, domain;
};

struct event_watch {
	struct health known; /* rows as they were looked at last */
	bool changed;        /* since it was saved */
	usec_t began, over;  /* over: interfaces since then are told of */
	uint64_t drops[DROPS];
	uint64_t failures, unreadable;
};

/* -- exporters that are known --------------------------------------------------------------------- */

static struct known_key key_of(const struct health_row *r)
{
	return (struct known_key){ .address = r->address, .agent = r->agent, .version = (uint32_t)r->version, .domain = (uint32_t)r->domain };
}

static struct health_row *known_row(struct event_watch *w, const struct health_row *r)
{
	const struct known_key key = key_of(r);
	const struct map_entry *entry = map_get(&w->known.index, &key, sizeof(key));
	return entry ? &w->known.row[entry->num] : NULL;
}

/* NULL: there is no room.  Nothing of it was counted yet. */
static struct health_row *know(struct event_watch *w, const struct health_row *r)
{
	struct health *k = &w->known;
	const struct known_key key = key_of(r);
	struct map_entry *entry;
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 64;
		void *more = cap <= MOST_KNOWN ? mem_array(k->row, cap, sizeof(*k->row)) : NULL;
		if (!more)
			return NULL;
		k->row = more;
		k->cap = cap;
	}
	if (map_put(&k->index, &key, sizeof(key), &entry, NULL) != OK)
		return NULL;
	entry->num = k->n;
	k->row[k->n] = (struct health_row){ .address = r->address, .agent = r->agent, .version = r->version, .domain = r->domain,
					    .first_seen = r->first_seen, .last_seen = r->last_seen, .silent = r->silent };
	w->changed = true;
	return &k->row[k->n++];
}

enum err event_watch_new(int folder, struct event_watch **ret, enum err *ret_known)
{
	struct event_watch *w = mem_new0(1, sizeof(*w));
	_cleanup_(health_free) struct health h = { 0 };
	if (!w)
		return E_NOMEM;
	w->began = clock_now();
	*ret_known = health_read_as(folder, file_name, &h);
	for (size_t i = 0; i < h.n; i++)
		if (w->began - h.row[i].last_seen < FORGET_AFTER)
			(void)know(w, &h.row[i]);
	w->changed = false;
	*ret = w;
	return OK;
}

void event_watch_free(struct event_watch *w)
{
	if (!w)
		return;
	health_free(&w->known);
	mem_free(w);
}

enum err event_watch_save(struct event_watch *w, int folder)
{
	enum err err = w->changed ? health_write_as(&w->known, folder, file_name) : OK;
	w->changed &= err != OK;
	return err;
}

/* -- what became of them ----------------------------------------------------------------------------- */

struct looking {
	struct event_watch *w;
	struct events *e;
	const struct event_look *l;
};

/* "netflow9 domain 5", and who sends where that is another one than the agent. */
static const char *who(const struct health_row *r, char buf[static 160])
{
	char protocol[HEALTH_VALUE] = "", text[ADDR_TEXT];
	const char *said = "";
	for (size_t i = 0; i < nexporter_columns; i++)
		if (exporter_columns[i].kind == HK_PROTOCOL)
			said = health_value(&exporter_columns[i], r, protocol);
	bool other = !addr_equal(&r->address, &r->agent);
	snprintf(buf, 160, "%s domain %" PRIu64 "%s%s", said, r->domain, other ? ", sent by " : "", other ? addr_format(&r->address, text) : "");
	return buf;
}

static void post(const struct looking *g, enum event kind, const struct health_row *r, uint64_t value)
{
	char text[160];
	event_post(g->e, kind, &(struct event_about){ .agent = r->agent, .value = value }, "%s", who(r, text));
}

static void post_loss(const struct looking *g, enum event kind, const struct health_row *r, uint64_t lost, uint64_t heard)
{
	char text[160];
	if (lost * SHARE > lost + heard)
		event_post(g->e, kind, &(struct event_about){ .agent = r->agent, .value = lost }, "%.1f %% of %s",
			   (double)lost * 100 / (double)(lost + heard), who(r, text));
}

static uint64_t seconds(usec_t t)
{
	return t > 0 ? (uint64_t)(t / USEC_PER_SEC) : 0;
}

/* What only came late is not lost any more: then there is nothing new. */
static uint64_t more(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void look_at_losses(const struct looking *g, const struct health_row *k, const struct health_row *r)
{
	static const struct health_row none;
	const struct health_row *before = r->datagrams < k->datagrams ? &none : k; /* another collector counts from 0 */
	static const struct {
		enum event kind;
		size_t at;
	} counted[] = {
		{ EVENT_EXPORTER_RESET, offsetof(struct health_row, resets) },
		{ EVENT_TEMPLATE_MISSING, offsetof(struct health_row, unread_sets) },
		{ EVENT_TEMPLATE_CHANGED, offsetof(struct health_row, templates_changed) },
		{ EVENT_TEMPLATE_WITHDRAWN, offsetof(struct health_row, templates_withdrawn) },
	};
	for (size_t i = 0; i < COUNT_OF(counted); i++) {
		uint64_t n = more(*(const uint64_t *)(const void *)((const char *)r + counted[i].at),
				  *(const uint64_t *)(const void *)((const char *)before + counted[i].at));
		if (n)
			post(g, counted[i].kind, r, n);
	}
	uint64_t heard = more(r->records, before->records), lost = more(r->datagrams_lost, before->datagrams_lost);
	if (lost)
		post_loss(g, EVENT_LOSS_NETWORK, r, lost, more(r->datagrams, before->datagrams));
	else
		post_loss(g, EVENT_LOSS_NETWORK, r, more(r->records_lost, before->records_lost), heard);
	post_loss(g, EVENT_LOSS_AGENT, r, more(r->samples_dropped, before->samples_dropped), heard);
}

static void look_at_exporter(const struct looking *g, const struct health_row *r)
{
	struct health_row *k = known_row(g->w, r);
	if (!k && (k = know(g->w, r)))
		post(g, EVENT_EXPORTER_NEW, r, 0);
	if (!k)
		return;
	if (r->silent && !k->silent)
		post(g, EVENT_EXPORTER_SILENT, r, seconds(g->l->health->when - r->last_seen));
	if (!r->silent && k->silent)
		post(g, EVENT_EXPORTER_BACK, r, seconds(r->last_seen - k->silent));
	look_at_losses(g, k, r);
	g->w->changed |= !r->silent != !k->silent || r->last_seen / USEC_PER_HOUR != k->last_seen / USEC_PER_HOUR;
	*k = *r;
}

/* Of those that the collector does not know (any more): it was restarted, or has forgotten them. */
static void look_at_absent(const struct looking *g, struct health_row *k)
{
	usec_t now = g->l->health->when;
	if (k->silent || now - MAX(k->last_seen, g->w->began) <= g->l->silent)
		return;
	k->silent = k->last_seen;
	g->w->changed = true;
	post(g, EVENT_EXPORTER_SILENT, k, seconds(now - k->last_seen));
}

/* -- the rest --------------------------------------------------------------------------------------- */

static void look_at_interfaces(const struct looking *g)
{
	const struct health *h = g->l->health;
	usec_t newest = g->w->over;
	for (size_t i = 0; i < h->nover; i++) {
		const struct over_row *o = &h->over[i];
		if (o->first <= g->w->over)
			continue;
		newest = MAX(newest, o->first);
		event_post(g->e, EVENT_INTERFACE_OVER,
			   &(struct event_about){ .agent = o->agent, .ifindex = (uint32_t)o->ifindex, .value = o->estimate, .when = o->first },
			   "speed %" PRIu64 " bit/s", o->speed);
	}
	g->w->over = newest;
}

static void look_at_collector(const struct looking *g)
{
	struct event_watch *w = g->w;
	const struct upkeep_report *u = g->l->upkeep;
	for (unsigned d = 0; d < DROPS; d++) {
		uint64_t n = more(g->l->totals->drops[d], w->drops[d]);
		w->drops[d] = g->l->totals->drops[d];
		if (n)
			event_post(g->e, EVENT_LOSS_COLLECTOR, &(struct event_about){ .counter = d + 1, .value = n }, "%s: %s",
				   drop_name((enum drop)d), drop_help((enum drop)d));
	}
	if (u->failures > w->failures)
		event_post(g->e, EVENT_STORE_UPKEEP, &(struct event_about){ .value = u->failures - w->failures }, "%s", u->problem);
	if (u->unreadable > w->unreadable)
		event_post(g->e, EVENT_STORE_DAMAGED, &(struct event_about){ .value = u->unreadable }, "%s", "");
	w->failures = u->failures;
	w->unreadable = u->unreadable;
}

void event_watch_look(struct event_watch *w, struct events *e, const struct event_look *l)
{
	const struct looking g = { .w = w, .e = e, .l = l };
	for (size_t i = 0; i < l->health->n; i++)
		look_at_exporter(&g, &l->health->row[i]);
	for (size_t i = 0; i < w->known.n; i++)
		look_at_absent(&g, &w->known.row[i]);
	look_at_interfaces(&g);
	look_at_collector(&g);
}
