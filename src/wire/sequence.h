/* Sequence numbers: what was lost on the way, what came late or twice, who began anew.
 *
 * Every protocol numbers what it sends, modulo 2^32: sFlow and v9 datagrams, v5, v7 and IPFIX
 * records.  A number ahead of what should come leaves a hole: counted as lost, and taken back when
 * a late one fills it.  A number behind that fills no hole was there before (a duplicate), unless
 * the device's clock tells that it was sent later: then the device counts anew.
 *
 *	expected   10            12  13   11        10         3
 *	arrives    10     12         13   11        10         0, uptime 1 s
 *	           next   gap of 1   next late      duplicate  reset
 *
 * Not all devices count what the standard says, or count it when it says.  One whose numbers
 * miss what should come, and agree with another way of counting three times in a row, is taken
 * to count that way. */
#pragma once
#include "base/util.h"

enum { SEQUENCE_HOLES = 4 };

enum counts {
	COUNTS_DATAGRAMS,     /* sFlow, v9 */
	COUNTS_RECORDS,       /* v5, v7, IPFIX: the number of the first record */
	COUNTS_FLOWS,         /* the same without options records */
	COUNTS_RECORDS_AFTER, /* the number that the next datagram should have */
	COUNTS_FLOWS_AFTER,
	COUNTINGS
};

struct arrival {
	uint32_t number, records, flows; /* records: flows and options */
	uint32_t clock_ms;               /* the device's uptime, else its time */
	bool uptime;                     /* which of the two */
};

struct sequence {
	uint32_t next;       /* the number that should come */
	uint32_t first;      /* of what came last, as next counts */
	uint32_t clock_ms;   /* what the device's clock showed then */
	struct arrival last; /* as it came */
	bool started;
	uint8_t counts;          /* enum counts */
	uint8_t fits[COUNTINGS]; /* times in a row that this way of counting was right and ours was not */
	struct hole {
		uint32_t start, len; /* len 0 = none */
	} hole[SEQUENCE_HOLES];
};

enum sequence_seen { SEQ_FIRST, SEQ_NEXT, SEQ_GAP, SEQ_LATE, SEQ_DUPLICATE, SEQ_RESET };

/* A leap further ahead is no loss, but a device that counts anew. */
enum { SEQUENCE_LEAP_DATAGRAMS = 1 << 20, SEQUENCE_LEAP_RECORDS = 1 << 24 };

/* *ret_n: how many were lost (SEQ_GAP) or are not lost after all (SEQ_LATE). */
enum sequence_seen sequence_step(struct sequence *s, const struct arrival *a, uint32_t *ret_n);
/* The usual case of sequence_step(), of what counts as it should: the number that should come. */
static inline bool sequence_next_usual(struct sequence *s, const struct arrival *a)
{
	if (!s->started || s->counts > COUNTS_RECORDS || a->number != s->next)
		return false;
	s->first = s->next;
	s->next += s->counts == COUNTS_DATAGRAMS ? 1 : a->records;
	s->clock_ms = a->clock_ms;
	s->last = *a;
	memset(s->fits, 0, sizeof(s->fits));
	return true;
}
/* True when the device proves to count in another way than s did: what was counted so far is void. */
bool sequence_learn(struct sequence *s, const struct arrival *a);
/* How many records the last arrival held is not known: what comes next is taken as it comes. */
void sequence_lose_count(struct sequence *s);
