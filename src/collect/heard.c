#include "collect/heard.h"

#include "base/cursor.h"
#include "base/mem.h"

/* Larger jumps are no loss; smaller steps back are datagrams that overtook each other. */
enum { MAX_GAP = 1 << 24, MAX_LATE = 64 };

struct key {
	struct addr from, agent;
	uint32_t kind, id;
};

/* What a datagram's header tells of its place. */
struct place {
	struct key key;
	uint32_t sequence, step;
	bool counts_records; /* the step is known after decoding */
};

struct source {
	struct heard_source is;
	struct addr from;
	uint32_t next;
	bool known; /* next is */
};

enum kind { KIND_SFLOW, KIND_NETFLOW5, KIND_NETFLOW9, KIND_IPFIX };

static const struct {
	const char *protocol, *unit;
} kinds[] = {
	[KIND_SFLOW] = { "sflow", "datagrams" },
	[KIND_NETFLOW5] = { "netflow5", "flows" },
	[KIND_NETFLOW9] = { "netflow9", "datagrams" },
	[KIND_IPFIX] = { "ipfix", "records" },
};

void heard_init(struct heard *h)
{
	*h = (struct heard){ .exporters.ceiling = MAX_HEARD, .sources.ceiling = MAX_SOURCES };
}

void heard_free(struct heard *h)
{
	for (size_t i = 0; i < h->exporters.n; i++)
		mem_free(h->exporters.at[i].ptr);
	for (size_t i = 0; i < h->sources.n; i++)
		mem_free(h->sources.at[i].ptr);
	map_free(&h->exporters);
	map_free(&h->sources);
}

/* -- what a header tells ---------------------------------------------------------------------------- */

static bool place_sflow(struct cur *c, struct place *p)
{
	cur_skip(c, 4);
	uint32_t type = cur_u32(c);
	const uint8_t *agent = cur_need(c, type == 2 ? 16 : 4);
	if (type != 1 && type != 2)
		return false;
	if (agent && type == 1)
		p->key.agent = addr_v4(load_be32(agent));
	else if (agent)
		memcpy(p->key.agent.b, agent, 16);
	p->key.id = cur_u32(c);
	p->sequence = cur_u32(c);
	p->step = 1;
	return !c->bad;
}

static bool place_netflow5(struct cur *c, struct place *p)
{
	cur_skip(c, 2);
	p->step = cur_u16(c);
	cur_skip(c, 12);
	p->sequence = cur_u32(c);
	p->key.id = cur_u16(c);
	return !c->bad;
}

static bool place_netflow9(struct cur *c, struct place *p)
{
	cur_skip(c, 12);
	p->sequence = cur_u32(c);
	p->key.id = cur_u32(c);
	p->step = 1;
	return !c->bad;
}

static bool place_ipfix(struct cur *c, struct place *p)
{
	cur_skip(c, 8);
	p->sequence = cur_u32(c);
	p->key.id = cur_u32(c);
	p->counts_records = true;
	return !c->bad;
}

static const struct {
	uint32_t bytes, first;
	enum kind kind;
	bool (*read)(struct cur *c, struct place *p);
} headers[] = {
	{ 2, 5, KIND_NETFLOW5, place_netflow5 },
	{ 2, 9, KIND_NETFLOW9, place_netflow9 },
	{ 2, 10, KIND_IPFIX, place_ipfix },
	{ 4, 5, KIND_SFLOW, place_sflow },
};

static bool place_of(const struct datagram *d, struct place *ret)
{
	uint32_t two = d->len >= 2 ? load_be16(d->data) : 0, four = d->len >= 4 ? load_be32(d->data) : 0;
	for (size_t i = 0; i < COUNT_OF(headers); i++)
		if (headers[i].first == (headers[i].bytes == 2 ? two : four)) {
			struct cur c = cur_of(d->data, d->len);
			*ret = (struct place){ .key = { .from = d->from, .kind = headers[i].kind } };
			return headers[i].read(&c, ret);
		}
	return false;
}

/* -- following it ----------------------------------------------------------------------------------- */

static void follow(struct source *s, uint32_t sequence, uint32_t step)
{
	int32_t ahead = (int32_t)(sequence - s->next);
	if (!s->known || ahead == 0) {
		s->known = true;
	} else if (ahead > 0 && ahead <= MAX_GAP) {
		s->is.gaps++;
		s->is.lost += (uint32_t)ahead;
	} else if (ahead < 0 && ahead >= -(int32_t)(MAX_LATE * MAX(step, 1u))) {
		s->is.late++;
		s->is.lost -= MIN(s->is.lost, (uint64_t)step);
		return; /* the later one was counted already */
	} else {
		s->is.resets++;
	}
	s->next = sequence + step;
}

/* A new entry of `bytes`, zeroed; NULL when there is no room. */
static void *find(struct map *m, const void *key, size_t len, size_t bytes)
{
	struct map_entry *e = map_get(m, key, len);
	if (e)
		return e->ptr;
	void *made = mem_new0(1, bytes);
	if (made && map_put(m, key, len, &e, NULL) == OK)
		return e->ptr = made;
	mem_free(made);
	return NULL;
}

static struct source *source_of(struct heard *h, const struct place *p)
{
	struct source *s = find(&h->sources, &p->key, sizeof(p->key), sizeof(*s));
	if (s && !s->is.protocol) {
		s->from = p->key.from;
		s->is.protocol = kinds[p->key.kind].protocol;
		s->is.unit = kinds[p->key.kind].unit;
		s->is.agent = p->key.kind == KIND_SFLOW ? p->key.agent : p->key.from;
		s->is.id = p->key.id;
	}
	return s;
}

struct heard_step heard_step(const struct wire_totals *t)
{
	struct heard_step s = { .rows = t->rows + t->counter_rows, .records = t->flow_records + t->option_records,
				.doubts = t->late_sets };
	for (size_t i = REJECT_NONE + 1; i < REJECTS; i++)
		s.doubts += t->rejects[i];
	return s;
}

void heard_note(struct heard *h, const struct datagram *d, const struct heard_step *before,
		const struct heard_step *after)
{
	struct place p;
	bool placed = place_of(d, &p), doubt = after->doubts != before->doubts;
	struct heard_exporter *x = find(&h->exporters, &d->from, sizeof(d->from), sizeof(*x));
	struct source *s = placed ? source_of(h, &p) : NULL;
	if (!x || (placed && !s))
		h->full++;
	if (x) {
		if (!x->datagrams++) {
			x->from = d->from;
			x->first_seen = d->received;
		}
		x->records += after->rows - before->rows;
		x->refused += doubt;
		x->last_seen = MAX(x->last_seen, d->received);
	}
	if (!s)
		return;
	s->is.datagrams++;
	follow(s, p.sequence, p.counts_records ? (uint32_t)(after->records - before->records) : p.step);
	if (p.counts_records && doubt)
		s->known = false;
}

void heard_walk(const struct heard *h, const struct heard_sink *sink)
{
	for (size_t i = 0; i < h->exporters.n; i++)
		sink->exporter(sink->arg, h->exporters.at[i].ptr);
	for (size_t i = 0; i < h->sources.n; i++) {
		const struct source *s = h->sources.at[i].ptr;
		sink->source(sink->arg, &s->from, &s->is);
	}
}
