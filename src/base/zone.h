/* Time zones: local calendar time <-> UTC, by the names of the system's zone database.
 *
 * glibc keeps one zone per process, so the zone is switched under a lock; any thread may
 * call.  A zone lives until the process ends; zone_find() of a name twice gives the same. */
#pragma once
#include "base/err.h"

struct zone;

/* A broken-down local time.  Fields as people write them: month 1..12, day 1..31. */
struct civil {
	int year, month, day, hour, minute, second;
	int weekday;    /* 0 = Monday .. 6 = Sunday; out only */
	int offset_sec; /* east of UTC; out only */
};

/* "" or NULL = the process's zone (TZ, else the system's).  E_UNKNOWN for a name the
 * database does not have (the name must be like "Europe/Zurich", "UTC"; never a path). */
enum err zone_find(const char *name, const struct zone **ret) _must_check_;
const char *zone_name(const struct zone *z);

struct civil zone_civil(const struct zone *z, usec_t t);

/* The instant of a local time; fields out of range are carried over (day 0 = last day of
 * the month before), so calendar steps are plain additions.  A time skipped by daylight
 * saving gives the instant after the gap, an ambiguous one the first. */
usec_t zone_utc(const struct zone *z, struct civil c);

/* ISO 8601 with offset, "2026-11-23T14:05:00+01:00"; returns buf. */
const char *zone_iso(const struct zone *z, usec_t t, char buf[static 40]);
