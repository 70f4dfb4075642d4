/* Inside of model/: the vantage table.  vantage.c marks and learns, vantage_choose.c chooses at the
 * turn of a minute, vantage_file.c keeps it over a restart. */
#pragma once
#include "base/map.h"
#include "model/vantage.h"

enum {
	CANDIDATES = 5,         /* agents remembered of a block */
	VANTAGE_AGENTS = 65000, /* numbered from 1 */
	VANTAGE_BLOCKS = 1 << 19,
	VANTAGE_RECENT = 64,
	BY_BOUNDARY = 0xffff,   /* chosen: it comes and goes by the boundary */
	CHOICE_NONE = 0,
};

/* One block on one side: a cache line. */
struct vblock {
	uint64_t key;              /* 0 = none */
	float seen[CANDIDATES];    /* frames estimated, forgotten slowly */
	uint16_t agent[CANDIDATES]; /* numbers; 0 = none */
	uint16_t chosen;           /* agent, CHOICE_NONE or BY_BOUNDARY */
	uint16_t own;              /* likewise, before the larger blocks were asked */
	uint8_t sure;              /* of a larger block: its choice holds for what is inside; of a block: hosts in it are located */
	uint8_t overlap;           /* enum overlap */
	float samples;             /* rows, likewise forgotten */
	float edge;                /* frames that came by the boundary, likewise; they are not among `seen` */
	float both, others, compared; /* vantage_choose.c */
};
_Static_assert(sizeof(struct vblock) == 64, "a cache line");

/* Do other agents see the very flows that the chosen one sees? */
enum overlap { OVERLAP_UNKNOWN, OVERLAP_SAME, OVERLAP_APART };

/* A flow that is watched, and who saw how many of its packets.  Which flows those are a hash says, so
 * that all agents' samples of one meet. */
enum { WATCHERS = 4, WATCHED = 1 << 16, WATCH_MINUTES = 15 };
struct vwatch {
	uint64_t key;      /* hash of the flow; 0 = none */
	uint64_t block[2]; /* of its source, of its destination */
	uint16_t agent[WATCHERS], seen[WATCHERS];
	int64_t minute;    /* seen last */
};

struct vtable {
	struct vblock *at; /* power of two, open addressing */
	size_t slots, n, most;
	uint64_t seed; /* hash_seed(), at hand */
};

struct vagent {
	struct addr addr;
	float in, out; /* rows of packets on their way in, out; forgotten slowly */
	bool both, edge; /* reports both ways; has ports of the boundary */
};

struct vantage {
	struct vtable block, wide, all; /* /24 and /48; /16 and /32; everything */
	struct vwatch *watch;           /* WATCHED of them, open addressing */
	struct vwatch *spare;           /* as many, to begin anew in: making them costs more than filling them */
	size_t watched;
	unsigned watch_shift;           /* flows are watched whose hash begins with so many zeroes */
	struct map agents;              /* address -> number */
	struct vagent *agent;           /* by number, from 1 */
	size_t nagent, cap_agent;
	struct map edges;               /* agent, ifIndex: ports of the boundary */
	const struct zones *zones;
	const struct hosts *hosts;
	int64_t minute, passed;         /* that is being counted, 0 = none yet; since the last turn */
	size_t rows_since;              /* the last turn */
	struct vantage_totals totals;
	struct vrecent {                /* agents of the last rows, at a place that their address gives */
		struct addr addr;
		uint32_t number; /* 0 = none */
	} recent[VANTAGE_RECENT];
};

enum vside { VSIDE_SOURCE, VSIDE_DESTINATION };

/* The key of the block around an address or a MAC; width 0 block, 1 wide, 2 all. */
uint64_t vkey_of(enum vside side, const struct addr *a, uint64_t mac);
uint64_t vkey_wider(uint64_t key, unsigned width);
bool vkey_addr(uint64_t key, struct addr *ret); /* first address of it; false: a MAC */

struct vblock *vtable_find(const struct vtable *t, uint64_t key);
/* NULL: no memory, or the table is full. */
struct vblock *vtable_put(struct vtable *t, uint64_t key);
void vtable_remove_old(struct vtable *t); /* those of which nothing is left; without memory none */
/* What a block that does not decide by itself is to do: as the larger blocks around it say. */
uint16_t vantage_follow(const struct vantage *v, uint64_t key, enum overlap overlap);
void vantage_compare(struct vantage *v); /* vantage_watch.c: flows that are watched -> overlap of blocks */
void vantage_watch(struct vantage *v, uint64_t flow, const uint64_t block[2], uint32_t agent);
void vantage_watch_soon(const struct vantage *v, uint64_t flow); /* fetches where it will be looked for */
void vblock_add(struct vblock *b, uint32_t agent, float frames);
uint32_t vantage_agent(struct vantage *v, const struct addr *a); /* its number; 0: no room */
