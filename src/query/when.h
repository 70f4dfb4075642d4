/* What interval.c, instant.c and bucket.c share: units of time, a scanner over text about time. */
#pragma once
#include "query/query.h"

enum time_unit {
#define UNIT(id, words, seconds, help) UNIT_##id,
#define NAMED(...)
#define ROLLING(...)
#include "query/intervals.def"
#undef UNIT
	TIME_UNITS
};

/* The largest step in seconds, so that no sum can overflow; times lie in 1970..9999. */
#define WHEN_MAX_STEP ((uint64_t)10000 * 366 * 86400)
#define WHEN_LAST     ((usec_t)253402300799 * USEC_PER_SEC)

struct when {
	const char *text;
	size_t len, at;
	usec_t now;
	const struct zone *zone;
	struct problem *why;
	const usec_t *start, *end; /* what the words mean; NULL = they mean nothing here */
	bool wants_end;            /* the refusal was that `end` is not known yet */
};

void when_blanks(struct when *w);
size_t when_word_len(const struct when *w);          /* letters that begin here */
bool when_word(struct when *w, const char *word);    /* any case, whole word; steps over it */
size_t when_digits(struct when *w, uint64_t *ret);   /* digits stepped over; 18 of them count */
bool when_sign(struct when *w, char sign);           /* blanks, then this sign */
bool when_unit(struct when *w, enum time_unit *ret); /* "min", "hours", "d" */
enum err when_refuse(struct when *w, size_t at, const char *fmt, ...) _printf_(3, 4);
const char *when_found(const struct when *w, size_t at, char buf[static 40]); /* text there, cut */

uint64_t unit_seconds(enum time_unit u); /* nominal */
/* n units later; days and longer by the calendar of the zone, a day beyond the month's end being
 * its last. */
usec_t unit_step(const struct zone *z, usec_t t, enum time_unit u, int64_t n);
/* Start of the day, week, month or year. */
usec_t unit_floor(const struct zone *z, usec_t t, enum time_unit u);

int days_of_month(int year, int month); /* month 1..12 */

/* A named interval that begins here ("last 24 hours"); OK without moving when there is none. */
enum err named_read(struct when *w, struct span *ret, bool *ret_is);
/* An instant: all of it, up to w->len. */
enum err instant_read(struct when *w, usec_t *ret);
