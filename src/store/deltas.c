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

bool deltas_get(struct cur *c, size_t n, const uint8_t lengths[static 4], uint64_t *out)
{
	size_t control_n = (n + 3) / 4, bytes = 0;
	const uint8_t *control = cur_need(c, control_n);
	if (!control)
		return false;
	for (size_t i = 0; i < n; i++)
		bytes += lengths[control[i / 4] >> i % 4 * 2 & 3];
	const uint8_t *data = cur_need(c, bytes);
	if (!data || cur_left(c) < DELTAS_SLACK)
		return false;
	uint64_t mask[4], now = 0, wrapped = 0;
	for (size_t k = 0; k < 4; k++)
		mask[k] = mask_of(lengths[k]);
	for (size_t i = 0; i < n; i++) {
		unsigned code = control[i / 4] >> i % 4 * 2 & 3;
		uint64_t d;
		memcpy(&d, data, 8);
		data += lengths[code];
		uint64_t next = now + (d & mask[code]);
		wrapped |= next < now;
		out[i] = now = next;
	}
	return !wrapped;
}
