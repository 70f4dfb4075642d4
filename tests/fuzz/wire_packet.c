/* Fuzz: a sampled header.  Input: its protocol (1 byte), and its bytes. */
#include <assert.h>
#include <stdlib.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wire_sink nobody;
	struct flow_rec rec = { 0 }, again = { 0 };
	_cleanup_(wire_freep) struct wire *w = NULL;
	if (!size || wire_new(&nobody, &w) != OK)
		return 0;
	uint8_t *exact = malloc(size);
	if (!exact)
		return 0;
	memcpy(exact, data + 1, size - 1);
	packet_decode(w, data[0], exact, size - 1, &rec);
	packet_decode(w, data[0], exact, size - 1, &again);
	assert(memcmp(&rec, &again, sizeof(rec)) == 0); /* the same from the same */
	assert(rec.bytes == 0 && rec.frames == 0 && rec.vlansource < 4096 && rec.vlaninner < 4096 && rec.priority < 8);
	assert(rec.mplslabel < 1 << 20 && rec.mplsinner < 1 << 20 && rec.vni < 1 << 24);
	free(exact);
	return 0;
}
