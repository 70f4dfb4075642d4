/* Frames and fields: what is sent arrives, and nothing else is taken for a message. */
#include "unit.h"

#include "base/mem.h"
#include "script/channel.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct buf frame_of(enum message_kind kind, const void *payload, size_t len)
{
	struct buf b = { 0 };
	frame_begin(&b, kind);
	buf_add(&b, payload, len);
	assert_int_equal(frame_end(&b), OK);
	return b;
}

static enum frame_state cut(const struct buf *b, enum message_to to)
{
	struct cur in = cur_of(b->data, b->len);
	struct message m;
	return frame_cut(&in, to, &m);
}

static void frame_goes_through(void **state _unused_)
{
	struct buf b = frame_of(MSG_OUTPUT, "hello", 5);
	struct cur in = cur_of(b.data, b.len);
	struct message m;
	assert_int_equal(frame_cut(&in, TO_BROKER, &m), FRAME_WHOLE);
	assert_int_equal(m.kind, MSG_OUTPUT);
	assert_int_equal(cur_left(&m.body), 5);
	assert_memory_equal(m.body.pos, "hello", 5);
	assert_int_equal(cur_left(&in), 0);
	buf_free(&b);
}

static void every_prefix_waits_for_more(void **state _unused_)
{
	struct buf b = frame_of(MSG_OUTPUT, "hello", 5);
	for (size_t n = 0; n < b.len; n++) {
		struct cur in = cur_of(b.data, n);
		struct message m;
		assert_int_equal(frame_cut(&in, TO_BROKER, &m), FRAME_MORE);
	}
	buf_free(&b);
}

static void wrong_direction_is_bad(void **state _unused_)
{
	struct buf b = frame_of(MSG_OUTPUT, "hello", 5);
	assert_int_equal(cut(&b, TO_WORKER), FRAME_BAD);
	assert_int_equal(cut(&b, FROM_DRAWER), FRAME_BAD);
	buf_free(&b);
}

static void header_byte(size_t at, uint8_t value, enum frame_state want)
{
	struct buf b = frame_of(MSG_OUTPUT, "hello", 5);
	b.data[at] = value;
	assert_int_equal(cut(&b, TO_BROKER), want);
	buf_free(&b);
}

static void forged_headers_are_bad(void **state _unused_)
{
	header_byte(4, 0, FRAME_BAD);         /* no kind */
	header_byte(4, MSG_KINDS, FRAME_BAD); /* unknown kind */
	header_byte(5, 1, FRAME_BAD);
	header_byte(6, 1, FRAME_BAD);         /* what must be zero */
	header_byte(3, 0xff, FRAME_BAD);      /* 4 GB of output */
	header_byte(2, 2, FRAME_BAD);         /* 128 KB where 64 are the ceiling */
	header_byte(0, 6, FRAME_MORE);
}

static void own_frame_over_its_ceiling_is_refused(void **state _unused_)
{
	static const char big[70000];
	struct buf b = { 0 };
	frame_begin(&b, MSG_OUTPUT);
	buf_add(&b, big, sizeof(big));
	assert_int_equal(frame_end(&b), E_LIMIT);
	buf_free(&b);
}

static void texts_keep_null_and_empty_apart(void **state _unused_)
{
	struct buf b = { 0 };
	struct arena a = { 0 };
	put_string(&b, NULL);
	put_string(&b, "");
	put_string(&b, "x");
	struct cur c = cur_of(b.data, b.len);
	assert_null(get_text(&c, &a));
	assert_string_equal(get_text(&c, &a), "");
	assert_string_equal(get_text(&c, &a), "x");
	assert_true(message_end(&c));
	buf_free(&b);
	arena_free(&a);
}

static void text_with_a_zero_inside_is_refused(void **state _unused_)
{
	struct buf b = { 0 };
	struct arena a = { 0 };
	put_text(&b, "1.1.1.1\0|x", 10);
	struct cur c = cur_of(b.data, b.len);
	assert_null(get_text(&c, &a));
	assert_true(c.bad);
	buf_free(&b);
	arena_free(&a);
}

static struct buf queries_message(void)
{
	static const struct request_param param[] = { { "target", "192.0.2.1" }, { "b", "" } };
	struct request rq[] = {
		{ .kind = QUERY_TREND, .view = "traffic", .select = "time,bytes", .interval = "today", .bucket = "hour" },
		{ .kind = QUERY_TOPN, .view = "v", .select = "s", .where = "ipsource=$target", .n = 7, .param = param, .nparam = 2 },
	};
	const struct queries q = { .rq = rq, .n = 2 };
	struct buf b = { 0 };
	put_queries(&b, &q);
	return b;
}

static void queries_arrive_as_sent(void **state _unused_)
{
	struct buf b = queries_message();
	struct arena a = { 0 };
	struct cur c = cur_of(b.data, b.len);
	struct queries q;
	assert_int_equal(get_queries(&c, &a, &q), OK);
	assert_int_equal(q.n, 2);
	assert_false(q.stream);
	assert_int_equal(q.rq[0].kind, QUERY_TREND);
	assert_null(q.rq[0].where);
	assert_string_equal(q.rq[0].bucket, "hour");
	assert_int_equal(q.rq[1].n, 7);
	assert_int_equal(q.rq[1].nparam, 2);
	assert_string_equal(q.rq[1].param[0].value, "192.0.2.1");
	buf_free(&b);
	arena_free(&a);
}

static void every_prefix_of_queries_is_refused(void **state _unused_)
{
	struct buf b = queries_message();
	for (size_t n = 0; n < b.len; n++) {
		struct arena a = { 0 };
		uint8_t *exact = malloc(n ? n : 1);
		memcpy(exact, b.data, n);
		struct cur c = cur_of(exact, n);
		struct queries q;
		assert_int_equal(get_queries(&c, &a, &q), E_SYNTAX);
		arena_free(&a);
		free(exact);
	}
	buf_free(&b);
}

/* The n-th allocation fails, for every n: refused, and nothing is lost. */
static void queries_survive_short_memory(void **state _unused_)
{
	struct buf b = queries_message();
	enum err e = E_NOMEM;
	for (long n = 0; e != OK; n++) {
		struct arena a = { 0 };
		struct cur c = cur_of(b.data, b.len);
		struct queries q;
		mem_fail_at(n);
		e = get_queries(&c, &a, &q);
		mem_fail_at(-1);
		assert_true(e == OK || e == E_NOMEM || e == E_SYNTAX);
		assert_true(n < 1000);
		arena_free(&a);
	}
	buf_free(&b);
}

static void queries_changed(size_t at, uint8_t value)
{
	struct buf b = queries_message();
	struct arena a = { 0 };
	b.data[at] = value;
	struct cur c = cur_of(b.data, b.len);
	struct queries q;
	assert_int_equal(get_queries(&c, &a, &q), E_SYNTAX);
	buf_free(&b);
	arena_free(&a);
}

static void forged_queries_are_refused(void **state _unused_)
{
	queries_changed(0, 2);    /* a flag that is none */
	queries_changed(0, 1);    /* a stream of two */
	queries_changed(1, 0);    /* none */
	queries_changed(1, 65);   /* more than there may be */
	queries_changed(3, 3);    /* a kind that is none */
	queries_changed(4, 0);    /* the view left out; what follows no longer fits */
	queries_changed(7, 0xff); /* a view of 4 GB */
}

static void end_needs_its_reason(void **state _unused_)
{
	struct buf b = { 0 };
	struct arena a = { 0 };
	const struct script_end end = { .how = END_FAILED, .message = NULL };
	put_end(&b, &end);
	struct cur c = cur_of(b.data, b.len);
	struct script_end got;
	assert_int_equal(get_end(&c, &a, &got), E_SYNTAX);
	buf_free(&b);
	const struct script_end good = { .how = END_EXIT, .code = 7 };
	put_end(&b, &good);
	c = cur_of(b.data, b.len);
	assert_int_equal(get_end(&c, &a, &got), OK);
	assert_int_equal(got.code, 7);
	b.data[2] = 1; /* a code of 263 */
	c = cur_of(b.data, b.len);
	assert_int_equal(get_end(&c, &a, &got), E_SYNTAX);
	buf_free(&b);
	arena_free(&a);
}

/* Frames split and joined anyhow by the socket, with a descriptor beside one of them. */
static void channel_puts_frames_together(void **state _unused_)
{
	int pair[2], pipes[2];
	struct channel from, to;
	struct message m;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe(pipes), 0);
	channel_init(&from, pair[0], TO_BROKER, false);
	channel_init(&to, pair[1], TO_WORKER, true);
	struct buf a = frame_of(MSG_BYTES, "one", 3), b = frame_of(MSG_DONE, NULL, 0);
	assert_int_equal(channel_send(&from, &a, pipes[0], 0), OK);
	assert_int_equal(write(pair[0], b.data, 3), 3);
	assert_int_equal(channel_receive(&to, &m), OK);
	assert_int_equal(m.kind, MSG_BYTES);
	assert_true(m.fd >= 0);
	close(m.fd);
	assert_int_equal(channel_next(&to, &m), FRAME_MORE);
	assert_int_equal(write(pair[0], b.data + 3, b.len - 3), b.len - 3);
	assert_int_equal(channel_receive(&to, &m), OK);
	assert_int_equal(m.kind, MSG_DONE);
	assert_int_equal(m.fd, -1);
	channel_close(&from);
	assert_int_equal(channel_receive(&to, &m), E_UNKNOWN);
	channel_close(&to);
	close(pipes[0]);
	close(pipes[1]);
	buf_free(&a);
	buf_free(&b);
}

/* The broker takes no descriptors: the kernel drops what a worker sends. */
static void channel_drops_descriptors_it_does_not_want(void **state _unused_)
{
	int pair[2], pipes[2];
	struct channel from, to;
	struct message m;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe(pipes), 0);
	channel_init(&from, pair[0], TO_WORKER, false);
	channel_init(&to, pair[1], TO_BROKER, false);
	struct buf a = frame_of(MSG_OUTPUT, "x", 1);
	assert_int_equal(channel_send(&from, &a, pipes[1], 0), OK);
	close(pipes[1]);
	assert_int_equal(channel_receive(&to, &m), OK);
	assert_int_equal(m.fd, -1);
	char byte;
	assert_int_equal(read(pipes[0], &byte, 1), 0); /* no writer is left anywhere */
	close(pipes[0]);
	channel_close(&from);
	channel_close(&to);
	buf_free(&a);
}

/* A large message, then small ones: its room is given back. */
static void channel_gives_the_room_of_a_large_message_back(void **state _unused_)
{
	enum { LARGE = 8 << 20 };
	int pair[2];
	struct channel from, to;
	struct message m;
	struct buf small = frame_of(MSG_BYTES, "abc", 3);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char *large = calloc(1, LARGE);
		struct buf b = frame_of(MSG_BYTES, large, LARGE);
		channel_init(&from, pair[0], TO_BROKER, false);
		bool ok = channel_send(&from, &b, -1, 0) == OK && channel_send(&from, &small, -1, 0) == OK &&
			  channel_send(&from, &small, -1, 0) == OK;
		_exit(!ok);
	}
	channel_init(&to, pair[1], TO_WORKER, false);
	assert_int_equal(channel_receive(&to, &m), OK);
	assert_int_equal(cur_left(&m.body), LARGE);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(channel_receive(&to, &m), OK);
		assert_int_equal(cur_left(&m.body), 3);
		assert_memory_equal(m.body.pos, "abc", 3);
	}
	close(pair[0]);
	assert_int_equal(channel_fill(&to), E_UNKNOWN);
	assert_true(to.in.cap <= 1u << 20);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	channel_close(&to);
	buf_free(&small);
}

UNIT_MAIN(cmocka_unit_test(frame_goes_through), cmocka_unit_test(every_prefix_waits_for_more),
	  cmocka_unit_test(wrong_direction_is_bad), cmocka_unit_test(forged_headers_are_bad),
	  cmocka_unit_test(own_frame_over_its_ceiling_is_refused), cmocka_unit_test(texts_keep_null_and_empty_apart),
	  cmocka_unit_test(text_with_a_zero_inside_is_refused), cmocka_unit_test(queries_arrive_as_sent),
	  cmocka_unit_test(every_prefix_of_queries_is_refused), cmocka_unit_test(forged_queries_are_refused),
	  cmocka_unit_test(queries_survive_short_memory),
	  cmocka_unit_test(end_needs_its_reason), cmocka_unit_test(channel_puts_frames_together),
	  cmocka_unit_test(channel_gives_the_room_of_a_large_message_back),
	  cmocka_unit_test(channel_drops_descriptors_it_does_not_want))
