/* Random stores, and questions of all that traffic has, asked in every way that there is: the answers are the
 * same to the byte, and what they add up to is what the rows do.  Rows end at the edges of words, chunks and
 * blocks; keys go past what 16 bits number; bytes past 2^53 and 2^64, rates past 2^31.
 *
 *	plain    query_env.plain, over a store as rows left it: journal, segments, compacted hours
 *	quick    the same store, two threads
 *	slow     that, without AVX2
 *	put by   the same rows in one segment an hour, and their roll-ups; those without the roll-ups
 *	many     plan_run_many(), behind other questions of the same store
 *	tight    in little memory: the answer, an estimate that says it is one, or E_LIMIT
 *
 *	WEIR_WAYS   which worlds: FIRST-LAST (0-11) */
#include "unit.h"

#include "base/mem.h"
#include "query/query.h"
#include "store/rollup.h"
#include "base/vector.h"

#include <ftw.h>

enum { QUESTIONS = 16, MOST_ROWS = 98305 };
static const usec_t midnight = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */
static const usec_t now = midnight + USEC_PER_DAY - 1;

static uint64_t dice_state;

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

/* -- rows ------------------------------------------------------------------------------------------------ */

struct world {
	struct flow_rec *row;
	size_t rows, hosts;
	bool huge, rates, constant;
	struct store *found, *settled; /* as rows came; compacted and rolled up */
	char folder[2][40];
};

static struct addr random_addr(const struct world *w)
{
	if (dice(40) == 0)
		return (struct addr){ { 0x20, 1, 0xd, 0xb8, [15] = (uint8_t)dice(9) } };
	const uint32_t host = dice(3) ? dice((uint32_t)w->hosts) : dice((uint32_t)MIN(w->hosts, (size_t)12));
	return dice(60) ? addr_v4(0x0a000000 + host) : (struct addr){ { 0 } };
}

static uint64_t random_amount(const struct world *w)
{
	static const uint64_t edges[] = { UINT64_MAX, INT64_MAX, (1ull << 53) + 1, 1ull << 53, UINT32_MAX, 1ull << 32, 0 };
	return w->huge && dice(50) == 0 ? edges[dice(COUNT_OF(edges))] : w->constant ? 1500 : dice(9000);
}

static struct flow_rec random_row(const struct world *w, size_t i)
{
	static const uint32_t rates[] = { 0, 1, 2, 1000, 1u << 31, UINT32_MAX };
	static const uint8_t protocols[] = { 6, 6, 17, 1, 58, 0 };
	const usec_t hours = 3 * USEC_PER_HOUR;
	return (struct flow_rec){
		.time = (uint64_t)(midnight + (usec_t)((unsigned __int128)hours * i / w->rows) / 1000 * 1000),
		.agent = addr_v4(0x0a636301 + dice(3)), .exporttype = EXPORT_SFLOW, .datasource = dice(3),
		.inputinterface = dice(9), .outputinterface = dice(50) ? dice(9) : UINT32_MAX,
		.ipsource = random_addr(w), .ipdestination = random_addr(w), .nexthop = addr_v4(0x0a636360 + dice(2)),
		.macsource = dice(3) ? 0x02005e100000 + dice(9) : 0, .macdestination = dice(9) ? 0 : 0xffffffffffff,
		.vlansource = (uint16_t)dice(3), .vlandestination = (uint16_t)(dice(90) ? 0 : UINT16_MAX), .ethertype = 0x0800,
		.protocol = protocols[dice(6)], .sourceport = (uint16_t)dice(65536), .destinationport = dice(3) ? 443 : 53,
		.tos = (uint8_t)dice(256), .ttl = (uint8_t)dice(256), .tcpflags = (uint16_t)dice(8), .icmptype = (uint16_t)(dice(2) * 2048),
		.sourceas = dice(3) ? 64500 + dice(4) : UINT32_MAX, .destinationas = dice(2), .sourcemask = (uint8_t)dice(33),
		.samplingrate = w->rates ? rates[dice(COUNT_OF(rates))] : 1000, .bytes = random_amount(w),
		.frames = w->huge && dice(80) == 0 ? random_amount(w) : 1 + dice(4), .vantage = dice(3) ? 0 : (uint8_t)dice(32),
	};
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

/* settled: in one go, compacted, rolled up; else in parts, of which some are sealed and some compacted. */
static struct store *make_store(const struct world *w, bool settled, char folder[static 40])
{
	const struct store_options opt = { .no_sync = true };
	const struct compact_options all = { .no_grace = true, .open_hours = settled };
	const struct rollup_options few = { .details = dice(2) ? 0 : 1 + dice(100) };
	struct rollup_report rolled;
	struct store_writer *writer;
	struct store *s;
	struct problem why;
	struct batch *b;
	strcpy(folder, "/tmp/weir-ways.XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(store_write_open(folder, &opt, &writer, &why), OK);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 4096, &b), OK);
	for (size_t i = 0; i < w->rows; i++) {
		batch_push(b, &w->row[i]);
		if (b->n < b->cap && i + 1 < w->rows)
			continue;
		assert_int_equal(store_put(writer, b), OK);
		batch_reset(b);
		if (!settled && !dice(8))
			assert_int_equal(store_seal(writer), OK);
		if (!settled && !dice(12))
			assert_int_equal(store_compact(writer, midnight + (usec_t)dice(5) * USEC_PER_HOUR, &all, NULL), OK);
	}
	if (settled) {
		assert_int_equal(store_seal(writer), OK);
		assert_int_equal(store_compact(writer, now, &all, NULL), OK);
		assert_int_equal(store_rollup(writer, now, NULL, &few, &rolled), OK);
	}
	batch_free(b);
	assert_int_equal(store_write_close(writer), OK);
	assert_int_equal(store_open(folder, &s, &why), OK);
	return s;
}

static void make_world(struct world *w, uint32_t seed)
{
	static const size_t sizes[] = { 0, 1, 63, 65, 1024, 1025, 5000, 32767, 32769, 65537, MOST_ROWS };
	dice_state = seed * 977u + 5;
	w->rows = sizes[seed % COUNT_OF(sizes)];
	w->hosts = dice(2) ? 300 : 90000;
	w->huge = dice(2);
	w->rates = dice(2);
	w->constant = !dice(4);
	w->row = mem_array(NULL, MAX(w->rows, (size_t)1), sizeof(*w->row));
	for (size_t i = 0; i < w->rows; i++)
		w->row[i] = random_row(w, i);
	w->found = make_store(w, false, w->folder[0]);
	w->settled = make_store(w, true, w->folder[1]);
}

static void drop_world(struct world *w)
{
	store_close(w->found);
	store_close(w->settled);
	for (size_t i = 0; i < COUNT_OF(w->folder); i++)
		assert_int_equal(nftw(w->folder[i], unlink_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	mem_free(w->row);
}

/* -- questions --------------------------------------------------------------------------------------------- */

struct asked {
	struct request rq;
	struct buf select, where, interval, sort;
};

static const struct field *random_field(const struct view *v)
{
	const struct field *f;
	do
		f = &v->fields[dice((uint32_t)v->nfields)];
	while (f->role == R_DETAIL);
	return f;
}

static void put_item(struct buf *b, const struct view *v)
{
	static const char *const often[] = { "ipsource", "ipdestination", "ipsource", "interface", "bytes", "flows", "bits", "frames" };
	const char *one = often[dice(COUNT_OF(often))];
	const struct field *f = dice(3) ? field_find(v, one, strlen(one)) : random_field(v);
	const uint32_t how = dice(12);
	if (f->role == R_VALUE && how < 5)
		buf_printf(b, "%s(%s)", PICK("sum", "rate", "min", "max", "mean", "sdev", "share", "error", "p95"), f->name);
	else if (f->role == R_VALUE && how < 6)
		buf_printf(b, "percentile(%s,%u)", f->name, 1 + dice(100));
	else if (f->role != R_VALUE && how < 4)
		buf_printf(b, "%s(%s)", PICK("count", "first", "last"), f->name);
	else if (f->type == T_ADDR && how < 6)
		buf_printf(b, "mask(%s,%u)", f->name, dice(129));
	else if (f->type == T_TIME && how < 8)
		buf_printf(b, "%s(%s)", PICK("hour", "weekday"), f->name);
	else
		buf_text(b, f->name);
}

static void put_test(struct buf *b)
{
	switch (dice(12)) {
	case 0:  buf_printf(b, "ip%s%s10.0.%u.0/24", PICK("source", "destination"), PICK("=", "!="), dice(4)); break;
	case 1:  buf_printf(b, "ip%s=10.0.0.%u,10.0.1.%u,::", PICK("source", "destination"), dice(12), dice(256)); break;
	case 2:  buf_printf(b, "%sinterface%s10.99.99.%u>%u", PICK("", "input", "output"), PICK("=", "!="), 1 + dice(3), dice(9)); break;
	case 3:  buf_printf(b, "sourceport%s%u", PICK("<", ">=", "!="), dice(65536)); break;
	case 4:  buf_printf(b, "%s%s%s", PICK("bytes", "bits", "frames"), PICK("<", "<=", ">", ">=", "=", "!="),
			    PICK("0", "1", "1500000", "4294967295", "9007199254740993", "9223372036854775807", "18446744073709551615")); break;
	case 5:  buf_printf(b, "time%s%lld", PICK("<", ">="), (long long)(midnight / USEC_PER_SEC) + dice(3 * 3600)); break;
	case 6:  buf_printf(b, "sourceas%s%s", PICK("=", "!=", ">"), PICK("0", "64501", "4294967295")); break;
	case 7:  buf_printf(b, "ip%s~\"%s\"", PICK("source", "destination"), PICK("^10", "7$", "^$", "::")); break;
	case 8:  buf_printf(b, "serverport%s", PICK("=443", "=53,80", "<1024")); break;
	case 9:  buf_printf(b, "tos%s%u", PICK("<", "=", ">"), dice(256)); break;
	case 10: buf_printf(b, "macsource%s02:00:5e:10:00:%02x", PICK("=", "!="), dice(9)); break;
	default: buf_printf(b, "protocol%s%s", PICK("=", "!="), PICK("TCP", "UDP", "0")); break;
	}
}

static void put_filter(struct buf *b, unsigned depth)
{
	if (!depth || !dice(2)) {
		put_test(b);
		return;
	}
	buf_text(b, dice(4) ? "(" : "!(");
	put_filter(b, depth - 1);
	buf_text(b, PICK("&", "|"));
	put_filter(b, depth - 1);
	buf_text(b, ")");
}

static void put_interval(struct buf *b)
{
	const long long from = (long long)(midnight / USEC_PER_SEC) + dice(3 * 3600);
	if (dice(2))
		buf_text(b, PICK("today", "2026-11-23T00:00,2026-11-23T01:00", "2026-11-23T00:59:59,2026-11-23T02:00:01", "yesterday,today"));
	else
		buf_printf(b, "%lld,%lld", from, from + 1 + dice(3 * 3600));
}

static void ask_random(struct asked *q)
{
	*q = (struct asked){ .rq.view = PICK("iftraffic", "traffic"), .rq.kind = dice(2) ? QUERY_TOPN : QUERY_TREND };
	const struct view *v = view_find(q->rq.view, strlen(q->rq.view));
	for (uint32_t i = 0, n = 1 + dice(5); i < n; i++) {
		buf_text(&q->select, i ? "," : "");
		put_item(&q->select, v);
	}
	if (dice(3))
		put_filter(&q->where, 2);
	put_interval(&q->interval);
	if (!dice(3))
		buf_text(&q->sort, PICK("bytes", "flows", "rate(bits)", "ipsource", "share(frames)", "count(ipdestination)"));
	q->rq.n = dice(3) ? 1 + dice(dice(2) ? 8 : 3000) : 0;
	q->rq.bucket = q->rq.kind == QUERY_TREND ? PICK("60", "7 minutes", "hour", "day", "week", "month", "1") : NULL;
	q->rq.tz = PICK("UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns");
	q->rq.select = buf_str(&q->select);
	q->rq.where = q->where.len ? buf_str(&q->where) : NULL;
	q->rq.interval = buf_str(&q->interval);
	q->rq.sort = q->sort.len ? buf_str(&q->sort) : NULL;
}

static void asked_free(struct asked *q)
{
	buf_free(&q->select);
	buf_free(&q->where);
	buf_free(&q->interval);
	buf_free(&q->sort);
}

/* -- ways ------------------------------------------------------------------------------------------------------ */

static struct query_env env_of(struct store *s)
{
	static const struct zone *utc;
	assert_int_equal(zone_find("UTC", &utc), OK);
	return (struct query_env){ .store = s, .zone = utc, .now = now };
}

static void say(const struct result *t, struct buf *out)
{
	result_json(t, out);
	buf_printf(out, "\nrows %zu rest %d overlapping %d approximate %d dedup %s zone %s span %lld %lld bucket %lld incomplete %zu", t->nrows,
		   t->rest, t->overlapping, t->approximate, t->dedup, t->zone, (long long)t->span.start, (long long)t->span.end,
		   (long long)t->bucket, t->nincomplete);
}

/* Together with others, where there are some: it is the last.  E_SYNTAX when it cannot be asked. */
static enum err ask(const struct query_env *env, const struct asked *q, size_t n, struct buf *out)
{
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p[3] = { 0 };
	struct result t[3] = { 0 };
	const struct scope *scope;
	size_t made = 0;
	enum err err = scope_everything(&scope);
	for (size_t i = 0; i < n && err == OK; i++) {
		err = plan_make(&a, env, scope, &q[i].rq, &p[made], &why);
		if (err == OK)
			made++;
		else if (i + 1 < n)
			err = OK;
	}
	if (err == OK)
		err = made == 1 ? plan_run(p[0], &t[0], &why) : plan_run_many(p, made, t, &why);
	if (err == OK)
		say(&t[made - 1], out);
	else
		buf_printf(out, "%d: %s", err, why.text);
	for (size_t i = 0; i < made; i++) {
		result_free(&t[i]);
		plan_free(p[i]);
	}
	scope_free(scope);
	arena_free(&a);
	return err;
}

static void same(const char *way, const struct query_env *env, const struct asked *q, size_t n, struct buf *want)
{
	_cleanup_(buf_free) struct buf got = { 0 };
	const enum err err = ask(env, q, n, &got);
	if (env->max_bytes && (err == E_LIMIT || strstr(buf_str(&got), "\"approximate\":true")))
		return; /* as it says */
	if (strcmp(buf_str(&got), buf_str(want)) != 0)
		fail_msg("%s: %.3000s\n-- not --\n%.3000s", way, buf_str(&got), buf_str(want));
}

static void ask_every_way(const struct world *w, const struct asked q[static 3])
{
	_cleanup_(buf_free) struct buf want = { 0 };
	struct query_env env = env_of(w->found);
	env.plain = env.no_rollups = true;
	const enum err err = ask(&env, &q[2], 1, &want);
	if (err == E_SYNTAX || err == E_LIMIT) /* it makes no sense, or a bucket too many */
		return;
	assert_int_equal(err, OK);
	env.plain = env.no_rollups = false;
	same("quick", &env, &q[2], 1, &want);
	vector_without_avx2 = true;
	same("without AVX2", &env, &q[2], 1, &want);
	vector_without_avx2 = false;
	same("with others", &env, q, 3, &want);
	env.max_bytes = (size_t)(1 + dice(24)) << 20;
	same("in little memory", &env, &q[2], 1, &want);
	env = env_of(w->settled);
	same("of roll-ups", &env, &q[2], 1, &want);
	env.no_rollups = true;
	same("compacted", &env, &q[2], 1, &want);
	env.plain = true;
	same("plain, compacted", &env, &q[2], 1, &want);
}

static bool is_shown(const struct field *f, uint64_t protocol, const char *text)
{
	const struct value v = { .type = f->type, .num = protocol };
	char have[VALUE_TEXT];
	const char *s = value_format(&v, have);
	return text ? STREQ(s, text) : !*s;
}

/* Per protocol, counted here. */
static void totals_are_those_of_the_rows(const struct world *w)
{
	const struct query_env env = env_of(w->found);
	const struct request rq = { .view = "iftraffic", .select = "protocol,bytes,bits,frames,samples,flows", .interval = "today", .n = 1000 };
	unsigned __int128 bytes[256] = { 0 }, frames[256] = { 0 }, samples[256] = { 0 };
	size_t flows[256] = { 0 }, found = 0;
	struct arena a = { 0 };
	struct problem why;
	struct plan *p;
	struct result t = { 0 };
	const struct scope *scope;
	for (size_t i = 0; i < w->rows; i++) {
		const struct flow_rec *r = &w->row[i];
		const uint32_t rate = MAX(r->samplingrate, 1u);
		found += !flows[r->protocol]++;
		bytes[r->protocol] += (unsigned __int128)r->bytes * rate;
		frames[r->protocol] += (unsigned __int128)r->frames * rate;
		samples[r->protocol] += r->frames;
	}
	assert_int_equal(scope_everything(&scope), OK);
	assert_int_equal(plan_make(&a, &env, scope, &rq, &p, &why), OK);
	assert_int_equal(plan_run(p, &t, &why), OK);
	assert_int_equal(t.nrows, found);
	for (size_t i = 0; i < t.nrows; i++) {
		const struct field *f = field_find(view_find("iftraffic", 9), "protocol", 8);
		size_t k = 0;
		while (k < 256 && !is_shown(f, k, t.col[0].text[i]))
			k++;
		assert_true(k < 256);
		assert_true(t.col[1].num[i] == (double)bytes[k] && t.col[2].num[i] == (double)(bytes[k] * 8));
		assert_true(t.col[3].num[i] == (double)frames[k] && t.col[4].num[i] == (double)samples[k]);
		assert_true(t.col[5].num[i] == (double)flows[k]);
	}
	result_free(&t);
	plan_free(p);
	scope_free(scope);
	arena_free(&a);
}

static void every_way_gives_the_same(void **state)
{
	const char *which = getenv("WEIR_WAYS");
	unsigned first = 0, last = 11;
	(void)state;
	if (which)
		assert_int_equal(sscanf(which, "%u-%u", &first, &last), 2);
	for (unsigned seed = first; seed <= last; seed++) {
		struct world w = { 0 };
		make_world(&w, seed);
		totals_are_those_of_the_rows(&w);
		struct asked q[3];
		ask_random(&q[0]);
		ask_random(&q[1]);
		for (unsigned i = 0; i < QUESTIONS; i++) {
			ask_random(&q[2]);
			print_message("# world %u (%zu rows): %s %s %s | %s | %s | sort %s, n %lld, bucket %s, %s\n", seed, w.rows,
				      q[2].rq.kind ? "trend" : "topN", q[2].rq.view, q[2].rq.select, buf_str(&q[2].where), q[2].rq.interval, buf_str(&q[2].sort), (long long)q[2].rq.n,
				      q[2].rq.bucket ? q[2].rq.bucket : "-", q[2].rq.tz);
			ask_every_way(&w, q);
			asked_free(&q[i % 2]);
			q[i % 2] = q[2];
		}
		asked_free(&q[0]);
		asked_free(&q[1]);
		drop_world(&w);
	}
}

UNIT_MAIN(cmocka_unit_test(every_way_gives_the_same))
