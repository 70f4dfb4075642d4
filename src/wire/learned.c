/* What a domain has told once: templates, sampling rates, names of applications. */
#include "wire/exporters.h"

#include "base/mem.h"

struct sampler_key {
	uint64_t kind, id;
};

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
	d->told.templates_changed += old != NULL;
	*ret_new = !old;
	template_free(old);
	return true;
}

void domain_withdraw(struct wire *w, struct domain *d, uint16_t id)
{
	struct template *t = domain_template(d, id);
	if (!t)
		return; /* sent again to be sure, or before we listened */
	d->told.templates_withdrawn++;
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
