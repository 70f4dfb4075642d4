/* Sequence numbers of domains and of their sFlow data sources: what is counted as lost, doubled, begun anew. */
#include "wire/exporters.h"

#include "base/mem.h"

/* What was counted as lost came after all; the totals may have been reset in between. */
static void found_again(uint64_t *total, uint64_t *told, uint64_t n)
{
	*total -= MIN(*total, n);
	*told -= MIN(*told, n);
}

enum sequence_seen domain_step_rare(struct wire *w, struct domain *d, const struct arrival *a)
{
	struct wire_totals *t = &w->totals;
	if (d->told.shared) {
		share_step(d, a);
		return SEQ_NEXT;
	}
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
