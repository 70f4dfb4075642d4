/* Roll-ups read in the place of rows: the same file, opened with traffic's columns.  Columns go by name, so
 * those that a roll-up lacks are zero. */
#include "store/keep.h"
#include "store/rollup.h"
#include "store/seg.h"

#include "base/mem.h"

#define NAME(col, text) \
	(col == SI_records ? "records" : col == SI_squares ? "squares" : col == SI_folded ? "folded" : text)

static const struct column columns[] = {
#define TRAFFIC(name, type, storage, unit, role, codec, ...) \
	{ NAME(TR_##name, #name), ST_##storage, C_##codec, offsetof(struct flow_rec, name) },
#include "flow/fields.def"
};
_Static_assert(sizeof((struct flow_rec){ 0 }.url) == 8 && sizeof((struct flow_rec){ 0 }.urlhost) == 8 &&
		       sizeof((struct flow_rec){ 0 }.application) == 8,
	       "as wide as the columns of NEW");

static const struct table stand_in = {
	.name = "traffic-rollup",
	.id = TABLE_TRAFFIC,
	.ncols = TR_COLS,
	.rec_size = sizeof(struct flow_rec),
	.time_col = TR_time,
	.agent_col = TR_agent,
	.place_col = TR_inputinterface,
	.rate_col = TR_samplingrate,
	.cols = columns,
};

static const uint64_t keeps = 0
#define KEEP(name, storage) | (uint64_t)1 << TR_##name
#define FOLD(name, storage)
#define SUM(name)
#define NEW(name, help)
#include "store/rollup.def"
#undef KEEP
#undef FOLD
	;
static const uint64_t may_fold = 0
#define KEEP(name, storage)
#define FOLD(name, storage) | (uint64_t)1 << TR_##name
#include "store/rollup.def"
#undef FOLD
#undef SUM
	;
static const uint64_t sums = 0
#define FOLD(name, storage)
#define SUM(name) | (uint64_t)1 << TR_##name
#include "store/rollup.def"
#undef KEEP
#undef FOLD
#undef SUM
#undef NEW
	;

bool seg_stands_in(const struct seg *s)
{
	return s->table == &stand_in;
}

uint64_t stand_in_keys(const struct seg *s, bool folding)
{
	return folding || !stand_in_folded(s) ? keeps | may_fold : keeps;
}

uint64_t stand_in_sums(void)
{
	return sums;
}

/* As the head says: there is nothing to load where no row is. */
bool stand_in_folded(const struct seg *s)
{
	const struct seg_entry *e = &s->entry[SI_folded];
	return e->kind != SEG_CONST || e->base;
}

static enum err open_as(struct store *s, struct snapshot *sn, const struct snapshot_rollup *r, const struct table *t,
			struct seg **ret)
{
	struct seg *roll = keep_take(sn->keep, t, r->path);
	enum err e = roll ? OK : seg_open(store_folder(s), r->path, t, &roll);
	if (e != OK)
		return e;
	if (seg_rows(roll) != r->rows) {
		keep_drop(sn->keep, roll);
		return E_CORRUPT;
	}
	roll->keep = sn->keep;
	roll->front.span = r->span;
	*ret = roll;
	return OK;
}

enum err snapshot_rollup(struct store *s, struct snapshot *sn, size_t rollup, struct seg **ret)
{
	const struct snapshot_rollup *r = &sn->rollup[rollup];
	const struct rollup_kind *k = rollup_kind(r->table, (enum rollup_level)r->level);
	return k ? open_as(s, sn, r, r->table == TABLE_TRAFFIC ? &stand_in : k->columns, ret) : E_UNKNOWN;
}

enum err snapshot_seldom(struct store *s, struct snapshot *sn, size_t rollup, struct seg **ret)
{
	return open_as(s, sn, &sn->rollup[rollup], &tables[sn->rollup[rollup].table], ret);
}

bool seg_joins(const struct seg *s)
{
	return s->table->id == TABLE_IFCOUNTERS && s->table->ncols > IF_joined;
}

void stand_in_span(struct seg *roll, struct span span)
{
	roll->front.span = span;
}

void snapshot_drop(struct snapshot *sn, struct seg *roll)
{
	keep_give(sn->keep, roll);
}

enum err snapshot_stand_in(struct snapshot *sn, size_t at, struct seg *roll)
{
	if (at < sn->nseg) {
		keep_give(sn->keep, sn->seg[at]);
		sn->seg[at] = roll;
		return OK;
	}
	struct seg **more = mem_array(sn->seg, sn->nseg + 1, sizeof(*more));
	if (!more)
		return E_NOMEM;
	sn->seg = more;
	sn->seg[sn->nseg++] = roll;
	return OK;
}
