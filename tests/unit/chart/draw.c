/* Every type in every format and many sizes, and tables of every kind of trouble. */
#include "kit.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLUE   0x0072b2u
#define ORANGE 0xd55e00u

static void check_format(const struct buf *b, enum chart_format f)
{
	static const char *const begin[] = { "\x89PNG\r\n\x1a\n", "<?xml", "%PDF-" };
	assert_true(b->len > 500);
	assert_memory_equal(b->data, begin[f], strlen(begin[f]));
}

static void every_type_in_every_format_and_size(void **state)
{
	static const unsigned sizes[][2] = { { 40, 30 }, { 200, 120 }, { 400, 200 }, { 1000, 80 }, { 90, 700 }, { 4000, 2000 } };
	struct result t = kit_trend(48, 3, USEC_PER_HOUR, kit_wave);
	(void)state;
	for (int type = CHART_TREND; type <= CHART_BAR; type++)
		for (size_t s = 0; s < COUNT_OF(sizes); s++)
			for (int f = CHART_PNG; f <= CHART_PDF; f++) {
				struct chart c = kit_chart(&t, 3);
				c.type = (enum chart_type)type;
				c.width = sizes[s][0];
				c.height = sizes[s][1];
				c.dark = s % 2;
				struct buf b = kit_draw(&c, (enum chart_format)f);
				check_format(&b, (enum chart_format)f);
				if (f == CHART_PNG) {
					assert_int_equal(load_be32(b.data + 16), sizes[s][0]);
					assert_int_equal(load_be32(b.data + 20), sizes[s][1]);
				}
				buf_free(&b);
			}
	result_free(&t);
}

static void scale_two_has_twice_the_pixels(void **state)
{
	struct result t = kit_trend(24, 2, USEC_PER_HOUR, kit_wave);
	struct chart c = kit_chart(&t, 2);
	(void)state;
	c.scale = 2;
	struct buf b = kit_draw(&c, CHART_PNG);
	assert_int_equal(load_be32(b.data + 16), 800);
	assert_int_equal(load_be32(b.data + 20), 400);
	buf_free(&b);
	/* Vectors have no pixels: scale changes nothing. */
	struct buf two = kit_draw(&c, CHART_SVG);
	c.scale = 1;
	struct buf one = kit_draw(&c, CHART_SVG);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.data, two.data, one.len);
	buf_free(&one);
	buf_free(&two);
	result_free(&t);
}

static void both_series_are_seen(void **state)
{
	struct result t = kit_trend(24, 2, USEC_PER_HOUR, kit_wave);
	(void)state;
	for (int type = CHART_TREND; type <= CHART_BAR; type++) {
		struct chart c = kit_chart(&t, 2);
		c.type = (enum chart_type)type;
		struct buf b = kit_draw(&c, CHART_PNG);
		struct picture p = picture_open(&b);
		assert_true(picture_count(&p, BLUE, 60, p.width) > 250);
		assert_true(picture_count(&p, ORANGE, 60, p.width) > 250);
		picture_close(&p);
		buf_free(&b);
	}
	result_free(&t);
}

static void bars_thinner_than_a_pixel_are_an_area(void **state)
{
	struct result t = kit_trend(288, 7, 300 * USEC_PER_SEC, kit_wave);
	struct chart c = kit_chart(&t, 7);
	(void)state;
	c.type = CHART_BAR;
	struct buf bars = kit_draw(&c, CHART_PNG);
	c.type = CHART_AREA;
	struct buf area = kit_draw(&c, CHART_PNG);
	assert_int_equal(bars.len, area.len);
	assert_memory_equal(bars.data, area.data, area.len);
	buf_free(&bars);
	buf_free(&area);
	result_free(&t);
}

static double gap_in_the_middle(size_t r, size_t s)
{
	(void)s;
	return r >= 20 && r < 30 ? NAN : 5e7;
}

static void a_gap_stays_a_gap(void **state)
{
	struct result t = kit_trend(48, 1, USEC_PER_HOUR / 2, gap_in_the_middle);
	struct chart c = kit_chart(&t, 1);
	(void)state;
	c.no_legend = true;
	struct buf b = kit_draw(&c, CHART_PNG);
	struct picture p = picture_open(&b);
	/* The plot spans about columns 50..385: rows 20..29 of 48 are columns 190..259. */
	assert_int_equal(picture_count(&p, BLUE, 200, 250), 0);
	assert_true(picture_count(&p, BLUE, 100, 150) > 40);
	assert_true(picture_count(&p, BLUE, 300, 350) > 40);
	picture_close(&p);
	buf_free(&b);
	result_free(&t);
}

static double only_row_seven(size_t r, size_t s)
{
	(void)s;
	return r == 7 ? 3e6 : NAN;
}

static void a_lone_point_is_a_dot(void **state)
{
	struct result t = kit_trend(24, 1, USEC_PER_HOUR, only_row_seven);
	(void)state;
	for (int type = CHART_TREND; type <= CHART_BAR; type++) {
		struct chart c = kit_chart(&t, 1);
		c.type = (enum chart_type)type;
		c.no_legend = true;
		struct buf b = kit_draw(&c, CHART_PNG);
		struct picture p = picture_open(&b);
		assert_true(picture_count(&p, BLUE, 0, p.width) >= 5);
		picture_close(&p);
		buf_free(&b);
	}
	result_free(&t);
}

static void missing_rows_are_a_gap_too(void **state)
{
	struct result t = kit_trend(2, 1, USEC_PER_HOUR, kit_wave);
	(void)state;
	t.span.end = DAY_START + USEC_PER_DAY;
	result_set_num(&t, 1, 0, (double)(DAY_START + 20 * USEC_PER_HOUR));
	struct chart c = kit_chart(&t, 1);
	c.no_legend = true;
	struct buf b = kit_draw(&c, CHART_PNG);
	struct picture p = picture_open(&b);
	assert_int_equal(picture_count(&p, BLUE, 120, 280), 0); /* two dots, no line between them */
	assert_true(picture_count(&p, BLUE, 0, p.width) >= 8);
	picture_close(&p);
	buf_free(&b);
	result_free(&t);
}

static double one_peak(size_t r, size_t s)
{
	(void)s;
	return r == 6789 ? 1e9 : 1e6;
}

static void ten_thousand_points_keep_their_peak(void **state)
{
	struct result t = kit_trend(10000, 1, USEC_PER_MIN, one_peak);
	struct chart c = kit_chart(&t, 1);
	(void)state;
	c.no_legend = true;
	struct buf b = kit_draw(&c, CHART_PNG);
	struct picture p = picture_open(&b);
	int peak_column = 0, highest = p.height;
	for (int x = 55; x < p.width; x++)
		for (int y = 0; y < p.height; y++)
			if (picture_at(&p, x, y) == BLUE && y < highest) {
				highest = y;
				peak_column = x;
			}
	assert_in_range(highest, 30, 60); /* up to the top tick, 1G */
	assert_in_range(peak_column, 260, 295); /* 0.6789 of the way */
	picture_close(&p);
	buf_free(&b);
	result_free(&t);
}

static void no_table_is_no_data(void **state)
{
	struct result none = { 0 }, no_rows = kit_trend(0, 2, USEC_PER_HOUR, kit_wave);
	struct result all_null = kit_trend(24, 2, USEC_PER_HOUR, gap_in_the_middle);
	(void)state;
	for (size_t r = 0; r < 24; r++)
		for (size_t s = 1; s < 3; s++)
			result_set_num(&all_null, r, s, NAN);
	const struct result *const given[] = { NULL, &none, &no_rows, &all_null };
	for (size_t i = 0; i < COUNT_OF(given); i++)
		for (int f = CHART_PNG; f <= CHART_PDF; f++) {
			struct chart c = kit_chart(given[i], 2);
			c.type = (enum chart_type)i;
			struct buf b = kit_draw(&c, (enum chart_format)f);
			check_format(&b, (enum chart_format)f);
			if (f == CHART_PNG) { /* axes and words: not blank, and no series */
				struct picture p = picture_open(&b);
				assert_true(picture_count(&p, 0x5d6670, 120, 320) > 30);
				if (i < 3)
					assert_int_equal(picture_count(&p, BLUE, 60, p.width), 0);
				picture_close(&p);
			}
			buf_free(&b);
		}
	result_free(&no_rows);
	result_free(&all_null);
}

static double trouble(size_t r, size_t s)
{
	static const double values[] = { NAN, INFINITY, -INFINITY, 1e308, -1e308, 0, -0.0, 1e-320, 4.2 };
	return values[(r + s) % COUNT_OF(values)];
}

static void any_number_can_be_drawn(void **state)
{
	struct result t = kit_trend(40, 3, USEC_PER_MIN, trouble);
	(void)state;
	for (size_t r = 0; r < 10; r++)
		result_set_num(&t, r * 4, 0, trouble(r, 0)); /* times, too */
	for (int type = CHART_TREND; type <= CHART_BAR; type++)
		for (int told = 0; told < 2; told++) {
			struct chart c = kit_chart(&t, 3);
			c.type = (enum chart_type)type;
			t.span = told ? (struct span){ INT64_MIN, INT64_MAX } : (struct span){ 0 };
			t.bucket = told ? INT64_MAX : 0;
			struct buf b = kit_draw(&c, CHART_PNG);
			buf_free(&b);
		}
	result_free(&t);
}

static double minus(size_t r, size_t s)
{
	return -1e6 * (double)(r + s);
}

static void amounts_below_nothing_hang_down(void **state)
{
	struct result t = kit_trend(24, 2, USEC_PER_HOUR, minus);
	(void)state;
	for (int type = CHART_TREND; type <= CHART_BAR; type++) {
		struct chart c = kit_chart(&t, 2);
		c.type = (enum chart_type)type;
		struct buf b = kit_draw(&c, CHART_PNG);
		struct picture p = picture_open(&b);
		assert_true(picture_count(&p, BLUE, 60, p.width) > 100);
		picture_close(&p);
		buf_free(&b);
	}
	result_free(&t);
}

static void words_of_any_kind(void **state)
{
	static const char *const words[] = {
		"", "a\nb\tc\x01\x7f", "\xff\xfe\xc0\x80 \xed\xa0\x80 \xf8", "\u202eevil\u2066", "<b>&amp;</b>",
		"\u4e2d\u6587 \u0633\u0644\u0627\u0645 \U0001f600", "%s%n%d",
	};
	char longest[9000];
	struct result t = kit_trend(24, 2, USEC_PER_HOUR, kit_wave);
	(void)state;
	memset(longest, 'W', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	for (size_t i = 0; i <= COUNT_OF(words); i++) {
		const char *w = i < COUNT_OF(words) ? words[i] : longest;
		struct chart_mark mark = { .value = 2e8 };
		memcpy(mark.label, w, MIN(strlen(w), sizeof(mark.label) - 1));
		struct chart c = kit_chart(&t, 2);
		c.title = c.subtitle = c.x_label = c.y_label = c.unit = w;
		c.mark = &mark;
		c.nmark = 1;
		for (int f = CHART_PNG; f <= CHART_PDF; f++) {
			struct buf b = kit_draw(&c, (enum chart_format)f);
			check_format(&b, (enum chart_format)f);
			buf_free(&b);
		}
	}
	result_free(&t);
}

static void the_same_chart_is_the_same_bytes(void **state)
{
	struct result t = kit_trend(100, 2, USEC_PER_HOUR, kit_wave);
	struct chart c = kit_chart(&t, 2), other = kit_chart(NULL, 0);
	(void)state;
	for (int f = CHART_PNG; f <= CHART_PDF; f++) {
		struct buf first = kit_draw(&c, (enum chart_format)f);
		struct buf between = kit_draw(&other, (enum chart_format)f);
		struct buf again = kit_draw(&c, (enum chart_format)f);
		assert_int_equal(first.len, again.len);
		assert_memory_equal(first.data, again.data, first.len);
		buf_free(&first);
		buf_free(&between);
		buf_free(&again);
	}
	result_free(&t);
}

static void marks_beyond_the_data_do_not_squeeze_it(void **state)
{
	struct result t = kit_trend(24, 1, USEC_PER_HOUR, kit_wave);
	const struct chart_mark near = { 2.5e8, "commit" }, far = { 1e11, "port speed" }, odd = { NAN, "" };
	const struct chart_mark *const marks[] = { &near, &far, &odd };
	size_t seen[COUNT_OF(marks)];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(marks); i++) {
		struct chart c = kit_chart(&t, 1);
		c.mark = marks[i];
		c.nmark = 1;
		struct buf b = kit_draw(&c, CHART_PNG);
		struct picture p = picture_open(&b);
		seen[i] = picture_count(&p, 0x8a1c5b, 60, p.width);
		int lowest = 0, highest = p.height;
		for (int y = 30; y < 150; y++)
			for (int x = 60; x < p.width; x++)
				if (picture_at(&p, x, y) == BLUE) {
					lowest = MAX(lowest, y);
					highest = MIN(highest, y);
				}
		assert_true(lowest - highest > 25); /* the line still uses the height */
		picture_close(&p);
		buf_free(&b);
	}
	assert_true(seen[0] > seen[2] + 150); /* a dashed line and its words */
	assert_true(seen[1] > seen[2] + 20 && seen[1] < seen[0]); /* words alone */
	struct chart with = kit_chart(&t, 1), without = with;
	with.mark = &odd;
	with.nmark = 1;
	struct buf a = kit_draw(&with, CHART_SVG), b = kit_draw(&without, CHART_SVG);
	assert_int_equal(a.len, b.len); /* not a number: not a mark */
	buf_free(&a);
	buf_free(&b);
	result_free(&t);
}

static void refuse(const struct chart *c, enum chart_format f, const char *text)
{
	struct buf out = { 0 };
	struct problem why = { 0 };
	assert_int_equal(chart_draw(c, f, &out, &why), E_RANGE);
	assert_non_null(strstr(why.text, text));
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static void wrong_requests_are_named(void **state)
{
	struct result t = kit_trend(3, 1, USEC_PER_HOUR, kit_wave);
	struct chart c = kit_chart(&t, 1);
	(void)state;
	assert_int_equal(result_add_col(&t, "who", T_TEXT, U_NONE), OK);
	c.width = 39;
	refuse(&c, CHART_PNG, "width must be 40..8192");
	c.width = 400;
	c.height = 9000;
	refuse(&c, CHART_PNG, "height must be");
	c.height = 4000;
	c.scale = 3;
	refuse(&c, CHART_PNG, "at most 8192");
	c.scale = NAN;
	refuse(&c, CHART_SVG, "scale must be");
	c.scale = -1;
	refuse(&c, CHART_SVG, "scale must be");
	c = kit_chart(&t, 1);
	c.y_col[0] = 3;
	refuse(&c, CHART_PNG, "a y column is 3 but the table has 3");
	c.y_col[0] = 2;
	refuse(&c, CHART_PNG, "\"who\" holds");
	c.y_col[0] = 1;
	c.x_col = 77;
	refuse(&c, CHART_PNG, "the x column is 77");
	c.x_col = 0;
	c.ny = 65;
	refuse(&c, CHART_PNG, "at most 64 series");
	c.ny = 1;
	c.type = (enum chart_type)9;
	refuse(&c, CHART_PNG, "type");
	result_free(&t);
}

static void a_full_buffer_is_a_limit(void **state)
{
	struct result t = kit_trend(24, 1, USEC_PER_HOUR, kit_wave);
	struct chart c = kit_chart(&t, 1);
	(void)state;
	for (int f = CHART_PNG; f <= CHART_PDF; f++) {
		struct buf out = { .ceiling = 600 };
		buf_text(&out, "before");
		assert_int_equal(chart_draw(&c, (enum chart_format)f, &out, NULL), E_LIMIT);
		assert_int_equal(out.len, 6); /* nothing half-drawn */
		buf_free(&out);
	}
	result_free(&t);
}

static void names_and_categories(void **state)
{
	struct result t = { 0 };
	(void)state;
	assert_int_equal(result_add_col(&t, "host", T_TEXT, U_NONE), OK);
	assert_int_equal(result_add_col(&t, "bytes", T_UINT, U_BYTE), OK);
	for (size_t i = 0; i < 300; i++) {
		size_t row;
		char host[32];
		snprintf(host, sizeof(host), "192.0.2.%zu", i);
		assert_int_equal(result_add_row(&t, &row), OK);
		if (i % 7)
			assert_int_equal(result_set_text(&t, row, 0, host, strlen(host)), OK);
		result_set_num(&t, row, 1, 1e9 / (double)(i + 1));
	}
	for (size_t rows = 300; rows; rows /= 5)
		for (int type = CHART_TREND; type <= CHART_BAR; type++) {
			struct chart c = kit_chart(&t, 1);
			c.type = (enum chart_type)type;
			t.nrows = rows;
			struct buf b = kit_draw(&c, CHART_PNG);
			struct picture p = picture_open(&b);
			assert_true(picture_count(&p, BLUE, 0, p.width) >= 5);
			picture_close(&p);
			buf_free(&b);
		}
	t.nrows = 300;
	result_free(&t);
}

static void sixty_four_series_fit(void **state)
{
	struct result t = kit_trend(30, 64, USEC_PER_HOUR, kit_wave);
	(void)state;
	for (int type = CHART_TREND; type <= CHART_BAR; type++) {
		struct chart c = kit_chart(&t, 64);
		c.type = (enum chart_type)type;
		struct buf b = kit_draw(&c, CHART_PNG);
		buf_free(&b);
		c.width = 1200;
		c.height = 700;
		b = kit_draw(&c, CHART_PDF);
		buf_free(&b);
	}
	result_free(&t);
}

/* A script's copy of a time column has plain numbers; the table's range gives it away. */
static void times_as_plain_numbers_are_times(void **state)
{
	struct result t = kit_trend(24, 1, USEC_PER_HOUR, kit_wave), copy = kit_trend(24, 1, USEC_PER_HOUR, kit_wave);
	(void)state;
	copy.col[0].type = T_REAL;
	for (size_t r = 0; r < 24; r++)
		copy.col[0].num[r] /= 1000; /* milliseconds, as JavaScript has them */
	struct chart c = kit_chart(&t, 1), d = kit_chart(&copy, 1);
	struct buf a = kit_draw(&c, CHART_SVG), b = kit_draw(&d, CHART_SVG);
	assert_int_equal(a.len, b.len);
	buf_free(&a);
	buf_free(&b);
	result_free(&t);
	result_free(&copy);
}

/* After warming up, drawing opens no file: with no descriptor to be had, the bytes are the same. */
static void after_warm_up_no_file_is_opened(void **state)
{
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct result t = kit_trend(24, 2, USEC_PER_HOUR, kit_wave);
		struct buf before[3], after = { 0 };
		chart_warm_up();
		if (chart_warm_up_zone("Europe/Zurich") != OK)
			_exit(4);
		struct chart c = kit_chart(&t, 2);
		c.title = "\u0391\u0416 \u4e2d \u0e2a \u0378";
		c.zone = "Europe/Zurich";
		for (int f = CHART_PNG; f <= CHART_PDF; f++)
			before[f] = kit_draw(&c, (enum chart_format)f);
		struct rlimit none = { 0, 0 };
		if (setrlimit(RLIMIT_NOFILE, &none) < 0)
			_exit(2);
		for (int f = CHART_PNG; f <= CHART_PDF; f++) {
			buf_reset(&after);
			if (chart_draw(&c, (enum chart_format)f, &after, NULL) != OK ||
			    after.len != before[f].len || memcmp(after.data, before[f].data, after.len) != 0)
				_exit(3);
		}
		_exit(0);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A child of a process that has drawn can draw: it gets fonts of its own. */
static void a_fork_can_draw(void **state)
{
	struct result t = kit_trend(24, 2, USEC_PER_HOUR, kit_wave);
	struct chart c = kit_chart(&t, 2);
	struct buf mine = kit_draw(&c, CHART_PNG);
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(20); /* a hang is a failure */
		struct buf out = { 0 };
		c.title = "\u0391\u0392\u0393"; /* a script the parent has not asked fonts for */
		enum err e = chart_draw(&c, CHART_PNG, &out, NULL);
		buf_reset(&out);
		c.title = "Interface:1";
		e = e == OK ? chart_draw(&c, CHART_PNG, &out, NULL) : e;
		_exit(e != OK || out.len != mine.len || memcmp(out.data, mine.data, out.len) != 0);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	buf_free(&mine);
	result_free(&t);
}

static void types_have_names(void **state)
{
	enum chart_type t = CHART_TREND;
	(void)state;
	assert_int_equal(chart_type_parse("stack", &t), OK);
	assert_int_equal(t, CHART_STACK);
	assert_int_equal(chart_type_parse("line", &t), OK);
	assert_int_equal(t, CHART_TREND);
	assert_int_equal(chart_type_parse("", &t), E_UNKNOWN);
	assert_int_equal(chart_type_parse("pie chart", &t), E_UNKNOWN);
}

UNIT_MAIN(cmocka_unit_test(every_type_in_every_format_and_size),
	  cmocka_unit_test(scale_two_has_twice_the_pixels), cmocka_unit_test(both_series_are_seen), cmocka_unit_test(bars_thinner_than_a_pixel_are_an_area),
	  cmocka_unit_test(a_gap_stays_a_gap), cmocka_unit_test(a_lone_point_is_a_dot),
	  cmocka_unit_test(missing_rows_are_a_gap_too), cmocka_unit_test(ten_thousand_points_keep_their_peak),
	  cmocka_unit_test(no_table_is_no_data), cmocka_unit_test(any_number_can_be_drawn),
	  cmocka_unit_test(amounts_below_nothing_hang_down), cmocka_unit_test(words_of_any_kind),
	  cmocka_unit_test(the_same_chart_is_the_same_bytes),
	  cmocka_unit_test(marks_beyond_the_data_do_not_squeeze_it), cmocka_unit_test(wrong_requests_are_named),
	  cmocka_unit_test(a_full_buffer_is_a_limit), cmocka_unit_test(names_and_categories),
	  cmocka_unit_test(sixty_four_series_fit), cmocka_unit_test(times_as_plain_numbers_are_times),
	  cmocka_unit_test(after_warm_up_no_file_is_opened), cmocka_unit_test(a_fork_can_draw),
	  cmocka_unit_test(types_have_names))
