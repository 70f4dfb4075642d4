/* What estimates say of interfaces that cannot be: more bits in a minute than the interface has speed.
 *
 * Each flow row is added to the interface that it came in by, and to the one it left by, where the exporter
 * measures in that direction.  At the minute each interface is compared with its speed; one whose
 * estimate is above it by more than chance explains is remembered for an hour.  Then the sampling rate is
 * wrong, or the speed is.
 *
 * A flow record tells of a longer time than a minute: only a minute's share of it is added.  One thread. */
#pragma once
#include "flow/flow.h"
#include "model/model.h"

enum { CAPS_SLOTS = 16384, CAPS_OVER = 256 }; /* interfaces watched, and remembered */

struct cap_over {
	struct addr agent;
	uint32_t ifindex;
	uint64_t speed, estimate; /* bit/s; of the worst minute */
	uint64_t minutes;
	usec_t first, last;
};

struct caps;

enum err caps_new(struct caps **ret) _must_check_;
void caps_free(struct caps *c);
DEFINE_FREEP(struct caps *, caps_free)

void caps_add(struct caps *c, const struct batch *b); /* other tables than traffic are ignored */
/* A minute is over: compare, and begin the next.  seconds: how long it really was. */
void caps_minute(struct caps *c, const struct model *m, usec_t now, double seconds);

size_t caps_over(const struct caps *c, const struct cap_over **ret); /* sorted by agent and interface */
uint64_t caps_unwatched(const struct caps *c); /* rows of interfaces that there was no slot for */
