/* Exporters, domains, their templates and what waits for them.  See exporter.h. */
#include "wire/exporter.h"

#include "base/mem.h"

struct domain_key {
	struct addr from;
	uint32_t version, id;
};

struct sampler_key {
	uint64_t kind, id;
};

struct exporters {
	struct map addresses; /* struct addr -> struct exporter */
	struct map domains;   /* struct domain_key -> struct domain */
	struct domain *last;  /* the domain of the last datagram: most often the next one's too */
	size_t template_bytes, samplers, held_bytes;
	struct held *oldest, *newest;
};

static bool no_memory(struct wire *w, enum err e, enum reject full)
{
	return reject(w, e == E_LIMIT ? full : NF_NO_MEMORY);
}

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
	d->from = key->from;
	d->version = (uint16_t)key->version;
	d->id = key->id;
	d->samplers.ceiling = MAX_SAMPLERS;
	x->domains++;
	entry->ptr = d;
	return d;
}

struct domain *domain_get(struct wire *w, const struct addr *from, uint16_t version, uint32_t id)
{
	struct exporters *all = w->exporters;
	if (!all) {
		all = w->exporters = mem_new0(1, sizeof(*all));
		if (!all) {
			reject(w, NF_NO_MEMORY);
			return NULL;
		}
		all->addresses.ceiling = MAX_EXPORTERS;
		all->domains.ceiling = MAX_DOMAINS_ALL;
	}
	struct domain *d = all->last;
	if (d && d->id == id && d->version == version && addr_equal(&d->from, from))
		return d;
	struct domain_key key = { .from = *from, .version = version, .id = id };
	struct map_entry *entry = map_get(&all->domains, &key, sizeof(key));
	d = entry ? entry->ptr : domain_make(w, &key);
	if (d)
		all->last = d;
	return d;
}

const struct domain *domain_zero(const struct wire *w, const struct domain *d)
{
	struct domain_key key = { .from = d->from, .version = d->version, .id = 0 };
	struct map_entry *entry = map_get(&w->exporters->domains, &key, sizeof(key));
	return entry ? entry->ptr : NULL;
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

/* ---- the end -------------------------------------------------------------------------- */

static void domain_free(struct domain *d)
{
	for (size_t i = 0; i < d->ntemplates; i++)
		template_free(d->templates[i]);
	mem_free(d->templates);
	map_free(&d->samplers);
	mem_free(d);
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
		domain_free(all->domains.at[i].ptr);
	for (size_t i = 0; i < all->addresses.n; i++)
		mem_free(all->addresses.at[i].ptr);
	map_free(&all->domains);
	map_free(&all->addresses);
	mem_free(all);
}
