/* Limits of a script, each reached for real: the script ends, the line says which, the status is 1. */
#include "unit.h"

#include "base/clock.h"
#include "base/file.h"
#include "script/script.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct seen {
	struct buf out, err;
	size_t stop_after; /* out refuses from here on; 0 = never */
	struct script_grants grants;
	const volatile bool *stop;
};

static bool put_out(void *arg, const void *data, size_t len)
{
	struct seen *s = arg;
	buf_add(&s->out, data, len);
	return !s->stop_after || s->out.len < s->stop_after;
}

static void put_err(void *arg, const char *line)
{
	struct seen *s = arg;
	buf_text(&s->err, line);
	buf_u8(&s->err, '\n');
}

static int run(const char *source, const struct script_limits *limits, struct seen *s)
{
	const struct scope *scope;
	const struct query_env env = { .now = 1 };
	assert_int_equal(scope_everything(&scope), OK);
	const struct script_job job = {
		.name = "test.js", .source = source, .len = strlen(source), .scope = scope, .env = &env,
		.why_no_store = "no store here", .limits = *limits, .grants = s->grants, .stop = s->stop, .out = put_out, .err = put_err, .arg = s,
	};
	int status = script_run(&job);
	scope_free(scope);
	return status;
}

static void expect(const char *source, struct script_limits limits, const char *line)
{
	struct seen s = { 0 };
	usec_t start = clock_monotonic();
	assert_int_equal(run(source, &limits, &s), 1);
	if (!strstr(buf_str(&s.err), line))
		fail_msg("wanted \"%s\", got \"%s\"", line, buf_str(&s.err));
	assert_true(clock_monotonic() - start < 30 * USEC_PER_SEC);
	buf_free(&s.out);
	buf_free(&s.err);
}

static void endless_loop_ends_at_the_cpu_limit_with_its_line(void **state _unused_)
{
	expect("var i = 0;\nfunction f() {\n\twhile (true) i++;\n}\nf();\n", (struct script_limits){ .cpu_s = 1 },
	       "test.js:3: limit: cpu 1 s reached");
}

static void endless_loop_outside_of_functions_too(void **state _unused_)
{
	expect("println(1);\n\nvar i = 0;\nwhile (true) {\n\ti++;\n}\n", (struct script_limits){ .cpu_s = 1 },
	       "test.js:4: limit: cpu 1 s reached");
}

static void loop_that_catches_everything_ends(void **state _unused_)
{
	expect("while (true) { try { while (true); } catch (e) {} finally { continue; } }", (struct script_limits){ .cpu_s = 1 },
	       "limit: cpu 1 s reached");
}

/* No JavaScript runs while the regular expression does: only the kernel's limit ends it. */
static void regex_bomb_ends_at_the_kernels_limit(void **state _unused_)
{
	expect("/^(([a-z])+.)+[A-Z]([a-z])+$/.exec('a'.repeat(60))", (struct script_limits){ .cpu_s = 1 }, "limit: cpu 1 s reached");
}

static void slow_script_ends_at_the_wall(void **state _unused_)
{
	expect("while (true);", (struct script_limits){ .wall_s = 1, .cpu_s = 20 }, "test.js: limit: wall 1 s reached");
}

/* The sanitizer's allocator ends the process in its own way, by calls the walls forbid. */
static void skip_with_sanitizer(void)
{
#if defined(__SANITIZE_ADDRESS__)
	skip();
#endif
}

static void string_hog_ends_at_the_heap_limit(void **state _unused_)
{
	skip_with_sanitizer();
	expect("var a = []; for (;;) a.push('x'.repeat(1 << 20) + a.length);", (struct script_limits){ .heap_bytes = 64u << 20, .cpu_s = 20 },
	       "limit: heap 64 MB reached");
}

static void object_hog_ends_at_the_heap_limit(void **state _unused_)
{
	skip_with_sanitizer();
	expect("var a = []; for (;;) a.push({x: a.length, y: [1]});", (struct script_limits){ .heap_bytes = 64u << 20, .cpu_s = 20 },
	       "limit: heap 64 MB reached");
}

static void typed_array_hog_ends_at_the_heap_limit(void **state _unused_)
{
	skip_with_sanitizer();
	expect("var a = []; for (;;) a.push(new Uint8Array(1 << 22).fill(1));", (struct script_limits){ .heap_bytes = 64u << 20, .cpu_s = 20 },
	       "limit: heap 64 MB reached");
}

static void output_stops_at_its_limit(void **state _unused_)
{
	const struct script_limits limits = { .output_bytes = 1u << 20 };
	struct seen s = { 0 };
	assert_int_equal(run("for (;;) print('0123456789');", &limits, &s), 1);
	assert_int_equal(s.out.len, 1u << 20);
	assert_string_equal(buf_str(&s.err), "test.js: limit: output 1 MB reached\n");
	buf_free(&s.out);
	buf_free(&s.err);
}

static void lines_on_stderr_count_as_output(void **state _unused_)
{
	expect("for (;;) console.log('0123456789');", (struct script_limits){ .output_bytes = 1u << 20 }, "limit: output 1 MB reached");
}

static void reader_that_goes_away_ends_the_script(void **state _unused_)
{
	const struct script_limits limits = { .cpu_s = 20 };
	struct seen s = { .stop_after = 1000 };
	assert_int_equal(run("for (;;) println('0123456789');", &limits, &s), 1);
	assert_true(s.out.len < 100000);
	assert_int_equal(s.err.len, 0);
	buf_free(&s.out);
}

/* Somebody who listens and never says a word. */
static int silent_server(unsigned *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void *set_soon(void *arg)
{
	usleep(500000);
	*(volatile bool *)arg = true;
	return NULL;
}

/* What waits for others ends with the script's time, and when it is stopped. */
static void waiting_for_others_ends_in_time(void **state _unused_)
{
	static const char *const sources[] = { "readurl('http://127.0.0.1:%u/'); println('on')",
					       "mail({to: 'a@example.org', subject: 'x', text: 'x'}); println('on') // %u" };
	unsigned port;
	int listening = silent_server(&port);
	char url[64], source[200];
	snprintf(url, sizeof(url), "smtp://127.0.0.1:%u", port);
	const struct mail_server server = { .url = url, .from = "weir@example.org", .plain = true };
	for (size_t i = 0; i < 2 * COUNT_OF(sources); i++) {
		volatile bool stop = false, by_hand = i % 2;
		struct seen s = { .grants = { .urls = true, .mail = &server }, .stop = &stop };
		pthread_t t;
		usec_t start = clock_monotonic();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(source, sizeof(source), sources[i / 2], port);
#pragma GCC diagnostic pop
		assert_true(!by_hand || pthread_create(&t, NULL, set_soon, (void *)(uintptr_t)&stop) == 0);
		assert_int_equal(run(source, &(struct script_limits){ .wall_s = by_hand ? 60 : 1 }, &s), 1);
		if (by_hand)
			pthread_join(t, NULL);
		assert_string_equal(buf_str(&s.err), by_hand ? "test.js: stopped\n" : "test.js: limit: wall 1 s reached\n");
		assert_int_equal(s.out.len, 0);
		assert_true(clock_monotonic() - start < 10 * USEC_PER_SEC);
		buf_free(&s.err);
	}
	fd_close(listening);
}

static void recursion_without_end_is_an_exception(void **state _unused_)
{
	const struct script_limits limits = { .cpu_s = 10 };
	struct seen s = { 0 };
	assert_int_equal(run("function f() { f() }  try { f() } catch (e) { println(e instanceof RangeError) }", &limits, &s), 0);
	assert_string_equal(buf_str(&s.out), "true\n");
	buf_free(&s.out);
}

static void limits_are_set_by_their_rows(void **state _unused_)
{
	struct script_limits l = { 0 };
	assert_int_equal(script_limit_set(&l, "cpu=5"), OK);
	assert_int_equal(script_limit_set(&l, "heap=64"), OK);
	assert_int_equal(script_limit_set(&l, "rows=7"), OK);
	assert_int_equal(l.cpu_s, 5);
	assert_int_equal(l.heap_bytes, 64u << 20);
	assert_int_equal(l.result_rows, 7);
	assert_int_equal(script_limit_set(&l, "cp=5"), E_UNKNOWN);
	assert_int_equal(script_limit_set(&l, "cpu"), E_UNKNOWN);
	assert_int_equal(script_limit_set(&l, "=5"), E_UNKNOWN);
	assert_int_equal(script_limit_set(&l, "cpu="), E_SYNTAX);
	assert_int_equal(script_limit_set(&l, "cpu=0"), E_SYNTAX);
	assert_int_equal(script_limit_set(&l, "cpu=-1"), E_SYNTAX);
	assert_int_equal(script_limit_set(&l, "cpu=5s"), E_SYNTAX);
	assert_int_equal(script_limit_set(&l, "cpu=4294967296"), E_RANGE);
	assert_int_equal(script_limit_set(&l, "heap=99999999999999999999"), E_RANGE);
	assert_int_equal(l.cpu_s, 5);
}

/* The process that ran a hostile script runs the next. */
static void script_after_a_hostile_one_runs(void **state _unused_)
{
	struct seen s = { 0 };
	expect("for (;;);", (struct script_limits){ .wall_s = 1 }, "limit: wall 1 s reached");
	expect("for (;;) print('0123456789');", (struct script_limits){ .output_bytes = 1u << 20 }, "limit: output 1 MB reached");
	assert_int_equal(run("println('well')", &(struct script_limits){ 0 }, &s), 0);
	assert_string_equal(buf_str(&s.out), "well\n");
	buf_free(&s.out);
}

static void every_limit_has_a_row(void **state _unused_)
{
	size_t n;
	const struct script_limit_row *row = script_limit_rows(&n);
	assert_int_equal(n, 9);
	assert_string_equal(row[0].name, "cpu");
	assert_int_equal(row[0].console, 60);
	assert_int_equal(row[2].customer, 64);
	assert_int_equal(script_limits_of(SCRIPT_CUSTOMER).queries, 20);
	assert_int_equal(script_limits_of(SCRIPT_SCHEDULE).cpu_s, 600);
}

UNIT_MAIN(cmocka_unit_test(endless_loop_ends_at_the_cpu_limit_with_its_line),
	  cmocka_unit_test(endless_loop_outside_of_functions_too),
	  cmocka_unit_test(loop_that_catches_everything_ends), cmocka_unit_test(regex_bomb_ends_at_the_kernels_limit),
	  cmocka_unit_test(slow_script_ends_at_the_wall), cmocka_unit_test(string_hog_ends_at_the_heap_limit),
	  cmocka_unit_test(object_hog_ends_at_the_heap_limit), cmocka_unit_test(typed_array_hog_ends_at_the_heap_limit),
	  cmocka_unit_test(output_stops_at_its_limit), cmocka_unit_test(lines_on_stderr_count_as_output),
	  cmocka_unit_test(reader_that_goes_away_ends_the_script), cmocka_unit_test(waiting_for_others_ends_in_time), cmocka_unit_test(recursion_without_end_is_an_exception),
	  cmocka_unit_test(limits_are_set_by_their_rows), cmocka_unit_test(script_after_a_hostile_one_runs),
	  cmocka_unit_test(every_limit_has_a_row))
