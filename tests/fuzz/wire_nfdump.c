/* Fuzz: a file of nfdump from its first byte to its last, and what its records become. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(fd_closep) int fd = memfd_create("nfdump", MFD_CLOEXEC);
	_cleanup_(nfdump_closep) struct nfdump *n = NULL;
	_cleanup_(wire_freep) struct wire *w = NULL;
	struct wire_sink sink = { 0 };
	struct problem why;
	char path[40];

	if (fd < 0 || write_all(fd, data, size) != OK || wire_new(&sink, &w) != OK)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (nfdump_open(path, &n, &why) != OK)
		return 0;
	while (nfdump_next(n, &why) == OK)
		nfdump_decode(n, w);
	return 0;
}
