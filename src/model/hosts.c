/* A map from addresses to hosts, and one from ports to how many hosts are behind them. */
#include "model/hosts.h"

#include "base/cursor.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "model/kept.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_HOSTS = 1 << 18, MOST_PORTS = 65536, PLACES = 3, UPLINK = 64, NO_PORT = 0, LAST_PORT = 0x3fffffff, RECENT = 1024 };
#define KEPT (1 - 1.0f / 1440) /* of what was seen, after a minute */
static const float some = 0.05f; /* of the most seen at one port, to count as a place */

struct port {
	struct addr agent;
	uint32_t ifindex, hosts;
};

/* What was seen of a host at a port: the same private address may be behind another port, too, and is
 * another host there. */
struct place {
	uint64_t mac;
	usec_t first, last;
	uint32_t port; /* a number from 1; 0 = none */
	float seen;
	uint16_t vlan;
};

struct entry {
	struct addr ip;
	uint64_t mac;  /* told last */
	usec_t last;   /* seen anywhere */
	struct place place[PLACES];
	uint32_t at;   /* the port of the place that holds, once it is known */
	bool sure;     /* no other place is nearly as likely */
};

struct hosts {
	struct map by_key, by_port;
	struct entry *host;
	struct port *port; /* from 1 */
	size_t n, cap, nport, cap_port;
	struct recent {        /* ports of the last rows, at a place that their names give */
		struct addr agent;
		uint32_t ifindex, port; /* NO_PORT = none */
	} recent[RECENT];
};

/* -- making ----------------------------------------------------------------------------------- */

enum err hosts_new(struct hosts **ret)
{
	struct hosts *h = mem_new0(1, sizeof(*h));
	if (!h)
		return E_NOMEM;
	h->by_key.ceiling = MOST_HOSTS;
	h->by_port.ceiling = MOST_PORTS;
	*ret = h;
	return OK;
}

void hosts_free(struct hosts *h)
{
	if (!h)
		return;
	map_free(&h->by_key);
	map_free(&h->by_port);
	mem_free(h->host);
	mem_free(h->port);
	mem_free(h);
}

static enum err grow(void *pp, size_t want, size_t *cap, size_t each)
{
	void *p;
	memcpy(&p, pp, sizeof(p));
	if (want <= *cap)
		return OK;
	size_t more = MAX(*cap * 2, (size_t)64);
	char *grown = mem_array(p, more, each);
	if (!grown)
		return E_NOMEM;
	memset(grown + *cap * each, 0, (more - *cap) * each);
	*cap = more;
	p = grown;
	memcpy(pp, &p, sizeof(p));
	return OK;
}

static enum err port_of(struct hosts *h, const struct addr *agent, uint32_t ifindex, uint32_t *ret)
{
	struct recent *last = &h->recent[hash_mix(load_be64(agent->b) ^ ifindex, load_be64(agent->b + 8)) % RECENT];
	uint8_t key[20];
	struct map_entry *e;
	bool fresh;
	if (last->port && last->ifindex == ifindex && addr_equal(agent, &last->agent)) {
		*ret = last->port;
		return OK;
	}
	memcpy(key, agent, 16);
	store_be32(key + 16, ifindex);
	enum err err = grow(&h->port, h->nport + 2, &h->cap_port, sizeof(*h->port));
	if (err == OK)
		err = map_put(&h->by_port, key, sizeof(key), &e, &fresh);
	if (err != OK)
		return err;
	if (fresh) {
		e->num = ++h->nport;
		h->port[e->num] = (struct port){ .agent = *agent, .ifindex = ifindex };
	}
	*last = (struct recent){ .agent = *agent, .ifindex = ifindex, .port = (uint32_t)e->num };
	*ret = last->port;
	return OK;
}

/* By address; by MAC where there is none. */
static size_t key_of(const struct addr *ip, uint64_t mac, uint8_t key[static 16])
{
	if (!addr_is_none(ip)) {
		memcpy(key, ip, 16);
		return 16;
	}
	store_be64(key, mac);
	return 8;
}

static const struct entry *find(const struct hosts *h, const struct addr *ip, uint64_t mac)
{
	uint8_t key[16];
	const struct map_entry *e = map_get(&h->by_key, key, key_of(ip, mac, key));
	return e ? &h->host[e->num] : NULL;
}

/* -- learning ------------------------------------------------------------------------------------ */

/* NULL: other places are more likely. */
static struct place *place_of(struct hosts *h, struct entry *e, uint32_t port, usec_t when)
{
	struct place *least = &e->place[0];
	for (struct place *p = e->place; p < e->place + PLACES; p++) {
		if (p->port == port)
			return p;
		if (p->seen < least->seen)
			least = p;
	}
	if (least->port && least->seen > 1)
		return NULL;
	if (least->port)
		h->port[least->port].hosts--;
	if (e->at == least->port)
		e->at = NO_PORT;
	*least = (struct place){ .port = port, .first = when };
	h->port[port].hosts++;
	return least;
}

static enum err learn_row(struct hosts *h, const struct batch *b, size_t i)
{
	const struct addr *ip = batch_addr(b, TR_ipsource, i);
	uint64_t mac = batch_uint(b, TR_macsource, i);
	usec_t when = (usec_t)batch_uint(b, TR_time, i);
	uint32_t port;
	uint8_t key[16];
	struct map_entry *at;
	bool fresh;
	enum err err = port_of(h, batch_addr(b, TR_agent, i), (uint32_t)batch_uint(b, TR_inputinterface, i), &port);
	if (err != OK || h->port[port].hosts > UPLINK)
		return err;
	if ((err = grow(&h->host, h->n + 1, &h->cap, sizeof(*h->host))) != OK ||
	    (err = map_put(&h->by_key, key, key_of(ip, mac, key), &at, &fresh)) != OK)
		return err;
	if (fresh) {
		at->num = h->n++;
		h->host[at->num] = (struct entry){ .ip = *ip };
	}
	struct entry *e = &h->host[at->num];
	struct place *p = place_of(h, e, port, when);
	e->mac = mac;
	e->last = MAX(e->last, when);
	if (!p)
		return OK;
	p->mac = mac;
	p->vlan = (uint16_t)batch_uint(b, TR_vlansource, i);
	p->last = MAX(p->last, when);
	p->seen++;
	return OK;
}

/* A sample of a packet on its way in, from a host's own MAC. */
static bool teaches(const struct batch *b, size_t i)
{
	uint64_t mac = ((const uint64_t *)b->col[TR_macsource])[i];
	uint32_t in = ((const uint32_t *)b->col[TR_inputinterface])[i], out = ((const uint32_t *)b->col[TR_outputinterface])[i];
	uint32_t source = ((const uint32_t *)b->col[TR_datasource])[i] & 0xffffff;
	return mac && !(mac >> 40 & 1) && in && in < LAST_PORT && (source == in || source != out);
}

enum err hosts_learn(struct hosts *h, const struct batch *b)
{
	const uint8_t *type = b->col[TR_exporttype];
	if (b->table->id != TABLE_TRAFFIC)
		return OK;
	for (size_t i = 0; i < b->n; i++) {
		if (type[i] != EXPORT_SFLOW || !teaches(b, i))
			continue;
		enum err err = learn_row(h, b, i);
		if (err != OK && err != E_LIMIT) /* full: until the turn of a minute makes room */
			return err;
	}
	return OK;
}

/* -- the turn of a minute ------------------------------------------------------------------------- */

/* Of the ports a host was seen at, that with the fewest behind it; the one it was at stays so while
 * none has fewer.  A host that is connected twice, or two ports in a row with nothing else behind
 * them, look alike: its place is shown, but nothing is left out for it. */
static void locate(const struct hosts *h, struct entry *e)
{
	float most = 0;
	uint32_t best = NO_PORT;
	for (unsigned k = 0; k < PLACES; k++)
		most = fmaxf(most, e->place[k].seen);
	for (unsigned k = 0; k < PLACES; k++) {
		uint32_t p = e->place[k].port;
		if (!p || e->place[k].seen < most * some || h->port[p].hosts > UPLINK)
			continue;
		if (!best || h->port[p].hosts < h->port[best].hosts ||
		    (h->port[p].hosts == h->port[best].hosts && best != e->at && (p == e->at || p < best)))
			best = p;
	}
	e->at = best;
	e->sure = best;
	for (const struct place *p = e->place; p < e->place + PLACES; p++)
		if (p->port && p->port != best && p->seen >= most * some && h->port[p->port].hosts < 2 * h->port[best].hosts)
			e->sure = false;
}

static int by_time(const void *pa, const void *pb)
{
	const usec_t *a = pa, *b = pb;
	return (*a > *b) - (*a < *b);
}

/* A quarter of the hosts goes: those not seen for longest. */
static void make_room(struct hosts *h)
{
	usec_t *last = mem_array(NULL, h->n, sizeof(*last));
	struct map fresh = { .ceiling = MOST_HOSTS };
	size_t n = 0;
	if (!last)
		return;
	for (size_t i = 0; i < h->n; i++)
		last[i] = h->host[i].last;
	qsort(last, h->n, sizeof(*last), by_time);
	usec_t least = last[h->n / 4];
	mem_free(last);
	for (size_t i = 0; i < h->n; i++) {
		struct entry *e = &h->host[i];
		uint8_t key[16];
		struct map_entry *at;
		bool is_new;
		size_t len = key_of(&e->ip, e->mac, key);
		if (e->last <= least || map_put(&fresh, key, len, &at, &is_new) != OK) {
			for (unsigned k = 0; k < PLACES; k++)
				if (e->place[k].port)
					h->port[e->place[k].port].hosts--;
			continue;
		}
		at->num = n;
		h->host[n++] = *e;
	}
	map_free(&h->by_key);
	h->by_key = fresh;
	h->n = n;
}

void hosts_turn(struct hosts *h)
{
	if (h->n >= MOST_HOSTS - MOST_HOSTS / 16)
		make_room(h);
	for (size_t i = 0; i < h->n; i++) {
		for (unsigned k = 0; k < PLACES; k++)
			h->host[i].place[k].seen *= KEPT;
		locate(h, &h->host[i]);
	}
}

/* -- asking ----------------------------------------------------------------------------------------- */

bool hosts_agent(const struct hosts *h, const struct addr *ip, uint64_t mac, struct addr *ret)
{
	const struct entry *e = find(h, ip, mac);
	if (!e || !e->at || !e->sure)
		return false;
	*ret = h->port[e->at].agent;
	return true;
}

size_t hosts_count(const struct hosts *h)
{
	return h->n;
}

static void tell(const struct hosts *h, const struct entry *e, struct host *ret)
{
	const struct place *is = &e->place[0]; /* where it was seen last, while no place holds */
	for (const struct place *p = e->place; p < e->place + PLACES; p++)
		if (e->at ? p->port == e->at : p->last > is->last)
			is = p;
	*ret = (struct host){ .ip = e->ip, .mac = is->mac, .vlan = is->vlan, .first_seen = is->first, .last_seen = is->last };
	if (e->at) {
		ret->agent = h->port[e->at].agent;
		ret->ifindex = h->port[e->at].ifindex;
	}
}

void hosts_at(const struct hosts *h, size_t i, struct host *ret)
{
	tell(h, &h->host[i], ret);
}

bool hosts_find(const struct hosts *h, const struct addr *ip, uint64_t mac, struct host *ret)
{
	const struct entry *e = find(h, ip, mac);
	if (e)
		tell(h, e, ret);
	return e;
}

/* -- the file: little-endian --------------------------------------------------------------------------
 *	 8  "weirhos2"
 *	 4  number of ports, then of each: 16 agent, 4 ifIndex
 *	 4  number of hosts, then of each: 16 IP, 8 MAC, 8 last, 4 port of its place,
 *	    3 times: 8 MAC, 8 first, 8 last, 4 port, 4 seen (float), 2 VLAN
 *	 4  CRC-32C of all before it */
enum { PORT_BYTES = 20, HOST_BYTES = 36 + 34 * PLACES };
static const struct kept file = { "weirhos2", "hosts", (size_t)64 << 20 };

static void put_host(struct buf *out, const struct entry *e)
{
	buf_add(out, &e->ip, 16);
	buf_u64(out, e->mac);
	buf_u64(out, (uint64_t)e->last);
	buf_u32(out, e->at);
	for (const struct place *p = e->place; p < e->place + PLACES; p++) {
		uint32_t seen;
		memcpy(&seen, &p->seen, sizeof(seen));
		buf_u64(out, p->mac);
		buf_u64(out, (uint64_t)p->first);
		buf_u64(out, (uint64_t)p->last);
		buf_u32(out, p->port);
		buf_u32(out, seen);
		buf_u16(out, p->vlan);
	}
}

enum err hosts_save(const struct hosts *h, int folder)
{
	_cleanup_(buf_free) struct buf out;
	kept_begin(&file, &out);
	buf_u32(&out, (uint32_t)h->nport);
	for (size_t i = 1; i <= h->nport; i++) {
		buf_add(&out, &h->port[i].agent, 16);
		buf_u32(&out, h->port[i].ifindex);
	}
	buf_u32(&out, (uint32_t)h->n);
	for (size_t i = 0; i < h->n; i++)
		put_host(&out, &h->host[i]);
	return kept_write(&file, folder, &out);
}

static bool get_addr(struct cur *c, struct addr *ret)
{
	const uint8_t *p = cur_need(c, sizeof(*ret));
	if (p)
		memcpy(ret, p, sizeof(*ret));
	return p;
}

static enum err read_ports(struct hosts *h, struct cur *c)
{
	uint32_t n = cur_le32(c), number;
	if (n > MOST_PORTS || (size_t)n * PORT_BYTES > cur_left(c))
		return E_CORRUPT;
	for (uint32_t i = 1; i <= n; i++) {
		struct addr a;
		if (!get_addr(c, &a))
			return E_CORRUPT;
		enum err err = port_of(h, &a, cur_le32(c), &number);
		if (err != OK || number != i)
			return err != OK ? err : E_CORRUPT;
	}
	return OK;
}

static enum err read_host(struct hosts *h, struct cur *c)
{
	struct entry e = { 0 };
	uint8_t key[16];
	struct map_entry *at;
	bool fresh = false;
	if (!get_addr(c, &e.ip))
		return E_CORRUPT;
	e.mac = cur_le64(c);
	e.last = (usec_t)cur_le64(c);
	e.at = cur_le32(c);
	bool placed = !e.at;
	for (struct place *p = e.place; p < e.place + PLACES; p++) {
		p->mac = cur_le64(c);
		p->first = (usec_t)cur_le64(c);
		p->last = (usec_t)cur_le64(c);
		p->port = cur_le32(c);
		uint32_t seen = cur_le32(c);
		memcpy(&p->seen, &seen, sizeof(seen));
		p->vlan = cur_le16(c);
		if (p->port > h->nport || !isfinite(p->seen))
			return E_CORRUPT;
		placed |= p->port == e.at;
	}
	if (!placed || (addr_is_none(&e.ip) && !e.mac))
		return E_CORRUPT;
	enum err err = grow(&h->host, h->n + 1, &h->cap, sizeof(*h->host));
	if (err == OK)
		err = map_put(&h->by_key, key, key_of(&e.ip, e.mac, key), &at, &fresh);
	if (err != OK || !fresh)
		return err != OK ? err : E_CORRUPT;
	for (unsigned k = 0; k < PLACES; k++)
		h->port[e.place[k].port].hosts += e.place[k].port != NO_PORT;
	at->num = h->n;
	h->host[h->n++] = e;
	return OK;
}

static enum err read_all(void *into, struct cur *body)
{
	struct hosts *h = into;
	enum err err = grow(&h->port, 2, &h->cap_port, sizeof(*h->port));
	if (err == OK)
		err = read_ports(h, body);
	uint32_t n = cur_le32(body);
	if (err == OK && (n > MOST_HOSTS || (size_t)n * HOST_BYTES > cur_left(body)))
		err = E_CORRUPT;
	for (uint32_t i = 0; i < n && err == OK; i++)
		err = read_host(h, body);
	return err;
}

enum err hosts_load(int folder, struct hosts **ret, struct problem *why)
{
	_cleanup_(hosts_freep) struct hosts *h = NULL;
	enum err err = hosts_new(&h);
	if (err == OK)
		err = kept_read(&file, folder, read_all, h, why);
	if (err != OK)
		return err;
	*ret = h;
	h = NULL;
	return OK;
}
