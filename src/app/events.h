/* What happened, as rows of the table `events`.
 *
 *	loop, health, counters -> event_post -> told at once, or held back -> events_batch -> the one writer
 *
 * Whoever sends exports decides how much happens, so everything is bounded: of a kind about one agent (and
 * interface) so many an hour, of all so many a minute, and so many may wait while the store refuses.  What
 * is left out is counted, and the counts are rows too.  One thread. */
#pragma once
#include "flow/flow.h"
#include "model/model.h"

enum event {
#define EVENT(id, ...) EVENT_##id,
#include "app/events.def"
	EVENT_KINDS
};

struct event_row {
	const char *name, *type;
	unsigned severity, an_hour;
	const char *value, *help;
};
extern const struct event_row event_rows[EVENT_KINDS];

/* About what: zeros are nothing in particular. */
struct event_about {
	struct addr agent;
	uint32_t ifindex;
	unsigned counter; /* kinds about one agent that are bounded each for itself */
	uint64_t value;
	usec_t when;      /* 0 = now */
};

struct events;

enum err events_new(struct events **ret) _must_check_;
void events_free(struct events *e);
DEFINE_FREEP(struct events *, events_free)

void event_post(struct events *e, enum event kind, const struct event_about *about, const char *fmt, ...) _printf_(4, 5);

/* Interfaces whose status is another one than their counters told before; other tables are ignored. */
void events_counters(struct events *e, const struct batch *b);

/* Once a second or so: what was held back and is due now.  ending: all of it. */
void events_tick(struct events *e, bool ending);

/* What waits to be stored, its texts told to the model; NULL = nothing.  It stays until events_taken. */
struct batch *events_batch(struct events *e, struct model *m);
void events_taken(struct events *e);
