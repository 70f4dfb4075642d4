/* The planted site: six customers, each with traffic, counters and names of its own.
 *
 *	c1 .. c4   two ports each, a block 10.1.K.0/24, a MAC, and 192.168.1.0/24 behind the first port
 *	r          reseller of c3 and c4, with nothing of its own
 *	c5         has the port that was c4's until noon of yesterday
 *	c4, c5     remote addresses are hidden from c4 and masked to c5; r sees them
 *
 * Something happened at each of their ports, and to the operator's own agents.
 *
 * Each flow's far end is an address that only this customer talks to.  No two customers talk to
 * each other, so that whatever is seen of another is a leak. */
#include "app/attributing.h"
#include "app/isolation.h"

#include "base/file.h"
#include "store/store.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { HOLDERS = 5, PORTS = 2, FLOWS = 40, READINGS = 20 };
static const usec_t midnight = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */

/* -- canaries ------------------------------------------------------------------------------------------------ */

void canary_add(struct canaries *c, uint32_t owner, const char *fmt, ...)
{
	char text[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (c->n == c->cap) {
		size_t cap = MAX(c->cap * 2, (size_t)256);
		struct canary *more = realloc(c->at, cap * sizeof(*more));
		if (!more) {
			c->bad = true;
			return;
		}
		c->at = more;
		c->cap = cap;
	}
	const char *kept = arena_strndup(&c->arena, text, strlen(text));
	if (!kept)
		c->bad = true;
	else if (*kept)
		c->at[c->n++] = (struct canary){ kept, owner, false };
}

void canary_hide(struct canaries *c)
{
	if (c->n)
		c->at[c->n - 1].hidden = true;
}

void canaries_free(struct canaries *c)
{
	free(c->at);
	arena_free(&c->arena);
}

static bool in_word(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c >= 0x80;
}

/* As a word of its own: 10.1.1.5 does not stand in 10.1.1.55. */
static bool stands_in(const char *text, const struct buf *out)
{
	size_t len = strlen(text);
	for (size_t at = 0; at < out->len;) {
		const uint8_t *p = memmem(out->data + at, out->len - at, text, len);
		if (!p)
			return false;
		size_t from = (size_t)(p - out->data), end = from + len;
		if ((!from || !in_word(out->data[from - 1])) && (end == out->len || !in_word(out->data[end])))
			return true;
		at = from + 1;
	}
	return false;
}

static bool may_see(const struct customers *cs, uint32_t who, uint32_t owner)
{
	const struct customer *top = customers_at(cs, who), *c = customers_at(cs, owner);
	while (c && c != top)
		c = c->parent ? customers_find(cs, c->parent, strlen(c->parent)) : NULL;
	return c;
}

const struct canary *canary_found(const struct canaries *c, const struct customers *cs, uint32_t who, const struct buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		if ((c->at[i].owner == who ? c->at[i].hidden : !may_see(cs, who, c->at[i].owner)) && stands_in(c->at[i].text, out))
			return &c->at[i];
	return NULL;
}

bool canary_own(const struct canaries *c, uint32_t who, const struct buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->at[i].owner == who && !c->at[i].hidden && stands_in(c->at[i].text, out))
			return true;
	return false;
}

void canaries_of(struct canaries *c, const struct customers *cs, const struct model *m)
{
	const struct customer *cust;
	for (uint32_t i = 0; (cust = customers_at(cs, i)); i++) {
		char text[ADDR_TEXT + 4];
		uint32_t number;
		if (strlen(cust->id) > 3) /* shorter ones are in everything */
			canary_add(c, i, "%s", cust->id);
		if (strlen(cust->name) > 3)
			canary_add(c, i, "%s", cust->name);
		for (size_t k = 0; k < cust->nmac; k++)
			canary_add(c, i, "%s", mac_format(cust->mac[k].mac, text));
		for (size_t k = 0; k < cust->nport; k++) {
			if (!own_port_resolve(&cust->port[k], m, &number) || cust->port[k].when.end != INT64_MAX)
				continue;
			const struct iface *is = model_iface(m, &cust->port[k].agent, number);
			canary_add(c, i, "%s>%u", addr_format(&cust->port[k].agent, text), number);
			if (is && strlen(is->alias) > 3)
				canary_add(c, i, "%s", is->alias);
		}
	}
}

/* -- the network -------------------------------------------------------------------------------------------------- */

/* Customer i of 0..HOLDERS-1; its place in the mapping is i + 1, behind the reseller. */
static uint32_t place(unsigned i)
{
	return i + 1;
}

static struct addr agent_of(unsigned i)
{
	return addr_v4(0x0a636301 + i % 2);
}

static uint32_t port_of(unsigned i, unsigned k)
{
	return 10 + i * PORTS + k;
}

/* The n-th event: of each port, of the port that was handed over before and after that, and of nobody's. */
enum { HAPPENED = HOLDERS * PORTS + 3 };
#define NOBODY UINT32_MAX

struct happened {
	struct events_rec rec;
	uint32_t owner;
	char comment[40];
};

static struct happened happened(unsigned n)
{
	struct happened h = { .rec = { .time = (uint64_t)midnight + (n + 1) * 60000000ull, .id = n + 1, .severity = 4, .value = n } };
	const unsigned special = n - HOLDERS * PORTS;
	if (n < HOLDERS * PORTS) {
		h.rec.agent = agent_of(n / PORTS);
		h.rec.interface = port_of(n / PORTS, n % PORTS);
		h.owner = place(n / PORTS);
	} else if (special < 2) {
		h.rec.agent = addr_v4(0x0a636303);
		h.rec.interface = 7;
		h.rec.time = (uint64_t)(midnight + (special ? 7 : 5) * USEC_PER_HOUR);
		h.owner = place(3 + special);
	} else {
		h.rec.agent = agent_of(0);
		h.owner = NOBODY;
	}
	snprintf(h.comment, sizeof(h.comment), "canary-event-%u-of-it", n);
	h.rec.comment = text_hash(h.comment, strlen(h.comment));
	return h;
}

static void put_mapping(struct buf *b)
{
	char agent[ADDR_TEXT];
	buf_text(b, "<customers>\n<customer id=\"canary-id-r\" name=\"Canary Reseller\"/>\n");
	for (unsigned i = 0; i < HOLDERS; i++) {
		const struct addr a = agent_of(i);
		buf_printf(b, "<customer id=\"canary-id-%u\" name=\"Canary Name %u\"%s%s>\n", i + 1, i + 1, i == 2 || i == 3 ? " parent=\"canary-id-r\"" : "",
			   i == 3 ? " privacy=\"hide\"" : i == 4 ? " privacy=\"mask\"" : "");
		addr_format(&a, agent);
		for (unsigned k = 0; k < PORTS; k++)
			buf_printf(b, " <port agent=\"%s\" ifName=\"canary-port-%u-%u\"/>\n", agent, i + 1, k);
		buf_printf(b, " <cidr address=\"10.1.%u.0\" bits=\"24\"/>\n <mac address=\"02:00:5e:10:01:%02x\"/>\n", i + 1, i + 1);
		buf_printf(b, " <cidr address=\"192.168.1.0\" bits=\"24\" agent=\"%s\" ifName=\"canary-port-%u-0\"/>\n", agent, i + 1);
		if (i == 3 || i == 4) /* one port, first the fourth's, then the fifth's */
			buf_printf(b, " <port agent=\"10.99.99.3\" ifName=\"handed-over\" %s=\"2026-11-23T06:00:00Z\"/>\n", i == 3 ? "to" : "from");
		buf_text(b, "</customer>\n");
	}
	buf_text(b, "</customers>\n");
}

static void note_canaries(struct canaries *c)
{
	canary_add(c, 0, "canary-id-r");
	canary_add(c, 0, "Canary Reseller");
	for (unsigned i = 0; i < HOLDERS; i++) {
		uint32_t who = place(i);
		char agent[ADDR_TEXT];
		const struct addr a = agent_of(i);
		addr_format(&a, agent);
		canary_add(c, who, "canary-id-%u", i + 1);
		canary_add(c, who, "Canary Name %u", i + 1);
		canary_add(c, who, "02:00:5e:10:01:%02x", i + 1);
		for (unsigned k = 0; k < PORTS; k++) {
			canary_add(c, who, "canary-port-%u-%u", i + 1, k);
			canary_add(c, who, "canary-alias-%u-%u", i + 1, k);
			canary_add(c, who, "%s>%u", agent, port_of(i, k));
		}
		for (unsigned n = 0; n < FLOWS; n++) {
			canary_add(c, who, "10.1.%u.%u", i + 1, 1 + n % 9);
			canary_add(c, who, "203.0.%u.%u", 113 + i, 1 + n % 9);
			if (i == 3 || i == 4)
				canary_hide(c);
		}
	}
	for (unsigned n = 0; n < HAPPENED; n++) {
		const struct happened h = happened(n);
		canary_add(c, h.owner, "%s", h.comment);
	}
	canary_add(c, place(4), "203.0.117.0");
	canary_add(c, place(4), "canary-alias-handed-over");
	canary_add(c, place(3), "198.51.100.4");
	canary_add(c, place(4), "198.51.100.5");
}

static enum err put_model(struct store_writer *w)
{
	_cleanup_(model_freep) struct model *m = NULL;
	enum err e = model_new(&m);
	for (unsigned i = 0; i <= HOLDERS * PORTS && e == OK; i++) {
		char name[40] = "handed-over", alias[48] = "canary-alias-handed-over";
		struct iface_note note = { .agent = addr_v4(0x0a636303), .ifindex = 7, .name = name, .alias = alias, .speed = 1000000000, .when = midnight };
		if (i < HOLDERS * PORTS) {
			note.agent = agent_of(i / PORTS);
			note.ifindex = port_of(i / PORTS, i % PORTS);
			snprintf(name, sizeof(name), "canary-port-%u-%u", i / PORTS + 1, i % PORTS);
			snprintf(alias, sizeof(alias), "canary-alias-%u-%u", i / PORTS + 1, i % PORTS);
		}
		e = model_note(m, &note);
	}
	for (unsigned n = 0; n < HAPPENED && e == OK; n++) {
		const struct happened h = happened(n);
		e = model_text_note(m, h.rec.comment, h.comment, midnight);
	}
	return e == OK ? model_save(m, store_writer_folder(w)) : e;
}

static struct flow_rec flow_of(unsigned i, unsigned n)
{
	bool out = n % 2;
	struct addr mine = addr_v4(0x0a010001 + (i + 1) * 256 + n % 9), other = addr_v4(0xcb000001 + (113 + i) * 256 + n % 9);
	if (n % 5 == 4)
		mine = addr_v4(0xc0a80105); /* private, equal for all */
	uint32_t own = port_of(i, n % 5 == 4 ? 0 : n % PORTS), uplink = 900 + i;
	uint64_t mac = 0x02005e100101 + i;
	return (struct flow_rec){ .time = (uint64_t)midnight + (uint64_t)(n + 1) * 600000000 + i * 1000, .agent = agent_of(i), .exporttype = EXPORT_SFLOW,
				  .inputinterface = out ? own : uplink, .outputinterface = out ? uplink : own, .ipsource = out ? mine : other,
				  .ipdestination = out ? other : mine, .macsource = out ? mac : 0x02005e100900, .macdestination = out ? 0x02005e100900 : mac,
				  .vlansource = (uint16_t)(100 + i), .vlandestination = (uint16_t)(100 + i), .nexthop = addr_v4(0x0a636363), .protocol = 6,
				  .sourceport = 443, .destinationport = (uint16_t)(40000 + n), .samplingrate = 100, .bytes = 1000 + n, .frames = 1 };
}

/* Before and after the port changed hands at six: nothing else of these flows is anybody's. */
static struct flow_rec handed_over(bool after)
{
	struct flow_rec r = flow_of(after ? 4 : 3, 1);
	r.time = (uint64_t)(midnight + (after ? 7 : 5) * USEC_PER_HOUR);
	r.agent = addr_v4(0x0a636303);
	r.inputinterface = 7;
	r.outputinterface = 0;
	r.ipsource = addr_v4(after ? 0xc6336405 : 0xc6336404);
	r.ipdestination = addr_v4(0xcb007101 + (after ? 4u : 3u) * 256);
	r.macsource = 0x020099000004 + after; /* nobody's */
	r.macdestination = 0;
	r.datasource = 7;
	return r;
}

/* Where the flows' hosts are, as a collector learns it. */
static enum err put_hosts(struct store_writer *w, const struct batch *b)
{
	_cleanup_(hosts_freep) struct hosts *h = NULL;
	enum err e = hosts_new(&h);
	if (e == OK)
		e = hosts_learn(h, b);
	if (e != OK)
		return e;
	hosts_turn(h);
	return hosts_save(h, store_writer_folder(w));
}

static enum err put_flows(struct store_writer *w)
{
	_cleanup_(batch_freep) struct batch *b = NULL;
	enum err e = batch_new(&tables[TABLE_TRAFFIC], HOLDERS * FLOWS + 2, &b);
	if (e != OK)
		return e;
	for (unsigned n = 0; n < FLOWS; n++)
		for (unsigned i = 0; i < HOLDERS; i++) {
			const struct flow_rec r = flow_of(i, n);
			batch_push(b, &r);
		}
	for (int after = 0; after < 2; after++) {
		const struct flow_rec r = handed_over(after);
		batch_push(b, &r);
	}
	e = store_put(w, b);
	return e == OK ? put_hosts(w, b) : e;
}

static enum err put_counters(struct store_writer *w)
{
	_cleanup_(batch_freep) struct batch *b = NULL;
	enum err e = batch_new(&tables[TABLE_IFCOUNTERS], HOLDERS * PORTS * READINGS, &b);
	if (e != OK)
		return e;
	for (unsigned n = 0; n < READINGS; n++)
		for (unsigned i = 0; i < HOLDERS * PORTS; i++) {
			const struct ifcounters_rec r = { .time = (uint64_t)midnight + n * 300000000ull, .agent = agent_of(i / PORTS),
							  .interface = port_of(i / PORTS, i % PORTS), .ifspeed = 1000000000, .iftype = 6,
							  .countersource = COUNTERS_SFLOW, .uptime = 1000 + n * 300000, .ifstatus = 3,
							  .ifinoctets = n * 100000ull * (i + 1), .ifoutoctets = n * 50000ull };
			batch_push(b, &r);
		}
	return store_put(w, b);
}

static enum err put_events(struct store_writer *w)
{
	_cleanup_(batch_freep) struct batch *b = NULL;
	enum err e = batch_new(&tables[TABLE_EVENTS], HAPPENED, &b);
	if (e != OK)
		return e;
	for (unsigned n = 0; n < HAPPENED; n++) {
		const struct happened h = happened(n);
		batch_push(b, &h.rec);
	}
	return store_put(w, b);
}

/* -- all of it ---------------------------------------------------------------------------------------------------------- */

/* Hours with owners and roll-ups, a few of their addresses left out. */
static enum err roll_up(struct store_writer *w, const struct buf *mapping, struct problem *why)
{
	_cleanup_(customers_freep) struct customers *c = NULL;
	_cleanup_(model_freep) struct model *m = NULL;
	const struct compact_options all = { .open_hours = true, .no_grace = true };
	const struct rollup_options few = { .details = 2 };
	const struct zone *utc;
	enum err e = zone_find("UTC", &utc);
	if (e == OK)
		e = customers_parse(mapping->data, mapping->len, "customers.xml", utc, NULL, NULL, &c, why);
	if (e == OK)
		e = model_load(store_writer_folder(w), &m, why);
	if (e == OK)
		e = store_compact(w, midnight + USEC_PER_DAY, &all, NULL);
	return e == OK ? rollup_store(w, c, m, &few, NULL) : e;
}

/* Half of it sealed, and what is in the journal stays there: readers take both. */
static enum err put_store(const char *folder, const struct buf *mapping, struct problem *why)
{
	struct store_writer *w;
	const struct store_options opt = { .no_sync = true };
	enum err e = store_write_open(folder, &opt, &w, why);
	if (e != OK)
		return e;
	e = put_flows(w);
	if (e == OK)
		e = store_seal(w);
	if (e == OK)
		e = put_model(w);
	if (e == OK)
		e = roll_up(w, mapping, why);
	if (e == OK)
		e = put_counters(w);
	if (e == OK)
		e = put_events(w);
	if (e != OK) {
		store_write_abandon(w);
		return e;
	}
	return store_write_close(w);
}

enum err isolation_plant(const char *folder, struct canaries *c, struct problem *why)
{
	char path[4096];
	_cleanup_(buf_free) struct buf mapping = { 0 }, conf = { 0 };
	put_mapping(&mapping);
	buf_printf(&conf, "store: \"%s/store\"\ncustomers: \"%s/customers.xml\"\ntime_zone: UTC\n", folder, folder);
	_cleanup_(fd_closep) int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mapping.bad || conf.bad || dir < 0)
		return problem_set(why, E_IO, "%s: cannot be written", folder);
	enum err e = file_write_at(dir, "customers.xml", mapping.data, mapping.len);
	if (e == OK)
		e = file_write_at(dir, "weir.yaml", conf.data, conf.len);
	snprintf(path, sizeof(path), "%s/store", folder);
	if (e == OK)
		e = put_store(path, &mapping, why);
	note_canaries(c);
	return e == OK && c->bad ? E_NOMEM : e;
}
