/* The drawing process: sleeps until the first chart comes, then loads fonts, puts up its walls, and
 * only then reads what it is to draw. */
#include "script/broker.h"
#include "script/sandbox.h"

#include "base/clock.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DRAW_HEAP = 512 << 20, DRAW_OUT = 200 << 20 };

static bool wait_for_work(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, -1) == 1 && (p.revents & POLLIN);
}

static enum err draw(struct cur *c, struct buf *out, struct problem *why)
{
	struct chart_doc doc;
	unsigned format = cur_u8(c);
	if (c->bad || format > CHART_REPORT)
		return problem_set(why, E_SYNTAX, "not a chart");
	if (format == CHART_REPORT)
		return report_draw(c->pos, cur_left(c), out, why);
	enum err e = chart_decode(c->pos, cur_left(c), &doc);
	if (e != OK)
		return problem_set(why, e, "not a chart: %s", err_text(e));
	e = chart_draw(&doc.chart, (enum chart_format)format, out, why);
	chart_doc_free(&doc);
	return e;
}

static enum err serve_one(struct channel *ch, struct message *m, struct buf *frame)
{
	struct problem why = { 0 };
	frame_begin(frame, MSG_DRAWN);
	enum err e = draw(&m->body, frame, &why);
	if (e != OK) {
		frame->bad = OK;
		frame_begin(frame, MSG_DRAW_FAILED);
		put_string(frame, why.text[0] ? why.text : err_text(e));
	}
	e = frame_end(frame);
	return e == OK ? channel_send(ch, frame, -1, 0) : e;
}

_Noreturn void drawer_main(const struct worker_setup *s)
{
	int fd = s->fd;
	struct channel ch;
	struct message m;
	struct problem why;
	if (sandbox_alone(&fd) != OK)
		_exit(1);
	channel_init(&ch, fd, TO_DRAWER, false);
	if (!wait_for_work(fd))
		_exit(0);
	if (*s->zone)
		setenv("TZ", s->zone, 1);
	tzset();
	chart_warm_up();
	const struct sandbox walls = { .cpu_s = s->limits.draw_cpu_s, .heap_bytes = DRAW_HEAP, .fonts = true };
	if (sandbox_close(&walls, &why) != OK)
		_exit(1);
	struct buf frame = { .ceiling = DRAW_OUT };
	enum err e = OK;
	while (e == OK && (e = channel_receive(&ch, &m)) == OK) {
		sandbox_cpu_from_now(s->limits.draw_cpu_s);
		e = serve_one(&ch, &m, &frame);
	}
	_exit(e == E_UNKNOWN ? 0 : 1);
}
