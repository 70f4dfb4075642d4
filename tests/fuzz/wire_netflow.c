/* Fuzz: NetFlow v1, v5, v7 and v8 (datagrams.h has the form of the input). */
#include "datagrams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct beginning versions[] = { { 2, 5 }, { 2, 1 }, { 2, 7 }, { 2, 8 } };
	return fuzz_datagrams(data, size, versions, COUNT_OF(versions));
}
