/* Datagrams in, batches out.
 *
 *	datagram -> wire -> on_flow, on_counters -> batch of the table -> sink
 *	                 -> on_counters, on_ifname -> model
 *
 * Each record runs through here, so what seldom changes is remembered: an interface whose speed
 * and type are as they were, and which was noted a moment ago, costs one comparison in a table
 * of slots and no look into the model. */
#include "collect/collect.h"

#include "base/hash.h"
#include "base/mem.h"

enum {
	BATCH_ROWS = 8192,
	SLOTS = 4096, /* interfaces remembered; others are looked up */
};
#define NOTE_AGAIN (60 * USEC_PER_SEC) /* so that last_seen stays true to a minute */

struct slot {
	struct addr agent;
	uint32_t ifindex, type;
	uint64_t speed;
	usec_t noted;
};

struct intake {
	struct batch_sink sink;
	struct model *model;
	struct wire *wire;
	struct batch *batch[TABLES];
	struct slot *slot;
	uint64_t *told; /* texts that were noted */
	usec_t shift, last_time;
	uint64_t skip[TABLES];
	uint64_t unlearnt;
	bool mute;
	enum err bad; /* the sink's first error, or out of memory */
};

/* -- batches -------------------------------------------------------------------------------- */

static void hand_over(struct intake *in, enum table_id t)
{
	struct batch *b = in->batch[t];
	if (b->n && in->bad == OK)
		in->bad = in->sink.put(in->sink.arg, b);
	batch_reset(b);
}

static void push(struct intake *in, enum table_id t, const void *rec)
{
	if (in->bad != OK)
		return;
	if (in->skip[t]) {
		in->skip[t]--;
		return;
	}
	if (in->batch[t]->n == in->batch[t]->cap)
		hand_over(in, t);
	(void)batch_push(in->batch[t], rec); /* there is room now */
}

static bool timed(struct intake *in, uint64_t time)
{
	if (time <= INT64_MAX && (usec_t)time > in->last_time)
		in->last_time = (usec_t)time;
	return !in->mute;
}

/* -- learning --------------------------------------------------------------------------------- */

static void learn(struct intake *in, const struct iface_note *note)
{
	if (addr_is_none(&note->agent) || note->ifindex == IFINDEX_NONE ||
	    note->ifindex >= IFINDEX_LOCAL)
		return; /* the device itself, several, discarded: no interface has such a number */
	enum err err = model_note(in->model, note);
	if (err == E_LIMIT)
		in->unlearnt++;
	else if (err != OK && in->bad == OK)
		in->bad = err;
}

static void learn_counters(struct intake *in, const struct ifcounters_rec *rec)
{
	uint64_t at[3] = { 0, 0, rec->interface };
	memcpy(at, &rec->agent, 16);
	struct slot *s = &in->slot[hash_bytes(at, sizeof(at), hash_seed()) % SLOTS];
	usec_t when = (usec_t)rec->time + in->shift;

	if (s->ifindex == rec->interface && addr_equal(&s->agent, &rec->agent) &&
	    s->speed == rec->ifspeed && s->type == rec->iftype && when >= s->noted &&
	    when - s->noted < NOTE_AGAIN)
		return;
	*s = (struct slot){ .agent = rec->agent,
			    .ifindex = rec->interface,
			    .type = rec->iftype,
			    .speed = rec->ifspeed,
			    .noted = when };
	const struct iface_note note = { .agent = rec->agent,
					 .ifindex = rec->interface,
					 .speed = rec->ifspeed,
					 .type = rec->iftype,
					 .when = when };
	learn(in, &note);
}

/* -- what wire calls -----------------------------------------------------------------------------
 */

static void on_flow(void *arg, const struct flow_rec *rec)
{
	struct intake *in = arg;
	if (!timed(in, rec->time))
		return;
	if (!in->shift) {
		push(in, TABLE_TRAFFIC, rec);
		return;
	}
	struct flow_rec moved = *rec;
	moved.time = (uint64_t)((usec_t)rec->time + in->shift);
	push(in, TABLE_TRAFFIC, &moved);
}

static void on_counters(void *arg, const struct ifcounters_rec *rec)
{
	struct intake *in = arg;
	learn_counters(in, rec);
	if (!timed(in, rec->time))
		return;
	struct ifcounters_rec moved = *rec;
	moved.time = (uint64_t)((usec_t)rec->time + in->shift);
	push(in, TABLE_IFCOUNTERS, &moved);
}

static void on_row(void *arg, enum table_id t, const void *rec)
{
	struct intake *in = arg;
	union any_rec moved;
	uint64_t time;
	memcpy(&moved, rec, tables[t].rec_size);
	memcpy(&time, rec, sizeof(time)); /* the first column of every table */
	if (!timed(in, time))
		return;
	time = (uint64_t)((usec_t)time + in->shift);
	memcpy(&moved, &time, sizeof(time));
	push(in, t, &moved);
}

static void on_text(void *arg, const struct wire_text *text)
{
	struct intake *in = arg;
	uint64_t *told = &in->told[text->hash % SLOTS];
	if (*told == text->hash)
		return;
	*told = text->hash;
	enum err err = model_text_note(in->model, text->hash, text->text, text->when + in->shift);
	if (err != OK && in->bad == OK)
		in->bad = err;
}

static void on_ifname(void *arg, const struct wire_ifname *name)
{
	struct intake *in = arg;
	const struct iface_note note = { .agent = name->agent,
					 .ifindex = name->ifindex,
					 .name = name->name,
					 .alias = name->alias,
					 .speed = name->speed,
					 .when = name->when + in->shift };
	learn(in, &note);
}

/* -- the door
 * -------------------------------------------------------------------------------------- */

enum err intake_new(const struct batch_sink *sink, struct model *m,
		    const struct intake_options *opt, struct intake **ret)
{
	_cleanup_(intake_freep) struct intake *in = mem_new0(1, sizeof(*in));
	size_t rows = opt && opt->batch_rows ? opt->batch_rows : BATCH_ROWS;
	enum err err;

	if (!in)
		return E_NOMEM;
	in->sink = *sink;
	in->model = m;
	in->shift = opt ? opt->shift : 0;
	in->slot = mem_new0(SLOTS, sizeof(*in->slot));
	in->told = mem_new0(SLOTS, sizeof(*in->told));
	if (!in->slot || !in->told)
		return E_NOMEM;
	for (enum table_id t = 0; t < TABLES; t++)
		if ((err = batch_new(&tables[t], rows, &in->batch[t])) != OK)
			return err;
	const struct wire_sink wire_sink = {
		.arg = in, .flow = on_flow, .counters = on_counters, .ifname = on_ifname,
		.row = on_row, .text = on_text,
	};
	if ((err = wire_new(&wire_sink, &in->wire)) != OK)
		return err;
	*ret = in;
	in = NULL;
	return OK;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	wire_free(in->wire);
	for (enum table_id t = 0; t < TABLES; t++)
		batch_free(in->batch[t]);
	mem_free(in->slot);
	mem_free(in->told);
	mem_free(in);
}

enum err intake_datagram(struct intake *in, const struct datagram *d)
{
	if (in->bad == OK)
		wire_decode(in->wire, d);
	return in->bad;
}

enum err intake_nfdump(struct intake *in, struct nfdump *n)
{
	if (in->bad == OK)
		nfdump_decode(n, in->wire);
	return in->bad;
}

enum err intake_flush(struct intake *in)
{
	for (enum table_id t = 0; t < TABLES; t++)
		hand_over(in, t);
	return in->bad;
}

struct wire *intake_wire(struct intake *in)
{
	return in->wire;
}

usec_t intake_last_time(const struct intake *in)
{
	return in->last_time;
}

uint64_t intake_unlearnt(const struct intake *in)
{
	return in->unlearnt;
}

void intake_skip(struct intake *in, const uint64_t rows[TABLES])
{
	memcpy(in->skip, rows, sizeof(in->skip));
}

void intake_skip_left(const struct intake *in, uint64_t ret_rows[TABLES])
{
	memcpy(ret_rows, in->skip, sizeof(in->skip));
}

void intake_mute(struct intake *in, bool mute)
{
	in->mute = mute;
}
