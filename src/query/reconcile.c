/* Counters and flows reconciled: three questions asked of the same interval, joined by interface:
 *
 *	ifcounters   ifinbits, ifoutbits                       differences, and per second that readings cover
 *	iftraffic    by inputinterface, by outputinterface     bits, error(bits)
 *
 * Flow records tell of layer 3: 18 bytes a frame are added, which counters have seen (Ethernet header
 * and checksum).  An estimate is right when it is within three times its 95 % error and a tenth of
 * what was counted: broadcasts and what the device sends itself are in no flow. */
#include "query/query.h"

#include "base/map.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>

enum { ETHERNET_BITS = 18 * 8, MOST = 100000, LEAST_BPS = 1000 };
static const double allowed = 0.1;

struct way {
	double counted, estimated, error, samples; /* per second of the interval */
	double covered;                            /* part of the interval that readings cover */
};

struct port {
	char *name;
	struct way way[2]; /* in, out */
	bool counters;
};

struct ports {
	struct map at; /* by interface -> index */
	struct port *port;
	size_t n, cap;
};

static struct port *port_of(struct ports *p, const char *name, enum err *err)
{
	struct map_entry *e;
	bool fresh;
	if (!name || (*err = map_put_str(&p->at, name, &e, &fresh)) != OK)
		return NULL;
	if (fresh && p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		struct port *more = mem_array(p->port, cap, sizeof(*more));
		if (!more) {
			*err = E_NOMEM;
			return NULL;
		}
		p->port = more;
		p->cap = cap;
	}
	if (fresh) {
		e->num = p->n;
		p->port[p->n++] = (struct port){ .name = (char *)(uintptr_t)e->key };
	}
	return &p->port[e->num];
}

static enum err ask(const struct query_env *env, const struct scope *scope, const struct request *rq, struct result *ret,
		    struct problem *why)
{
	struct arena a = { 0 };
	struct plan *p;
	enum err err = plan_make(&a, env, scope, rq, &p, why);
	if (err == OK) {
		err = plan_run(p, ret, why);
		plan_free(p);
	}
	arena_free(&a);
	return err;
}

static double number(const struct result *t, size_t col, size_t row)
{
	double v = t->col[col].num[row];
	return isnan(v) ? 0 : v;
}

static enum err take_counters(const struct query_env *env, const struct scope *scope, const char *interval, struct ports *p,
			      struct problem *why)
{
	const struct request rq = { .view = "ifcounters", .select = "interface,ifinbits,ifoutbits,rate(ifinbits),rate(ifoutbits)", .interval = interval, .n = MOST };
	struct result t;
	enum err err = ask(env, scope, &rq, &t, why);
	if (err != OK)
		return err;
	double seconds = (double)(t.span.end - t.span.start) / USEC_PER_SEC;
	for (size_t r = 0; r < t.nrows && err == OK; r++) {
		struct port *port = port_of(p, t.col[0].text[r], &err);
		if (!port || (isnan(t.col[1].num[r]) && isnan(t.col[2].num[r])))
			continue;
		port->counters = true;
		for (unsigned way = 0; way < 2; way++) {
			double bits = number(&t, 1 + way, r), rate = number(&t, 3 + way, r);
			port->way[way].counted = seconds > 0 ? bits / seconds : 0;
			port->way[way].covered = rate > 0 && seconds > 0 ? bits / rate / seconds : 1;
		}
	}
	result_free(&t);
	return err;
}

/* what: of all rows, or only of flow records, whose frames are told without their Ethernet bytes. */
static enum err take_flows(const struct query_env *env, const struct scope *scope, const char *interval, unsigned way, bool records,
			   struct ports *p, struct problem *why)
{
	static const char *const select[] = { "inputinterface,rate(bits),error(bits),samples,rate(frames)",
					      "outputinterface,rate(bits),error(bits),samples,rate(frames)" };
	const struct request rq = { .view = "iftraffic", .select = select[way], .interval = interval, .n = MOST,
				    .where = records ? "exporttype!=sflow" : NULL };
	struct result t;
	enum err err = ask(env, scope, &rq, &t, why);
	if (err != OK)
		return err;
	double seconds = (double)(t.span.end - t.span.start) / USEC_PER_SEC;
	for (size_t r = 0; r < t.nrows && err == OK; r++) {
		struct port *port = port_of(p, t.col[0].text[r], &err);
		if (!port)
			continue;
		struct way *w = &port->way[way];
		if (records) {
			w->estimated += number(&t, 4, r) * ETHERNET_BITS;
			continue;
		}
		w->estimated += number(&t, 1, r);
		w->error += seconds > 0 ? number(&t, 2, r) / seconds : 0;
		w->samples += number(&t, 3, r);
	}
	result_free(&t);
	return err;
}

/* -- verdicts -------------------------------------------------------------------------------------- */

enum state { STATE_OK, STATE_QUIET, STATE_LOW, STATE_HIGH, STATE_NO_FLOWS, STATE_NO_COUNTERS };
static const char *const state_names[] = { "ok", "ok", "low", "high", "no flows", "no counters" };

static enum state judge(const struct port *p, const struct way *w)
{
	if (!p->counters)
		return STATE_NO_COUNTERS;
	if (w->counted < LEAST_BPS && w->estimated < LEAST_BPS)
		return STATE_QUIET;
	double off = w->estimated - w->counted, may = 3 * w->error + allowed * w->counted + LEAST_BPS;
	if (fabs(off) <= may)
		return STATE_OK;
	return w->samples <= 0 ? STATE_NO_FLOWS : off < 0 ? STATE_LOW : STATE_HIGH;
}

static bool nearly(double a, double b)
{
	return fabs(a - b) <= 0.15 * b;
}

static void explain(enum state s, const struct way *w, char ret[static 160])
{
	double ratio = w->counted > 0 ? w->estimated / w->counted : 0;
	const char *say = "";
	*ret = 0;
	switch (s) {
	case STATE_NO_COUNTERS: say = "no two readings of its counters lie in the interval"; break;
	case STATE_NO_FLOWS:    say = "it counts, but no flow names it: sampling is off here, or flows name another number"; break;
	case STATE_HIGH:
		if (w->covered < 0.9)
			snprintf(ret, 160, "its counters were read in %.0f %% of the interval only", 100 * w->covered);
		else if (nearly(ratio, 2))
			say = "twice: packets are exported on their way in and out, or by two samplers";
		else if (ratio >= 4)
			snprintf(ret, 160, "%.0f times: the sampling rate that is told is not the one that is used", ratio);
		else
			say = "more flows than the counters saw: counters of another width or interface, or a rate that changed";
		break;
	case STATE_LOW:
		if (ratio > 0 && ratio <= 0.25)
			snprintf(ret, 160, "a %.0fth: the sampling rate is not told, samples are lost, or only some traffic is sampled", 1 / ratio);
		else if (nearly(ratio, 0.5))
			say = "half: one way only is sampled, or every second datagram is lost";
		else
			say = "fewer flows than counted: datagrams are lost, or multicast and the device's own traffic are much of it";
		break;
	case STATE_OK: case STATE_QUIET: break;
	}
	if (!*ret)
		snprintf(ret, 160, "%s", say);
}

static const char *ifname_of(const struct query_env *env, const char *interface)
{
	const struct iface *i = env->model ? model_path(env->model, interface, strlen(interface)) : NULL;
	return i ? i->name : "";
}

static enum err put_row(const struct query_env *env, const struct port *p, unsigned way, struct result *t)
{
	const struct way *w = &p->way[way];
	enum state s = judge(p, w);
	char reason[160];
	size_t row;
	explain(s, w, reason);
	const char *const text[] = { p->name, ifname_of(env, p->name), way ? "out" : "in" };
	enum err err = result_add_row(t, &row);
	for (size_t c = 0; c < COUNT_OF(text) && err == OK; c++)
		if (*text[c])
			err = result_set_text(t, row, c, text[c], strlen(text[c]));
	if (err != OK)
		return err;
	result_set_num(t, row, 3, p->counters ? w->counted : NAN);
	result_set_num(t, row, 4, w->samples > 0 ? w->estimated : NAN);
	result_set_num(t, row, 5, w->samples > 0 ? w->error : NAN);
	result_set_num(t, row, 6, p->counters && w->counted > 0 && w->samples > 0 ? w->estimated / w->counted : NAN);
	err = result_set_text(t, row, 7, state_names[s], strlen(state_names[s]));
	return err == OK && *reason ? result_set_text(t, row, 8, reason, strlen(reason)) : err;
}

static enum err columns(struct result *t)
{
	static const struct {
		const char *name;
		enum field_type type;
		enum unit unit;
	} cols[] = { { "interface", T_IFACE, U_NONE }, { "ifname", T_TEXT, U_NONE }, { "way", T_TEXT, U_NONE }, { "counted", T_REAL, U_BPS },
		     { "estimated", T_REAL, U_BPS }, { "error", T_REAL, U_BPS }, { "ratio", T_REAL, U_NONE }, { "state", T_TEXT, U_NONE },
		     { "reason", T_TEXT, U_NONE } };
	enum err err = OK;
	for (size_t i = 0; i < COUNT_OF(cols) && err == OK; i++)
		err = result_add_col(t, cols[i].name, cols[i].type, cols[i].unit);
	return err;
}

static enum err table_of(const struct query_env *env, const struct ports *p, struct result *t)
{
	enum err err = columns(t);
	for (unsigned fine = 0; fine < 2; fine++)
		for (size_t i = 0; i < p->n; i++)
			for (unsigned way = 0; way < 2 && err == OK; way++)
				if ((judge(&p->port[i], &p->port[i].way[way]) <= STATE_QUIET) == fine)
					err = put_row(env, &p->port[i], way, t);
	return err;
}

enum err reconcile(const struct query_env *env, const struct scope *scope, const char *interval, struct result *ret, struct problem *why)
{
	struct ports p = { 0 };
	struct result t = { 0 };
	enum err err = take_counters(env, scope, interval, &p, why);
	for (unsigned way = 0; way < 2 && err == OK; way++) {
		err = take_flows(env, scope, interval, way, false, &p, why);
		if (err == OK && scope_is_everything(scope))
			err = take_flows(env, scope, interval, way, true, &p, why);
	}
	if (err == OK && (err = table_of(env, &p, &t)) != OK)
		problem_set(why, err, "%s", err_text(err));
	map_free(&p.at);
	mem_free(p.port);
	if (err != OK) {
		result_free(&t);
		return err;
	}
	*ret = t;
	return OK;
}
