#include "app/caps.h"

#include "base/hash.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum { PROBES = 8, LEAST_ROWS = 10, SIGMAS = 4 };
#define REMEMBERED USEC_PER_HOUR
#define MINUTE_MS  60000

enum way { WAY_IN, WAY_OUT, WAYS };

struct slot {
	struct addr agent;
	uint32_t ifindex;
	uint32_t rows[WAYS];
	uint64_t bytes[WAYS]; /* estimated */
};

struct caps {
	struct slot *slot;
	uint64_t seed;
	size_t used;
	uint64_t unwatched;
	struct cap_over over[CAPS_OVER];
	size_t nover;
};

enum err caps_new(struct caps **ret)
{
	struct caps *c = mem_new0(1, sizeof(*c));
	if (!c)
		return E_NOMEM;
	c->seed = hash_seed();
	c->slot = mem_new0(CAPS_SLOTS, sizeof(*c->slot));
	if (!c->slot) {
		mem_free(c);
		return E_NOMEM;
	}
	*ret = c;
	return OK;
}

void caps_free(struct caps *c)
{
	if (!c)
		return;
	mem_free(c->slot);
	mem_free(c);
}

/* -- adding up ------------------------------------------------------------------------------------------ */

/* NULL: its places are taken. */
static struct slot *find(struct caps *c, const struct addr *agent, uint32_t ifindex)
{
	uint64_t half[2];
	memcpy(half, agent, sizeof(half));
	size_t at = hash_mix(half[0] ^ ifindex, half[1] ^ c->seed);
	for (size_t i = 0; i < PROBES; i++) {
		struct slot *s = &c->slot[(at + i) % CAPS_SLOTS];
		if (s->ifindex == ifindex && addr_equal(&s->agent, agent))
			return s;
		if (s->ifindex)
			continue;
		s->agent = *agent;
		s->ifindex = ifindex;
		c->used++;
		return s;
	}
	return NULL;
}

static void add(struct caps *c, const struct addr *agent, uint32_t ifindex, enum way way, uint64_t bytes)
{
	if (ifindex == IFINDEX_NONE || ifindex >= IFINDEX_LOCAL)
		return;
	struct slot *s = find(c, agent, ifindex);
	if (!s) {
		c->unwatched++;
		return;
	}
	s->rows[way]++;
	s->bytes[way] += bytes;
}

void caps_add(struct caps *c, const struct batch *b)
{
	if (b->table->id != TABLE_TRAFFIC)
		return;
	const struct addr *agent = b->col[TR_agent];
	const uint32_t *in = b->col[TR_inputinterface], *out = b->col[TR_outputinterface];
	const uint32_t *rate = b->col[TR_samplingrate], *duration = b->col[TR_duration];
	const uint64_t *bytes = b->col[TR_bytes];
	const uint8_t *direction = b->col[TR_direction];
	for (size_t i = 0; i < b->n; i++) {
		uint64_t n = bytes[i] * (rate[i] ? rate[i] : 1);
		if (duration[i] > MINUTE_MS)
			n = n / duration[i] * MINUTE_MS;
		if (direction[i] != DIR_EGRESS)
			add(c, &agent[i], in[i], WAY_IN, n);
		if (direction[i] != DIR_INGRESS)
			add(c, &agent[i], out[i], WAY_OUT, n);
	}
}

/* -- at the minute ---------------------------------------------------------------------------------------- */

/* Bit/s that are certainly there: n rows have an error of sqrt(n). */
static double surely(const struct slot *s, enum way way, double seconds)
{
	double rows = s->rows[way];
	if (s->rows[way] < LEAST_ROWS)
		return 0;
	return (double)s->bytes[way] * 8 / seconds * MAX(1 - SIGMAS / sqrt(rows), 0.0);
}

static int by_place(const void *a, const void *b)
{
	const struct cap_over *x = a, *y = b;
	int d = addr_compare(&x->agent, &y->agent);
	return d ? d : (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

static struct cap_over *remembered(struct caps *c, const struct slot *s)
{
	for (size_t i = 0; i < c->nover; i++)
		if (c->over[i].ifindex == s->ifindex && addr_equal(&c->over[i].agent, &s->agent))
			return &c->over[i];
	if (c->nover == CAPS_OVER)
		return NULL;
	struct cap_over *o = &c->over[c->nover++];
	*o = (struct cap_over){ .agent = s->agent, .ifindex = s->ifindex };
	return o;
}

static void compare(struct caps *c, const struct slot *s, const struct model *m, usec_t now, double seconds)
{
	const struct iface *is = model_iface(m, &s->agent, s->ifindex);
	if (!is || !is->speed)
		return;
	double least = MAX(surely(s, WAY_IN, seconds), surely(s, WAY_OUT, seconds));
	if (least <= (double)is->speed)
		return;
	struct cap_over *o = remembered(c, s);
	if (!o)
		return;
	double most = (double)MAX(s->bytes[WAY_IN], s->bytes[WAY_OUT]) * 8 / seconds;
	o->speed = is->speed;
	o->estimate = MAX(o->estimate, (uint64_t)MIN(most, 1e18));
	o->first = o->minutes ? o->first : now;
	o->last = now;
	o->minutes++;
}

static void forget_old(struct caps *c, usec_t now)
{
	size_t kept = 0;
	for (size_t i = 0; i < c->nover; i++)
		if (now - c->over[i].last <= REMEMBERED)
			c->over[kept++] = c->over[i];
	c->nover = kept;
}

void caps_minute(struct caps *c, const struct model *m, usec_t now, double seconds)
{
	forget_old(c, now);
	for (size_t i = 0; c->used && seconds > 0 && i < CAPS_SLOTS; i++)
		if (c->slot[i].ifindex)
			compare(c, &c->slot[i], m, now, seconds);
	qsort(c->over, c->nover, sizeof(c->over[0]), by_place);
	memset(c->slot, 0, CAPS_SLOTS * sizeof(*c->slot));
	c->used = 0;
}

size_t caps_over(const struct caps *c, const struct cap_over **ret)
{
	*ret = c->over;
	return c->nover;
}

uint64_t caps_unwatched(const struct caps *c)
{
	return c->unwatched;
}
