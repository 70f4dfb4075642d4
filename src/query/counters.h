/* Between counters.c, which makes differences of readings, and readings.c, which gathers them. */
#pragma once
#include "query/exec.h"

enum { SOURCES = 4 };

struct reading {
	struct reading_at at;
	uint64_t speed; /* at's, or what the model knows */
	uint32_t iface, iftype;
	uint8_t direction, status;
	bool passes; /* the filter */
	bool joined; /* to the one before, by a roll-up (store/rollup.h): a good difference */
};

/* The last reading of an interface from one source. */
struct series {
	struct reading last;
	bool any;
};

/* What one interface adds to one group: for rates by its own coverage. */
struct cell {
	__int128 sum;
	usec_t covered;
};

struct counting {
	const struct plan *p;
	struct agg *g;
	struct reader reader;
	const struct table *table;
	int uptime_col, source_col, part_col[2]; /* -1: it has none; parts tell rows of one place apart */
	struct words ifaces;    /* agent (2 words), ifIndex or data source | first part << 32, second part */
	struct reading *r;      /* of the chunk */
	uint64_t *val;          /* reading * nmeasures */
	uint64_t *word;         /* (reading * nitems + item) * 2: keys; of ifcounters the reading has them */
	size_t n, r_cap, val_cap, word_cap;
	uint32_t *index, *start; /* readings by interface; where each interface's begin */
	size_t index_cap, start_cap;
	struct series *series;  /* interface * SOURCES + source */
	uint64_t *last;         /* likewise * nmeasures */
	usec_t *covered_until;  /* interface * (nmeasures + 1) + measure; the last: any of them */
	size_t series_cap, last_cap, covered_cap;
	struct words cells;     /* interface, group */
	struct cell *cell;      /* cell * nmeasures */
	size_t cell_cap;
};

static inline bool is_ifcounters(const struct counting *c)
{
	return c->table->id == TABLE_IFCOUNTERS;
}

/* The readings of one segment, appended. */
enum err gather_segment(struct counting *c, struct seg *s) _must_check_;
