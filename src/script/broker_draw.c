/* Charts: handed to drawing processes, so that neither the script nor the broker waits, and so that a
 * picture library never sees a file, a store or a network.
 *
 *	queue -> drawer (idle -> drawing -> idle) -> file in its folder, or BYTES to the waiting worker
 *
 * A drawer that dies or takes too long loses its drawing, is not replaced, and the others go on. */
#include "script/pool.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>

enum { GRACE_S = 10 }; /* wall time beyond a chart's CPU time, and the first chart's warm-up */

static void drawing_free(struct drawing *d)
{
	if (!d)
		return;
	buf_free(&d->frame);
	fd_close(d->folder);
	mem_free(d->name);
	mem_free(d->path);
	mem_free(d);
}

/* -- ends of a drawing -------------------------------------------------------------------------------- */

static void drawing_failed(struct broker *b, struct drawing *d, const char *why)
{
	if (d->answer) {
		reply_refused(b, "chart: %s", why);
	} else {
		broker_say(b, "%s: %s: chart: %s", b->job->name, d->path, why);
		b->status = b->status ? b->status : 1;
	}
	drawing_free(d);
}

static void drawing_done(struct broker *b, struct drawing *d, const struct cur *picture)
{
	struct problem why = { 0 };
	size_t len = cur_left(picture);
	if (d->answer)
		reply_bytes(b, picture->pos, len);
	else if (count_written(b, len) && write_file(d->folder, d->name, picture->pos, len, &why) != OK) {
		drawing_failed(b, d, why.text);
		return;
	}
	drawing_free(d);
}

static void drawer_lost(struct broker *b, struct drawer *d, const char *why)
{
	struct child c = { .pid = d->pid, .fd = -1, .far = d->far };
	channel_close(&d->ch);
	child_end(&c);
	d->pid = 0;
	d->far = NULL;
	struct drawing *now = d->now;
	d->now = NULL;
	if (now)
		drawing_failed(b, now, why);
}

/* -- handing out ---------------------------------------------------------------------------------------- */

static struct drawing *take_first(struct broker *b)
{
	struct drawing *d = b->queue;
	b->queue = d->next;
	if (!b->queue)
		b->queue_end = &b->queue;
	b->queued--;
	b->queued_bytes -= d->frame.len;
	return d;
}

static void give(struct broker *b, struct drawer *d)
{
	d->now = take_first(b);
	d->deadline = clock_monotonic() + (usec_t)(b->limits.draw_cpu_s * 2 + GRACE_S) * USEC_PER_SEC;
	if (d->deadline > b->deadline) /* a drawer that does not read must not hold the broker longer */
		d->deadline = b->deadline;
	if (channel_send(&d->ch, &d->now->frame, -1, d->deadline) != OK)
		drawer_lost(b, d, "the drawing process ended");
	else
		buf_free(&d->now->frame);
}

static void take_drawer(const struct broker *b, struct drawer *d, struct child *c)
{
	channel_init(&d->ch, c->fd, FROM_DRAWER, false);
	d->ch.stop = b->job->stop;
	d->pid = c->pid;
	d->far = c->far;
	*c = (struct child){ .fd = -1 };
}

/* A script of a pool has no drawers until it draws. */
static void more_drawers(struct broker *b)
{
	struct child c;
	while (b->pool && b->drawers < DRAWERS && b->drawers < b->queued) {
		if (pool_drawer(b->pool, &b->limits, b->zone, &c) != OK)
			return;
		take_drawer(b, &b->drawer[b->drawers++], &c);
	}
}

void drawings_hand_out(struct broker *b)
{
	size_t busy = 0, alive = 0;
	more_drawers(b);
	for (size_t i = 0; i < DRAWERS; i++) {
		busy += b->drawer[i].now != NULL;
		alive += b->drawer[i].pid > 0;
	}
	for (size_t i = 0; i < DRAWERS && b->queue && busy < DRAW_AT_ONCE; i++)
		if (b->drawer[i].pid > 0 && !b->drawer[i].now) {
			give(b, &b->drawer[i]);
			busy++;
		}
	while (!alive && b->queue)
		drawing_failed(b, take_first(b), "no drawing process is left");
}

void drawings_read(struct broker *b, struct drawer *d)
{
	enum err e = channel_fill(&d->ch);
	struct message m;
	enum frame_state s = channel_next(&d->ch, &m);
	if (s == FRAME_MORE) {
		if (e != OK)
			drawer_lost(b, d, "too much for the drawing process (time or memory), or it failed");
		return;
	}
	struct drawing *now = d->now;
	if (s == FRAME_BAD || !now) {
		drawer_lost(b, d, "the drawing process sent nonsense");
		return;
	}
	d->now = NULL;
	if (m.kind == MSG_DRAWN) {
		drawing_done(b, now, &m.body);
		return;
	}
	char *why = get_text(&m.body, &b->scratch);
	drawing_failed(b, now, why ? why : "failed");
	arena_reset(&b->scratch);
}

void drawings_expire(struct broker *b)
{
	usec_t now = clock_monotonic();
	for (size_t i = 0; i < DRAWERS; i++)
		if (b->drawer[i].now && now >= b->drawer[i].deadline)
			drawer_lost(b, &b->drawer[i], "drawing took too long");
}

/* -- from start to end -------------------------------------------------------------------------------------- */

void drawings_start(struct broker *b, struct script_worker *w)
{
	b->queue_end = &b->queue;
	for (size_t i = 0; i < DRAWERS; i++)
		take_drawer(b, &b->drawer[i], &w->drawer[i]);
}

bool drawings_full(const struct broker *b)
{
	return b->queued >= MAX_PENDING_DRAWINGS || b->queued_bytes >= MAX_PENDING_DRAWING_BYTES;
}

bool drawings_pending(const struct broker *b)
{
	for (size_t i = 0; i < DRAWERS; i++)
		if (b->drawer[i].now)
			return true;
	return b->queue != NULL;
}

void drawings_end(struct broker *b)
{
	size_t lost = 0;
	while (b->queue) {
		drawing_free(take_first(b));
		lost++;
	}
	for (size_t i = 0; i < DRAWERS; i++) {
		struct drawer *d = &b->drawer[i];
		struct child c = { .pid = d->pid, .fd = -1, .far = d->far };
		lost += d->now != NULL;
		drawing_free(d->now);
		channel_close(&d->ch);
		child_end(&c);
		*d = (struct drawer){ .ch = { .fd = -1, .passed = -1 } };
	}
	if (lost)
		broker_say(b, "%s: %zu charts were not drawn", b->job->name, lost);
}

/* -- messages -------------------------------------------------------------------------------------------------- */

static struct drawing *drawing_new(unsigned format, const struct cur *doc)
{
	struct drawing *d = mem_new0(1, sizeof(*d));
	if (!d)
		return NULL;
	d->folder = -1;
	frame_begin(&d->frame, MSG_DRAW_THIS);
	buf_u8(&d->frame, (uint8_t)format);
	buf_add(&d->frame, doc->pos, cur_left(doc));
	if (frame_end(&d->frame) != OK) {
		drawing_free(d);
		return NULL;
	}
	return d;
}

static void enqueue(struct broker *b, struct drawing *d)
{
	*b->queue_end = d;
	b->queue_end = &d->next;
	b->queued++;
	b->queued_bytes += d->frame.len;
}

/* WRITE_CHART: text path, u8 format, bytes.  Everything about the place is decided now, so that a refusal
 * is the script's own exception. */
void serve_write_chart(struct broker *b, struct message *m)
{
	const char *path = get_text(&m->body, &b->scratch);
	unsigned format = cur_u8(&m->body);
	struct cur doc = get_bytes(&m->body);
	if (!path || doc.bad || format > CHART_REPORT || !message_end(&m->body)) {
		broker_forged(b, "WRITE_CHART");
		return;
	}
	struct problem why = { 0 };
	int folder = -1;
	const char *name = NULL;
	if (!count_written(b, 0)) /* its bytes are counted when they are there */
		return;
	if (write_place(b->job->grants.write_roots, path, &folder, &name, &why) != OK) {
		reply_refused(b, "%s", why.text);
		return;
	}
	struct drawing *d = drawing_new(format, &doc);
	if (d) {
		d->name = mem_strdup(name);
		d->path = mem_strdup(path);
	}
	if (!d || !d->name || !d->path) {
		fd_close(folder);
		drawing_free(d);
		reply_refused(b, "%s: chart: %s", path, err_text(E_NOMEM));
		return;
	}
	d->folder = folder;
	enqueue(b, d);
	reply_done(b);
}

/* DRAW: u8 format, bytes. */
void serve_draw(struct broker *b, struct message *m)
{
	unsigned format = cur_u8(&m->body);
	struct cur doc = get_bytes(&m->body);
	if (doc.bad || format > CHART_REPORT || !message_end(&m->body)) {
		broker_forged(b, "DRAW");
		return;
	}
	struct drawing *d = drawing_new(format, &doc);
	if (!d) {
		reply_refused(b, "chart: %s", err_text(E_NOMEM));
		return;
	}
	d->answer = true;
	enqueue(b, d);
}
