/* Zones and groups: what the operator calls the parts of its address space, and where it ends.
 *
 *	zone   a name, with blocks of addresses and agents
 *	group  a name inside a zone, likewise
 *	boundary  the ports by which traffic enters and leaves the network
 *
 * An address is in the smallest block that holds it; one that no block holds is in the zone
 * EXTERNAL.  Read from YAML or XML (docs/zones.md); immutable once made, so any thread may read. */
#pragma once
#include "base/err.h"
#include "flow/addr.h"

#define ZONE_EXTERNAL "EXTERNAL"

struct zones;
struct model;

/* One name: a zone, or a group inside one.  Number 0 is EXTERNAL; texts live as long as the zones. */
struct zone_name {
	const char *zone, *group; /* group "": the zone itself */
	const char *path;         /* "zone" or "zone>group" */
};

/* Every error is told to `say` (which may be NULL); with any nothing is returned: E_SYNTAX, and *why
 * has the first as "FILE:LINE:COLUMN: ...".  XML begins with "<", everything else is YAML. */
typedef void zones_say(void *arg, unsigned line, unsigned column, const char *text);
enum err zones_parse(const void *text, size_t len, const char *name, zones_say *say, void *arg, struct zones **ret,
		     struct problem *why) _must_check_;
enum err zones_load(const char *file, zones_say *say, void *arg, struct zones **ret, struct problem *why) _must_check_;
void zones_free(struct zones *z);
DEFINE_FREEP(struct zones *, zones_free)

size_t zones_count(const struct zones *z); /* names, EXTERNAL among them */
const struct zone_name *zones_name(const struct zones *z, size_t i);
bool zones_has(const struct zones *z, const char *name, size_t len, bool group); /* a zone, or a group, of this name */

/* The blocks as ranges of addresses that do not overlap, ascending; gaps are EXTERNAL. */
struct zone_range {
	struct addr lo, hi;
	uint32_t name;        /* number */
	struct prefix subnet; /* the block that holds it */
	const char *text;     /* "192.0.2.0/24", the same */
};
const struct zone_range *zones_ranges(const struct zones *z, size_t *ret_n);
/* NULL: EXTERNAL, or no address. */
const struct zone_range *zones_find(const struct zones *z, const struct addr *a);

/* The name an agent is listed under; 0 when it is in none. */
uint32_t zones_agent(const struct zones *z, const struct addr *agent);

/* Blocks and agents as they were written, in the file's order, for lists. */
struct zone_block {
	struct prefix prefix;
	uint32_t name;
};
const struct zone_block *zones_blocks(const struct zones *z, size_t *ret_n);

/* Names, blocks, agents and ports of the boundary that are in one and not in the other; NULL: nothing is in it. */
struct zones_changes {
	size_t fresh, gone;
};
enum err zones_compare(const struct zones *before, const struct zones *after, struct zones_changes *ret) _must_check_;

/* Ports of the boundary: by name or by number. */
struct zone_port {
	struct addr agent;
	const char *ifname; /* NULL: by ifindex */
	uint32_t ifindex;
};
const struct zone_port *zones_boundary(const struct zones *z, size_t *ret_n);
