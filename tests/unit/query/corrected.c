/* Ownership that is corrected for the past: whoever asks under a mapping is answered by that mapping, whatever was
 * attributed, rolled up or asked under another one before.
 *
 * A random world (world.h) with mapping `before`; then one in which many places had other owners at other times, and some
 * customers other resellers: `after`.  Four copies of its store:
 *
 *	stale      sidecars and roll-ups as `before` left them; open all the time, asked under both, in turns
 *	rebuilt    attributed and rolled up again under `after`
 *	bare       without any sidecar, of roll-ups neither
 *	plain      the first once more, asked the plain way: the answer itself
 *
 * All answers are equal, of all customers, of staff, one by one and many at once. */
#include "asked.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>

enum { ASKERS = CUSTOMERS + 1, WORLDS = 8, QUESTIONS = 30 }; /* the last asker is staff */

struct version {
	struct customers *mapping;
	const struct scope *scope[ASKERS];
};

static struct version version_of(const struct world *w)
{
	struct version v;
	struct problem why;
	make_mapping(w, false, &v.mapping);
	for (unsigned c = 0; c < CUSTOMERS; c++) {
		char id[16];
		snprintf(id, sizeof(id), "c%u", c);
		assert_int_equal(scope_customer(v.mapping, id, w->all.model, &v.scope[c], &why), OK);
	}
	assert_int_equal(scope_everything(&v.scope[CUSTOMERS]), OK);
	return v;
}

static void version_free(struct version *v)
{
	for (size_t i = 0; i < ASKERS; i++)
		scope_free(v->scope[i]);
	customers_free(v->mapping);
}

/* Every third place stays as it was. */
static void correct(struct world *w)
{
	struct place *const places[] = { w->port[0], w->mac, w->block };
	const size_t n[] = { AGENTS * PORTS, MACS, BLOCKS };
	for (size_t k = 0; k < COUNT_OF(places); k++)
		for (size_t i = 0; i < n[k]; i++)
			if (dice(3))
				random_place(&places[k][i]);
	for (unsigned c = 1; c < CUSTOMERS; c++)
		if (!dice(3))
			w->parent[c] = dice(2) ? dice(c) : CUSTOMERS;
}

/* -- the copies --------------------------------------------------------------------------------------- */

static char copied[40];

static int copy_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	char to[300];
	(void)st, (void)at;
	assert_true((size_t)snprintf(to, sizeof(to), "%s%s", copied, path + strlen(copied)) < sizeof(to)); /* the names are of one length */
	if (type == FTW_D)
		return mkdir(to, 0755) < 0 && errno != EEXIST;
	_cleanup_(buf_free) struct buf b = { 0 };
	assert_int_equal(file_read(path, &b), OK);
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	bool whole = fd >= 0 && write(fd, b.data, b.len) == (ssize_t)b.len;
	return close(fd) < 0 || !whole;
}

static int remove_sidecar(const char *path, const struct stat *st, int type, struct FTW *at)
{
	size_t len = strlen(path);
	(void)st, (void)type, (void)at;
	return len > 4 && STREQ(path + len - 4, ".own") ? remove(path) : 0;
}

static void copy_store(const struct side *from, struct side *to)
{
	*to = (struct side){ .model = from->model };
	strcpy(to->folder, "/tmp/weir-isolation.XXXXXX");
	assert_non_null(mkdtemp(to->folder));
	strcpy(copied, to->folder);
	assert_int_equal(nftw(from->folder, copy_one, 16, FTW_PHYS), 0);
}

static void open_side(struct side *s)
{
	struct problem why;
	if (store_open(s->folder, &s->store, &why) != OK)
		fail_msg("%s", why.text);
}

static void rebuild(struct side *s, const struct customers *mapping)
{
	_cleanup_(customers_owning_freep) struct customers_owning *o = NULL;
	const struct store_options opt = { .no_sync = true };
	struct attribute_report got;
	struct rollup_report sums;
	struct store_writer *w;
	struct problem why;
	size_t gone;
	assert_int_equal(customers_owning_new(mapping, s->model, &o), OK);
	const struct owning *is = customers_owning(o);
	assert_int_equal(store_write_open(s->folder, &opt, &w, &why), OK);
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, is, &(const struct attribute_options){ .fresh = true }, &got), OK);
	assert_int_equal(store_forget_sidecars(w, (const uint8_t (*)[OWNING_DIGEST])&is->digest, 1, &gone), OK);
	assert_int_equal(store_rollup(w, now, is, &(const struct rollup_options){ .details = dice(2) ? 0 : 1 + dice(100) }, &sums), OK);
	assert_int_equal(store_write_close(w), OK);
	attributed += got.made;
	rolled += sums.made;
}

/* -- asking ---------------------------------------------------------------------------------------------- */

static size_t asked, other, at_once; /* answers; those that the correction changed; questions to many at once */

static void ask_as(const struct side *store, const struct version *v, size_t asker, const struct request *rq, struct buf *out)
{
	struct side s = *store;
	s.mapping = v->mapping;
	s.scope = v->scope[asker];
	buf_reset(out);
	(void)answer(&s, rq, out);
}

static void same(const struct request *rq, const char *what, size_t asker, struct buf *got, struct buf *want)
{
	if (strcmp(buf_str(got), buf_str(want)) != 0)
		fail_msg("%s, asker %zu: kind %d view %s select %s where %s interval %s bucket %s sort %s n %lld\n  got:  %.600s\n  want: %.600s", what, asker,
			 rq->kind, rq->view, rq->select, rq->where, rq->interval, rq->bucket, rq->sort, (long long)rq->n, buf_str(got), buf_str(want));
}

struct stores {
	struct side stale, rebuilt, bare, plain;
};

static void ask_all(const struct stores *s, const struct version *before, const struct version *after, const struct request *rq)
{
	_cleanup_(buf_free) struct buf old = { 0 }, fresh = { 0 }, got = { 0 };
	for (size_t a = 0; a < ASKERS; a++) {
		ask_as(&s->plain, before, a, rq, &old);
		ask_as(&s->plain, after, a, rq, &fresh);
		ask_as(&s->stale, before, a, rq, &got);
		same(rq, "before", a, &got, &old);
		ask_as(&s->stale, after, a, rq, &got);
		same(rq, "corrected, the store as it was", a, &got, &fresh);
		ask_as(&s->rebuilt, after, a, rq, &got);
		same(rq, "corrected, attributed again", a, &got, &fresh);
		ask_as(&s->bare, after, a, rq, &got);
		same(rq, "corrected, without sidecars", a, &got, &fresh);
		ask_as(&s->rebuilt, before, a, rq, &got);
		same(rq, "before, attributed by the corrected one", a, &got, &old);
		ask_as(&s->stale, before, a, rq, &got);
		same(rq, "before once more", a, &got, &old);
		asked++;
		other += strcmp(buf_str(&old), buf_str(&fresh)) != 0;
	}
}

/* All askers of both versions in one pass, against each alone. */
static void ask_at_once(const struct side *store, const struct version *before, const struct version *after, const struct request *rq)
{
	const struct version *const v[] = { before, after };
	struct arena arena = { 0 };
	struct problem why = { 0 };
	struct plan *p[2 * ASKERS];
	struct result many[2 * ASKERS] = { 0 }, one;
	const struct zone *utc;
	size_t n = 0;
	assert_int_equal(zone_find("UTC", &utc), OK);
	for (size_t i = 0; i < 2 * ASKERS; i++) {
		const struct query_env env = { .store = store->store, .model = store->model, .customers = v[i % 2]->mapping, .zone = utc, .now = now };
		n += plan_make(&arena, &env, v[i % 2]->scope[i / 2], rq, &p[n], &why) == OK;
	}
	if (n && plan_run_many(p, n, many, &why) == OK) {
		at_once++;
		for (size_t i = 0; i < n; i++) {
			_cleanup_(buf_free) struct buf got = { 0 }, want = { 0 };
			assert_int_equal(plan_run(p[i], &one, &why), OK);
			result_csv(&many[i], true, &got);
			result_csv(&one, true, &want);
			same(rq, "many at once", i, &got, &want);
			result_free(&one);
			result_free(&many[i]);
		}
	}
	for (size_t i = 0; i < n; i++)
		plan_free(p[i]);
	arena_free(&arena);
}

/* -- the tests ------------------------------------------------------------------------------------------------ */

static void a_corrected_past_is_answered_by(void **unused)
{
	(void)unused;
	static struct world w;
	for (uint64_t seed = 3001; seed <= 3000 + WORLDS; seed++) {
		const struct privacy mask = { .level = PRIVACY_MASK, .bits4 = 24, .bits6 = 48, .below = seed % 2 ? 0 : 3000000 };
		struct stores s;
		make_world(&w, seed, seed % 4 ? NULL : &mask);
		struct version before = version_of(&w);
		correct(&w);
		struct version after = version_of(&w);
		assert_string_not_equal(customers_digest(before.mapping), customers_digest(after.mapping));
		copy_store(&w.all, &s.rebuilt);
		copy_store(&w.all, &s.bare);
		rebuild(&s.rebuilt, after.mapping);
		assert_int_equal(nftw(s.bare.folder, remove_sidecar, 16, FTW_PHYS), 0);
		open_side(&s.rebuilt);
		open_side(&s.bare);
		s.stale = s.plain = w.all;
		s.plain.plain = true;
		for (unsigned k = 0; k < QUESTIONS; k++) {
			struct asked q;
			ask_random(&q, before.scope[k % ASKERS]);
			request_of(&q);
			ask_all(&s, &before, &after, &q.rq);
			ask_at_once(k % 2 ? &s.stale : &s.rebuilt, &before, &after, &q.rq);
			asked_free(&q);
		}
		version_free(&before);
		version_free(&after);
		s.rebuilt.model = s.bare.model = NULL; /* w's */
		drop_side(&s.rebuilt);
		drop_side(&s.bare);
		drop_side(&w.all);
		drop_side(&w.own);
	}
	print_message("%zu answers, %zu changed by the correction, %zu from roll-ups; %zu sidecars, %zu roll-ups made\n", asked, other, by_rollups,
		      attributed, rolled);
	assert_true(asked == WORLDS * QUESTIONS * ASKERS && other > asked / 5 && at_once > WORLDS * QUESTIONS / 2 && by_rollups > 30 && attributed > 20 && rolled > 20);
}

/* The same in figures: one process, one open store, one text.  10.0.1.0/24 is c0's; then it turns out that it was
 * c1's until 02:00. */
static void the_same_question_after_a_correction(void **unused)
{
	(void)unused;
	static struct world w;
	static const struct place a = { .owner = { 0 }, .hours = { 0, 24 }, .n = 1 }, b = { .owner = { 1, 0 }, .hours = { 0, 2, 24 }, .n = 2 };
	static const struct flow_rec at[] = { { .time = 1, .bytes = 100 }, { .time = 3, .bytes = 1000 } }; /* hours */
	const struct request theirs = { .kind = QUERY_TOPN, .view = "traffic", .select = "bytes", .interval = "today" },
			     whose = { .kind = QUERY_TOPN, .view = "traffic", .select = "customer,bytes", .interval = "today" };
	static const char *const want[2][3] = { { "\n[1100]]", "\n[null]]", "[\"c0\",1100]" }, { "\n[1000]]", "\n[100]]", "[\"c0\",1000],\n[\"c1\",100]" } };
	const struct compact_options all = { .no_grace = true, .open_hours = true };
	struct store_writer *writer;
	struct problem why;
	struct version v[2];
	struct side s = { .folder = "/tmp/weir-isolation.XXXXXX" };
	w = (struct world){ .parent = { CUSTOMERS, CUSTOMERS, CUSTOMERS, CUSTOMERS, CUSTOMERS, CUSTOMERS } };
	assert_int_equal(model_new(&s.model), OK);
	w.all.model = s.model;
	for (size_t i = 0; i < 2; i++) {
		w.block[1] = i ? b : a;
		v[i] = version_of(&w);
	}
	struct batch *rows = new_batch(TABLE_TRAFFIC);
	for (size_t i = 0; i < COUNT_OF(at); i++) {
		struct flow_rec r = at[i];
		r.time = (uint64_t)(start_day + (usec_t)at[i].time * USEC_PER_HOUR);
		r.agent = addr_v4(0x0a636301);
		r.ipsource = addr_v4(0x0a000107);
		r.ipdestination = addr_v4(0xc6336401);
		r.samplingrate = 1;
		r.frames = 1;
		batch_push(rows, &r);
	}
	assert_non_null(mkdtemp(s.folder));
	assert_int_equal(store_write_open(s.folder, &(const struct store_options){ .no_sync = true }, &writer, &why), OK);
	put(writer, rows);
	assert_int_equal(store_compact(writer, now, &all, NULL), OK);
	assert_int_equal(store_write_close(writer), OK);
	for (size_t made = 0; made < 3; made++) { /* without sidecars and roll-ups; then with the first version's, the second's */
		_cleanup_(buf_free) struct buf got = { 0 };
		if (made)
			rebuild(&s, v[made - 1].mapping);
		open_side(&s);
		for (size_t turn = 0; turn < 4; turn++)
			for (size_t who = 0; who < 3; who++) {
				ask_as(&s, &v[turn % 2], who < 2 ? who : CUSTOMERS, who < 2 ? &theirs : &whose, &got);
				if (!strstr(buf_str(&got), want[turn % 2][who]))
					fail_msg("made %zu, turn %zu, asker %zu: wanted %s: %s", made, turn, who, want[turn % 2][who], buf_str(&got));
			}
		store_close(s.store);
	}
	s.store = NULL;
	batch_free(rows);
	version_free(&v[0]);
	version_free(&v[1]);
	drop_side(&s);
}

UNIT_MAIN(cmocka_unit_test(the_same_question_after_a_correction), cmocka_unit_test(a_corrected_past_is_answered_by))
