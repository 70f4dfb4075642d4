/* Exporters, domains, their templates and what waits for them.  See exporter.h. */
#include "wire/exporter.h"

#include "base/mem.h"

struct domain_key {
	struct addr from, agent;
	uint32_t version, id, session, zero;
};

struct sampler_key {
	uint64_t kind, id;
};

enum { RECENT = 256 };

struct exporters {
	struct map addresses; /* struct addr -> struct exporter */
	struct map domains;   /* struct domain_key -> struct domain */
	struct domain *recent[RECENT]; /* a shortcut to those heard lately, by recent_slot() */
	size_t template_bytes, samplers, applications, held_bytes, sources;
	usec_t swept, squeezed; /* when all was looked through last: as usual, and for want of room */
	struct held *oldest, *newest;
};

static bool no_memory(struct wire *w, enum err e, enum reject full)
{
	return reject(w, e == E_LIMIT ? full : NF_NO_MEMORY);
}

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
	uint32_t slot = recent_slot(key);
	struct domain *d = all->recent[slot];
	if (d && is_domain(d, key))
		return d;
	struct map_entry *entry = map_get(&all->domains, key, sizeof(*key));
	if (!entry)
		squeeze(w, &key->from, now);
	d = entry ? entry->ptr : domain_make(w, key);
	if (d && !entry && w->nshared)
		share_domain(w, d);
	if (d)
		all->recent[slot] = d;
	return d;
}

struct domain *domain_get(struct wire *w, const struct datagram *from, const struct addr *agent,
			  uint16_t version, uint32_t id)
{
	struct exporters *all = exporters_get(w);
	if (!all)
		return NULL;
	if (from->received - all->swept >= SWEEP_EVERY * USEC_PER_SEC || from->received < all->swept) {
		all->swept = from->received;
		sweep(w, from->received, IDLE_AGE * USEC_PER_SEC);
	}
	struct domain_key key = { .from = from->from, .agent = *agent, .version = version, .id = id,
				  .session = from->session };
	struct domain *d = domain_find(w, &key, from->received);
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

bool sampler_at(const struct domain *d, size_t i, struct sampler *ret)
{
	if (i >= d->samplers.n)
		return false;
	const struct map_entry *entry = &d->samplers.at[i];
	struct sampler_key key = { 0 };
	if (entry->key)
		memcpy(&key, entry->key, sizeof(key));
	*ret = (struct sampler){ .kind = key.kind, .id = key.id, .rate = entry->key ? (uint32_t)entry->num : 0 };
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

/* ---- sequence numbers ------------------------------------------------------------------ */

/* What was counted as lost came after all; the totals may have been reset in between. */
static void found_again(uint64_t *total, uint64_t *told, uint64_t n)
{
	*total -= MIN(*total, n);
	*told -= MIN(*told, n);
}

enum sequence_seen domain_step(struct wire *w, struct domain *d, const struct arrival *a)
{
	struct wire_totals *t = &w->totals;
	if (d->told.shared) {
		share_step(d, a);
		return SEQ_NEXT;
	}
	if (sequence_next_datagram(&d->sequence, a))
		return SEQ_NEXT;
	if (sequence_learn(&d->sequence, a)) {
		found_again(&t->datagrams_lost, &d->told.datagrams_lost, d->told.datagrams_lost);
		found_again(&t->records_lost, &d->told.records_lost, d->told.records_lost);
		found_again(&t->duplicates, &d->told.duplicates, d->told.duplicates);
		found_again(&t->resets, &d->told.resets, d->told.resets);
	}
	bool datagrams = d->sequence.counts == COUNTS_DATAGRAMS;
	uint64_t *total = datagrams ? &t->datagrams_lost : &t->records_lost;
	uint64_t *told = datagrams ? &d->told.datagrams_lost : &d->told.records_lost;
	uint32_t n;
	enum sequence_seen seen = sequence_step(&d->sequence, a, &n);
	switch (seen) {
	case SEQ_FIRST:
	case SEQ_NEXT:
		break;
	case SEQ_GAP:
		*total += n;
		*told += n;
		break;
	case SEQ_LATE:
		found_again(total, told, n);
		break;
	case SEQ_DUPLICATE:
		t->duplicates++;
		d->told.duplicates++;
		break;
	case SEQ_RESET:
		t->resets++;
		d->told.resets++;
		d->round++;
		break;
	}
	return seen;
}

static struct source *source_place(struct source *at, uint32_t slots, uint32_t id, uint8_t kind)
{
	uint32_t i = source_hash(id, kind);
	for (;; i++) {
		struct source *s = &at[i & (slots - 1)];
		if (!s->kind || (s->id == id && s->kind == kind))
			return s;
	}
}

/* Twice the room, at least 16 places. */
static bool source_room(struct wire *w, struct domain *d)
{
	struct exporters *all = w->exporters;
	uint32_t slots = d->source_slots ? d->source_slots * 2 : 16;
	if (slots > MAX_SOURCE_SLOTS || all->sources + (slots - d->source_slots) > MAX_SOURCE_SLOTS_ALL)
		return reject(w, SF_SOURCES_FULL);
	struct source *more = mem_new0(slots, sizeof(*more));
	if (!more)
		return reject(w, NF_NO_MEMORY);
	for (uint32_t i = 0; i < d->source_slots; i++)
		if (d->sources[i].kind)
			*source_place(more, slots, d->sources[i].id, d->sources[i].kind) = d->sources[i];
	mem_free(d->sources);
	all->sources += slots - d->source_slots;
	d->sources = more;
	d->source_slots = slots;
	return true;
}

/* NULL when there is no room for one more. */
static struct source *source_get(struct wire *w, struct domain *d, const struct sample_number *n)
{
	struct source *s = d->source_slots ? source_place(d->sources, d->source_slots, n->source, n->kind) : NULL;
	if (s && s->kind)
		return s;
	if (!s || d->nsources * 2 >= d->source_slots) {
		if (!source_room(w, d))
			return NULL;
		s = source_place(d->sources, d->source_slots, n->source, n->kind);
	}
	d->nsources++;
	*s = (struct source){ .id = n->source, .kind = n->kind, .round = (uint16_t)(d->round - 1) };
	return s;
}

/* The number is not the one that should have come. */
static void source_jumped(struct wire *w, struct domain *d, const struct sample_number *n, uint32_t gap)
{
	if (n->datagram == SEQ_LATE) {
		found_again(&w->totals.records_lost, &d->told.records_lost, 1);
	} else if (gap <= SEQUENCE_LEAP_DATAGRAMS) {
		w->totals.records_lost += gap;
		d->told.records_lost += gap;
	} else { /* this source alone: its sampling was set up anew */
		w->totals.resets++;
		d->told.resets++;
	}
}

void source_step(struct wire *w, struct domain *d, const struct sample_number *n)
{
	if (n->datagram == SEQ_DUPLICATE || d->told.shared)
		return;
	struct source *s = source_get(w, d, n);
	if (!s)
		return;
	uint32_t gap = n->number - s->next, dropped = n->drops - s->drops;
	if (s->round == d->round) {
		if (gap)
			source_jumped(w, d, n, gap);
		if (n->datagram == SEQ_LATE && gap > UINT32_MAX / 2)
			return; /* newer ones were here before it */
		if (dropped && dropped <= SEQUENCE_LEAP_RECORDS) {
			w->totals.samples_dropped += dropped;
			d->told.samples_dropped += dropped;
		}
	}
	s->round = d->round;
	s->next = n->number + 1;
	s->drops = n->drops;
}

/* ---- templates ------------------------------------------------------------------------ */

/* Where the template stands or would stand. */
static size_t template_place(const struct domain *d, uint16_t id)
{
	size_t low = 0, high = d->ntemplates;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->templates[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct template *domain_template(const struct domain *d, uint16_t id)
{
	size_t at = template_place(d, id);
	return at < d->ntemplates && d->templates[at]->id == id ? d->templates[at] : NULL;
}

/* Room for one more.  What was allocated stays when it fails. */
static enum err template_room(struct domain *d)
{
	if (d->ntemplates == MAX_TEMPLATES)
		return E_LIMIT;
	if (d->ntemplates < d->template_room)
		return OK;
	size_t room = d->template_room ? d->template_room * 2 : 4;
	struct template **more = mem_array(d->templates, room, sizeof(struct template *));
	if (!more)
		return E_NOMEM;
	d->templates = more;
	d->template_room = room;
	return OK;
}

bool domain_define(struct wire *w, struct domain *d, struct template *t, bool *ret_new)
{
	struct exporters *all = w->exporters;
	struct template *old = domain_template(d, t->id);
	enum err e = old ? OK : template_room(d);
	if (e != OK) {
		template_free(t);
		return no_memory(w, e, NF_TEMPLATES_FULL);
	}
	if (all->template_bytes - (old ? old->bytes : 0) + t->bytes > MAX_TEMPLATE_BYTES) {
		template_free(t);
		return reject(w, NF_TEMPLATE_MEMORY);
	}
	all->template_bytes = all->template_bytes - (old ? old->bytes : 0) + t->bytes;
	struct template **at = d->templates + template_place(d, t->id);
	if (!old)
		memmove(at + 1, at, (size_t)(d->templates + d->ntemplates++ - at) * sizeof(*at));
	*at = t;
	*ret_new = !old;
	template_free(old);
	return true;
}

void domain_withdraw(struct wire *w, struct domain *d, uint16_t id)
{
	struct template *t = domain_template(d, id);
	if (!t)
		return; /* sent again to be sure, or before we listened */
	struct template **at = d->templates + template_place(d, id);
	memmove(at, at + 1, (size_t)(d->templates + --d->ntemplates - at) * sizeof(*at));
	w->exporters->template_bytes -= t->bytes;
	template_free(t);
}

void domain_withdraw_all(struct wire *w, struct domain *d, bool options)
{
	for (size_t i = d->ntemplates; i-- > 0;) {
		if (d->templates[i]->options == options)
			domain_withdraw(w, d, d->templates[i]->id);
	}
}

/* ---- sampling rates ------------------------------------------------------------------- */

void domain_set_rate(struct wire *w, struct domain *d, enum sampler_kind kind, uint64_t id, uint32_t rate)
{
	struct exporters *all = w->exporters;
	struct sampler_key key = { .kind = kind, .id = id };
	struct map_entry *entry = map_get(&d->samplers, &key, sizeof(key));
	if (!entry) {
		if (all->samplers == MAX_SAMPLERS_ALL) {
			reject(w, NF_SAMPLERS_FULL);
			return;
		}
		enum err e = map_put(&d->samplers, &key, sizeof(key), &entry, NULL);
		if (e != OK) {
			no_memory(w, e, NF_SAMPLERS_FULL);
			return;
		}
		all->samplers++;
	}
	entry->num = rate;
}

uint32_t domain_rate(const struct domain *d, enum sampler_kind kind, uint64_t id)
{
	struct sampler_key key = { .kind = kind, .id = id };
	if (!d->samplers.live)
		return 0;
	struct map_entry *entry = map_get(&d->samplers, &key, sizeof(key));
	return entry ? (uint32_t)entry->num : 0;
}

/* ---- applications --------------------------------------------------------------------- */

void domain_set_application(struct wire *w, struct domain *d, const struct cur *id, const struct cur *name)
{
	struct exporters *all = w->exporters;
	char text[MAX_NAME];
	struct map_entry *entry;
	if (!cur_left(id) || cur_left(id) > MAX_NAME || !clean_text(name->pos, cur_left(name), text, sizeof(text)))
		return;
	struct application *known = domain_application(d, id);
	if (known && STREQ(known->text, text))
		return;
	if (!known && all->applications == MAX_APPLICATIONS_ALL) {
		reject(w, NF_APPLICATIONS_FULL);
		return;
	}
	size_t len = strlen(text);
	struct application *a = mem_new0(1, sizeof(*a) + len + 1);
	enum err e = a ? map_put(&d->applications, id->pos, cur_left(id), &entry, NULL) : E_NOMEM;
	if (e != OK) {
		mem_free(a);
		no_memory(w, e, NF_APPLICATIONS_FULL);
		return;
	}
	all->applications += !known;
	mem_free(known);
	a->len = len;
	memcpy(a->text, text, len + 1);
	entry->ptr = a;
}

struct application *domain_application(const struct domain *d, const struct cur *id)
{
	struct map_entry *entry = d->applications.live ? map_get(&d->applications, id->pos, cur_left(id)) : NULL;
	return entry ? entry->ptr : NULL;
}

/* ---- data sets that wait --------------------------------------------------------------- */

static size_t held_size(size_t len)
{
	return sizeof(struct held) + len;
}

/* Out of both lists; `before` is the one before it in its domain, NULL = it is the first. */
static void held_unlink(struct wire *w, struct held *h, struct held *before)
{
	struct exporters *all = w->exporters;
	struct domain *d = h->domain;
	*(before ? &before->next : &d->held) = h->next;
	if (d->held_end == h)
		d->held_end = before;
	*(h->older ? &h->older->newer : &all->oldest) = h->newer;
	*(h->newer ? &h->newer->older : &all->newest) = h->older;
	d->exporter->held_sets--;
	d->exporter->held_bytes -= held_size(h->len);
	all->held_bytes -= held_size(h->len);
}

/* The oldest of all is the first of its domain too. */
static void held_drop_oldest(struct wire *w)
{
	struct held *h = w->exporters->oldest;
	held_unlink(w, h, NULL);
	mem_free(h);
	reject(w, NF_HELD_DROPPED);
}

void held_add(struct wire *w, struct domain *d, const struct message *m, uint16_t template_id,
	      const struct cur *body)
{
	struct exporters *all = w->exporters;
	size_t len = cur_left(body), size = held_size(len);
	if (d->exporter->held_sets == MAX_HELD_SETS || d->exporter->held_bytes + size > MAX_HELD_BYTES) {
		reject(w, NF_HELD_FULL);
		return;
	}
	while (all->held_bytes + size > MAX_HELD_BYTES_ALL)
		held_drop_oldest(w);
	struct held *h = mem_alloc(size);
	if (!h) {
		reject(w, NF_NO_MEMORY);
		return;
	}
	*h = (struct held){ .older = all->newest, .domain = d, .message = *m, .template_id = template_id, .len = len };
	memcpy(h->data, body->pos, len);
	*(d->held_end ? &d->held_end->next : &d->held) = h;
	d->held_end = h;
	*(all->newest ? &all->newest->newer : &all->oldest) = h;
	all->newest = h;
	d->exporter->held_sets++;
	d->exporter->held_bytes += size;
	all->held_bytes += size;
}

struct held *held_take(struct wire *w, struct domain *d, uint16_t template_id)
{
	for (struct held *h = d->held, *before = NULL; h; before = h, h = h->next)
		if (h->template_id == template_id) {
			held_unlink(w, h, before);
			return h;
		}
	return NULL;
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
	if (--d->exporter->domains == 0) {
		map_remove(&all->addresses, &d->told.address, sizeof(d->told.address));
		mem_free(d->exporter);
	}
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
