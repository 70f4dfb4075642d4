/* Any bytes as an interval, an instant and a bucket, in a zone and at a time the first byte picks.
 * What is accepted is in order and within its bounds; what is refused names a place in the text. */
#include "query/query.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "query_interval: %s\n", what);
		abort();
	}
}

static void check_refusal(const char *text, const struct problem *why)
{
	require(why->pos >= 1 && why->pos <= strlen(text) + 1, "a place outside the text");
	require(why->text[0] && !strchr(why->text, '\n'), "a refusal of one line");
	for (size_t i = 0, k; why->text[i]; i += k)
		require((k = utf8_char(why->text + i, strlen(why->text + i))) > 0, "a refusal in UTF-8");
}

static void check_bucket(const char *text, struct span span, const struct zone *z)
{
	struct bucket b;
	struct problem why = { .pos = 0 };
	usec_t *edge;
	size_t n;
	if (bucket_parse(text, span, &b, &why) != OK) {
		check_refusal(text, &why);
		return;
	}
	if (span.end - span.start >
	    1000 * USEC_PER_DAY) /* edges of all of history are slow to walk here */
		span.end = span.start + 1000 * USEC_PER_DAY;
	if (bucket_edges(&b, span, z, &edge, &n) != OK)
		return;
	require(edge[0] <= span.start && edge[n] >= span.end, "edges around the interval");
	for (size_t i = 1; i <= n; i++)
		require(edge[i] > edge[i - 1], "edges in order");
	mem_free(edge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const zones[] = { "Europe/Zurich", "America/New_York", "Asia/Kolkata",
					     "UTC" };
	static const usec_t nows[] = { 1774832400, 1792926000, 1767225600, 1709164800 };
	const struct zone *z;
	struct span span = { 0, USEC_PER_DAY };
	struct problem why = { .pos = 0 };
	char text[256];
	usec_t t;
	if (!size || size > sizeof(text) || zone_find(zones[data[0] & 3], &z) != OK)
		return 0;
	usec_t now = nows[data[0] >> 2 & 3] * USEC_PER_SEC;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = 0;
	if (interval_parse(text, now, z, &span, &why) == OK)
		require(span.start >= 0 && span.start <= span.end, "an interval in order");
	else
		check_refusal(text, &why);
	if (instant_parse(text, now, z, &t, &why) == OK)
		require(t >= 0, "an instant since 1970");
	else
		check_refusal(text, &why);
	check_bucket(text, span, z);
	return 0;
}
