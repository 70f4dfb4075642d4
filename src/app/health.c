#include "app/health.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>

#define RATE_OVER (10 * USEC_PER_SEC)

/* By whom a row is about.  Several workers may hear one exporter: that is one row. */
struct health_key {
	struct addr address, agent;
	uint32_t version, domain;
};

void health_free(struct health *h)
{
	map_free(&h->index);
	mem_free(h->row);
	mem_free(h->over);
	*h = (struct health){ 0 };
}

/* -- exporters --------------------------------------------------------------------------------------- */

struct gathering {
	struct health *h;
	enum err bad;
};

static enum err new_row(struct health *h, struct health_row **ret)
{
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 64;
		void *row = mem_array(h->row, cap, sizeof(*h->row));
		if (!row)
			return E_NOMEM;
		h->row = row;
		h->cap = cap;
	}
	h->row[h->n] = (struct health_row){ .skew = SKEW_NONE };
	*ret = &h->row[h->n++];
	return OK;
}

static void add(struct health_row *r, const struct wire_exporter *x)
{
	r->datagrams += x->datagrams;
	r->records += x->records + x->samples;
	r->datagrams_lost += x->datagrams_lost;
	r->records_lost += x->records_lost;
	r->samples_dropped += x->samples_dropped;
	r->resets += x->resets;
	r->duplicates += x->duplicates;
	r->templates_changed += x->templates_changed;
	r->templates_withdrawn += x->templates_withdrawn;
	r->unread_sets += x->unread_sets;
	r->templates = MAX(r->templates, x->templates);
	if (x->samplingrate && (x->last_seen >= r->last_seen || !r->samplingrate)) {
		r->samplingrate = x->samplingrate;
		r->rate_from = x->rate_from;
	}
	if (x->clock_told && x->last_seen >= r->last_seen)
		r->skew = x->skew;
	if (x->shared) {
		r->shared.span = wire_span_join(&r->shared, x);
		r->shared.last_seen = MAX(r->shared.last_seen, x->last_seen);
		r->shared.shared = true;
	}
	r->first_seen = r->first_seen ? MIN(r->first_seen, x->first_seen) : x->first_seen;
	r->last_seen = MAX(r->last_seen, x->last_seen);
}

static void take(void *arg, const struct wire_exporter *x)
{
	struct gathering *g = arg;
	const struct health_key key = { .address = x->address, .agent = x->agent, .version = x->version, .domain = x->domain };
	struct map_entry *entry;
	struct health_row *r;
	bool fresh;
	if (g->bad != OK || !x->datagrams) /* known from the last run, and not heard since */
		return;
	if ((g->bad = map_put(&g->h->index, &key, sizeof(key), &entry, &fresh)) != OK)
		return;
	if (!fresh) {
		add(&g->h->row[entry->num], x);
		return;
	}
	entry->num = g->h->n;
	if ((g->bad = new_row(g->h, &r)) != OK)
		return;
	r->address = x->address;
	r->agent = x->agent;
	r->version = x->version;
	r->domain = x->domain;
	add(r, x);
}

/* Asked again and again, it stays the rate of some seconds. */
static void set_rate(const struct health_row *old, struct health_row *r, usec_t now)
{
	r->base = old ? old->base : r->first_seen;
	r->base_datagrams = old ? MIN(old->base_datagrams, r->datagrams) : 0;
	r->base_records = old ? MIN(old->base_records, r->records) : 0;
	usec_t since = MAX(now - r->base, old ? 0 : USEC_PER_SEC);
	if (since < USEC_PER_SEC) {
		r->datagrams_rate = old->datagrams_rate;
		r->records_rate = old->records_rate;
		return;
	}
	r->datagrams_rate = (double)(r->datagrams - r->base_datagrams) * 1e6 / (double)since;
	r->records_rate = (double)(r->records - r->base_records) * 1e6 / (double)since;
	if (since < RATE_OVER)
		return;
	r->base = now;
	r->base_datagrams = r->datagrams;
	r->base_records = r->records;
}

/* What none of the workers heard. */
static void add_span(struct health_row *r)
{
	const struct wire_span *s = &r->shared.span;
	uint64_t lost = s->len > s->heard ? s->len - s->heard : 0;
	if (r->version == 5)
		r->records_lost += lost;
	else
		r->datagrams_lost += lost;
}

static void set_rates(const struct health *old, struct health *h)
{
	for (size_t i = 0; i < h->n; i++) {
		struct health_row *r = &h->row[i];
		const struct health_key key = { .address = r->address, .agent = r->agent, .version = (uint32_t)r->version,
						.domain = (uint32_t)r->domain };
		const struct map_entry *entry = map_get(&old->index, &key, sizeof(key));
		set_rate(entry ? &old->row[entry->num] : NULL, r, h->when);
	}
}

/* -- what is known besides ---------------------------------------------------------------------------- */

static void set_text(char to[static HEALTH_TEXT], const char *from)
{
	snprintf(to, HEALTH_TEXT, "%s", from);
	for (char *p = to; *p; p++)
		if ((uint8_t)*p < ' ')
			*p = ' ';
}

static void set_configured(struct health *h, const struct config *config)
{
	for (size_t i = 0; i < h->n; i++) {
		struct health_row *r = &h->row[i];
		r->silent = h->when - r->last_seen > config->silent ? r->last_seen : 0;
		for (size_t k = 0; k < config->agents.n; k++) {
			const struct config_agent *a = &config->agents.at[k];
			if (addr_equal(&a->agent, &r->agent))
				set_text(r->name, a->name);
		}
	}
}

static enum err set_over(struct health *h, const struct caps *caps, const struct model *m)
{
	const struct cap_over *o;
	size_t n = caps_over(caps, &o);
	h->over = mem_new0(n + 1, sizeof(*h->over));
	if (!h->over)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct iface *is = model_iface(m, &o[i].agent, o[i].ifindex);
		h->over[i] = (struct over_row){ .agent = o[i].agent, .ifindex = o[i].ifindex, .speed = o[i].speed,
						.estimate = o[i].estimate, .minutes = o[i].minutes, .first = o[i].first,
						.last = o[i].last };
		set_text(h->over[i].ifname, is ? is->name : "");
	}
	h->nover = n;
	for (size_t i = 0; n && i < h->n; i++)
		for (size_t k = 0; k < n; k++)
			h->row[i].over += addr_equal(&h->row[i].agent, &o[k].agent);
	return OK;
}

enum err health_update(struct health *h, struct collector *c, const struct config *config, const struct caps *caps,
		       const struct model *m)
{
	struct health fresh = { .when = clock_now() };
	struct gathering g = { .h = &fresh };
	collector_exporters(c, take, &g);
	enum err err = g.bad == OK ? set_over(&fresh, caps, m) : g.bad;
	if (err != OK) {
		health_free(&fresh);
		return err;
	}
	for (size_t i = 0; i < fresh.n; i++)
		if (fresh.row[i].shared.shared)
			add_span(&fresh.row[i]);
	set_rates(h, &fresh);
	set_configured(&fresh, config);
	health_free(h);
	*h = fresh;
	return OK;
}
