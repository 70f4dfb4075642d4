/* Exporters whose datagrams several decoders share.
 *
 * A sequence that is seen in part has a gap at every step.  So of these only the span of numbers is kept, and
 * how many of them were heard; what all decoders have heard of one span, put together, tells what was lost:
 *
 *	one      5 . 7 8 . .        span 5..9, heard 3
 *	another  . 6 . . . 10       span 6..11, heard 2
 *	both     5 6 7 8 . 10       span 5..11, heard 5: one was lost */
#include "wire/exporter.h"
#include "wire/inside.h"

static bool is_shared(const struct wire *w, const struct addr *from)
{
	for (size_t i = 0; i < w->nshared; i++)
		if (addr_equal(&w->shared[i], from))
			return true;
	return false;
}

enum err wire_share(struct wire *w, const struct addr *from)
{
	struct domain *d;
	if (is_shared(w, from))
		return OK;
	if (w->nshared == WIRE_SHARED)
		return E_LIMIT;
	w->shared[w->nshared++] = *from;
	for (size_t i = 0; domain_at(w, i, &d); i++)
		if (d)
			share_domain(w, d);
	return OK;
}

/* v9 and IPFIX stay whole: their templates are with one decoder. */
void share_domain(const struct wire *w, struct domain *d)
{
	if (d->told.version != 9 && d->told.version != 10)
		d->told.shared = is_shared(w, &d->told.address);
}

void share_step(struct domain *d, const struct arrival *a)
{
	struct wire_span *s = &d->told.span;
	uint32_t n = d->told.version == 5 || d->told.version == 7 ? a->records : 1;
	int32_t ahead = (int32_t)(a->number + n - s->end);
	if (!s->heard || ahead > SEQUENCE_LEAP_DATAGRAMS || ahead < -SEQUENCE_LEAP_DATAGRAMS) {
		*s = (struct wire_span){ .end = a->number + n, .len = n, .heard = n };
		return;
	}
	uint64_t behind = ahead < 0 ? (uint64_t)-(int64_t)ahead + n : 0; /* a late one may lie before the first */
	if (ahead > 0) {
		s->end += (uint32_t)ahead;
		s->len += (uint32_t)ahead;
	}
	s->len = MAX(s->len, behind);
	s->heard += n;
}

struct wire_span wire_span_join(const struct wire_exporter *a, const struct wire_exporter *b)
{
	const struct wire_span *x = &a->span, *y = &b->span;
	if (!x->heard || !y->heard)
		return x->heard ? *x : *y;
	int64_t ahead = (int32_t)(y->end - x->end);
	if (ahead > SEQUENCE_LEAP_DATAGRAMS || ahead < -SEQUENCE_LEAP_DATAGRAMS)
		return a->last_seen >= b->last_seen ? *x : *y;
	int64_t first = MIN(-(int64_t)x->len, ahead - (int64_t)y->len), end = MAX((int64_t)0, ahead);
	return (struct wire_span){ .end = x->end + (uint32_t)end, .len = (uint64_t)(end - first), .heard = x->heard + y->heard };
}
