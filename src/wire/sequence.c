/* See sequence.h. */
#include "wire/sequence.h"

enum {
	RESTART_MS = 10000,    /* an uptime further back was read after a restart */
	WINDOW_DATAGRAMS = 64, /* how far behind one may come late or twice */
	WINDOW_RECORDS = 4096,
	ENOUGH_FITS = 3,
};

/* Before b, on a clock of 32 bits that wraps. */
static int32_t behind(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}

/* What one arrival holds, as s counts: numbers first ... first + count - 1. */
struct extent {
	uint32_t first, count, clock_ms;
	bool uptime;
};

static struct extent extent_of(const struct sequence *s, const struct arrival *a)
{
	struct extent e = { .first = a->number, .clock_ms = a->clock_ms, .uptime = a->uptime };
	switch ((enum counts)s->counts) {
	case COUNTS_DATAGRAMS:
		e.count = 1;
		break;
	case COUNTS_RECORDS:
		e.count = a->records;
		break;
	case COUNTS_FLOWS:
		e.count = a->flows;
		break;
	case COUNTS_RECORDS_AFTER:
		e.count = a->records;
		e.first -= a->records;
		break;
	case COUNTS_FLOWS_AFTER:
		e.count = a->flows;
		e.first -= a->flows;
		break;
	case COUNTINGS:
		break;
	}
	return e;
}

static void newest(struct sequence *s, const struct extent *a)
{
	s->started = true;
	s->first = a->first;
	s->next = a->first + a->count;
	s->clock_ms = a->clock_ms;
}

static void add_hole(struct sequence *s, uint32_t start, uint32_t len)
{
	if (!len)
		return;
	memmove(s->hole + 1, s->hole, (SEQUENCE_HOLES - 1) * sizeof(s->hole[0])); /* the oldest goes */
	s->hole[0] = (struct hole){ .start = start, .len = len };
}

/* How many of the arrival's numbers were missing; they are not any more. */
static uint32_t fill_hole(struct sequence *s, const struct extent *a)
{
	for (size_t i = 0; i < SEQUENCE_HOLES; i++) {
		struct hole *h = &s->hole[i];
		uint32_t at = a->first - h->start;
		if (at >= h->len)
			continue;
		uint32_t n = MIN(a->count, h->len - at), behind_it = h->len - at - n;
		h->len = at;
		add_hole(s, a->first + n, behind_it);
		return n;
	}
	return 0;
}

static enum sequence_seen begin_anew(struct sequence *s, const struct extent *a)
{
	newest(s, a);
	memset(s->hole, 0, sizeof(s->hole));
	return SEQ_RESET;
}

static enum sequence_seen from_behind(struct sequence *s, const struct extent *a, uint32_t *ret_n)
{
	bool later = behind(s->clock_ms, a->clock_ms) > 0; /* sent after the newest */
	uint32_t window = s->counts == COUNTS_DATAGRAMS ? WINDOW_DATAGRAMS : WINDOW_RECORDS;
	if (s->next - a->first > window)
		return begin_anew(s, a);
	if (!a->count)
		return SEQ_NEXT; /* templates alone; nothing is numbered */
	*ret_n = fill_hole(s, a);
	if (*ret_n)
		return SEQ_LATE;
	if (!later)
		return SEQ_DUPLICATE;
	if (a->first == s->first) { /* always the same: this one does not count at all */
		newest(s, a);
		return SEQ_NEXT;
	}
	return begin_anew(s, a);
}

enum sequence_seen sequence_step(struct sequence *s, const struct arrival *arrival, uint32_t *ret_n)
{
	struct extent a = extent_of(s, arrival);
	uint32_t gap = a.first - s->next;
	*ret_n = 0;
	s->last = *arrival;
	if (!s->started || gap == 0) {
		enum sequence_seen seen = s->started ? SEQ_NEXT : SEQ_FIRST;
		newest(s, &a);
		return seen;
	}
	if (a.uptime && behind(a.clock_ms, s->clock_ms) > RESTART_MS)
		return begin_anew(s, &a);
	if (gap > UINT32_MAX / 2)
		return from_behind(s, &a, ret_n);
	if (gap > (s->counts == COUNTS_DATAGRAMS ? SEQUENCE_LEAP_DATAGRAMS : SEQUENCE_LEAP_RECORDS))
		return begin_anew(s, &a);
	add_hole(s, s->next, gap);
	newest(s, &a);
	*ret_n = gap;
	return SEQ_GAP;
}

/* The number that should follow s->last. */
static uint32_t following(const struct sequence *s, enum counts counts, const struct arrival *a)
{
	const uint32_t add[COUNTINGS] = {
		[COUNTS_DATAGRAMS] = 1,
		[COUNTS_RECORDS] = s->last.records,
		[COUNTS_FLOWS] = s->last.flows,
		[COUNTS_RECORDS_AFTER] = a->records,
		[COUNTS_FLOWS_AFTER] = a->flows,
	};
	return s->last.number + add[counts];
}

bool sequence_learn(struct sequence *s, const struct arrival *a)
{
	if (!s->started || a->number == following(s, s->counts, a)) {
		memset(s->fits, 0, sizeof(s->fits));
		return false;
	}
	for (enum counts c = 0; c < COUNTINGS; c++) {
		s->fits[c] = a->number == following(s, c, a) ? s->fits[c] + 1u : 0;
		if (s->fits[c] < ENOUGH_FITS)
			continue;
		*s = (struct sequence){ .counts = (uint8_t)c };
		return true;
	}
	return false;
}

void sequence_lose_count(struct sequence *s)
{
	*s = (struct sequence){ .counts = s->counts };
}
