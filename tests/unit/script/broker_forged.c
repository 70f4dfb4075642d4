/* A worker that was taken over: a child that holds the worker's end of the socket and sends what it
 * likes.  Whatever that is, the broker ends it, says so, and has handed out nothing. */
#include "unit.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "script/broker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef void taken_over(int fd);

struct seen {
	struct buf out, err;
	const volatile bool *stop;
};

static bool put_out(void *arg, const void *data, size_t len)
{
	buf_add(&((struct seen *)arg)->out, data, len);
	return true;
}

static void put_err(void *arg, const char *line)
{
	buf_text(&((struct seen *)arg)->err, line);
	buf_u8(&((struct seen *)arg)->err, '\n');
}

static struct script_worker *worker_of(taken_over *play, struct script_limits limits)
{
	struct script_worker *w = mem_new0(1, sizeof(*w));
	int pair[2];
	assert_non_null(w);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(pair[0]);
		signal(SIGPIPE, SIG_DFL);
		play(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	*w = (struct script_worker){ .limits = limits, .worker = { .pid = pid, .fd = pair[0] } };
	for (size_t i = 0; i < DRAWERS; i++)
		w->drawer[i].fd = -1;
	return w;
}

static int run(taken_over *play, struct script_limits limits, const char *const *roots, struct seen *s)
{
	const struct scope *scope;
	const struct query_env env = { .now = 1 };
	if (!limits.wall_s)
		limits.wall_s = 20;
	if (!limits.output_bytes)
		limits.output_bytes = 1u << 20;
	if (!limits.heap_bytes)
		limits.heap_bytes = (size_t)4 << 30;
	limits.cpu_s = 20;
	assert_int_equal(scope_everything(&scope), OK);
	const struct script_job job = {
		.name = "x.js", .source = "", .scope = scope, .env = &env, .why_no_store = "no store here",
		.grants = { .write_roots = roots }, .out = put_out, .err = put_err, .arg = s, .worker = worker_of(play, limits),
		.stop = s->stop,
	};
	int status = script_run(&job);
	scope_free(scope);
	return status;
}

static void *set_soon(void *arg)
{
	usleep(300000);
	*(volatile bool *)arg = true;
	return NULL;
}

static void expect(taken_over *play, const char *line)
{
	struct seen s = { 0 };
	usec_t start = clock_monotonic();
	assert_int_equal(run(play, (struct script_limits){ 0 }, NULL, &s), 1);
	if (!strstr(buf_str(&s.err), line))
		fail_msg("wanted \"%s\", got \"%s\"", line, buf_str(&s.err));
	assert_int_equal(s.out.len, 0);
	assert_true(clock_monotonic() - start < 10 * USEC_PER_SEC);
	buf_free(&s.out);
	buf_free(&s.err);
}

/* -- what it may send ---------------------------------------------------------------------------------- */

static void raw(int fd, uint32_t len, unsigned kind, unsigned zero)
{
	struct buf b = { 0 };
	buf_u32(&b, len);
	buf_u16(&b, (uint16_t)kind);
	buf_u16(&b, (uint16_t)zero);
	if (write_all(fd, b.data, b.len) != OK)
		_exit(1);
	buf_free(&b);
}

static void send_frame(int fd, struct buf *b)
{
	if (frame_end(b) != OK || write_all(fd, b->data, b->len) != OK)
		_exit(1);
}

static void play_unknown_kind(int fd)
{
	raw(fd, 0, 999, 0);
	pause();
}

static void play_wrong_direction(int fd)
{
	raw(fd, 0, MSG_DONE, 0);
	pause();
}

static void play_oversized(int fd)
{
	raw(fd, 0xffffffff, MSG_WRITE_FILE, 0);
	pause();
}

static void play_large_file(int fd)
{
	raw(fd, (64u << 20) + 1, MSG_WRITE_FILE, 0);
	pause();
}

static void play_padding(int fd)
{
	raw(fd, 0, MSG_OUTPUT, 7);
	pause();
}

static void play_noise(int fd)
{
	uint8_t noise[4096];
	uint32_t x = 12345;
	for (size_t i = 0; i < sizeof(noise); i++) {
		x = x * 1103515245 + 12345;
		noise[i] = (uint8_t)(x >> 16);
	}
	if (write_all(fd, noise, sizeof(noise)) != OK)
		_exit(1);
	pause();
}

static void play_bad_queries(int fd)
{
	struct buf b = { 0 };
	frame_begin(&b, MSG_QUERIES);
	buf_u8(&b, 0);
	buf_u16(&b, 60000); /* as many as it says there are not */
	send_frame(fd, &b);
	pause();
}

static void play_path_with_zero(int fd)
{
	struct buf b = { 0 };
	frame_begin(&b, MSG_WRITE_FILE);
	put_text(&b, "/tmp/a\0/../b", 12);
	put_text(&b, "x", 1);
	send_frame(fd, &b);
	pause();
}

static void play_lying_length(int fd)
{
	struct buf b = { 0 };
	frame_begin(&b, MSG_READ_FILE);
	buf_u32(&b, 4000000000u);
	buf_text(&b, "/etc/passwd");
	send_frame(fd, &b);
	pause();
}

static void play_trailing_bytes(int fd)
{
	struct buf b = { 0 };
	frame_begin(&b, MSG_INTERFACES);
	send_frame(fd, &b);
	frame_begin(&b, MSG_READ_URL);
	put_string(&b, "http://127.0.0.1/");
	buf_text(&b, "and more");
	send_frame(fd, &b);
	pause();
}

static void play_bad_format(int fd)
{
	struct buf b = { 0 };
	frame_begin(&b, MSG_DRAW);
	buf_u8(&b, 77);
	put_text(&b, "x", 1);
	send_frame(fd, &b);
	pause();
}

static void send_good_end(int fd)
{
	struct buf b = { 0 };
	const struct script_end end = { .how = END_OK };
	frame_begin(&b, MSG_END);
	put_end(&b, &end);
	send_frame(fd, &b);
}

static void play_message_after_end(int fd)
{
	struct buf b = { 0 };
	const struct script_end end = { .how = END_OK };
	frame_begin(&b, MSG_END);
	put_end(&b, &end);
	if (frame_end(&b) != OK)
		_exit(1);
	struct buf two = { 0 };
	buf_add(&two, b.data, b.len);
	frame_begin(&b, MSG_OUTPUT);
	buf_text(&b, "late");
	if (frame_end(&b) != OK)
		_exit(1);
	buf_add(&two, b.data, b.len);
	if (write_all(fd, two.data, two.len) != OK)
		_exit(1);
	pause();
}

static void play_half_frame_and_wait(int fd)
{
	raw(fd, 1000, MSG_OUTPUT, 0);
	pause();
}

static void play_hang_up(int fd)
{
	close(fd);
	pause();
}

static void play_exit(int fd _unused_)
{
	_exit(3);
}

static void play_crash(int fd _unused_)
{
	signal(SIGSEGV, SIG_DFL); /* the test library's own handler goes */
	raise(SIGSEGV);
}

/* Asks and asks, and never reads an answer. */
static void play_deaf(int fd)
{
	for (;;)
		raw(fd, 0, MSG_INTERFACES, 0);
}

static void play_terminal_tricks(int fd)
{
	struct buf b = { 0 };
	frame_begin(&b, MSG_REMARK);
	buf_text(&b, "\033]0;owned\007 and \xc2\x9b" "31m");
	send_frame(fd, &b);
	send_good_end(fd);
	pause();
}

/* -- the cases -------------------------------------------------------------------------------------------- */

static void forged_frames_end_the_worker(void **state _unused_)
{
	expect(play_unknown_kind, "x.js: script: protocol error");
	expect(play_wrong_direction, "x.js: script: protocol error");
	expect(play_oversized, "x.js: script: protocol error");
	expect(play_padding, "x.js: script: protocol error");
	expect(play_noise, "x.js: script: protocol error");
}

/* A customer's worker may not make the server keep more than the worker itself may have. */
static void messages_larger_than_the_heap_are_forged(void **state _unused_)
{
	struct seen s = { 0 };
	assert_int_equal(run(play_large_file, (struct script_limits){ .heap_bytes = 64u << 20, .wall_s = 5 }, NULL, &s), 1);
	assert_string_equal(buf_str(&s.err), "x.js: script: protocol error (no message)\n");
	buf_free(&s.err);
}

static void forged_fields_end_the_worker(void **state _unused_)
{
	expect(play_bad_queries, "protocol error (QUERIES)");
	expect(play_path_with_zero, "protocol error (WRITE_FILE)");
	expect(play_lying_length, "protocol error (READ_FILE)");
	expect(play_trailing_bytes, "protocol error (READ_URL)");
	expect(play_bad_format, "protocol error (DRAW)");
}

static void messages_after_the_end_are_forged(void **state _unused_)
{
	expect(play_message_after_end, "protocol error (a message after END)");
}

static void worker_that_vanishes_is_explained(void **state _unused_)
{
	expect(play_hang_up, "protocol error (the worker hung up)");
	expect(play_exit, "its process ended without a word (status 3)");
	expect(play_crash, "the engine failed (signal 11");
}

static void worker_that_waits_ends_at_the_wall(void **state _unused_)
{
	struct seen s = { 0 };
	assert_int_equal(run(play_half_frame_and_wait, (struct script_limits){ .wall_s = 1 }, NULL, &s), 1);
	assert_string_equal(buf_str(&s.err), "x.js: limit: wall 1 s reached\n");
	buf_free(&s.err);
}

static void worker_that_never_reads_ends_at_the_wall(void **state _unused_)
{
	struct seen s = { 0 };
	assert_int_equal(run(play_deaf, (struct script_limits){ .wall_s = 1 }, NULL, &s), 1);
	assert_string_equal(buf_str(&s.err), "x.js: limit: wall 1 s reached\n");
	buf_free(&s.err);
}

/* Stopped from outside while an answer waits for the worker to read. */
static void worker_that_never_reads_can_be_stopped(void **state _unused_)
{
	volatile bool stop = false;
	struct seen s = { .stop = &stop };
	pthread_t t;
	usec_t start = clock_monotonic();
	assert_int_equal(pthread_create(&t, NULL, set_soon, (void *)(uintptr_t)&stop), 0);
	assert_int_equal(run(play_deaf, (struct script_limits){ 0 }, NULL, &s), 1);
	pthread_join(t, NULL);
	assert_string_equal(buf_str(&s.err), "x.js: stopped\n");
	assert_true(clock_monotonic() - start < 5 * USEC_PER_SEC);
	buf_free(&s.err);
}

static void remarks_cannot_steer_a_terminal(void **state _unused_)
{
	struct seen s = { 0 };
	assert_int_equal(run(play_terminal_tricks, (struct script_limits){ 0 }, NULL, &s), 0);
	assert_string_equal(buf_str(&s.err), "\\x1b]0;owned\\x07 and \\x9b31m\n");
	buf_free(&s.err);
}

/* Remarks without a byte are lines all the same. */
static void play_empty_remarks(int fd)
{
	struct buf b = { 0 };
	frame_begin(&b, MSG_REMARK);
	for (int i = 0; i < 2000; i++)
		send_frame(fd, &b);
	send_good_end(fd);
	_exit(0);
}

static void empty_remarks_count_as_output(void **state _unused_)
{
	struct seen s = { 0 };
	assert_int_equal(run(play_empty_remarks, (struct script_limits){ .output_bytes = 1000 }, NULL, &s), 1);
	assert_non_null(strstr(buf_str(&s.err), "limit: output"));
	assert_true(s.err.len < 1100);
	buf_free(&s.err);
}

/* Files it may write, without end. */
static void play_write_much(int fd)
{
	struct channel c;
	struct message m;
	struct buf b = { 0 };
	channel_init(&c, fd, TO_WORKER, true);
	if (channel_receive(&c, &m) != OK || m.kind != MSG_SCRIPT)
		_exit(1);
	for (;;) {
		frame_begin(&b, MSG_WRITE_FILE);
		put_string(&b, "x");
		put_text(&b, "x", 1);
		send_frame(fd, &b);
		if (channel_receive(&c, &m) != OK)
			_exit(2);
	}
}

static void written_files_are_counted(void **state _unused_)
{
	char folder[] = "/tmp/weir-forged.XXXXXX", file[64];
	assert_non_null(mkdtemp(folder));
	const char *const roots[] = { folder, NULL };
	struct seen s = { 0 };
	assert_int_equal(run(play_write_much, (struct script_limits){ .written_bytes = 1u << 20 }, roots, &s), 1);
	assert_string_equal(buf_str(&s.err), "x.js: limit: written 1 MB reached\n");
	buf_free(&s.err);
	snprintf(file, sizeof(file), "%s/x", folder);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* Nobody reads the answers; charts of 20 MB are asked for until the broker would be full of them. */
static void play_many_drawings(int fd)
{
	static const uint8_t zeros[20 << 20];
	struct buf b = { 0 };
	frame_begin(&b, MSG_DRAW);
	buf_u8(&b, 0);
	put_text(&b, (const char *)zeros, sizeof(zeros));
	for (;;)
		send_frame(fd, &b);
}

static long resident_kb(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d %ld", &pages), 1);
	fclose(f);
	return pages * 4;
}

/* A drawer that does not answer, in place of the real one. */
static void deaf_drawer(struct script_worker *w)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(pair[0]);
		pause();
		_exit(0);
	}
	close(pair[1]);
	w->drawer[0] = (struct child){ .pid = pid, .fd = pair[0] };
}

static void drawings_wait_within_bounds(void **state _unused_)
{
	const struct scope *scope;
	const struct query_env env = { .now = 1 };
	struct seen s = { 0 };
	const struct script_limits limits = { .wall_s = 3, .cpu_s = 20, .draw_cpu_s = 30, .output_bytes = 1u << 20,
					      .heap_bytes = (size_t)4 << 30 };
	assert_int_equal(scope_everything(&scope), OK);
	struct script_worker *w = worker_of(play_many_drawings, limits);
	deaf_drawer(w);
	const struct script_job job = { .name = "x.js", .source = "", .scope = scope, .env = &env, .out = put_out,
					.err = put_err, .arg = &s, .worker = w };
	usec_t start = clock_monotonic();
	assert_int_equal(script_run(&job), 1);
	assert_true(clock_monotonic() - start < 15 * USEC_PER_SEC); /* the drawer does not hold the broker past the wall */
	assert_non_null(strstr(buf_str(&s.err), "limit: wall 3 s reached"));
	assert_true(resident_kb() < 1L << 20);
	scope_free(scope);
	buf_free(&s.err);
}

/* A taken-over worker asks for what its script could not: the grants hold at the broker. */
static void play_ask_for_everything(int fd)
{
	struct channel c;
	struct message m;
	struct buf b = { 0 };
	static const struct {
		enum message_kind kind;
		const char *text;
	} asks[] = {
		{ MSG_READ_FILE, "/etc/passwd" },
		{ MSG_READ_URL, "http://127.0.0.1:1/" },
		{ MSG_MAIL, NULL }, /* nobody, "subject", nothing inside */
	};
	channel_init(&c, fd, TO_WORKER, true);
	if (channel_receive(&c, &m) != OK || m.kind != MSG_SCRIPT)
		_exit(1);
	for (size_t i = 0; i < COUNT_OF(asks); i++) {
		frame_begin(&b, asks[i].kind);
		if (asks[i].text) {
			put_string(&b, asks[i].text);
		} else {
			buf_u16(&b, 0);
			put_string(&b, "subject");
			put_string(&b, NULL);
			put_string(&b, NULL);
			buf_u16(&b, 0);
		}
		send_frame(fd, &b);
		if (channel_receive(&c, &m) != OK || m.kind != MSG_REFUSED)
			_exit(2);
	}
	frame_begin(&b, MSG_WRITE_FILE);
	put_string(&b, "/tmp/weir-must-not-exist");
	put_text(&b, "x", 1);
	send_frame(fd, &b);
	if (channel_receive(&c, &m) != OK || m.kind != MSG_REFUSED)
		_exit(3);
	send_good_end(fd);
	_exit(0);
}

static void grants_hold_at_the_broker(void **state _unused_)
{
	struct seen s = { 0 };
	assert_int_equal(run(play_ask_for_everything, (struct script_limits){ 0 }, NULL, &s), 0);
	assert_int_equal(s.err.len, 0);
	assert_int_equal(access("/tmp/weir-must-not-exist", F_OK), -1);
}

UNIT_MAIN(cmocka_unit_test(forged_frames_end_the_worker), cmocka_unit_test(forged_fields_end_the_worker),
	  cmocka_unit_test(messages_larger_than_the_heap_are_forged),
	  cmocka_unit_test(messages_after_the_end_are_forged), cmocka_unit_test(worker_that_vanishes_is_explained),
	  cmocka_unit_test(worker_that_waits_ends_at_the_wall), cmocka_unit_test(worker_that_never_reads_ends_at_the_wall),
	  cmocka_unit_test(remarks_cannot_steer_a_terminal), cmocka_unit_test(grants_hold_at_the_broker),
	  cmocka_unit_test(empty_remarks_count_as_output), cmocka_unit_test(written_files_are_counted),
	  cmocka_unit_test(drawings_wait_within_bounds), cmocka_unit_test(worker_that_never_reads_can_be_stopped))
