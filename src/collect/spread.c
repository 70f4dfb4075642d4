/* Exporters that are more than one worker can take.
 *
 *	each second   a worker takes nearly all of its core, another one little of its own, five times in a row
 *	              -> most of what it hears is one exporter's sFlow or v5
 *	              -> that one's datagrams go to all workers by their sequence numbers (steer.c)
 *	              -> most of it is one exporter's v9 or IPFIX, beside others
 *	              -> all that one sends goes to the worker that idles most
 *
 * What was lost of a spread exporter shows in what all workers heard together (wire_span_join).  v9 and IPFIX
 * cannot be spread: a template says how all later data is to be read, in the order they come, and workers share
 * nothing.  They are moved whole, templates and rates with them, once: one who alone fills a core stays so. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "collect/worker.h"

#include <time.h>
#include <unistd.h>

enum { IN_A_ROW = 5, BUSY_PERCENT = 90, IDLE_PERCENT = 50, LOOK_USEC = 200000 };

/* -- who is overloaded -------------------------------------------------------------------------------- */

int overload_step(struct overload *o, const unsigned percent[], unsigned n)
{
	unsigned hot = 0, idle = 0;
	for (unsigned k = 1; k < n; k++) {
		hot = percent[k] > percent[hot] ? k : hot;
		idle = percent[k] < percent[idle] ? k : idle;
	}
	bool over = n > 1 && percent[hot] >= BUSY_PERCENT && percent[idle] <= IDLE_PERCENT;
	o->idle = idle;
	o->times = !over ? 0 : o->times && hot == o->worker ? o->times + 1 : 1;
	o->worker = hot;
	return o->times >= IN_A_ROW ? (int)hot : -1;
}

/* Of a core, since it was asked before. */
static unsigned percent_of(struct worker *w, usec_t now)
{
	clockid_t clock;
	struct timespec t;
	if (!w->running || pthread_getcpuclockid(w->thread, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	usec_t cpu = (usec_t)t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
	usec_t used = cpu - w->cpu, passed = MAX(now - w->cpu_at, 1);
	w->cpu = cpu;
	w->cpu_at = now;
	return (unsigned)MIN(MAX(used, 0) * 100 / passed, 100);
}

/* -- whose fault it is ---------------------------------------------------------------------------------- */

struct heaviest {
	struct map heard; /* datagrams of each address and version, when it was looked at first */
	bool again;       /* the second look */
	struct addr most, whole;      /* of those that can be spread, and of others */
	uint64_t all, of_most, of_whole;
};

static bool can_be_spread(const struct wire_exporter *x)
{
	return !x->shared && (x->version == 5 || x->version == WIRE_SFLOW + 5);
}

static void weigh(void *arg, const struct wire_exporter *x)
{
	struct heaviest *h = arg;
	const struct {
		struct addr from;
		uint32_t version;
	} key = { x->address, x->version };
	struct map_entry *entry;
	if (map_put(&h->heard, &key, sizeof(key), &entry, NULL) != OK)
		return;
	/* Domains of one address are added up: a sub-agent has little of its own.  At the second look num goes
	 * down to minus what has come since. */
	entry->num += h->again ? -x->datagrams : x->datagrams;
}

/* What came between two looks. */
static void compare(void *arg, const struct wire_exporter *x)
{
	struct heaviest *h = arg;
	const struct {
		struct addr from;
		uint32_t version;
	} key = { x->address, x->version };
	struct map_entry *entry = map_get(&h->heard, &key, sizeof(key));
	uint64_t since = entry ? -entry->num : 0;
	if (!entry)
		return;
	h->all += since;
	entry->num = 0; /* once for all domains */
	if (can_be_spread(x) && since > h->of_most) {
		h->of_most = since;
		h->most = x->address;
	}
	if ((x->version == 9 || x->version == 10) && !x->session && since > h->of_whole) {
		h->of_whole = since;
		h->whole = x->address;
	}
}

/* Most of what it hears now is of one exporter, which can be spread, or moved away from others. */
static enum relief find_heaviest(struct worker *w, struct addr *ret)
{
	struct heaviest h = { .heard = { .ceiling = 65536 } };
	pthread_mutex_lock(&w->lock);
	wire_exporters(w->wire, weigh, &h);
	pthread_mutex_unlock(&w->lock);
	usleep(LOOK_USEC);
	h.again = true;
	pthread_mutex_lock(&w->lock);
	wire_exporters(w->wire, weigh, &h);
	wire_exporters(w->wire, compare, &h);
	pthread_mutex_unlock(&w->lock);
	map_free(&h.heard);
	if (h.all && h.of_most > h.all / 2) {
		*ret = h.most;
		return RELIEF_SPREAD;
	}
	*ret = h.whole;
	bool beside_others = h.of_whole < h.all - h.all / 10;
	return h.of_whole > h.all / 2 && beside_others ? RELIEF_MOVED : RELIEF_NONE;
}

enum relief collector_relieve(struct collector *c, struct addr *ret)
{
	unsigned percent[MAX_WORKERS], n = collector_workers(c);
	usec_t now = clock_monotonic();
	struct overload *o = collector_overload(c);
	for (unsigned k = 0; k < n; k++)
		percent[k] = percent_of(collector_worker(c, k), now);
	int hot = overload_step(o, percent, n);
	struct addr heavy;
	enum relief how = hot < 0 ? RELIEF_NONE : find_heaviest(collector_worker(c, (unsigned)hot), &heavy);
	if (how == RELIEF_NONE)
		return RELIEF_NONE;
	o->times = 0;
	enum err err = how == RELIEF_SPREAD ? collector_spread(c, &heavy) : collector_move(c, &heavy, (unsigned)hot, o->idle);
	if (err != OK)
		return RELIEF_NONE;
	*ret = heavy;
	return how;
}

/* -- moving ---------------------------------------------------------------------------------------------- */

/* Both stand still: nothing is decoded between what one knew and what the other learns.  What waits in the sockets of
 * the first is decoded there. */
static enum err move(struct collector *c, const struct addr *from, struct worker *w, struct worker *to)
{
	_cleanup_(buf_free) struct buf known = { .ceiling = 64u << 20 };
	enum err err = wire_save_exporter(w->wire, from, &known);
	if (err != OK)
		return err;
	wire_forget_exporter(to->wire, from); /* kept from an earlier run: it may be out of date */
	err = wire_load_templates(to->wire, known.data, known.len);
	if (err == OK)
		err = collector_steer(c);
	if (err == OK)
		wire_leave_exporter(w->wire, from);
	return err;
}

enum err collector_move(struct collector *c, const struct addr *from, unsigned worker, unsigned to)
{
	struct overload *o = collector_overload(c);
	struct worker *w = collector_worker(c, worker), *other = collector_worker(c, to);
	for (size_t i = 0; i < o->npins; i++)
		if (addr_equal(&o->pin[i].from, from))
			return E_LIMIT;
	if (o->npins == WIRE_SHARED || worker == to)
		return E_LIMIT;
	o->pin[o->npins++] = (struct pin){ .from = *from, .socket = to };
	pthread_mutex_lock(&collector_worker(c, MIN(worker, to))->lock);
	pthread_mutex_lock(&collector_worker(c, MAX(worker, to))->lock);
	enum err err = move(c, from, w, other);
	pthread_mutex_unlock(&other->lock);
	pthread_mutex_unlock(&w->lock);
	o->npins -= err != OK;
	return err;
}

/* -- spreading -------------------------------------------------------------------------------------------- */

enum err collector_spread(struct collector *c, const struct addr *from)
{
	struct overload *o = collector_overload(c);
	for (size_t i = 0; i < o->nspread; i++)
		if (addr_equal(&o->spread[i], from))
			return OK;
	if (o->nspread == WIRE_SHARED)
		return E_LIMIT;
	o->spread[o->nspread++] = *from;
	enum err err = OK;
	/* Decoders first: what comes is then never taken for a gap. */
	for (unsigned k = 0; k < collector_workers(c) && err == OK; k++) {
		struct worker *w = collector_worker(c, k);
		pthread_mutex_lock(&w->lock);
		err = wire_share(w->wire, from);
		pthread_mutex_unlock(&w->lock);
	}
	return err == OK ? collector_steer(c) : err;
}

static enum err steer_place(struct collector *c, size_t place)
{
	const struct overload *o = collector_overload(c);
	struct pin pin[WIRE_SHARED];
	for (size_t i = 0; i < o->npins; i++)
		pin[i] = (struct pin){ o->pin[i].from, collector_socket(c, place, o->pin[i].socket)->index };
	return steer(collector_socket(c, place, 0)->fd, &(struct steering){ .sockets = collector_group(c), .spread = o->spread,
									    .nspread = o->nspread, .pin = pin, .npins = o->npins });
}

enum err collector_steer(struct collector *c)
{
	enum err err = OK;
	for (size_t i = 0; i < collector_places(c) && err == OK; i++)
		if (collector_socket(c, i, 0)->transport == TRANSPORT_UDP)
			err = steer_place(c, i);
	return err;
}

size_t collector_spreads(struct collector *c, const struct addr **ret)
{
	*ret = collector_overload(c)->spread;
	return collector_overload(c)->nspread;
}
