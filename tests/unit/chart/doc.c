/* A chart over a socket: what goes in comes out, and no bytes are believed. */
#include "kit.h"

#include "base/hash.h"

#include <stdio.h>

static const char *const colors[] = { "#112233", "#abcdef", "nonsense", NULL };
static const struct chart_mark marks[] = { { 2e8, "95th percentile" }, { NAN, "" } };

static struct chart full_chart(const struct result *t)
{
	struct chart c = kit_chart(t, 2);
	c.type = CHART_STACK;
	c.subtitle = "";
	c.unit = "bit/s";
	c.zone = "Europe/Zurich";
	c.scale = 1.5;
	c.dark = true;
	c.no_legend = true;
	c.colors = colors;
	c.mark = marks;
	c.nmark = COUNT_OF(marks);
	return c;
}

static void comes_out_as_it_went_in(void **state)
{
	struct result t = kit_trend(24, 2, USEC_PER_HOUR, kit_wave);
	struct chart c = full_chart(&t);
	struct buf b = { 0 };
	struct chart_doc d;
	(void)state;
	assert_int_equal(chart_encode(&c, &b), OK);
	assert_int_equal(chart_decode(b.data, b.len, &d), OK);
	assert_int_equal(d.chart.type, CHART_STACK);
	assert_string_equal(d.chart.title, "Interface:1");
	assert_string_equal(d.chart.subtitle, "");
	assert_string_equal(d.chart.unit, "bit/s");
	assert_string_equal(d.chart.zone, "Europe/Zurich");
	assert_true(d.chart.scale == 1.5 && d.chart.dark && d.chart.no_legend);
	assert_string_equal(d.chart.colors[1], "#abcdef");
	assert_null(d.chart.colors[3]);
	assert_int_equal(d.chart.nmark, 2);
	assert_string_equal(d.chart.mark[0].label, "95th percentile");
	assert_true(isnan(d.chart.mark[1].value));
	assert_int_equal(d.chart.ny, 2);
	assert_int_equal(d.chart.y_col[1], 2);
	assert_ptr_equal(d.chart.table, &d.table);
	assert_int_equal(d.table.nrows, 24);
	/* and it is the same picture */
	struct buf mine = kit_draw(&c, CHART_PNG), theirs = kit_draw(&d.chart, CHART_PNG);
	assert_int_equal(mine.len, theirs.len);
	assert_memory_equal(mine.data, theirs.data, mine.len);
	buf_free(&mine);
	buf_free(&theirs);
	chart_doc_free(&d);
	buf_free(&b);
	result_free(&t);
}

static void nothing_given_stays_nothing(void **state)
{
	struct chart c = { 0 };
	struct buf b = { 0 };
	struct chart_doc d;
	(void)state;
	assert_int_equal(chart_encode(&c, &b), OK);
	assert_int_equal(chart_decode(b.data, b.len, &d), OK);
	assert_null(d.chart.title);
	assert_null(d.chart.colors);
	assert_null(d.chart.table);
	chart_doc_free(&d);
	buf_u8(&b, 0);
	assert_int_equal(chart_decode(b.data, b.len, &d), E_CORRUPT); /* a byte too many */
	buf_free(&b);
}

static void every_prefix_is_refused(void **state)
{
	struct result t = kit_trend(3, 2, USEC_PER_HOUR, kit_wave);
	struct chart c = full_chart(&t);
	struct buf b = { 0 };
	struct chart_doc d;
	(void)state;
	assert_int_equal(chart_encode(&c, &b), OK);
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *copy = malloc(len + 1); /* so that a read past the end is seen */
		memcpy(copy, b.data, len);
		uint8_t *exact = realloc(copy, len ? len : 1);
		assert_int_not_equal(chart_decode(exact, len, &d), OK);
		free(exact);
	}
	buf_free(&b);
	result_free(&t);
}

/* Bytes changed at random: refused, or a chart that draws or is refused. */
static void damaged_bytes_do_no_harm(void **state)
{
	struct result t = kit_trend(5, 2, USEC_PER_HOUR, kit_wave);
	struct chart c = full_chart(&t);
	struct buf b = { 0 };
	size_t drawn = 0, refused = 0;
	uint64_t seed = 1;
	(void)state;
	assert_int_equal(chart_encode(&c, &b), OK);
	uint8_t *copy = malloc(b.len);
	for (int round = 0; round < 3000; round++) {
		memcpy(copy, b.data, b.len);
		for (int i = 0; i <= round % 3; i++) {
			seed = hash_mix(seed, 0x64616d616765u + (uint64_t)round);
			copy[seed % b.len] = (uint8_t)(seed >> 40);
		}
		struct chart_doc d;
		if (chart_decode(copy, b.len, &d) != OK) {
			refused++;
			continue;
		}
		struct buf out = { .ceiling = 64u << 20 };
		d.chart.width = d.chart.width % 500; /* sizes are another test's business */
		d.chart.height = d.chart.height % 500;
		drawn += chart_draw(&d.chart, CHART_SVG, &out, NULL) == OK;
		buf_free(&out);
		chart_doc_free(&d);
	}
	assert_true(drawn > 100);
	assert_true(refused > 100);
	free(copy);
	buf_free(&b);
	result_free(&t);
}

static void too_much_is_not_sent(void **state)
{
	struct chart c = { .ny = CHART_MAX_SERIES + 1 };
	struct buf b = { .ceiling = 10 };
	(void)state;
	assert_int_equal(chart_encode(&c, &b), E_LIMIT);
	c.ny = 0;
	assert_int_equal(chart_encode(&c, &b), E_LIMIT); /* the buffer's ceiling */
	buf_free(&b);
}

UNIT_MAIN(cmocka_unit_test(comes_out_as_it_went_in), cmocka_unit_test(nothing_given_stays_nothing),
	  cmocka_unit_test(every_prefix_is_refused), cmocka_unit_test(damaged_bytes_do_no_harm),
	  cmocka_unit_test(too_much_is_not_sent))
