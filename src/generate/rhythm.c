#include "generate/rhythm.h"

#include <math.h>

enum { SLOT_SEC = 60, MAX_SLOTS = 20000, MAX_WEIGHTS = 4000000 /* slots times customers */ };

/* A bump around an hour, repeated daily. */
static double bump(double hour, double at, double width)
{
	double d = fabs(hour - at);
	d = fmin(d, 24 - d);
	return exp(-d * d / (2 * width * width));
}

static void curves(struct rhythm *r)
{
	for (int m = 0; m < 1440; m++) {
		double h = m / 60.0;
		r->curve[0][m] = (float)(0.30 + 0.60 * bump(h, 10.5, 2.2) + 0.65 * bump(h, 15, 2.4) +
					 0.35 * bump(h, 20.5, 1.8));
		r->curve[1][m] = (float)(0.22 + 0.25 * bump(h, 12.5, 2.5) + 1.0 * bump(h, 20.75, 2.3) +
					 0.3 * bump(h, 17, 3));
	}
}

/* 0 <= u < 1, the same whenever it is asked for. */
static double chance(uint64_t seed, uint64_t k, uint64_t n)
{
	uint64_t h = hash_mix(hash_mix(seed + 1, k + 1), n + 1);
	return (double)(hash_mix(h, h >> 32) >> 40) * 0x1p-24;
}

/* Quarters of an hour and minutes are not alike: a factor around 1. */
static double unrest(const struct rhythm *r, size_t slot, unsigned k)
{
	uint64_t quarter = (uint64_t)(rhythm_slot_start(r, slot) / (15 * USEC_PER_MIN));
	return (0.75 + 0.5 * chance(r->seed, k, quarter)) * (0.8 + 0.4 * chance(~r->seed, k, slot));
}

void rhythm_weights(const struct rhythm *r, const struct world *w, size_t slot, double *ret_cum)
{
	int64_t minute = rhythm_slot_start(r, slot) / USEC_PER_MIN;
	double sum = 0;
	for (unsigned k = 0; k < w->ncustomers; k++) {
		const struct gcustomer *c = &w->customer[k];
		int64_t of_day = ((minute - c->phase_min) % 1440 + 1440) % 1440;
		sum += c->weight * (double)r->curve[c->eyeball][of_day] * unrest(r, slot, k);
		ret_cum[k] = sum;
	}
}

enum err rhythm_make(const struct world *w, const struct generate_options *opt, struct arena *a,
		     struct rhythm *ret)
{
	struct rhythm r = { .start = opt->span.start, .end = opt->span.end, .seed = opt->seed };
	usec_t len = r.end - r.start;
	usec_t most = MAX(MIN((usec_t)MAX_SLOTS, (usec_t)(MAX_WEIGHTS / w->ncustomers)), 1);

	r.slot_len = MAX(SLOT_SEC * USEC_PER_SEC, (len + most - 1) / most);
	r.nslots = (size_t)((len + r.slot_len - 1) / r.slot_len);
	curves(&r);
	double *cum = arena_new0(a, w->ncustomers, sizeof(*cum));
	double *total = arena_new0(a, r.nslots, sizeof(*total));
	r.upto = arena_new0(a, r.nslots, sizeof(*r.upto));
	if (!cum || !total || !r.upto)
		return E_NOMEM;
	double sum = 0;
	for (size_t s = 0; s < r.nslots; s++) {
		rhythm_weights(&r, w, s, cum);
		double part = (double)(rhythm_slot_end(&r, s) - rhythm_slot_start(&r, s)) / (double)r.slot_len;
		sum += cum[w->ncustomers - 1] * part;
		total[s] = sum;
	}
	for (size_t s = 0; s < r.nslots; s++)
		r.upto[s] = (uint64_t)llround((double)opt->records * (total[s] / sum));
	r.upto[r.nslots - 1] = opt->records;
	*ret = r;
	return OK;
}
