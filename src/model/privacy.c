#include "model/privacy.h"

#include "model/builder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[PRIVACY_LEVELS] = {
#define PRIVACY(level, name, help) [PRIVACY_##level] = name,
#include "model/privacy.def"
};

void privacy_help(struct buf *out)
{
#define PRIVACY(level, name, help) buf_printf(out, "%-6s %s\n", name, help);
#include "model/privacy.def"
}

const char *privacy_name(enum privacy_level level)
{
	return names[level];
}

bool privacy_find(const char *name, size_t len, enum privacy_level *ret)
{
	for (size_t i = 0; i < PRIVACY_LEVELS; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
			*ret = (enum privacy_level)i;
			return true;
		}
	return false;
}

void privacy_names(char *ret, size_t size)
{
	size_t n = 0;
	ret[0] = 0;
	for (size_t i = 0; i < PRIVACY_LEVELS && n < size; i++)
		n += (size_t)snprintf(ret + n, size - n, "%s%s", i ? ", " : "", names[i]);
}

/* Each of the two from the nearest that says it; the mapping has no circles. */
struct privacy customers_privacy(const struct customers *cs, const struct customer *c)
{
	struct privacy p = cs->privacy;
	bool level = false, below = false;
	for (; c; c = c->parent ? customers_find(cs, c->parent, strlen(c->parent)) : NULL) {
		if (!level && c->privacy)
			p.level = (enum privacy_level)(c->privacy - 1);
		if (!below && c->privacy_below)
			p.below = c->privacy_below - 1;
		level |= c->privacy != 0;
		below |= c->privacy_below != 0;
	}
	p.bits4 = p.bits4 ? p.bits4 : PRIVACY_BITS4;
	p.bits6 = p.bits6 ? p.bits6 : PRIVACY_BITS6;
	return p;
}

uint64_t privacy_cols(unsigned ends)
{
	uint64_t cols = 0;
#define VEIL(column, end) cols |= END_##end & ends ? (uint64_t)1 << TR_##column : 0;
#include "model/privacy.def"
	return cols;
}

static int compare_ranges(const void *pa, const void *pb)
{
	const struct arange *a = pa, *b = pb;
	return addr_compare(&a->lo, &b->lo);
}

size_t privacy_join(struct arange *a, size_t n)
{
	size_t kept = 0;
	if (n)
		qsort(a, n, sizeof(*a), compare_ranges);
	for (size_t i = 0; i < n; i++)
		if (!kept || addr_compare(&a[i].lo, &a[kept - 1].hi) > 0)
			a[kept++] = a[i];
		else if (addr_compare(&a[i].hi, &a[kept - 1].hi) > 0)
			a[kept - 1].hi = a[i].hi;
	return kept;
}

static bool touches(const struct arange *own, size_t n, const struct arange *a)
{
	size_t from = 0, to = n; /* the first that does not end before a */
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (addr_compare(&own[mid].hi, &a->lo) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < n && addr_compare(&own[from].lo, &a->hi) <= 0;
}

static struct addr masked(const struct privacy *p, const struct arange *own, size_t nown, const struct addr *a)
{
	const struct prefix prefix = { .addr = *a, .bits = (uint8_t)(addr_is_v4(a) ? 96 + p->bits4 : p->bits6) };
	const struct addr none = { 0 };
	struct arange r;
	if (p->level != PRIVACY_MASK || addr_is_none(a))
		return none;
	prefix_range(&prefix, &r.lo, &r.hi);
	return touches(own, nown, &r) ? none : r.lo;
}

void privacy_veil(const struct privacy *p, const struct arange *own, size_t nown, unsigned ends, struct flow_rec *r)
{
	const struct flow_rec was = *r;
	const struct column *cols = tables[TABLE_TRAFFIC].cols;
	uint64_t gone = privacy_cols(ends);
	for (unsigned c = 0; gone; c++, gone >>= 1)
		if (gone & 1)
			memset((uint8_t *)r + cols[c].offset, 0, cols[c].storage);
	if (ends & END_SOURCE)
		r->ipsource = masked(p, own, nown, &was.ipsource);
	if (ends & END_DESTINATION)
		r->ipdestination = masked(p, own, nown, &was.ipdestination);
}

const char *privacy_text(const struct privacy *p, char buf[static PRIVACY_TEXT])
{
	int n = snprintf(buf, PRIVACY_TEXT, "%s", privacy_name(p->level));
	if (p->level == PRIVACY_MASK)
		n += snprintf(buf + n, PRIVACY_TEXT - (size_t)n, " /%u /%u", p->bits4, p->bits6);
	if (p->level != PRIVACY_NONE && p->below)
		snprintf(buf + n, PRIVACY_TEXT - (size_t)n, " below %" PRIu64 " bytes a day", p->below);
	return buf;
}
