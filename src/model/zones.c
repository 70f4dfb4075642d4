/* Names, blocks and ports as the forms of the file bring them, checked; then blocks as ranges that do
 * not overlap, so that an address is looked up in one search.
 *
 *	10.0.0.0/8  Inside       |-------------------------------|
 *	10.1.0.0/16 Zurich            |------------|
 *	ranges                   |Insi|   Zurich   |    Inside   | */
#include "model/zones.h"

#include "base/file.h"
#include "base/mem.h"
#include "flow/value.h"
#include "model/zoning.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* -- messages ------------------------------------------------------------------------------- */

void zoning_error(struct zoning *b, struct zoning_place at, const char *fmt, ...)
{
	char text[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!b->errors++)
		problem_set(b->why, E_SYNTAX, "%s:%u:%u: %s", b->file, at.line, at.column, text);
	if (b->say)
		b->say(b->arg, at.line, at.column, text);
}

bool zoning_full(const struct zoning *b)
{
	return b->failed != OK || b->errors >= ZONES_MAX_ERRORS;
}

/* -- growing ---------------------------------------------------------------------------------- */

/* Room for one more item of *p; the new one is zeroed.  False when there is none. */
static bool grow(struct zoning *b, void *pp, size_t n, size_t *cap, size_t each)
{
	void *p;
	memcpy(&p, pp, sizeof(p));
	if (n == *cap) {
		size_t want = *cap ? *cap * 2 : 64;
		char *more = mem_array(p, want, each);
		if (!more) {
			b->failed = E_NOMEM;
			return false;
		}
		memset(more + *cap * each, 0, (want - *cap) * each);
		p = more;
		*cap = want;
		memcpy(pp, &p, sizeof(p));
	}
	return true;
}

/* A second array beside one that has just grown. */
static bool grow_beside(struct zoning *b, struct zoning_place **at, size_t cap)
{
	struct zoning_place *more = mem_array(*at, cap, sizeof(*more));
	if (!more)
		b->failed = E_NOMEM;
	else
		*at = more;
	return more;
}

/* -- what the forms bring ---------------------------------------------------------------------- */

static bool good_name(struct zoning *b, struct zoning_place at, const char *what, const char *name)
{
	size_t len = strlen(name);
	bool plain = len > 0 && name[0] != ' ' && name[len - 1] != ' ';
	for (size_t i = 0; i < len; i++)
		plain &= (uint8_t)name[i] >= 0x20 && name[i] != 0x7f;
	if (!plain || len > ZONES_MAX_NAME || strchr(name, '>')) {
		zoning_error(b, at, "%s: a name has 1..%d bytes, no \">\" and no control characters, and begins and ends with no blank",
			     what, ZONES_MAX_NAME);
		return false;
	}
	if (!STREQ(name, ZONE_EXTERNAL))
		return true;
	zoning_error(b, at, "%s: " ZONE_EXTERNAL " is what is in no zone: take another name", what);
	return false;
}

/* The number of a path, made when it is new; 0 when it cannot be. */
static uint32_t name_number(struct zoning *b, struct zoning_place at, const char *zone, const char *group)
{
	struct zones *z = b->z;
	struct map_entry *e;
	bool fresh;
	const char *path = *group ? arena_printf(&z->arena, "%s>%s", zone, group) : arena_strndup(&z->arena, zone, strlen(zone));
	char *kept_zone = arena_strndup(&z->arena, zone, strlen(zone)), *kept_group = arena_strndup(&z->arena, group, strlen(group));
	enum err err = path && kept_zone && kept_group ? map_put_str(&b->known, path, &e, &fresh) : E_NOMEM;
	if (err != OK) {
		b->failed = err;
		return 0;
	}
	if (!fresh) {
		zoning_error(b, at, "%s \"%.60s\" is here twice", *group ? "group" : "zone", *group ? group : zone);
		return (uint32_t)e->num;
	}
	if (z->nname > ZONES_MAX_NAMES) {
		zoning_error(b, at, "more than %d zones and groups", ZONES_MAX_NAMES);
		b->failed = E_LIMIT;
		return 0;
	}
	if (!grow(b, &z->name, z->nname, &z->cap_name, sizeof(*z->name)))
		return 0;
	z->name[z->nname] = (struct zone_name){ kept_zone, kept_group, path };
	e->num = z->nname;
	return (uint32_t)z->nname++;
}

void zoning_zone(struct zoning *b, struct zoning_place at, const char *name)
{
	b->zone = good_name(b, at, "zone", name) ? name_number(b, at, name, "") : 0;
	b->now = b->zone;
}

void zoning_zone_end(struct zoning *b)
{
	b->zone = b->now = 0;
}

void zoning_group(struct zoning *b, struct zoning_place at, const char *name)
{
	bool good = good_name(b, at, "group", name);
	b->now = good && b->zone ? name_number(b, at, b->z->name[b->zone].zone, name) : 0;
}

void zoning_group_end(struct zoning *b)
{
	b->now = b->zone;
}

void zoning_block(struct zoning *b, struct zoning_place at, const char *text)
{
	struct zones *z = b->z;
	struct prefix p;
	const char *why;
	if (!prefix_parse(text, strlen(text), &p, &why)) {
		zoning_error(b, at, "block \"%.60s\": %s", text, why);
		return;
	}
	if (z->nblock == ZONES_MAX_BLOCKS) {
		zoning_error(b, at, "more than %d blocks", ZONES_MAX_BLOCKS);
		b->failed = E_LIMIT;
		return;
	}
	if (!grow(b, &z->block, z->nblock, &z->cap_block, sizeof(*z->block)) || !grow_beside(b, &z->block_at, z->cap_block))
		return;
	z->block[z->nblock] = (struct zone_block){ p, b->now };
	z->block_at[z->nblock++] = at;
}

static bool agents_parse(const char *text, struct addr *lo, struct addr *hi)
{
	const char *dash = strchr(text, '-'), *why;
	struct prefix p;
	if (dash)
		return addr_parse(text, (size_t)(dash - text), lo) && addr_parse(dash + 1, strlen(dash + 1), hi) &&
		       addr_compare(lo, hi) <= 0;
	if (!prefix_parse(text, strlen(text), &p, &why))
		return false;
	prefix_range(&p, lo, hi);
	return true;
}

void zoning_agents(struct zoning *b, struct zoning_place at, const char *text)
{
	struct zones *z = b->z;
	struct addr lo, hi;
	if (!agents_parse(text, &lo, &hi)) {
		zoning_error(b, at, "agents \"%.60s\": an address, a range 10.0.0.1-10.0.0.9 or a block is wanted", text);
		return;
	}
	if (z->nagent == ZONES_MAX_BLOCKS) {
		zoning_error(b, at, "more than %d agents", ZONES_MAX_BLOCKS);
		b->failed = E_LIMIT;
		return;
	}
	if (grow(b, &z->agent, z->nagent, &z->cap_agent, sizeof(*z->agent)))
		z->agent[z->nagent++] = (struct zone_agents){ lo, hi, b->now, at };
}

void zoning_port(struct zoning *b, struct zoning_place at, const char *text)
{
	struct zones *z = b->z;
	struct zone_port p = { 0 };
	const char *name;
	size_t len = strlen(text), n;
	if (!iface_split(text, len, &p.agent, &name, &n) || !n || addr_is_none(&p.agent)) {
		zoning_error(b, at, "boundary \"%.60s\": agent>ifIndex or agent>ifName is wanted", text);
		return;
	}
	if (!iface_parse(text, len, &p.agent, &p.ifindex) && !(p.ifname = arena_strndup(&z->arena, name, n)))
		b->failed = E_NOMEM;
	if (z->nport == ZONES_MAX_BLOCKS) {
		zoning_error(b, at, "more than %d ports", ZONES_MAX_BLOCKS);
		b->failed = E_LIMIT;
	}
	if (b->failed == OK && grow(b, &z->port, z->nport, &z->cap_port, sizeof(*z->port)))
		z->port[z->nport++] = p;
}

/* -- ranges -------------------------------------------------------------------------------------- */

struct sorted_block {
	struct addr lo, hi;
	size_t at;
};

/* Outer blocks before those inside them. */
static int by_place(const void *pa, const void *pb)
{
	const struct sorted_block *a = pa, *b = pb;
	int d = addr_compare(&a->lo, &b->lo);
	return d ? d : addr_compare(&b->hi, &a->hi);
}

static struct addr next_addr(struct addr a)
{
	for (size_t i = sizeof(a.b); i-- > 0 && !++a.b[i];)
		;
	return a;
}

static struct addr previous_addr(struct addr a)
{
	for (size_t i = sizeof(a.b); i-- > 0 && !a.b[i]--;)
		;
	return a;
}

static void add_range(struct zoning *b, struct addr lo, struct addr hi, size_t block)
{
	struct zones *z = b->z;
	char buf[ADDR_TEXT + 4];
	const char *text = prefix_format(&z->block[block].prefix, buf);
	if (!(text = arena_strndup(&z->arena, text, strlen(text))))
		b->failed = E_NOMEM;
	else if (grow(b, &z->range, z->nrange, &z->cap_range, sizeof(*z->range)))
		z->range[z->nrange++] = (struct zone_range){ lo, hi, z->block[block].name, z->block[block].prefix, text };
}

/* Blocks nest or are apart, so a stack of those that are open is enough: 129 lengths at most. */
static void make_ranges(struct zoning *b, const struct sorted_block *s, size_t n)
{
	struct sorted_block open[130];
	size_t depth = 0;
	struct addr from = { 0 }; /* of what is not yet given out, inside the innermost open block */
	for (size_t i = 0; i <= n && b->failed == OK; i++) {
		while (depth && (i == n || addr_compare(&open[depth - 1].hi, &s[i].lo) < 0)) {
			const struct sorted_block *top = &open[--depth];
			if (addr_compare(&from, &top->hi) <= 0)
				add_range(b, from, top->hi, top->at);
			from = next_addr(top->hi);
			while (depth && addr_compare(&open[depth - 1].hi, &top->hi) == 0)
				depth--; /* nothing of it is left */
		}
		if (i == n)
			break;
		if (depth && addr_compare(&from, &s[i].lo) < 0)
			add_range(b, from, previous_addr(s[i].lo), open[depth - 1].at);
		if (depth && addr_compare(&open[depth - 1].lo, &s[i].lo) == 0 && addr_compare(&open[depth - 1].hi, &s[i].hi) == 0) {
			const struct zoning_place first = b->z->block_at[open[depth - 1].at];
			char text[ADDR_TEXT + 4];
			zoning_error(b, b->z->block_at[s[i].at], "block %s is also in line %u",
				     prefix_format(&b->z->block[s[i].at].prefix, text), first.line);
			continue;
		}
		open[depth++] = s[i];
		from = s[i].lo;
	}
}

static int agents_by_place(const void *pa, const void *pb)
{
	const struct zone_agents *a = pa, *b = pb;
	return addr_compare(&a->lo, &b->lo);
}

static void check_agents(struct zoning *b)
{
	struct zones *z = b->z;
	char text[ADDR_TEXT];
	if (z->nagent)
		qsort(z->agent, z->nagent, sizeof(*z->agent), agents_by_place);
	for (size_t i = 1; i < z->nagent && !zoning_full(b); i++)
		if (addr_compare(&z->agent[i].lo, &z->agent[i - 1].hi) <= 0)
			zoning_error(b, z->agent[i].at, "agent %s is in two zones or groups", addr_format(&z->agent[i].lo, text));
}

static void finish(struct zoning *b)
{
	struct zones *z = b->z;
	struct sorted_block *s = mem_array(NULL, z->nblock + 1, sizeof(*s));
	if (!s) {
		b->failed = E_NOMEM;
		return;
	}
	for (size_t i = 0; i < z->nblock; i++) {
		s[i].at = i;
		prefix_range(&z->block[i].prefix, &s[i].lo, &s[i].hi);
	}
	if (z->nblock)
		qsort(s, z->nblock, sizeof(*s), by_place);
	make_ranges(b, s, z->nblock);
	mem_free(s);
	check_agents(b);
}

/* -- the door -------------------------------------------------------------------------------------- */

void zones_free(struct zones *z)
{
	if (!z)
		return;
	mem_free(z->name);
	mem_free(z->block);
	mem_free(z->block_at);
	mem_free(z->agent);
	mem_free(z->port);
	mem_free(z->range);
	arena_free(&z->arena);
	mem_free(z);
}

static bool is_xml(const char *text, size_t len)
{
	size_t i = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (i < len && strchr(" \t\r\n", text[i]))
		i++;
	return i < len && text[i] == '<';
}

enum err zones_parse(const void *text, size_t len, const char *name, zones_say *say, void *arg, struct zones **ret,
		     struct problem *why)
{
	_cleanup_(zones_freep) struct zones *z = mem_new0(1, sizeof(*z));
	struct zoning b = { .z = z, .file = name, .say = say, .arg = arg, .why = why };
	if (!z || !grow(&b, &z->name, 0, &z->cap_name, sizeof(*z->name)))
		return problem_set(why, E_NOMEM, "%s: %s", name, err_text(E_NOMEM));
	z->name[z->nname++] = (struct zone_name){ ZONE_EXTERNAL, "", ZONE_EXTERNAL };
	if (len && is_xml(text, len))
		zones_read_xml(&b, text, len);
	else
		zones_read_yaml(&b, text, len);
	if (!b.errors && b.failed == OK)
		finish(&b);
	map_free(&b.known);
	if (b.errors)
		return E_SYNTAX;
	if (b.failed != OK)
		return problem_set(why, b.failed, "%s: %s", name, err_text(b.failed));
	*ret = z;
	z = NULL;
	return OK;
}

enum err zones_load(const char *file, zones_say *say, void *arg, struct zones **ret, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = ZONES_MAX_FILE };
	enum err err = file_read(file, &text);
	if (err != OK)
		return problem_set(why, err, "%s: %s", file, err == E_IO ? strerror(errno) : err_text(err));
	return zones_parse(text.data, text.len, file, say, arg, ret, why);
}

size_t zones_count(const struct zones *z)
{
	return z->nname;
}

const struct zone_name *zones_name(const struct zones *z, size_t i)
{
	return &z->name[i];
}

bool zones_has(const struct zones *z, const char *name, size_t len, bool group)
{
	for (size_t i = 0; i < z->nname; i++) {
		const char *have = group ? z->name[i].group : z->name[i].zone;
		if (strlen(have) == len && memcmp(have, name, len) == 0)
			return true;
	}
	return false;
}

const struct zone_range *zones_ranges(const struct zones *z, size_t *ret_n)
{
	*ret_n = z->nrange;
	return z->range;
}

const struct zone_range *zones_find(const struct zones *z, const struct addr *a)
{
	size_t lo = 0, hi = z->nrange;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (addr_compare(&z->range[mid].hi, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < z->nrange && addr_compare(&z->range[lo].lo, a) <= 0 && !addr_is_none(a) ? &z->range[lo] : NULL;
}

uint32_t zones_agent(const struct zones *z, const struct addr *agent)
{
	size_t lo = 0, hi = z->nagent;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (addr_compare(&z->agent[mid].hi, agent) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < z->nagent && addr_compare(&z->agent[lo].lo, agent) <= 0 ? z->agent[lo].name : 0;
}

const struct zone_block *zones_blocks(const struct zones *z, size_t *ret_n)
{
	*ret_n = z->nblock;
	return z->block;
}

const struct zone_port *zones_boundary(const struct zones *z, size_t *ret_n)
{
	*ret_n = z->nport;
	return z->port;
}
