/* The broker's loop: the worker's messages in, answers and output out, until the script has ended,
 * its drawings are done, or something stops it.
 *
 *	WORKER ---- OUTPUT, REMARK ----------------> out, err      counted
 *	       ---- QUERIES, READ_..., WRITE_... --> served        one answer each
 *	       ---- END, then the socket closes
 *	DRAWERS --- DRAWN, DRAW_FAILED ------------> files, or the waiting worker */
#include "script/broker.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* -- answers ------------------------------------------------------------------------------------- */

static void reply(struct broker *b, int fd)
{
	enum err e = frame_end(&b->frame);
	if (e == OK)
		e = channel_send(&b->ch, &b->frame, fd, b->deadline);
	if (e == E_CANCELLED)
		broker_stop(b, "stopped");
	else if (e == E_LIMIT && clock_monotonic() >= b->deadline)
		broker_stop_limit(b, "wall");
	else if (e != OK && e != E_UNKNOWN)
		broker_stop(b, "an answer could not be handed to the script: %s", err_text(e));
	if (b->frame.cap > (1u << 20)) /* a large answer does not stay */
		buf_free(&b->frame);
}

void reply_done(struct broker *b)
{
	frame_begin(&b->frame, MSG_DONE);
	reply(b, -1);
}

void reply_refused(struct broker *b, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	frame_begin(&b->frame, MSG_REFUSED);
	put_string(&b->frame, text);
	reply(b, -1);
}

void reply_bytes(struct broker *b, const void *data, size_t len)
{
	frame_begin(&b->frame, MSG_BYTES);
	buf_add(&b->frame, data, len);
	reply(b, -1);
}

enum err answer_add(struct answer *a, const struct result *t)
{
	size_t before = a->bytes.len;
	if (a->n == MAX_PARTS)
		return E_LIMIT;
	enum err e = result_encode(t, &a->bytes);
	if (e == OK)
		a->len[a->n++] = a->bytes.len - before;
	return e;
}

enum err answer_add_parts(struct answer *a, const struct result *t)
{
	size_t rows = STREAM_ROWS;
	while (t->nrows / rows >= MAX_PARTS)
		rows *= 2;
	struct table_col *col = NULL;
	if (t->ncols && !(col = mem_array(NULL, t->ncols, sizeof(*col))))
		return E_NOMEM;
	enum err e = OK;
	size_t from = 0;
	do {
		struct result part = *t;
		part.col = col;
		part.nrows = MIN(rows, t->nrows - from);
		part.rest = t->rest && from + part.nrows == t->nrows;
		for (size_t c = 0; c < t->ncols; c++) {
			col[c] = t->col[c];
			if (col[c].num)
				col[c].num += from;
			else
				col[c].text += from;
		}
		e = answer_add(a, &part);
		from += part.nrows;
	} while (e == OK && from < t->nrows);
	mem_free(col);
	return e;
}

void answer_free(struct answer *a)
{
	buf_free(&a->bytes);
}

static int sealed_memfd(const struct buf *bytes)
{
	int fd = memfd_create("weir-results", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && (write_all(fd, bytes->data, bytes->len) != OK ||
			fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)) {
		fd_close(fd);
		return -1;
	}
	return fd;
}

void reply_results(struct broker *b, const struct answer *a)
{
	bool outside = a->bytes.len > INLINE_RESULTS;
	_cleanup_(fd_closep) int fd = outside ? sealed_memfd(&a->bytes) : -1;
	if (outside && fd < 0) {
		reply_refused(b, "the answer could not be handed over: %s", strerror(errno));
		return;
	}
	frame_begin(&b->frame, MSG_RESULTS);
	buf_u8(&b->frame, outside);
	buf_u16(&b->frame, (uint16_t)a->n);
	for (size_t i = 0; i < a->n; i++)
		buf_u64(&b->frame, a->len[i]);
	if (!outside)
		buf_add(&b->frame, a->bytes.data, a->bytes.len);
	reply(b, fd);
}

/* -- messages that need no more than a few lines --------------------------------------------------- */

static bool count_output(struct broker *b, size_t len)
{
	if (len <= b->limits.output_bytes - b->output) {
		b->output += len;
		return true;
	}
	return false;
}

static void serve_output(struct broker *b, struct message *m)
{
	size_t len = cur_left(&m->body);
	size_t fits = MIN(len, b->limits.output_bytes - b->output);
	if (fits && !b->job->out(b->job->arg, m->body.pos, fits)) {
		broker_stop(b, NULL); /* the reader went away: nobody is left to be told */
		return;
	}
	if (!count_output(b, len))
		broker_stop_limit(b, "output");
}

static void serve_remark(struct broker *b, struct message *m)
{
	size_t len = cur_left(&m->body);
	if (!count_output(b, len + 1)) /* an empty one is a line too */
		broker_stop_limit(b, "output");
	else
		broker_say_text(b, (const char *)m->body.pos, len);
}

static void serve_end(struct broker *b, struct message *m)
{
	struct script_end end;
	if (get_end(&m->body, &b->scratch, &end) != OK) {
		broker_forged(b, "END");
		return;
	}
	b->ended = true;
	broker_report_end(b, &end);
}

static void (*const serve[MSG_KINDS])(struct broker *b, struct message *m) = {
	[MSG_OUTPUT] = serve_output,
	[MSG_REMARK] = serve_remark,
	[MSG_QUERIES] = serve_queries,
	[MSG_EXPLAIN] = serve_explain,
	[MSG_INTERFACES] = serve_interfaces,
	[MSG_CUSTOMERS] = serve_customers,
	[MSG_ZONES] = serve_zones,
	[MSG_LOCATE] = serve_locate,
	[MSG_READ_URL] = serve_read_url,
	[MSG_READ_FILE] = serve_read_file,
	[MSG_WRITE_FILE] = serve_write_file,
	[MSG_WRITE_CHART] = serve_write_chart,
	[MSG_DRAW] = serve_draw,
	[MSG_MAIL] = serve_mail,
	[MSG_SNMP] = serve_snmp,
	[MSG_END] = serve_end,
};

/* -- the loop ---------------------------------------------------------------------------------------- */

/* Serve what is there.  While too many drawings wait, messages wait too. */
static void serve_messages(struct broker *b)
{
	while (!b->stopped && !drawings_full(b)) {
		struct message m;
		enum frame_state s = channel_next(&b->ch, &m);
		if (s == FRAME_MORE)
			return;
		if (s == FRAME_BAD || b->ended || ++b->messages > MAX_MESSAGES) {
			broker_forged(b, s == FRAME_BAD ? "no message" : b->ended ? "a message after END" : "too many messages");
			return;
		}
		serve[m.kind](b, &m);
		arena_reset(&b->scratch);
	}
}

static usec_t usec_of(struct timeval t)
{
	return t.tv_sec * USEC_PER_SEC + t.tv_usec;
}

/* A moment for what is about to end. */
static bool wait_for_end(struct broker *b, int *ret_status, struct rusage *ret_usage)
{
	enum { FIRST_US = 50, MOST_US = 5000, TRIES = 200 };
	bool done = child_ended(&b->worker, ret_status, ret_usage);
	for (unsigned i = 0, us = FIRST_US; i < TRIES && !done; i++, us = MIN(us * 2, MOST_US)) {
		usleep(us);
		done = child_ended(&b->worker, ret_status, ret_usage);
	}
	if (done)
		b->cpu = usec_of(ret_usage->ru_utime) + usec_of(ret_usage->ru_stime);
	return done;
}

/* The worker's socket closed: it ended by itself, or by one of its walls; or it hung up and lives on. */
static void worker_gone(struct broker *b)
{
	struct rusage usage = { 0 };
	int status = 0;
	if (!wait_for_end(b, &status, &usage))
		broker_forged(b, "the worker hung up");
	else if (!b->ended)
		broker_explain_death(b, status, &usage);
}

static void worker_readable(struct broker *b)
{
	enum err e = channel_fill(&b->ch);
	if (e == OK || e == E_UNKNOWN)
		serve_messages(b);
	if (b->stopped || b->ended)
		return;
	if (e == E_UNKNOWN)
		worker_gone(b);
	else if (e != OK)
		broker_stop(b, "the script's process cannot be read: %s", err_text(e));
}

static usec_t next_deadline(const struct broker *b)
{
	usec_t first = b->deadline;
	for (size_t i = 0; i < DRAWERS; i++)
		if (b->drawer[i].now && b->drawer[i].deadline < first)
			first = b->drawer[i].deadline;
	return first;
}

/* Poll once and serve what came. */
static void turn(struct broker *b)
{
	struct pollfd p[1 + DRAWERS];
	bool listen = !b->ended && !drawings_full(b);
	p[0] = (struct pollfd){ .fd = listen ? b->ch.fd : -1, .events = POLLIN };
	for (size_t i = 0; i < DRAWERS; i++)
		p[1 + i] = (struct pollfd){ .fd = b->drawer[i].now ? b->drawer[i].ch.fd : -1, .events = POLLIN };
	usec_t left = next_deadline(b) - clock_monotonic();
	int n = poll(p, COUNT_OF(p), left <= 0 ? 0 : (int)MIN(left / 1000 + 1, b->job->stop ? STOP_LOOK_MS : 60000));
	if (n < 0 && errno != EINTR) {
		broker_stop(b, "poll: %s", strerror(errno));
		return;
	}
	if (b->job->stop && *b->job->stop) {
		broker_stop(b, "stopped");
		return;
	}
	if (clock_monotonic() >= b->deadline) {
		broker_stop_limit(b, "wall");
		return;
	}
	for (size_t i = 0; i < DRAWERS && n > 0; i++)
		if (p[1 + i].revents)
			drawings_read(b, &b->drawer[i]);
	drawings_expire(b);
	drawings_hand_out(b);
	if (n > 0 && p[0].revents)
		worker_readable(b);
	else if (!b->ended && !b->stopped)
		serve_messages(b); /* what had to wait for drawings */
	drawings_hand_out(b);
}

/* -- stopping and saying --------------------------------------------------------------------------- */

void broker_stop(struct broker *b, const char *fmt, ...)
{
	char text[1024];
	if (b->stopped)
		return;
	b->stopped = true;
	b->status = 1;
	child_kill(&b->worker);
	if (!fmt)
		return;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	broker_say(b, "%s: %s", b->job->name, text);
}

void broker_stop_limit(struct broker *b, const char *limit_name)
{
	uint64_t value = 0;
	const char *unit = "";
#define LIMIT(member, name, u, by, ...)                                                            \
	if (STREQ(limit_name, name)) {                                                             \
		value = b->limits.member / (by);                                                   \
		unit = u;                                                                          \
	}
#include "script/limits.def"
#undef LIMIT
	broker_stop(b, "limit: %s %llu%s%s reached", limit_name, (unsigned long long)value, *unit ? " " : "", unit);
}

int broker_left_ms(const struct broker *b, int wanted_ms)
{
	usec_t left_ms = (b->deadline - clock_monotonic()) / 1000;
	return left_ms <= 0 ? 1 : (int)MIN((usec_t)wanted_ms, left_ms);
}

void broker_forged(struct broker *b, const char *what)
{
	broker_stop(b, "script: protocol error (%s)", what);
}

/* Control characters (escape sequences, mostly) become \xNN; tabs stay. */
static void say_line(struct broker *b, const char *text, size_t len)
{
	struct buf line = { .ceiling = 1u << 20 };
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)text[i];
		bool c1 = ch == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0; /* U+0080..9F */
		if ((ch < 0x20 && ch != '\t') || ch == 0x7f || c1)
			buf_printf(&line, "\\x%02x", c1 ? (unsigned char)text[++i] : ch);
		else
			buf_u8(&line, ch);
	}
	b->job->err(b->job->arg, buf_str(&line));
	buf_free(&line);
}

void broker_say_text(struct broker *b, const char *text, size_t len)
{
	do {
		const char *end = len ? memchr(text, '\n', len) : NULL;
		size_t n = end ? (size_t)(end - text) : len;
		say_line(b, text, n);
		text += n;
		len -= n;
		if (end) {
			text++;
			len--;
		}
	} while (len);
}

void broker_say(struct broker *b, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	broker_say_text(b, text, strlen(text));
}

/* -- from start to end ------------------------------------------------------------------------------- */

static bool name_is_plain(const char *s)
{
	for (size_t i = 0; s[i]; i++) {
		bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_' || s[i] == '$';
		if (!letter && !(i && s[i] >= '0' && s[i] <= '9'))
			return false;
	}
	return *s;
}

static bool inputs_are_good(const struct script_job *job)
{
	char text[512];
	for (size_t i = 0; i < job->ninput; i++) {
		const char *name = job->input[i].name;
		const char *why = !name_is_plain(name)	       ? "cannot be the name of a variable"
				  : script_host_name(name)     ? "is a name of the script language or its library"
				  : job->ninput > MAX_INPUTS ? "is one of too many inputs"
							       : NULL;
		if (!why)
			continue;
		snprintf(text, sizeof(text), "%s: input \"%s\" %s", job->name, name, why);
		job->err(job->arg, text);
		return false;
	}
	return true;
}

static void send_script(struct broker *b)
{
	const struct script_job *job = b->job;
	frame_begin(&b->frame, MSG_SCRIPT);
	put_string(&b->frame, job->name);
	put_text(&b->frame, job->source, job->len);
	buf_u16(&b->frame, (uint16_t)job->ninput);
	for (size_t i = 0; i < job->ninput; i++) {
		put_string(&b->frame, job->input[i].name);
		put_string(&b->frame, job->input[i].value);
	}
	reply(b, -1);
}

/* One that does not end is killed. */
static usec_t cpu_of_worker(struct broker *b)
{
	struct rusage usage;
	int status;
	if (b->worker.pid > 0 && !wait_for_end(b, &status, &usage)) {
		child_kill(&b->worker);
		(void)wait_for_end(b, &status, &usage);
	}
	return b->cpu;
}

static int run(struct broker *b, struct script_worker *w)
{
	b->limits = w->limits;
	b->worker = w->worker;
	b->pool = w->pool;
	b->zone = w->zone;
	w->worker = (struct child){ .fd = -1 };
	channel_init(&b->ch, b->worker.fd, TO_BROKER, false);
	b->ch.stop = b->job->stop;
	b->ch.most = b->limits.heap_bytes; /* what does not fit into a worker does not come from its script */
	b->worker.fd = -1; /* the channel's now */
	b->deadline = clock_monotonic() + (usec_t)b->limits.wall_s * USEC_PER_SEC;
	drawings_start(b, w);
	send_script(b);
	while (!b->stopped && (!b->ended || drawings_pending(b)))
		turn(b);
	watchdog_stop(b);
	drawings_end(b);
	if (b->job->ret_cpu)
		*b->job->ret_cpu += cpu_of_worker(b);
	channel_close(&b->ch);
	child_end(&b->worker);
	buf_free(&b->frame);
	arena_free(&b->scratch);
	return b->status;
}

int script_run(const struct script_job *job)
{
	assert(job->scope && job->env);
	struct script_worker *w = job->worker;
	if (!inputs_are_good(job)) {
		script_worker_free(w);
		return 2;
	}
	if (!w && script_prepare(job->env->zone ? zone_name(job->env->zone) : NULL, &job->limits, &w) != OK) {
		char text[512];
		snprintf(text, sizeof(text), "%s: a process for the script cannot be made: %s", job->name, strerror(errno));
		job->err(job->arg, text);
		return 1;
	}
	struct broker b = { .job = job, .scratch = { .ceiling = 128u << 20 }, .ch = { .fd = -1 } };
	int status = run(&b, w);
	script_worker_free(w);
	return status;
}
