/* A world for isolation.c: random mappings with dates, resellers, shared private nets and handed-over ports; random
 * records; a store of everybody's in a random state (journal, sealed, compacted; with sidecars and
 * without), and beside it one of a single customer's own: its rows, its mapping, its ports, its texts. */
#pragma once
#include "unit.h"

#include "base/mem.h"
#include "query/query.h"
#include "store/sidecar.h"

#include <ftw.h>
#include <unistd.h>

enum { AGENTS = 3, PORTS = 8, MACS = 8, BLOCKS = 10, FLOWS = 1500, READINGS = 40, CUSTOMERS = 6, DROPPED = 100, EVENTS = 300 };
static const usec_t start_day = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */

static uint64_t state;
static size_t attributed; /* segments with sidecars */
static size_t rolled;     /* with roll-ups */

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
	bool whole; /* a port: itself, and not only the private net behind it */
};

struct side {
	char folder[40];
	struct customers *mapping;
	struct model *model;
	const struct scope *scope;
	struct store *store;
	bool plain; /* is asked the plain way */
};

struct world {
	struct place port[AGENTS][PORTS], mac[MACS], block[BLOCKS];
	unsigned parent[CUSTOMERS]; /* CUSTOMERS: none */
	unsigned who;
	size_t theirs, happened; /* flows, events */
	struct privacy privacy; /* of all; the rows of `own` are veiled beforehand */
	struct side all, own;
};

static void random_place(struct place *p)
{
	unsigned hour = dice(3) ? 0 : 1;
	p->n = dice(4);
	p->by_name = dice(2);
	p->whole = dice(3);
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
				if (p->whole) {
					buf_text(b, "<port");
					put_port(b, a, k, p->by_name);
					put_when(b, p, i);
				}
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

/* -- the rule, said once more: of the world alone ----------------------------------------------------- */

static bool theirs_at(const struct world *w, const struct place *p, usec_t t)
{
	for (size_t i = 0; i < p->n; i++)
		if ((!p->hours[i] || t >= start_day + p->hours[i] * USEC_PER_HOUR) &&
		    (p->hours[i + 1] >= 24 || t < start_day + p->hours[i + 1] * USEC_PER_HOUR) && below(w, p->owner[i], w->who))
			return true;
	return false;
}

static bool their_end(const struct world *w, const struct flow_rec *r, uint32_t port, const struct addr *a, uint64_t mac)
{
	static const uint8_t v4[12] = { [10] = 0xff, 0xff }, private_net[15] = { [10] = 0xff, 0xff, 192, 168, 1 };
	usec_t t = (usec_t)r->time;
	unsigned agent = r->agent.b[15] - 1u;
	const bool private = memcmp(a->b, private_net, sizeof(private_net)) == 0;
	if (port && port <= PORTS && (w->port[agent][port - 1].whole || private) && theirs_at(w, &w->port[agent][port - 1], t))
		return true;
	if (mac > 0x02005e100000 && mac <= 0x02005e100000 + MACS && theirs_at(w, &w->mac[mac - 0x02005e100001], t))
		return true;
	if (memcmp(a->b, v4, sizeof(v4)) == 0)
		return a->b[12] == 10 && a->b[14] < BLOCKS && a->b[14] % 4 != 3 && theirs_at(w, &w->block[a->b[14]], t);
	return a->b[0] == 0x20 && a->b[5] < BLOCKS && a->b[5] % 4 == 3 && theirs_at(w, &w->block[a->b[5]], t);
}

static bool their_flow(const struct world *w, const struct flow_rec *r)
{
	return their_end(w, r, r->inputinterface, &r->ipsource, r->macsource) ||
	       their_end(w, r, r->outputinterface, &r->ipdestination, r->macdestination);
}

/* Every place is one thing in the file, but a place may be one owner's twice running: then it is theirs at
 * two times.  only: the one customer and those below it. */
static void make_mapping(const struct world *w, bool only, struct customers **ret)
{
	struct customers_options options = { 0 };
	_cleanup_(buf_free) struct buf b = { 0 };
	const struct zone *utc;
	struct problem why = { 0 };
	assert_int_equal(zone_find("UTC", &utc), OK);
	if (!only)
		options.privacy = w->privacy;
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
	const struct customers_in in = { .name = "m.xml", .zone = utc, .options = &options };
	if (customers_read(&in, b.data, b.len, ret, &why) != OK)
		fail_msg("%s", why.text);
}

static const usec_t now = start_day + 5 * USEC_PER_HOUR;

static bool owned_now(const struct world *w, const struct place *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->hours[i] <= 5 && p->hours[i + 1] > 5 && below(w, p->owner[i], w->who))
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
			snprintf(alias, sizeof(alias), "%s-%u-%u", only && !(p->whole && owned_now(w, p)) ? "blank" : "canary-alias", a, k);
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

/* Some of them are long to look for. */
static const char *const texts[] = {
	"canary-url-0.example/3", "canary-url-1.example/aaaaaa4", "canary-url-2.example/aaaaaaaaaaaa5", "canary-url-3.example/",
	"canary-url-4.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa7", "canary-url-5.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa8",
};

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
		.frames = 1 + dice(4), .ttl = (uint8_t)dice(255), .url = dice(2) ? 0 : 1000 + (dice(200) ? dice(4) : 4 + dice(2)), /* few have those that take long */
	};
}

/* Of a port, or (0) of the agent itself; the comment tells whose it is. */
static struct events_rec random_event(size_t i, char comment[static 64])
{
	struct events_rec r = { .time = (uint64_t)start_day + i * (4ull * 3600 / EVENTS) * 1000000 + 7000, /* never the instant of a hand-over */
				.agent = addr_v4(0x0a636301 + dice(AGENTS)), .interface = dice(4) ? dice(PORTS + 2) : 0, .id = i + 1,
				.severity = (uint8_t)(3 + dice(4)), .value = dice(1000), .held = dice(3) };
	snprintf(comment, 64, "canary-event-%u-%u/%s", r.agent.b[15], r.interface, dice(8) ? "up" : "aaaaaaaaaaaaaaaaaaaaaa7");
	r.comment = text_hash(comment, strlen(comment));
	return r;
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

/* Roll-ups of what is compacted, a few of their addresses left out; of the right version or not. */
static void roll_up(struct side *s, struct store_writer *w)
{
	_cleanup_(customers_owning_freep) struct customers_owning *o = NULL;
	const struct rollup_options few = { .details = dice(2) ? 0 : 1 + dice(100) };
	struct rollup_report got;
	assert_int_equal(customers_owning_new(s->mapping, s->model, &o), OK);
	struct owning is = *customers_owning(o);
	is.digest[0] ^= dice(4) == 0;
	assert_int_equal(store_rollup(w, now, dice(6) ? &is : NULL, &few, &got), OK);
	rolled += got.made;
}

struct rows {
	struct flow_rec flow[FLOWS];
	struct ifcounters_rec read[AGENTS * PORTS * READINGS];
	struct events_rec event[EVENTS];
};

static void put_events(struct store_writer *w, const struct rows *rows, const struct scope *only)
{
	struct batch *b = new_batch(TABLE_EVENTS);
	for (size_t i = 0; i < EVENTS; i++) {
		const struct events_rec *r = &rows->event[i];
		if (!only || scope_owns_port(only, &r->agent, r->interface, (usec_t)r->time))
			batch_push(b, r);
		if (i % 100 == 99) {
			put(w, b);
			maybe_settle(w);
		}
	}
	batch_free(b);
}

/* Rows of which `scope` says that they are its own, or all. */
static void make_store(struct side *s, const struct rows *rows, const struct scope *only)
{
	const struct flow_rec *flow = rows->flow;
	const struct ifcounters_rec *read = rows->read;
	struct store_writer *w;
	struct problem why;
	const struct store_options opt = { .no_sync = true };
	struct batch *flows = new_batch(TABLE_TRAFFIC), *counters = new_batch(TABLE_IFCOUNTERS), *dropped = new_batch(TABLE_DROPS);
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
	for (size_t i = 0; i < DROPPED && !only; i++) { /* the operator's, also where they are of a customer's port */
		const struct drops_rec r = { .time = flow[i].time, .agent = flow[i].agent, .inputinterface = flow[i].inputinterface,
					     .ipsource = flow[i].ipsource, .ipdestination = flow[i].ipdestination, .protocol = flow[i].protocol };
		batch_push(dropped, &r);
	}
	put(w, dropped);
	put_events(w, rows, only);
	maybe_settle(w);
	if (!only)
		attribute(s, w);
	if (!only && dice(3))
		roll_up(s, w);
	assert_int_equal(store_write_close(w), OK);
	batch_free(flows);
	batch_free(counters);
	batch_free(dropped);
	assert_int_equal(store_open(s->folder, &s->store, &why), OK);
}

/* Texts of rows are known where these are. */
static void note_text(struct world *w, uint64_t hash, const char *text, bool own)
{
	assert_int_equal(model_text_note(w->all.model, hash, text, start_day), OK);
	if (own)
		assert_int_equal(model_text_note(w->own.model, hash, text, start_day), OK);
}

static void make_events(struct world *w, struct events_rec event[static EVENTS])
{
	for (size_t i = 0; i < EVENTS; i++) {
		char comment[64];
		event[i] = random_event(i, comment);
		const struct events_rec *r = &event[i];
		const struct place *p = r->interface && r->interface <= PORTS ? &w->port[r->agent.b[15] - 1u][r->interface - 1] : NULL;
		bool own = p && p->whole && theirs_at(w, p, (usec_t)r->time);
		w->happened += own;
		note_text(w, r->comment, comment, own);
	}
}

/* -- rows veiled beforehand, by the world's own rule ---------------------------------------------------- */

/* Is an address of theirs, at any time, in the prefix of so many bits? */
static bool near_theirs(const struct world *w, const struct addr *a, unsigned bits)
{
	for (unsigned k = 0; k < BLOCKS; k++) {
		struct prefix block = { .addr = addr_v4(0x0a000000 + k * 256), .bits = 120 }, wide = { .addr = *a, .bits = (uint8_t)bits };
		if (k % 4 == 3)
			block = (struct prefix){ { { 0x20, 1, 0xd, 0xb8, 0, (uint8_t)k } }, 48 };
		if (ever_owned(w, &w->block[k]) && (prefix_holds(&block, a) || prefix_holds(&wide, &block.addr)))
			return true;
	}
	const struct prefix private = { addr_v4(0xc0a80100), 120 }, wide = { *a, (uint8_t)bits };
	for (unsigned i = 0; i < AGENTS * PORTS; i++)
		if (ever_owned(w, &w->port[i / PORTS][i % PORTS]) && (prefix_holds(&private, a) || prefix_holds(&wide, &private.addr)))
			return true;
	return false;
}

static void veil_addr(const struct world *w, struct addr *a)
{
	unsigned bits = addr_is_v4(a) ? 96u + w->privacy.bits4 : w->privacy.bits6;
	for (unsigned bit = bits; bit < 128; bit++)
		a->b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	if (w->privacy.level == PRIVACY_HIDE || near_theirs(w, a, bits))
		*a = (struct addr){ 0 };
}

static size_t spared; /* addresses that sent enough to be shown */

/* What an address sent them, and whether enough packets of it were looked at. */
static bool sent_enough(const struct world *w, const struct flow_rec *flow, const bool *own, const struct addr *a)
{
	uint64_t bytes = 0, looked = 0;
	for (size_t i = 0; i < FLOWS && w->privacy.below && !addr_is_none(a); i++)
		if (own[i] && addr_equal(&flow[i].ipsource, a) && !their_end(w, &flow[i], flow[i].inputinterface, a, flow[i].macsource)) {
			bytes += flow[i].bytes * (flow[i].samplingrate ? flow[i].samplingrate : 1);
			looked += flow[i].frames;
		}
	bool enough = w->privacy.below && bytes >= w->privacy.below && looked >= 10;
	spared += enough;
	return enough;
}

static void veil_flows(const struct world *w, const struct flow_rec *flow, const bool *own, struct flow_rec *ret)
{
	memcpy(ret, flow, FLOWS * sizeof(*ret));
	for (size_t i = 0; i < FLOWS && w->privacy.level; i++) {
		const struct flow_rec *f = &flow[i];
		bool source = !their_end(w, f, f->inputinterface, &f->ipsource, f->macsource) && !sent_enough(w, flow, own, &f->ipsource);
		bool destination = !their_end(w, f, f->outputinterface, &f->ipdestination, f->macdestination) &&
				   !sent_enough(w, flow, own, &f->ipdestination);
		if (source)
			veil_addr(w, &ret[i].ipsource);
		if (destination)
			veil_addr(w, &ret[i].ipdestination);
		if (source || destination)
			ret[i].url = 0;
	}
}

static void make_world(struct world *w, uint64_t seed, const struct privacy *privacy)
{
	static struct rows rows, seen;
	bool own[FLOWS];
	struct flow_rec *flow = rows.flow;
	struct ifcounters_rec *read = rows.read;
	struct problem why;
	char id[16];
	*w = (struct world){ .privacy = privacy ? *privacy : (struct privacy){ 0 } };
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
	for (size_t i = 0; i < FLOWS; i++) {
		own[i] = their_flow(w, &flow[i]);
		assert_int_equal(scope_owns_flow(w->all.scope, &flow[i]), own[i]);
		w->theirs += own[i];
		if (!flow[i].url)
			continue;
		note_text(w, flow[i].url, texts[flow[i].url - 1000], own[i]);
	}
	make_events(w, rows.event);
	seen = rows;
	veil_flows(w, flow, own, seen.flow);
	for (size_t i = 0; i < FLOWS; i++)
		assert_int_equal(their_flow(w, &seen.flow[i]), own[i]); /* a veil makes nothing theirs */
	make_store(&w->all, &rows, NULL);
	make_store(&w->own, &seen, w->all.scope);
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
