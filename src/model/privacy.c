#include "model/privacy.h"

#include "model/builder.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const names[PRIVACY_LEVELS] = {
#define PRIVACY(level, name, help) [PRIVACY_##level] = name,
#include "model/privacy.def"
};

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

struct prefix privacy_prefix(const struct privacy *p, const struct addr *a)
{
	struct prefix mask = { .addr = *a, .bits = (uint8_t)(addr_is_v4(a) ? 96 + p->bits4 : p->bits6) };
	struct addr last;
	prefix_range(&mask, &mask.addr, &last);
	return mask;
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
