/* A server's workers: kept ready, shared out fairly, ended by their limits, leaving nothing behind. */
#include "unit.h"

#include "base/clock.h"
#include "script/script.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct seen {
	struct buf out, err;
	usec_t took, cpu;
	int status;
};

static bool put_out(void *arg, const void *data, size_t len)
{
	struct seen *s = arg;
	buf_add(&s->out, data, len);
	return true;
}

static void put_err(void *arg, const char *line)
{
	struct seen *s = arg;
	buf_text(&s->err, line);
	buf_u8(&s->err, '\n');
}

static void seen_free(struct seen *s)
{
	buf_free(&s->out);
	buf_free(&s->err);
}

static void run_in(struct script_pool *pool, const struct script_pool_ask *ask, const char *source, struct seen *s)
{
	const struct scope *scope;
	const struct query_env env = { .now = 1 };
	struct script_worker *w = NULL;
	usec_t start = clock_monotonic();
	assert_int_equal(scope_everything(&scope), OK);
	assert_int_equal(script_pool_take(pool, ask, &w), OK);
	const struct script_job job = {
		.name = "test.js", .source = source, .len = strlen(source), .scope = scope, .env = &env,
		.why_no_store = "no store here", .limits = ask->limits, .out = put_out, .err = put_err, .arg = s,
		.worker = w, .ret_cpu = &s->cpu,
	};
	s->status = script_run(&job);
	s->took = clock_monotonic() - start;
	scope_free(scope);
}

static const struct script_pool_ask plain = { .wait_ms = 60000 };

static void expect(struct script_pool *pool, const struct script_pool_ask *ask, const char *source, const char *out,
		   const char *err)
{
	struct seen s = { 0 };
	run_in(pool, ask, source, &s);
	if (!strstr(buf_str(&s.out), out) || !strstr(buf_str(&s.err), err) || (*err == 0) != (s.err.len == 0))
		fail_msg("%s: printed \"%s\", said \"%s\"", source, buf_str(&s.out), buf_str(&s.err));
	assert_int_equal(s.status, *err ? 1 : 0);
	seen_free(&s);
}

static size_t descriptors(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A number of /proc/PID/status in kB, or of children counted below. */
static long status_of(pid_t pid, const char *field)
{
	char path[64], line[200];
	long v = -1;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, field, strlen(field)) == 0)
			v = strtol(line + strlen(field), NULL, 10);
	if (f)
		fclose(f);
	return v;
}

/* Children of a process; the last one's pid. */
static unsigned children(pid_t of, pid_t *ret_last)
{
	unsigned n = 0;
	DIR *d = opendir("/proc");
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (pid > 0 && status_of(pid, "PPid:") == of) {
			n++;
			*ret_last = pid;
		}
	}
	closedir(d);
	return n;
}

static void wait_for_children(pid_t of, unsigned want)
{
	pid_t last;
	unsigned n = 0;
	for (int i = 0; i < 2000; i++) {
		n = children(of, &last);
		if (n == want)
			return;
		usleep(10000);
	}
	fail_msg("%u children, not %u", n, want);
}

static pid_t spawner_of(void)
{
	pid_t pid = 0;
	assert_int_equal(children(getpid(), &pid), 1);
	return pid;
}

/* -- the tests ----------------------------------------------------------------------------------- */

static void scripts_run_one_after_another(void **state _unused_)
{
	struct script_pool *pool = NULL;
	assert_int_equal(script_pool_open(0, &pool), OK);
	assert_int_equal(script_pool_keep(pool, &plain.limits, "", 2), OK);
	expect(pool, &plain, "println(<a>{1 + 1}</a>)", "2\n", "");
	expect(pool, &plain, "var leak = 5", "", "");
	expect(pool, &plain, "println(typeof leak)", "undefined\n", "");
	expect(pool, &plain, "oops()", "", "test.js:1:1: ReferenceError");
	struct script_pool_state now = script_pool_state(pool);
	assert_int_equal(now.running, 0);
	assert_int_equal(now.taken, 4);
	script_pool_close(pool);
	pid_t none;
	assert_int_equal(children(getpid(), &none), 0);
}

/* The same workers with other limits, other zones: forked when they are asked for. */
static void limits_and_zone_are_the_askers(void **state _unused_)
{
	struct script_pool *pool = NULL;
	struct script_pool_ask ask = plain;
	assert_int_equal(script_pool_open(2, &pool), OK);
	assert_int_equal(script_pool_keep(pool, &plain.limits, "UTC", 1), OK);
	ask.limits.cpu_s = 1;
	expect(pool, &ask, "while (true);", "", "test.js:1: limit: cpu 1 s reached");
	expect(pool, &ask, "/^(([a-z])+.)+[A-Z]([a-z])+$/.exec('a'.repeat(60))", "", "limit: cpu 1 s reached");
	ask = plain;
	ask.limits.wall_s = 1;
	expect(pool, &ask, "while (true);", "", "limit: wall 1 s reached");
	ask = plain;
	ask.zone = "Asia/Tokyo";
	expect(pool, &ask, "println(new Date(0).getHours(), formatdate(new Date(0), 'HH'))", "9 09\n", "");
	script_pool_close(pool);
}

/* Whether it ended, was ended by the engine, by the kernel, or by us. */
static void processor_time_is_told(void **state _unused_)
{
	static const struct {
		const char *source;
		unsigned cpu_s, wall_s;
		usec_t least;
	} rows[] = {
		{ "var t = Date.now(); while (Date.now() - t < 300);", 20, 60, 10000 },
		{ "while (true);", 1, 60, 900000 },
		{ "/^(([a-z])+.)+[A-Z]([a-z])+$/.exec('a'.repeat(60))", 1, 60, 900000 },
		{ "while (true);", 20, 1, 10000 },
	};
	struct script_pool *pool = NULL;
	assert_int_equal(script_pool_open(2, &pool), OK);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct script_pool_ask ask = { .wait_ms = 60000, .limits = { .cpu_s = rows[i].cpu_s, .wall_s = rows[i].wall_s } };
		struct seen s = { 0 };
		run_in(pool, &ask, rows[i].source, &s);
		if (s.cpu < rows[i].least)
			fail_msg("row %zu: %lld us", i, (long long)s.cpu);
		seen_free(&s);
	}
	script_pool_close(pool);
}

static void a_chart_is_drawn_by_a_drawer_made_for_it(void **state _unused_)
{
	struct script_pool *pool = NULL;
	assert_int_equal(script_pool_open(2, &pool), OK);
	expect(pool, &plain,
	       "var t = new Table(); t.addColumn('t', [new Date(0), new Date(60000)]); t.addColumn('y', [1, 2]);"
	       "println(Chart.multiSeries('trend', 'x', t, 't', 0, 'y', [1]).svg().bytes().length > 500)",
	       "true\n", "");
	pid_t spawner = spawner_of();
	wait_for_children(spawner, 0); /* worker and drawer are ended and waited for */
	script_pool_close(pool);
}

static void an_idle_worker_that_dies_is_replaced(void **state _unused_)
{
	struct script_pool *pool = NULL;
	pid_t worker = 0, other = 0;
	assert_int_equal(script_pool_open(2, &pool), OK);
	assert_int_equal(script_pool_keep(pool, &plain.limits, "", 1), OK);
	pid_t spawner = spawner_of();
	wait_for_children(spawner, 1);
	children(spawner, &worker);
	kill(worker, SIGKILL);
	for (int i = 0; i < 1000 && (children(spawner, &other) != 1 || other == worker); i++)
		usleep(10000);
	assert_int_not_equal(other, worker);
	expect(pool, &plain, "println(1)", "1\n", "");
	assert_int_equal(script_pool_keep(pool, &plain.limits, "", 0), OK);
	script_pool_close(pool);
}

/* A short form of a thousand: WEIR_SCRIPTS=1000 for the long one. */
static void nothing_is_left_behind(void **state _unused_)
{
	enum { WARM = 10, DEFAULT = 60, GROWTH_KB = 1024 };
	const char *given = getenv("WEIR_SCRIPTS");
	long scripts = given ? strtol(given, NULL, 10) : DEFAULT;
	struct script_pool *pool = NULL;
	usec_t fastest = USEC_PER_SEC * 1000, sum = 0;
	size_t fds = 0;
	long rss = 0, spawner_rss = 0;
	assert_int_equal(script_pool_open(2, &pool), OK);
	assert_int_equal(script_pool_keep(pool, &plain.limits, "", 2), OK);
	pid_t spawner = spawner_of();
	for (long i = 0; i < scripts + WARM; i++) {
		if (i == WARM) {
			fds = descriptors();
			rss = status_of(getpid(), "VmRSS:");
			spawner_rss = status_of(spawner, "VmRSS:");
		}
		struct seen s = { 0 };
		usleep(15000); /* an idle worker is ready by now */
		run_in(pool, &plain, i % 3 ? "println(<a>x</a>)" : i % 2 ? "throw 1" : "exit(3)", &s);
		fastest = MIN(fastest, s.took);
		sum += s.took;
		seen_free(&s);
	}
	print_message("# a trivial script in the server: %.1f ms, at best %.1f ms\n", (double)sum / 1e3 / (double)(scripts + WARM),
		      (double)fastest / 1e3);
	assert_int_equal(descriptors(), fds);
	wait_for_children(spawner, 2);
#if !defined(__SANITIZE_ADDRESS__) /* which keeps what is freed */
	assert_true(status_of(getpid(), "VmRSS:") <= rss + GROWTH_KB);
	assert_true(status_of(spawner, "VmRSS:") <= spawner_rss + GROWTH_KB);
#endif
	(void)rss;
	(void)spawner_rss;
	script_pool_close(pool);
}

/* -- many at once ----------------------------------------------------------------------------------- */

struct runner {
	struct script_pool *pool;
	const char *owner, *source;
	unsigned at_once;
	struct seen seen;
	unsigned place; /* the how-manieth to end */
};

static unsigned ended;

static void *run_thread(void *arg)
{
	struct runner *r = arg;
	const struct script_pool_ask ask = { .owner = r->owner, .wait_ms = 120000, .limits.at_once = r->at_once };
	run_in(r->pool, &ask, r->source, &r->seen);
	r->place = __atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void start(struct runner *r, pthread_t *t, struct script_pool *pool, const char *owner, const char *source)
{
	*r = (struct runner){ .pool = pool, .owner = owner, .source = source, .at_once = r->at_once };
	assert_int_equal(pthread_create(t, NULL, run_thread, r), 0);
}

static void wait_until_queued(struct script_pool *pool, unsigned waiting)
{
	for (int i = 0; i < 1000 && script_pool_state(pool).waiting < waiting; i++)
		usleep(2000);
	assert_int_equal(script_pool_state(pool).waiting, waiting);
}

static const char *const busy_source = "var s = 0; for (var i = 0; i < 200000; i++) s += i % 7; println(s > 0)";

/* One owner asks for a hundred, then another for three: those do not wait for the hundred. */
static void an_owner_with_much_does_not_hold_up_another(void **state _unused_)
{
	enum { MANY = 60, FEW = 3, PLACES = 2 };
	struct runner many[MANY] = { 0 }, few[FEW] = { 0 };
	pthread_t thread[MANY + FEW];
	struct script_pool *pool = NULL;
	assert_int_equal(script_pool_open(PLACES, &pool), OK);
	ended = 0;
	for (size_t i = 0; i < MANY; i++)
		start(&many[i], &thread[i], pool, "many", busy_source);
	wait_until_queued(pool, MANY - PLACES);
	unsigned before = __atomic_load_n(&ended, __ATOMIC_SEQ_CST);
	for (size_t i = 0; i < FEW; i++)
		start(&few[i], &thread[MANY + i], pool, "few", busy_source);
	for (size_t i = 0; i < MANY + FEW; i++)
		pthread_join(thread[i], NULL);
	for (size_t i = 0; i < MANY; i++) {
		assert_string_equal(buf_str(&many[i].seen.out), "true\n");
		seen_free(&many[i].seen);
	}
	for (size_t i = 0; i < FEW; i++) {
		assert_string_equal(buf_str(&few[i].seen.out), "true\n");
		assert_true(few[i].place <= before + 2 * PLACES + 2 * FEW + 4);
		seen_free(&few[i].seen);
	}
	script_pool_close(pool);
}

static void two_hundred_at_once_all_end(void **state _unused_)
{
	enum { ALL = 200, OWNERS = 20 };
	static struct runner all[ALL];
	static const char *const owner[OWNERS] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
						   "k", "l", "m", "n", "o", "p", "q", "r", "s", "t" };
	pthread_t thread[ALL];
	struct script_pool *pool = NULL;
	usec_t longest = 0, begin = clock_monotonic();
	assert_int_equal(script_pool_open(0, &pool), OK);
	ended = 0;
	for (size_t i = 0; i < ALL; i++) {
		all[i].at_once = 2;
		start(&all[i], &thread[i], pool, owner[i % OWNERS], busy_source);
	}
	for (size_t i = 0; i < ALL; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(all[i].seen.status, 0);
		assert_string_equal(buf_str(&all[i].seen.out), "true\n");
		longest = MAX(longest, all[i].seen.took);
		seen_free(&all[i].seen);
	}
	/* Nobody's scripts are all among the last: each owner has one in the first half. */
	for (size_t o = 0; o < OWNERS; o++) {
		unsigned first = ALL;
		for (size_t i = o; i < ALL; i += OWNERS)
			first = MIN(first, all[i].place);
		assert_true(first <= ALL / 2);
	}
	print_message("# 200 scripts in %.1f s, the longest took %.1f s\n", (double)(clock_monotonic() - begin) / 1e6,
		      (double)longest / 1e6);
	script_pool_close(pool);
}

static void who_waits_too_long_is_told(void **state _unused_)
{
	struct runner r = { 0 };
	pthread_t t;
	struct script_pool *pool = NULL;
	struct script_worker *w = NULL;
	assert_int_equal(script_pool_open(1, &pool), OK);
	assert_int_equal(script_pool_take(pool, &plain, &w), OK);
	const struct script_pool_ask now = { .wait_ms = 0 }, soon = { .wait_ms = 50 };
	struct script_worker *none = NULL;
	assert_int_equal(script_pool_take(pool, &now, &none), E_BUSY);
	assert_int_equal(script_pool_take(pool, &soon, &none), E_BUSY);
	assert_null(none);
	assert_int_equal(script_pool_state(pool).busy, 2);
	start(&r, &t, pool, "x", "println(1)");
	wait_until_queued(pool, 1);
	script_worker_free(w); /* unused: its place is the next one's */
	pthread_join(t, NULL);
	assert_string_equal(buf_str(&r.seen.out), "1\n");
	seen_free(&r.seen);
	script_pool_close(pool);
}

/* An owner's own ceiling: the third waits although there are places. */
static void an_owner_has_a_ceiling(void **state _unused_)
{
	struct script_pool *pool = NULL;
	struct script_worker *a = NULL, *b = NULL, *c = NULL, *other = NULL;
	struct script_pool_ask ask = { .owner = "x", .limits.at_once = 2 };
	assert_int_equal(script_pool_open(8, &pool), OK);
	assert_int_equal(script_pool_take(pool, &ask, &a), OK);
	assert_int_equal(script_pool_take(pool, &ask, &b), OK);
	assert_int_equal(script_pool_take(pool, &ask, &c), E_BUSY);
	ask.owner = "y";
	assert_int_equal(script_pool_take(pool, &ask, &other), OK);
	script_worker_free(a);
	ask.owner = "x";
	assert_int_equal(script_pool_take(pool, &ask, &c), OK);
	script_worker_free(b);
	script_worker_free(c);
	script_worker_free(other);
	script_pool_close(pool);
}

/* A worker comes with two descriptors; where only one is left, that one does not stay. */
static void short_of_descriptors_none_is_lost(void **state _unused_)
{
	struct script_pool *pool = NULL;
	struct script_worker *w = NULL;
	struct rlimit all, one;
	assert_int_equal(script_pool_open(2, &pool), OK);
	size_t before = descriptors();
	int next = dup(0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	one = (struct rlimit){ .rlim_cur = (rlim_t)next + 1, .rlim_max = all.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &one), 0);
	enum err e = script_pool_take(pool, &plain, &w);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
	assert_int_equal(e, E_IO);
	assert_int_equal(descriptors(), before);
	expect(pool, &plain, "println(1)", "1\n", "");
	script_pool_close(pool);
}

/* The spawner is killed: what it had forked ends, who asks is told, nothing hangs. */
static void without_a_spawner_asking_fails(void **state _unused_)
{
	struct script_pool *pool = NULL;
	struct script_worker *w = NULL;
	assert_int_equal(script_pool_open(2, &pool), OK);
	kill(spawner_of(), SIGKILL);
	enum err e = script_pool_take(pool, &plain, &w);
	assert_int_equal(e, E_IO);
	assert_int_equal(script_pool_state(pool).running, 0);
	script_pool_close(pool);
}

UNIT_MAIN(cmocka_unit_test(scripts_run_one_after_another), cmocka_unit_test(limits_and_zone_are_the_askers),
	  cmocka_unit_test(processor_time_is_told),
	  cmocka_unit_test(a_chart_is_drawn_by_a_drawer_made_for_it), cmocka_unit_test(an_idle_worker_that_dies_is_replaced),
	  cmocka_unit_test(nothing_is_left_behind), cmocka_unit_test(an_owner_with_much_does_not_hold_up_another),
	  cmocka_unit_test(two_hundred_at_once_all_end), cmocka_unit_test(who_waits_too_long_is_told),
	  cmocka_unit_test(an_owner_has_a_ceiling), cmocka_unit_test(short_of_descriptors_none_is_lost),
	  cmocka_unit_test(without_a_spawner_asking_fails))
