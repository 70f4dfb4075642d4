/* The worker's questions to the broker, and its remarks. */
#include "script/worker.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

bool worker_tell(struct worker *w)
{
	if (frame_end(&w->frame) != OK)
		return false;
	if (channel_send(&w->ch, &w->frame, -1, 0) != OK)
		_exit(0); /* nobody is left to hear anything */
	return true;
}

static bool exchange(struct worker *w, struct message *ret)
{
	enum err e = frame_end(&w->frame);
	if (e != OK) {
		throw_error(w->e, "%s: too much for one call", err_text(e));
		return false;
	}
	if (channel_send(&w->ch, &w->frame, -1, 0) != OK || channel_receive(&w->ch, ret) != OK)
		_exit(0);
	if (w->frame.cap > (1u << 20))
		buf_free(&w->frame);
	return true;
}

/* A refusal becomes an exception. */
static bool wanted(struct worker *w, enum message_kind want, struct message *m)
{
	if (m->kind == want)
		return true;
	fd_close(m->fd);
	struct arena a = { .ceiling = 1u << 20 };
	const char *text = m->kind == MSG_REFUSED ? get_text(&m->body, &a) : NULL;
	throw_error(w->e, "%s", text ? text : "an answer of the wrong kind came");
	arena_free(&a);
	return false;
}

bool worker_ask(struct worker *w, enum message_kind want, struct message *ret)
{
	if (!exchange(w, ret) || !wanted(w, want, ret))
		return false;
	fd_close(ret->fd); /* none of these answers has one */
	return true;
}

static bool take_table(struct worker *w, const void *data, size_t len, table_sink *each, void *arg)
{
	struct result t = { 0 };
	enum err e = result_decode(data, len, &t);
	if (e != OK) {
		throw_range(w->e, "the answer's table does not fit: %s", err_text(e));
		return false;
	}
	bool ok = each(arg, &t);
	result_free(&t);
	return ok;
}

/* Parts in a memfd are read one after the other, so that a stream needs the memory of one part. */
static bool tables_outside(struct worker *w, const struct results *r, int fd, table_sink *each, void *arg)
{
	struct buf part = { 0 };
	uint64_t offset = 0;
	bool ok = true;
	for (size_t i = 0; i < r->n && ok; i++) {
		buf_reset(&part);
		uint8_t *room = r->len[i] <= SIZE_MAX ? buf_room(&part, (size_t)r->len[i]) : NULL;
		if (!room || read_exact(fd, room, (size_t)r->len[i], offset) != OK) {
			throw_range(w->e, "the answer does not fit into the script's memory");
			ok = false;
			break;
		}
		offset += r->len[i];
		ok = take_table(w, part.data, part.len, each, arg);
	}
	buf_free(&part);
	return ok;
}

static bool tables_inside(struct worker *w, struct results *r, table_sink *each, void *arg)
{
	/* each() may ask further questions, which reuse the channel's memory. */
	struct buf copy = { 0 };
	size_t left = cur_left(&r->rest);
	buf_add(&copy, r->rest.pos, left);
	struct cur c = cur_of(copy.data, copy.len);
	bool ok = true;
	for (size_t i = 0; i < r->n && ok; i++) {
		struct cur part = cur_take(&c, (size_t)r->len[i]);
		if (part.bad) {
			throw_error(w->e, "the answer is damaged");
			ok = false;
		} else {
			ok = take_table(w, part.pos, cur_left(&part), each, arg);
		}
	}
	buf_free(&copy);
	return ok;
}

bool worker_ask_tables(struct worker *w, table_sink *each, void *arg)
{
	struct message m;
	struct results r;
	if (!exchange(w, &m) || !wanted(w, MSG_RESULTS, &m))
		return false;
	_cleanup_(fd_closep) int fd = m.fd;
	if (get_results(&m.body, &r) != OK || (r.in_memfd && fd < 0)) {
		throw_error(w->e, "the answer is damaged");
		return false;
	}
	return r.in_memfd ? tables_outside(w, &r, fd, each, arg) : tables_inside(w, &r, each, arg);
}

void worker_drop(const struct val *v)
{
	struct worker *w = worker_self();
	if (v && w->ndrop == w->drop_cap) {
		size_t cap = w->drop_cap ? w->drop_cap * 2 : 256;
		const struct val **more = mem_array(w->drop, cap, sizeof(const struct val *));
		if (!more)
			return; /* the value stays until the process ends, which is soon */
		w->drop = more;
		w->drop_cap = cap;
	}
	if (v)
		w->drop[w->ndrop++] = v;
}

void worker_drops(struct worker *w)
{
	while (w->ndrop)
		val_drop(w->e, w->drop[--w->ndrop]);
}

bool worker_remark(struct worker *w, const char *text, size_t len)
{
	enum { MOST = 16000 };
	do {
		size_t n = MIN(len, (size_t)MOST);
		frame_begin(&w->frame, MSG_REMARK);
		buf_add(&w->frame, text, n);
		if (!worker_tell(w))
			return false;
		text += n;
		len -= n;
	} while (len);
	return true;
}

void worker_warn(struct worker *w, const char *fmt, ...)
{
	char text[1024], file[256], line[1400];
	unsigned at = 0;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (engine_where(w->e, file, &at) && at)
		snprintf(line, sizeof(line), "%s:%u: warning: %s", file, at, text);
	else
		snprintf(line, sizeof(line), "warning: %s", text);
	worker_remark(w, line, strlen(line));
}
