/* From one reading of running totals to the next: is there a difference, and what is it?  Asked by questions, and
 * by who leaves out readings between which nothing else happened; both have to judge alike. */
#pragma once
#include "flow/fields.h"

enum { READINGS_APART_MIN = 10 }; /* no difference is made over more */

struct reading_at {
	usec_t time;
	uint64_t speed;  /* that the reading itself tells; 0 = unknown */
	uint32_t uptime; /* 0 = unknown */
	uint8_t source;
};

enum delta {
	DELTA_OK,
	DELTA_NONE, /* the device does not count this */
	DELTA_RESET /* the counter began anew */
};

bool counter_is_32bit(const struct table *t, unsigned source, int col);
bool counter_is_missing(const struct table *t, unsigned source, int col, uint64_t v); /* the device does not count this */

/* Too long after, or the agent started between the two. */
bool readings_apart(const struct reading_at *a, const struct reading_at *b);
/* 32-bit counters wrap; others that go back, and more than the line could carry, are a restart. */
enum delta counter_delta(const struct table *t, int col, const struct reading_at *at[static 2], const uint64_t v[static 2], uint64_t *ret);
