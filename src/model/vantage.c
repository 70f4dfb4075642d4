/* Marking: for every row two looks into a table of blocks, which also learns what the row says. */
#include "model/vantage.h"

#include "base/hash.h"
#include "base/mem.h"
#include "model/hosts.h"
#include "model/model.h"
#include "model/vantage_in.h"
#include "model/zones.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 256, AHEAD = 16, MOST_MINUTES = 30 * 1440 };

/* -- keys: side, kind and the first bits -------------------------------------------------------- */

enum { KIND_V4 = 1, KIND_V6, KIND_MAC };
#define KEY_SIDE(side) ((uint64_t)(side) << 63)
#define KEY_KIND(kind) ((uint64_t)(kind) << 60)
#define KEY_BITS       (((uint64_t)1 << 56) - 1)

uint64_t vkey_of(enum vside side, const struct addr *a, uint64_t mac)
{
	uint64_t high = load_be64(a->b), low = load_be64(a->b + 8);
	if (!high && low >> 32 == 0xffff)
		return KEY_SIDE(side) | KEY_KIND(KIND_V4) | (low & 0xffffff00) >> 8;
	if (high | low)
		return KEY_SIDE(side) | KEY_KIND(KIND_V6) | high >> 16;
	return mac ? KEY_SIDE(side) | KEY_KIND(KIND_MAC) | (mac & KEY_BITS) : 0;
}

static unsigned kind_of(uint64_t key)
{
	return (unsigned)(key >> 60 & 7);
}

uint64_t vkey_wider(uint64_t key, unsigned width)
{
	uint64_t head = key & ~KEY_BITS, bits = key & KEY_BITS;
	if (width == 0)
		return key;
	if (width == 2 || kind_of(key) == KIND_MAC)
		return head | (uint64_t)1 << 57; /* of everything of a kind; no block has this bit */
	return head | (kind_of(key) == KIND_V4 ? bits >> 8 : bits >> 16);
}

bool vkey_addr(uint64_t key, struct addr *ret)
{
	uint64_t bits = key & KEY_BITS;
	*ret = (struct addr){ 0 };
	if (kind_of(key) == KIND_V4)
		*ret = addr_v4((uint32_t)(bits << 8));
	else if (kind_of(key) == KIND_V6)
		store_be64(ret->b, bits << 16);
	return kind_of(key) != KIND_MAC;
}

/* -- the table ------------------------------------------------------------------------------------ */

static size_t slot_of(const struct vtable *t, uint64_t key)
{
	return hash_mix(key, t->seed) & (t->slots - 1);
}

struct vblock *vtable_find(const struct vtable *t, uint64_t key)
{
	if (!t->slots)
		return NULL;
	for (size_t i = slot_of(t, key); t->at[i].key; i = (i + 1) & (t->slots - 1))
		if (t->at[i].key == key)
			return &t->at[i];
	return NULL;
}

/* Those of which so much is left, in a table of so many slots. */
static enum err rebuild(struct vtable *t, size_t slots, float least)
{
	struct vblock *old = t->at, *at = mem_table(slots, sizeof(*at));
	if (!at)
		return E_NOMEM;
	size_t had = t->slots;
	t->at = at;
	t->slots = slots;
	t->seed = hash_seed();
	t->n = 0;
	for (size_t k = 0; k < had; k++) {
		if (!old[k].key || old[k].samples + old[k].edge < least)
			continue;
		size_t i = slot_of(t, old[k].key);
		while (at[i].key)
			i = (i + 1) & (slots - 1);
		at[i] = old[k];
		t->n++;
	}
	mem_free(old);
	return OK;
}

void vtable_remove_old(struct vtable *t)
{
	if (t->slots && rebuild(t, t->slots, 0.05f) != OK)
		return; /* it stays as it is */
}

struct vblock *vtable_put(struct vtable *t, uint64_t key)
{
	struct vblock *b = vtable_find(t, key);
	if (b)
		return b;
	if (t->n >= t->most)
		return NULL;
	if ((!t->slots || t->n * 4 >= t->slots * 3) && rebuild(t, t->slots ? t->slots * 2 : FIRST_SLOTS, 0) != OK)
		return NULL;
	size_t i = slot_of(t, key);
	while (t->at[i].key)
		i = (i + 1) & (t->slots - 1);
	t->at[i] = (struct vblock){ .key = key };
	t->n++;
	return &t->at[i];
}

#define LANES(x) ((uint64_t)(x) * 0x0001000100010001u)

/* Of four 16-bit numbers the bits from the first zero on; below it there are none. */
static inline uint64_t zero_lanes(uint64_t four)
{
	return (four - LANES(1)) & ~four & LANES(0x8000);
}

/* The place of the agent, or the first that is free; CANDIDATES: neither.  Four at a time: which it is no branch
 * could foretell. */
static inline unsigned place_for(const struct vblock *b, uint32_t agent)
{
	_Static_assert(CANDIDATES == 5 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "four and one more");
	uint64_t four;
	memcpy(&four, b->agent, sizeof(four));
	uint64_t found = zero_lanes(four ^ LANES(agent)) | zero_lanes(four);
	if (found)
		return (unsigned)__builtin_ctzll(found) / 16;
	return b->agent[4] == agent || !b->agent[4] ? 4 : CANDIDATES;
}

/* The least seen makes room for one that is not among them. */
void vblock_add(struct vblock *b, uint32_t agent, float frames)
{
	unsigned k = place_for(b, agent), least = 0;
	if (k < CANDIDATES) {
		b->agent[k] = (uint16_t)agent;
		b->seen[k] += frames;
		return;
	}
	for (k = 1; k < CANDIDATES; k++)
		if (b->seen[k] < b->seen[least])
			least = k;
	if (frames > b->seen[least]) {
		b->agent[least] = (uint16_t)agent;
		b->seen[least] = frames;
	}
}

/* -- agents and the boundary ------------------------------------------------------------------------ */

uint32_t vantage_agent(struct vantage *v, const struct addr *a)
{
	struct vrecent *last = &v->recent[hash_mix(load_be64(a->b), load_be64(a->b + 8)) % VANTAGE_RECENT];
	struct map_entry *e;
	bool fresh;
	if (last->number && addr_equal(a, &last->addr))
		return last->number;
	if (map_put(&v->agents, a, sizeof(*a), &e, &fresh) != OK)
		return 0;
	if (fresh && v->nagent + 1 >= v->cap_agent) {
		size_t cap = MAX(v->cap_agent * 2, (size_t)64);
		struct vagent *more = mem_array(v->agent, cap, sizeof(*more));
		if (!more) {
			map_remove(&v->agents, a, sizeof(*a));
			return 0;
		}
		v->agent = more;
		v->cap_agent = cap;
	}
	if (fresh) {
		e->num = ++v->nagent;
		v->agent[e->num] = (struct vagent){ .addr = *a };
	}
	*last = (struct vrecent){ .addr = *a, .number = (uint32_t)e->num };
	return last->number;
}

static void edge_key(const struct addr *agent, uint32_t ifindex, uint8_t key[static 20])
{
	memcpy(key, agent, 16);
	store_be32(key + 16, ifindex);
}

static enum err add_edge(struct vantage *v, const struct addr *agent, const char *ifname, uint32_t ifindex, const struct model *m)
{
	uint8_t key[20];
	struct map_entry *e;
	bool fresh;
	if (ifname) {
		const struct iface *i = m ? model_iface_named(m, agent, ifname, strlen(ifname)) : NULL;
		if (!i)
			return OK; /* nobody has seen it yet */
		ifindex = i->ifindex;
	}
	uint32_t number = vantage_agent(v, agent);
	if (number)
		v->agent[number].edge = true;
	edge_key(agent, ifindex, key);
	return map_put(&v->edges, key, sizeof(key), &e, &fresh);
}

enum err vantage_boundary(struct vantage *v, const struct zones *z, const struct customers *c, const struct model *m, const struct hosts *h)
{
	enum err err = OK;
	size_t n = 0;
	const struct zone_port *p = z ? zones_boundary(z, &n) : NULL;
	const struct customer *is;
	map_free(&v->edges);
	v->edges = (struct map){ 0 };
	for (size_t i = 1; i <= v->nagent; i++)
		v->agent[i].edge = false;
	for (size_t i = 0; i < n && err == OK; i++)
		err = add_edge(v, &p[i].agent, p[i].ifname, p[i].ifindex, m);
	for (size_t i = 0; c && err == OK && (is = customers_at(c, i)); i++)
		for (size_t k = 0; k < is->nport && err == OK; k++)
			err = add_edge(v, &is->port[k].agent, is->port[k].ifname, is->port[k].ifindex, m);
	v->zones = z;
	v->hosts = h;
	return err;
}

static bool is_edge(const struct vantage *v, const struct addr *agent, uint32_t ifindex)
{
	uint8_t key[20];
	edge_key(agent, ifindex, key);
	return map_get(&v->edges, key, sizeof(key));
}

/* -- rows --------------------------------------------------------------------------------------------- */

/* Columns of a batch that marking reads. */
struct cols {
	const struct addr *agent, *ip[2];
	const uint64_t *mac[2], *frames;
	const uint32_t *port[2], *rate, *datasource;
	const uint16_t *l4[2];
	const uint8_t *direction, *type;
	uint8_t *vantage;
};

static struct cols cols_of(struct batch *b)
{
	return (struct cols){
		.agent = b->col[TR_agent], .ip = { b->col[TR_ipsource], b->col[TR_ipdestination] },
		.mac = { b->col[TR_macsource], b->col[TR_macdestination] }, .frames = b->col[TR_frames],
		.port = { b->col[TR_inputinterface], b->col[TR_outputinterface] }, .rate = b->col[TR_samplingrate],
		.datasource = b->col[TR_datasource], .direction = b->col[TR_direction], .type = b->col[TR_exporttype],
		.vantage = b->col[TR_vantage], .l4 = { b->col[TR_sourceport], b->col[TR_destinationport] },
	};
}

/* The packet was looked at on its way out. */
static bool on_its_way_out(const struct cols *c, size_t i)
{
	uint32_t index = c->datasource[i] & 0xffffff;
	bool leaves = (c->type[i] == EXPORT_SFLOW) & (index != 0) & (index == c->port[1][i]) & (index != c->port[0][i]);
	return c->direction[i] ? c->direction[i] == DIR_EGRESS : leaves;
}

/* What of a row is worked out ahead, so that memory has the time to come. */
struct look {
	uint64_t key[2]; /* of the blocks */
	uint64_t flow;   /* hash */
};

static inline uint64_t flow_of(const struct vantage *v, const struct cols *c, size_t i)
{
	uint64_t h = hash_mix(load_be64(c->ip[0][i].b + 8) ^ v->block.seed, load_be64(c->ip[1][i].b + 8));
	return hash_mix(h ^ load_be64(c->ip[0][i].b), load_be64(c->ip[1][i].b) ^ (uint64_t)c->l4[0][i] << 32 ^ c->l4[1][i]);
}

static inline bool is_watched(const struct vantage *v, const struct look *l)
{
	return !(v->watch_shift && l->flow >> (64 - v->watch_shift)) && l->key[0] && l->key[1];
}

static inline void look_ahead(const struct vantage *v, const struct cols *c, size_t i, struct look *ret)
{
	ret->flow = flow_of(v, c, i);
	for (unsigned side = 0; side < 2; side++) {
		ret->key[side] = vkey_of((enum vside)side, &c->ip[side][i], c->mac[side][i]);
		if (v->block.slots)
			__builtin_prefetch(&v->block.at[slot_of(&v->block, ret->key[side])], 1);
	}
	if (is_watched(v, ret))
		vantage_watch_soon(v, ret->flow | 1);
}

static struct vblock *block_for(struct vantage *v, uint64_t key)
{
	struct vblock *b = key ? vtable_find(&v->block, key) : NULL;
	if (b || !key)
		return b;
	uint16_t chosen = vantage_follow(v, key, OVERLAP_UNKNOWN);
	b = vtable_put(&v->block, key);
	if (b)
		b->chosen = chosen;
	return b;
}

/* One side of a row: is this where the block's traffic is counted?  True when that was decided. */
static bool decide(const struct vantage *v, const struct vblock *b, const struct cols *c, size_t i, enum vside side,
		   uint32_t agent, bool edge, bool *ret)
{
	struct addr at;
	*ret = true;
	if (edge || !b)
		return edge;
	if (b->chosen == BY_BOUNDARY) {
		*ret = false;
		return true;
	}
	if (v->hosts && b->sure && hosts_agent(v->hosts, &c->ip[side][i], c->mac[side][i], &at)) {
		*ret = addr_equal(&at, &c->agent[i]);
		return true;
	}
	*ret = b->chosen == CHOICE_NONE || b->chosen == agent;
	return b->chosen != CHOICE_NONE;
}

static uint8_t mark_row(struct vantage *v, const struct cols *c, size_t i, const struct look *l)
{
	static const uint8_t known[] = { VANTAGE_ENTRY_KNOWN, VANTAGE_EXIT_KNOWN }, is[] = { VANTAGE_ENTRY, VANTAGE_EXIT };
	uint32_t agent = vantage_agent(v, &c->agent[i]);
	struct vagent *from = agent ? &v->agent[agent] : NULL;
	float frames = (float)c->frames[i] * (float)MAX(c->rate[i], 1u);
	uint8_t mark = 0;
	if (!from)
		return 0;
	if (on_its_way_out(c, i)) {
		from->out++;
		if (from->both)
			return VANTAGE_ENTRY_KNOWN | VANTAGE_EXIT_KNOWN | VANTAGE_AGAIN;
	} else {
		from->in++;
	}
	if (is_watched(v, l))
		vantage_watch(v, l->flow | 1, l->key, agent);
	for (unsigned side = 0; side < 2; side++) {
		struct vblock *b = block_for(v, l->key[side]);
		bool edge = from->edge && is_edge(v, &c->agent[i], c->port[side][i]), here;
		if (decide(v, b, c, i, (enum vside)side, agent, edge, &here))
			mark |= (uint8_t)(known[side] | (here ? is[side] : 0));
		if (!b)
			continue;
		if (edge) {
			b->edge += frames;
			continue;
		}
		vblock_add(b, agent, frames);
		b->samples++;
	}
	return mark;
}

static void count(struct vantage_totals *t, const uint8_t *mark, size_t n)
{
	uint64_t entry = 0, leaves = 0, unknown = 0;
	for (size_t i = 0; i < n; i++) {
		entry += mark[i] & VANTAGE_ENTRY;
		leaves += (mark[i] & VANTAGE_EXIT) != 0;
		unknown += !(mark[i] & (VANTAGE_ENTRY_KNOWN | VANTAGE_EXIT_KNOWN));
	}
	t->rows += n;
	t->entry += entry;
	t->exit += leaves;
	t->unknown += unknown;
}

/* Time goes on with the rows'; an older capture is as if its minutes were now.  Clocks that are wrong
 * must not make a turn of every batch: it is a walk over the table. */
static void minute_of(struct vantage *v, uint64_t time, size_t rows)
{
	int64_t minute = (int64_t)(time / (uint64_t)USEC_PER_MIN);
	v->rows_since += rows;
	if (minute <= v->minute && minute >= v->minute - 60)
		return;
	if (v->minute && v->rows_since < v->block.slots)
		return;
	v->passed = v->minute && minute > v->minute ? MIN(minute - v->minute, (int64_t)MOST_MINUTES) : 1;
	if (v->minute)
		vantage_turn(v);
	v->minute = minute;
	v->rows_since = 0;
}

enum err vantage_mark(struct vantage *v, struct batch *b)
{
	struct cols c = cols_of(b);
	if (b->table->id != TABLE_TRAFFIC || !b->n)
		return OK;
	for (size_t i = 0; i < b->n; i += AHEAD) {
		size_t n = MIN(b->n - i, (size_t)AHEAD);
		struct look look[AHEAD];
		minute_of(v, batch_uint(b, TR_time, i + n / 2), n);
		for (size_t k = 0; k < n; k++)
			look_ahead(v, &c, i + k, &look[k]);
		for (size_t k = 0; k < n; k++)
			c.vantage[i + k] = mark_row(v, &c, i + k, &look[k]);
	}
	b->used |= (uint64_t)1 << TR_vantage;
	count(&v->totals, c.vantage, b->n);
	return OK;
}

/* -- the door ------------------------------------------------------------------------------------------- */

enum err vantage_new(struct vantage **ret)
{
	struct vantage *v = mem_new0(1, sizeof(*v));
	if (v && !(v->watch = mem_table(WATCHED, sizeof(*v->watch)))) {
		mem_free(v);
		v = NULL;
	}
	if (!v)
		return E_NOMEM;
	v->agents.ceiling = VANTAGE_AGENTS;
	v->block.most = v->wide.most = VANTAGE_BLOCKS;
	v->all.most = 16;
	*ret = v;
	return OK;
}

void vantage_free(struct vantage *v)
{
	if (!v)
		return;
	mem_free(v->block.at);
	mem_free(v->wide.at);
	mem_free(v->all.at);
	mem_free(v->watch);
	mem_free(v->spare);
	map_free(&v->agents);
	map_free(&v->edges);
	mem_free(v->agent);
	mem_free(v);
}

void vantage_totals(const struct vantage *v, struct vantage_totals *ret)
{
	*ret = v->totals;
	ret->blocks = v->block.n;
	ret->agents = v->nagent;
	ret->boundary_ports = v->edges.live;
	ret->decided = 0;
	for (size_t i = 0; i < v->block.slots; i++)
		ret->decided += v->block.at[i].key && v->block.at[i].chosen != CHOICE_NONE;
}
