/* When things happen: the day's curve, and how many records fall into each slot of time.
 * Private to generate/. */
#pragma once
#include "generate/world.h"

struct rhythm {
	usec_t start, slot_len, end;
	size_t nslots;
	uint64_t *upto;  /* records before the end of each slot; upto[nslots - 1] = all */
	uint64_t seed;
	float curve[2][1440]; /* business, eyeball; by minute of the day */
};

enum err rhythm_make(const struct world *w, const struct generate_options *opt, struct arena *a,
		     struct rhythm *ret) _must_check_;

/* Each customer's part of a slot, as running sums (cum[ncustomers - 1] = all). */
void rhythm_weights(const struct rhythm *r, const struct world *w, size_t slot, double *ret_cum);

static inline usec_t rhythm_slot_start(const struct rhythm *r, size_t slot)
{
	return r->start + (usec_t)slot * r->slot_len;
}
static inline usec_t rhythm_slot_end(const struct rhythm *r, size_t slot)
{
	return slot + 1 == r->nslots ? r->end : rhythm_slot_start(r, slot + 1);
}
