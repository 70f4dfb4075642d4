/* Counters of a year, asked of the readings and of whatever roll-ups are left of them: answers are the same to the
 * byte, or say what is missing.
 *
 *	readings   10.0.0.1>1   SNMP, 64 bits   all year; in June and July sFlow beside it, which counts less
 *	           10.0.0.1>2   SNMP, 32 bits   spring and September
 *	           10.0.0.2>7   sFlow           all year
 *	           every five to ten minutes, every minute in the week of Berlin's summer time; with restarts, jumps,
 *	           silence of minutes, hours and days, speeds and states that change, counters that come and go
 *	stores     all      segments of an hour and of days, roll-ups beside them
 *	           left     rows are gone; each choice of levels has stayed
 *	           by age   rows of the last months, then each level to some age
 *	           late     some readings come when their hours are rolled up, and then the rows are gone
 *
 * Readings of five minutes stand alone "as if they had been taken so seldom": of the week of minutes, what asks for
 * parts of five minutes differs, and is not compared when its readings are gone. */
#include "unit.h"

#include "base/mem.h"
#include "mapping.h"
#include "query/query.h"
#include "store/rollup.h"

#include <ftw.h>
#include <math.h>

enum { QUESTIONS = 60, MOST_STATES = 24, HOURS = 366 * 24, WIDER_H = 1 };
static const usec_t year = 1767225600 * USEC_PER_SEC; /* 2026-01-01 00:00 UTC */
static const usec_t now = year + 370 * USEC_PER_DAY;
enum { DENSE = 84 /* 26 March */, DENSE_DAYS = 7, JUNE = 151, AUGUST = 212 };

static uint64_t dice_state = 11;

static uint32_t dice(uint32_t n)
{
	dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice_state >> 33) % n;
}

static const char *pick(const char *const *from, size_t n)
{
	return from[dice((uint32_t)n)];
}

#define PICK(...) pick((const char *const[]){ __VA_ARGS__ }, COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

/* -- readings ------------------------------------------------------------------------------------------------------- */

struct line { /* one source's readings of an interface */
	uint32_t agent, interface;
	uint8_t source;
	unsigned every_sec, from_day, to_day, again_from, again_to;
	usec_t at, started;
	uint64_t speed, octets[2], frames;
	uint8_t status;
	bool lacks; /* counts no octets that go out */
};

static const struct line lines[] = {
	{ .agent = 1, .interface = 1, .source = COUNTERS_SNMP64, .every_sec = 330, .to_day = 365, .speed = 1000000000 },
	{ .agent = 1, .interface = 1, .source = COUNTERS_SFLOW, .every_sec = 300, .from_day = JUNE, .to_day = AUGUST, .speed = 1000000000 },
	{ .agent = 1, .interface = 2, .source = COUNTERS_SNMP32, .every_sec = 300, .from_day = 60, .to_day = 130, .again_from = 243, .again_to = 273,
	  .speed = 100000000 },
	{ .agent = 2, .interface = 7, .source = COUNTERS_SFLOW, .every_sec = 560, .to_day = 365, .speed = 10000000 },
};

static bool in_days(usec_t t, unsigned from, unsigned to)
{
	return t >= year + from * USEC_PER_DAY && t < year + to * USEC_PER_DAY;
}

static void restart(struct line *l)
{
	l->started = l->at - 1 - dice(60) * USEC_PER_SEC;
	l->octets[0] = l->octets[1] = l->frames = 0;
}

/* On to the next reading; false: it is not taken. */
static bool step(struct line *l)
{
	unsigned every = in_days(l->at, DENSE, DENSE + DENSE_DAYS) ? 60 : l->every_sec, sec = every - dice(every / 9);
	if (!dice(900))
		sec += 600 + dice(3000);
	else if (!dice(4000))
		sec += 3600 * (1 + dice(30));
	else if (!dice(20000))
		sec += 86400 * (2 + dice(3));
	l->at += sec * USEC_PER_SEC + dice(1000) * 1000;
	uint64_t most = l->speed / 8 * sec;
	for (size_t i = 0; i < 2; i++)
		l->octets[i] += dice(8) ? most / 100 * dice(100) : 0;
	l->frames += most / 1500 / 100 * dice(100);
	if (!dice(2500))
		restart(l);
	if (!dice(2500)) /* more than the line carries */
		l->octets[dice(2)] += most * 3;
	if (!dice(5000))
		l->octets[0] /= 2;
	if (!dice(4000))
		l->speed = l->speed / 10 * (8 + dice(5));
	if (!dice(3000))
		l->status = (uint8_t)(1 + 2 * dice(2));
	if (!dice(3000))
		l->lacks = !l->lacks;
	return in_days(l->at, l->from_day, l->to_day) || in_days(l->at, l->again_from, l->again_to);
}

static struct ifcounters_rec reading(const struct line *l)
{
	bool narrow = l->source == COUNTERS_SNMP32, sflow = l->source == COUNTERS_SFLOW;
	uint64_t mask = narrow ? UINT32_MAX : UINT64_MAX;
	struct ifcounters_rec r = { .time = (uint64_t)l->at, .agent = addr_v4(0x0a000000 + l->agent), .interface = l->interface, .iftype = 6,
				    .ifspeed = l->interface == 7 ? 0 : l->speed, .ifstatus = l->status, .countersource = l->source,
				    .uptime = (uint32_t)((l->at - l->started) / 1000), .ifinoctets = l->octets[0] & mask,
				    .ifoutoctets = l->octets[1] & mask, .ifinucastpkts = l->frames & (narrow || sflow ? UINT32_MAX : UINT64_MAX) };
	if (l->lacks)
		r.ifoutoctets = mask;
	if (l->source == COUNTERS_SNMP64 && in_days(l->at, JUNE + 10, JUNE + 20)) /* sFlow alone counts frames */
		r.ifinucastpkts = UINT64_MAX;
	return r;
}

/* Readings up to a day go into the store; late: some of a day go there. */
static void put_days(struct store_writer *w, struct line at[static COUNT_OF(lines)], unsigned to_day, struct batch *late)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], 4096, &b), OK);
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		while (at[i].at < year + to_day * USEC_PER_DAY) {
			if (!step(&at[i]))
				continue;
			struct ifcounters_rec r = reading(&at[i]);
			for (unsigned twice = dice(500) ? 1 : 2; twice; twice--)
				if (late && in_days(at[i].at, DENSE + 2, DENSE + 3) && !dice(5))
					assert_true(batch_push(late, &r));
				else if (!batch_push(b, &r)) {
					assert_int_equal(store_put(w, b), OK);
					batch_reset(b);
					assert_true(batch_push(b, &r));
				}
		}
	assert_int_equal(store_put(w, b), OK);
	assert_int_equal(store_seal(w), OK);
	batch_free(b);
}

/* -- stores ----------------------------------------------------------------------------------------------------------- */

struct state {
	char name[48], folder[40];
	struct store *store;
	size_t reference; /* whose rows were these */
	bool rows;        /* all are there */
	uint8_t gone[HOURS]; /* nothing is left of the hour */
	size_t same, said, rolled;
};

struct year {
	struct state state[MOST_STATES];
	size_t n;
	struct model *model;
	struct mapping mapping;
	struct own_port port[2];
	const struct scope *scope[2];
	const struct zone *utc;
};

static const struct store_options unsafe = { .no_sync = true };
static const struct rollup_options soon = { .days_after = USEC_PER_DAY };

static struct store_writer *writer_of(const struct state *s)
{
	struct store_writer *w;
	struct problem why;
	assert_int_equal(store_write_open(s->folder, &unsafe, &w, &why), OK);
	return w;
}

static void fold(struct store_writer *w)
{
	const struct compact_options over = { .no_grace = true };
	assert_int_equal(store_compact(w, now, &over, NULL), OK);
	assert_int_equal(store_rollup(w, now, NULL, &soon, NULL), OK);
}

static struct state *begin_state(struct year *y, const char *name)
{
	assert_true(y->n < MOST_STATES);
	struct state *s = &y->state[y->n++];
	*s = (struct state){ .folder = "/tmp/weir-year.XXXXXX" };
	snprintf(s->name, sizeof(s->name), "%s", name);
	assert_non_null(mkdtemp(s->folder));
	return s;
}

static struct state *copy_state(struct year *y, size_t from, const char *name)
{
	struct copy_report got;
	struct problem why = { 0 };
	struct state *s = begin_state(y, name);
	if (store_copy(y->state[from].folder, s->folder, &got, &why) != OK)
		fail_msg("%s: %s", name, why.text);
	s->reference = y->state[from].reference;
	return s;
}

static void prune(struct store_writer *w, enum store_level level, unsigned days)
{
	const struct prune_limit limit = { .table = TABLE_IFCOUNTERS, .level = level, .keep = days ? days * USEC_PER_DAY : 1 };
	const struct prune_policy policy = { .limit = &limit, .nlimits = 1, .no_grace = true };
	assert_int_equal(store_prune(w, now, &policy, NULL), OK);
}

/* Which hours a store can have something of. */
static void hours_of(const struct state *s, uint8_t ret[static HOURS])
{
	struct snapshot sn;
	memset(ret, 0, HOURS);
	assert_int_equal(store_snapshot(s->store, TABLE_IFCOUNTERS, (struct span){ 0, INT64_MAX }, &sn), OK);
	for (size_t i = 0; i < sn.nseg + sn.nrollup; i++) {
		struct span at = i < sn.nseg ? seg_span(sn.seg[i]) : sn.rollup[i - sn.nseg].span;
		for (usec_t h = MAX(at.start - year, 0) / USEC_PER_HOUR; h < HOURS && year + h * USEC_PER_HOUR < at.end; h++)
			ret[h] = 1;
	}
	snapshot_free(&sn);
}

static void open_state(struct year *y, struct state *s, struct store_writer *w)
{
	static uint8_t had[HOURS], has[HOURS];
	struct problem why;
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_open(s->folder, &s->store, &why), OK);
	hours_of(s, has);
	hours_of(&y->state[s->reference], had);
	for (size_t h = 0; h < HOURS; h++)
		s->gone[h] = had[h] && !has[h];
}

/* Months at a time, whose first two days have segments of an hour, and the others of days: those are Berlin's of 23
 * and of 25 hours, too.  What can be late: of a fortnight. */
static void make_all(struct year *y, struct batch *late, const char *name)
{
	static const unsigned until[] = { 87, 200, 297, 366 }, fortnight[] = { 85, 95 };
	const unsigned *days = late ? fortnight : until, from = late ? 80 : 0;
	size_t n = late ? COUNT_OF(fortnight) : COUNT_OF(until);
	struct line at[COUNT_OF(lines)];
	struct state *s = begin_state(y, name);
	struct store_writer *w = writer_of(s);
	s->reference = y->n - 1;
	s->rows = true;
	memcpy(at, lines, sizeof(at));
	for (size_t i = 0; i < COUNT_OF(at); i++) {
		at[i].at = year + MAX(at[i].from_day, from) * USEC_PER_DAY + dice(300) * USEC_PER_SEC;
		at[i].started = at[i].at - 40 * USEC_PER_DAY; /* uptimes wrap, too */
		at[i].status = 3;
	}
	for (size_t i = 0; i < n; i++) {
		put_days(w, at, days[i], late);
		fold(w);
	}
	open_state(y, s, w);
}

static void make_left(struct year *y, size_t from, unsigned kept)
{
	struct buf name = { 0 };
	buf_text(&name, "left:");
	for (unsigned l = 0; l < ROLLUP_LEVELS; l++)
		if (kept >> l & 1)
			buf_printf(&name, " %s", rollup_level_name((enum rollup_level)l));
	struct state *s = copy_state(y, from, buf_str(&name));
	struct store_writer *w = writer_of(s);
	prune(w, STORE_HOUR, 0);
	assert_int_equal(store_rollup(w, now, NULL, &soon, NULL), OK);
	for (unsigned l = 0; l < ROLLUP_LEVELS; l++)
		if (!(kept >> l & 1))
			prune(w, (enum store_level)(STORE_ROLLUP_5MIN + l), 0);
	open_state(y, s, w);
	buf_free(&name);
}

static void make_by_age(struct year *y, const unsigned days[static 1 + ROLLUP_LEVELS])
{
	struct state *s = copy_state(y, 0, "by age");
	struct store_writer *w = writer_of(s);
	prune(w, STORE_HOUR, days[0]);
	assert_int_equal(store_rollup(w, now, NULL, &soon, NULL), OK);
	for (unsigned l = 0; l < ROLLUP_LEVELS; l++)
		if (days[1 + l])
			prune(w, (enum store_level)(STORE_ROLLUP_5MIN + l), days[1 + l]);
	open_state(y, s, w);
}

/* Rolled up, then what is late comes; half of it stays in the journal. */
static size_t make_late(struct year *y)
{
	struct batch *late, *half;
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], 8192, &late), OK);
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], 8192, &half), OK);
	make_all(y, late, "late");
	size_t at = y->n - 1;
	struct state *s = &y->state[at];
	store_close(s->store);
	struct store_writer *w = writer_of(s);
	assert_true(late->n > 100);
	for (int journal = 0; journal < 2; journal++) {
		batch_reset(half);
		for (size_t i = 0; i < late->n; i++) {
			struct ifcounters_rec r;
			batch_row(late, i, &r);
			if (i % 2 == (size_t)journal)
				batch_push(half, &r);
		}
		assert_int_equal(store_put(w, half), OK);
		assert_int_equal(journal ? store_commit(w) : store_seal(w), OK);
	}
	batch_free(late);
	batch_free(half);
	open_state(y, s, w);
	return at;
}

static void name_ports(struct year *y)
{
	static const char *const name[] = { "up", "down", "old" };
	assert_int_equal(model_new(&y->model), OK);
	for (size_t i = 0; i < 3; i++) {
		const struct line *l = &lines[i + (i > 0)];
		const struct iface_note note = { .agent = addr_v4(0x0a000000 + l->agent), .ifindex = l->interface, .name = name[i],
						 .alias = "a", .speed = l->speed, .when = year };
		assert_int_equal(model_note(y->model, &note), OK);
	}
}

static void make(struct year *y)
{
	static const unsigned ages[][1 + ROLLUP_LEVELS] = { { 60, 200, 0, 0 }, { 150, 250, 300, 0 }, { 290, 0, 0, 0 } };
	struct problem why;
	unsigned levels = 0;
	*y = (struct year){ .n = 0 };
	for (unsigned l = 0; l < ROLLUP_LEVELS; l++)
		levels |= rollup_kind(TABLE_IFCOUNTERS, (enum rollup_level)l) ? 1u << l : 0;
	make_all(y, NULL, "all");
	for (unsigned kept = 1; kept < 1u << ROLLUP_LEVELS; kept++)
		if (!(kept & ~levels))
			make_left(y, 0, kept);
	for (size_t i = 0; i < COUNT_OF(ages); i++)
		make_by_age(y, ages[i]);
	make_left(y, make_late(y), levels);
	name_ports(y);
	y->port[0] = (struct own_port){ .agent = addr_v4(0x0a000001), .ifindex = 1,
					.when = { year + 87 * USEC_PER_DAY + 620 * USEC_PER_MIN, year + 243 * USEC_PER_DAY } };
	y->port[1] = (struct own_port){ .agent = addr_v4(0x0a000002), .ifindex = 7, .when = { INT64_MIN, INT64_MAX } };
	y->mapping.c = (struct customer){ .id = "c1", .name = "C", .port = y->port, .nport = 2 };
	mapping_make(&y->mapping);
	assert_int_equal(zone_find("UTC", &y->utc), OK);
	assert_int_equal(scope_everything(&y->scope[0]), OK);
	assert_int_equal(scope_customer(&y->mapping.all, "c1", y->model, &y->scope[1], &why), OK);
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void drop(struct year *y)
{
	for (size_t i = 0; i < y->n; i++) {
		store_close(y->state[i].store);
		assert_int_equal(nftw(y->state[i].folder, unlink_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	}
	scope_free(y->scope[0]);
	scope_free(y->scope[1]);
	mapping_free(&y->mapping);
	model_free(y->model);
}

/* -- questions ---------------------------------------------------------------------------------------------------------- */

struct asked {
	struct request rq;
	struct buf select, where, interval;
	struct span span;
	bool fine;    /* asks for parts of five minutes */
	bool customer;
	usec_t widest; /* of its buckets */
};

static void random_span(struct asked *q)
{
	static const unsigned around[] = { 66, 87, 88, 88, 90, 130, JUNE + 15, AUGUST, 243, 297, 304, 364 };
	static const usec_t edge[] = { USEC_PER_SEC, USEC_PER_MIN * 5, USEC_PER_HOUR / 2, USEC_PER_HOUR, USEC_PER_HOUR, USEC_PER_DAY };
	static const unsigned most_h[] = { 6, 30, 30, 100, 400, 1500 };
	unsigned len_h = 1 + dice(most_h[dice(COUNT_OF(most_h))]);
	usec_t from = year + (dice(2) ? around[dice(COUNT_OF(around))] : dice(364)) * USEC_PER_DAY + dice(86400) * USEC_PER_SEC, to;
	usec_t cut = edge[dice(COUNT_OF(edge))];
	from -= from % cut;
	to = from + len_h * USEC_PER_HOUR + dice(3600) * USEC_PER_SEC;
	to += cut - to % cut;
	if (!dice(30))
		q->span = (struct span){ year, year + 365 * USEC_PER_DAY };
	else
		q->span = (struct span){ from, to };
	q->fine = q->span.start % (5 * USEC_PER_MIN) || q->span.end % (5 * USEC_PER_MIN);
	buf_printf(&q->interval, "%lld,%lld", (long long)(q->span.start / USEC_PER_SEC), (long long)(q->span.end / USEC_PER_SEC));
}

static void random_bucket(struct asked *q)
{
	static const struct {
		const char *name;
		usec_t widest;
		unsigned least_h, most_h; /* of the interval */
	} bucket[] = { { "minute", USEC_PER_MIN, 0, 8 }, { "5 minutes", 5 * USEC_PER_MIN, 0, 60 }, { "7 minutes", 7 * USEC_PER_MIN, 0, 20 },
		       { "hour", USEC_PER_HOUR, 0, 500 }, { "hour", USEC_PER_HOUR, 0, 500 }, { "6 hours", 6 * USEC_PER_HOUR, 0, 2000 },
		       { "day", 25 * USEC_PER_HOUR, 0, 9000 }, { "day", 25 * USEC_PER_HOUR, 0, 9000 }, { "week", 8 * USEC_PER_DAY, 100, 9000 },
		       { "month", 32 * USEC_PER_DAY, 100, 9000 } };
	usec_t length = (q->span.end - q->span.start) / USEC_PER_HOUR;
	size_t i;
	do
		i = dice(COUNT_OF(bucket));
	while (length < bucket[i].least_h || length > bucket[i].most_h);
	q->rq.bucket = bucket[i].name;
	q->widest = bucket[i].widest;
	q->fine |= q->widest % (5 * USEC_PER_MIN) != 0;
}

static void ask_random(struct asked *q)
{
	*q = (struct asked){ .rq = { .kind = dice(3) ? QUERY_TREND : QUERY_TOPN, .view = "ifcounters" }, .customer = !dice(4) };
	random_span(q);
	if (q->rq.kind == QUERY_TREND) {
		random_bucket(q);
		buf_text(&q->select, "time,");
	}
	q->rq.n = dice(4) ? 0 : 1 + dice(2);
	if (q->rq.n || q->rq.kind == QUERY_TOPN || dice(2))
		buf_printf(&q->select, "%s,", PICK("interface", "interface", "ifindex", "ifname", "ifspeed", "ifoperstatus",
						   q->customer ? "ifalias" : "agent", "customer", "hour(time)", "weekday(time)"));
	const bool clock = strstr(buf_str(&q->select), "(time)"); /* keys of minutes, whose rates add up */
	for (uint32_t n = 1 + dice(2); n; n--)
		buf_printf(&q->select, "%s(%s),", PICK("sum", "sum", clock ? "sum" : "rate", "share"), PICK("ifinoctets", "ifoutbits", "ifinucastpkts", "ifinbits"));
	if (!dice(3))
		buf_printf(&q->select, "%s,", PICK("ifinutilization", "ifoututilization"));
	if (!dice(4)) {
		q->fine = true;
		buf_printf(&q->select, "%s(%s),", PICK("max", "min", "mean", "p95", "sdev", "p95"), PICK("ifinbits", "ifoutbits", "ifinutilization"));
	}
	if (!dice(6))
		buf_printf(&q->select, "%s,", PICK("first(ifspeed)", "last(ifspeed)", "count(interface)", "first(ifname)"));
	q->select.data[--q->select.len] = 0;
	if (!dice(3))
		buf_text(&q->where, PICK("interface=10.0.0.1>1", "interface=10.0.0.2>7", "ifindex!=1", "ifname~\"^[ud]\"", "ifoperstatus=up",
					 "ifspeed>=100000000", "!(interface=10.0.0.1>2)"));
	else if (!dice(9))
		buf_printf(&q->where, "time%s%u", PICK("<", ">="), (unsigned)((q->span.start + q->span.end) / 2 / USEC_PER_HOUR) * 3600);
	q->rq.select = buf_str(&q->select);
	q->rq.where = q->where.len ? buf_str(&q->where) : NULL;
	q->rq.interval = buf_str(&q->interval);
	q->rq.tz = PICK("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns");
}

static void asked_free(struct asked *q)
{
	buf_free(&q->select);
	buf_free(&q->where);
	buf_free(&q->interval);
}

enum way { PLAIN, ROWS, CHOSEN };

/* False: it makes no sense to the planner. */
static bool answer(const struct year *y, const struct state *s, const struct asked *q, enum way way, struct result *ret)
{
	const struct query_env env = { .store = s->store, .model = y->model, .customers = &y->mapping.all, .zone = y->utc, .now = now,
				       .plain = way == PLAIN, .no_rollups = way == ROWS };
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p = NULL;
	*ret = (struct result){ 0 };
	bool made = plan_make(&a, &env, y->scope[q->customer], &q->rq, &p, &why) == OK;
	if (made && plan_run(p, ret, &why) != OK)
		fail_msg("%s: %s | %s: %s", s->name, q->rq.select, q->rq.interval, why.text);
	if (made)
		plan_free(p);
	arena_free(&a);
	return made;
}

/* From the line that differs on. */
static void first_lines(const char **a, const char **b, int len[static 2])
{
	const char *from = *a;
	size_t k = 0, i = 0;
	for (; from[i] && from[i] == (*b)[i]; i++)
		k = from[i] == '\n' ? i + 1 : k;
	*a += k;
	*b += k;
	len[0] = (int)strcspn(*a, "\n");
	len[1] = (int)strcspn(*b, "\n");
}

static void differ(const struct state *s, const struct asked *q, const char *how, const char *want, const char *got)
{
	int len[2];
	first_lines(&want, &got, len);
	fail_msg("%s: %s | %s | %s %s %s n=%lld%s: %s\nrows say %.*s\nthis     %.*s", s->name, q->rq.select, q->rq.where ? q->rq.where : "", q->rq.interval,
		 q->rq.bucket ? q->rq.bucket : "", q->rq.tz, (long long)q->rq.n, q->customer ? " of c1" : "", how, len[0], want, len[1], got);
}

/* -- what is missing may be less, nothing else ---------------------------------------------------------------------------- */

static bool is_missing(const struct state *s, const struct result *t, struct span at)
{
	for (size_t i = 0; i < t->nincomplete; i++)
		if (t->incomplete[i].start < at.end && t->incomplete[i].end > at.start)
			return true;
	usec_t from = (at.start - year) / USEC_PER_HOUR - WIDER_H, to = (at.end - year) / USEC_PER_HOUR + WIDER_H;
	for (usec_t h = MAX(from, 0); h <= MIN(to, HOURS - 1); h++)
		if (s->gone[h])
			return true;
	return false;
}

/* The lines of buckets that miss nothing. */
static void whole_buckets(const struct state *s, const struct asked *q, const struct result *told, const struct result *t, struct buf *out)
{
	struct buf csv = { 0 };
	result_csv(t, false, &csv);
	const char *line = buf_str(&csv);
	for (size_t i = 0; i < t->nrows; i++) {
		const char *end = strchr(line, '\n');
		usec_t from = (usec_t)t->col[0].num[i];
		if (!is_missing(s, told, (struct span){ from, from + q->widest }))
			buf_printf(out, "%.*s\n", (int)(end - line), line);
		line = end + 1;
	}
	buf_free(&csv);
}

static double total(const struct result *t, const char *name)
{
	int c = result_find_col(t, name);
	double sum = 0;
	for (size_t i = 0; c >= 0 && i < t->nrows; i++)
		sum += isnan(t->col[c].num[i]) ? 0 : t->col[c].num[i];
	return sum;
}

static void compare_part(const struct state *s, const struct asked *q, const struct result *want, const struct result *got)
{
	static const char *const sums[] = { "sum(ifinoctets)", "sum(ifoutbits)", "sum(ifinucastpkts)", "sum(ifinbits)" };
	struct buf a = { 0 }, b = { 0 };
	for (size_t i = 0; i < COUNT_OF(sums); i++)
		if (total(got, sums[i]) > total(want, sums[i]))
			differ(s, q, sums[i], "less", "more");
	if (q->rq.kind == QUERY_TREND && !q->rq.n) {
		whole_buckets(s, q, got, want, &a);
		whole_buckets(s, q, got, got, &b);
		if (strcmp(buf_str(&a), buf_str(&b)) != 0)
			differ(s, q, "buckets that miss nothing", buf_str(&a), buf_str(&b));
	}
	buf_free(&a);
	buf_free(&b);
}

static void compare(struct state *s, const struct asked *q, const struct result *want, const struct result *got)
{
	struct buf a = { 0 }, b = { 0 };
	const struct span dense = { year + DENSE * USEC_PER_DAY, year + (DENSE + DENSE_DAYS + 1) * USEC_PER_DAY };
	bool all_there = !got->nincomplete && !is_missing(s, got, q->span);
	result_json(want, &a);
	result_json(got, &b);
	bool same = strcmp(buf_str(&a), buf_str(&b)) == 0, apart = q->span.start >= dense.end || q->span.end <= dense.start;
	s->same += same;
	s->said += !same && !all_there;
	s->rolled += got->scanned.rollups > 0;
	if (!same && (s->rows || apart || !q->fine)) {
		if (all_there)
			differ(s, q, "nothing is said to be missing", buf_str(&a), buf_str(&b));
		compare_part(s, q, want, got);
	}
	buf_free(&a);
	buf_free(&b);
}

static void ask_all(struct year *y, const struct asked *q)
{
	struct result want[MOST_STATES] = { { 0 } }, got;
	for (size_t i = 0; i < y->n; i++) {
		struct state *s = &y->state[i];
		if (s->rows) {
			assert_true(answer(y, s, q, PLAIN, &want[i]));
			assert_int_equal(want[i].scanned.rollups, 0);
			assert_true(answer(y, s, q, ROWS, &got));
			compare(s, q, &want[i], &got);
			result_free(&got);
		}
		assert_true(answer(y, s, q, CHOSEN, &got));
		compare(s, q, &want[s->reference], &got);
		result_free(&got);
	}
	for (size_t i = 0; i < y->n; i++)
		result_free(&want[i]);
}

static void answers_of_a_year_are_those_of_its_readings(void **unused _unused_)
{
	static struct year y;
	size_t asked = 0;
	make(&y);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct asked q;
		struct result t;
		ask_random(&q);
		if (answer(&y, &y.state[0], &q, ROWS, &t)) {
			result_free(&t);
			ask_all(&y, &q);
			asked++;
		}
		asked_free(&q);
	}
	for (size_t i = 0; i < y.n; i++)
		print_message("%-22s %zu the same, %zu say what is missing, %zu from roll-ups\n", y.state[i].name, y.state[i].same, y.state[i].said,
			      y.state[i].rolled);
	assert_true(asked > QUESTIONS * 9 / 10 && y.state[1].same > asked * 3 / 4); /* left: 5min */
	assert_true(y.state[0].rolled && y.state[2].same); /* hours beside readings, and alone */
	drop(&y);
}

UNIT_MAIN(cmocka_unit_test(answers_of_a_year_are_those_of_its_readings))
