/* Nothing foreign, and everything of its own: a customer's answers from a store of everybody's rows are
 * those from a store of its own rows alone, with a mapping of itself alone and a model of its own ports
 * alone.  So nothing that belongs to others can have any influence: no row, name, number or error.
 *
 * Random mappings with dates, resellers, shared private nets and handed-over ports; random records; both
 * stores in random states (journal, sealed, compacted; with sidecars and without); random questions of all views, fields and
 * functions; then the same questions with injections in every parameter that is text. */
#include "unit.h"

#include "base/mem.h"
#include "query/query.h"
#include "store/sidecar.h"

#include <ftw.h>
#include <math.h>
#include <unistd.h>

enum { AGENTS = 3, PORTS = 8, MACS = 8, BLOCKS = 10, FLOWS = 1500, READINGS = 40, CUSTOMERS = 6 };
static const usec_t start_day = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */

static uint64_t state;
static size_t attributed; /* segments with sidecars */

static uint32_t dice(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

/* -- a world and what is left of it when only one customer is there -------------------------------------- */

struct place { /* a port, MAC or block: up to three owners, one after the other */
	unsigned owner[3], hours[4];
	size_t n;
	bool by_name;
};

struct side {
	char folder[40];
	struct customers *mapping;
	struct model *model;
	const struct scope *scope;
	struct store *store;
};

struct world {
	struct place port[AGENTS][PORTS], mac[MACS], block[BLOCKS];
	unsigned parent[CUSTOMERS]; /* CUSTOMERS: none */
	unsigned who;
	struct side all, own;
};

static void random_place(struct place *p)
{
	unsigned hour = dice(3) ? 0 : 1;
	p->n = dice(4);
	p->by_name = dice(2);
	for (size_t i = 0; i < p->n; i++) {
		p->owner[i] = dice(CUSTOMERS);
		p->hours[i] = hour;
		hour += 1 + dice(2);
	}
	p->hours[p->n] = dice(2) ? hour : 24;
}

static bool below(const struct world *w, unsigned c, unsigned top)
{
	for (; c != CUSTOMERS; c = w->parent[c])
		if (c == top)
			return true;
	return false;
}

static bool ever_owned(const struct world *w, const struct place *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (below(w, p->owner[i], w->who))
			return true;
	return false;
}

static void put_when(struct buf *b, const struct place *p, size_t i)
{
	if (p->hours[i])
		buf_printf(b, " from=\"2026-11-23T%02u:00\"", p->hours[i]);
	if (p->hours[i + 1] < 24)
		buf_printf(b, " to=\"2026-11-23T%02u:00\"", p->hours[i + 1]);
	buf_text(b, "/>");
}

static void put_port(struct buf *b, unsigned agent, unsigned port, bool by_name)
{
	buf_printf(b, by_name ? " agent=\"10.99.99.%u\" ifName=\"e%u\"" : " agent=\"10.99.99.%u\" ifIndex=\"%u\"", agent + 1, port + 1);
}

static void put_things(const struct world *w, unsigned c, struct buf *b)
{
	for (unsigned a = 0; a < AGENTS; a++)
		for (unsigned k = 0; k < PORTS; k++) {
			const struct place *p = &w->port[a][k];
			for (size_t i = 0; i < p->n; i++) {
				if (p->owner[i] != c)
					continue;
				buf_text(b, "<port");
				put_port(b, a, k, p->by_name);
				put_when(b, p, i);
				buf_text(b, "<cidr address=\"192.168.1.0\" bits=\"24\"");
				put_port(b, a, k, p->by_name);
				put_when(b, p, i);
			}
		}
	for (unsigned k = 0; k < MACS; k++)
		for (size_t i = 0; i < w->mac[k].n; i++)
			if (w->mac[k].owner[i] == c) {
				buf_printf(b, "<mac address=\"02:00:5e:10:00:%02x\"", k + 1);
				put_when(b, &w->mac[k], i);
			}
	for (unsigned k = 0; k < BLOCKS; k++)
		for (size_t i = 0; i < w->block[k].n; i++)
			if (w->block[k].owner[i] == c) {
				if (k % 4 == 3)
					buf_printf(b, "<cidr address=\"2001:db8:%u::\" bits=\"48\"", k);
				else
					buf_printf(b, "<cidr address=\"10.0.%u.0\" bits=\"24\"", k);
				put_when(b, &w->block[k], i);
			}
}

/* Every place is one thing in the file, but a place may be one owner's twice running: then it is theirs at
 * two times.  only: the one customer and those below it. */
static void make_mapping(const struct world *w, bool only, struct customers **ret)
{
	_cleanup_(buf_free) struct buf b = { 0 };
	const struct zone *utc;
	struct problem why = { 0 };
	assert_int_equal(zone_find("UTC", &utc), OK);
	buf_text(&b, "<customers>");
	for (unsigned c = 0; c < CUSTOMERS; c++) {
		if (only && !below(w, c, w->who))
			continue;
		buf_printf(&b, "<customer id=\"c%u\" name=\"canary-customer-%u\"", c, c);
		if (w->parent[c] != CUSTOMERS && !(only && c == w->who))
			buf_printf(&b, " parent=\"c%u\"", w->parent[c]);
		buf_text(&b, ">");
		put_things(w, c, &b);
		buf_text(&b, "</customer>\n");
	}
	buf_text(&b, "</customers>");
	if (customers_parse(b.data, b.len, "m.xml", utc, NULL, NULL, ret, &why) != OK)
		fail_msg("%s", why.text);
}

static const usec_t now = start_day + 5 * USEC_PER_HOUR;

static bool owned_now(const struct world *w, const struct place *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->hours[i] <= 5 && (p->hours[i + 1] > 5 || p->hours[i + 1] == 24) && below(w, p->owner[i], w->who))
			return true;
	return false;
}

/* only: ports that were ever theirs; those that are not any more have another alias and speed. */
static void make_model(const struct world *w, bool only, struct model **ret)
{
	assert_int_equal(model_new(ret), OK);
	for (unsigned a = 0; a < AGENTS; a++)
		for (unsigned k = 0; k < PORTS; k++) {
			const struct place *p = &w->port[a][k];
			char name[16], alias[40];
			if (only && !ever_owned(w, p))
				continue;
			snprintf(name, sizeof(name), "e%u", k + 1);
			snprintf(alias, sizeof(alias), "%s-%u-%u", only && !owned_now(w, p) ? "blank" : "canary-alias", a, k);
			const struct iface_note note = { .agent = addr_v4(0x0a636301 + a), .ifindex = k + 1, .name = name, .alias = alias,
							 .speed = 1000000000, .when = start_day };
			assert_int_equal(model_note(*ret, &note), OK);
		}
}

/* -- rows ------------------------------------------------------------------------------------------------------ */

static struct addr random_addr(void)
{
	struct addr a = { { 0x20, 1, 0xd, 0xb8 } };
	uint32_t k = dice(BLOCKS + 2);
	if (dice(12) == 0)
		return (struct addr){ 0 };
	if (dice(5) == 0)
		return addr_v4(0xc0a80100 + dice(4));
	if (k % 4 == 3) {
		a.b[5] = (uint8_t)k;
		a.b[15] = (uint8_t)(1 + dice(3));
		return a;
	}
	return addr_v4(0x0a000000 + k * 256 + dice(4));
}

static struct flow_rec random_flow(size_t i)
{
	static const uint16_t ports[] = { 0, 53, 80, 443, 40000, 40001 };
	static const uint8_t protocols[] = { 6, 17, 1, 58, 0 };
	return (struct flow_rec){
		.time = (uint64_t)start_day + i * (4ull * 3600 * 1000 / FLOWS) * 1000 + dice(4) * 1000, /* each its own */
		.agent = addr_v4(0x0a636301 + dice(AGENTS)), .inputinterface = dice(PORTS + 2), .outputinterface = dice(PORTS + 2),
		.ipsource = random_addr(), .ipdestination = random_addr(),
		.macsource = dice(3) ? 0x02005e100000 + dice(MACS + 2) : 0, .macdestination = dice(3) ? 0x02005e100000 + dice(MACS + 2) : 0,
		.vlansource = (uint16_t)dice(3), .vlandestination = (uint16_t)dice(3), .vlaninner = (uint16_t)dice(2),
		.protocol = protocols[dice(5)], .sourceport = ports[dice(6)], .destinationport = ports[dice(6)], .tos = (uint8_t)dice(16),
		.icmptype = (uint16_t)(dice(2) * 2048), .tcpflags = (uint16_t)dice(4), .sourceas = 64500 + dice(3),
		.nexthop = addr_v4(0x0a636360 + dice(3)), .datasource = dice(4), .samplingrate = dice(3) * 500, .bytes = dice(9000),
		.frames = 1 + dice(4), .ttl = (uint8_t)dice(255),
	};
}

static struct ifcounters_rec reading(unsigned agent, unsigned port, unsigned n, uint64_t *octets)
{
	*octets += dice(4000000);
	return (struct ifcounters_rec){ .time = (uint64_t)start_day + n * (4ull * 3600 / READINGS) * 1000000 + (agent * PORTS + port + 1) * 1000, /* never the very instant of a hand-over */
					.agent = addr_v4(0x0a636301 + agent), .interface = port + 1, .ifspeed = 1000000000, .iftype = 6,
					.countersource = COUNTERS_SFLOW, .uptime = 1000 + n * 360000, .ifstatus = 3, .ifinoctets = *octets,
					.ifoutoctets = 2 * *octets, .ifinucastpkts = (uint32_t)(*octets / 100) };
}

static struct batch *new_batch(enum table_id t)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[t], 4096, &b), OK);
	return b;
}

static void put(struct store_writer *w, struct batch *b)
{
	assert_int_equal(store_put(w, b), OK);
	batch_reset(b);
}

/* Random states: what is put may be sealed, and that compacted, at any point. */
static void maybe_settle(struct store_writer *w)
{
	const struct compact_options all = { .no_grace = true, .open_hours = true };
	if (!dice(3))
		assert_int_equal(store_seal(w), OK);
	if (!dice(4))
		assert_int_equal(store_compact(w, now, &all, NULL), OK);
}

/* Sidecars of what is sealed; some under the right version, some under one that nobody asks for. */
static void attribute(struct side *s, struct store_writer *w)
{
	_cleanup_(customers_owning_freep) struct customers_owning *o = NULL;
	const struct attribute_options all = { .fresh = true };
	struct attribute_report got;
	assert_int_equal(customers_owning_new(s->mapping, s->model, &o), OK);
	struct owning is = *customers_owning(o);
	is.digest[0] ^= dice(4) == 0;
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &is, &all, &got), OK);
	attributed += got.made;
}

/* Rows of which `scope` says that they are its own, or all. */
static void make_store(struct side *s, const struct flow_rec *flow, const struct ifcounters_rec *read, const struct scope *only)
{
	struct store_writer *w;
	struct problem why;
	const struct store_options opt = { .no_sync = true };
	struct batch *flows = new_batch(TABLE_TRAFFIC), *counters = new_batch(TABLE_IFCOUNTERS);
	strcpy(s->folder, "/tmp/weir-isolation.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	assert_int_equal(store_write_open(s->folder, &opt, &w, &why), OK);
	for (size_t i = 0; i < FLOWS; i++) {
		if (!only || scope_owns_flow(only, &flow[i]))
			batch_push(flows, &flow[i]);
		if (i % 400 == 399) {
			put(w, flows);
			maybe_settle(w);
		}
	}
	put(w, flows);
	for (size_t i = 0; i < (size_t)AGENTS * PORTS * READINGS; i++)
		if (!only || scope_owns_port(only, &read[i].agent, read[i].interface, (usec_t)read[i].time))
			batch_push(counters, &read[i]);
	put(w, counters);
	maybe_settle(w);
	if (!only)
		attribute(s, w);
	assert_int_equal(store_write_close(w), OK);
	batch_free(flows);
	batch_free(counters);
	assert_int_equal(store_open(s->folder, &s->store, &why), OK);
}

static void make_world(struct world *w, uint64_t seed)
{
	static struct flow_rec flow[FLOWS];
	static struct ifcounters_rec read[AGENTS * PORTS * READINGS];
	struct problem why;
	char id[16];
	*w = (struct world){ 0 };
	state = seed;
	for (unsigned c = 0; c < CUSTOMERS; c++)
		w->parent[c] = c && !dice(3) ? dice(c) : CUSTOMERS;
	w->who = dice(CUSTOMERS);
	for (unsigned i = 0; i < AGENTS * PORTS; i++)
		random_place(&w->port[i / PORTS][i % PORTS]);
	for (unsigned i = 0; i < MACS; i++)
		random_place(&w->mac[i]);
	for (unsigned i = 0; i < BLOCKS; i++)
		random_place(&w->block[i]);
	for (size_t i = 0; i < FLOWS; i++)
		flow[i] = random_flow(i);
	uint64_t octets[AGENTS][PORTS] = { 0 };
	for (unsigned n = 0, at = 0; n < READINGS; n++)
		for (unsigned i = 0; i < AGENTS * PORTS; i++)
			read[at++] = reading(i / PORTS, i % PORTS, n, &octets[i / PORTS][i % PORTS]);
	snprintf(id, sizeof(id), "c%u", w->who);
	for (int only = 0; only < 2; only++) {
		struct side *s = only ? &w->own : &w->all;
		make_mapping(w, only, &s->mapping);
		make_model(w, only, &s->model);
		assert_int_equal(scope_customer(s->mapping, id, s->model, &s->scope, &why), OK);
	}
	make_store(&w->all, flow, read, NULL);
	make_store(&w->own, flow, read, w->all.scope);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void drop_side(struct side *s)
{
	store_close(s->store);
	scope_free(s->scope);
	model_free(s->model);
	customers_free(s->mapping);
	assert_int_equal(nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* -- questions ---------------------------------------------------------------------------------------------------- */

struct asked {
	struct request rq;
	struct buf view, select, where, interval, bucket, sort, tz, param;
	struct request_param value;
};

static const char *pick(const char *const *from, size_t n)
{
	return from[dice((uint32_t)n)];
}

#define PICK(...) pick((const char *const[]){ __VA_ARGS__ }, COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

/* Mostly what the asker may name. */
static const struct field *random_field(const struct view *v, const struct scope *scope)
{
	const struct field *f;
	do
		f = &v->fields[dice((uint32_t)v->nfields)];
	while ((f->role == R_DETAIL || !scope_shows_field(scope, f)) && dice(60));
	return f;
}

static void put_item(struct buf *b, const struct view *v, const struct scope *scope, enum query_kind kind)
{
	const struct field *f = random_field(v, scope);
	bool value = f->role == R_VALUE || f->role == R_COUNTER;
	uint32_t how = kind == QUERY_ROWS && dice(40) ? 9 : dice(10);
	if (value && how < 6)
		buf_printf(b, "%s(%s)", PICK("sum", "rate", "min", "max", "mean", "sdev", "share", "error", "p95"), f->name);
	else if (!value && how < 2)
		buf_printf(b, "count(%s)", f->name);
	else if (!value && how < 4)
		buf_printf(b, "%s(%s)", PICK("first", "last"), f->name);
	else if (!value && how < 5)
		buf_printf(b, "%s(%s,%u)", f->type == T_ADDR ? "mask" : PICK("prefix", "suffix"), f->name, 1 + dice(24));
	else
		buf_text(b, f->name);
}

static void put_test(struct buf *b, const struct view *v, const struct scope *scope)
{
	const char *f = random_field(v, scope)->name;
	const bool flows = v->table->id == TABLE_TRAFFIC;
	uint32_t how = dice(24) ? flows ? dice(8) : 8 + dice(4) : dice(12);
	switch (how) {
	case 0:  buf_printf(b, "ip%s%s10.0.%u.0/24", PICK("source", "destination"), PICK("=", "!="), dice(BLOCKS)); break;
	case 1:  buf_printf(b, "%sinterface%s10.99.99.%u>%u", PICK("", "input", "output"), PICK("=", "!="), 1 + dice(4), 1 + dice(9)); break;
	case 2:  buf_printf(b, "interface%s10.99.99.%u>e%u", PICK("=", "!="), 1 + dice(3), 1 + dice(8)); break;
	case 3:  buf_printf(b, "mac%s%s02:00:5e:10:00:%02x", PICK("source", "destination"), PICK("=", "!="), 1 + dice(9)); break;
	case 4:  buf_printf(b, "bytes%s%u", PICK("<", ">"), dice(900000)); break;
	case 5:  buf_printf(b, "%saddress=%s", PICK("source", "destination"), PICK("10.0.1.1", "02:00:5e:10:00:03", "192.168.1.0/24")); break;
	case 6:  buf_printf(b, "server%s", PICK("port=443", "port=TCP:80", "address=10.0.0.0/16")); break;
	case 8:  buf_printf(b, "interface%s10.99.99.%u>%u", PICK("=", "!="), 1 + dice(4), 1 + dice(9)); break;
	case 9:  buf_printf(b, "%s=%s", PICK("ifname", "ifalias"), PICK("e1", "e2", "canary-alias-0-0")); break;
	case 10: buf_printf(b, "%s%s%u", f, PICK("=", "!=", "<", ">="), dice(50000)); break;
	default: buf_printf(b, "%s%s\"%s\"", f, PICK("~", "!~"), PICK("^10", "1$", "canary", ".*", "^$", "e[1-4]", "^(.*)*(.*)*(.*)*7x"));
	}
}

static void put_filter(struct buf *b, const struct view *v, const struct scope *scope, int depth)
{
	if (depth && !dice(3)) {
		buf_text(b, dice(3) ? "(" : "!(");
		put_filter(b, v, scope, depth - 1);
		buf_text(b, PICK("&", "|"));
		put_filter(b, v, scope, depth - 1);
		buf_text(b, ")");
	} else {
		put_test(b, v, scope);
	}
}

static void ask_random(struct asked *q, const struct scope *scope)
{
	const struct view *v = &views[dice(12) ? dice(3) : dice((uint32_t)nviews)];
	*q = (struct asked){ .rq.kind = (enum query_kind)dice(3) };
	buf_text(&q->view, v->name);
	for (uint32_t i = 0, n = 1 + dice(4); i < n; i++) {
		buf_text(&q->select, i ? "," : "");
		put_item(&q->select, v, scope, q->rq.kind);
	}
	if (dice(3))
		put_filter(&q->where, v, scope, 2);
	buf_text(&q->interval, PICK("today", "last2hours", "2026-11-23T00:30,2026-11-23T03:10", "yesterday,today", "lasthour", "1795392000,1795400000"));
	q->rq.n = dice(2) ? 0 : dice(6);
	if (q->rq.kind == QUERY_TREND)
		buf_text(&q->bucket, PICK("minute", "10 minutes", "hour", "day"));
	if (!dice(6))
		buf_text(&q->sort, dice(3) ? v->table->id == TABLE_TRAFFIC ? "bytes" : "ifinoctets" : random_field(v, scope)->name);
	buf_text(&q->tz, PICK("UTC", "Europe/Zurich"));
	buf_text(&q->param, "10.0.1.1");
}

static const char *text(struct buf *b)
{
	return b->len ? buf_str(b) : NULL;
}

static void request_of(struct asked *q)
{
	q->value = (struct request_param){ "target", buf_str(&q->param) };
	q->rq.view = text(&q->view);
	q->rq.select = text(&q->select);
	q->rq.where = text(&q->where);
	q->rq.interval = text(&q->interval);
	q->rq.bucket = text(&q->bucket);
	q->rq.sort = text(&q->sort);
	q->rq.tz = text(&q->tz);
	q->rq.param = &q->value;
	q->rq.nparam = 1;
}

static void asked_free(struct asked *q)
{
	struct buf *const all[] = { &q->view, &q->select, &q->where, &q->interval, &q->bucket, &q->sort, &q->tz, &q->param };
	for (size_t i = 0; i < COUNT_OF(all); i++)
		buf_free(all[i]);
}

/* Everything that comes back, as text. */
static bool answer(const struct side *s, const struct request *rq, struct buf *out)
{
	struct arena a = { 0 };
	struct problem why = { 0 };
	const struct zone *utc;
	struct plan *p = NULL;
	struct result t = { 0 };
	assert_int_equal(zone_find("UTC", &utc), OK);
	const struct query_env env = { .store = s->store, .model = s->model, .customers = s->mapping, .zone = utc, .now = now };
	enum err err = plan_make(&a, &env, s->scope, rq, &p, &why);
	bool planned = err == OK;
	if (err == OK)
		err = plan_run(p, &t, &why);
	if (err == OK) {
		result_json(&t, out);
		buf_printf(out, "\nrows %zu rest %d overlapping %d dedup %s zone %s span %lld %lld bucket %lld incomplete %zu", t.nrows, t.rest,
			   t.overlapping, t.dedup, t.zone, (long long)t.span.start, (long long)t.span.end, (long long)t.bucket, t.nincomplete);
		result_free(&t);
	} else {
		buf_printf(out, "%d at %zu: %s", err, why.pos, why.text);
	}
	plan_free(p);
	arena_free(&a);
	return planned;
}

static size_t answered, differ;

static void check(const struct world *w, struct asked *q, uint64_t seed)
{
	_cleanup_(buf_free) struct buf all = { 0 }, own = { 0 };
	request_of(q);
	answered += answer(&w->all, &q->rq, &all);
	answer(&w->own, &q->rq, &own);
	if (all.len == own.len && memcmp(all.data, own.data, all.len) == 0)
		return;
	differ++;
	print_message("seed %llu: kind %d view %s select %s where %s interval %s bucket %s sort %s n %lld\n  all: %.600s\n  own: %.600s\n",
		      (unsigned long long)seed, q->rq.kind, q->rq.view, q->rq.select, q->rq.where, q->rq.interval, q->rq.bucket, q->rq.sort,
		      (long long)q->rq.n, buf_str(&all), buf_str(&own));
}

static void answers_are_of_own_rows_alone(void **unused)
{
	(void)unused;
	static struct world w;
	answered = differ = 0;
	for (uint64_t seed = 1; seed <= 25; seed++) {
		make_world(&w, seed);
		for (unsigned k = 0; k < 120; k++) {
			struct asked q;
			ask_random(&q, w.all.scope);
			check(&w, &q, seed);
			asked_free(&q);
		}
		drop_side(&w.all);
		drop_side(&w.own);
	}
	print_message("%zu of 3000 questions had an answer, %zu segments a sidecar\n", answered, attributed);
	assert_true(attributed > 20);
	assert_true(answered > 1200);
	assert_int_equal(differ, 0);
}

/* -- injections ------------------------------------------------------------------------------------------------------ */

static const char *const bits[] = {
	"1.1.1.1)|(ipsource=0.0.0.0/0", ")|(", ")", "(", "|", "&", "!", "=", "!=", "\"", "'", "\\", "\n", "\r\n", "\t", " or ", " and ", " not ",
	"ipsource=0.0.0.0/0", "|ipsource=0.0.0.0/0", "agent=10.99.99.1", "|agent~.", "interface~.", "ifalias~canary", "customer=c0",
	"$target", "$other", "$", "%00", "%s%n", "--", ";", "/*", "*/", "\xef\xbc\x9d", "\xef\xbd\x9c", "\xe2\x80\xae", "\xc0\x80", "\xff",
	"../../etc/passwd", "/etc/passwd", "::/0", "0.0.0.0-255.255.255.255", "10.99.99.1>e1", "10.99.99.2>canary", "EXTERNAL", "in", "*", ",",
	"1e999", "-1", "18446744073709551616", "0x0", "sum(", "count(agent)", "agent", "datasource", "samplingrate", "nexthop", "first(agent)",
	"yesterday", "1970", "everything", "today - 100 years", "now", "minute", "0", "UTC", "Europe/../UTC", ":/etc/localtime", "canary",
};

/* A text with something put into it, or in its place. */
static void inject(struct buf *b)
{
	struct buf old = *b;
	size_t at = old.len ? dice((uint32_t)old.len + 1) : 0, from = dice(3) ? at : 0;
	*b = (struct buf){ 0 };
	if (from)
		buf_add(b, old.data, from);
	for (uint32_t n = 1 + dice(4); n; n--)
		buf_text(b, pick(bits, COUNT_OF(bits)));
	if (old.len > at && dice(4))
		buf_add(b, old.data + at, old.len - at);
	buf_free(&old);
}

static void injections_find_nothing_foreign(void **unused)
{
	(void)unused;
	static struct world w;
	answered = differ = 0;
	for (uint64_t seed = 1001; seed <= 1010; seed++) {
		make_world(&w, seed);
		for (unsigned k = 0; k < 1000; k++) {
			struct asked q;
			ask_random(&q, w.all.scope);
			struct buf *const any[] = { &q.view, &q.select, &q.where, &q.where, &q.where, &q.interval, &q.bucket, &q.sort, &q.tz, &q.param };
			buf_reset(&q.where);
			if (dice(2))
				buf_text(&q.where, "ipsource=$target|ipdestination=$target");
			else
				put_filter(&q.where, &views[0], w.all.scope, 1);
			inject(any[dice(COUNT_OF(any))]);
			if (!dice(4))
				inject(any[dice(COUNT_OF(any))]);
			check(&w, &q, seed);
			asked_free(&q);
		}
		drop_side(&w.all);
		drop_side(&w.own);
	}
	print_message("%zu of 10000 injections had an answer\n", answered);
	assert_true(answered > 200);
	assert_int_equal(differ, 0);
}

UNIT_MAIN(cmocka_unit_test(answers_are_of_own_rows_alone), cmocka_unit_test(injections_find_nothing_foreign))
