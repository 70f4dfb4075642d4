#include "app/quantity.h"

#include <stdlib.h>

struct unit {
	char name;
	uint64_t size;
};

static bool parse(const char *text, const struct unit *unit, size_t n, uint64_t *ret)
{
	char *end;
	size_t digits = strspn(text, "0123456789.");
	if (*text < '0' || *text > '9' || strlen(text) != digits + 1)
		return false;
	double v = strtod(text, &end);
	if (end != text + digits)
		return false;
	for (size_t i = 0; i < n; i++)
		if (*end == unit[i].name && v * (double)unit[i].size >= 1 && v * (double)unit[i].size < 9e18) {
			*ret = (uint64_t)(v * (double)unit[i].size);
			return true;
		}
	return false;
}

static bool parse_time(const char *text, const struct unit *unit, size_t n, usec_t *ret)
{
	uint64_t v;
	if (!parse(text, unit, n, &v))
		return false;
	*ret = (usec_t)v;
	return true;
}

bool age_parse(const char *text, usec_t *ret)
{
	static const struct unit units[] = {
		{ 'h', USEC_PER_HOUR }, { 'd', USEC_PER_DAY }, { 'w', 7 * USEC_PER_DAY }, { 'y', 365 * USEC_PER_DAY },
	};
	return parse_time(text, units, COUNT_OF(units), ret);
}

bool wait_parse(const char *text, usec_t *ret)
{
	static const struct unit units[] = {
		{ 's', USEC_PER_SEC }, { 'm', USEC_PER_MIN }, { 'h', USEC_PER_HOUR }, { 'd', USEC_PER_DAY },
	};
	return parse_time(text, units, COUNT_OF(units), ret);
}

bool size_parse(const char *text, uint64_t *ret)
{
	static const struct unit units[] = {
		{ 'K', (uint64_t)1 << 10 }, { 'M', (uint64_t)1 << 20 }, { 'G', (uint64_t)1 << 30 }, { 'T', (uint64_t)1 << 40 },
	};
	return parse(text, units, COUNT_OF(units), ret);
}
