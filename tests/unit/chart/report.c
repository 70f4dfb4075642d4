/* Reports as PDF: parts go onto pages, the same parts are the same bytes, and what is no report is refused. */
#include "kit.h"

#include <stdio.h>

static struct buf sample(unsigned rows)
{
	struct result t = kit_trend(rows, 2, USEC_PER_HOUR, kit_wave);
	struct chart c = kit_chart(&t, 2);
	struct buf doc = { .ceiling = 60u << 20 }, chart = { 0 };
	assert_int_equal(chart_encode(&c, &chart), OK);
	report_begin(&doc);
	report_put_text(&doc, REPORT_TITLE, "Traffic & \xff more");
	report_put_text(&doc, REPORT_H1, "");
	report_put_text(&doc, REPORT_TEXT, "some words \u2026 and one that is very long: 0123456789012345678901234567890123456789"
					   "0123456789012345678901234567890123456789012345678901234567890123456789");
	report_put_table(&doc, &t);
	report_put_chart(&doc, chart.data, chart.len);
	report_put_break(&doc);
	report_put_break(&doc);
	report_put_text(&doc, REPORT_H3, "end");
	assert_int_equal(doc.bad, OK);
	buf_free(&chart);
	result_free(&t);
	return doc;
}

static struct buf drawn(const struct buf *doc)
{
	struct buf out = { .ceiling = 64u << 20 };
	struct problem why = { 0 };
	if (report_draw(doc->data, doc->len, &out, &why) != OK)
		fail_msg("%s", why.text);
	assert_memory_equal(out.data, "%PDF-", 5);
	return out;
}

static unsigned pages(const struct buf *pdf)
{
	unsigned n = 0;
	for (size_t i = 0; i + 11 < pdf->len; i++)
		n += memcmp(pdf->data + i, "/Type /Page ", 12) == 0;
	return n;
}

/* A4 has 55 rows or so: a long table goes on, with its heads again. */
static void parts_fill_pages(void **state _unused_)
{
	static const struct { unsigned rows, pages; } want[] = { { 10, 2 }, { 100, 4 }, { 1000, 20 } };
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		struct buf doc = sample(want[i].rows), pdf = drawn(&doc), again = drawn(&doc);
		assert_int_equal(pages(&pdf), want[i].pages);
		assert_int_equal(pdf.len, again.len);
		assert_memory_equal(pdf.data, again.data, pdf.len);
		buf_free(&pdf);
		buf_free(&again);
		buf_free(&doc);
	}
}

static void empty_report_is_a_page(void **state _unused_)
{
	struct buf doc = { 0 };
	report_begin(&doc);
	struct buf pdf = drawn(&doc);
	assert_int_equal(pages(&pdf), 1);
	buf_free(&pdf);
	buf_free(&doc);
}

static void refused(const void *data, size_t len)
{
	struct buf out = { .ceiling = 64u << 20 };
	struct problem why = { 0 };
	enum err e = report_draw(data, len, &out, &why);
	assert_true(e == OK || (out.len == 0 && why.text[0]));
	buf_free(&out);
}

/* Whole parts make a report, anything else none; and no byte of it is believed. */
static void bytes_are_not_believed(void **state _unused_)
{
	struct buf doc = sample(3);
	for (size_t n = 0; n < doc.len; n += n < 64 ? 1 : 11)
		refused(doc.data, n);
	for (size_t i = 0; i < doc.len; i += i < 64 ? 1 : 13) {
		doc.data[i] ^= 0x80;
		refused(doc.data, doc.len);
		doc.data[i] ^= 0x80;
	}
	buf_free(&doc);
}

static void lying_tables_are_refused(void **state _unused_)
{
	static const struct { uint32_t cols, rows; const char *why; } rows[] = {
		{ 201, 0, "report: " }, { 1, 0xffffffff, "report: " }, { 0xffffffff, 1, "report: " }, { 0, 0xffffffff, "report: " },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf doc = { 0 }, out = { .ceiling = 1u << 20 };
		struct problem why = { 0 };
		report_begin(&doc);
		buf_u8(&doc, REPORT_TABLE);
		buf_u32(&doc, rows[i].cols);
		buf_u32(&doc, rows[i].rows);
		assert_int_not_equal(report_draw(doc.data, doc.len, &out, &why), OK);
		assert_non_null(strstr(why.text, rows[i].why));
		assert_int_equal(out.len, 0);
		buf_free(&doc);
		buf_free(&out);
	}
}

UNIT_MAIN(cmocka_unit_test(parts_fill_pages), cmocka_unit_test(empty_report_is_a_page), cmocka_unit_test(bytes_are_not_believed),
	  cmocka_unit_test(lying_tables_are_refused))
