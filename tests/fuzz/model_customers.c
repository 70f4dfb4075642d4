/* The customers mapping from any bytes: it is read or refused with a place in the text, and what
 * was read keeps the promises of customers.h.  The first byte picks the zone. */
#include "model/model.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct said {
	size_t n, lines;
};

static void say(void *arg, unsigned line, unsigned column, const char *text)
{
	struct said *s = arg;
	s->n++;
	assert(line >= 1 && line <= s->lines * 3 + 1 &&
	       column >= 1); /* a conversion may make lines */
	assert(*text);
	for (; *text; text++)
		assert((uint8_t)*text >= 0x20 && *text != 0x7f);
}

static void check_id(const char *id)
{
	assert(*id && !strchr(id, '/') && strcmp(id, ".") != 0 && strcmp(id, "..") != 0);
}

static void check_customer(const struct customers *c, const struct customer *is)
{
	check_id(is->id);
	assert(customers_find(c, is->id, strlen(is->id)) == is);
	assert(!is->parent || customers_find(c, is->parent, strlen(is->parent)));
	for (size_t i = 0; i < is->nport; i++)
		assert((is->port[i].ifname ? *is->port[i].ifname != 0 : is->port[i].ifindex != 0) &&
		       is->port[i].when.start < is->port[i].when.end);
	for (size_t i = 0; i < is->nmac; i++)
		assert(is->mac[i].mac && is->mac[i].mac >> 48 == 0 &&
		       is->mac[i].when.start < is->mac[i].when.end);
	for (size_t i = 0; i < is->ncidr; i++) {
		struct addr first, last;
		const struct own_cidr *b = &is->cidr[i];
		prefix_range(&b->prefix, &first, &last);
		assert(addr_equal(&first, &b->prefix.addr) && b->prefix.bits <= 128 &&
		       b->when.start < b->when.end);
		assert(!b->tied || !addr_is_none(&b->port.agent));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const zones[] = { "UTC", "Europe/Zurich", "America/New_York",
					     "Asia/Kathmandu" };
	struct customers *c = NULL;
	struct problem why = { 0 };
	struct said said = { .lines = 1 };
	const struct zone *zone;

	if (!size || zone_find(zones[data[0] % COUNT_OF(zones)], &zone) != OK)
		return 0;
	for (size_t i = 1; i < size; i++) /* YAML ends lines by CR, NEL, U+2028 and U+2029, too; UTF-8 or UTF-16 */
		said.lines += data[i] && strchr("\n\r\x85\xa8\xa9\x28\x29", data[i]);
	enum err e = customers_parse(data + 1, size - 1, "fuzz", zone, say, &said, &c, &why);
	assert((e == OK) == (c != NULL));
	assert((e == OK) == (said.n == 0));
	assert(e == OK || why.text[0]);
	for (size_t i = 0; c && i < customers_count(c); i++)
		check_customer(c, customers_at(c, i));
	assert(!c || strlen(customers_digest(c)) == 64);
	customers_free(c);
	return 0;
}
