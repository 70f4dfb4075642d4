/* Inside of model/: how zones are made.
 *
 *	zones_yaml.c, zones_xml.c   a form of the file -> the calls below, with places
 *	zones.c                     names, blocks, ports; then ranges that do not overlap */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "model/zones.h"

enum {
	ZONES_MAX_ERRORS = 100,
	ZONES_MAX_NAMES = 65535,
	ZONES_MAX_BLOCKS = 1000000, /* likewise agents, ports */
	ZONES_MAX_NAME = 200,       /* bytes */
};
#define ZONES_MAX_FILE ((size_t)64 << 20)

struct zoning_place {
	unsigned line, column; /* from 1 */
};

struct zone_agents {
	struct addr lo, hi;
	uint32_t name;
	struct zoning_place at;
};

struct zones {
	struct arena arena;
	struct zone_name *name;
	struct zone_block *block;
	struct zoning_place *block_at; /* for messages, while it is made */
	struct zone_agents *agent;
	struct zone_port *port;
	struct zone_range *range;
	size_t nname, nblock, nagent, nport, nrange;
	size_t cap_name, cap_block, cap_agent, cap_port, cap_range;
};

struct zoning {
	struct zones *z;
	const char *file; /* for messages */
	zones_say *say;
	void *arg;
	struct problem *why;
	size_t errors;
	enum err failed;    /* out of memory: not the file's fault */
	struct map known;   /* paths -> number */
	uint32_t zone, now; /* the zone, and the zone or group, that is being read; 0 = none */
};

void zoning_error(struct zoning *b, struct zoning_place at, const char *fmt, ...) _printf_(3, 4);
bool zoning_full(const struct zoning *b); /* no use to go on */
void zoning_zone(struct zoning *b, struct zoning_place at, const char *name);
void zoning_zone_end(struct zoning *b);
void zoning_group(struct zoning *b, struct zoning_place at, const char *name);
void zoning_group_end(struct zoning *b);
void zoning_block(struct zoning *b, struct zoning_place at, const char *text);  /* "192.0.2.0/24" */
void zoning_agents(struct zoning *b, struct zoning_place at, const char *text); /* "10.0.0.1", "10.0.0.1-10.0.0.9", a block */
void zoning_port(struct zoning *b, struct zoning_place at, const char *text);   /* "10.0.0.1>5", "10.0.0.1>Gi0/1" */

void zones_read_yaml(struct zoning *b, const void *text, size_t len);
void zones_read_xml(struct zoning *b, const void *text, size_t len);
