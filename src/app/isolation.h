/* Inside weir verify-isolation: what belongs to whom (canaries), and the planted site.
 *
 * A canary is a text that nobody but its owner (and whoever is above) may ever get to see. */
#pragma once
#include "app/site.h"

struct canary {
	const char *text;
	uint32_t owner; /* place in the mapping */
	bool hidden;    /* from its owner, too: a remote address under a privacy level */
};

struct canaries {
	struct arena arena;
	struct canary *at;
	size_t n, cap;
	bool bad; /* out of memory */
};

void canary_add(struct canaries *c, uint32_t owner, const char *fmt, ...) _printf_(3, 4);
void canary_hide(struct canaries *c); /* the one that was added last */
void canaries_free(struct canaries *c);

/* The canary that stands in the output, as a word of its own, and is not for `who`; NULL: none. */
const struct canary *canary_found(const struct canaries *c, const struct customers *cs, uint32_t who, const struct buf *out);
/* Is anything of theirs in it? */
bool canary_own(const struct canaries *c, uint32_t who, const struct buf *out);

/* What a live mapping makes canaries of: ids, names, MACs, ports by number and alias. */
void canaries_of(struct canaries *c, const struct customers *cs, const struct model *m);

/* A store, a mapping and a configuration in an empty folder, with traffic and names for every customer,
 * shared private nets, a reseller and a port that changed hands; and what is whose.  `now`: for --now. */
enum err isolation_plant(const char *folder, struct canaries *c, struct problem *why) _must_check_;
#define PLANTED_NOW "2026-11-23T12:00:00Z"
