/* The Table: cells, ceiling, order, pivot, its byte form, and how it reads as text. */
#include "unit.h"

#include "base/mem.h"
#include "query/table.h"

#include <math.h>

/* Columns time, key, value; rows given in order. */
struct row {
	double time;
	const char *key;
	double value;
};

static void make(struct result *t, const struct row *row, size_t n)
{
	assert_int_equal(result_add_col(t, "time", T_TIME, U_NONE), OK);
	assert_int_equal(result_add_col(t, "ipsource", T_ADDR, U_NONE), OK);
	assert_int_equal(result_add_col(t, "bytes", T_UINT, U_BYTE), OK);
	for (size_t i = 0; i < n; i++) {
		size_t r;
		assert_int_equal(result_add_row(t, &r), OK);
		result_set_num(t, r, 0, row[i].time);
		assert_int_equal(result_set_text(t, r, 1, row[i].key, row[i].key ? strlen(row[i].key) : 0), OK);
		result_set_num(t, r, 2, row[i].value);
	}
}

static void expect_csv(const struct result *t, const char *want)
{
	struct buf b = { 0 };
	result_csv(t, false, &b);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static const double noon = 1795435200e6; /* 2026-11-23 12:00 UTC */

static void csv_is_plain(void **state)
{
	(void)state;
	struct result t = { .zone = "Europe/Zurich" };
	struct buf b = { 0 };
	const struct row rows[] = {
		{ noon, "10.0.0.1", 12345678901234567.0 }, { noon + 250000, "a,b\"c\n", 0.125 },
		{ NAN, NULL, NAN }, { noon, "", -0.0 }, { noon, "x", 1e-7 }, { noon, "y", 1e22 }, { noon, "z", 100.0 / 3 },
	};
	make(&t, rows, COUNT_OF(rows));
	result_csv(&t, true, &b);
	assert_string_equal(buf_str(&b), "time,ipsource,bytes\n"
					 "2026-11-23T13:00:00+01:00,10.0.0.1,12345678901234568\n"
					 "2026-11-23T13:00:00.250+01:00,\"a,b\"\"c\n\",0.125\n"
					 ",,\n"
					 "2026-11-23T13:00:00+01:00,,0\n"
					 "2026-11-23T13:00:00+01:00,x,0.0000001\n"
					 "2026-11-23T13:00:00+01:00,y,10000000000000000000000\n"
					 "2026-11-23T13:00:00+01:00,z,33.3333333333333\n");
	buf_free(&b);
	result_free(&t);
}

/* What a user is called, or a URL, is a stranger's word. */
static void csv_holds_no_formula(void **state)
{
	static const char *const texts[][2] = {
		{ "=1+1", "'=1+1" }, { "@SUM(A1)", "'@SUM(A1)" }, { "+1-2", "'+1-2" }, { "-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0" },
		{ "\t=1", "'\t=1" }, { "=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\"" }, { "-5", "-5" }, { "+12.5e3", "+12.5e3" },
		{ "-", "-" }, { "a=b", "a=b" }, { "'x", "'x" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct result t = { 0 };
		struct buf b = { 0 };
		const struct row row = { NAN, texts[i][0], NAN };
		make(&t, &row, 1);
		buf_printf(&b, ",%s,\n", texts[i][1]);
		expect_csv(&t, buf_str(&b));
		buf_free(&b);
		result_free(&t);
	}
}

static void html_escapes_and_groups(void **state)
{
	(void)state;
	struct result t = { .rest = true };
	struct buf b = { 0 };
	const struct row rows[] = { { noon, "<b a='1'>&\n\xff\x01", 1234567.5 }, { NAN, NULL, 1000 } };
	make(&t, rows, COUNT_OF(rows));
	result_html(&t, true, &b);
	assert_string_equal(buf_str(&b),
			    "<table class=\"weir\">\n<thead><tr><th class=\"time\">time</th><th>ipsource</th>"
			    "<th class=\"n\">bytes</th></tr></thead>\n<tbody>\n"
			    "<tr><td class=\"time\">2026-11-23 12:00:00</td><td>&lt;b a=&#39;1&#39;&gt;&amp; "
			    "\xef\xbf\xbd\xef\xbf\xbd</td><td class=\"n\">1,234,567.5</td></tr>\n"
			    "<tr class=\"rest\"><td class=\"time\"></td><td>rest</td><td class=\"n\">1,000</td></tr>\n"
			    "</tbody>\n</table>\n");
	buf_free(&b);
	result_free(&t);
}

static void json_is_json(void **state)
{
	(void)state;
	struct result t = { .span = { (usec_t)noon, (usec_t)noon + USEC_PER_HOUR }, .bucket = USEC_PER_MIN };
	struct buf b = { 0 };
	const struct row rows[] = { { noon, "\"\\</script>\t\xc3\xa9\xed\xa0\x80", 0.1 }, { NAN, NULL, NAN } };
	make(&t, rows, COUNT_OF(rows));
	result_json(&t, &b);
	assert_string_equal(buf_str(&b),
			    "{\"start\":\"2026-11-23T12:00:00+00:00\",\"end\":\"2026-11-23T13:00:00+00:00\",\"bucket\":60,"
			    "\"zone\":\"UTC\",\"rest\":false,\"overlapping\":false,\"incomplete\":[],\"columns\":["
			    "{\"name\":\"time\",\"type\":\"time\",\"unit\":\"\"},{\"name\":\"ipsource\",\"type\":\"address\",\"unit\":\"\"},"
			    "{\"name\":\"bytes\",\"type\":\"number\",\"unit\":\"bytes\"}],\"rows\":[\n"
			    "[\"2026-11-23T12:00:00+00:00\",\"\\\"\\\\\\u003c/script>\\u0009\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",0.1],\n"
			    "[null,null,null]]}\n");
	buf_free(&b);
	result_free(&t);
}

static void text_is_aligned(void **state)
{
	(void)state;
	struct result t = { 0 };
	struct buf b = { 0 };
	const struct row rows[] = { { noon, "10.0.0.1", 5 }, { noon, "\x1b[2J", 12345 },
				    { noon, "\xc2\x9b" "2J \xff\xc3\xa9", 1 } };
	make(&t, rows, COUNT_OF(rows));
	result_text(&t, &b);
	assert_string_equal(buf_str(&b), "time                 ipsource   bytes\n"
					 "2026-11-23 12:00:00  10.0.0.1       5\n"
					 "2026-11-23 12:00:00  ?[2J      12,345\n"
					 "2026-11-23 12:00:00  ?2J ?\xc3\xa9         1\n");
	buf_free(&b);
	result_free(&t);
}

static void sort_is_stable_with_nulls_and_rest_last(void **state)
{
	(void)state;
	struct result t = { .rest = true };
	const struct row rows[] = {
		{ 1e6, "10.0.0.10", 5 }, { 2e6, NULL, 7 }, { 3e6, "10.0.0.9", NAN }, { 4e6, "10.0.0.9", 5 }, { NAN, NULL, 99 },
	};
	make(&t, rows, COUNT_OF(rows));
	assert_int_equal(result_sort(&t, 1, false), OK);
	expect_csv(&t, "1970-01-01T00:00:03+00:00,10.0.0.9,\n1970-01-01T00:00:04+00:00,10.0.0.9,5\n"
		       "1970-01-01T00:00:01+00:00,10.0.0.10,5\n1970-01-01T00:00:02+00:00,,7\n,,99\n");
	assert_int_equal(result_sort(&t, 2, true), OK);
	expect_csv(&t, "1970-01-01T00:00:02+00:00,,7\n1970-01-01T00:00:04+00:00,10.0.0.9,5\n"
		       "1970-01-01T00:00:01+00:00,10.0.0.10,5\n1970-01-01T00:00:03+00:00,10.0.0.9,\n,,99\n");
	assert_int_equal(result_sort(&t, 3, true), E_RANGE);
	result_free(&t);
}

static void pivot_names_columns_by_key(void **state)
{
	(void)state;
	struct result t = { .bucket = USEC_PER_SEC }, p;
	const struct row rows[] = {
		{ 2e6, "b", 1 }, { 1e6, "a", 2 }, { 1e6, "b", 3 }, { 2e6, "b", 10 }, { 3e6, NULL, NAN }, { 0, NULL, 4 }, { 4e6, NULL, 0 },
	};
	struct buf b = { 0 };
	make(&t, rows, COUNT_OF(rows));
	assert_int_equal(result_pivot(&t, 0, 1, 2, &p), OK);
	result_csv(&p, true, &b);
	assert_string_equal(buf_str(&b), "time,b,a,\n1970-01-01T00:00:00+00:00,,,4\n1970-01-01T00:00:01+00:00,3,2,\n"
					 "1970-01-01T00:00:02+00:00,11,,\n1970-01-01T00:00:03+00:00,,,\n1970-01-01T00:00:04+00:00,,,\n");
	assert_int_equal(p.col[1].unit, U_BYTE);
	assert_int_equal(result_pivot(&t, 0, 1, 9, &p), E_RANGE);
	buf_free(&b);
	result_free(&p);
	result_free(&t);
}

static void columns_come_and_go(void **state)
{
	(void)state;
	struct result t = { 0 };
	const struct row rows[] = { { 1e6, "a", 2 } };
	make(&t, rows, 1);
	assert_int_equal(result_add_col(&t, "more", T_TEXT, U_NONE), OK);
	assert_int_equal(result_find_col(&t, "more"), 3);
	assert_int_equal(result_remove_col(&t, 1), OK);
	assert_int_equal(result_find_col(&t, "ipsource"), -1);
	assert_int_equal(result_remove_col(&t, 3), E_RANGE);
	expect_csv(&t, "1970-01-01T00:00:01+00:00,2,\n");
	while (t.ncols)
		assert_int_equal(result_remove_col(&t, 0), OK);
	result_free(&t);
	assert_int_equal(t.bytes, 0);
}

static void a_ceiling_holds(void **state)
{
	(void)state;
	struct result t = { .ceiling = 20000 };
	size_t r = 0;
	enum err err = OK;
	assert_int_equal(result_add_col(&t, "v", T_TEXT, U_NONE), OK);
	for (size_t i = 0; i < 10000 && err == OK; i++)
		if ((err = result_add_row(&t, &r)) == OK)
			err = result_set_text(&t, r, 0, "twenty characters...", 20);
	assert_int_equal(err, E_LIMIT);
	assert_true(t.nrows > 300 && t.bytes <= 20000);
	result_free(&t);
	assert_int_equal(t.bytes, 0);
}

static void bytes_give_the_same_table(void **state)
{
	(void)state;
	struct result t = { .span = { 5, 9 }, .bucket = 7, .rest = true, .dedup = "unknown", .zone = "Europe/Zurich" }, u;
	const struct row rows[] = { { 1e6, "a", 2 }, { NAN, NULL, NAN }, { 0, "", 3.5 } };
	struct buf b = { 0 }, one = { 0 }, two = { 0 };
	make(&t, rows, COUNT_OF(rows));
	t.incomplete = mem_new0(1, sizeof(*t.incomplete));
	t.incomplete[0] = (struct span){ 6, 8 };
	t.nincomplete = 1;
	assert_int_equal(result_encode(&t, &b), OK);
	assert_int_equal(result_decode(b.data, b.len, &u), OK);
	result_json(&t, &one);
	result_json(&u, &two);
	assert_string_equal(buf_str(&one), buf_str(&two));
	assert_null(u.col[1].text[1]);
	assert_string_equal(u.col[1].text[2], "");
	for (size_t n = 0; n < b.len; n++) /* every prefix is refused without a read past its end */
	{
		struct result v;
		uint8_t *cut = mem_alloc(n ? n : 1);
		memcpy(cut, b.data, n);
		assert_int_not_equal(result_decode(cut, n, &v), OK);
		mem_free(cut);
	}
	for (size_t i = 0; i < b.len; i++) /* a changed byte is refused or gives a table that can be freed */
		for (unsigned bit = 0; bit < 8; bit++) {
			struct result v;
			b.data[i] ^= (uint8_t)(1u << bit);
			if (result_decode(b.data, b.len, &v) == OK) {
				struct buf text = { 0 };
				result_csv(&v, true, &text);
				buf_free(&text);
				result_free(&v);
			}
			b.data[i] ^= (uint8_t)(1u << bit);
		}
	buf_free(&b);
	buf_free(&one);
	buf_free(&two);
	result_free(&u);
	result_free(&t);
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	const struct row rows[] = { { 2e6, "b", 1 }, { 1e6, "a", 2 }, { 1e6, "b", 3 } };
	struct result t = { 0 };
	make(&t, rows, COUNT_OF(rows));
	for (long n = 0;; n++) {
		struct result p = { 0 };
		mem_fail_at(n);
		enum err err = result_pivot(&t, 0, 1, 2, &p);
		if (err == OK)
			err = result_sort(&p, 1, true);
		mem_fail_at(-1);
		result_free(&p);
		if (err == OK)
			break;
		assert_int_equal(err, E_NOMEM);
	}
	result_free(&t);
}

UNIT_MAIN(cmocka_unit_test(csv_is_plain), cmocka_unit_test(csv_holds_no_formula), cmocka_unit_test(html_escapes_and_groups), cmocka_unit_test(json_is_json),
	  cmocka_unit_test(text_is_aligned), cmocka_unit_test(sort_is_stable_with_nulls_and_rest_last),
	  cmocka_unit_test(pivot_names_columns_by_key), cmocka_unit_test(columns_come_and_go),
	  cmocka_unit_test(a_ceiling_holds), cmocka_unit_test(bytes_give_the_same_table),
	  cmocka_unit_test(every_allocation_may_fail))
