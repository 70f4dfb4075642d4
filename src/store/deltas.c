#include "store/deltas.h"

const uint8_t deltas_number[4] = { 1, 2, 4, 8 };
const uint8_t deltas_v4[4] = { 1, 2, 3, 4 };

static uint64_t mask_of(uint8_t bytes)
{
	return bytes == 8 ? UINT64_MAX : ((uint64_t)1 << bytes * 8) - 1;
}

void deltas_put(struct buf *out, const uint64_t *v, size_t n, const uint8_t lengths[static 4])
{
	size_t control = (n + 3) / 4;
	uint8_t *p = buf_room(out, control + n * 8 + 8);
	if (!p)
		return;
	uint8_t *data = p + control;
	memset(p, 0, control);
	uint64_t before = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t d = v[i] - before;
		unsigned code = 0;
		while (d > mask_of(lengths[code]))
			code++;
		p[i / 4] = (uint8_t)(p[i / 4] | code << i % 4 * 2);
		memcpy(data, &d, 8);
		data += lengths[code];
		before = v[i];
	}
	out->len -= (size_t)(p + control + n * 8 + 8 - data);
}

bool deltas_take(struct cur *c, size_t n, const uint8_t lengths[static 4], struct deltas *ret)
{
	size_t control_n = (n + 3) / 4, bytes = 0;
	uint32_t sum[256]; /* bytes of the four differences that a control byte stands for */
	const uint8_t *control = cur_need(c, control_n);
	if (!control)
		return false;
	for (unsigned v = 0; v < 256; v++)
		sum[v] = (uint32_t)lengths[v & 3] + lengths[v >> 2 & 3] + lengths[v >> 4 & 3] +
			 lengths[v >> 6];
	for (size_t i = 0; i < n / 4; i++)
		bytes += sum[control[i]];
	for (size_t i = n / 4 * 4; i < n; i++)
		bytes += lengths[control[i / 4] >> i % 4 * 2 & 3];
	const uint8_t *data = cur_need(c, bytes);
	if (!data || cur_left(c) < DELTAS_SLACK)
		return false;
	*ret = (struct deltas){ .control = control, .data = data, .lengths = lengths };
	return true;
}

void deltas_next(struct deltas *d, size_t n, uint64_t *out)
{
	uint64_t mask[4], now = d->now;
	const uint8_t *data = d->data;
	bool wrapped = false, repeated = false;
	for (size_t k = 0; k < 4; k++)
		mask[k] = mask_of(d->lengths[k]);
	for (size_t i = 0; i < n; i++) {
		size_t at = d->at + i;
		unsigned code = d->control[at / 4] >> at % 4 * 2 & 3;
		uint64_t delta;
		memcpy(&delta, data, 8);
		data += d->lengths[code];
		delta &= mask[code];
		repeated |= delta == 0 && at > 0;
		wrapped |= delta > UINT64_MAX - now;
		out[i] = now += delta;
	}
	d->data = data;
	d->now = now;
	d->at += n;
	d->wrapped |= wrapped;
	d->repeated |= repeated;
}
