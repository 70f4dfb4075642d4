/* A zone as a table of turns: local time <-> UTC without opening a file.
 *
 * base/zone.h asks the C library, which reads the zone database whenever the zone changes.  A
 * drawing process cannot do that: its file system is gone.  So the turns (changes of the offset
 * from UTC) are found once through base/zone.h and kept; everything after that is arithmetic. */
#pragma once
#include "base/zone.h"

enum { TZ_MAX_TURNS = 640 }; /* 1970..2100 with four turns a year, as the liveliest zone has */

struct tz {
	char name[64];  /* as asked for */
	char label[64]; /* what people call it; "" when it has no name */
	size_t n; /* turns; the first one is at INT64_MIN */
	struct tz_turn {
		usec_t at;
		int offset_sec; /* from here on; east of UTC */
	} turn[TZ_MAX_TURNS];
};

/* The turns of a zone that matter to this span.  A zone that tz_warm_up() has learnt opens no
 * file.  E_UNKNOWN: no such zone (or it cannot be read any more). */
enum err tz_find(const char *zone, struct span span, struct tz *ret) _must_check_;
void tz_utc_only(struct tz *ret); /* the zone that always exists */

/* Learn a zone for good: 1970 to 2100.  Before threads start and the file system closes.
 * NULL = the process's zone.  At most 8 zones; E_LIMIT beyond. */
enum err tz_warm_up(const char *zone) _must_check_;

int tz_offset(const struct tz *z, usec_t t);
struct civil tz_civil(const struct tz *z, usec_t t);
/* As zone_utc(): fields are carried over; a skipped time gives the instant after the gap, an
 * ambiguous one the first.  *ret_exact (may be NULL): the local time exists. */
usec_t tz_instant(const struct tz *z, struct civil c, bool *ret_exact);

/* "Europe/Zurich"; for the process's own unnamed zone the offset at t, "UTC+01:00". */
const char *tz_label(const struct tz *z, usec_t t, char buf[static 64]);
const char *tz_offset_label(const struct tz *z, usec_t t, char buf[static 64]); /* always the offset */
