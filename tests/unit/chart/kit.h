/* Tables for charts, and looks at what was drawn. */
#pragma once
#include "unit.h"

#include "chart/chart.h"

#include <cairo.h>
#include <math.h>

#define DAY_START ((usec_t)1795392000 * USEC_PER_SEC) /* 2026-11-23 00:00 UTC */

/* time, then nseries columns "s0", "s1", ... of waves; row r of series s is value(r, s). */
static inline struct result kit_trend(size_t rows, size_t nseries, usec_t bucket, double (*value)(size_t, size_t))
{
	struct result t = { .span = { DAY_START, DAY_START + (usec_t)rows * bucket }, .bucket = bucket };
	char name[16];
	assert_int_equal(result_add_col(&t, "time", T_TIME, U_NONE), OK);
	for (size_t s = 0; s < nseries; s++) {
		snprintf(name, sizeof(name), "s%zu", s);
		assert_int_equal(result_add_col(&t, name, T_REAL, U_BPS), OK);
	}
	for (size_t r = 0; r < rows; r++) {
		size_t row;
		assert_int_equal(result_add_row(&t, &row), OK);
		result_set_num(&t, row, 0, (double)(DAY_START + (usec_t)r * bucket));
		for (size_t s = 0; s < nseries; s++)
			result_set_num(&t, row, s + 1, value(r, s));
	}
	return t;
}

static inline double kit_wave(size_t r, size_t s)
{
	return (2 + sin((double)r / 9 + (double)s)) * 1e8 / (double)(s + 1);
}

static inline struct chart kit_chart(const struct result *t, size_t nseries)
{
	struct chart c = { .title = "Interface:1", .x_label = "Time", .y_label = "Bits per Second", .table = t,
			   .ny = nseries, .width = 400, .height = 200, .zone = "UTC" };
	for (size_t s = 0; s < nseries; s++)
		c.y_col[s] = s + 1;
	return c;
}

/* -- pixels -- */

struct picture {
	cairo_surface_t *surface;
	const uint8_t *data;
	int width, height, stride;
};

struct kit_bytes {
	const uint8_t *at;
	size_t left;
};

static inline cairo_status_t kit_read(void *arg, unsigned char *data, unsigned len)
{
	struct kit_bytes *b = arg;
	if (len > b->left)
		return CAIRO_STATUS_READ_ERROR;
	memcpy(data, b->at, len);
	b->at += len;
	b->left -= len;
	return CAIRO_STATUS_SUCCESS;
}

static inline struct picture picture_open(const struct buf *png)
{
	struct kit_bytes b = { png->data, png->len };
	struct picture p = { .surface = cairo_image_surface_create_from_png_stream(kit_read, &b) };
	assert_int_equal(cairo_surface_status(p.surface), CAIRO_STATUS_SUCCESS);
	p.data = cairo_image_surface_get_data(p.surface);
	p.width = cairo_image_surface_get_width(p.surface);
	p.height = cairo_image_surface_get_height(p.surface);
	p.stride = cairo_image_surface_get_stride(p.surface);
	return p;
}

static inline void picture_close(struct picture *p)
{
	cairo_surface_destroy(p->surface);
}

static inline uint32_t picture_at(const struct picture *p, int x, int y)
{
	uint32_t v;
	memcpy(&v, p->data + (size_t)y * (size_t)p->stride + (size_t)x * 4, 4);
	return v & 0xffffff;
}

/* Pixels near a colour, in columns from..to. */
static inline size_t picture_count(const struct picture *p, uint32_t colour, int from, int to)
{
	size_t n = 0;
	for (int y = 0; y < p->height; y++)
		for (int x = from; x < to; x++) {
			uint32_t v = picture_at(p, x, y);
			int d = abs((int)(v >> 16 & 255) - (int)(colour >> 16 & 255)) +
				abs((int)(v >> 8 & 255) - (int)(colour >> 8 & 255)) +
				abs((int)(v & 255) - (int)(colour & 255));
			n += d < 140; /* edges are blended with the ground */
		}
	return n;
}

static inline struct buf kit_draw(const struct chart *c, enum chart_format f)
{
	struct buf out = { 0 };
	struct problem why = { 0 };
	enum err e = chart_draw(c, f, &out, &why);
	if (e != OK)
		fail_msg("%s: %s", err_text(e), why.text);
	return out;
}
