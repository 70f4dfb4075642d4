/* Fuzz: sFlow v5, v4 and v2 (datagrams.h has the form of the input). */
#include "datagrams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct beginning versions[] = { { 4, 5 }, { 4, 5 }, { 4, 4 }, { 4, 2 } };
	return fuzz_datagrams(data, size, versions, COUNT_OF(versions));
}
