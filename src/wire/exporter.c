/* Exporters and their domains: found, made, and forgotten.  See exporter.h. */
#include "wire/exporters.h"

#include "base/mem.h"

struct domain_key {
	struct addr from, agent;
	uint32_t version, id, session, zero;
};

static void sweep(struct wire *w, usec_t now, usec_t idle);

/* ---- domains -------------------------------------------------------------------------- */

static struct exporter *exporter_get(struct wire *w, const struct addr *from)
{
	struct exporters *all = w->exporters;
	struct map_entry *entry = map_get(&all->addresses, from, sizeof(*from));
	if (entry)
		return entry->ptr;
	struct exporter *x = mem_new0(1, sizeof(*x));
	enum err e = x ? map_put(&all->addresses, from, sizeof(*from), &entry, NULL) : E_NOMEM;
	if (e != OK) {
		no_memory(w, e, NF_EXPORTERS_FULL);
		mem_free(x);
		return NULL;
	}
	entry->ptr = x;
	return x;
}

/* With its last domain an exporter goes. */
static void exporter_leave(struct exporters *all, struct exporter *x, const struct addr *from)
{
	if (x->domains)
		return;
	map_remove(&all->addresses, from, sizeof(*from));
	mem_free(x);
}

static struct domain *domain_make(struct wire *w, const struct domain_key *key)
{
	struct exporters *all = w->exporters;
	struct exporter *x = exporter_get(w, &key->from);
	if (!x)
		return NULL;
	if (x->domains == MAX_DOMAINS) {
		reject(w, NF_DOMAINS_FULL);
		return NULL;
	}
	struct map_entry *entry;
	struct domain *d = mem_new0(1, sizeof(*d));
	enum err e = d ? map_put(&all->domains, key, sizeof(*key), &entry, NULL) : E_NOMEM;
	if (e != OK) {
		no_memory(w, e, NF_DOMAINS_FULL);
		mem_free(d);
		exporter_leave(all, x, &key->from);
		return NULL;
	}
	d->exporter = x;
	d->told = (struct wire_exporter){
		.address = key->from, .agent = key->agent, .version = (uint16_t)key->version, .domain = key->id,
		.session = key->session,
	};
	d->sequence.counts = key->version > WIRE_SFLOW || key->version == 9 ? COUNTS_DATAGRAMS : COUNTS_RECORDS;
	d->samplers.ceiling = MAX_SAMPLERS;
	d->applications.ceiling = MAX_APPLICATIONS;
	x->domains++;
	entry->ptr = d;
	return d;
}

static struct exporters *exporters_get(struct wire *w)
{
	struct exporters *all = w->exporters;
	if (all)
		return all;
	all = w->exporters = mem_new0(1, sizeof(*all));
	if (!all) {
		reject(w, NF_NO_MEMORY);
		return NULL;
	}
	all->addresses.ceiling = MAX_EXPORTERS;
	all->domains.ceiling = MAX_DOMAINS_ALL;
	return all;
}

/* Addresses mostly differ in their last bytes.  Who makes them collide only makes himself slower. */
static uint32_t recent_slot(const struct domain_key *key)
{
	uint32_t x = load_be32(key->from.b + 12) ^ load_be32(key->agent.b + 12) * 3 ^ key->id * 5 ^ key->version ^
		     key->session * 7;
	return (x * 2654435761u) >> 24;
}

static bool is_domain(const struct domain *d, const struct domain_key *key)
{
	return d->told.domain == key->id && d->told.version == key->version && d->told.session == key->session &&
	       addr_equal(&d->told.address, &key->from) && addr_equal(&d->told.agent, &key->agent);
}

/* Where there is no room for one more, those who were silent for a while make some. */
static void squeeze(struct wire *w, const struct addr *from, usec_t now)
{
	struct exporters *all = w->exporters;
	const struct map_entry *entry = map_get(&all->addresses, from, sizeof(*from));
	const struct exporter *x = entry ? entry->ptr : NULL;
	bool full = all->domains.live == MAX_DOMAINS_ALL || (x ? x->domains == MAX_DOMAINS : all->addresses.live == MAX_EXPORTERS);
	if (!full || (now >= all->squeezed && now - all->squeezed < SWEEP_EVERY * USEC_PER_SEC))
		return;
	all->squeezed = now;
	sweep(w, now, IDLE_AGE_FULL * USEC_PER_SEC);
}

static struct domain *domain_find(struct wire *w, const struct domain_key *key, usec_t now)
{
	struct exporters *all = w->exporters;
	struct map_entry *entry = map_get(&all->domains, key, sizeof(*key));
	if (!entry)
		squeeze(w, &key->from, now);
	struct domain *d = entry ? entry->ptr : domain_make(w, key);
	if (d && !entry && w->nshared)
		share_domain(w, d);
	if (d)
		all->recent[recent_slot(key)] = d;
	return d;
}

/* Once a minute all are looked through; who was not heard lately is found in the map. */
static __attribute__((noinline)) struct domain *domain_get_rare(struct wire *w, const struct domain_key *key, usec_t now)
{
	struct exporters *all = exporters_get(w);
	if (!all)
		return NULL;
	if (now - all->swept >= SWEEP_EVERY * USEC_PER_SEC || now < all->swept) {
		all->swept = now;
		sweep(w, now, IDLE_AGE * USEC_PER_SEC);
	}
	return domain_find(w, key, now);
}

struct domain *domain_get(struct wire *w, const struct datagram *from, const struct addr *agent,
			  uint16_t version, uint32_t id)
{
	const struct exporters *all = w->exporters;
	const struct domain_key key = { .from = from->from, .agent = *agent, .version = version, .id = id,
					.session = from->session };
	struct domain *d = all ? all->recent[recent_slot(&key)] : NULL;
	if (!d || !is_domain(d, &key) || (uint64_t)(from->received - all->swept) >= SWEEP_EVERY * (uint64_t)USEC_PER_SEC)
		d = domain_get_rare(w, &key, from->received);
	if (!d)
		return NULL;
	if (!d->told.datagrams++)
		d->told.first_seen = from->received;
	d->told.last_seen = from->received;
	return d;
}

struct domain *domain_again(struct wire *w, const struct datagram *from, uint16_t version, uint32_t id)
{
	struct domain_key key = { .from = from->from, .agent = from->from, .version = version, .id = id };
	struct domain *d = exporters_get(w) ? domain_find(w, &key, from->received) : NULL;
	if (d && !d->told.datagrams)
		d->told.first_seen = d->told.last_seen = MAX(d->told.last_seen, from->received);
	return d;
}

const struct domain *domain_known(const struct wire *w, const struct datagram *d, uint16_t version, uint32_t id)
{
	struct domain_key key = { .from = d->from, .agent = d->from, .version = version, .id = id, .session = d->session };
	struct map_entry *entry = w->exporters ? map_get(&w->exporters->domains, &key, sizeof(key)) : NULL;
	return entry ? entry->ptr : NULL;
}

const struct domain *domain_zero(const struct wire *w, const struct domain *d)
{
	struct domain_key key = { .from = d->told.address, .agent = d->told.agent, .version = d->told.version,
				  .session = d->told.session };
	struct map_entry *entry = map_get(&w->exporters->domains, &key, sizeof(key));
	return entry ? entry->ptr : NULL;
}

bool domain_at(const struct wire *w, size_t i, struct domain **ret)
{
	const struct exporters *all = w->exporters;
	if (!all || i >= all->domains.n)
		return false;
	*ret = all->domains.at[i].key ? all->domains.at[i].ptr : NULL;
	return true;
}

void wire_exporters(const struct wire *w, void (*each)(void *arg, const struct wire_exporter *x), void *arg)
{
	struct domain *d;
	for (size_t i = 0; domain_at(w, i, &d); i++) {
		if (!d)
			continue;
		struct wire_exporter x = d->told;
		x.templates = d->ntemplates;
		each(arg, &x);
	}
}

/* ---- forgetting, and the end ----------------------------------------------------------- */

static void domain_free(struct domain *d)
{
	for (size_t i = 0; i < d->ntemplates; i++)
		template_free(d->templates[i]);
	mem_free(d->templates);
	mem_free(d->sources);
	map_free(&d->samplers);
	for (size_t i = 0; i < d->applications.n; i++)
		mem_free(d->applications.at[i].ptr);
	map_free(&d->applications);
	mem_free(d);
}

/* Out of all that counts it; its entry in the map of domains stays. */
static void domain_forget(struct wire *w, struct domain *d)
{
	struct exporters *all = w->exporters;
	while (d->held) {
		struct held *h = d->held;
		held_unlink(w, h, NULL);
		mem_free(h);
		reject(w, NF_HELD_OLD);
	}
	for (size_t i = 0; i < d->ntemplates; i++)
		all->template_bytes -= d->templates[i]->bytes;
	all->samplers -= d->samplers.live;
	all->applications -= d->applications.live;
	all->sources -= d->source_slots;
	d->exporter->domains--;
	exporter_leave(all, d->exporter, &d->told.address);
	domain_free(d);
}

/* Drops what waited too long, and sources that were silent longer than `idle`. */
static void sweep(struct wire *w, usec_t now, usec_t idle)
{
	struct exporters *all = w->exporters;
	while (all->oldest && now - all->oldest->message.received > HELD_AGE * USEC_PER_SEC) {
		struct held *h = all->oldest;
		held_unlink(w, h, NULL);
		mem_free(h);
		reject(w, NF_HELD_OLD);
	}
	for (size_t i = 0; i < all->domains.n; i++) {
		struct map_entry *entry = &all->domains.at[i];
		struct domain *d = entry->key ? entry->ptr : NULL;
		if (!d || d->told.session || now - d->told.last_seen <= idle)
			continue; /* a connection ends by itself */
		domain_forget(w, d);
		map_remove(&all->domains, entry->key, entry->len);
		memset(all->recent, 0, sizeof(all->recent));
	}
}

void wire_leave_exporter(struct wire *w, const struct addr *from)
{
	struct domain *d;
	for (size_t i = 0; domain_at(w, i, &d); i++)
		if (d && addr_equal(&d->told.address, from))
			d->left = true;
}

void wire_forget_exporter(struct wire *w, const struct addr *from)
{
	struct exporters *all = w->exporters;
	for (size_t i = 0; all && i < all->domains.n; i++) {
		struct map_entry *entry = &all->domains.at[i];
		struct domain *d = entry->key ? entry->ptr : NULL;
		if (!d || !domain_is_kept(d) || !addr_equal(&d->told.address, from))
			continue;
		domain_forget(w, d);
		map_remove(&all->domains, entry->key, entry->len);
		memset(all->recent, 0, sizeof(all->recent));
	}
}

static void add_numbers(struct domain *d, const struct wire_exporter *ended)
{
	struct wire_exporter *to = &d->told;
	to->first_seen = to->datagrams ? MIN(to->first_seen, ended->first_seen) : ended->first_seen;
	to->last_seen = MAX(to->last_seen, ended->last_seen);
	if (ended->samplingrate) {
		to->samplingrate = ended->samplingrate;
		to->rate_from = ended->rate_from;
	}
	if (ended->clock_told) {
		to->skew = ended->skew;
		to->clock_told = true;
	}
	to->datagrams += ended->datagrams;
	to->records += ended->records;
	to->samples += ended->samples;
	to->datagrams_lost += ended->datagrams_lost;
	to->records_lost += ended->records_lost;
	to->samples_dropped += ended->samples_dropped;
	to->resets += ended->resets;
	to->duplicates += ended->duplicates;
	to->templates_changed += ended->templates_changed;
	to->templates_withdrawn += ended->templates_withdrawn;
	to->unread_sets += ended->unread_sets;
}

void wire_session_end(struct wire *w, uint32_t session)
{
	struct exporters *all = w->exporters;
	struct domain *ended = NULL;
	if (!all || !session)
		return;
	for (size_t i = 0; i < all->domains.n; i++) {
		struct map_entry *entry = &all->domains.at[i];
		struct domain *d = entry->key ? entry->ptr : NULL;
		if (!d || d->told.session != session)
			continue;
		d->ended = ended;
		ended = d;
		map_remove(&all->domains, entry->key, entry->len);
	}
	memset(all->recent, 0, sizeof(all->recent));
	for (struct domain *next; ended; ended = next) { /* the map grows again only now */
		struct wire_exporter told = ended->told;
		struct domain_key key = { .from = told.address, .agent = told.agent, .version = told.version, .id = told.domain };
		next = ended->ended;
		domain_forget(w, ended);
		struct domain *d = domain_find(w, &key, told.last_seen);
		if (d)
			add_numbers(d, &told);
	}
}

void exporters_free(struct exporters *all)
{
	if (!all)
		return;
	for (struct held *h = all->oldest, *next; h; h = next) {
		next = h->newer;
		mem_free(h);
	}
	for (size_t i = 0; i < all->domains.n; i++)
		if (all->domains.at[i].key)
			domain_free(all->domains.at[i].ptr);
	for (size_t i = 0; i < all->addresses.n; i++)
		if (all->addresses.at[i].key)
			mem_free(all->addresses.at[i].ptr);
	map_free(&all->domains);
	map_free(&all->addresses);
	mem_free(all);
}
