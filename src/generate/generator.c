/* The clock of the network that does not exist.  Three things happen in it, always the earliest
 * first, so that datagrams come in time order:
 *
 *	a record is drawn        and collected by its agent; a full datagram is sent
 *	a collection is a second old     and is sent as it is (agents wait in the order they began)
 *	an agent reads its counters      every counter_interval_s, agents one after the other
 *
 * What takes several datagrams (names, counters) is a job, done step by step. */
#include "generate/encode.h"
#include "generate/rhythm.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

#define COLLECT_USEC USEC_PER_SEC
#define NEVER        INT64_MAX

static const struct encoder *const encoder_rows[] = {
	[GEN_SFLOW] = &sflow_encoder,
	[GEN_NETFLOW5] = &netflow5_encoder,
	[GEN_NETFLOW9] = &netflow9_encoder,
	[GEN_IPFIX] = &ipfix_encoder,
};

enum job { JOB_NONE, JOB_PREAMBLE, JOB_DATA, JOB_COUNTERS };

struct generator {
	struct generate_options opt;
	const struct encoder *enc;
	struct world world;
	struct rhythm rhythm;
	struct rng rng;
	struct encode_env env;
	struct exporter *exporter; /* one per agent */
	struct wire_totals totals;
	double mean[2][2];         /* frame length: eyeball, inbound */

	size_t slot;               /* whose rates the ports have and whose weights are below */
	double *cum;               /* running sums of the customers' weights */
	size_t record_slot;        /* where the next record falls, and its time */
	uint64_t records;
	usec_t record_at;
	uint64_t counter_event;
	struct exporter *waiting, *waiting_last;

	enum job job;
	struct exporter *job_of;
	usec_t job_at;
	unsigned job_step;
	uint8_t out[DATAGRAM_MAX + 64];
};

/* -- slots: rates of ports ------------------------------------------------------------------- */

static void lane_rate(struct generator *g, const struct gcustomer *c, const struct lane *l, double packets)
{
	struct gport *in = &g->world.agent[l->agent].port[l->in], *out = &g->world.agent[l->agent].port[l->out];
	double octets = packets * (g->mean[c->eyeball][l->inbound] + (in->vlan ? 4 : 0));

	in->rate.in_packets += packets;
	in->rate.in_octets += octets;
	out->rate.out_packets += packets;
	out->rate.out_octets += octets;
}

/* Packets per microsecond on every lane, from the records that the slot will have. */
static void slot_begin(struct generator *g)
{
	const struct world *w = &g->world;
	const struct rhythm *r = &g->rhythm;
	double records = (double)(r->upto[g->slot] - (g->slot ? r->upto[g->slot - 1] : 0));

	rhythm_weights(r, w, g->slot, g->cum);
	if (!g->enc->samples)
		return; /* nobody counts */
	double all = g->cum[w->ncustomers - 1];
	double packets = records * g->env.rate / (double)(rhythm_slot_end(r, g->slot) - rhythm_slot_start(r, g->slot));
	for (unsigned k = 0; k < w->ncustomers; k++) {
		const struct gcustomer *c = &w->customer[k];
		double part = (g->cum[k] - (k ? g->cum[k - 1] : 0)) / all;
		for (unsigned i = 0; i < c->nlanes; i++)
			lane_rate(g, c, &c->lane[i], packets * part * (double)c->lane[i].share);
	}
}

static void slot_close(struct generator *g)
{
	double len = (double)(rhythm_slot_end(&g->rhythm, g->slot) - rhythm_slot_start(&g->rhythm, g->slot));
	for (unsigned a = 0; a < g->world.nagents; a++)
		for (unsigned p = 0; p < g->world.nports; p++) {
			struct gport *port = &g->world.agent[a].port[p];
			port->sum.in_octets += port->rate.in_octets * len;
			port->sum.in_packets += port->rate.in_packets * len;
			port->sum.out_octets += port->rate.out_octets * len;
			port->sum.out_packets += port->rate.out_packets * len;
			port->rate = (struct counters){ 0 };
		}
}

static void clock_to(struct generator *g, usec_t t)
{
	while (g->slot + 1 < g->rhythm.nslots && t >= rhythm_slot_end(&g->rhythm, g->slot)) {
		slot_close(g);
		g->slot++;
		slot_begin(g);
	}
}

/* -- what comes next --------------------------------------------------------------------------- */

static void record_next(struct generator *g)
{
	const struct rhythm *r = &g->rhythm;
	if (g->records == g->opt.records) {
		g->record_at = NEVER;
		return;
	}
	while (g->records >= r->upto[g->record_slot])
		g->record_slot++;
	uint64_t before = g->record_slot ? r->upto[g->record_slot - 1] : 0;
	double n = (double)(r->upto[g->record_slot] - before), i = (double)(g->records - before);
	usec_t start = rhythm_slot_start(r, g->record_slot);
	usec_t len = rhythm_slot_end(r, g->record_slot) - start;
	usec_t at = start + (usec_t)((i + rng_unit(&g->rng)) / n * (double)len);
	g->record_at = MIN(at, start + len - 1);
}

static usec_t counters_at(const struct generator *g)
{
	if (!g->enc->samples)
		return NEVER;
	usec_t interval = (usec_t)g->opt.counter_interval_s * USEC_PER_SEC;
	uint64_t round = g->counter_event / g->world.nagents, place = g->counter_event % g->world.nagents;
	usec_t at = g->opt.span.start + (usec_t)round * interval + interval * (usec_t)place / g->world.nagents;
	return at < g->opt.span.end ? at : NEVER;
}

static usec_t deadline(const struct generator *g)
{
	return g->waiting ? MIN(g->waiting->first + COLLECT_USEC, g->opt.span.end - 1) : NEVER;
}

/* -- collecting -------------------------------------------------------------------------------- */

static void wait_begin(struct generator *g, struct exporter *x, usec_t at)
{
	x->first = at;
	x->waiting = true;
	x->newer = NULL;
	x->older = g->waiting_last;
	*(x->older ? &x->older->newer : &g->waiting) = x;
	g->waiting_last = x;
}

static void wait_end(struct generator *g, struct exporter *x)
{
	*(x->older ? &x->older->newer : &g->waiting) = x->newer;
	*(x->newer ? &x->newer->older : &g->waiting_last) = x->older;
	x->waiting = false;
}

static void send_begin(struct generator *g, struct exporter *x, usec_t at)
{
	bool tell = g->enc->preamble && x->datagrams % TEMPLATES_EVERY == 0;
	wait_end(g, x);
	g->job = tell ? JOB_PREAMBLE : JOB_DATA;
	g->job_of = x;
	g->job_at = at;
	g->job_step = 0;
}

static unsigned customer_pick(struct generator *g)
{
	double at = rng_unit(&g->rng) * g->cum[g->world.ncustomers - 1];
	unsigned lo = 0, hi = g->world.ncustomers - 1; /* the first whose sum is beyond `at` */
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		if (g->cum[mid] > at)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void record_draw(struct generator *g)
{
	struct talk t;
	usec_t at = g->record_at;

	clock_to(g, at);
	talk_make(&g->world, &g->rng, customer_pick(g), g->enc->style, &t);
	struct exporter *x = &g->exporter[t.lane->agent];
	if (!x->waiting)
		wait_begin(g, x, at);
	g->enc->add(&g->env, x, &t, at);
	g->records++;
	record_next(g);
	if (x->now.len[0] + x->now.len[1] + g->enc->row_max > g->enc->rows_max)
		send_begin(g, x, at);
}

/* -- sending ------------------------------------------------------------------------------------- */

static void count_sent(struct generator *g, const struct collected *c)
{
	struct wire_totals *t = &g->totals;
	*(g->enc->samples ? &t->flow_samples : &t->flow_records) += c->n;
	t->rows += c->n;
	t->bytes += c->bytes;
	t->frames += c->frames;
	t->estimated_bytes += c->bytes * g->env.rate;
	t->estimated_frames += c->frames * g->env.rate;
	t->bytes_by[g->enc->type] += c->bytes;
	t->frames_by[g->enc->type] += c->frames;
}

/* One datagram of the job under way; 0: the job is done. */
static size_t job_step(struct generator *g)
{
	struct exporter *x = g->job_of;
	size_t len = 0;

	switch (g->job) {
	case JOB_PREAMBLE:
		len = g->enc->preamble(&g->env, x, g->job_at, &g->job_step, g->out, &g->totals);
		if (len)
			return len;
		g->job = JOB_DATA; /* fall through */
	case JOB_DATA:
		len = g->enc->wrap(&g->env, x, g->job_at, g->out);
		count_sent(g, &x->now);
		x->now.n = 0;
		x->now.len[0] = x->now.len[1] = 0;
		x->now.bytes = x->now.frames = 0;
		x->datagrams++;
		g->job = JOB_NONE;
		return len;
	case JOB_COUNTERS:
		len = sflow_counters(&g->env, x, g->job_at, rhythm_slot_start(&g->rhythm, g->slot), &g->job_step,
				     g->out, &g->totals);
		if (!len)
			g->job = JOB_NONE;
		return len;
	case JOB_NONE: break;
	}
	return 0;
}

/* False: nothing more will happen. */
static bool happen(struct generator *g)
{
	usec_t old = deadline(g), counters = counters_at(g);

	if (old <= counters && old <= g->record_at && old != NEVER) {
		send_begin(g, g->waiting, old);
	} else if (counters <= g->record_at && counters != NEVER) {
		clock_to(g, counters);
		g->job = JOB_COUNTERS;
		g->job_of = &g->exporter[g->counter_event++ % g->world.nagents];
		g->job_at = counters;
		g->job_step = 0;
	} else if (g->record_at != NEVER) {
		record_draw(g);
	} else {
		return false;
	}
	return true;
}

bool generate_next(struct generator *g, struct datagram *ret)
{
	size_t len = 0;
	while (!(g->job != JOB_NONE && (len = job_step(g))))
		if (g->job == JOB_NONE && !happen(g))
			return false;
	assert(len <= DATAGRAM_MAX);
	g->totals.datagrams++;
	*ret = (struct datagram){ .data = g->out,
				  .len = len,
				  .from = addr_v4(g->job_of->agent->ip),
				  .from_port = (uint16_t)(49152 + g->job_of->id % 16000),
				  .to_port = g->enc->port,
				  .received = g->job_at };
	return true;
}

const struct wire_totals *generate_totals(const struct generator *g)
{
	return &g->totals;
}

/* -- making one -------------------------------------------------------------------------------- */

static struct generate_options with_defaults(const struct generate_options *opt)
{
	struct generate_options o = *opt;
	o.agents = o.agents ? o.agents : 4;
	o.ports = o.ports ? o.ports : 24;
	o.customers = o.customers ? o.customers : 5;
	o.records = o.records ? o.records : 100000;
	o.sampling_rate = o.sampling_rate ? o.sampling_rate : o.protocol == GEN_SFLOW ? 1000 : 1;
	o.counter_interval_s = o.counter_interval_s ? o.counter_interval_s : 60;
	return o;
}

static enum err check(const struct generate_options *o, struct problem *why)
{
	if ((unsigned)o->protocol >= COUNT_OF(encoder_rows))
		return problem_set(why, E_RANGE, "no such protocol");
	if (o->span.end - o->span.start < USEC_PER_SEC || o->span.start < 100 * USEC_PER_DAY)
		return problem_set(why, E_RANGE, "the time covered must be a second or more, after 1970");
	if (o->protocol == GEN_NETFLOW5 && o->sampling_rate > 16383)
		return problem_set(why, E_RANGE, "netflow5 can say sampling rates up to 16383");
	if (o->sampling_rate > 10000000)
		return problem_set(why, E_RANGE, "the sampling rate must be 1..10000000");
	return OK;
}

/* Mean frame lengths for both kinds of customers; ports start with what they counted before. */
static void settle(struct generator *g)
{
	const struct world *w = &g->world;
	if (!g->enc->samples)
		return; /* nobody counts */
	for (int eyeball = 0; eyeball < 2; eyeball++)
		for (unsigned k = 0; k < w->ncustomers; k++) {
			if (w->customer[k].eyeball != (bool)eyeball)
				continue;
			for (int inbound = 0; inbound < 2; inbound++)
				g->mean[eyeball][inbound] = talk_mean_frame(w, k, inbound);
			break;
		}
	for (unsigned a = 0; a < w->nagents; a++)
		for (unsigned p = 0; p < w->nports; p++) {
			struct counters *c = &w->agent[a].port[p].sum;
			c->in_packets = rng_below(&g->rng, 1u << 31);
			c->out_packets = rng_below(&g->rng, 1u << 31);
			c->in_octets = c->in_packets * 700;
			c->out_octets = c->out_packets * 700;
		}
}

static enum err start(struct generator *g, struct problem *why)
{
	enum err e = world_make(&g->opt, &g->world, why);
	if (e != OK)
		return e;
	struct arena *a = &g->world.memory;
	if ((e = rhythm_make(&g->world, &g->opt, a, &g->rhythm)) != OK)
		return e;
	g->cum = arena_new0(a, g->world.ncustomers, sizeof(*g->cum));
	g->exporter = arena_new0(a, g->world.nagents, sizeof(*g->exporter));
	if (!g->cum || !g->exporter)
		return E_NOMEM;
	for (unsigned i = 0; i < g->world.nagents; i++) {
		g->exporter[i].agent = &g->world.agent[i];
		g->exporter[i].id = i;
	}
	g->rng.state = g->opt.seed;
	g->env = (struct encode_env){ .world = &g->world,
				      .rate = g->opt.sampling_rate,
				      .boot = g->opt.span.start - 9 * USEC_PER_DAY,
				      .rng = &g->rng };
	settle(g);
	slot_begin(g);
	record_next(g);
	return OK;
}

enum err generate_new(const struct generate_options *opt, struct generator **ret, struct problem *why)
{
	struct generator *g = mem_new0(1, sizeof(*g));
	if (!g)
		return E_NOMEM;
	g->opt = with_defaults(opt);
	enum err e = check(&g->opt, why);
	if (e == OK) {
		g->enc = encoder_rows[g->opt.protocol];
		e = start(g, why);
	}
	if (e != OK)
		generate_free(g);
	else
		*ret = g;
	return e;
}

void generate_free(struct generator *g)
{
	if (!g)
		return;
	world_free(&g->world);
	mem_free(g);
}

const struct world *generate_world(const struct generator *g)
{
	return &g->world;
}
