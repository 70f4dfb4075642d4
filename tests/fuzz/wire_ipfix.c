/* Fuzz: NetFlow v9 and IPFIX: templates, options, data, lists (datagrams.h has the form of the input). */
#include "datagrams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct beginning versions[] = { { 2, 10 }, { 2, 9 } };
	return fuzz_datagrams(data, size, versions, COUNT_OF(versions));
}
