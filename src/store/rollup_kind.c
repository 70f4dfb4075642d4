/* Which roll-ups there are, and the columns of those of traffic. */
#include "store/rollup.h"

struct rollup_rec { /* only so that columns have places; nobody fills one */
	uint64_t time;
#define KEEP(name, storage) ctype_##storage name;
#define FOLD(name, storage) ctype_##storage name;
#define SUM(name)           uint64_t name;
#define NEW(name, help)     uint64_t name;
#include "store/rollup.def"
#undef KEEP
#undef FOLD
#undef SUM
#undef NEW
};

static const struct column columns[] = {
	{ "time", ST_u64, C_TIME, offsetof(struct rollup_rec, time) },
#define KEEP(name, storage) { #name, ST_##storage, C_DICT, offsetof(struct rollup_rec, name) },
#define FOLD                KEEP
#define SUM(name)           { #name, ST_u64, C_INT, offsetof(struct rollup_rec, name) },
#define NEW(name, help)     SUM(name)
#include "store/rollup.def"
#undef KEEP
#undef FOLD
#undef SUM
#undef NEW
};

/* Column of traffic -> column of its roll-ups, plus one; 0: gone. */
static const uint8_t place[TABLE_MAX_COLS] = {
	[TR_time] = RU_time + 1,
#define KEEP(name, storage) [TR_##name] = RU_##name + 1,
#define FOLD                KEEP
#define SUM(name)           [TR_##name] = RU_##name + 1,
#define NEW(name, help)
#include "store/rollup.def"
#undef KEEP
#undef FOLD
#undef SUM
#undef NEW
};

static const struct table traffic_groups = {
	.name = "traffic-rollup",
	.id = TABLE_TRAFFIC,
	.ncols = RU_COLS,
	.rec_size = sizeof(struct rollup_rec),
	.time_col = RU_time,
	.agent_col = RU_agent,
	.place_col = RU_inputinterface,
	.rate_col = RU_samplingrate,
	.cols = columns,
};

static const struct column readings[] = {
#define IFCOUNTERS(name, type, storage, unit, role, codec, ...) \
	{ #name, ST_##storage, C_##codec, offsetof(struct ifcounters_rec, name) },
#include "flow/fields.def"
	{ "joined", ST_u8, C_DICT, offsetof(struct thinned_rec, joined) },
};

static const struct table thinned = {
	.name = "ifcounters",
	.id = TABLE_IFCOUNTERS,
	.ncols = COUNT_OF(readings),
	.rec_size = sizeof(struct thinned_rec),
	.time_col = IF_time,
	.agent_col = IF_agent,
	.place_col = IF_interface,
	.rate_col = -1,
	.whose = WHOSE_PORT,
	.cols = readings,
};
_Static_assert(COUNT_OF(readings) == (int)IF_joined + 1 && (int)IF_joined < (int)TABLE_MAX_COLS, "behind the table's");

static const struct rollup_kind kinds[] = {
	{ TABLE_TRAFFIC, ROLLUP_HOUR, USEC_PER_HOUR, &traffic_groups },
	{ TABLE_TRAFFIC, ROLLUP_DAY, USEC_PER_DAY, &traffic_groups },
	{ TABLE_IFCOUNTERS, ROLLUP_5MIN, 5 * USEC_PER_MIN, &thinned },
	{ TABLE_IFCOUNTERS, ROLLUP_HOUR, USEC_PER_HOUR, &thinned },
};

const struct rollup_kind *rollup_kind(enum table_id of, enum rollup_level level)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i].of == of && kinds[i].level == level)
			return &kinds[i];
	return NULL;
}

const char *rollup_level_name(enum rollup_level level)
{
	static const char *const names[ROLLUP_LEVELS] = { "5min", "hour", "day" };
	return names[level];
}

int rollup_column(const struct rollup_kind *k, size_t col)
{
	if (k->columns != &traffic_groups)
		return (int)col;
	return col < TABLE_MAX_COLS ? place[col] - 1 : -1;
}
