#include "app/events.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	MOST_WAITING = 1024,   /* events, while the store refuses */
	MOST_A_MINUTE = 900,   /* of all kinds */
	MOST_BOUNDS = 8192,    /* kind, agent, interface, that are bounded each for itself */
	OF_ITS_OWN = 100,      /* more of each, of what is about the collector itself: strangers cannot take that */
	MOST_PORTS = 65536,   /* interfaces whose status is watched */
	COMMENT = 200,
};

const struct event_row event_rows[EVENT_KINDS] = {
#define EVENT(id, ...) [EVENT_##id] = { __VA_ARGS__ },
#include "app/events.def"
};

struct happened {
	enum event kind;
	struct event_about about;
	uint64_t held;
	char comment[COMMENT];
};

/* Of one kind, agent, and interface or counter: told of since `since`, and what was held back since then. */
struct bound {
	usec_t since;
	unsigned told;
	uint64_t held;
	struct happened *last; /* of those; NULL = none */
};

struct bound_key {
	struct addr agent;
	uint32_t kind, ifindex, counter;
};

struct port_key {
	struct addr agent;
	uint32_t ifindex;
};

struct events {
	struct happened waiting[MOST_WAITING + OF_ITS_OWN];
	size_t n;
	size_t given;       /* of those, in the batch */
	struct map bounds, ports;
	usec_t minute;      /* by the monotonic clock, */
	unsigned told;      /* in it */
	uint64_t left_out;  /* in it, without a count of their own */
	uint64_t last_id;
	struct batch *batch;
};

enum err events_new(struct events **ret)
{
	struct events *e = mem_new0(1, sizeof(*e));
	enum err err = e ? batch_new(&tables[TABLE_EVENTS], COUNT_OF(e->waiting), &e->batch) : E_NOMEM;
	if (err != OK) {
		events_free(e);
		return err;
	}
	e->bounds.ceiling = MOST_BOUNDS + OF_ITS_OWN;
	e->ports.ceiling = MOST_PORTS;
	*ret = e;
	return OK;
}

static void bound_free(struct bound *b)
{
	if (b)
		mem_free(b->last);
	mem_free(b);
}

void events_free(struct events *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->bounds.n; i++)
		if (e->bounds.at[i].key)
			bound_free(e->bounds.at[i].ptr);
	map_free(&e->bounds);
	map_free(&e->ports);
	batch_free(e->batch);
	mem_free(e);
}

/* -- telling and holding back ------------------------------------------------------------------------ */

static bool is_full(size_t n, size_t most, const struct happened *h)
{
	return n >= most + (addr_is_none(&h->about.agent) ? OF_ITS_OWN : 0);
}

static void tell(struct events *e, const struct happened *h)
{
	if (is_full(e->told, MOST_A_MINUTE, h) || is_full(e->n, MOST_WAITING, h)) {
		e->left_out += 1 + h->held;
		return;
	}
	e->told++;
	e->waiting[e->n++] = *h;
}

/* NULL: there is no room to bound one more. */
static struct bound *bound_of(struct events *e, const struct happened *h)
{
	const struct bound_key key = { .agent = h->about.agent, .kind = h->kind, .ifindex = h->about.ifindex, .counter = h->about.counter };
	struct map_entry *entry = map_get(&e->bounds, &key, sizeof(key));
	if (entry)
		return entry->ptr;
	if (is_full(e->bounds.live, MOST_BOUNDS, h) || map_put(&e->bounds, &key, sizeof(key), &entry, NULL) != OK)
		return NULL;
	if (!entry->ptr && !(entry->ptr = mem_new0(1, sizeof(struct bound))))
		(void)map_remove(&e->bounds, &key, sizeof(key));
	return entry->ptr;
}

static void hold_back(struct events *e, struct bound *b, const struct happened *h)
{
	if (!b->last && !(b->last = mem_new0(1, sizeof(*b->last)))) {
		e->left_out++;
		return;
	}
	*b->last = *h;
	b->held++;
}

void event_post(struct events *e, enum event kind, const struct event_about *about, const char *fmt, ...)
{
	struct happened h = { .kind = kind, .about = *about };
	usec_t now = clock_monotonic();
	char text[2 * COMMENT];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)utf8_excerpt(text, strlen(text), h.comment, sizeof(h.comment));
	if (!h.about.when)
		h.about.when = clock_now();
	struct bound *b = bound_of(e, &h);
	if (!b) {
		e->left_out++;
	} else if (b->told < event_rows[kind].an_hour) {
		b->since = b->told ? b->since : now;
		b->told++;
		tell(e, &h);
	} else {
		hold_back(e, b, &h);
	}
}

static void tell_held(struct events *e, struct bound *b)
{
	if (!b->held)
		return;
	b->last->held = b->held - 1;
	tell(e, b->last);
	b->held = 0;
}

void events_tick(struct events *e, bool ending)
{
	usec_t now = clock_monotonic();
	if (now >= e->minute + USEC_PER_MIN || ending) {
		uint64_t left_out = e->left_out;
		e->minute = now;
		e->told = 0;
		e->left_out = 0;
		if (left_out)
			event_post(e, EVENT_EVENTS_HELD, &(struct event_about){ .value = left_out }, "%s", "");
	}
	for (size_t i = 0; i < e->bounds.n; i++) {
		struct map_entry *entry = &e->bounds.at[i];
		struct bound *b = entry->key ? entry->ptr : NULL;
		if (!b || (now < b->since + USEC_PER_HOUR && !ending))
			continue;
		tell_held(e, b);
		bound_free(b);
		(void)map_remove(&e->bounds, entry->key, entry->len);
	}
}

/* -- interfaces ---------------------------------------------------------------------------------------- */

enum { ADMIN_UP = 1, OPER_UP = 2, KNOWN = 4 };

static void look_at_port(struct events *e, const struct batch *b, size_t i)
{
	const struct port_key key = { .agent = *batch_addr(b, IF_agent, i), .ifindex = (uint32_t)batch_uint(b, IF_interface, i) };
	uint64_t status = batch_uint(b, IF_ifstatus, i);
	struct map_entry *entry;
	if (map_put(&e->ports, &key, sizeof(key), &entry, NULL) != OK)
		return; /* the ports watched are as many as may be */
	uint64_t before = entry->num;
	entry->num = status | KNOWN;
	if (!before || !((before ^ status) & OPER_UP))
		return;
	const struct event_about about = { .agent = key.agent, .ifindex = key.ifindex, .value = status & OPER_UP ? 1 : 0,
					   .when = (usec_t)batch_uint(b, IF_time, i) };
	event_post(e, status & OPER_UP ? EVENT_INTERFACE_UP : EVENT_INTERFACE_DOWN, &about, "%s",
		   status & OPER_UP ? "" : status & ADMIN_UP ? "administratively up" : "administratively down");
}

void events_counters(struct events *e, const struct batch *b)
{
	if (b->table->id != TABLE_IFCOUNTERS)
		return;
	for (size_t i = 0; i < b->n; i++)
		look_at_port(e, b, i);
}

/* -- rows ------------------------------------------------------------------------------------------------ */

static uint64_t known_text(struct model *m, const char *text, usec_t when)
{
	size_t len = strlen(text);
	uint64_t hash = len ? text_hash(text, len) : 0;
	enum err err = hash ? model_text_note(m, hash, text, when) : OK;
	return err == OK ? hash : 0;
}

struct batch *events_batch(struct events *e, struct model *m)
{
	if (!e->n)
		return NULL;
	batch_reset(e->batch);
	for (e->given = 0; e->given < e->n; e->given++) {
		struct happened *h = &e->waiting[e->given];
		const struct event_row *row = &event_rows[h->kind];
		uint64_t id = (uint64_t)MAX(h->about.when, (usec_t)0);
		e->last_id = MAX(id, e->last_id + 1);
		const struct events_rec rec = {
			.time = id - id % 1000, .id = e->last_id, .agent = h->about.agent, .interface = h->about.ifindex,
			.severity = (uint8_t)row->severity, .value = h->about.value,
			.held = (uint32_t)MIN(h->held, (uint64_t)UINT32_MAX),
			.name = known_text(m, row->name, h->about.when), .type = known_text(m, row->type, h->about.when),
			.comment = known_text(m, h->comment, h->about.when),
		};
		(void)batch_push(e->batch, &rec); /* it has room for all that may wait */
	}
	return e->batch;
}

void events_taken(struct events *e)
{
	memmove(e->waiting, e->waiting + e->given, (e->n - e->given) * sizeof(e->waiting[0]));
	e->n -= e->given;
	e->given = 0;
}
