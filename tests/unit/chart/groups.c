/* Charts of groups: bars by label, pies, heat maps, flows. */
#include "kit.h"

#include <stdio.h>

#define BLUE   0x0072b2u
#define ORANGE 0xd55e00u

struct row {
	const char *a, *b;
	double value;
};

/* Columns a, b and value; a NULL label is the rest. */
static struct result table_of(const struct row *row, size_t n)
{
	struct result t = { 0 };
	assert_int_equal(result_add_col(&t, "from", T_TEXT, U_NONE), OK);
	assert_int_equal(result_add_col(&t, "to", T_TEXT, U_NONE), OK);
	assert_int_equal(result_add_col(&t, "bytes", T_UINT, U_BYTE), OK);
	for (size_t i = 0; i < n; i++) {
		size_t r;
		assert_int_equal(result_add_row(&t, &r), OK);
		if (row[i].a)
			assert_int_equal(result_set_text(&t, r, 0, row[i].a, strlen(row[i].a)), OK);
		if (row[i].b)
			assert_int_equal(result_set_text(&t, r, 1, row[i].b, strlen(row[i].b)), OK);
		result_set_num(&t, r, 2, row[i].value);
	}
	return t;
}

static struct chart chart_of(const struct result *t, enum chart_type type)
{
	bool two = type == CHART_HEATMAP || type == CHART_SANKEY;
	struct chart c = { .type = type, .title = "Groups", .table = t, .x_col = 0, .ny = 1u + two, .width = 400, .height = 200,
			   .zone = "UTC" };
	c.y_col[0] = two ? 1 : 2;
	c.y_col[1] = 2;
	return c;
}

static const struct row some[] = { { "a", "x", 10 }, { "b", "x", 30 }, { "c", "y", 20 }, { "d", "z", NAN }, { "e", "y", 0 },
				   { "f", "x", -5 }, { NULL, NULL, 40 } };

static void every_kind_in_every_format_and_size(void **state)
{
	static const unsigned sizes[][2] = { { 40, 30 }, { 200, 120 }, { 400, 200 }, { 1000, 60 }, { 90, 700 }, { 3000, 1500 } };
	static const char *const begin[] = { "\x89PNG", "<?xml", "%PDF-" };
	struct result t = table_of(some, COUNT_OF(some));
	(void)state;
	for (int type = CHART_TOP; type < CHART_TYPES; type++)
		for (size_t s = 0; s < COUNT_OF(sizes); s++)
			for (int f = CHART_PNG; f <= CHART_PDF; f++) {
				struct chart c = chart_of(&t, (enum chart_type)type);
				c.width = sizes[s][0];
				c.height = sizes[s][1];
				c.dark = s % 2;
				struct buf b = kit_draw(&c, (enum chart_format)f);
				assert_memory_equal(b.data, begin[f], strlen(begin[f]));
				buf_free(&b);
			}
	result_free(&t);
}

/* The widest run of a colour in any line of pixels. */
static size_t longest(const struct picture *p, uint32_t colour, int from, int to)
{
	size_t most = 0;
	for (int y = from; y < to; y++) {
		size_t n = 0;
		for (int x = 0; x < p->width; x++)
			n += picture_at(p, x, y) == colour;
		most = MAX(most, n);
	}
	return most;
}

static void bars_are_as_long_as_their_values(void **state)
{
	static const struct row rows[] = { { "half", "", 50 }, { "whole", "", 100 } };
	struct result t = table_of(rows, 2);
	struct chart c = chart_of(&t, CHART_TOP);
	(void)state;
	struct buf b = kit_draw(&c, CHART_PNG);
	struct picture p = picture_open(&b);
	size_t first = 0, second = 0;
	for (int y = 0; y < p.height; y++) {
		size_t w = longest(&p, BLUE, y, y + 1);
		if (w && !first)
			first = w;
		if (w)
			second = w;
	}
	assert_true(first > 100);
	assert_in_range(second * 2, first - 3, first + 3); /* the greatest is on top */
	picture_close(&p);
	buf_free(&b);
	result_free(&t);
}

/* The rest is usually most of it: what has a name is told apart all the same. */
static void the_rest_does_not_hide_what_has_a_name(void **state)
{
	static const struct row rows[] = { { "a", "x", 20 }, { "b", "y", 10 }, { NULL, NULL, 5000 } };
	struct result t = table_of(rows, COUNT_OF(rows));
	(void)state;
	for (int type = CHART_TOP; type < CHART_TYPES; type++) {
		struct chart c = chart_of(&t, (enum chart_type)type);
		struct buf b = kit_draw(&c, CHART_PNG);
		struct picture p = picture_open(&b);
		size_t strong = picture_count(&p, BLUE, 0, 200);
		if (type == CHART_TOP)
			assert_true(longest(&p, BLUE, 0, 200) > 100);
		else if (type == CHART_HEATMAP)
			assert_true(strong > 2000); /* a cell of nine in full colour */
		else if (type == CHART_SANKEY)
			assert_in_range(strong, 8 * 80, 8 * 130); /* two thirds of the height, 8 wide */
		picture_close(&p);
		buf_free(&b);
	}
	result_free(&t);
}

static void a_pies_parts_share_its_area(void **state)
{
	static const struct row rows[] = { { "a", "", 300 }, { "b", "", 100 } };
	struct result t = table_of(rows, 2);
	struct chart c = chart_of(&t, CHART_PIE);
	(void)state;
	struct buf b = kit_draw(&c, CHART_PNG);
	struct picture p = picture_open(&b);
	double blue = (double)picture_count(&p, BLUE, 0, 200), orange = (double)picture_count(&p, ORANGE, 0, 200);
	assert_true(orange > 500 && blue / orange > 2.6 && blue / orange < 3.4);
	picture_close(&p);
	buf_free(&b);
	result_free(&t);
}

static void no_data_says_so(void **state)
{
	static const struct row rows[] = { { "a", "x", NAN } };
	struct result t = table_of(rows, 1), empty = table_of(NULL, 0);
	(void)state;
	for (int type = CHART_TOP; type < CHART_TYPES; type++) {
		const struct result *which[] = { &t, &empty, NULL };
		struct buf one[3];
		for (int i = 0; i < 3; i++) {
			struct chart c = chart_of(which[i], (enum chart_type)type);
			one[i] = kit_draw(&c, CHART_PNG);
		}
		assert_int_equal(one[0].len, one[1].len); /* the same picture, whatever made it empty */
		assert_int_equal(one[0].len, one[2].len);
		assert_memory_equal(one[0].data, one[2].data, one[0].len);
		for (int i = 0; i < 3; i++)
			buf_free(&one[i]);
	}
	result_free(&t);
	result_free(&empty);
}

static void many_labels_are_bounded(void **state)
{
	struct result t = { 0 };
	(void)state;
	assert_int_equal(result_add_col(&t, "from", T_UINT, U_NONE), OK);
	assert_int_equal(result_add_col(&t, "to", T_UINT, U_NONE), OK);
	assert_int_equal(result_add_col(&t, "bytes", T_UINT, U_BYTE), OK);
	for (int i = 0; i < 100000; i++) {
		size_t r;
		assert_int_equal(result_add_row(&t, &r), OK);
		result_set_num(&t, r, 0, i % 997);
		result_set_num(&t, r, 1, i % 1009);
		result_set_num(&t, r, 2, 1e15);
	}
	for (int type = CHART_TOP; type < CHART_TYPES; type++) {
		struct chart c = chart_of(&t, (enum chart_type)type);
		struct buf b = kit_draw(&c, CHART_PNG);
		buf_free(&b);
	}
	result_free(&t);
}

static void wrong_columns_are_refused(void **state)
{
	struct result t = table_of(some, COUNT_OF(some));
	(void)state;
	for (int type = CHART_TOP; type < CHART_TYPES; type++)
		for (int wrong = 0; wrong < 4; wrong++) {
			struct chart c = chart_of(&t, (enum chart_type)type);
			struct buf out = { 0 };
			struct problem why = { 0 };
			if (wrong == 0)
				c.ny = 3;
			if (wrong == 1)
				c.x_col = 9;
			if (wrong == 2)
				c.y_col[0] = 1000000;
			if (wrong == 3)
				c.y_col[c.ny - 1] = 0; /* a text */
			assert_int_equal(chart_draw(&c, CHART_PNG, &out, &why), E_RANGE);
			assert_true(why.text[0] != 0);
			assert_int_equal(out.len, 0);
			buf_free(&out);
		}
	result_free(&t);
}

static void over_a_socket(void **state)
{
	struct result t = table_of(some, COUNT_OF(some));
	(void)state;
	for (int type = CHART_TOP; type < CHART_TYPES; type++) {
		struct chart c = chart_of(&t, (enum chart_type)type);
		struct chart_doc d;
		struct buf b = { 0 };
		assert_int_equal(chart_encode(&c, &b), OK);
		assert_int_equal(chart_decode(b.data, b.len, &d), OK);
		struct buf mine = kit_draw(&c, CHART_SVG), theirs = kit_draw(&d.chart, CHART_SVG);
		assert_int_equal(mine.len, theirs.len);
		assert_memory_equal(mine.data, theirs.data, mine.len);
		buf_free(&mine);
		buf_free(&theirs);
		chart_doc_free(&d);
		b.data[4] = CHART_TYPES;
		assert_int_equal(chart_decode(b.data, b.len, &d), E_CORRUPT);
		buf_free(&b);
	}
	result_free(&t);
}

UNIT_MAIN(cmocka_unit_test(every_kind_in_every_format_and_size), cmocka_unit_test(bars_are_as_long_as_their_values),
	  cmocka_unit_test(the_rest_does_not_hide_what_has_a_name),
	  cmocka_unit_test(a_pies_parts_share_its_area), cmocka_unit_test(no_data_says_so),
	  cmocka_unit_test(many_labels_are_bounded), cmocka_unit_test(wrong_columns_are_refused), cmocka_unit_test(over_a_socket))
