#include "unit.h"

#include "app/caps.h"

static const usec_t noon = 1767268800 * USEC_PER_SEC;

struct world {
	struct caps *caps;
	struct model *model;
	struct batch *batch;
};

static struct world begin(uint64_t speed)
{
	struct world w;
	const struct iface_note note = { .agent = addr_v4(0x0a000001), .ifindex = 7, .name = "port7", .speed = speed };
	assert_int_equal(caps_new(&w.caps), OK);
	assert_int_equal(model_new(&w.model), OK);
	assert_int_equal(model_note(w.model, &note), OK);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 1000, &w.batch), OK);
	return w;
}

static void end(struct world *w)
{
	batch_free(w->batch);
	model_free(w->model);
	caps_free(w->caps);
}

static struct flow_rec sample(uint64_t bytes, uint32_t rate)
{
	return (struct flow_rec){ .agent = addr_v4(0x0a000001), .inputinterface = 7, .outputinterface = 8,
				  .direction = DIR_INGRESS, .samplingrate = rate, .bytes = bytes, .frames = 1 };
}

static void push(struct world *w, const struct flow_rec *rec, size_t n)
{
	batch_reset(w->batch);
	for (size_t i = 0; i < n; i++)
		assert_true(batch_push(w->batch, rec));
	caps_add(w->caps, w->batch);
}

/* Interfaces over their speed after this minute. */
static size_t minute(struct world *w, usec_t now, const struct cap_over **ret)
{
	caps_minute(w->caps, w->model, now, 60);
	return caps_over(w->caps, ret);
}

static void an_estimate_above_the_speed_is_told(void **state)
{
	(void)state;
	const struct cap_over *o;
	struct world w = begin(1000000); /* 1 Mbit/s: 7.5 MB in a minute */
	struct flow_rec rec = sample(1000, 100);
	push(&w, &rec, 150); /* 15 MB, less four times its error of 8 % */
	assert_int_equal(minute(&w, noon, &o), 1);
	assert_int_equal(o[0].ifindex, 7);
	assert_int_equal(o[0].speed, 1000000);
	assert_int_equal(o[0].estimate, 2000000);
	assert_int_equal(o[0].minutes, 1);
	assert_int_equal(o[0].first, noon);
	assert_int_equal(minute(&w, noon + USEC_PER_MIN, &o), 1); /* quiet now, and not forgotten */
	push(&w, &rec, 200);
	assert_int_equal(minute(&w, noon + 2 * USEC_PER_MIN, &o), 1);
	assert_int_equal(o[0].minutes, 2);
	assert_int_equal(o[0].last, noon + 2 * USEC_PER_MIN);
	assert_int_equal(minute(&w, noon + USEC_PER_HOUR + 3 * USEC_PER_MIN, &o), 0);
	end(&w);
}

static void what_chance_explains_is_not(void **state)
{
	(void)state;
	const struct cap_over *o;
	struct world w = begin(1000000);
	struct flow_rec rec = sample(1000, 100);
	push(&w, &rec, 90); /* 1.2 Mbit/s, and the error is 10 % */
	assert_int_equal(minute(&w, noon, &o), 0);
	rec = sample(1000, 100000);
	push(&w, &rec, 9); /* far above, but of nine samples */
	assert_int_equal(minute(&w, noon, &o), 0);
	end(&w);
}

static void an_unknown_speed_tells_nothing(void **state)
{
	(void)state;
	const struct cap_over *o;
	struct world w = begin(0);
	struct flow_rec rec = sample(1500, 1000000);
	push(&w, &rec, 900);
	assert_int_equal(minute(&w, noon, &o), 0);
	end(&w);
}

static void directions_are_apart(void **state)
{
	(void)state;
	const struct cap_over *o;
	struct world w = begin(1000000);
	struct flow_rec rec = sample(1000, 100);
	rec.direction = DIR_EGRESS; /* it left by 8, whose speed nobody knows; 7 was not measured */
	push(&w, &rec, 900);
	assert_int_equal(minute(&w, noon, &o), 0);
	rec.direction = DIR_UNKNOWN;
	rec.inputinterface = 9;
	rec.outputinterface = 7;
	push(&w, &rec, 900);
	assert_int_equal(minute(&w, noon, &o), 1);
	/* 0.8 Mbit/s in and as much out are no 1.6. */
	caps_free(w.caps);
	assert_int_equal(caps_new(&w.caps), OK);
	rec = sample(1000, 100);
	push(&w, &rec, 60);
	rec.direction = DIR_EGRESS;
	rec.inputinterface = 9;
	rec.outputinterface = 7;
	push(&w, &rec, 60);
	assert_int_equal(minute(&w, noon, &o), 0);
	end(&w);
}

static void a_long_flow_counts_for_its_share(void **state)
{
	(void)state;
	const struct cap_over *o;
	struct world w = begin(1000000);
	struct flow_rec rec = sample(1000000, 0); /* 10 MB of flows that lasted half an hour */
	rec.duration = 30 * 60000;
	push(&w, &rec, 10);
	assert_int_equal(minute(&w, noon, &o), 0);
	rec.duration = 1000;
	push(&w, &rec, 100);
	assert_int_equal(minute(&w, noon, &o), 1);
	end(&w);
}

static void strangers_cannot_grow_it(void **state)
{
	(void)state;
	struct world w = begin(1000000);
	const struct cap_over *o;
	struct flow_rec rec = sample(1500, 1);
	for (uint32_t i = 1; i <= 4 * CAPS_SLOTS; i++) {
		rec.inputinterface = i;
		push(&w, &rec, 1);
	}
	assert_true(caps_unwatched(w.caps) >= 3 * CAPS_SLOTS);
	assert_int_equal(minute(&w, noon, &o), 0);
	rec = sample(1000, 100); /* the next minute begins with room */
	push(&w, &rec, 900);
	assert_int_equal(minute(&w, noon, &o), 1);
	end(&w);
}

UNIT_MAIN(cmocka_unit_test(an_estimate_above_the_speed_is_told), cmocka_unit_test(what_chance_explains_is_not),
	  cmocka_unit_test(an_unknown_speed_tells_nothing), cmocka_unit_test(directions_are_apart),
	  cmocka_unit_test(a_long_flow_counts_for_its_share), cmocka_unit_test(strangers_cannot_grow_it))
