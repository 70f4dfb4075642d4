/* Fuzz: datagrams of any protocol (datagrams.h has the form of the input). */
#include "datagrams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_datagrams(data, size, NULL, 0);
}
