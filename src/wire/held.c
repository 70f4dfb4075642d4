/* Data sets that wait for their templates, bounded by exporter and of all. */
#include "wire/exporters.h"

#include "base/mem.h"

static size_t held_size(size_t len)
{
	return sizeof(struct held) + len;
}

void held_unlink(struct wire *w, struct held *h, struct held *before)
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
