/* Building NetFlow v9 and IPFIX messages for tests.  The export time is 1790000000, v9's
 * uptime 600 s.  An IPFIX message ends with end_ipfix(), which fills in its length. */
#pragma once
#include "heard.h"

enum { EXPORTED = 1790000000, UPTIME = 600000 };

static inline void v9(struct bytes *b, uint32_t domain)
{
	*b = (struct bytes){ 0 };
	U16(b, 9, 1);
	U32(b, UPTIME, EXPORTED, 1, domain);
}

static inline void ipfix(struct bytes *b, uint32_t domain)
{
	*b = (struct bytes){ 0 };
	U16(b, 10, 0);
	U32(b, EXPORTED, 1, domain);
}

static inline void end_ipfix(struct bytes *b)
{
	store_be16(b->data + 2, (uint16_t)b->len);
}

/* A set with one template: pairs of element and length. */
#define TEMPLATE(b, set_id, id, ...)                                                               \
	put_template(b, set_id, id, (const uint16_t[]){ __VA_ARGS__ },                             \
		     sizeof((const uint16_t[]){ __VA_ARGS__ }) / 4)
#define TEMPLATE9(b, id, ...)     TEMPLATE(b, 0, id, __VA_ARGS__)
#define TEMPLATE_IPFIX(b, id, ...) TEMPLATE(b, 2, id, __VA_ARGS__)

static inline void put_template(struct bytes *b, uint16_t set_id, uint16_t id, const uint16_t *pairs, size_t n)
{
	size_t set = open_set(b, set_id);
	U16(b, id, n);
	for (size_t i = 0; i < n * 2; i++)
		U16(b, pairs[i]);
	close_set(b, set);
}

/* Options: v9 gives the scope's and the fields' bytes, IPFIX the number of all and of scopes. */
#define OPTIONS(b, set_id, id, scopes, ...)                                                        \
	put_options(b, set_id, id, scopes, (const uint16_t[]){ __VA_ARGS__ },                      \
		    sizeof((const uint16_t[]){ __VA_ARGS__ }) / 4)
#define OPTIONS9(b, id, scopes, ...)      OPTIONS(b, 1, id, scopes, __VA_ARGS__)
#define OPTIONS_IPFIX(b, id, scopes, ...) OPTIONS(b, 3, id, scopes, __VA_ARGS__)

static inline void put_options(struct bytes *b, uint16_t set_id, uint16_t id, uint16_t scopes,
			       const uint16_t *pairs, size_t n)
{
	size_t set = open_set(b, set_id);
	if (set_id == 1)
		U16(b, id, scopes * 4u, (n - scopes) * 4u);
	else
		U16(b, id, n, scopes);
	for (size_t i = 0; i < n * 2; i++)
		U16(b, pairs[i]);
	close_set(b, set);
}
