/* What flows estimate against what interfaces counted: each verdict with its reason. */
#include "unit.h"

#include "fake_store.h"
#include "query/query.h"

static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC */
enum { MINUTES = 10, BYTES = 1000, RATE = 10 };

struct store_data {
	struct flow_rec flow[20000];
	struct ifcounters_rec reading[200];
	size_t nflows, nreadings;
};

/* A port that carries `frames` frames of 1000 bytes a minute, of which one in RATE is told `times` times. */
static void port(struct store_data *d, uint32_t ifindex, unsigned frames, unsigned samples, bool counters)
{
	for (unsigned m = 0; m <= MINUTES; m++) {
		if (counters)
			d->reading[d->nreadings++] = (struct ifcounters_rec){
				.time = (uint64_t)(noon + m * USEC_PER_MIN), .agent = addr_v4(0x0a000001), .interface = ifindex,
				.ifspeed = 1000000000, .countersource = COUNTERS_SFLOW, .uptime = 1000 + m * 60000,
				.ifinoctets = (uint64_t)m * frames * BYTES };
		for (unsigned i = 0; m < MINUTES && i < samples; i++)
			d->flow[d->nflows++] = (struct flow_rec){
				.time = (uint64_t)(noon + m * USEC_PER_MIN + (usec_t)i * 1000), .agent = addr_v4(0x0a000001), .exporttype = EXPORT_SFLOW,
				.inputinterface = ifindex, .samplingrate = RATE, .bytes = BYTES, .frames = 1 };
	}
}

/* The line of the interface's way in. */
static const char *line_of(struct buf *csv, const char *interface, char ret[static 300])
{
	char want[64];
	snprintf(want, sizeof(want), "%s,,in,", interface);
	const char *at = strstr(buf_str(csv), want);
	if (!at)
		fail_msg("no %s in %s", want, buf_str(csv));
	snprintf(ret, 300, "%.*s", (int)strcspn(at, "\n"), at);
	return ret;
}

static void expect(struct buf *csv, const char *interface, const char *part)
{
	char line[300];
	if (!strstr(line_of(csv, interface, line), part))
		fail_msg("wanted \"%s\", got: %s", part, line);
}

static void every_verdict(void **state)
{
	(void)state;
	struct store_data *d = mem_new0(1, sizeof(*d));
	struct store st = { 0 };
	struct query_env env = { .store = &st, .now = noon + USEC_PER_HOUR };
	struct problem why;
	struct result t;
	struct buf csv = { 0 };
	const struct scope *all;
	port(d, 1, 3000, 300, true);  /* as it should be */
	port(d, 2, 3000, 600, true);  /* twice */
	port(d, 3, 3000, 150, true);  /* half */
	port(d, 4, 3000, 30, true);   /* a tenth */
	port(d, 5, 300, 300, true);   /* ten times */
	port(d, 6, 3000, 0, true);    /* nothing */
	port(d, 7, 3000, 300, false); /* never read */
	port(d, 8, 0, 0, true);       /* idle */
	fake_segment(&st, TABLE_TRAFFIC, d->flow, d->nflows);
	fake_segment(&st, TABLE_IFCOUNTERS, d->reading, d->nreadings);
	assert_int_equal(scope_everything(&all), OK);
	assert_int_equal(zone_find("UTC", &env.zone), OK);
	if (reconcile(&env, all, "2026-11-23T12:00:00Z,2026-11-23T12:10:00Z", &t, &why) != OK)
		fail_msg("%s", why.text);
	result_csv(&t, false, &csv);
	expect(&csv, "10.0.0.1>1", ",ok,");
	expect(&csv, "10.0.0.1>2", ",high,\"twice: ");
	expect(&csv, "10.0.0.1>3", ",low,\"half: ");
	expect(&csv, "10.0.0.1>4", ",low,\"a 10th: ");
	expect(&csv, "10.0.0.1>5", ",high,10 times: ");
	expect(&csv, "10.0.0.1>6", ",no flows,\"it counts, ");
	expect(&csv, "10.0.0.1>7", ",no counters,");
	expect(&csv, "10.0.0.1>8", ",ok,");
	assert_true(strstr(buf_str(&csv), ",ok,") > strstr(buf_str(&csv), ",no flows,")); /* what is to be looked at comes first */
	result_free(&t);
	assert_int_equal(reconcile(&env, all, "tomorrow,today", &t, &why), E_SYNTAX);
	buf_free(&csv);
	scope_free(all);
	fake_free(&st);
	mem_free(d);
}

UNIT_MAIN(cmocka_unit_test(every_verdict))
