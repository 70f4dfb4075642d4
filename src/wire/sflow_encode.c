/* Which samples of a datagram are kept, and the numbers of what is left.
 *
 *	datagram   header | n | samples        header: its sequence number is ours, n what is kept
 *	sample     format | length | sequence | source | ...      sequence, pool, drops are ours
 *
 * The pool, "packets that could have been sampled", would tell the receiver of everybody's packets at
 * that source; ours grows by the rate with each sample, which is what an estimate makes of it. */
#include "wire/sflow_encode.h"

#include "base/map.h"
#include "base/mem.h"
#include "wire/sflow.h"

enum {
	MAX_RECEIVER_AGENTS = 65536,   /* numbered; past that all begin anew, as after a restart */
	MAX_RECEIVER_SOURCES = 262144,
};

struct sflow_sieve {
	struct sflow_keep keep;
	struct wire *wire;  /* decodes, and hears nothing of what it decoded before */
	struct map agents;  /* struct agent_key -> datagrams sent */
	struct map sources; /* struct source_key -> sequence number | pool << 32 */
	bool kept;          /* the sample that is being decoded */
};

struct agent_key {
	struct addr agent;
	uint32_t domain;
};

struct source_key {
	struct agent_key of;
	uint32_t kind, class, index; /* the same of a plain and an expanded sample */
};

/* Where the parts of a sample's header lie that are ours; 0 = it has none. */
static const struct numbered {
	uint32_t format;
	enum sample_of kind;
	uint8_t source_bytes, rate, pool, drops, least;
} numbered[] = {
	{ 1, SAMPLE_FLOW, 4, 8, 12, 16, 32 },   { 2, SAMPLE_COUNTERS, 4, 0, 0, 0, 12 },
	{ 3, SAMPLE_FLOW, 8, 12, 16, 20, 44 },  { 4, SAMPLE_COUNTERS, 8, 0, 0, 0, 16 },
	{ 5, SAMPLE_DROPS, 8, 0, 0, 12, 32 },
};

/* -- what is kept --------------------------------------------------------------------------------- */

static void on_flow(void *arg, const struct flow_rec *rec)
{
	struct sflow_sieve *s = arg;
	s->kept |= s->keep.flow && s->keep.flow(s->keep.arg, rec);
}

static void on_counters(void *arg, const struct ifcounters_rec *rec)
{
	struct sflow_sieve *s = arg;
	s->kept |= s->keep.counters && s->keep.counters(s->keep.arg, rec);
}

static void on_row(void *arg, enum table_id t, const void *rec)
{
	struct sflow_sieve *s = arg;
	s->kept |= s->keep.row && s->keep.row(s->keep.arg, t, rec);
}

enum err sflow_sieve_new(const struct sflow_keep *keep, struct sflow_sieve **ret)
{
	struct sflow_sieve *s = mem_new0(1, sizeof(*s));
	if (!s)
		return E_NOMEM;
	const struct wire_sink sink = { .arg = s, .flow = on_flow, .counters = on_counters, .row = on_row };
	s->keep = *keep;
	s->agents.ceiling = MAX_RECEIVER_AGENTS;
	s->sources.ceiling = MAX_RECEIVER_SOURCES;
	if (wire_new(&sink, &s->wire) != OK) {
		mem_free(s);
		return E_NOMEM;
	}
	*ret = s;
	return OK;
}

void sflow_sieve_free(struct sflow_sieve *s)
{
	if (!s)
		return;
	wire_free(s->wire);
	map_free(&s->agents);
	map_free(&s->sources);
	mem_free(s);
}

/* -- numbers -------------------------------------------------------------------------------------- */

static enum err count_of(struct map *m, const void *key, size_t len, struct map_entry **ret)
{
	enum err err = map_put(m, key, len, ret, NULL);
	if (err != E_LIMIT)
		return err;
	size_t ceiling = m->ceiling;
	map_free(m);
	m->ceiling = ceiling;
	return map_put(m, key, len, ret, NULL);
}

/* The copy of a sample's body at `at`, which has the bytes its row in numbered[] asks for. */
static enum err number_sample(struct sflow_sieve *s, const struct agent_key *of, const struct numbered *row,
			      uint8_t *at)
{
	bool two = row->source_bytes == 8;
	const struct source_key key = { .of = *of, .kind = row->kind,
					.class = two ? load_be32(at + 4) : at[4],
					.index = two ? load_be32(at + 8) : load_be32(at + 4) & 0xffffff };
	struct map_entry *e;
	enum err err = count_of(&s->sources, &key, sizeof(key), &e);
	if (err != OK)
		return err;
	uint32_t sequence = (uint32_t)e->num + 1, pool = (uint32_t)(e->num >> 32);
	store_be32(at, sequence);
	if (row->pool)
		store_be32(at + row->pool, pool += load_be32(at + row->rate));
	if (row->drops)
		store_be32(at + row->drops, 0);
	e->num = (uint64_t)pool << 32 | sequence;
	return OK;
}

static const struct numbered *numbered_as(const struct part *p)
{
	for (size_t i = 0; i < COUNT_OF(numbered); i++)
		if (numbered[i].format == p->format)
			return cur_left(&p->body) >= numbered[i].least ? &numbered[i] : NULL;
	return NULL;
}

/* -- the datagram ---------------------------------------------------------------------------------- */

static bool wanted(struct sflow_sieve *s, struct sflow *f, struct part p)
{
	s->kept = false;
	sflow_sample(f, &p);
	return s->kept;
}

static enum err copy_samples(struct sflow_sieve *s, struct sflow *f, struct cur *c, struct buf *out, unsigned *kept)
{
	const struct agent_key of = { .agent = f->row.agent, .domain = f->row.domain };
	for (uint32_t n = cur_u32(c); n; n--) {
		const uint8_t *start = c->pos;
		struct part p;
		if (!part_next(c, &p))
			break;
		const struct numbered *row = numbered_as(&p);
		if (!row || !wanted(s, f, p))
			continue;
		size_t len = (size_t)(c->pos - start);
		uint8_t *at = buf_room(out, len);
		if (!at)
			return out->bad;
		memcpy(at, start, len);
		enum err err = number_sample(s, &of, row, at + 8);
		if (err != OK)
			return err;
		++*kept;
	}
	return OK;
}

enum err sflow_sieve(struct sflow_sieve *s, const struct datagram *d, struct buf *out, unsigned *ret_samples)
{
	struct sflow f;
	struct cur c;
	struct map_entry *e;
	unsigned kept = 0;
	buf_reset(out);
	*ret_samples = 0;
	if (d->len < 4 || load_be32(d->data) != 5 || !sflow_head(&f, s->wire, d, &c) || c.bad)
		return OK;
	size_t head = (size_t)(c.pos - d->data); /* up to and with the uptime; sequence and uptime are its last words */
	const struct agent_key key = { .agent = f.row.agent, .domain = f.row.domain };
	buf_add(out, d->data, head);
	buf_add(out, (const uint8_t[4]){ 0 }, 4);
	enum err err = out->bad ? out->bad : copy_samples(s, &f, &c, out, &kept);
	if (err == OK && kept)
		err = count_of(&s->agents, &key, sizeof(key), &e);
	if (err != OK || !kept) {
		buf_reset(out);
		return err;
	}
	store_be32(out->data + head - 8, (uint32_t)++e->num);
	store_be32(out->data + head, kept);
	*ret_samples = kept;
	return OK;
}
