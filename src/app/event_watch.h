/* Events out of what is looked at every few seconds: how exporters fare, what the collector lost, housekeeping.
 *
 * Which exporters were heard before is kept in STORE/status/known, so that one that does not come back after a
 * restart is called silent, and one that does is not called new. */
#pragma once
#include "app/events.h"
#include "app/health.h"
#include "app/upkeep.h"

struct event_watch;

/* folder: the store's.  A file that is absent or damaged is none: *ret_known what came of it. */
enum err event_watch_new(int folder, struct event_watch **ret, enum err *ret_known) _must_check_;
void event_watch_free(struct event_watch *w);
DEFINE_FREEP(struct event_watch *, event_watch_free)

struct event_look {
	const struct health *health;
	const struct collector_totals *totals;
	const struct upkeep_report *upkeep;
	usec_t silent; /* collect.silent */
};
void event_watch_look(struct event_watch *w, struct events *e, const struct event_look *l);

/* When it is another one than the file says. */
enum err event_watch_save(struct event_watch *w, int folder) _must_check_;
